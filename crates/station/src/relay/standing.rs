//! What has become of a letter, by the letters about it.

use jiff::Timestamp;

use super::{Opened, Purpose};

/// How a letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody has answered.
    Unanswered,
    Received {
        at: Timestamp,
    },
    Contradicted {
        at: Timestamp,
    },
    Recalled {
        at: Timestamp,
    },
    /// Its time is over, whatever was answered.
    Over {
        at: Timestamp,
    },
}

impl Standing {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Received { .. } => "received",
            Self::Contradicted { .. } => "contradicted",
            Self::Recalled { .. } => "recalled",
            Self::Over { .. } => "over",
        }
    }

    /// Whether one may still go by it.
    pub(crate) const fn counts(self) -> bool {
        match self {
            Self::Unanswered | Self::Received { .. } | Self::Contradicted { .. } => true,
            Self::Recalled { .. } | Self::Over { .. } => false,
        }
    }

    pub(crate) const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Unanswered => None,
            Self::Received { at }
            | Self::Contradicted { at }
            | Self::Recalled { at }
            | Self::Over { at } => Some(at),
        }
    }
}

/// How a letter stands now, by others that were opened. What is not about it, or not by those whom it concerns, counts for
/// nothing: its writer alone takes it back, and whom it was written to alone answers.
pub(crate) fn standing(letter: &Opened, others: &[Opened], now: Timestamp) -> Standing {
    let head = &letter.head;
    if head.is_over(now) {
        return Standing::Over { at: head.expires_at };
    }
    let about = others.iter().map(|other| &other.head).filter(|other| {
        let by_whom = match other.purpose {
            Purpose::Report => return false,
            Purpose::Recall => &head.from,
            Purpose::Received | Purpose::Contradiction => &head.to,
        };
        other.about == Some(letter.digest) && other.from == *by_whom
    });
    // A recall outweighs a contradiction, and that a receipt; of each the first counts.
    let strongest = about.max_by_key(|other| (other.purpose, std::cmp::Reverse(other.written_at)));
    strongest.map_or(Standing::Unanswered, |other| {
        let at = other.written_at;
        match other.purpose {
            Purpose::Recall => Standing::Recalled { at },
            Purpose::Contradiction => Standing::Contradicted { at },
            Purpose::Received | Purpose::Report => Standing::Received { at },
        }
    })
}
