//! A radar that tells more than anybody could see, beside one that follows somebody.

use sight::sector::SensorId;
use watch::detection::{DetectionReport, Source};
use watch::journal::Input;
use watch::limits;

use super::flat::Night;

const NOISY: &str = r#"
[[sensor]]
id = "noisy"
name = { en = "Noisy radar", ar = "رادار صاخب" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f03"
kind = "radar"
at = [41.505, 34.48]
height_m = 20.0
range_max_m = 8000.0
revisit_s = 5.0
radar = { walker_half_range_m = 9000.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }
"#;

#[test]
fn a_hundred_thousand_reports_of_one_sensor_are_dropped_but_for_its_share_and_harm_no_other_track()
{
    let mut night = Night::begin_with(NOISY);
    night.walk(-500.0, -300.0);
    let before = night.core.tracks().next().unwrap().clone();

    for number in 0..100_000_u32 {
        let (column, row) = (f64::from(number % 400), f64::from(number / 400));
        let report = DetectionReport {
            source: Source::Sensor(SensorId("noisy".into())),
            // All within one look of a radar that sees all at once, over two kilometres of the near side.
            observed_at: night.now - jiff::SignedDuration::from_millis(i64::from(number / 1_000)),
            ..night.report_at(200.0 + 5.0 * column, -3_000.0 + 8.0 * row, format!("flood-{number}"))
        };
        night.take(Input::Detected(report));
    }
    night.entries.clear();
    night.walk(-300.0, -230.0);

    let sensors = |name: &str| night.core.roster().sensor(&SensorId(name.into())).unwrap();
    let dropped = 100_000 - limits::LOOK_DETECTIONS_MAX as u64;
    assert_eq!(sensors("noisy").flood.dropped, dropped);
    assert!(sensors("noisy").flood.last_at.is_some());
    assert_eq!(sensors("radar").flood.dropped, 0);
    let after = night.core.tracks().find(|track| track.id == before.id).unwrap();
    assert!(after.existence > 0.9, "{after:?}");
    let line = &night.core.model().sector().line;
    let off_m = -line.signed_distance_m(sight::geo::EnuPoint::new(after.east_m, after.north_m));
    assert!((-260.0..=-200.0).contains(&off_m), "{off_m} m");
}
