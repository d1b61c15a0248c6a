//! The places worth visiting: where the line is crossed most easily, and what a visit changes there.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::coverage::assess::probability;
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Scene, Views};
use crate::coverage::{Conditions, Model};
use crate::crossing::{Light, Starter, arrivals};
use crate::geo::EnuPoint;
use crate::placement::effect::with;
use crate::placement::kit::Kit;
use crate::placement::{Asset, site_at};
use crate::sector::{Mobility, UnitId};
use crate::viewshed::Kernel;

/// A stretch's easiest crossing, just inside the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeakPlace {
    pub chainage_m: f64,
    pub point: EnuPoint,
    /// Chance that whoever crosses there is detected, with nobody there and while the place is visited.
    pub detected_open: f64,
    pub detected_guarded: f64,
}

/// The `count` weakest crossings of the line, at most one for every `apart_m` of it.
pub fn weak_places(
    model: &Model,
    conditions: &Conditions,
    asset: &Asset,
    (count, apart_m): (usize, f64),
) -> Vec<WeakPlace> {
    let scene = Scene::new(model, conditions);
    let air = worse_air(model, conditions);
    let working = scene.working(is_relied_on);
    let sums = scene.sums(&Assumed {
        air: &air,
        ground: Ground::AsItIs,
        working: &working,
        views: Views::AsTold,
    });
    let fields = scene.fields(&sums);
    let crossings = scene.crossings_headed(&fields, &sums);
    let kit = Kit::new(model, asset, &air, conditions.mover);
    let mut blocks: BTreeMap<i64, usize> = BTreeMap::new();
    for (at, stretch) in model.sector().stretches.iter().enumerate() {
        if crossings[at].is_none() {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a line is at most some 1000 km long")]
        let block = libm::floor(stretch.from_m / apart_m) as i64;
        let weakest = blocks.entry(block).or_insert(at);
        if probability(crossings[at]) < probability(crossings[*weakest]) {
            *weakest = at;
        }
    }
    let mut stretches: Vec<usize> = blocks.into_values().collect();
    stretches.sort_by(|a, b| probability(crossings[*a]).total_cmp(&probability(crossings[*b])));
    stretches.truncate(count);
    stretches.sort_unstable();
    stretches
        .into_par_iter()
        .filter_map(|stretch| {
            let crossing = crossings[stretch]?;
            let way = &model.net.ways_over[crossing.way_over as usize];
            let point = model.going.points[model.net.layout.cell_of(way.near)];
            let site = site_at(asset, "visit", point, 1.0).into_iter().next()?;
            let guarded = with(&sums, [&kit.exposure(&site, Kernel::Exact)]);
            let with = scene.crossings_beside(&fields, &guarded);
            Some(WeakPlace {
                chainage_m: way.chainage_m,
                point,
                detected_open: crossing.probability(),
                detected_guarded: probability(with[stretch]),
            })
        })
        .collect()
}

/// Seconds from each place to each other for somebody who drives or walks, never across the line; infinite where no way leads.
pub fn travel_times(
    model: &Model,
    points: &[EnuPoint],
    (mobility, light): (Mobility, Light),
) -> Vec<Vec<f64>> {
    let starters: Vec<Starter> = points
        .iter()
        .enumerate()
        .map(|(at, point)| Starter { unit: UnitId(at.to_string()), mobility, point: *point })
        .collect();
    let towards: Vec<Vec<f64>> = points
        .par_iter()
        .map(|to| {
            let each = arrivals(model, *to, &starters, light);
            each.iter().map(|arrival| arrival.travel_s.unwrap_or(f64::INFINITY)).collect()
        })
        .collect();
    (0..points.len()).map(|from| towards.iter().map(|times| times[from]).collect()).collect()
}
