//! Cells of comma-separated values, with quotes and line ends inside them (RFC 4180).

/// Rows that hold anything, with the number of the line on which they begin.
pub(super) fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let mut rest = text;
    let mut line = 1;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let begun = line;
            let (cells, lines, after) = row(rest);
            line += lines;
            rest = after;
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                return Some((begun, cells));
            }
        }
        None
    })
}

/// The cells of one row, how many line ends it takes, and what comes behind it.
fn row(text: &str) -> (Vec<String>, usize, &str) {
    let mut cells = vec![String::new()];
    let mut lines = 0;
    let mut quoted = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next_is_quote = chars.peek().is_some_and(|(_, next)| *next == '"');
        lines += usize::from(c == '\n');
        match c {
            '"' if quoted && next_is_quote => {
                chars.next();
                push(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            '\n' if !quoted => return (cells, lines, text.get(at + 1..).unwrap_or_default()),
            '\r' if !quoted => {}
            c => push(&mut cells, c),
        }
    }
    (cells, lines, "")
}

fn push(cells: &mut [String], c: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(c);
    }
}
