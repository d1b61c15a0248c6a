//! The station: sockets, storage, HTTP and the command line.

pub mod cli;
pub mod ingest;
pub mod limits;
pub mod record;
pub mod shipped;
