//! A whole station is killed amid acts that are in flight and a flood of detections.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use station::runtime::stepper::{hex, replay_record};
use watch::journal::{Input, Output};

use super::browser::try_ask;
use super::sensor::Sensor;
use super::serve::{Home, Served, setting};

/// Kills of one home: the whole record is played again after each.
const KILLS_OF_A_HOME: u64 = 4;
/// People who act at once, each the next thing when the last is answered.
const CLIENTS: u64 = 4;
/// How long they do before the station is killed, at least and at most.
const KILLED_AFTER_US: std::ops::Range<u64> = 50_000..1_500_000;
/// Detections in one look of the radar, and how many looks it takes a second.
const LOOK: u32 = 250;
const LOOKS_A_SECOND: u32 = 20;

/// An act that somebody sent, and what is known of it.
#[derive(Debug)]
struct Act {
    body: Value,
    sent: u64,
    /// What was answered; nothing where the station was gone before.
    answer: Option<(u16, Value)>,
    answered: u64,
}

/// What the record says after a kill.
struct Recorded {
    entries: u64,
    detections: u64,
    hash: String,
    /// How often each act is there, and what came of it.
    acts: BTreeMap<String, (u64, Value)>,
}

/// A home whose station is killed again and again.
struct Killed {
    home: Home,
    alert: Value,
    acts: BTreeMap<String, Act>,
    detections_sent: u64,
}

#[test]
fn a_station_killed_amid_acts_has_each_that_it_acknowledged_once_and_the_state_of_its_record() {
    let (kills, seed) = (setting("WATCHLINE_KILLS", 4), setting("WATCHLINE_KILLS_SEED", 1));
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (mut done, mut acts, mut unanswered, mut detections) = (0, 0, 0, 0);
    let mut over = Duration::ZERO;
    while done < kills {
        let mut killed = Killed::begin();
        let mut before = killed.recorded();
        for round in 0..KILLS_OF_A_HOME.min(kills - done) {
            let after = Duration::from_micros(chance.random_range(KILLED_AFTER_US));
            let told = format!("kill {} of seed {seed}, after {after:?}", done + round);
            over += killed.round(round, after, &before);
            before = killed.recorded();
            killed.hold(&before, &told);
        }
        done += KILLS_OF_A_HOME.min(kills - done);
        acts += killed.acts.len();
        unanswered += killed.acts.values().filter(|act| act.answer.is_none()).count();
        detections += before.detections;
        killed.end(&before);
    }
    let rate = detections as f64 / over.as_secs_f64();
    writeln!(
        std::io::stdout().lock(),
        "counted: {done} kills of a whole station\n{acts} acts in flight, {unanswered} never answered, {detections} detections \
         recorded in {:.1} s, {rate:.0} a second, seed {seed}",
        over.as_secs_f64()
    )
    .unwrap();
    assert!(acts > 0 && rate > 1_000.0, "{acts} acts, {rate} detections a second");
}

impl Killed {
    /// A station that has an alert: its radar was heard and is lost.
    fn begin() -> Self {
        let home = Home::new();
        let station = home.serve();
        Sensor::connect(station.sapient).register_and_report();
        let alert = station.wait_for("a lost sensor", |picture| {
            let alerts = picture["alerts"].as_array()?;
            let lost = alerts.iter().find(|alert| alert["kind"] == "sensor-lost");
            lost.map(|alert| alert["id"].clone())
        });
        station.kill();
        Self { home, alert, acts: BTreeMap::new(), detections_sent: 0 }
    }

    /// Starts the station, which must be as its record is, says again what was said before, and kills it amid what is new.
    /// How long it was under load.
    fn round(&mut self, round: u64, after: Duration, before: &Recorded) -> Duration {
        let station = self.home.serve();
        assert_eq!(station.hello["entries"], before.entries);
        assert_eq!(station.hello["state_hash"], before.hash, "live and replayed differ");
        self.say_again(&station);
        let mut radar = Sensor::connect(station.sapient);
        radar.register();
        let (page, from) = (station.page, self.detections_sent);
        let began = Instant::now();
        let radar = std::thread::spawn(move || flood(radar, from));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let alert = self.alert.clone();
                std::thread::spawn(move || act(page, &format!("{round}-{client}"), &alert))
            })
            .collect();
        std::thread::park_timeout(after);
        station.kill();
        let over = began.elapsed();
        self.detections_sent = radar.join().unwrap();
        for client in clients {
            self.acts.extend(client.join().unwrap());
        }
        over
    }

    /// Sends acts again: all that were not answered, and of the others each tenth. They are the same acts.
    fn say_again(&mut self, station: &Served) {
        let again = (0..).zip(&mut self.acts);
        for (_, (key, act)) in again.filter(|(at, (_, act))| act.answer.is_none() || at % 10 == 0) {
            let answer = station.post(key, &act.body);
            let said = (answer.status, without_place(answer.json));
            act.sent += 1;
            act.answered += 1;
            assert_eq!(*act.answer.get_or_insert(said.clone()), said, "{key} was another act");
        }
    }

    /// What the record says, played from its beginning.
    fn recorded(&self) -> Recorded {
        let (mut entries, mut detections) = (0, 0);
        let mut acts: BTreeMap<String, (u64, Value)> = BTreeMap::new();
        let played =
            replay_record(self.home.model(), &self.home.data(), |index, entry, outputs, _| {
                entries = index;
                detections += u64::from(matches!(entry.input, Input::Detected(_)));
                if let Input::Commanded(request) = &entry.input {
                    let done = outputs.iter().find_map(result_of);
                    let done = done.expect("a command is always answered");
                    let known = acts.entry(request.key.clone()).or_insert((0, done.clone()));
                    known.0 += 1;
                    assert_eq!(known.1, done, "{} said again is another act", request.key);
                }
                true
            });
        let hash = hex(&played.unwrap().core().state_hash());
        Recorded { entries, detections, hash, acts }
    }

    /// Holds what was sent against what is recorded.
    fn hold(&self, recorded: &Recorded, told: &str) {
        for (key, act) in &self.acts {
            let (there, result) = recorded.acts.get(key).cloned().unwrap_or_default();
            let least = act.answered;
            assert!(
                (least..=act.sent).contains(&there),
                "{told}: {key} is there {there} times: {act:?}"
            );
            if let Some((status, _)) = &act.answer {
                assert_eq!(*status == 200, result.get("Ok").is_some(), "{told}: {key}: {result}");
            }
        }
        let strange = recorded.acts.keys().find(|key| !self.acts.contains_key(*key));
        assert_eq!(strange, None, "{told}");
        assert!(recorded.detections <= self.detections_sent, "{told}");
    }

    /// Once more it starts as its record is, and whoever acknowledged the alert did so once.
    fn end(mut self, before: &Recorded) {
        let station = self.home.serve();
        assert_eq!(station.hello["state_hash"], before.hash, "live and replayed differ");
        self.say_again(&station);
        let alerts = station.get("/api/picture").json["alerts"].clone();
        let alert = alerts.as_array().unwrap().iter().find(|alert| alert["id"] == self.alert);
        let history = alert.unwrap()["history"].as_array().unwrap();
        let times = history.iter().filter(|act| act["what"] == "acknowledged").count();
        let done = self.acts.values().filter(|act| {
            act.body["command"] == "acknowledge"
                && act.answer.as_ref().is_some_and(|(status, _)| *status == 200)
        });
        assert_eq!((times, done.count()), (1, 1), "{history:?}");
        station.kill();
        self.hold(&self.recorded(), "in the end");
    }
}

/// What came of an act, where an output tells it.
fn result_of(output: &Output) -> Option<Value> {
    let Output::CommandDone { result, .. } = output else { return None };
    Some(json!(result))
}

/// What an answer says but where on the record it is: each saying has a place of its own.
fn without_place(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("index");
    answer
}

/// Acts of one person until the station is gone.
fn act(page: SocketAddr, name: &str, alert: &Value) -> Vec<(String, Act)> {
    let mut acts = Vec::new();
    for number in 0.. {
        let key = format!("{name}-{number}");
        let body = match number % 3 {
            0 => json!({"command": "acknowledge", "alert": alert, "by": name}),
            1 => {
                json!({"command": "trust-sensor", "sensor": "tower-1", "reason": "it was looked at", "by": name})
            }
            _ => json!({"command": "acknowledge", "alert": 999, "by": name}),
        };
        let headers = [("Idempotency-Key", key.as_str()), ("Content-Type", "application/json")];
        let answer =
            try_ask(page, ("POST", "/api/commands"), &headers, body.to_string().as_bytes());
        let answer = answer.map(|(status, said)| (status, without_place(said)));
        let (answer, answered) = answer.map_or((None, 0), |answer| (Some(answer), 1));
        let is_gone = answer.is_none();
        acts.push((key, Act { body, sent: 1, answer, answered }));
        if is_gone {
            break;
        }
    }
    acts
}

/// What a radar sees, some thousands of things a second, until the station is gone. How many it told of so far.
fn flood(mut radar: Sensor, mut from: u64) -> u64 {
    let things: Vec<(f64, f64)> = (0..LOOK)
        .map(|number| (f64::from(number * 7 % 360), 200.0 + 3.0 * f64::from(number)))
        .collect();
    let began = Instant::now();
    for look in 1.. {
        // Half of them may have come when the station was gone.
        let is_gone = radar.try_see(Timestamp::now(), from + 1, &things).is_err();
        from += u64::from(LOOK);
        if is_gone {
            break;
        }
        std::thread::park_timeout(
            (look * Duration::from_secs(1) / LOOKS_A_SECOND).saturating_sub(began.elapsed()),
        );
    }
    from
}
