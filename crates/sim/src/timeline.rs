//! Where something is at every moment of a night, fixed before the night begins.

use nalgebra::Vector2;
use sight::geo::EnuPoint;

/// Points with times that never go back; straight and even between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timeline(Vec<(f64, EnuPoint)>);

/// A place and a velocity, metres per second east and north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Motion {
    pub point: EnuPoint,
    pub velocity_mps: Vector2<f64>,
}

impl Timeline {
    pub(crate) fn starting(at_s: f64, point: EnuPoint) -> Self {
        Self(vec![(at_s, point)])
    }

    pub(crate) fn start_s(&self) -> f64 {
        self.0.first().map_or(0.0, |(at_s, _)| *at_s)
    }

    pub(crate) fn end(&self) -> Option<(f64, EnuPoint)> {
        self.0.last().copied()
    }

    /// Stays where it is until so much later.
    pub(crate) fn rest(&mut self, for_s: f64) {
        if let Some((at_s, point)) = self.end() {
            self.0.push((at_s + for_s.max(0.0), point));
        }
    }

    /// Goes straight to a point.
    pub(crate) fn go(&mut self, to: EnuPoint, takes_s: f64) {
        if let Some((at_s, _)) = self.end() {
            self.0.push((at_s + takes_s.max(1e-3), to));
        }
    }

    /// Where it is; before its start and after its end it stands still at the ends.
    pub(crate) fn at(&self, at_s: f64) -> Motion {
        let next = self.0.partition_point(|(then_s, _)| *then_s <= at_s);
        let still = |point| Motion { point, velocity_mps: Vector2::zeros() };
        match (next.checked_sub(1).and_then(|i| self.0.get(i)), self.0.get(next)) {
            (Some((from_s, from)), Some((to_s, to))) => {
                let way_m = to.to_vector() - from.to_vector();
                let share = (at_s - from_s) / (to_s - from_s);
                let here = from.to_vector() + share * way_m;
                let velocity_mps = way_m / (to_s - from_s);
                Motion { point: EnuPoint::new(here.x, here.y), velocity_mps }
            }
            (Some((_, point)), None) | (None, Some((_, point))) => still(*point),
            (None, None) => still(EnuPoint::new(0.0, 0.0)),
        }
    }

    /// Its straight legs: start and end with their times.
    pub(crate) fn legs(&self) -> impl Iterator<Item = ((f64, EnuPoint), (f64, EnuPoint))> {
        self.0.iter().copied().zip(self.0.iter().skip(1).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walker_is_half_way_at_half_time_and_stands_still_at_a_rest() {
        let mut timeline = Timeline::starting(10.0, EnuPoint::new(0.0, 0.0));
        timeline.go(EnuPoint::new(100.0, 0.0), 50.0);
        timeline.rest(20.0);
        timeline.go(EnuPoint::new(100.0, 50.0), 50.0);

        let half = timeline.at(35.0);
        assert_eq!(half.point, EnuPoint::new(50.0, 0.0));
        assert_eq!(half.velocity_mps, Vector2::new(2.0, 0.0));
        assert_eq!(timeline.at(70.0).velocity_mps, Vector2::zeros());
        assert_eq!(timeline.at(1_000.0).point, EnuPoint::new(100.0, 50.0));
        assert_eq!(timeline.at(0.0).point, EnuPoint::new(0.0, 0.0));
    }
}
