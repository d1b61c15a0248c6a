//! The line by time as a picture: kilometres from left to right, time from top to bottom, the worst of each field.

use jiff::Timestamp;
use maud::{Markup, html};
use sight::coverage::WatchState;
use watch::account::line::{LineCame, StretchCame};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 22.0;
/// Rows of the picture.
const ROWS: i32 = 65;

/// Pieces of a row that are alike.
struct Run {
    from_m: f64,
    to_m: f64,
    state: WatchState,
}

/// The picture of a period.
pub(super) fn strip(line: &LineCame, (from, to): (Timestamp, Timestamp), says: &str) -> Markup {
    let begin_m = line.stretches.first().map_or(0.0, |one| one.from_m);
    let scale = WIDTH / line.length_m.max(1.0);
    let x = |m: f64| LEFT + (m - begin_m) * scale;
    let row_height = HEIGHT / f64::from(ROWS);
    let (width, height) = (LEFT + WIDTH + 8.0, TOP + HEIGHT + 8.0);
    html! {
        svg viewBox={ "0 0 " (figure(width)) " " (figure(height)) } role="img" aria-label=(says) direction="ltr" {
            defs {
                (pattern("degraded", &html! { path d="M0 8 L8 0" {} }))
                (pattern("blind", &html! { path d="M0 8 L8 0 M0 0 L8 8" {} }))
                (pattern("unknown", &html! { circle cx="4" cy="4" r="1.2" {} }))
            }
            @for row in 0..ROWS {
                @let y = TOP + f64::from(row) * row_height;
                @for run in runs(line, between((from, to), row), between((from, to), row + 1)) {
                    rect class=(word(run.state)) x=(figure(x(run.from_m))) y=(figure(y))
                        width=(figure((run.to_m - run.from_m) * scale + 0.3)) height=(figure(row_height + 0.3)) {}
                }
            }
            @for m in posts(begin_m, line.length_m) {
                text x=(figure(x(m))) y="14" text-anchor="middle" { (figure(m / 1_000.0)) }
            }
            @for quarter in 0..=4 {
                @let row = ROWS * quarter / 4;
                text x=(figure(LEFT - 6.0)) y=(figure(TOP + f64::from(row) * row_height + 4.0)) text-anchor="end" {
                    (between((from, to), row).strftime("%H:%M").to_string())
                }
            }
        }
    }
}

fn pattern(state: &str, mark: &Markup) -> Markup {
    html! {
        pattern id={ "hatch-" (state) } width="8" height="8" patternUnits="userSpaceOnUse" {
            rect class={ "fill-" (state) } width="8" height="8" {}
            g class="ink" { (mark) }
        }
    }
}

/// The pieces of a row, each as bad as the worst that was there between two times.
fn runs(line: &LineCame, from: Timestamp, to: Timestamp) -> Vec<Run> {
    line.stretches.iter().fold(Vec::new(), |mut runs: Vec<Run>, stretch| {
        let state = worst(stretch, from, to);
        match runs.last_mut().filter(|last| last.state == state) {
            Some(last) => last.to_m = stretch.to_m,
            None => runs.push(Run { from_m: stretch.from_m, to_m: stretch.to_m, state }),
        }
        runs
    })
}

/// Of watched, degraded, blind and unknown the last.
fn worst(stretch: &StretchCame, from: Timestamp, to: Timestamp) -> WatchState {
    let ends = stretch.states.iter().skip(1).map(|(at, _)| *at).chain([Timestamp::MAX]);
    let there = stretch.states.iter().zip(ends).filter(|((at, _), end)| *at < to && *end > from);
    there.map(|((_, state), _)| *state).max().unwrap_or(WatchState::Unknown)
}

fn between((from, to): (Timestamp, Timestamp), row: i32) -> Timestamp {
    from.checked_add(to.duration_since(from) * row / ROWS).unwrap_or(to)
}

/// Kilometre posts that are told: eight or so.
fn posts(begin_m: f64, length_m: f64) -> Vec<f64> {
    let rough = length_m / 8.0;
    let step = [1e2, 2e2, 5e2, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5]
        .into_iter()
        .find(|step| *step >= rough);
    let step = step.unwrap_or(length_m.max(1.0));
    let first = (begin_m / step).ceil() * step;
    let count = 1..=10;
    std::iter::once(first)
        .chain(count.map(|n| first + f64::from(n) * step))
        .take_while(|m| *m <= begin_m + length_m)
        .collect()
}

/// A number as short as it may be.
fn figure(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

pub(super) fn word(state: WatchState) -> &'static str {
    match state {
        WatchState::Watched => "watched",
        WatchState::Degraded => "degraded",
        WatchState::Blind => "blind",
        WatchState::Unknown => "unknown",
    }
}
