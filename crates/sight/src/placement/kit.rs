//! What a piece of an asset finds from a place: its rates, as a window of cells or summed over the net of ways.

use std::sync::Arc;

use super::asset::Asset;
use super::site::{Post, Site};
use super::window::{Open, Window};
use crate::coverage::air::Air;
use crate::coverage::haze::Haze;
use crate::coverage::look::Look;
use crate::coverage::model::Model;
use crate::coverage::rates::{Make, RATE_ONE};
use crate::coverage::reach::{Ground, Reach, Stand};
use crate::coverage::scene::is_grounded;
use crate::coverage::{MovedTo, RateField};
use crate::crossing::net::{Run, index};
use crate::geo::Wgs84;
use crate::sector::{Mover, Settings};
use crate::sensor::RangeModel;
use crate::viewshed::{FAR_M, Kernel, Relief, viewshed_far};

/// Steps in which the range is looked for beyond which nothing is found.
const RANGE_STEPS: u32 = 400;

/// What a piece adds to the sums of nodes, each node once and in their order: rates in 2^-20 per second.
pub(crate) type Exposure = Vec<(u32, u32)>;

/// An asset over a model, in one air, watching for one mover.
pub(crate) struct Kit<'a> {
    pub(crate) model: &'a Model,
    pub(crate) asset: &'a Asset,
    air: &'a Air,
    make: Arc<Make>,
    relief: Relief<'a>,
    target_height_m: f64,
}

/// How a window is to be worked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'a> {
    /// Cells that count; nothing else is looked at.
    pub(crate) open: &'a Open,
    /// A cell is watched from this rate on, in 2^-20 per second.
    pub(crate) need: i32,
    pub(crate) kernel: Kernel,
}

impl<'a> Kit<'a> {
    pub(crate) fn new(model: &'a Model, asset: &'a Asset, air: &'a Air, mover: Mover) -> Self {
        let sensor = &asset.sensor;
        let settings = &model.sector().settings;
        let slant_m = libm::hypot(sensor.range_max_m, sensor.height_m);
        // Heights are left to each look's own slant range, as in the model.
        let range = RangeModel::new(&sensor.kind, 0.0, mover, settings);
        Self {
            model,
            asset,
            air,
            make: Arc::new(Make::new(&range, slant_m, sensor.revisit_s, RATE_ONE)),
            relief: Relief::new(model.grid()),
            target_height_m: Settings::of(&settings.target_height_m, mover),
        }
    }

    pub(crate) fn air(&self) -> &Air {
        self.air
    }

    /// The farthest at which a piece that looks a share of the time finds with a rate of `need`, in the best air there is.
    fn range_m(&self, share: f64, need: i32) -> f64 {
        let per_m = self.air.even_per_m(self.make.band()).unwrap_or(0.0);
        let longest_m = self.asset.sensor.range_max_m;
        let step_m = longest_m / f64::from(RANGE_STEPS);
        let enough = |range_m: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty")]
            let rate = self.make.rate(range_m as f32, (range_m * per_m) as f32);
            f64::from(rate) * share >= f64::from(need)
        };
        let step = (0..=RANGE_STEPS).rev().find(|step| enough(f64::from(*step) * step_m));
        step.map_or(0.0, |step| (f64::from(step + 1) * step_m).min(longest_m))
    }

    /// The piece's look from a place; `None` where it finds nothing that well, or may not be up.
    fn look(&self, post: &Post, need: i32, kernel: Kernel) -> Option<Look> {
        let sensor = &self.asset.sensor;
        let moved = MovedTo { point: post.point, height_m: post.height_m };
        let range_m = self.range_m(post.share, need);
        if range_m <= 0.0 || is_grounded(sensor, Some(moved), self.air) {
            return None;
        }
        let cell = self.model.cell_at(post.point)?;
        let (lon_deg, lat_deg) = self.model.grid().place_of(cell);
        let place = Wgs84::new(lon_deg, lat_deg).ok()?;
        let stand = Stand {
            place,
            height_m: post.height_m,
            target_height_m: self.target_height_m,
            refraction: self.model.sector().settings.refraction,
            ground: Ground::AsItIs,
        };
        let request = stand.request(self.model.grid(), range_m, kernel);
        let visible = if range_m > FAR_M {
            viewshed_far(self.model.grid(), &request)
        } else {
            self.relief.viewshed(&request)
        };
        let reach = Arc::new(match post.facing {
            None => Reach::of_visible(self.model.grid(), sensor, &stand, &visible),
            Some(facing) => {
                let turned = crate::sector::Sensor { facing: Some(facing), ..sensor.clone() };
                Reach::of_visible(self.model.grid(), &turned, &stand, &visible)
            }
        });
        let point = self.model.sector().frame.point(place);
        let haze = Haze::new(self.air, self.make.band(), point, range_m);
        Some(match self.make.even(&haze) {
            Some(even) => Look::in_even_air(reach, even),
            None => Look::in_patchy_air(reach, Arc::clone(&self.make), &haze),
        })
    }

    /// The open cells that a candidate alone would watch.
    pub(crate) fn window(&self, site: &Site, cut: &Cut<'_>) -> Window {
        match &site.posts[..] {
            [post] => {
                let look = self.look(post, cut.need, cut.kernel);
                look.map_or_else(Window::default, |look| window_of(&look, post.share, cut))
            }
            posts => self.window_of_many(posts, cut),
        }
    }

    /// Rates of several places add up where their looks meet.
    fn window_of_many(&self, posts: &[Post], cut: &Cut<'_>) -> Window {
        let looks: Vec<(Look, f64)> = posts
            .iter()
            .filter_map(|post| Some((self.look(post, 1, cut.kernel)?, post.share)))
            .collect();
        let spans: Vec<_> = looks.iter().map(|(look, _)| look.span()).collect();
        let (Some(top), Some(left)) =
            (spans.iter().map(|span| span.0.0).min(), spans.iter().map(|span| span.1.0).min())
        else {
            return Window::default();
        };
        let bottom = spans.iter().map(|span| span.0.1).max().unwrap_or(top);
        let right = spans.iter().map(|span| span.1.1).max().unwrap_or(left);
        let (rows, cols) = (bottom - top, (right - left).next_multiple_of(64));
        let mut rates = vec![0_i32; rows * cols];
        for (look, share) in &looks {
            look.paint((0, usize::MAX), |row, first, block| {
                let cells = &mut rates[(row - top) * cols + first - left..][..block.len()];
                let pairs = cells.iter_mut().zip(block);
                pairs.for_each(|(cell, rate)| *cell += scaled(*rate, *share));
            });
        }
        let words: Vec<u64> = rates
            .chunks(64)
            .enumerate()
            .map(|(at, cells)| {
                let (row, word) = (top + at * 64 / cols, (left + at * 64 % cols) / 64);
                bits(cells, cut.need) & open_at(cut.open, row, word)
            })
            .collect();
        Window::trimmed((top, left / 64), cols / 64, &words)
    }

    /// What a candidate adds to the sums of the nodes.
    pub(crate) fn exposure(&self, site: &Site, kernel: Kernel) -> Exposure {
        let (going, net) = (&self.model.going, &self.model.net);
        let runs = net.layout.runs();
        let wanted = |row: usize| {
            let run = &runs[row / going.factor];
            (run.first_col * going.factor, run.end_col * going.factor)
        };
        let mut exposure = Exposure::new();
        for post in &site.posts {
            let Some(look) = self.look(post, 1, kernel) else { continue };
            let mut strip = NodeRow { sums: vec![0; going.cols], ..NodeRow::default() };
            look.paint_within((0, self.model.grid().height), wanted, |row, first_col, rates| {
                let row = row / going.factor;
                if row != strip.row {
                    strip.flush(&runs[strip.row], &mut exposure);
                    strip.row = row;
                }
                let run = &runs[row];
                let (from, to) = (run.first_col * going.factor, run.end_col * going.factor);
                let found = (first_col..to).zip(rates).filter(|(_, rate)| **rate > 0);
                for (col, rate) in found.filter(|(col, _)| *col >= from) {
                    strip.add(going.col_of[col] as usize, scaled(*rate, post.share));
                }
            });
            strip.flush(&runs[strip.row], &mut exposure);
        }
        if site.posts.len() > 1 {
            exposure = summed_by_node(exposure);
        }
        exposure
    }

    /// Adds what a candidate finds to a field of rates.
    pub(crate) fn paint(&self, site: &Site, field: &mut RateField) {
        for post in &site.posts {
            let Some(look) = self.look(post, 1, Kernel::Exact) else { continue };
            let cols = field.cols;
            look.paint((0, usize::MAX), |row, col, rates| {
                let end = (row * cols + cols).min(row * cols + col + rates.len());
                let cells = &mut field.rates[row * cols + col..end];
                let pairs = cells.iter_mut().zip(rates);
                pairs.for_each(|(cell, rate)| {
                    *cell = cell.saturating_add(scaled(*rate, post.share));
                });
            });
        }
    }
}

/// Sums of a row of nodes while its cells are gone over.
#[derive(Default)]
struct NodeRow {
    row: usize,
    /// By column; nought outside `from..to`.
    sums: Vec<u32>,
    from: usize,
    to: usize,
}

impl NodeRow {
    fn add(&mut self, col: usize, rate: i32) {
        if self.to == 0 {
            self.from = col;
        }
        self.to = self.to.max(col + 1);
        self.sums[col] = self.sums[col].saturating_add(rate.cast_unsigned());
    }

    /// Hands the sums over, by node, and begins anew.
    fn flush(&mut self, run: &Run, exposure: &mut Exposure) {
        for col in self.from..self.to {
            let sum = std::mem::take(&mut self.sums[col]);
            if sum > 0 {
                exposure.push((index(run.first + col - run.first_col), sum));
            }
        }
        (self.from, self.to) = (0, 0);
    }
}

/// What several places add to the same node becomes one sum.
fn summed_by_node(mut each: Exposure) -> Exposure {
    // The places lie in order one after another, and this sort makes use of that.
    each.sort_by_key(|(node, _)| *node);
    each.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 = kept.1.saturating_add(next.1);
        }
        is_same
    });
    each
}

/// A rate while a sensor looks a share of the time.
fn scaled(rate: i32, share: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "no greater than the rate")]
    let scaled = libm::floor(f64::from(rate) * share) as i32;
    scaled
}

fn window_of(look: &Look, share: f64, cut: &Cut<'_>) -> Window {
    let ((top, bottom), (left, right)) = look.span();
    let words_per_row = (right - left).div_ceil(64);
    let mut words = vec![0; (bottom - top) * words_per_row];
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let least = libm::ceil(f64::from(cut.need) / share).clamp(1.0, f64::from(i32::MAX)) as i32;
    look.paint((top, bottom), |row, col, rates| {
        let word = (col - left) / 64;
        words[(row - top) * words_per_row + word] =
            bits(rates, least) & open_at(cut.open, row, col / 64);
    });
    Window::trimmed((top, left / 64), words_per_row, &words)
}

fn open_at(open: &Open, row: usize, word: usize) -> u64 {
    if row < open.rows() && word < open.words_per_row() { open.word(row, word) } else { 0 }
}

fn bits(rates: &[i32], least: i32) -> u64 {
    rates.iter().enumerate().fold(0, |bits, (at, rate)| bits | (u64::from(*rate >= least) << at))
}
