//! Where a point of a picture lies on the ground, and how sure that is: a ray on terrain, with every error cast too.
//!
//! Each error moves the ray by one sigma both ways, and what the hit moves by is a column of the covariance: exact
//! on a plane, and on real ground it knows of the slope, the ridge and the valley behind it. The larger move of
//! the two counts, so that a ray that grazes is never surer than its worse side.

use nalgebra::{Matrix2, Vector2};

use super::footprint::Pose;
use super::pointing::Pointing;
use crate::geo::{EnuPoint, LocalFrame, Wgs84, elevation_rad};
use crate::terrain::Grid;
use crate::terrain::ray::{Ray, hit};

/// Where a camera is and which way it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    pub place: Wgs84,
    /// Above mean sea level.
    pub altitude_m: f64,
    pub pointing: Pointing,
}

/// Standard deviations of what a camera says of itself, and of the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Of its place, on each horizontal axis.
    pub position_m: f64,
    pub altitude_m: f64,
    /// Of directions over the ground: the compass.
    pub heading_rad: f64,
    /// Of the way it looks, across and along the picture.
    pub attitude_rad: f64,
    /// Of the terrain's heights.
    pub terrain_m: f64,
}

/// A point of the picture on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Located {
    pub place: Wgs84,
    /// Of the ground there, above mean sea level.
    pub height_m: f64,
    /// Over the ground, from under the camera.
    pub range_m: f64,
    /// East-east, east-north, north-north.
    pub covariance_m2: [f64; 3],
}

impl Located {
    /// The larger standard deviation of all directions.
    pub fn sigma_max_m(&self) -> f64 {
        let [east, cross, north] = self.covariance_m2;
        let middle = f64::midpoint(east, north);
        let apart = libm::hypot((east - north) / 2.0, cross);
        libm::sqrt((middle + apart).max(0.0))
    }
}

impl Camera {
    /// The camera as the outline of its picture needs it; `None` off the terrain or under the ground.
    pub fn pose(&self, grid: &Grid) -> Option<Pose> {
        let height_m = self.altitude_m - grid.height_m(self.place)?;
        let Pointing { azimuth, elevation_rad, roll_rad } = self.pointing;
        let pose = Pose { place: self.place, height_m, azimuth, elevation_rad, roll_rad };
        (height_m > 0.0).then_some(pose)
    }

    /// The same camera, looking straight at a place of some height.
    #[must_use]
    pub fn towards(&self, (place, height_m): (Wgs84, f64), refraction: f64) -> Self {
        let at = LocalFrame::at(self.place).point(place);
        let range_m = libm::hypot(at.east_m, at.north_m);
        let elevation_rad = elevation_rad(range_m.max(1e-3), self.altitude_m, height_m, refraction);
        let azimuth = EnuPoint::new(0.0, 0.0).azimuth_to(at);
        Self { pointing: Pointing { azimuth, elevation_rad, roll_rad: 0.0 }, ..*self }
    }
}

/// Finds a point of the picture on the ground, `right` and `up` of its middle as tangents of angles.
///
/// `None` when the ray meets no ground within the range, or when it would not if one of the errors were one sigma
/// larger: such a ray grazes, and nobody knows where it ends.
pub fn locate(
    grid: &Grid,
    camera: &Camera,
    (right, up): (f64, f64),
    errors: &Errors,
    (refraction, range_max_m): (f64, f64),
) -> Option<Located> {
    let cast = |camera: &Camera, right: f64, up: f64| {
        let pose = camera.pose(grid)?;
        let (azimuth, elevation_rad) = pose.direction(right, up);
        // Straight down a ray has no direction over the ground; this one misses its foot by less than a micrometre.
        let elevation_rad = elevation_rad.max(1e-9 - std::f64::consts::FRAC_PI_2);
        let ray = Ray {
            from: pose.place,
            height_above_ground_m: pose.height_m,
            azimuth,
            elevation_rad,
            refraction,
            range_max_m,
        };
        hit(grid, &ray)
    };
    let met = cast(camera, right, up)?;
    let frame = LocalFrame::at(met.place);
    let moved_m = |camera: &Camera, right: f64, up: f64| {
        let hit = cast(camera, right, up)?;
        Some(frame.point(hit.place).to_vector())
    };
    let mut covariance = Matrix2::zeros();
    let mut add = |one: Option<Vector2<f64>>, other: Option<Vector2<f64>>| {
        let (one, other) = (one?, other?);
        let larger = if one.norm() >= other.norm() { one } else { other };
        covariance += larger * larger.transpose();
        Some(())
    };
    let tilt = libm::tan(errors.attitude_rad);
    add(moved_m(camera, right, up + tilt), moved_m(camera, right, up - tilt))?;
    add(moved_m(camera, right + tilt, up), moved_m(camera, right - tilt, up))?;
    let [left, turned] = [-errors.heading_rad, errors.heading_rad]
        .map(|by| Camera { pointing: camera.pointing.turned(by), ..*camera });
    add(moved_m(&left, right, up), moved_m(&turned, right, up))?;
    // A camera that is lower and ground that is higher are the same to a ray.
    let vertical_m = libm::hypot(errors.altitude_m, errors.terrain_m);
    let [lower, higher] = [-vertical_m, vertical_m]
        .map(|by| Camera { altitude_m: camera.altitude_m + by, ..*camera });
    add(moved_m(&lower, right, up), moved_m(&higher, right, up))?;
    for axis in [Vector2::x(), Vector2::y()] {
        let [back, ahead] = [-errors.position_m, errors.position_m].map(|by| {
            let to = axis * by;
            let place = LocalFrame::at(camera.place).place(EnuPoint::new(to.x, to.y));
            Camera { place, ..*camera }
        });
        add(moved_m(&back, right, up), moved_m(&ahead, right, up))?;
    }
    let covariance_m2 = [covariance[(0, 0)], covariance[(0, 1)], covariance[(1, 1)]];
    let finite = covariance_m2.iter().all(|entry| entry.is_finite());
    let (place, height_m, range_m) = (met.place, met.height_m, met.range_m);
    finite.then_some(Located { place, height_m, range_m, covariance_m2 })
}

#[cfg(test)]
mod tests;
