//! One unpacked strip or tile.

use std::io::{Read, Seek, SeekFrom};

use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::ByteOrder;

use super::super::TerrainError;
use super::CHUNK_BYTES_MAX;
use super::tags::{Header, Packing, SampleType, broken};
use super::unzstd;

/// Numbers as they stand in the file.
pub(super) enum Numbers {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Numbers {
    /// The number at an index; `None` beyond the end.
    pub(super) fn get(&self, at: usize) -> Option<f64> {
        match self {
            Self::U8(list) => list.get(at).map(|value| f64::from(*value)),
            Self::I8(list) => list.get(at).map(|value| f64::from(*value)),
            Self::U16(list) => list.get(at).map(|value| f64::from(*value)),
            Self::I16(list) => list.get(at).map(|value| f64::from(*value)),
            Self::U32(list) => list.get(at).map(|value| f64::from(*value)),
            Self::I32(list) => list.get(at).map(|value| f64::from(*value)),
            Self::F32(list) => list.get(at).map(|value| f64::from(*value)),
            Self::F64(list) => list.get(at).copied(),
        }
    }

    fn of(result: DecodingResult) -> Option<Self> {
        match result {
            DecodingResult::U8(list) => Some(Self::U8(list)),
            DecodingResult::I8(list) => Some(Self::I8(list)),
            DecodingResult::U16(list) => Some(Self::U16(list)),
            DecodingResult::I16(list) => Some(Self::I16(list)),
            DecodingResult::U32(list) => Some(Self::U32(list)),
            DecodingResult::I32(list) => Some(Self::I32(list)),
            DecodingResult::F32(list) => Some(Self::F32(list)),
            DecodingResult::F64(list) => Some(Self::F64(list)),
            DecodingResult::U64(_) | DecodingResult::I64(_) | DecodingResult::F16(_) => None,
        }
    }

    /// Numbers of a kind from their bytes; `None` for a kind that is not read.
    pub(super) fn from_bytes(bytes: &[u8], sample: SampleType, order: ByteOrder) -> Option<Self> {
        macro_rules! of {
            ($kind:ident, $type:ty) => {{
                const SIZE: usize = size_of::<$type>();
                let read = if order == ByteOrder::BigEndian {
                    <$type>::from_be_bytes
                } else {
                    <$type>::from_le_bytes
                };
                Some(Self::$kind(bytes.as_chunks::<SIZE>().0.iter().map(|&at| read(at)).collect()))
            }};
        }
        match (sample.format, sample.bits) {
            (1, 8) => of!(U8, u8),
            (2, 8) => of!(I8, i8),
            (1, 16) => of!(U16, u16),
            (2, 16) => of!(I16, i16),
            (1, 32) => of!(U32, u32),
            (2, 32) => of!(I32, i32),
            (3, 32) => of!(F32, f32),
            (3, 64) => of!(F64, f64),
            _ => None,
        }
    }
}

/// The pixels of one strip or tile.
pub(super) struct Chunk {
    numbers: Option<Numbers>,
    /// Pixels from one row to the next in `numbers`.
    stride: usize,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Chunk {
    /// The number of a pixel; `None` when the chunk was never written.
    pub(super) fn get(&self, row: usize, col: usize) -> Option<f64> {
        self.numbers.as_ref().and_then(|numbers| numbers.get(row * self.stride + col))
    }

    /// Reads and unpacks the chunk at an index; the whole of it is kept below [`CHUNK_BYTES_MAX`].
    pub(super) fn read<R: Read + Seek>(
        file: &str,
        decoder: &mut Decoder<R>,
        header: &Header,
        index: usize,
    ) -> Result<Self, TerrainError> {
        let fault = |error: &dyn std::fmt::Display| {
            broken(file, &format!("strip or tile {index}: {error}"))
        };
        let number = u32::try_from(index).map_err(|error| fault(&error))?;
        let size = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        let (cols, rows) = decoder.chunk_data_dimensions(number);
        let (cols, rows) = (size(cols), size(rows));
        let (offset, bytes) = (header.offsets[index], header.byte_counts[index]);
        if offset == 0 && bytes == 0 {
            return Ok(Self { numbers: None, stride: cols, rows, cols });
        }
        match header.packing {
            Packing::Common => {
                let result = decoder.read_chunk(number).map_err(|error| fault(&error))?;
                let numbers =
                    Numbers::of(result).ok_or_else(|| fault(&"unexpected kind of numbers"))?;
                Ok(Self { numbers: Some(numbers), stride: cols, rows, cols })
            }
            Packing::Zstd { predictor } => {
                let (whole_cols, whole_rows) = decoder.chunk_dimensions();
                // Tiles are always whole; the last strip holds only the rows that are left.
                let tiled = decoder.get_chunk_type() == tiff::decoder::ChunkType::Tile;
                let packed_rows = if tiled { size(whole_rows) } else { rows };
                let stride = size(whole_cols);
                let unpacked = stride
                    .checked_mul(packed_rows)
                    .and_then(|count| count.checked_mul(usize::from(header.sample.bits / 8)));
                if unpacked.is_none_or(|bytes| bytes > CHUNK_BYTES_MAX)
                    || bytes > CHUNK_BYTES_MAX as u64
                {
                    return Err(fault(&format!("larger than {CHUNK_BYTES_MAX} bytes")));
                }
                let order = decoder.byte_order();
                let packed = take(decoder.inner(), offset, bytes).map_err(|error| fault(&error))?;
                let shape = (packed_rows, stride);
                let numbers = unzstd::unpack(&packed, shape, header.sample, predictor, order)
                    .map_err(|error| fault(&error))?;
                Ok(Self { numbers: Some(numbers), stride, rows, cols })
            }
        }
    }
}

/// Reads a span of a file; grows with what is really there, whatever is claimed.
fn take<R: Read + Seek>(from: &mut R, offset: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
    from.seek(SeekFrom::Start(offset))?;
    let mut taken = Vec::new();
    from.by_ref().take(bytes).read_to_end(&mut taken)?;
    Ok(taken)
}
