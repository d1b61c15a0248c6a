//! Category 062: the station's tracks as other systems read them.
//!
//! Numbers of tracks are 16 bits wide there. Each track keeps the one that it was given for as long as it is
//! shown, and its end is told before the number is used again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sight::geo::EnuPoint;
use sight::sector::Sector;
use watch::detection::Class;
use watch::journal::{TrackId, TrackView};
use wire::asterix::tables::{CAT062, Category};
use wire::asterix::track::{
    Accuracy, Origin, Position, Stage, Status, Support, SystemTrack, Velocity,
};
use wire::asterix::{AsterixError, Block, Record, Source, encode, time};

use crate::ingest::{limits, seconds};

/// How this door is called.
pub const OUT_DOOR: &str = "asterix-out";
pub const OUT_PROTOCOL: &str = "ASTERIX category 062 by UDP";

/// Longest time that item 290 holds.
const AGE_MAX_S: f64 = 63.75;
/// Largest errors that item 500 holds: of a place and of its covariance's root, and of a speed.
const SIGMA_MAX_M: f64 = 32_767.5;
const CROSS_MAX_M: f64 = 16_383.5;
const SPEED_SIGMA_MAX_MPS: f64 = 63.75;

/// What receivers were told so far.
#[derive(Debug)]
pub struct Tracks {
    source: Source,
    origin: Origin,
    /// By the picture that they are of: another one calls other things by the same numbers.
    told: BTreeMap<Name, Told>,
    pictures: u64,
    taken: BTreeSet<u16>,
}

/// The picture, and the track's own number there.
type Name = (u64, TrackId);

/// One track as it was told last.
#[derive(Debug)]
struct Told {
    number: u16,
    track: SystemTrack,
    /// How often its end was told.
    ends: u8,
}

impl Tracks {
    pub fn new(source: Source, origin: Origin) -> Self {
        Self { source, origin, told: BTreeMap::new(), pictures: 0, taken: BTreeSet::new() }
    }

    /// What is shown from here on is another picture: the tracks of this one end.
    pub fn turn_to_another(&mut self) {
        self.pictures += 1;
    }

    /// The picture as datagrams, and how many tracks no record can hold.
    pub fn datagrams(
        &mut self,
        views: &[TrackView],
        sector: &Sector,
        now: Timestamp,
    ) -> (Vec<Vec<u8>>, usize) {
        // Nobody follows a lost one any more; it is only kept in view for people.
        let shown = views.iter().filter(|view| !view.lost);
        let shown: BTreeMap<Name, &TrackView> =
            shown.map(|view| ((self.pictures, view.id), view)).collect();
        let mut records = self.ended(&shown, now);
        let mut left_out = 0;
        for (name, view) in shown {
            match self.record(name, view, sector, now) {
                Ok(record) => records.push(record),
                Err(_) => left_out += 1,
            }
        }
        (in_datagrams(&CAT062, &records), left_out)
    }

    /// The last words on tracks that are shown no more; one that comes back begins anew.
    fn ended(&mut self, shown: &BTreeMap<Name, &TrackView>, now: Timestamp) -> Vec<Record> {
        let gone = self.told.iter_mut().filter(|(id, _)| !shown.contains_key(id));
        let mut records = Vec::new();
        for (_, told) in gone {
            told.ends += 1;
            told.track.status.stage = Stage::Ended;
            told.track.time_of_day_s = time::of_day(now);
            records.extend(told.track.to_record());
        }
        let over = |told: &Told| told.ends >= limits::TRACK_ENDS_TOLD;
        let taken = &mut self.taken;
        self.told.retain(|_, told| {
            if over(told) {
                taken.remove(&told.number);
            }
            !over(told)
        });
        records
    }

    fn record(
        &mut self,
        name: Name,
        view: &TrackView,
        sector: &Sector,
        now: Timestamp,
    ) -> Result<Record, AsterixError> {
        let number = match self.told.get(&name) {
            Some(told) => told.number,
            None => self.free_number(view.id),
        };
        let track = self.track(number, view, sector, now);
        let record = track.to_record()?;
        self.taken.insert(number);
        self.told.insert(name, Told { number, track, ends: 0 });
        Ok(record)
    }

    /// The track's own number where it is free, else the next that is.
    fn free_number(&self, id: TrackId) -> u16 {
        let own = u16::try_from(id.0 % (u64::from(u16::MAX) + 1)).unwrap_or_default();
        let numbers = (own..=u16::MAX).chain(0..own);
        // More tracks than numbers are beyond what the tracker holds.
        numbers.into_iter().find(|number| !self.taken.contains(number)).unwrap_or(own)
    }

    fn track(&self, number: u16, view: &TrackView, sector: &Sector, now: Timestamp) -> SystemTrack {
        let place = sector.frame.place(EnuPoint::new(view.east_m, view.north_m));
        let age_s = seconds(view.last_seen_at, now).max(0.0);
        let support = match view.seen_by.len() {
            _ if age_s > limits::COASTING_AFTER_S => Support::Coasting,
            0 | 1 => Support::OneSensor,
            _ => Support::ManySensors,
        };
        let stage = if view.existence < 0.5 { Stage::Tentative } else { Stage::Confirmed };
        SystemTrack {
            source: self.source,
            time_of_day_s: time::of_day(view.at),
            number,
            status: Status { stage, support, origin: self.origin },
            position: Some(Position { lat_deg: place.lat_deg(), lon_deg: place.lon_deg() }),
            velocity: Some(Velocity { east_mps: view.east_mps, north_mps: view.north_mps }),
            height_m: view.height.map(|height| height.above_sea_m),
            climb_mps: view.height.map(|height| height.climb_mps),
            accuracy: Some(accuracy(view)),
            age_s: Some(age_s.min(AGE_MAX_S)),
            callsign: Some(label(view)).filter(|label| label.len() <= 8),
            mode_3a: None,
        }
    }
}

fn accuracy(view: &TrackView) -> Accuracy {
    let [east_m2, cross_m2, north_m2] = view.covariance_m2;
    let cross_m = cross_m2.abs().sqrt().min(CROSS_MAX_M).copysign(cross_m2);
    let speed_mps = view.speed_sigma_mps.min(SPEED_SIGMA_MAX_MPS);
    Accuracy {
        east_m: east_m2.max(0.0).sqrt().min(SIGMA_MAX_M),
        north_m: north_m2.max(0.0).sqrt().min(SIGMA_MAX_M),
        cross_m: Some(cross_m),
        velocity: Some(Velocity { east_mps: speed_mps, north_mps: speed_mps }),
    }
}

/// What is written beside the track: no item knows people and animals, so a letter says what it most likely is.
fn label(view: &TrackView) -> String {
    let letter = match view.class {
        Class::Person => 'P',
        Class::Group => 'G',
        Class::Vehicle => 'V',
        Class::Animal => 'A',
        Class::Aircraft => 'F',
        Class::Unknown => 'U',
    };
    format!("{letter}{}", view.id.0)
}

fn in_datagrams(category: &'static Category, records: &[Record]) -> Vec<Vec<u8>> {
    let blocks = records.chunks(limits::TRACKS_PER_DATAGRAM);
    blocks
        .filter_map(|records| encode(&Block::Known { category, records: records.to_vec() }))
        .collect()
}

#[cfg(test)]
mod tests;
