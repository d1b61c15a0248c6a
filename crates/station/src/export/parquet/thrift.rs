//! Thrift's compact protocol, as much of it as Parquet's footers need: structures written field by field.

/// A structure being written; fields must come in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;
/// Longer lists tell their length apart from their head.
const SHORT_LIST: usize = 15;

impl Struct {
    pub(super) fn i32(self, field: u8, value: i32) -> Self {
        self.integer(field, I32, value.into())
    }

    pub(super) fn i64(self, field: u8, value: i64) -> Self {
        self.integer(field, I64, value)
    }

    pub(super) fn text(self, field: u8, text: &str) -> Self {
        let mut begun = self.field(field, BINARY);
        binary(&mut begun.bytes, text);
        begun
    }

    pub(super) fn inner(self, field: u8, inner: Self) -> Self {
        let mut begun = self.field(field, STRUCT);
        begun.bytes.extend(inner.finish());
        begun
    }

    pub(super) fn structs(self, field: u8, inner: impl ExactSizeIterator<Item = Self>) -> Self {
        let mut begun = self.list(field, STRUCT, inner.len());
        inner.for_each(|one| begun.bytes.extend(one.finish()));
        begun
    }

    pub(super) fn i32s(self, field: u8, values: &[i32]) -> Self {
        let mut begun = self.list(field, I32, values.len());
        for value in values {
            varint(&mut begun.bytes, zigzag((*value).into()));
        }
        begun
    }

    pub(super) fn texts(self, field: u8, texts: &[&str]) -> Self {
        let mut begun = self.list(field, BINARY, texts.len());
        for text in texts {
            binary(&mut begun.bytes, text);
        }
        begun
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }

    fn integer(self, field: u8, kind: u8, value: i64) -> Self {
        let mut begun = self.field(field, kind);
        varint(&mut begun.bytes, zigzag(value));
        begun
    }

    fn list(self, field: u8, of: u8, length: usize) -> Self {
        let mut begun = self.field(field, LIST);
        if length < SHORT_LIST {
            begun.bytes.push(u8::try_from(length << 4).unwrap_or(0) | of);
        } else {
            begun.bytes.push(0xf0 | of);
            varint(&mut begun.bytes, length as u64);
        }
        begun
    }

    fn field(mut self, field: u8, kind: u8) -> Self {
        self.bytes.push((field - self.last) << 4 | kind);
        self.last = field;
        self
    }
}

fn binary(to: &mut Vec<u8>, text: &str) {
    varint(to, text.len() as u64);
    to.extend(text.as_bytes());
}

/// Small numbers of either sign are small.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Seven bits a byte, the lowest first.
pub(super) fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    to.push(u8::try_from(value).unwrap_or(0));
}
