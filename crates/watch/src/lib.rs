//! The operational core: a deterministic state machine from journalled inputs to outputs.
//!
//! Read [`pipeline`] first.

pub mod alert;
pub mod detection;
pub mod dispatch;
pub mod heavy;
pub mod journal;
pub mod metrics;
pub mod tracking;
