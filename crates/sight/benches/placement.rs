//! How long a placement takes: ten towers among ten thousand candidates over two million cells.
//!
//! The ground is the real 3 arc-second tile, resampled to 30 m and mirrored to 60 x 30 km; the strip between the edges takes nearly
//! all of it. Candidates stand on a square lattice on the near side, tops or not.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "viewshed/ground.rs"]
mod ground;

use rustix::time::{ClockId, clock_gettime};
use sight::coverage::{Conditions, Model};
use sight::crossing::{Light, Starter};
use sight::placement::{
    Asset, AssetClass, CoverageGoal, CoverageTask, Grounds, Limits, Site, StormAsk, WeakestTask,
    buy_back, cover, lattice, raise_weakest, site_at, suitable,
};
use sight::sector::{Mobility, Mover, UnitId, parse};
use sight::terrain::{Cell, Grid};

const COLS: usize = 2_000;
const ROWS: usize = 1_000;
const CANDIDATES: usize = 10_000;
const PIECES: usize = 10;
/// So few that the weakest crossing cannot be raised.
const FEW_PIECES: usize = 3;

fn main() {
    let (name, tile) = ground::resampled(ground::TILES[0], 30.0);
    let model = model(&tile);
    println!("ground: {name}, mirrored to {COLS} x {ROWS} cells of 30 m");
    let limits = Limits {
        count: PIECES,
        budget: f64::INFINITY,
        spacing_m: 0.0,
        slope_max: 10.0,
        inside_m: (50.0, 14_000.0),
        drive_max_s: None,
        road_max_m: None,
        keep_out: Vec::new(),
    };
    let mut asset = Asset::new(AssetClass::Tower, None, model.sector());
    asset.sensor.range_max_m = 10_000.0;
    let sites = sites(&model, &asset, &limits);
    println!("{} candidates, {PIECES} towers of 20 m that look 10 km far", sites.len());
    let conditions = Conditions {
        mover: Mover::Walker,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: std::collections::BTreeMap::new(),
        views: std::collections::BTreeMap::new(),
    };
    let goal = CoverageGoal::default();
    let task = CoverageTask { asset: &asset, sites: &sites, limits: &limits, goal: &goal };
    let from = now();
    let plan = cover(&model, &conditions, &task, &|| ()).expect("a plan");
    let until = now();
    println!(
        "coverage: {:.1} s by the clock, {:.1} s on processors; {:.2} % watched, at most {:.2} %, gap {:.1} % of what can be gained; {} worked out exactly to choose from",
        until.0 - from.0,
        until.1 - from.1,
        100.0 * plan.after,
        100.0 * plan.bound,
        100.0 * plan.gap(),
        plan.survivors
    );
    for count in [PIECES, FEW_PIECES] {
        let limits = Limits { count, ..limits.clone() };
        let task = WeakestTask { asset: &asset, sites: &sites, limits: &limits };
        let from = now();
        let plan = raise_weakest(&model, &conditions, &task, &|| ()).expect("a plan");
        let until = now();
        println!(
            "weakest crossing by {count}: {:.1} s by the clock, {:.1} s on processors; detected with {:.4}, at most {:.4}; even odds take at least {}; {:.1} km blind no more, {} chosen from",
            until.0 - from.0,
            until.1 - from.1,
            plan.after,
            plan.bound,
            plan.fewest.map_or_else(|| "so many or fewer".to_owned(), |fewest| fewest.to_string()),
            plan.effect.no_longer_blind_m / 1e3,
            plan.survivors
        );
    }
    storm(&model, &conditions);
}

/// The storm question alone: ten units along a line that nothing watches.
fn storm(model: &Model, conditions: &Conditions) {
    let line = &model.sector().line;
    let unit = |number: u32| Starter {
        unit: UnitId(number.to_string()),
        mobility: if number.is_multiple_of(2) { Mobility::Vehicle } else { Mobility::Foot },
        point: line.point_at(line.length_m * (f64::from(number) + 0.5) / 10.0),
    };
    let ask = StormAsk {
        conditions: conditions.clone(),
        units: (0..10).map(unit).collect(),
        horizon_s: 3_600.0,
        drone_mps: 15.0,
    };
    let from = now();
    let answer = buy_back(model, &ask);
    let until = now();
    println!(
        "storm question: {:.2} s by the clock, {:.2} s on processors; {} movers, {} places, {} moves told",
        until.0 - from.0,
        until.1 - from.1,
        answer.movers,
        answer.places,
        answer.moves.len()
    );
}

/// Exactly so many candidates, evenly thinned out of a finer lattice.
fn sites(model: &Model, asset: &Asset, limits: &Limits) -> Vec<Site> {
    let fine: Vec<Site> = lattice(model, 200.0, 14_000.0)
        .into_iter()
        .enumerate()
        .flat_map(|(at, point)| site_at(asset, &at.to_string(), point, 1.0))
        .collect();
    let usable =
        suitable(&Grounds::new(model, limits, Light::Day), asset, fine).expect("candidates").sites;
    let count = usable.len();
    assert!(count >= CANDIDATES, "{count} candidates");
    (0..CANDIDATES).map(|at| usable[at * count / CANDIDATES].clone()).collect()
}

/// The tile beside its mirror image, a line along the middle, nothing watched.
fn model(tile: &Grid) -> Model {
    let fold = |at: usize, side: usize| {
        if (at / side).is_multiple_of(2) { at % side } else { side - 1 - at % side }
    };
    let post = |at: usize| {
        tile.posts_m[fold(at / COLS, tile.height) * tile.width + fold(at % COLS, tile.width)]
    };
    let posts_m = (0..ROWS * COLS).map(post).collect();
    let grid = Grid { width: COLS, height: ROWS, posts_m, ..tile.clone() };
    let end = |col: usize| grid.place_of(Cell { row: ROWS / 2, col });
    let (west, east) = (end(COLS / 100), end(COLS - COLS / 100));
    let line = format!(
        r#"{{"type":"LineString","coordinates":[[{},{}],[{},{}]]}}"#,
        west.0, west.1, east.0, east.1
    );
    let toml = "name = 'strip'\ntitle = { en = 'Strip', ar = 'شريط' }\n\
         terrain = { files = ['N42E001.hgt'] }\n\
         [line]\nfile = 'line.geojson'\nfar_side = 'left'\nfar_depth_m = 14000\nnear_depth_m = 14000\n";
    let sector = parse(toml, &|_| Ok(line.clone().into_bytes())).expect("a sector");
    Model::build(sector, grid).expect("nothing stands in the wrong place")
}

/// Seconds by the clock, and of all threads on processors.
fn now() -> (f64, f64) {
    let s = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    (s(ClockId::Monotonic), s(ClockId::ProcessCPUTime))
}
