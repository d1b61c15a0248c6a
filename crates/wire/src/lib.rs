//! Bytes to typed messages and back, one module per protocol; no sockets, no clock.

pub mod asterix;
pub mod cot;
pub mod fmp4;
pub mod frigate;
pub mod gpx;
pub mod klv;
pub mod limits;
pub mod mapping;
pub mod mavlink;
pub mod metar;
pub mod mpegts;
pub mod mqtt;
pub mod nmea;
pub mod sapient;
pub mod text;
pub mod upload;
pub mod weather;
