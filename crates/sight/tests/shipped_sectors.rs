//! The sectors that ship are read without a fault and say what they must.

use std::path::{Path, PathBuf};

use sight::sector::{Sector, SensorKind, TerrainSource, parse};

#[test]
fn upper_euphrates_is_sixty_kilometres_over_exercise_terrain() {
    let sector = shipped("upper-euphrates");

    assert!((60_000.0..65_000.0).contains(&sector.line.length_m), "{}", sector.line.length_m);
    assert!(matches!(sector.terrain, TerrainSource::Exercise(_)));
    assert!(sector.notices[0].en.contains("Exercise terrain"));
    assert!(sector.stretches.len() >= 240);
    let kinds = |wanted: fn(&SensorKind) -> bool| {
        sector.sensors.iter().filter(|sensor| wanted(&sensor.kind)).count()
    };
    assert!(kinds(|kind| matches!(kind, SensorKind::ThermalCamera(_))) >= 9);
    assert_eq!(kinds(|kind| matches!(kind, SensorKind::Radar(_))), 3);
    assert_eq!(kinds(|kind| matches!(kind, SensorKind::Balloon(_))), 1);
}

#[test]
fn andorra_is_a_ring_with_its_outside_beyond_it() {
    let sector = shipped("andorra");

    assert!(sector.line.closed);
    let capital = sight::geo::Wgs84::new(1.5218, 42.5063).unwrap();
    let toulouse = sight::geo::Wgs84::new(1.444, 42.9).unwrap();
    assert!(!sector.line.is_far(sector.frame.point(capital)));
    assert!(sector.line.is_far(sector.frame.point(toulouse)));
}

#[test]
fn units_and_posts_stand_on_the_near_side() {
    for name in ["upper-euphrates", "andorra"] {
        let sector = shipped(name);
        for (who, point) in sector
            .sensors
            .iter()
            .map(|sensor| (&sensor.id.0, sensor.point))
            .chain(sector.units.iter().map(|unit| (&unit.id.0, unit.point)))
        {
            assert!(!sector.line.is_far(point), "{who} of {name} stands beyond the line");
        }
    }
}

fn shipped(name: &str) -> Sector {
    let folder = folder(name);
    let toml = std::fs::read_to_string(folder.join("sector.toml")).expect("the sector ships");
    let read = |file: &str| std::fs::read(folder.join(file)).map_err(|error| error.to_string());
    parse(&toml, &read).expect("a shipped sector has no fault")
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sectors").join(name)
}
