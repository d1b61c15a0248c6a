//! A radar that measures elevation, a drone and a walker.

use sight::sector::SensorId;
use watch::Core;
use watch::detection::{Class, DetectionReport, ReportedPosition, Source};
use watch::heavy::Computer;
use watch::journal::{Input, Output, TrackView};
use watch::tracking::Mode;

use super::flat::{Night, model};

/// The radar's head above sea, and where it stands east of the line.
const HEAD_M: f64 = 220.0;
const RADAR_EAST_M: f64 = 459.5;
const GROUND_M: f64 = 200.0;

impl Night {
    /// The radar finds something of no class at so many metres east and north, at a height above the ground.
    fn find(&mut self, (east_m, north_m): (f64, f64), above_ground_m: f64, turn: u32) {
        let level_m = (east_m - RADAR_EAST_M).hypot(north_m);
        let rise_m = GROUND_M + above_ground_m - HEAD_M;
        // What errs one way now errs the other way next time.
        let error = if turn.is_multiple_of(2) { 1.0 } else { -1.0 };
        let observed_at = self.now;
        self.take(Input::Detected(DetectionReport {
            source: Source::Sensor(SensorId("radar".into())),
            report_id: format!("found-{turn}-{above_ground_m}"),
            object_id: "object".into(),
            observed_at,
            position: ReportedPosition::Polar {
                azimuth_deg: (east_m - RADAR_EAST_M).atan2(north_m).to_degrees().rem_euclid(360.0),
                azimuth_sigma_deg: Some(0.4),
                elevation_deg: Some(rise_m.atan2(level_m).to_degrees() + 0.2 * error),
                elevation_sigma_deg: Some(0.4),
                range_m: Some(level_m.hypot(rise_m) + 4.0 * error),
                range_sigma_m: Some(8.0),
            },
            confidence: Some(0.9),
            classes: Vec::new(),
            remarks: watch::detection::Remarks::default(),
        }));
    }

    /// A drone climbs by 1 m/s as it flies along the line; a walker walks under it.
    fn fly(&mut self, looks: u32) {
        for turn in 0..looks {
            let seconds = 5.0 * f64::from(turn);
            self.find((-900.0, -400.0 + 8.0 * seconds), 80.0 + seconds, turn);
            self.find((-600.0 + 1.2 * seconds, 300.0), 0.0, turn);
            self.hear("radar");
            self.pass(5);
        }
    }

    fn tracks(&self) -> Vec<&TrackView> {
        self.core.tracks().collect()
    }
}

#[test]
fn what_flies_is_an_aircraft_with_a_height_and_who_walks_under_it_is_neither() {
    let mut night = Night::begin();

    night.fly(16);

    let tracks = night.tracks();
    let [one, other] = tracks[..] else { panic!("{tracks:?}") };
    let (drone, walker) = if one.height.is_some() { (one, other) } else { (other, one) };
    let height = drone.height.unwrap_or_else(|| panic!("{tracks:?}"));
    assert_eq!((drone.class, drone.motion), (Class::Aircraft, Some(Mode::Fly)));
    let (above_m, sigma_m) = (height.above_ground_m.unwrap(), height.sigma_m());
    // The last look was at 155 m, and time has gone on.
    assert!((above_m - 158.0).abs() < 3.0 * sigma_m && sigma_m < 20.0, "{height:?}");
    assert!((height.climb_mps - 1.0).abs() < 3.0 * height.climb_sigma_mps(), "{height:?}");
    assert_eq!(walker.height, None);
    assert!(!matches!(walker.motion, Some(Mode::Fly)) && walker.class != Class::Aircraft);
}

#[test]
fn a_night_with_heights_told_again_is_the_same_night() {
    let mut night = Night::begin();
    night.fly(8);

    let mut again = Core::new(model());
    let mut computer = Computer::new(model());
    let mut wanted = None;
    for entry in &night.entries {
        let computed = matches!(entry.input, Input::Computed { .. });
        let request = if computed { wanted.take() } else { None };
        let heavy = request.map(|request| computer.compute(&request));
        for output in again.step(entry, heavy) {
            if let Output::Compute { request, .. } = output {
                wanted = Some(request);
            }
        }
    }

    assert!(again.tracks().any(|track| track.height.is_some()));
    assert_eq!(again.state_hash(), night.core.state_hash());
}
