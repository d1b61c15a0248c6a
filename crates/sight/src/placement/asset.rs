//! What can be placed: asset classes, their figures, and the share of the time that a piece looks at all.

use serde::{Deserialize, Serialize};

use crate::geo::{EnuPoint, Wgs84};
use crate::sector::{
    GroundFigures, ObserverFigures, Optics, PlatformLimits, Sector, Sensor, SensorId, SensorKind,
    Settings, Text,
};

/// What is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssetClass {
    /// A mast that looks all round.
    Tower,
    /// A camera with a field of regard: its facing is chosen too.
    Camera,
    /// An orbit that some drones fly by turns.
    Drone,
    /// A tethered balloon.
    Balloon,
    /// An observer that moves along a leg.
    Patrol,
    /// People at a road or gate who can be there tomorrow and elsewhere the day after.
    Checkpoint,
}

/// How drones share an orbit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Orbit {
    pub drones: u32,
    /// In the air from start to landing.
    pub endurance_s: f64,
    /// On the ground between two flights.
    pub turnaround_s: f64,
    pub speed_mps: f64,
}

/// A class with the figures of its pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    pub class: AssetClass,
    /// Range, height, field of regard, revisit time and kind; its place and facing are what is chosen.
    pub sensor: Sensor,
    /// How many facings are tried at each place; 1 where the sensor looks all round.
    pub facings: u32,
    /// Length of a patrol's leg, and the distance of the places on it from which it looks.
    pub leg_m: f64,
    pub leg_stop_m: f64,
    pub orbit: Orbit,
}

impl Asset {
    /// The class with the figures of `like`, or with assumed figures of its own.
    ///
    /// Assumed are: a tower of 20 m and a mast of 8 m with a 640 x 512 thermal camera of 75 mm; a drone at 120 m with 35 mm and a
    /// balloon at 250 m with 120 mm; a checkpoint that stops nine of ten within 60 m; orbits flown by one drone of 90 minutes'
    /// endurance with half an hour between flights at 15 m/s. Patrols are the sector's posted observer.
    pub fn new(class: AssetClass, like: Option<&Sensor>, sector: &Sector) -> Self {
        let mut sensor = like.cloned().unwrap_or_else(|| assumed(class, sector));
        let all_round = sensor.field_rad >= std::f64::consts::TAU - 1e-9;
        match class {
            AssetClass::Camera if all_round => sensor.field_rad = 120_f64.to_radians(),
            AssetClass::Camera => {}
            AssetClass::Tower
            | AssetClass::Drone
            | AssetClass::Balloon
            | AssetClass::Patrol
            | AssetClass::Checkpoint => sensor.field_rad = std::f64::consts::TAU,
        }
        sensor.facing = None;
        sensor.obscured = Vec::new();
        Self {
            class,
            sensor,
            facings: if class == AssetClass::Camera { 12 } else { 1 },
            leg_m: 4_000.0,
            leg_stop_m: 1_000.0,
            orbit: Orbit {
                drones: 1,
                endurance_s: 5_400.0,
                turnaround_s: 1_800.0,
                speed_mps: 15.0,
            },
        }
    }

    /// The first sensor of the sector whose figures stand for the class.
    pub fn example(class: AssetClass, sector: &Sector) -> Option<&Sensor> {
        let fits = |sensor: &&Sensor| match class {
            AssetClass::Tower | AssetClass::Camera => {
                matches!(sensor.kind, SensorKind::ThermalCamera(_))
            }
            AssetClass::Drone => matches!(sensor.kind, SensorKind::Drone(_)),
            AssetClass::Balloon => matches!(sensor.kind, SensorKind::Balloon(_)),
            AssetClass::Patrol => matches!(sensor.kind, SensorKind::Observer(_)),
            AssetClass::Checkpoint => matches!(sensor.kind, SensorKind::Checkpoint(_)),
        };
        sector.sensors.iter().find(fits)
    }

    /// Share of the time that an orbit so far from the drones' base is flown; 0 where they could only turn back.
    pub fn share_on_station(&self, base: Option<EnuPoint>, orbit: EnuPoint) -> f64 {
        if self.class != AssetClass::Drone {
            return 1.0;
        }
        let way_m = base.map_or(0.0, |base| base.distance_m(orbit));
        let Orbit { drones, endurance_s, turnaround_s, speed_mps } = self.orbit;
        let there_s = (endurance_s - 2.0 * way_m / speed_mps).max(0.0);
        (f64::from(drones) * there_s / (endurance_s + turnaround_s)).min(1.0)
    }
}

fn assumed(class: AssetClass, sector: &Sector) -> Sensor {
    let settings = &sector.settings;
    let optics = |focal_mm: f64| Optics {
        pixels_across: 640,
        pixels_down: 512,
        pitch_um: 12.0,
        focal_mm,
        netd_mk: 50.0,
        jitter_urad: 0.0,
    };
    let flown = |focal_mm: f64, wind_limit_mps: f64, visibility_limit_m: f64| PlatformLimits {
        optics: optics(focal_mm),
        wind_limit_mps,
        visibility_limit_m,
    };
    let (kind, height_m, range_max_m, revisit_s) = match class {
        AssetClass::Tower => (SensorKind::ThermalCamera(optics(75.0)), 20.0, 7_000.0, 90.0),
        AssetClass::Camera => (SensorKind::ThermalCamera(optics(75.0)), 8.0, 7_000.0, 60.0),
        AssetClass::Drone => (SensorKind::Drone(flown(35.0, 12.0, 2_000.0)), 120.0, 3_500.0, 40.0),
        AssetClass::Balloon => {
            (SensorKind::Balloon(flown(120.0, 20.0, 1_500.0)), 250.0, 7_000.0, 120.0)
        }
        AssetClass::Patrol => posted(settings),
        AssetClass::Checkpoint => {
            let figures = GroundFigures { radius_m: 60.0, p_detect: 0.9 };
            (SensorKind::Checkpoint(figures), 2.0, 150.0, 10.0)
        }
    };
    Sensor {
        id: SensorId("asset".to_owned()),
        name: Text { en: "asset".to_owned(), ar: "أصل".to_owned() },
        node_id: String::new(),
        place: Wgs84::new(0.0, 0.0).expect("a place on the globe"),
        point: EnuPoint::new(0.0, 0.0),
        height_m,
        facing: None,
        field_rad: std::f64::consts::TAU,
        obscured: Vec::new(),
        range_max_m,
        revisit_s,
        delay_s: 0.0,
        pose: None,
        kind,
    }
}

fn posted(settings: &Settings) -> (SensorKind, f64, f64, f64) {
    let walker_half_range_m = settings.observer_half_range_m;
    let kind = SensorKind::Observer(ObserverFigures { walker_half_range_m });
    (kind, settings.observer_height_m, 4.0 * walker_half_range_m, settings.observer_revisit_s)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::coverage::tests::sector;

    #[test]
    fn two_drones_that_fly_as_long_as_they_rest_hold_an_orbit_next_to_their_base() {
        let mut asset = Asset::new(AssetClass::Drone, None, &sector(&[]));
        asset.orbit =
            Orbit { drones: 2, endurance_s: 3_600.0, turnaround_s: 3_600.0, speed_mps: 10.0 };
        let (base, near, far) =
            (EnuPoint::new(0.0, 0.0), EnuPoint::new(0.0, 1.0), EnuPoint::new(0.0, 9_000.0));

        assert_relative_eq!(asset.share_on_station(Some(base), near), 1.0, epsilon = 1e-3);
        assert_relative_eq!(asset.share_on_station(Some(base), far), 0.5, epsilon = 1e-9);
        let out_of_reach = EnuPoint::new(0.0, 20_000.0);
        assert_relative_eq!(asset.share_on_station(Some(base), out_of_reach), 0.0);
    }
}
