//! How an item of a category is laid out in octets, and the one walker that reads and writes by it.

mod read;
mod write;

use super::AsterixError;

pub use read::Field;
pub(super) use read::length;
pub(super) use write::presence;
pub use write::{Value, compound, repeated, write};

/// One data item of a category, such as I048/040, or one subfield of a compound one.
#[derive(Debug, PartialEq)]
pub struct Item {
    /// As the category's document names it: `040`, `SP`, or a subfield's `SRL`.
    pub id: &'static str,
    pub layout: Layout,
}

/// The six ways in which an item can be laid out (Eurocontrol SPEC-149 part 1).
#[derive(Debug, PartialEq)]
pub enum Layout {
    /// As many octets each time.
    Fixed(Part),
    /// A first part and further ones, each told of by the lowest bit of the one before. Parts
    /// beyond the last known one are as long as that and opaque.
    Extended(&'static [Part]),
    /// As many equal parts as the first octet says.
    Repetitive(Part),
    /// Equal parts, each told of by the lowest bit of the one before.
    Chained(Part),
    /// The first octet counts all, itself too; the rest is the sender's affair.
    Explicit,
    /// Subfields, told of by the bits of an extended first one. `None` where a bit is spare.
    Compound(&'static [Option<Item>]),
}

/// Octets with the elements in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub octets: usize,
    pub elements: &'static [Element],
}

/// A run of bits with a meaning. Bits are counted from 1 at the low end, as the documents do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Element {
    pub name: &'static str,
    pub high: u8,
    pub low: u8,
    pub code: Code,
    /// Units of one step.
    pub step: f64,
    /// As the documents write it; empty for a bare number.
    pub unit: &'static str,
}

/// What the bits of an element are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Unsigned,
    /// Two's complement.
    Signed,
    /// Characters of six bits (ICAO Annex 10, volume IV, 3.1.2.9).
    Letters,
    Ascii,
}

/// An item of a fixed length.
pub(super) const fn fixed(id: &'static str, octets: usize, elements: &'static [Element]) -> Item {
    Item { id, layout: Layout::Fixed(Part { octets, elements }) }
}

/// An item of any layout.
pub(super) const fn item(id: &'static str, layout: Layout) -> Item {
    Item { id, layout }
}

/// A part of an item.
pub(super) const fn part(octets: usize, elements: &'static [Element]) -> Part {
    Part { octets, elements }
}

/// An element from its highest to its lowest bit, a bare number until told otherwise.
pub(super) const fn bits(name: &'static str, high: u8, low: u8) -> Element {
    Element { name, high, low, code: Code::Unsigned, step: 1.0, unit: "" }
}

/// An element of one bit.
pub(super) const fn bit(name: &'static str, at: u8) -> Element {
    bits(name, at, at)
}

impl Item {
    /// The table of a compound item's subfield.
    pub fn sub(&self, id: &'static str) -> Result<&Self, AsterixError> {
        let known = match &self.layout {
            Layout::Compound(known) => *known,
            Layout::Fixed(_)
            | Layout::Extended(_)
            | Layout::Repetitive(_)
            | Layout::Chained(_)
            | Layout::Explicit => &[],
        };
        let sub = known.iter().flatten().find(|sub| sub.id == id);
        sub.ok_or(AsterixError::NoElement { item: self.id, element: id })
    }
}

impl Element {
    pub(super) const fn of(self, step: f64, unit: &'static str) -> Self {
        Self { step, unit, ..self }
    }

    pub(super) const fn signed(self) -> Self {
        Self { code: Code::Signed, ..self }
    }

    pub(super) const fn letters(self) -> Self {
        Self { code: Code::Letters, ..self }
    }

    pub(super) const fn ascii(self) -> Self {
        Self { code: Code::Ascii, ..self }
    }

    /// Number of bits.
    const fn width(&self) -> u32 {
        (self.high - self.low) as u32 + 1
    }

    const fn mask(&self) -> u128 {
        (1 << self.width()) - 1
    }
}

impl Part {
    fn element(&self, name: &str) -> Option<&'static Element> {
        self.elements.iter().find(|element| element.name == name)
    }
}

#[cfg(test)]
mod tests;
