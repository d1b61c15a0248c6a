//! Metadata of drones' video (MISB ST 0601 in MPEG transport streams): where the drone is, what it sees, and the
//! targets in the picture, put onto the ground by ray and terrain.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sensor::geolocation::{Camera, Errors, Located, locate};
use sight::sensor::pointing::{Attitude, Pointing};
use watch::detection::{DetectionReport, ReportedPlace, ReportedPosition};
use watch::journal::Input;
use wire::klv::uas::{self, Uas};
use wire::klv::vmti::{Target, Vmti};
use wire::mpegts::Demuxer;

use super::{Drone, DroneBoard, UnknownDrone, Watches, Word, located};
use crate::ingest::datagram_door::{Reader, Step};
use crate::ingest::door::Counts;
use crate::ingest::rejections::{Refusal, Rejections};
use crate::ingest::{limits, seconds};

/// How this door is called in rejections.
pub const DOOR: &str = "klv";
pub const PROTOCOL: &str = "KLV (MISB ST 0601) in MPEG transport streams by UDP";
/// The connections that the station itself opens.
pub const LINK_DOOR: &str = "klv-tcp";
pub const LINK_PROTOCOL: &str = "KLV (MISB ST 0601) in MPEG transport streams by TCP";

/// Errors of drones and of the ground that their metadata does not tell (A).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoseErrors {
    pub altitude_sigma_m: f64,
    pub attitude_sigma_deg: f64,
    pub terrain_sigma_m: f64,
}

/// How targets are put onto the ground, and what a drone is taken to watch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KlvSettings {
    pub errors: PoseErrors,
    /// Time between two frames whose targets are taken (A).
    pub frames_every_s: f64,
    pub watches: Watches,
}

/// Streams by the addresses that send them.
#[derive(Debug)]
pub struct KlvReader {
    model: Arc<Model>,
    streams: BTreeMap<IpAddr, Stream>,
    /// Time between two frames whose targets are taken.
    frames_every_s: f64,
    board: DroneBoard,
    rejections: Rejections,
    counts: Counts,
    refused: Option<String>,
}

#[derive(Debug)]
struct Stream {
    demuxer: Demuxer,
    drone: Drone,
    errors: Errors,
    /// Time of the newest packet, by the drone's clock.
    newest: Option<Timestamp>,
    /// Time of the last frame whose targets were taken.
    looked_at: Option<Timestamp>,
    /// What the operator marked last.
    mark: Option<Wgs84>,
}

/// One frame whose targets are put onto the ground.
struct Frame<'a> {
    model: &'a Model,
    camera: Camera,
    errors: Errors,
    half_picture: (f64, f64),
    reach: (f64, f64),
    observed_at: Timestamp,
}

impl KlvReader {
    /// `assets` are sensors of the sector by the address that their stream comes from.
    pub fn new(
        model: &Arc<Model>,
        assets: &BTreeMap<IpAddr, String>,
        settings: KlvSettings,
        board: DroneBoard,
        now: Timestamp,
    ) -> Result<Self, UnknownDrone> {
        let KlvSettings { errors, frames_every_s, watches } = settings;
        let streams = assets.iter().map(|(address, asset)| {
            let path = format!("doors.klv.assets.\"{address}\"");
            let drone = Drone::of_model(
                model,
                DOOR,
                (path.as_str(), asset.as_str()),
                &address.to_string(),
            )?;
            Ok((*address, Stream::new(drone.watching(watches), errors)))
        });
        Ok(Self {
            model: Arc::clone(model),
            streams: streams.collect::<Result<_, UnknownDrone>>()?,
            frames_every_s,
            board,
            rejections: Rejections::new(DOOR, now),
            counts: Counts::default(),
            refused: None,
        })
    }

    /// Takes metadata: one or more packets, one behind the other.
    fn take_metadata(&mut self, address: IpAddr, mut klv: &[u8], now: Timestamp, step: &mut Step) {
        while !klv.is_empty() {
            match uas::decode(klv) {
                Ok((uas, octets)) => {
                    self.take_uas(address, &uas, now, step);
                    klv = klv.get(octets..).unwrap_or_default();
                }
                Err(fault) => {
                    // Nobody can tell where the next packet begins.
                    self.refuse(Refusal::new("klv", fault.to_string()), now, step);
                    return;
                }
            }
        }
    }

    fn take_uas(&mut self, address: IpAddr, uas: &Uas, now: Timestamp, step: &mut Step) {
        let Some(stream) = self.streams.get_mut(&address) else { return };
        let observed_at = match stream.time_of(uas, now) {
            Ok(Some(observed_at)) => observed_at,
            Ok(None) => {
                self.counts.ignored += 1;
                return;
            }
            Err(refusal) => return self.refuse(refusal, now, step),
        };
        let model = Arc::clone(&self.model);
        let refusals = match stream.take_pose(uas, &model, (observed_at, now), step) {
            Ok(Some(frame)) => stream.take_targets(uas, &frame, self.frames_every_s, step),
            Ok(None) => Vec::new(),
            Err(refusal) => vec![refusal],
        };
        stream.drone.show(&self.board);
        self.counts.accepted += 1;
        for refusal in refusals {
            self.refuse(refusal, now, step);
        }
    }

    fn refuse(&mut self, refusal: Refusal, now: Timestamp, step: &mut Step) {
        self.counts.rejected += 1;
        self.refused = Some(format!("{}: {}", refusal.field, refusal.reason));
        step.inputs.extend(self.rejections.journal(&[refusal], None, now).map(Input::Rejected));
    }
}

impl Reader for KlvReader {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, now: Timestamp, step: &mut Step) {
        let address = from.ip().to_canonical();
        // Whose stream it is, is known by the address; the door lets in no other.
        let Some(stream) = self.streams.get_mut(&address) else {
            let reason = format!("{address} sends no stream of the configuration");
            return self.refuse(Refusal::new("address", reason), now, step);
        };
        let before = stream.demuxer.faults();
        let metadata = stream.demuxer.push(datagram);
        let after = stream.demuxer.faults();
        for piece in &metadata {
            self.take_metadata(address, &piece.klv, now, step);
        }
        if after.tables + after.broken + after.streams
            > before.tables + before.broken + before.streams
            || after.skipped_bytes > before.skipped_bytes
        {
            let reason = "damaged: bytes, tables or packets of metadata had to be passed over";
            self.refuse(Refusal::new("transport stream", reason), now, step);
        }
    }

    fn tick(&mut self, now: Timestamp, step: &mut Step) {
        for stream in self.streams.values_mut() {
            if stream.drone.find_lost(&self.board, now, step) {
                (stream.demuxer, stream.newest) = (Demuxer::new(), None);
                (stream.looked_at, stream.mark) = (None, None);
            }
        }
    }

    fn counts(&self) -> Counts {
        self.counts
    }

    fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}

impl Stream {
    /// Errors of the drone's pose are the sector file's, all others the configuration's.
    fn new(drone: Drone, told: PoseErrors) -> Self {
        let pose = drone.sensor.pose();
        let errors = Errors {
            position_m: pose.position_sigma_m,
            altitude_m: told.altitude_sigma_m,
            heading_rad: pose.heading_sigma_deg.to_radians(),
            attitude_rad: told.attitude_sigma_deg.to_radians(),
            terrain_m: told.terrain_sigma_m,
        };
        let demuxer = Demuxer::new();
        Self { demuxer, drone, errors, newest: None, looked_at: None, mark: None }
    }

    /// When the packet is of; `None` for one that is repeated or was overtaken.
    fn time_of(&mut self, uas: &Uas, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
        let told = uas.time.unwrap_or(now);
        let (ahead, old) = (limits::CLOCK_AHEAD_MAX_S, limits::REPORT_AGE_MAX_S);
        if !(-ahead..=old).contains(&seconds(told, now)) {
            let reason =
                format!("must be at most {ahead} s ahead of and {old} s behind {now}, got {told}");
            return Err(Refusal::new("ST 0601 tag 2", reason));
        }
        // A clock that was ahead and is set right must not silence the drone until its old time comes.
        let overtaken_s = self.newest.map_or(0.0, |newest| seconds(told, newest));
        let is_new = self.newest.is_none_or(|newest| newest < told)
            || overtaken_s > limits::PACKETS_OVERTAKEN_S;
        if is_new {
            self.newest = Some(told);
        }
        Ok(is_new.then_some(told))
    }

    /// Tells where the drone is, and gives its camera where that is told whole.
    fn take_pose<'a>(
        &mut self,
        uas: &Uas,
        model: &'a Model,
        (observed_at, now): (Timestamp, Timestamp),
        step: &mut Step,
    ) -> Result<Option<Frame<'a>>, Refusal> {
        self.drone.hear(now, step);
        let told = uas.sensor.lat_deg.zip(uas.sensor.lon_deg);
        let place = told.and_then(|(lat_deg, lon_deg)| Wgs84::new(lon_deg, lat_deg).ok());
        let location = match place {
            Some(place) => Some(located(model, (place, uas.sensor.alt_m), "ST 0601 tag 13")?),
            None => None,
        };
        if let Some(view) = &mut self.drone.view {
            (view.place, view.altitude_m) = (place, uas.sensor.alt_m);
            view.heading_deg = uas.heading_deg;
        }
        let note = String::new();
        let word = Word { observed_at, detecting: true, note, location, weather: None };
        self.drone.tell(word, now, step);
        let ring = place.and_then(|place| ring_of(uas, place, self.drone.sensor.range_max_m));
        let is_told = ring.is_some();
        if let Some(ring) = ring {
            self.drone.outline_told(ring, now, step);
        }
        let (Some(place), Some(altitude_m), Some(pointing)) =
            (place, uas.sensor.alt_m, pointing_of(uas))
        else {
            return Ok(None);
        };
        let half_picture = half_picture_of(uas).unwrap_or(self.drone.half_picture);
        let camera = Camera { place, altitude_m, pointing };
        if !is_told {
            self.drone.outline(model, (&camera, half_picture), now, step);
        }
        let reach = (model.sector().settings.refraction, self.drone.sensor.range_max_m);
        Ok(Some(Frame { model, camera, errors: self.errors, half_picture, reach, observed_at }))
    }

    /// Targets of the picture and what the operator marked; says what of them has no place.
    fn take_targets(
        &mut self,
        uas: &Uas,
        frame: &Frame<'_>,
        every_s: f64,
        step: &mut Step,
    ) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if let Some(mark) = self.new_mark(uas) {
            match frame.towards(mark) {
                Some(found) => self.report("mark", &found, (None, frame.observed_at), step),
                None => refusals.push(nowhere("ST 0601 tag 40", "the mark")),
            }
        }
        let Some(vmti) = uas.vmti.as_ref().filter(|vmti| !vmti.targets.is_empty()) else {
            return refusals;
        };
        // Frames close to each other share their errors, and would only seem to make it surer.
        if self.looked_at.is_some_and(|at| seconds(at, frame.observed_at) < every_s) {
            return refusals;
        }
        self.looked_at = Some(frame.observed_at);
        for target in &vmti.targets {
            let confidence = target.confidence_percent.map(|percent| f64::from(percent) / 100.0);
            match frame.locate(uas, vmti, target) {
                Some(found) => {
                    let about = (confidence, frame.observed_at);
                    self.report(&target.id.to_string(), &found, about, step);
                }
                None => refusals.push(nowhere("ST 0903", &format!("target {}", target.id))),
            }
        }
        refusals
    }

    /// A mark stands in every packet for as long as the operator leaves it: only another place is news.
    fn new_mark(&mut self, uas: &Uas) -> Option<Wgs84> {
        let (lat_deg, lon_deg) = uas.target.lat_deg.zip(uas.target.lon_deg)?;
        let mark = Wgs84::new(lon_deg, lat_deg).ok()?;
        let apart_m = |old: Wgs84| (old.to_ecef(0.0) - mark.to_ecef(0.0)).norm();
        let is_new = self.mark.is_none_or(|old| apart_m(old) > limits::MARK_STEP_M);
        is_new.then(|| {
            self.mark = Some(mark);
            mark
        })
    }

    fn report(
        &self,
        object: &str,
        found: &Located,
        (confidence, observed_at): (Option<f64>, Timestamp),
        step: &mut Step,
    ) {
        let [east_m2, cross_m2, north_m2] = found.covariance_m2;
        let place = ReportedPlace {
            lon_deg: found.place.lon_deg(),
            lat_deg: found.place.lat_deg(),
            height_m: None,
            height_sigma_m: None,
            east_sigma_m: Some(east_m2.max(0.0).sqrt()),
            north_sigma_m: Some(north_m2.max(0.0).sqrt()),
        };
        step.inputs.push(Input::Detected(DetectionReport {
            source: self.drone.speaker(),
            report_id: format!("{}-{}-{object}", self.drone.node_id, observed_at.as_microsecond()),
            object_id: object.to_owned(),
            observed_at,
            position: ReportedPosition::Ellipse { place, cross_m2 },
            confidence,
            classes: Vec::new(),
            remarks: watch::detection::Remarks::default(),
        }));
    }
}

impl Frame<'_> {
    /// A target by its pixel, or else by its distance from the frame's centre.
    fn locate(&self, uas: &Uas, vmti: &Vmti, target: &Target) -> Option<Located> {
        if let Some(ray) = self.ray_of(vmti, target) {
            return self.on_ground(&self.camera, ray);
        }
        let lat_deg = uas.frame_centre.lat_deg? + target.lat_offset_deg?;
        let lon_deg = uas.frame_centre.lon_deg? + target.lon_offset_deg?;
        self.towards(Wgs84::new(lon_deg, lat_deg).ok()?)
    }

    /// Right and up of the picture's middle, as tangents of angles.
    fn ray_of(&self, vmti: &Vmti, target: &Target) -> Option<(f64, f64)> {
        let (width, height) = (f64::from(vmti.width?), f64::from(vmti.height?));
        let [column, row] = vmti.pixel(target.centroid?)?;
        let (column, row) = (column as f64 + 0.5, row as f64 + 0.5);
        let (right, up) = (2.0 * column / width - 1.0, 1.0 - 2.0 * row / height);
        let inside = right.abs() <= 1.0 && up.abs() <= 1.0;
        inside.then_some((right * self.half_picture.0, up * self.half_picture.1))
    }

    /// What is told by its place: the ray to it says how sure that can be.
    fn towards(&self, place: Wgs84) -> Option<Located> {
        let height_m = self.model.grid().height_m(place)?;
        let camera = self.camera.towards((place, height_m), self.reach.0);
        self.on_ground(&camera, (0.0, 0.0))
    }

    /// `None` where the ray grazes or is so unsure that it places nothing.
    fn on_ground(&self, camera: &Camera, ray: (f64, f64)) -> Option<Located> {
        let found = locate(self.model.grid(), camera, ray, &self.errors, self.reach)?;
        (found.sigma_max_m() <= limits::TARGET_SIGMA_MAX_M).then_some(found)
    }
}

fn nowhere(field: &str, what: &str) -> Refusal {
    let reason = format!("{what} has no place: its ray meets no ground in reach, or grazes it");
    Refusal::new(field, reason)
}

/// The picture's outline on the ground as the drone tells it; `None` where it does not, or where a corner lies farther
/// away than its camera sees: then the outline is worked out.
fn ring_of(uas: &Uas, from: Wgs84, range_max_m: f64) -> Option<Vec<Wgs84>> {
    let corners = uas.frame_corners()?;
    let mut ring = Vec::new();
    for (corner, next) in corners.iter().zip(corners.iter().cycle().skip(1)) {
        for step in 0..SIDE_PLACES {
            let share = f64::from(step) / f64::from(SIDE_PLACES);
            let along = |axis: usize| corner[axis] + share * (next[axis] - corner[axis]);
            let place = Wgs84::new(along(1), along(0)).ok()?;
            let away_m = (place.to_ecef(0.0) - from.to_ecef(0.0)).norm();
            if away_m > range_max_m {
                return None;
            }
            ring.push(place);
        }
    }
    ring.extend(ring.first().copied());
    Some(ring)
}

/// Places of one side of an outline, as many as an outline that is worked out has.
const SIDE_PLACES: u32 = sight::sensor::footprint::SIDE_RAYS;

/// Which way the camera looks; an aircraft that tells no pitch or roll is taken to fly level.
pub(crate) fn pointing_of(uas: &Uas) -> Option<Pointing> {
    let platform = Attitude {
        heading_rad: uas.heading_deg?.to_radians(),
        pitch_rad: uas.pitch_deg.unwrap_or_default().to_radians(),
        roll_rad: uas.roll_deg.unwrap_or_default().to_radians(),
    };
    let relative = Attitude {
        heading_rad: uas.relative_azimuth_deg?.to_radians(),
        pitch_rad: uas.relative_elevation_deg?.to_radians(),
        roll_rad: uas.relative_roll_deg.unwrap_or_default().to_radians(),
    };
    Pointing::on_platform(platform, relative)
}

/// Half of the picture, as tangents of angles, where it tells its fields of view.
pub(crate) fn half_picture_of(uas: &Uas) -> Option<(f64, f64)> {
    let half = |degrees: f64| {
        let tangent = (degrees.to_radians() / 2.0).tan();
        (0.0..=limits::HALF_PICTURE_MAX).contains(&tangent).then_some(tangent)
    };
    uas.horizontal_fov_deg.and_then(half).zip(uas.vertical_fov_deg.and_then(half))
}

#[cfg(test)]
mod tests;
