//! A path written as a table: `p_detect,delay_s,delay_sd_s,at`.

use super::{DetectedAt, Element};

/// Columns, in this order, as the first line names them.
const COLUMNS: [&str; 4] = ["p_detect", "delay_s", "delay_sd_s", "at"];
/// More elements than any path has.
const ELEMENTS_MAX: usize = 10_000;

/// Why a table is not a path. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {field} must be {must}, got {value:?}")]
pub struct TableFault {
    pub line: usize,
    pub field: &'static str,
    pub must: &'static str,
    pub value: String,
}

/// Reads a path; empty lines and lines that begin with `#` are passed over.
///
/// The fault is the first one.
pub fn read_table(text: &str) -> Result<Vec<Element>, TableFault> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let (line, heading) = lines.next().unwrap_or((1, ""));
    if heading.split(',').map(str::trim).ne(COLUMNS) {
        return Err(fault(line, "heading", "p_detect,delay_s,delay_sd_s,at", heading));
    }
    let elements: Vec<Element> =
        lines.map(|(line, row)| element(line, row)).collect::<Result<_, _>>()?;
    if elements.is_empty() || elements.len() > ELEMENTS_MAX {
        let rows = elements.len().to_string();
        return Err(fault(line, "rows", "between 1 and 10 000 elements", &rows));
    }
    Ok(elements)
}

fn element(line: usize, row: &str) -> Result<Element, TableFault> {
    let cells: Vec<&str> = row.split(',').map(str::trim).collect();
    let [p_detect, delay_s, delay_sd_s, at] = cells[..] else {
        return Err(fault(line, "row", "four columns", row));
    };
    let number = |field, text: &str| {
        text.parse::<f64>().map_err(|_not_a_number| fault(line, field, "a number", text))
    };
    let element = Element {
        p_detect: number("p_detect", p_detect)?,
        delay_s: number("delay_s", delay_s)?,
        delay_sd_s: number("delay_sd_s", delay_sd_s)?,
        at: match at {
            "B" => DetectedAt::Beginning,
            "M" => DetectedAt::Middle,
            "E" => DetectedAt::End,
            _ => return Err(fault(line, "at", "B, M or E", at)),
        },
    };
    let wrong =
        |wrong: super::FigureFault| fault(line, wrong.field, wrong.must, &wrong.value.to_string());
    element.check().map_err(wrong)?;
    Ok(element)
}

fn fault(line: usize, field: &'static str, must: &'static str, value: &str) -> TableFault {
    TableFault { line, field, must, value: value.chars().take(60).collect() }
}
