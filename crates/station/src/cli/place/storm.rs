//! `watchline place --storm`: which patrol, drone or checkpoint, moved where, buys back most sight.

use serde::Serialize;
use sight::coverage::{Conditions, Model, WatchState};
use sight::crossing::Starter;
use sight::placement::{BuyBack, Change, Move, StormAsk, Who, buy_back};

use super::told::pieces_of_line;
use crate::cli::output::{Table, spinner};
use crate::cli::{Answer, Outcome, Output};

/// The answer.
#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    horizon_min: f64,
    unwatched_km: f64,
    line_km: f64,
    /// Movers and places that were weighed.
    movers: usize,
    places: usize,
    moves: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    rank: usize,
    who: Who,
    from: [f64; 2],
    to: [f64; 2],
    /// Chainage abreast of the new place.
    km: f64,
    travel_min: f64,
    bought_kmh: f64,
    raised: Vec<Change>,
    lowered: Vec<Change>,
    path: Vec<[f64; 2]>,
    why: String,
}

pub(super) fn run(
    (model, conditions): (&Model, Conditions),
    (horizon_min, drone_mps): (f64, f64),
    out: &mut Output,
) -> Outcome {
    let units = model.sector().units.iter();
    let units = units.map(|unit| Starter {
        unit: unit.id.clone(),
        mobility: unit.mobility,
        point: unit.point,
    });
    let ask =
        StormAsk { conditions, units: units.collect(), horizon_s: 60.0 * horizon_min, drone_mps };
    let work = spinner("weighing moves");
    let answer = buy_back(model, &ask);
    work.finish_and_clear();
    let told = Told::of(model, horizon_min, &answer);
    out.answer(&told, Told::text)?;
    Ok(if told.moves.is_empty() && told.unwatched_km > 0.0 { Answer::No } else { Answer::Yes })
}

impl Told {
    fn of(model: &Model, horizon_min: f64, answer: &BuyBack) -> Self {
        let moves = answer.moves.iter().enumerate();
        Self {
            sector: model.sector().name.clone(),
            horizon_min,
            unwatched_km: answer.unwatched_km,
            line_km: answer.line_km,
            movers: answer.movers,
            places: answer.places,
            moves: moves.map(|(at, found)| Row::of(model, at + 1, found)).collect(),
        }
    }

    fn text(&self) -> String {
        let heading = format!(
            "{:.1} of {:.1} km of line are not watched; {} who could move and {} places were weighed",
            self.unwatched_km, self.line_km, self.movers, self.places
        );
        if self.moves.is_empty() {
            return format!(
                "{heading}\nno move buys back sight within {:.0} minutes",
                self.horizon_min
            );
        }
        let mut table = Table::new(["", "who", "to km", "lon", "lat", "minutes", "km h", "why"]);
        for row in &self.moves {
            table.row([
                row.rank.to_string(),
                name_of(&row.who).to_owned(),
                format!("{:.2}", row.km),
                format!("{:.5}", row.to[0]),
                format!("{:.5}", row.to[1]),
                format!("{:.0}", row.travel_min),
                format!("{:.2}", row.bought_kmh),
                row.why.clone(),
            ]);
        }
        format!(
            "{heading}\n{table}\nkm h: kilometres of line times hours times chance of detection, gained less lost within {:.0} minutes, the way there counted; people decide",
            self.horizon_min
        )
    }
}

impl Row {
    fn of(model: &Model, rank: usize, found: &Move) -> Self {
        let place = |point| {
            let place = model.sector().frame.place(point);
            [place.lon_deg(), place.lat_deg()]
        };
        Self {
            rank,
            who: found.who.clone(),
            from: place(found.from),
            to: place(found.to),
            km: model.sector().line.chainage_m(found.to) / 1e3,
            travel_min: found.travel_s / 60.0,
            bought_kmh: found.bought_kmh,
            why: why(model, found),
            raised: found.raised.clone(),
            lowered: found.lowered.clone(),
            path: found.path.iter().copied().map(place).collect(),
        }
    }
}

fn name_of(who: &Who) -> &str {
    match who {
        Who::Sensor { sensor } => &sensor.0,
        Who::Unit { unit } => &unit.0,
    }
}

fn why(model: &Model, found: &Move) -> String {
    let blind = |change: &&Change| {
        change.states().0 == WatchState::Blind && change.states().1 != WatchState::Blind
    };
    let no_longer_blind = found.raised.iter().filter(blind).count();
    let mut parts = vec![format!(
        "{} stretches see more (km {}), {no_longer_blind} of them blind no more",
        found.raised.len(),
        pieces_of_line(model, found.raised.iter())
    )];
    if found.lowered.is_empty() {
        parts.push("none sees less".to_owned());
    } else {
        let km = pieces_of_line(model, found.lowered.iter());
        parts.push(format!("{} see less (km {km})", found.lowered.len()));
    }
    parts.join("; ")
}
