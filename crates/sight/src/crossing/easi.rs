//! Probability of interruption along one path: the estimate of adversary sequence interruption (EASI).
//!
//! Garcia, *Design and Evaluation of Physical Protection Systems*: an adversary passes elements in order; each may
//! detect and each delays. A detection helps when the delay that is left then is longer than the response takes.

mod table;

use serde::{Deserialize, Serialize};

pub use self::table::{TableFault, read_table};

/// Where within an element the detection happens, and so how much of its delay is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DetectedAt {
    /// The whole delay and variance of the element is left.
    #[serde(rename = "B")]
    Beginning,
    /// Half of the delay and a quarter of the variance is left.
    #[serde(rename = "M")]
    Middle,
    /// Nothing of the element is left.
    #[serde(rename = "E")]
    End,
}

/// One step of an adversary's way: a strip of ground, a fence, a trench.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// Chance that this element detects, 0 to 1.
    pub p_detect: f64,
    /// Mean time that it takes to pass, seconds.
    pub delay_s: f64,
    /// Standard deviation of that time, seconds.
    pub delay_sd_s: f64,
    pub at: DetectedAt,
}

/// Those who would interrupt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Mean time from the alarm to being there, seconds.
    pub time_s: f64,
    /// Standard deviation of that time, seconds.
    pub sd_s: f64,
    /// Chance that a detection is told to them, 0 to 1.
    pub p_comm: f64,
}

/// What one element adds to the chance of interruption.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Chance that the first detection that is told happens here.
    pub p_first: f64,
    /// Mean delay that is left then, seconds.
    pub left_s: f64,
    /// Chance that the response takes no longer than what is left.
    pub p_in_time: f64,
    /// `p_first * p_in_time`.
    pub p_interrupt: f64,
}

/// The chance of interruption and where on the path it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interruption {
    /// Sum of the shares.
    pub p_interrupt: f64,
    /// By element, in the order of the path.
    pub shares: Vec<Share>,
    /// The last element whose detection still leaves at least the mean response time: the critical detection point.
    pub critical: Option<usize>,
}

/// A figure that is none of its kind.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{field} must be {must}, got {value}")]
pub struct FigureFault {
    pub field: &'static str,
    pub must: &'static str,
    pub value: f64,
}

impl Element {
    /// Whether every figure can be computed with.
    pub fn check(&self) -> Result<(), FigureFault> {
        is_chance("p_detect", self.p_detect)?;
        is_time("delay_s", self.delay_s)?;
        is_time("delay_sd_s", self.delay_sd_s)
    }
}

impl Response {
    /// Whether every figure can be computed with.
    pub fn check(&self) -> Result<(), FigureFault> {
        is_time("response_s", self.time_s)?;
        is_time("response_sd_s", self.sd_s)?;
        is_chance("p_comm", self.p_comm)
    }
}

/// Chance that the response meets the adversary before the end of the path.
///
/// `sum of Pc Pd_i prod_{j<i} (1 - Pd_j) Phi((T_i - R) / sqrt(sd_R^2 + sum of sd^2))` over the elements, where `T_i` is the delay
/// left. A detection that is not told is not followed by another try, as in Garcia's table.
pub fn interruption(elements: &[Element], response: &Response) -> Interruption {
    let (mut after_s, mut after_var) = (0.0, 0.0);
    let mut left: Vec<(f64, f64)> = elements
        .iter()
        .rev()
        .map(|element| {
            let (delay, var) = element.at.left();
            let own_var = element.delay_sd_s * element.delay_sd_s;
            let here = (after_s + delay * element.delay_s, after_var + var * own_var);
            after_s += element.delay_s;
            after_var += own_var;
            here
        })
        .collect();
    left.reverse();
    let mut unseen = 1.0;
    let shares: Vec<Share> = elements
        .iter()
        .zip(left)
        .map(|(element, (left_s, variance_s2))| {
            let p_first = response.p_comm * element.p_detect * unseen;
            unseen *= 1.0 - element.p_detect;
            let sd_s = libm::sqrt(variance_s2 + response.sd_s * response.sd_s);
            let p_in_time = in_time(left_s - response.time_s, sd_s);
            Share { p_first, left_s, p_in_time, p_interrupt: p_first * p_in_time }
        })
        .collect();
    Interruption {
        p_interrupt: shares.iter().fold(0.0, |sum, share| sum + share.p_interrupt),
        critical: shares.iter().rposition(|share| share.left_s >= response.time_s),
        shares,
    }
}

impl DetectedAt {
    /// Shares of an element's delay and variance that are left.
    fn left(self) -> (f64, f64) {
        match self {
            Self::Beginning => (1.0, 1.0),
            Self::Middle => (0.5, 0.25),
            Self::End => (0.0, 0.0),
        }
    }
}

/// Chance that a normal variable with this mean and deviation is not negative.
fn in_time(margin_s: f64, sd_s: f64) -> f64 {
    if sd_s > 0.0 {
        0.5 * libm::erfc(-margin_s / (sd_s * std::f64::consts::SQRT_2))
    } else {
        f64::from(margin_s >= 0.0)
    }
}

fn is_chance(field: &'static str, value: f64) -> Result<(), FigureFault> {
    if (0.0..=1.0).contains(&value) {
        return Ok(());
    }
    Err(FigureFault { field, must: "from 0 to 1", value })
}

fn is_time(field: &'static str, value: f64) -> Result<(), FigureFault> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(FigureFault { field, must: "finite and not negative", value })
}

#[cfg(test)]
mod tests;
