//! Roads and kinds of going.

use super::super::fields::Fields;
use super::super::{GroundArea, GroundKind, Landmark, LandmarkKind, Road, RoadClass};
use super::Ids;
use super::geometry::Ground;
use super::shapes::Surveyor;

const ROAD_CLASSES: &[(&str, RoadClass)] =
    &[("paved", RoadClass::Paved), ("track", RoadClass::Track)];

/// Kinds that an area may have, open ground first; what no area holds is open.
pub(super) const KINDS: &[(&str, GroundKind)] = &[
    ("open", GroundKind::Open),
    ("sand", GroundKind::Sand),
    ("rock", GroundKind::Rock),
    ("wadi", GroundKind::Wadi),
    ("scrub", GroundKind::Scrub),
    ("field", GroundKind::Field),
    ("built-up", GroundKind::BuiltUp),
    ("shallow-water", GroundKind::ShallowWater),
    ("wading-water", GroundKind::WadingWater),
    ("deep-water", GroundKind::DeepWater),
];

const PLACES: &[(&str, LandmarkKind)] = &[
    ("well", LandmarkKind::Well),
    ("cave", LandmarkKind::Cave),
    ("shelter", LandmarkKind::Shelter),
    ("farm", LandmarkKind::Farm),
    ("hideout", LandmarkKind::Hideout),
];

/// Reads every `[[place]]`.
pub(super) fn places(
    root: &mut Fields<'_, '_>,
    ground: Option<&Ground>,
    ids: &mut Ids,
) -> Vec<Landmark> {
    let read = |mut fields: Fields<'_, '_>| {
        let id = ids.own(&mut fields, "id", "place");
        let name = fields.words("name");
        let kind = fields.choice("kind", PLACES);
        let (_, point) = Ground::place(&mut fields, "at", ground)?;
        Some(Landmark { id: id?, name: name?, kind: kind?, point })
    };
    root.tables("place").into_iter().filter_map(read).collect()
}

/// Reads every `[[road]]`.
pub(super) fn roads(
    root: &mut Fields<'_, '_>,
    surveyor: Surveyor<'_, '_>,
    ids: &mut Ids,
) -> Vec<Road> {
    let read = |mut fields: Fields<'_, '_>| {
        let id = ids.own(&mut fields, "id", "road");
        let name = fields.words("name");
        let class = fields.choice("class", ROAD_CLASSES);
        let width_m = fields.number_or("width_m", 0.5..=100.0, 6.0);
        let lines = surveyor.lines(&mut fields);
        Some(Road { id: id?, name: name?, class: class?, width_m, lines: lines? })
    };
    root.tables("road").into_iter().filter_map(read).collect()
}

/// Reads every `[[going]]`.
pub(super) fn going(
    root: &mut Fields<'_, '_>,
    surveyor: Surveyor<'_, '_>,
    ids: &mut Ids,
) -> Vec<GroundArea> {
    let read = |mut fields: Fields<'_, '_>| {
        let id = ids.own(&mut fields, "id", "going");
        let name = fields.words("name");
        let kind = fields.choice("kind", KINDS);
        let shapes = surveyor.areas(&mut fields);
        Some(GroundArea { id: id?, name: name?, kind: kind?, shapes: shapes? })
    };
    root.tables("going").into_iter().filter_map(read).collect()
}
