//! Tracks as a record has them: every one of a period, with the way that it went.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::geo::EnuPoint;
use sight::sector::Sector;
use watch::journal::{Output, TrackId, TrackView};

use super::moving::{along_its_path, track_with_path};
use super::table::{Feature, PathPoint};
use crate::limits::{TRACK_POINT_STEP_M, TRACK_POINT_STEP_S};
use crate::places::{place, round};

/// What the core said of tracks, entry by entry; points are kept where a track has moved or time has passed.
#[derive(Debug, Default)]
pub struct History(BTreeMap<TrackId, Told>);

#[derive(Debug)]
struct Told {
    last: TrackView,
    kept: Vec<TrackView>,
}

impl History {
    /// Takes in what one step led to.
    pub fn take(&mut self, outputs: &[Output]) {
        for output in outputs {
            if let Output::Track(track) = output {
                self.track(track);
            }
        }
    }

    fn track(&mut self, track: &TrackView) {
        let told = self
            .0
            .entry(track.id)
            .or_insert_with(|| Told { last: track.clone(), kept: vec![track.clone()] });
        if told.kept.last().is_none_or(|kept| is_far(kept, track)) {
            told.kept.push(track.clone());
        }
        told.last = track.clone();
    }

    /// Every track of a period where it was last in it, with its path within it.
    pub fn tracks(&self, sector: &Sector, period: (Timestamp, Timestamp)) -> Vec<Feature> {
        self.0.values().filter_map(|told| told.within(sector, period)).collect()
    }

    /// The same as lines.
    pub fn trails(&self, sector: &Sector, period: (Timestamp, Timestamp)) -> Vec<Feature> {
        self.tracks(sector, period).into_iter().filter_map(along_its_path).collect()
    }
}

impl Told {
    fn within(&self, sector: &Sector, (from, to): (Timestamp, Timestamp)) -> Option<Feature> {
        let ended = self.kept.last().filter(|kept| kept.at < self.last.at).map(|_| &self.last);
        let all: Vec<&TrackView> =
            self.kept.iter().chain(ended).filter(|track| (from..=to).contains(&track.at)).collect();
        let path = all.iter().map(|track| point(track, sector)).collect();
        Some(track_with_path(sector, all.last()?, path))
    }
}

fn is_far(kept: &TrackView, now: &TrackView) -> bool {
    let moved_m = (now.east_m - kept.east_m).hypot(now.north_m - kept.north_m);
    moved_m >= TRACK_POINT_STEP_M
        || now.at.duration_since(kept.at).as_secs_f64() >= TRACK_POINT_STEP_S
}

fn point(track: &TrackView, sector: &Sector) -> PathPoint {
    PathPoint {
        at: track.at,
        place: place(&sector.frame, EnuPoint::new(track.east_m, track.north_m)),
        height_m: track.height.as_ref().map(|height| round(height.above_sea_m, 1)),
    }
}
