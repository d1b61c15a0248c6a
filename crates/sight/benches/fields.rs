//! Forward and backward fields over 20 million cells, and their repair after a change, beside GRASS `r.cost`.
//!
//! The ground is the real 3 arc-second tile N42E001, resampled to 30 m and mirrored to 255 x 75 km; nearly all of it lies
//! between far and near edge. Figures are times on the clock and of all threads on processors. `r.cost -k` takes as many
//! neighbours and spreads from the far edge over a raster of the same rates: one field where we spread two.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "viewshed/ground.rs"]
mod ground;
#[path = "fields/peer.rs"]
mod peer;
#[path = "coverage/strip.rs"]
mod strip;

use rustix::time::{ClockId, clock_gettime};
use sight::coverage::{
    Conditions, Health, LiveField, LiveProfile, Model, RateField, SensorCondition,
};
use sight::crossing::Light;
use sight::sector::{Mover, SensorId};

/// Ways over nearly every cell of 20 million, and watched here and there.
const WAYS: strip::Plan = strip::Plan {
    cols: 8_510,
    rows: 2_520,
    counts: [60, 20, 6, 0, 0, 0],
    line: "stretch_m = 1000\nfar_depth_m = 37450\nnear_depth_m = 37450\n[settings]\npath_cell_m = 30\n",
};

/// A tenth of it, to try things out.
const FEW_WAYS: strip::Plan = strip::Plan {
    cols: 2_700,
    rows: 840,
    counts: [20, 7, 2, 0, 0, 0],
    line: "stretch_m = 1000\nfar_depth_m = 12450\nnear_depth_m = 12450\n[settings]\npath_cell_m = 30\n",
};

fn main() {
    let is_small = std::env::args().any(|arg| arg == "small");
    let ways = if is_small { FEW_WAYS } else { WAYS };
    let (name, tile) = ground::resampled(ground::TILES[0], 30.0);
    let grid = strip::strip(&tile, &ways);
    println!("ground: {name}, mirrored to {} x {} cells of 30 m", grid.width, grid.height);
    let sector = strip::sector(&grid, &ways);
    let model = Model::build(sector, grid).expect("sensors on the ground");
    let working = SensorCondition { health: Health::Working, moved_to: None };
    let each = model.sector().sensors.iter();
    let all = Conditions {
        mover: Mover::Walker,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: each.map(|sensor| (sensor.id.clone(), working)).collect(),
        views: std::collections::BTreeMap::new(),
    };
    let down = |ids: &[String]| {
        let mut down = all.clone();
        let condition = SensorCondition { health: Health::Down, moved_to: None };
        down.sensors.extend(ids.iter().map(|id| (SensorId(id.clone()), condition)));
        down
    };
    let mut live = LiveField::new(&model, &all);
    // The times of all steps are worked out once for each mover.
    let mut profile = once("both fields, with the times of all steps", || {
        LiveProfile::new(&model, Mover::Walker, live.field())
    });
    let rounds = if is_small { 9 } else { 1 };
    for _ in 1..rounds {
        drop(once("both fields", || LiveProfile::new(&model, Mover::Walker, live.field())));
    }
    drop(once("both fields", || LiveProfile::new(&model, Mover::Walker, live.field())));
    println!(
        "{} stretches, chance of detection {:?}",
        profile.probabilities().len(),
        quartiles(&profile)
    );
    let one = |id: &str| vec![id.to_owned()];
    let fail = if is_small {
        vec![one("camera-10"), one("radar-3")]
    } else {
        // Ten radars side by side are several in a hundred cells.
        let radars = (0..10).map(|number| format!("radar-{number}")).collect();
        vec![one("camera-30"), one("radar-10"), radars]
    };
    for ids in fail {
        let id = ids.join(", ");
        for (what, conditions) in [("less", down(&ids)), ("more", all.clone())] {
            let before = live.field().clone();
            live.follow(&model, &conditions);
            let share = differing(&before, live.field());
            profile = once(&format!("repair after {what} of {id}, {share:.1} % of cells"), || {
                profile.following(live.field())
            });
            let anew = LiveProfile::new(&model, Mover::Walker, live.field());
            assert!(profile == anew, "{id}: differs from fields spread anew");
        }
    }
    if is_small {
        return;
    }
    match peer::r_cost(live.field()) {
        Ok(ms) => println!("GRASS r.cost -k, one field: {ms:.0} ms on processors"),
        Err(why) => println!("GRASS r.cost: NOT COMPARED: {why}"),
    }
}

fn quartiles(profile: &LiveProfile<'_>) -> [f64; 3] {
    let mut chances = profile.probabilities();
    chances.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| chances[chances.len() * quarter / 4])
}

fn differing(before: &RateField, after: &RateField) -> f64 {
    let differ = before.rates.iter().zip(&after.rates).filter(|(a, b)| a != b).count();
    differ as f64 / before.rates.len() as f64 * 100.0
}

fn once<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let from = now();
    let made = work();
    let until = now();
    println!("{what}: {:.0} ms, {:.0} on processors", until.0 - from.0, until.1 - from.1);
    made
}

/// Milliseconds on the clock, and of all threads on processors.
fn now() -> (f64, f64) {
    let ms = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    };
    (ms(ClockId::Monotonic), ms(ClockId::ProcessCPUTime))
}
