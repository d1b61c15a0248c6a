//! Writing an item from values of its elements.

use super::read::letter;
use super::{Code, Element, Item, Layout, Part};
use crate::asterix::AsterixError;

/// What an element is to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// In the element's unit, rounded to its step.
    Number(f64),
    Text(&'a str),
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// Writes an item of a fixed or extended layout; elements that are not named are zero.
///
/// An extended one goes as far as the last part that holds a named element.
pub fn write<'a, V: Into<Value<'a>> + Copy>(
    item: &'static Item,
    values: &[(&'static str, V)],
) -> Result<Vec<u8>, AsterixError> {
    let parts: &[Part] = match &item.layout {
        Layout::Fixed(part) => std::slice::from_ref(part),
        Layout::Extended(parts) => parts,
        Layout::Repetitive(_) | Layout::Chained(_) | Layout::Explicit | Layout::Compound(_) => &[],
    };
    let place = |name: &'static str| {
        let at = parts.iter().position(|part| part.element(name).is_some());
        at.ok_or(AsterixError::NoElement { item: item.id, element: name })
    };
    let mut last = 0;
    for (name, _) in values {
        last = last.max(place(name)?);
    }
    let mut bytes = Vec::new();
    for (index, part) in parts.iter().enumerate().take(last + 1) {
        let mut all = fill(item, *part, values)?;
        all |= u128::from(index < last);
        push(&mut bytes, all, part.octets);
    }
    Ok(bytes)
}

/// Writes a repetitive item, one set of values for each part.
pub fn repeated(
    item: &'static Item,
    sets: &[&[(&'static str, f64)]],
) -> Result<Vec<u8>, AsterixError> {
    let Layout::Repetitive(part) = &item.layout else {
        return Err(AsterixError::NoElement { item: item.id, element: "repetition" });
    };
    let count = u8::try_from(sets.len()).map_err(|_many| AsterixError::Value {
        item: item.id,
        element: "repetition",
        value: sets.len().to_string(),
    })?;
    let mut bytes = vec![count];
    for values in sets {
        push(&mut bytes, fill(item, *part, values)?, part.octets);
    }
    Ok(bytes)
}

/// Writes a compound item from its subfields' octets.
pub fn compound(
    item: &'static Item,
    subs: &[(&'static str, Vec<u8>)],
) -> Result<Vec<u8>, AsterixError> {
    let Layout::Compound(known) = &item.layout else {
        return Err(AsterixError::NoElement { item: item.id, element: "subfields" });
    };
    let mut placed = Vec::with_capacity(subs.len());
    for (id, bytes) in subs {
        let at = known.iter().position(|sub| sub.as_ref().is_some_and(|sub| sub.id == *id));
        placed.push((at.ok_or(AsterixError::NoElement { item: item.id, element: id })?, bytes));
    }
    placed.sort_by_key(|(at, _)| *at);
    let mut bytes = presence(placed.iter().map(|(at, _)| *at), 1);
    bytes.extend(placed.iter().flat_map(|(_, bytes)| bytes.iter().copied()));
    Ok(bytes)
}

/// Octets of presence bits, seven each, the lowest bit telling that more follow.
pub(in crate::asterix) fn presence(
    numbers: impl Iterator<Item = usize>,
    octets_min: usize,
) -> Vec<u8> {
    let mut bytes = vec![0_u8; octets_min];
    for number in numbers {
        bytes.resize(bytes.len().max(number / 7 + 1), 0);
        bytes[number / 7] |= 1 << (7 - number % 7);
    }
    let last = bytes.len() - 1;
    for byte in &mut bytes[..last] {
        *byte |= 1;
    }
    bytes
}

fn fill<'a, V: Into<Value<'a>> + Copy>(
    item: &'static Item,
    part: Part,
    values: &[(&'static str, V)],
) -> Result<u128, AsterixError> {
    let mut all = 0;
    for (name, value) in values {
        if let Some(element) = part.element(name) {
            all |= bits_of(item, element, (*value).into())? << (element.low - 1);
        }
    }
    Ok(all)
}

fn bits_of(
    item: &'static Item,
    element: &'static Element,
    value: Value<'_>,
) -> Result<u128, AsterixError> {
    let fault = |value: String| AsterixError::Value { item: item.id, element: element.name, value };
    match (value, element.code) {
        (Value::Number(number), Code::Unsigned | Code::Signed) => {
            raw(element, number).ok_or_else(|| fault(number.to_string()))
        }
        (Value::Text(text), Code::Letters) => {
            characters(element, text, 6, letter).ok_or_else(|| fault(text.to_owned()))
        }
        (Value::Text(text), Code::Ascii) => {
            let code = |c: char| u8::try_from(c).ok().filter(u8::is_ascii);
            characters(element, text, 8, code).ok_or_else(|| fault(text.to_owned()))
        }
        (Value::Number(number), Code::Letters | Code::Ascii) => Err(fault(number.to_string())),
        (Value::Text(text), Code::Unsigned | Code::Signed) => Err(fault(text.to_owned())),
    }
}

/// The bits of a number, or `None` where they do not hold it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked before, and two's complement is meant"
)]
fn raw(element: &Element, number: f64) -> Option<u128> {
    let steps = (number / element.step).round();
    let reach = 2_f64.powi(i32::try_from(element.width()).ok()?);
    let range = match element.code {
        Code::Signed => -reach / 2.0..reach / 2.0,
        Code::Unsigned | Code::Letters | Code::Ascii => 0.0..reach,
    };
    range.contains(&steps).then_some(steps as i128 as u128 & element.mask())
}

/// The bits of a text that is filled up with spaces.
fn characters(
    element: &Element,
    text: &str,
    width: u32,
    code: impl Fn(char) -> Option<u8>,
) -> Option<u128> {
    let count = usize::try_from(element.width() / width).ok()?;
    if text.chars().count() > count {
        return None;
    }
    let filled = text.chars().chain(std::iter::repeat(' ')).take(count);
    filled.map(code).try_fold(0_u128, |all, code| Some(all << width | u128::from(code?)))
}

fn push(bytes: &mut Vec<u8>, all: u128, octets: usize) {
    bytes.extend(&all.to_be_bytes()[16 - octets..]);
}
