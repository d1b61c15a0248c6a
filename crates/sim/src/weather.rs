//! The air of the night: clear haze, banks of dust and fog that travel, wind.

use std::f64::consts::PI;

use sight::geo::{Azimuth, EnuPoint};

use crate::ground::Ground;
use crate::scenario::{self, Air, Fault, Murk, Scenario};

/// Koschmieder: extinction times visibility at the 2 % contrast threshold (DOMAIN 2).
const KOSCHMIEDER: f64 = 3.912;
/// Extinction by the gases alone, per km (THERMAL.md); no visibility is better than this allows.
const RAYLEIGH_PER_KM: f64 = 0.0116;
/// Places along a line of sight at which the murk is looked up.
const DEPTH_SAMPLES: u32 = 24;

/// Weather as it truly is, everywhere and at every time.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    haze_per_km: f64,
    wind_mps: f64,
    wind_from: Azimuth,
    pub temperature_c: f64,
    fronts: Vec<Front>,
}

#[derive(Debug, Clone, Copy)]
struct Front {
    of: Murk,
    through: EnuPoint,
    at_s: f64,
    towards: Azimuth,
    speed_mps: f64,
    murk_per_km: f64,
    wind_mps: f64,
    gust_mps: f64,
    ramp_m: f64,
    depth_m: f64,
}

/// Weather at one place and time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Local {
    pub visibility_m: f64,
    pub wind_mps: f64,
    pub gust_mps: f64,
    pub wind_from: Azimuth,
    /// Dust takes most of the sight.
    pub dust: bool,
}

/// What lies between an eye and its target, as optical depth at visible wavelengths.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Depth {
    pub haze: f64,
    pub dust: f64,
    pub fog: f64,
}

impl Depth {
    /// All of it, as the eye has it.
    pub(crate) fn visible(&self) -> f64 {
        self.haze + self.dust + self.fog
    }
}

impl Weather {
    pub(crate) fn new(scenario: &Scenario, ground: &Ground) -> Result<Self, Vec<Fault>> {
        let haze_per_km = aerosol_per_km(scenario.air.visibility_m);
        let mut faults = Vec::new();
        let mut fronts = Vec::new();
        for (i, front) in scenario.fronts.iter().enumerate() {
            let Some(through) = ground.point_of(front.reaches) else {
                let field = format!("front[{i}].reaches");
                let problem = "no such km post on this sector's line";
                faults.push(Fault::new(field, &front.reaches, problem));
                continue;
            };
            fronts.push(Front::new(front, through, haze_per_km));
        }
        let air = scenario.air;
        let weather = Self {
            haze_per_km,
            wind_mps: air.wind_mps,
            wind_from: air.wind_from,
            temperature_c: air.temperature_c,
            fronts,
        };
        if faults.is_empty() { Ok(weather) } else { Err(faults) }
    }

    /// Air that is alike everywhere, with murk in it or without.
    pub(crate) fn even(air: &Air, murk: Option<(Murk, f64)>) -> Self {
        let haze_per_km = aerosol_per_km(air.visibility_m);
        let towards = air.wind_from;
        // A quarter of the world behind the leading edge and as much before the end.
        let through = 1e7 * towards.unit();
        let everywhere = |(of, visibility_m): (Murk, f64)| Front {
            of,
            through: EnuPoint::new(through.x, through.y),
            at_s: 0.0,
            towards,
            speed_mps: 0.0,
            murk_per_km: (aerosol_per_km(visibility_m) - haze_per_km).max(0.0),
            wind_mps: air.wind_mps,
            gust_mps: air.wind_mps,
            ramp_m: 1.0,
            depth_m: 2e7,
        };
        Self {
            haze_per_km,
            wind_mps: air.wind_mps,
            wind_from: air.wind_from,
            temperature_c: air.temperature_c,
            fronts: murk.map(everywhere).into_iter().collect(),
        }
    }

    pub(crate) fn at(&self, point: EnuPoint, at_s: f64) -> Local {
        let (dust_per_km, fog_per_km) =
            (self.murk_per_km(Murk::Dust, point, at_s), self.murk_per_km(Murk::Fog, point, at_s));
        let extinction_per_km = RAYLEIGH_PER_KM + self.haze_per_km + dust_per_km + fog_per_km;
        let mut local = Local {
            visibility_m: 1_000.0 * KOSCHMIEDER / extinction_per_km,
            wind_mps: self.wind_mps,
            gust_mps: 1.3 * self.wind_mps,
            wind_from: self.wind_from,
            dust: dust_per_km > self.haze_per_km + fog_per_km,
        };
        for front in &self.fronts {
            // The gust runs one ramp ahead of what it carries.
            let share = front.share(point, at_s, front.ramp_m);
            if share > 0.0 {
                local.wind_mps += share * (front.wind_mps - local.wind_mps).max(0.0);
                local.gust_mps += share * (front.gust_mps - local.gust_mps).max(0.0);
                local.wind_from = Azimuth::from_radians(front.towards.radians() + PI);
            }
        }
        local
    }

    /// Visible optical depth between two points near the ground.
    pub(crate) fn depth(&self, from: EnuPoint, to: EnuPoint, at_s: f64) -> Depth {
        let range_km = from.distance_m(to) / 1_000.0;
        let mut depth = Depth { haze: self.haze_per_km * range_km, ..Depth::default() };
        for front in &self.fronts {
            let murk = range_km * front.mean_per_km(from, to, at_s);
            match front.of {
                Murk::Dust => depth.dust += murk,
                Murk::Fog => depth.fog += murk,
            }
        }
        depth
    }

    fn murk_per_km(&self, of: Murk, point: EnuPoint, at_s: f64) -> f64 {
        let alike = self.fronts.iter().filter(|front| front.of == of);
        alike.map(|front| front.murk_per_km * front.share(point, at_s, 0.0)).sum()
    }
}

impl Front {
    fn new(front: &scenario::Front, through: EnuPoint, haze_per_km: f64) -> Self {
        Self {
            of: front.of,
            through,
            at_s: front.at_s,
            towards: front.towards,
            speed_mps: front.speed_mps,
            murk_per_km: (aerosol_per_km(front.visibility_m) - haze_per_km).max(0.0),
            wind_mps: front.wind_mps,
            gust_mps: front.gust_mps,
            ramp_m: front.ramp_m,
            depth_m: front.depth_m,
        }
    }

    /// Mean extinction between two points.
    fn mean_per_km(&self, from: EnuPoint, to: EnuPoint, at_s: f64) -> f64 {
        if self.behind_m(from, at_s).max(self.behind_m(to, at_s)) <= 0.0 {
            return 0.0;
        }
        let mut sum = 0.0;
        for sample in 0..DEPTH_SAMPLES {
            let share = (f64::from(sample) + 0.5) / f64::from(DEPTH_SAMPLES);
            let point = EnuPoint::new(
                from.east_m + share * (to.east_m - from.east_m),
                from.north_m + share * (to.north_m - from.north_m),
            );
            sum += self.share(point, at_s, 0.0);
        }
        self.murk_per_km * sum / f64::from(DEPTH_SAMPLES)
    }

    /// How far a point lies behind the leading edge, along the front's way.
    fn behind_m(&self, point: EnuPoint, at_s: f64) -> f64 {
        let ahead_m = (point.to_vector() - self.through.to_vector()).dot(&self.towards.unit());
        self.speed_mps * (at_s - self.at_s) - ahead_m
    }

    /// Density at a point as a share of the full one, the edge moved forward by `lead_m`.
    fn share(&self, point: EnuPoint, at_s: f64, lead_m: f64) -> f64 {
        let behind_m = self.behind_m(point, at_s) + lead_m;
        let rise = behind_m / self.ramp_m;
        let fall = (self.depth_m + self.ramp_m - behind_m) / self.ramp_m;
        rise.min(fall).clamp(0.0, 1.0)
    }
}

/// Extinction by haze and dust that belongs to a visibility, per km (THERMAL.md).
fn aerosol_per_km(visibility_m: f64) -> f64 {
    (KOSCHMIEDER / (visibility_m / 1_000.0) - RAYLEIGH_PER_KM).max(0.0)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::fixture;

    fn weather() -> Weather {
        let ground = fixture::ground(|_, _| 0.0);
        Weather::new(&fixture::scenario(fixture::BUSY), &ground).unwrap()
    }

    #[test]
    fn the_front_passes_its_place_at_its_time_and_thickens_behind() {
        let weather = weather();
        let line = EnuPoint::new(0.0, 0.0);

        let before = weather.at(line, 25.0 * 60.0 - 120.0);
        assert_relative_eq!(before.visibility_m, 20_000.0, epsilon = 1.0);
        assert!(!before.dust);
        // The ramp of 600 m passes in 50 s.
        let inside = weather.at(line, 25.0 * 60.0 + 60.0);
        assert_relative_eq!(inside.visibility_m, 300.0, epsilon = 1.0);
        assert_relative_eq!(inside.wind_mps, 17.0, epsilon = 1e-9);
        assert_relative_eq!(inside.wind_from.degrees(), 270.0, epsilon = 1e-9);
        assert!(inside.dust);
    }

    #[test]
    fn the_gust_comes_before_the_dust() {
        let weather = weather();
        let edge = weather.at(EnuPoint::new(0.0, 0.0), 25.0 * 60.0);

        assert!(!edge.dust);
        assert!(edge.wind_mps > 15.0);
    }

    #[test]
    fn even_dust_is_the_same_at_both_ends_of_a_sector_all_night() {
        let air = fixture::scenario(fixture::BUSY).air;
        let weather = Weather::even(&air, Some((Murk::Dust, 400.0)));

        for (east_m, at_s) in [(-60e3, 0.0), (60e3, 30_000.0)] {
            let here = weather.at(EnuPoint::new(east_m, east_m), at_s);
            assert_relative_eq!(here.visibility_m, 400.0, epsilon = 1e-6);
            assert_relative_eq!(here.wind_mps, air.wind_mps);
            assert!(here.dust);
        }
    }

    #[test]
    fn fog_is_not_dust() {
        let ground = fixture::ground(|_, _| 0.0);
        let foggy = fixture::BUSY.replace("of = \"dust\"", "of = \"fog\"");
        let weather = Weather::new(&fixture::scenario(&foggy), &ground).unwrap();

        let inside = weather.at(EnuPoint::new(0.0, 0.0), 25.0 * 60.0 + 60.0);
        assert_relative_eq!(inside.visibility_m, 300.0, epsilon = 1.0);
        assert!(!inside.dust);
        let depth =
            weather.depth(EnuPoint::new(0.0, 0.0), EnuPoint::new(100.0, 0.0), 25.0 * 60.0 + 120.0);
        assert_relative_eq!(depth.dust, 0.0);
        assert!(depth.fog > 1.0);
    }

    #[test]
    fn optical_depth_is_visibility_counted_along_the_way() {
        let weather = weather();
        let (west, east) = (EnuPoint::new(-3_000.0, 0.0), EnuPoint::new(-1_000.0, 0.0));

        let clear = weather.depth(west, east, 0.0);
        assert_relative_eq!(clear.haze, 2.0 * (3.912 / 20.0 - 0.0116), epsilon = 1e-9);
        assert_relative_eq!(clear.dust, 0.0);
        let thick = weather.depth(west, east, 30.0 * 60.0);
        assert_relative_eq!(thick.haze + thick.dust, 2.0 * (3.912 / 0.3 - 0.0116), epsilon = 1e-6);
        assert_relative_eq!(
            weather.depth(east, west, 30.0 * 60.0).dust,
            thick.dust,
            epsilon = 1e-9
        );
    }
}
