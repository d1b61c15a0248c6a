//! ASTERIX: radar plots and sectors in (categories 048 and 034), system tracks out and in (062).
//!
//! The categories' items stand in [`tables`]; one walker cuts records by them. A record keeps each
//! item's octets, so that what is read can be written back byte for byte, and elements are read
//! where somebody asks. [`plot`], [`service`] and [`track`] say in SI units what the items mean.
//! Follows Eurocontrol SPEC-149: part 1 edition 2.4, category 034 edition 1.27, category 048
//! edition 1.21 and category 062 edition 1.18; later editions only lengthen extended items and
//! come through as opaque parts.

pub mod layout;
pub mod plot;
pub mod service;
pub mod tables;
pub mod time;
pub mod track;

use std::collections::BTreeMap;

use crate::limits::{ASTERIX_DATAGRAM_BYTES_MAX, ASTERIX_RECORDS_MAX};
use layout::{Field, Item};
use tables::Category;

/// Octets before a block's records: category and length.
const HEAD_OCTETS: usize = 3;

/// What one datagram holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Datagram {
    pub blocks: Vec<Block>,
    /// At most one for each block: records behind a broken one cannot be found.
    pub faults: Vec<AsterixError>,
}

/// Records of one category.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Known {
        category: &'static Category,
        records: Vec<Record>,
    },
    /// A category without a table, as it came.
    Opaque {
        category: u8,
        bytes: Vec<u8>,
    },
}

/// One record: its items' octets by field reference number.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    category: &'static Category,
    /// Octets of the field specification where they are more than needed.
    presence_octets: usize,
    items: BTreeMap<usize, Vec<u8>>,
}

/// Which system sent a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// System area code.
    pub sac: u8,
    /// System identification code.
    pub sic: u8,
}

/// Why octets are not ASTERIX, or a value cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AsterixError {
    #[error("datagram must hold at most {ASTERIX_DATAGRAM_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("at most {ASTERIX_RECORDS_MAX} records of a datagram are read")]
    TooManyRecords,
    #[error("block at byte {at} must have a length between 4 and the {left} bytes left, got {got}")]
    BlockLength { at: usize, left: usize, got: usize },
    #[error("record {index} of category {category:03} holds no item")]
    Empty { category: u8, index: usize },
    #[error("record {index} of category {category:03} ends within its field specification")]
    Specification { category: u8, index: usize },
    #[error("record {index} of category {category:03} has field {field}, which no table knows")]
    UnknownField { category: u8, index: usize, field: usize },
    #[error("record {index} of category {category:03}: item {item} is broken or ends too early")]
    Item { category: u8, index: usize, item: &'static str },
    #[error("record of category {category:03} lacks item {item}")]
    Missing { category: u8, item: &'static str },
    #[error("record must be of category {expected:03}, got {got:03}")]
    Category { expected: u8, got: u8 },
    #[error("item {item} has no element {element}")]
    NoElement { item: &'static str, element: &'static str },
    #[error("item {item}: {element} cannot hold {value}")]
    Value { item: &'static str, element: &'static str, value: String },
}

/// Reads the blocks of a datagram. What is broken is told, what stands before it is kept.
pub fn decode(datagram: &[u8]) -> Datagram {
    let mut read = Datagram::default();
    if datagram.len() > ASTERIX_DATAGRAM_BYTES_MAX {
        read.faults.push(AsterixError::TooLong(datagram.len()));
        return read;
    }
    let mut at = 0;
    let mut budget = ASTERIX_RECORDS_MAX;
    while at < datagram.len() {
        let rest = &datagram[at..];
        let told =
            rest.get(1..HEAD_OCTETS).map(|pair| usize::from(pair[0]) << 8 | usize::from(pair[1]));
        let Some(body) =
            told.filter(|told| *told > HEAD_OCTETS).and_then(|told| rest.get(HEAD_OCTETS..told))
        else {
            let got = told.unwrap_or(rest.len());
            read.faults.push(AsterixError::BlockLength { at, left: rest.len(), got });
            break;
        };
        at += HEAD_OCTETS + body.len();
        let Some(category) = tables::category(rest[0]) else {
            read.blocks.push(Block::Opaque { category: rest[0], bytes: body.to_vec() });
            continue;
        };
        let (records, fault) = decode_records(category, body, budget);
        budget -= records.len();
        read.blocks.push(Block::Known { category, records });
        read.faults.extend(fault);
    }
    read
}

/// Reads records up to the end or the first fault.
fn decode_records(
    category: &'static Category,
    mut body: &[u8],
    budget: usize,
) -> (Vec<Record>, Option<AsterixError>) {
    let mut records = Vec::new();
    while !body.is_empty() {
        if records.len() >= budget {
            return (records, Some(AsterixError::TooManyRecords));
        }
        match Record::decode(category, body, records.len()) {
            Ok((record, octets)) => {
                records.push(record);
                body = &body[octets..];
            }
            Err(fault) => return (records, Some(fault)),
        }
    }
    (records, None)
}

/// Writes one block; `None` where its records do not fit the length's two octets.
pub fn encode(block: &Block) -> Option<Vec<u8>> {
    let (category, body) = match block {
        Block::Known { category, records } => {
            (category.number, records.iter().flat_map(Record::encode).collect())
        }
        Block::Opaque { category, bytes } => (*category, bytes.clone()),
    };
    let length = u16::try_from(HEAD_OCTETS + body.len()).ok()?;
    let mut bytes = vec![category];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    Some(bytes)
}

impl Record {
    /// A record without items.
    pub fn new(category: &'static Category) -> Self {
        Self { category, presence_octets: 1, items: BTreeMap::new() }
    }

    pub fn category(&self) -> u8 {
        self.category.number
    }

    /// An item by its name in the category's document, such as `040`.
    pub fn item(&self, id: &str) -> Option<Field<'_>> {
        let (number, item) = self.category.find(id)?;
        self.items.get(&number).map(|bytes| Field { item, bytes })
    }

    /// All items, in the order they are sent.
    pub fn items(&self) -> impl Iterator<Item = Field<'_>> {
        self.items
            .iter()
            .filter_map(|(number, bytes)| Some(Field { item: self.category.item(*number)?, bytes }))
    }

    /// Puts an item's octets in, as [`layout::write`] made them.
    pub fn set(
        &mut self,
        id: &'static str,
        make: impl FnOnce(&'static Item) -> Result<Vec<u8>, AsterixError>,
    ) -> Result<(), AsterixError> {
        let category = self.category.number;
        let (number, item) =
            self.category.find(id).ok_or(AsterixError::Missing { category, item: id })?;
        self.items.insert(number, make(item)?);
        Ok(())
    }

    fn decode(
        category: &'static Category,
        bytes: &[u8],
        index: usize,
    ) -> Result<(Self, usize), AsterixError> {
        let number = category.number;
        let most = category.items.len().div_ceil(7);
        let octets = bytes.iter().position(|byte| byte & 1 == 0).map(|at| at + 1);
        let octets = octets
            .filter(|octets| *octets <= most)
            .ok_or(AsterixError::Specification { category: number, index })?;
        let mut record = Self { presence_octets: octets, ..Self::new(category) };
        let mut at = octets;
        for field in (0..octets * 7).filter(|field| bytes[field / 7] >> (7 - field % 7) & 1 == 1) {
            let item = category.item(field).ok_or(AsterixError::UnknownField {
                category: number,
                index,
                field: field + 1,
            })?;
            let rest = &bytes[at..];
            let octets = layout::length(&item.layout, rest).ok_or(AsterixError::Item {
                category: number,
                index,
                item: item.id,
            })?;
            record.items.insert(field, rest[..octets].to_vec());
            at += octets;
        }
        if record.items.is_empty() {
            return Err(AsterixError::Empty { category: number, index });
        }
        Ok((record, at))
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = layout::presence(self.items.keys().copied(), self.presence_octets);
        bytes.extend(self.items.values().flatten());
        bytes
    }

    /// Fails unless the record is of a category.
    fn must_be(&self, expected: u8) -> Result<(), AsterixError> {
        let got = self.category.number;
        if got == expected { Ok(()) } else { Err(AsterixError::Category { expected, got }) }
    }

    fn value(&self, id: &str, element: &str) -> Option<f64> {
        self.item(id)?.value(element)
    }

    fn raw<T: TryFrom<u64>>(&self, id: &str, element: &str) -> Option<T> {
        self.item(id)?.raw(element).and_then(|raw| T::try_from(raw).ok())
    }

    fn source(&self) -> Result<Source, AsterixError> {
        let missing = AsterixError::Missing { category: self.category.number, item: "010" };
        let (sac, sic) = (self.raw("010", "SAC"), self.raw("010", "SIC"));
        sac.zip(sic).map(|(sac, sic)| Source { sac, sic }).ok_or(missing)
    }

    fn set_source(&mut self, source: Source) -> Result<(), AsterixError> {
        let Source { sac, sic } = source;
        self.set("010", |item| {
            layout::write(item, &[("SAC", f64::from(sac)), ("SIC", f64::from(sic))])
        })
    }
}

#[cfg(test)]
mod tests;
