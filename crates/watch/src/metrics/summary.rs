//! All that is said of a run of estimates against its truth: set metrics, track metrics, consistency.

use std::collections::BTreeMap;

use nalgebra::{Matrix2, Vector2};
use serde::Serialize;
use sight::geo::EnuPoint;

use super::consistency::{Consistency, consistency};
use super::distance::{gospa, ospa};
use super::score::{Score, Scorer};
use super::table::{Table, TableError};
use super::trajectory::{Costs, Path, TGospa, t_gospa};
use crate::journal::TrackId;

/// Samples of what was there and what was believed, evenly spaced in time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// For each sample the things by their numbers.
    pub truth: Vec<Vec<(u64, EnuPoint)>>,
    pub estimates: Vec<Vec<Estimate>>,
}

/// One track at one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub id: TrackId,
    pub point: EnuPoint,
    pub covariance_m2: Option<Matrix2<f64>>,
}

/// How a run is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judging {
    /// Cut-off distance in m.
    pub c_m: f64,
    /// Order of the metrics.
    pub p: f64,
    /// What a change of identity costs in T-GOSPA, in m.
    pub switch_m: f64,
    /// Time between samples.
    pub step_s: f64,
}

/// What is said of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Mean over samples, in m.
    pub ospa: f64,
    /// Mean over samples, in m.
    pub gospa: f64,
    #[serde(flatten)]
    pub score: Score,
    pub t_gospa: TGospa,
    pub siap: Siap,
    /// Tracks that never were near anything, per hour.
    pub false_tracks_per_hour: f64,
    /// Mean time from a thing's first sample to its first estimate; absent when none was found.
    pub time_to_confirm_s: Option<f64>,
    /// Of the normalised errors squared; absent without covariances.
    pub nees: Option<Consistency>,
}

/// Single integrated air picture measures.
///
/// Source: Votruba, Nisley, Rothrock and Zombro, "Single integrated air picture metrics
/// implementation" (2001).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Siap {
    /// Share of the things' samples at which they had a track; 1 is best.
    pub completeness: f64,
    /// Tracks per thing that had any; 1 is best.
    pub ambiguity: f64,
    /// Share of the tracks' samples at which they were of nothing; 0 is best.
    pub spuriousness: f64,
    /// Mean distance between a thing and its tracks, in m.
    pub positional_m: f64,
    /// Changes of the track number of a thing per second of its tracked time.
    pub number_changes_per_s: f64,
    /// Mean share of a thing's time that its longest track covers.
    pub longest_segment: f64,
}

/// Reads estimates (`k,id,x,y`, and `pxx,pxy,pyy` when there) and truth (`k,id,x,y`), CSV with a
/// heading each.
pub fn parse(estimates: &str, truth: &str) -> Result<Run, TableError> {
    let mut run = Run::default();
    for row in Table::read(truth, &["k", "id", "x", "y"])?.rows {
        let [k, id, x, y] = row.values[..] else { continue };
        let (k, id) = (row.count("k", k)?, row.count("id", id)?);
        at_sample(&mut run.truth, k).push((id as u64, EnuPoint::new(x, y)));
    }
    let with_covariance = estimates.lines().next().is_some_and(|line| line.contains("pxx"));
    let columns: &[&str] = if with_covariance {
        &["k", "id", "x", "y", "pxx", "pxy", "pyy"]
    } else {
        &["k", "id", "x", "y"]
    };
    for row in Table::read(estimates, columns)?.rows {
        let [k, id, x, y, ref covariance @ ..] = row.values[..] else { continue };
        let (k, id) = (row.count("k", k)?, row.count("id", id)?);
        let covariance_m2 = match covariance {
            &[pxx, pxy, pyy] => Some(Matrix2::new(pxx, pxy, pxy, pyy)),
            _ => None,
        };
        let estimate =
            Estimate { id: TrackId(id as u64), point: EnuPoint::new(x, y), covariance_m2 };
        at_sample(&mut run.estimates, k).push(estimate);
    }
    // Both may count from 1: a sample before either begins is no sample.
    let first =
        run.truth.iter().zip(&run.estimates).take_while(|(a, b)| a.is_empty() && b.is_empty());
    let first = first.count();
    run.truth.drain(..first);
    run.estimates.drain(..first);
    let samples = run.truth.len().max(run.estimates.len());
    run.truth.resize(samples, Vec::new());
    run.estimates.resize(samples, Vec::new());
    Ok(run)
}

/// Judges a run.
pub fn summarise(run: &Run, judging: &Judging) -> Summary {
    let Judging { c_m, p, switch_m, step_s } = *judging;
    let mut scorer = Scorer::new(c_m, p);
    let mut sums = (0.0, 0.0);
    let mut errors = Vec::new();
    for (truth, estimates) in run.truth.iter().zip(&run.estimates) {
        let things: Vec<EnuPoint> = truth.iter().map(|(_, point)| *point).collect();
        let tracks: Vec<EnuPoint> = estimates.iter().map(|estimate| estimate.point).collect();
        let paired = gospa(&things, &tracks, c_m, p);
        sums.0 += ospa(&things, &tracks, c_m, p);
        sums.1 += paired.distance_m;
        errors.extend(paired.pairs.iter().filter_map(|&(thing, track)| {
            error2(things[thing].to_vector() - tracks[track].to_vector(), &estimates[track])
        }));
        let named: Vec<_> =
            estimates.iter().map(|estimate| (estimate.id, estimate.point)).collect();
        scorer.sample(truth, &named);
    }
    let samples = run.truth.len().max(1) as f64;
    let costs = Costs { c_m, p, switch_m };
    let lives = Lives::of(run, c_m);
    Summary {
        ospa: sums.0 / samples,
        gospa: sums.1 / samples,
        score: scorer.score(),
        t_gospa: t_gospa(&truth_paths(run), &estimate_paths(run), costs),
        siap: lives.siap(step_s),
        false_tracks_per_hour: lives.never_near as f64 / (samples * step_s / 3_600.0),
        time_to_confirm_s: lives.time_to_confirm_s(step_s),
        nees: consistency(&errors, 2),
    }
}

/// Squared Mahalanobis length of an error; `None` without a usable covariance.
fn error2(error: Vector2<f64>, estimate: &Estimate) -> Option<f64> {
    let inverse = estimate.covariance_m2?.try_inverse()?;
    Some(error.dot(&(inverse * error)))
}

fn at_sample<T: Clone>(samples: &mut Vec<Vec<T>>, k: usize) -> &mut Vec<T> {
    if samples.len() <= k {
        samples.resize(k + 1, Vec::new());
    }
    &mut samples[k]
}

fn truth_paths(run: &Run) -> Vec<Path> {
    let mut paths: BTreeMap<u64, Path> = BTreeMap::new();
    for (sample, truth) in run.truth.iter().enumerate() {
        for (id, point) in truth {
            paths.entry(*id).or_insert_with(|| vec![None; run.truth.len()])[sample] = Some(*point);
        }
    }
    paths.into_values().collect()
}

fn estimate_paths(run: &Run) -> Vec<Path> {
    let mut paths: BTreeMap<TrackId, Path> = BTreeMap::new();
    for (sample, estimates) in run.estimates.iter().enumerate() {
        for Estimate { id, point, .. } in estimates {
            paths.entry(*id).or_insert_with(|| vec![None; run.estimates.len()])[sample] =
                Some(*point);
        }
    }
    paths.into_values().collect()
}

/// What became of each thing and each track, each track being of the nearest thing within the cut-off.
#[derive(Debug, Default)]
struct Lives {
    /// For each thing, sample by sample of its life, its tracks, nearest first.
    things: BTreeMap<u64, Vec<Vec<TrackId>>>,
    distance_m: f64,
    assigned: usize,
    spurious: usize,
    never_near: usize,
}

impl Lives {
    fn of(run: &Run, c_m: f64) -> Self {
        let mut lives = Self::default();
        let mut near: BTreeMap<TrackId, bool> = BTreeMap::new();
        for (truth, estimates) in run.truth.iter().zip(&run.estimates) {
            let mut tracks: BTreeMap<u64, Vec<(f64, TrackId)>> = BTreeMap::new();
            for estimate in estimates {
                let nearest = truth
                    .iter()
                    .map(|(id, point)| (point.distance_m(estimate.point), *id))
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .filter(|(distance_m, _)| *distance_m < c_m);
                *near.entry(estimate.id).or_default() |= nearest.is_some();
                match nearest {
                    Some((distance_m, id)) => {
                        lives.distance_m += distance_m;
                        lives.assigned += 1;
                        tracks.entry(id).or_default().push((distance_m, estimate.id));
                    }
                    None => lives.spurious += 1,
                }
            }
            for (id, _) in truth {
                let mut own = tracks.remove(id).unwrap_or_default();
                own.sort_by(|a, b| a.0.total_cmp(&b.0));
                let own = own.into_iter().map(|(_, track)| track).collect();
                lives.things.entry(*id).or_default().push(own);
            }
        }
        lives.never_near = near.values().filter(|near| !**near).count();
        lives
    }

    fn siap(&self, step_s: f64) -> Siap {
        let lived: usize = self.things.values().map(Vec::len).sum();
        let tracked: usize = self.samples().filter(|tracks| !tracks.is_empty()).count();
        let changes: usize = self.things.values().map(|life| changes(life)).sum();
        let longest: f64 = self.things.values().map(|life| longest_share(life)).sum();
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Siap {
            completeness: share(tracked as f64, lived as f64),
            ambiguity: share(self.assigned as f64, tracked as f64),
            spuriousness: share(self.spurious as f64, (self.assigned + self.spurious) as f64),
            positional_m: share(self.distance_m, self.assigned as f64),
            number_changes_per_s: share(changes as f64, tracked as f64 * step_s),
            longest_segment: share(longest, self.things.len() as f64),
        }
    }

    fn samples(&self) -> impl Iterator<Item = &Vec<TrackId>> {
        self.things.values().flatten()
    }

    fn time_to_confirm_s(&self, step_s: f64) -> Option<f64> {
        let waits: Vec<f64> = self
            .things
            .values()
            .filter_map(|life| life.iter().position(|tracks| !tracks.is_empty()))
            .map(|samples| samples as f64 * step_s)
            .collect();
        (!waits.is_empty()).then(|| waits.iter().sum::<f64>() / waits.len() as f64)
    }
}

/// How often a thing's nearest track is another than when it last had one.
fn changes(life: &[Vec<TrackId>]) -> usize {
    let first: Vec<TrackId> = life.iter().filter_map(|tracks| tracks.first().copied()).collect();
    first.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// The largest share of a thing's samples that one track covers.
fn longest_share(life: &[Vec<TrackId>]) -> f64 {
    let mut covered: BTreeMap<TrackId, usize> = BTreeMap::new();
    for track in life.iter().flatten() {
        *covered.entry(*track).or_default() += 1;
    }
    covered.into_values().max().unwrap_or(0) as f64 / life.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const JUDGING: Judging = Judging { c_m: 10.0, p: 2.0, switch_m: 4.0, step_s: 2.0 };

    /// One thing over six samples; its track is late by one, changes its number, and another is of nothing.
    const TRUTH: &str = "k,id,x,y\n1,7,0,0\n2,7,1,0\n3,7,2,0\n4,7,3,0\n5,7,4,0\n6,7,5,0\n";
    const ESTIMATES: &str = "k,id,x,y,pxx,pxy,pyy\n2,1,1,1,1,0,1\n3,1,2,1,1,0,1\n4,1,3,1,1,0,1\n5,2,4,1,1,0,1\n6,2,5,1,1,0,1\n3,9,500,0,1,0,1\n";

    #[test]
    fn a_run_is_judged_as_the_definitions_say() {
        let run = parse(ESTIMATES, TRUTH).unwrap();

        let got = summarise(&run, &JUDGING);

        assert_eq!(got.score.samples, 6);
        assert_eq!(got.score.id_switches, 1);
        assert_relative_eq!(got.siap.completeness, 5.0 / 6.0);
        assert_relative_eq!(got.siap.ambiguity, 1.0);
        assert_relative_eq!(got.siap.spuriousness, 1.0 / 6.0);
        assert_relative_eq!(got.siap.positional_m, 1.0);
        assert_relative_eq!(got.siap.number_changes_per_s, 1.0 / 10.0);
        assert_relative_eq!(got.siap.longest_segment, 0.5);
        assert_relative_eq!(got.false_tracks_per_hour, 300.0);
        assert_relative_eq!(got.time_to_confirm_s.unwrap(), 2.0);
        // Five samples 1 m off, one missed, one false; half a switch when it is found, a whole one between.
        assert_relative_eq!(got.score.gospa_rms, libm::sqrt((5.0 + 50.0 + 50.0) / 6.0));
        assert_relative_eq!(got.t_gospa.switches, 16.0);
        assert_relative_eq!(got.nees.unwrap().mean, 1.0);
    }

    #[test]
    fn a_perfect_run_is_perfect() {
        let got = summarise(&parse(TRUTH, TRUTH).unwrap(), &JUDGING);

        assert_relative_eq!(got.ospa, 0.0);
        assert_relative_eq!(got.gospa, 0.0);
        assert_relative_eq!(got.t_gospa.distance_m, 0.0);
        assert_relative_eq!(got.siap.completeness, 1.0);
        assert!(got.nees.is_none());
    }
}
