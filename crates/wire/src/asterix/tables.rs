//! The items of each category in the order of their field reference numbers.

mod cat034;
mod cat048;
mod cat062;

use super::layout::{Element, Item, Layout, Part, bits};

pub use cat034::CAT034;
pub use cat048::CAT048;
pub use cat062::CAT062;

/// Metres of a nautical mile, which ranges are sent in.
pub(super) const METRES_PER_NM: f64 = 1_852.0;
pub(super) const METRES_PER_FOOT: f64 = 0.3048;
/// Degrees of one step where a turn has two to the 16th steps.
const TURN_16_DEG: f64 = 360.0 / 65_536.0;

/// A category's number and items.
#[derive(Debug, PartialEq)]
pub struct Category {
    pub number: u8,
    /// The user application profile; `None` where a field is spare.
    pub items: &'static [Option<Item>],
}

/// The table of a category.
pub fn category(number: u8) -> Option<&'static Category> {
    [&CAT034, &CAT048, &CAT062].into_iter().find(|category| category.number == number)
}

impl Category {
    /// An item and its place in the profile, counted from zero.
    pub(super) fn find(&'static self, id: &str) -> Option<(usize, &'static Item)> {
        let items = self.items.iter().enumerate();
        items
            .filter_map(|(number, item)| Some((number, item.as_ref()?)))
            .find(|(_, item)| item.id == id)
    }

    pub(super) fn item(&'static self, number: usize) -> Option<&'static Item> {
        self.items.get(number)?.as_ref()
    }
}

/// Area and identification of the system that sends.
const SOURCE: &[Element] = &[bits("SAC", 16, 9), bits("SIC", 8, 1)];
/// Seconds since midnight UTC.
const TIME_OF_DAY: &[Element] = &[bits("ToD", 24, 1).of(1.0 / 128.0, "s")];
const MODE_3A: &[Element] =
    &[bits("V", 16, 16), bits("G", 15, 15), bits("L", 14, 14), bits("Mode3A", 12, 1)];
const POLAR: &[Element] =
    &[bits("RHO", 32, 17).of(1.0 / 256.0, "NM"), bits("THETA", 16, 1).of(TURN_16_DEG, "deg")];
const POSITION_24_DEG: f64 = 180.0 / 8_388_608.0;
const POSITION_24: &[Element] = &[
    bits("Lat", 48, 25).signed().of(POSITION_24_DEG, "deg"),
    bits("Lon", 24, 1).signed().of(POSITION_24_DEG, "deg"),
];
/// Mode S message block and the register it is of.
const MODE_S_BLOCK: Part =
    Part { octets: 8, elements: &[bits("MBData", 64, 9), bits("BDS1", 8, 5), bits("BDS2", 4, 1)] };
const RESOLUTION_ADVISORY: &[Element] = &[bits("RA", 56, 1)];

/// A field that is spare in the profile, or a bit that is spare in a compound item's first octets.
const SPARE: Option<Item> = None;

#[expect(clippy::unnecessary_wraps, reason = "spare places of the tables are none")]
const fn fixed(id: &'static str, octets: usize, elements: &'static [Element]) -> Option<Item> {
    Some(super::layout::fixed(id, octets, elements))
}

#[expect(clippy::unnecessary_wraps, reason = "spare places of the tables are none")]
const fn item(id: &'static str, layout: Layout) -> Option<Item> {
    Some(super::layout::item(id, layout))
}

#[cfg(test)]
mod tests;
