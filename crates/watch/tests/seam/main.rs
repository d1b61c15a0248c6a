//! Two sectors hand a walker over: one person, one identity, whatever the link does.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod pair;

use std::collections::BTreeMap;

use sight::geo::{EnuPoint, LocalFrame, Wgs84};
use watch::Core;
use watch::heavy::Computer;
use watch::journal::{Input, Output, TrackId, TrackView};
use watch::metrics::Scorer;
use watch::seam::{GlobalTrackId, SeamMessage, joined};

use self::pair::{LON_DEG, METRES_PER_LAT_DEG, METRES_PER_LON_DEG, Post, SEAM_LAT_DEG, model};

const WALK_MPS: f64 = 1.4;

#[test]
fn a_walker_who_crosses_the_seam_keeps_one_identity() {
    let outcome = cross(&mut |_, message| vec![message]);

    outcome.is_one_walker();
    let track = outcome.north.core.tracks().next().unwrap();
    assert_eq!(track.at_seam.identity, outcome.identity());
    assert_eq!(outcome.identity().sector, "south", "it was first seen there");
    assert!(track.at_seam.is_ours);
}

#[test]
fn a_link_that_is_down_for_half_a_minute_in_the_middle_changes_nothing() {
    // The walker is at the seam after 550 s.
    let outcome = cross(&mut |second, message| {
        if (535..565).contains(&second) { Vec::new() } else { vec![message] }
    });

    outcome.is_one_walker();
}

#[test]
fn an_offer_that_comes_half_a_minute_late_makes_one_of_two_all_the_same() {
    // The walker enters the overlap after 193 s.
    let outcome = cross(&mut |second, message| {
        if (190..260).contains(&second) { Vec::new() } else { vec![message] }
    });

    outcome.is_one_walker();
    assert_eq!(outcome.north.core.tracks().count(), 1);
}

#[test]
fn a_lossy_link_that_repeats_and_reorders_leaves_one_identity_and_one_owner() {
    for seed in 1..=3 {
        let mut dice = Dice(seed);
        let mut under_way: Vec<SeamMessage> = Vec::new();
        let outcome = cross(&mut |_, message| {
            under_way.push(message);
            let mut arrived = Vec::new();
            for _ in 0..2 {
                if under_way.is_empty() {
                    break;
                }
                let place = dice.below(under_way.len());
                let message = under_way[place].clone();
                if dice.roll() < 0.5 {
                    under_way.remove(place);
                }
                if dice.roll() > 0.4 {
                    arrived.push(message);
                }
            }
            arrived
        });

        outcome.is_one_walker();
    }
}

#[test]
fn both_journals_replay_to_the_same_state() {
    let outcome = cross(&mut |_, message| vec![message.clone(), message]);

    for post in [&outcome.south, &outcome.north] {
        let model = std::sync::Arc::clone(post.core.model());
        let mut replayed = Core::new(std::sync::Arc::clone(&model));
        let mut computer = Computer::new(model);
        let mut wanted = None;
        for entry in &post.entries {
            let is_result = matches!(entry.input, Input::Computed { .. });
            let request = if is_result { wanted.take() } else { None };
            let result = request.map(|request| computer.compute(&request));
            for output in replayed.step(entry, result) {
                if let Output::Compute { request, .. } = output {
                    wanted = Some(request);
                }
            }
        }
        assert_eq!(replayed.state_hash(), post.core.state_hash());
    }
}

#[test]
fn what_a_stranger_says_is_counted_and_changes_nothing() {
    let mut offer = None;
    drop(cross(&mut |_, message| {
        offer.get_or_insert_with(|| message.clone());
        Vec::new()
    }));
    let offer = offer.unwrap();
    let mut post = Post::open(model("north"));

    post.take(Input::HandedOver(SeamMessage { from: "mars".into(), ..offer.clone() }));
    post.take(Input::HandedOver(SeamMessage { to: "south".into(), ..offer.clone() }));

    assert_eq!(post.core.counters().rejected, 2);
    assert_eq!(post.core.tracks().count(), 0);
    assert!(post.said.is_empty());
    for _ in 0..2 {
        post.take(Input::HandedOver(offer.clone()));
    }
    assert_eq!(post.core.tracks().count(), 1, "a repeated offer is the same offer");
    assert_eq!(post.said.len(), 2, "and is answered again: the answer may have been lost");
}

/// Numbers that look random and are the same everywhere (Knuth's multiplier).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        self.roll();
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

/// What a night at the seam came to.
struct Outcome {
    south: Post,
    north: Post,
    /// Identities that the picture of the whole line showed, and in how many samples.
    identities: BTreeMap<GlobalTrackId, u32>,
    id_switches: usize,
    false_tracks: f64,
    missed: f64,
    rms_m: f64,
}

impl Outcome {
    fn identity(&self) -> GlobalTrackId {
        self.identities.keys().next().unwrap().clone()
    }

    fn is_one_walker(&self) {
        assert_eq!(self.identities.len(), 1, "{:?}", self.identities);
        assert_eq!((self.id_switches, self.false_tracks), (0, 0.0));
        assert!(self.missed < 1e-9, "{} missed a sample", self.missed);
        assert!(self.rms_m < 20.0, "{} m", self.rms_m);
        let owners = [&self.south, &self.north].map(|post| {
            post.core.tracks().any(|t| t.at_seam.identity == self.identity() && t.at_seam.is_ours)
        });
        assert_eq!(owners, [false, true], "the north answers for it, and it alone");
    }
}

/// Somebody walks north across the seam; `link` says what becomes of each message at a second.
fn cross(link: &mut dyn FnMut(i32, SeamMessage) -> Vec<SeamMessage>) -> Outcome {
    let (mut south, mut north) = (Post::open(model("south")), Post::open(model("north")));
    let mut scorer = Scorer::new(50.0, 2.0);
    let mut numbers: BTreeMap<GlobalTrackId, TrackId> = BTreeMap::new();
    let mut identities = BTreeMap::new();
    let frame = LocalFrame::at(Wgs84::new(LON_DEG, SEAM_LAT_DEG).unwrap());
    for second in 0..1_100 {
        let north_m = -770.0 + WALK_MPS * f64::from(second);
        if second % 5 == 0 {
            // Both radars reach across: each station knows the walker all the way.
            for post in [&mut south, &mut north] {
                post.hear();
                post.see(150.0, north_m);
            }
        }
        south.tick();
        north.tick();
        let said: Vec<SeamMessage> = south.said.drain(..).chain(north.said.drain(..)).collect();
        for message in said {
            for arrived in link(second, message) {
                let to = if arrived.to == "south" { &mut south } else { &mut north };
                to.take(Input::HandedOver(arrived));
            }
        }
        if second >= 60 && second % 5 == 0 {
            let place = Wgs84::new(
                LON_DEG + 150.0 / METRES_PER_LON_DEG,
                SEAM_LAT_DEG + north_m / METRES_PER_LAT_DEG,
            );
            let shown = whole_line(&south, &north);
            let found: Vec<(TrackId, EnuPoint)> = shown
                .iter()
                .map(|(identity, place)| {
                    *identities.entry(identity.clone()).or_insert(0) += 1;
                    let next = TrackId(numbers.len() as u64 + 1);
                    (*numbers.entry(identity.clone()).or_insert(next), frame.point(*place))
                })
                .collect();
            scorer.sample(&[(1, frame.point(place.unwrap()))], &found);
        }
    }
    let score = scorer.score();
    Outcome {
        south,
        north,
        identities,
        id_switches: score.id_switches,
        false_tracks: score.false_tracks,
        missed: score.missed,
        rms_m: score.gospa_rms,
    }
}

fn whole_line(south: &Post, north: &Post) -> Vec<(GlobalTrackId, Wgs84)> {
    let tracks = |post: &Post| -> Vec<TrackView> { post.core.tracks().cloned().collect() };
    let (in_south, in_north) = (tracks(south), tracks(north));
    let frame = |post: &Post| post.core.model().sector().frame;
    joined(&[(&frame(south), &in_south), (&frame(north), &in_north)])
}
