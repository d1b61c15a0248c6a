//! `GET /api/drones`: where drones say they are and what their cameras see on the ground.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use sight::geo::Wgs84;
use sight::sector::SensorId;

use super::Api;
use super::sector::{LonLat, round};
use crate::ingest::drone;

#[derive(Debug, Serialize)]
pub(super) struct DronesView {
    now: String,
    drones: Vec<DroneView>,
}

#[derive(Debug, Serialize)]
struct DroneView {
    /// The sensor that it is in the sector file.
    sensor: String,
    door: &'static str,
    heard_at: String,
    at: Option<LonLat>,
    altitude_m: Option<f64>,
    heading_deg: Option<f64>,
    battery_percent: Option<u8>,
    wind_mps: Option<f64>,
    wind_from_deg: Option<f64>,
    /// Closed ring of places.
    footprint: Option<Vec<LonLat>>,
    footprint_at: Option<String>,
}

pub(super) async fn drones(State(api): State<Arc<Api>>) -> Json<DronesView> {
    let shown = api.handle.drones().shown();
    let drones = shown.iter().map(|(id, drone)| DroneView::of(id, drone)).collect();
    Json(DronesView { now: api.handle.now().to_string(), drones })
}

impl DroneView {
    fn of(id: &SensorId, drone: &drone::DroneView) -> Self {
        let footprint = drone.footprint.as_ref();
        Self {
            sensor: id.0.clone(),
            door: drone.door,
            heard_at: drone.heard_at.to_string(),
            at: drone.place.map(at),
            altitude_m: drone.altitude_m.map(|metres| round(metres, 1)),
            heading_deg: drone.heading_deg.map(|degrees| round(degrees, 1)),
            battery_percent: drone.battery_percent,
            wind_mps: drone.wind.map(|wind| round(wind.speed_mps, 1)),
            wind_from_deg: drone.wind.map(|wind| round(wind.from_deg, 0)),
            footprint: footprint.map(|(ring, _)| ring.iter().copied().map(at).collect()),
            footprint_at: footprint.map(|(_, at)| at.to_string()),
        }
    }
}

fn at(place: Wgs84) -> LonLat {
    [round(place.lon_deg(), 6), round(place.lat_deg(), 6)]
}
