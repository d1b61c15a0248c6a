//! One frame as rows and maps have it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sight::geo::Wgs84;
use sight::sensor::footprint::outline;
use sight::sensor::geolocation::Camera;
use sight::terrain::Grid;
use wire::klv::uas::{Place, Uas};

use crate::ingest::drone::klv::{half_picture_of, pointing_of};

/// Share of the earth's curve by which the air bends light.
const REFRACTION: f64 = 1.0 / 7.0;

/// Ground on which a picture that is not told is worked out.
pub(super) struct Ground<'a> {
    pub(super) grid: &'a Grid,
    pub(super) reach_m: f64,
}

/// What a packet told. Places are longitude and latitude.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Frame {
    pub(super) at: Timestamp,
    pub(super) drone: Option<[f64; 2]>,
    /// Above mean sea level.
    altitude_m: Option<f64>,
    heading_deg: Option<f64>,
    centre: Option<[f64; 2]>,
    slant_range_m: Option<f64>,
    /// The picture on the ground, its first place again at the end.
    pub(super) outline: Option<Vec<[f64; 2]>>,
    /// Whether the drone told the outline itself; null where there is none.
    outline_told: Option<bool>,
    targets: usize,
}

impl Frame {
    pub(super) fn of(uas: &Uas, at: Timestamp, ground: Option<&Ground<'_>>) -> Self {
        let told = told_outline(uas);
        let outline_told = told.is_some();
        let outline = told.or_else(|| worked_out(uas, ground?));
        Self {
            at,
            drone: lon_lat(uas.sensor),
            altitude_m: uas.sensor.alt_m.map(|altitude_m| rounded(altitude_m, 1)),
            heading_deg: uas.heading_deg.map(|heading_deg| rounded(heading_deg, 2)),
            centre: lon_lat(uas.frame_centre),
            slant_range_m: uas.slant_range_m.map(|range_m| rounded(range_m, 1)),
            outline_told: outline.as_ref().map(|_| outline_told),
            outline,
            targets: uas.vmti.as_ref().map_or(0, |vmti| vmti.targets.len()),
        }
    }

    /// In the order of the table's headings.
    pub(super) fn cells(&self) -> [String; 10] {
        let place = |place: Option<[f64; 2]>, axis: usize| {
            place.map_or("-".to_owned(), |place| format!("{:.6}", place[axis]))
        };
        let figure =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        let outline = match self.outline_told {
            Some(true) => "told",
            Some(false) => "worked out",
            None => "-",
        };
        [
            self.at.to_string(),
            place(self.drone, 0),
            place(self.drone, 1),
            figure(self.altitude_m),
            figure(self.heading_deg),
            place(self.centre, 0),
            place(self.centre, 1),
            figure(self.slant_range_m),
            outline.to_owned(),
            self.targets.to_string(),
        ]
    }

    fn properties(&self) -> Value {
        json!({
            "at": self.at,
            "altitude_m": self.altitude_m,
            "heading_deg": self.heading_deg,
            "centre": self.centre,
            "slant_range_m": self.slant_range_m,
            "outline_told": self.outline_told,
            "targets": self.targets,
        })
    }
}

/// Length of the way over ground between the places that are told.
pub(super) fn way_m(frames: &[Frame]) -> f64 {
    let places: Vec<Wgs84> = frames
        .iter()
        .filter_map(|frame| frame.drone.and_then(|[lon, lat]| Wgs84::new(lon, lat).ok()))
        .collect();
    places.windows(2).map(|leg| (leg[0].to_ecef(0.0) - leg[1].to_ecef(0.0)).norm()).sum()
}

/// The way of the drone and every picture's outline (RFC 7946).
pub(super) fn geojson(frames: &[Frame]) -> String {
    let feature = |geometry: Value, properties: Value| json!({ "type": "Feature", "geometry": geometry, "properties": properties });
    let placed: Vec<&Frame> = frames.iter().filter(|frame| frame.drone.is_some()).collect();
    let way: Vec<Value> = placed
        .iter()
        .filter_map(|frame| {
            let [lon_deg, lat_deg] = frame.drone?;
            Some(match frame.altitude_m {
                Some(altitude_m) => json!([lon_deg, lat_deg, altitude_m]),
                None => json!([lon_deg, lat_deg]),
            })
        })
        .collect();
    let times: Vec<Timestamp> = placed.iter().map(|frame| frame.at).collect();
    let way = (way.len() > 1).then(|| {
        let geometry = json!({ "type": "LineString", "coordinates": way });
        feature(geometry, json!({ "what": "way", "times": times }))
    });
    let pictures = frames.iter().filter_map(|frame| {
        let ring = frame.outline.as_ref()?;
        let mut properties = frame.properties();
        properties["what"] = json!("picture");
        Some(feature(json!({ "type": "Polygon", "coordinates": [ring] }), properties))
    });
    let features: Vec<Value> = way.into_iter().chain(pictures).collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

/// One row for each frame; the outline as WKT.
pub(super) fn csv(frames: &[Frame]) -> String {
    let mut text = "at,lon_deg,lat_deg,altitude_m,heading_deg,centre_lon_deg,centre_lat_deg,\
        slant_range_m,targets,outline\n"
        .to_owned();
    for frame in frames {
        let cell = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let axis = |place: Option<[f64; 2]>, axis: usize| cell(place.map(|place| place[axis]));
        let cells = [
            frame.at.to_string(),
            axis(frame.drone, 0),
            axis(frame.drone, 1),
            cell(frame.altitude_m),
            cell(frame.heading_deg),
            axis(frame.centre, 0),
            axis(frame.centre, 1),
            cell(frame.slant_range_m),
            frame.targets.to_string(),
            frame.outline.as_deref().map_or(String::new(), wkt),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

fn wkt(ring: &[[f64; 2]]) -> String {
    let places: Vec<String> =
        ring.iter().map(|[lon_deg, lat_deg]| format!("{lon_deg} {lat_deg}")).collect();
    format!("\"POLYGON (({}))\"", places.join(", "))
}

fn lon_lat(place: Place) -> Option<[f64; 2]> {
    let place = Wgs84::new(place.lon_deg?, place.lat_deg?).ok()?;
    Some(degrees(place))
}

/// Degrees to about a centimetre.
fn degrees(place: Wgs84) -> [f64; 2] {
    [rounded(place.lon_deg(), 7), rounded(place.lat_deg(), 7)]
}

fn rounded(value: f64, digits: i32) -> f64 {
    let step = 10_f64.powi(digits);
    (value * step).round() / step
}

/// The corners that the drone tells; from the upper left clockwise, so turned round for maps.
fn told_outline(uas: &Uas) -> Option<Vec<[f64; 2]>> {
    let corners = uas.frame_corners()?;
    let ring = corners.iter().chain(corners.first()).rev();
    ring.map(|[lat_deg, lon_deg]| Wgs84::new(*lon_deg, *lat_deg).ok().map(degrees)).collect()
}

/// What the camera's rays meet.
fn worked_out(uas: &Uas, ground: &Ground<'_>) -> Option<Vec<[f64; 2]>> {
    let [lon_deg, lat_deg] = lon_lat(uas.sensor)?;
    let camera = Camera {
        place: Wgs84::new(lon_deg, lat_deg).ok()?,
        altitude_m: uas.sensor.alt_m?,
        pointing: pointing_of(uas)?,
    };
    let pose = camera.pose(ground.grid)?;
    let reach = (REFRACTION, ground.reach_m);
    let ring = outline(ground.grid, &pose, half_picture_of(uas)?, reach)?;
    Some(ring.into_iter().map(degrees).collect())
}
