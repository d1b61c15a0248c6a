//! Ways across the line: where a straight course meets it, and places just inside it.

use sight::geo::EnuPoint;
use sight::sector::Line;

/// The share of the way from `from` to `to` at which it first meets the line; `None` when it does not.
pub(crate) fn first_crossing(line: &Line, from: EnuPoint, to: EnuPoint) -> Option<f64> {
    let way = to.to_vector() - from.to_vector();
    let shares = line.segments().filter_map(|(a, b)| {
        let along = b.to_vector() - a.to_vector();
        let offset = a.to_vector() - from.to_vector();
        let cross = way.perp(&along);
        if cross == 0.0 {
            return None;
        }
        let (on_way, on_segment) = (offset.perp(&along) / cross, offset.perp(&way) / cross);
        ((0.0..=1.0).contains(&on_way) && (0.0..=1.0).contains(&on_segment)).then_some(on_way)
    });
    shares.min_by(f64::total_cmp)
}

/// A place `inside_m` within the near side, abreast of a chainage; `None` where the line bends so
/// sharply that no direction tried leads inside.
pub(crate) fn point_inside(line: &Line, chainage_m: f64, inside_m: f64) -> Option<EnuPoint> {
    const DIRECTIONS: u32 = 16;
    let on_line = line.point_at(chainage_m);
    let around = (0..DIRECTIONS).map(|step| {
        let (sin, cos) =
            libm::sincos(f64::from(step) * std::f64::consts::TAU / f64::from(DIRECTIONS));
        EnuPoint::new(on_line.east_m + inside_m * sin, on_line.north_m + inside_m * cos)
    });
    let depth_m = |point: &EnuPoint| -line.signed_distance_m(*point);
    around.filter(|point| depth_m(point) > 0.0).max_by(|a, b| depth_m(a).total_cmp(&depth_m(b)))
}
