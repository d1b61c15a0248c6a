//! Pictures become files whose digests are in the record, whatever happens on the way.

use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use sight::sector::SensorId;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use watch::footage::Recording;
use watch::journal::Input;

use super::fragments::Fragments;
use super::link::is_intra;
use super::*;
use crate::ingest::Intake as _;
use crate::ingest::desk::Desk;
use crate::ingest::door::Counters;

const PATIENCE: Duration = Duration::from_secs(30);
const KEEP: Keep = Keep { bytes: 1 << 30, days: 7.0 };

fn format() -> Arc<Format> {
    let sample_entry = [&24_u32.to_be_bytes()[..], b"mp4v", &[0; 16]].concat();
    let track = VideoTrack { timescale: 1_000, width: 64, height: 48, sample_entry };
    Arc::new(Format { codec: Codec::Jpeg, name: "mp4v.6C".into(), track })
}

fn unit(format: &Arc<Format>, second: i64) -> AccessUnit {
    let began: Timestamp = "2026-11-20T19:00:00Z".parse().unwrap();
    AccessUnit {
        format: Arc::clone(format),
        at: began + SignedDuration::from_secs(second),
        shown_at: second * 1_000,
        is_key: true,
        data: vec![u8::try_from(second).unwrap(); 100],
    }
}

fn camera(home: &Path) -> Arc<Camera> {
    let sensor = SensorId("tower-1".into());
    let shelf = Shelf::open(home, &sensor, KEEP).unwrap();
    Arc::new(Camera::new(sensor, shelf).recorded())
}

/// A recorder of files of ten seconds, and what it tells.
async fn recorder(camera: &Arc<Camera>) -> (JoinHandle<()>, Receiver<Input>, Desk) {
    let (desk, inputs) = Desk::new();
    let counters = Arc::new(Counters::default());
    let recorder = Recorder::new(Arc::clone(camera), desk.clone(), counters, 10.0);
    let running = tokio::spawn(recorder.run());
    // It listens from its first step on.
    while camera.listeners() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    (running, inputs, desk)
}

async fn recording(inputs: &mut Receiver<Input>) -> Recording {
    let told = timeout(PATIENCE, inputs.recv()).await.unwrap().unwrap();
    let Input::Recorded(recording) = told else { panic!("no recording: {told:?}") };
    recording
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let waits = async {
        while !holds() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(PATIENCE, waits).await.is_ok(), "waited in vain for {what}");
}

/// That a file is what the record says, and how many pictures are in it.
fn frames_of(home: &Path, recording: &Recording) -> u64 {
    let bytes = std::fs::read(home.join(&recording.file)).unwrap();
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&bytes)), recording.sha256);
    assert_eq!(bytes.len() as u64, recording.bytes);
    let whole = wire::fmp4::whole(&bytes);
    assert_eq!(whole.bytes, bytes.len());
    whole.frames
}

#[tokio::test]
async fn files_begin_with_a_key_picture_and_hold_every_picture_once() {
    let home = tempfile::tempdir().unwrap();
    let camera = camera(home.path());
    let (_running, mut inputs, _) = recorder(&camera).await;
    let format = format();

    // The first two need what came before; every sixth can be decoded by itself.
    for second in 0..32 {
        let is_key = second % 6 == 2;
        camera.show(AccessUnit { is_key, ..unit(&format, second) });
        tokio::task::yield_now().await;
    }
    let (first, second) = (recording(&mut inputs).await, recording(&mut inputs).await);

    assert_eq!(first.began_at, unit(&format, 2).at);
    // Ten seconds and on to the next that can be decoded by itself.
    assert_eq!(first.ended_at, unit(&format, 13).at);
    assert_eq!((first.frames, second.frames), (12, 12));
    until("complete names", || camera.shelf().size().0 == 2).await;
    assert_eq!(frames_of(home.path(), &first), 12);
    assert_eq!(frames_of(home.path(), &second), 12);
    assert_eq!(camera.state().unrecorded, 2);
}

#[tokio::test]
async fn another_connection_begins_another_file() {
    let home = tempfile::tempdir().unwrap();
    let camera = camera(home.path());
    let (_running, mut inputs, _) = recorder(&camera).await;

    let (one, other) = (format(), format());
    camera.show(unit(&one, 0));
    camera.show(unit(&one, 1));
    camera.show(unit(&other, 2));

    assert_eq!(recording(&mut inputs).await.frames, 2);
}

#[tokio::test]
async fn what_a_crash_left_is_completed_up_to_its_last_whole_picture() {
    let home = tempfile::tempdir().unwrap();
    let format = format();
    let left = {
        let camera = camera(home.path());
        let (mut fragments, mut file) = Fragments::begin(Arc::new(unit(&format, 0)));
        for second in 1..5 {
            file.extend(fragments.push(Arc::new(unit(&format, second))));
        }
        file.truncate(file.len() - 7);
        let path = camera.shelf().begun(unit(&format, 0).at);
        std::fs::write(&path, &file).unwrap();
        let torn = camera.shelf().begun(unit(&format, 9).at);
        std::fs::write(torn, &file[..30]).unwrap();
        path
    };

    let camera = camera(home.path());
    let (_running, mut inputs, _) = recorder(&camera).await;
    let found = recording(&mut inputs).await;

    assert_eq!(found.frames, 3);
    until("a complete name", || camera.shelf().size().0 == 1).await;
    assert_eq!(frames_of(home.path(), &found), 3);
    assert!(!left.exists());
    // What was torn before its first picture goes next.
    let folder = home.path().join("tower-1");
    until("one file", || std::fs::read_dir(&folder).unwrap().count() == 1).await;
}

#[tokio::test]
async fn a_file_has_no_complete_name_before_the_record_has_its_digest() {
    let home = tempfile::tempdir().unwrap();
    let camera = camera(home.path());
    let (_running, mut inputs, desk) = recorder(&camera).await;
    desk.failures.store(2, std::sync::atomic::Ordering::SeqCst);
    let (one, other) = (format(), format());

    camera.show(unit(&one, 0));
    camera.show(unit(&other, 1));
    let told = recording(&mut inputs).await;

    until("a complete name", || camera.shelf().size().0 == 1).await;
    assert_eq!(camera.shelf().below_media(&camera.shelf().recordings()[0].0), told.file);
    assert_eq!(desk.failures.load(std::sync::atomic::Ordering::SeqCst), 0, "it was tried again");
}

#[tokio::test]
async fn a_disk_that_takes_no_recording_is_said_and_pictures_are_shown_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let camera = camera(home.path());
    let (desk, mut inputs) = Desk::new();
    let counters = Arc::new(Counters::default());
    let recorder = Recorder::new(Arc::clone(&camera), desk, Arc::clone(&counters), 10.0);
    let mut viewer = camera.units();
    std::fs::remove_dir_all(home.path().join("tower-1")).unwrap();
    let running = tokio::spawn(recorder.run());
    until("a recorder", || camera.listeners() == 2).await;

    camera.show(unit(&format(), 0));

    until("a picture that is not recorded", || camera.state().unrecorded == 1).await;
    let fault = counters.last_fault().unwrap();
    assert!(fault.what.starts_with("tower-1 is not recorded: "), "{fault:?}");
    assert_eq!(viewer.recv().await.unwrap().at, unit(&format(), 0).at);
    assert!(!running.is_finished() && inputs.try_recv().is_err());
}

#[test]
fn pictures_are_decoded_in_the_order_in_which_they_come() {
    let format = format();
    let at = |ticks: i64| Arc::new(AccessUnit { shown_at: ticks, ..unit(&format, 0) });
    // Shown at 0, 40, 10 and 20, as pictures that lean on later ones come.
    let (mut fragments, _) = Fragments::begin(at(0));
    let mut written = vec![fragments.push(at(40)), fragments.push(at(10)), fragments.push(at(20))];
    written.push(fragments.finish());

    let times: Vec<(u64, i32)> = written.iter().map(|fragment| times_of(fragment)).collect();

    assert_eq!(times, [(0, 0), (40, 0), (41, -31), (42, -22)]);
}

#[test]
fn a_picture_of_h265_that_needs_no_other_is_told_by_the_types_of_its_slices() {
    let picture = |types: &[u8]| -> Vec<u8> {
        types.iter().flat_map(|kind| [0, 0, 0, 3, kind << 1, 1, 0]).collect()
    };
    for whole in [&[19][..], &[20], &[32, 33, 34, 21], &[39, 16, 16]] {
        assert!(is_intra(&picture(whole)), "{whole:?}");
    }
    for leaning in [&[1][..], &[21, 1], &[32, 33, 34], &[]] {
        assert!(!is_intra(&picture(leaning)), "{leaning:?}");
    }
    let whole = picture(&[21]);
    assert!(!is_intra(&whole[..5]) && !is_intra(&[&whole[..], &[0]].concat()));
}

/// When a fragment is decoded, and how much later it is shown.
fn times_of(fragment: &[u8]) -> (u64, i32) {
    let after = |name: &[u8; 4], skip: usize| {
        let at = fragment.windows(4).position(|four| four == name).unwrap();
        &fragment[at + skip..]
    };
    let decoded = after(b"tfdt", 8)[..8].try_into().unwrap();
    let later = after(b"trun", 28)[..4].try_into().unwrap();
    (u64::from_be_bytes(decoded), i32::from_be_bytes(later))
}

#[tokio::test]
async fn a_camera_that_cannot_be_reached_is_told_lost_once_and_its_password_never() {
    let home = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let camera = camera(home.path());
    let (desk, mut inputs) = Desk::new();
    let counters = Arc::new(Counters::default());
    let credentials = Credentials { user: "watch".into(), password: "sesame".into() };
    let url = format!("rtsp://{address}/one").parse().unwrap();
    let limits = CameraLimits { bits_per_s: 1e6, stalled_after_s: 0.5 };
    let way_in = (desk.clone(), Arc::clone(&counters));
    let link = CameraLink::new(Arc::clone(&camera), (url, Some(credentials)), limits, way_in);

    let running = tokio::spawn(link.run());
    let told = timeout(PATIENCE, inputs.recv()).await.unwrap().unwrap();
    until("a second try", || camera.state().connections >= 2).await;
    running.abort();

    let Input::Pictured(report) = told else { panic!("{told:?}") };
    assert!(
        report.lost.is_some_and(|why| why.starts_with("no pictures: ") && !why.contains("sesame"))
    );
    assert!(inputs.try_recv().is_err(), "told once");
    let fault = counters.last_fault().unwrap();
    assert!(fault.what.starts_with("tower-1: ") && fault.at == desk.now(), "{fault:?}");
}
