//! Files with a palette, read as the numbers that their pixels hold.

/// `PhotometricInterpretation`.
const MEANING: u16 = 262;
/// A pixel is the number of a colour.
const PALETTE: u16 = 3;
/// A pixel is a number, and more is brighter.
const NUMBERS: u16 = 1;
/// The type of a value of two bytes.
const SHORT: u16 = 3;

/// The same file without its palette: products of land cover come with one, and the reader of strips and tiles takes no
/// such file. Bytes that are no TIFF file, or one without a palette, are left as they are.
#[must_use]
pub fn as_numbers(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some((at, number)) = meaning(&bytes) {
        bytes[at..at + 2].copy_from_slice(&number);
    }
    bytes
}

/// Where the first image says that it has a palette, and the bytes that say it has none.
fn meaning(bytes: &[u8]) -> Option<(usize, [u8; 2])> {
    let file = Words { bytes, big: bytes.starts_with(b"MM") };
    // Offset of the directory, its entries, the bytes before them, of each, and before the value of each.
    let (first, count, head, entry, value) = match file.number(2, 2)? {
        42 => {
            let first = file.number(4, 4)?;
            (first, file.number(first, 2)?, 2, 12, 8)
        }
        43 => {
            let first = file.number(8, 8)?;
            (first, file.number(first, 8)?, 8, 20, 12)
        }
        _ => return None,
    };
    let first = first.checked_add(head)?;
    for index in 0..count.min(bytes.len()) {
        let at = first.checked_add(index.checked_mul(entry)?)?;
        let (tag, kind) = (file.number(at, 2)?, file.number(at + 2, 2)?);
        if tag == usize::from(MEANING) {
            let is_palette =
                kind == usize::from(SHORT) && file.number(at + value, 2)? == usize::from(PALETTE);
            let number = if file.big { NUMBERS.to_be_bytes() } else { NUMBERS.to_le_bytes() };
            return is_palette.then_some((at + value, number));
        }
    }
    None
}

/// Numbers of a file in its own byte order.
struct Words<'a> {
    bytes: &'a [u8],
    big: bool,
}

impl Words<'_> {
    /// The number of `length` bytes at an offset; `None` beyond the end.
    fn number(&self, at: usize, length: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        let number =
            if self.big { bytes.iter().fold(0, push) } else { bytes.iter().rev().fold(0, push) };
        usize::try_from(number).ok()
    }
}
