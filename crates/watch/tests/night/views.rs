//! What a sensor says of where it looks, and the watch state that follows.

use sight::coverage::view::{Area, Cone};
use sight::coverage::{Cause, View, WatchState};
use sight::sector::SensorId;
use watch::Core;
use watch::detection::{Registration, Source, ViewReport};
use watch::heavy::Computer;
use watch::journal::{Input, Output};

use super::flat::{Night, model};

fn radar() -> SensorId {
    SensorId("radar".into())
}

/// The radar says that it does not see the west half, where the far side of the line is, and little else.
fn blinded() -> View {
    let hidden =
        Cone { azimuth_ddeg: 2_700, width_ddeg: 3_590, elevation_ddeg: None, range_m: None };
    View { hidden: vec![Area::Cone(hidden)], ..View::default() }
}

fn viewed(night: &mut Night, view: View) {
    night.take(Input::Viewed(ViewReport { sensor: radar(), view }));
    night.pass(1);
}

fn blind(night: &Night) -> usize {
    night.core.stretches().iter().filter(|stretch| stretch.state == WatchState::Blind).count()
}

#[test]
fn the_line_is_assessed_at_once_when_a_sensor_is_hidden_from_it_and_again_when_it_is_not() {
    let mut night = Night::begin();
    night.pass(5);
    let (all, before) = (night.core.stretches().len(), blind(&night));
    assert!(before < all);

    viewed(&mut night, blinded());

    assert_eq!(blind(&night), all);
    let told = |reason: &sight::coverage::Reason| {
        reason.cause == Cause::LooksElsewhere { sensor: radar() }
    };
    assert!(night.core.stretches().iter().any(|stretch| stretch.reasons.iter().any(told)));
    assert!(
        night
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Sensor(state) if !state.view.is_plain()))
    );

    viewed(&mut night, View::default());
    assert_eq!(blind(&night), before);
}

#[test]
fn a_new_registration_forgets_the_view_and_a_stranger_has_none() {
    let mut night = Night::begin();
    viewed(&mut night, blinded());
    let stranger = SensorId("stranger".into());
    night.take(Input::Viewed(ViewReport { sensor: stranger, view: blinded() }));
    assert_eq!(night.core.counters().rejected, 1);
    assert_eq!(night.core.roster().views().len(), 1);

    night.take(Input::Registered(Registration {
        source: Source::Sensor(radar()),
        node_id: "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01".into(),
        name: "radar".into(),
        status_interval_s: 10.0,
        follows: false,
    }));

    assert_eq!(night.core.roster().views().len(), 0);
}

#[test]
fn a_night_with_views_replays_to_the_same_state() {
    let mut night = Night::begin();
    night.walk(-500.0, -450.0);
    viewed(&mut night, blinded());
    night.walk(-450.0, -400.0);
    viewed(&mut night, View::default());

    let mut replayed = Core::new(model());
    let mut computer = Computer::new(model());
    let mut wanted = None;
    for entry in &night.entries {
        let computed = matches!(entry.input, Input::Computed { .. });
        let request = if computed { wanted.take() } else { None };
        let heavy = request.map(|request| computer.compute(&request));
        for output in replayed.step(entry, heavy) {
            if let Output::Compute { request, .. } = output {
                wanted = Some(request);
            }
        }
    }

    assert_eq!(replayed.state_hash(), night.core.state_hash());
}
