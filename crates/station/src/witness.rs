//! A witness: signs that it has seen another station's checkpoint, so that nobody can show two pasts (C2SP tlog-witness).
//!
//! It keeps the newest checkpoint of each record that it knows and signs a later one only with the proof that its record
//! grew from there. It learns how many entries there are and a hash, never an entry.

pub(crate) mod client;
mod ledger;
pub(crate) mod request;
mod service;

pub(crate) use self::ledger::Ledger;
pub(crate) use self::service::{listen, serve};
