//! Barriers with their openings.

use std::collections::BTreeMap;

use super::super::fields::Fields;
use super::super::ground::nearest_on;
use super::super::{Barrier, BarrierKind, Line, Opening, OpeningKind};
use super::Ids;
use super::figures::MOVERS;
use super::geometry::Ground;
use super::shapes::{Surveyor, is_one_of};
use crate::geo::EnuPoint;

/// Farthest that an opening may lie from its barrier: farther is a slip of the pen.
const OPENING_OFF_MAX_M: f64 = 100.0;
const DAY_S: f64 = 86_400.0;

const BARRIER_KINDS: &[(&str, BarrierKind)] = &[
    ("fence", BarrierKind::Fence),
    ("wire", BarrierKind::Wire),
    ("berm", BarrierKind::Berm),
    ("trench", BarrierKind::Trench),
    ("river", BarrierKind::River),
];

const OPENING_KINDS: &[(&str, OpeningKind)] = &[
    ("gap", OpeningKind::Gap),
    ("gate", OpeningKind::Gate),
    ("ford", OpeningKind::Ford),
    ("bridge", OpeningKind::Bridge),
];

/// Where a barrier runs.
struct Course {
    along_m: Option<[f64; 2]>,
    points: Vec<EnuPoint>,
}

/// Reads every `[[barrier]]`.
pub(super) fn barriers(
    root: &mut Fields<'_, '_>,
    line: Option<&Line>,
    surveyor: Surveyor<'_, '_>,
    ids: &mut Ids,
) -> Vec<Barrier> {
    let read = |mut fields: Fields<'_, '_>| {
        let id = ids.own(&mut fields, "id", "barrier");
        let name = fields.words("name");
        let kind = fields.choice("kind", BARRIER_KINDS);
        let delay_s = fields.number("delay_s", 0.0..=DAY_S);
        let delay_sd_s = fields.number_or("delay_sd_s", 0.0..=DAY_S, 0.0);
        let mover_delay_s = fields.table_if_any("mover_delay_s").map(by_mover).unwrap_or_default();
        let damaged_share = fields.number_or("damaged_share", 0.0..=1.0, 0.0);
        let p_detect = fields.number_or("p_detect", 0.0..=1.0, 0.0);
        let course = course(&mut fields, line, surveyor);
        let points = course.as_ref().map(|course| &course.points[..]);
        let openings: Vec<Opening> = fields
            .tables("opening")
            .into_iter()
            .filter_map(|fields| opening(fields, points, surveyor.ground))
            .collect();
        let Course { along_m, points } = course?;
        Some(Barrier {
            id: id?,
            name: name?,
            kind: kind?,
            along_m,
            points,
            delay_s: delay_s?,
            delay_sd_s,
            mover_delay_s,
            damaged_share,
            p_detect,
            openings,
        })
    };
    root.tables("barrier").into_iter().filter_map(read).collect()
}

fn by_mover(mut fields: Fields<'_, '_>) -> BTreeMap<super::super::Mover, f64> {
    let mut delays = BTreeMap::new();
    for (mover, key) in MOVERS {
        let delay_s = fields.number_or(key, 0.0..=DAY_S, 0.0);
        if fields.has(key) {
            delays.insert(mover, delay_s);
        }
    }
    delays
}

/// Between two chainages of the line, or along a `path` or a `file` of its own.
fn course(
    fields: &mut Fields<'_, '_>,
    line: Option<&Line>,
    surveyor: Surveyor<'_, '_>,
) -> Option<Course> {
    for key in ["from_km", "to_km", "path", "file"] {
        fields.mention(key);
    }
    if !is_one_of(fields, &["from_km", "path", "file"]) {
        return None;
    }
    if fields.has("from_km") {
        return along_the_line(fields, line);
    }
    if fields.has("to_km") {
        fields.fault("to_km", "stands without from_km: a barrier runs along the line or a path");
    }
    let mut lines = surveyor.lines(fields)?;
    if lines.len() != 1 {
        fields.fault("file", "holds several lines: give each a barrier of its own");
        return None;
    }
    Some(Course { along_m: None, points: lines.remove(0) })
}

fn along_the_line(fields: &mut Fields<'_, '_>, line: Option<&Line>) -> Option<Course> {
    let (low_km, high_km) =
        line.map_or((-1e6, 1e6), |line| (line.start_m / 1e3, line.end_m() / 1e3));
    let from_km = fields.number("from_km", low_km..=high_km);
    let to_km = fields.number("to_km", low_km..=high_km);
    let (from_km, to_km) = (from_km?, to_km?);
    if from_km >= to_km {
        fields.fault("to_km", "must lie beyond from_km");
        return None;
    }
    let (from_m, to_m) = (from_km * 1e3, to_km * 1e3);
    Some(Course { along_m: Some([from_m, to_m]), points: line?.between(from_m, to_m) })
}

fn opening(
    mut fields: Fields<'_, '_>,
    barrier: Option<&[EnuPoint]>,
    ground: Option<&Ground>,
) -> Option<Opening> {
    let kind = fields.choice("kind", OPENING_KINDS);
    let at = Ground::place(&mut fields, "at", ground);
    let width_m = fields.number("width_m", 0.3..=1_000.0);
    let delay_s = fields.number_or("delay_s", 0.0..=DAY_S, 0.0);
    let delay_sd_s = fields.number_or("delay_sd_s", 0.0..=DAY_S, 0.0);
    let p_detect = fields.number_or("p_detect", 0.0..=1.0, 0.0);
    let ((_, point), barrier) = (at?, barrier?);
    let off_m = barrier
        .windows(2)
        .map(|pair| nearest_on(point, pair[0], pair[1]).distance_m(point))
        .fold(f64::INFINITY, f64::min);
    if off_m > OPENING_OFF_MAX_M {
        let problem = format!(
            "lies {off_m:.0} m off its barrier, at most {OPENING_OFF_MAX_M} m is taken for it"
        );
        fields.fault("at", problem);
        return None;
    }
    Some(Opening { kind: kind?, point, width_m: width_m?, delay_s, delay_sd_s, p_detect })
}
