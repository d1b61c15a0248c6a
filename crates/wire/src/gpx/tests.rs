//! Files as handheld receivers write them, and as they should not.

use proptest::prelude::*;

use super::*;

const PATROL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="handheld" xmlns="http://www.topografix.com/GPX/1/1">
 <metadata><time>2026-11-27T00:00:00Z</time></metadata>
 <wpt lat="34.5" lon="41"><ele>212.5</ele><name>Post 3</name></wpt>
 <trk><name>Night patrol</name>
  <trkseg>
   <trkpt lat="34.51" lon="41.01"><ele>210</ele><time>2026-11-27T01:00:00Z</time></trkpt>
   <trkpt lat="34.52" lon="41.02"><time>2026-11-27T01:00:10Z</time><extensions><hr>80</hr></extensions></trkpt>
  </trkseg>
  <trkseg><trkpt lat="-0.5" lon="-180"/></trkseg>
 </trk>
 <rte><rtept lat="1" lon="2"/></rte>
</gpx>"#;

#[test]
fn a_patrols_file_is_read() {
    let gpx = parse(PATROL).unwrap();

    assert_eq!((gpx.left_out, gpx.faults.len()), (0, 0));
    assert_eq!(gpx.waypoints[0].name.as_deref(), Some("Post 3"));
    assert_eq!(gpx.waypoints[0].elevation_m, Some(212.5));
    let track = &gpx.tracks[0];
    assert_eq!(track.name.as_deref(), Some("Night patrol"));
    assert_eq!(track.segments.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(track.segments[0][1].time.unwrap().to_string(), "2026-11-27T01:00:10Z");
    assert_eq!(
        gpx.tracks[1].segments,
        [[Point { lat_deg: 1.0, lon_deg: 2.0, elevation_m: None, time: None, name: None }]]
    );
}

#[test]
fn a_bad_point_is_told_and_the_rest_kept() {
    for (from, to, message) in [
        ("lat=\"34.51\"", "lat=\"91\"", "point 2: lat must be degrees on the globe, got \"91\""),
        ("lat=\"34.51\"", "", "point 2: lat must be degrees on the globe, got \"\""),
        ("lon=\"41.01\"", "lon=\"NaN\"", "point 2: lon must be degrees on the globe, got \"NaN\""),
        ("<ele>210<", "<ele>1e308<", "point 2: ele must be a height in metres, got \"1e308\""),
        (
            "01:00:00Z",
            "noon",
            "point 2: time must be a time such as 2026-11-20T19:00:00Z, got \"2026-11-27Tnoon\"",
        ),
    ] {
        assert!(PATROL.contains(from), "{from}");
        let gpx = parse(&PATROL.replace(from, to)).unwrap();
        assert_eq!((gpx.left_out, gpx.faults[0].to_string().as_str()), (1, message));
        assert_eq!(gpx.tracks[0].segments[0].len(), 1);
    }
}

#[test]
fn what_is_no_gpx_is_refused() {
    assert_eq!(parse("<kml/>").unwrap_err().to_string(), "root element must be gpx, got \"kml\"");
    assert!(matches!(parse("<gpx>"), Err(GpxError::Xml(_))));
    let bomb = "<!DOCTYPE gpx [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><gpx>&b;</gpx>";
    assert!(parse(bomb).unwrap_err().to_string().contains("document type at byte 0 is refused"));
    let many = format!("<gpx>{}</gpx>", "<wpt/>".repeat(GPX_ELEMENTS_MAX));
    assert!(parse(&many).unwrap_err().to_string().contains("at most 400000 elements"));
    let bad = format!("<gpx>{}</gpx>", "<wpt/>".repeat(1_000));
    let gpx = parse(&bad).unwrap();
    assert_eq!((gpx.left_out, gpx.faults.len()), (1_000, FAULTS_MAX));
}

prop_compose! {
    fn point()(
        lat_deg in -90.0_f64..=90.0, lon_deg in -180.0_f64..=180.0,
        elevation_m in prop::option::of(-400.0..9_000.0),
        second in prop::option::of(0_i64..4_000_000_000),
        name in prop::option::of("[a-zA-Z<&\"é]{1,9}"),
    ) -> Point {
        Point { lat_deg, lon_deg, elevation_m, time: second.and_then(|second| Timestamp::from_second(second).ok()), name }
    }
}

proptest! {
    #[test]
    fn a_file_comes_back_from_its_xml(
        waypoints in prop::collection::vec(point(), 0..4),
        segments in prop::collection::vec(prop::collection::vec(point(), 0..4), 0..3),
    ) {
        let gpx = Gpx { waypoints, tracks: vec![Track { name: Some("a".into()), segments }], ..Gpx::default() };
        prop_assert_eq!(parse(&gpx.to_xml()), Ok(gpx));
    }
}
