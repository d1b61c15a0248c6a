//! Whether a sensor may move tracks: trusted, doubted, quarantined, and the way back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::tagged;

use super::evidence::{Evidence, Verdict};

/// Whether what a sensor says may move tracks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody else has seen enough of the same to judge it; taken at its word.
    #[default]
    Unverified,
    Trusted,
    /// Its noise is taken to be as large as it was found, and its looks move odds by a quarter.
    Doubted,
    /// What it says is kept and judged, and moves nothing.
    Quarantined,
}

tagged! {
    "kind", "Finding",
    /// What was found wrong with a sensor.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub enum Finding {
        /// What it should have seen it reports this much to the right of where it is.
        Turned {
            azimuth_deg: f64,
        },
        /// Or this much farther away.
        Displaced {
            range_m: f64,
        },
        /// Its errors across its line of sight lean one way, by so many of its own standard deviations.
        LeansAcross {
            sigmas: f64,
        },
        LeansAlong {
            sigmas: f64,
        },
        /// The variance of its errors is so many times what it claims.
        Noisy {
            times: f64,
        },
        /// Of what others should have seen of its reports they saw this share.
        Contradicted {
            share: f64,
        },
        /// A person said so.
        Ordered,
    }
}

impl Finding {
    /// To steps that a person can tell apart, so that a figure that trembles is not news.
    #[must_use]
    pub fn rounded(self) -> Self {
        let to = |value: f64, step: f64| libm::round(value / step) * step;
        match self {
            Self::Turned { azimuth_deg } => Self::Turned { azimuth_deg: to(azimuth_deg, 0.5) },
            Self::Displaced { range_m } => Self::Displaced { range_m: to(range_m, 20.0) },
            Self::LeansAcross { sigmas } => Self::LeansAcross { sigmas: to(sigmas, 1.0) },
            Self::LeansAlong { sigmas } => Self::LeansAlong { sigmas: to(sigmas, 1.0) },
            Self::Noisy { times } => Self::Noisy { times: to(times, 1.0) },
            Self::Contradicted { share } => Self::Contradicted { share: to(share, 0.1) },
            Self::Ordered => Self::Ordered,
        }
    }
}

/// What a person decided of a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Start afresh: what spoke against it is forgotten.
    Trust,
    /// Leave it out until it is trusted again by a person.
    Quarantine,
}

/// Where a sensor stands and since when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trust {
    pub(super) standing: Standing,
    pub(super) finding: Option<Finding>,
    pub(super) noise: f64,
    since: Option<Timestamp>,
    /// Since when nothing speaks against it.
    clear_since: Option<Timestamp>,
    ordered: bool,
}

/// How long nothing may speak against a sensor before it is believed one step more (A).
const RECOVERY_S: f64 = 120.0;
/// How long a sensor is doubted before it can be left out, so that others may speak for it (A).
const DOUBT_S: f64 = 30.0;

impl Trust {
    /// Whether a person's decision keeps it where it is.
    pub(super) fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// Takes a person's decision.
    pub(super) fn obey(&mut self, order: Order, evidence: &mut Evidence, now: Timestamp) {
        *evidence = Evidence::default();
        let (standing, finding) = match order {
            Order::Trust => (Standing::Unverified, None),
            Order::Quarantine => (Standing::Quarantined, Some(Finding::Ordered)),
        };
        *self = Self { ordered: finding.is_some(), ..Self::default() };
        self.turn(standing, now);
        self.finding = finding;
    }

    /// Moves one step by what the evidence says now.
    pub(super) fn follow(&mut self, verdict: &Verdict, now: Timestamp) {
        if self.ordered {
            return;
        }
        self.noise = verdict.noise;
        let for_s = |since: Option<Timestamp>| {
            since.map_or(0.0, |since| now.duration_since(since).as_secs_f64())
        };
        if let Some(finding) = verdict.finding {
            self.clear_since = None;
            self.finding = Some(finding);
            match self.standing {
                Standing::Unverified | Standing::Trusted => self.turn(Standing::Doubted, now),
                Standing::Doubted if verdict.is_grave && for_s(self.since) >= DOUBT_S => {
                    self.turn(Standing::Quarantined, now);
                }
                Standing::Doubted | Standing::Quarantined => {}
            }
            return;
        }
        match self.standing {
            Standing::Unverified | Standing::Trusted => {
                self.finding = None;
                let standing =
                    if verdict.is_comparable { Standing::Trusted } else { Standing::Unverified };
                if self.standing != standing {
                    self.turn(standing, now);
                }
            }
            Standing::Doubted | Standing::Quarantined => {
                let since = *self.clear_since.get_or_insert(now);
                if now.duration_since(since).as_secs_f64() >= RECOVERY_S {
                    let better = self.standing == Standing::Doubted;
                    self.turn(if better { Standing::Trusted } else { Standing::Doubted }, now);
                    self.clear_since = Some(now);
                }
            }
        }
    }

    fn turn(&mut self, standing: Standing, now: Timestamp) {
        self.standing = standing;
        self.since = Some(now);
    }
}
