//! The watched line: which side a point is on, and how far along.

use nalgebra::Vector2;
use serde::{Deserialize, Serialize};

use crate::geo::{Azimuth, EnuPoint, Wgs84};

/// Which side of the directed line is beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Left,
    Right,
}

/// The watched line, directed, with km posts counted from its start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    pub places: Vec<Wgs84>,
    pub points: Vec<EnuPoint>,
    /// The last vertex is joined to the first.
    pub closed: bool,
    /// Which side of the line the watch faces.
    pub far_side: Side,
    /// The km post at the first vertex, in metres. Every chainage counts from km post 0.
    pub start_m: f64,
    pub length_m: f64,
}

/// Where a point stands beside the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beside {
    /// The nearest point of the line.
    pub point: EnuPoint,
    /// Its chainage, from km post 0.
    pub chainage_m: f64,
    /// Distance to it: positive on the far side, negative on the near side.
    pub signed_m: f64,
    /// The point lies past an open line's end, abreast of no part of it.
    pub past_end: bool,
}

impl Line {
    /// Chainage of the last vertex, or of the first one again when the line is closed.
    pub fn end_m(&self) -> f64 {
        self.start_m + self.length_m
    }

    /// The line's segments in order, with the closing one.
    pub fn segments(&self) -> impl Iterator<Item = (EnuPoint, EnuPoint)> + '_ {
        let closing = if self.closed { self.points.first() } else { None };
        self.points.iter().copied().zip(self.points.iter().copied().skip(1).chain(closing.copied()))
    }

    /// Where a point stands beside the line.
    pub fn beside(&self, point: EnuPoint) -> Beside {
        let mut best = Nearest { distance2: f64::INFINITY, index: 0, share: 0.0, chainage_m: 0.0 };
        let mut chainage_m = self.start_m;
        for (index, (from, to)) in self.segments().enumerate() {
            let (along, offset) =
                (to.to_vector() - from.to_vector(), point.to_vector() - from.to_vector());
            let length2 = along.norm_squared();
            let share =
                if length2 > 0.0 { (along.dot(&offset) / length2).clamp(0.0, 1.0) } else { 0.0 };
            let distance2 = (offset - along * share).norm_squared();
            let length_m = libm::sqrt(length2);
            if distance2 < best.distance2 {
                best =
                    Nearest { distance2, index, share, chainage_m: chainage_m + share * length_m };
            }
            chainage_m += length_m;
        }
        self.described(point, &best)
    }

    fn described(&self, point: EnuPoint, best: &Nearest) -> Beside {
        let (from, to) = self.segment(best.index);
        let along = to.to_vector() - from.to_vector();
        let on_line = from.to_vector() + along * best.share;
        let offset = point.to_vector() - on_line;
        let (at_start, at_end) = (best.share <= 0.0, best.share >= 1.0);
        // At a vertex the two segments may disagree about the side; the sum of their unit vectors decides
        // (the pseudo-normal of Baerentzen and Aanaes, 2005).
        let neighbour = if at_start {
            self.before(best.index)
        } else if at_end {
            self.after(best.index)
        } else {
            None
        };
        let direction =
            neighbour.map_or(along, |(a, b)| unit(along) + unit(b.to_vector() - a.to_vector()));
        let leftness = direction.x * offset.y - direction.y * offset.x;
        let far = match self.far_side {
            Side::Left => leftness > 0.0,
            Side::Right => leftness < 0.0,
        };
        let distance_m = libm::sqrt(best.distance2);
        let runs_past =
            (at_start && along.dot(&offset) < 0.0) || (at_end && along.dot(&offset) > 0.0);
        Beside {
            point: EnuPoint::new(on_line.x, on_line.y),
            chainage_m: best.chainage_m,
            signed_m: if far { distance_m } else { -distance_m },
            past_end: neighbour.is_none() && runs_past,
        }
    }

    fn segment(&self, index: usize) -> (EnuPoint, EnuPoint) {
        (self.points[index], self.points[(index + 1) % self.points.len()])
    }

    fn segment_count(&self) -> usize {
        if self.closed { self.points.len() } else { self.points.len() - 1 }
    }

    fn before(&self, index: usize) -> Option<(EnuPoint, EnuPoint)> {
        let count = self.segment_count();
        (self.closed || index > 0).then(|| self.segment((index + count - 1) % count))
    }

    fn after(&self, index: usize) -> Option<(EnuPoint, EnuPoint)> {
        let count = self.segment_count();
        (self.closed || index + 1 < count).then(|| self.segment((index + 1) % count))
    }

    /// Distance to the line: positive on the far side, negative on the near side.
    pub fn signed_distance_m(&self, point: EnuPoint) -> f64 {
        self.beside(point).signed_m
    }

    /// Chainage of the line's point nearest to `point`, from km post 0.
    pub fn chainage_m(&self, point: EnuPoint) -> f64 {
        self.beside(point).chainage_m
    }

    /// True when the point lies beyond the line.
    pub fn is_far(&self, point: EnuPoint) -> bool {
        self.signed_distance_m(point) > 0.0
    }

    /// True when the straight way between two points touches the line.
    pub fn is_crossed(&self, from: EnuPoint, to: EnuPoint) -> bool {
        self.segments().any(|(start, end)| {
            let turn = |a: EnuPoint, b: EnuPoint, c: EnuPoint| {
                let (along, offset) =
                    (b.to_vector() - a.to_vector(), c.to_vector() - a.to_vector());
                along.x * offset.y - along.y * offset.x
            };
            let (one, other) = (turn(start, end, from), turn(start, end, to));
            let (before, after) = (turn(from, to, start), turn(from, to, end));
            one * other <= 0.0 && before * after <= 0.0 && (one, other) != (0.0, 0.0)
        })
    }

    /// The point at a chainage; the nearer end when the chainage lies off the line.
    pub fn point_at(&self, chainage_m: f64) -> EnuPoint {
        let mut left_m = (chainage_m - self.start_m).max(0.0);
        let mut last = self.points[0];
        for (from, to) in self.segments() {
            let length_m = from.distance_m(to);
            if left_m <= length_m {
                let share = if length_m > 0.0 { left_m / length_m } else { 0.0 };
                let point = from.to_vector().lerp(&to.to_vector(), share);
                return EnuPoint::new(point.x, point.y);
            }
            left_m -= length_m;
            last = to;
        }
        last
    }

    /// The direction in which the line runs at a chainage.
    pub fn direction_at(&self, chainage_m: f64) -> Azimuth {
        let here_m = chainage_m.clamp(self.start_m, (self.end_m() - 1.0).max(self.start_m));
        self.point_at(here_m).azimuth_to(self.point_at(here_m + 1.0))
    }

    /// The piece of line between two chainages, with its vertices.
    pub fn between(&self, from_m: f64, to_m: f64) -> Vec<EnuPoint> {
        let mut points = vec![self.point_at(from_m)];
        let mut chainage_m = self.start_m;
        for (from, to) in self.segments() {
            if chainage_m > from_m && chainage_m < to_m {
                points.push(from);
            }
            chainage_m += from.distance_m(to);
        }
        points.push(self.point_at(to_m));
        points
    }

    /// Posts on every whole multiple of `every_m`: (chainage, point).
    pub fn posts(&self, every_m: f64) -> Vec<(f64, EnuPoint)> {
        let mut posts = Vec::new();
        let mut number = libm::ceil(self.start_m / every_m);
        while number * every_m <= self.end_m() {
            posts.push((number * every_m, self.point_at(number * every_m)));
            number += 1.0;
        }
        posts
    }
}

/// The best segment so far.
struct Nearest {
    distance2: f64,
    index: usize,
    share: f64,
    chainage_m: f64,
}

fn unit(vector: Vector2<f64>) -> Vector2<f64> {
    vector.try_normalize(0.0).unwrap_or(vector)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_point_north_of_an_eastward_line_lies_on_its_left() {
        let beside = line(&[(0.0, 0.0), (1_000.0, 0.0)]).beside(EnuPoint::new(300.0, 40.0));

        assert_relative_eq!(beside.signed_m, 40.0);
        assert_relative_eq!(beside.chainage_m, 5_300.0);
        assert!(!beside.past_end);
    }

    #[test]
    fn the_side_is_right_even_where_a_sharp_vertex_is_nearest() {
        let hairpin = line(&[(0.0, 0.0), (1_000.0, 0.0), (0.0, 100.0)]);

        assert!(!hairpin.is_far(EnuPoint::new(1_050.0, 5.0)));
        assert!(!hairpin.is_far(EnuPoint::new(1_050.0, -40.0)));
        assert!(hairpin.is_far(EnuPoint::new(900.0, 4.0)));
    }

    #[test]
    fn beyond_an_open_end_a_point_is_past_it() {
        let open = line(&[(0.0, 0.0), (1_000.0, 0.0)]);

        assert!(open.beside(EnuPoint::new(1_001.0, 5.0)).past_end);
        assert!(open.beside(EnuPoint::new(-1.0, 5.0)).past_end);
        assert!(!open.beside(EnuPoint::new(999.0, 5.0)).past_end);
    }

    #[test]
    fn outside_a_ring_run_clockwise_is_its_left() {
        let ring = ring(&[(0.0, 0.0), (0.0, 100.0), (100.0, 100.0), (100.0, 0.0)]);

        assert_relative_eq!(ring.length_m, 400.0);
        assert!(ring.is_far(EnuPoint::new(-10.0, -10.0)));
        assert!(!ring.is_far(EnuPoint::new(50.0, 1.0)));
        assert!(!ring.beside(EnuPoint::new(-10.0, -10.0)).past_end);
    }

    #[test]
    fn a_way_over_the_line_crosses_it_and_one_beside_it_does_not() {
        let bent = line(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)]);
        let at = EnuPoint::new;

        assert!(bent.is_crossed(at(50.0, -10.0), at(50.0, 10.0)));
        assert!(bent.is_crossed(at(150.0, 90.0), at(50.0, -10.0)));
        assert!(!bent.is_crossed(at(-10.0, 10.0), at(90.0, 10.0)));
        assert!(!bent.is_crossed(at(110.0, -10.0), at(110.0, 200.0)));
    }

    #[test]
    fn posts_stand_on_whole_multiples() {
        let posts = line(&[(0.0, 0.0), (3_000.0, 0.0)]).posts(1_000.0);

        assert_eq!(posts.iter().map(|(m, _)| *m).collect::<Vec<_>>(), [5e3, 6e3, 7e3, 8e3]);
        assert_relative_eq!(posts[1].1.east_m, 1_000.0);
    }

    #[test]
    fn a_piece_keeps_the_vertices_inside_it() {
        let bent = line(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)]);

        let piece = bent.between(5_050.0, 5_150.0);

        assert_eq!(
            piece,
            [(50.0, 0.0), (100.0, 0.0), (100.0, 50.0)].map(|(e, n)| EnuPoint::new(e, n))
        );
    }

    proptest! {
        #[test]
        fn a_point_of_the_line_has_its_own_chainage(share in 0.0..1.0) {
            let bent = line(&[(0.0, 0.0), (900.0, 0.0), (900.0, 700.0), (100.0, 1_500.0)]);
            let chainage_m = bent.start_m + share * bent.length_m;

            let beside = bent.beside(bent.point_at(chainage_m));

            prop_assert!((beside.chainage_m - chainage_m).abs() < 1e-6);
            prop_assert!(beside.signed_m.abs() < 1e-6);
        }
    }

    fn line(points: &[(f64, f64)]) -> Line {
        let points: Vec<_> = points.iter().map(|&(e, n)| EnuPoint::new(e, n)).collect();
        let mut line = Line {
            places: Vec::new(),
            points,
            closed: false,
            far_side: Side::Left,
            start_m: 5_000.0,
            length_m: 0.0,
        };
        line.length_m = line.segments().map(|(from, to)| from.distance_m(to)).sum();
        line
    }

    fn ring(points: &[(f64, f64)]) -> Line {
        let mut ring = Line { closed: true, ..line(points) };
        ring.length_m = ring.segments().map(|(from, to)| from.distance_m(to)).sum();
        ring
    }
}
