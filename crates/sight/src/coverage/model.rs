//! A sector and its ground, prepared: what does not change from one assessment to the next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use crate::coverage::air::{Air, End, Extent};
use crate::coverage::chart::Chart;
use crate::coverage::rates::{Make, RATE_ONE, rate_cap};
use crate::coverage::reach::{Ground, Reach, Stand};
use crate::coverage::uneven::{Slow, Uneven};
use crate::coverage::view::{View, seen_by};
use crate::coverage::{Conditions, MovedTo};
use crate::crossing::Light;
use crate::crossing::going::Going;
use crate::crossing::net::{Net, Times};
use crate::geo::{EnuPoint, Wgs84};
use crate::sector::{
    Fault, Mover, ObserverFigures, Sector, Sensor, SensorId, SensorKind, Settings, Text,
};
use crate::sensor::RangeModel;
use crate::terrain::{Cell, Grid};

/// Reaches of sensors that moved or turned that are kept; when more are asked for, all of them are forgotten.
const MOVED_REACHES_MAX: usize = 512;

/// A sector, its terrain and all that follows from the two alone.
pub struct Model {
    sector: Sector,
    grid: Grid,
    pub(crate) going: Going,
    pub(crate) net: Net,
    extent: Extent,
    chart: Chart,
    index_of: BTreeMap<SensorId, usize>,
    planned: Mutex<BTreeMap<ReachKey, Arc<Reach>>>,
    moved: Mutex<BTreeMap<ReachKey, Arc<Reach>>>,
    /// By mover, then by light.
    movers: [[OnceLock<MoverModel>; 2]; 5],
    /// Stands for a patrol or checkpoint that could be posted anywhere.
    observer: Sensor,
}

/// What depends on who is watched for.
pub(crate) struct MoverModel {
    pub(crate) times: Times,
    /// By sensor, in the sector's order; the observer that could be posted comes last.
    pub(crate) makes: Vec<Arc<Make>>,
    pub(crate) target_height_m: f64,
    pub(crate) uneven: Uneven,
    /// By node.
    pub(crate) slow: Vec<Slow>,
}

/// How a sensor stands now: `None` for what is as planned.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Stance<'a> {
    pub(crate) moved: Option<MovedTo>,
    pub(crate) view: Option<&'a View>,
}

/// One reach: whose, from where, looking where and for what, over which ground.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ReachKey {
    sensor: usize,
    cell: Option<(usize, usize)>,
    height_dm: i64,
    target_dm: i64,
    ground: Ground,
    facing: Facing,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Facing {
    Planned,
    /// All round, for it may be turned anywhere.
    AllRound,
    Told(View),
}

impl Model {
    /// Prepares a sector over its terrain: sides of the line, the net of ways, and every planned sensor's viewshed
    /// for a walker.
    ///
    /// Returns a fault for each vertex of the line and each sensor that stands off the terrain or on a void.
    pub fn build(sector: Sector, grid: Grid) -> Result<Self, Vec<Fault>> {
        let faults = misplaced(&sector, &grid);
        if !faults.is_empty() {
            return Err(faults);
        }
        let going = Going::new(&sector, &grid);
        let net = Net::new(&sector, &going);
        let observer = posted_observer(&sector);
        let extent = extent_of(&sector, &grid);
        let each = sector.sensors.iter().enumerate();
        let model = Self {
            extent,
            chart: Chart::new(&sector.frame, &grid, extent),
            index_of: each.map(|(index, sensor)| (sensor.id.clone(), index)).collect(),
            sector,
            grid,
            going,
            net,
            planned: Mutex::default(),
            moved: Mutex::default(),
            movers: [const { [const { OnceLock::new() }; 2] }; 5],
            observer,
        };
        let walker_m = model.mover(Mover::Walker, Light::Day).target_height_m;
        (0..model.sector.sensors.len()).into_par_iter().for_each(|index| {
            model.reach(index, Stance::default(), walker_m, Ground::AsItIs);
        });
        Ok(model)
    }

    pub fn sector(&self) -> &Sector {
        &self.sector
    }

    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Whether the sector has this sensor; quick, for it is asked for every chance of a look.
    pub fn has_sensor(&self, id: &SensorId) -> bool {
        self.index_of.contains_key(id)
    }

    /// Number of a sensor in the sector's order.
    pub(crate) fn index_of(&self, id: &SensorId) -> Option<usize> {
        self.index_of.get(id).copied()
    }

    /// The cell of the grid under a point of the sector's plane; `None` off the terrain.
    pub(crate) fn cell_at(&self, point: EnuPoint) -> Option<Cell> {
        self.chart.cell_at(&self.sector.frame, &self.grid, point)
    }

    /// The node of the net of ways under a point; `None` off the strip between far edge and near edge.
    pub(crate) fn node_at(&self, point: EnuPoint) -> Option<u32> {
        let Cell { row, col } = self.cell_at(point)?;
        let col = self.going.col_of[col] as usize;
        self.net.layout.node_at(row / self.going.factor * self.going.cols + col)
    }

    /// The sensor of that number; one past the last is the observer that could be posted.
    pub(crate) fn sensor(&self, index: usize) -> &Sensor {
        self.sector.sensors.get(index).unwrap_or(&self.observer)
    }

    pub(crate) fn observer_index(&self) -> usize {
        self.sector.sensors.len()
    }

    pub(crate) fn mover(&self, mover: Mover, light: Light) -> &MoverModel {
        self.movers[mover as usize][light as usize].get_or_init(|| {
            let settings = &self.sector.settings;
            let times = self.net.times((mover, light), &self.sector, &self.going);
            MoverModel {
                slow: self.slow(mover, &times),
                times,
                // The sensors are the same by night as by day.
                makes: match light {
                    Light::Day => self.makes(mover),
                    Light::Night => self.mover(mover, Light::Day).makes.clone(),
                },
                target_height_m: Settings::of(&settings.target_height_m, mover),
                uneven: self.uneven(mover),
            }
        })
    }

    /// How unlike the places of a node are, to a mover who goes through it at the speed of flat open ground.
    fn uneven(&self, mover: Mover) -> Uneven {
        let settings = &self.sector.settings;
        let across_m = f64::midpoint(self.going.row_m, self.going.col_m);
        let stay_s = across_m / settings.off_path_speed_mps(mover);
        Uneven::new(settings.sight_evenness, stay_s, f64::from(RATE_ONE))
    }

    /// How much longer than on flat open ground a mover stays in each node.
    fn slow(&self, mover: Mover, times: &Times) -> Vec<Slow> {
        let lengths_m = self.going.step_lengths_m();
        let per_m = 1.0 / self.sector.settings.off_path_speed_mps(mover);
        let nodes = u32::try_from(self.net.len()).unwrap_or(u32::MAX);
        let slow =
            |node| times.slowness((&self.net, node), &lengths_m, per_m).map_or(Slow::NOT, Slow::of);
        (0..nodes).into_par_iter().map(slow).collect()
    }

    /// The make of every sensor; sensors with the same figures share theirs.
    fn makes(&self, mover: Mover) -> Vec<Arc<Make>> {
        let sensors: Vec<&Sensor> =
            (0..=self.sector.sensors.len()).map(|index| self.sensor(index)).collect();
        let alike = |a: &Sensor, b: &Sensor| {
            let figures = |of: &Sensor| [slant_max_m(of), of.revisit_s].map(f64::to_bits);
            a.kind == b.kind && figures(a) == figures(b)
        };
        let mut firsts: Vec<&Sensor> = Vec::new();
        let mut make_of = Vec::with_capacity(sensors.len());
        for sensor in &sensors {
            let known = firsts.iter().position(|first| alike(first, sensor));
            make_of.push(known.unwrap_or(firsts.len()));
            if known.is_none() {
                firsts.push(*sensor);
            }
        }
        let cap = rate_cap(sensors.len());
        let made: Vec<Arc<Make>> = firsts
            .into_par_iter()
            .map(|of| {
                // Heights are left to each sensor's own slant ranges, so that towers of any height share a make.
                let model = RangeModel::new(&of.kind, 0.0, mover, &self.sector.settings);
                Arc::new(Make::new(&model, slant_max_m(of), of.revisit_s, cap))
            })
            .collect();
        make_of.into_iter().map(|at| Arc::clone(&made[at])).collect()
    }

    /// The air that the conditions tell of, at one end of the thermal ratio.
    pub(crate) fn air(&self, conditions: &Conditions, end: End) -> Air {
        Air::reported(&conditions.weather, &self.sector.settings, end, self.extent)
    }

    /// Where a sensor looks from: as planned, or in the middle of the cell that it has moved to.
    ///
    /// `None` when it has moved off the terrain.
    pub(crate) fn place_of(&self, index: usize, moved: Option<MovedTo>) -> Option<Wgs84> {
        let Some(moved) = moved else { return Some(self.sensor(index).place) };
        let cell = self.cell_at(moved.point)?;
        let (lon_deg, lat_deg) = self.grid.place_of(cell);
        Wgs84::new(lon_deg, lat_deg).ok()
    }

    /// The cells that a sensor can look at; kept from one call to the next.
    pub(crate) fn reach(
        &self,
        index: usize,
        stance: Stance<'_>,
        target_height_m: f64,
        ground: Ground,
    ) -> Option<Arc<Reach>> {
        let sensor = self.sensor(index);
        let moved = stance.moved;
        let place = self.place_of(index, moved)?;
        let height_m = moved.map_or(sensor.height_m, |moved| moved.height_m.max(0.0));
        let cell = if moved.is_some() { self.grid.cell_at(place) } else { None };
        let planned = ReachKey {
            sensor: index,
            cell: cell.map(|Cell { row, col }| (row, col)),
            height_dm: decimetres(height_m),
            target_dm: decimetres(target_height_m),
            ground,
            facing: Facing::Planned,
        };
        let stand = self.stand(sensor, place, &planned);
        let as_planned = |key| self.kept_reach(key, || Reach::new(&self.grid, sensor, &stand));
        let Some(view) = stance.view else { return Some(as_planned(planned)) };
        let told = ReachKey { facing: Facing::Told(view.clone()), ..planned.clone() };
        Some(self.kept_reach(told, || {
            let whole = if view.is_turned() {
                let all_round = ReachKey { facing: Facing::AllRound, ..planned };
                self.kept_reach(all_round, || {
                    let sensor = Sensor { facing: None, ..sensor.clone() };
                    Reach::new(&self.grid, &sensor, &stand)
                })
            } else {
                as_planned(planned)
            };
            seen_by(view, &whole, &self.grid, (sensor, &stand))
        }))
    }

    fn stand(&self, sensor: &Sensor, place: Wgs84, key: &ReachKey) -> Stand {
        let settings = &self.sector.settings;
        Stand {
            place,
            height_m: key.height_dm as f64 / 10.0,
            target_height_m: key.target_dm as f64 / 10.0,
            refraction: if matches!(sensor.kind, SensorKind::Radar(_)) {
                settings.radar_refraction
            } else {
                settings.refraction
            },
            // A ground sensor feels; it does not look.
            ground: if matches!(sensor.kind, SensorKind::GroundSensor(_)) {
                Ground::Bald
            } else {
                key.ground
            },
        }
    }

    /// A reach that is known already, or made now; those that come of a move or a turn are not kept for ever.
    fn kept_reach(&self, key: ReachKey, make: impl FnOnce() -> Reach) -> Arc<Reach> {
        let passes = key.cell.is_some() || key.facing != Facing::Planned;
        let kept = if passes { &self.moved } else { &self.planned };
        let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reach) = lock().get(&key) {
            return Arc::clone(reach);
        }
        let reach = Arc::new(make());
        let mut kept = lock();
        if passes && kept.len() >= MOVED_REACHES_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&reach));
        reach
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Model").field("sector", &self.sector.name).finish_non_exhaustive()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "heights of sensors and targets are small")]
fn decimetres(metres: f64) -> i64 {
    libm::round(metres * 10.0) as i64
}

/// The longest look of a sensor, rounded up to a sixteenth of its range.
fn slant_max_m(sensor: &Sensor) -> f64 {
    let slant_m = libm::hypot(sensor.range_max_m, sensor.height_m);
    libm::ceil(slant_m / sensor.range_max_m * 16.0) / 16.0 * sensor.range_max_m
}

fn posted_observer(sector: &Sector) -> Sensor {
    let settings = &sector.settings;
    let half_range_m = settings.observer_half_range_m;
    Sensor {
        id: SensorId("posted-observer".to_owned()),
        name: Text { en: "posted observer".to_owned(), ar: "مراقب".to_owned() },
        node_id: String::new(),
        place: sector.frame.origin(),
        point: EnuPoint::new(0.0, 0.0),
        height_m: settings.observer_height_m,
        facing: None,
        field_rad: std::f64::consts::TAU,
        obscured: Vec::new(),
        delay_s: 0.0,
        pose: None,
        range_max_m: 4.0 * half_range_m,
        revisit_s: settings.observer_revisit_s,
        kind: SensorKind::Observer(ObserverFigures { walker_half_range_m: half_range_m }),
    }
}

fn extent_of(sector: &Sector, grid: &Grid) -> Extent {
    let corners =
        [(0, 0), (0, grid.width - 1), (grid.height - 1, 0), (grid.height - 1, grid.width - 1)];
    let points: Vec<_> = corners
        .into_iter()
        .filter_map(|(row, col)| {
            let (lon_deg, lat_deg) = grid.place_of(Cell { row, col });
            Wgs84::new(lon_deg, lat_deg).ok()
        })
        .map(|place| sector.frame.point(place))
        .collect();
    let fold = |of: fn(&EnuPoint) -> f64, pick: fn(f64, f64) -> f64| {
        points.iter().map(of).reduce(pick).unwrap_or(0.0)
    };
    let at = EnuPoint::new;
    Extent {
        south_west: at(fold(|point| point.east_m, f64::min), fold(|point| point.north_m, f64::min)),
        north_east: at(fold(|point| point.east_m, f64::max), fold(|point| point.north_m, f64::max)),
    }
}

fn misplaced(sector: &Sector, grid: &Grid) -> Vec<Fault> {
    let fault = |field: String, place: Wgs84, problem: &str| Fault {
        file: "sector.toml".to_owned(),
        line: None,
        field,
        value: format!("[{}, {}]", place.lon_deg(), place.lat_deg()),
        problem: problem.to_owned(),
    };
    let mut faults = Vec::new();
    for (index, place) in sector.line.places.iter().enumerate() {
        if grid.cell_at(*place).is_none() {
            let problem = "lies outside the terrain: add terrain there or shorten the line";
            faults.push(fault(format!("line vertex {index}"), *place, problem));
        }
    }
    for (index, sensor) in sector.sensors.iter().enumerate() {
        let problem = match grid.cell_at(sensor.place) {
            None => "lies outside the terrain: move it or add terrain there",
            Some(cell) if grid.post_m(cell).is_none() => {
                "stands where the terrain is void: its ground is unknown, move it"
            }
            Some(_) => continue,
        };
        faults.push(fault(format!("sensor[{index}].at"), sensor.place, problem));
    }
    faults
}
