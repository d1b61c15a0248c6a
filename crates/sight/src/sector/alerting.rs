//! When people are called: the rules, how urgent each is, and how alerts are held, shelved and counted.
//!
//! Figures without a source are assumptions, and so every one of them may be set in the sector file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why people are called, one alert each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    CrossingPredicted,
    Crossed,
    Approach,
    Loitering,
    ZoneEntry,
    BarrierDamage,
    GroundPattern,
    SightLost,
    Unwatched,
    SensorLost,
    DustAhead,
    PossibleDistress,
    CalledForHelp,
}

/// What follows when nobody acts in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consequence {
    Minor,
    Serious,
    Grave,
}

/// How one rule calls.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RuleFigures {
    /// Whether the rule is watched at all.
    pub watched: bool,
    pub consequence: Consequence,
    /// Time left to act, where the event itself does not tell it.
    pub time_left_s: f64,
    /// What is found must last this long before anybody is called.
    pub on_delay_s: f64,
    /// What is no longer found must stay away this long before the alert returns to normal.
    pub off_delay_s: f64,
    /// Whether the alert stays until it is reset or closed, though what it is about is over.
    pub latches: bool,
}

/// Everything that the sector file says of alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alerting {
    pub rules: BTreeMap<Rule, RuleFigures>,
    /// Less time left than this is no time, and less than the second is little.
    pub prompt_s: f64,
    pub soon_s: f64,
    /// Longest time for which a low, medium and high alert may be shelved.
    pub shelve_max_s: [f64; 3],
    /// Longest time for which anything may be suppressed by design or be out of service.
    pub suppress_max_s: f64,
    /// Calls within ten minutes beyond which it is a flood, and below which it is over (ISA-18.2, EEMUA 191: 10 and 5).
    pub flood_begins: u64,
    pub flood_ends: u64,
    /// An alert that goes on for longer is stale (ISA-18.2: 24 h).
    pub stale_after_s: f64,
    /// One that comes again three times within this chatters (ISA-18.2: a minute).
    pub chatters_within_s: f64,
    /// Length of a shift in hours, and the hour of the day (UTC) at which the first one begins.
    pub shift_hours: u64,
    pub shift_begins_hour: u64,
    /// A crossing is predicted when the track would reach the line within this time.
    pub predict_within_s: f64,
    /// Somebody beyond the line approaches who is within this distance of it, and has come nearer by the second.
    pub approach_within_m: f64,
    pub approach_nearer_m: f64,
    /// Somebody loiters who stays within this radius for this long.
    pub loiter_radius_m: f64,
    pub loiter_for_s: f64,
    /// Beyond how far from the line nobody loiters.
    pub loiter_within_m: f64,
    /// Out of a zone counts who is so far out of it.
    pub zone_band_m: f64,
    /// Hits of ground sensors that are a pattern, within which time and how near to each other.
    pub ground_hits: u64,
    pub ground_within_s: f64,
    pub ground_apart_m: f64,
    /// Blind line beyond what the ground alone hides before a person is called, and the dead band below it.
    pub sight_lost_m: f64,
    pub sight_band_m: f64,
    /// Line that stays blind for so long, with no unit nearer than the second, is unwatched.
    pub unwatched_after_s: f64,
    pub attended_within_m: f64,
    /// How far ahead dust is told of, and what visibility in dust is a blind window (DOMAIN 2: moderate, 1 500 m).
    pub dust_ahead_s: f64,
    pub dust_visibility_m: f64,
    /// Somebody who stays within this radius for this long may need help.
    pub still_radius_m: f64,
    pub still_for_s: f64,
    /// Sensors that are lost within this time and distance of each other are one event.
    pub lost_together_s: f64,
    pub lost_together_m: f64,
}

impl Rule {
    /// Every rule, in the order of the tables.
    pub const ALL: [Self; 13] = [
        Self::CrossingPredicted,
        Self::Crossed,
        Self::Approach,
        Self::Loitering,
        Self::ZoneEntry,
        Self::BarrierDamage,
        Self::GroundPattern,
        Self::SightLost,
        Self::Unwatched,
        Self::SensorLost,
        Self::DustAhead,
        Self::PossibleDistress,
        Self::CalledForHelp,
    ];

    /// Its name in files and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::CrossingPredicted => "crossing-predicted",
            Self::Crossed => "crossed",
            Self::Approach => "approach",
            Self::Loitering => "loitering",
            Self::ZoneEntry => "zone-entry",
            Self::BarrierDamage => "barrier-damage",
            Self::GroundPattern => "ground-pattern",
            Self::SightLost => "sight-lost",
            Self::Unwatched => "unwatched",
            Self::SensorLost => "sensor-lost",
            Self::DustAhead => "dust-ahead",
            Self::PossibleDistress => "possible-distress",
            Self::CalledForHelp => "called-for-help",
        }
    }

    /// Whether somebody's life may hang on it: such an alert is never shelved nor suppressed.
    pub fn is_distress(self) -> bool {
        matches!(self, Self::PossibleDistress | Self::CalledForHelp)
    }
}

impl Consequence {
    pub const ALL: [(&'static str, Self); 3] =
        [("minor", Self::Minor), ("serious", Self::Serious), ("grave", Self::Grave)];
}

impl Alerting {
    /// How a rule calls; every rule has its figures.
    pub fn rule(&self, rule: Rule) -> RuleFigures {
        self.rules.get(&rule).copied().unwrap_or_else(|| figures_of(rule))
    }

    /// Whether the file says nothing of alerts.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Alerting {
    fn default() -> Self {
        Self {
            rules: Rule::ALL.into_iter().map(|rule| (rule, figures_of(rule))).collect(),
            prompt_s: 120.0,
            soon_s: 1_800.0,
            shelve_max_s: [43_200.0, 14_400.0, 1_800.0],
            suppress_max_s: 7_776_000.0,
            flood_begins: 10,
            flood_ends: 5,
            stale_after_s: 86_400.0,
            chatters_within_s: 60.0,
            shift_hours: 8,
            shift_begins_hour: 6,
            predict_within_s: 1_500.0,
            approach_within_m: 2_500.0,
            approach_nearer_m: 400.0,
            loiter_radius_m: 300.0,
            loiter_for_s: 1_200.0,
            loiter_within_m: 2_000.0,
            zone_band_m: 50.0,
            ground_hits: 3,
            ground_within_s: 120.0,
            ground_apart_m: 1_000.0,
            sight_lost_m: 1_000.0,
            sight_band_m: 250.0,
            unwatched_after_s: 1_200.0,
            attended_within_m: 1_500.0,
            dust_ahead_s: 10_800.0,
            dust_visibility_m: 1_500.0,
            still_radius_m: 60.0,
            still_for_s: 480.0,
            lost_together_s: 120.0,
            lost_together_m: 150.0,
        }
    }
}

/// The shipped figures of a rule.
fn figures_of(rule: Rule) -> RuleFigures {
    use Consequence::{Grave, Minor, Serious};
    let (consequence, time_left_s, on_delay_s, off_delay_s, latches) = match rule {
        Rule::CrossingPredicted | Rule::SightLost | Rule::Unwatched => {
            (Serious, 900.0, 0.0, 60.0, false)
        }
        Rule::Crossed | Rule::PossibleDistress => (Grave, 0.0, 0.0, 60.0, true),
        Rule::Approach | Rule::DustAhead => (Minor, 3_600.0, 0.0, 120.0, false),
        Rule::Loitering => (Serious, 3_600.0, 0.0, 120.0, false),
        Rule::ZoneEntry => (Serious, 600.0, 5.0, 60.0, true),
        Rule::BarrierDamage => (Serious, 1_200.0, 0.0, 0.0, true),
        Rule::GroundPattern => (Serious, 900.0, 0.0, 300.0, false),
        Rule::SensorLost => (Minor, 3_600.0, 0.0, 30.0, false),
        Rule::CalledForHelp => (Grave, 0.0, 0.0, 0.0, true),
    };
    RuleFigures { watched: true, consequence, time_left_s, on_delay_s, off_delay_s, latches }
}
