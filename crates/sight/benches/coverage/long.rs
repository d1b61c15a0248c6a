//! Assessments of 200 km of line with 160 sensors that follow one change after another.

use std::sync::Arc;

use sight::coverage::{
    Assessment, Assessor, Conditions, Health, Model, MovedTo, SensorCondition, WatchState,
    WeatherAt, assess,
};
use sight::sector::SensorId;
use sight::terrain::Grid;

use crate::{conditions, now, once, report, strip};

const ROUNDS: usize = 5;
/// 200 km of line with 160 sensors, all else as a sector has it that says nothing of it.
const LONG: strip::Plan =
    strip::Plan { cols: 7_092, rows: 1_800, counts: [64, 20, 6, 10, 30, 30], line: "" };

pub(crate) fn measure(name: &str, tile: &Grid) {
    let grid = strip::strip(tile, &LONG);
    println!("ground: {name}, mirrored to {} x {} cells of 30 m", grid.width, grid.height);
    let sector = strip::sector(&grid, &LONG);
    let mut model = None;
    let (mut sector, mut grid) = (Some(sector), Some(grid));
    once("all that is planned", || {
        let built = sector.take().zip(grid.take()).map(|(sector, grid)| Model::build(sector, grid));
        model = built.map(|built| Arc::new(built.expect("sensors on the ground")));
    });
    let model = model.expect("built once");
    let sector = model.sector();
    println!(
        "a line of {:.0} km in {} stretches, {} sensors",
        sector.line.length_m / 1e3,
        sector.stretches.len(),
        sector.sensors.len()
    );
    let night = troubled(&model);
    let mut assessor = Assessor::new(Arc::clone(&model));
    once("the first assessment", || tell(&assessor.assess(&night)));
    follow("new weather, a front of dust", &mut assessor, |round| Conditions {
        weather: front(round as f64),
        ..night.clone()
    });
    follow("new weather, the same everywhere", &mut assessor, |round| Conditions {
        weather: vec![report(0.0, 4_000.0 + 100.0 * round as f64)],
        ..night.clone()
    });
    follow("a camera off or on", &mut assessor, |round| {
        changed(
            &night,
            "camera-30",
            condition(if round % 2 == 0 { Health::Down } else { Health::Working }, None),
        )
    });
    follow("a balloon moved", &mut assessor, |round| {
        let balloon = sector.sensors.iter().find(|sensor| sensor.id.0 == "balloon-3");
        let mut point = balloon.expect("a balloon").point;
        point.north_m += 200.0 * round as f64;
        changed(
            &night,
            "balloon-3",
            condition(Health::Working, Some(MovedTo { point, height_m: 280.0 })),
        )
    });
}

/// A front of dust, six cameras out, two silent, nobody with the last two drones.
fn troubled(model: &Model) -> Conditions {
    let mut night = Conditions { weather: front(0.0), ..conditions(model) };
    for at in 0..6 {
        let id = format!("camera-{}", 5 + 10 * at);
        night = changed(&night, &id, condition(Health::Down, None));
    }
    for id in ["camera-20", "radar-11"] {
        night = changed(&night, id, condition(Health::Stale, None));
    }
    for id in ["drone-8", "drone-9"] {
        night.sensors.remove(&SensorId(id.to_owned()));
    }
    night
}

fn condition(health: Health, moved_to: Option<MovedTo>) -> SensorCondition {
    SensorCondition { health, moved_to }
}

fn changed(night: &Conditions, id: &str, condition: SensorCondition) -> Conditions {
    let mut night = night.clone();
    night.sensors.insert(SensorId(id.to_owned()), condition);
    night
}

/// Masts every ten kilometres; the worst of the dust lies in the middle third.
fn front(phase: f64) -> Vec<WeatherAt> {
    let masts = (0..20).map(|mast| {
        let east_m = (f64::from(mast) - 9.5) * 10_000.0;
        let into = 1.0 - ((east_m / 1e3 + phase).abs() / 60.0).min(1.0);
        report(east_m, 20_000.0 * (1.0 - 0.97 * into))
    });
    masts.collect()
}

fn tell(assessment: &Assessment) {
    let count = |state| assessment.stretches.iter().filter(|of| of.state == state).count();
    let states =
        [WatchState::Watched, WatchState::Degraded, WatchState::Blind, WatchState::Unknown];
    println!("  watched, degraded, blind, unknown: {:?}", states.map(count));
}

/// Median time to follow and to assess anew, over some rounds; each result must be the same either way.
fn follow(what: &str, assessor: &mut Assessor, to: impl Fn(usize) -> Conditions) {
    let mut taken = [const { Vec::new() }; 4];
    let mut last = None;
    for round in 0..ROUNDS {
        let next = to(round);
        let from = now();
        let followed = assessor.assess(&next);
        let between = now();
        let anew = assess(assessor.model(), &next);
        let until = now();
        assert!(followed == anew && followed.digest() == anew.digest(), "{what}: differs");
        for (times, ms) in taken.iter_mut().zip([
            between.0 - from.0,
            between.1 - from.1,
            until.0 - between.0,
            until.1 - between.1,
        ]) {
            times.push(ms);
        }
        last = Some(followed);
    }
    let [wall, cpu, anew_wall, anew_cpu] = taken.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!(
        "{what}: {wall:.0} ms, {cpu:.0} on processors; anew {anew_wall:.0} and {anew_cpu:.0}, the same to the byte"
    );
    tell(&last.expect("some rounds"));
}
