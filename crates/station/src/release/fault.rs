//! Where in a policy file something is wrong, in words.

use miette::Diagnostic;

/// One fault of a policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct PolicyFault {
    /// Counted from 1.
    pub line: usize,
    pub column: usize,
    pub problem: String,
}

impl PolicyFault {
    /// At an offset of the file in bytes.
    pub(super) fn at(text: &str, offset: usize, problem: String) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, problem }
    }

    /// What the language itself finds wrong, with what it advises.
    pub(super) fn of(text: &str, found: &dyn Diagnostic) -> Self {
        let offset = found.labels().and_then(|mut labels| labels.next());
        let offset = offset.map_or(0, |label| label.offset());
        let problem =
            found.help().map_or_else(|| found.to_string(), |help| format!("{found} ({help})"));
        Self::at(text, offset, problem)
    }
}
