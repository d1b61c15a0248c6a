//! Clocks that are known to step, to drift, to be slow on their way, or to be right.

use jiff::{SignedDuration, Timestamp};
use sight::sector::{SensorId, Settings};

use super::*;

/// A sensor that speaks once a second; its clock and its way are what a test makes of them.
struct Post {
    clocks: Clocks,
    sensor: SensorId,
    settings: Settings,
    second: u32,
    chance: u64,
}

impl Post {
    fn new() -> Self {
        let sensor = SensorId("radar".into());
        let (clocks, settings) = (Clocks::default(), Settings::default());
        Self { clocks, sensor, settings, second: 0, chance: 7 }
    }

    /// Speaks for so many seconds with a clock that is ahead by `ahead_s` of the second since the start;
    /// returns how many messages were believed.
    fn speak(
        &mut self,
        seconds: u32,
        ahead_s: impl Fn(f64) -> f64,
        way_s: impl Fn(f64) -> f64,
    ) -> u32 {
        let mut believed = 0;
        for _ in 0..seconds {
            self.second += 1;
            let elapsed_s = f64::from(self.second);
            let way_s = way_s(self.uniform());
            let told = at(elapsed_s + ahead_s(elapsed_s));
            let heard = (told, at(elapsed_s + way_s));
            let kind =
                if self.second.is_multiple_of(10) { Kind::Heartbeat } else { Kind::Detection };
            believed +=
                u32::from(self.clocks.hear(&self.sensor, kind, heard, &self.settings).is_some());
        }
        believed
    }

    fn report(&self) -> ClockReport {
        self.clocks.report(&self.sensor)
    }

    /// In 0..1, the same in every run.
    fn uniform(&mut self) -> f64 {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(seconds)
}

/// A way with exponential waits of that mean on top of its least, as queues make them.
fn queue(least_s: f64, mean_s: f64) -> impl Fn(f64) -> f64 + Copy {
    move |uniform| least_s - mean_s * libm::log(1.0 - uniform)
}

#[test]
fn a_clock_put_forward_by_half_a_minute_is_noticed_within_three_messages_and_none_is_believed() {
    let mut post = Post::new();
    assert_eq!(post.speak(600, |_| 0.0, queue(0.05, 0.05)), 600);

    let believed = post.speak(3, |_| 30.0, queue(0.05, 0.05));

    assert_eq!(believed, 0);
    let report = post.report();
    assert_eq!((report.standing, report.steps), (ClockStanding::Off, 1));
    post.speak(60, |_| 30.0, queue(0.05, 0.05));
    assert!((post.report().ahead_s.unwrap() - 30.0).abs() <= 0.1, "{:?}", post.report());
}

#[test]
fn a_clock_put_back_by_half_a_minute_is_noticed_within_half_a_minute() {
    let mut post = Post::new();
    post.speak(600, |_| 0.0, queue(0.05, 0.05));

    post.speak(30, |_| -30.0, queue(0.05, 0.05));

    let report = post.report();
    assert_eq!((report.standing, report.steps), (ClockStanding::Off, 1));
    assert!((report.ahead_s.unwrap() + 30.0).abs() <= 0.1, "{report:?}");
    assert_eq!(post.speak(60, |_| -30.0, queue(0.05, 0.05)), 0);
}

#[test]
fn a_drift_of_fifty_millionths_is_told_within_the_hour_and_is_still_believed() {
    for ppm in [50.0, -50.0] {
        let mut post = Post::new();

        let believed = post.speak(3_600, |elapsed_s| ppm * 1e-6 * elapsed_s, queue(0.05, 0.05));

        let report = post.report();
        assert_eq!(report.standing, ClockStanding::Drifting);
        assert!((report.drift_ppm.unwrap() - ppm).abs() <= 10.0, "{report:?}");
        assert_eq!((believed, report.steps), (3_600, 0));
    }
}

#[test]
fn a_drift_that_adds_up_beyond_a_step_is_off_in_the_end() {
    let mut post = Post::new();

    // 500 millionths: two seconds in little more than an hour.
    post.speak(3 * 3_600, |elapsed_s| -500e-6 * elapsed_s, queue(0.05, 0.05));

    assert_eq!(post.report().standing, ClockStanding::Off);
}

#[test]
fn a_restless_way_alarms_nobody() {
    for mean_s in [0.1, 0.5, 2.0] {
        let mut post = Post::new();

        let believed = post.speak(4 * 3_600, |_| 0.0, queue(0.2, mean_s));

        let report = post.report();
        assert_eq!(
            (report.standing, report.steps),
            (ClockStanding::Steady, 0),
            "{mean_s}: {report:?}"
        );
        assert_eq!(believed, 4 * 3_600);
    }
}

#[test]
fn messages_that_waited_for_a_link_and_come_all_at_once_are_no_step() {
    let mut post = Post::new();
    post.speak(600, |_| 0.0, queue(0.05, 0.05));

    // Two minutes without a link: they arrive one after the other, ten a second.
    let first = f64::from(post.second);
    for waited in 0..120 {
        let (sent_s, arrived_s) =
            (first + f64::from(waited), first + 120.0 + 0.1 * f64::from(waited));
        let heard = (at(sent_s), at(arrived_s));
        assert!(post.clocks.hear(&post.sensor, Kind::Detection, heard, &post.settings).is_some());
    }
    post.second += 132;
    post.speak(120, |_| 0.0, queue(0.05, 0.05));

    assert_eq!((post.report().standing, post.report().steps), (ClockStanding::Steady, 0));
}

#[test]
fn a_clock_that_a_restart_puts_right_is_believed_again() {
    let mut post = Post::new();
    post.speak(600, |_| 0.0, queue(0.05, 0.05));
    post.speak(120, |_| 3_600.0, queue(0.05, 0.05));
    assert_eq!(post.report().standing, ClockStanding::Off);

    post.speak(30, |_| 0.0, queue(0.05, 0.05));

    assert_eq!(post.report().standing, ClockStanding::Steady);
    assert_eq!(post.speak(60, |_| 0.0, queue(0.05, 0.05)), 60);
    assert_eq!(post.report().steps, 1);
}

#[test]
fn a_sensor_that_begins_in_the_future_is_off_from_its_third_message_and_learns_once_it_is_right() {
    let mut post = Post::new();

    assert_eq!(post.speak(60, |_| 30.0, queue(0.05, 0.05)), 0);
    assert_eq!(post.report().standing, ClockStanding::Off);
    post.speak(40, |_| 0.0, queue(0.05, 0.05));

    assert_eq!(post.speak(120, |_| 0.0, queue(0.05, 0.05)), 120);
    assert_eq!(post.report().standing, ClockStanding::Steady);
}

#[test]
fn a_person_may_have_a_step_taken_off_and_the_times_are_right_then() {
    let mut post = Post::new();
    post.speak(600, |_| 0.0, queue(0.05, 0.05));
    post.speak(60, |_| 30.0, queue(0.05, 0.05));
    let sensor = post.sensor.clone();

    assert!(post.clocks.order(&sensor, ClockOrder::Correct));
    assert!(!post.clocks.order(&sensor, ClockOrder::Correct), "there is nothing left to decide");

    let now_s = f64::from(post.second);
    let told = (at(now_s + 30.0), at(now_s + 0.05));
    let believed = post.clocks.hear(&sensor, Kind::Detection, told, &post.settings).unwrap();
    assert!(believed.duration_since(at(now_s)).as_secs_f64().abs() < 0.1, "{believed}");
    assert_eq!(post.speak(120, |_| 30.0, queue(0.05, 0.05)), 120);
    // Somebody sets the clock: what was taken off would be wrong now.
    post.speak(60, |_| 0.0, queue(0.05, 0.05));
    let report = post.report();
    assert_eq!((report.standing, report.taken_off_s), (ClockStanding::Steady, 0.0));
}

#[test]
fn a_person_may_say_that_the_way_became_longer_and_the_times_stay_as_they_are() {
    let mut post = Post::new();
    post.speak(600, |_| 0.0, queue(0.05, 0.05));
    post.speak(60, |_| 0.0, queue(8.0, 0.05));
    assert_eq!(post.report().standing, ClockStanding::Off);
    let sensor = post.sensor.clone();

    assert!(post.clocks.order(&sensor, ClockOrder::Trust));

    let now_s = f64::from(post.second);
    let told = (at(now_s - 8.0), at(now_s + 0.05));
    assert_eq!(post.clocks.hear(&sensor, Kind::Detection, told, &post.settings), Some(told.0));
    assert_eq!(post.speak(120, |_| 0.0, queue(8.0, 0.05)), 120);
    assert_eq!(post.report().standing, ClockStanding::Steady);
}

#[test]
fn a_way_that_was_slow_while_it_was_learned_may_become_quick() {
    let mut post = Post::new();
    post.speak(120, |_| 0.0, queue(6.0, 0.2));

    assert_eq!(post.speak(600, |_| 0.0, queue(0.05, 0.05)), 600);

    assert_eq!((post.report().standing, post.report().steps), (ClockStanding::Steady, 0));
}
