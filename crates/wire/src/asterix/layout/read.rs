//! Measuring an item in front of other bytes, and reading its elements.

use super::{Code, Element, Item, Layout, Part};

/// The characters of six bits, by number; `?` where there is none.
const LETTERS: &[u8; 64] = b"?ABCDEFGHIJKLMNOPQRSTUVWXYZ????? ???????????????0123456789??????";

/// Octets that an item takes at the start of these, or `None` where they end before it does or a
/// spare bit tells of a subfield that no table knows.
pub(in crate::asterix) fn length(layout: &Layout, bytes: &[u8]) -> Option<usize> {
    let octets = match layout {
        Layout::Fixed(part) => part.octets,
        Layout::Extended(parts) => {
            chain(bytes, |index| parts.get(index).or(parts.last()).map_or(1, |part| part.octets))?
        }
        Layout::Chained(part) => chain(bytes, |_index| part.octets)?,
        Layout::Repetitive(part) => 1 + part.octets * usize::from(*bytes.first()?),
        Layout::Explicit => usize::from(*bytes.first()?).max(1),
        Layout::Compound(_) => {
            let mut at = chain(bytes, |_index| 1)?;
            for (sub, _) in subfields(layout, bytes) {
                at += length(&sub?.layout, bytes.get(at..)?)?;
            }
            at
        }
    };
    (octets <= bytes.len()).then_some(octets)
}

/// Octets of parts that each tell by their lowest bit whether one follows.
fn chain(bytes: &[u8], octets: impl Fn(usize) -> usize) -> Option<usize> {
    let mut at = 0;
    for index in 0.. {
        at += octets(index);
        if bytes.get(at - 1)? & 1 == 0 {
            break;
        }
    }
    Some(at)
}

/// The subfields that a compound item's first one tells of, with their numbers; `None` for a spare one.
fn subfields<'a>(
    layout: &Layout,
    bytes: &'a [u8],
) -> impl Iterator<Item = (Option<&'static Item>, usize)> + use<'a> {
    let known: &'static [Option<Item>] = match layout {
        Layout::Compound(known) => known,
        Layout::Fixed(_)
        | Layout::Extended(_)
        | Layout::Repetitive(_)
        | Layout::Chained(_)
        | Layout::Explicit => &[],
    };
    let octets = chain(bytes, |_index| 1).unwrap_or(0);
    let told = move |index: usize| bytes[index / 7] >> (7 - index % 7) & 1 == 1;
    (0..octets * 7)
        .filter(move |index| told(*index))
        .map(|index| (known.get(index).and_then(Option::as_ref), index))
}

/// The octets of one item under its layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'a> {
    pub item: &'static Item,
    pub bytes: &'a [u8],
}

impl<'a> Field<'a> {
    /// An element in its unit; `None` where the item has none of that name here.
    pub fn value(&self, name: &str) -> Option<f64> {
        let (element, raw) = self.find(name)?;
        Some(value(element, raw))
    }

    /// An element's bits as a number without sign.
    pub fn raw(&self, name: &str) -> Option<u64> {
        self.find(name).and_then(|(_, raw)| u64::try_from(raw).ok())
    }

    /// True when a bit is set; false also where the item does not reach so far.
    pub fn is_set(&self, name: &str) -> bool {
        self.find(name).is_some_and(|(_, raw)| raw != 0)
    }

    /// An element of characters, without the spaces that fill it up.
    pub fn text(&self, name: &str) -> Option<String> {
        let (element, raw) = self.find(name)?;
        let width = match element.code {
            Code::Letters => 6,
            Code::Ascii => 8,
            Code::Unsigned | Code::Signed => return None,
        };
        let character = |index: u32| {
            let low = raw >> (element.width() - (index + 1) * width);
            let code = u8::try_from(low & ((1 << width) - 1)).unwrap_or_default();
            let code = if width == 6 { LETTERS[usize::from(code)] } else { code };
            if code.is_ascii_graphic() || code == b' ' { char::from(code) } else { '?' }
        };
        let text: String = (0..element.width() / width).map(character).collect();
        Some(text.trim_end().to_owned())
    }

    /// A subfield of a compound item.
    pub fn sub(&self, id: &str) -> Option<Field<'a>> {
        let mut at = chain(self.bytes, |_index| 1)?;
        for (sub, _) in subfields(&self.item.layout, self.bytes) {
            let sub = sub?;
            let octets = length(&sub.layout, self.bytes.get(at..)?)?;
            if sub.id == id {
                return Some(Field { item: sub, bytes: &self.bytes[at..at + octets] });
            }
            at += octets;
        }
        None
    }

    /// Octets of each part of a repetitive or chained item; none for others.
    fn repeats(&self) -> (Option<Part>, std::slice::ChunksExact<'a, u8>) {
        match &self.item.layout {
            Layout::Repetitive(part) => {
                (Some(*part), self.bytes.get(1..).unwrap_or_default().chunks_exact(part.octets))
            }
            Layout::Chained(part) => (Some(*part), self.bytes.chunks_exact(part.octets)),
            Layout::Fixed(_) | Layout::Extended(_) | Layout::Explicit | Layout::Compound(_) => {
                (None, [].chunks_exact(1))
            }
        }
    }

    /// An element of every part of a repetitive or chained item, in their order.
    pub fn values(&self, name: &str) -> Vec<f64> {
        let (part, repeats) = self.repeats();
        let element = part.and_then(|part| part.element(name));
        let read = |element| move |bytes: &[u8]| value(element, extract(element, bytes));
        element.map(|element| repeats.map(read(element)).collect()).unwrap_or_default()
    }

    fn find(&self, name: &str) -> Option<(&'static Element, u128)> {
        match &self.item.layout {
            Layout::Fixed(part) => {
                let element = part.element(name)?;
                Some((element, extract(element, self.bytes)))
            }
            Layout::Extended(parts) => {
                let mut rest = self.bytes;
                for part in *parts {
                    let (bytes, after) = rest.split_at_checked(part.octets)?;
                    if let Some(element) = part.element(name) {
                        return Some((element, extract(element, bytes)));
                    }
                    rest = after;
                }
                None
            }
            Layout::Repetitive(_) | Layout::Chained(_) => {
                let (part, mut repeats) = self.repeats();
                let element = part?.element(name)?;
                Some((element, extract(element, repeats.next()?)))
            }
            Layout::Explicit | Layout::Compound(_) => None,
        }
    }
}

fn extract(element: &Element, bytes: &[u8]) -> u128 {
    let all = bytes.iter().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    all >> (element.low - 1) & element.mask()
}

#[expect(clippy::cast_possible_wrap, reason = "the shift up leaves the sign where it belongs")]
fn value(element: &Element, raw: u128) -> f64 {
    let number = match element.code {
        Code::Signed => {
            let up = 128 - element.width();
            ((raw << up) as i128 >> up) as f64
        }
        Code::Unsigned | Code::Letters | Code::Ascii => raw as f64,
    };
    number * element.step
}

/// The number of a character of six bits.
pub(super) fn letter(character: char) -> Option<u8> {
    let code = u8::try_from(character).ok().filter(|code| *code != b'?')?;
    LETTERS.iter().position(|known| *known == code).and_then(|at| u8::try_from(at).ok())
}
