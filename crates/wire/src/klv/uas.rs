//! The UAS Datalink Local Set: where the aircraft and its camera are and where they look.

use jiff::Timestamp;

use super::vmti::Vmti;
use super::{KlvError, LocalSet, UAS_KEY, read_value, unsigned, write_length};
use crate::limits::KLV_BYTES_MAX;

const TAG_CHECKSUM: u32 = 1;
const TAG_TIME: u32 = 2;
const TAG_VERSION: u32 = 65;
const TAG_VMTI: u32 = 74;
/// Tag and length of the checksum, which its sum takes in.
const CHECKSUM_HEAD: [u8; 2] = [1, 2];

/// A number that fills the range of its octets (ST 0601, section 8).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Number {
    tag: u32,
    name: &'static str,
    octets: usize,
    /// Below zero: as far on both sides, in two's complement, its least value meaning "error".
    least: f64,
    most: f64,
}

const fn number(tag: u32, name: &'static str, octets: usize, range: [f64; 2]) -> Number {
    let [least, most] = range;
    Number { tag, name, octets, least, most }
}

const HEADING: Number = number(5, "platform heading", 2, [0.0, 360.0]);
const PITCH: Number = number(6, "platform pitch", 2, [-20.0, 20.0]);
const ROLL: Number = number(7, "platform roll", 2, [-50.0, 50.0]);
const SENSOR_LAT: Number = number(13, "sensor latitude", 4, [-90.0, 90.0]);
const SENSOR_LON: Number = number(14, "sensor longitude", 4, [-180.0, 180.0]);
const SENSOR_ALT: Number = number(15, "sensor altitude", 2, [-900.0, 19_000.0]);
const WIDTH: Number = number(16, "horizontal field of view", 2, [0.0, 180.0]);
const HEIGHT: Number = number(17, "vertical field of view", 2, [0.0, 180.0]);
const AZIMUTH: Number = number(18, "sensor relative azimuth", 4, [0.0, 360.0]);
const ELEVATION: Number = number(19, "sensor relative elevation", 4, [-180.0, 180.0]);
const SENSOR_ROLL: Number = number(20, "sensor relative roll", 4, [0.0, 360.0]);
const SLANT_RANGE: Number = number(21, "slant range", 4, [0.0, 5_000_000.0]);
const CENTRE_LAT: Number = number(23, "frame centre latitude", 4, [-90.0, 90.0]);
const CENTRE_LON: Number = number(24, "frame centre longitude", 4, [-180.0, 180.0]);
const CENTRE_ALT: Number = number(25, "frame centre elevation", 2, [-900.0, 19_000.0]);
const TARGET_LAT: Number = number(40, "target latitude", 4, [-90.0, 90.0]);
const TARGET_LON: Number = number(41, "target longitude", 4, [-180.0, 180.0]);
const TARGET_ALT: Number = number(42, "target elevation", 2, [-900.0, 19_000.0]);

/// The picture's corners on the ground, from the upper left clockwise: how far from the frame's centre, degrees ...
const CORNER_OFFSETS: [[Number; 2]; 4] = [
    corner_offset(26, "offset corner latitude 1", "offset corner longitude 1"),
    corner_offset(28, "offset corner latitude 2", "offset corner longitude 2"),
    corner_offset(30, "offset corner latitude 3", "offset corner longitude 3"),
    corner_offset(32, "offset corner latitude 4", "offset corner longitude 4"),
];
/// ... and where they are.
const CORNERS: [[Number; 2]; 4] = [
    corner(82, "corner latitude 1", "corner longitude 1"),
    corner(84, "corner latitude 2", "corner longitude 2"),
    corner(86, "corner latitude 3", "corner longitude 3"),
    corner(88, "corner latitude 4", "corner longitude 4"),
];

const fn corner_offset(tag: u32, lat: &'static str, lon: &'static str) -> [Number; 2] {
    const RANGE: [f64; 2] = [-0.075, 0.075];
    [number(tag, lat, 2, RANGE), number(tag + 1, lon, 2, RANGE)]
}

const fn corner(tag: u32, lat: &'static str, lon: &'static str) -> [Number; 2] {
    [number(tag, lat, 4, [-90.0, 90.0]), number(tag + 1, lon, 4, [-180.0, 180.0])]
}

/// One packet of metadata. What the aircraft does not know is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Uas {
    pub time: Option<Timestamp>,
    /// Clockwise from true north.
    pub heading_deg: Option<f64>,
    /// Nose up.
    pub pitch_deg: Option<f64>,
    /// Right wing down.
    pub roll_deg: Option<f64>,
    pub sensor: Place,
    pub horizontal_fov_deg: Option<f64>,
    pub vertical_fov_deg: Option<f64>,
    /// Clockwise from the nose, seen from above.
    pub relative_azimuth_deg: Option<f64>,
    /// Upward from the aircraft's plane.
    pub relative_elevation_deg: Option<f64>,
    pub relative_roll_deg: Option<f64>,
    pub slant_range_m: Option<f64>,
    pub frame_centre: Place,
    /// The picture's corners on the ground from the upper left clockwise, as offsets from the frame's centre: latitude
    /// and longitude, degrees.
    pub corner_offsets: [[Option<f64>; 2]; 4],
    /// The same corners as places.
    pub corners: [[Option<f64>; 2]; 4],
    pub target: Place,
    /// Number of the standard's edition.
    pub version: Option<u8>,
    pub vmti: Option<Vmti>,
    /// Items that are not understood here, as they came.
    pub others: LocalSet,
}

/// A place on WGS84 with its height above mean sea level.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    pub lat_deg: Option<f64>,
    pub lon_deg: Option<f64>,
    pub alt_m: Option<f64>,
}

impl Number {
    fn most_raw(self) -> f64 {
        let bits = 8 * i32::try_from(self.octets).unwrap_or(4);
        if self.is_signed() { 2_f64.powi(bits - 1) - 1.0 } else { 2_f64.powi(bits) - 1.0 }
    }

    fn is_signed(self) -> bool {
        self.least + self.most == 0.0
    }

    fn read(self, set: &LocalSet) -> Result<Option<f64>, KlvError> {
        let Self { tag, name, octets: expected, .. } = self;
        // An empty value says that it is not known any more.
        let Some(bytes) = set.get(tag).filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
        if bytes.len() != expected {
            return Err(KlvError::Width { tag, name, expected, got: bytes.len() });
        }
        let raw = unsigned(bytes).unwrap_or_default() as f64;
        if !self.is_signed() {
            return Ok(Some(self.least + raw / self.most_raw() * (self.most - self.least)));
        }
        let raw = if raw > self.most_raw() { raw - 2.0 * (self.most_raw() + 1.0) } else { raw };
        let is_error = raw < -self.most_raw();
        Ok(if is_error { None } else { Some(raw / self.most_raw() * self.most) })
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
    fn write(self, set: &mut LocalSet, value: Option<f64>) -> Result<(), KlvError> {
        let Some(value) = value else { return Ok(()) };
        if !(self.least..=self.most).contains(&value) {
            let Self { tag, name, .. } = self;
            return Err(KlvError::Value { tag, name, value: value.to_string() });
        }
        let share = if self.is_signed() {
            value / self.most
        } else {
            (value - self.least) / (self.most - self.least)
        };
        let raw = (share * self.most_raw()).round() as i64;
        set.items.push((self.tag, raw.to_be_bytes()[8 - self.octets..].to_vec()));
        Ok(())
    }
}

/// Reads a packet: key, length, set with its checksum at the end.
///
/// Returns also how many octets it took, for packets that follow each other.
pub fn decode(bytes: &[u8]) -> Result<(Uas, usize), KlvError> {
    if bytes.len() > KLV_BYTES_MAX {
        return Err(KlvError::TooLong(bytes.len()));
    }
    let body = bytes.strip_prefix(&UAS_KEY).ok_or(KlvError::Key)?;
    let mut at = 0;
    let value = read_value(body, &mut at)?;
    let octets = UAS_KEY.len() + at;
    let set = LocalSet::decode(value)?;
    check(&bytes[..octets], &set)?;
    Ok((Uas::from_set(&set)?, octets))
}

fn check(packet: &[u8], set: &LocalSet) -> Result<(), KlvError> {
    match set.items.last() {
        Some((TAG_CHECKSUM, value)) if value.len() == 2 => {
            let got = u16::from(value[0]) << 8 | u16::from(value[1]);
            let expected = checksum(&packet[..packet.len() - 2]);
            if got == expected { Ok(()) } else { Err(KlvError::Checksum { expected, got }) }
        }
        _ => Err(KlvError::NoChecksum),
    }
}

/// Sum of all pairs of octets in 16 bits (ST 0601, 8.1).
fn checksum(bytes: &[u8]) -> u16 {
    let pairs =
        bytes.chunks(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(*pair.get(1).unwrap_or(&0)));
    pairs.fold(0, u16::wrapping_add)
}

fn read_corners(
    numbers: &[[Number; 2]; 4],
    set: &LocalSet,
) -> Result<[[Option<f64>; 2]; 4], KlvError> {
    let mut corners = [[None; 2]; 4];
    for (value, number) in corners.as_flattened_mut().iter_mut().zip(numbers.as_flattened()) {
        *value = number.read(set)?;
    }
    Ok(corners)
}

impl Uas {
    /// Latitudes and longitudes of the picture's four corners on the ground, where all of them are told: as places, or
    /// else as offsets from the frame's centre.
    pub fn frame_corners(&self) -> Option<[[f64; 2]; 4]> {
        whole(self.corners).or_else(|| {
            let centre = [self.frame_centre.lat_deg?, self.frame_centre.lon_deg?];
            let offsets = whole(self.corner_offsets)?;
            Some(offsets.map(|[lat, lon]| [centre[0] + lat, centre[1] + lon]))
        })
    }

    /// Writes the packet with key, length and checksum; time first, as the standard wants it.
    pub fn encode(&self) -> Result<Vec<u8>, KlvError> {
        let mut body = self.to_set()?.encode();
        body.extend(CHECKSUM_HEAD);
        let mut packet = UAS_KEY.to_vec();
        write_length(&mut packet, body.len() + 2);
        packet.extend(body);
        let sum = checksum(&packet);
        packet.extend(sum.to_be_bytes());
        Ok(packet)
    }

    fn from_set(set: &LocalSet) -> Result<Self, KlvError> {
        let place = |lat: Number, lon: Number, alt: Number| {
            Ok(Place { lat_deg: lat.read(set)?, lon_deg: lon.read(set)?, alt_m: alt.read(set)? })
        };
        let vmti = set.get(TAG_VMTI).filter(|bytes| !bytes.is_empty());
        Ok(Self {
            time: set.get(TAG_TIME).map(moment).transpose()?,
            heading_deg: HEADING.read(set)?,
            pitch_deg: PITCH.read(set)?,
            roll_deg: ROLL.read(set)?,
            sensor: place(SENSOR_LAT, SENSOR_LON, SENSOR_ALT)?,
            horizontal_fov_deg: WIDTH.read(set)?,
            vertical_fov_deg: HEIGHT.read(set)?,
            relative_azimuth_deg: AZIMUTH.read(set)?,
            relative_elevation_deg: ELEVATION.read(set)?,
            relative_roll_deg: SENSOR_ROLL.read(set)?,
            slant_range_m: SLANT_RANGE.read(set)?,
            frame_centre: place(CENTRE_LAT, CENTRE_LON, CENTRE_ALT)?,
            corner_offsets: read_corners(&CORNER_OFFSETS, set)?,
            corners: read_corners(&CORNERS, set)?,
            target: place(TARGET_LAT, TARGET_LON, TARGET_ALT)?,
            version: set.get(TAG_VERSION).and_then(|bytes| bytes.first().copied()),
            vmti: vmti.map(Vmti::decode).transpose()?,
            others: LocalSet {
                items: set.items.iter().filter(|(tag, _)| !is_known(*tag)).cloned().collect(),
            },
        })
    }

    fn to_set(&self) -> Result<LocalSet, KlvError> {
        let mut set = LocalSet::default();
        if let Some(time) = self.time {
            let us = u64::try_from(time.as_microsecond()).map_err(|_early| KlvError::Value {
                tag: TAG_TIME,
                name: "time",
                value: time.to_string(),
            })?;
            set.items.push((TAG_TIME, us.to_be_bytes().to_vec()));
        }
        let (sensor, centre, target) = (self.sensor, self.frame_centre, self.target);
        for (number, value) in [
            (HEADING, self.heading_deg),
            (PITCH, self.pitch_deg),
            (ROLL, self.roll_deg),
            (SENSOR_LAT, sensor.lat_deg),
            (SENSOR_LON, sensor.lon_deg),
            (SENSOR_ALT, sensor.alt_m),
            (WIDTH, self.horizontal_fov_deg),
            (HEIGHT, self.vertical_fov_deg),
            (AZIMUTH, self.relative_azimuth_deg),
            (ELEVATION, self.relative_elevation_deg),
            (SENSOR_ROLL, self.relative_roll_deg),
            (SLANT_RANGE, self.slant_range_m),
            (CENTRE_LAT, centre.lat_deg),
            (CENTRE_LON, centre.lon_deg),
            (CENTRE_ALT, centre.alt_m),
            (TARGET_LAT, target.lat_deg),
            (TARGET_LON, target.lon_deg),
            (TARGET_ALT, target.alt_m),
        ] {
            number.write(&mut set, value)?;
        }
        for (numbers, values) in [(CORNER_OFFSETS, self.corner_offsets), (CORNERS, self.corners)] {
            for (number, value) in numbers.as_flattened().iter().zip(values.as_flattened()) {
                number.write(&mut set, *value)?;
            }
        }
        set.items.extend(self.version.map(|version| (TAG_VERSION, vec![version])));
        if let Some(vmti) = &self.vmti {
            set.items.push((TAG_VMTI, vmti.encode()?));
        }
        set.items.extend(self.others.items.iter().cloned());
        Ok(set)
    }
}

fn whole(corners: [[Option<f64>; 2]; 4]) -> Option<[[f64; 2]; 4]> {
    let mut all = [[0.0; 2]; 4];
    for (place, told) in all.as_flattened_mut().iter_mut().zip(corners.as_flattened()) {
        *place = (*told)?;
    }
    Some(all)
}

fn is_known(tag: u32) -> bool {
    matches!(tag, TAG_CHECKSUM | TAG_TIME | 5..=7 | 13..=21 | 23..=33 | 40..=42 | 82..=89 | TAG_VERSION | TAG_VMTI)
}

fn moment(bytes: &[u8]) -> Result<Timestamp, KlvError> {
    let (tag, name) = (TAG_TIME, "time");
    if bytes.len() != 8 {
        return Err(KlvError::Width { tag, name, expected: 8, got: bytes.len() });
    }
    let us = unsigned(bytes).unwrap_or_default();
    let time = i64::try_from(us).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
    time.ok_or(KlvError::Value { tag, name, value: us.to_string() })
}
