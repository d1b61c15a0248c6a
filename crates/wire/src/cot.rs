//! Cursor on Target: events as XML (TAK protocol version 0) and protobuf (version 1).
//!
//! An [`Event`] keeps all of its detail, known or not, as elements, so that what comes in by one
//! encoding can go out by the other without loss. [`frame`] cuts streams and datagrams,
//! [`takproto`] turns events into protobuf messages and back, [`negotiation`] agrees on a version
//! over a stream, and [`peers`] says which one all of a mesh read.

pub mod frame;
pub mod negotiation;
pub mod peers;
pub mod takproto;
pub mod xml;

use jiff::Timestamp;

use crate::limits::{COT_EVENT_BYTES_MAX, EXCERPT_CHARS_MAX};
use crate::text;
use frame::Frame;
use takproto::TakControl;
use xml::{Element, XmlError};

/// Written where an error or a height is unknown. Read: anything from [`UNKNOWN_FROM`] on.
pub const UNKNOWN: f64 = 9_999_999.0;
/// Senders write 999999 or 9999999 for the unknown; no true figure is so large.
pub const UNKNOWN_FROM: f64 = 999_999.0;

/// One event: where something is, until when that holds, and what else is said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The same uid replaces the earlier event.
    pub uid: String,
    /// Type, such as `a-f-G-U-C`.
    pub kind: String,
    /// How the place was come by, such as `m-g`; may be empty.
    pub how: String,
    pub time: Timestamp,
    pub start: Timestamp,
    /// When it is out of date. An alarm does not end by that.
    pub stale: Timestamp,
    pub access: Option<String>,
    pub qos: Option<String>,
    pub opex: Option<String>,
    pub point: Point,
    /// Children of the event's detail, in their order.
    pub detail: Vec<xml::Node>,
}

/// What one message says: an event, a word on the versions that its sender reads, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub control: Option<TakControl>,
    pub event: Option<Event>,
}

/// A place with its errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lat_deg: f64,
    pub lon_deg: f64,
    /// Height above the ellipsoid; `None` when unknown.
    pub hae_m: Option<f64>,
    /// Horizontal error, a radius; `None` when unknown.
    pub ce_m: Option<f64>,
    /// Vertical error; `None` when unknown.
    pub le_m: Option<f64>,
}

/// Why something is not an event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CotError {
    #[error("event must hold at most {COT_EVENT_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("event is not utf-8")]
    NotText,
    #[error("event is not xml: {0}")]
    Xml(#[from] XmlError),
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error("{field} must be {expected}, got {got:?}")]
    Wrong { field: &'static str, expected: &'static str, got: String },
    #[error("not a tak message: {0}")]
    Protobuf(String),
}

impl CotError {
    fn wrong(field: &'static str, expected: &'static str, got: &str) -> Self {
        Self::Wrong { field, expected, got: text::clean(got, EXCERPT_CHARS_MAX) }
    }
}

/// Reads an event from XML.
pub fn parse(bytes: &[u8]) -> Result<Event, CotError> {
    if bytes.len() > COT_EVENT_BYTES_MAX {
        return Err(CotError::TooLong(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_broken| CotError::NotText)?;
    Event::from_element(xml::parse(text)?)
}

impl Message {
    /// Reads a message of either version.
    pub fn read(frame: Frame<'_>) -> Result<Self, CotError> {
        let (control, event) = match frame {
            Frame::Xml(bytes) => (None, Some(parse(bytes)?)),
            Frame::Protobuf(bytes) => takproto::decode(bytes)?,
        };
        Ok(Self { control, event })
    }
}

impl Event {
    /// The event as a TAK stream carries it: a declaration, a line end, the element, and nothing after it.
    pub fn to_xml(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n{}",
            self.to_element()
        )
    }

    /// The first element of a name in the detail.
    pub fn detail(&self, name: &str) -> Option<&Element> {
        self.details().find(|element| element.name == name)
    }

    /// Elements of the detail.
    pub fn details(&self) -> impl Iterator<Item = &Element> {
        self.detail.iter().filter_map(|node| match node {
            xml::Node::Element(element) => Some(element),
            xml::Node::Text(_) => None,
        })
    }

    fn from_element(mut event: Element) -> Result<Self, CotError> {
        if event.name != "event" {
            return Err(CotError::wrong("root element", "event", &event.name));
        }
        let point = event.child("point").ok_or(CotError::Missing { field: "point" })?;
        let point = Point::from_element(point)?;
        let detail = event.children.iter_mut().find_map(|child| match child {
            xml::Node::Element(element) if element.name == "detail" => {
                Some(std::mem::take(&mut element.children))
            }
            xml::Node::Element(_) | xml::Node::Text(_) => None,
        });
        let text = |name: &str| event.attribute(name).map(str::to_owned);
        Ok(Self {
            uid: mandatory(&event, "uid", "event@uid")?,
            kind: mandatory(&event, "type", "event@type")?,
            how: text("how").unwrap_or_default(),
            time: moment(&event, "time", "event@time")?,
            start: moment(&event, "start", "event@start")?,
            stale: moment(&event, "stale", "event@stale")?,
            access: text("access"),
            qos: text("qos"),
            opex: text("opex"),
            point,
            detail: detail.unwrap_or_default(),
        })
    }

    fn to_element(&self) -> Element {
        let mut event = Element::new("event")
            .with("version", "2.0")
            .with("uid", &self.uid)
            .with("type", &self.kind)
            .with("time", self.time.to_string())
            .with("start", self.start.to_string())
            .with("stale", self.stale.to_string())
            .with("how", &self.how);
        for (name, value) in [("access", &self.access), ("qos", &self.qos), ("opex", &self.opex)] {
            if let Some(value) = value {
                event = event.with(name, value);
            }
        }
        let detail = Element { children: self.detail.clone(), ..Element::new("detail") };
        event.holding(self.point.to_element()).holding(detail)
    }
}

impl Point {
    /// Checks the place and takes huge figures for unknown ones.
    pub fn new(
        lat_deg: f64,
        lon_deg: f64,
        [hae_m, ce_m, le_m]: [f64; 3],
    ) -> Result<Self, CotError> {
        for (field, limit_deg, got) in [("point@lat", 90.0, lat_deg), ("point@lon", 180.0, lon_deg)]
        {
            if !(-limit_deg..=limit_deg).contains(&got) {
                return Err(CotError::wrong(field, "degrees on the globe", &got.to_string()));
            }
        }
        for (field, got) in [("point@hae", hae_m), ("point@ce", ce_m), ("point@le", le_m)] {
            if !got.is_finite() {
                return Err(CotError::wrong(field, "a finite number", &got.to_string()));
            }
        }
        let known = |figure: f64| Some(figure).filter(|figure| *figure < UNKNOWN_FROM);
        // An error below zero says nothing; some senders write -1 for the unknown.
        let error = |figure: f64| known(figure).filter(|figure| *figure >= 0.0);
        Ok(Self { lat_deg, lon_deg, hae_m: known(hae_m), ce_m: error(ce_m), le_m: error(le_m) })
    }

    fn from_element(point: &Element) -> Result<Self, CotError> {
        let degrees = |name, field| number(point, name, field)?.ok_or(CotError::Missing { field });
        let metres =
            |name, field| Ok::<_, CotError>(number(point, name, field)?.unwrap_or(UNKNOWN));
        Self::new(
            degrees("lat", "point@lat")?,
            degrees("lon", "point@lon")?,
            [metres("hae", "point@hae")?, metres("ce", "point@ce")?, metres("le", "point@le")?],
        )
    }

    fn to_element(self) -> Element {
        let metres = |figure: Option<f64>| format!("{:?}", figure.unwrap_or(UNKNOWN));
        Element::new("point")
            .with("lat", self.lat_deg.to_string())
            .with("lon", self.lon_deg.to_string())
            .with("hae", metres(self.hae_m))
            .with("ce", metres(self.ce_m))
            .with("le", metres(self.le_m))
    }
}

fn mandatory(element: &Element, name: &str, field: &'static str) -> Result<String, CotError> {
    let value = element.attribute(name).filter(|value| !value.trim().is_empty());
    value.map(str::to_owned).ok_or(CotError::Missing { field })
}

fn moment(element: &Element, name: &str, field: &'static str) -> Result<Timestamp, CotError> {
    let text = mandatory(element, name, field)?;
    text.trim()
        .parse()
        .map_err(|_fault| CotError::wrong(field, "a time such as 2026-11-20T19:00:00Z", &text))
}

fn number(element: &Element, name: &str, field: &'static str) -> Result<Option<f64>, CotError> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    let number = text.trim().parse().map_err(|_fault| CotError::wrong(field, "a number", text))?;
    Ok(Some(number))
}

#[cfg(test)]
mod tests;
