//! GRASS `r.cost` over the same rates.

use std::path::Path;
use std::process::Command;

use sight::coverage::RateField;

/// Milliseconds on processors of one field over the rates, from the northern edge.
pub(crate) fn r_cost(field: &RateField) -> Result<f64, String> {
    let folder = std::env::temp_dir().join(format!("watchline-cost-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let told = run(&folder, field);
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    told
}

fn run(folder: &Path, field: &RateField) -> Result<f64, String> {
    // A little cost everywhere, as time breaks ties with us.
    let costs = field.rates.iter().flat_map(|rate| (*rate as f32 + 1.0).to_le_bytes());
    std::fs::write(folder.join("cost.bin"), costs.collect::<Vec<u8>>())
        .map_err(|error| error.to_string())?;
    let (rows, cols) = (field.rows, field.cols);
    let script = format!(
        "set -e\n\
         r.in.bin -f --quiet input=cost.bin output=cost bytes=4 order=little anull=-1 \
         north={} south=0 east={} west=0 rows={rows} cols={cols}\n\
         g.region raster=cost\n\
         r.mapcalc --quiet expression='edge = if(row() == 1, 1, null())'\n\
         TIMEFORMAT='%U %S'\n\
         time r.cost -k --quiet input=cost output=spread start_raster=edge memory=4000 2>messages\n",
        rows * 30,
        cols * 30
    );
    std::fs::write(folder.join("cost.sh"), script).map_err(|error| error.to_string())?;
    let told = Command::new("grass")
        .args(["--tmp-location", "XY", "--exec", "bash", "cost.sh"])
        .current_dir(folder)
        .output()
        .map_err(|error| format!("grass does not run: {error} (apt-get install grass-core)"))?;
    let text = String::from_utf8_lossy(&told.stderr);
    let seconds = text.lines().rev().find_map(|line| {
        let (user, system) = line.trim().split_once(' ')?;
        Some(user.parse::<f64>().ok()? + system.parse::<f64>().ok()?)
    });
    seconds.map(|seconds| seconds * 1e3).ok_or_else(|| format!("grass said: {text}"))
}
