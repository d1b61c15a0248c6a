//! The station: sockets, storage, HTTP and the command line.

pub mod api;
pub mod cli;
mod colour;
pub mod config;
pub mod data_package;
pub mod exercise;
pub mod export;
pub mod features;
pub mod identity;
pub mod ingest;
pub mod limits;
pub mod pki;
mod places;
pub mod record;
mod relay;
pub mod release;
mod rings;
pub mod runtime;
pub mod shipped;
mod snapshot;
pub mod store;
pub mod telemetry;
mod witness;
