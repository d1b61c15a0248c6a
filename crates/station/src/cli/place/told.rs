//! A placement in words and figures.

use std::collections::BTreeMap;

use serde::Serialize;
use sight::coverage::{Model, WatchState};
use sight::placement::{AssetClass, Change, CoveragePlan, Effect, Generated, Site, WeakestPlan};

use super::Plan;
use crate::cli::output::Table;

const EVEN_ODDS: f64 = 0.5;
const NOTHING: &str = "nothing is placed: no choice helps any crossing of the line";

/// What was asked, as far as the answer repeats it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) asset: AssetClass,
    pub(super) generated: &'a Generated,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    sector: String,
    asset: AssetClass,
    objective: &'static str,
    /// What before, after, bound and optimum are.
    quantity: &'static str,
    candidates: usize,
    /// Candidates that may not be used, by reason.
    refused: BTreeMap<&'static str, usize>,
    /// Candidates worked out exactly to choose from; the bound is about all.
    survivors: usize,
    before: f64,
    after: f64,
    /// No choice among the candidates reaches more.
    bound: f64,
    /// Share of what could be gained at most that this plan may have missed.
    gap: f64,
    /// The best of all choices, where they were few enough to try each.
    optimum: Option<f64>,
    /// With every candidate in its place at once.
    with_all: Option<f64>,
    /// No fewer pieces could give even odds of detecting the weakest crossing; left out where not even all candidates do.
    fewest_for_even_odds: Option<usize>,
    no_longer_blind_km: f64,
    becomes_watched_km: f64,
    pub(super) pieces: Vec<Row>,
}

/// One piece.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) rank: usize,
    pub(super) id: String,
    /// Its places; a patrol has several.
    pub(super) places: Vec<[f64; 2]>,
    pub(super) height_m: f64,
    pub(super) facing_deg: Option<f64>,
    /// Share of the time that it looks at all.
    pub(super) share_of_time: f64,
    pub(super) cost: f64,
    /// Stays where a sensor stands already.
    pub(super) stays: bool,
    /// What it added to the quantity when it was chosen.
    pub(super) gain: f64,
    pub(super) watched_km2: Option<f64>,
    pub(super) alone_km2: Option<f64>,
    /// Beds of dry valleys that only it watches.
    pub(super) wadi_alone_km: Option<f64>,
    /// Where the weakest crossing led when it was chosen.
    pub(super) against_km: Option<f64>,
    /// What the line would lose without it.
    pub(super) no_longer_blind_km: f64,
    pub(super) becomes_watched_km: f64,
    pub(super) stretches: Vec<StretchRow>,
    pub(super) why: String,
}

/// A stretch that would be worse off.
#[derive(Debug, Serialize)]
pub(super) struct StretchRow {
    id: u32,
    from_km: f64,
    to_km: f64,
    without: f64,
    with: f64,
    state_without: WatchState,
    state_with: WatchState,
}

impl Told {
    pub(super) fn of(model: &Model, plan: &Plan, asked: &Asked<'_>) -> Self {
        match plan {
            Plan::Coverage(plan) => Self::of_coverage(model, plan, asked),
            Plan::Weakest(plan) => Self::of_weakest(model, plan, asked),
        }
    }

    fn of_coverage(model: &Model, plan: &CoveragePlan, asked: &Asked<'_>) -> Self {
        let rows = plan.pieces.iter().enumerate().map(|(at, piece)| Row {
            gain: piece.gain,
            watched_km2: Some(piece.watched_km2),
            alone_km2: Some(piece.alone_km2),
            wadi_alone_km: Some(piece.wadi_alone_m / 1e3),
            why: why(model, Some((piece.alone_km2, piece.wadi_alone_m)), &piece.effect),
            ..Row::of(model, at + 1, &piece.site, &piece.effect)
        });
        Self {
            objective: "coverage",
            quantity: "share of the weighted ground that is watched",
            candidates: plan.candidates,
            survivors: plan.survivors,
            before: plan.before,
            after: plan.after,
            bound: plan.bound,
            gap: plan.gap(),
            optimum: plan.optimum,
            ..Self::empty(model, asked, &plan.effect, rows.collect())
        }
    }

    fn of_weakest(model: &Model, plan: &WeakestPlan, asked: &Asked<'_>) -> Self {
        let rows = plan.pieces.iter().enumerate().map(|(at, piece)| {
            let stretch = &model.sector().stretches[piece.against.0 as usize];
            let against_km = stretch.from_m / 1e3;
            let (from, to) = piece.raised;
            let why = format!(
                "raises the crossing at km {against_km:.2} from {from:.2} to {to:.2}; {}",
                why(model, None, &piece.effect)
            );
            Row {
                gain: to - from,
                against_km: Some(against_km),
                why,
                ..Row::of(model, at + 1, &piece.site, &piece.effect)
            }
        });
        Self {
            objective: "weakest-path",
            quantity: "chance that the least-detected crossing of the line is detected",
            candidates: plan.candidates,
            survivors: plan.survivors,
            before: plan.before,
            after: plan.after,
            bound: plan.bound,
            gap: plan.gap(),
            with_all: Some(plan.with_all),
            fewest_for_even_odds: plan.fewest.filter(|_| plan.with_all >= EVEN_ODDS),
            ..Self::empty(model, asked, &plan.effect, rows.collect())
        }
    }

    /// What every plan tells, its quantity still to be told.
    fn empty(model: &Model, asked: &Asked<'_>, effect: &Effect, pieces: Vec<Row>) -> Self {
        Self {
            sector: model.sector().name.clone(),
            asset: asked.asset,
            objective: "",
            quantity: "",
            candidates: 0,
            refused: asked.generated.refused.0.clone(),
            survivors: 0,
            before: 0.0,
            after: 0.0,
            bound: 0.0,
            gap: 0.0,
            optimum: None,
            with_all: None,
            fewest_for_even_odds: None,
            no_longer_blind_km: effect.no_longer_blind_m / 1e3,
            becomes_watched_km: effect.becomes_watched_m / 1e3,
            pieces,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new(["", "place", "lon", "lat", "faces", "time", "adds", "why"]);
        for row in &self.pieces {
            let [lon_deg, lat_deg] = row.places.first().copied().unwrap_or_default();
            table.row([
                row.rank.to_string(),
                row.id.clone(),
                format!("{lon_deg:.5}"),
                format!("{lat_deg:.5}"),
                row.facing_deg.map_or_else(|| "-".to_owned(), |deg| format!("{deg:.0}")),
                format!("{:.0} %", 100.0 * row.share_of_time),
                format!("{:.1} %", 100.0 * row.gain),
                row.why.clone(),
            ]);
        }
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let mut lines = vec![
            if self.pieces.is_empty() { NOTHING.to_owned() } else { table.to_string() },
            format!(
                "{}: {} before, {} with this plan; no choice among the {} candidates reaches more than {}, so at most {} of what could be gained is missed",
                self.quantity,
                percent(self.before),
                percent(self.after),
                self.candidates,
                percent(self.bound),
                percent(self.gap),
            ),
        ];
        if let Some(optimum) = self.optimum {
            lines.push(format!("every choice was tried: the best reaches {}", percent(optimum)));
        }
        if let Some(with_all) = self.with_all {
            lines.push(format!("every candidate at once would reach {}", percent(with_all)));
        }
        if let Some(fewest) = self.fewest_for_even_odds {
            lines.push(format!("even odds take {fewest} pieces or more"));
        } else if self.with_all.is_some_and(|with_all| with_all < EVEN_ODDS) {
            lines.push("even odds are out of reach of all candidates together".to_owned());
        }
        lines.push(format!(
            "{:.2} km of line are blind no more, {:.2} km become watched",
            self.no_longer_blind_km, self.becomes_watched_km
        ));
        if !self.refused.is_empty() {
            let refused: Vec<String> =
                self.refused.iter().map(|(why, count)| format!("{count} {why}")).collect();
            lines.push(format!("not used: {}", refused.join(", ")));
        }
        lines.join("\n")
    }
}

impl Row {
    fn of(model: &Model, rank: usize, site: &Site, effect: &Effect) -> Self {
        let place = |point| {
            let place = model.sector().frame.place(point);
            [place.lon_deg(), place.lat_deg()]
        };
        let first = site.posts.first();
        Self {
            rank,
            id: site.id.clone(),
            places: site.posts.iter().map(|post| place(post.point)).collect(),
            height_m: first.map_or(0.0, |post| post.height_m),
            facing_deg: first.and_then(|post| post.facing).map(sight::geo::Azimuth::degrees),
            share_of_time: site.posts.iter().map(|post| post.share).sum(),
            cost: site.cost,
            stays: site.stands,
            gain: 0.0,
            watched_km2: None,
            alone_km2: None,
            wadi_alone_km: None,
            against_km: None,
            no_longer_blind_km: effect.no_longer_blind_m / 1e3,
            becomes_watched_km: effect.becomes_watched_m / 1e3,
            stretches: effect.changes.iter().map(|change| StretchRow::of(model, change)).collect(),
            why: String::new(),
        }
    }
}

impl StretchRow {
    fn of(model: &Model, change: &Change) -> Self {
        let stretch = &model.sector().stretches[change.stretch.0 as usize];
        let (state_without, state_with) = change.states();
        Self {
            id: change.stretch.0,
            from_km: stretch.from_m / 1e3,
            to_km: stretch.to_m / 1e3,
            without: change.without,
            with: change.with,
            state_without,
            state_with,
        }
    }
}

/// What would be lost without a piece.
fn why(model: &Model, alone: Option<(f64, f64)>, effect: &Effect) -> String {
    let mut parts = Vec::new();
    if let Some((km2, wadi_m)) = alone {
        parts.push(format!("{km2:.1} km2 that nobody else watches"));
        if wadi_m > 0.0 {
            parts.push(format!("{:.1} km of wadi blind to all others", wadi_m / 1e3));
        }
    }
    let blind = |change: &&Change| {
        let (without, with) = change.states();
        without == WatchState::Blind && with != WatchState::Blind
    };
    let watched = |change: &&Change| {
        let (without, with) = change.states();
        without != WatchState::Watched && with == WatchState::Watched
    };
    if effect.no_longer_blind_m > 0.0 {
        parts.push(format!(
            "{:.2} km of line blind to all others (km {})",
            effect.no_longer_blind_m / 1e3,
            pieces_of_line(model, effect.changes.iter().filter(blind))
        ));
    }
    if effect.becomes_watched_m > 0.0 {
        parts.push(format!(
            "{:.2} km watched only with it (km {})",
            effect.becomes_watched_m / 1e3,
            pieces_of_line(model, effect.changes.iter().filter(watched))
        ));
    }
    if effect.changes.is_empty() {
        parts.push("no crossing of the line is detected more often for it".to_owned());
    } else if effect.no_longer_blind_m <= 0.0 && effect.becomes_watched_m <= 0.0 {
        let most = effect.changes.iter().map(|change| change.with - change.without);
        let most = most.fold(0.0, f64::max);
        parts.push(format!(
            "no stretch changes its state for it; {} stretches gain up to {most:.2}",
            effect.changes.len()
        ));
    }
    parts.join("; ")
}

/// Neighbouring stretches in one piece.
pub(super) fn pieces_of_line<'a>(
    model: &Model,
    changes: impl Iterator<Item = &'a Change>,
) -> String {
    let stretches = &model.sector().stretches;
    let mut pieces: Vec<(u32, u32)> = Vec::new();
    for change in changes {
        let at = change.stretch.0;
        match pieces.last_mut() {
            Some(last) if last.1 + 1 == at => last.1 = at,
            _ => pieces.push((at, at)),
        }
    }
    let km = |at: u32, to: bool| {
        let stretch = &stretches[at as usize];
        if to { stretch.to_m / 1e3 } else { stretch.from_m / 1e3 }
    };
    let named: Vec<String> = pieces
        .iter()
        .map(|(from, to)| format!("{:.2}-{:.2}", km(*from, false), km(*to, true)))
        .collect();
    named.join(", ")
}
