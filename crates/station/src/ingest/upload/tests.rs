//! Uploads with a core that keeps what it takes, or takes nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use sight::geo::Wgs84;
use sight::sector::SensorId;
use tokio::sync::mpsc;
use watch::detection::{Class, DetectionReport, ReportedPosition, StatusReport};
use watch::journal::Input;

use super::*;
use crate::ingest::desk::Desk;

/// A core that can be shut.
#[derive(Debug, Clone)]
struct Shut {
    desk: Desk,
    is_shut: Arc<AtomicBool>,
}

impl Intake for Shut {
    fn now(&self) -> Timestamp {
        self.desk.now()
    }

    async fn submit(&self, inputs: Vec<Input>) -> Result<(), IntakeError> {
        if self.is_shut.load(Ordering::SeqCst) {
            return Err(IntakeError::Never("shut".into()));
        }
        self.desk.submit(inputs).await
    }
}

const NOW: &str = "2026-11-20T19:00:00Z";

struct Post {
    door: Arc<UploadDoor<Shut>>,
    intake: Shut,
    taken: mpsc::Receiver<Input>,
    model: Arc<Model>,
    stations: Arc<Stations>,
}

impl Post {
    fn open() -> Self {
        let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
        let model = Arc::new(crate::shipped::load_model(drill).unwrap());
        let (desk, taken) = Desk::new();
        let intake = Shut { desk, is_shut: Arc::default() };
        let place = model.sector().sensors[0].place;
        let stations = Arc::new(Stations::new(BTreeMap::from([("LESU".to_owned(), place)])));
        let mut config = UploadConfig::default();
        config.limits.messages_per_s = 1e6;
        let address = "127.0.0.1:1".parse().unwrap();
        let beside = (Arc::clone(&model), Arc::clone(&stations));
        let door = Arc::new(UploadDoor::new(config, address, beside, intake.clone()));
        Self { door, intake, taken, model, stations }
    }

    fn sensor(&self) -> Source {
        Source::Sensor(self.model.sector().sensors[0].id.clone())
    }

    fn detections(&self) -> Kind {
        Kind::Detections { of: self.sensor(), form: Form::Csv }
    }

    fn table(&self, rows: impl Iterator<Item = (SignedDuration, &'static str)>) -> String {
        let place = self.model.sector().sensors[0].place;
        let mut table = "time,lat_deg,lon_deg,class\n".to_owned();
        for (ago, class) in rows {
            let time = now() - ago;
            writeln!(table, "{time},{},{},{class}", place.lat_deg(), place.lon_deg()).unwrap();
        }
        table
    }

    async fn bring(&self, kind: Kind, body: &str) -> Result<Answer, UploadError> {
        Arc::clone(&self.door).take(kind, body.as_bytes().to_vec(), None).await
    }

    fn inputs(&mut self) -> Vec<Input> {
        std::iter::from_fn(|| self.taken.try_recv().ok()).collect()
    }
}

fn reports(inputs: &[Input]) -> Vec<&DetectionReport> {
    let detected = inputs.iter();
    detected
        .filter_map(|input| if let Input::Detected(told) = input { Some(told) } else { None })
        .collect()
}

fn statuses(inputs: &[Input]) -> Vec<&StatusReport> {
    let told = inputs.iter();
    told.filter_map(|input| if let Input::Status(told) = input { Some(told) } else { None })
        .collect()
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn seconds(ago: i64) -> SignedDuration {
    SignedDuration::from_secs(ago)
}

#[tokio::test]
async fn rows_become_detections_in_order_of_time_and_a_fresh_one_says_that_the_sensor_works() {
    let mut post = Post::open();
    let table = post.table([(seconds(1), "person"), (seconds(40), "armed men")].into_iter());

    let answer = post.bring(post.detections(), &table).await.unwrap();

    assert_eq!((answer.accepted, answer.rejected), (2, 0), "{answer:?}");
    let inputs = post.inputs();
    let seen = reports(&inputs);
    let classes = seen.iter().map(|report| report.classes[0].0).collect::<Vec<_>>();
    assert_eq!(seen[0].observed_at, now() - seconds(40));
    assert_eq!(classes, [Class::Person, Class::Person]);
    assert!(statuses(&inputs)[0].detecting);
    assert_eq!(post.door.board().counters.counts().redacted, 2, "weapon and sex are dropped");
}

#[tokio::test]
async fn the_same_file_again_is_passed_over_and_a_longer_one_only_adds() {
    let mut post = Post::open();
    let two = post.table([(seconds(9), "person"), (seconds(8), "person")].into_iter());
    let three = post.table([9, 8, 7].map(|ago| (seconds(ago), "person")).into_iter());

    assert_eq!(post.bring(post.detections(), &two).await.unwrap().accepted, 2);
    let again = post.bring(post.detections(), &two).await.unwrap();
    assert_eq!((again.accepted, again.repeated), (0, 2));
    let longer = post.bring(post.detections(), &three).await.unwrap();

    assert_eq!((longer.accepted, longer.repeated), (1, 2));
    assert_eq!(reports(&post.inputs()).len(), 3);
}

#[tokio::test]
async fn a_key_is_one_upload_and_no_other() {
    let post = Post::open();
    let bring = |body: String| {
        Arc::clone(&post.door).take(post.detections(), body.into_bytes(), Some("k-1".to_owned()))
    };
    let table = post.table([(seconds(9), "person")].into_iter());

    let first = bring(table.clone()).await.unwrap();
    assert_eq!(
        bring(table.clone()).await.unwrap(),
        first,
        "the answer is the same, not `repeated`"
    );
    assert_eq!(bring(table + "\n").await, Err(UploadError::KeyUsed));
}

#[tokio::test]
async fn what_could_not_be_stored_is_new_when_it_comes_again() {
    let mut post = Post::open();
    let table = post.table([(seconds(9), "person")].into_iter());
    post.intake.is_shut.store(true, Ordering::SeqCst);

    let failed = post.bring(post.detections(), &table).await.unwrap_err();
    assert!(matches!(&failed, UploadError::NotStored { stored, .. } if stored.accepted == 0));
    assert!(failed.to_string().contains("shut"), "{failed}");
    post.intake.is_shut.store(false, Ordering::SeqCst);
    let answer = post.bring(post.detections(), &table).await.unwrap();

    assert_eq!((answer.accepted, answer.repeated), (1, 0));
    assert_eq!(post.inputs().len(), 2, "the detection and that the sensor works");
}

#[tokio::test]
async fn rows_that_cannot_be_are_told_journalled_and_the_others_kept() {
    let mut post = Post::open();
    let place = post.model.sector().sensors[0].place;
    let (lat, lon) = (place.lat_deg(), place.lon_deg());
    let table = format!(
        "time,lat_deg,lon_deg,error_m\n{NOW},{lat},{lon},20\n{NOW},NaN,{lon},\n{NOW},1e308,{lon},\n{NOW},0,0,\n\
         0000-01-01T00:00:00Z,{lat},{lon},\n9999-12-30T00:00:00Z,{lat},{lon},\n{NOW},{lat},{lon},30000\n"
    );

    let answer = post.bring(post.detections(), &table).await.unwrap();

    assert_eq!((answer.accepted, answer.rejected), (1, 6), "{answer:?}");
    let told: Vec<_> =
        answer.faults.iter().map(|fault| (fault.row, fault.field.as_str())).collect();
    for fault in
        [(3, "lat_deg"), (4, "lat_deg"), (5, "place"), (6, "time"), (7, "time"), (8, "error_m")]
    {
        assert!(told.contains(&fault), "{fault:?} in {told:?}");
    }
    let rejected = |input: &Input| matches!(input, Input::Rejected(of) if of.door == DOOR);
    assert_eq!(post.inputs().iter().filter(|input| rejected(input)).count(), 6);
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_taken_and_one_more_is_refused() {
    let mut post = Post::open();
    let rows = |count: i64| (0..count).map(|row| (SignedDuration::from_millis(row), "person"));
    let most = post.table(rows(100_000));
    let more = post.table(rows(100_001));

    let answer = post.bring(post.detections(), &most).await.unwrap();
    assert_eq!(answer.accepted, 100_000);
    assert_eq!(reports(&post.inputs()).len(), 100_000);
    let error = post.bring(post.detections(), &more).await.unwrap_err().to_string();
    assert!(error.contains("100000 rows"), "{error}");
}

#[tokio::test]
async fn a_long_file_is_stored_no_faster_than_its_budget_allows() {
    let post = Post::open();
    let mut config = UploadConfig::default();
    config.limits.messages_per_s = 1_000.0;
    let beside = (Arc::clone(&post.model), Arc::new(Stations::default()));
    let address = "127.0.0.1:1".parse().unwrap();
    let door = Arc::new(UploadDoor::new(config, address, beside, post.intake.clone()));
    let table = post.table((0..3_000).map(|row| (SignedDuration::from_millis(row), "person")));
    let began = Instant::now();

    let answer = door.take(post.detections(), table.into_bytes(), None).await.unwrap();

    assert_eq!(answer.accepted, 3_000);
    let took_s = began.elapsed().as_secs_f64();
    assert!(took_s >= 1.9, "a second's worth at once, the rest in two: {took_s}");
}

#[tokio::test]
async fn reports_of_known_stations_become_weather_and_forecasts_are_kept_beside_it() {
    let mut post = Post::open();
    let text = "METAR LESU 201830Z 24010MPS 0800 DS\nTAF LESU 201700Z 2018/2118 24005MPS 9999\n\
                METAR OSDZ 201830Z 24010MPS 9999\nLEGE 201830Z NIL\nno report\n";

    let answer = post.bring(Kind::Weather, text).await.unwrap();

    assert_eq!((answer.accepted, answer.ignored, answer.rejected), (2, 1, 2), "{answer:?}");
    let inputs = post.inputs();
    assert!(statuses(&inputs)[0].weather.is_some_and(|weather| weather.dust));
    assert_eq!(post.stations.forecasts().len(), 1);
    let again = post.bring(Kind::Weather, text).await.unwrap();
    assert_eq!((again.accepted, again.repeated), (0, 2), "{again:?}");
}

#[tokio::test]
async fn a_track_moves_its_unit_along() {
    let mut post = Post::open();
    let unit = post.model.sector().units[0].id.clone();
    let place = post.model.sector().frame.origin();
    let point = |ago: i64| {
        let place = Wgs84::new(place.lon_deg() + ago as f64 / 1e5, place.lat_deg()).unwrap();
        format!(
            "<trkpt lat='{}' lon='{}'><time>{}</time></trkpt>",
            place.lat_deg(),
            place.lon_deg(),
            now() - seconds(ago)
        )
    };
    let gpx = format!("<gpx><trk><trkseg>{}{}</trkseg></trk></gpx>", point(30), point(60));

    let kind = Kind::Track { of: unit.clone(), form: TrackForm::Gpx };
    let answer = post.bring(kind.clone(), &gpx).await.unwrap();

    assert_eq!((answer.accepted, answer.rejected), (2, 0), "{answer:?}");
    let inputs = post.inputs();
    let of_unit =
        statuses(&inputs).into_iter().filter(|told| told.source == Source::Unit(unit.clone()));
    let times: Vec<_> = of_unit.map(|told| told.observed_at).collect();
    assert_eq!(times, [now() - seconds(60), now() - seconds(30)]);
    assert_eq!(post.bring(kind, &gpx).await.unwrap().repeated, 2);
}

#[tokio::test]
async fn only_so_many_uploads_are_taken_at_a_time() {
    let post = Post::open();
    let places: Vec<_> = std::iter::from_fn(|| post.door.enter()).collect();

    assert_eq!(places.len(), limits::UPLOADS_DEFAULT);
    let counters = &post.door.board().counters;
    assert_eq!((counters.connected(), counters.turned_away()), (4, 1));
    drop(places);
    assert_eq!(counters.connected(), 0);
    assert!(post.door.enter().is_some());
}

#[tokio::test]
async fn what_is_no_text_and_what_is_too_deep_is_refused_as_a_whole() {
    let post = Post::open();
    let of = Source::Sensor(SensorId("any".into()));
    let kind = Kind::Detections { of, form: Form::Json };

    for body in [b"\xff\xfe".to_vec(), b"[".repeat(1_000_000), b"{\"detections\": 1}".to_vec()] {
        let error = Arc::clone(&post.door).take(kind.clone(), body, None).await.unwrap_err();
        assert!(matches!(error, UploadError::Unreadable { .. }), "{error:?}");
    }
    assert_eq!(post.door.board().counters.counts().rejected, 3);
    assert!(post.door.board().counters.last_fault().is_some());
}

#[tokio::test]
async fn a_direction_alone_is_taken_by_json_and_a_row_with_a_place_as_well_is_told() {
    let mut post = Post::open();
    let kind = Kind::Detections { of: post.sensor(), form: Form::Json };
    let body = format!(
        r#"[{{"time": "{NOW}", "azimuth_deg": -75, "azimuth_error_deg": 0.5, "class": "person"}},
            {{"time": "{NOW}", "azimuth_deg": 285, "lat_deg": 34.4, "lon_deg": 41.0}},
            {{"time": "{NOW}", "azimuth_deg": 1e308}}]"#
    );

    let answer = post.bring(kind.clone(), &body).await.unwrap();

    assert_eq!((answer.accepted, answer.rejected), (1, 2), "{answer:?}");
    assert!(answer.faults.iter().all(|fault| fault.field == "azimuth_deg"), "{answer:?}");
    assert!(answer.faults[1].reason.contains("got \"1e"), "{answer:?}");
    let inputs = post.inputs();
    let [report] = &reports(&inputs)[..] else { panic!("{inputs:?}") };
    let ReportedPosition::Polar { azimuth_deg, azimuth_sigma_deg, range_m, .. } = report.position
    else {
        panic!("{report:?}")
    };
    assert!((azimuth_deg - 285.0).abs() < 1e-9);
    assert_eq!((azimuth_sigma_deg, range_m), (Some(0.5), None));
    assert_eq!(post.bring(kind, &body).await.unwrap().repeated, 1);
}

#[tokio::test]
async fn a_sensor_says_whether_it_works_and_a_ground_sensor_that_somebody_is_near() {
    let mut post = Post::open();
    let id = post.model.sector().sensors[0].id.clone();
    let status = Kind::Status { sensor: id.clone() };
    let ill = format!(r#"{{"time": "{NOW}", "works": false, "note": "no power"}}"#);

    let answer = post.bring(status.clone(), &ill).await.unwrap();
    assert_eq!((answer.accepted, answer.rejected), (1, 0), "{answer:?}");
    let well = format!(r#"{{"time": "{NOW}"}}"#);
    assert_eq!(post.bring(status.clone(), &well).await.unwrap().accepted, 1);
    let wrong = format!(r#"{{"time": "{NOW}", "works": "perhaps"}}"#);
    let answer = post.bring(status, &wrong).await.unwrap();
    assert_eq!((answer.rejected, answer.faults[0].field.as_str()), (1, "works"));

    let inputs = post.inputs();
    let told: Vec<_> = statuses(&inputs).iter().map(|s| (s.detecting, s.note.as_str())).collect();
    assert_eq!(told, [(false, "no power"), (true, "")]);

    let alarms = Kind::Alarms { sensor: id.clone() };
    let body = format!(
        r#"{{"alarms": [{{"time": "{NOW}", "class": "vehicle"}}, {{"time": "0000-01-01T00:00:00Z"}}]}}"#
    );
    let answer = post.bring(alarms, &body).await.unwrap();
    assert_eq!((answer.accepted, answer.rejected), (1, 1), "{answer:?}");
    assert_eq!(answer.faults[0].field, "time");
    let inputs = post.inputs();
    let place = post.model.sector().sensors[0].place;
    let ReportedPosition::Place(told) = reports(&inputs)[0].position else { panic!("{inputs:?}") };
    assert!((told.lat_deg - place.lat_deg()).abs() < 1e-9 && told.east_sigma_m.is_none());
}

#[tokio::test]
async fn what_a_station_measured_becomes_weather_and_what_cannot_be_is_named() {
    let mut post = Post::open();
    let kind = Kind::Measured { station: "LESU".into() };
    let body = format!(
        r#"[{{"time": "{NOW}", "visibility_m": 1200, "wind_mps": 14, "dust": true}},
            {{"time": "{NOW}", "visibility_m": 1e308, "wind_mps": 14}},
            {{"time": "9999-12-30T00:00:00Z", "visibility_m": 1200, "wind_mps": 14}}]"#
    );

    let answer = post.bring(kind, &body).await.unwrap();

    assert_eq!((answer.accepted, answer.rejected), (1, 2), "{answer:?}");
    let fields: Vec<_> = answer.faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["visibility_m", "time"]);
    let inputs = post.inputs();
    let weather = statuses(&inputs)[0].weather.unwrap();
    assert_eq!((weather.dust, weather.visibility_m), (true, Some(1_200.0)));
    assert!(post.door.knows_station("LESU") && !post.door.knows_station("OSDZ"));
}

#[tokio::test]
async fn a_track_with_places_and_times_that_cannot_be_moves_its_unit_by_the_others_alone() {
    let mut post = Post::open();
    let unit = post.model.sector().units[0].id.clone();
    let here = post.model.sector().frame.origin();
    let (lat, lon) = (here.lat_deg().to_string(), here.lon_deg().to_string());
    let point = |lat: &str, lon: &str, time: &str| {
        format!("<trkpt lat='{lat}' lon='{lon}'><time>{time}</time></trkpt>")
    };
    for (bad, field) in [
        (point(&lat, &lon, "0000-01-01T00:00:00Z"), "time"),
        (point(&lat, &lon, "-0001-01-01T00:00:00Z"), "time"),
        (point(&lat, &lon, "9999-12-30T00:00:00Z"), "time"),
        (point(&lat, &lon, "9999-12-31T23:59:59Z"), "time"),
        (point(&lat, &lon, "10000-01-01T00:00:00Z"), "time"),
        (point("NaN", &lon, NOW), "lat"),
        (point("1e308", &lon, NOW), "lat"),
        (point(&lat, "-inf", NOW), "lon"),
        (point("-33", "151", NOW), "place"),
    ] {
        let gpx = format!("<gpx><trk><trkseg>{bad}{}</trkseg></trk></gpx>", point(&lat, &lon, NOW));
        let kind = Kind::Track { of: unit.clone(), form: TrackForm::Gpx };

        let answer = post.bring(kind, &gpx).await.unwrap();

        assert_eq!(answer.rejected, 1, "{bad}: {answer:?}");
        assert_eq!(answer.faults[0].field, field, "{bad}: {answer:?}");
        assert_eq!(answer.accepted + answer.repeated, 1, "{bad}: {answer:?}");
    }
    let inputs = post.inputs();
    assert_eq!(statuses(&inputs).len(), 1, "the one place that can be, once");
    let rejected = inputs.iter().filter(|input| matches!(input, Input::Rejected(_))).count();
    assert_eq!(rejected, 9, "each of the others is in the record");
}
