//! Distances between two sets of points: OSPA and GOSPA.

use serde::Serialize;
use sight::geo::EnuPoint;

use super::assignment::assign;

/// GOSPA (alpha 2) with its parts, each part as a sum of p-th powers in m^p.
///
/// Source: Rahmathullah, García-Fernández and Svensson, "Generalized optimal sub-pattern
/// assignment metric" (2017).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Gospa {
    /// The metric itself, in m.
    pub distance_m: f64,
    pub localisation: f64,
    pub missed: f64,
    pub false_: f64,
    /// Pairs (truth, estimate) that are nearer than the cut-off.
    pub pairs: Vec<(usize, usize)>,
}

impl Gospa {
    /// The p-th power of the metric, for means over scans.
    pub fn power(&self) -> f64 {
        self.localisation + self.missed + self.false_
    }
}

/// GOSPA of estimates against the truth with cut-off `c_m`, order `p` and alpha 2.
pub fn gospa(truth: &[EnuPoint], estimates: &[EnuPoint], c_m: f64, p: f64) -> Gospa {
    let cut = libm::pow(c_m, p);
    let cost =
        |row: usize, column: usize| powered(truth[row].distance_m(estimates[column]), c_m, p);
    let assignment = assign(truth.len(), estimates.len(), &cost);
    let mut result = Gospa::default();
    for (row, column) in assignment.column_of_row.iter().enumerate() {
        if let Some(column) = *column
            && truth[row].distance_m(estimates[column]) < c_m
        {
            result.localisation += cost(row, column);
            result.pairs.push((row, column));
        }
    }
    result.missed = (truth.len() - result.pairs.len()) as f64 * cut / 2.0;
    result.false_ = (estimates.len() - result.pairs.len()) as f64 * cut / 2.0;
    result.distance_m = libm::pow(result.power(), 1.0 / p);
    result
}

/// OSPA with cut-off `c_m` and order `p`, in m; 0 for two empty sets.
///
/// Source: Schuhmacher, Vo and Vo, "A consistent metric for performance evaluation" (2008).
pub fn ospa(truth: &[EnuPoint], estimates: &[EnuPoint], c_m: f64, p: f64) -> f64 {
    let more = truth.len().max(estimates.len());
    if more == 0 {
        return 0.0;
    }
    let cost =
        |row: usize, column: usize| powered(truth[row].distance_m(estimates[column]), c_m, p);
    let assignment = assign(truth.len(), estimates.len(), &cost);
    let unmatched = truth.len().abs_diff(estimates.len()) as f64;
    libm::pow((assignment.cost + unmatched * libm::pow(c_m, p)) / more as f64, 1.0 / p)
}

fn powered(distance_m: f64, c_m: f64, p: f64) -> f64 {
    libm::pow(distance_m.min(c_m), p)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        #[serde(rename = "X")]
        truth: Vec<[f64; 2]>,
        #[serde(rename = "Y")]
        estimates: Vec<[f64; 2]>,
        c: f64,
        p: f64,
        gospa: f64,
        ospa: f64,
        gospa_loc: f64,
        gospa_miss: f64,
        gospa_false: f64,
    }

    #[test]
    fn both_metrics_agree_with_two_other_programs() {
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../../testdata/golden_gospa.json")).unwrap();
        for case in cases {
            let (truth, estimates) = (points(&case.truth), points(&case.estimates));

            let got = gospa(&truth, &estimates, case.c, case.p);

            assert_relative_eq!(got.distance_m, case.gospa, max_relative = 1e-12);
            assert_relative_eq!(got.localisation, case.gospa_loc, max_relative = 1e-12);
            assert_relative_eq!(got.missed, case.gospa_miss, max_relative = 1e-12);
            assert_relative_eq!(got.false_, case.gospa_false, max_relative = 1e-12);
            assert_relative_eq!(
                ospa(&truth, &estimates, case.c, case.p),
                case.ospa,
                max_relative = 1e-12
            );
        }
    }

    #[test]
    fn a_miss_costs_as_the_definitions_say() {
        let (truth, estimates) = (points(&[[0.0, 0.0]]), points(&[[3.0, 0.0], [100.0, 0.0]]));

        assert_relative_eq!(ospa(&truth, &estimates, 10.0, 1.0), 6.5);
        assert_relative_eq!(gospa(&truth, &estimates, 10.0, 1.0).distance_m, 8.0);
    }

    #[test]
    fn two_empty_sets_are_no_distance_apart() {
        assert_relative_eq!(gospa(&[], &[], 10.0, 2.0).distance_m, 0.0);
        assert_relative_eq!(ospa(&[], &[], 10.0, 2.0), 0.0);
    }

    fn points(raw: &[[f64; 2]]) -> Vec<EnuPoint> {
        raw.iter().map(|[east_m, north_m]| EnuPoint::new(*east_m, *north_m)).collect()
    }
}
