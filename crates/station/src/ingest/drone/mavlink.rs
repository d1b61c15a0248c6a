//! `MAVLink`: where a drone is, where its camera looks, and whether it is fit to look at all.
//!
//! Messages have no date, so they are of the time at which they come. Signatures are not checked: the addresses
//! that may send are the configuration's affair, and nothing is ever sent but the station's own heartbeat.

mod order;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sensor::geolocation::Camera;
use sight::sensor::pointing::{Attitude, Pointing};
use watch::detection::ReportedWeather;
use watch::journal::Input;
use wire::mavlink::{
    CameraFootprint, Decoder, Faults, Frame, Gimbal, Heartbeat, Message, MountOrientation,
    Position, Sender, station_heartbeat,
};

use self::order::Order;
use super::{Drone, DroneBoard, UnknownDrone, Watches, Wind, Word, located};
use crate::ingest::datagram_door::{Reader, Step};
use crate::ingest::door::Counts;
use crate::ingest::rejections::{Refusal, Rejections};
use crate::ingest::{limits, seconds};

/// How this door is called in rejections.
pub const DOOR: &str = "mavlink";
pub const PROTOCOL: &str = "MAVLink 2 (and 1) by UDP";
/// The connections that the station itself opens.
pub const LINK_DOOR: &str = "mavlink-tcp";
pub const LINK_PROTOCOL: &str = "MAVLink 2 (and 1) by TCP";

/// The station among the systems of a link: 255 is what ground stations use, and parts of it are numbered from 190.
const STATION: Sender = Sender { system: 255, component: 190 };
/// `MAV_TYPE_GCS`: another ground station on the same link.
const GROUND_STATION: u8 = 6;
/// `MAV_AUTOPILOT_INVALID`: a part of the drone that does not fly it.
const NO_AUTOPILOT: u8 = 8;

/// Drones by their system ids.
#[derive(Debug)]
pub struct MavlinkReader {
    model: Arc<Model>,
    drones: BTreeMap<u8, Flying>,
    links: BTreeMap<SocketAddr, Link>,
    board: DroneBoard,
    rejections: Rejections,
    counts: Counts,
    refused: Option<String>,
    sequence: u8,
}

/// What comes from one address.
#[derive(Debug)]
struct Link {
    decoder: Decoder,
    heard_at: Timestamp,
    /// When it was sent the station's heartbeat.
    greeted_at: Option<Timestamp>,
}

/// A drone and what it told last.
#[derive(Debug)]
struct Flying {
    drone: Drone,
    order: Order,
    heartbeat: Option<Heartbeat>,
    position: Option<(Position, Timestamp)>,
    heading_rad: Option<f64>,
    camera: Option<(Pointing, Timestamp)>,
    /// Half of the picture, as tangents of angles, where the camera tells its field of view.
    half_picture: Option<(f64, f64)>,
    battery_percent: Option<u8>,
    gimbal_failures: u32,
    /// Speed of the wind where it flies.
    wind: Option<(f64, Timestamp)>,
    /// When the core was told of it.
    wind_told_at: Option<Timestamp>,
}

impl MavlinkReader {
    /// `assets` are sensors of the sector by system id.
    pub fn new(
        model: &Arc<Model>,
        (assets, watches): (&BTreeMap<u8, String>, Watches),
        board: DroneBoard,
        now: Timestamp,
    ) -> Result<Self, UnknownDrone> {
        let drones = assets.iter().map(|(system, asset)| {
            let path = format!("doors.mavlink.systems.{system}");
            let node = system.to_string();
            let drone = Drone::of_model(model, DOOR, (path.as_str(), asset.as_str()), &node)?;
            Ok((*system, Flying::new(drone.watching(watches))))
        });
        Ok(Self {
            model: Arc::clone(model),
            drones: drones.collect::<Result<_, UnknownDrone>>()?,
            links: BTreeMap::new(),
            board,
            rejections: Rejections::new(DOOR, now),
            counts: Counts::default(),
            refused: None,
            sequence: 0,
        })
    }

    fn take_frame(&mut self, frame: &Frame, now: Timestamp, step: &mut Step) {
        let Message::Heartbeat(Heartbeat { kind: GROUND_STATION, .. }) = frame.message else {
            let Some(flying) = self.drones.get_mut(&frame.sender.system) else {
                let reason = format!("{} is no drone of the configuration", frame.sender.system);
                return self.refuse(Refusal::new("system", reason), now, step);
            };
            if !flying.order.takes(frame, now) {
                self.counts.ignored += 1;
                return;
            }
            let taken = flying.take(&frame.message, &self.model, now, step);
            flying.drone.show(&self.board);
            return match taken {
                Ok(()) => self.counts.accepted += 1,
                Err(refusal) => self.refuse(refusal, now, step),
            };
        };
        self.counts.ignored += 1;
    }

    /// Counts what could not be read of a link since it was last asked.
    fn count_faults(&mut self, before: Faults, after: Faults, now: Timestamp, step: &mut Step) {
        self.counts.ignored += after.unread - before.unread;
        if after.checksums > before.checksums {
            let reason = "a message's checksum does not agree";
            self.refuse(Refusal::new("checksum", reason), now, step);
        } else if after.skipped_bytes > before.skipped_bytes {
            let bytes = after.skipped_bytes - before.skipped_bytes;
            let reason = format!("{bytes} bytes that belong to no message");
            self.refuse(Refusal::new("frame", reason), now, step);
        }
    }

    fn refuse(&mut self, refusal: Refusal, now: Timestamp, step: &mut Step) {
        self.counts.rejected += 1;
        self.refused = Some(format!("{}: {}", refusal.field, refusal.reason));
        step.inputs.extend(self.rejections.journal(&[refusal], None, now).map(Input::Rejected));
    }

    /// The link of an address; whoever has been silent longest gives way when there are too many.
    fn link(&mut self, from: SocketAddr, now: Timestamp) -> &mut Link {
        if self.links.len() >= limits::DATAGRAM_SENDERS_MAX && !self.links.contains_key(&from) {
            let silent = self.links.iter().min_by_key(|(_, link)| link.heard_at);
            if let Some(silent) = silent.map(|(address, _)| *address) {
                self.links.remove(&silent);
            }
        }
        let link = self.links.entry(from).or_insert_with(|| Link {
            decoder: Decoder::new(),
            heard_at: now,
            greeted_at: None,
        });
        link.heard_at = now;
        link
    }
}

impl Reader for MavlinkReader {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, now: Timestamp, step: &mut Step) {
        let decoder = &mut self.link(from, now).decoder;
        let before = decoder.faults();
        let frames = decoder.push(datagram);
        let after = decoder.faults();
        for frame in &frames {
            self.take_frame(frame, now, step);
        }
        self.count_faults(before, after, now, step);
    }

    fn tick(&mut self, now: Timestamp, step: &mut Step) {
        for flying in self.drones.values_mut() {
            if flying.drone.find_lost(&self.board, now, step) {
                flying.forget();
            }
        }
        self.links.retain(|_, link| seconds(link.heard_at, now) <= limits::LINK_FORGOTTEN_S);
        for (address, link) in &mut self.links {
            if link.greeted_at.is_none_or(|at| seconds(at, now) >= limits::HEARTBEAT_EVERY_S) {
                link.greeted_at = Some(now);
                step.replies.push((*address, station_heartbeat(STATION, self.sequence)));
                self.sequence = self.sequence.wrapping_add(1);
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

impl Flying {
    fn new(drone: Drone) -> Self {
        Self {
            drone,
            order: Order::default(),
            heartbeat: None,
            position: None,
            heading_rad: None,
            camera: None,
            half_picture: None,
            battery_percent: None,
            gimbal_failures: 0,
            wind: None,
            wind_told_at: None,
        }
    }

    /// Nothing of what it told before it was lost holds when it comes back.
    fn forget(&mut self) {
        (self.heartbeat, self.position, self.heading_rad, self.camera) = (None, None, None, None);
        (self.half_picture, self.battery_percent, self.gimbal_failures) = (None, None, 0);
        (self.wind, self.wind_told_at) = (None, None);
        self.order = Order::default();
    }

    fn take(
        &mut self,
        message: &Message,
        model: &Model,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        self.drone.hear(now, step);
        match message {
            Message::Heartbeat(heartbeat) if heartbeat.autopilot != NO_AUTOPILOT => {
                self.heartbeat = Some(*heartbeat);
            }
            Message::Heartbeat(_) => {}
            Message::Health(health) => {
                self.battery_percent = health.battery_percent.or(self.battery_percent);
            }
            Message::Battery(battery) => {
                self.battery_percent = battery.percent.or(self.battery_percent);
            }
            Message::Attitude(attitude) => {
                self.heading_rad = attitude.yaw_rad.or(self.heading_rad);
            }
            Message::Position(position) => self.take_position(position, model, now)?,
            Message::Wind(wind) => self.take_wind(wind.velocity_mps, now)?,
            Message::MountOrientation(mount) => self.take_mount(mount, now),
            Message::Gimbal(gimbal) => self.take_gimbal(gimbal, now),
            Message::CameraFootprint(camera) => self.take_camera(camera, now),
        }
        if let Some(view) = &mut self.drone.view {
            view.battery_percent = self.battery_percent;
            view.heading_deg = self.heading_rad.map(|rad| rad.to_degrees().rem_euclid(360.0));
        }
        self.tell(model, now, step);
        self.outline(model, now, step);
        Ok(())
    }

    fn take_position(
        &mut self,
        position: &Position,
        model: &Model,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let place = position.place.and_then(|place| Wgs84::new(place.lon_deg, place.lat_deg).ok());
        let place = place.ok_or_else(|| {
            Refusal::new("GLOBAL_POSITION_INT.lat", "must be a place on the globe")
        })?;
        located(model, (place, Some(position.altitude_m)), "GLOBAL_POSITION_INT.lat")?;
        self.position = Some((*position, now));
        if let Some(heading_deg) = position.heading_deg {
            self.heading_rad = Some(heading_deg.to_radians());
        }
        if let Some(view) = &mut self.drone.view {
            (view.place, view.altitude_m) = (Some(place), Some(position.altitude_m));
        }
        Ok(())
    }

    /// Takes in an estimate of the wind; none at all is also told where nothing estimates it.
    fn take_wind(&mut self, told: Option<[f64; 2]>, now: Timestamp) -> Result<(), Refusal> {
        let blows = |velocity: &[f64; 2]| velocity.iter().any(|part| part.abs() > 0.0);
        let Some([north_mps, east_mps]) = told.filter(blows) else {
            return Ok(());
        };
        let speed_mps = north_mps.hypot(east_mps);
        if speed_mps > limits::WIND_MAX_MPS {
            let most_mps = limits::WIND_MAX_MPS;
            let reason = format!("must be 0 to {most_mps} m/s, got {speed_mps:.1}");
            return Err(Refusal::new("WIND.speed", reason));
        }
        let from_deg = (-east_mps).atan2(-north_mps).to_degrees().rem_euclid(360.0);
        self.wind = Some((speed_mps, now));
        if let Some(view) = &mut self.drone.view {
            view.wind = Some(Wind { speed_mps, from_deg });
        }
        Ok(())
    }

    /// Its wind as weather where it is, while it is high enough to feel it, and not more often than is of use.
    fn weather(
        &self,
        model: &Model,
        heartbeat: Heartbeat,
        now: Timestamp,
    ) -> Option<ReportedWeather> {
        let (wind_mps, _) = self.wind.filter(|(_, at)| is_fresh(*at, now))?;
        let (place, altitude_m) = self.place(now)?;
        let is_aloft = altitude_m - model.grid().height_m(place)? >= limits::WIND_ABOVE_GROUND_M;
        let is_due = self.wind_told_at.is_none_or(|at| seconds(at, now) >= limits::WIND_EVERY_S);
        (heartbeat.armed && is_aloft && is_due).then_some(ReportedWeather {
            visibility_m: None,
            wind_mps,
            ceiling_m: None,
            dust: false,
        })
    }

    fn take_mount(&mut self, mount: &MountOrientation, now: Timestamp) {
        let level = Attitude { heading_rad: 0.0, pitch_rad: 0.0, roll_rad: 0.0 };
        let told = mount.pitch_deg.zip(mount.yaw_deg).zip(self.heading_rad);
        let pointing = told.and_then(|((pitch_deg, yaw_deg), heading_rad)| {
            let relative = Attitude {
                heading_rad: heading_rad + yaw_deg.to_radians(),
                pitch_rad: pitch_deg.to_radians(),
                roll_rad: mount.roll_deg.unwrap_or_default().to_radians(),
            };
            Pointing::on_platform(level, relative)
        });
        self.camera = pointing.map(|pointing| (pointing, now)).or(self.camera);
    }

    fn take_gimbal(&mut self, gimbal: &Gimbal, now: Timestamp) {
        self.gimbal_failures = gimbal.failures;
        let pointing = gimbal.quaternion.and_then(Pointing::of_quaternion);
        let turned = pointing.zip(gimbal.yaw_from_north).and_then(|(pointing, from_north)| {
            if from_north { Some(pointing) } else { Some(pointing.turned(self.heading_rad?)) }
        });
        self.camera = turned.map(|pointing| (pointing, now)).or(self.camera);
    }

    fn take_camera(&mut self, camera: &CameraFootprint, now: Timestamp) {
        let pointing = camera.quaternion.and_then(Pointing::of_quaternion);
        self.camera = pointing.map(|pointing| (pointing, now)).or(self.camera);
        let half = |degrees: f64| {
            let tangent = (degrees.to_radians() / 2.0).tan();
            (0.0..=limits::HALF_PICTURE_MAX).contains(&tangent).then_some(tangent)
        };
        let fields =
            camera.horizontal_fov_deg.and_then(half).zip(camera.vertical_fov_deg.and_then(half));
        self.half_picture = fields.or(self.half_picture);
    }

    fn tell(&mut self, model: &Model, now: Timestamp, step: &mut Step) {
        // Before its autopilot has said whether it flies, nothing is known of it.
        let Some(heartbeat) = self.heartbeat else { return };
        let (detecting, note) = self.health(heartbeat);
        let location = self.place(now).and_then(|(place, altitude_m)| {
            located(model, (place, Some(altitude_m)), "GLOBAL_POSITION_INT.lat").ok()
        });
        let weather = self.weather(model, heartbeat, now).filter(|_| location.is_some());
        let word = Word { observed_at: now, detecting, note, location, weather };
        if self.drone.tell(word, now, step) && weather.is_some() {
            self.wind_told_at = Some(now);
        }
    }

    /// Whether it looks, and what people should know of it.
    fn health(&self, heartbeat: Heartbeat) -> (bool, String) {
        let state = match heartbeat.state {
            5 => Some((true, "critical")),
            6 => Some((false, "emergency")),
            7 => Some((false, "powers off")),
            8 => Some((false, "flight is being terminated")),
            _ => None,
        };
        let ground = (!heartbeat.armed).then_some((false, "on the ground: not armed"));
        let gimbal = (self.gimbal_failures != 0).then_some((false, "the gimbal fails"));
        let found: Vec<_> = [state, ground, gimbal].into_iter().flatten().collect();
        let detecting = found.iter().all(|(detecting, _)| *detecting);
        let mut words: Vec<String> = found.iter().map(|(_, words)| (*words).to_owned()).collect();
        if let Some(percent) =
            self.battery_percent.filter(|left| i32::from(*left) <= limits::BATTERY_LOW_PERCENT)
        {
            // Tens are enough to call it home, and do not flicker.
            words.push(format!("battery below {} %", (percent / 10 + 1) * 10));
        }
        (detecting, words.join("; "))
    }

    /// Where it is, while that is fresh.
    fn place(&self, now: Timestamp) -> Option<(Wgs84, f64)> {
        let (position, _) = self.position.filter(|(_, at)| is_fresh(*at, now))?;
        let place = position.place?;
        Some((Wgs84::new(place.lon_deg, place.lat_deg).ok()?, position.altitude_m))
    }

    fn outline(&mut self, model: &Model, now: Timestamp, step: &mut Step) {
        let pointing = self.camera.filter(|(_, at)| is_fresh(*at, now));
        if let Some(((place, altitude_m), (pointing, _))) = self.place(now).zip(pointing) {
            let half_picture = self.half_picture.unwrap_or(self.drone.half_picture);
            let camera = Camera { place, altitude_m, pointing };
            self.drone.outline(model, (&camera, half_picture), now, step);
        }
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    (0.0..=limits::POSE_FRESH_S).contains(&seconds(at, now))
}

#[cfg(test)]
mod tests;
