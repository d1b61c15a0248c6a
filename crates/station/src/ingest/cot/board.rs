//! What phones are shown now, each thing in its newest form: a slow phone skips what is out of date, never an alarm.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use wire::cot::xml::{Element, Node};
use wire::cot::{Event, takproto};

use super::{limits, protocol_event};

/// How long it is told that a thing is gone, to phones that were slow or away (A).
const GONE_TOLD: SignedDuration = SignedDuration::from_mins(2);

/// A thing to be shown, before it is stamped with times.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its times are those of the board.
    pub event: Event,
    /// The phone that told of it, and is not told in turn.
    pub of: Option<String>,
    /// When it was so, if that is not now: it is then not renewed, and goes stale by itself.
    pub seen_at: Option<Timestamp>,
    /// How long it holds.
    pub holds: SignedDuration,
    pub rank: Rank,
}

/// What goes first, and what gives way last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Alarm,
    Unit,
    Line,
    Sensor,
    Track,
}

/// One event in both encodings.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoded {
    pub uid: String,
    /// The phone that told of it.
    pub of: Option<String>,
    pub xml: Vec<u8>,
    pub protobuf: Vec<u8>,
}

/// The board; cheap to clone.
#[derive(Debug, Clone)]
pub struct Board {
    shown: Arc<Mutex<Shown>>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Shown {
    /// Grows with each change.
    turn: u64,
    things: BTreeMap<String, Thing>,
    /// Things that there was no room for when the board was made last.
    left_out: usize,
}

#[derive(Debug)]
struct Thing {
    draft: Draft,
    turn: u64,
    renew_at: Option<Timestamp>,
    /// Since when it is no more.
    gone_at: Option<Timestamp>,
    encoded: Arc<Encoded>,
}

/// How far one phone has been told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    alarms: u64,
    others: u64,
}

impl Default for Board {
    fn default() -> Self {
        Self { shown: Arc::default(), changed: watch::channel(0).0 }
    }
}

impl Board {
    /// Tells when the board changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Things that there is no room for.
    pub fn left_out(&self) -> usize {
        self.lock().left_out
    }

    /// Shows these things and no others.
    pub fn show(&self, mut drafts: Vec<Draft>, now: Timestamp) {
        drafts.sort_by(|a, b| (a.rank, &a.event.uid).cmp(&(b.rank, &b.event.uid)));
        let left_out = drafts.len().saturating_sub(limits::SHOWN_MAX);
        drafts.truncate(limits::SHOWN_MAX);
        let mut shown = self.lock();
        shown.left_out = left_out;
        let before = shown.turn;
        let mut named = std::collections::BTreeSet::new();
        for draft in drafts {
            named.insert(draft.event.uid.clone());
            shown.put(draft, now);
        }
        shown.remove_all_but(&named, now);
        let turn = shown.turn;
        drop(shown);
        if turn != before {
            self.changed.send_replace(turn);
        }
    }

    /// The next things that a phone at this place has not been told, alarms first, and where that brings it.
    pub fn next(&self, from: Place) -> (Vec<Arc<Encoded>>, Place) {
        let shown = self.lock();
        let alarms = shown.after(from.alarms, |rank| rank == Rank::Alarm);
        let (things, mut place) = if alarms.is_empty() {
            (shown.after(from.others, |rank| rank != Rank::Alarm), from)
        } else {
            (alarms, from)
        };
        if let Some(last) = things.last() {
            let reached =
                if last.draft.rank == Rank::Alarm { &mut place.alarms } else { &mut place.others };
            *reached = last.turn;
        }
        (things.into_iter().map(|thing| Arc::clone(&thing.encoded)).collect(), place)
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn put(&mut self, draft: Draft, now: Timestamp) {
        let known = self.things.get(&draft.event.uid);
        let fresh = known.is_some_and(|thing| {
            thing.gone_at.is_none()
                && thing.draft == draft
                && thing.renew_at.is_none_or(|renew_at| now < renew_at)
        });
        if fresh {
            return;
        }
        self.turn += 1;
        let event = stamped(&draft, now);
        // Half of the time that it holds: one renewal may be lost on the way.
        let half = SignedDuration::from_millis(
            i64::try_from(draft.holds.as_millis() / 2).unwrap_or(i64::MAX),
        );
        let renew_at = now.saturating_add(half).ok().filter(|_| draft.seen_at.is_none());
        let encoded = encode_of(&event, draft.of.clone());
        let thing = Thing { turn: self.turn, renew_at, gone_at: None, encoded, draft };
        self.things.insert(event.uid, thing);
    }

    fn remove_all_but(&mut self, named: &std::collections::BTreeSet<String>, now: Timestamp) {
        self.things.retain(|_, thing| {
            thing.gone_at.is_none_or(|gone_at| now.duration_since(gone_at) <= GONE_TOLD)
        });
        let turn = &mut self.turn;
        for (uid, thing) in &mut self.things {
            if named.contains(uid) || thing.gone_at.is_some() {
                continue;
            }
            *turn += 1;
            thing.turn = *turn;
            thing.gone_at = Some(now);
            thing.encoded = encode_of(&deletion(uid, now), thing.draft.of.clone());
        }
    }

    fn after(&self, turn: u64, of: impl Fn(Rank) -> bool) -> Vec<&Thing> {
        let mut newer: Vec<&Thing> = self
            .things
            .values()
            .filter(|thing| thing.turn > turn && of(thing.draft.rank))
            .collect();
        newer.sort_by_key(|thing| thing.turn);
        newer.truncate(limits::SHOWN_PER_WRITE);
        newer
    }
}

/// Says that a thing is no more.
fn deletion(uid: &str, now: Timestamp) -> Event {
    let link = Element::new("link").with("uid", uid).with("relation", "none").with("type", "none");
    let detail = vec![Node::Element(link), Node::Element(Element::new("__forcedelete"))];
    Event { detail, ..protocol_event(uid, "t-x-d-d", now) }
}

fn stamped(draft: &Draft, now: Timestamp) -> Event {
    let time = draft.seen_at.unwrap_or(now);
    let stale = time.saturating_add(draft.holds).unwrap_or(time);
    Event { time, start: time, stale, ..draft.event.clone() }
}

/// An event in both encodings.
pub fn encode(event: &Event) -> Arc<Encoded> {
    encode_of(event, None)
}

fn encode_of(event: &Event, of: Option<String>) -> Arc<Encoded> {
    Arc::new(Encoded {
        uid: event.uid.clone(),
        of,
        xml: event.to_xml().into_bytes(),
        protobuf: wire::cot::frame::encode_stream(&takproto::encode(event, None)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T19:00:00Z";

    fn draft(uid: &str, rank: Rank, remarks: &str) -> Draft {
        let now: Timestamp = NOW.parse().unwrap();
        let mut event = protocol_event(uid, "a-u-G", now);
        event.detail = vec![Node::Element(Element::new("remarks").with("text", remarks))];
        Draft { event, of: None, seen_at: None, holds: SignedDuration::from_secs(60), rank }
    }

    fn told(board: &Board, place: &mut Place) -> Vec<String> {
        let (things, reached) = board.next(*place);
        *place = reached;
        things.iter().map(|thing| String::from_utf8(thing.xml.clone()).unwrap()).collect()
    }

    #[test]
    fn what_has_not_changed_is_told_once_and_again_before_it_is_stale() {
        let (board, now) = (Board::default(), NOW.parse::<Timestamp>().unwrap());
        let mut place = Place::default();
        board.show(vec![draft("t1", Rank::Track, "a")], now);
        assert_eq!(told(&board, &mut place).len(), 1);

        board.show(vec![draft("t1", Rank::Track, "a")], now + SignedDuration::from_secs(29));
        assert_eq!(told(&board, &mut place), Vec::<String>::new());
        board.show(vec![draft("t1", Rank::Track, "a")], now + SignedDuration::from_secs(30));

        let again = told(&board, &mut place);
        assert!(again[0].contains("stale=\"2026-11-20T19:01:30Z\""), "{again:?}");
    }

    #[test]
    fn a_slow_phone_is_told_the_newest_of_each_and_alarms_first() {
        let (board, now) = (Board::default(), NOW.parse::<Timestamp>().unwrap());
        let mut place = Place::default();
        for number in 0..100 {
            let drafts = vec![
                draft("t1", Rank::Track, &format!("track {number}")),
                draft("a1", Rank::Alarm, "help"),
            ];
            board.show(drafts, now);
        }

        let first = told(&board, &mut place);
        assert!(first.len() == 1 && first[0].contains("help"), "{first:?}");
        let second = told(&board, &mut place);
        assert!(second.len() == 1 && second[0].contains("track 99"), "{second:?}");
        assert_eq!(told(&board, &mut place), Vec::<String>::new());
    }

    #[test]
    fn what_is_gone_is_deleted_on_the_phone_and_then_forgotten() {
        let (board, now) = (Board::default(), NOW.parse::<Timestamp>().unwrap());
        let mut place = Place::default();
        board.show(vec![draft("t1", Rank::Track, "a")], now);
        told(&board, &mut place);

        board.show(Vec::new(), now);
        let deleted = told(&board, &mut place);
        assert!(deleted[0].contains("t-x-d-d") && deleted[0].contains("uid=\"t1\""), "{deleted:?}");
        board.show(Vec::new(), now + SignedDuration::from_mins(3));

        assert_eq!(told(&board, &mut Place::default()), Vec::<String>::new());
    }

    #[test]
    fn beyond_the_limit_tracks_give_way_and_alarms_do_not() {
        let (board, now) = (Board::default(), NOW.parse::<Timestamp>().unwrap());
        let mut drafts: Vec<Draft> = (0..limits::SHOWN_MAX)
            .map(|number| draft(&format!("a-track-{number:05}"), Rank::Track, ""))
            .collect();
        drafts.push(draft("z-alarm", Rank::Alarm, "help"));
        board.show(drafts, now);

        assert_eq!(board.left_out(), 1);
        let first = told(&board, &mut Place::default());
        assert!(first.len() == 1 && first[0].contains("z-alarm"), "{first:?}");
    }
}
