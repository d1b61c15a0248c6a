//! The tags of a file, checked: how its pixels are packed, where they lie, which of them are missing.

use std::io::{Read, Seek};

use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;

use super::super::TerrainError;
use super::keys::{self, Crs, wrong};

/// `GDAL_METADATA`, where GDAL keeps units, scale and offset of a band.
const GDAL_METADATA: Tag = Tag::Unknown(42112);
/// Share of a turned axis's step that passes for rounding.
const TURN_MAX: f64 = 1e-9;

/// How the bytes of a strip or tile are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Unpacked by the `tiff` crate: none, LZW, deflate, `PackBits`.
    Common,
    Zstd {
        predictor: u16,
    },
}

/// What the numbers of a file stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Metres.
    Heights,
    /// Whole numbers, each the name of a class.
    Codes,
}

/// One number of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SampleType {
    pub(super) bits: u16,
    /// 1 unsigned, 2 signed, 3 floating.
    pub(super) format: u16,
}

/// Where pixel middles lie, in the units of the reference system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    pub(super) crs: Crs,
    /// Middle of the first pixel.
    pub(super) x0: f64,
    pub(super) y0: f64,
    /// Steps, both positive; y falls with the row.
    pub(super) dx: f64,
    pub(super) dy: f64,
}

/// All that is needed to read pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) sample: SampleType,
    pub(super) packing: Packing,
    /// Of each strip or tile; 0 bytes at 0 is one that was never written.
    pub(super) offsets: Vec<u64>,
    pub(super) byte_counts: Vec<u64>,
    pub(super) nodata: Option<f64>,
    pub(super) placement: Placement,
}

/// Reads and checks the tags of the first image.
pub(super) fn read<R: Read + Seek>(
    file: &str,
    decoder: &mut Decoder<R>,
    content: Content,
) -> Result<Header, TerrainError> {
    let mut tags = Tags { file, decoder };
    let size = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    let (width, height) = tags.decoder.dimensions().map_err(|error| broken(file, &error))?;
    let (width, height) = (size(width), size(height));
    let sample = tags.sample(content)?;
    let packing = tags.packing()?;
    let tiled = tags.find(Tag::TileOffsets)?.is_some();
    let [offsets, counts] = if tiled {
        [Tag::TileOffsets, Tag::TileByteCounts]
    } else {
        [Tag::StripOffsets, Tag::StripByteCounts]
    };
    let offsets = tags.wholes(offsets)?;
    let byte_counts = tags.wholes(counts)?;
    let placement = tags.placement()?;
    let nodata = tags.nodata()?;
    if content == Content::Heights {
        tags.metadata()?;
    }
    Ok(Header { width, height, sample, packing, offsets, byte_counts, nodata, placement })
}

/// The error of a file that is no TIFF, is cut, or says things that cannot be.
pub(super) fn broken(file: &str, error: &dyn std::fmt::Display) -> TerrainError {
    TerrainError::Tiff { file: file.to_owned(), reason: error.to_string() }
}

struct Tags<'a, R: Read + Seek> {
    file: &'a str,
    decoder: &'a mut Decoder<R>,
}

impl<R: Read + Seek> Tags<'_, R> {
    fn find(&mut self, tag: Tag) -> Result<Option<Value>, TerrainError> {
        self.decoder.find_tag(tag).map_err(|error| broken(self.file, &error))
    }

    fn read<T>(
        &mut self,
        tag: Tag,
        as_type: impl Fn(Value) -> tiff::TiffResult<T>,
    ) -> Result<Option<T>, TerrainError> {
        let found = self.find(tag)?;
        found.map(as_type).transpose().map_err(|error| broken(self.file, &error))
    }

    fn wholes(&mut self, tag: Tag) -> Result<Vec<u64>, TerrainError> {
        Ok(self.read(tag, Value::into_u64_vec)?.unwrap_or_default())
    }

    fn short(&mut self, tag: Tag) -> Result<Option<u16>, TerrainError> {
        let list = self.read(tag, Value::into_u16_vec)?;
        Ok(list.and_then(|list| list.first().copied()))
    }

    fn doubles(&mut self, tag: Tag) -> Result<Option<Vec<f64>>, TerrainError> {
        self.read(tag, Value::into_f64_vec)
    }

    fn wrong(
        &self,
        tag: &'static str,
        value: impl std::fmt::Display,
        problem: &str,
    ) -> TerrainError {
        wrong(self.file, tag, &value.to_string(), problem)
    }

    fn sample(&mut self, content: Content) -> Result<SampleType, TerrainError> {
        let samples = self.short(Tag::SamplesPerPixel)?.unwrap_or(1);
        if samples != 1 {
            return Err(self.wrong(
                "SamplesPerPixel",
                samples,
                "must be 1: one number for a pixel",
            ));
        }
        let meaning = self.short(Tag::PhotometricInterpretation)?.unwrap_or(1);
        if meaning != 1 {
            let problem = match content {
                Content::Heights => "must be 1, more is higher: this is a picture, not elevation",
                Content::Codes => "must be 1 or 3, a code for a pixel: this is a picture",
            };
            return Err(self.wrong("PhotometricInterpretation", meaning, problem));
        }
        let bits = self.short(Tag::BitsPerSample)?.unwrap_or(1);
        let format = self.short(Tag::SampleFormat)?.unwrap_or(1);
        if content == Content::Codes && format == 3 {
            let problem = "must be 1 or 2: codes are whole numbers";
            return Err(self.wrong("SampleFormat", format, problem));
        }
        match (format, bits) {
            (1 | 2, 8 | 16 | 32) | (3, 32 | 64) => Ok(SampleType { bits, format }),
            (1..=3, _) => {
                let problem = "must be 8, 16 or 32 for whole numbers, 32 or 64 for floating ones";
                Err(self.wrong("BitsPerSample", bits, problem))
            }
            _ => Err(self.wrong("SampleFormat", format, "must be 1, 2 or 3: plain numbers")),
        }
    }

    fn packing(&mut self) -> Result<Packing, TerrainError> {
        let predictor = self.short(Tag::Predictor)?.unwrap_or(1);
        if !(1..=3).contains(&predictor) {
            return Err(self.wrong("Predictor", predictor, "must be 1, 2 or 3"));
        }
        match self.short(Tag::Compression)?.unwrap_or(1) {
            1 | 5 | 8 | 32946 | 32773 => Ok(Packing::Common),
            50000 => Ok(Packing::Zstd { predictor }),
            other => Err(self.wrong(
                "Compression",
                other,
                "only none (1), LZW (5), deflate (8, 32946), PackBits (32773) and zstd (50000) are read: \
                 repack the file with gdal_translate -co COMPRESS=DEFLATE",
            )),
        }
    }

    /// Where pixels lie: a scale and one tie point, or a transformation that does not turn.
    fn placement(&mut self) -> Result<Placement, TerrainError> {
        let directory =
            self.read(Tag::GeoKeyDirectoryTag, Value::into_u16_vec)?.ok_or_else(|| {
                let problem =
                    "the file does not say where it lies: assign it with gdal_edit.py -a_srs";
                wrong(self.file, "GeoKeyDirectoryTag", "missing", problem)
            })?;
        let keys = keys::read(self.file, &directory)?;
        let [x, dx, y, dy] = match self.doubles(Tag::ModelTransformationTag)? {
            Some(matrix) => self.transformation(&matrix)?,
            None => self.scale_and_tie()?,
        };
        let half = if keys.pixel_is_point { 0.0 } else { 0.5 };
        let (mut x0, y0) = (x + half * dx, y - half * dy);
        let finite = [x0, y0, dx, dy].iter().all(|value| value.is_finite());
        if !(finite && dx > 0.0 && dy > 0.0) {
            let value = format!("{dx} by {dy} from {x0}, {y0}");
            let problem =
                "pixels must have a size, the first row in the north: warp the file with gdalwarp";
            return Err(self.wrong("ModelPixelScaleTag", value, problem));
        }
        if keys.crs == Crs::Geographic && x0 >= 180.0 {
            x0 -= 360.0;
        }
        Ok(Placement { crs: keys.crs, x0, y0, dx, dy })
    }

    /// x of the raster's origin, step in x, y of the origin, step in -y.
    fn transformation(&self, matrix: &[f64]) -> Result<[f64; 4], TerrainError> {
        let [dx, turn_x, _, x, turn_y, dy, _, y] = *matrix.first_chunk::<8>().ok_or_else(|| {
            self.wrong("ModelTransformationTag", matrix.len(), "must hold 16 numbers")
        })?;
        let limit = TURN_MAX * dx.abs().max(dy.abs());
        if turn_x.abs() > limit || turn_y.abs() > limit {
            let value = format!("turned by {turn_x}, {turn_y}");
            let problem = "rows must run east: warp the file with gdalwarp";
            return Err(self.wrong("ModelTransformationTag", value, problem));
        }
        Ok([x, dx, y, -dy])
    }

    fn scale_and_tie(&mut self) -> Result<[f64; 4], TerrainError> {
        let scale = self.doubles(Tag::ModelPixelScaleTag)?.unwrap_or_default();
        let tie = self.doubles(Tag::ModelTiepointTag)?.unwrap_or_default();
        let [dx, dy, ..] = *scale.as_slice() else {
            let problem = "the file does not say how large its pixels are";
            return Err(self.wrong("ModelPixelScaleTag", "missing", problem));
        };
        let [col, row, _, x, y, _] = *tie.as_slice() else {
            let value = format!("{} numbers", tie.len());
            let problem = "there must be one tie point of six numbers: warp the file with gdalwarp";
            return Err(self.wrong("ModelTiepointTag", value, problem));
        };
        Ok([x - col * dx, dx, y + row * dy, dy])
    }

    fn nodata(&mut self) -> Result<Option<f64>, TerrainError> {
        let Some(text) = self.read(Tag::GdalNodata, Value::into_string)? else { return Ok(None) };
        let text = text.trim_matches(['\0', ' ']).to_owned();
        match text.parse::<f64>() {
            Ok(value) => Ok(Some(value)),
            Err(_) if text.is_empty() => Ok(None),
            Err(_) => Err(self.wrong("GDAL_NODATA", text, "must be a number")),
        }
    }

    /// Refuses a band whose numbers are not plain metres.
    fn metadata(&mut self) -> Result<(), TerrainError> {
        let Some(text) = self.read(GDAL_METADATA, Value::into_string)? else { return Ok(()) };
        let item = |role: &str| {
            let (_, after) = text.split_once(&format!("role=\"{role}\">"))?;
            after.split_once('<').map(|(value, _)| value.trim())
        };
        if let Some(unit) = item("unittype")
            && !matches!(
                unit.to_ascii_lowercase().as_str(),
                "" | "m" | "metre" | "metres" | "meter" | "meters"
            )
        {
            return Err(self.wrong("GDAL_METADATA unittype", unit, "heights must be metres"));
        }
        for (role, plain) in [("scale", 1.0), ("offset", 0.0)] {
            let plainly =
                |value: &str| value.parse().is_ok_and(|value: f64| value.total_cmp(&plain).is_eq());
            if let Some(value) = item(role).filter(|value| !plainly(value)) {
                let problem = "numbers must be heights as they stand: unpack them with gdal_translate -unscale";
                let tag =
                    if role == "scale" { "GDAL_METADATA scale" } else { "GDAL_METADATA offset" };
                return Err(self.wrong(tag, value, problem));
            }
        }
        Ok(())
    }
}
