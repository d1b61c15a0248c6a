//! Movers keep to their plans, and their crossings are found.

use approx::assert_relative_eq;
use nalgebra::Vector2;
use sight::sector::Barrier;

use super::*;
use crate::fixture;

fn movers(ground: &Ground, toml: &str, seed: u64) -> Vec<Mover> {
    all(&fixture::scenario(toml), ground, seed).unwrap()
}

#[test]
fn a_walker_goes_from_beyond_the_line_to_inside_and_crosses_once() {
    let ground = fixture::ground(fixture::hills);
    let toml = r#"
        [[mover]]
        name = "walker"
        kind = "walker"
        departs_min = 3
        from = { km = 4, beyond_m = 1300 }
        to = { km = 4.2, inside_m = 650 }
        pauses = [{ after_min = 5, for_min = 2 }]
    "#;
    for seed in 0..5 {
        let walker = &movers(&ground, toml, seed)[0];

        assert_eq!(walker.at(179.0), None);
        let start = walker.at(180.0).unwrap().point;
        assert_relative_eq!(start.east_m, -1_300.0, epsilon = 1e-6);
        let passages = walker.passages(&ground);
        assert_eq!(passages.len(), 1);
        assert!(passages[0].hit.inward);
        // 1.3 km at 1.3 m/s and two minutes of rest, over hills.
        assert!((1_120.0..1_900.0).contains(&(passages[0].at_s - 180.0)));
        assert!((3_000.0..5_200.0).contains(&passages[0].hit.chainage_m));
    }
}

#[test]
fn a_careful_group_walks_on_lower_ground() {
    // A valley 40 m deep runs in from beyond the line, 500 m south of the straight way.
    let valley = |_: f64, north_m: f64| 240.0 - 40.0 * (-((north_m + 500.0) / 200.0).powi(2)).exp();
    let ground = fixture::ground(valley);
    let way = |careful: bool| {
        let toml = format!(
            r#"
            [[mover]]
            name = "group"
            kind = "group"
            careful = {careful}
            from = {{ km = 5, beyond_m = 3000 }}
            to = {{ km = 5, inside_m = 500 }}
            "#
        );
        let heights = (0..10).map(|seed| {
            let group = &movers(&ground, &toml, seed)[0];
            let legs: Vec<f64> = group
                .timeline
                .legs()
                .filter_map(|(_, (_, to))| ground.stand(to).map(|stand| stand.ground_m))
                .collect();
            legs.iter().sum::<f64>() / legs.len() as f64
        });
        heights.sum::<f64>() / 10.0
    };

    let (careless_m, careful_m) = (way(false), way(true));
    assert!(careful_m < careless_m - 3.0, "{careful_m} against {careless_m}");
}

#[test]
fn a_shepherd_keeps_to_his_pasture_and_never_crosses() {
    let ground = fixture::ground(fixture::hills);
    let toml = r#"
        [[mover]]
        name = "shepherd"
        kind = "shepherd-with-flock"
        around = { km = 5, inside_m = 200 }
        radius_m = 600
    "#;
    for seed in 0..5 {
        let shepherd = &movers(&ground, toml, seed)[0];

        assert_eq!(shepherd.bodies.len(), 13);
        assert!(shepherd.passages(&ground).is_empty());
        for minute in 0..50 {
            let point = shepherd.at(60.0 * f64::from(minute)).unwrap().point;
            assert!(point.distance_m(EnuPoint::new(200.0, 0.0)) <= 600.0);
            assert!(point.east_m > 0.0);
        }
    }
}

#[test]
fn a_family_sits_in_the_open_after_it_has_crossed() {
    let ground = fixture::ground(fixture::hills);
    let toml = r#"
        [[mover]]
        name = "family"
        kind = "family-in-distress"
        from = { km = 4, beyond_m = 300 }
        to = { km = 4, inside_m = 400 }
    "#;
    let family = &movers(&ground, toml, 1)[0];
    let children = family.bodies.iter().filter(|body| body.kind == BodyKind::Child).count();

    assert_eq!((family.bodies.len(), children), (4, 2));
    let late = family.at(48.0 * 60.0).unwrap();
    let figure = family.figures(48.0 * 60.0).next().unwrap();
    assert!(figure.height_m < 0.6 * figure.body.height_m);
    assert_eq!(late.velocity_mps, Vector2::zeros());
    assert_relative_eq!(late.point.east_m, 400.0, epsilon = 1e-6);
}

#[test]
fn a_fence_holds_a_walker_up_for_its_delay() {
    let toml = r#"
        [[mover]]
        name = "walker"
        kind = "walker"
        from = { km = 4, beyond_m = 300 }
        to = { km = 4, inside_m = 300 }
    "#;
    let mut sector = fixture::sector();
    let grid = std::sync::Arc::new(fixture::grid(fixture::hills));
    let open = Ground::new(std::sync::Arc::new(sector.clone()), std::sync::Arc::clone(&grid));
    sector.barriers.push(Barrier {
        id: "fence".into(),
        name: sector.title.clone(),
        kind: sight::sector::BarrierKind::Fence,
        along_m: Some([0.0, fixture::LENGTH_M]),
        points: sector.line.points.clone(),
        delay_s: 45.0,
        delay_sd_s: 0.0,
        mover_delay_s: std::collections::BTreeMap::new(),
        damaged_share: 0.0,
        p_detect: 0.0,
        openings: Vec::new(),
    });
    let fenced = Ground::new(std::sync::Arc::new(sector), grid);

    let end_s = |ground: &Ground| movers(ground, toml, 1)[0].timeline.end().unwrap().0;
    assert_relative_eq!(end_s(&fenced) - end_s(&open), 45.0, epsilon = 1e-6);
    for seed in 0..20 {
        let walker = &movers(&fenced, toml, seed)[0];
        assert_eq!(walker.passages(&fenced).len(), 1, "a halt on the line hides no crossing");
    }
}

#[test]
fn places_that_cannot_be_are_faults_with_field_and_value() {
    let ground = fixture::ground(fixture::hills);
    let toml = r#"
        [[mover]]
        name = "a"
        kind = "walker"
        from = { km = 40, beyond_m = 300 }
        to = { km = 4, inside_m = 300 }
        [[mover]]
        name = "b"
        kind = "wildlife"
        around = { lon = 10, lat = 50 }
        radius_m = 200
    "#;
    let faults = all(&fixture::scenario(toml), &ground, 1).unwrap_err();

    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "mover[0].from = km 40, 300 m beyond: no such km post on this sector's line",
            "mover[1].around = 10,50: lies outside the terrain",
        ]
    );
}
