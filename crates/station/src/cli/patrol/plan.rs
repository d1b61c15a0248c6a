//! `watchline patrol plan`: the best mix of visits against somebody who watches first, and a schedule drawn from it.

use std::hash::{BuildHasher as _, Hasher as _};
use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use sight::coverage::Model;
use sight::crossing::Light;
use sight::geo::EnuPoint;
use sight::placement::{Asset, AssetClass};
use sight::schedule::{Guarded, Party, Rules, WeakPlace, draw, guard, travel_times, weak_places};
use sight::sector::{Mobility, Unit, UnitId};

use super::files::Form;
use super::{payoffs, told};
use crate::cli::output::spinner;
use crate::cli::sight::assumed::Assumed;
use crate::cli::{Answer, Outcome, Output};

/// Where patrols or mobile checkpoints are to be when: the best mix of visits, and a schedule drawn from it by chance.
///
/// The places are the weakest crossings of the line. Whoever wants to cross is taken to have watched for weeks and to choose what
/// suits them best; the shares of visits are the best answer to that (a strong Stackelberg equilibrium). The order of visits is as
/// random as the shares and the ways allow. What a watcher who knows everything but the seed still cannot tell is printed in bits.
/// Keep the seed to yourselves; without `--seed` one is made and printed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: three patrols for a night, no place left alone for more than six hours on the mean; then checkpoints\n  \
        watchline patrol plan --sector upper-euphrates --unit patrol-1 --unit patrol-2 --unit patrol-3 --revisit-max-h 6 --out night.csv\n  \
        watchline patrol plan --sector andorra --visit checkpoint --slot-min 120 --stay-min 60 --hours 24 --seed 71"
)]
pub(crate) struct Plan {
    #[command(flatten)]
    assumed: Assumed,
    /// Who visits.
    #[arg(long, default_value = "patrol")]
    visit: Visitor,
    /// A unit that takes part; may be given again. Without it all units on wheels.
    #[arg(long, value_name = "UNIT")]
    unit: Vec<String>,
    /// How many places at most: the weakest crossings of the line.
    #[arg(long, value_name = "N", default_value_t = 16)]
    places: usize,
    /// Least length of line from one place to the next.
    #[arg(long, value_name = "M", default_value_t = 1_000.0)]
    apart_m: f64,
    /// From the start of one visit to that of the next.
    #[arg(long, value_name = "MIN", default_value_t = 60.0)]
    slot_min: f64,
    /// Least time at a place.
    #[arg(long, value_name = "MIN", default_value_t = 20.0)]
    stay_min: f64,
    /// Length of the schedule.
    #[arg(long, value_name = "H", default_value_t = 12.0)]
    hours: f64,
    /// Longest mean time between two visits of every place.
    #[arg(long, value_name = "H")]
    revisit_max_h: Option<f64>,
    /// Worth of a crossing to either side, place by place: .csv with the columns `place`, `leader_guarded`, `leader_open`,
    /// `other_guarded` and `other_open`. Without it both sides count the chance of passing undetected.
    #[arg(long, value_name = "FILE")]
    payoffs: Option<PathBuf>,
    /// When the schedule starts; without it at the next full hour.
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// The same seed gives the same schedule.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Also writes the schedule: .csv that calendars import, or .geojson with places and rounds.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Visitor {
    Patrol,
    Checkpoint,
}

impl Plan {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let rules = self.rules()?;
        let (model, conditions) = self.assumed.read()?;
        let class = match self.visit {
            Visitor::Patrol => AssetClass::Patrol,
            Visitor::Checkpoint => AssetClass::Checkpoint,
        };
        let like = Asset::example(class, model.sector());
        let asset = Asset::new(class, like, model.sector());
        let work = spinner("finding the weakest crossings and the ways between them");
        let weak = weak_places(&model, &conditions, &asset, (self.places, self.apart_m));
        let (parties, left_out) = self.parties((&model, conditions.light), &weak, &rules)?;
        work.finish_and_clear();
        let guarded = self.guarded(&weak, &left_out)?;
        let (parties, free) = self.needed(parties, &guarded, &rules)?;
        let beats = guard(&guarded, &parties, &rules)?;
        let seed = self.seed.unwrap_or_else(random_seed);
        let visits = draw(&beats, &parties, &rules, (seed, self.slots()))?;
        let told = told::Told::of(&told::Drawn {
            model: &model,
            weak: &weak,
            left_out: &left_out,
            free: &free,
            parties: &parties,
            beats: &beats,
            visits: &visits,
            rules: &rules,
            seed,
            start: self.start.unwrap_or_else(next_hour),
        });
        if let (Some(form), Some(path)) = (form, &self.out) {
            form.write(path, &told)?;
        }
        out.answer(&told, told::Told::text)?;
        Ok(Answer::Yes)
    }

    fn rules(&self) -> anyhow::Result<Rules> {
        for (flag, value, least, most) in [
            ("--apart-m", self.apart_m, 50.0, 1e6),
            ("--slot-min", self.slot_min, 1.0, 1_440.0),
            ("--stay-min", self.stay_min, 0.0, self.slot_min),
            ("--hours", self.hours, self.slot_min / 60.0, 10_000.0),
            ("--revisit-max-h", self.revisit_max_h.unwrap_or(1.0), 0.01, 10_000.0),
        ] {
            anyhow::ensure!(
                value.is_finite() && (least..=most).contains(&value),
                "{flag} must be {least} to {most}, got {value}"
            );
        }
        anyhow::ensure!(self.places >= 1, "--places must be at least 1, got 0");
        Ok(Rules { slot_s: 60.0 * self.slot_min, stay_s: 60.0 * self.stay_min })
    }

    fn slots(&self) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held to 10 000 hours of minutes"
        )]
        let slots = (self.hours * 60.0 / self.slot_min).round() as usize;
        slots
    }

    fn units<'a>(&self, model: &'a Model) -> anyhow::Result<Vec<&'a Unit>> {
        let sector = model.sector();
        if self.unit.is_empty() {
            let units: Vec<&Unit> =
                sector.units.iter().filter(|unit| unit.mobility == Mobility::Vehicle).collect();
            anyhow::ensure!(
                !units.is_empty(),
                "the sector has no unit on wheels: name some with --unit"
            );
            return Ok(units);
        }
        let found = |id: &String| {
            sector.unit(&UnitId(id.clone())).ok_or_else(|| {
                let known: Vec<&str> = sector.units.iter().map(|unit| unit.id.0.as_str()).collect();
                anyhow::anyhow!(
                    "--unit {id}: the sector has no such unit; it has {}",
                    known.join(", ")
                )
            })
        };
        self.unit.iter().map(found).collect()
    }

    /// Places go to units that are there first, to each about as many; what cannot be visited by turns is left out.
    fn parties(
        &self,
        (model, light): (&Model, Light),
        weak: &[WeakPlace],
        rules: &Rules,
    ) -> anyhow::Result<(Vec<Party>, Vec<usize>)> {
        let units = self.units(model)?;
        let points: Vec<EnuPoint> = weak
            .iter()
            .map(|place| place.point)
            .chain(units.iter().map(|unit| unit.point))
            .collect();
        let times = |mobility| {
            let any = units.iter().any(|unit| unit.mobility == mobility);
            if any { travel_times(model, &points, (mobility, light)) } else { Vec::new() }
        };
        let (foot, wheels) = (times(Mobility::Foot), times(Mobility::Vehicle));
        let of = |unit: &Unit| match unit.mobility {
            Mobility::Foot => &foot,
            Mobility::Vehicle => &wheels,
        };
        let time = |number: usize, place: usize| of(units[number])[weak.len() + number][place];
        let (places, mut left_out) = shared_out(units.len(), weak.len(), time);
        let mut parties = Vec::new();
        for (unit, places) in units.iter().zip(places).filter(|(_, places)| !places.is_empty()) {
            let between = of(unit);
            let travel_s = places
                .iter()
                .map(|from| places.iter().map(|to| between[*from][*to]).collect())
                .collect();
            let all = Party { name: unit.id.0.clone(), places, travel_s };
            let (party, far) = all.within_slots(rules);
            left_out.extend(far);
            parties.push(party);
        }
        left_out.sort_unstable();
        anyhow::ensure!(!parties.is_empty(), "no unit gets to any place without crossing the line");
        Ok((parties, left_out))
    }

    /// The parties that have a place where a visit helps, or where one is demanded; and the names of the others, who would
    /// only show a watcher where they always are.
    fn needed(
        &self,
        parties: Vec<Party>,
        guarded: &[Guarded],
        rules: &Rules,
    ) -> anyhow::Result<(Vec<Party>, Vec<String>)> {
        if self.revisit_max_h.is_some() {
            return Ok((parties, Vec::new()));
        }
        let out_of_play = guard(guarded, &parties, rules)?.out_of_play;
        let helps = |party: &Party| party.places.iter().any(|place| !out_of_play.contains(place));
        let (needed, free): (Vec<Party>, Vec<Party>) = parties.into_iter().partition(helps);
        Ok((needed, free.into_iter().map(|party| party.name).collect()))
    }

    fn guarded(&self, weak: &[WeakPlace], left_out: &[usize]) -> anyhow::Result<Vec<Guarded>> {
        let worth = match &self.payoffs {
            Some(path) => payoffs::read(path, weak.len())?,
            None => weak.iter().map(payoffs::undetected).collect(),
        };
        let revisit_max_s = self.revisit_max_h.map(|hours| 3_600.0 * hours);
        let each = worth.into_iter().enumerate();
        Ok(each
            .map(|(at, payoffs)| Guarded {
                payoffs,
                revisit_max_s: revisit_max_s.filter(|_| !left_out.contains(&at)),
            })
            .collect())
    }
}

/// Deals places out, the shortest ways first, to each unit no more than its share while others have room; then those that
/// nobody gets to.
fn shared_out(
    units: usize,
    places: usize,
    time_s: impl Fn(usize, usize) -> f64,
) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut ways: Vec<(usize, usize)> =
        (0..units).flat_map(|unit| (0..places).map(move |place| (unit, place))).collect();
    ways.retain(|(unit, place)| time_s(*unit, *place).is_finite());
    ways.sort_by(|a, b| time_s(a.0, a.1).total_cmp(&time_s(b.0, b.1)));
    let mut dealt: Vec<Vec<usize>> = vec![Vec::new(); units];
    let mut taken = vec![false; places];
    for most in [places.div_ceil(units.max(1)), places] {
        for (unit, place) in &ways {
            if !taken[*place] && dealt[*unit].len() < most {
                taken[*place] = true;
                dealt[*unit].push(*place);
            }
        }
    }
    for places in &mut dealt {
        places.sort_unstable();
    }
    let left_out = (0..places).filter(|place| !taken[*place]).collect();
    (dealt, left_out)
}

/// From the randomness that the operating system gives to hash tables.
fn random_seed() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

fn next_hour() -> Timestamp {
    let hours = Timestamp::now().as_second().div_euclid(3_600) + 1;
    Timestamp::from_second(hours * 3_600).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_dealt_out_evenly_and_those_that_nobody_gets_to_are_told() {
        // The first unit is nearer to everything; nobody gets to the last place.
        let time_s = |unit: usize, place: usize| {
            if place == 4 { f64::INFINITY } else { (100 * unit + place) as f64 }
        };

        let (dealt, left_out) = shared_out(2, 5, time_s);

        assert_eq!(dealt, vec![vec![0, 1, 2], vec![3]]);
        assert_eq!(left_out, vec![4]);
    }
}
