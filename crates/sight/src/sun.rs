//! Where the sun stands: whether it is dark at a place and time.

use jiff::Timestamp;

use crate::crossing::Light;
use crate::geo::Wgs84;

/// Below this it is night: the end of civil twilight, after which people need lamps to work outside.
const CIVIL_DUSK_DEG: f64 = -6.0;
/// Julian day of 2000 January 1, 12:00, and of the Unix epoch.
const J2000_DAY: f64 = 2_451_545.0;
const EPOCH_DAY: f64 = 2_440_587.5;
const DAY_S: f64 = 86_400.0;

/// Height of the sun's middle above the true horizon, degrees, without refraction.
///
/// The Astronomical Almanac's approximation as Michalsky (Solar Energy 40, 1988) gives it: within 0.01 degrees from 1950 to
/// 2050. Refraction, 0.5 degrees at the horizon, is left out: it matters at sunrise, not at the end of twilight.
pub fn sun_altitude_deg(place: Wgs84, at: Timestamp) -> f64 {
    let unix_s = at.as_duration().as_secs_f64();
    let days = unix_s / DAY_S + EPOCH_DAY - J2000_DAY;
    let hours = (unix_s / DAY_S - libm::floor(unix_s / DAY_S)) * 24.0;
    let mean_longitude_deg = 280.460 + 0.985_647_4 * days;
    let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
    let longitude =
        (mean_longitude_deg + 1.915 * libm::sin(anomaly) + 0.020 * libm::sin(2.0 * anomaly))
            .to_radians();
    let obliquity = (23.439 - 4e-7 * days).to_radians();
    let sin_declination = libm::sin(obliquity) * libm::sin(longitude);
    let ascension = libm::atan2(libm::cos(obliquity) * libm::sin(longitude), libm::cos(longitude));
    let sidereal_h = 6.697_375 + 0.065_709_824_2 * days + hours;
    let hour_angle = (15.0 * sidereal_h + place.lon_deg()).to_radians() - ascension;
    let (sin_lat, cos_lat) = libm::sincos(place.lat_deg().to_radians());
    let cos_declination = libm::sqrt(1.0 - sin_declination * sin_declination);
    let sine = sin_declination * sin_lat + cos_declination * cos_lat * libm::cos(hour_angle);
    libm::asin(sine.clamp(-1.0, 1.0)).to_degrees()
}

/// Night after civil twilight. The moon is not asked: the sector's settings say what the dark leaves.
pub fn light(place: Wgs84, at: Timestamp) -> Light {
    if sun_altitude_deg(place, at) < CIVIL_DUSK_DEG { Light::Night } else { Light::Day }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn altitude(lon_deg: f64, lat_deg: f64, at: &str) -> f64 {
        sun_altitude_deg(Wgs84::new(lon_deg, lat_deg).unwrap(), at.parse().unwrap())
    }

    #[test]
    fn at_the_equinox_the_sun_passes_over_the_equator() {
        // 2026 March 20, 14:46 UTC. The sun is 7.4 minutes late then, so it is highest over Greenwich at 12:07.4.
        assert_abs_diff_eq!(altitude(0.0, 0.0, "2026-03-20T12:07:24Z"), 90.0, epsilon = 0.15);
        assert_abs_diff_eq!(altitude(0.0, 90.0, "2026-03-20T14:46:00Z"), 0.0, epsilon = 0.01);
    }

    #[test]
    fn at_the_solstices_noon_is_as_high_as_the_tilt_of_the_earth_makes_it() {
        // Noon at 40 degrees east is 9:20 UTC, two minutes later in June and two earlier in December by the equation of time.
        let noon = |day: &str| {
            let minutes =
                (0..60).map(|minute| altitude(40.0, 34.0, &format!("{day}T09:{minute:02}:00Z")));
            minutes.fold(f64::NEG_INFINITY, f64::max)
        };
        assert_abs_diff_eq!(noon("2026-06-21"), 90.0 - 34.0 + 23.44, epsilon = 0.02);
        assert_abs_diff_eq!(noon("2026-12-21"), 90.0 - 34.0 - 23.44, epsilon = 0.02);
    }

    /// The almanac's sunset is when the upper limb leaves the horizon, refraction included: the middle at -0.833 degrees.
    /// Greenwich, 2026 June 21: 20:21 UTC.
    #[test]
    fn sunset_comes_when_the_almanac_says() {
        assert_abs_diff_eq!(altitude(0.0, 51.48, "2026-06-21T20:21:00Z"), -0.833, epsilon = 0.15);
    }

    #[test]
    fn a_desert_night_is_dark_and_its_evening_is_not() {
        let place = Wgs84::new(41.0, 34.4).unwrap();
        let dark = |at: &str| light(place, at.parse().unwrap()) == Light::Night;

        assert!(dark("2026-03-31T21:00:00Z") && !dark("2026-03-31T09:00:00Z"));
        // Sunset is near 15:25 UTC; half an hour later there is light left, an hour later there is not.
        assert!(!dark("2026-03-31T15:40:00Z") && dark("2026-03-31T16:25:00Z"));
    }

    proptest! {
        #[test]
        fn the_sun_never_stands_higher_than_latitude_allows(
            lon_deg in -180.0..180.0, lat_deg in -90.0..90.0_f64, seconds in 0..4_000_000_000_i64,
        ) {
            let place = Wgs84::new(lon_deg, lat_deg).unwrap();
            let altitude_deg = sun_altitude_deg(place, Timestamp::from_second(seconds).unwrap());

            prop_assert!(altitude_deg <= 90.0 - (lat_deg.abs() - 23.45).max(0.0));
            prop_assert!(altitude_deg >= -90.0 + (lat_deg.abs() - 23.45).max(0.0));
        }
    }
}
