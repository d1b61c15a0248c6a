//! `watchline sector show`: what a sector file says, in one screen.

use serde::Serialize;
use sight::geo::EnuPoint;
use sight::sector::{Barrier, BarrierKind, LandCover, Sector, SensorKind, TerrainSource};

use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};
use crate::shipped;

/// Shows what a sector file says: its line, sensors, barriers, roads, ground, units and zones.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline sector show andorra")]
pub(crate) struct Show {
    /// The sector file, the directory that holds it, or the name of a shipped sector.
    #[arg(value_name = "FILE")]
    sector: String,
}

/// A sector at a glance.
#[derive(Debug, Serialize)]
struct Glance {
    name: String,
    title: String,
    notices: Vec<String>,
    terrain: String,
    line_km: f64,
    closed: bool,
    stretches: usize,
    barriers: usize,
    units: usize,
    zones: usize,
    places: usize,
    sensors: Vec<SensorRow>,
    barrier_rows: Vec<BarrierRow>,
    ground_rows: Vec<GroundRow>,
    land_cover: Option<CoverRow>,
    digest: String,
}

#[derive(Debug, Serialize)]
struct SensorRow {
    id: String,
    kind: &'static str,
    lon_deg: f64,
    lat_deg: f64,
    height_m: f64,
    range_max_m: f64,
    km: f64,
    inside_m: f64,
}

#[derive(Debug, Serialize)]
struct BarrierRow {
    id: String,
    kind: BarrierKind,
    length_km: f64,
    delay_s: f64,
    p_detect: f64,
    damaged_share: f64,
    openings: usize,
}

/// A road with its length, or a kind of ground with its shapes.
#[derive(Debug, Serialize)]
struct GroundRow {
    id: String,
    kind: String,
    shapes: usize,
    length_km: Option<f64>,
}

/// What rasters of land cover hold under the sector.
#[derive(Debug, Serialize)]
struct CoverRow {
    files: Vec<String>,
    pixels: u64,
    voids: u64,
    kinds: Vec<KindShare>,
}

/// A kind of ground and its share of the pixels that hold something.
#[derive(Debug, Serialize)]
struct KindShare {
    kind: String,
    share: f64,
}

impl Show {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let sector = shipped::find(&self.sector)?.sector()?;
        out.answer(&Glance::of(&sector), Glance::text)?;
        Ok(Answer::Yes)
    }
}

impl Glance {
    fn of(sector: &Sector) -> Self {
        let terrain = match &sector.terrain {
            TerrainSource::Files(files) => files.join(", "),
            TerrainSource::Exercise(recipe) => {
                format!("exercise terrain, generated from seed {}", recipe.seed)
            }
        };
        Self {
            name: sector.name.clone(),
            title: sector.title.en.clone(),
            notices: sector.notices.iter().map(|notice| notice.en.clone()).collect(),
            terrain,
            line_km: sector.line.length_m / 1e3,
            closed: sector.line.closed,
            stretches: sector.stretches.len(),
            barriers: sector.barriers.len(),
            units: sector.units.len(),
            zones: sector.zones.len(),
            places: sector.places.len(),
            sensors: sector.sensors.iter().map(|sensor| SensorRow::of(sensor, sector)).collect(),
            barrier_rows: sector.barriers.iter().map(BarrierRow::of).collect(),
            ground_rows: ground_rows(sector),
            land_cover: sector.land_cover.as_ref().map(CoverRow::of),
            digest: crate::runtime::stepper::hex(&sector.digest()),
        }
    }

    fn text(&self) -> String {
        let mut table = Table::new(["sensor", "kind", "km", "inside m", "height m", "range m"]);
        for sensor in &self.sensors {
            table.row([
                sensor.id.clone(),
                sensor.kind.to_owned(),
                format!("{:.1}", sensor.km),
                format!("{:.0}", sensor.inside_m),
                format!("{:.0}", sensor.height_m),
                format!("{:.0}", sensor.range_max_m),
            ]);
        }
        let mut barriers =
            Table::new(["barrier", "kind", "km", "delay s", "own p", "damaged %", "openings"]);
        for barrier in &self.barrier_rows {
            barriers.row([
                barrier.id.clone(),
                word(&barrier.kind),
                format!("{:.1}", barrier.length_km),
                format!("{:.0}", barrier.delay_s),
                format!("{:.2}", barrier.p_detect),
                format!("{:.0}", 100.0 * barrier.damaged_share),
                barrier.openings.to_string(),
            ]);
        }
        let mut ground = Table::new(["ground", "kind", "shapes", "km"]);
        for row in &self.ground_rows {
            let length = row.length_km.map_or_else(String::new, |km| format!("{km:.1}"));
            ground.row([row.id.clone(), row.kind.clone(), row.shapes.to_string(), length]);
        }
        let cover = self.land_cover.as_ref().map_or_else(String::new, CoverRow::text);
        let closed = if self.closed { "closed line" } else { "line" };
        let notices =
            self.notices.iter().fold(String::new(), |text, notice| text + "! " + notice + "\n");
        format!(
            "{} ({})\n{notices}terrain: {}\n{closed} of {:.1} km in {} stretches; {} barriers, {} units, {} zones, {} places\n\n{table}\n\n{barriers}\n\n{ground}{cover}",
            self.title,
            self.name,
            self.terrain,
            self.line_km,
            self.stretches,
            self.barriers,
            self.units,
            self.zones,
            self.places,
        )
    }
}

impl BarrierRow {
    fn of(barrier: &Barrier) -> Self {
        Self {
            id: barrier.id.clone(),
            kind: barrier.kind,
            length_km: length_km(&barrier.points),
            delay_s: barrier.delay_s,
            p_detect: barrier.p_detect,
            damaged_share: barrier.damaged_share,
            openings: barrier.openings.len(),
        }
    }
}

impl CoverRow {
    fn of(cover: &LandCover) -> Self {
        let mut counts = cover.pixels();
        let voids = counts.remove(&None).unwrap_or(0);
        let known: u64 = counts.values().sum();
        let kinds = counts.iter().map(|(kind, pixels)| KindShare {
            kind: word(kind),
            share: *pixels as f64 / known as f64,
        });
        Self { files: cover.files.clone(), pixels: known + voids, voids, kinds: kinds.collect() }
    }

    fn text(&self) -> String {
        let kinds =
            self.kinds.iter().map(|each| format!("{} {:.1} %", each.kind, 100.0 * each.share));
        format!(
            "\n\nland cover of {}: {} pixels, {} of them void; {}",
            self.files.join(", "),
            self.pixels,
            self.voids,
            kinds.collect::<Vec<_>>().join(", ")
        )
    }
}

/// Roads, then kinds of ground.
fn ground_rows(sector: &Sector) -> Vec<GroundRow> {
    let roads = sector.roads.iter().map(|road| GroundRow {
        id: road.id.clone(),
        kind: format!("{} road", word(&road.class)),
        shapes: road.lines.len(),
        length_km: Some(road.lines.iter().map(|line| length_km(line)).sum()),
    });
    let areas = sector.going.iter().map(|area| GroundRow {
        id: area.id.clone(),
        kind: word(&area.kind),
        shapes: area.shapes.len(),
        length_km: None,
    });
    roads.chain(areas).collect()
}

fn length_km(points: &[EnuPoint]) -> f64 {
    points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum::<f64>() / 1e3
}

/// A word of the sector file.
fn word(value: &impl Serialize) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

impl SensorRow {
    fn of(sensor: &sight::sector::Sensor, sector: &Sector) -> Self {
        let beside = sector.line.beside(sensor.point);
        Self {
            id: sensor.id.0.clone(),
            kind: kind_name(&sensor.kind),
            lon_deg: sensor.place.lon_deg(),
            lat_deg: sensor.place.lat_deg(),
            height_m: sensor.height_m,
            range_max_m: sensor.range_max_m,
            km: beside.chainage_m / 1e3,
            inside_m: -beside.signed_m,
        }
    }
}

fn kind_name(kind: &SensorKind) -> &'static str {
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
