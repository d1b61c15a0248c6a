//! A `GeoTIFF` opened: windows of it as grids.

use std::io::{Read, Seek};
use std::ops::Range;

use tiff::decoder::{Decoder, Limits};

use super::super::utm::UtmZone;
use super::super::{Bounds, Grid, Layout, TerrainError, VOID};
use super::chunk::Chunk;
use super::keys::Crs;
use super::tags::{self, Content, Header, broken};
use super::{CHUNK_BYTES_MAX, HEIGHTS_M, PIXEL_ASPECT_MAX, POSTS_MAX, TAG_BYTES_MAX, resample};

/// An opened file: its tags are read and checked, its pixels are not yet read.
///
/// Whole and floating numbers of 8 to 64 bits, strips and tiles, packed by deflate, LZW, `PackBits` or zstd with any
/// predictor; WGS84 in longitude and latitude or UTM; `BigTIFF` as well. Heights are rounded to whole metres.
pub struct Source<R: Read + Seek> {
    pub(super) file: String,
    decoder: Decoder<R>,
    pub(super) header: Header,
    content: Content,
}

/// Rows and columns of pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        self.rows.len().saturating_mul(self.cols.len())
    }
}

impl<R: Read + Seek> Source<R> {
    /// Reads and checks the tags; `file` is the name that errors give.
    ///
    /// Errors name the tag that cannot be honoured and its value, or say how the file is broken.
    pub fn open(file: &str, from: R) -> Result<Self, TerrainError> {
        Self::open_as(Content::Heights, file, from)
    }

    pub(super) fn open_as(content: Content, file: &str, from: R) -> Result<Self, TerrainError> {
        let mut limits = Limits::default();
        limits.decoding_buffer_size = CHUNK_BYTES_MAX;
        limits.intermediate_buffer_size = CHUNK_BYTES_MAX;
        limits.ifd_value_size = TAG_BYTES_MAX;
        let decoder = Decoder::new(from).map_err(|error| broken(file, &error))?;
        let mut decoder = decoder.with_limits(limits);
        let header = tags::read(file, &mut decoder, content)?;
        let source = Self { file: file.to_owned(), decoder, header, content };
        source.check_place()?;
        Ok(source)
    }

    /// Where posts lie: the pixels' middles, or for a projected file the grid that it is resampled to.
    pub fn layout(&self) -> Layout {
        let Header { width, height, placement, .. } = &self.header;
        match placement.crs {
            Crs::Geographic => Layout {
                west_deg: placement.x0,
                north_deg: placement.y0,
                lon_step_deg: placement.dx,
                lat_step_deg: placement.dy,
                width: *width,
                height: *height,
            },
            Crs::Utm(zone) => resample::layout(&self.header, zone),
        }
    }

    /// Metres between pixels east and north when the file is projected, else `None`.
    pub fn spacing_m(&self) -> Option<[f64; 2]> {
        let placement = &self.header.placement;
        matches!(placement.crs, Crs::Utm(_)).then_some([placement.dx, placement.dy])
    }

    /// Reads the posts within bounds, or all; only strips and tiles that hold some of them are unpacked.
    ///
    /// `None` when none lie within. Errors name a strip or tile that is broken, or a height that cannot be.
    pub fn read(&mut self, within: Option<&Bounds>) -> Result<Option<Grid>, TerrainError> {
        let whole = self.layout();
        let all = Some((whole, (0, 0)));
        let Some((layout, (row, col))) = within.map_or(all, |bounds| whole.within(bounds)) else {
            return Ok(None);
        };
        if let Crs::Utm(zone) = self.header.placement.crs {
            return resample::read(self, zone, &layout).map(Some);
        }
        let window = Window { rows: row..row + layout.height, cols: col..col + layout.width };
        self.check_size(window.len(), POSTS_MAX)?;
        let mut posts_m = vec![VOID; window.len()];
        self.pixels(&window, |at, height_m| posts_m[at] = to_post(height_m))?;
        Ok(Some(Grid::of(&layout, posts_m)))
    }

    pub(super) fn check_size(&self, posts: usize, limit: usize) -> Result<(), TerrainError> {
        if posts > limit {
            return Err(TerrainError::TooManyPosts { file: self.file.clone(), posts, limit });
        }
        Ok(())
    }

    /// A geographic file must lie on the globe, a projected one where its zone's formulas hold.
    fn check_place(&self) -> Result<(), TerrainError> {
        let Header { width, height, placement, .. } = &self.header;
        if let Crs::Utm(zone) = placement.crs {
            return self.check_place_in(zone);
        }
        let south = placement.y0 - (*height as f64 - 1.0) * placement.dy;
        let east = placement.x0 + (*width as f64 - 1.0) * placement.dx;
        let on_globe = placement.y0 <= 90.0
            && south >= -90.0
            && placement.x0 >= -180.5
            && east - placement.x0 <= 360.5;
        if on_globe {
            return Ok(());
        }
        let value = format!("{}, {} to {east}, {south}", placement.x0, placement.y0);
        let problem = "the pixels lie off the globe";
        Err(super::keys::wrong(&self.file, "ModelTiepointTag", &value, problem))
    }

    /// All corners must lie within 1000 km of the zone's middle and on this side of the 180th meridian.
    fn check_place_in(&self, zone: UtmZone) -> Result<(), TerrainError> {
        let Header { width, height, placement, .. } = &self.header;
        let (dx, dy) = (placement.dx, placement.dy);
        if dx.max(dy) > PIXEL_ASPECT_MAX * dx.min(dy) {
            let problem =
                "pixels must be at most 20 times as long as wide: warp the file with gdalwarp -tr";
            let value = format!("{dx} by {dy}");
            return Err(super::keys::wrong(&self.file, "ModelPixelScaleTag", &value, problem));
        }
        let across = [0.0, (*width as f64 - 1.0) * placement.dx];
        let down = [0.0, (*height as f64 - 1.0) * placement.dy];
        for (x, y) in across.into_iter().flat_map(|x| down.map(|y| (x, y))) {
            let (easting_m, northing_m) = (placement.x0 + x, placement.y0 - y);
            let problem = if !(-500e3..=1_500e3).contains(&easting_m)
                || !(-500e3..=10_500e3).contains(&northing_m)
            {
                "the pixels lie outside the zone"
            } else if zone.unproject(easting_m, northing_m).0.abs() > 180.0 {
                "the pixels cross the 180th meridian: cut the file there"
            } else {
                continue;
            };
            let value = format!("{easting_m}, {northing_m}");
            return Err(super::keys::wrong(&self.file, "ModelTiepointTag", &value, problem));
        }
        Ok(())
    }

    /// Calls `put(index in the window, number)` for every pixel of a window that is not void.
    pub(super) fn pixels(
        &mut self,
        window: &Window,
        mut put: impl FnMut(usize, f64),
    ) -> Result<(), TerrainError> {
        let (chunk_cols, chunk_rows) = self.decoder.chunk_dimensions();
        let size = |length: u32| usize::try_from(length).unwrap_or(usize::MAX).max(1);
        let (chunk_cols, chunk_rows) = (size(chunk_cols), size(chunk_rows));
        let across = self.header.width.div_ceil(chunk_cols);
        for down in window.rows.start / chunk_rows..window.rows.end.div_ceil(chunk_rows) {
            for over in window.cols.start / chunk_cols..window.cols.end.div_ceil(chunk_cols) {
                let index = down * across + over;
                let chunk = Chunk::read(&self.file, &mut self.decoder, &self.header, index)?;
                let origin = (down * chunk_rows, over * chunk_cols);
                self.put_chunk(&chunk, origin, window, &mut put)?;
            }
        }
        Ok(())
    }

    fn put_chunk(
        &self,
        chunk: &Chunk,
        (row0, col0): (usize, usize),
        window: &Window,
        put: &mut impl FnMut(usize, f64),
    ) -> Result<(), TerrainError> {
        for row in window.rows.start.max(row0)..window.rows.end.min(row0 + chunk.rows) {
            let into = (row - window.rows.start) * window.cols.len();
            for col in window.cols.start.max(col0)..window.cols.end.min(col0 + chunk.cols) {
                let Some(value) = chunk.get(row - row0, col - col0) else { continue };
                if self.is_void(value) {
                    continue;
                }
                if self.content == Content::Heights && !HEIGHTS_M.contains(&value) {
                    let file = self.file.clone();
                    return Err(TerrainError::Height { file, row, col, value });
                }
                put(into + col - window.cols.start, value);
            }
        }
        Ok(())
    }

    /// NaN, the file's own mark, and of heights the mark of SRTM in 16-bit files that say none.
    fn is_void(&self, value: f64) -> bool {
        let sample = self.header.sample;
        #[expect(clippy::cast_possible_truncation, reason = "as the file itself rounds its mark")]
        let marked = self.header.nodata.is_some_and(|mark| {
            let rounded =
                if sample.bits == 32 && sample.format == 3 { f64::from(mark as f32) } else { mark };
            value.total_cmp(&rounded).is_eq()
        });
        let srtm = self.content == Content::Heights
            && sample.bits == 16
            && sample.format == 2
            && value <= f64::from(VOID);
        value.is_nan() || marked || srtm
    }
}

/// Whole metres.
#[expect(clippy::cast_possible_truncation, reason = "within HEIGHTS_M")]
pub(super) fn to_post(height_m: f64) -> i16 {
    libm::round(height_m) as i16
}
