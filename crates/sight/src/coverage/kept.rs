//! What one assessment keeps for the next: rates, sums and fields that follow what changes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::coverage::air::Air;
use crate::coverage::glance::Glances;
use crate::coverage::heading::Beam;
use crate::coverage::live::{LiveField, is_relied_on};
use crate::coverage::model::Stance;
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Crossings, Scene, Sign, Sums, Views};
use crate::coverage::view::View;
use crate::coverage::{Conditions, MovedTo};
use crate::crossing::net::{Asked, Fields, Steps};

/// What the next assessment of the same movers can start from.
///
/// Nothing in it changes an answer: sums of whole numbers are the same in any order, and repaired fields equal those
/// spread anew.
pub(crate) struct Kept {
    /// The conditions that it is about, but for weather and sensors.
    about: Conditions,
    /// The rates that the states are about, and what follows from them.
    pub(crate) live: LiveField,
    pub(crate) glances: Arc<Glances>,
    pub(crate) low: Standing,
    /// What other questions have led to.
    standings: BTreeMap<Slot, (Option<Painted>, Fields)>,
}

/// Sums and fields under what is assumed for the states.
pub(crate) struct Standing {
    pub(crate) sums: Sums,
    fields: Fields,
    /// The least-detected crossing of each stretch, step by step.
    ways: Vec<Option<Steps>>,
}

/// A question that comes again with the next assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// Stale inputs believed.
    Believed,
    /// The better end of every assumption.
    Better,
    /// No dust.
    Clear,
    /// No dust and every sensor at work.
    Mended,
    /// Nothing hidden.
    Bald,
    /// Observers posted, or sensors moved, at the places of a round.
    Round(usize),
    MovedRound(usize),
}

/// What would the crossings be?
pub(crate) struct Question<'a> {
    /// Where its answer is kept; a question without starts from the states' fields each time.
    pub(crate) slot: Option<Slot>,
    pub(crate) if_so: If<'a>,
    pub(crate) asked: Asked<'a>,
    /// Whether radars count by the headings of the ways that are found.
    pub(crate) headed: bool,
}

/// What is to be supposed.
pub(crate) enum If<'a> {
    /// Other assumptions.
    Assumed(Assumed<'a>),
    /// The states' sums with something added or taken away, and the sensors at work then, if they are others.
    Changed(Box<dyn Fn(&mut Sums) + Send + Sync + 'a>, Option<Vec<bool>>),
}

/// Sums of rates under an assumption, and what was assumed.
struct Painted {
    air: Air,
    ground: Ground,
    /// By sensor.
    sensors: Vec<Seat>,
    sums: Sums,
}

/// What was assumed of one sensor.
#[derive(PartialEq)]
struct Seat {
    works: bool,
    moved: Option<MovedTo>,
    view: Option<View>,
}

impl Seat {
    fn stance(&self) -> Stance<'_> {
        Stance { moved: self.moved, view: self.view.as_ref() }
    }
}

impl Kept {
    /// Follows to new conditions from what is known, if nothing but weather and sensors has changed.
    pub(crate) fn follow(known: Option<Self>, scene: &Scene<'_>, conditions: &Conditions) -> Self {
        let model = scene.model;
        let about = Conditions {
            weather: Vec::new(),
            weather_stale: false,
            sensors: BTreeMap::new(),
            views: BTreeMap::new(),
            ..*conditions
        };
        let before = known.as_ref().map(|kept| &*kept.glances);
        let glances = Arc::new(Glances::follow(before, model, conditions));
        let known = known.filter(|kept| kept.about == about);
        let (live, low, standings) = match known {
            Some(mut kept) => {
                kept.live.follow(model, conditions);
                (kept.live, Some(kept.low), kept.standings)
            }
            None => (LiveField::new(model, conditions), None, BTreeMap::new()),
        };
        let times = &scene.mover.times;
        let (sums, fields) = if let Some(Standing { mut sums, fields, .. }) = low {
            let changes = scene.follow(live.field(), &mut sums);
            (sums, model.net.fields_after(fields, times, &changes))
        } else {
            let sums = scene.sums_of(live.field());
            let fields = scene.fields(&sums);
            (sums, fields)
        };
        let ways = model.net.passages_of((times, &times.tolls), &fields);
        Self { about, live, glances, low: Standing { sums, fields, ways }, standings }
    }

    /// The least-detected crossings as things stand.
    pub(crate) fn crossings(&self, scene: &Scene<'_>) -> Crossings {
        let Standing { sums, fields, ways } = &self.low;
        let beams = scene.beams(&scene.working(is_relied_on), Ground::AsItIs, Views::AsTold);
        let told = |steps: &Option<Steps>| {
            let steps = steps.as_ref()?;
            Some(steps.least.at_most(scene.cost_of(steps, fields, (sums, &beams))))
        };
        ways.par_iter().map(told).collect()
    }

    /// The least-detected crossings that each question leads to.
    pub(crate) fn answer(
        &mut self,
        scene: &Scene<'_>,
        questions: &[Question<'_>],
    ) -> Vec<Crossings> {
        let mut take = |slot: Option<Slot>| slot.and_then(|slot| self.standings.remove(&slot));
        let known: Vec<_> = questions.iter().map(|question| take(question.slot)).collect();
        let low = &self.low;
        let answers: Vec<_> = questions
            .par_iter()
            .zip(known)
            .map(|(question, known)| low.answer(scene, question, known))
            .collect();
        let mut crossings = Vec::with_capacity(answers.len());
        for (question, (standing, answer)) in questions.iter().zip(answers) {
            crossings.push(answer);
            if let Some(slot) = question.slot {
                self.standings.insert(slot, standing);
            }
        }
        crossings
    }
}

impl Standing {
    fn answer(
        &self,
        scene: &Scene<'_>,
        question: &Question<'_>,
        known: Option<(Option<Painted>, Fields)>,
    ) -> ((Option<Painted>, Fields), Crossings) {
        let (painted, fields) =
            known.map_or((None, None), |(painted, fields)| (painted, Some(fields)));
        let mut changed = Vec::new();
        let (painted, beams) = match &question.if_so {
            If::Assumed(assumed) => {
                let painted = Painted::follow(painted, scene, assumed);
                (Some(painted), scene.beams(assumed.working, assumed.ground, assumed.views))
            }
            If::Changed(change, working) => {
                changed.clone_from(&self.sums);
                change(&mut changed);
                let working = working.clone().unwrap_or_else(|| scene.working(is_relied_on));
                (None, scene.beams(&working, Ground::AsItIs, Views::AsTold))
            }
        };
        let beams = if question.headed { beams } else { Vec::new() };
        let sums = painted.as_ref().map_or(&changed, |painted| &painted.sums);
        let (net, times) = (&scene.model.net, &scene.mover.times);
        let known = fields.map(Cow::Owned).into_iter().chain([Cow::Borrowed(&self.fields)]);
        let fields = net.fields_from(
            known,
            (times, &scene.hazard_beside(sums, (&self.sums, &self.fields))),
            question.asked,
        );
        let least = net.least_detected(times, &fields, question.asked);
        let mut crossings = scene.headed(least, &fields, (sums, &beams));
        if !beams.is_empty() {
            self.hold_to_known_ways(
                (scene, &fields),
                &mut crossings,
                (question.asked, sums, &beams),
            );
        }
        ((painted, fields), crossings)
    }

    /// Fields leave out crossings that are as good as certain to be detected if every heading is equally likely. For those
    /// the states' own way is held against the answer's rates: on its headings a radar may miss it all the same.
    fn hold_to_known_ways(
        &self,
        (scene, fields): (&Scene<'_>, &Fields),
        crossings: &mut Crossings,
        (asked, sums, beams): (Asked<'_>, &Sums, &[Beam]),
    ) {
        crossings.par_iter_mut().zip(&self.ways).enumerate().for_each(|(at, (crossing, known))| {
            if let (None, true, Some(known)) = (&crossing, asked.holds(at), known) {
                let cost = scene.cost_of(known, fields, (sums, beams));
                *crossing = known.least.unless_certain(cost);
            }
        });
    }
}

impl Painted {
    fn follow(known: Option<Self>, scene: &Scene<'_>, assumed: &Assumed<'_>) -> Self {
        let seat = |index: usize| {
            let stance = scene.stance(index, assumed.views);
            let (moved, view) = (stance.moved, stance.view.cloned());
            Seat { works: assumed.working[index], moved, view }
        };
        let sensors: Vec<Seat> = (0..assumed.working.len()).map(seat).collect();
        let alike = |known: &Self| known.air == *assumed.air && known.ground == assumed.ground;
        if let Some(mut known) = known.filter(alike) {
            let differ = |index: &usize| known.sensors[*index] != sensors[*index];
            let changed: Vec<usize> = (0..sensors.len()).filter(differ).collect();
            if 2 * changed.len() <= sensors.len() {
                for (of, sign) in [(&known.sensors, Sign::Minus), (&sensors, Sign::Plus)] {
                    let at_work = changed.iter().filter(|index| of[**index].works);
                    let places: Vec<_> =
                        at_work.map(|index| (*index, of[*index].stance())).collect();
                    scene.put_from(&places, assumed, (&mut known.sums, sign));
                }
                return Self { sensors, ..known };
            }
        }
        let (air, ground) = (assumed.air.clone(), assumed.ground);
        Self { air, ground, sensors, sums: scene.sums(assumed) }
    }
}
