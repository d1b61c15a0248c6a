//! A schedule in words and figures.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sight::coverage::Model;
use sight::schedule::{Beats, Party, Rules, Visit, WeakPlace};

use crate::cli::output::Table;

/// Visits that are written for people; all of them stand in the files.
const SHOWN: usize = 24;

/// What was worked out.
pub(super) struct Drawn<'a> {
    pub(super) model: &'a Model,
    pub(super) weak: &'a [WeakPlace],
    /// Numbers of places that nobody visits.
    pub(super) left_out: &'a [usize],
    /// Units that help at none of their places.
    pub(super) free: &'a [String],
    pub(super) parties: &'a [Party],
    pub(super) beats: &'a Beats,
    pub(super) visits: &'a [Visit],
    pub(super) rules: &'a Rules,
    pub(super) seed: u64,
    pub(super) start: Timestamp,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub(super) sector: String,
    seed: u64,
    slot_min: f64,
    /// What the leader can count on, and what parties that never move would get.
    value: f64,
    fixed_value: f64,
    /// Where somebody who has watched would go, of the places where visits help.
    chosen_place: usize,
    pub(super) places: Vec<PlaceRow>,
    parties: Vec<PartyRow>,
    /// Units that visit nothing, for a visit helps at none of the places that would be theirs.
    free_units: Vec<String>,
    pub(super) visits: Vec<VisitRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct PlaceRow {
    pub(super) place: usize,
    pub(super) km: f64,
    pub(super) at: [f64; 2],
    detected_open: f64,
    detected_visited: f64,
    /// Visits in each slot, on the mean; nobody comes where it is 0.
    pub(super) visits_per_slot: f64,
    mean_revisit_min: Option<f64>,
    /// Longest time without a visit in this schedule.
    longest_gap_min: f64,
    /// No party gets there within a slot.
    left_out: bool,
    /// A visit changes something there.
    visits_help: bool,
}

#[derive(Debug, Serialize)]
struct PartyRow {
    unit: String,
    places: Vec<usize>,
    /// Bits of chance in a visit for whoever knows the shares, in the next visit for whoever followed all before, and in an even
    /// choice.
    entropy_bits: f64,
    next_entropy_bits: f64,
    even_bits: f64,
    /// Chance that such a watcher's best guess is right.
    next_guessed: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct VisitRow {
    pub(super) unit: String,
    pub(super) place: usize,
    pub(super) km: f64,
    pub(super) at: [f64; 2],
    pub(super) leaves: Timestamp,
    pub(super) arrives: Timestamp,
    pub(super) until: Timestamp,
}

impl Told {
    pub(super) fn of(drawn: &Drawn<'_>) -> Self {
        let Drawn { model, weak, parties, beats, visits, rules, .. } = *drawn;
        let at = |place: usize| {
            let place = model.sector().frame.place(weak[place].point);
            [place.lon_deg(), place.lat_deg()]
        };
        let places = weak.iter().enumerate().map(|(number, place)| PlaceRow {
            place: number + 1,
            km: place.chainage_m / 1e3,
            at: at(number),
            detected_open: place.detected_open,
            detected_visited: place.detected_guarded,
            visits_per_slot: beats.visits[number],
            mean_revisit_min: (beats.visits[number] > 1e-9)
                .then(|| rules.slot_s / 60.0 / beats.visits[number]),
            longest_gap_min: longest_gap_s(visits, number) / 60.0,
            left_out: drawn.left_out.contains(&number),
            visits_help: !beats.out_of_play.contains(&number),
        });
        let rows = parties.iter().zip(&beats.mixes).map(|(party, mix)| PartyRow {
            unit: party.name.clone(),
            places: party.places.iter().map(|place| place + 1).collect(),
            entropy_bits: mix.chain.entropy_bits(),
            next_entropy_bits: mix.chain.next_entropy_bits(),
            even_bits: (party.places.len() as f64).log2(),
            next_guessed: mix.chain.next_guessed(),
        });
        let time = |seconds: f64| drawn.start + SignedDuration::from_secs_f64(seconds.round());
        let visits = visits.iter().map(|visit| VisitRow {
            unit: parties[visit.party].name.clone(),
            place: visit.place + 1,
            km: weak[visit.place].chainage_m / 1e3,
            at: at(visit.place),
            leaves: time(visit.leaves_s),
            arrives: time(visit.arrives_s),
            until: time(visit.until_s),
        });
        Self {
            sector: model.sector().name.clone(),
            seed: drawn.seed,
            slot_min: rules.slot_s / 60.0,
            value: beats.value,
            fixed_value: beats.fixed_value,
            chosen_place: beats.chosen + 1,
            places: places.collect(),
            parties: rows.collect(),
            free_units: drawn.free.to_vec(),
            visits: visits.collect(),
        }
    }

    /// The places where visits change nothing, in words.
    fn helpless(&self) -> String {
        let each = self.places.iter().filter(|row| !row.visits_help);
        let km: Vec<String> = each.map(|row| format!("{:.2}", row.km)).collect();
        if km.is_empty() {
            return String::new();
        }
        format!("\nno visit helps at km {}: something else must watch there", km.join(", "))
    }

    pub(super) fn text(&self) -> String {
        let mut places = Table::new([
            "place",
            "km",
            "p open",
            "p visited",
            "visits/slot",
            "every min",
            "longest gap min",
        ]);
        for row in &self.places {
            places.row([
                row.place.to_string(),
                format!("{:.2}", row.km),
                format!("{:.2}", row.detected_open),
                format!("{:.2}", row.detected_visited),
                if row.left_out {
                    "out of reach".to_owned()
                } else if !row.visits_help && row.visits_per_slot <= 1e-9 {
                    "no help".to_owned()
                } else {
                    format!("{:.3}", row.visits_per_slot)
                },
                row.mean_revisit_min.map_or_else(|| "-".to_owned(), |min| format!("{min:.0}")),
                format!("{:.0}", row.longest_gap_min),
            ]);
        }
        let mut parties =
            Table::new(["unit", "places", "bits", "next visit bits", "even bits", "guessed"]);
        for row in &self.parties {
            let numbers: Vec<String> = row.places.iter().map(ToString::to_string).collect();
            parties.row([
                row.unit.clone(),
                numbers.join(" "),
                format!("{:.2}", row.entropy_bits),
                format!("{:.2}", row.next_entropy_bits),
                format!("{:.2}", row.even_bits),
                format!("{:.0} %", 100.0 * row.next_guessed),
            ]);
        }
        let mut visits = Table::new(["unit", "place", "km", "leaves", "arrives", "until"]);
        let mut in_time: Vec<&VisitRow> = self.visits.iter().collect();
        in_time.sort_by_key(|row| row.leaves);
        for row in in_time.iter().take(SHOWN) {
            visits.row([
                row.unit.clone(),
                row.place.to_string(),
                format!("{:.2}", row.km),
                clock(row.leaves),
                clock(row.arrives),
                clock(row.until),
            ]);
        }
        let more = self.visits.len().saturating_sub(SHOWN);
        let more =
            if more > 0 { format!("\n{more} more visits: --out or --json") } else { String::new() };
        let helpless = self.helpless();
        let free = if self.free_units.is_empty() {
            String::new()
        } else {
            let units = self.free_units.join(", ");
            format!("\nfree for something else, for they help at none of their places: {units}")
        };
        format!(
            "{places}\n\n{parties}\n\n{visits}{more}\n\nworth {:.3} against somebody who has watched and then goes to place {}; parties that stand still are worth {:.3}{helpless}{free}\nbits: what a watcher cannot know of a visit from the shares alone, and of the next visit after following all before\nseed {}: keep it to yourselves",
            self.value, self.chosen_place, self.fixed_value, self.seed
        )
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%d %H:%M").to_string()
}

fn longest_gap_s(visits: &[Visit], place: usize) -> f64 {
    let end_s = visits.iter().map(|visit| visit.until_s).fold(0.0, f64::max);
    let mut here: Vec<(f64, f64)> = visits
        .iter()
        .filter(|visit| visit.place == place)
        .map(|visit| (visit.arrives_s, visit.until_s))
        .collect();
    here.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut free_from_s, mut longest_s) = (0.0, 0.0_f64);
    for (arrives_s, until_s) in here {
        longest_s = longest_s.max(arrives_s - free_from_s);
        free_from_s = until_s.max(free_from_s);
    }
    longest_s.max(end_s - free_from_s)
}
