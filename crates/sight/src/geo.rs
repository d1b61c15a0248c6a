//! Places and frames: WGS84, a sector's tangent plane, azimuths.

use nalgebra::{Matrix3, Vector2, Vector3};
use serde::{Deserialize, Serialize};

/// Semi-major axis of the WGS84 ellipsoid.
pub const WGS84_A_M: f64 = 6_378_137.0;
/// Flattening of the WGS84 ellipsoid.
pub const WGS84_F: f64 = 1.0 / 298.257_223_563;
/// First eccentricity squared of the WGS84 ellipsoid.
pub const WGS84_E2: f64 = WGS84_F * (2.0 - WGS84_F);

/// A place on the WGS84 ellipsoid, in degrees; always finite and on the globe.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wgs84 {
    lon_deg: f64,
    lat_deg: f64,
}

/// Why a pair of numbers is not a place.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PlaceError {
    #[error("longitude must be between -180 and 180 degrees, got {0}")]
    Longitude(f64),
    #[error("latitude must be between -90 and 90 degrees, got {0}")]
    Latitude(f64),
}

impl Wgs84 {
    /// Accepts longitude and latitude in degrees, in that order.
    pub fn new(lon_deg: f64, lat_deg: f64) -> Result<Self, PlaceError> {
        if !(-180.0..=180.0).contains(&lon_deg) {
            return Err(PlaceError::Longitude(lon_deg));
        }
        if !(-90.0..=90.0).contains(&lat_deg) {
            return Err(PlaceError::Latitude(lat_deg));
        }
        Ok(Self { lon_deg, lat_deg })
    }

    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }

    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// Earth-centred, earth-fixed coordinates at a height above the ellipsoid.
    pub fn to_ecef(self, height_m: f64) -> Vector3<f64> {
        let (sin_lat, cos_lat) = libm::sincos(self.lat_deg.to_radians());
        let (sin_lon, cos_lon) = libm::sincos(self.lon_deg.to_radians());
        let normal_m = WGS84_A_M / libm::sqrt(1.0 - WGS84_E2 * sin_lat * sin_lat);
        Vector3::new(
            (normal_m + height_m) * cos_lat * cos_lon,
            (normal_m + height_m) * cos_lat * sin_lon,
            (normal_m * (1.0 - WGS84_E2) + height_m) * sin_lat,
        )
    }
}

/// Metres of one degree of latitude and of longitude at a latitude: (along the meridian, along the parallel).
pub fn metres_per_degree(lat_deg: f64) -> (f64, f64) {
    let (sin_lat, cos_lat) = libm::sincos(lat_deg.to_radians());
    let w2 = 1.0 - WGS84_E2 * sin_lat * sin_lat;
    let normal_m = WGS84_A_M / libm::sqrt(w2);
    let meridian_m = normal_m * (1.0 - WGS84_E2) / w2;
    (meridian_m.to_radians(), (normal_m * cos_lat).to_radians())
}

/// A point in a sector's local plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EnuPoint {
    pub east_m: f64,
    pub north_m: f64,
}

impl EnuPoint {
    pub fn new(east_m: f64, north_m: f64) -> Self {
        Self { east_m, north_m }
    }

    pub fn to_vector(self) -> Vector2<f64> {
        Vector2::new(self.east_m, self.north_m)
    }

    pub fn distance_m(self, other: Self) -> f64 {
        libm::hypot(self.east_m - other.east_m, self.north_m - other.north_m)
    }

    /// The direction from here to `other`.
    pub fn azimuth_to(self, other: Self) -> Azimuth {
        Azimuth::from_radians(libm::atan2(other.east_m - self.east_m, other.north_m - self.north_m))
    }
}

/// A compass direction in radians, clockwise from true north, in 0..2π.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Azimuth(f64);

impl Azimuth {
    pub fn from_radians(radians: f64) -> Self {
        let turn = std::f64::consts::TAU;
        let wrapped = radians - turn * libm::floor(radians / turn);
        Self(if wrapped >= turn { 0.0 } else { wrapped })
    }

    pub fn from_degrees(degrees: f64) -> Self {
        Self::from_radians(degrees.to_radians())
    }

    pub fn radians(self) -> f64 {
        self.0
    }

    pub fn degrees(self) -> f64 {
        self.0.to_degrees()
    }

    /// East and north components of the unit vector that points this way.
    pub fn unit(self) -> Vector2<f64> {
        let (sin, cos) = libm::sincos(self.0);
        Vector2::new(sin, cos)
    }

    /// Signed smallest turn from `other` to here, in -π..=π, clockwise positive.
    pub fn minus(self, other: Self) -> f64 {
        wrap_angle(self.0 - other.0)
    }
}

/// Brings an angle into -π..=π.
pub fn wrap_angle(radians: f64) -> f64 {
    let turn = std::f64::consts::TAU;
    radians - turn * libm::floor(radians / turn + 0.5)
}

/// The angle above the local level at which `from_m` sees `to_m` (heights above sea) over a ground range.
///
/// The level falls away by `(1 - k) d² / 2R`, as the ray tracer has it: 49 m at 25 km, which a flat plane
/// leaves out. Against ECEF the angle is off by less than 0.03 mrad up to 25 km and 2 km of height (a test
/// holds that).
pub fn elevation_rad(range_m: f64, from_m: f64, to_m: f64, refraction: f64) -> f64 {
    let fall_m = (1.0 - refraction) * range_m * range_m / (2.0 * WGS84_A_M);
    libm::atan2(to_m - from_m - fall_m, range_m)
}

/// The height above sea of what is seen at an angle above the local level over a ground range: the inverse of
/// [`elevation_rad`].
pub fn height_seen_m(range_m: f64, from_m: f64, elevation_rad: f64, refraction: f64) -> f64 {
    let fall_m = (1.0 - refraction) * range_m * range_m / (2.0 * WGS84_A_M);
    from_m + range_m * libm::tan(elevation_rad) + fall_m
}

/// A tangent plane to the ellipsoid: the metric frame of a sector.
///
/// A point is dropped onto the plane along the plane's own normal, so distances shrink by about
/// `d² / 2R²`: 0.6 m in 50 km at 50 km from the origin. Sectors stay below 50 km from theirs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LocalFrame {
    origin: Wgs84,
    origin_ecef_m: Vector3<f64>,
    enu_from_ecef: Matrix3<f64>,
}

impl LocalFrame {
    pub fn at(origin: Wgs84) -> Self {
        let (sin_lat, cos_lat) = libm::sincos(origin.lat_deg.to_radians());
        let (sin_lon, cos_lon) = libm::sincos(origin.lon_deg.to_radians());
        #[rustfmt::skip]
        let enu_from_ecef = Matrix3::new(
            -sin_lon,            cos_lon,           0.0,
            -sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat,
             cos_lat * cos_lon,  cos_lat * sin_lon, sin_lat,
        );
        Self { origin, origin_ecef_m: origin.to_ecef(0.0), enu_from_ecef }
    }

    pub fn origin(&self) -> Wgs84 {
        self.origin
    }

    /// East, north and up of a place at a height above the ellipsoid.
    pub fn enu_from_wgs84(&self, place: Wgs84, height_m: f64) -> Vector3<f64> {
        self.enu_from_ecef * (place.to_ecef(height_m) - self.origin_ecef_m)
    }

    /// Where a place at ground level falls on the plane (height zero: the sector's frame is planimetric).
    pub fn point(&self, place: Wgs84) -> EnuPoint {
        let enu = self.enu_from_wgs84(place, 0.0);
        EnuPoint::new(enu.x, enu.y)
    }

    /// The direction on the plane in which a true azimuth at a place points.
    ///
    /// True north at a place and the plane's own differ by the convergence of the meridians: 2.7 mrad at
    /// 25 km to the east at 34 N, more than a good camera's error. Goes through ECEF.
    pub fn plane_azimuth(&self, at: Wgs84, azimuth: Azimuth) -> Azimuth {
        let ahead = azimuth.unit();
        let enu = self.enu_from_ecef
            * Self::at(at).enu_from_ecef.transpose()
            * Vector3::new(ahead.x, ahead.y, 0.0);
        Azimuth::from_radians(libm::atan2(enu.x, enu.y))
    }

    /// The true azimuth at a place of a direction on the plane: undoes [`LocalFrame::plane_azimuth`].
    pub fn true_azimuth(&self, at: Wgs84, on_plane: Azimuth) -> Azimuth {
        // The planes are turned against each other and hardly tilted: the second round gains nothing to speak of.
        let mut azimuth = on_plane;
        for _ in 0..2 {
            let off_rad = self.plane_azimuth(at, azimuth).minus(on_plane);
            azimuth = Azimuth::from_radians(azimuth.radians() - off_rad);
        }
        azimuth
    }

    /// The place whose [`LocalFrame::point`] is `point`.
    pub fn place(&self, point: EnuPoint) -> Wgs84 {
        let (north_scale, east_scale) = metres_per_degree(self.origin.lat_deg);
        let mut guess = Wgs84 {
            lon_deg: self.origin.lon_deg + point.east_m / east_scale,
            lat_deg: self.origin.lat_deg + point.north_m / north_scale,
        };
        // The plane is nearly linear in degrees, so each round gains some five digits.
        for _ in 0..4 {
            let got = self.point(guess);
            let (north_here, east_here) = metres_per_degree(guess.lat_deg);
            guess.lon_deg += (point.east_m - got.east_m) / east_here;
            guess.lat_deg += (point.north_m - got.north_m) / north_here;
        }
        guess
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_degree_of_latitude_at_the_equator_is_110_574_m() {
        let (north_m, east_m) = metres_per_degree(0.0);

        assert_relative_eq!(north_m, 110_574.27, epsilon = 0.01);
        assert_relative_eq!(east_m, 111_319.49, epsilon = 0.01);
    }

    #[test]
    fn the_origin_of_a_frame_is_its_zero() {
        let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());

        let enu = frame.enu_from_wgs84(frame.origin(), 12.0);

        assert_relative_eq!(enu, Vector3::new(0.0, 0.0, 12.0), epsilon = 1e-8);
    }

    #[test]
    fn places_off_the_globe_are_refused() {
        assert_eq!(Wgs84::new(181.0, 0.0), Err(PlaceError::Longitude(181.0)));
        assert!(Wgs84::new(0.0, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn a_point_comes_back_from_its_place(east_m in -50e3..50e3, north_m in -50e3..50e3) {
            let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());

            let point = frame.point(frame.place(EnuPoint::new(east_m, north_m)));

            prop_assert!(point.distance_m(EnuPoint::new(east_m, north_m)) < 1e-6);
        }

        #[test]
        fn a_sight_line_s_angles_are_those_of_earth_centred_coordinates(
            east_m in -25e3..25e3, north_m in -25e3..25e3,
            azimuth_deg in 0.0..360.0, range_m in 500.0..25e3,
            from_m in 0.0..2_000.0, to_m in 0.0..2_000.0,
        ) {
            let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
            let stand = EnuPoint::new(east_m, north_m);
            let ahead: Vector2<f64> = Azimuth::from_degrees(azimuth_deg).unit() * range_m;
            let seen = EnuPoint::new(east_m + ahead.x, north_m + ahead.y);
            let (from, to) = (frame.place(stand), frame.place(seen));
            let local = LocalFrame::at(from);
            let line = local.enu_from_ecef * (to.to_ecef(to_m) - from.to_ecef(from_m));
            let exact_rad = libm::atan2(line.z, libm::hypot(line.x, line.y));
            let exact = Azimuth::from_radians(libm::atan2(line.x, line.y));

            let elevation = elevation_rad(range_m, from_m, to_m, 0.0);
            let azimuth = frame.true_azimuth(from, stand.azimuth_to(seen));

            prop_assert!((elevation - exact_rad).abs() < 3e-5 + 4e-4 * exact_rad.abs(), "{elevation} {exact_rad}");
            prop_assert!(azimuth.minus(exact).abs() < 2e-5, "{}", azimuth.minus(exact));
            let back = frame.plane_azimuth(from, azimuth);
            prop_assert!(back.minus(stand.azimuth_to(seen)).abs() < 1e-8);
        }

        #[test]
        fn azimuths_wrap_into_one_turn(degrees in -1e4..1e4) {
            let azimuth = Azimuth::from_degrees(degrees);

            prop_assert!((0.0..std::f64::consts::TAU).contains(&azimuth.radians()));
        }
    }
}
