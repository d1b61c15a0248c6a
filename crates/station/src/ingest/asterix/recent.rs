//! The last reports of one radar, so that one that comes by two ways counts once.

use std::collections::{BTreeSet, VecDeque};

use crate::ingest::limits;

/// Ids of the last reports.
#[derive(Debug, Default)]
pub(super) struct Recent {
    known: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Recent {
    /// True the first time that an id comes.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > limits::PLOTS_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_once_until_so_many_others_came() {
        let mut recent = Recent::default();

        assert!(recent.is_new("first") && !recent.is_new("first"));
        for number in 0..limits::PLOTS_REMEMBERED {
            assert!(recent.is_new(&number.to_string()));
        }
        assert_eq!(recent.known.len(), limits::PLOTS_REMEMBERED);
        assert!(recent.is_new("first"));
    }
}
