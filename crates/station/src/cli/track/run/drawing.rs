//! A picture of a run: what was measured, and the tracks that came of it.

use std::collections::BTreeMap;

use sight::geo::EnuPoint;
use watch::journal::TrackId;
use watch::tracking::{Area, Mode, Scan, TrackEstimate};

use super::{After, places};
use crate::cli::raster::canvas::{Canvas, Rgb};

/// Longer side of the area in the picture, pixels.
const SIDE: f64 = 1_000.0;
const LEGEND: usize = 50;
const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];
const MEASURED: Rgb = [150, 152, 160];
/// Colours that colour-blind people can tell apart (Okabe and Ito, 2008).
const TRACKS: [Rgb; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [90, 60, 20],
];
/// The ellipse within which a thing lies nineteen times of twenty has axes of so many sigmas.
const ELLIPSE_SIGMAS: f64 = 2.45;

/// Ways of moving in their colours, where the tracker tells them apart.
const MODES: [(Mode, Rgb, &str); 5] = [
    (Mode::Stop, [30, 30, 34], "STANDS"),
    (Mode::Walk, [0, 158, 115], "WALKS"),
    (Mode::Drive, [213, 94, 0], "DRIVES"),
    (Mode::Road, [0, 114, 178], "FOLLOWS A ROAD"),
    (Mode::Fly, [204, 121, 167], "FLIES"),
];

/// Measurements as grey dots; each track in its colour, or that of how it moves, with its number and
/// its last ellipse.
pub(super) fn picture(area: Area, scans: &[Scan], after: &[After]) -> Canvas {
    let map = Map::of(area);
    let (width, height) = map.size();
    let mut canvas = Canvas::new(width, height + LEGEND, PAPER);
    for point in scans.iter().flat_map(places) {
        canvas.dot(map.pixel(point), 1, MEASURED);
    }
    let mut tracks: BTreeMap<TrackId, Vec<&TrackEstimate>> = BTreeMap::new();
    for track in after.iter().flat_map(|after| &after.tracks) {
        tracks.entry(track.id).or_default().push(track);
    }
    for (id, estimates) in &tracks {
        map.track(&mut canvas, *id, estimates);
    }
    let measured: usize = scans.iter().map(|scan| scan.measurements.len()).sum();
    let words = format!(
        "{} SCANS, {measured} MEASUREMENTS IN GREY, {} TRACKS WITH THEIR LAST 95 % ELLIPSES",
        scans.len(),
        tracks.len()
    );
    canvas.text((12, height + 10), 2, INK, &words);
    let side = format!("{:.0} M FROM WEST TO EAST", map.width_m);
    canvas.text((12, height + 30), 2, INK, &side);
    let told =
        |mode| after.iter().flat_map(|after| &after.tracks).any(|t| t.motion() == Some(mode));
    let mut left = 12 + 8 * (side.len() + 4);
    for (_, colour, word) in MODES.iter().filter(|(mode, ..)| told(*mode)) {
        canvas.text((left, height + 30), 2, *colour, word);
        left += 8 * (word.len() + 2);
    }
    canvas
}

struct Map {
    area: Area,
    width_m: f64,
    height_m: f64,
    pixels_per_m: f64,
}

impl Map {
    fn of(area: Area) -> Self {
        let width_m = area.north_east.east_m - area.south_west.east_m;
        let height_m = area.north_east.north_m - area.south_west.north_m;
        Self { area, width_m, height_m, pixels_per_m: SIDE / width_m.max(height_m) }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most the longer side"
    )]
    fn size(&self) -> (usize, usize) {
        let pixels = |metres: f64| (metres * self.pixels_per_m).ceil().clamp(1.0, SIDE) as usize;
        (pixels(self.width_m).max(960), pixels(self.height_m))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a pixel far outside is not painted")]
    fn pixel(&self, point: EnuPoint) -> (i64, i64) {
        let east = (point.east_m - self.area.south_west.east_m) * self.pixels_per_m;
        let south = (self.area.north_east.north_m - point.north_m) * self.pixels_per_m;
        (east.round() as i64, south.round() as i64)
    }

    fn track(&self, canvas: &mut Canvas, id: TrackId, estimates: &[&TrackEstimate]) {
        let colour = usize::try_from(id.0).map_or(INK, |id| TRACKS[id % TRACKS.len()]);
        for pair in estimates.windows(2) {
            let moving = pair[1].motion().and_then(colour_of).unwrap_or(colour);
            canvas.line([pair[0], pair[1]].map(|track| self.pixel(track.point())), 1, moving);
        }
        let Some(last) = estimates.last() else { return };
        let ring: Vec<(i64, i64)> =
            ellipse(last).into_iter().map(|point| self.pixel(point)).collect();
        for pair in ring.windows(2) {
            canvas.line([pair[0], pair[1]], 0, colour);
        }
        let (x, y) = self.pixel(last.point());
        canvas.dot((x, y), 3, colour);
        if let (Ok(x), Ok(y)) = (usize::try_from(x + 8), usize::try_from(y - 5)) {
            canvas.text((x, y), 2, colour, &id.0.to_string());
        }
    }
}

fn colour_of(mode: Mode) -> Option<Rgb> {
    MODES.iter().find(|(other, ..)| *other == mode).map(|(_, colour, _)| *colour)
}

/// The outline of a track's ellipse: the square root of its covariance turns a circle into it.
fn ellipse(track: &TrackEstimate) -> Vec<EnuPoint> {
    let [pxx, pxy, pyy] = track.position_covariance_m2();
    let along = pxx.max(1e-9).sqrt();
    let (across, rest) = (pxy / along, (pyy - pxy * pxy / pxx.max(1e-9)).max(0.0).sqrt());
    let point = |step: u32| {
        let (sin, cos) = (f64::from(step) / 32.0 * std::f64::consts::TAU).sin_cos();
        EnuPoint::new(
            track.mean.x + ELLIPSE_SIGMAS * along * cos,
            track.mean.z + ELLIPSE_SIGMAS * (across * cos + rest * sin),
        )
    };
    (0..=32).map(point).collect()
}
