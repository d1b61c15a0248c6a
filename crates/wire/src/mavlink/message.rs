//! The messages that are read, as the common set (and `ArduPilot`'s, for WIND) lays them out.

/// One message in SI units. What the sender does not know is `None`.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Heartbeat(Heartbeat),
    Health(Health),
    Attitude(Attitude),
    Position(Position),
    Battery(Battery),
    MountOrientation(MountOrientation),
    Wind(Wind),
    CameraFootprint(CameraFootprint),
    Gimbal(Gimbal),
}

impl Message {
    /// Its number in the common set and the milliseconds since its sender started, where it tells them.
    pub fn boot_ms(&self) -> Option<(u32, u32)> {
        match self {
            Self::Attitude(attitude) => Some((30, attitude.boot_ms)),
            Self::Position(position) => Some((33, position.boot_ms)),
            Self::MountOrientation(mount) => Some((265, mount.boot_ms)),
            Self::CameraFootprint(camera) => Some((271, camera.boot_ms)),
            Self::Gimbal(gimbal) => Some((285, gimbal.boot_ms)),
            Self::Heartbeat(_) | Self::Health(_) | Self::Battery(_) | Self::Wind(_) => None,
        }
    }
}

/// HEARTBEAT: there is such a system, of some type, in some state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// `MAV_TYPE`, such as 2 for a quadrotor.
    pub kind: u8,
    /// `MAV_AUTOPILOT`.
    pub autopilot: u8,
    pub armed: bool,
    /// `MAV_STATE`, such as 4 for active.
    pub state: u8,
}

/// `SYS_STATUS`: battery and sensors of the whole system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Health {
    /// Enabled sensors that are not well, as `MAV_SYS_STATUS_SENSOR` bits.
    pub unwell: u32,
    pub battery_v: Option<f64>,
    pub battery_a: Option<f64>,
    pub battery_percent: Option<u8>,
}

/// ATTITUDE: of the airframe, from north, level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attitude {
    pub boot_ms: u32,
    pub roll_rad: Option<f64>,
    pub pitch_rad: Option<f64>,
    pub yaw_rad: Option<f64>,
}

/// `GLOBAL_POSITION_INT`: where it is and how it moves, as the autopilot has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    pub boot_ms: u32,
    /// WGS84; `None` without a place on the globe.
    pub place: Option<Place>,
    /// Above mean sea level.
    pub altitude_m: f64,
    /// Above home.
    pub height_m: f64,
    pub north_mps: f64,
    pub east_mps: f64,
    pub down_mps: f64,
    pub heading_deg: Option<f64>,
}

/// A place on WGS84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub lat_deg: f64,
    pub lon_deg: f64,
}

/// `BATTERY_STATUS`: one battery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Battery {
    pub id: u8,
    pub current_a: Option<f64>,
    pub percent: Option<u8>,
    pub temperature_deg_c: Option<f64>,
    /// Sum of the cells that are told.
    pub voltage_v: Option<f64>,
}

/// `MOUNT_ORIENTATION`: where the gimbal points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MountOrientation {
    pub boot_ms: u32,
    pub roll_deg: Option<f64>,
    /// Below zero: down.
    pub pitch_deg: Option<f64>,
    /// From the nose.
    pub yaw_deg: Option<f64>,
}

/// WIND and `WIND_COV`: as the autopilot estimates it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wind {
    /// Where it blows to, north and east; `None` where no estimate is told.
    pub velocity_mps: Option<[f64; 2]>,
}

/// `CAMERA_FOV_STATUS`: where the camera is, what it sees in the middle and how wide it sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraFootprint {
    pub boot_ms: u32,
    pub camera: Option<Place>,
    /// Above mean sea level.
    pub camera_altitude_m: Option<f64>,
    pub image: Option<Place>,
    pub image_altitude_m: Option<f64>,
    /// w, x, y, z.
    pub quaternion: Option<[f64; 4]>,
    pub horizontal_fov_deg: Option<f64>,
    pub vertical_fov_deg: Option<f64>,
}

/// `GIMBAL_DEVICE_ATTITUDE_STATUS`: where the gimbal points, and whether it is well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gimbal {
    pub boot_ms: u32,
    /// w, x, y, z.
    pub quaternion: Option<[f64; 4]>,
    /// True where yaw is from north, false where it is from the nose; `None` where flags say neither.
    pub yaw_from_north: Option<bool>,
    /// `GIMBAL_DEVICE_ERROR_FLAGS`.
    pub failures: u32,
}

/// A message that is read.
pub(super) struct Known {
    pub(super) id: u32,
    /// Stands for the layout in the checksum.
    pub(super) crc_extra: u8,
    read: fn(Payload<'_>) -> Message,
}

impl Known {
    pub(super) fn read(&self, payload: Payload<'_>) -> Message {
        (self.read)(payload)
    }
}

const fn known(id: u32, crc_extra: u8, read: fn(Payload<'_>) -> Message) -> Known {
    Known { id, crc_extra, read }
}

pub(super) const KNOWN: &[Known] = &[
    known(0, 50, heartbeat),
    known(1, 124, health),
    known(30, 39, attitude),
    known(33, 104, position),
    known(147, 154, battery),
    known(168, 1, wind),
    known(231, 105, wind_with_covariance),
    known(265, 26, mount_orientation),
    known(271, 22, camera_footprint),
    known(285, 137, gimbal),
];

/// A payload, read as if zeros went on behind it, for senders leave them off.
#[derive(Clone, Copy)]
pub(super) struct Payload<'a>(&'a [u8]);

impl<'a> Payload<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn octets<const N: usize>(self, at: usize) -> [u8; N] {
        std::array::from_fn(|index| self.0.get(at + index).copied().unwrap_or(0))
    }

    fn u8(self, at: usize) -> u8 {
        self.octets::<1>(at)[0]
    }

    fn u16(self, at: usize) -> u16 {
        u16::from_le_bytes(self.octets(at))
    }

    fn i16(self, at: usize) -> i16 {
        i16::from_le_bytes(self.octets(at))
    }

    fn u32(self, at: usize) -> u32 {
        u32::from_le_bytes(self.octets(at))
    }

    fn i32(self, at: usize) -> i32 {
        i32::from_le_bytes(self.octets(at))
    }

    /// `None` for what is no finite number.
    fn f32(self, at: usize) -> Option<f64> {
        Some(f64::from(f32::from_le_bytes(self.octets(at)))).filter(|number| number.is_finite())
    }

    fn quaternion(self, at: usize) -> Option<[f64; 4]> {
        let parts = [self.f32(at)?, self.f32(at + 4)?, self.f32(at + 8)?, self.f32(at + 12)?];
        // All zero or far from one is no attitude.
        let size = parts.iter().map(|part| part * part).sum::<f64>();
        (0.5..2.0).contains(&size).then_some(parts)
    }

    /// Latitude and longitude in 1e-7 degrees.
    fn place(self, at: usize) -> Option<Place> {
        let (lat_deg, lon_deg) = (f64::from(self.i32(at)) / 1e7, f64::from(self.i32(at + 4)) / 1e7);
        let on_globe = lat_deg.abs() <= 90.0 && lon_deg.abs() <= 180.0;
        on_globe.then_some(Place { lat_deg, lon_deg })
    }

    fn percent(self, at: usize) -> Option<u8> {
        Some(self.u8(at)).filter(|percent| *percent <= 100)
    }

    /// Hundredths of an ampere, -1 for unknown.
    fn amperes(self, at: usize) -> Option<f64> {
        Some(self.i16(at))
            .filter(|current| *current != -1)
            .map(|current| f64::from(current) / 100.0)
    }
}

fn heartbeat(from: Payload<'_>) -> Message {
    /// `MAV_MODE_FLAG_SAFETY_ARMED`.
    const ARMED: u8 = 128;
    let (kind, autopilot) = (from.u8(4), from.u8(5));
    Message::Heartbeat(Heartbeat {
        kind,
        autopilot,
        armed: from.u8(6) & ARMED != 0,
        state: from.u8(7),
    })
}

fn health(from: Payload<'_>) -> Message {
    let volts = Some(from.u16(14)).filter(|millivolts| *millivolts != u16::MAX);
    Message::Health(Health {
        unwell: from.u32(4) & !from.u32(8),
        battery_v: volts.map(|millivolts| f64::from(millivolts) / 1_000.0),
        battery_a: from.amperes(16),
        battery_percent: from.percent(30),
    })
}

fn attitude(from: Payload<'_>) -> Message {
    let (roll_rad, pitch_rad, yaw_rad) = (from.f32(4), from.f32(8), from.f32(12));
    Message::Attitude(Attitude { boot_ms: from.u32(0), roll_rad, pitch_rad, yaw_rad })
}

fn position(from: Payload<'_>) -> Message {
    let metres = |at| f64::from(from.i32(at)) / 1_000.0;
    let mps = |at| f64::from(from.i16(at)) / 100.0;
    let heading = Some(from.u16(26)).filter(|hundredths| *hundredths != u16::MAX);
    Message::Position(Position {
        boot_ms: from.u32(0),
        place: from.place(4),
        altitude_m: metres(12),
        height_m: metres(16),
        north_mps: mps(20),
        east_mps: mps(22),
        down_mps: mps(24),
        heading_deg: heading.map(|hundredths| f64::from(hundredths) / 100.0),
    })
}

fn battery(from: Payload<'_>) -> Message {
    let temperature = Some(from.i16(8)).filter(|hundredths| *hundredths != i16::MAX);
    let cells =
        (0..10).map(|cell| from.u16(10 + 2 * cell)).filter(|millivolts| *millivolts != u16::MAX);
    let millivolts: u32 = cells.map(u32::from).sum();
    Message::Battery(Battery {
        id: from.u8(32),
        current_a: from.amperes(30),
        percent: from.percent(35),
        temperature_deg_c: temperature.map(|hundredths| f64::from(hundredths) / 100.0),
        voltage_v: (millivolts > 0).then(|| f64::from(millivolts) / 1_000.0),
    })
}

/// Direction is where it comes from, in degrees.
fn wind(from: Payload<'_>) -> Message {
    let velocity = |(direction_deg, speed_mps): (f64, f64)| {
        let (sin, cos) = libm::sincos(direction_deg.to_radians());
        [-speed_mps * cos, -speed_mps * sin]
    };
    Message::Wind(Wind { velocity_mps: from.f32(0).zip(from.f32(4)).map(velocity) })
}

fn wind_with_covariance(from: Payload<'_>) -> Message {
    let velocity = from.f32(8).zip(from.f32(12)).map(|(north_mps, east_mps)| [north_mps, east_mps]);
    Message::Wind(Wind { velocity_mps: velocity })
}

fn mount_orientation(from: Payload<'_>) -> Message {
    let (roll_deg, pitch_deg, yaw_deg) = (from.f32(4), from.f32(8), from.f32(12));
    Message::MountOrientation(MountOrientation {
        boot_ms: from.u32(0),
        roll_deg,
        pitch_deg,
        yaw_deg,
    })
}

fn camera_footprint(from: Payload<'_>) -> Message {
    // The greatest number stands for an unknown.
    let known = |at| from.i32(at) != i32::MAX;
    let altitude = |at| known(at).then(|| f64::from(from.i32(at)) / 1_000.0);
    Message::CameraFootprint(CameraFootprint {
        boot_ms: from.u32(0),
        camera: from.place(4),
        camera_altitude_m: altitude(12),
        image: from.place(16),
        image_altitude_m: altitude(24),
        quaternion: from.quaternion(28),
        horizontal_fov_deg: from.f32(44),
        vertical_fov_deg: from.f32(48),
    })
}

fn gimbal(from: Payload<'_>) -> Message {
    /// `GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME` and `..._IN_EARTH_FRAME`: where yaw counts from.
    const FROM_NOSE: u16 = 32;
    const FROM_NORTH: u16 = 64;
    let flags = from.u16(36);
    let yaw_from_north = match (flags & FROM_NORTH != 0, flags & FROM_NOSE != 0) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    Message::Gimbal(Gimbal {
        boot_ms: from.u32(0),
        quaternion: from.quaternion(4),
        yaw_from_north,
        failures: from.u32(32),
    })
}
