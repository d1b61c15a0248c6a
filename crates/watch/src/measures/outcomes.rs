//! What attempts came to.

use serde::{Deserialize, Serialize};

use super::share;

/// Known attempts by what they came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    pub apprehended: u32,
    pub turned_back: u32,
    pub got_away: u32,
}

impl Outcomes {
    /// (apprehended + turned back) / (apprehended + turned back + got away); `None` without attempts.
    pub fn effectiveness(&self) -> Option<f64> {
        let stopped = f64::from(self.apprehended) + f64::from(self.turned_back);
        share(stopped, stopped + f64::from(self.got_away))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_attempts_nothing_was_effective() {
        assert_eq!(Outcomes::default().effectiveness(), None);
        let month = Outcomes { apprehended: 6, turned_back: 3, got_away: 3 };
        assert_eq!(month.effectiveness(), Some(0.75));
    }
}
