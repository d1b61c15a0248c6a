//! The filter proper: one scan in, the next state out. A function of the scans in order alone.

mod branch;
pub(crate) mod chances;
mod found;
pub(crate) mod keys;
mod part;
mod placing;
mod prune;
mod reach;
mod step;
pub(crate) mod trace;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::DetectionChance;
use super::acts::Bar;
use super::bank::{Bank, Direction};
use super::bernoulli::{Bernoulli, Label};
use super::config::TrackerConfig;
use super::learning::{Figures, SensorFigures, Standing};
use super::scan::Scan;
use super::undetected::Undetected;
use super::worlds::Worlds;
use found::Flights;
use reach::Reached;
use step::Step;
pub(crate) use step::{Workings, tally_of};
use trace::{Contacts, DIRECTIONS, Rest, Trace};

/// What was kept out of the picture, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Measurements that cannot be computed with.
    pub invalid: usize,
    /// Measurements whose id the scan already held.
    pub repeated: usize,
    /// Measurements beyond the limit of one scan.
    pub measurements: usize,
    /// Tracks beyond the limit of tracks, least likely first.
    pub tracks: usize,
    /// Directions beyond the limit of banks, least likely first.
    pub banks: usize,
    /// Scans within the horizon that are no longer kept for late ones, because there was no room for them.
    pub past: usize,
}

impl Dropped {
    /// All that was kept out, of whatever kind.
    pub fn total(&self) -> u64 {
        let Self { invalid, repeated, measurements, tracks, banks, past } = *self;
        (invalid + repeated + measurements + tracks + banks + past) as u64
    }
}

impl AddAssign for Dropped {
    fn add_assign(&mut self, other: Self) {
        self.invalid += other.invalid;
        self.repeated += other.repeated;
        self.measurements += other.measurements;
        self.tracks += other.tracks;
        self.banks += other.banks;
        self.past += other.past;
    }
}

/// What is given beside a scan.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) p_detect: &'a DetectionChance<'a>,
    pub(crate) config: &'a TrackerConfig,
    /// What was learned of the sensors, where they are learned about.
    pub(crate) figures: Option<&'a Figures>,
}

/// What came of a scan, apart from the filter's new state.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) dropped: Dropped,
    pub(crate) trace: Trace,
    /// How many tracks it reached.
    pub(crate) reached: usize,
    /// Their keys.
    pub(crate) moved: Vec<u64>,
    /// Cells of the undetected that it lowered.
    pub(crate) lowered: Vec<u32>,
    /// Of a part, the measurements that are its own, by their place in the scan.
    pub(crate) measurements: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// The time of the newest scan; what no scan has reached since tells of an earlier one.
    at: Option<Timestamp>,
    /// In the order of their labels, and so of when they were first seen.
    bernoullis: Vec<Bernoulli>,
    /// Among tracks that cannot be told apart; a track is a member of at most one. By first member.
    worlds: Vec<Worlds>,
    /// Directions without a range, in the order of their labels too.
    banks: Vec<Bank>,
    undetected: Undetected,
    /// Sensors in the order in which they first reported; their place is their number.
    sensors: Vec<SensorId>,
    /// Things put in by hand so far.
    placed: u64,
    /// Placements done so far.
    placements: u64,
    /// Whose measurements must not be taken for which track's.
    bars: Vec<Bar>,
}

impl Filter {
    pub(crate) fn new(config: &TrackerConfig) -> Self {
        Self {
            at: None,
            bernoullis: Vec::new(),
            worlds: Vec::new(),
            banks: Vec::new(),
            undetected: Undetected::new(config),
            sensors: Vec::new(),
            placed: 0,
            placements: 0,
            bars: Vec::new(),
        }
    }

    /// Shares what is expected where nobody watches; false when it is of another place.
    pub(crate) fn share_expected(&mut self, fresh: &Undetected) -> bool {
        self.undetected.share_expected(fresh)
    }

    /// Corrects what the scan could see by what it found and did not find.
    ///
    /// A track is brought forward only by scans that reach it: what becomes of it does not depend on looks elsewhere.
    /// A part of the tracks alone is corrected where `rest` knows what became of the others; it is refused where the
    /// part turns out to touch them.
    pub(crate) fn observe(
        &mut self,
        scan: &Scan,
        given: &Given<'_>,
        rest: Option<&Rest<'_>>,
        workings: &mut Workings,
    ) -> Result<Taken, Contacts> {
        let mut trace = Trace::default();
        self.sweep_until(scan.at, given.config, &mut trace);
        self.begin(scan.at);
        self.sensor_number(&scan.sensor);
        let own = given.figures.map(|figures| figures.of(&scan.sensor));
        let standing = own.map_or(Standing::Unverified, |own| own.standing);
        if standing == Standing::Quarantined {
            // It is judged as ever, and moves nothing.
            let mut aside = self.clone();
            return aside.correct(scan, given, (rest, trace), workings);
        }
        let repeats = own.map_or(1.0, SensorFigures::repeats);
        if repeats > 1.0 {
            let weaker = Scan { repeats: scan.repeats.max(1.0) * repeats, ..scan.clone() };
            return self.correct(&weaker, given, (rest, trace), workings);
        }
        self.correct(scan, given, (rest, trace), workings)
    }

    /// The same of everything, which is never refused.
    pub(crate) fn take_whole(
        &mut self,
        scan: &Scan,
        given: &Given<'_>,
        workings: &mut Workings,
    ) -> Taken {
        self.observe(scan, given, None, workings).expect("the whole touches nothing beyond itself")
    }

    fn correct(
        &mut self,
        scan: &Scan,
        given: &Given<'_>,
        (rest, mut trace): (Option<&Rest<'_>>, Trace),
        workings: &mut Workings,
    ) -> Result<Taken, Contacts> {
        let config = given.config;
        let sensor = self.sensor_number(&scan.sensor);
        let barred = self.barred(scan);
        // Looking through all tracks is worth it only where something waits for one of them.
        let is_known = scan.waits_for_heights() && self.has_flights();
        let flights = if is_known { Flights::Known } else { Flights::Unknown };
        let (mut step, Reached { tracks: reached, mut open, mut banks }) = match rest {
            None => {
                let work = std::mem::take(workings);
                let step = Step::new(scan, sensor, given, (&barred, flights), work);
                let reached = self.reach(step.reach().as_ref(), scan.at, config);
                (step, reached)
            }
            Some(rest) => {
                let reached = self.reach(rest.trace.extent.as_ref(), scan.at, config);
                let only = self.wanted(rest, &reached, scan, config);
                rest.recall(&mut self.undetected, scan.at);
                let work = std::mem::take(workings);
                let part = ((&barred[..], flights), only, rest);
                (Step::of_part(scan, sensor, given, part, work), reached)
            }
        };
        loop {
            step.pair((&self.bernoullis, &reached), &open, &self.undetected);
            let crowded = step.crowded(self.bernoullis.len(), &open);
            if crowded.is_empty() {
                break;
            }
            // Each turn closes a set at least, so this ends.
            for set in crowded.into_iter().rev() {
                open.remove(set).close(&mut self.bernoullis, config);
            }
        }
        if let Err(contacts) = step.set_apart() {
            *workings = step.into_workings();
            return Err(contacts);
        }
        let is_traced = config.horizon_s > 0.0;
        let mut moved = Vec::new();
        if is_traced {
            step.trace_pairs((&self.bernoullis, &banks), &self.undetected, &mut trace);
            moved.extend(self.keys_of(&reached));
            moved.extend((!banks.is_empty()).then_some(DIRECTIONS));
        }
        let mut open = step.correct(&mut self.bernoullis, &open);
        let known = step.correct_banks(&mut banks);
        let births: Vec<(usize, Bernoulli)> = step.births().collect();
        if is_traced {
            step.trace_births((&births, &known), &mut trace);
        }
        self.take_births(births, &mut open);
        self.bernoullis.extend(known);
        self.banks.append(&mut banks);
        self.banks.extend(step.new_banks());
        open.retain_mut(|worlds| worlds.settle(&mut self.bernoullis, config));
        self.worlds.append(&mut open);
        self.put_in_order();
        let only = rest.map(|rest| rest.dirty);
        let lowered = step.lower(&mut self.undetected, given, only);
        trace.taught = step.taught();
        let tracks = self.prune(scan.at, config, &mut trace);
        let banks = self.prune_banks(scan.at, config, &mut trace);
        let measurements = step.own_measurements();
        *workings = step.into_workings();
        if let Some(rest) = rest {
            rest.allow(&trace.recycled)?;
        }
        let dropped = Dropped { tracks, banks, ..Dropped::default() };
        let reached = reached.into_iter().filter(|reached| *reached).count();
        Ok(Taken { dropped, trace, reached, moved, lowered, measurements })
    }

    pub(crate) fn len(&self) -> usize {
        self.bernoullis.len()
    }

    /// Bytes on the heap, but for what the allocator adds.
    pub(crate) fn bytes(&self) -> usize {
        self.bernoullis.iter().map(Bernoulli::bytes).sum::<usize>()
            + self.worlds.iter().map(Worlds::bytes).sum::<usize>()
            + self.banks.iter().map(Bank::bytes).sum::<usize>()
            + self.undetected.bytes()
    }

    pub(crate) fn bernoullis(&self) -> &[Bernoulli] {
        &self.bernoullis
    }

    /// Nothing has been taken yet.
    pub(crate) fn is_new(&self) -> bool {
        self.at.is_none()
    }

    /// By number.
    pub(crate) fn sensors(&self) -> &[SensorId] {
        &self.sensors
    }

    pub(crate) fn sensor(&self, number: u16) -> Option<&SensorId> {
        self.sensors.get(usize::from(number))
    }

    pub(crate) fn directions(&self) -> impl Iterator<Item = Direction> + '_ {
        self.banks.iter().map(|bank| bank.direction(|number| self.sensor(number)))
    }

    pub(crate) fn undetected_per_m2(&self, point: EnuPoint) -> f64 {
        self.undetected.per_m2(point, &self.undetected.fading(self.at.unwrap_or_default()))
    }

    /// Whether the bars are these, and nothing was put in since another state.
    pub(crate) fn is_barred_by(&self, bars: &[Bar], since: &Self) -> bool {
        self.bars == bars && self.placements == since.placements && self.placed == since.placed
    }

    pub(crate) fn has_directions(&self) -> bool {
        !self.banks.is_empty()
    }

    /// Whether the height of anything that may fly is known.
    pub(crate) fn has_flights(&self) -> bool {
        let things = self.worlds.iter().flat_map(|worlds| &worlds.things);
        let beliefs = self.bernoullis.iter().map(|track| &track.belief);
        let mut beliefs = beliefs.chain(things.map(|thing| &thing.belief));
        beliefs.any(|belief| belief.modes.flight().is_some())
    }

    pub(crate) fn set_bars(&mut self, bars: Vec<Bar>) {
        self.bars = bars;
    }

    /// Tracks of which a scan says nothing, because a person said that its sensor sees another.
    fn barred(&self, scan: &Scan) -> Vec<Label> {
        let is_in_force = |bar: &&Bar| {
            let began = scan.at >= bar.from;
            began && bar.until.is_none_or(|until| scan.at < until) && bar.sensor == scan.sensor
        };
        self.bars.iter().filter(is_in_force).map(|bar| bar.label).collect()
    }

    fn sensor_number(&mut self, sensor: &SensorId) -> u16 {
        let place = self.sensors.iter().position(|known| known == sensor).unwrap_or_else(|| {
            self.sensors.push(sensor.clone());
            self.sensors.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Lets new tracks in; worlds know them by the numbers of their measurements so far.
    fn take_births(&mut self, births: Vec<(usize, Bernoulli)>, open: &mut [Worlds]) {
        let known = self.bernoullis.len();
        let mut numbers = BTreeMap::new();
        for (found, born) in births {
            numbers.insert(known + found, self.bernoullis.len());
            self.bernoullis.push(born);
        }
        for worlds in open {
            worlds.renumber_births(known, |number| numbers.get(&number).copied());
        }
    }

    /// Brings everything into the order of its label, so that the order says nothing of when what was done to whom.
    fn put_in_order(&mut self) {
        if !self.bernoullis.is_sorted_by_key(|bernoulli| bernoulli.label) {
            let mut order: Vec<usize> = (0..self.bernoullis.len()).collect();
            order.sort_by_key(|number| self.bernoullis[*number].label);
            let mut numbers = vec![0; order.len()];
            for (new, old) in order.into_iter().enumerate() {
                numbers[old] = new;
            }
            for worlds in &mut self.worlds {
                worlds.renumber(&numbers);
            }
            self.bernoullis.sort_by_key(|bernoulli| bernoulli.label);
        }
        self.worlds.sort_by_key(Worlds::first_member);
        self.banks.sort_by_key(|bank| bank.thing.label);
    }
}
