//! Files that come, change, are broken and go.

use std::sync::atomic::Ordering;

use sight::geo::Wgs84;
use tokio::sync::mpsc;
use watch::detection::StatusReport;
use watch::journal::Input;

use super::*;
use crate::ingest::desk::Desk;

struct Post {
    home: tempfile::TempDir,
    desk: Desk,
    taken: mpsc::Receiver<Input>,
    folder: WeatherFolder<Desk>,
    stations: Arc<Stations>,
}

impl Post {
    fn open() -> Self {
        let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
        let model = Arc::new(crate::shipped::load_model(drill).unwrap());
        let place = Wgs84::new(41.0, 34.4).unwrap();
        let stations = Arc::new(Stations::new(BTreeMap::from([("LESU".to_owned(), place)])));
        let home = tempfile::tempdir().unwrap();
        let (desk, taken) = Desk::new();
        let config = FolderConfig { path: home.path().to_owned(), poll_s: 1.0 };
        let folder = WeatherFolder::new(config, (model, Arc::clone(&stations)), desk.clone());
        Self { home, desk, taken, folder, stations }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    /// Visibilities that were stored since this was last asked.
    fn stored(&mut self) -> Vec<f64> {
        let mut stored = Vec::new();
        while let Ok(input) = self.taken.try_recv() {
            if let Input::Status(StatusReport { weather: Some(weather), .. }) = input {
                stored.extend(weather.visibility_m);
            }
        }
        stored
    }
}

#[tokio::test]
async fn a_file_is_read_when_it_comes_and_when_it_changes_and_not_again() {
    let mut post = Post::open();
    post.write("a.txt", "METAR LESU 201830Z 24010MPS 4000\n");
    post.write(".b.txt.part", "METAR LESU 201850Z 24010MPS 0100\n");
    post.folder.look().await.unwrap();
    assert_eq!(post.stored(), [4_000.0]);

    post.folder.look().await.unwrap();
    assert_eq!((post.stored(), post.folder.gate.counts().ignored), (vec![], 0), "not read again");

    post.write("a.txt", "METAR LESU 201830Z 24010MPS 4000\nSPECI LESU 201842Z 24010MPS 0300 DS\n");
    post.folder.look().await.unwrap();
    assert_eq!(post.stored(), [300.0]);
    assert_eq!(post.folder.gate.counts().ignored, 1, "the first line came before");
    post.write("c.txt", "METAR COR LESU 201842Z 24010MPS 0500 DS=\n");
    post.folder.look().await.unwrap();
    assert_eq!(post.stored(), [500.0]);
}

#[tokio::test]
async fn what_is_broken_is_told_by_file_and_line_and_the_rest_is_taken() {
    let mut post = Post::open();
    post.write(
        "a.txt",
        "METAR OSDZ 201830Z 24010MPS 4000\nMETAR LESU 201830Z 24010MPS 3000\nMETAR x\n",
    );
    post.write("b.txt", [0xff, 0xfe]);
    post.write("c.txt", "x".repeat(BULLETIN_BYTES_MAX + 1));
    post.folder.look().await.unwrap();

    assert_eq!(post.folder.gate.counts().rejected, 4);
    let rejections: Vec<String> = std::iter::from_fn(|| post.taken.try_recv().ok())
        .filter_map(
            |input| if let Input::Rejected(told) = input { Some(told.reason) } else { None },
        )
        .collect();
    for words in ["OSDZ", "(a.txt, line 3)", "(b.txt, line 0)", "at most 1048576 bytes (c.txt"] {
        assert!(rejections.iter().any(|told| told.contains(words)), "{words}: {rejections:?}");
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_is_a_trouble_and_what_was_not_stored_comes_again() {
    let mut post = Post::open();
    post.write("a.txt", "METAR LESU 201830Z 24010MPS 4000\n");
    post.desk.failures.store(usize::MAX, Ordering::SeqCst);
    let give_up = tokio::time::timeout(Duration::from_millis(300), post.folder.look()).await;
    assert!(give_up.is_err(), "it is tried for a minute");
    post.desk.failures.store(0, Ordering::SeqCst);
    // A look that was given up leaves its station's report as heard, as one whose station stopped.
    post.stations.forget("LESU");
    post.folder.look().await.unwrap();
    assert_eq!(post.stored(), [4_000.0]);

    post.folder.config.path.push("nowhere");
    let told = post.folder.look().await.unwrap_err();
    assert!(told.contains("cannot read") && told.contains("nowhere"), "{told}");
}

#[tokio::test]
async fn more_files_than_are_read_are_a_trouble_and_a_forecast_is_kept() {
    let mut post = Post::open();
    for number in 0..=limits::FOLDER_FILES_MAX {
        post.write(&format!("{number:04}.txt"), "");
    }
    assert!(post.folder.look().await.unwrap_err().contains("1 are not read"));

    let mut post = Post::open();
    post.write("taf.txt", "TAF LESU 201700Z 2018/2118 24010MPS 9999 TEMPO 2020/2022 0800 DS\n");
    post.folder.look().await.unwrap();
    let kept = post.stations.forecasts();
    assert_eq!((kept.len(), kept[0].station.as_str()), (1, "LESU"));
    let Ok(Input::Forecast(stored)) = post.taken.try_recv() else { panic!("it is journalled") };
    let [window] = stored.dust[..] else { panic!("{:?}", stored.dust) };
    assert!((window.visibility_m - 800.0).abs() < 1.0, "{window:?}");
    assert_eq!(window.until.duration_since(window.from).as_secs(), 7_200, "{window:?}");
    assert_eq!(stored.text, "TAF LESU 201700Z 2018/2118 24010MPS 9999 TEMPO 2020/2022 0800 DS");
    assert_eq!(post.folder.gate.counts().accepted, 1);
}
