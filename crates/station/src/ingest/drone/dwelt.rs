//! The ground on which a drone's picture has rested of late: a lower bound of what it watches.
//!
//! A picture that moves on shows each place too briefly to be sure of it, so only what it rested on counts, and
//! that only until the sensor would have to look again.

use std::collections::VecDeque;

use jiff::Timestamp;
use sight::coverage::View;
use sight::coverage::view::{Area, Corner};
use sight::geo::Wgs84;

use crate::ingest::{limits, seconds};

/// Places of an outline for each corner that is kept of it: the picture's corners and the middles of its sides.
const PLACES_PER_CORNER: usize = 8;

/// Pictures of the last minutes, newest last.
#[derive(Debug, Default)]
pub(super) struct Dwelt {
    pictures: VecDeque<Picture>,
    told: Option<(View, Timestamp)>,
}

/// A picture that stays where it is.
#[derive(Debug)]
struct Picture {
    ring: Vec<Wgs84>,
    since: Timestamp,
    until: Timestamp,
}

impl Dwelt {
    /// Takes an outline; gives the view that it leads to where the core must be told another one.
    ///
    /// `revisit_s` is how long a look is good for.
    pub(super) fn take(
        &mut self,
        outline: &[Wgs84],
        revisit_s: f64,
        now: Timestamp,
    ) -> Option<View> {
        let ring: Vec<Wgs84> = outline.iter().step_by(PLACES_PER_CORNER).copied().collect();
        match self.pictures.back_mut() {
            Some(newest) if newest.rests(&ring) => newest.until = now,
            Some(_) | None => {
                self.pictures.push_back(Picture { ring, since: now, until: now });
            }
        }
        let good_s = revisit_s.max(limits::VIEW_EVERY_S);
        self.pictures.retain(|picture| seconds(picture.until, now) <= good_s);
        let spare = self.pictures.len().saturating_sub(limits::PICTURES_MAX);
        self.pictures.drain(..spare);
        let due = |at: Timestamp| seconds(at, now) >= limits::VIEW_EVERY_S;
        if !self.told.as_ref().is_none_or(|(_, at)| due(*at)) {
            return None;
        }
        let view = self.view();
        let is_news = self.told.as_ref().is_none_or(|(told, _)| *told != view);
        self.told = Some((view.clone(), now));
        is_news.then_some(view)
    }

    fn view(&self) -> View {
        let rested = self.pictures.iter().filter(|picture| picture.has_rested()).rev();
        let mut seen: Vec<Area> = rested.take(limits::VIEW_AREAS_MAX).map(Picture::area).collect();
        if seen.is_empty() {
            // No area at all would say nothing; an empty one says that nothing is seen.
            seen.push(Area::Ring(Vec::new()));
        }
        View { field: None, turned: false, seen, hidden: Vec::new() }
    }
}

impl Picture {
    /// Whether an outline is of the same ground, but for the trembling of a camera.
    fn rests(&self, ring: &[Wgs84]) -> bool {
        let apart_m = |a: &Wgs84, b: &Wgs84| (a.to_ecef(0.0) - b.to_ecef(0.0)).norm();
        let opposite = self.ring.iter().zip(self.ring.iter().skip(self.ring.len() / 2));
        let size_m = opposite.map(|(a, b)| apart_m(a, b)).fold(0.0, f64::max);
        self.ring.len() == ring.len()
            && self.ring.iter().zip(ring).all(|(before, after)| {
                apart_m(before, after) <= limits::PICTURE_TREMBLES_SHARE * size_m
            })
    }

    fn has_rested(&self) -> bool {
        seconds(self.since, self.until) >= limits::PICTURE_RESTS_S
    }

    fn area(&self) -> Area {
        Area::Ring(self.ring.iter().map(|place| Corner::at(*place)).collect())
    }
}

#[cfg(test)]
mod tests {
    use sight::geo::{EnuPoint, LocalFrame};

    use super::super::tests::{later, place};
    use super::*;

    /// The outline of a picture of 200 m, so far east of the drone.
    fn outline(east_m: f64) -> Vec<Wgs84> {
        let frame = LocalFrame::at(place());
        let corners = [(-100.0, 100.0), (100.0, 100.0), (100.0, -100.0), (-100.0, -100.0)];
        let mut ring: Vec<Wgs84> = corners
            .iter()
            .zip(corners.iter().cycle().skip(1))
            .flat_map(|(from, to)| {
                (0..16).map(move |step| {
                    let share = f64::from(step) / 16.0;
                    (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
                })
            })
            .map(|(east, north)| frame.place(EnuPoint::new(east + east_m, north)))
            .collect();
        ring.extend(ring.first().copied());
        ring
    }

    fn rings(view: &View) -> Vec<usize> {
        let of = |area: &Area| match area {
            Area::Ring(ring) => ring.len(),
            Area::Cone(_) => panic!("{area:?}"),
        };
        view.seen.iter().map(of).collect()
    }

    #[test]
    fn at_first_nothing_is_seen_and_a_minute_later_what_the_picture_rested_on() {
        let mut dwelt = Dwelt::default();
        let first = dwelt.take(&outline(300.0), 40.0, later(0.0)).unwrap();
        assert_eq!(rings(&first), [0]);
        for second in 1..60 {
            // It trembles by less than it is wide.
            let east_m = 300.0 + f64::from(second % 3);
            assert_eq!(dwelt.take(&outline(east_m), 40.0, later(f64::from(second))), None);
        }

        let view = dwelt.take(&outline(300.0), 40.0, later(60.0)).unwrap();

        assert_eq!(rings(&view), [9]);
        let Area::Ring(ring) = &view.seen[0] else { panic!("{view:?}") };
        assert_eq!(ring[0], Corner::at(outline(300.0)[0]));
        for second in 61..180 {
            let again = dwelt.take(&outline(300.0), 40.0, later(f64::from(second)));
            assert_eq!(again, None, "what was told is no news");
        }
    }

    #[test]
    fn a_picture_that_moves_on_rests_nowhere_and_one_that_was_left_long_ago_no_longer_counts() {
        let mut dwelt = Dwelt::default();
        for second in 0..10 {
            dwelt.take(&outline(0.0), 40.0, later(f64::from(second)));
        }
        let mut views = Vec::new();
        for second in 10..140 {
            let east_m = 20.0 + 30.0 * f64::from(second);
            views.extend(dwelt.take(&outline(east_m), 40.0, later(f64::from(second))));
        }

        let seen: Vec<_> = views.iter().map(rings).collect();
        assert_eq!(seen, [vec![9], vec![0]]);
        assert!(dwelt.pictures.len() <= limits::PICTURES_MAX);
    }
}
