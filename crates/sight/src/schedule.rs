//! Patrols and checkpoints that nobody can learn: how often to be where, and in what order, drawn from a seed.

mod beat;
mod chain;
mod draw;
mod stackelberg;
mod weak;

pub use self::beat::{Beats, Guarded, Mix, Party, Payoffs, Rules, guard};
pub use self::chain::Chain;
pub use self::draw::{Visit, draw};
pub use self::stackelberg::{Commitment, commit};
pub use self::weak::{WeakPlace, travel_times, weak_places};

/// Most places and parties that one schedule is made for.
pub const PLACES_MAX: usize = 60;
pub const PARTIES_MAX: usize = 12;
/// Most visits that are drawn at once.
pub const VISITS_MAX: usize = 20_000;

/// Why there is no schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    #[error("{field} must be {must}, got {value}")]
    Figure { field: &'static str, must: String, value: f64 },
    #[error(
        "nobody can keep to it: {parties} parties make {parties} visits a slot, and the shortest revisit times ask for {asked:.2}: more parties, longer revisits or fewer places are needed"
    )]
    TooFewVisits { parties: usize, asked: f64 },
    #[error("no mix keeps all rules: {why}")]
    Infeasible { why: String },
}
