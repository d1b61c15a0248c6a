//! Parquet files (format 2.10): one row group, one plain page a column, nothing compressed.

use super::thrift::{Struct, varint};

const MAGIC: &[u8; 4] = b"PAR1";
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const UNCOMPRESSED: i32 = 0;
const OPTIONAL: i32 = 1;
const DATA_PAGE: i32 = 0;

/// A column of cells that may be empty, of one kind.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) cells: Cells,
}

/// What a column holds; times are microseconds since 1970 UTC.
#[derive(Debug)]
pub(super) enum Cells {
    Flags(Vec<Option<bool>>),
    Wholes(Vec<Option<i64>>),
    Times(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// A whole file; every column has `rows` cells.
pub(super) fn write(columns: &[Column], rows: usize, about: &[(&str, &str)]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let chunks: Vec<Struct> = columns.iter().map(|column| chunk(&mut file, column, rows)).collect();
    let size = signed(file.len() - MAGIC.len());
    let group = Struct::default().structs(1, chunks.into_iter()).i64(2, size).i64(3, signed(rows));
    let root = Struct::default().text(4, "schema").i32(5, whole(columns.len()));
    let schema: Vec<Struct> =
        std::iter::once(root).chain(columns.iter().map(Column::schema)).collect();
    let pairs: Vec<Struct> =
        about.iter().map(|(key, value)| Struct::default().text(1, key).text(2, value)).collect();
    let footer = Struct::default()
        .i32(1, 1)
        .structs(2, schema.into_iter())
        .i64(3, signed(rows))
        .structs(4, std::iter::once(group))
        .structs(5, pairs.into_iter())
        .text(6, "watchline")
        .finish();
    file.extend(&footer);
    file.extend(whole(footer.len()).to_le_bytes());
    file.extend(MAGIC);
    file
}

/// Writes a column's page and tells where it is.
fn chunk(file: &mut Vec<u8>, column: &Column, rows: usize) -> Struct {
    let at = file.len();
    let (defined, values) = column.cells.plain();
    let levels = levels(&defined);
    let size = whole(4 + levels.len() + values.len());
    let data = Struct::default().i32(1, whole(rows)).i32(2, PLAIN).i32(3, RLE).i32(4, RLE);
    let header =
        Struct::default().i32(1, DATA_PAGE).i32(2, size).i32(3, size).inner(5, data).finish();
    file.extend(header);
    file.extend(whole(levels.len()).to_le_bytes());
    file.extend(levels);
    file.extend(values);
    let length = signed(file.len() - at);
    let told = Struct::default()
        .i32(1, column.cells.physical())
        .i32s(2, &[PLAIN, RLE])
        .texts(3, &[column.name])
        .i32(4, UNCOMPRESSED)
        .i64(5, signed(rows))
        .i64(6, length)
        .i64(7, length)
        .i64(9, signed(at));
    Struct::default().i64(2, signed(at)).inner(3, told)
}

/// Runs of empty and of filled cells.
fn levels(defined: &[bool]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for run in defined.chunk_by(|a, b| a == b) {
        varint(&mut bytes, (run.len() as u64) << 1);
        bytes.push(u8::from(run[0]));
    }
    bytes
}

impl Column {
    fn schema(&self) -> Struct {
        let told =
            Struct::default().i32(1, self.cells.physical()).i32(3, OPTIONAL).text(4, self.name);
        match self.cells.converted() {
            Some(converted) => told.i32(6, converted),
            None => told,
        }
    }
}

impl Cells {
    fn physical(&self) -> i32 {
        match self {
            Self::Flags(_) => 0,
            Self::Wholes(_) | Self::Times(_) => 2,
            Self::Numbers(_) => 5,
            Self::Texts(_) | Self::Bytes(_) => 6,
        }
    }

    /// `UTF8` and `TIMESTAMP_MICROS`.
    fn converted(&self) -> Option<i32> {
        match self {
            Self::Texts(_) => Some(0),
            Self::Times(_) => Some(10),
            Self::Flags(_) | Self::Wholes(_) | Self::Numbers(_) | Self::Bytes(_) => None,
        }
    }

    /// Which cells are filled, and their values one after the other.
    fn plain(&self) -> (Vec<bool>, Vec<u8>) {
        match self {
            Self::Flags(cells) => (filled(cells), bits(cells.iter().flatten().copied())),
            Self::Wholes(cells) | Self::Times(cells) => {
                (filled(cells), cells.iter().flatten().flat_map(|v| v.to_le_bytes()).collect())
            }
            Self::Numbers(cells) => {
                (filled(cells), cells.iter().flatten().flat_map(|v| v.to_le_bytes()).collect())
            }
            Self::Texts(cells) => {
                (filled(cells), arrays(cells.iter().flatten().map(String::as_bytes)))
            }
            Self::Bytes(cells) => {
                (filled(cells), arrays(cells.iter().flatten().map(Vec::as_slice)))
            }
        }
    }
}

fn filled<T>(cells: &[Option<T>]) -> Vec<bool> {
    cells.iter().map(Option::is_some).collect()
}

fn bits(flags: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, flag) in flags.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        if let Some(last) = bytes.last_mut() {
            *last |= u8::from(flag) << (at % 8);
        }
    }
    bytes
}

fn arrays<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend(whole(value.len()).to_le_bytes());
        bytes.extend(value);
    }
    bytes
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).expect("exports are far below 2 GiB")
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).expect("exports are far below 2 GiB")
}
