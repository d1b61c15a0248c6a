//! Rasters of land cover: the codes that stand for kinds of ground, and the pixels under the sector.

use std::collections::BTreeMap;
use std::io::Cursor;

use super::super::fields::Fields;
use super::super::land_cover::{PIXELS_MAX, Scheme, Sheet};
use super::super::{GroundKind, LandCover};
use super::ground::KINDS;
use crate::terrain::Bounds;
use crate::terrain::geotiff::{Source, as_numbers};

const SCHEMES: &[(&str, Scheme)] = &[("esa-worldcover", Scheme::EsaWorldCover)];

/// Most unknown codes that a fault names; a raster of heights holds thousands.
const CODES_TOLD: usize = 8;

/// What the sector file says of its land cover; its rasters are read once it is known how far the sector reaches.
pub(super) struct Legend<'a, 's> {
    fields: Fields<'a, 's>,
    files: Vec<String>,
    /// By code.
    kinds: Vec<Option<GroundKind>>,
}

/// Reads `[land_cover]` but for the rasters that it names.
pub(super) fn legend<'a, 's>(mut fields: Fields<'a, 's>) -> Option<Legend<'a, 's>> {
    let files = fields.texts("files");
    fields.mention("scheme");
    let scheme = if fields.has("scheme") { fields.choice("scheme", SCHEMES) } else { None };
    let mut kinds = vec![None; usize::from(u16::MAX) + 1];
    for (code, kind) in scheme.map_or(&[][..], Scheme::kinds) {
        kinds[usize::from(*code)] = Some(*kind);
    }
    let mut own = BTreeMap::new();
    for mut class in fields.tables("class") {
        let code = class.whole("code", 0..=u64::from(u16::MAX));
        let kind = class.choice("kind", KINDS);
        let Some(code) = code.and_then(|code| usize::try_from(code).ok()) else { continue };
        if let Some(first) = own.insert(code, class.path_of("code")) {
            class.fault("code", format!("already has a kind by {first}: keep one of the two"));
        }
        kinds[code] = kind.or(kinds[code]);
    }
    if own.is_empty() && !fields.has("scheme") {
        let problem = "is missing: name a scheme, or give each code a [[land_cover.class]]";
        fields.fault("scheme", problem);
    }
    Some(Legend { files: files?, fields, kinds })
}

impl Legend<'_, '_> {
    /// The rasters within bounds; `read` fetches files relative to the sector file.
    pub(super) fn read(
        &self,
        within: &Bounds,
        read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Option<LandCover> {
        let mut sheets: Vec<Sheet> = Vec::new();
        let mut is_whole = true;
        for file in &self.files {
            let sheet = read(file)
                .map_err(|problem| format!("{file}: cannot be read: {problem}"))
                .and_then(|bytes| self.sheet(file, bytes, within));
            match sheet {
                Ok(sheet) => sheets.extend(sheet),
                Err(problem) => {
                    self.fields.fault("files", problem);
                    is_whole = false;
                }
            }
        }
        let pixels: usize = sheets.iter().map(|sheet| sheet.kinds.len()).sum();
        let problem = if pixels > PIXELS_MAX {
            format!(
                "hold {pixels} pixels under the sector, more than {PIXELS_MAX}: coarsen them with gdalwarp -r mode -tr"
            )
        } else if sheets.is_empty() && is_whole {
            "none of these reaches under the sector: name rasters that hold its line".to_owned()
        } else {
            return is_whole.then(|| LandCover { files: self.files.clone(), sheets });
        };
        self.fields.fault("files", problem);
        None
    }

    fn sheet(&self, file: &str, bytes: Vec<u8>, within: &Bounds) -> Result<Option<Sheet>, String> {
        let mut unknown = Unknown::default();
        let kind_of = |code: f64| {
            let kind = self.kind_of(code);
            if kind.is_none() {
                unknown.count(code);
            }
            kind
        };
        let found = Source::open_codes(file, Cursor::new(as_numbers(bytes)))
            .and_then(|mut source| source.classes(within, None, kind_of))
            .map_err(|error| error.to_string())?;
        unknown.check(file)?;
        Ok(found.map(|(layout, kinds)| Sheet { layout, kinds: kinds.into() }))
    }

    fn kind_of(&self, code: f64) -> Option<GroundKind> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "beyond the table it saturates"
        )]
        let at = (code >= 0.0).then_some(code as usize)?;
        self.kinds.get(at).copied().flatten()
    }
}

/// Codes that have no kind.
#[derive(Default)]
struct Unknown {
    /// Pixels by code, of the first ones met.
    pixels: BTreeMap<i64, u64>,
    has_more: bool,
}

impl Unknown {
    fn count(&mut self, code: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "codes are whole numbers of 32 bits")]
        let code = code as i64;
        if self.pixels.len() < CODES_TOLD || self.pixels.contains_key(&code) {
            *self.pixels.entry(code).or_default() += 1;
        } else {
            self.has_more = true;
        }
    }

    fn check(&self, file: &str) -> Result<(), String> {
        if self.pixels.is_empty() {
            return Ok(());
        }
        let told = self.pixels.iter().map(|(code, pixels)| format!("{code} ({pixels} pixels)"));
        let more = if self.has_more { " and others" } else { "" };
        Err(format!(
            "{file}: holds codes without a kind: {}{more}; give each a [[land_cover.class]], open where nothing is known",
            told.collect::<Vec<_>>().join(", ")
        ))
    }
}
