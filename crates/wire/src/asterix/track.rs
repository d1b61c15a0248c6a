//! Category 062: a system's track, in SI units.

use super::layout::{compound, write};
use super::tables::{CAT062, METRES_PER_FOOT};
use super::{AsterixError, Record, Source};

/// Feet a minute in metres a second.
const MPS_PER_FOOT_A_MINUTE: f64 = METRES_PER_FOOT / 60.0;

/// One track at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemTrack {
    pub source: Source,
    /// Seconds since midnight UTC; see [`super::time::moment`].
    pub time_of_day_s: f64,
    pub number: u16,
    pub status: Status,
    /// WGS84.
    pub position: Option<Position>,
    pub velocity: Option<Velocity>,
    /// Calculated, above mean sea level.
    pub height_m: Option<f64>,
    /// Upward.
    pub climb_mps: Option<f64>,
    pub accuracy: Option<Accuracy>,
    /// Time since any sensor last told of it.
    pub age_s: Option<f64>,
    /// Name that people know it by, at most eight capitals, digits and spaces.
    pub callsign: Option<String>,
    pub mode_3a: Option<u16>,
}

/// What the tracker says of the track (I062/080).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub stage: Stage,
    pub support: Support,
    pub origin: Origin,
}

/// Where a track stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Tentative,
    Confirmed,
    /// The last message of the track.
    Ended,
}

/// What the track rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    OneSensor,
    ManySensors,
    /// None saw it of late: it goes on by what was known.
    Coasting,
}

/// Whether something real is tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Real,
    Simulated,
}

/// A place on WGS84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub lat_deg: f64,
    pub lon_deg: f64,
}

/// A velocity over ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Velocity {
    pub east_mps: f64,
    pub north_mps: f64,
}

/// Errors of the place, and of the velocity where they are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Standard deviations.
    pub east_m: f64,
    pub north_m: f64,
    /// Root of the size of the covariance of both, with its sign.
    pub cross_m: Option<f64>,
    /// Standard deviations of the velocity.
    pub velocity: Option<Velocity>,
}

impl SystemTrack {
    /// Reads what a record of category 062 means.
    pub fn from_record(record: &Record) -> Result<Self, AsterixError> {
        record.must_be(CAT062.number)?;
        let missing = |item| AsterixError::Missing { category: CAT062.number, item };
        let pair = |id, one, two| record.value(id, one).zip(record.value(id, two));
        let age = record.item("290").and_then(|item| item.sub("TRK"));
        let code = record.item("060").filter(|item| !item.is_set("V"));
        Ok(Self {
            source: record.source()?,
            time_of_day_s: record.value("070", "ToT").ok_or(missing("070"))?,
            number: record.raw("040", "TrkN").ok_or(missing("040"))?,
            status: Status::from_record(record).ok_or(missing("080"))?,
            position: pair("105", "Lat", "Lon")
                .map(|(lat_deg, lon_deg)| Position { lat_deg, lon_deg }),
            velocity: pair("185", "Vx", "Vy")
                .map(|(east_mps, north_mps)| Velocity { east_mps, north_mps }),
            height_m: record.value("130", "Alt").map(|feet| feet * METRES_PER_FOOT),
            climb_mps: record.value("220", "RoC").map(|speed| speed * MPS_PER_FOOT_A_MINUTE),
            accuracy: Accuracy::from_record(record),
            age_s: age.and_then(|item| item.value("Age")),
            callsign: record.item("245").and_then(|item| item.text("TId")),
            mode_3a: code
                .and_then(|item| item.raw("Mode3A"))
                .and_then(|code| u16::try_from(code).ok()),
        })
    }

    /// Writes the track as a record; a value that an item cannot hold is a fault.
    pub fn to_record(&self) -> Result<Record, AsterixError> {
        let mut record = Record::new(&CAT062);
        record.set_source(self.source)?;
        record.set("070", |item| write(item, &[("ToT", self.time_of_day_s)]))?;
        record.set("040", |item| write(item, &[("TrkN", f64::from(self.number))]))?;
        self.status.put(&mut record)?;
        if let Some(Position { lat_deg, lon_deg }) = self.position {
            record.set("105", |item| write(item, &[("Lat", lat_deg), ("Lon", lon_deg)]))?;
        }
        if let Some(Velocity { east_mps, north_mps }) = self.velocity {
            record.set("185", |item| write(item, &[("Vx", east_mps), ("Vy", north_mps)]))?;
        }
        if let Some(height_m) = self.height_m {
            let feet = height_m / METRES_PER_FOOT;
            record.set("130", |item| write(item, &[("Alt", feet)]))?;
        }
        if let Some(climb_mps) = self.climb_mps {
            let speed = climb_mps / MPS_PER_FOOT_A_MINUTE;
            record.set("220", |item| write(item, &[("RoC", speed)]))?;
        }
        self.put_quality(&mut record)?;
        if let Some(callsign) = &self.callsign {
            record.set("245", |item| write(item, &[("TId", callsign.as_str())]))?;
        }
        if let Some(code) = self.mode_3a {
            record.set("060", |item| write(item, &[("Mode3A", f64::from(code))]))?;
        }
        Ok(record)
    }

    fn put_quality(&self, record: &mut Record) -> Result<(), AsterixError> {
        if let Some(accuracy) = self.accuracy {
            accuracy.put(record)?;
        }
        if let Some(age_s) = self.age_s {
            record.set("290", |item| {
                compound(item, &[("TRK", write(item.sub("TRK")?, &[("Age", age_s)])?)])
            })?;
        }
        Ok(())
    }
}

impl Accuracy {
    fn from_record(record: &Record) -> Option<Self> {
        let item = record.item("500")?;
        let pair = |sub, one, two| item.sub(sub).and_then(|sub| sub.value(one).zip(sub.value(two)));
        let (east_m, north_m) = pair("APC", "APC_X", "APC_Y")?;
        Some(Self {
            east_m,
            north_m,
            cross_m: item.sub("COV").and_then(|sub| sub.value("COV_XY")),
            velocity: pair("ATV", "ATV_X", "ATV_Y")
                .map(|(east_mps, north_mps)| Velocity { east_mps, north_mps }),
        })
    }

    fn put(self, record: &mut Record) -> Result<(), AsterixError> {
        let Self { east_m, north_m, cross_m, velocity } = self;
        record.set("500", |item| {
            let place = [("APC_X", east_m), ("APC_Y", north_m)];
            let mut subs = vec![("APC", write(item.sub("APC")?, &place)?)];
            if let Some(cross_m) = cross_m {
                subs.push(("COV", write(item.sub("COV")?, &[("COV_XY", cross_m)])?));
            }
            if let Some(Velocity { east_mps, north_mps }) = velocity {
                let speeds = [("ATV_X", east_mps), ("ATV_Y", north_mps)];
                subs.push(("ATV", write(item.sub("ATV")?, &speeds)?));
            }
            compound(item, &subs)
        })
    }
}

impl Status {
    fn from_record(record: &Record) -> Option<Self> {
        let item = record.item("080")?;
        let stage = match () {
            () if item.is_set("TSE") => Stage::Ended,
            () if item.is_set("CNF") => Stage::Tentative,
            () => Stage::Confirmed,
        };
        let support = match () {
            () if item.is_set("CST") => Support::Coasting,
            () if item.is_set("MON") => Support::OneSensor,
            () => Support::ManySensors,
        };
        let origin = if item.is_set("SIM") { Origin::Simulated } else { Origin::Real };
        Some(Self { stage, support, origin })
    }

    fn put(self, record: &mut Record) -> Result<(), AsterixError> {
        let mut values = vec![("MON", f64::from(u8::from(self.support == Support::OneSensor)))];
        match self.stage {
            Stage::Confirmed => {}
            Stage::Tentative => values.push(("CNF", 1.0)),
            Stage::Ended => values.push(("TSE", 1.0)),
        }
        if self.support == Support::Coasting {
            values.push(("CST", 1.0));
        }
        if self.origin == Origin::Simulated {
            values.push(("SIM", 1.0));
        }
        record.set("080", |item| write(item, &values))
    }
}
