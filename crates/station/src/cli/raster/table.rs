//! Cells as rows of a table.

use std::io::{self, Write};

use super::Layer;

/// Writes longitude, latitude and value of each cell whose value is above 0.
pub(super) fn write(to: &mut impl Write, layer: &Layer<'_>) -> io::Result<()> {
    writeln!(to, "lon_deg,lat_deg,{}", layer.quantity)?;
    let width = layer.layout.width.max(1);
    for at in 0..layer.samples.len() {
        let Some(value) = layer.samples.value(at).filter(|value| *value > 0.0) else { continue };
        let (lon_deg, lat_deg) = layer.layout.corner((at / width) as f64, (at % width) as f64);
        writeln!(to, "{lon_deg:.7},{lat_deg:.7},{value:.4}")?;
    }
    Ok(())
}
