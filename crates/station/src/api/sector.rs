//! `GET /api/sector`: what does not change while the station runs.

use serde::Serialize;
use sight::geo::{EnuPoint, LocalFrame};
use sight::sector::{
    BarrierKind, GroundArea, GroundKind, GroundShape, Landmark, LandmarkKind, Road, RoadClass,
    Sector, Sensor, SensorKind, Text, ZoneKind,
};

use crate::places::lon_lat;
pub(super) use crate::places::{LonLat, km, place, places, round};

/// Kilometres between the posts that are shown; on a short line every kilometre.
const POST_STEP_M: f64 = 5_000.0;
const SHORT_LINE_M: f64 = 25_000.0;

#[derive(Debug, Serialize)]
pub(super) struct SectorView {
    name: String,
    title: Text,
    notices: Vec<Text>,
    bounds: [f64; 4],
    demo: bool,
    line: LineView,
    stretches: Vec<StretchView>,
    sensors: Vec<SensorView>,
    barriers: Vec<BarrierView>,
    units: Vec<UnitView>,
    zones: Vec<ZoneView>,
    roads: Vec<RoadView>,
    going: Vec<GoingView>,
    places: Vec<PlaceView>,
}

#[derive(Debug, Serialize)]
struct LineView {
    coordinates: Vec<LonLat>,
    closed: bool,
    start_km: f64,
    length_km: f64,
    km_posts: Vec<KmPost>,
}

#[derive(Debug, Serialize)]
struct KmPost {
    km: f64,
    at: LonLat,
}

#[derive(Debug, Serialize)]
struct StretchView {
    id: u32,
    from_km: f64,
    to_km: f64,
    coordinates: Vec<LonLat>,
}

#[derive(Debug, Serialize)]
struct SensorView {
    id: String,
    name: Text,
    kind: &'static str,
    at: LonLat,
    height_m: f64,
    facing_deg: Option<f64>,
    field_deg: f64,
    range_max_m: f64,
}

#[derive(Debug, Serialize)]
struct BarrierView {
    id: String,
    name: Text,
    kind: BarrierKind,
    coordinates: Vec<LonLat>,
}

#[derive(Debug, Serialize)]
struct UnitView {
    id: String,
    name: Text,
    agency: String,
    mobility: sight::sector::Mobility,
}

#[derive(Debug, Serialize)]
struct ZoneView {
    id: String,
    name: Text,
    kind: ZoneKind,
    coordinates: Vec<LonLat>,
}

#[derive(Debug, Serialize)]
struct RoadView {
    id: String,
    name: Text,
    class: RoadClass,
    width_m: f64,
    lines: Vec<Vec<LonLat>>,
}

/// Ground of one kind: areas with their holes, and beds along lines.
#[derive(Debug, Serialize)]
struct GoingView {
    id: String,
    name: Text,
    kind: GroundKind,
    areas: Vec<Vec<Vec<LonLat>>>,
    beds: Vec<BedView>,
}

#[derive(Debug, Serialize)]
struct BedView {
    width_m: f64,
    coordinates: Vec<LonLat>,
}

#[derive(Debug, Serialize)]
struct PlaceView {
    id: String,
    name: Text,
    kind: LandmarkKind,
    at: LonLat,
}

/// Whether what is shown really happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Real,
    Demonstration,
}

impl SectorView {
    pub(super) fn of(sector: &Sector, occasion: Occasion) -> Self {
        let frame = &sector.frame;
        let stretches = sector.stretches.iter().map(|stretch| StretchView {
            id: stretch.id.0,
            from_km: km(stretch.from_m),
            to_km: km(stretch.to_m),
            coordinates: places(frame, &stretch.points),
        });
        let barriers = sector.barriers.iter().map(|barrier| BarrierView {
            id: barrier.id.clone(),
            name: barrier.name.clone(),
            kind: barrier.kind,
            coordinates: places(frame, &barrier.points),
        });
        let units = sector.units.iter().map(|unit| UnitView {
            id: unit.id.0.clone(),
            name: unit.name.clone(),
            agency: unit.agency.clone(),
            mobility: unit.mobility,
        });
        let zones = sector.zones.iter().map(|zone| ZoneView {
            id: zone.id.clone(),
            name: zone.name.clone(),
            kind: zone.kind,
            coordinates: places(frame, &zone.ring),
        });
        Self {
            name: sector.name.clone(),
            title: sector.title.clone(),
            notices: sector.notices.clone(),
            bounds: bounds(sector),
            demo: occasion == Occasion::Demonstration,
            line: LineView::of(sector),
            stretches: stretches.collect(),
            sensors: sector.sensors.iter().map(SensorView::of).collect(),
            barriers: barriers.collect(),
            units: units.collect(),
            zones: zones.collect(),
            roads: sector.roads.iter().map(|road| RoadView::of(road, frame)).collect(),
            going: sector.going.iter().map(|area| GoingView::of(area, frame)).collect(),
            places: places_of(sector),
        }
    }
}

impl RoadView {
    fn of(road: &Road, frame: &LocalFrame) -> Self {
        Self {
            id: road.id.clone(),
            name: road.name.clone(),
            class: road.class,
            width_m: road.width_m,
            lines: road.lines.iter().map(|line| places(frame, line)).collect(),
        }
    }
}

impl GoingView {
    fn of(area: &GroundArea, frame: &LocalFrame) -> Self {
        let (mut areas, mut beds) = (Vec::new(), Vec::new());
        for shape in &area.shapes {
            match shape {
                GroundShape::Rings(rings) => {
                    areas.push(rings.iter().map(|ring| places(frame, ring)).collect());
                }
                GroundShape::Strip { points, width_m } => {
                    beds.push(BedView { width_m: *width_m, coordinates: places(frame, points) });
                }
            }
        }
        Self { id: area.id.clone(), name: area.name.clone(), kind: area.kind, areas, beds }
    }
}

fn places_of(sector: &Sector) -> Vec<PlaceView> {
    let view = |known: &Landmark| PlaceView {
        id: known.id.clone(),
        name: known.name.clone(),
        kind: known.kind,
        at: place(&sector.frame, known.point),
    };
    sector.places.iter().map(view).collect()
}

impl LineView {
    fn of(sector: &Sector) -> Self {
        let line = &sector.line;
        let step_m = if line.length_m > SHORT_LINE_M { POST_STEP_M } else { 1_000.0 };
        let posts = line.posts(step_m).into_iter();
        Self {
            coordinates: line.places.iter().map(|place| lon_lat(*place)).collect(),
            closed: line.closed,
            start_km: km(line.start_m),
            length_km: km(line.length_m),
            km_posts: posts
                .map(|(at_m, point)| KmPost { km: km(at_m), at: place(&sector.frame, point) })
                .collect(),
        }
    }
}

impl SensorView {
    fn of(sensor: &Sensor) -> Self {
        Self {
            id: sensor.id.0.clone(),
            name: sensor.name.clone(),
            kind: kind_of(&sensor.kind),
            at: lon_lat(sensor.place),
            height_m: sensor.height_m,
            facing_deg: sensor.facing.map(|facing| round(facing.degrees(), 3)),
            field_deg: round(sensor.field_rad.to_degrees(), 3),
            range_max_m: sensor.range_max_m,
        }
    }
}

pub(crate) fn kind_of(kind: &SensorKind) -> &'static str {
    match kind {
        SensorKind::ThermalCamera(_) => "thermal-camera",
        SensorKind::VisibleCamera(_) => "visible-camera",
        SensorKind::Radar(_) => "radar",
        SensorKind::GroundSensor(_) => "ground-sensor",
        SensorKind::Balloon(_) => "balloon",
        SensorKind::Drone(_) => "drone",
        SensorKind::Observer(_) => "observer",
        SensorKind::Checkpoint(_) => "checkpoint",
    }
}

/// West, south, east and north of the watched ground: the line with the sector's depth on all sides.
pub(crate) fn bounds(sector: &Sector) -> [f64; 4] {
    let depth_m = sector.far_depth_m.max(sector.near_depth_m);
    let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let corners = sector.line.points.iter().flat_map(|point| {
        [-depth_m, depth_m].map(|by_m| {
            sector.frame.place(EnuPoint::new(point.east_m + by_m, point.north_m + by_m))
        })
    });
    let [west, south, east, north] = corners.fold(nothing, |[west, south, east, north], corner| {
        let (lon, lat) = (corner.lon_deg(), corner.lat_deg());
        [west.min(lon), south.min(lat), east.max(lon), north.max(lat)]
    });
    [west, south, east, north].map(|degrees| round(degrees, 6))
}
