//! What a shift or a longer period came to, for people: HTML that prints, in English and Arabic.
//!
//! The figures are `watch::account`'s; here stand words and pictures alone.

mod line;
mod page;
mod strip;
mod words;

use jiff::Timestamp;
use serde::Serialize;
use sight::sector::Sector;
use watch::account::Account;

pub(crate) use self::page::page;
pub(crate) use self::words::{Language, Words};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Span {
    /// With all alerts one by one.
    Shift,
    Period,
}

/// All that a report tells.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) span: Span,
    pub(crate) sector: &'a Sector,
    pub(crate) account: &'a Account,
    pub(crate) record: Record,
}

/// Of which record, and what it led to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    pub(crate) entries: u64,
    pub(crate) last_at: Timestamp,
    pub(crate) state_hash: String,
    /// Entries that a snapshot stood for, because some of them were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after_snapshot: Option<u64>,
}
