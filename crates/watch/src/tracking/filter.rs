//! The filter proper: one scan in, the next state out. A function of the scans in order alone.

mod branch;
mod found;
mod step;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use nalgebra::{Matrix4, Vector4};
use serde::Serialize;
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::DetectionChance;
use super::acts::Bar;
use super::bank::{Bank, Direction};
use super::bernoulli::{Belief, Bernoulli, Label};
use super::config::TrackerConfig;
use super::considered;
use super::kinematics::Gaussian;
use super::learning::{Figures, SensorFigures, Standing, Tally};
use super::modes::{Interval, Modes};
use super::placement::{Placed, Placements};
use super::scan::Scan;
use super::undetected::Undetected;
use super::worlds::Worlds;
use step::Step;

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
}

impl Dropped {
    /// All that was kept out, of whatever kind.
    pub fn total(&self) -> u64 {
        (self.invalid + self.repeated + self.measurements + self.tracks + self.banks) as u64
    }
}

impl AddAssign for Dropped {
    fn add_assign(&mut self, other: Self) {
        self.invalid += other.invalid;
        self.repeated += other.repeated;
        self.measurements += other.measurements;
        self.tracks += other.tracks;
        self.banks += other.banks;
    }
}

/// What came of a scan, apart from the filter's new state.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) dropped: Dropped,
    /// What it taught, where sensors are learned about.
    pub(crate) tally: Option<Tally>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Filter {
    /// The time to which everything is predicted: that of the newest scan.
    at: Option<Timestamp>,
    /// In the order in which they were first seen.
    bernoullis: Vec<Bernoulli>,
    /// Among tracks that cannot be told apart; a track is a member of at most one.
    worlds: Vec<Worlds>,
    /// Directions without a range, in the order in which they were first seen.
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

    /// Predicts to the scan's time and corrects by what the scan found and did not find.
    ///
    /// `figures` are what was learned of the sensors, where they are learned about.
    pub(crate) fn observe(
        &mut self,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
        config: &TrackerConfig,
        figures: Option<&Figures>,
    ) -> Taken {
        self.predict(scan.at, config);
        self.sensor_number(&scan.sensor);
        let own = figures.map(|figures| figures.of(&scan.sensor));
        let standing = own.map_or(Standing::Unverified, |own| own.standing);
        if standing == Standing::Quarantined {
            // It is judged as ever, and moves nothing.
            let mut aside = self.clone();
            return aside.correct(scan, p_detect, config, figures);
        }
        let repeats = own.map_or(1.0, SensorFigures::repeats);
        if repeats > 1.0 {
            let weaker = Scan { repeats: scan.repeats.max(1.0) * repeats, ..scan.clone() };
            return self.correct(&weaker, p_detect, config, figures);
        }
        self.correct(scan, p_detect, config, figures)
    }

    fn correct(
        &mut self,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
        config: &TrackerConfig,
        figures: Option<&Figures>,
    ) -> Taken {
        let sensor = self.sensor_number(&scan.sensor);
        let barred = self.barred(scan);
        let mut step = loop {
            let mut step = Step::new(scan, sensor, p_detect, config, figures).without(&barred);
            step.pair(&self.bernoullis, &self.worlds, &self.undetected);
            let crowded = step.crowded(self.bernoullis.len(), &self.worlds);
            if crowded.is_empty() {
                break step;
            }
            // Each turn closes a set at least, so this ends.
            for set in crowded.into_iter().rev() {
                self.worlds.remove(set).close(&mut self.bernoullis);
            }
        };
        self.worlds = step.correct(&mut self.bernoullis, &self.worlds);
        let known = step.correct_banks(&mut self.banks);
        self.take_births(step.births());
        self.bernoullis.extend(known);
        self.banks.extend(step.new_banks());
        let bernoullis = &mut self.bernoullis;
        self.worlds.retain_mut(|worlds| worlds.settle(bernoullis, config));
        self.undetected.miss(scan, p_detect, config, |point| step.share(point));
        let tally = step.taught();
        let tracks = self.prune(config);
        let banks = self.prune_banks(config);
        Taken { dropped: Dropped { tracks, banks, ..step.dropped }, tally }
    }

    pub(crate) fn len(&self) -> usize {
        self.bernoullis.len()
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
        self.undetected.per_m2(point)
    }

    /// Seconds from the filter's own time to `now`; 0 before the first scan.
    pub(crate) fn seconds_to(&self, now: Timestamp) -> f64 {
        self.at.map_or(0.0, |at| now.duration_since(at).as_secs_f64())
    }

    /// Puts in what comes before a scan, or all that there is.
    pub(crate) fn place(
        &mut self,
        placements: &Placements,
        before: Option<&Scan>,
        config: &TrackerConfig,
    ) {
        while let Some(placement) = placements.due(self.placements, before) {
            self.placements += 1;
            match &placement.what {
                Placed::Copy { of, label } => {
                    if let Some(number) = self.numbered(*of) {
                        self.close_worlds_of(number);
                        let like = &self.bernoullis[number];
                        let copy = Bernoulli::placed(*label, like.belief.clone(), like.last_seen);
                        self.bernoullis.push(Bernoulli { owed: like.owed.clone(), ..copy });
                    }
                }
                Placed::Handed { onto, label, at, belief } => {
                    let belief = self.carried(belief, *at, config);
                    if let Some(number) = onto.and_then(|onto| self.numbered(onto)) {
                        self.close_worlds_of(number);
                        let own = &mut self.bernoullis[number];
                        own.belief = own.belief.shared_with(&belief, config);
                        // What the joined error owes to whom, nobody can tell.
                        own.owed.clear();
                    } else {
                        self.bernoullis.push(Bernoulli::placed(*label, belief, *at));
                    }
                }
            }
        }
    }

    /// A belief of another time, in which nothing is said of ways of moving, carried to the filter's own.
    fn carried(&self, belief: &Belief, at: Timestamp, config: &TrackerConfig) -> Belief {
        let mut belief = belief.clone();
        let dt_s = self.at.map_or(0.0, |own| own.duration_since(at).as_secs_f64());
        if dt_s < 0.0 {
            // Back in time nothing becomes surer: the place moves, its uncertainty stays.
            let mean = &mut belief.state.mean;
            mean.x += dt_s * mean.y;
            mean.z += dt_s * mean.w;
        }
        belief.modes = Modes::known(belief.state, &belief.classes, config);
        belief.predict(&Interval::new(dt_s.max(0.0), config));
        belief
    }

    fn numbered(&self, label: Label) -> Option<usize> {
        self.bernoullis.iter().position(|bernoulli| bernoulli.label == label)
    }

    fn close_worlds_of(&mut self, number: usize) {
        let open = self.worlds.iter().position(|worlds| worlds.members.contains(&number));
        if let Some(open) = open {
            self.worlds.remove(open).close(&mut self.bernoullis);
        }
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

    pub(crate) fn place_known(
        &mut self,
        at: Timestamp,
        mean: Vector4<f64>,
        covariance: Matrix4<f64>,
        config: &TrackerConfig,
    ) -> Label {
        self.predict(at, config);
        self.placed += 1;
        let state = Gaussian { mean, covariance };
        let classes = config.class_prior.normalised();
        let label = Label { at, sensor: 0, measurement: self.placed };
        self.bernoullis.push(Bernoulli {
            label,
            belief: Belief {
                existence: 1.0,
                state,
                classes,
                modes: Modes::known(state, &classes, config),
                still: None,
            },
            last_seen: at,
            lineage: Vec::new(),
            seen_by: Vec::new(),
            owed: Vec::new(),
            trial: None,
        });
        label
    }

    fn predict(&mut self, to: Timestamp, config: &TrackerConfig) {
        let dt_s = self.seconds_to(to).max(0.0);
        self.at = self.at.max(Some(to));
        if dt_s > 0.0 {
            let interval = Interval::new(dt_s, config);
            for bernoulli in &mut self.bernoullis {
                bernoulli.belief.predict(&interval);
                considered::predict(&mut bernoulli.owed, to, dt_s);
            }
            for worlds in &mut self.worlds {
                worlds.predict(&interval);
            }
            for bank in &mut self.banks {
                bank.predict(dt_s, interval.survival, config.acceleration_m2ps3);
            }
            self.undetected.predict(interval.survival);
        }
    }

    fn sensor_number(&mut self, sensor: &SensorId) -> u16 {
        let place = self.sensors.iter().position(|known| known == sensor).unwrap_or_else(|| {
            self.sensors.push(sensor.clone());
            self.sensors.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Lets new tracks in; worlds know them by the numbers of their measurements so far.
    fn take_births(&mut self, births: impl Iterator<Item = (usize, Bernoulli)>) {
        let known = self.bernoullis.len();
        let mut numbers = BTreeMap::new();
        for (found, born) in births {
            numbers.insert(known + found, self.bernoullis.len());
            self.bernoullis.push(born);
        }
        for worlds in &mut self.worlds {
            worlds.renumber_births(known, |number| numbers.get(&number).copied());
        }
    }

    /// Gives up what is hardly there; returns how many tracks the limit cost.
    fn prune(&mut self, config: &TrackerConfig) -> usize {
        let mut open = vec![false; self.bernoullis.len()];
        for &member in self.worlds.iter().flat_map(|worlds| &worlds.members) {
            open[member] = true;
        }
        let mut keep: Vec<bool> = Vec::with_capacity(open.len());
        for (bernoulli, open) in self.bernoullis.iter().zip(&open) {
            let Belief { existence, state, .. } = &bernoulli.belief;
            let here = *existence >= config.recycle_below
                && state.position_sigma_m() <= config.lost_sigma_m;
            if !(here || *open) {
                self.undetected.recycle(state.point(), *existence);
            }
            keep.push(here || *open);
        }
        let over = keep.iter().filter(|keep| **keep).count().saturating_sub(config.tracks_max);
        if over > 0 {
            // A flood is no time for fine distinctions.
            self.worlds.clear();
            self.drop_least_likely(&mut keep, over);
        }
        self.keep_only(&keep);
        over
    }

    /// Gives up directions in which hardly anything is; returns how many the limit cost.
    fn prune_banks(&mut self, config: &TrackerConfig) -> usize {
        let undetected = &mut self.undetected;
        self.banks.retain(|bank| {
            let existence = bank.thing.belief.existence;
            let here = existence >= config.banks.end_below;
            if !here {
                for cell in &bank.cells {
                    undetected.recycle(cell.state.point(), existence * cell.weight);
                }
            }
            here
        });
        let over = self.banks.len().saturating_sub(config.banks.most);
        for _ in 0..over {
            // Of equals the newest go first.
            let least = (0..self.banks.len()).rev().min_by(|&a, &b| {
                let existence = |number: usize| self.banks[number].thing.belief.existence;
                existence(a).total_cmp(&existence(b))
            });
            least.map(|number| self.banks.remove(number));
        }
        over
    }

    fn drop_least_likely(&self, keep: &mut [bool], over: usize) {
        let mut ranked: Vec<usize> = (0..keep.len()).filter(|&number| keep[number]).collect();
        // Of equals the newest go first.
        ranked.sort_by(|&a, &b| {
            let existence = |number: usize| self.bernoullis[number].belief.existence;
            existence(a).total_cmp(&existence(b)).then(b.cmp(&a))
        });
        for &number in &ranked[..over] {
            keep[number] = false;
        }
    }

    fn keep_only(&mut self, keep: &[bool]) {
        if keep.iter().all(|keep| *keep) {
            return;
        }
        let mut numbers = vec![usize::MAX; keep.len()];
        let kept = (0..keep.len()).filter(|&old| keep[old]);
        for (number, old) in kept.enumerate() {
            numbers[old] = number;
        }
        let mut keep = keep.iter();
        self.bernoullis.retain(|_| keep.next().copied().unwrap_or(true));
        for member in self.worlds.iter_mut().flat_map(|worlds| &mut worlds.members) {
            *member = numbers[*member];
        }
    }
}
