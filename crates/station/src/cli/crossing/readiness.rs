//! How those who respond come to know and set off, as given on the command line, and where they start.

use sight::coverage::{Model, Readiness};
use sight::crossing::Starter;

/// What is taken for those who respond.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct ReadinessArgs {
    /// From a detection to units on their way: seen, judged, told (an assumption).
    #[arg(long, value_name = "S", default_value_t = Readiness::default().alarm_s)]
    alarm_s: f64,
    /// Chance that a detection is told to those who respond (an assumption).
    #[arg(long, value_name = "P", default_value_t = Readiness::default().p_comm)]
    p_comm: f64,
    /// Standard deviation of every time as a share of it (0.3 in the textbook); barriers have their own in the sector file.
    #[arg(long, value_name = "SHARE", default_value_t = Readiness::default().sd_share)]
    sd_share: f64,
}

impl ReadinessArgs {
    pub(super) fn checked(self) -> anyhow::Result<Readiness> {
        for (flag, value, holds, must) in [
            ("--alarm-s", self.alarm_s, self.alarm_s >= 0.0, "not negative"),
            ("--p-comm", self.p_comm, (0.0..=1.0).contains(&self.p_comm), "from 0 to 1"),
            ("--sd-share", self.sd_share, self.sd_share >= 0.0, "not negative"),
        ] {
            anyhow::ensure!(holds && value.is_finite(), "{flag} must be {must}, got {value}");
        }
        Ok(Readiness { alarm_s: self.alarm_s, p_comm: self.p_comm, sd_share: self.sd_share })
    }
}

/// Units where the sector file puts them.
pub(super) fn units(model: &Model) -> Vec<Starter> {
    let start = |unit: &sight::sector::Unit| Starter {
        unit: unit.id.clone(),
        mobility: unit.mobility,
        point: unit.point,
    };
    model.sector().units.iter().map(start).collect()
}
