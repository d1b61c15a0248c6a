//! Tables of numbers in CSV: a heading, commas, one row a line.

/// The wanted columns of a table, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Counted from 1, the heading included.
    line: usize,
    pub(crate) values: Vec<f64>,
}

/// Why a text is not the table that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("heading has no column `{column}`, it reads `{heading}`")]
    NoColumn { column: String, heading: String },
    #[error("line {line}: {column} must be a finite number, got `{value}`")]
    NotANumber { line: usize, column: String, value: String },
    #[error("line {line}: {column} must be a whole number in 0..={most}, got {value}")]
    NotACount { line: usize, column: String, value: String, most: usize },
}

/// Largest index in a table: a week at 1 Hz.
const COUNT_MAX: usize = 604_800;

impl Table {
    /// Reads the named columns; others are passed over.
    pub(crate) fn read(text: &str, columns: &[&str]) -> Result<Self, TableError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let heading = lines.next().map_or("", |(_, line)| line.trim());
        let names: Vec<&str> = heading.split(',').map(str::trim).collect();
        let place = |column: &&str| {
            names.iter().position(|name| name == column).ok_or_else(|| TableError::NoColumn {
                column: (*column).to_owned(),
                heading: heading.to_owned(),
            })
        };
        let places = columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let rows = lines.map(|(number, line)| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let value =
                |(place, column): (&usize, &&str)| number_at(&fields, *place, number + 1, column);
            let values = places.iter().zip(columns).map(value).collect::<Result<Vec<_>, _>>()?;
            Ok(Row { line: number + 1, values })
        });
        Ok(Self { rows: rows.collect::<Result<_, _>>()? })
    }
}

impl Row {
    /// A value of this row as an index.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a small whole number"
    )]
    pub(crate) fn count(&self, column: &str, value: f64) -> Result<usize, TableError> {
        if libm::floor(value).to_bits() == value.to_bits()
            && (0.0..=COUNT_MAX as f64).contains(&value)
        {
            Ok(value as usize)
        } else {
            Err(TableError::NotACount {
                line: self.line,
                column: column.to_owned(),
                value: value.to_string(),
                most: COUNT_MAX,
            })
        }
    }
}

fn number_at(fields: &[&str], place: usize, line: usize, column: &str) -> Result<f64, TableError> {
    let field = fields.get(place).copied().unwrap_or("");
    field.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
        TableError::NotANumber { line, column: column.to_owned(), value: field.to_owned() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let table = Table::read("k,src,y,x\n3,-1,2.5,1.5\n\n", &["k", "x", "y"]).unwrap();

        assert_eq!(table.rows[0].values, [3.0, 1.5, 2.5]);
    }

    #[test]
    fn a_faulty_value_is_named_with_its_line() {
        let error = Table::read("k,x\n1,2\n2,oops\n", &["k", "x"]).unwrap_err();

        assert_eq!(error.to_string(), "line 3: x must be a finite number, got `oops`");
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = Table::read("a,b\n", &["k"]).unwrap_err();

        assert_eq!(error.to_string(), "heading has no column `k`, it reads `a,b`");
    }

    #[test]
    fn a_negative_index_is_refused() {
        let table = Table::read("k\n-1\n", &["k"]).unwrap();

        assert!(table.rows[0].count("k", table.rows[0].values[0]).is_err());
    }
}
