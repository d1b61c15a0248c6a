//! `bbox`: a box of degrees, and what meets it.

use crate::api::problem::Problem;
use crate::features::Geometry;
use crate::places::LonLat;

/// West, south, east, north. One that crosses the antimeridian has its west east of its east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bbox([f64; 4]);

impl Bbox {
    /// Four numbers, or six with heights, which are not asked for: what is told lies on the ground.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let wrong = |detail: String| Problem::bad_request("bbox-wrong", "bbox", detail);
        let mut numbers = Vec::new();
        for part in text.split(',') {
            let number = part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            numbers.push(number.ok_or_else(|| wrong(format!("must be numbers, got `{part}`")))?);
        }
        let [west, south, east, north] = match numbers.as_slice() {
            [west, south, east, north] => [*west, *south, *east, *north],
            [west, south, low, east, north, high] if low <= high => [*west, *south, *east, *north],
            [_, _, low, _, _, high] => {
                return Err(wrong(format!("the lower height {low} lies above the upper {high}")));
            }
            other => {
                return Err(wrong(format!("must be four or six numbers, got {}", other.len())));
            }
        };
        for (name, value, most) in [
            ("west", west, 180.0),
            ("south", south, 90.0),
            ("east", east, 180.0),
            ("north", north, 90.0),
        ] {
            if value.abs() > most {
                return Err(wrong(format!("{name} must be -{most} to {most}, got {value}")));
            }
        }
        if south > north {
            return Err(wrong(format!("south {south} lies north of north {north}")));
        }
        Ok(Self([west, south, east, north]))
    }

    /// Whether any of it lies in the box or on its edge.
    pub(super) fn meets(&self, geometry: &Geometry) -> bool {
        let [west, south, east, north] = self.0;
        if west > east {
            let halves = [[west, south, 180.0, north], [-180.0, south, east, north]];
            return halves.into_iter().any(|half| Self(half).meets(geometry));
        }
        match geometry {
            Geometry::Point(place) => self.holds(*place),
            Geometry::Line(places) => self.meets_along(places),
            Geometry::Areas(areas) => areas.iter().any(|rings| {
                rings.iter().any(|ring| self.meets_along(ring)) || covers(rings, [west, south])
            }),
        }
    }

    fn holds(&self, [lon, lat]: LonLat) -> bool {
        let [west, south, east, north] = self.0;
        (west..=east).contains(&lon) && (south..=north).contains(&lat)
    }

    fn meets_along(&self, places: &[LonLat]) -> bool {
        match places {
            [only] => self.holds(*only),
            _ => places.windows(2).any(|pair| self.cuts(pair[0], pair[1])),
        }
    }

    /// Clips a segment against the box (Liang & Barsky, 1984): whether anything is left of it.
    fn cuts(&self, from: LonLat, to: LonLat) -> bool {
        let [west, south, east, north] = self.0;
        let (by_lon, by_lat) = (to[0] - from[0], to[1] - from[1]);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (by, room) in [
            (-by_lon, from[0] - west),
            (by_lon, east - from[0]),
            (-by_lat, from[1] - south),
            (by_lat, north - from[1]),
        ] {
            if by < 0.0 {
                enter = enter.max(room / by);
            } else if by > 0.0 {
                leave = leave.min(room / by);
            } else if room < 0.0 {
                return false;
            }
        }
        enter <= leave
    }
}

/// Whether a place lies within an outer ring and outside its holes (even-odd rule over all rings).
fn covers(rings: &[Vec<LonLat>], [lon, lat]: LonLat) -> bool {
    let crosses = |pair: &[LonLat]| {
        let ([lon_a, lat_a], [lon_b, lat_b]) = (pair[0], pair[1]);
        (lat_a > lat) != (lat_b > lat)
            && lon < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
    };
    rings.iter().flat_map(|ring| ring.windows(2)).filter(|pair| crosses(pair)).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_or_six_numbers_make_a_box() {
        assert_eq!(Bbox::read("1,2,3,4").unwrap(), Bbox([1.0, 2.0, 3.0, 4.0]));
        assert_eq!(Bbox::read("1,2,-9,3,4,9").unwrap(), Bbox([1.0, 2.0, 3.0, 4.0]));
        for wrong in ["", "1,2,3", "1,2,3,x", "1,4,3,2", "1,2,9,3,4,-9", "181,0,1,1", "0,0,NaN,1"] {
            assert!(Bbox::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_through_a_box_meets_it_though_no_vertex_lies_within() {
        let across = Geometry::Line(vec![[-1.0, 0.5], [2.0, 0.5]]);
        let beside = Geometry::Line(vec![[-1.0, 0.5], [0.5, 3.0]]);
        let unit = Bbox::read("0,0,1,1").unwrap();
        assert!(unit.meets(&across));
        assert!(!unit.meets(&beside));
    }

    #[test]
    fn an_area_around_a_box_meets_it_unless_the_box_lies_in_its_hole() {
        let ring = |half: f64| {
            vec![[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]]
        };
        let unit = Bbox::read("-1,-1,1,1").unwrap();
        assert!(unit.meets(&Geometry::Areas(vec![vec![ring(9.0)]])));
        assert!(!unit.meets(&Geometry::Areas(vec![vec![ring(9.0), ring(2.0)]])));
        assert!(unit.meets(&Geometry::Areas(vec![vec![ring(0.5)]])));
    }

    #[test]
    fn a_box_across_the_antimeridian_holds_both_sides_of_it() {
        let pacific = Bbox::read("170,-10,-170,10").unwrap();
        assert!(pacific.meets(&Geometry::Point([175.0, 0.0])));
        assert!(pacific.meets(&Geometry::Point([-175.0, 0.0])));
        assert!(!pacific.meets(&Geometry::Point([0.0, 0.0])));
    }
}
