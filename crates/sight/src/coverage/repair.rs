//! What could be moved or posted where: on the least-detected crossing, just inside the line.

use std::collections::BTreeMap;

use crate::coverage::air::Air;
use crate::coverage::assess::{probability, state_at, state_of};
use crate::coverage::kept::{If, Kept, Question, Slot};
use crate::coverage::reasons::is_sent_out;
use crate::coverage::scene::{Crossings, Scene, Sums};
use crate::coverage::{Health, Repair, StretchAssessment, WatchState};
use crate::crossing::net::Asked;
use crate::geo::EnuPoint;
use crate::sector::Stretch;

/// Stretches of one block share one observer.
pub(crate) const BLOCK_M: f64 = 1_000.0;
/// Blocks tried in the same run lie this many blocks apart, out of each other's sight.
const BLOCKS_APART: usize = 5;
/// An observer who raises the probability by less is no repair.
const GAIN_MIN: f64 = 0.02;

/// What can be moved is tried at places up to this far away: half an hour by patrol vehicle (DOMAIN 4). An assumption.
const MOVE_MAX_M: f64 = 15_000.0;

/// A place to try, and the stretches that it is for.
struct Post {
    at: EnuPoint,
    stretches: Vec<usize>,
    /// A sensor that could be moved there.
    movable: Option<usize>,
}

/// What the repairs are looked for in.
pub(crate) struct Repairs<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) air: &'a Air,
    pub(crate) low: &'a Crossings,
}

/// Who is sent to the posts of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Whoever can be moved there.
    Moved,
    /// Somebody new.
    New,
}

impl Repairs<'_> {
    /// Offers to move a sensor or to post an observer where that beats restoring a sensor.
    ///
    /// A sensor that is there already is cheaper than another observer, and offered where it brings as good a state.
    pub(crate) fn offer_to(&self, kept: &mut Kept, stretches: &mut [StretchAssessment]) {
        let rounds = rounds(self, stretches);
        let with_movables =
            |(_, posts): &(usize, &Vec<Post>)| posts.iter().any(|post| post.movable.is_some());
        let numbered = || rounds.iter().map(|(number, posts)| (*number, posts));
        // Those that are new come first, so that what moves can be weighed against them.
        let jobs: Vec<(usize, &Vec<Post>, Sent)> = numbered()
            .map(|(number, posts)| (number, posts, Sent::New))
            .chain(numbered().filter(with_movables).map(|(at, posts)| (at, posts, Sent::Moved)))
            .collect();
        let asked: Vec<Vec<bool>> =
            jobs.iter().map(|(_, posts, sent)| self.asked_of(posts, *sent)).collect();
        let questions: Vec<Question<'_>> = jobs
            .iter()
            .zip(&asked)
            .map(|((number, posts, sent), asked)| Question {
                slot: Some(match sent {
                    Sent::New => Slot::Round(*number),
                    Sent::Moved => Slot::MovedRound(*number),
                }),
                if_so: If::Changed(Box::new(move |sums| self.send(posts, *sent, sums)), None),
                asked: Asked::Uncertain(asked),
                headed: true,
            })
            .collect();
        let tried = kept.answer(self.scene, &questions);
        for ((_, posts, sent), with) in jobs.iter().zip(&tried) {
            for post in *posts {
                self.offer(post, *sent, with, stretches);
            }
        }
    }

    /// The stretches that a round may change.
    fn asked_of(&self, posts: &[Post], sent: Sent) -> Vec<bool> {
        let mut asked = vec![false; self.low.len()];
        for post in posts {
            if sent == Sent::Moved {
                let Some(index) = post.movable else { continue };
                self.served_by(index).for_each(|at| asked[at] = true);
            }
            post.stretches.iter().for_each(|at| asked[*at] = true);
        }
        asked
    }

    /// Sends somebody to every post of a round.
    fn send(&self, posts: &[Post], sent: Sent, sums: &mut Sums) {
        for post in posts {
            match (sent, post.movable) {
                (Sent::New, _) => self.scene.add_observer(post.at, self.air, sums),
                (Sent::Moved, None) => {}
                (Sent::Moved, Some(index)) => {
                    self.scene.move_sensor(index, post.at, self.air, sums);
                }
            }
        }
    }

    /// Stretches that a sensor may look at or behind, from where it is.
    fn served_by(&self, index: usize) -> impl Iterator<Item = usize> {
        let sector = self.scene.model.sector();
        let reach_m = self.scene.model.sensor(index).range_max_m + sector.far_depth_m;
        let from = self.scene.point_of(index);
        let is_near = move |stretch: &Stretch| {
            stretch.points.iter().any(|point| point.distance_m(from) <= reach_m)
        };
        sector.stretches.iter().enumerate().filter(move |(_, at)| is_near(at)).map(|(at, _)| at)
    }

    fn offer(
        &self,
        post: &Post,
        sent: Sent,
        with: &Crossings,
        stretches: &mut [StretchAssessment],
    ) {
        let moved = match (sent, post.movable) {
            (Sent::New, _) => None,
            (Sent::Moved, None) => return,
            (Sent::Moved, Some(index)) => {
                let falls = |at: usize| state_of(with[at]) > state_of(self.low[at]);
                if self.served_by(index).any(falls) {
                    return;
                }
                Some(self.scene.model.sensor(index).id.clone())
            }
        };
        for at in &post.stretches {
            let stretch = &mut stretches[*at];
            let probability_with = probability(with[*at]);
            let (known, is_post) = match &stretch.repair {
                None => (0.0, false),
                Some(Repair::PostObserver { probability_with, .. }) => (*probability_with, true),
                Some(
                    Repair::RestoreSensor { probability_with, .. }
                    | Repair::MoveSensor { probability_with, .. },
                ) => (*probability_with, false),
            };
            let as_good = is_post && state_at(probability_with) <= state_at(known);
            let better = probability_with > known || (moved.is_some() && as_good);
            if better && probability_with >= stretch.probability + GAIN_MIN {
                let at = post.at;
                stretch.repair = Some(match &moved {
                    Some(sensor) => {
                        Repair::MoveSensor { sensor: sensor.clone(), at, probability_with }
                    }
                    None => Repair::PostObserver { at, probability_with },
                });
            }
        }
    }

    /// The nearest sensor that can be moved to a place and is not spoken for.
    fn movable_to(&self, to: EnuPoint, taken: &[usize]) -> Option<usize> {
        let away_m = |index: &usize| self.scene.point_of(*index).distance_m(to);
        (0..self.scene.conditions.len())
            .filter(|index| {
                let kind = &self.scene.model.sensor(*index).kind;
                is_sent_out(kind)
                    && self.scene.conditions[*index].health == Health::Working
                    && !taken.contains(index)
                    && away_m(index) <= MOVE_MAX_M
            })
            .min_by(|a, b| away_m(a).total_cmp(&away_m(b)))
    }
}

/// Posts of every block with a stretch that is not watched, dealt out to rounds.
fn rounds(repairs: &Repairs<'_>, stretches: &[StretchAssessment]) -> BTreeMap<usize, Vec<Post>> {
    let (scene, low) = (repairs.scene, repairs.low);
    let sector = scene.model.sector();
    let mut blocks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, stretch) in stretches.iter().enumerate() {
        if stretch.state != WatchState::Watched {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a line is at most some 1000 km long"
            )]
            let block = (sector.stretches[at].from_m / BLOCK_M) as usize;
            blocks.entry(block).or_default().push(at);
        }
    }
    let mut rounds: BTreeMap<usize, Vec<Post>> = BTreeMap::new();
    for (block, members) in blocks {
        let weakest = members
            .iter()
            .copied()
            .min_by(|a, b| stretches[*a].probability.total_cmp(&stretches[*b].probability));
        if let Some(crossing) = weakest.and_then(|at| low[at]) {
            let way = &scene.model.net.ways_over[crossing.way_over as usize];
            let cell = scene.model.net.layout.cell_of(way.near);
            let at = scene.model.going.points[cell];
            let round = rounds.entry(block % BLOCKS_APART).or_default();
            let taken: Vec<usize> = round.iter().filter_map(|post| post.movable).collect();
            let movable = repairs.movable_to(at, &taken);
            round.push(Post { at, stretches: members, movable });
        }
    }
    rounds
}
