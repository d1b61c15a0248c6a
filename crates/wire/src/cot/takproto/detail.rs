//! Details of an event: six kinds travel typed, the rest as XML text.

use prost::Message;

use crate::cot::CotError;
use crate::cot::xml::{self, Element, Node};

/// The detail of an event.
#[derive(Clone, PartialEq, Message)]
pub struct Detail {
    /// All children that are not typed, without an element around them.
    #[prost(string, tag = "1")]
    pub xml_detail: String,
    #[prost(message, optional, tag = "2")]
    pub contact: Option<Contact>,
    #[prost(message, optional, tag = "3")]
    pub group: Option<Group>,
    #[prost(message, optional, tag = "4")]
    pub precision_location: Option<PrecisionLocation>,
    #[prost(message, optional, tag = "5")]
    pub status: Option<Status>,
    #[prost(message, optional, tag = "6")]
    pub takv: Option<Takv>,
    #[prost(message, optional, tag = "7")]
    pub track: Option<Track>,
}

/// How to reach the sender.
#[derive(Clone, PartialEq, Message)]
pub struct Contact {
    /// `host:port:protocol`.
    #[prost(string, tag = "1")]
    pub endpoint: String,
    #[prost(string, tag = "2")]
    pub callsign: String,
}

/// Team colour and role.
#[derive(Clone, PartialEq, Message)]
pub struct Group {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub role: String,
}

/// Where place and height come from.
#[derive(Clone, PartialEq, Message)]
pub struct PrecisionLocation {
    #[prost(string, tag = "1")]
    pub geopointsrc: String,
    #[prost(string, tag = "2")]
    pub altsrc: String,
}

/// State of the device.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// Percent.
    #[prost(uint32, tag = "1")]
    pub battery: u32,
}

/// The sender's program.
#[derive(Clone, PartialEq, Message)]
pub struct Takv {
    #[prost(string, tag = "1")]
    pub device: String,
    #[prost(string, tag = "2")]
    pub platform: String,
    #[prost(string, tag = "3")]
    pub os: String,
    #[prost(string, tag = "4")]
    pub version: String,
}

/// Movement.
#[derive(Clone, PartialEq, Message)]
pub struct Track {
    /// Metres per second.
    #[prost(double, tag = "1")]
    pub speed: f64,
    /// Degrees from true north.
    #[prost(double, tag = "2")]
    pub course: f64,
}

/// Names of the elements that may travel typed.
const TYPED: [&str; 6] = ["contact", "__group", "precisionlocation", "status", "takv", "track"];

impl Detail {
    /// Sorts the children of a detail into typed messages and text.
    pub(super) fn of_nodes(nodes: &[Node]) -> Self {
        let mut detail = Self::default();
        for node in nodes {
            let typed = match node {
                Node::Element(element) if stands_once(nodes, &element.name) => {
                    detail.take_typed(element)
                }
                Node::Element(_) | Node::Text(_) => false,
            };
            if !typed {
                detail.xml_detail.push_str(&text_of(node));
            }
        }
        // Spaces between elements that all went elsewhere say nothing.
        if detail.xml_detail.trim().is_empty() {
            detail.xml_detail.clear();
        }
        detail
    }

    /// Takes an element over if nothing of it would be lost; says whether it did.
    fn take_typed(&mut self, element: &Element) -> bool {
        match element.name.as_str() {
            "contact" => fits(&mut self.contact, contact(element)),
            "__group" => fits(&mut self.group, group(element)),
            "precisionlocation" => fits(&mut self.precision_location, precision_location(element)),
            "status" => fits(&mut self.status, status(element)),
            "takv" => fits(&mut self.takv, takv(element)),
            "track" => fits(&mut self.track, track(element)),
            _ => false,
        }
    }

    /// All children, those that came as text first. An element in the text wins over its typed message.
    pub(super) fn into_nodes(self) -> Result<Vec<Node>, CotError> {
        let mut nodes = if self.xml_detail.trim().is_empty() {
            Vec::new()
        } else {
            xml::parse(&format!("<detail>{}</detail>", self.xml_detail))?.children
        };
        for element in self.typed_elements() {
            if !nodes.iter().any(|node| is_named(node, &element.name)) {
                nodes.push(Node::Element(element));
            }
        }
        Ok(nodes)
    }

    fn typed_elements(&self) -> Vec<Element> {
        let element = |name: &str, attributes: &[(&str, &str)]| {
            let told = attributes.iter().filter(|(_, value)| !value.is_empty());
            told.fold(Element::new(name), |element, (name, value)| element.with(name, *value))
        };
        let contact = self.contact.as_ref().map(|contact| {
            element("contact", &[("callsign", &contact.callsign), ("endpoint", &contact.endpoint)])
        });
        let group = self
            .group
            .as_ref()
            .map(|group| element("__group", &[("name", &group.name), ("role", &group.role)]));
        let precision_location = self.precision_location.as_ref().map(|source| {
            element(
                "precisionlocation",
                &[("geopointsrc", &source.geopointsrc), ("altsrc", &source.altsrc)],
            )
        });
        let status = self
            .status
            .as_ref()
            .map(|status| element("status", &[("battery", &status.battery.to_string())]));
        let takv = self.takv.as_ref().map(|takv| {
            let version = ("version", takv.version.as_str());
            element(
                "takv",
                &[
                    ("device", &takv.device),
                    ("platform", &takv.platform),
                    ("os", &takv.os),
                    version,
                ],
            )
        });
        let track = self.track.as_ref().map(|track| {
            element(
                "track",
                &[("speed", &track.speed.to_string()), ("course", &track.course.to_string())],
            )
        });
        [contact, group, precision_location, status, takv, track].into_iter().flatten().collect()
    }
}

fn stands_once(nodes: &[Node], name: &str) -> bool {
    TYPED.contains(&name) && nodes.iter().filter(|node| is_named(node, name)).count() == 1
}

fn is_named(node: &Node, name: &str) -> bool {
    matches!(node, Node::Element(element) if element.name == name)
}

fn text_of(node: &Node) -> String {
    // Text alone has no writer of its own: it is written inside an element and taken out of it.
    let holder = Element { children: vec![node.clone()], ..Element::new("d") };
    let written = holder.to_string();
    written
        .strip_prefix("<d>")
        .and_then(|rest| rest.strip_suffix("</d>"))
        .unwrap_or_default()
        .to_owned()
}

fn fits<T>(place: &mut Option<T>, message: Option<T>) -> bool {
    *place = message;
    place.is_some()
}

/// The values of these attributes, empty where absent; `None` when the element holds anything else.
///
/// An attribute that is there and empty does not fit either: the message could not tell it from an absent one.
fn whole<const N: usize>(element: &Element, names: [&str; N]) -> Option<[String; N]> {
    let fits =
        |(name, value): &(String, String)| names.contains(&name.as_str()) && !value.is_empty();
    let all_fit = element.children.is_empty() && element.attributes.iter().all(fits);
    let values = names.map(|name| element.attribute(name).unwrap_or_default().to_owned());
    (all_fit && !element.attributes.is_empty()).then_some(values)
}

fn contact(element: &Element) -> Option<Contact> {
    let [endpoint, callsign] = whole(element, ["endpoint", "callsign"])?;
    Some(Contact { endpoint, callsign })
}

fn group(element: &Element) -> Option<Group> {
    let [name, role] = whole(element, ["name", "role"])?;
    Some(Group { name, role })
}

fn precision_location(element: &Element) -> Option<PrecisionLocation> {
    let [geopointsrc, altsrc] = whole(element, ["geopointsrc", "altsrc"])?;
    Some(PrecisionLocation { geopointsrc, altsrc })
}

fn status(element: &Element) -> Option<Status> {
    let [battery] = whole(element, ["battery"])?;
    Some(Status { battery: battery.parse().ok()? })
}

fn takv(element: &Element) -> Option<Takv> {
    let [device, platform, os, version] = whole(element, ["device", "platform", "os", "version"])?;
    Some(Takv { device, platform, os, version })
}

fn track(element: &Element) -> Option<Track> {
    // Both must be there: an absent course would come back as north.
    let [speed, course] = whole(element, ["speed", "course"])?;
    let number = |text: String| text.parse().ok().filter(|number: &f64| number.is_finite());
    Some(Track { speed: number(speed)?, course: number(course)? })
}
