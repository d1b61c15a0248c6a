//! Whether a sensor's clock can be believed: what it calls now, against when its messages arrive.
//!
//! A message takes time on its way, never less than the way itself takes, so the least delay of a while
//! tells the clock apart from the traffic (Paxson, "On calibrating measurements of packet transit times",
//! 1998). A delay that falls below what it can be is a clock put forward; a least delay that stays above is
//! a clock put back, or a way that became longer, which only people can tell apart; one that wanders with
//! time is a clock that nobody sets. The core has no clock of its own: arrivals are inputs.

mod drift;
mod level;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::sector::{SensorId, Settings};

use self::drift::Drift;
use self::level::{Level, Window};
use crate::limits;
use crate::roster::seconds_between;

/// Messages in a row that must have come sooner than they can before a clock counts as put forward.
const EARLY_RUN: u32 = 3;

/// The clocks of all sensors that were heard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Clocks(BTreeMap<SensorId, Clock>);

/// What a message is; each kind has delays of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Heartbeat,
    Detection,
}

/// What a person decides about a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockOrder {
    /// It goes wrong by what was found: that is taken off its times.
    Correct,
    /// Its times are right as they are: the way became longer or shorter.
    Trust,
}

/// What is known of one clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Clock {
    levels: [Level; 2],
    window: Window,
    drift: Drift,
    state: State,
    /// Messages in a row that came too soon.
    early: u32,
    /// The last closed window, when it was beyond what is believed.
    beyond_s: Option<f64>,
    /// Closed windows in a row that were as they should be, while the clock is off.
    back: u32,
    /// How far ahead it may be and count as steady, by a person's word, and what is taken off its times.
    allowed_s: f64,
    taken_off_s: f64,
    steps: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum State {
    Learning,
    Steady,
    Off { ahead_s: f64, since: Timestamp },
}

/// How a clock stands, in figures that do not flicker.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ClockReport {
    pub standing: ClockStanding,
    /// Seconds that an `off` clock is ahead; negative when it is behind.
    pub ahead_s: Option<f64>,
    /// Since when it is off.
    pub since: Option<Timestamp>,
    /// The least that its detections take to arrive, once that is known.
    pub way_s: Option<f64>,
    /// Parts in a million by which it goes too fast, where that is sure.
    pub drift_ppm: Option<f64>,
    /// What is taken off its times because a person said so.
    pub taken_off_s: f64,
    /// Steps noticed so far.
    pub steps: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockStanding {
    /// Too little was heard to judge it.
    #[default]
    Unknown,
    Steady,
    /// Steady enough to be believed, but nobody sets it.
    Drifting,
    /// Its times are not believed.
    Off,
}

impl Clocks {
    /// Takes note of a message; returns when it was sent, or seen, if its time can be believed.
    pub(crate) fn hear(
        &mut self,
        sensor: &SensorId,
        kind: Kind,
        (told, arrived): (Timestamp, Timestamp),
        settings: &Settings,
    ) -> Option<Timestamp> {
        let clock = self.0.entry(sensor.clone()).or_default();
        let ahead_s = seconds_between(arrived, told);
        let believed = clock.hear(kind, ahead_s, arrived, settings);
        let off = SignedDuration::from_secs_f64(clock.taken_off_s);
        believed.then(|| told.checked_sub(off).unwrap_or(told))
    }

    pub fn report(&self, sensor: &SensorId) -> ClockReport {
        self.0.get(sensor).map_or_else(ClockReport::default, Clock::report)
    }

    /// Whether a sensor's times are not believed now.
    pub(crate) fn is_off(&self, sensor: &SensorId) -> bool {
        self.0.get(sensor).is_some_and(|clock| matches!(clock.state, State::Off { .. }))
    }

    /// Carries out a person's decision; false when the clock is not off and there is nothing to decide.
    pub(crate) fn order(&mut self, sensor: &SensorId, order: ClockOrder) -> bool {
        let Some(clock) = self.0.get_mut(sensor) else { return false };
        let State::Off { ahead_s, .. } = clock.state else { return false };
        clock.settle(ahead_s);
        clock.taken_off_s = match order {
            ClockOrder::Correct => ahead_s,
            ClockOrder::Trust => 0.0,
        };
        true
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            levels: [Level::default(), Level::default()],
            window: Window::default(),
            drift: Drift::default(),
            state: State::Learning,
            early: 0,
            beyond_s: None,
            back: 0,
            allowed_s: 0.0,
            taken_off_s: 0.0,
            steps: 0,
        }
    }
}

impl Clock {
    /// Takes note of one message that says it is `told_s` later than it arrived; false when its time is not believed.
    fn hear(&mut self, kind: Kind, told_s: f64, arrived: Timestamp, settings: &Settings) -> bool {
        let is_off = matches!(self.state, State::Off { .. });
        // Without what a person allowed for, nothing arrives before it was sent.
        let early_s = told_s - self.allowed_s;
        let level = &mut self.levels[kind as usize];
        let usual_s = match level.usual_s() {
            Some(usual_s) => usual_s,
            // It was off before it was known: what nothing takes to arrive is as good a guess as any.
            None if is_off => 0.0,
            None if early_s > limits::CLOCK_AHEAD_MAX_S => {
                return self.heard_too_soon(told_s, arrived);
            }
            None => {
                level.learn(early_s, arrived);
                return true;
            }
        };
        if self.state == State::Learning {
            self.state = State::Steady;
        }
        let gate_s = self.gate_s(settings);
        let ahead_s = told_s - usual_s;
        if !is_off && ahead_s - self.allowed_s > gate_s {
            if early_s > 0.0 {
                return self.heard_too_soon(ahead_s, arrived);
            }
            // The way became shorter than it was while it was learned.
            self.levels[kind as usize].shorten(early_s);
            self.forget_run();
            return true;
        }
        self.early = 0;
        if let Some(most_s) = self.window.add(ahead_s, arrived) {
            self.close_window(most_s, arrived, settings);
        }
        !matches!(self.state, State::Off { .. })
    }

    /// One alone may be a slip; a few in a row are a step.
    fn heard_too_soon(&mut self, ahead_s: f64, arrived: Timestamp) -> bool {
        self.early += 1;
        if self.early >= EARLY_RUN {
            self.step(ahead_s, arrived);
        }
        false
    }

    /// Judges the least delay of a while that is over.
    fn close_window(&mut self, ahead_s: f64, arrived: Timestamp, settings: &Settings) {
        let gate_s = self.gate_s(settings);
        let is_right = |allowed_s: f64| (ahead_s - allowed_s).abs() <= gate_s;
        match &mut self.state {
            State::Off { ahead_s: known, .. } => {
                *known = ahead_s;
                let allowed_s = if is_right(0.0) { 0.0 } else { self.allowed_s };
                self.back = if is_right(allowed_s) { self.back + 1 } else { 0 };
                if self.back >= 2 {
                    self.settle(allowed_s);
                    // What was taken off was for the time in which it was wrong.
                    if allowed_s == 0.0 {
                        self.taken_off_s = 0.0;
                    }
                }
            }
            State::Learning | State::Steady if is_right(self.allowed_s) => {
                self.beyond_s = None;
                self.drift.add(ahead_s, arrived, settings.clock_drift_ppm);
            }
            // What waited on the way comes ever less late; a clock that was put back stays as late as it is.
            State::Learning | State::Steady => match self.beyond_s.replace(ahead_s) {
                Some(before_s) if (ahead_s - before_s).abs() <= gate_s / 2.0 => {
                    self.step(ahead_s, arrived);
                    // Somebody has set it: what a person allowed for is over.
                    if is_right(0.0) {
                        self.settle(0.0);
                        self.taken_off_s = 0.0;
                    }
                }
                _ => {}
            },
        }
    }

    fn step(&mut self, ahead_s: f64, arrived: Timestamp) {
        self.steps += 1;
        self.state = State::Off { ahead_s, since: arrived };
        self.forget_run();
    }

    fn settle(&mut self, allowed_s: f64) {
        self.state = State::Steady;
        self.allowed_s = allowed_s;
        self.forget_run();
    }

    fn forget_run(&mut self) {
        self.window = Window::default();
        self.drift = Drift::default();
        (self.early, self.back, self.beyond_s) = (0, 0, None);
    }

    /// Farther than this from what is usual is a step: the setting, or more where the way itself is restless.
    fn gate_s(&self, settings: &Settings) -> f64 {
        let restless_s = self.levels.iter().map(Level::spread_s).fold(0.0, f64::max);
        settings.clock_step_s.max(3.0 * restless_s)
    }

    fn report(&self) -> ClockReport {
        let drift_ppm = self.drift.sure_ppm();
        let tenths = |value: f64| libm::round(value * 10.0) / 10.0;
        let (standing, ahead_s, since) = match self.state {
            State::Learning => (ClockStanding::Unknown, None, None),
            State::Steady if drift_ppm.is_some() => (ClockStanding::Drifting, None, None),
            State::Steady => (ClockStanding::Steady, None, None),
            State::Off { ahead_s, since } => {
                (ClockStanding::Off, Some(tenths(ahead_s)), Some(since))
            }
        };
        ClockReport {
            standing,
            ahead_s,
            since,
            way_s: self.levels[Kind::Detection as usize].usual_s().map(|lead_s| tenths(-lead_s)),
            drift_ppm: drift_ppm.map(|ppm| libm::round(ppm / 5.0) * 5.0),
            taken_off_s: tenths(self.taken_off_s),
            steps: self.steps,
        }
    }
}

#[cfg(test)]
mod tests;
