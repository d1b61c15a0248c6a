//! What a person may do about alerts beside acknowledging, answering and closing them. Each needs a reason.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sight::geo::Wgs84;
use sight::sector::Rule;

use super::rules::barriers::BarrierWord;
use super::suppression::{How, Subject};
use crate::journal::{AlertId, SuppressionId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AlertAct {
    /// Put an alert aside for a while; it comes back by itself.
    Shelve {
        alert: AlertId,
        for_s: u32,
    },
    /// Take it from the shelf before that.
    Unshelve {
        alert: AlertId,
    },
    /// Let go a latched alert whose cause is over.
    Reset {
        alert: AlertId,
    },
    /// Acknowledge many alerts of low priority at once.
    AcknowledgeMany {
        alerts: BTreeSet<AlertId>,
    },
    /// Keep alerts from calling, by design or because what they are about is out of service.
    Suppress {
        rule: Option<Rule>,
        subject: Subject,
        how: How,
        for_s: u32,
    },
    EndSuppression {
        suppression: SuppressionId,
    },
    /// Say how a barrier was found, and where.
    ReportBarrier {
        barrier: String,
        word: BarrierWord,
        place: Option<Wgs84>,
    },
}
