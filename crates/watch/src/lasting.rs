//! Values written so that later builds read them: in `MessagePack`, with the names of fields and variants.
//!
//! A field that is added later has a default (`#[serde(default)]`) and so is read from what older builds wrote. What a build no
//! longer has, or has not yet, would be passed over in silence; therefore whoever reads a value writes it again and asks
//! [`check_kept`] whether all that was read is in it. That proves more than equal hashes would, which change with every field that
//! is added, and no more than is needed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why bytes are not the value that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LastingError {
    #[error("it cannot be read: {0}")]
    Malformed(String),
    #[error("this program would lose `{0}` of it")]
    Lost(Path),
}

/// Where in a value something stands: names of fields, outermost first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path(Vec<String>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outermost_first: Vec<&str> = self.0.iter().rev().map(String::as_str).collect();
        f.write_str(&outermost_first.join("."))
    }
}

/// A value as bytes.
pub fn encode(value: &impl Serialize) -> Vec<u8> {
    extend(Vec::new(), value)
}

/// Bytes, and a value after them.
pub fn extend(mut bytes: Vec<u8>, value: &impl Serialize) -> Vec<u8> {
    let written = rmp_serde::encode::write_named(&mut bytes, value);
    written.expect("it always encodes: what is kept has no failing serialisers");
    bytes
}

/// The value that these bytes are, with defaults for what they do not have; whether they have more tells [`check_kept`].
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, LastingError> {
    rmp_serde::from_slice(bytes).map_err(|error| LastingError::Malformed(error.to_string()))
}

/// Whether all that was read is in what was made of it: the same values under the same names, and maybe more names.
pub fn check_kept(read: &[u8], again: &[u8]) -> Result<(), LastingError> {
    if read == again {
        return Ok(());
    }
    let (mut before, mut after) = (Reader::of(read), Reader::of(again));
    held(&mut before, &mut after).map_err(LastingError::Lost)?;
    let over = read.len() - before.at;
    if over > 0 {
        return Err(LastingError::Malformed(format!("{over} bytes are left over")));
    }
    Ok(())
}

/// One step through bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    /// What has no parts, with the byte that tells its kind.
    Plain(&'a [u8]),
    Array(usize),
    Map(usize),
}

/// Reads what [`encode`] writes, piece by piece.
#[derive(Debug)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn next(&mut self) -> Option<Piece<'a>> {
        let kind = *self.bytes.get(self.at)?;
        let small = |mask: u8| usize::from(kind & mask);
        Some(match kind {
            0x80..=0x8f => self.counted(Piece::Map, small(0x0f)),
            0x90..=0x9f => self.counted(Piece::Array, small(0x0f)),
            0xa0..=0xbf => self.plain(1 + small(0x1f))?,
            0xde | 0xdf => {
                let (count, head) = self.length(2 << (kind - 0xde))?;
                self.at += head - 1;
                self.counted(Piece::Map, count)
            }
            0xdc | 0xdd => {
                let (count, head) = self.length(2 << (kind - 0xdc))?;
                self.at += head - 1;
                self.counted(Piece::Array, count)
            }
            0xc4..=0xc6 => self.long(1 << (kind - 0xc4))?,
            0xd9..=0xdb => self.long(1 << (kind - 0xd9))?,
            0xca => self.plain(5)?,
            0xcb => self.plain(9)?,
            0xcc..=0xcf => self.plain(1 + (1 << (kind - 0xcc)))?,
            0xd0..=0xd3 => self.plain(1 + (1 << (kind - 0xd0)))?,
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => self.plain(1)?,
            // Extensions and what is never used.
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return None,
        })
    }

    fn counted(&mut self, piece: fn(usize) -> Piece<'a>, count: usize) -> Piece<'a> {
        self.at += 1;
        piece(count)
    }

    fn plain(&mut self, bytes: usize) -> Option<Piece<'a>> {
        let piece = self.bytes.get(self.at..self.at.checked_add(bytes)?)?;
        self.at += bytes;
        Some(Piece::Plain(piece))
    }

    /// Text or bytes whose length stands before them in so many bytes.
    fn long(&mut self, width: usize) -> Option<Piece<'a>> {
        let (length, head) = self.length(width)?;
        self.plain(head.checked_add(length)?)
    }

    /// A length in so many bytes after the kind, and how many bytes it and the kind take.
    fn length(&self, width: usize) -> Option<(usize, usize)> {
        let bytes = self.bytes.get(self.at + 1..self.at + 1 + width)?;
        let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        Some((length, 1 + width))
    }

    /// Passes over a value and returns its bytes.
    fn value(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        let mut left = 1_usize;
        while left > 0 {
            let parts = match self.next()? {
                Piece::Plain(_) => 0,
                Piece::Array(count) => count,
                Piece::Map(count) => count.checked_mul(2)?,
            };
            left = (left - 1).checked_add(parts)?;
        }
        self.bytes.get(begin..self.at)
    }
}

fn held(before: &mut Reader<'_>, after: &mut Reader<'_>) -> Result<(), Path> {
    match (before.next(), after.next()) {
        (Some(Piece::Plain(a)), Some(Piece::Plain(b))) if a == b => Ok(()),
        (Some(Piece::Array(a)), Some(Piece::Array(b))) if a == b => {
            (0..a).try_for_each(|_| held(before, after))
        }
        (Some(Piece::Map(a)), Some(Piece::Map(b))) => {
            named_held((before, a), (after, b)).ok_or_else(Path::default)?
        }
        _ => Err(Path::default()),
    }
}

/// `None` where the bytes end within a value.
fn named_held(
    (before, count): (&mut Reader<'_>, usize),
    (after, most): (&mut Reader<'_>, usize),
) -> Option<Result<(), Path>> {
    let mut there = Vec::new();
    for _ in 0..most {
        there.push((after.value()?, after.at));
        after.value()?;
    }
    for place in 0..count {
        let name = before.value()?;
        // Names keep their order but where a build was changed.
        let same = there.get(place).filter(|(other, _)| *other == name);
        let found = same.or_else(|| there.iter().find(|(other, _)| *other == name));
        let kept = match found {
            Some((_, at)) => held(before, &mut Reader { bytes: after.bytes, at: *at }),
            None => Err(Path::default()),
        };
        if let Err(mut path) = kept {
            path.0.push(told(name));
            return Some(Err(path));
        }
    }
    Some(Ok(()))
}

/// A name as people read it.
fn told(name: &[u8]) -> String {
    decode::<String>(name).unwrap_or_else(|_| format!("{name:02x?}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Earlier {
        name: String,
        parts: Vec<Part>,
        by_number: BTreeMap<u64, Part>,
        nothing: Option<u32>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Part {
        Small,
        Number(f64),
        Named { long: String, bytes: [u8; 32], below: i64 },
    }

    /// The same with a field more, in another order.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Later {
        #[serde(default)]
        since: u32,
        nothing: Option<u32>,
        by_number: BTreeMap<u64, Part>,
        name: String,
        parts: Vec<Part>,
    }

    /// The same with a field less.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Poorer {
        name: String,
        by_number: BTreeMap<u64, Part>,
        nothing: Option<u32>,
    }

    #[test]
    fn what_is_read_by_the_same_build_is_written_alike() {
        let bytes = encode(&earlier());
        let again: Earlier = decode(&bytes).unwrap();
        assert_eq!(again, earlier());
        assert_eq!(encode(&again), bytes);
        assert_eq!(Reader::of(&bytes).value(), Some(&bytes[..]));
    }

    #[test]
    fn a_later_build_reads_what_an_earlier_one_wrote_and_not_the_other_way_round() {
        let bytes = encode(&earlier());
        let later: Later = decode(&bytes).unwrap();
        assert_eq!((later.since, &later.parts), (0, &earlier().parts));
        assert_eq!(check_kept(&bytes, &encode(&later)), Ok(()));

        let bytes = encode(&later);
        let back: Earlier = decode(&bytes).unwrap();
        let lost = check_kept(&bytes, &encode(&back)).unwrap_err();
        assert_eq!(lost.to_string(), "this program would lose `since` of it");
    }

    #[test]
    fn nothing_that_was_written_is_passed_over_in_silence() {
        let bytes = encode(&earlier());
        let poorer: Poorer = decode(&bytes).unwrap();
        let lost = check_kept(&bytes, &encode(&poorer)).unwrap_err();
        assert_eq!(lost.to_string(), "this program would lose `parts` of it");

        let mut other = earlier();
        let Some(Part::Named { below, .. }) = other.by_number.get_mut(&70_000) else { panic!() };
        *below = -1;
        let lost = check_kept(&bytes, &encode(&other)).unwrap_err();
        assert!(
            lost.to_string().contains("by_number.") && lost.to_string().ends_with("below` of it"),
            "{lost}"
        );

        let longer = [&bytes[..], &[0xc0]].concat();
        let later: Later = decode(&bytes).unwrap();
        assert!(matches!(check_kept(&longer, &encode(&later)), Err(LastingError::Malformed(_))));
    }

    #[test]
    fn no_bytes_end_the_program() {
        let bytes = encode(&earlier());
        for at in 0..bytes.len() {
            for byte in 0..=u8::MAX {
                let mut changed = bytes.clone();
                changed[at] = byte;
                if changed != bytes {
                    assert!(check_kept(&changed, &bytes).is_err(), "byte {at}");
                }
                drop(decode::<Earlier>(&changed));
            }
            assert!(check_kept(&bytes[..at], &bytes).is_err(), "cut at {at}");
            assert!(decode::<Earlier>(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    fn earlier() -> Earlier {
        let named = Part::Named { long: "x".repeat(300), bytes: [0xee; 32], below: -70_000 };
        Earlier {
            name: "night".into(),
            parts: vec![Part::Small, Part::Number(0.1), named.clone()],
            by_number: BTreeMap::from([(3, Part::Small), (70_000, named)]),
            nothing: None,
        }
    }
}
