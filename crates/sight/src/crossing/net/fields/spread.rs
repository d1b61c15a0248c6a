//! One field: the least key to every node from where it begins.

use rayon::prelude::*;

use super::super::{Net, Times, Tolls};
use super::UNREACHED;
use super::patch::{Ground, Outcome, Patch, Work};
use super::tiles::{ChangedRow, Front, Task, Tiling};
use crate::crossing::going::{STEPS, opposite};

use crate::lanes::{self, Job, Lanes, Path};

/// Rows and columns of a tile: what it needs stays in a core's own cache.
pub(super) const TILE_ROWS: usize = 64;
pub(super) const TILE_COLS: usize = 64;
/// Tiles taken together, whatever the number of threads. They do not wait for each other's outcome.
const TOGETHER: usize = 8;

/// Where a field begins, which steps it takes, and how long they are.
#[derive(Clone, Copy)]
pub(super) struct Spread<'a> {
    pub(super) net: &'a Net,
    pub(super) seeds: &'a [u32],
    pub(super) times: &'a Times,
    pub(super) tolls: &'a Tolls,
    pub(super) way: Way,
    pub(super) hazard: &'a [u32],
    /// Keys above it are not followed.
    pub(super) key_max: u64,
    pub(super) side: Side,
}

/// Whether a field spreads the way that people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Onward,
    Back,
}

/// The nodes that a field enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Far,
    Both,
}

/// How the work on a field is done; all give the same keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doing {
    pub(super) path: Path,
    pub(super) work: Work,
}

/// One tile's work as a job for vectors.
struct Visit<'a, const R: usize, const C: usize> {
    spread: &'a Spread<'a>,
    work: Work,
    task: Task,
    corner: (usize, usize),
    known: &'a [u64],
    patch: &'a mut Patch<R, C>,
    outcome: &'a mut Outcome,
}

impl<const R: usize, const C: usize> Job for Visit<'_, R, C> {
    #[expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { spread, work, task, corner, known, patch, outcome } = self;
        patch.work((Ground { lanes, spread, known }, work), (task, corner), outcome);
    }
}

impl Way {
    /// The step that people take when a field spreads into a node from the neighbour that `step` leads to.
    #[inline]
    pub(super) fn taken(self, node: u32, step: usize, neighbour: u32) -> (u32, usize) {
        match self {
            Self::Onward => (neighbour, opposite(step)),
            Self::Back => (node, step),
        }
    }

    /// The same for all nodes of a row: in which row such steps begin, and how many columns aside.
    #[inline]
    pub(super) fn row_and_step(self, row: usize, step: usize) -> (usize, usize, isize) {
        match self {
            Self::Onward => {
                let (rows, cols) = STEPS[step];
                (row.wrapping_add_signed(rows), opposite(step), cols)
            }
            Self::Back => (row, step, 0),
        }
    }
}

impl Spread<'_> {
    /// Least keys from the seeds to each node.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.keys_from(self.seeds.iter().map(|seed| (*seed, 0)))
    }

    /// Least keys to each node from nodes that bear keys already.
    pub(super) fn keys_from(&self, starts: impl Iterator<Item = (u32, u64)>) -> Vec<u64> {
        self.keys_by::<TILE_ROWS, TILE_COLS>(Path::widest(), starts)
    }

    /// The same by a path of vectors and in tiles of a size; all give the same keys.
    ///
    /// A tile is worked out by itself, from the keys that are known around it, until nothing in it changes. Neighbours within
    /// reach of what has changed are worked out again. In the end no step lowers any key, and that is so of the least keys
    /// alone (Bellman, 1958; Ford, 1956), in whatever order tiles come. They come by the least key that waits (after
    /// Chacon and Vladimirsky, 2012), so that most are right soon.
    pub(super) fn keys_by<const R: usize, const C: usize>(
        &self,
        path: Path,
        starts: impl Iterator<Item = (u32, u64)>,
    ) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.net.len()];
        let mut front = Front::new(self.tiling::<R, C>());
        for (node, key) in starts {
            let known = &mut keys[node as usize];
            if key < *known {
                *known = key;
                front.note(&self.changed_at(node, key), None);
            }
        }
        self.work::<R, C>(Doing { path, work: Work::Lower }, &mut keys, &mut front, |_| ());
        keys
    }

    /// Works until no tile waits; `told` learns of all changes.
    pub(super) fn work<const R: usize, const C: usize>(
        &self,
        doing: Doing,
        keys: &mut [u64],
        front: &mut Front,
        mut told: impl FnMut(&ChangedRow),
    ) {
        let tiling = self.tiling::<R, C>();
        let mut patches: Vec<Patch<R, C>> = Vec::new();
        let mut outcomes: Vec<Outcome> = Vec::new();
        outcomes.resize_with(TOGETHER, Outcome::default);
        let threads = rayon::current_num_threads();
        loop {
            let tasks: Vec<Task> = std::iter::from_fn(|| front.take()).take(TOGETHER).collect();
            if tasks.is_empty() {
                return;
            }
            let each = tasks.len().div_ceil(threads);
            while patches.len() < tasks.len().div_ceil(each) {
                patches.push(Patch::new());
            }
            let known = &*keys;
            let visit = |patch: &mut Patch<R, C>, task: Task, outcome: &mut Outcome| {
                let (corner, work) = (tiling.corner(task.tile), doing.work);
                let visit = Visit { spread: self, work, task, corner, known, patch, outcome };
                lanes::run(doing.path, visit);
            };
            let shares = tasks.par_chunks(each).zip(outcomes.par_chunks_mut(each));
            shares.zip(&mut patches).for_each(|((tasks, outcomes), patch)| {
                tasks.iter().zip(outcomes).for_each(|(task, out)| visit(patch, *task, out));
            });
            for outcome in &outcomes[..tasks.len()] {
                outcome.store(keys);
                front.learn(outcome.tile, outcome.ground);
                for changed in &outcome.rows {
                    front.note(changed, Some(outcome.tile));
                    told(changed);
                }
            }
        }
    }

    pub(super) fn tiling<const R: usize, const C: usize>(&self) -> Tiling {
        Tiling::new(&self.net.layout, (R, C))
    }

    fn changed_at(&self, node: u32, least: u64) -> ChangedRow {
        let (row, col) = self.net.layout.place_of(node);
        ChangedRow { row, first_col: col, last_col: col, least }
    }

    /// What a step adds by which the field spreads into a node, from the neighbour that it leads to.
    pub(super) fn key_into(&self, node: u32, step: usize) -> Option<u64> {
        let taken = self.way.taken(node, step, self.net.next(node, step)?);
        self.net.step_key((self.times, self.tolls), self.hazard, taken)
    }

    #[inline]
    pub(super) fn may_enter(&self, node: u32) -> bool {
        self.side == Side::Both || self.net.is_far[node as usize]
    }
}
