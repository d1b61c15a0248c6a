//! Numbers of a range in as many octets as one likes (MISB ST 1201, IMAPB).

/// A range and the octets that hold it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Imapb {
    pub least: f64,
    pub most: f64,
    pub octets: u8,
}

impl Imapb {
    /// Steps of one unit, and where zero lies between two steps.
    fn scale(self) -> (f64, f64) {
        let span_bits = bits_of_span(self.most - self.least);
        let steps = f64::from(2).powi(8 * i32::from(self.octets) - 1 - span_bits);
        let crosses_zero = self.least < 0.0 && self.most > 0.0;
        let offset =
            if crosses_zero { steps * self.least - (steps * self.least).floor() } else { 0.0 };
        (steps, offset)
    }

    /// `None` for the special values (below, above, not a number) and for other widths.
    pub fn decode(self, bytes: &[u8]) -> Option<f64> {
        if bytes.len() != usize::from(self.octets) {
            return None;
        }
        let raw = super::unsigned(bytes)? as f64;
        let (steps, offset) = self.scale();
        let value = (raw - offset) / steps + self.least;
        // The least of rounding may lead beyond the range by less than a step.
        (value <= self.most + 1.0 / steps).then(|| value.clamp(self.least, self.most))
    }

    /// `None` for what the range does not hold.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the range, so not negative and of the octets' width"
    )]
    pub fn encode(self, value: f64) -> Option<Vec<u8>> {
        if !(self.least..=self.most).contains(&value) {
            return None;
        }
        let (steps, offset) = self.scale();
        // A thousandth of a step keeps rounding from falling below a whole one.
        let raw = (steps * (value - self.least) + offset + 1e-3).floor() as u64;
        Some(raw.to_be_bytes()[8 - usize::from(self.octets)..].to_vec())
    }
}

/// The least number of bits whose power is not below the span.
fn bits_of_span(span: f64) -> i32 {
    (-60..60).find(|bits| 2_f64.powi(*bits) >= span).unwrap_or(60)
}
