//! What a scan teaches about its sensor and others: noted while tracks are corrected.

use nalgebra::Vector2;
use sight::geo::{EnuPoint, wrap_angle};

use crate::tracking::bernoulli::{Bernoulli, Look};
use crate::tracking::filter::Given;
use crate::tracking::filter::found::{Found, Place};
use crate::tracking::kinematics::Gaussian;
use crate::tracking::learning::{
    Comparison, Compass, Learning, Loose, Note, SensorFigures, Sight, Spot, Standing, Stray, Tally,
    Taught, Trial, Word,
};
use crate::tracking::scan::Scan;

use super::Step;

/// Least chance of detection at which a miss says anything of trust.
const CHANCE_MIN: f64 = 0.3;
/// A measurement is surely a track's from this share on.
const SURE: f64 = 0.9;
/// Existence from which a track is there for the sake of learning.
const THERE: f64 = 0.5;
/// Shares below this claim nothing.
const SHARE_MIN: f64 = 0.02;
/// Most that is believed of a track which never moved, where false reports are common: before that was known, they spoke
/// for it far too loudly.
const HOT_EXISTENCE: f64 = 0.9;
/// What a report of a quarantined sensor says for it, if others see the same, or against it, in hits.
const WORD_OF_REPORT: f64 = 0.2;
/// Most reports that are looked at as the image of one missed track.
const STRAYS_MAX: usize = 64;
/// A track with less than this of any measurement was missed.
const MISSED: f64 = 0.1;

/// What is in force for a scan, and what it teaches.
pub(super) struct Lessons<'a> {
    learning: &'a Learning,
    pub(super) figures: &'a SensorFigures,
    compass: Compass,
    sensor: u16,
    notes: Vec<Note>,
    /// Measurements that tracks which others saw lately account for, or that are contested.
    taken: Vec<bool>,
    /// Share of each measurement that is of tracks which were seen to move.
    movers: Vec<f64>,
}

/// One track and what a scan found of it.
pub(super) struct Case<'c> {
    /// Before the scan.
    pub(super) state: Gaussian,
    pub(super) existence: f64,
    pub(super) look: Look,
    /// Chance that nothing hid it.
    pub(super) open: f64,
    /// Measurements that it may have caused, and their shares.
    pub(super) shares: &'c [(usize, f64)],
}

impl<'a> Lessons<'a> {
    pub(super) fn of(
        (scan, measurements): (&Scan, usize),
        sensor: u16,
        given: &Given<'a>,
    ) -> Option<Self> {
        let config = given.config;
        let learning = config.learning.as_ref()?;
        Some(Self {
            learning,
            figures: given.figures?.of(&scan.sensor),
            compass: Compass::of(scan, &config.area),
            sensor,
            notes: Vec::new(),
            taken: vec![false; measurements],
            movers: vec![0.0; measurements],
        })
    }

    /// Share of the sight model's chance to be expected at a point.
    pub(super) fn share(&self, point: EnuPoint) -> f64 {
        if !self.figures.sight.is_learned() {
            return 1.0;
        }
        self.figures.sight.share(self.compass.cell(point))
    }

    /// Chance that nothing hides a track from the sensor.
    pub(super) fn open(&self, track: &Bernoulli, point: EnuPoint, scan: &Scan) -> f64 {
        if !self.figures.sight.is_learned() {
            return 1.0;
        }
        let share = self.share(point);
        let sight = Sight { sensor: self.sensor, at: scan.at, share };
        track.trial.as_ref().map_or(share, |trial| trial.open(&sight, self.learning))
    }
}

/// What is noted of one look at one track.
struct Noted {
    sight: Sight,
    cell: usize,
    chance: f64,
    hit: f64,
    weight: f64,
}

impl Lessons<'_> {
    /// How often what is surely there was found, and what that says of others who reported it.
    fn note_sight(&self, trial: &mut Trial, noted: &Noted, existence: f64, note: &mut Note) {
        let Noted { sight, cell, chance, hit, weight } = noted;
        let others = trial.witnesses(sight, self.learning.witness_s).count();
        if trial.is_seen_by(self.sensor) || others >= 2 {
            let there = hit + (1.0 - hit) * existence;
            note.sight = Some((*cell, weight * hit, weight * chance * there));
        }
        if *chance >= CHANCE_MIN {
            let due = weight * chance * sight.share;
            note.words.extend(vouched(trial, sight, *hit, due));
            if self.figures.sight.is_shown(*cell) {
                note.words.extend(disputed(trial, sight, *hit, due));
            }
        }
    }

    /// Which measurements are accounted for, and whether the track should have had one.
    fn note_missed(&mut self, case: &Case<'_>, noted: &Noted, note: &mut Note) {
        for (found, share) in case.shares {
            self.taken[*found] |= *share > SHARE_MIN;
        }
        note.comparison.hits += noted.weight * noted.hit;
        if noted.hit < MISSED && noted.chance >= CHANCE_MIN {
            note.comparison.misses += noted.weight;
            note.missed = Some(case.state.point());
        }
    }

    fn note_innovation(
        trial: &mut Trial,
        innovation: &Innovation,
        noted: &Noted,
        comparison: &mut Comparison,
    ) {
        let Innovation { squared, freedom, across, along } = *innovation;
        comparison.witnessed.add(squared, freedom, noted.weight);
        comparison.across.add(across, noted.weight);
        if let Some(along) = along {
            comparison.along.add(along, noted.weight);
        }
        if let Some(last) = trial.successive(&noted.sight, across) {
            comparison.successive.add(last * across, noted.weight);
        }
    }
}

impl Step<'_> {
    /// Share of the sight model's chance to be expected at a point.
    pub(in crate::tracking::filter) fn share(&self, point: EnuPoint) -> f64 {
        self.lessons.as_ref().map_or(1.0, |lessons| lessons.share(point))
    }

    /// Density of false reports at a place.
    pub(super) fn clutter(&self, place: &Place) -> f64 {
        let set = self.scan.clutter;
        let (spot, set) = match place {
            Place::Position { .. } => (spot_of(place), set.per_m2),
            Place::Bearing { .. } => (spot_of(place), set.per_rad),
        };
        self.lessons.as_ref().map_or(set, |lessons| lessons.figures.clutter.density(spot, set))
    }

    /// Notes what became of a track that was judged for itself.
    pub(super) fn note(&mut self, track: &mut Bernoulli, case: &Case<'_>) {
        let Some(mut lessons) = self.lessons.take() else { return };
        let weight = self.scan.worth() * lessons.figures.repeats();
        let cell = lessons.compass.cell(case.state.point());
        let share = lessons.figures.sight.share(cell);
        let after = track.belief.existence;
        let trial = track.trial.get_or_insert_default();
        let noted = Noted {
            sight: Sight { sensor: lessons.sensor, at: self.scan.at, share },
            // What the sight model says, before what was learned lowered it.
            chance: (case.look.p_detect / case.open.max(0.01)).min(1.0),
            hit: case.shares.iter().map(|(_, share)| share).sum::<f64>().min(1.0),
            weight: weight.min(1.0),
            cell,
        };
        let mut note = Note::of(track.label);
        let known = case.existence >= THERE && trial.is_known(lessons.learning);
        let proved = known && trial.is_proved(lessons.learning);
        if proved && noted.chance > 0.0 {
            lessons.note_sight(trial, &noted, after, &mut note);
        }
        let witnesses = trial.witnesses(&noted.sight, lessons.learning.witness_s).count();
        let judged = proved && witnesses > 0;
        if judged {
            lessons.note_missed(case, &noted, &mut note);
        }
        let best = case.shares.iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        if let Some((found, _)) = best.filter(|(_, share)| *share >= SURE) {
            let found = &self.work.found[*found];
            let flight = track.belief.modes.flight();
            let place = if track.belief.modes.flies(self.config) {
                found.place_aloft(flight.as_ref()).0
            } else {
                found.place
            };
            let innovation = Innovation::of(&case.state, &place, &lessons);
            if known {
                let all = &mut note.comparison.all;
                all.add(innovation.squared, innovation.freedom, noted.weight);
            }
            if judged {
                Lessons::note_innovation(trial, &innovation, &noted, &mut note.comparison);
            }
            let strain = innovation.squared / innovation.freedom;
            trial.hit(strain, noted.weight, track.belief.state.point());
        }
        if known && !note.says_nothing() {
            lessons.notes.push(note);
        }
        if trial.is_mover(lessons.learning) {
            for (found, share) in case.shares {
                lessons.movers[*found] += share;
            }
        } else if lessons.figures.clutter.is_hot(Spot::at(case.state.point())) {
            track.belief.existence = track.belief.existence.min(HOT_EXISTENCE);
        }
        if noted.chance > 0.0 {
            let missed = open_after_miss(case.open, noted.chance);
            let after = noted.hit + (1.0 - noted.hit) * missed;
            trial.looked(&noted.sight, case.open + noted.weight * (after - case.open), noted.hit);
        }
        self.lessons = Some(lessons);
    }

    /// Measurements that worlds fight over say nothing of the sensor.
    pub(in crate::tracking::filter) fn note_contested(&mut self, found: &[usize]) {
        if let Some(lessons) = &mut self.lessons {
            for &found in found {
                lessons.taken[found] = true;
            }
        }
    }

    /// A share of a measurement that a track takes in worlds.
    pub(in crate::tracking::filter) fn note_share(
        &mut self,
        track: &Bernoulli,
        found: usize,
        share: f64,
    ) {
        if let Some(lessons) = &mut self.lessons
            && track.trial.as_ref().is_some_and(|trial| trial.is_mover(lessons.learning))
        {
            lessons.movers[found] += share;
        }
    }

    /// Everything that the scan taught, once all tracks are corrected.
    pub(in crate::tracking::filter) fn taught(&mut self) -> Option<Taught> {
        let lessons = self.lessons.take()?;
        let loose = |(found, movers): (&Found, &f64)| Loose {
            spot: spot_of(&found.place),
            share: (1.0 - movers).max(0.0),
            nobodys: found.unclaimed * (1.0 - found.undetected / found.background),
            chance: found.chance,
        };
        let is_own = |number: &usize| !self.work.found[*number].foreign;
        let own = self.work.found.iter().zip(&lessons.movers).filter(|(found, _)| !found.foreign);
        let loose = own.map(loose).collect();
        let taken = (0..lessons.taken.len()).filter(is_own).map(|number| lessons.taken[number]);
        let taken = taken.collect();
        let weight = (self.scan.worth() * lessons.figures.repeats()).min(1.0);
        Some(Taught::new(lessons.notes, loose, taken, weight))
    }
}

/// What a scan taught in all, by what it taught of each track and each measurement.
pub(crate) fn tally_of(
    taught: &Taught,
    (scan, sensor): (&Scan, u16),
    given: &Given<'_>,
) -> Option<Tally> {
    let area = &given.config.area;
    let compass = Compass::of(scan, area);
    let mut tally = taught.tally(Tally::of(scan, sensor, area));
    let free: Vec<Place> = taught
        .free()
        .map(|measurement| Place::of(&scan.measurements[measurement].sighting))
        .collect();
    if given.figures?.of(&scan.sensor).standing == Standing::Quarantined {
        let alone = free.len() as f64;
        tally.words.push(Word {
            about: sensor,
            vouched: WORD_OF_REPORT * (scan.measurements.len() as f64 - alone),
            disputed: WORD_OF_REPORT * alone,
        });
    }
    for missed in taught.missed() {
        let all = free.iter().flat_map(|place| stray(&compass, missed, place, taught.weight()));
        tally.strays.extend(all.take(STRAYS_MAX));
    }
    Some(tally)
}

/// How lately a sensor must have found a track for others to speak of what it reported.
const LATELY_S: f64 = 60.0;

/// A look that finds a track speaks for all who found it lately.
fn vouched(trial: &mut Trial, sight: &Sight, hit: f64, due: f64) -> Vec<Word> {
    if hit <= 0.5 {
        return Vec::new();
    }
    let vouched = trial.vouch(due);
    if vouched <= 0.0 {
        // Enough was said of this track: more would move nothing, and be kept for as long as a late scan may come.
        return Vec::new();
    }
    let word = |about| Word { about, vouched, disputed: 0.0 };
    trial.witnesses(sight, LATELY_S).map(word).collect()
}

/// A look that misses a track which it never found speaks against the one who alone did.
fn disputed(trial: &mut Trial, sight: &Sight, hit: f64, due: f64) -> Option<Word> {
    let mut others = trial.witnesses(sight, LATELY_S);
    let about = others.next()?;
    let is_alone = others.next().is_none();
    drop(others);
    (hit <= 0.5 && is_alone && !trial.is_seen_by(sight.sensor)).then(|| Word {
        about,
        vouched: 0.0,
        disputed: trial.dispute(due * (1.0 - hit)),
    })
}

/// Chance that nothing hides a thing after a sure miss.
fn open_after_miss(open: f64, chance: f64) -> f64 {
    open * (1.0 - chance) / (1.0 - open * chance).max(f64::MIN_POSITIVE)
}

/// How far a measurement fell from where its track was expected, by the errors that both claim.
struct Innovation {
    squared: f64,
    freedom: f64,
    /// In standard deviations, across the sensor's line of sight (to the right) and along it.
    across: f64,
    along: Option<f64>,
}

impl Innovation {
    fn of(before: &Gaussian, measured: &Place, lessons: &Lessons<'_>) -> Self {
        let (compass, noise) = (&lessons.compass, lessons.figures.noise);
        let place = before.position_covariance();
        let point = before.point();
        let (east_m, north_m) = compass.offset(point);
        let range_m = libm::hypot(east_m, north_m).max(1.0);
        match *measured {
            Place::Position { mean_m, noise_m2 } => {
                let covariance = place + noise_m2 / noise;
                let off = mean_m - point.to_vector();
                let squared =
                    covariance.try_inverse().map_or(0.0, |inverse| off.dot(&(inverse * off)));
                let along = Vector2::new(east_m, north_m) / range_m;
                let across = Vector2::new(along.y, -along.x);
                let sigmas = |axis: Vector2<f64>| {
                    off.dot(&axis) / libm::sqrt(axis.dot(&(covariance * axis)))
                };
                Self { squared, freedom: 2.0, across: sigmas(across), along: Some(sigmas(along)) }
            }
            Place::Bearing { origin, azimuth_rad, variance_rad2 } => {
                let away = point.to_vector() - origin.to_vector();
                let range2 = away.norm_squared().max(1.0);
                let slope = Vector2::new(away.y, -away.x) / range2;
                let variance = slope.dot(&(place * slope)) + variance_rad2 / noise;
                let off = wrap_angle(azimuth_rad - libm::atan2(away.x, away.y));
                let across = off / libm::sqrt(variance);
                Self { squared: across * across, freedom: 1.0, across, along: None }
            }
        }
    }
}

/// How far a report that is nobody's lies from a track that was missed: aside at about its range, or beyond it.
fn stray(
    compass: &Compass,
    missed: EnuPoint,
    place: &Place,
    weight: f64,
) -> impl Iterator<Item = Stray> {
    const RANGE_SHARE: f64 = 0.25;
    const ASIDE_RAD: f64 = 0.02;
    let (towards_rad, range_m) = seen(compass, missed);
    let (rad, beyond_m) = match *place {
        Place::Position { mean_m, .. } => {
            let (azimuth_rad, at_m) = seen(compass, EnuPoint::new(mean_m.x, mean_m.y));
            (wrap_angle(azimuth_rad - towards_rad), Some(at_m - range_m))
        }
        Place::Bearing { azimuth_rad, .. } => (wrap_angle(azimuth_rad - towards_rad), None),
    };
    let is_level = beyond_m.is_none_or(|m| libm::fabs(m) < RANGE_SHARE * range_m);
    let aside = is_level.then_some(Stray::Aside { rad, weight });
    let beyond = beyond_m.filter(|_| libm::fabs(rad) < ASIDE_RAD);
    aside.into_iter().chain(beyond.map(|m| Stray::Beyond { m, weight }))
}

fn seen(compass: &Compass, point: EnuPoint) -> (f64, f64) {
    let (east_m, north_m) = compass.offset(point);
    (libm::atan2(east_m, north_m), libm::hypot(east_m, north_m))
}

fn spot_of(place: &Place) -> Spot {
    match *place {
        Place::Position { mean_m, .. } => Spot::at(EnuPoint::new(mean_m.x, mean_m.y)),
        Place::Bearing { azimuth_rad, .. } => Spot::towards(azimuth_rad),
    }
}
