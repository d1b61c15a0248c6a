//! How long the picture takes to follow new weather, a failing sensor and a moved balloon.
//!
//! Rates: 500 sensors over 20 million cells. States, reasons and repairs: 160 sensors along 200 km. The ground is the real
//! 3 arc-second tile, resampled to 30 m and mirrored to long strips. Each figure is the median of some rounds, as time on
//! the clock and as time that all threads spent on processors. After every change the result is compared with one made
//! anew, byte for byte. `states` and `long` as arguments run these parts alone.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "viewshed/ground.rs"]
mod ground;
#[path = "coverage/line.rs"]
mod line;
#[path = "coverage/long.rs"]
mod long;
#[path = "coverage/strip.rs"]
mod strip;

use rustix::time::{ClockId, clock_gettime};
use sight::coverage::{Conditions, Health, LiveField, Model, SensorCondition, WeatherAt, assess};
use sight::crossing::Light;
use sight::geo::EnuPoint;
use sight::sector::{Mover, SensorId, SensorKind};
use sight::viewshed::{Kernel, Request, viewshed};

const ROUNDS: usize = 7;
/// 20 million cells and 500 sensors. Ways are not what is measured: cells of a kilometre keep them out of the way.
const WIDE: strip::Plan = strip::Plan {
    cols: 8_000,
    rows: 2_500,
    counts: [250, 60, 20, 30, 90, 50],
    line: "stretch_m = 2000\nfar_depth_m = 5000\nnear_depth_m = 3000\n[settings]\npath_cell_m = 1000\n",
};

fn main() {
    let only = |part: &str| std::env::args().any(|word| word == part);
    let (name, tile) = ground::resampled(ground::TILES[0], 30.0);
    if !only("long") {
        states();
    }
    if !only("states") {
        long::measure(&name, &tile);
    }
    if only("long") || only("states") {
        return;
    }
    let grid = strip::strip(&tile, &WIDE);
    println!("ground: {name}, mirrored to {} x {} cells of 30 m", grid.width, grid.height);
    let sector = strip::sector(&grid, &WIDE);
    let mut model = None;
    let (mut sector, mut grid) = (Some(sector), Some(grid));
    once("all that is planned: 500 exact viewsheds, ways", || {
        let built = sector.take().zip(grid.take()).map(|(sector, grid)| Model::build(sector, grid));
        model = built.map(|built| built.expect("sensors on the ground"));
    });
    let model = model.expect("built once");
    let clear = conditions(&model);
    let mut live = None;
    once("rates of all cells for the first time", || live = Some(LiveField::new(&model, &clear)));
    let mut live = live.expect("built once");
    println!(
        "{} sensors, {} cells, {} of them covered",
        model.sector().sensors.len(),
        live.field().rates.len(),
        live.field().rates.iter().filter(|rate| **rate > 0).count()
    );
    println!(
        "{:.1} million looks of a sensor into a cell that weather changes",
        looks(&model) as f64 / 1e6
    );
    weather(&model, &clear, &mut live);
    sensors(&model, &clear, &mut live);
    println!("most memory: {} MB", peak_mb());
}

/// The whole watch state of a shipped sector, with reasons and repairs.
fn states() {
    let model = line::model();
    for (what, conditions) in [("clear night", line::clear(&model)), ("storm", line::storm(&model))]
    {
        let mut taken: Vec<(f64, f64)> = (0..ROUNDS)
            .map(|_| {
                let from = now();
                std::hint::black_box(assess(&model, &conditions));
                let until = now();
                (until.0 - from.0, until.1 - from.1)
            })
            .collect();
        taken.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (wall_ms, cpu_ms) = taken[ROUNDS / 2];
        println!(
            "watch state of {}, {what}: {wall_ms:.0} ms, {cpu_ms:.0} ms on processors",
            model.sector().name
        );
    }
}

/// Cells that each camera, balloon, drone and observer sees, summed: what new weather must paint.
fn looks(model: &Model) -> usize {
    let sensors = model.sector().sensors.iter();
    let weakened = sensors.filter(|sensor| {
        !matches!(sensor.kind, SensorKind::Radar(_) | SensorKind::GroundSensor(_))
    });
    weakened
        .map(|sensor| {
            let request = Request {
                observer: sensor.place,
                observer_height_m: sensor.height_m,
                target_height_m: 1.7,
                radius_m: sensor.range_max_m,
                refraction: model.sector().settings.refraction,
                kernel: Kernel::Exact,
            };
            viewshed(model.grid(), &request).cells_visible()
        })
        .sum()
}

fn weather(model: &Model, clear: &Conditions, live: &mut LiveField) {
    let with = |weather: Vec<WeatherAt>| Conditions { weather, ..clear.clone() };
    let even = |visibility_m: f64| with(vec![report(0.0, visibility_m)]);
    let patchy = |phase: f64| {
        // A front of dust in the middle third, masts every ten kilometres.
        let masts = (0..24).map(|mast| {
            let east_m = (f64::from(mast) - 11.5) * 10_000.0;
            let into = 1.0 - ((east_m / 1e3 + phase).abs() / 60.0).min(1.0);
            report(east_m, 20_000.0 * (1.0 - 0.97 * into))
        });
        with(masts.collect())
    };
    let haze = |phase: f64| {
        let masts = (0..24).map(|mast| {
            let share = wave(f64::from(mast) + phase);
            report((f64::from(mast) - 11.5) * 10_000.0, 15_000.0 + 20_000.0 * share)
        });
        with(masts.collect())
    };
    changes("even air, 800 m of sight in dust", live, model, |round| even(800.0 + round as f64));
    changes("even air, 20 km of sight", live, model, |round| even(20_000.0 + round as f64));
    changes("no weather at all (every other change)", live, model, |round| {
        if round % 2 == 0 { clear.clone() } else { even(25_000.0) }
    });
    changes("a front of dust, patchy", live, model, |round| patchy(round as f64));
    changes("patchy haze, 15 to 35 km of sight", live, model, |round| haze(round as f64));
}

/// Up and down between 0 and 1.
fn wave(at: f64) -> f64 {
    (at / 7.0).fract().mul_add(2.0, -1.0).abs()
}

fn sensors(model: &Model, clear: &Conditions, live: &mut LiveField) {
    let mut patchy = clear.clone();
    patchy.weather = vec![report(-30e3, 15_000.0), report(0.0, 9_000.0), report(40e3, 25_000.0)];
    for (air, base) in [("clear", clear), ("patchy", &patchy)] {
        live.follow(model, base);
        for id in ["camera-120", "radar-30", "balloon-10"] {
            let mut down = base.clone();
            let condition = SensorCondition { health: Health::Down, moved_to: None };
            down.sensors.insert(SensorId(id.to_owned()), condition);
            changes(&format!("{id} off or on, {air} air"), live, model, |round| {
                if round % 2 == 0 { down.clone() } else { base.clone() }
            });
        }
    }
}

/// Median time to follow, over some rounds; each result must equal a rebuild.
fn changes(
    what: &str,
    live: &mut LiveField,
    model: &Model,
    mut to: impl FnMut(usize) -> Conditions,
) {
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let mut last = None;
    for round in 0..ROUNDS {
        let next = to(round);
        let from = now();
        live.follow(model, &next);
        let until = now();
        wall.push(until.0 - from.0);
        cpu.push(until.1 - from.1);
        last = Some(next);
    }
    let rebuilt = LiveField::new(model, &last.expect("some rounds"));
    assert!(live.field() == rebuilt.field(), "{what}: differs from a rebuild");
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.1} ms, {:.1} ms on processors; equal to a rebuild",
        wall[ROUNDS / 2],
        cpu[ROUNDS / 2]
    );
}

fn once(what: &str, work: impl FnOnce()) {
    let from = now();
    work();
    let until = now();
    println!("{what}: {:.0} ms, {:.0} ms on processors", until.0 - from.0, until.1 - from.1);
}

/// Milliseconds on the clock, and of all threads on processors.
fn now() -> (f64, f64) {
    let ms = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    (ms(ClockId::Monotonic), ms(ClockId::ProcessCPUTime))
}

fn report(east_m: f64, visibility_m: f64) -> WeatherAt {
    WeatherAt {
        point: EnuPoint::new(east_m, 0.0),
        visibility_m: Some(visibility_m),
        wind_mps: 6.0,
        ceiling_m: None,
        dust: true,
    }
}

fn conditions(model: &Model) -> Conditions {
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

/// The most memory that this process has held (Linux).
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("linux tells");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
    let kb: u64 = line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("kB");
    kb / 1024
}
