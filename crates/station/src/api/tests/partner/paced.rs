//! Thousands who watch are told by turns, and know in the end what everybody knows.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::super::super::stream::Rounds;
use super::*;

/// So many that hardly anything is told to all at once.
const CROWD: usize = 5_000;
const LISTS: [&str; 6] = ["tracks", "alerts", "tasks", "units", "sensors", "stretches"];

/// What a client knows of each thing, by list and id.
type Known = BTreeMap<(String, String), Value>;

/// What a page makes of a message. Trails are told from a point on and are not compared.
fn hear(known: &mut Known, text: &str) {
    let told: Value = serde_json::from_str(text).unwrap();
    if told["type"] == "picture" {
        known.clear();
    }
    for list in LISTS {
        for thing in told[list].as_array().into_iter().flatten() {
            let mut thing = thing.clone();
            thing.as_object_mut().unwrap().remove("trail");
            known.insert((list.to_owned(), thing["id"].to_string()), thing);
        }
    }
    for id in told["tracks_ended"].as_array().into_iter().flatten() {
        known.remove(&("tracks".to_owned(), id.to_string()));
    }
}

#[test]
fn whoever_is_told_by_turns_ends_with_the_same_picture_as_everybody() {
    let home = tempfile::tempdir().unwrap();
    let station = Station::start(&configured(home.path(), SignIn::Off)).unwrap();
    let open = (SignIn::Off, None);
    let warden = Warden::open(
        open,
        (home.path().to_owned(), None, AtStart::default()),
        station.handle().clone(),
    );
    let (warden, _) = station.block_on(warden).unwrap();
    let (_, policy) = written(home.path(), POLICY);
    let gate = Gate::of(PARTNER, &policy, &nights::model(), begins()).unwrap();
    let mut world = World::begin(gate, nights::model().grid(), begins()).unwrap();
    let partner = Partner::of(PARTNER, &world, (1.0, Stations::new(nights::stations())));
    let shown = station.block_on(async {
        let around = (Occasion::Demonstration, warden);
        Shown::begin(Outlook::Partner(Arc::clone(&partner)), around, Arc::new(Semaphore::new(1)))
    });

    let mut clients: Vec<_> = (0..40).map(|_| (shown.telling.join(&shown), Known::new())).collect();
    let _crowd: Vec<_> = (clients.len()..CROWD).map(|_| shown.telling.join(&shown)).collect();
    for ((_, _, (_, whole)), known) in &mut clients {
        hear(known, whole);
    }
    let began = Instant::now();
    let mut rounds = Rounds::begin(&shown, began);
    let mut by_turns = 0;
    for round in 0..2_000_u32 {
        let until = begins() + SignedDuration::from_millis(i64::from(round) * 200);
        if round % 5 == 0 && round < 400 {
            for input in canaries(until, u8::try_from(round / 5).unwrap()) {
                world.take(&Entry::new(until, input));
            }
        }
        if round < 600 {
            world.pass_time(until);
            partner.refresh(&world);
        }
        rounds.next(&shown, began + Duration::from_millis(u64::from(round) * 200));
        for ((own, changes, (seq, _)), known) in &mut clients {
            while let Ok(change) = changes.try_recv() {
                by_turns += usize::from(!change.is_for_all());
                if change.is_news_for(*own, *seq) {
                    hear(known, change.text());
                }
            }
        }
    }

    assert!(by_turns > 100, "only {by_turns} messages went to some and not to others");
    let mut all = Known::new();
    hear(&mut all, &shown.telling.whole(&shown).1);
    assert!(all.len() > 5 && all.keys().any(|(list, _)| list == "tracks"), "{:?}", all.keys());
    for (number, (_, known)) in clients.iter().enumerate() {
        assert_eq!(known, &all, "client {number}");
    }
    station.stop();
}
