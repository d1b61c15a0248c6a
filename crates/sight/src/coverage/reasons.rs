//! Why stretches are not watched: one cause removed at a time, and what each costs.

use crate::coverage::air::Air;
use crate::coverage::assess::probability;
use crate::coverage::kept::{If, Kept, Question, Slot};
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Crossings, Scene, Sums, Views};
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
}

/// Adds reasons, dearest first, and the best sensor to restore, to stretches that are not watched.
///
/// Only causes that are present are tried. What neither clear air nor any sensor at its planned place would mend is terrain.
pub(crate) fn explain(
    causes: &Causes<'_>,
    kept: &mut Kept,
    low: &Crossings,
    stretches: &mut [StretchAssessment],
) {
    let weak: Vec<bool> =
        stretches.iter().map(|stretch| stretch.state != WatchState::Watched).collect();
    let asked = Asked::Uncertain(&weak);
    let every_sensor = vec![true; causes.low.working.len()];
    let present = causes.present();
    let mut questions: Vec<Question<'_>> =
        present.iter().map(|cause| causes.without(cause, asked)).collect();
    // Without any cause to remove, what is left is what there is.
    if !present.is_empty() {
        questions.push(causes.all_removed(&every_sensor, asked));
    }
    let mut removed = kept.answer(causes.scene, &questions);
    let all_removed = if present.is_empty() { None } else { removed.pop() };
    let all_removed = all_removed.unwrap_or_else(|| low.clone());
    let helpless = |at: usize| probability(all_removed[at]) < WATCHED_MIN;
    let bald = if (0..stretches.len()).any(|at| weak[at] && helpless(at)) {
        kept.answer(causes.scene, &[causes.bald(asked)]).swap_remove(0)
    } else {
        all_removed.clone()
    };
    for (at, stretch) in stretches.iter_mut().enumerate() {
        if stretch.state == WatchState::Watched {
            continue;
        }
        let mut reasons: Vec<Reason> = present
            .iter()
            .zip(&removed)
            .map(|(cause, without)| Reason {
                cause: cause.clone(),
                probability_without: probability(without[at]),
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
        Cause::Outage { sensor }
        | Cause::StaleHeartbeat { sensor }
        | Cause::Obscured { sensor }
        | Cause::Impaired { sensor }
        | Cause::Quarantined { sensor }
        | Cause::LooksElsewhere { sensor } => Some(Repair::RestoreSensor {
            sensor: sensor.clone(),
            probability_with: reason.probability_without,
        }),
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
                Health::Working if self.scene.looks_elsewhere(index) => {
                    causes.push(Cause::LooksElsewhere { sensor: sensor.id.clone() });
                }
                Health::Working => {}
                Health::Stale => causes.push(Cause::StaleHeartbeat { sensor: sensor.id.clone() }),
                Health::Obscured => causes.push(Cause::Obscured { sensor: sensor.id.clone() }),
                Health::Impaired => causes.push(Cause::Impaired { sensor: sensor.id.clone() }),
                Health::Quarantined => {
                    causes.push(Cause::Quarantined { sensor: sensor.id.clone() });
                }
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

    /// What the crossings would be without one cause other than terrain.
    fn without<'a>(&'a self, cause: &'a Cause, asked: Asked<'a>) -> Question<'a> {
        let add = |wanted: Vec<usize>| {
            let mut working = self.low.working.to_vec();
            for index in &wanted {
                working[*index] = true;
            }
            let add_them = move |sums: &mut Sums| {
                self.scene.add_sensors(&wanted, self.low.air, sums);
            };
            If::Changed(Box::new(add_them), Some(working))
        };
        let sensors = |wanted: &dyn Fn(usize) -> bool| {
            (0..self.scene.conditions.len()).filter(|index| wanted(*index)).collect()
        };
        let sensor = |index: usize| self.scene.model.sensor(index);
        let (slot, if_so) = match cause {
            Cause::Outage { sensor: id }
            | Cause::StaleHeartbeat { sensor: id }
            | Cause::Obscured { sensor: id }
            | Cause::Impaired { sensor: id }
            | Cause::Quarantined { sensor: id } => {
                (None, add(sensors(&|index| sensor(index).id == *id)))
            }
            Cause::NobodyAssigned => {
                let nobody = |index: usize| {
                    self.scene.conditions[index].health == Health::NeverHeard
                        && is_sent_out(&sensor(index).kind)
                };
                (None, add(sensors(&nobody)))
            }
            Cause::LooksElsewhere { sensor: id } => {
                let turned = sensors(&|index| sensor(index).id == *id);
                let turn_them = move |sums: &mut Sums| {
                    for index in &turned {
                        self.scene.turn_back(*index, self.low.air, sums);
                    }
                };
                (None, If::Changed(Box::new(turn_them), None))
            }
            Cause::Dust => {
                (Some(Slot::Clear), If::Assumed(Assumed { air: self.clear, ..*self.low }))
            }
            Cause::Terrain => return self.bald(asked),
        };
        Question { slot, if_so, asked, headed: true }
    }

    /// Clear air, and every sensor at work and turned to where the sector file has it look.
    fn all_removed<'a>(&'a self, working: &'a [bool], asked: Asked<'a>) -> Question<'a> {
        let views = Views::AsPlanned;
        let assumed = Assumed { air: self.clear, ground: Ground::AsItIs, working, views };
        Question { slot: Some(Slot::Mended), if_so: If::Assumed(assumed), asked, headed: true }
    }

    fn bald<'a>(&'a self, asked: Asked<'a>) -> Question<'a> {
        let assumed = Assumed { ground: Ground::Bald, ..*self.low };
        Question { slot: Some(Slot::Bald), if_so: If::Assumed(assumed), asked, headed: true }
    }
}

/// A sensor that somebody must be sent out with: its silence means that nobody is there.
pub(crate) fn is_sent_out(kind: &SensorKind) -> bool {
    matches!(kind, SensorKind::Observer(_) | SensorKind::Drone(_) | SensorKind::Checkpoint(_))
}
