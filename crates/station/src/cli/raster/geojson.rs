//! Outlines of classes as `GeoJSON`, one feature for each class.

use std::io::{self, Write};

use super::{Layer, NO_CLASS};
use crate::rings::{Patch, patches};

/// Writes a feature collection with one multi-polygon for each class that has cells.
///
/// Properties are `quantity`, `class`, `from`, `to` (`null` for the last), `cells` and `area_km2`. Rings follow cell
/// edges, so they hold exactly the cells of their class; coordinates have seven decimals, a centimetre.
pub(super) fn write(to: &mut impl Write, layer: &Layer<'_>) -> io::Result<()> {
    let classes: Vec<u8> = (0..layer.samples.len()).map(|at| layer.class_at(at)).collect();
    let mut patches = patches(&classes, layer.layout.width, NO_CLASS);
    drop(classes);
    patches.sort_by_key(|patch| patch.class);
    write!(to, "{{\"type\":\"FeatureCollection\",\"features\":[")?;
    for (index, of_class) in patches.chunk_by(|a, b| a.class == b.class).enumerate() {
        let separator = if index == 0 { "\n" } else { ",\n" };
        write!(to, "{separator}{{\"type\":\"Feature\",\"properties\":")?;
        write!(to, "{}", properties(layer, of_class))?;
        write!(to, ",\"geometry\":{{\"type\":\"MultiPolygon\",\"coordinates\":[")?;
        for (index, patch) in of_class.iter().enumerate() {
            to.write_all(if index == 0 { b"\n[" } else { b",\n[" })?;
            write_rings(to, layer, patch)?;
            to.write_all(b"]")?;
        }
        write!(to, "]}}}}")?;
    }
    writeln!(to, "\n]}}")
}

fn properties(layer: &Layer<'_>, patches: &[Patch]) -> serde_json::Value {
    let class = patches.first().map_or(0, |patch| usize::from(patch.class));
    let share = layer.summary().into_iter().nth(class);
    let to = layer.classes.get(class + 1).map(|next| next.from);
    serde_json::json!({
        "quantity": layer.quantity,
        "class": layer.classes[class].name,
        "from": layer.classes[class].from,
        "to": to,
        "cells": share.as_ref().map(|share| share.cells),
        "area_km2": share.map(|share| (share.area_km2 * 1e6).round() / 1e6),
    })
}

fn write_rings(to: &mut impl Write, layer: &Layer<'_>, patch: &Patch) -> io::Result<()> {
    for (index, ring) in patch.rings.iter().enumerate() {
        to.write_all(if index == 0 { b"[" } else { b",[" })?;
        for (index, (row, col)) in ring.iter().enumerate() {
            let (lon_deg, lat_deg) =
                layer.layout.corner(f64::from(*row) - 0.5, f64::from(*col) - 0.5);
            let separator = if index == 0 { "" } else { "," };
            write!(to, "{separator}[{lon_deg:.7},{lat_deg:.7}]")?;
        }
        to.write_all(b"]")?;
    }
    Ok(())
}
