//! The station's tracks as category 062.

use jiff::SignedDuration;
use sight::sector::SensorId;
use watch::seam::AtSeam;
use watch::tracking::Height;
use wire::asterix::decode;

use super::*;
use crate::ingest::asterix::tests::now;
use crate::ingest::cot::tests::sector;

const STATION: Source = Source { sac: 25, sic: 1 };

fn view(id: u64) -> TrackView {
    TrackView {
        id: TrackId(id),
        at: now(),
        east_m: 1_000.0,
        north_m: -500.0,
        east_mps: -1.25,
        north_mps: 0.5,
        speed_sigma_mps: 0.5,
        covariance_m2: [400.0, -36.0, 900.0],
        existence: 0.9,
        class: Class::Vehicle,
        class_probability: 0.8,
        motion: None,
        height: None,
        seen_by: vec![SensorId("tower-1".into())],
        last_seen_at: now() - SignedDuration::from_millis(2_500),
        also: Vec::new(),
        pinned: false,
        lost: false,
        acts: Vec::new(),
        at_seam: AtSeam::default(),
        told: Vec::new(),
    }
}

fn read(datagrams: &[Vec<u8>]) -> Vec<SystemTrack> {
    let blocks = datagrams.iter().flat_map(|datagram| {
        let read = decode(datagram);
        assert_eq!(read.faults, []);
        read.blocks
    });
    let records = blocks.flat_map(|block| match block {
        Block::Known { records, .. } => records,
        Block::Opaque { category, .. } => panic!("category {category}"),
    });
    records.map(|record| SystemTrack::from_record(&record).unwrap()).collect()
}

fn tell(tracks: &mut Tracks, views: &[TrackView]) -> Vec<SystemTrack> {
    let (datagrams, left_out) = tracks.datagrams(views, &sector(), now());
    assert_eq!(left_out, 0);
    read(&datagrams)
}

#[test]
fn a_track_says_where_it_is_how_it_moves_how_sure_and_how_old() {
    let height =
        Height { above_sea_m: 609.6, above_ground_m: None, climb_mps: 0.0, covariance: [1.0; 3] };
    let told = tell(
        &mut Tracks::new(STATION, Origin::Real),
        &[TrackView { height: Some(height), ..view(42) }],
    );

    let place = sector().frame.place(EnuPoint::new(1_000.0, -500.0));
    let [track] = told.as_slice() else { panic!("{told:?}") };
    let position = track.position.unwrap();
    assert!((position.lat_deg - place.lat_deg()).abs() < 3e-6);
    assert!((position.lon_deg - place.lon_deg()).abs() < 3e-6);
    assert_eq!(track.velocity, Some(Velocity { east_mps: -1.25, north_mps: 0.5 }));
    assert_eq!((track.source, track.number, track.time_of_day_s), (STATION, 42, 68_400.0));
    let accuracy = Accuracy {
        east_m: 20.0,
        north_m: 30.0,
        cross_m: Some(-6.0),
        velocity: Some(Velocity { east_mps: 0.5, north_mps: 0.5 }),
    };
    assert_eq!((track.accuracy, track.age_s), (Some(accuracy), Some(2.5)));
    assert!((track.height_m.unwrap() - 609.6).abs() < 1.0);
    assert_eq!(track.callsign.as_deref(), Some("V42"));
    let status =
        Status { stage: Stage::Confirmed, support: Support::OneSensor, origin: Origin::Real };
    assert_eq!(track.status, status);
}

#[test]
fn what_rests_on_many_on_nobody_or_on_a_demonstration_is_marked_so() {
    let seen_by = vec![SensorId("a".into()), SensorId("b".into())];
    let many = TrackView { seen_by, ..view(1) };
    let old = now() - SignedDuration::from_secs(600);
    let coasts = TrackView { last_seen_at: old, existence: 0.3, ..view(2) };

    let told = tell(&mut Tracks::new(STATION, Origin::Simulated), &[many, coasts]);

    let status = |stage, support| Status { stage, support, origin: Origin::Simulated };
    assert_eq!(told[0].status, status(Stage::Confirmed, Support::ManySensors));
    assert_eq!(told[1].status, status(Stage::Tentative, Support::Coasting));
    assert_eq!(told[1].age_s, Some(AGE_MAX_S));
}

#[test]
fn an_end_is_told_three_times_before_the_number_is_free_again() {
    let mut tracks = Tracks::new(STATION, Origin::Real);
    tell(&mut tracks, &[view(7)]);
    let twin = view(7 + 65_536);

    let told = tell(&mut tracks, std::slice::from_ref(&twin));
    assert_eq!(told.iter().map(|track| track.number).collect::<Vec<_>>(), [7, 8]);
    assert_eq!(told[0].status.stage, Stage::Ended);
    for _ in 1..limits::TRACK_ENDS_TOLD {
        assert_eq!(tell(&mut tracks, std::slice::from_ref(&twin)).len(), 2);
    }

    // Its own number stays with each track, and a new one takes what is free.
    let told = tell(&mut tracks, &[view(7 + 2 * 65_536), twin]);
    assert_eq!(told.iter().map(|track| track.number).collect::<Vec<_>>(), [8, 7]);
    // A lost track is one that has ended, however long people keep it in view.
    let lost = TrackView { lost: true, ..view(7 + 2 * 65_536) };
    let told = tell(&mut tracks, &[lost]);
    assert!(told.iter().all(|track| track.status.stage == Stage::Ended) && told.len() == 2);
}

#[test]
fn in_another_picture_the_same_number_is_another_track() {
    let mut tracks = Tracks::new(STATION, Origin::Real);
    tell(&mut tracks, &[view(7)]);

    tracks.turn_to_another();

    let told = tell(&mut tracks, &[view(7)]);
    assert_eq!(told.iter().map(|track| track.number).collect::<Vec<_>>(), [7, 8]);
    assert_eq!(told[0].status.stage, Stage::Ended);
}

#[test]
fn many_tracks_go_out_in_datagrams_of_one_frame_each() {
    let views: Vec<_> = (1..=1_000).map(view).collect();

    let (datagrams, left_out) =
        Tracks::new(STATION, Origin::Real).datagrams(&views, &sector(), now());

    assert_eq!((datagrams.len(), left_out), (50, 0));
    assert!(datagrams.iter().all(|datagram| datagram.len() <= 1_452));
    assert_eq!(read(&datagrams).len(), 1_000);
}

#[test]
fn figures_beyond_what_an_item_holds_are_cut_or_the_track_is_counted_as_left_out() {
    let wide = TrackView { covariance_m2: [1e12, 1e12, 1e12], speed_sigma_mps: 1e3, ..view(1) };
    let told = tell(&mut Tracks::new(STATION, Origin::Real), &[wide]);
    assert!((told[0].accuracy.unwrap().east_m - SIGMA_MAX_M).abs() < 1e-9);

    let broken = TrackView { east_mps: f64::NAN, ..view(2) };
    let (datagrams, left_out) =
        Tracks::new(STATION, Origin::Real).datagrams(&[broken, view(3)], &sector(), now());
    assert_eq!((read(&datagrams).len(), left_out), (1, 1));
}
