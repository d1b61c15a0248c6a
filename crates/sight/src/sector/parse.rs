//! From a sector file to a checked [`Sector`]: every fault is collected, none stops the reading.

mod alerting;
mod barriers;
mod devices;
mod figures;
mod geometry;
mod ground;
mod land_cover;
mod shapes;

use std::collections::BTreeMap;

use toml::de::DeTable;

use self::geometry::Ground;
use self::shapes::Surveyor;
use super::fields::{Faults, Fields};
use super::geojson::read_line;
use super::{Fault, LineEnd, Seam, Sector, SensorKind, Settings, Side, Text, Zone, ZoneKind};
use crate::geo::Wgs84;

/// The name under which faults of the sector file itself are reported.
const FILE: &str = "sector.toml";

/// Reads a sector file; `read` fetches the files it names, relative to it.
///
/// Returns all faults together, each with file, field, value and what would be right.
pub fn parse(
    toml: &str,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Sector, Vec<Fault>> {
    let faults = Faults::new(FILE, toml);
    let document = match DeTable::parse(toml) {
        Ok(document) => document,
        Err(error) => {
            // The whole rest of the file may belong to the fault: only the line is worth showing.
            let span = error.span().map(|span| span.start..span.start);
            faults.push(String::new(), span, format!("is not TOML: {}", error.message().trim()));
            return Err(faults.into_list());
        }
    };
    let root = Fields::new(&faults, String::new(), document.get_ref(), 0..0);
    let sector = read_sector(root, &faults, read);
    let found = faults.into_list();
    match sector {
        Some(sector) if found.is_empty() => Ok(sector),
        _ => Err(found),
    }
}

/// A camera as a file of its own describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// A thermal or a visible camera.
    pub kind: SensorKind,
    /// Height of its head above ground; 0 when the file does not say.
    pub height_m: f64,
    pub settings: Settings,
}

/// Reads a camera file: the `kind`, `height_m`, `optics` and `[settings]` of a sector file, alone.
///
/// `kind` is `thermal-camera` when it is not said. Returns all faults together; `file` is the name that they give.
pub fn parse_camera(file: &str, toml: &str) -> Result<Camera, Vec<Fault>> {
    let faults = Faults::new(file, toml);
    let camera = match DeTable::parse(toml) {
        Ok(document) => {
            let mut root = Fields::new(&faults, String::new(), document.get_ref(), 0..0);
            devices::camera(&mut root).map(|(kind, height_m)| Camera {
                kind,
                height_m,
                settings: figures::settings(root.table_if_any("settings")),
            })
        }
        Err(error) => {
            let span = error.span().map(|span| span.start..span.start);
            faults.push(String::new(), span, format!("is not TOML: {}", error.message().trim()));
            None
        }
    };
    let found = faults.into_list();
    match camera {
        Some(camera) if found.is_empty() => Ok(camera),
        _ => Err(found),
    }
}

fn read_sector(
    mut root: Fields<'_, '_>,
    faults: &Faults<'_>,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Option<Sector> {
    let name = root.slug("name");
    let title = root.words("title");
    let notices: Vec<Text> =
        root.tables("notice").into_iter().filter_map(Fields::text_pair).collect();
    let terrain = root.table("terrain").and_then(figures::terrain);
    let settings = figures::settings(root.table_if_any("settings"));
    let alerting = alerting::alerting(root.table_if_any("alerts"));
    let raw_line = root.table("line").and_then(|fields| read_line_table(fields, faults, read));
    let ground = raw_line.as_ref().and_then(|raw| Ground::new(&raw.places, terrain.as_ref()));
    let line = raw_line.as_ref().zip(ground.as_ref()).map(|(raw, ground)| ground.line(raw));
    if let Some((ground, raw)) = ground.as_ref().zip(raw_line.as_ref()) {
        ground.check_line(raw, faults);
    }
    let mut ids = Ids::default();
    let sensors = devices::sensors(&mut root, ground.as_ref(), &mut ids);
    let units = devices::units(&mut root, ground.as_ref(), &mut ids);
    let surveyor = Surveyor { ground: ground.as_ref(), faults, read };
    let barriers = barriers::barriers(&mut root, line.as_ref(), surveyor, &mut ids);
    let roads = ground::roads(&mut root, surveyor, &mut ids);
    let going = ground::going(&mut root, surveyor, &mut ids);
    let cover = root.table_if_any("land_cover").map(land_cover::legend);
    let places = ground::places(&mut root, surveyor.ground, &mut ids);
    let zones = read_zones(&mut root, surveyor, &mut ids);
    let seams = read_seams(&mut root, raw_line.as_ref(), name.as_deref(), &mut ids);
    drop(root);
    let (raw_line, ground, line) = (raw_line?, ground?, line?);
    let mut sector = Sector {
        name: name?,
        title: title?,
        notices,
        terrain: terrain?,
        frame: ground.frame,
        stretches: geometry::stretches(&line, raw_line.stretch_m),
        line,
        far_depth_m: raw_line.far_depth_m,
        near_depth_m: raw_line.near_depth_m,
        sensors,
        barriers,
        roads,
        going,
        land_cover: None,
        places,
        units,
        zones,
        seams,
        settings,
        alerting,
    };
    if let Some(legend) = cover {
        sector.land_cover = Some(legend?.read(&sector.reach(), read)?);
    }
    Some(sector)
}

/// The `[line]` table with the line file's vertices.
struct RawLine {
    file: String,
    places: Vec<Wgs84>,
    closed: bool,
    far_side: Side,
    start_m: f64,
    stretch_m: f64,
    far_depth_m: f64,
    near_depth_m: f64,
}

fn read_line_table(
    mut fields: Fields<'_, '_>,
    faults: &Faults<'_>,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Option<RawLine> {
    let far_side = fields.choice("far_side", &[("left", Side::Left), ("right", Side::Right)]);
    let start_m = fields.number_or("start_km", -1e4..=1e4, 0.0) * 1_000.0;
    let stretch_m = fields.number_or("stretch_m", 50.0..=5_000.0, 250.0);
    let far_depth_m = fields.number_or("far_depth_m", 200.0..=50_000.0, 5_000.0);
    let near_depth_m = fields.number_or("near_depth_m", 200.0..=50_000.0, 3_000.0);
    let file = fields.text("file")?;
    let bytes = match read(&file) {
        Ok(bytes) => bytes,
        Err(problem) => {
            fields.fault("file", format!("cannot be read: {problem}"));
            return None;
        }
    };
    let read = read_line(&file, &bytes).map_err(|list| faults.adopt(list)).ok()?;
    Some(RawLine {
        file,
        places: read.places,
        closed: read.closed,
        far_side: far_side?,
        start_m,
        stretch_m,
        far_depth_m,
        near_depth_m,
    })
}

fn read_zones(root: &mut Fields<'_, '_>, surveyor: Surveyor<'_, '_>, ids: &mut Ids) -> Vec<Zone> {
    let kinds = [("ordinary", ZoneKind::Ordinary), ("restricted", ZoneKind::Restricted)];
    root.tables("zone")
        .into_iter()
        .filter_map(|mut fields| {
            let id = ids.own(&mut fields, "id", "zone");
            let name = fields.words("name");
            let kind = fields.choice("kind", &kinds);
            let ring = surveyor.ring(&mut fields)?;
            Some(Zone { id: id?, name: name?, kind: kind?, ring })
        })
        .collect()
}

fn read_seams(
    root: &mut Fields<'_, '_>,
    line: Option<&RawLine>,
    own_name: Option<&str>,
    ids: &mut Ids,
) -> Vec<Seam> {
    let ends = [("start", LineEnd::Start), ("end", LineEnd::End)];
    root.tables("seam")
        .into_iter()
        .filter_map(|mut fields| {
            let neighbour = ids.own(&mut fields, "neighbour", "seam");
            let end = fields.choice("end", &ends);
            let overlap_m = fields.number_or("overlap_m", 50.0..=20_000.0, 1_000.0);
            if neighbour.is_some() && neighbour.as_deref() == own_name {
                fields.fault("neighbour", "must be another sector than this one");
            }
            if line.is_some_and(|line| line.closed) {
                fields.fault("end", "a closed line has no ends");
            }
            Some(Seam { neighbour: neighbour?, end: end?, overlap_m })
        })
        .collect()
}

/// Watches that no two things bear the same name.
#[derive(Default)]
struct Ids {
    seen: BTreeMap<(&'static str, String), String>,
}

impl Ids {
    /// Reads the slug at `key` and refuses it when another thing of this `kind` bears it.
    fn own(
        &mut self,
        fields: &mut Fields<'_, '_>,
        key: &'static str,
        kind: &'static str,
    ) -> Option<String> {
        let id = fields.slug(key)?;
        self.claim(fields, key, kind, &id);
        Some(id)
    }

    /// The same for the UUID by which a thing registers; sensors and units share one door.
    fn node(&mut self, fields: &mut Fields<'_, '_>) -> Option<String> {
        let node_id = fields.uuid("node_id")?;
        self.claim(fields, "node_id", "node", &node_id);
        Some(node_id)
    }

    fn claim(&mut self, fields: &Fields<'_, '_>, key: &str, kind: &'static str, id: &str) {
        let here = fields.path_of(key);
        if let Some(first) = self.seen.get(&(kind, id.to_owned())) {
            fields.fault(key, format!("is already the name of {first}: give each its own"));
        } else {
            self.seen.insert((kind, id.to_owned()), here);
        }
    }
}

#[cfg(test)]
mod tests;
