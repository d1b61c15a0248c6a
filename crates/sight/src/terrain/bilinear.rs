//! Heights between posts.

/// A height at a fractional row and column of `rows` by `cols` values, bilinear between the four around it.
///
/// `value(row, col)` is NaN for a void. Within half a step beyond the outermost posts, the reach of their cells, the
/// edge's height holds. `None` further out, and next to a void that has a share in the result.
pub(super) fn bilinear(
    value: impl Fn(usize, usize) -> f64,
    (rows, cols): (usize, usize),
    row: f64,
    col: f64,
) -> Option<f64> {
    let (row, down) = place(row, rows)?;
    let (col, right) = place(col, cols)?;
    let at = |row: usize, col: usize| value(row.min(rows - 1), col.min(cols - 1));
    let upper = mixed(at(row, col), at(row, col + 1), right);
    let lower = mixed(at(row + 1, col), at(row + 1, col + 1), right);
    Some(mixed(upper, lower, down)).filter(|height_m| !height_m.is_nan())
}

/// Between two values; the second does not count, not even as a void, where its share is nothing.
fn mixed(first: f64, second: f64, share: f64) -> f64 {
    if share <= 0.0 { first } else { first * (1.0 - share) + second * share }
}

/// The index at or before a position, and the share of the way to the next; `None` beyond half a step outside.
fn place(position: f64, count: usize) -> Option<(usize, f64)> {
    let last = count as f64 - 1.0;
    if !(position >= -0.5 && position <= last + 0.5) {
        return None;
    }
    let inside = position.clamp(0.0, last);
    let below = libm::floor(inside);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the values"
    )]
    let index = below as usize;
    Some((index, inside - below))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn between_posts_the_height_is_between_and_beyond_them_it_holds_for_half_a_step() {
        let value = |row: usize, col: usize| (10 * row + col) as f64;
        let at = |row, col| bilinear(value, (3, 3), row, col);

        assert_relative_eq!(at(0.5, 1.25).unwrap(), 6.25);
        assert_relative_eq!(at(-0.4, 2.5).unwrap(), 2.0);
        assert_eq!((at(-0.6, 0.0), at(0.0, 2.6), at(f64::NAN, 0.0)), (None, None, None));
    }

    #[test]
    fn a_void_counts_only_where_it_has_a_share() {
        let value = |row: usize, _| if row == 1 { f64::NAN } else { 7.0 };

        assert_eq!(bilinear(value, (2, 2), 0.0, 0.5), Some(7.0));
        assert_eq!(bilinear(value, (2, 2), 0.01, 0.5), None);
    }
}
