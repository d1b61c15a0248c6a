//! Rows and columns: what a feature is, and how one table says both which columns there are and what they hold.

use jiff::Timestamp;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::places::LonLat;

/// One thing on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub id: FeatureId,
    pub geometry: Option<Geometry>,
    /// When it is about; `None` for what holds at all times.
    pub span: Option<Span>,
    /// One for each field of its collection, in their order.
    pub values: Vec<Value>,
    /// Where a track was, oldest first; empty for everything else.
    pub path: Vec<PathPoint>,
}

/// What names a feature within its collection; also the order in which they are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeatureId {
    Number(u64),
    Name(String),
}

/// Where it is: longitude before latitude, rings closed, outer rings counter-clockwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    Point(LonLat),
    Line(Vec<LonLat>),
    /// Polygons, each an outer ring and its holes.
    Areas(Vec<Vec<Vec<LonLat>>>),
}

/// A time with both ends; `until` is `None` while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub since: Timestamp,
    pub until: Option<Timestamp>,
}

/// A place that a track passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathPoint {
    pub at: Timestamp,
    pub place: LonLat,
    /// Above sea, where it flew.
    pub height_m: Option<f64>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Texts,
    Number,
    Whole,
    Flag,
    Time,
}

/// A column: its name, which carries the unit, and what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Nothing,
    Text(String),
    Texts(Vec<String>),
    Number(f64),
    Whole(u64),
    Flag(bool),
    Time(Timestamp),
}

/// A column of a table of `T`, with the way to its cells.
pub(super) struct Column<T> {
    field: Field,
    of: fn(&T) -> Value,
}

/// A column named in the order name, kind, words, cell.
pub(super) const fn column<T>(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    of: fn(&T) -> Value,
) -> Column<T> {
    Column { field: Field { name, kind, about }, of }
}

pub(super) fn fields<T>(columns: &[Column<T>]) -> Vec<Field> {
    columns.iter().map(|column| column.field).collect()
}

pub(super) fn values<T>(columns: &[Column<T>], of: &T) -> Vec<Value> {
    columns.iter().map(|column| (column.of)(of)).collect()
}

impl Feature {
    /// A feature with one value for each column.
    pub(super) fn of<T>(id: FeatureId, columns: &[Column<T>], of: &T) -> Self {
        let values = values(columns, of);
        Self { id, geometry: None, span: None, values, path: Vec::new() }
    }

    pub(super) fn at(self, geometry: Option<Geometry>) -> Self {
        Self { geometry, ..self }
    }

    pub(super) fn during(self, since: Timestamp, until: Option<Timestamp>) -> Self {
        Self { span: Some(Span { since, until }), ..self }
    }
}

impl Geometry {
    /// Every vertex.
    pub fn vertices(&self) -> Box<dyn Iterator<Item = LonLat> + '_> {
        match self {
            Self::Point(place) => Box::new(std::iter::once(*place)),
            Self::Line(places) => Box::new(places.iter().copied()),
            Self::Areas(areas) => Box::new(areas.iter().flatten().flatten().copied()),
        }
    }
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn maybe<T>(value: Option<T>, of: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nothing, of)
    }

    /// The domain's own word for one of a fixed set, as it stands in JSON everywhere else.
    pub(super) fn word(of: &impl Serialize) -> Self {
        word(of, None).map_or(Self::Nothing, Self::Text)
    }

    /// The same where the word stands in a tag beside figures.
    pub(super) fn tag(of: &impl Serialize, tag: &'static str) -> Self {
        word(of, Some(tag)).map_or(Self::Nothing, Self::Text)
    }

    /// As one piece of text; `None` where there is nothing. Lists are told with semicolons.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Text(text) => Some(text.clone()),
            Self::Texts(texts) => Some(texts.join("; ")),
            Self::Number(number) => Some(number.to_string()),
            Self::Whole(whole) => Some(whole.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Time(time) => Some(time.to_string()),
        }
    }

    /// Whether it is what somebody wrote, or holds it. `None` when nobody could mean a value of this kind by that.
    pub fn is(&self, wanted: &str) -> Option<bool> {
        Some(match self {
            Self::Nothing => false,
            Self::Text(text) => text == wanted,
            Self::Texts(texts) => texts.iter().any(|text| text == wanted),
            Self::Number(number) => {
                let wanted: f64 = wanted.parse().ok()?;
                number.total_cmp(&wanted).is_eq()
            }
            Self::Whole(whole) => *whole == wanted.parse::<u64>().ok()?,
            Self::Flag(flag) => *flag == wanted.parse::<bool>().ok()?,
            Self::Time(time) => *time == wanted.parse::<Timestamp>().ok()?,
        })
    }
}

impl Kind {
    /// Whether text can mean a value of this kind.
    pub fn reads(self, text: &str) -> bool {
        match self {
            Self::Text | Self::Texts => true,
            Self::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Whole => text.parse::<u64>().is_ok(),
            Self::Flag => text.parse::<bool>().is_ok(),
            Self::Time => text.parse::<Timestamp>().is_ok(),
        }
    }
}

/// The word that serde has for something, under a tag if it has one.
pub(super) fn word(of: &impl Serialize, tag: Option<&str>) -> Option<String> {
    let value = serde_json::to_value(of).ok()?;
    let word = match tag {
        Some(tag) => value.get(tag)?,
        None => &value,
    };
    word.as_str().map(str::to_owned)
}

impl std::fmt::Display for FeatureId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl Serialize for FeatureId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => to.serialize_u64(*number),
            Self::Name(name) => to.serialize_str(name),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => to.serialize_none(),
            Self::Text(text) => to.serialize_str(text),
            Self::Texts(texts) => {
                let mut list = to.serialize_seq(Some(texts.len()))?;
                texts.iter().try_for_each(|text| list.serialize_element(text))?;
                list.end()
            }
            Self::Number(number) => to.serialize_f64(*number),
            Self::Whole(whole) => to.serialize_u64(*whole),
            Self::Flag(flag) => to.serialize_bool(*flag),
            Self::Time(time) => to.collect_str(time),
        }
    }
}

/// As `GeoJSON` has it (RFC 7946).
impl Serialize for Geometry {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(Some(2))?;
        match self {
            Self::Point(place) => {
                object.serialize_entry("type", "Point")?;
                object.serialize_entry("coordinates", place)?;
            }
            Self::Line(places) => {
                object.serialize_entry("type", "LineString")?;
                object.serialize_entry("coordinates", places)?;
            }
            Self::Areas(areas) => {
                object.serialize_entry("type", "MultiPolygon")?;
                object.serialize_entry("coordinates", areas)?;
            }
        }
        object.end()
    }
}
