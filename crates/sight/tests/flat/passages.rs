//! Where a careful mover would cross a flat sector, and whether they are met in time.

use std::collections::BTreeMap;

use approx::assert_abs_diff_eq;
use sight::coverage::{
    Conditions, Health, Model, Readiness, SensorCondition, assess, crossing_profile, interruptions,
};
use sight::crossing::{Light, Starter};
use sight::geo::EnuPoint;
use sight::sector::{Mobility, Mover, SensorId, UnitId};

use super::model;

const READY: Readiness = Readiness { alarm_s: 60.0, p_comm: 1.0, sd_share: 0.3 };

fn conditions() -> Conditions {
    let working = SensorCondition { health: Health::Working, moved_to: None };
    Conditions {
        mover: Mover::Walker,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: BTreeMap::from([(SensorId("radar".into()), working)]),
        views: BTreeMap::new(),
    }
}

/// A patrol inside the line, so far from its southern end.
fn patrol(model: &Model, chainage_m: f64) -> Starter {
    let line = &model.sector().line;
    let at = line.point_at(chainage_m);
    Starter {
        unit: UnitId("patrol".into()),
        mobility: Mobility::Vehicle,
        point: EnuPoint::new(at.east_m + 1_500.0, at.north_m),
    }
}

#[test]
fn the_profile_says_what_the_watch_state_says_and_shows_the_way() {
    let model = model();
    let conditions = conditions();

    let profile = crossing_profile(&model, &conditions);

    let assessment = assess(&model, &conditions);
    for (passage, assessed) in profile.iter().zip(&assessment.stretches) {
        let passage = passage.as_ref().unwrap();
        assert_abs_diff_eq!(passage.probability, assessed.probability, epsilon = 1e-12);
        assert_abs_diff_eq!(passage.time_s, assessed.crossing_s, epsilon = 1e-9);
        let line = &model.sector().line;
        let side = |at: usize| line.is_far(passage.way[at].point);
        assert!(side(0) && !side(passage.way.len() - 1));
        let first_inside = (0..passage.way.len()).find(|at| !side(*at)).unwrap();
        let crossed_m = line.chainage_m(passage.way[first_inside].point);
        assert!((crossed_m - passage.chainage_m).abs() < 300.0);
        assert!(passage.way.is_sorted_by(|a, b| a.at_s < b.at_s && a.detected <= b.detected));
    }
    let weakest = |from: usize, to: usize| {
        let some = profile[from..to].iter().flatten();
        some.map(|passage| passage.probability).fold(1.0, f64::min)
    };
    let half = profile.len() / 2;
    assert!(weakest(0, half / 2) > weakest(half, profile.len()), "the radar watches the south");
}

#[test]
fn nobody_is_interrupted_where_nobody_responds() {
    let model = model();

    let met = interruptions(&model, &conditions(), &[], &READY);

    assert!(met.iter().flatten().all(|met| met.interruption.p_interrupt <= 0.0));
    assert!(met.iter().flatten().all(|met| met.response_s.is_none() && met.critical.is_none()));
}

#[test]
fn interruption_needs_detection_and_time() {
    let model = model();
    let units = [patrol(&model, 1_000.0)];

    let soon = interruptions(&model, &conditions(), &units, &READY);
    let slow = Readiness { alarm_s: 21_600.0, ..READY };
    let late = interruptions(&model, &conditions(), &units, &slow);

    let south = soon[2].as_ref().unwrap();
    assert!(south.interruption.p_interrupt > 0.5, "{:?}", south.interruption);
    assert!(south.critical.is_some());
    for (soon, late) in soon.iter().flatten().zip(late.iter().flatten()) {
        assert!(soon.interruption.p_interrupt <= soon.passage.probability + 1e-12);
        assert!(late.interruption.p_interrupt <= soon.interruption.p_interrupt + 0.05);
    }
    assert!(late[2].as_ref().unwrap().interruption.p_interrupt < 0.05, "six hours are too long");
}
