//! What patrols' receivers write, NMEA and GPX: no text panics, and what is read comes back.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::nmea::{self, Sentence};
use wire::gpx;

fuzz_target!(|text: &str| within_bar(|| decoded(text)));

fn decoded(text: &str) {
    for line in text.lines() {
        match nmea::parse(line) {
            Ok(Sentence::Rmc(rmc)) => {
                let Ok(Sentence::Rmc(again)) = nmea::parse(&nmea::write_rmc(&rmc)) else { panic!("{rmc:?}") };
                assert_eq!(again.place.is_some(), rmc.place.is_some());
            }
            Ok(Sentence::Gga(gga)) => {
                let Ok(Sentence::Gga(again)) = nmea::parse(&nmea::write_gga(&gga)) else { panic!("{gga:?}") };
                assert_eq!(again.satellites, gga.satellites);
            }
            Ok(Sentence::Other { .. }) | Err(_) => {}
        }
    }
    if let Ok(read) = gpx::parse(text) {
        let again = gpx::parse(&read.to_xml()).expect("what we write we can read");
        assert_eq!(again.waypoints.len(), read.waypoints.len());
        assert_eq!(again.tracks.len(), read.tracks.len());
    }
}
