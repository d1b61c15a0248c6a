//! What a crossing is worth to either side, place by place.

use std::path::Path;

use anyhow::Context as _;
use sight::schedule::{Payoffs, WeakPlace};

const COLUMNS: [&str; 5] =
    ["place", "leader_guarded", "leader_open", "other_guarded", "other_open"];

/// Both sides count the chance of passing undetected: one loses what the other gains.
pub(super) fn undetected(place: &WeakPlace) -> Payoffs {
    let (open, guarded) = (1.0 - place.detected_open, 1.0 - place.detected_guarded);
    Payoffs {
        leader_guarded: -guarded,
        leader_open: -open,
        other_guarded: guarded,
        other_open: open,
    }
}

/// Reads a table; places are numbered from 1, as they are told.
pub(super) fn read(path: &Path, places: usize) -> anyhow::Result<Vec<Payoffs>> {
    let named = || format!("--payoffs {}", path.display());
    let text = std::fs::read_to_string(path).with_context(named)?;
    table(&text, places).with_context(named)
}

fn table(text: &str, places: usize) -> anyhow::Result<Vec<Payoffs>> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, heading) = lines.next().context("is empty")?;
    let columns: Vec<&str> = heading.split(',').map(str::trim).collect();
    anyhow::ensure!(columns == COLUMNS, "the first line must be {}", COLUMNS.join(","));
    let mut found: Vec<Option<Payoffs>> = vec![None; places];
    for (at, line) in lines {
        let number = at + 1;
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |column: usize| {
            let cell = cells.get(column).copied().unwrap_or("");
            let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
            value.with_context(|| {
                format!("line {number}: {} is `{cell}`, not a number", COLUMNS[column])
            })
        };
        let place = cells.first().and_then(|cell| cell.parse::<usize>().ok());
        let slot = place.and_then(|place| place.checked_sub(1)).and_then(|at| found.get_mut(at));
        let slot = slot.with_context(|| {
            format!("line {number}: place must be 1 to {places}, got `{}`", cells[0])
        })?;
        *slot = Some(Payoffs {
            leader_guarded: cell(1)?,
            leader_open: cell(2)?,
            other_guarded: cell(3)?,
            other_open: cell(4)?,
        });
    }
    let complete = found.into_iter().enumerate();
    complete
        .map(|(at, payoffs)| payoffs.with_context(|| format!("place {} is missing", at + 1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_names_the_line_and_the_place_that_it_lacks() {
        let heading = COLUMNS.join(",");
        let row = "1,0,-1,0,1";
        let told = |text: &str| format!("{:#}", table(text, 2).unwrap_err());

        assert_eq!(table(&format!("{heading}\n{row}\n2,1,2,3,4\n"), 2).unwrap().len(), 2);
        assert!(told(&format!("{heading}\n{row}")).contains("place 2 is missing"));
        assert!(told(&format!("{heading}\n3,0,0,0,0")).contains("line 2: place must be 1 to 2"));
        assert!(told(&format!("{heading}\n1,0,x,0,0")).contains("leader_open is `x`"));
        assert!(told("a,b").contains("the first line must be"));
    }
}
