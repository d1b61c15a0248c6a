//! One set of conditions over a model: which sensors look, through what air, and what crossings that leaves.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use crate::coverage::air::Air;
use crate::coverage::haze::Haze;
use crate::coverage::live::is_relied_on;
use crate::coverage::look::{BLOCK, Look};
use crate::coverage::model::{Model, MoverModel, Stance};
use crate::coverage::reach::Ground;
use crate::coverage::uneven::Slow;
use crate::coverage::view::View;
use crate::coverage::{Conditions, Health, MovedTo, RateField, SensorCondition};
use crate::crossing::net::{Asked, Fields, LeastDetected, Run, index};
use crate::geo::EnuPoint;
use crate::sector::{Sensor, SensorKind};
use crate::sensor::Band;

/// A model under conditions.
pub(crate) struct Scene<'a> {
    pub(crate) model: &'a Model,
    pub(crate) mover: &'a MoverModel,
    /// By sensor, in the sector's order.
    pub(crate) conditions: Vec<SensorCondition>,
    /// By sensor: where it says that it looks.
    pub(crate) views: Vec<Option<View>>,
}

/// Rows that one thread paints at a time.
const BAND_ROWS: usize = 64;

/// What is assumed for one run.
#[derive(Clone, Copy)]
pub(crate) struct Assumed<'a> {
    pub(crate) air: &'a Air,
    pub(crate) ground: Ground,
    /// Which sensors are taken to work, in the sector's order.
    pub(crate) working: &'a [bool],
    pub(crate) views: Views,
}

/// Where sensors are taken to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Views {
    /// Where they say.
    AsTold,
    /// Where the sector file says.
    AsPlanned,
}

/// Whether rates are added or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    #[inline]
    fn apply(self, sum: &mut i64, rate: i64) {
        match self {
            Self::Plus => *sum += rate,
            Self::Minus => *sum -= rate,
        }
    }
}

/// Sums of rates by node of the net; 64 bits, so that nothing overflows.
pub(crate) type Sums = Vec<i64>;

/// The least-detected crossing through each stretch.
pub(crate) type Crossings = Vec<Option<LeastDetected>>;

impl<'a> Scene<'a> {
    pub(crate) fn new(model: &'a Model, conditions: &Conditions) -> Self {
        let silent = SensorCondition { health: Health::NeverHeard, moved_to: None };
        let each = model.sector().sensors.iter();
        Self {
            model,
            mover: model.mover(conditions.mover, conditions.light),
            conditions: each
                .map(|sensor| conditions.sensors.get(&sensor.id).copied().unwrap_or(silent))
                .collect(),
            views: model
                .sector()
                .sensors
                .iter()
                .map(|sensor| conditions.views.get(&sensor.id).cloned())
                .collect(),
        }
    }

    /// Which sensors have a health that `believed` accepts.
    pub(crate) fn working(&self, believed: impl Fn(Health) -> bool) -> Vec<bool> {
        self.conditions.iter().map(|condition| believed(condition.health)).collect()
    }

    /// True when a flying or tethered sensor cannot be up in this air, or sees nothing from there.
    pub(crate) fn is_grounded(&self, index: usize, air: &Air) -> bool {
        is_grounded(self.model.sensor(index), self.moved(index), air)
    }

    fn moved(&self, index: usize) -> Option<MovedTo> {
        self.conditions.get(index).and_then(|condition| condition.moved_to)
    }

    /// How a sensor stands, with what it says of where it looks believed or not.
    pub(crate) fn stance(&self, index: usize, views: Views) -> Stance<'_> {
        let told = match views {
            Views::AsTold => self.views.get(index).and_then(Option::as_ref),
            Views::AsPlanned => None,
        };
        Stance { moved: self.moved(index), view: told }
    }

    /// True when a sensor says that it does not look at all that it would as planned.
    pub(crate) fn looks_elsewhere(&self, index: usize) -> bool {
        let target_m = self.mover.target_height_m;
        let reach =
            |views| self.model.reach(index, self.stance(index, views), target_m, Ground::AsItIs);
        self.views.get(index).is_some_and(Option::is_some)
            && reach(Views::AsTold) != reach(Views::AsPlanned)
    }

    /// A sensor ready to be painted; `None` when it does not look.
    fn look(&self, index: usize, air: &Air, ground: Ground) -> Option<Look> {
        self.look_at((index, self.stance(index, Views::AsTold)), air, ground)
    }

    /// The same as it is said to stand.
    fn look_at(
        &self,
        (index, stance): (usize, Stance<'_>),
        air: &Air,
        ground: Ground,
    ) -> Option<Look> {
        let moved = stance.moved;
        if is_grounded(self.model.sensor(index), moved, air) {
            return None;
        }
        let reach = self.model.reach(index, stance, self.mover.target_height_m, ground)?;
        let make = &self.mover.makes[index];
        let point = self.model.sector().frame.point(self.model.place_of(index, moved)?);
        let haze = Haze::new(air, make.band(), point, self.model.sensor(index).range_max_m);
        Some(match make.even(&haze) {
            Some(even) => Look::in_even_air(reach, even),
            None => Look::in_patchy_air(reach, Arc::clone(make), &haze),
        })
    }

    /// Adds or takes away what these sensors put into a field, those that are relied on.
    pub(crate) fn repaint(&self, sensors: &[usize], air: &Air, field: &mut RateField, sign: Sign) {
        let looks = self.relied_on(sensors, air);
        by_bands(field, |rows, cols, chunk| {
            for look in &looks {
                paint(look, rows, cols, (chunk, sign));
            }
        });
    }

    /// Makes a field anew: what these sensors put on top of `ground`.
    pub(crate) fn paint_over(
        &self,
        sensors: &[usize],
        air: &Air,
        ground: &RateField,
        field: &mut RateField,
    ) {
        let looks = self.relied_on(sensors, air);
        by_bands(field, |rows, cols, chunk| {
            chunk.copy_from_slice(&ground.rates[rows.0 * cols..][..chunk.len()]);
            for look in &looks {
                paint(look, rows, cols, (chunk, Sign::Plus));
            }
        });
    }

    fn relied_on(&self, sensors: &[usize], air: &Air) -> Vec<Look> {
        sensors
            .par_iter()
            .filter(|index| is_relied_on(self.conditions[**index].health))
            .filter_map(|index| self.look(*index, air, Ground::AsItIs))
            .collect()
    }

    /// True when no weather changes what this sensor finds.
    pub(crate) fn is_steady(&self, index: usize) -> bool {
        self.mover.makes[index].band() == Band::Unweakened
    }

    fn looks(&self, assumed: &Assumed<'_>) -> Vec<Look> {
        (0..assumed.working.len())
            .into_par_iter()
            .filter(|index| assumed.working[*index])
            .map(|index| (index, self.stance(index, assumed.views)))
            .filter_map(|place| self.look_at(place, assumed.air, assumed.ground))
            .collect()
    }

    /// Rates summed over the cells of each node.
    pub(crate) fn sums(&self, assumed: &Assumed<'_>) -> Sums {
        let looks = self.looks(assumed);
        let mut sums = vec![0; self.model.net.len()];
        self.put(&looks, &mut sums, Sign::Plus);
        sums
    }

    /// The same sums from a field that has been painted already.
    pub(crate) fn sums_of(&self, field: &RateField) -> Sums {
        let mut sums = vec![0; self.model.net.len()];
        self.by_runs(&mut sums, |row, run, sums| self.sum_run((row, run), field, sums));
        sums
    }

    /// Lets sums follow a painted field; tells the nodes whose sum has changed, in order, and the rate that a mover meets there.
    pub(crate) fn follow(&self, field: &RateField, sums: &mut Sums) -> Vec<(u32, u32)> {
        let changes = self.by_runs(sums, |row, run, known| {
            let mut sums = vec![0; known.len()];
            self.sum_run((row, run), field, &mut sums);
            let nodes = run.nodes().zip(known).zip(sums);
            let changed = nodes.filter(|((_, known), sum)| **known != *sum);
            let follow = |((node, known), sum): ((usize, &mut i64), i64)| {
                *known = sum;
                let node = index(node);
                (node, self.hazard_at(node, sum))
            };
            changed.map(follow).collect::<Vec<_>>()
        });
        changes.concat()
    }

    /// Adds the rates of a run's cells to its sums.
    fn sum_run(&self, (row, run): (usize, &Run), field: &RateField, sums: &mut [i64]) {
        let factor = self.model.going.factor;
        for row in row * factor..((row + 1) * factor).min(field.rows) {
            let cols = run.first_col * factor..(run.end_col * factor).min(field.cols);
            let cells = field.rates[row * field.cols..][cols].chunks(factor);
            for (sum, cells) in sums.iter_mut().zip(cells) {
                *sum += cells.iter().map(|rate| i64::from(*rate)).sum::<i64>();
            }
        }
    }

    /// Adds sensors to sums or takes them away, each as it is said to stand.
    pub(crate) fn put_from(
        &self,
        places: &[(usize, Stance<'_>)],
        assumed: &Assumed<'_>,
        (sums, sign): (&mut Sums, Sign),
    ) {
        let looks: Vec<Look> = places
            .par_iter()
            .filter_map(|place| self.look_at(*place, assumed.air, assumed.ground))
            .collect();
        self.put(&looks, sums, sign);
    }

    /// Adds more sensors to sums.
    pub(crate) fn add_sensors(&self, sensors: &[usize], air: &Air, sums: &mut Sums) {
        let looks: Vec<Look> =
            sensors.par_iter().filter_map(|index| self.look(*index, air, Ground::AsItIs)).collect();
        self.put(&looks, sums, Sign::Plus);
    }

    /// Adds an observer posted at a point.
    pub(crate) fn add_observer(&self, at: EnuPoint, air: &Air, sums: &mut Sums) {
        self.add_at(self.model.observer_index(), at, air, sums);
    }

    /// Takes a sensor from where it is to a point, where it stands or flies as high as planned.
    pub(crate) fn move_sensor(&self, index: usize, to: EnuPoint, air: &Air, sums: &mut Sums) {
        self.remove_sensor(index, air, sums);
        self.add_at(index, to, air, sums);
    }

    /// Takes away what a sensor adds from where it is.
    pub(crate) fn remove_sensor(&self, index: usize, air: &Air, sums: &mut Sums) {
        if let Some(look) = self.look(index, air, Ground::AsItIs) {
            self.put(&[look], sums, Sign::Minus);
        }
    }

    /// Adds one like a sensor at a point, where it stands or flies as high as planned.
    pub(crate) fn add_at(&self, index: usize, at: EnuPoint, air: &Air, sums: &mut Sums) {
        let moved = MovedTo { point: at, height_m: self.model.sensor(index).height_m };
        let stance = Stance { moved: Some(moved), view: None };
        if let Some(look) = self.look_at((index, stance), air, Ground::AsItIs) {
            self.put(&[look], sums, Sign::Plus);
        }
    }

    /// Turns a sensor back to where the sector file has it look.
    pub(crate) fn turn_back(&self, index: usize, air: &Air, sums: &mut Sums) {
        self.remove_sensor(index, air, sums);
        let planned = self.stance(index, Views::AsPlanned);
        if let Some(look) = self.look_at((index, planned), air, Ground::AsItIs) {
            self.put(&[look], sums, Sign::Plus);
        }
    }

    /// Where a sensor is now.
    pub(crate) fn point_of(&self, index: usize) -> EnuPoint {
        self.moved(index).map_or(self.model.sensor(index).point, |moved| moved.point)
    }

    /// Adds looks to sums or takes them away.
    fn put(&self, looks: &[Look], sums: &mut Sums, sign: Sign) {
        let going = &self.model.going;
        let factor = going.factor;
        self.by_runs(sums, |row, run, sums| {
            let rows = (row * factor, (row + 1) * factor);
            let cols = (run.first_col * factor, run.end_col * factor);
            let mut add = |_, first_col: usize, rates: &[i32; BLOCK]| {
                let inside = (first_col..cols.1).zip(rates).filter(|(col, _)| *col >= cols.0);
                for (col, rate) in inside {
                    let node = going.col_of[col] as usize - run.first_col;
                    sign.apply(&mut sums[node], i64::from(*rate));
                }
            };
            for look in looks {
                look.paint_within(rows, |_| cols, &mut add);
            }
        });
    }

    /// What `work(row of the net, its run, its sums)` gives for each row that holds nodes.
    fn by_runs<T: Send>(
        &self,
        sums: &mut Sums,
        work: impl Fn(usize, &Run, &mut [i64]) -> T + Sync,
    ) -> Vec<T> {
        let mut rest = &mut sums[..];
        let mut rows = Vec::new();
        let mut given = 0;
        for (row, run) in self.model.net.layout.runs().iter().enumerate() {
            let nodes = run.nodes();
            if nodes.is_empty() {
                continue;
            }
            let (_, from_run) = std::mem::take(&mut rest).split_at_mut(nodes.start - given);
            let (of_run, after) = from_run.split_at_mut(nodes.len());
            given = nodes.end;
            rest = after;
            rows.push((row, run, of_run));
        }
        rows.into_par_iter().map(|(row, run, sums)| work(row, run, sums)).collect()
    }

    /// The fields under these sums.
    pub(crate) fn fields(&self, sums: &Sums) -> Fields {
        self.model.net.fields(&self.mover.times, &self.hazard(sums), Asked::All)
    }

    /// The least-detected crossing through each stretch, by rates that take every heading for equally likely.
    pub(crate) fn crossings(&self, fields: &Fields) -> Crossings {
        self.model.net.least_detected(&self.mover.times, fields, Asked::All)
    }

    /// The same as they are told: on the headings of each way to the radars that are relied on.
    pub(crate) fn crossings_headed(&self, fields: &Fields, sums: &Sums) -> Crossings {
        let beams = self.beams(&self.working(is_relied_on), Ground::AsItIs, Views::AsTold);
        self.headed(self.crossings(fields), fields, (sums, &beams))
    }

    /// As they are told under sums that differ from those of known fields here and there.
    pub(crate) fn crossings_beside(&self, known: &Fields, sums: &Sums) -> Crossings {
        let (times, hazard) = (&self.mover.times, self.hazard(sums));
        let known = [Cow::Borrowed(known)];
        let fields = self.model.net.fields_from(known, (times, &hazard), Asked::All);
        self.crossings_headed(&fields, sums)
    }

    /// The rate that a mover meets at each node: the mean over its cells, less what their being unlike takes off.
    pub(crate) fn hazard(&self, sums: &Sums) -> Vec<u32> {
        let each = sums.par_iter().zip(&self.mover.slow);
        each.map(|(sum, slow)| self.worth(*sum, *slow)).collect()
    }

    /// The same under sums that differ here and there from those that known fields were spread under.
    pub(crate) fn hazard_beside(&self, sums: &Sums, (known, fields): (&Sums, &Fields)) -> Vec<u32> {
        let each = sums.par_iter().zip(known).zip(fields.hazard()).zip(&self.mover.slow);
        each.map(
            |(((sum, known), hazard), slow)| {
                if sum == known { *hazard } else { self.worth(*sum, *slow) }
            },
        )
        .collect()
    }

    /// The same at one node.
    pub(crate) fn hazard_at(&self, node: u32, sum: i64) -> u32 {
        self.worth(sum, self.mover.slow[node as usize])
    }

    #[inline]
    fn worth(&self, sum: i64, slow: Slow) -> u32 {
        let cells = i64::try_from(self.model.going.factor.pow(2)).unwrap_or(1);
        self.mover.uneven.rate_on(u32::try_from(sum / cells).unwrap_or(u32::MAX), slow)
    }
}

/// Bands of rows: every thread owns its cells, and sums of whole numbers do not depend on the order.
///
/// Calls `work((first row, one past the last), columns, cells)`.
fn by_bands(field: &mut RateField, work: impl Fn((usize, usize), usize, &mut [i32]) + Sync) {
    let (rows, cols) = (field.rows, field.cols);
    let bands = field.rates.par_chunks_mut((BAND_ROWS * cols).max(1)).enumerate();
    bands.for_each(|(at, chunk)| {
        work((at * BAND_ROWS, (at * BAND_ROWS + BAND_ROWS).min(rows)), cols, chunk);
    });
}

/// Paints the rows of a look that lie in a band.
fn paint(look: &Look, rows: (usize, usize), cols: usize, (chunk, sign): (&mut [i32], Sign)) {
    look.paint(rows, |row, col, rates| {
        add(&mut chunk[(row - rows.0) * cols..][col..cols.min(col + BLOCK)], rates, sign);
    });
}

fn add(cells: &mut [i32], rates: &[i32; BLOCK], sign: Sign) {
    let pairs = cells.iter_mut().zip(rates);
    match sign {
        Sign::Plus => pairs.for_each(|(cell, rate)| *cell += rate),
        Sign::Minus => pairs.for_each(|(cell, rate)| *cell -= rate),
    }
}

/// True when a balloon or drone is over its limit of wind or visibility where it is, or not below the clouds.
pub(crate) fn is_grounded(sensor: &Sensor, moved: Option<MovedTo>, air: &Air) -> bool {
    let (point, height_m) =
        moved.map_or((sensor.point, sensor.height_m), |moved| (moved.point, moved.height_m));
    match &sensor.kind {
        SensorKind::Balloon(limits) | SensorKind::Drone(limits) => {
            air.wind_mps(point) > limits.wind_limit_mps
                || air.visibility_m(point) < limits.visibility_limit_m
                || air.ceiling_m(point) <= height_m
        }
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => false,
    }
}
