//! A small sector over rolling ground, for tests.

use std::sync::Arc;

use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};
use sight::sector::{
    Alerting, GroundFigures, Line, Mobility, Optics, PlatformLimits, RadarFigures, Sector, Sensor,
    SensorId, SensorKind, Settings, Side, Stretch, StretchId, TerrainSource, Text, Unit, UnitId,
};
use sight::terrain::Grid;

use crate::ground::Ground;
use crate::scenario::{self, Scenario};

/// Line length of the test sector, metres.
pub(crate) const LENGTH_M: f64 = 10_000.0;

/// A grid of 3 arc-second posts about the origin whose heights a function of east and north gives.
pub(crate) fn grid(height_m: impl Fn(f64, f64) -> f64) -> Grid {
    let (width, height) = (361, 361);
    let step_deg = 1.0 / 1_200.0;
    let mut grid = Grid {
        west_deg: 41.0 - 180.0 * step_deg,
        north_deg: 34.5 + 180.0 * step_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![0; width * height],
    };
    let frame = frame();
    for row in 0..height {
        for col in 0..width {
            let (lon, lat) = grid.place_of(sight::terrain::Cell { row, col });
            let point = frame.point(Wgs84::new(lon, lat).unwrap());
            #[expect(clippy::cast_possible_truncation, reason = "test heights are small")]
            let post_m = height_m(point.east_m, point.north_m).round() as i16;
            grid.posts_m[row * width + col] = post_m;
        }
    }
    grid
}

/// Low hills, some 20 m high and a kilometre wide.
pub(crate) fn hills(east_m: f64, north_m: f64) -> f64 {
    200.0 + 12.0 * (east_m / 700.0).sin() * (north_m / 900.0).cos() + 8.0 * (north_m / 400.0).sin()
}

pub(crate) fn frame() -> LocalFrame {
    LocalFrame::at(Wgs84::new(41.0, 34.5).unwrap())
}

/// A line of 10 km running north through the origin, west of it beyond; two towers, a drone, a
/// balloon, ground sensors and two patrols.
pub(crate) fn sector() -> Sector {
    let points = vec![EnuPoint::new(0.0, -5_000.0), EnuPoint::new(0.0, 5_000.0)];
    let frame = frame();
    let stretches = (0..40_u32).map(|i| Stretch {
        id: StretchId(i),
        from_m: 250.0 * f64::from(i),
        to_m: 250.0 * f64::from(i + 1),
        points: Vec::new(),
    });
    Sector {
        name: "fixture".into(),
        title: text("Fixture"),
        notices: Vec::new(),
        terrain: TerrainSource::Files(Vec::new()),
        frame,
        line: Line {
            places: points.iter().map(|point| frame.place(*point)).collect(),
            points,
            closed: false,
            far_side: Side::Left,
            start_m: 0.0,
            length_m: LENGTH_M,
        },
        stretches: stretches.collect(),
        far_depth_m: 5_000.0,
        near_depth_m: 3_000.0,
        sensors: sensors(),
        barriers: Vec::new(),
        roads: Vec::new(),
        going: Vec::new(),
        land_cover: None,
        places: Vec::new(),
        units: vec![
            unit("patrol-1", 1_500.0, -2_000.0, Mobility::Vehicle),
            unit("patrol-2", 900.0, 2_500.0, Mobility::Foot),
        ],
        zones: Vec::new(),
        seams: Vec::new(),
        settings: Settings::default(),
        alerting: Alerting::default(),
    }
}

fn sensors() -> Vec<Sensor> {
    let optics = Optics {
        pixels_across: 640,
        pixels_down: 512,
        pitch_um: 15.0,
        focal_mm: 150.0,
        netd_mk: 50.0,
        jitter_urad: 0.0,
    };
    let radar = RadarFigures {
        walker_half_range_m: 5_000.0,
        notch_mps: 0.4,
        range_sigma_m: 10.0,
        azimuth_sigma_deg: 0.6,
        clutter_db: 0.0,
        range_min_m: 0.0,
        sectors: 1,
    };
    let limits = PlatformLimits { optics, wind_limit_mps: 12.0, visibility_limit_m: 1_500.0 };
    let ground = GroundFigures { radius_m: 60.0, p_detect: 0.9 };
    vec![
        sensor("tower-1-thermal", (300.0, -2_500.0, 30.0), SensorKind::ThermalCamera(optics)),
        sensor("tower-1-radar", (300.0, -2_500.0, 32.0), SensorKind::Radar(radar)),
        sensor("tower-2-thermal", (300.0, 2_500.0, 30.0), SensorKind::ThermalCamera(optics)),
        sensor("drone-1", (500.0, 0.0, 300.0), SensorKind::Drone(limits)),
        sensor("balloon-1", (1_000.0, 500.0, 250.0), SensorKind::Balloon(limits)),
        sensor("ground-1", (-100.0, 0.0, 0.1), SensorKind::GroundSensor(ground)),
    ]
}

pub(crate) fn sensor(
    id: &str,
    (east_m, north_m, height_m): (f64, f64, f64),
    kind: SensorKind,
) -> Sensor {
    let point = EnuPoint::new(east_m, north_m);
    let fixed = matches!(kind, SensorKind::ThermalCamera(_));
    Sensor {
        id: SensorId(id.into()),
        name: text(id),
        node_id: node_id(id),
        place: frame().place(point),
        point,
        height_m,
        facing: fixed.then(|| Azimuth::from_degrees(270.0)),
        field_rad: if fixed { std::f64::consts::PI } else { std::f64::consts::TAU },
        obscured: Vec::new(),
        delay_s: 0.0,
        pose: None,
        range_max_m: 6_000.0,
        revisit_s: if matches!(kind, SensorKind::Radar(_)) { 3.0 } else { 8.0 },
        kind,
    }
}

fn unit(id: &str, east_m: f64, north_m: f64, mobility: Mobility) -> Unit {
    let point = EnuPoint::new(east_m, north_m);
    Unit {
        id: UnitId(id.into()),
        name: text(id),
        agency: "border-guard".into(),
        node_id: node_id(id),
        mobility,
        place: frame().place(point),
        point,
    }
}

fn node_id(id: &str) -> String {
    let sum =
        id.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("{:08x}-0000-4000-8000-{:012x}", sum & 0xffff_ffff, sum & 0xffff_ffff_ffff)
}

fn text(en: &str) -> Text {
    Text { en: en.into(), ar: en.into() }
}

pub(crate) fn ground(height_m: impl Fn(f64, f64) -> f64) -> Ground {
    Ground::new(Arc::new(sector()), Arc::new(grid(height_m)))
}

/// A night with one of everything and a dust front from the west.
pub(crate) fn scenario(extra: &str) -> Scenario {
    let text = format!(
        r#"
        name = "fixture"
        title = {{ en = "Fixture", ar = "تجربة" }}
        notice = {{ en = "Invented.", ar = "مختلق" }}
        sector = "fixture"
        start = "2026-11-20T18:00:00Z"
        duration_min = 50
        {extra}
        "#
    );
    scenario::parse(&text).unwrap()
}

pub(crate) const BUSY: &str = r#"
    [[front]]
    of = "dust"
    reaches = { km = 5, beyond_m = 0 }
    at_min = 25
    towards_deg = 90
    speed_mps = 12
    visibility_m = 300
    wind_mps = 17
    gust_mps = 25
    ramp_m = 600
    depth_m = 20000
    [[mover]]
    name = "group-1"
    kind = "group"
    careful = true
    from = { km = 3, beyond_m = 1200 }
    to = { km = 3.2, inside_m = 800 }
    [[mover]]
    name = "vehicle-1"
    kind = "vehicle"
    departs_min = 5
    from = { km = 7, beyond_m = 2500 }
    to = { km = 6.5, inside_m = 1500 }
    [[mover]]
    name = "shepherd-1"
    kind = "shepherd-with-flock"
    around = { km = 5, inside_m = 900 }
    radius_m = 500
    [[mover]]
    name = "gazelles"
    kind = "wildlife"
    around = { km = 6, beyond_m = 700 }
    radius_m = 900
    may_cross = true
    [[mover]]
    name = "family-1"
    kind = "family-in-distress"
    departs_min = 20
    from = { km = 4, beyond_m = 500 }
    to = { km = 4.1, inside_m = 400 }
    [[mover]]
    name = "donkeys-1"
    kind = "donkey"
    count = 3
    departs_min = 24
    from = { km = 8, beyond_m = 900 }
    to = { km = 8, inside_m = 900 }
    [[outage]]
    sensor = "tower-2-thermal"
    from_min = 10
    until_min = 15
"#;
