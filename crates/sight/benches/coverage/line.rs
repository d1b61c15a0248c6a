//! The sector that ships, with its 62 km of line, on a bad night.

use std::path::Path;

use sight::coverage::{Conditions, Health, Model, SensorCondition, WeatherAt};
use sight::crossing::Light;
use sight::geo::EnuPoint;
use sight::sector::{Mover, SensorKind, load_terrain, parse};

pub(crate) fn model() -> Model {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sectors/upper-euphrates");
    let read = |file: &str| std::fs::read(folder.join(file)).map_err(|error| error.to_string());
    let toml = std::fs::read_to_string(folder.join("sector.toml")).expect("the sector ships");
    let sector = parse(&toml, &read).expect("a sector");
    let grid = load_terrain(&sector, &read).expect("its terrain");
    Model::build(sector, grid).expect("sensors on the ground")
}

/// Nothing wrong at all.
pub(crate) fn clear(model: &Model) -> Conditions {
    let working = SensorCondition { health: Health::Working, moved_to: None };
    let each = model.sector().sensors.iter();
    Conditions {
        mover: Mover::Walker,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: each.map(|sensor| (sensor.id.clone(), working)).collect(),
        views: std::collections::BTreeMap::new(),
    }
}

/// A front of dust over a part of the line, two sensors out, one silent, no drone up.
pub(crate) fn storm(model: &Model) -> Conditions {
    let mut storm = clear(model);
    let masts = [(-20e3, 9_000.0), (-5e3, 600.0), (10e3, 300.0), (25e3, 4_000.0)];
    storm.weather = masts
        .map(|(east_m, visibility_m)| WeatherAt {
            point: EnuPoint::new(east_m, 0.3 * east_m),
            visibility_m: Some(visibility_m),
            wind_mps: 9.0,
            ceiling_m: None,
            dust: true,
        })
        .to_vec();
    let healths = [(1, Health::Down), (4, Health::Down), (7, Health::Stale)];
    for (sensor, health) in healths {
        let id = model.sector().sensors[sensor].id.clone();
        storm.sensors.insert(id, SensorCondition { health, moved_to: None });
    }
    for sensor in &model.sector().sensors {
        if matches!(sensor.kind, SensorKind::Drone(_)) {
            storm.sensors.remove(&sensor.id);
        }
    }
    storm
}
