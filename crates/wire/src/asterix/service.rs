//! Category 034: where a radar's beam is and how the radar fares.

use super::layout::{repeated, write};
use super::tables::CAT034;
use super::{AsterixError, Record, Source};

/// One service message.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub source: Source,
    pub kind: Kind,
    /// Seconds since midnight UTC; see [`super::time::moment`].
    pub time_of_day_s: Option<f64>,
    /// Where the beam is, clockwise from north, at a sector crossing.
    pub azimuth_deg: Option<f64>,
    /// Of one turn of the antenna.
    pub period_s: Option<f64>,
    /// The radar's own place.
    pub place: Option<Place>,
    /// False when the radar says that its data must not be used for operations.
    pub operational: Option<bool>,
    /// How many plots of each type were sent (I034/070 TYP).
    pub counts: Vec<Count>,
}

/// Why the message was sent (I034/000).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    NorthMarker,
    SectorCrossing,
    GeographicalFiltering,
    JammingStrobe,
    Other(u8),
}

/// Where the radar stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// WGS84.
    pub lat_deg: f64,
    pub lon_deg: f64,
    /// Above WGS84's ellipsoid.
    pub height_m: f64,
}

/// Plots of one type since the last count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub kind: u8,
    pub plots: u16,
}

impl Kind {
    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::NorthMarker,
            2 => Self::SectorCrossing,
            3 => Self::GeographicalFiltering,
            4 => Self::JammingStrobe,
            other => Self::Other(other),
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::NorthMarker => 1,
            Self::SectorCrossing => 2,
            Self::GeographicalFiltering => 3,
            Self::JammingStrobe => 4,
            Self::Other(code) => code,
        }
    }
}

impl Service {
    /// Reads what a record of category 034 means.
    pub fn from_record(record: &Record) -> Result<Self, AsterixError> {
        record.must_be(CAT034.number)?;
        let missing = AsterixError::Missing { category: CAT034.number, item: "000" };
        let place = |element| record.value("120", element);
        let common = record.item("050").and_then(|item| item.sub("COM"));
        Ok(Self {
            source: record.source()?,
            kind: Kind::from_code(record.raw("000", "MsgTyp").ok_or(missing)?),
            time_of_day_s: record.value("030", "ToD"),
            azimuth_deg: record.value("020", "Azi"),
            period_s: record.value("041", "RotS"),
            place: place("LAT")
                .zip(place("Lon"))
                .zip(place("Height"))
                .map(|((lat_deg, lon_deg), height_m)| Place { lat_deg, lon_deg, height_m }),
            operational: common.map(|item| !item.is_set("NOGO")),
            counts: counts(record),
        })
    }

    /// Writes the message as a record; a value that an item cannot hold is a fault.
    pub fn to_record(&self) -> Result<Record, AsterixError> {
        let mut record = Record::new(&CAT034);
        record.set_source(self.source)?;
        record.set("000", |item| write(item, &[("MsgTyp", f64::from(self.kind.code()))]))?;
        for (id, element, value) in [
            ("030", "ToD", self.time_of_day_s),
            ("020", "Azi", self.azimuth_deg),
            ("041", "RotS", self.period_s),
        ] {
            if let Some(value) = value {
                record.set(id, |item| write(item, &[(element, value)]))?;
            }
        }
        if let Some(Place { lat_deg, lon_deg, height_m }) = self.place {
            let values = [("Height", height_m), ("LAT", lat_deg), ("Lon", lon_deg)];
            record.set("120", |item| write(item, &values))?;
        }
        if let Some(operational) = self.operational {
            let stop = f64::from(u8::from(!operational));
            record.set("050", |item| {
                super::layout::compound(
                    item,
                    &[("COM", write(item.sub("COM")?, &[("NOGO", stop)])?)],
                )
            })?;
        }
        if !self.counts.is_empty() {
            let sets = self
                .counts
                .iter()
                .map(|count| [("TYP", f64::from(count.kind)), ("counter", f64::from(count.plots))]);
            let sets: Vec<_> = sets.collect();
            let sets: Vec<&[_]> = sets.iter().map(<[_; 2]>::as_slice).collect();
            record.set("070", |item| repeated(item, &sets))?;
        }
        Ok(record)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of 5 and of 11 bits"
)]
fn counts(record: &Record) -> Vec<Count> {
    let Some(item) = record.item("070") else { return Vec::new() };
    let both = item.values("TYP").into_iter().zip(item.values("counter"));
    both.map(|(kind, plots)| Count { kind: kind as u8, plots: plots as u16 }).collect()
}
