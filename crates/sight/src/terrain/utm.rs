//! Universal transverse Mercator on WGS84, both ways.

use crate::geo::{WGS84_A_M, WGS84_F};

/// Third flattening.
const N: f64 = WGS84_F / (2.0 - WGS84_F);
/// Scale on the central meridian.
const SCALE: f64 = 0.9996;
/// Easting of the central meridian.
const FALSE_EASTING_M: f64 = 500_000.0;
/// Northing of the equator in southern zones.
const FALSE_NORTHING_M: f64 = 10_000_000.0;

/// A zone of the grid.
///
/// The Krueger series to sixth order in the third flattening (Karney, *Transverse Mercator with an accuracy of a
/// few nanometers*, J. Geodesy 85, 2011, equations 11, 12, 35 and 36): exact to nanometres within 30 degrees of
/// the central meridian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtmZone {
    /// 1 to 60.
    zone: u8,
    south: bool,
}

impl UtmZone {
    /// The zone of an EPSG number, 32601 to 32660 and 32701 to 32760; `None` for any other.
    pub fn from_epsg(code: u16) -> Option<Self> {
        let (south, zone) = match code {
            32601..=32660 => (false, code - 32600),
            32701..=32760 => (true, code - 32700),
            _ => return None,
        };
        Some(Self { zone: u8::try_from(zone).ok()?, south })
    }

    /// Longitude of the central meridian.
    pub fn central_deg(self) -> f64 {
        f64::from(self.zone) * 6.0 - 183.0
    }

    fn northing_of_equator_m(self) -> f64 {
        if self.south { FALSE_NORTHING_M } else { 0.0 }
    }

    /// Easting and northing in metres of a longitude and latitude in degrees.
    pub fn project(self, lon_deg: f64, lat_deg: f64) -> (f64, f64) {
        let (sin_lon, cos_lon) = libm::sincos((lon_deg - self.central_deg()).to_radians());
        let tau = libm::tan(lat_deg.to_radians());
        let conformal = conformal_tan(tau);
        let xi = libm::atan2(conformal, cos_lon);
        let eta = libm::asinh(sin_lon / libm::hypot(conformal, cos_lon));
        let (mut x, mut y) = (eta, xi);
        for (at, alpha) in (1_u8..).zip(ALPHA) {
            let twice = 2.0 * f64::from(at);
            x += alpha * libm::cos(twice * xi) * libm::sinh(twice * eta);
            y += alpha * libm::sin(twice * xi) * libm::cosh(twice * eta);
        }
        let radius_m = SCALE * rectifying_radius_m();
        (FALSE_EASTING_M + radius_m * x, self.northing_of_equator_m() + radius_m * y)
    }

    /// Longitude and latitude in degrees of an easting and northing in metres.
    pub fn unproject(self, easting_m: f64, northing_m: f64) -> (f64, f64) {
        let radius_m = SCALE * rectifying_radius_m();
        let x = (easting_m - FALSE_EASTING_M) / radius_m;
        let y = (northing_m - self.northing_of_equator_m()) / radius_m;
        let (mut eta, mut xi) = (x, y);
        for (at, beta) in (1_u8..).zip(BETA) {
            let twice = 2.0 * f64::from(at);
            eta -= beta * libm::cos(twice * y) * libm::sinh(twice * x);
            xi -= beta * libm::sin(twice * y) * libm::cosh(twice * x);
        }
        let conformal = libm::sin(xi) / libm::hypot(libm::sinh(eta), libm::cos(xi));
        let lon = libm::atan2(libm::sinh(eta), libm::cos(xi));
        (self.central_deg() + lon.to_degrees(), libm::atan(geographic_tan(conformal)).to_degrees())
    }
}

/// Radius of the sphere whose meridian is as long as the ellipsoid's.
fn rectifying_radius_m() -> f64 {
    let n2 = N * N;
    WGS84_A_M / (1.0 + N) * (1.0 + n2 / 4.0 + n2 * n2 / 64.0 + n2 * n2 * n2 / 256.0)
}

fn eccentricity() -> f64 {
    libm::sqrt(WGS84_F * (2.0 - WGS84_F))
}

/// Tangent of the conformal latitude from that of the geographic one (Karney's equations 7 to 9).
fn conformal_tan(tau: f64) -> f64 {
    let e = eccentricity();
    let sigma = libm::sinh(e * libm::atanh(e * tau / libm::hypot(1.0, tau)));
    tau * libm::hypot(1.0, sigma) - sigma * libm::hypot(1.0, tau)
}

/// The inverse, by Newton's method (Karney's equations 19 to 21): three rounds reach the last digit.
fn geographic_tan(conformal: f64) -> f64 {
    let e2 = WGS84_F * (2.0 - WGS84_F);
    let mut tau = conformal / (1.0 - e2);
    for _ in 0..5 {
        let got = conformal_tan(tau);
        let slope = (1.0 - e2) * libm::hypot(1.0, got) * libm::hypot(1.0, tau)
            / (1.0 + (1.0 - e2) * tau * tau);
        tau += (conformal - got) / slope;
    }
    tau
}

/// Powers of the third flattening, the first to the sixth.
const POWERS: [f64; 6] =
    [N, N * N, N * N * N, N * N * N * N, N * N * N * N * N, N * N * N * N * N * N];

/// A polynomial in the third flattening from its first power on.
const fn series(terms: [f64; 6]) -> f64 {
    terms[0] * POWERS[0]
        + terms[1] * POWERS[1]
        + terms[2] * POWERS[2]
        + terms[3] * POWERS[3]
        + terms[4] * POWERS[4]
        + terms[5] * POWERS[5]
}

/// Karney's equation 35.
const ALPHA: [f64; 6] = [
    series([1.0 / 2.0, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7_891.0 / 37_800.0]),
    series([
        0.0,
        13.0 / 48.0,
        -3.0 / 5.0,
        557.0 / 1_440.0,
        281.0 / 630.0,
        -1_983_433.0 / 1_935_360.0,
    ]),
    series([0.0, 0.0, 61.0 / 240.0, -103.0 / 140.0, 15_061.0 / 26_880.0, 167_603.0 / 181_440.0]),
    series([0.0, 0.0, 0.0, 49_561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0]),
    series([0.0, 0.0, 0.0, 0.0, 34_729.0 / 80_640.0, -3_418_889.0 / 1_995_840.0]),
    series([0.0, 0.0, 0.0, 0.0, 0.0, 212_378_941.0 / 319_334_400.0]),
];

/// Karney's equation 36.
const BETA: [f64; 6] = [
    series([1.0 / 2.0, -2.0 / 3.0, 37.0 / 96.0, -1.0 / 360.0, -81.0 / 512.0, 96_199.0 / 604_800.0]),
    series([
        0.0,
        1.0 / 48.0,
        1.0 / 15.0,
        -437.0 / 1_440.0,
        46.0 / 105.0,
        -1_118_711.0 / 3_870_720.0,
    ]),
    series([0.0, 0.0, 17.0 / 480.0, -37.0 / 840.0, -209.0 / 4_480.0, 5_569.0 / 90_720.0]),
    series([0.0, 0.0, 0.0, 4_397.0 / 161_280.0, -11.0 / 504.0, -830_251.0 / 7_257_600.0]),
    series([0.0, 0.0, 0.0, 0.0, 4_583.0 / 161_280.0, -108_847.0 / 3_991_680.0]),
    series([0.0, 0.0, 0.0, 0.0, 0.0, 20_648_693.0 / 638_668_800.0]),
];

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    /// Places as PROJ 9.1 gives them (`cs2cs -f %.6f EPSG:4326 EPSG:32637`).
    #[test]
    fn places_fall_where_proj_puts_them() {
        for (code, lon_deg, lat_deg, easting_m, northing_m) in [
            (32637, 41.0, 34.425, 683_784.340_241, 3_811_094.574_031),
            (32631, 1.5, 42.5, 376_749.547_962, 4_706_383.170_451),
            (32719, -71.25, -28.5, 279_772.807_210, 6_845_344.056_127),
            (32631, 9.5, 78.25, 647_475.712_845, 8_694_469.495_025),
        ] {
            let (east_m, north_m) = UtmZone::from_epsg(code).unwrap().project(lon_deg, lat_deg);

            assert_relative_eq!(east_m, easting_m, epsilon = 1e-6);
            assert_relative_eq!(north_m, northing_m, epsilon = 1e-6);
        }
    }

    #[test]
    fn only_zones_on_wgs84_are_known() {
        for code in [32600, 32661, 32700, 32761, 4326, 25831] {
            assert_eq!(UtmZone::from_epsg(code), None, "{code}");
        }
        assert_relative_eq!(UtmZone::from_epsg(32637).unwrap().central_deg(), 39.0);
    }

    proptest! {
        #[test]
        fn a_place_comes_back_to_a_tenth_of_a_micrometre(
            zone in 1_u16..=60, south in 0_u16..2, off_deg in -6.0..6.0, lat_deg in -84.0..84.0,
        ) {
            let zone = UtmZone::from_epsg(32600 + 100 * south + zone).unwrap();
            let lon_deg = zone.central_deg() + off_deg;

            let (easting_m, northing_m) = zone.project(lon_deg, lat_deg);
            let (back_lon_deg, back_lat_deg) = zone.unproject(easting_m, northing_m);

            prop_assert!((back_lon_deg - lon_deg).abs() < 1e-12 && (back_lat_deg - lat_deg).abs() < 1e-12);
        }
    }
}
