//! The scenarios that ship run on the sectors they are written for, and tell their story.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use sight::sector::{Sector, TerrainSource};
use sight::terrain::Grid;
use sim::summary::{Crossing, Seen, Summary};
use sim::{Scenario, World};

fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn shipped(name: &str) -> (Scenario, Sector, Grid) {
    let scenario =
        std::fs::read_to_string(project("scenarios").join(name).with_extension("toml")).unwrap();
    let folder = project("sectors").join(name);
    let read = |path: &str| std::fs::read(folder.join(path)).map_err(|error| error.to_string());
    let toml = std::fs::read_to_string(folder.join("sector.toml")).unwrap();
    let sector = sight::sector::parse(&toml, &read).unwrap();
    let grid = match &sector.terrain {
        TerrainSource::Exercise(recipe) => sight::terrain::exercise::generate(recipe).unwrap(),
        TerrainSource::Files(files) => {
            let tile = |file: &String| {
                sight::terrain::tile_from_bytes(file, &read(file).unwrap()).unwrap()
            };
            sight::terrain::mosaic(files.iter().map(tile).collect()).unwrap()
        }
    };
    (sim::scenario::parse(&scenario).unwrap(), sector, grid)
}

fn night(name: &str, seed: u64) -> Summary {
    let (scenario, sector, grid) = shipped(name);
    assert_eq!(scenario.sector, name);
    let mut world = World::over(&scenario, Arc::new(sector), Arc::new(grid), seed).unwrap();
    let first = world.start().checked_add(SignedDuration::from_mins(8)).unwrap();
    world.advance(first);
    let early = world.finish();
    assert!(
        early.movers.iter().any(|mover| mover.mover.starts_with("group") && mover.reports >= 10),
        "a group is followed within eight minutes: {:?}",
        early.movers
    );
    world.advance(world.end());
    world.finish()
}

fn crossing<'a>(summary: &'a Summary, mover: &str) -> &'a Crossing {
    summary.crossings.iter().find(|crossing| crossing.mover == mover).unwrap()
}

#[test]
fn the_night_on_the_upper_euphrates_tells_its_story() {
    let summary = night("upper-euphrates", 1);

    assert_eq!(crossing(&summary, "group-at-km-30").seen, Seen::Before);
    assert_eq!(crossing(&summary, "vehicle-at-km-50").seen, Seen::Before);
    let in_dust = ["walker-at-km-20", "walkers-at-km-39", "donkeys-at-km-34"];
    for mover in in_dust {
        let crossing = crossing(&summary, mover);
        assert!(matches!(crossing.seen, Seen::After | Seen::Missed), "{crossing:?}");
    }
    assert_eq!(crossing(&summary, "group-at-km-44").seen, Seen::Before, "the dust has gone");
    let family = summary.movers.iter().find(|mover| mover.mover == "family-at-km-35").unwrap();
    assert!(family.reports >= 8, "the family is found after the dust: {family:?}");
}

#[test]
fn the_night_on_andorra_tells_its_story() {
    let summary = night("andorra", 1);

    assert_eq!(crossing(&summary, "group-at-km-18").seen, Seen::Before);
    assert_eq!(crossing(&summary, "donkeys-at-km-66").seen, Seen::Before);
    assert_eq!(crossing(&summary, "walkers-at-km-36").seen, Seen::Missed, "they cross in the fog");
}
