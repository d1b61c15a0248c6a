//! A track's place against a seam, and its state in words that both sectors understand.

use jiff::Timestamp;
use nalgebra::{Matrix4, Vector2, Vector4};
use sight::geo::{EnuPoint, LocalFrame, Wgs84};
use sight::sector::{Line, LineEnd, Seam};

use super::{GlobalTrackId, HandOver, SeamHeight, SeamRefused};
use crate::journal::TrackView;
use crate::limits;

/// Slower than this towards the neighbour, a track is not on its way out.
const OUTWARD_MIN_MPS: f64 = 0.3;
/// A course is believed when the speed is this many times its own error.
const OUTWARD_SIGMAS: f64 = 1.0;
/// A step north that is small against the earth and large against rounding, degrees.
const NORTH_STEP_DEG: f64 = 1e-4;

/// Where a seam stands in the sector's plane.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub(super) neighbour: String,
    at: EnuPoint,
    /// Unit vector along the line, out of the sector.
    outward: Vector2<f64>,
    overlap_m: f64,
}

impl Gate {
    /// `None` for a line without that end.
    pub(super) fn of(seam: &Seam, line: &Line) -> Option<Self> {
        let points = &line.points;
        let (last, before) = match seam.end {
            LineEnd::End => (points.last()?, points.get(points.len().checked_sub(2)?)?),
            LineEnd::Start => (points.first()?, points.get(1)?),
        };
        let along = last.to_vector() - before.to_vector();
        let length_m = libm::hypot(along.x, along.y);
        let is_open = !line.closed && length_m > 0.0;
        is_open.then(|| Self {
            neighbour: seam.neighbour.clone(),
            at: *last,
            outward: along / length_m,
            overlap_m: seam.overlap_m,
        })
    }

    /// How far a track stands in the neighbour's ground; negative in our own.
    pub(super) fn beyond_m(&self, track: &TrackView) -> f64 {
        let off = Vector2::new(track.east_m, track.north_m) - self.at.to_vector();
        off.dot(&self.outward)
    }

    /// Whether a track is to be offered: within the overlap or past it, and on its way out.
    pub(super) fn lets_out(&self, track: &TrackView) -> bool {
        let speed_mps = Vector2::new(track.east_mps, track.north_mps).dot(&self.outward);
        let known = speed_mps >= OUTWARD_SIGMAS * track.speed_sigma_mps;
        self.beyond_m(track) >= -self.overlap_m && known && speed_mps >= OUTWARD_MIN_MPS
    }
}

/// A track's state in a sector's plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlaneState {
    pub(crate) mean: Vector4<f64>,
    pub(crate) covariance: Matrix4<f64>,
}

/// How far the plane's north is turned from true north at a point, clockwise: planes have one north,
/// meridians converge.
fn convergence_rad(frame: &LocalFrame, at: Wgs84) -> f64 {
    let here = frame.point(at);
    let step = if at.lat_deg() < 89.0 { NORTH_STEP_DEG } else { -NORTH_STEP_DEG };
    let Ok(next) = Wgs84::new(at.lon_deg(), at.lat_deg() + step) else { return 0.0 };
    let north = (frame.point(next).to_vector() - here.to_vector()) * libm::copysign(1.0, step);
    libm::atan2(north.x, north.y)
}

/// Turns east and north, places and velocities alike, counter-clockwise.
fn turned(by_rad: f64) -> Matrix4<f64> {
    let (sin, cos) = libm::sincos(by_rad);
    #[rustfmt::skip]
    let turn = Matrix4::new(
        cos, 0.0, -sin, 0.0,
        0.0, cos, 0.0, -sin,
        sin, 0.0, cos, 0.0,
        0.0, sin, 0.0, cos,
    );
    turn
}

/// What of an offer depends on the ground: place, velocity, covariance.
pub(super) fn told(state: &PlaneState, frame: &LocalFrame) -> (Wgs84, [f64; 2], [f64; 10]) {
    let place = frame.place(EnuPoint::new(state.mean.x, state.mean.z));
    let turn = turned(convergence_rad(frame, place));
    let mean = turn * state.mean;
    let covariance = turn * state.covariance * turn.transpose();
    let mut upper = [0.0; 10];
    let pairs = (0..4).flat_map(|row| (row..4).map(move |column| (row, column)));
    for (value, (row, column)) in upper.iter_mut().zip(pairs) {
        *value = covariance[(row, column)];
    }
    (place, [mean.y, mean.w], upper)
}

/// The state that an offer tells, in this sector's plane, or what is wrong with it.
pub(super) fn heard(offer: &HandOver, frame: &LocalFrame) -> Result<PlaneState, SeamRefused> {
    check(offer)?;
    let place = Wgs84::new(offer.lon_deg, offer.lat_deg).map_err(|_off_the_globe| {
        let (field, rule) = ("lat_deg", "with lon_deg a place on the globe");
        SeamRefused::Invalid { field, rule, value: offer.lat_deg }
    })?;
    let point = frame.point(place);
    let turn = turned(-convergence_rad(frame, place));
    let mut covariance = Matrix4::zeros();
    let pairs = (0..4).flat_map(|row| (row..4).map(move |column| (row, column)));
    for (value, (row, column)) in offer.covariance.iter().zip(pairs) {
        covariance[(row, column)] = *value;
        covariance[(column, row)] = *value;
    }
    if covariance.cholesky().is_none() {
        let value = covariance.determinant();
        let (field, rule) = ("covariance", "positive definite");
        return Err(SeamRefused::Invalid { field, rule, value });
    }
    let velocity = turn * Vector4::new(0.0, offer.east_mps, 0.0, offer.north_mps);
    let covariance = turn * covariance * turn.transpose();
    Ok(PlaneState {
        mean: Vector4::new(point.east_m, velocity.y, point.north_m, velocity.w),
        covariance: (covariance + covariance.transpose()) / 2.0,
    })
}

fn check(offer: &HandOver) -> Result<(), SeamRefused> {
    let finite = "finite";
    let mut numbers = vec![("east_mps", offer.east_mps), ("north_mps", offer.north_mps)];
    numbers.extend(offer.covariance.iter().map(|value| ("covariance", *value)));
    if let Some((field, value)) = numbers.into_iter().find(|(_, value)| !value.is_finite()) {
        return Err(SeamRefused::Invalid { field, rule: finite, value });
    }
    if let Some(height) = &offer.height {
        check_height(height)?;
    }
    if !(0.0..=1.0).contains(&offer.existence) {
        let (field, rule) = ("existence", "in 0..=1");
        return Err(SeamRefused::Invalid { field, rule, value: offer.existence });
    }
    if !offer.classes.is_likelihood() {
        let (field, rule) = ("classes", "probabilities with at least one above zero");
        return Err(SeamRefused::Invalid { field, rule, value: offer.classes.sum() });
    }
    let (got, most) = (offer.sources.len(), limits::SEAM_SOURCES_MAX);
    if got > most { Err(SeamRefused::TooLong { got, most }) } else { Ok(()) }
}

fn check_height(height: &SeamHeight) -> Result<(), SeamRefused> {
    let (least_m, most_m) = limits::HEIGHT_M;
    let [of_height, both, of_climb] = height.covariance;
    let is_spread = of_height > 0.0 && of_climb > 0.0 && of_height * of_climb > both * both;
    let faults = [
        (
            "height.above_sea_m",
            height.above_sea_m,
            (least_m..=most_m).contains(&height.above_sea_m),
        ),
        ("height.climb_mps", height.climb_mps, height.climb_mps.abs() <= limits::CLIMB_MAX_MPS),
    ];
    if let Some((field, value, _)) = faults.into_iter().find(|(.., is_sound)| !is_sound) {
        return Err(SeamRefused::Invalid { field, rule: "of what flies here", value });
    }
    if is_spread && height.covariance.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    let (field, rule) = ("height.covariance", "positive definite");
    Err(SeamRefused::Invalid { field, rule, value: of_height * of_climb - both * both })
}

/// One picture of the whole line: each identity once, as told by the sector that answers for it.
///
/// Each sector gives its tracks with its frame. Where two answer at once, while an answer is under way,
/// the one that saw the track last is believed.
pub fn joined(sectors: &[(&LocalFrame, &[TrackView])]) -> Vec<(GlobalTrackId, Wgs84)> {
    let mut shown: Vec<(GlobalTrackId, Wgs84, Timestamp)> = Vec::new();
    for (frame, tracks) in sectors {
        for track in tracks.iter().filter(|track| track.at_seam.is_ours) {
            let place = frame.place(EnuPoint::new(track.east_m, track.north_m));
            let told = (track.at_seam.identity.clone(), place, track.last_seen_at);
            match shown.iter_mut().find(|known| known.0 == told.0) {
                Some(known) if known.2 < told.2 => *known = told,
                Some(_) => {}
                None => shown.push(told),
            }
        }
    }
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    shown.into_iter().map(|(identity, place, _)| (identity, place)).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::tracking::ClassWeights;

    /// Two sectors 40 km apart, each with its own plane and its own north.
    #[test]
    fn a_state_comes_back_from_the_message_and_means_the_same_in_the_neighbours_plane() {
        let west = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
        let east = LocalFrame::at(Wgs84::new(41.45, 34.5).unwrap());
        let state = PlaneState {
            mean: Vector4::new(21_000.0, 1.4, 6_000.0, -0.7),
            covariance: Matrix4::from_diagonal(&Vector4::new(100.0, 1.0, 25.0, 0.5)),
        };

        let offer = offer_of(&state, &west);
        let back = heard(&offer, &west).unwrap();
        let there = heard(&offer, &east).unwrap();

        assert_relative_eq!(back.mean, state.mean, epsilon = 1e-6);
        assert_relative_eq!(back.covariance, state.covariance, epsilon = 1e-6);
        // Carried on for a minute in either plane it is at one place on the globe.
        let after = |state: &PlaneState| {
            EnuPoint::new(state.mean.x + 60.0 * state.mean.y, state.mean.z + 60.0 * state.mean.w)
        };
        let met = east.point(west.place(after(&state)));
        assert!(met.distance_m(after(&there)) < 0.01, "{met:?}");
        assert!((there.covariance - state.covariance).norm() > 0.1, "the planes differ");
    }

    #[test]
    fn what_cannot_be_computed_with_is_named() {
        let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
        let state = PlaneState { mean: Vector4::zeros(), covariance: Matrix4::identity() };
        let good = offer_of(&state, &frame);
        let mut flat = good.clone();
        flat.covariance = [1.0; 10];
        for (offer, field) in [
            (HandOver { existence: 1.2, ..good.clone() }, "existence"),
            (HandOver { lat_deg: 91.0, ..good.clone() }, "lat_deg"),
            (HandOver { east_mps: f64::NAN, ..good.clone() }, "east_mps"),
            (HandOver { classes: ClassWeights::ZERO, ..good.clone() }, "classes"),
            (flat, "covariance"),
            (with_height(&good, 30_000.0, [4.0, 0.0, 1.0]), "height.above_sea_m"),
            (with_height(&good, 300.0, [4.0, 2.0, 1.0]), "height.covariance"),
            (with_height(&good, 300.0, [f64::INFINITY, 0.0, 1.0]), "height.covariance"),
        ] {
            let refused = heard(&offer, &frame).unwrap_err().to_string();

            assert!(refused.starts_with(field), "{refused}");
        }
    }

    fn with_height(good: &HandOver, above_sea_m: f64, covariance: [f64; 3]) -> HandOver {
        let height = SeamHeight { above_sea_m, climb_mps: 1.0, covariance };
        HandOver { height: Some(height), ..good.clone() }
    }

    fn offer_of(state: &PlaneState, frame: &LocalFrame) -> HandOver {
        let (place, [east_mps, north_mps], covariance) = told(state, frame);
        HandOver {
            identity: GlobalTrackId { sector: "west".into(), number: 1 },
            turn: 1,
            since: Timestamp::UNIX_EPOCH,
            at: Timestamp::UNIX_EPOCH,
            lon_deg: place.lon_deg(),
            lat_deg: place.lat_deg(),
            east_mps,
            north_mps,
            covariance,
            height: None,
            existence: 0.9,
            classes: ClassWeights::uniform(),
            sources: Vec::new(),
        }
    }
}
