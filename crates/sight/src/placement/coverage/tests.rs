//! Plans over small made-up ground, checked against what must be so.

use approx::assert_relative_eq;

use super::*;
use crate::coverage::tests::{conditions, model};
use crate::coverage::{Health, WatchState};
use crate::crossing::Light;
use crate::geo::EnuPoint;
use crate::placement::{AssetClass, Grounds, along_the_line, leg_of, site_at, suitable, tops};
use crate::sector::Zone;

#[test]
fn one_observer_on_flat_ground_watches_the_disc_of_its_range() {
    let model = &model(&[], |_, _| 100);
    let goal = CoverageGoal { weights: Vec::new(), ..CoverageGoal::default() };

    let plan = plan(model, 1, &goal);

    // One look a half minute: half within a minute takes 1 - sqrt(1/2) of a look, which TTPF gives at r = 0.72.
    let sensor = &Asset::new(AssetClass::Patrol, None, model.sector()).sensor;
    let range = crate::sensor::RangeModel::new(
        &sensor.kind,
        sensor.height_m,
        crate::sector::Mover::Walker,
        &model.sector().settings,
    );
    let enough = |range_m: f64| range.p_look(range_m, 0.0) >= 1.0 - 0.5_f64.sqrt();
    let radius_m = (0..3_000).map(f64::from).rfind(|range_m| enough(*range_m)).unwrap();
    let disc_km2 = std::f64::consts::PI * radius_m * radius_m / 1e6;
    assert_relative_eq!(plan.pieces[0].watched_km2, disc_km2, max_relative = 0.03);
    assert_relative_eq!(plan.pieces[0].alone_km2, plan.pieces[0].watched_km2);
    assert_relative_eq!(plan.before, 0.0);
    // The strip is 5.5 km long, 2.5 km deep.
    assert_relative_eq!(plan.after, disc_km2 / (5.55 * 2.5), max_relative = 0.05);
}

#[test]
fn a_plan_is_no_worse_than_its_bound_and_few_choices_are_proven() {
    let model = &hills();

    let plan = plan(model, 2, &CoverageGoal::default());

    assert!(plan.after <= plan.bound + 1e-12 && plan.after > plan.before);
    let optimum = plan.optimum.expect("few candidates");
    assert!(plan.after <= optimum + 1e-12 && optimum <= plan.bound + 1e-12);
    assert!((0.0..=0.5).contains(&plan.gap()));
    let gains: f64 = plan.pieces.iter().map(|piece| piece.gain).sum();
    assert_relative_eq!(plan.after, plan.before + gains, epsilon = 1e-12);
}

#[test]
fn the_field_after_a_plan_is_what_the_pieces_were_chosen_for() {
    let model = &hills();

    let plan = plan(model, 2, &CoverageGoal::default());

    let need = CoverageGoal::default().need();
    let watched = |field: &RateField| field.rates.iter().filter(|rate| **rate >= need).count();
    let more = watched(&plan.field_after) - watched(&plan.field_before);
    let cell_m2 = model.going.row_m * model.going.col_m / (model.going.factor.pow(2)) as f64;
    let least_km2 = plan.pieces[0].watched_km2;
    // Ground behind the edges is watched too, and rates add up.
    assert!(more as f64 * cell_m2 / 1e6 >= least_km2);
}

#[test]
fn an_explanation_tells_what_the_line_would_lose() {
    let model = &model(&[], |_, _| 100);

    let plan = plan(model, 1, &CoverageGoal::default());

    let piece = &plan.pieces[0];
    assert_eq!(piece.effect, plan.effect, "one piece is all there is");
    assert!(!piece.effect.changes.is_empty());
    for change in &piece.effect.changes {
        let at = change.stretch.0 as usize;
        assert_relative_eq!(change.without, plan.chances_before[at]);
        assert_relative_eq!(change.with, plan.chances_after[at]);
        assert!(change.with > change.without);
    }
    let risen = piece.effect.changes.iter().filter(|change| {
        change.states().0 == WatchState::Blind && change.states().1 != WatchState::Blind
    });
    assert_relative_eq!(
        piece.effect.no_longer_blind_m,
        250.0 * risen.count() as f64,
        epsilon = 60.0
    );
}

#[test]
fn places_beyond_the_line_too_steep_or_forbidden_are_refused_with_their_reason() {
    let model = &model(&[], |_, col| i16::try_from(col * 40).unwrap());
    let asset = Asset::new(AssetClass::Tower, None, model.sector());
    let middle = model.sector().line.point_at(2_000.0);
    let east = |east_m: f64| EnuPoint::new(middle.east_m + east_m, middle.north_m);
    let ring = |at: EnuPoint| {
        [(-50.0, -50.0), (50.0, -50.0), (50.0, 50.0), (-50.0, 50.0)]
            .map(|(e, n)| EnuPoint::new(at.east_m + e, at.north_m + n))
            .to_vec()
    };
    let keep_out = vec![Zone {
        id: "village".to_owned(),
        name: crate::sector::Text { en: String::new(), ar: String::new() },
        kind: crate::sector::ZoneKind::Ordinary,
        ring: ring(east(500.0)),
    }];
    let refusal = |slope_max: f64, point: EnuPoint| {
        let limits = Limits { slope_max, keep_out: keep_out.clone(), ..limits(1) };
        Grounds::new(model, &limits, Light::Day).refusal(point, AssetClass::Tower)
    };

    assert_eq!(refusal(9.0, east(300.0)), None);
    assert_eq!(refusal(9.0, east(-300.0)), Some("beyond the line or too near it"));
    assert_eq!(refusal(9.0, east(20.0)), Some("beyond the line or too near it"));
    assert_eq!(refusal(9.0, east(2_500.0)), Some("too far inside"));
    assert_eq!(refusal(9.0, east(500.0)), Some("on forbidden ground"));
    // 40 m for each 25 m.
    assert_eq!(refusal(0.5, east(300.0)), Some("too steep"));
    assert_eq!(refusal(9.0, east(1e6)), Some("off the terrain"));
    let limits = Limits { slope_max: 0.1, ..limits(1) };
    let sites = site_at(&asset, "a", east(300.0), 1.0);
    let refused = suitable(&Grounds::new(model, &limits, Light::Day), &asset, sites).unwrap_err();
    assert!(refused.to_string().contains("1 too steep"), "{refused}");
}

#[test]
fn tops_are_the_highest_places_around_them_and_level_ground_has_one_a_neighbourhood() {
    let peak = |row: usize, col: usize| if (row, col) == (100, 150) { 200 } else { 100 };
    let model = &model(&[], peak);

    let found = tops(model, 300.0);

    let place = model.grid().place_of(crate::terrain::Cell { row: 100, col: 150 });
    let at = model.sector().frame.point(crate::geo::Wgs84::new(place.0, place.1).unwrap());
    assert!(found.iter().any(|top| top.distance_m(at) < 1.0));
    for (number, top) in found.iter().enumerate() {
        assert!(found[..number].iter().all(|other| other.distance_m(*top) > 250.0));
    }
}

#[test]
fn a_camera_is_turned_to_the_line() {
    let model = &model(&[], |_, _| 100);
    let asset = Asset::new(AssetClass::Camera, None, model.sector());
    let middle = model.sector().line.point_at(2_700.0);
    let inside = EnuPoint::new(middle.east_m + 900.0, middle.north_m);
    let sites = site_at(&asset, "mast", inside, 1.0);
    assert_eq!(sites.len(), 12);

    let goal = CoverageGoal::default();
    let limits = limits(1);
    let task = CoverageTask { asset: &asset, sites: &sites, limits: &limits, goal: &goal };
    let plan = cover(model, &conditions(model, Health::Working), &task, &|| ()).unwrap();

    // The line and all ground beyond it lie west.
    let facing = plan.pieces[0].site.posts[0].facing.unwrap().degrees();
    assert!((230.0..310.0).contains(&facing), "{facing}");
}

#[test]
fn a_leg_shares_its_time_among_its_stops() {
    let model = &model(&[], |_, _| 100);
    let asset = Asset::new(AssetClass::Patrol, None, model.sector());
    let way: Vec<EnuPoint> = [0.0, 1_000.0, 3_000.0].map(|m| EnuPoint::new(0.0, m)).to_vec();

    let leg = leg_of(&asset, "leg", &way, 1.0);

    assert_eq!(leg.posts.len(), 4);
    assert_relative_eq!(leg.posts[3].point.north_m, 3_000.0);
    assert_relative_eq!(leg.posts.iter().map(|post| post.share).sum::<f64>(), 1.0);
}

#[test]
fn a_task_that_makes_no_sense_names_its_field() {
    let model = &model(&[], |_, _| 100);
    let refused = |limits: Limits, goal: CoverageGoal| {
        let asset = Asset::new(AssetClass::Tower, None, model.sector());
        let task = CoverageTask { asset: &asset, sites: &[], limits: &limits, goal: &goal };
        let air = conditions(model, Health::Working);
        cover(model, &air, &task, &|| ()).unwrap_err().to_string()
    };

    assert!(refused(limits(0), CoverageGoal::default()).contains("count must be 1 to 200, got 0"));
    let never = CoverageGoal { chance: 1.0, ..CoverageGoal::default() };
    assert!(refused(limits(1), never).contains("chance must be between 0 and 1, got 1"));
}

fn hills() -> Model {
    model(&[], |row, col| {
        let wave = |at: usize, of: usize| i16::try_from((at * 7 / of) % 9).unwrap();
        100 + 12 * wave(row, 20) + 9 * wave(col, 30)
    })
}

fn plan(model: &Model, count: usize, goal: &CoverageGoal) -> CoveragePlan {
    let asset = Asset::new(AssetClass::Patrol, None, model.sector());
    let sites: Vec<Site> = along_the_line(model, 500.0, 200.0)
        .into_iter()
        .flat_map(|(km_m, point)| site_at(&asset, &format!("{km_m:.0}"), point, 1.0))
        .collect();
    let limits = limits(count);
    let usable = suitable(&Grounds::new(model, &limits, Light::Day), &asset, sites).unwrap();
    let task = CoverageTask { asset: &asset, sites: &usable.sites, limits: &limits, goal };
    cover(model, &conditions(model, Health::Working), &task, &|| ()).unwrap()
}

fn limits(count: usize) -> Limits {
    Limits {
        count,
        budget: f64::INFINITY,
        spacing_m: 0.0,
        slope_max: 10.0,
        inside_m: (50.0, 2_000.0),
        drive_max_s: None,
        road_max_m: None,
        keep_out: Vec::new(),
    }
}
