//! Which way a camera on an aircraft looks: attitudes of every kind that aircraft tell, as azimuth, elevation and roll.

use nalgebra::{Quaternion, Rotation3, UnitQuaternion, Vector3};

use crate::geo::Azimuth;

/// The direction of a picture's middle and the turn of the picture about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pointing {
    pub azimuth: Azimuth,
    /// Up from the level; -pi/2 looks straight down.
    pub elevation_rad: f64,
    /// Clockwise turn of the picture, as the camera sees it.
    pub roll_rad: f64,
}

/// Heading from true north, nose up, right wing down; turned in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attitude {
    pub heading_rad: f64,
    pub pitch_rad: f64,
    pub roll_rad: f64,
}

impl Attitude {
    /// From axes ahead, right and down to north, east and down.
    fn rotation(self) -> Rotation3<f64> {
        let turn = |axis: Vector3<f64>, angle_rad: f64| {
            let (sin, cos) = libm::sincos(angle_rad);
            let cross = axis.cross_matrix();
            // Rodrigues' formula, by functions that are the same everywhere.
            Rotation3::from_matrix_unchecked(
                nalgebra::Matrix3::identity() + cross * sin + cross * cross * (1.0 - cos),
            )
        };
        turn(Vector3::z(), self.heading_rad)
            * turn(Vector3::y(), self.pitch_rad)
            * turn(Vector3::x(), self.roll_rad)
    }
}

impl Pointing {
    /// Of a quaternion (w, x, y, z) from the camera's axes (ahead, right, down) to north, east and down.
    ///
    /// `None` when it is no rotation.
    pub fn of_quaternion([w, x, y, z]: [f64; 4]) -> Option<Self> {
        let quaternion = Quaternion::new(w, x, y, z);
        let norm = quaternion.norm();
        (norm.is_finite() && norm > 1e-6).then(|| {
            Self::of_rotation(UnitQuaternion::new_normalize(quaternion).to_rotation_matrix())
        })
    }

    /// Of a camera that is turned against its aircraft (`relative`, by the aircraft's own axes).
    ///
    /// `None` when an angle is not finite.
    pub fn on_platform(platform: Attitude, relative: Attitude) -> Option<Self> {
        let finite = [platform, relative].iter().all(|attitude| {
            let Attitude { heading_rad, pitch_rad, roll_rad } = attitude;
            (heading_rad + pitch_rad + roll_rad).is_finite()
        });
        finite.then(|| Self::of_rotation(platform.rotation() * relative.rotation()))
    }

    /// The same with everything turned about the vertical.
    #[must_use]
    pub fn turned(self, heading_rad: f64) -> Self {
        let azimuth = Azimuth::from_radians(self.azimuth.radians() + heading_rad);
        Self { azimuth, ..self }
    }

    fn of_rotation(rotation: Rotation3<f64>) -> Self {
        let (ahead, right) = (rotation * Vector3::x(), rotation * Vector3::y());
        let level = libm::hypot(ahead.x, ahead.y);
        // Straight up and down there is no azimuth; the turn of the picture tells all of it then.
        let azimuth_rad = if level > 1e-9 { libm::atan2(ahead.y, ahead.x) } else { 0.0 };
        let elevation_rad = libm::atan2(-ahead.z, level);
        let (sin_azimuth, cos_azimuth) = libm::sincos(azimuth_rad);
        let (sin_up, cos_up) = libm::sincos(elevation_rad);
        let level_right = Vector3::new(-sin_azimuth, cos_azimuth, 0.0);
        let below = Vector3::new(sin_up * cos_azimuth, sin_up * sin_azimuth, cos_up);
        Self {
            azimuth: Azimuth::from_radians(azimuth_rad),
            elevation_rad,
            roll_rad: libm::atan2(right.dot(&below), right.dot(&level_right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    fn attitude(heading_deg: f64, pitch_deg: f64, roll_deg: f64) -> Attitude {
        Attitude {
            heading_rad: heading_deg.to_radians(),
            pitch_rad: pitch_deg.to_radians(),
            roll_rad: roll_deg.to_radians(),
        }
    }

    fn degrees(pointing: Pointing) -> [f64; 3] {
        [
            pointing.azimuth.degrees(),
            pointing.elevation_rad.to_degrees(),
            pointing.roll_rad.to_degrees(),
        ]
    }

    #[test]
    fn a_camera_along_the_nose_looks_as_the_aircraft_flies() {
        let flying = Pointing::on_platform(attitude(70.0, 5.0, -10.0), attitude(0.0, 0.0, 0.0));

        for (got, expected) in degrees(flying.unwrap()).into_iter().zip([70.0, 5.0, -10.0]) {
            assert_relative_eq!(got, expected, epsilon = 1e-9);
        }
    }

    #[test]
    fn a_level_aircraft_only_adds_its_heading() {
        let camera = Pointing::on_platform(attitude(350.0, 0.0, 0.0), attitude(30.0, -40.0, 7.0));

        for (got, expected) in degrees(camera.unwrap()).into_iter().zip([20.0, -40.0, 7.0]) {
            assert_relative_eq!(got, expected, epsilon = 1e-9);
        }
    }

    #[test]
    fn what_looks_right_from_a_banked_aircraft_looks_down() {
        let camera = Pointing::on_platform(attitude(0.0, 0.0, 30.0), attitude(90.0, 0.0, 0.0));

        let [azimuth_deg, elevation_deg, _] = degrees(camera.unwrap());
        assert_relative_eq!(azimuth_deg, 90.0, epsilon = 1e-9);
        assert_relative_eq!(elevation_deg, -30.0, epsilon = 1e-9);
    }

    #[test]
    fn a_quaternion_says_the_same_as_its_angles() {
        // A quarter turn to the right, then 30 degrees down.
        let (half_turn, half_down) = (45.0_f64.to_radians(), -15.0_f64.to_radians());
        let (sz, cz) = half_turn.sin_cos();
        let (sy, cy) = half_down.sin_cos();
        let pointing = Pointing::of_quaternion([cz * cy, -sz * sy, cz * sy, sz * cy]).unwrap();

        for (got, expected) in degrees(pointing).into_iter().zip([90.0, -30.0, 0.0]) {
            assert_relative_eq!(got, expected, epsilon = 1e-9);
        }
        assert_eq!(Pointing::of_quaternion([0.0; 4]), None);
        assert_eq!(Pointing::of_quaternion([f64::NAN, 0.0, 0.0, 0.0]), None);
        assert_eq!(
            Pointing::on_platform(attitude(f64::NAN, 0.0, 0.0), attitude(0.0, 0.0, 0.0)),
            None
        );
    }

    proptest! {
        #[test]
        fn a_camera_s_angles_come_back_from_its_rotation(
            azimuth in 0.0..360.0, elevation in -89.0..89.0, roll in -179.0..179.0,
        ) {
            let level = attitude(0.0, 0.0, 0.0);
            let got = degrees(Pointing::on_platform(level, attitude(azimuth, elevation, roll)).unwrap());

            prop_assert!((got[0] - azimuth + 540.0).rem_euclid(360.0) - 180.0 < 1e-6);
            prop_assert!((got[1] - elevation).abs() < 1e-6 && (got[2] - roll).abs() < 1e-6);
        }
    }
}
