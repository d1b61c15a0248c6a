//! The ground that a camera sees from its pose: a drone's, a balloon's or a tower's frustum on the terrain.

use crate::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};
use crate::sector::Optics;
use crate::terrain::Grid;
use crate::terrain::ray::{Ray, hit};

/// Rays along each side of the picture.
pub const SIDE_RAYS: u32 = 16;

/// Where a camera is and how it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    pub place: Wgs84,
    /// Above the ground below it.
    pub height_m: f64,
    /// Of the picture's middle.
    pub azimuth: Azimuth,
    /// Of the picture's middle, up from the level; negative looks down, -pi/2 straight down.
    pub elevation_rad: f64,
    /// Clockwise turn of the picture about its middle, as the camera sees it.
    pub roll_rad: f64,
}

/// Follows the picture's edge over the ground and returns its outline as a closed ring of places, clockwise in the
/// picture from its upper left corner.
///
/// A ray that meets no ground within `range_max_m` (the sky, or beyond the terrain) ends there at that distance.
/// `None` when the camera stands off the terrain or on a void, or a figure is not finite.
pub fn footprint(
    grid: &Grid,
    pose: &Pose,
    optics: &Optics,
    reach: (f64, f64),
) -> Option<Vec<Wgs84>> {
    let half = |pixels: u32| f64::from(pixels) * optics.pitch_um * 1e-3 / (2.0 * optics.focal_mm);
    outline(grid, pose, (half(optics.pixels_across), half(optics.pixels_down)), reach)
}

/// The same for a picture that reaches so far right and up of its middle, as tangents of angles.
pub fn outline(
    grid: &Grid,
    pose: &Pose,
    (half_right, half_up): (f64, f64),
    (refraction, range_max_m): (f64, f64),
) -> Option<Vec<Wgs84>> {
    grid.height_m(pose.place)?;
    let figures = [
        pose.height_m,
        pose.elevation_rad,
        pose.roll_rad,
        half_right + half_up,
        refraction,
        range_max_m,
    ];
    if !figures.iter().all(|figure| figure.is_finite()) {
        return None;
    }
    let corners = [(-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)];
    let mut ring = Vec::new();
    for side in corners.windows(2) {
        for step in 0..SIDE_RAYS {
            let share = f64::from(step) / f64::from(SIDE_RAYS);
            let along = |from: f64, to: f64| from + share * (to - from);
            let right = half_right * along(side[0].0, side[1].0);
            let up = half_up * along(side[0].1, side[1].1);
            let (azimuth, elevation_rad) = pose.direction(right, up);
            let ray = Ray {
                from: pose.place,
                height_above_ground_m: pose.height_m,
                azimuth,
                elevation_rad,
                refraction,
                range_max_m,
            };
            ring.push(hit(grid, &ray).map_or_else(|| end_of(&ray), |hit| Some(hit.place))?);
        }
    }
    ring.extend(ring.first().copied());
    Some(ring)
}

/// The place under a ray's end.
fn end_of(ray: &Ray) -> Option<Wgs84> {
    let ahead = ray.range_max_m * ray.azimuth.unit();
    let place = LocalFrame::at(ray.from).place(EnuPoint::new(ahead.x, ahead.y));
    Wgs84::new(place.lon_deg(), place.lat_deg()).ok()
}

impl Pose {
    /// Azimuth and elevation of a point of the picture, `right` and `up` of its middle as tangents of angles.
    pub fn direction(&self, right: f64, up: f64) -> (Azimuth, f64) {
        let (sin_roll, cos_roll) = libm::sincos(self.roll_rad);
        let (right, up) = (right * cos_roll + up * sin_roll, up * cos_roll - right * sin_roll);
        let (sin_up, cos_up) = libm::sincos(self.elevation_rad);
        // In the upright plane of the picture's middle: ahead over the ground, and above the level.
        let (ahead, above) = (cos_up - up * sin_up, sin_up + up * cos_up);
        let turn = libm::atan2(right, ahead);
        let elevation_rad = libm::atan2(above, libm::hypot(ahead, right));
        (Azimuth::from_radians(self.azimuth.radians() + turn), elevation_rad)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn straight_down_over_flat_ground_the_outline_is_the_picture_at_the_height() {
        let pose = Pose { elevation_rad: -std::f64::consts::FRAC_PI_2, ..pose() };

        let ring = footprint(&plain(), &pose, &OPTICS, (1.0, 5_000.0)).unwrap();

        // 640 x 512 pixels of 12 um behind 25 mm from 300 m up: 92.2 m by 73.7 m.
        let frame = LocalFrame::at(pose.place);
        let across = |of: fn(EnuPoint) -> f64| {
            let values = || ring.iter().map(|place| of(frame.point(*place)));
            values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
        };
        assert_relative_eq!(across(|point| point.east_m), 92.16, epsilon = 0.1);
        assert_relative_eq!(across(|point| point.north_m), 73.73, epsilon = 0.1);
        assert_eq!(ring.first(), ring.last());
        assert_eq!(ring.len(), 4 * 16 + 1);
    }

    #[test]
    fn looking_ahead_the_far_edge_is_longer_than_the_near_one_and_at_the_right_distance() {
        let pose = Pose { elevation_rad: -0.5, ..pose() };

        let ring = footprint(&plain(), &pose, &OPTICS, (1.0, 5_000.0)).unwrap();

        let frame = LocalFrame::at(pose.place);
        let corner = |at: usize| frame.point(ring[16 * at]);
        let (upper_left, upper_right, lower_right, lower_left) =
            (corner(0), corner(1), corner(2), corner(3));
        assert!(upper_left.distance_m(upper_right) > lower_left.distance_m(lower_right));
        let half_down = (512.0 * 0.012 / 50.0_f64).atan();
        assert_relative_eq!(upper_left.north_m, 300.0 / (0.5 - half_down).tan(), epsilon = 0.2);
        assert_relative_eq!(lower_left.north_m, 300.0 / (0.5 + half_down).tan(), epsilon = 0.2);
        assert!(upper_left.east_m < 0.0 && upper_right.east_m > 0.0);
    }

    #[test]
    fn a_quarter_turn_of_roll_swaps_the_sides() {
        let (azimuth, elevation_rad) = Pose { elevation_rad: 0.0, ..pose() }.direction(0.1, 0.0);
        let rolled = Pose { elevation_rad: 0.0, roll_rad: std::f64::consts::FRAC_PI_2, ..pose() };
        let (turned, lowered) = rolled.direction(0.1, 0.0);

        assert_relative_eq!(azimuth.radians(), 0.1_f64.atan(), epsilon = 1e-12);
        assert_relative_eq!(elevation_rad, 0.0);
        assert_relative_eq!(turned.radians(), 0.0, epsilon = 1e-12);
        assert_relative_eq!(lowered, -(0.1_f64.atan()), epsilon = 1e-12);
    }

    #[test]
    fn rays_into_the_sky_end_at_the_greatest_range_and_a_void_below_gives_nothing() {
        let pose = Pose { elevation_rad: 0.0, ..pose() };
        let ring = footprint(&plain(), &pose, &OPTICS, (1.0, 4_000.0)).unwrap();
        let frame = LocalFrame::at(pose.place);

        let far_m = frame.point(ring[0]).distance_m(EnuPoint::new(0.0, 0.0));
        assert_relative_eq!(far_m, 4_000.0, epsilon = 1.0);
        let away = Pose { place: Wgs84::new(10.0, 10.0).unwrap(), ..pose };
        assert_eq!(footprint(&plain(), &away, &OPTICS, (1.0, 4_000.0)), None);
    }

    const OPTICS: Optics = Optics {
        pixels_across: 640,
        pixels_down: 512,
        pitch_um: 12.0,
        focal_mm: 25.0,
        netd_mk: 50.0,
        jitter_urad: 0.0,
    };

    fn pose() -> Pose {
        Pose {
            place: Wgs84::new(41.0, 34.0).unwrap(),
            height_m: 300.0,
            azimuth: Azimuth::from_degrees(0.0),
            elevation_rad: -0.5,
            roll_rad: 0.0,
        }
    }

    fn plain() -> Grid {
        let step_deg = 1.0 / 3_600.0;
        Grid {
            west_deg: 41.0 - 200.0 * step_deg,
            north_deg: 34.0 + 200.0 * step_deg,
            lon_step_deg: step_deg,
            lat_step_deg: step_deg,
            width: 400,
            height: 400,
            posts_m: vec![100; 160_000],
        }
    }
}
