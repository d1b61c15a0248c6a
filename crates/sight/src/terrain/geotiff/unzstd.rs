//! Strips and tiles packed with zstd, which the `tiff` crate does not unpack without C code.

use std::io::Read as _;

use ruzstd::decoding::StreamingDecoder;
use tiff::tags::ByteOrder;

use super::chunk::Numbers;
use super::tags::SampleType;

/// Unpacks a chunk of `rows` rows of `cols` samples and undoes its predictor.
///
/// The text of an error says what is wrong with the packed bytes.
pub(super) fn unpack(
    packed: &[u8],
    (rows, cols): (usize, usize),
    sample: SampleType,
    predictor: u16,
    order: ByteOrder,
) -> Result<Numbers, String> {
    let size = usize::from(sample.bits / 8);
    let mut bytes = vec![0; rows * cols * size];
    let mut stream = StreamingDecoder::new(packed).map_err(|error| error.to_string())?;
    stream.read_exact(&mut bytes).map_err(|error| error.to_string())?;
    let mut order = order;
    match (predictor, sample.format) {
        (1, _) => {}
        (2, 1 | 2) => bytes.chunks_mut(cols * size).for_each(|row| add_up(row, size, order)),
        (3, 3) => {
            bytes.chunks_mut(cols * size).for_each(|row| gather(row, size));
            order = ByteOrder::BigEndian;
        }
        (_, format) => {
            return Err(format!("predictor {predictor} does not go with sample format {format}"));
        }
    }
    Numbers::from_bytes(&bytes, sample, order)
        .ok_or_else(|| format!("samples of {} bits", sample.bits))
}

/// Undoes horizontal differencing (TIFF 6.0, section 14): each sample is the one before plus a difference.
fn add_up(row: &mut [u8], size: usize, order: ByteOrder) {
    let mut sum = 0_u64;
    for sample in row.chunks_exact_mut(size) {
        let place = |at: usize| if order == ByteOrder::BigEndian { size - 1 - at } else { at };
        let difference =
            (0..size).fold(0, |value, at| value | u64::from(sample[place(at)]) << (8 * at));
        sum = sum.wrapping_add(difference);
        for (at, byte) in sum.to_le_bytes().into_iter().take(size).enumerate() {
            sample[place(at)] = byte;
        }
    }
}

/// Undoes the floating-point predictor (Adobe Photoshop TIFF technical note 3): bytes are summed, then gathered from
/// planes, the most significant first.
fn gather(row: &mut [u8], size: usize) {
    let mut sum = 0_u8;
    for byte in row.iter_mut() {
        sum = sum.wrapping_add(*byte);
        *byte = sum;
    }
    let planes = row.to_vec();
    let cols = row.len() / size;
    for (col, sample) in row.chunks_exact_mut(size).enumerate() {
        for (at, byte) in sample.iter_mut().enumerate() {
            *byte = planes[at * cols + col];
        }
    }
}
