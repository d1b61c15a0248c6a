//! What is wrong in a sector file, and where.

/// One thing that must be mended before the sector can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file at fault, as the sector names it.
    pub file: String,
    /// Its line, counted from 1, when known.
    pub line: Option<usize>,
    /// Path of the field, such as `sensor[3].facing_deg`; empty when the whole file is at fault.
    pub field: String,
    /// What stands there now, as written; empty when it is missing.
    pub value: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        if !self.field.is_empty() {
            write!(out, ": {}", self.field)?;
        }
        if !self.value.is_empty() {
            write!(out, " = {}", self.value)?;
        }
        write!(out, ": {}", self.problem)
    }
}

impl std::error::Error for Fault {}
