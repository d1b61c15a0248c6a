//! Writes a raster on a geographic grid as a deflated `GeoTIFF`.

use std::io::{Seek, Write};

use tiff::encoder::colortype::{ColorType, Gray8, Gray32Float, GrayI16};
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, Predictor, TiffEncoder, TiffValue};
use tiff::tags::Tag;
use tiff::{TiffError, TiffResult};

use super::super::{Layout, TerrainError, VOID};
use super::{DEGREE, MODEL_GEOGRAPHIC, PIXEL_IS_AREA, WGS84, key};

/// `GDAL_METADATA`, where GDAL keeps a band's name.
const GDAL_METADATA: Tag = Tag::Unknown(42112);

/// What a raster holds, row-major, north row first; each kind has its own word for "no value".
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Samples<'a> {
    /// 255 is no value.
    Bytes(&'a [u8]),
    /// [`VOID`] is no value.
    Heights(&'a [i16]),
    /// NaN is no value.
    Floats(&'a [f32]),
}

impl Samples<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(samples) => samples.len(),
            Self::Heights(samples) => samples.len(),
            Self::Floats(samples) => samples.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at an index; `None` when there is no value.
    pub fn value(&self, at: usize) -> Option<f64> {
        match self {
            Self::Bytes(samples) => (samples[at] != u8::MAX).then(|| f64::from(samples[at])),
            Self::Heights(samples) => (samples[at] != VOID).then(|| f64::from(samples[at])),
            Self::Floats(samples) => (!samples[at].is_nan()).then(|| f64::from(samples[at])),
        }
    }

    fn nodata(&self) -> &'static str {
        match self {
            Self::Bytes(_) => "255",
            Self::Heights(_) => "-32768",
            Self::Floats(_) => "nan",
        }
    }
}

/// Writes `samples`, which lie as `layout` says, in WGS84 longitude and latitude.
///
/// Pixel is area, strips, deflate; `quantity` names the band. Fails when `samples` are not as many as the
/// layout's posts, and when `to` cannot be written.
pub fn write<W: Write + Seek>(
    to: W,
    layout: &Layout,
    quantity: &str,
    samples: Samples<'_>,
) -> Result<(), TerrainError> {
    let posts = layout.width * layout.height;
    if samples.len() != posts || posts == 0 {
        return Err(TerrainError::Write {
            reason: format!("{} samples for {posts} posts", samples.len()),
        });
    }
    let file = TiffEncoder::new(to)
        .map(|file| file.with_compression(Compression::Deflate(DeflateLevel::Balanced)));
    let about = About { layout, quantity, nodata: samples.nodata() };
    file.and_then(|file| match samples {
        Samples::Bytes(samples) => image::<Gray8, W>(file, &about, samples),
        Samples::Heights(samples) => {
            image::<GrayI16, W>(file.with_predictor(Predictor::Horizontal), &about, samples)
        }
        Samples::Floats(samples) => image::<Gray32Float, W>(file, &about, samples),
    })
    .map_err(|error| TerrainError::Write { reason: error.to_string() })
}

/// What the tags say.
struct About<'a> {
    layout: &'a Layout,
    quantity: &'a str,
    nodata: &'static str,
}

fn image<C: ColorType, W: Write + Seek>(
    mut file: TiffEncoder<W>,
    about: &About<'_>,
    samples: &[C::Inner],
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let layout = about.layout;
    let size = |length: usize| u32::try_from(length).map_err(TiffError::from);
    let mut image = file.new_image::<C>(size(layout.width)?, size(layout.height)?)?;
    let tags = image.encoder();
    let (west_deg, north_deg) = layout.corner(-0.5, -0.5);
    let scale = [layout.lon_step_deg, layout.lat_step_deg, 0.0];
    tags.write_tag(Tag::ModelPixelScaleTag, &scale[..])?;
    tags.write_tag(Tag::ModelTiepointTag, &[0.0, 0.0, 0.0, west_deg, north_deg, 0.0][..])?;
    #[rustfmt::skip]
    let keys: [u16; 20] = [
        1, 1, 0, 4,
        key::MODEL_TYPE, 0, 1, MODEL_GEOGRAPHIC,
        key::RASTER_TYPE, 0, 1, PIXEL_IS_AREA,
        key::GEODETIC_CRS, 0, 1, WGS84,
        key::ANGULAR_UNITS, 0, 1, DEGREE,
    ];
    tags.write_tag(Tag::GeoKeyDirectoryTag, &keys[..])?;
    tags.write_tag(Tag::GdalNodata, about.nodata)?;
    tags.write_tag(GDAL_METADATA, description(about.quantity).as_str())?;
    image.write_data(samples)
}

/// A band's name as GDAL reads it.
fn description(quantity: &str) -> String {
    let safe: String = quantity.chars().filter(|c| !matches!(c, '<' | '>' | '&')).collect();
    format!(
        "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"0\" role=\"description\">{safe}</Item></GDALMetadata>"
    )
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn samples_know_their_own_gaps() {
        assert_eq!(Samples::Bytes(&[255]).value(0), None);
        assert_eq!(Samples::Heights(&[VOID, -3]).value(1), Some(-3.0));
        assert_eq!(Samples::Floats(&[f32::NAN, 0.5]).value(0), None);
    }

    #[test]
    fn too_few_samples_are_refused() {
        let layout = Layout {
            west_deg: 1.0,
            north_deg: 43.0,
            lon_step_deg: 0.1,
            lat_step_deg: 0.1,
            width: 3,
            height: 2,
        };

        let error = write(Cursor::new(Vec::new()), &layout, "visible", Samples::Bytes(&[0; 5]))
            .unwrap_err();

        assert!(error.to_string().contains("5 samples for 6 posts"), "{error}");
    }
}
