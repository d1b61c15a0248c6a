use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::field::Field;
use super::letter::LetterFault;
use super::standing::Standing;
use super::*;
use crate::record::note::{NoteFault, Signer, Verifier};

const TOLD: [(&str, &str); 5] = [
    ("kind", "people"),
    ("place", "km 20 to 25"),
    ("when", "2026-11-20 18:40"),
    ("how-many", "five to ten"),
    ("source", "tower-4-thermal"),
];

#[test]
fn a_letter_is_read_as_it_was_written_and_says_who_wrote_and_who_carried_it() {
    let letter = Letter::parse(&written(&TOLD).to_text()).unwrap();

    let carried = letter.pass(&signer("red-crescent"), &[]).unwrap();
    let opened = Letter::parse(&carried.to_text()).unwrap().open(&keys()).unwrap();

    let told: Vec<_> = opened.fields.iter().map(|field| (field.name(), field.value())).collect();
    assert_eq!(told, TOLD);
    assert_eq!((opened.head.from.as_str(), opened.head.to.as_str()), ("north", "south"));
    assert_eq!(opened.head.written_at, at("2026-11-20T18:40:00Z"));
    assert_eq!(opened.head.expires_at, at("2026-11-21T18:40:00Z"));
    assert_eq!(opened.carried_by, ["red-crescent"]);
}

#[test]
fn what_is_left_out_leaves_no_trace_and_cannot_be_guessed() {
    let whole = written(&TOLD);
    let without = ["source", "how-many"].map(String::from);
    let carried = whole.clone().pass(&signer("red-crescent"), &without).unwrap().to_text();

    let opened = Letter::parse(&carried).unwrap().open(&keys()).unwrap();

    assert_eq!(opened.fields.len(), 3);
    for hidden in ["source", "tower-4", "how-many", "five"] {
        assert!(!carried.contains(hidden), "{hidden}");
    }
    // Who guesses what it was cannot make sure of it: the salt is as long as the commitment.
    let guess = Field::new("source", "tower-4-thermal", [0; 32]).unwrap();
    let line = guess.to_line();
    let guessed = Letter::parse(&format!("{carried}{line}"));
    assert_eq!(guessed, Err(LetterFault::Foreign("source".into())));
}

#[test]
fn letters_of_one_field_and_of_seven_look_alike_when_all_is_left_out() {
    let bare = |told: &[(&str, &str)]| {
        let names: Vec<String> = told.iter().map(|(name, _)| (*name).to_owned()).collect();
        written(told).pass(&signer("red-crescent"), &names).unwrap().to_text()
    };
    let names = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, "something long"));

    assert_eq!(bare(&names[..1]).len(), bare(&names).len());
    assert_eq!(bare(&names).matches("\ncommitted ").count(), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_left_out_the_rest_holds(left_out in proptest::sample::subsequence(&TOLD[..], 0..=5)) {
        let names: Vec<String> = left_out.iter().map(|(name, _)| (*name).to_owned()).collect();
        let carried = written(&TOLD).pass(&signer("red-crescent"), &names).unwrap();

        let opened = Letter::parse(&carried.to_text()).unwrap().open(&keys()).unwrap();

        prop_assert_eq!(opened.fields.len(), TOLD.len() - left_out.len());
        prop_assert_eq!(opened.digest, written(&TOLD).open(&keys()).unwrap().digest);
    }
}

#[test]
fn any_byte_that_is_changed_on_the_way_is_noticed() {
    let text = written(&TOLD).pass(&signer("red-crescent"), &[]).unwrap().to_text();
    let whole = Letter::parse(&text).unwrap().open(&keys()).unwrap();
    for at in 0..text.len() {
        for bit in [1, 2, 0x10] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let opened = Letter::parse(&changed).and_then(|letter| letter.open(&keys()));
            // A carrier whose signature line is spoilt is one that is not named; nothing else of it changes.
            let left =
                opened.map(|opened| Opened { carried_by: whole.carried_by.clone(), ..opened });
            assert!(left.as_ref().is_err() || left == Ok(whole.clone()), "byte {at}: {left:?}");
            if left.is_ok() {
                let signed = text.find("\u{2014} north").unwrap();
                assert!(signed < at, "byte {at}");
            }
        }
    }
}

#[test]
fn a_field_of_another_letter_or_one_told_twice_is_refused() {
    let (one, other) = (written(&TOLD[..2]), written(&[("place", "km 40 to 45")]));
    let foreign = other.to_text().lines().last().unwrap().to_owned();
    let dropped = one.clone().pass(&signer("red-crescent"), &["place".to_owned()]).unwrap();

    let moved = Letter::parse(&format!("{}{foreign}\n", dropped.to_text()));
    assert_eq!(moved, Err(LetterFault::Foreign("place".into())));

    let again = one.to_text().lines().last().unwrap().to_owned();
    let twice = Letter::parse(&format!("{}{again}\n", one.to_text()));
    assert_eq!(twice, Err(LetterFault::Twice("place".into())));
}

#[test]
fn only_the_writers_key_makes_it_theirs() {
    let forged = write(&Signer::named("north", [99; 32]).unwrap(), &TOLD, report()).unwrap();
    assert_eq!(forged.open(&keys()), Err(LetterFault::Note(NoteFault::Unsigned("north".into()))));
    let unknown = write(&signer("west"), &TOLD, report()).unwrap();
    assert_eq!(unknown.open(&keys()), Err(LetterFault::Note(NoteFault::Unsigned("west".into()))));
}

#[test]
fn answers_contradictions_recalls_and_ends_survive_a_trip_on_which_all_fields_are_left_out() {
    let carried = |letter: Letter| {
        let all: Vec<String> =
            letter.open(&keys()).unwrap().fields.iter().map(|f| f.name().to_owned()).collect();
        let text = letter.pass(&signer("red-crescent"), &all).unwrap().to_text();
        Letter::parse(&text).unwrap().open(&keys()).unwrap()
    };
    let report = carried(written(&TOLD));
    let about = |by: &str, purpose, at_text: &str| {
        let to = if by == "north" { "south" } else { "north" };
        let (about, lasts) = (Some(report.digest), SignedDuration::from_hours(24));
        let draft = Draft { to, purpose, about, at: at(at_text), lasts };
        carried(write(&signer(by), &[("why", "nobody was there")], draft).unwrap())
    };
    let received = about("south", Purpose::Received, "2026-11-20T19:00:00Z");
    let contradicted = about("south", Purpose::Contradiction, "2026-11-20T20:00:00Z");
    let recalled = about("north", Purpose::Recall, "2026-11-20T21:00:00Z");
    let (now, later) = (at("2026-11-20T22:00:00Z"), at("2026-11-22T00:00:00Z"));
    let by_now = |others: &[Opened]| standing(&report, others, now);

    assert_eq!(by_now(&[]), Standing::Unanswered);
    let heard = received.head.written_at;
    assert_eq!(by_now(std::slice::from_ref(&received)), Standing::Received { at: heard });
    let denied = contradicted.head.written_at;
    assert_eq!(
        by_now(&[contradicted.clone(), received.clone()]),
        Standing::Contradicted { at: denied }
    );
    let taken_back = recalled.head.written_at;
    let all = [received, contradicted, recalled];
    assert_eq!(by_now(&all), Standing::Recalled { at: taken_back });
    assert_eq!(standing(&report, &all, later), Standing::Over { at: report.head.expires_at });
    // Whoever carries it answers for nobody, and takes back nobody's letters.
    let meddling = [Purpose::Received, Purpose::Recall]
        .map(|purpose| about("red-crescent", purpose, "2026-11-20T19:30:00Z"));
    assert_eq!(by_now(&meddling), Standing::Unanswered);
}

/// A reader's clock that leaps by years and flaps decides how a letter stands at that moment and nothing more: what it said
/// before is not remembered, a letter that was taken back never counts again, and whose word is stronger does not change.
#[test]
fn a_clock_that_leaps_and_flaps_revives_no_letter_and_loses_none() {
    let report = written(&TOLD).open(&keys()).unwrap();
    let about = |by: &str, purpose, written_at: &str| {
        let draft = Draft {
            to: if by == "north" { "south" } else { "north" },
            purpose,
            about: Some(report.digest),
            at: at(written_at),
            lasts: SignedDuration::from_hours(24),
        };
        write(&signer(by), &[], draft).unwrap().open(&keys()).unwrap()
    };
    // Answers by clocks that are years off, each its own way.
    let received = about("south", Purpose::Received, "2029-11-20T19:00:00Z");
    let contradicted = about("south", Purpose::Contradiction, "2023-11-20T20:00:00Z");
    let recalled = about("north", Purpose::Recall, "2026-11-20T21:00:00Z");
    let (right, years_3) = (at("2026-11-20T22:00:00Z"), SignedDuration::from_hours(3 * 365 * 24));
    let by_then = [received.clone(), contradicted.clone()];
    for by in [years_3, -years_3, SignedDuration::ZERO, years_3, SignedDuration::ZERO] {
        let now = right + by;
        let is_over = now >= report.head.expires_at;
        assert_eq!(standing(&report, &[], now).counts(), !is_over, "{now}");
        if !is_over {
            let denied = contradicted.head.written_at;
            assert_eq!(standing(&report, &by_then, now), Standing::Contradicted { at: denied });
        }
        let all = [by_then.as_slice(), std::slice::from_ref(&recalled)].concat();
        assert!(!standing(&report, &all, now).counts(), "taken back is taken back, at {now}");
    }
}

/// A word about a letter: by which clock it was written, as hours off.
fn words() -> impl Strategy<Value = Vec<(Purpose, i64)>> {
    let years_3 = 3 * 365 * 24_i64;
    let purpose =
        proptest::sample::select(&[Purpose::Received, Purpose::Contradiction, Purpose::Recall][..]);
    proptest::collection::vec((purpose, -years_3..=years_3), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the clocks of both sides say when a letter and words about it are written, in whatever order and however often
    /// those come, and whatever the reader's clock then says: the letter ends when it says, the stronger word counts, the first of
    /// each, and neither order nor repeats nor an earlier look change that.
    #[test]
    fn no_clock_of_either_side_changes_the_order_the_end_or_the_word_that_counts(
        written_off in -26_280_i64..=26_280,
        words in words(),
        (order, looks) in (any::<u64>(), proptest::collection::vec(-26_280_i64..=26_280, 1..8)),
    ) {
        let right = at("2026-11-20T18:00:00Z");
        let by_clock = |hours: i64| right + SignedDuration::from_hours(hours);
        let draft = Draft { at: by_clock(written_off), ..report() };
        let letter = write(&signer("north"), &TOLD, draft).unwrap().open(&keys()).unwrap();
        let ends = by_clock(written_off + 24);
        prop_assert_eq!(letter.head.expires_at, ends);
        let mut heard: Vec<Opened> = words.iter().map(|(purpose, off)| {
            let is_writers = *purpose == Purpose::Recall;
            let (by, to) = if is_writers { ("north", "south") } else { ("south", "north") };
            let (about, lasts) = (Some(letter.digest), SignedDuration::from_hours(1));
            let draft = Draft { to, purpose: *purpose, about, at: by_clock(*off), lasts };
            write(&signer(by), &[], draft).unwrap().open(&keys()).unwrap()
        }).collect();
        let strongest = words.iter().map(|(purpose, _)| *purpose).max();
        let first = words.iter().filter(|word| Some(word.0) == strongest).map(|word| word.1).min();
        let stands = first.map_or(Standing::Unanswered, |off| {
            let at = by_clock(off);
            match strongest {
                Some(Purpose::Recall) => Standing::Recalled { at },
                Some(Purpose::Contradiction) => Standing::Contradicted { at },
                Some(Purpose::Received | Purpose::Report) | None => Standing::Received { at },
            }
        });
        for (turn, look) in (0_usize..).zip(looks) {
            // Said again, and in another order each time.
            let said_again: Vec<Opened> = heard.iter().take(turn % 3).cloned().collect();
            heard.extend(said_again);
            let middle = usize::try_from(order % (heard.len() as u64 + 1)).unwrap();
            heard.rotate_left(middle);
            let now = by_clock(look);
            let wanted = if now >= ends { Standing::Over { at: ends } } else { stands };
            prop_assert_eq!(standing(&letter, &heard, now), wanted, "at {}", now);
        }
    }
}

#[test]
fn what_cannot_be_written_is_named() {
    let write = |told: &[(&str, &str)], change: fn(&mut Draft<'_>)| {
        let mut draft = report();
        change(&mut draft);
        write(&signer("north"), told, draft).unwrap_err().to_string()
    };
    let many: Vec<String> = (0..33).map(|number| format!("f{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
    for (fault, names) in [
        (write(&[("Place", "here")], |_| ()), "`Place`"),
        (write(&[("place", "a\nfield b")], |_| ()), "field place"),
        (write(&[("place", "")], |_| ()), "got 0"),
        (write(&[("place", "a"), ("place", "b")], |_| ()), "told twice"),
        (write(&many, |_| ()), "33"),
        (write(&TOLD, |draft| draft.to = "two words"), "`two words`"),
        (write(&TOLD, |draft| draft.lasts = SignedDuration::from_hours(24 * 91)), "90 days"),
        (write(&TOLD, |draft| draft.about = Some([1; 32])), "about no letter"),
    ] {
        assert!(fault.contains(names), "{fault}");
    }
    let long = "x".repeat(70_000);
    assert_eq!(Letter::parse(&long), Err(LetterFault::TooLong(70_000)));
}

fn written(told: &[(&str, &str)]) -> Letter {
    write(&signer("north"), told, report()).unwrap()
}

/// With chances that are the same each time.
fn write(by: &Signer, told: &[(&str, &str)], draft: Draft<'_>) -> Result<Letter, LetterFault> {
    let mut drawn = 0_u8;
    Letter::write(by, draft, told, || {
        drawn += 1;
        Ok::<_, LetterFault>([drawn; 32])
    })
}

fn report() -> Draft<'static> {
    Draft {
        to: "south",
        purpose: Purpose::Report,
        about: None,
        at: at("2026-11-20T18:40:31.25Z"),
        lasts: SignedDuration::from_hours(24),
    }
}

fn signer(name: &str) -> Signer {
    let mut seed = [0; 32];
    for (to, from) in seed.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    Signer::named(name, seed).unwrap()
}

fn keys() -> Vec<Verifier> {
    ["north", "south", "red-crescent"].map(|name| signer(name).verifier()).into()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
