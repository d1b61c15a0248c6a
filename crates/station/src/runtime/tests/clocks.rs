//! A whole station whose machine's clock leaps by years, runs backwards and flaps.

use ::watch::audit::{Role, Standing};
use ::watch::detection::{ReportedPosition, Source, StatusReport};
use ::watch::journal::{Entry, decode, encode};
use ::watch::runs::Ended;
use ::watch::seam::{HandOver, SeamMessage, SeamWord, Taken};
use ::watch::subject::Subject;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sight::coverage::Health as SensorHealth;
use sight::sector::{LineEnd, Seam, SensorId};

use super::super::clock::tests::Set;
use super::kept::{registered, seen, well};
use super::snapshots::copied;
use super::*;
use crate::identity::{
    AtStart, Credential, Enrolment, Fault, From, Scope, Secret, Viewer, WantedMachine, Warden,
};
use crate::record;
use crate::record::times::{Counted, Times};

const YEARS_3: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);
const PASSWORD: &str = "one cold night in november";

/// A station by clocks that the test sets, and where its wall clock should be.
struct Drill {
    _home: tempfile::TempDir,
    data: PathBuf,
    station: Option<Station>,
    faces: Set,
    right: Timestamp,
}

impl Drill {
    fn begin() -> Self {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().to_owned();
        let right = Timestamp::now();
        let mut drill = Self { _home: home, data, station: None, faces: Set::at(right), right };
        drill.start();
        // The record was begun by the machine's own clock.
        drill.right = drill.handle().now();
        drill.faces.set(drill.right);
        drill
    }

    /// Starts a station where one stopped.
    fn start(&mut self) {
        let (disk, snapshot_disk) = (FaultyDisk::default(), FaultyDisk::default());
        let parts = Parts {
            disk: Box::new(disk),
            snapshot_disk: Box::new(snapshot_disk),
            compute: Computer::compute,
            faces: Box::new(self.faces.clone()),
        };
        let config = StationConfig { model: at_a_seam(), ..configured(&self.data, SignIn::Off) };
        self.station = Some(Station::start_with(parts, &config).unwrap());
    }

    fn station(&self) -> &Station {
        self.station.as_ref().unwrap()
    }

    fn handle(&self) -> &Handle {
        self.station().handle()
    }

    /// The wall clock is set wrong by this much.
    fn wrong(&self, by: SignedDuration) {
        self.faces.set(self.right + by);
    }

    /// It is set wrong in every way, one after the other.
    fn flap(&self) {
        for by in [YEARS_3, -YEARS_3, SignedDuration::from_hours(5), -YEARS_3, YEARS_3] {
            self.wrong(by);
            self.handle().now();
        }
    }

    fn pass(&mut self, time: Duration) {
        self.faces.pass(time);
        self.right += time;
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let read = record::read(&self.data, |_, content| {
            entries.push(decode(content)?);
            Ok(())
        });
        read.unwrap();
        entries
    }
}

/// The drill with a neighbour at its end.
fn at_a_seam() -> Arc<Model> {
    let drill = model(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill"));
    let mut sector = drill.sector().clone();
    let neighbour = "east".to_owned();
    sector.seams.push(Seam { neighbour, end: LineEnd::End, overlap_m: 500.0 });
    Arc::new(Model::build(sector, drill.grid().clone()).unwrap())
}

#[test]
fn entries_keep_their_order_and_their_time_under_a_clock_that_leaps_and_flaps() {
    let mut drill = Drill::begin();
    let mut taken = Vec::new();
    for number in 0..12 {
        drill.flap();
        let receipt = drill.handle().submit_blocking(vec![act(&format!("act-{number}"))]).unwrap();
        taken.push((receipt.index, drill.right));
        drill.pass(Duration::from_secs(1));
    }
    // The same act again, under another clock, is the same act once.
    drill.wrong(-YEARS_3);
    let first = drill.handle().submit_blocking(vec![act("act-3")]).unwrap();
    drill.wrong(YEARS_3);
    let again = drill.handle().submit_blocking(vec![act("act-3")]).unwrap();
    assert_eq!(first.commands, again.commands);
    let stopped = hex(&drill.station.take().unwrap().stop());

    let entries = drill.entries();

    assert!(entries.is_sorted_by_key(|entry| entry.at), "no entry is earlier than one before it");
    for (index, right) in taken {
        let at = entries[usize::try_from(index).unwrap() - 1].at;
        let off = at.duration_since(right).abs();
        assert!(off <= SignedDuration::from_millis(1), "entry {index}: {off:?} off");
    }
    // Under a clock that stands three years behind what is recorded it goes on, and says so.
    drill.wrong(-YEARS_3);
    drill.start();
    assert_eq!(drill.handle().health().now().recovered_hash, stopped);
    let before = drill.handle().now();
    drill.pass(Duration::from_secs(90));
    assert_eq!(drill.handle().now(), before + Duration::from_secs(90));
    assert!(drill.handle().wall_disbelieved().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Whatever is done to the wall clock, and however often the program starts, the record tells how long really passed.
    #[test]
    fn how_long_really_passed_stands_in_the_record_whatever_is_done_to_the_wall_clock(
        runs in prop::collection::vec(
            prop::collection::vec((0_u32..90, -4_000_i64..4_000, any::<bool>()), 1..8), 1..4,
        ),
    ) {
        let mut drill = Drill::begin();
        let mut acts = 0;
        let mut wanted = Vec::new();
        for (number, run) in runs.iter().enumerate() {
            let is_first = number == 0;
            if !is_first {
                drill.station.take().unwrap().stop();
                drill.start();
            }
            let mut passed = Duration::ZERO;
            for (seconds, off_s, by_years) in run {
                drill.wrong(if *by_years { YEARS_3 } else { SignedDuration::from_secs(*off_s) });
                let time = Duration::from_secs(u64::from(*seconds));
                drill.pass(time);
                passed += time;
                let act = act(&format!("act-{acts}"));
                let receipt = drill.handle().submit_blocking(vec![act]).unwrap();
                wanted.push((receipt.index, number, passed));
                acts += 1;
            }
            drill.faces.set(drill.right);
        }
        drill.station.take().unwrap().stop();

        let entries = drill.entries();

        let mut times = Times::default();
        for (index, entry) in (1..).zip(&entries) {
            let class = Subject::of(&entry.input).class;
            times.take(index, entry.at, Counted::of(class, &encode(entry)));
        }
        let told: Vec<_> = times.starts.iter().map(|told| told.start.clone()).collect();
        let numbers: Vec<u64> = told.iter().map(|start| start.number).collect();
        prop_assert_eq!(numbers, (1..=runs.len() as u64).collect::<Vec<_>>());
        for (number, start) in told.iter().enumerate() {
            let ended = (number > 0).then_some(Ended::Cleanly);
            prop_assert_eq!(start.last_ended, ended);
        }
        for (index, number, passed) in wanted {
            let started = times.starts[number].entry;
            let [began, entry] = [started, index].map(|at| &entries[usize::try_from(at).unwrap() - 1]);
            let [begun_ms, counted_ms] = [began, entry].map(|one| one.since_start_ms.unwrap());
            prop_assert_eq!(u128::from(counted_ms), passed.as_millis(), "entry {}", index);
            // Its time, less what leapt, is as long.
            let leaps = times.leaps.iter().filter(|leap| (started..=index).contains(&leap.entry));
            let leapt_ms: i64 = leaps.map(|leap| leap.by_ms).sum();
            let by_time_ms = entry.at.as_millisecond() - began.at.as_millisecond() - leapt_ms;
            let off_ms = by_time_ms - i64::try_from(counted_ms - begun_ms).unwrap();
            prop_assert!(off_ms.abs() <= 1_000, "entry {}: {} ms", index, off_ms);
        }
    }
}

#[test]
fn a_start_after_a_run_that_was_cut_short_says_so_and_one_after_a_clean_end_does_too() {
    let mut drill = Drill::begin();
    drill.handle().submit_blocking(vec![act("one")]).unwrap();
    // What a pulled plug leaves is what lay on the disk then.
    let cut = copied(&drill.data);
    drill.station.take().unwrap().stop();
    let whole = std::mem::replace(&mut drill.data, cut.path().to_owned());
    for (data, ended) in [(cut.path().to_owned(), Ended::Uncleanly), (whole, Ended::Cleanly)] {
        drill.data = data;
        drill.start();
        drill.handle().submit_blocking(vec![act("two")]).unwrap();
        drill.station.take().unwrap().stop();
        let starts = drill.entries().into_iter().filter_map(|entry| {
            let Input::Started(start) = entry.input else { return None };
            Some((start.number, start.last_ended))
        });
        assert_eq!(starts.collect::<Vec<_>>(), [(1, None), (2, Some(ended))]);
        let last = drill.entries().pop().unwrap();
        assert_eq!(last.input, Input::Stopped);
    }
}

#[test]
fn a_sensor_falls_silent_when_its_time_is_up_and_neither_before_nor_never() {
    let mut drill = Drill::begin();
    let heard = |at: Timestamp| {
        Input::Status(StatusReport {
            source: Source::Sensor(SensorId("tower-1".into())),
            report_id: at.to_string(),
            observed_at: at,
            detecting: true,
            note: String::new(),
            location: None,
            weather: None,
            impaired: None,
        })
    };
    let health = |drill: &Drill| {
        let picture = drill.handle().live().read();
        picture.sensors.get(&SensorId("tower-1".into())).unwrap().condition.health
    };
    drill.handle().submit_blocking(vec![heard(drill.right)]).unwrap();
    wait_for("a heartbeat", || (health(&drill) == SensorHealth::Working).then_some(()));

    drill.flap();
    drill.pass(Duration::from_secs(29));
    drill.flap();
    drill.handle().submit_blocking(vec![act("looks")]).unwrap();
    std::thread::park_timeout(Duration::from_millis(200));
    assert_eq!(health(&drill), SensorHealth::Working, "its thirty seconds are not over");

    drill.wrong(-YEARS_3);
    drill.pass(Duration::from_secs(3));
    drill.wrong(-YEARS_3);
    wait_for("silence", || (health(&drill) == SensorHealth::Stale).then_some(()));
    let alert = wait_for("an alert", || {
        let picture = drill.handle().live().read();
        picture.alerts.values().next().map(|alert| alert.raised_at)
    });
    let late = alert.duration_since(drill.right).abs();
    assert!(late <= SignedDuration::from_secs(3), "{alert}, and it is {}", drill.right);
}

#[test]
fn invitations_sessions_tokens_and_proposals_end_when_their_time_is_up_and_neither_before_nor_never()
 {
    let drill = Drill::begin();
    let people = tempfile::tempdir().unwrap();
    let opening = Warden::open(
        (SignIn::Required, None),
        (people.path().to_owned(), None, AtStart::default()),
        drill.handle().clone(),
    );
    let (warden, first) = drill.station().block_on(opening).unwrap();
    let from = From { address: [127, 0, 0, 1].into(), browser: None };
    let enrol = |code: &str, name: &str| {
        let as_whom = Some((name.to_owned(), "border-guard".to_owned()));
        let came = Enrolment { code: code.to_owned(), password: PASSWORD.to_owned(), as_whom };
        drill.station().block_on(warden.enrol(came, from))
    };
    // Eight hours are eight hours.
    drill.flap();
    let amal = enrol(&first.unwrap().code, "Amal").unwrap();
    let invite = |name: &str| {
        let invited = warden.invite(&amal.viewer, operator(name), "a new shift".into());
        drill.station().block_on(invited).unwrap().code.unwrap().code
    };
    let (in_time, too_late) = (invite("Hasan"), invite("Samir"));
    let (name, agency) = ("map".into(), "border-guard".into());
    let (scope, credential) = (Scope::Read, Credential::Token);
    let machine = WantedMachine { name, agency, scope, credential, days: 1 };
    let administrator = Standing { roles: [Role::Administrator].into(), ..operator("Badia") };
    let invited = warden.invite(&amal.viewer, administrator, "a second".into());
    let invited = drill.station().block_on(invited).unwrap().code.unwrap();
    let badia = enrol(&invited.code, "Badia").unwrap();
    let proposed = warden.propose_machine(&amal.viewer, machine, "a map".into());
    let (number, let_in) = drill.station().block_on(proposed).unwrap();
    drill.station().block_on(warden.confirm(&badia.viewer, number)).unwrap();
    let Secret::Token(token) = let_in.secret else { panic!("{let_in:?}") };
    let offer = ("tracks".to_owned(), "csv".to_owned());
    let proposed = warden.propose_export(&amal.viewer, offer, "for the court".into());
    let number = drill.station().block_on(proposed).unwrap().waits_for.unwrap();
    let waits = || warden.people().graves.iter().any(|grave| grave.number == number);
    let is_in = |viewer: Option<Viewer>| viewer.is_some_and(|viewer| viewer.is_known());

    let (faces, hour) = (drill.faces.clone(), Duration::from_hours(1));
    let mut right = drill.right;
    let mut pass = |time: Duration| {
        faces.set(right);
        faces.pass(time);
        right += time;
        for by in [YEARS_3, -YEARS_3, YEARS_3] {
            faces.set(right + by);
            drill.handle().now();
        }
    };
    pass(Duration::from_mins(14));
    std::thread::park_timeout(Duration::from_millis(1_500));
    assert!(waits(), "fourteen minutes are no fifteen");
    pass(Duration::from_mins(2));
    wait_for("the proposal to lapse", || (!waits()).then_some(()));
    pass(23 * hour);
    assert!(enrol(&in_time, "Hasan").is_ok(), "a day is not over");
    assert!(is_in(warden.by_token(&token)));
    assert!(is_in(Some(warden.by_cookie(&amal.token))), "her half hour of idleness is none");
    pass(hour);
    assert!(enrol(&too_late, "Samir").is_err(), "now it is");
    assert!(!is_in(warden.by_token(&token)));
}

/// A track that the neighbour hands over.
fn offer(model: &Model, now: Timestamp) -> SeamMessage {
    let sector = model.sector();
    let end = sector.frame.place(sector.line.point_at(sector.line.end_m()));
    let told = serde_json::json!({"from": "east", "to": sector.name, "word": {"offer": {
        "identity": {"sector": "east", "number": 7}, "turn": 1, "since": now, "at": now,
        "lon_deg": end.lon_deg(), "lat_deg": end.lat_deg(), "east_mps": -1.0, "north_mps": 0.0,
        "covariance": [100, 0, 0, 0, 1, 0, 0, 100, 0, 1],
        "existence": 0.98, "classes": [0.9, 0.02, 0.02, 0.02, 0.02, 0.02], "sources": ["east/tower"],
    }}});
    serde_json::from_value(told).unwrap()
}

#[test]
fn an_offered_track_is_taken_once_and_stays_under_whatever_clock() {
    let mut drill = Drill::begin();
    let offered = offer(drill.handle().model(), drill.right);
    let hear = |drill: &Drill| {
        drill.handle().submit_blocking(vec![Input::HandedOver(offered.clone())]).unwrap().said
    };
    let tracks = |drill: &Drill| drill.handle().live().read().tracks.values().count();
    let taken = hear(&drill);
    assert_eq!(taken.len(), 1, "{taken:?}");
    wait_for("the track", || (tracks(&drill) == 1).then_some(()));
    for by in [YEARS_3, -YEARS_3, SignedDuration::from_hours(5), -YEARS_3, YEARS_3] {
        drill.wrong(by);
        assert_eq!(hear(&drill), taken, "said again it is answered again, and taken once");
        drill.pass(Duration::from_secs(1));
    }
    std::thread::park_timeout(Duration::from_millis(300));
    assert_eq!(tracks(&drill), 1, "five seconds have passed, and no three years");
}

/// Somebody walks out of the sector by its seam: east along the line, a metre and a half a second.
fn walks_out(second: u32, at: Timestamp) -> Input {
    let Input::Detected(mut report) = seen(second, at) else { panic!("a detection") };
    let ReportedPosition::Place(place) = &mut report.position else { panic!("at a place") };
    let walked = 0.000_011 * f64::from(second);
    (place.lon_deg, place.lat_deg) = (41.018 + walked, 34.428 + walked);
    Input::Detected(report)
}

#[test]
fn a_track_that_the_station_offers_is_one_offer_until_it_is_taken_under_whatever_clock() {
    let mut drill = Drill::begin();
    drill.handle().submit_blocking(vec![registered()]).unwrap();
    let mut told: Vec<HandOver> = Vec::new();
    for second in 0..45 {
        drill.pass(Duration::from_secs(1));
        drill.flap();
        let at = drill.right;
        drill.handle().submit_blocking(vec![well(second, at), walks_out(second, at)]).unwrap();
        // The core's own step follows within the second.
        std::thread::park_timeout(Duration::from_millis(150));
        let on_offer = drill.handle().live().read().hand_overs.clone();
        assert!(on_offer.len() <= 1, "one walker is offered once: {on_offer:?}");
        told.extend(on_offer.into_iter().filter_map(|message| match message.word {
            SeamWord::Offer(offer) => Some(*offer),
            SeamWord::Taken(_) => None,
        }));
    }
    let last = told.last().expect("it was offered").clone();
    let began = told.first().unwrap();
    assert!(told.iter().all(|offer| {
        (&offer.identity, offer.turn, offer.since) == (&last.identity, last.turn, began.since)
    }));
    assert!(told.is_sorted_by_key(|offer| offer.at), "no offer is older than one before it");
    let age = drill.right.duration_since(last.at);
    assert!(age.abs() <= SignedDuration::from_secs(10), "it is told of now, not {age:?} off");

    // The neighbour takes it, and says so again and again; its clock is nobody's concern.
    let sector = drill.handle().model().sector().name.clone();
    let (identity, turn, known_as) = (last.identity.clone(), last.turn, last.identity.clone());
    let word = SeamWord::Taken(Taken { identity, turn, known_as });
    let taken = SeamMessage { from: "east".into(), to: sector, word };
    for by in [YEARS_3, -YEARS_3, SignedDuration::ZERO] {
        drill.wrong(by);
        drill.handle().submit_blocking(vec![Input::HandedOver(taken.clone())]).unwrap();
        drill.pass(Duration::from_secs(2));
        wait_for("the end of the offer", || {
            drill.handle().live().read().hand_overs.is_empty().then_some(())
        });
    }
}

#[test]
fn whoever_guesses_waits_as_long_as_it_takes_and_no_longer_under_whatever_clock() {
    let mut drill = Drill::begin();
    let people = tempfile::tempdir().unwrap();
    let opening = Warden::open(
        (SignIn::Required, None),
        (people.path().to_owned(), None, AtStart::default()),
        drill.handle().clone(),
    );
    let (warden, first) = drill.station().block_on(opening).unwrap();
    let from = From { address: [127, 0, 0, 1].into(), browser: None };
    let as_whom = Some(("Amal".to_owned(), "border-guard".to_owned()));
    let came = Enrolment { code: first.unwrap().code, password: PASSWORD.to_owned(), as_whom };
    drill.station().block_on(warden.enrol(came, from)).unwrap();
    let guess = |drill: &Drill, password: &str| {
        drill.station().block_on(warden.enter(("Amal", password.to_owned()), from))
    };
    while !matches!(guess(&drill, "not this one, surely"), Err(Fault::Wait(_))) {}

    for by in [YEARS_3, -YEARS_3, YEARS_3] {
        drill.wrong(by);
        drill.pass(Duration::from_hours(1));
        let Err(Fault::Wait(seconds)) = guess(&drill, PASSWORD) else { panic!("no wait") };
        assert!(seconds <= 60, "{seconds} s");
    }
    wait_for("the end of the pause", || guess(&drill, PASSWORD).ok().map(drop));
}

fn operator(name: &str) -> Standing {
    let (name, agency) = (PersonId(name.into()), "border-guard".into());
    Standing { name, agency, roles: [Role::Operator].into() }
}
