//! The station: sockets, storage, HTTP and the command line.

pub mod api;
pub mod cli;
mod colour;
pub mod config;
mod connections;
pub mod data_package;
mod disclosures;
pub mod exercise;
pub mod export;
pub mod features;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
pub mod identity;
pub mod ingest;
pub mod limits;
pub mod pki;
mod places;
pub mod record;
mod relay;
pub mod release;
mod report;
mod rings;
pub mod runtime;
pub mod shipped;
mod snapshot;
pub mod store;
pub mod telemetry;
mod witness;

/// Looks, steps and pictures are made of many small things: the system's allocator took a quarter of the core's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
