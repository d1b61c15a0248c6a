//! Where a piece could stand: generated or given, and what rules a place out.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::asset::Asset;
use super::{AssetClass, CANDIDATES_MAX, PIECES_MAX, PlacementError};
use crate::coverage::Model;
use crate::crossing::arrivals::{UNREACHED, isochrone};
use crate::crossing::pace::TICKS_PER_S;
use crate::crossing::{Light, Starter};
use crate::geo::{Azimuth, EnuPoint};
use crate::sector::Zone;
use crate::terrain::Cell;

/// Most places that a patrol looks from on one leg.
const STOPS_MAX: usize = 64;

/// A candidate: one piece, looking from one place or from several by turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub id: String,
    pub posts: Vec<Post>,
    pub cost: f64,
    /// A sensor of the sector that stands here and may be moved.
    pub stands: bool,
}

/// A place to look from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Post {
    pub point: EnuPoint,
    pub height_m: f64,
    pub facing: Option<Azimuth>,
    /// Share of the time that it is looked from.
    pub share: f64,
}

/// What a place must fulfil, and how much may be placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub count: usize,
    /// Most that all pieces may cost together; infinite where nobody says.
    pub budget: f64,
    /// Least distance between two pieces.
    pub spacing_m: f64,
    /// Steepest ground to build or stand on, rise over run.
    pub slope_max: f64,
    /// Least and greatest distance inside the line.
    pub inside_m: (f64, f64),
    /// Longest drive from where the sector's units are; `None` where it does not matter.
    pub drive_max_s: Option<f64>,
    /// Greatest distance from a road; `None` where it does not matter.
    pub road_max_m: Option<f64>,
    /// Ground that may not be used.
    pub keep_out: Vec<Zone>,
}

/// Candidates that may be used, and why others may not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Generated {
    pub sites: Vec<Site>,
    pub refused: Refused,
}

/// How many candidates were ruled out, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refused(pub BTreeMap<&'static str, usize>);

/// What is known of the ground that candidates are held against.
pub struct Grounds<'a> {
    model: &'a Model,
    limits: &'a Limits,
    /// Ticks that the first unit needs to each cell of the going.
    drive: Option<Vec<u64>>,
}

impl Site {
    /// The middle of its places, for drawing and for distances.
    pub fn point(&self) -> EnuPoint {
        let count = self.posts.len().max(1) as f64;
        let sum = self
            .posts
            .iter()
            .fold((0.0, 0.0), |sum, post| (sum.0 + post.point.east_m, sum.1 + post.point.north_m));
        EnuPoint::new(sum.0 / count, sum.1 / count)
    }
}

impl Limits {
    /// Refuses a number of pieces or a budget that makes no plan.
    pub fn check(&self) -> Result<(), PlacementError> {
        let count = self.count as f64;
        if self.count == 0 || self.count > PIECES_MAX {
            return Err(PlacementError::Figure { field: "count", must: "1 to 200", value: count });
        }
        if self.budget.is_nan() || self.budget <= 0.0 {
            let (field, must) = ("budget", "positive");
            return Err(PlacementError::Figure { field, must, value: self.budget });
        }
        Ok(())
    }
}

impl Refused {
    /// Reasons with their numbers, the commonest first.
    pub fn in_words(&self) -> String {
        let mut each: Vec<_> = self.0.iter().collect();
        each.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        each.iter().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> Grounds<'a> {
    /// Units drive by this light.
    pub fn new(model: &'a Model, limits: &'a Limits, light: Light) -> Self {
        let drive = limits.drive_max_s.map(|_| {
            let units: Vec<Starter> = model
                .sector()
                .units
                .iter()
                .map(|unit| Starter {
                    unit: unit.id.clone(),
                    mobility: unit.mobility,
                    point: unit.point,
                })
                .collect();
            isochrone(model, &units, light)
        });
        Self { model, limits, drive }
    }

    /// Why a place may not be used.
    pub fn refusal(&self, point: EnuPoint, class: AssetClass) -> Option<&'static str> {
        let Some(cell) = self.model.cell_at(point) else { return Some("off the terrain") };
        if self.model.grid().post_m(cell).is_none() {
            return Some("on a void");
        }
        let beside = self.model.sector().line.beside(point);
        let (least_m, most_m) = self.limits.inside_m;
        if beside.past_end {
            return Some("past the end of the line");
        }
        if -beside.signed_m < least_m {
            return Some("beyond the line or too near it");
        }
        if -beside.signed_m > most_m {
            return Some("too far inside");
        }
        if self.limits.keep_out.iter().any(|zone| zone.contains(point)) {
            return Some("on forbidden ground");
        }
        // What flies needs no ground to stand on.
        if class == AssetClass::Drone {
            return None;
        }
        let sector = self.model.sector();
        if sector.ground_kind(point).is_water() {
            return Some("in water");
        }
        if self.limits.road_max_m.is_some_and(|max_m| sector.nearest_road(point, max_m).is_none()) {
            return Some("too far from any road");
        }
        if slope(self.model, cell) > self.limits.slope_max {
            return Some("too steep");
        }
        self.is_out_of_reach(point).then_some("out of the units' reach")
    }

    fn is_out_of_reach(&self, point: EnuPoint) -> bool {
        let (Some(drive), Some(limit_s)) = (&self.drive, self.limits.drive_max_s) else {
            return false;
        };
        let place = self.model.sector().frame.place(point);
        let ticks = self
            .model
            .going
            .cell_at(self.model.grid(), place)
            .map_or(UNREACHED, |cell| drive[cell]);
        ticks == UNREACHED || ticks as f64 / TICKS_PER_S > limit_s
    }
}

/// Steepest rise over run at a cell, from its neighbours; level where they are unknown.
fn slope(model: &Model, Cell { row, col }: Cell) -> f64 {
    let (grid, going) = (model.grid(), &model.going);
    let height_m = |row: usize, col: usize| {
        (row < grid.height && col < grid.width)
            .then(|| grid.post_m(Cell { row, col }))
            .flatten()
            .map(f64::from)
    };
    let rise = |ends: [Option<f64>; 2], run_m: f64| match ends {
        [Some(a), Some(b)] => (a - b) / run_m,
        _ => 0.0,
    };
    let factor = going.factor as f64;
    let (row_m, col_m) = (going.row_m / factor, going.col_m / factor);
    let down = rise([height_m(row + 1, col), height_m(row.wrapping_sub(1), col)], 2.0 * row_m);
    let right = rise([height_m(row, col + 1), height_m(row, col.wrapping_sub(1))], 2.0 * col_m);
    libm::hypot(down, right)
}

/// The candidates that an asset's piece at a place makes: one for each facing.
pub fn site_at(asset: &Asset, id: &str, point: EnuPoint, cost: f64) -> Vec<Site> {
    let facings = asset.facings.max(1);
    let facing = |at: u32| {
        (asset.class == AssetClass::Camera)
            .then(|| Azimuth::from_degrees(360.0 * f64::from(at) / f64::from(facings)))
    };
    let post = |facing| Post { point, height_m: asset.sensor.height_m, facing, share: 1.0 };
    (0..facings)
        .map(|at| Site {
            id: match facing(at) {
                Some(facing) if facings > 1 => format!("{id}/{:03.0}", facing.degrees()),
                _ => id.to_owned(),
            },
            posts: vec![post(facing(at))],
            cost,
            stands: false,
        })
        .collect()
}

/// A patrol's leg: places along a way, each looked from for an equal share of the time.
pub fn leg_of(asset: &Asset, id: &str, way: &[EnuPoint], cost: f64) -> Site {
    let stops = stops_along(way, asset.leg_stop_m.max(50.0), STOPS_MAX);
    let share = 1.0 / stops.len().max(1) as f64;
    let post = |point| Post { point, height_m: asset.sensor.height_m, facing: None, share };
    Site { id: id.to_owned(), posts: stops.into_iter().map(post).collect(), cost, stands: false }
}

/// Places every so many metres along a way, from its start on, at most so many.
pub fn stops_along(way: &[EnuPoint], every_m: f64, most: usize) -> Vec<EnuPoint> {
    let length_m: f64 = way.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    let mut stops = Vec::new();
    while stops.len() < most && stops.len() as f64 * every_m <= length_m + 1e-6 {
        stops.push(along(way, stops.len() as f64 * every_m));
    }
    stops
}

fn along(way: &[EnuPoint], at_m: f64) -> EnuPoint {
    let mut left_m = at_m;
    for pair in way.windows(2) {
        let length_m = pair[0].distance_m(pair[1]);
        if left_m <= length_m && length_m > 0.0 {
            let point = pair[0].to_vector().lerp(&pair[1].to_vector(), left_m / length_m);
            return EnuPoint::new(point.x, point.y);
        }
        left_m -= length_m;
    }
    way.last().copied().unwrap_or(EnuPoint::new(0.0, 0.0))
}

/// Keeps the candidates that may be used; a leg none of whose places is refused may.
pub fn suitable(
    grounds: &Grounds<'_>,
    asset: &Asset,
    sites: Vec<Site>,
) -> Result<Generated, PlacementError> {
    let candidates = sites.len();
    if candidates > CANDIDATES_MAX {
        return Err(PlacementError::TooMany { candidates, limit: CANDIDATES_MAX });
    }
    let refusal =
        |site: &Site| site.posts.iter().find_map(|post| grounds.refusal(post.point, asset.class));
    let bases: Vec<EnuPoint> = grounds.model.sector().units.iter().map(|unit| unit.point).collect();
    let told: Vec<(Site, Option<&'static str>)> = sites
        .into_par_iter()
        .map(|mut site| {
            for post in &mut site.posts {
                let nearest = bases
                    .iter()
                    .copied()
                    .min_by(|a, b| a.distance_m(post.point).total_cmp(&b.distance_m(post.point)));
                post.share *= asset.share_on_station(nearest, post.point);
            }
            let too_far = site.posts.iter().all(|post| post.share <= 0.0);
            let why = if site.stands { None } else { refusal(&site) };
            let why = why.or(too_far.then_some("beyond the drones' endurance"));
            (site, why)
        })
        .collect();
    let mut generated = Generated::default();
    for (site, why) in told {
        match why {
            None => generated.sites.push(site),
            Some(why) => *generated.refused.0.entry(why).or_default() += 1,
        }
    }
    if generated.sites.is_empty() {
        let why = generated.refused.in_words();
        return Err(PlacementError::NoCandidate { candidates, why });
    }
    Ok(generated)
}
