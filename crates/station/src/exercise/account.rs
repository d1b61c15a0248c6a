//! Truth beside prediction: who crossed, who was noticed, and what the watch state had said of the place.

use std::fmt;

use serde::Serialize;
use sight::coverage::{StretchAssessment, WatchState};
use sim::Summary;
use sim::summary::{Crossing, Seen};

/// Crossings so far, each with the watch state that stood when it happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Account {
    pub crossings: Vec<Accounted>,
}

/// One crossing and what had been said of its stretch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accounted {
    pub crossing: Crossing,
    /// `None` before the first assessment.
    pub state: Option<WatchState>,
    /// Predicted chance that the least-detected crossing there is noticed.
    pub probability: Option<f64>,
}

/// The account in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    pub crossings: usize,
    pub detected: usize,
    pub missed: usize,
    /// Reported before the crossing or at the line.
    pub in_time: usize,
    /// Sum of the predicted chances: how many the watch state would have expected to be noticed at least.
    pub expected_at_least: f64,
}

impl Account {
    /// Adds crossings that the summary has and the account does not, with the watch state of now.
    ///
    /// What is known of detection is brought up to date for all: reports may come after a crossing.
    pub fn note(&mut self, summary: &Summary, stretches: &[StretchAssessment]) {
        let people = summary.crossings.iter().filter(|crossing| crossing.planned_as.is_some());
        for (index, crossing) in people.enumerate() {
            if let Some(known) = self.crossings.get_mut(index) {
                known.crossing = crossing.clone();
                continue;
            }
            let said = stretches.iter().find(|stretch| stretch.stretch == crossing.stretch);
            self.crossings.push(Accounted {
                crossing: crossing.clone(),
                state: said.map(|said| said.state),
                probability: said.map(|said| said.probability),
            });
        }
    }

    pub fn totals(&self) -> Totals {
        let count = |wanted: fn(Seen) -> bool| {
            self.crossings.iter().filter(|row| wanted(row.crossing.seen)).count()
        };
        Totals {
            crossings: self.crossings.len(),
            detected: count(|seen| seen != Seen::Missed),
            missed: count(|seen| seen == Seen::Missed),
            in_time: count(|seen| matches!(seen, Seen::Before | Seen::AtLine)),
            // An empty sum of floats is -0.0, which reads oddly.
            expected_at_least: self
                .crossings
                .iter()
                .filter_map(|row| row.probability)
                .fold(0.0, |sum, p| sum + p),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = crate::cli::output::Table::new([
            "time",
            "who",
            "km",
            "way",
            "noticed",
            "by",
            "watch state then",
            "predicted",
        ]);
        for row in &self.crossings {
            let crossing = &row.crossing;
            let by: Vec<&str> = crossing.sensors.iter().map(|sensor| sensor.0.as_str()).collect();
            table.row([
                crossing.at.strftime("%H:%M:%S").to_string(),
                crossing.mover.clone(),
                format!("{:.1}", crossing.chainage_m / 1_000.0),
                if crossing.inward { "in" } else { "out" }.to_owned(),
                noticed(crossing),
                if by.is_empty() { "-".to_owned() } else { by.join(" ") },
                row.state.map_or("not yet assessed", state_word).to_owned(),
                row.probability.map_or_else(|| "-".to_owned(), |p| format!("{:.0} %", p * 100.0)),
            ]);
        }
        let totals = self.totals();
        writeln!(f, "{table}\n")?;
        write!(
            f,
            "{} crossings: {} noticed ({} in time), {} missed. The watch state had expected at least {:.1} to be noticed.",
            totals.crossings,
            totals.detected,
            totals.in_time,
            totals.missed,
            totals.expected_at_least
        )
    }
}

fn noticed(crossing: &Crossing) -> String {
    let minutes = |lead_s: f64| format!("{:.0} min", lead_s.abs() / 60.0);
    match (crossing.seen, crossing.lead_s) {
        (Seen::Missed, _) | (_, None) => "missed".to_owned(),
        (Seen::AtLine, _) => "at the line".to_owned(),
        (Seen::Before, Some(lead_s)) => format!("{} before", minutes(lead_s)),
        (Seen::After, Some(lead_s)) => format!("{} after", minutes(lead_s)),
    }
}

fn state_word(state: WatchState) -> &'static str {
    match state {
        WatchState::Watched => "watched",
        WatchState::Degraded => "degraded",
        WatchState::Blind => "blind",
        WatchState::Unknown => "unknown",
    }
}
