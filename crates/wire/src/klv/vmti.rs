//! Targets that a tracker found in the video (ST 0903 local set and its series of target packs).

use super::imapb::Imapb;
use super::{KlvError, LocalSet, read_tag, read_value, unsigned, write_length, write_tag};
use crate::limits::VMTI_TARGETS_MAX;

const TAG_REPORTED: u32 = 6;
const TAG_WIDTH: u32 = 8;
const TAG_HEIGHT: u32 = 9;
const TAG_TARGETS: u32 = 101;
const TARGET_CENTROID: u32 = 1;
const TARGET_TOP_LEFT: u32 = 2;
const TARGET_BOTTOM_RIGHT: u32 = 3;
const TARGET_CONFIDENCE: u32 = 5;
const TARGET_LAT_OFFSET: u32 = 10;
const TARGET_LON_OFFSET: u32 = 11;
const TARGET_HAE: u32 = 12;
/// Degrees from the frame's centre.
const OFFSET: Imapb = Imapb { least: -19.2, most: 19.2, octets: 3 };
const HAE: Imapb = Imapb { least: -900.0, most: 19_000.0, octets: 2 };

/// The targets of one frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vmti {
    /// Pixels of the frame.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub targets: Vec<Target>,
    /// Items that are not understood here, as they came.
    pub others: LocalSet,
}

/// One target in the frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    pub id: u32,
    /// Number of a pixel: 1 at the top left, row by row.
    pub centroid: Option<u64>,
    pub top_left: Option<u64>,
    pub bottom_right: Option<u64>,
    /// In hundredths.
    pub confidence_percent: Option<u8>,
    /// North of the frame's centre.
    pub lat_offset_deg: Option<f64>,
    /// East of the frame's centre.
    pub lon_offset_deg: Option<f64>,
    /// Above the ellipsoid.
    pub hae_m: Option<f64>,
    pub others: LocalSet,
}

impl Vmti {
    /// Column and row of a pixel's number, counted from zero; `None` where the frame's width is not told.
    pub fn pixel(&self, number: u64) -> Option<[u64; 2]> {
        let width = self.width.filter(|width| *width > 0).map(u64::from)?;
        let from_zero = number.checked_sub(1)?;
        Some([from_zero % width, from_zero / width])
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KlvError> {
        let set = LocalSet::decode(bytes)?;
        let number =
            |tag| set.get(tag).and_then(unsigned).and_then(|number| u32::try_from(number).ok());
        let mut targets = Vec::new();
        let series = set.get(TAG_TARGETS).unwrap_or_default();
        let mut at = 0;
        while at < series.len() {
            if targets.len() >= VMTI_TARGETS_MAX {
                return Err(KlvError::TooManyItems);
            }
            targets.push(Target::decode(read_value(series, &mut at)?)?);
        }
        let known = [TAG_REPORTED, TAG_WIDTH, TAG_HEIGHT, TAG_TARGETS];
        let (width, height) = (number(TAG_WIDTH), number(TAG_HEIGHT));
        Ok(Self { width, height, targets, others: without(&set, &known) })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, KlvError> {
        let mut set = LocalSet::default();
        push_number(&mut set, TAG_REPORTED, Some(self.targets.len() as u64));
        push_number(&mut set, TAG_WIDTH, self.width.map(u64::from));
        push_number(&mut set, TAG_HEIGHT, self.height.map(u64::from));
        let mut series = Vec::new();
        for target in &self.targets {
            let pack = target.encode()?;
            write_length(&mut series, pack.len());
            series.extend(pack);
        }
        if !series.is_empty() {
            set.items.push((TAG_TARGETS, series));
        }
        set.items.extend(self.others.items.iter().cloned());
        Ok(set.encode())
    }
}

impl Target {
    fn decode(bytes: &[u8]) -> Result<Self, KlvError> {
        let mut at = 0;
        let id = read_tag(bytes, &mut at)?;
        let set = LocalSet::decode(&bytes[at..])?;
        let number = |tag| set.get(tag).and_then(unsigned);
        let known = [
            TARGET_CENTROID,
            TARGET_TOP_LEFT,
            TARGET_BOTTOM_RIGHT,
            TARGET_CONFIDENCE,
            TARGET_LAT_OFFSET,
            TARGET_LON_OFFSET,
            TARGET_HAE,
        ];
        Ok(Self {
            id,
            centroid: number(TARGET_CENTROID),
            top_left: number(TARGET_TOP_LEFT),
            bottom_right: number(TARGET_BOTTOM_RIGHT),
            confidence_percent: number(TARGET_CONFIDENCE)
                .and_then(|number| u8::try_from(number).ok()),
            lat_offset_deg: set.get(TARGET_LAT_OFFSET).and_then(|bytes| OFFSET.decode(bytes)),
            lon_offset_deg: set.get(TARGET_LON_OFFSET).and_then(|bytes| OFFSET.decode(bytes)),
            hae_m: set.get(TARGET_HAE).and_then(|bytes| HAE.decode(bytes)),
            others: without(&set, &known),
        })
    }

    fn encode(&self) -> Result<Vec<u8>, KlvError> {
        let mut set = LocalSet::default();
        push_number(&mut set, TARGET_CENTROID, self.centroid);
        push_number(&mut set, TARGET_TOP_LEFT, self.top_left);
        push_number(&mut set, TARGET_BOTTOM_RIGHT, self.bottom_right);
        push_number(&mut set, TARGET_CONFIDENCE, self.confidence_percent.map(u64::from));
        for (tag, name, map, value) in [
            (TARGET_LAT_OFFSET, "target latitude offset", OFFSET, self.lat_offset_deg),
            (TARGET_LON_OFFSET, "target longitude offset", OFFSET, self.lon_offset_deg),
            (TARGET_HAE, "target height", HAE, self.hae_m),
        ] {
            let Some(value) = value else { continue };
            let fault = KlvError::Value { tag, name, value: value.to_string() };
            set.items.push((tag, map.encode(value).ok_or(fault)?));
        }
        set.items.extend(self.others.items.iter().cloned());
        let mut pack = Vec::new();
        write_tag(&mut pack, self.id);
        pack.extend(set.encode());
        Ok(pack)
    }
}

/// Writes a number in as few octets as hold it.
fn push_number(set: &mut LocalSet, tag: u32, number: Option<u64>) {
    let Some(number) = number else { return };
    let all = number.to_be_bytes();
    let zeros = all.iter().take_while(|octet| **octet == 0).count().min(7);
    set.items.push((tag, all[zeros..].to_vec()));
}

fn without(set: &LocalSet, known: &[u32]) -> LocalSet {
    LocalSet { items: set.items.iter().filter(|(tag, _)| !known.contains(tag)).cloned().collect() }
}
