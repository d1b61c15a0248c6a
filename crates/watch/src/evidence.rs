//! What came too late to move a track, kept so that people can still judge by it.
//!
//! The tracker takes looks back only so far. What is older is no worse for being late: a patrol that
//! was out of reach tells an hour later whom it met. It is kept as it was told, with when it was seen,
//! when it arrived, and the tracks, alerts and stretch that it bears on, and it moves nothing by itself.

mod bearing;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::{SensorId, StretchId};

pub(crate) use self::bearing::{Candidate, Ground};
use crate::detection::{Class, DetectionReport, Source};
use crate::journal::{AlertId, TrackId};
use crate::limits;
use crate::looks::{Look, Step};
use crate::tracking::{Scan, Sighting};

/// One thing that was told and moves no track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Counted from 1 and never used again.
    pub id: u64,
    pub source: Source,
    /// The sender's own name for its report.
    pub report_id: String,
    /// When it was seen, by the clock of whoever saw it.
    pub observed_at: Timestamp,
    /// When the station heard of it.
    pub arrived_at: Timestamp,
    pub why: WhyKept,
    pub told: Told,
    /// What it was said to be, with the sender's confidence; absent when nothing was said.
    pub class: Option<(Class, f64)>,
    pub bears_on: BearsOn,
}

/// Why something was kept and not tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyKept {
    /// It was seen longer ago than the tracker takes looks back.
    Late,
    /// The clock of whoever saw it is not believed; what it bears on is judged by when it arrived.
    Clock,
}

/// Where it was said to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Told {
    Place {
        point: EnuPoint,
        /// One sigma along the worse axis.
        sigma_m: f64,
    },
    Direction {
        from: EnuPoint,
        azimuth: Azimuth,
        sigma_rad: f64,
    },
}

/// What it says something about, as of its arrival.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BearsOn {
    /// Likeliest first.
    pub tracks: Vec<TrackLink>,
    pub alerts: Vec<AlertId>,
    /// The stretch of line abreast of the place; a direction has none.
    pub stretch: Option<StretchId>,
}

/// How it hangs together with a track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackLink {
    pub track: TrackId,
    pub how: Link,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The track was there at that time.
    WasThere,
    /// The track was first seen later, where it could have come to from there.
    MayHaveCome,
}

/// What is kept, by who told it, so that one who tells much crowds out nobody else.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EvidenceLog {
    kept: BTreeMap<Source, VecDeque<Evidence>>,
    ever: u64,
    /// Reports whose time is not believed, until the next tick: the newest of each step.
    aside: BTreeMap<Step, VecDeque<(DetectionReport, Timestamp)>>,
}

impl EvidenceLog {
    /// Puts a report aside whose time is not believed.
    pub(crate) fn put_aside(&mut self, step: Step, report: DetectionReport, now: Timestamp) {
        let own = self.aside.entry(step).or_default();
        own.push_back((report, now));
        if own.len() > limits::EVIDENCE_PER_SOURCE_MAX {
            own.pop_front();
            self.ever += 1;
        }
    }

    /// What was put aside, each report as a look of its own.
    pub(crate) fn take_aside(&mut self) -> Vec<Look> {
        let of_step = |(step, reports): (Step, VecDeque<(DetectionReport, Timestamp)>)| {
            reports.into_iter().map(move |(report, arrived_at)| Look {
                at: report.observed_at,
                step: step.clone(),
                reports: vec![report],
                arrived_at,
                before: 0,
            })
        };
        std::mem::take(&mut self.aside).into_iter().flat_map(of_step).collect()
    }

    /// Keeps what looks told, one piece for each of their measurements.
    pub(crate) fn keep(&mut self, looks: &[(Look, Scan)], why: WhyKept, ground: &Ground<'_>) {
        let told = |(look, scan): &(Look, Scan)| scan.measurements.len().min(look.reports.len());
        // Of a source that tells more at once than is kept, the oldest are only counted.
        let mut to_come: BTreeMap<&SensorId, usize> = BTreeMap::new();
        for look in looks {
            *to_come.entry(&look.0.step.sensor).or_default() += told(look);
        }
        for (look, scan) in looks {
            let left = to_come.entry(&look.step.sensor).or_default();
            for measurement in &scan.measurements {
                let place = measurement.id.checked_sub(look.before);
                let place =
                    place.map_or(usize::MAX, |at| usize::try_from(at).unwrap_or(usize::MAX));
                let Some(report) = look.reports.get(place) else { continue };
                self.ever += 1;
                if *left <= limits::EVIDENCE_PER_SOURCE_MAX {
                    let told = Told::of(&measurement.sighting);
                    let at = match why {
                        WhyKept::Late => look.at,
                        WhyKept::Clock => look.arrived_at,
                    };
                    let bears_on = ground.bearing_of(&told, at);
                    self.add(Evidence::of((look, report), self.ever, why, (told, bears_on)));
                }
                *left = left.saturating_sub(1);
            }
        }
    }

    /// What is kept, in the order in which it came.
    pub fn kept(&self) -> Vec<&Evidence> {
        let mut all: Vec<&Evidence> = self.kept.values().flatten().collect();
        all.sort_unstable_by_key(|evidence| evidence.id);
        all
    }

    /// How much was ever kept; it differs whenever what is kept does.
    pub fn ever(&self) -> u64 {
        self.ever
    }

    /// How much of it made room for newer; the record has it all.
    pub fn forgotten(&self) -> u64 {
        self.ever - self.len() as u64
    }

    fn len(&self) -> usize {
        self.kept.values().map(VecDeque::len).sum()
    }

    fn add(&mut self, evidence: Evidence) {
        let own = self.kept.entry(evidence.source.clone()).or_default();
        own.push_back(evidence);
        if own.len() > limits::EVIDENCE_PER_SOURCE_MAX {
            own.pop_front();
        }
        if self.len() > limits::EVIDENCE_MAX {
            // The one who told most gives up its oldest; of those that told as much, the first by name.
            let most = self.kept.values_mut().rev().max_by_key(|own| own.len());
            most.and_then(VecDeque::pop_front);
        }
    }
}

impl Evidence {
    fn of(
        (look, report): (&Look, &DetectionReport),
        id: u64,
        why: WhyKept,
        (told, bears_on): (Told, BearsOn),
    ) -> Self {
        Self {
            id,
            source: report.source.clone(),
            report_id: report.report_id.clone(),
            observed_at: look.at,
            arrived_at: look.arrived_at,
            why,
            told,
            class: likeliest(report),
            bears_on,
        }
    }
}

impl Told {
    fn of(sighting: &Sighting) -> Self {
        match *sighting {
            Sighting::Position { mean_m, covariance_m2 } => {
                let worse_m2 = covariance_m2.m11.max(covariance_m2.m22);
                let point = EnuPoint::new(mean_m.x, mean_m.y);
                Self::Place { point, sigma_m: libm::sqrt(worse_m2) }
            }
            Sighting::Bearing { origin, azimuth, sigma_rad } => {
                Self::Direction { from: origin, azimuth, sigma_rad }
            }
            Sighting::Sightline { origin, azimuth, azimuth_sigma_rad, .. } => {
                Self::Direction { from: origin, azimuth, sigma_rad: azimuth_sigma_rad }
            }
            Sighting::RangeBearing {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
            }
            | Sighting::Doppler {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
                ..
            } => {
                let at = origin.to_vector() + azimuth.unit() * range_m;
                let sigma_m = range_sigma_m.max(range_m * azimuth_sigma_rad);
                Self::Place { point: EnuPoint::new(at.x, at.y), sigma_m }
            }
        }
    }
}

/// What the sender is surest of; of equals, the first that it named.
fn likeliest(report: &DetectionReport) -> Option<(Class, f64)> {
    report.classes.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)).copied()
}

#[cfg(test)]
mod tests {
    use sight::sector::UnitId;

    use super::*;

    #[test]
    fn a_sensor_that_tells_much_crowds_out_neither_patrols_nor_more_than_its_share() {
        let mut log = EvidenceLog::default();
        let patrol = Source::Unit(UnitId("patrol".into()));
        log.add(evidence(1, &patrol));
        for id in 2..5_000 {
            log.add(evidence(id, &Source::Sensor(SensorId(format!("sensor-{:03}", id % 100)))));
        }
        log.ever = 4_999;

        let kept = log.kept();

        assert_eq!(kept.len(), limits::EVIDENCE_MAX);
        assert_eq!(kept[0].source, patrol);
        assert_eq!(log.forgotten(), 4_999 - limits::EVIDENCE_MAX as u64);
        let of_one = |name: &str| {
            let source = Source::Sensor(SensorId(name.into()));
            kept.iter().filter(|evidence| evidence.source == source).count()
        };
        assert!(of_one("sensor-007") <= limits::EVIDENCE_PER_SOURCE_MAX);
        assert!(of_one("sensor-007") >= 10, "all give way alike");
        assert_eq!(kept.last().map(|last| last.id), Some(4_999));
    }

    #[test]
    fn a_range_and_a_bearing_are_a_place_and_a_bearing_alone_is_a_direction() {
        let origin = EnuPoint::new(100.0, 0.0);
        let azimuth = Azimuth::from_degrees(90.0);

        let radar = Told::of(&Sighting::RangeBearing {
            origin,
            range_m: 1_000.0,
            range_sigma_m: 8.0,
            azimuth,
            azimuth_sigma_rad: 0.01,
        });
        let camera = Told::of(&Sighting::Bearing { origin, azimuth, sigma_rad: 0.002 });

        let Told::Place { point, sigma_m } = radar else { panic!("{radar:?}") };
        assert!(point.distance_m(EnuPoint::new(1_100.0, 0.0)) < 1e-6);
        assert!((sigma_m - 10.0).abs() < 1e-9);
        assert_eq!(camera, Told::Direction { from: origin, azimuth, sigma_rad: 0.002 });
    }

    fn evidence(id: u64, source: &Source) -> Evidence {
        Evidence {
            id,
            source: source.clone(),
            report_id: id.to_string(),
            observed_at: Timestamp::UNIX_EPOCH,
            arrived_at: Timestamp::UNIX_EPOCH,
            why: WhyKept::Late,
            told: Told::Place { point: EnuPoint::new(0.0, 0.0), sigma_m: 10.0 },
            class: None,
            bears_on: BearsOn::default(),
        }
    }
}
