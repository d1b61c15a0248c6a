//! Why stretches are not watched: one cause removed at a time, and what each costs.

use rayon::prelude::*;

use crate::coverage::air::Air;
use crate::coverage::assess::probability;
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Crossings, Scene, Sums};
use crate::coverage::{Cause, Health, Reason, Repair, StretchAssessment, WATCHED_MIN, WatchState};
use crate::crossing::net::Asked;
use crate::sector::SensorKind;

/// A cause whose removal would change a probability by less is not worth a word.
const GAIN_MIN: f64 = 0.01;

/// What the causes are looked for in.
pub(crate) struct Causes<'a> {
    pub(crate) scene: &'a Scene<'a>,
    /// What was assumed for the states.
    pub(crate) low: &'a Assumed<'a>,
    pub(crate) clear: &'a Air,
    /// Rates under what was assumed.
    pub(crate) sums: &'a Sums,
}

/// The crossings that would be left without one cause.
struct Removed {
    cause: Cause,
    without: Crossings,
}

/// Adds reasons, dearest first, and the best sensor to restore, to stretches that are not watched.
///
/// Only causes that are present are tried. What neither clear air nor any sensor at its planned place would mend is terrain.
pub(crate) fn explain(causes: &Causes<'_>, low: &Crossings, stretches: &mut [StretchAssessment]) {
    let weak: Vec<bool> =
        stretches.iter().map(|stretch| stretch.state != WatchState::Watched).collect();
    let asked = Asked::Uncertain(&weak);
    let jobs = causes.present();
    let removed: Vec<Removed> = jobs
        .into_par_iter()
        .map(|cause| {
            let sums = causes.sums_without(&cause);
            Removed { without: causes.scene.crossings(&sums, asked), cause }
        })
        .collect();
    // Without any cause to remove, what is left is what there is.
    let all_removed = if removed.is_empty() { low.clone() } else { causes.all_removed(asked) };
    let helpless = |at: usize| probability(all_removed[at]) < WATCHED_MIN;
    let bald = if (0..stretches.len()).any(|at| weak[at] && helpless(at)) {
        causes.bald(asked)
    } else {
        all_removed.clone()
    };
    for (at, stretch) in stretches.iter_mut().enumerate() {
        if stretch.state == WatchState::Watched {
            continue;
        }
        let mut reasons: Vec<Reason> = removed
            .iter()
            .map(|removed| Reason {
                cause: removed.cause.clone(),
                probability_without: probability(removed.without[at]),
            })
            .collect();
        sort(&mut reasons);
        let dearest = reasons.first().cloned();
        reasons.retain(|reason| reason.probability_without >= stretch.probability + GAIN_MIN);
        if helpless(at) || dearest.is_none() {
            reasons.push(Reason {
                cause: Cause::Terrain,
                probability_without: probability(bald[at]).max(stretch.probability),
            });
            sort(&mut reasons);
        } else if reasons.is_empty() {
            // Several causes cover for each other: the one that weighs most is named all the same.
            reasons.extend(dearest);
        }
        stretch.repair = best_restoration(&reasons);
        stretch.reasons = reasons;
    }
}

/// Dearest first.
fn sort(reasons: &mut [Reason]) {
    reasons.sort_by(|a, b| {
        b.probability_without.total_cmp(&a.probability_without).then_with(|| a.cause.cmp(&b.cause))
    });
}

fn best_restoration(reasons: &[Reason]) -> Option<Repair> {
    reasons.iter().find_map(|reason| match &reason.cause {
        Cause::Outage { sensor } | Cause::StaleHeartbeat { sensor } => {
            Some(Repair::RestoreSensor {
                sensor: sensor.clone(),
                probability_with: reason.probability_without,
            })
        }
        Cause::Terrain | Cause::Dust | Cause::NobodyAssigned => None,
    })
}

impl Causes<'_> {
    /// Every cause that is present, terrain apart.
    fn present(&self) -> Vec<Cause> {
        let mut causes = Vec::new();
        if self.low.air != self.clear {
            causes.push(Cause::Dust);
        }
        let mut nobody = false;
        for (index, condition) in self.scene.conditions.iter().enumerate() {
            let sensor = self.scene.model.sensor(index);
            match condition.health {
                Health::Working => {}
                Health::Stale => causes.push(Cause::StaleHeartbeat { sensor: sensor.id.clone() }),
                Health::NeverHeard if is_sent_out(&sensor.kind) => nobody = true,
                Health::Down | Health::NeverHeard => {
                    causes.push(Cause::Outage { sensor: sensor.id.clone() });
                }
            }
        }
        if nobody {
            causes.push(Cause::NobodyAssigned);
        }
        causes
    }

    fn sums_without(&self, cause: &Cause) -> Sums {
        let add = |wanted: &dyn Fn(usize) -> bool| {
            let mut sums = self.sums.clone();
            for index in (0..self.scene.conditions.len()).filter(|index| wanted(*index)) {
                self.scene.add_sensor(index, self.low.air, &mut sums);
            }
            sums
        };
        match cause {
            Cause::Dust => self.scene.sums(&Assumed { air: self.clear, ..*self.low }),
            Cause::Outage { sensor } | Cause::StaleHeartbeat { sensor } => {
                add(&|index| self.scene.model.sensor(index).id == *sensor)
            }
            Cause::NobodyAssigned => add(&|index| {
                self.scene.conditions[index].health == Health::NeverHeard
                    && is_sent_out(&self.scene.model.sensor(index).kind)
            }),
            Cause::Terrain => self.scene.sums(&Assumed { ground: Ground::Bald, ..*self.low }),
        }
    }

    /// Clear air and every sensor at work.
    fn all_removed(&self, asked: Asked<'_>) -> Crossings {
        let working = vec![true; self.low.working.len()];
        let assumed = Assumed { air: self.clear, ground: Ground::AsItIs, working: &working };
        self.scene.crossings(&self.scene.sums(&assumed), asked)
    }

    fn bald(&self, asked: Asked<'_>) -> Crossings {
        self.scene.crossings(&self.sums_without(&Cause::Terrain), asked)
    }
}

/// A sensor that somebody must be sent out with: its silence means that nobody is there.
pub(super) fn is_sent_out(kind: &SensorKind) -> bool {
    matches!(kind, SensorKind::Observer(_) | SensorKind::Drone(_) | SensorKind::Checkpoint(_))
}
