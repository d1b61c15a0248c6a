//! A radar whose clock is put forward in the middle of the night.

use jiff::SignedDuration;
use sight::coverage::Health;
use sight::sector::SensorId;
use watch::alert::AlertKind;
use watch::clocks::{ClockOrder, ClockStanding};
use watch::detection::DetectionReport;
use watch::evidence::WhyKept;
use watch::journal::{Command, Input, SensorState};

use super::flat::Night;

#[test]
fn a_clock_that_steps_moves_no_track_and_what_it_tells_is_kept_until_it_is_right_again() {
    let mut night = Night::begin();
    night.walk(-500.0, -300.0);
    let track = night.core.tracks().next().unwrap().id;
    assert_eq!(night.radar().clock.standing, ClockStanding::Steady);

    night.walk_by_wrong_clock(12, 30);

    let radar = night.radar();
    assert_eq!((radar.clock.standing, radar.clock.ahead_s), (ClockStanding::Off, Some(30.0)));
    assert_eq!(radar.health(), Health::Quarantined, "it does not count as watching");
    assert_eq!(night.core.counters().mistimed, 12, "from the first");
    let kept = night.core.evidence().kept();
    assert_eq!(kept.len(), 12);
    assert!(kept.iter().all(|piece| piece.why == WhyKept::Clock));
    let first = kept[0].bears_on.tracks.first().map(|link| link.track);
    assert_eq!(first, Some(track), "judged by when it came");
    let rule = |alert: &watch::alert::Alert| alert.history[0].reason.clone();
    let lost = night.core.alerts().find(|alert| alert.kind == AlertKind::SensorLost).map(rule);
    assert_eq!(lost.as_deref(), Some("a sensor's clock stepped: its times are not believed"));

    for _ in 0..8 {
        night.hear("radar");
        night.pass(5);
    }

    assert_eq!(night.radar().clock.standing, ClockStanding::Steady);
    assert_eq!(night.radar().health(), Health::Working);
    let before = night.core.counters().mistimed;
    night.see(-100.0, 0.0);
    assert_eq!(night.core.counters().mistimed, before);
}

#[test]
fn a_step_that_a_person_has_taken_off_is_tracked_at_the_right_time() {
    let mut night = Night::begin();
    night.walk(-500.0, -300.0);
    night.walk_by_wrong_clock(6, 30);
    let sensor = SensorId("radar".into());
    let correct = |reason: &str| Command::JudgeClock {
        sensor: SensorId("radar".into()),
        order: ClockOrder::Correct,
        reason: reason.into(),
    };

    assert_eq!(night.command("k1", correct(" ")).unwrap_err().code, "reason-missing");
    night.command("k2", correct("set wrong at the change of shifts")).unwrap();
    assert_eq!(night.command("k3", correct("again")).unwrap_err().code, "clock-right");
    let before = night.core.counters().mistimed;
    night.walk_by_wrong_clock(12, 30);

    assert_eq!(night.core.counters().mistimed, before);
    let radar = night.core.roster().sensor(&sensor).unwrap();
    assert!((radar.clock.taken_off_s - 30.0).abs() < 0.2, "{:?}", radar.clock);
    let seen_at = night.core.tracks().map(|track| track.last_seen_at).max().unwrap();
    assert!((night.now - seen_at).get_seconds() < 10, "{seen_at} of {}", night.now);
}

#[test]
fn weather_told_by_a_clock_that_is_ahead_grows_old_from_when_it_came() {
    let mut night = Night::begin();
    night.walk(-500.0, -300.0);

    for _ in 0..4 {
        night.hear_ahead("radar", 7_200);
        night.pass(5);
    }

    let told = night.core.weather().states().map(|state| state.observed_at).max().unwrap();
    assert!(told <= night.now, "{told} lies ahead of {}", night.now);
}

impl Night {
    fn radar(&self) -> SensorState {
        self.core.roster().sensor(&SensorId("radar".into())).unwrap().clone()
    }

    /// The walk goes on, seen so many times by a radar whose clock is ahead.
    fn walk_by_wrong_clock(&mut self, times: u32, ahead_s: i64) {
        for step in 0..times {
            let report_id = format!("ahead-{}", self.entries.len());
            let east_m = -300.0 + 7.0 * f64::from(step);
            let report = DetectionReport {
                observed_at: self.now + SignedDuration::from_secs(ahead_s),
                ..self.report_at(east_m, 0.0, report_id)
            };
            self.take(Input::Detected(report));
            self.pass(5);
        }
    }
}
