//! Universal Transverse Mercator to longitude and latitude.
//!
//! Series of Krüger (1912) in the form of Karney, "Transverse Mercator with an accuracy of a few
//! nanometers" (2011), to the fourth order: below a millimetre within a zone.

use sight::geo::{WGS84_A_M, WGS84_F, Wgs84};

const SCALE: f64 = 0.9996;
const FALSE_EASTING_M: f64 = 500_000.0;
const FALSE_NORTHING_SOUTH_M: f64 = 10_000_000.0;
/// Zones overlap by custom; farther out the place belongs to another zone or is a slip.
const EASTING_M: std::ops::RangeInclusive<f64> = 100_000.0..=900_000.0;

/// A zone such as `38N`: a number and a hemisphere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zone {
    number: u8,
    is_south: bool,
}

impl Zone {
    /// Reads `38N` or `38S`. A latitude band of MGRS is refused: its `S` lies in the north.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (digits, hemisphere) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let number = digits.trim().parse().ok().filter(|number| (1..=60).contains(number))?;
        match hemisphere {
            "N" | "n" => Some(Self { number, is_south: false }),
            "S" | "s" => Some(Self { number, is_south: true }),
            _ => None,
        }
    }
}

/// The place at an easting and northing in metres; `None` when it lies far outside the zone.
pub(super) fn place(zone: Zone, easting_m: f64, northing_m: f64) -> Option<Wgs84> {
    if !EASTING_M.contains(&easting_m) || !(0.0..=FALSE_NORTHING_SOUTH_M).contains(&northing_m) {
        return None;
    }
    let false_northing_m = if zone.is_south { FALSE_NORTHING_SOUTH_M } else { 0.0 };
    let n = WGS84_F / (2.0 - WGS84_F);
    let (n2, n3, n4) = (n * n, n.powi(3), n.powi(4));
    let rectifying_m = WGS84_A_M / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0);
    let xi = (northing_m - false_northing_m) / (SCALE * rectifying_m);
    let eta = (easting_m - FALSE_EASTING_M) / (SCALE * rectifying_m);
    let beta = [
        n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - n4 / 360.0,
        n2 / 48.0 + n3 / 15.0 - 437.0 / 1_440.0 * n4,
        17.0 / 480.0 * n3 - 37.0 / 840.0 * n4,
        4_397.0 / 161_280.0 * n4,
    ];
    let (mut xi0, mut eta0) = (xi, eta);
    for (order, beta) in (1_u8..).zip(beta) {
        let turns = 2.0 * f64::from(order);
        xi0 -= beta * (turns * xi).sin() * (turns * eta).cosh();
        eta0 -= beta * (turns * xi).cos() * (turns * eta).sinh();
    }
    let tau_conformal = xi0.sin() / eta0.sinh().hypot(xi0.cos());
    let lat_deg = geodetic_tangent(tau_conformal).atan().to_degrees();
    let central_deg = f64::from(zone.number) * 6.0 - 183.0;
    let lon_deg = central_deg + eta0.sinh().atan2(xi0.cos()).to_degrees();
    Wgs84::new(lon_deg, lat_deg).ok()
}

/// Tangent of the geodetic latitude from that of the conformal one, by Newton's method.
fn geodetic_tangent(tau_conformal: f64) -> f64 {
    let e2 = sight::geo::WGS84_E2;
    let e = e2.sqrt();
    let mut tau = tau_conformal;
    for _ in 0..4 {
        let sigma = (e * (e * tau / tau.hypot(1.0)).atanh()).sinh();
        let got = tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0);
        let slope = (1.0 + (1.0 - e2) * tau * tau) / ((1.0 - e2) * got.hypot(1.0) * tau.hypot(1.0));
        tau += (tau_conformal - got) * slope;
    }
    tau
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_agree_with_proj() {
        // pyproj 3.7, EPSG:326xx and EPSG:327xx to EPSG:4326.
        for (zone, easting_m, northing_m, lon_deg, lat_deg) in [
            ("38N", 316_000.0, 3_800_000.0, 43.000_033_538_2, 34.324_967_864_2),
            ("31N", 372_000.0, 4_710_000.0, 1.441_407_677_0, 42.531_789_562_5),
            ("19S", 350_000.0, 6_300_000.0, -70.613_491_209_5, -33.428_898_205_9),
            ("37N", 820_000.0, 3_850_000.0, 42.495_083_322_5, 34.742_012_050_4),
            ("1N", 500_000.0, 0.0, -177.0, 0.0),
        ] {
            let place = place(Zone::parse(zone).unwrap(), easting_m, northing_m).unwrap();

            assert!((place.lon_deg() - lon_deg).abs() < 1e-9, "{zone}: {place:?}");
            assert!((place.lat_deg() - lat_deg).abs() < 1e-9, "{zone}: {place:?}");
        }
    }

    #[test]
    fn a_band_letter_or_a_zone_that_does_not_exist_is_refused() {
        for wrong in ["", "N", "38", "0N", "61N", "38R", "38é", "-1N"] {
            assert_eq!(Zone::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_place_far_outside_its_zone_is_refused() {
        let zone = Zone::parse("38N").unwrap();

        assert_eq!(place(zone, 5.0e6, 3.8e6), None);
        assert_eq!(place(zone, 5.0e5, f64::NAN), None);
    }
}
