//! Reads XML into elements.

use super::{Element, Node, XmlError, continues_name, is_allowed, starts_name};
use crate::limits::{XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX};

/// Longest entity or character reference, `&#x10FFFF;`.
const REFERENCE_BYTES_MAX: usize = 10;

/// Reads a document of one element. Comments and processing instructions are dropped.
pub fn parse(text: &str) -> Result<Element, XmlError> {
    parse_up_to(text, XML_ELEMENTS_MAX)
}

/// The same, with a maximum of elements of one's own.
pub fn parse_up_to(text: &str, elements_max: usize) -> Result<Element, XmlError> {
    let mut reader = Reader { text, at: 0, elements: 0, elements_max };
    reader.skip_between()?;
    let root = reader.element(1)?;
    reader.skip_between()?;
    if reader.rest().is_empty() {
        Ok(root)
    } else {
        Err(reader.broken("text after the document's end"))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    elements: usize,
    elements_max: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn broken(&self, what: &'static str) -> XmlError {
        XmlError::Broken { what, at: self.at }
    }

    /// Steps over a mark if it stands here.
    fn eat(&mut self, mark: &str) -> bool {
        let here = self.rest().starts_with(mark);
        self.at += if here { mark.len() } else { 0 };
        here
    }

    fn expect(&mut self, mark: &str, what: &'static str) -> Result<(), XmlError> {
        if self.eat(mark) { Ok(()) } else { Err(self.broken(what)) }
    }

    /// Everything up to a mark, which is stepped over.
    fn until(&mut self, mark: &str, what: &'static str) -> Result<&'a str, XmlError> {
        let (taken, _) = self.rest().split_once(mark).ok_or_else(|| self.broken(what))?;
        self.at += taken.len() + mark.len();
        Ok(taken)
    }

    fn while_matches(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_space(&mut self) -> bool {
        !self.while_matches(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_empty()
    }

    /// Skips what may stand outside the root: space, a declaration, comments.
    fn skip_between(&mut self) -> Result<(), XmlError> {
        self.eat("\u{feff}");
        loop {
            let skipped = self.skip_space();
            if !skipped && !self.skip_comment()? && !self.skip_instruction()? {
                return Ok(());
            }
        }
    }

    fn skip_comment(&mut self) -> Result<bool, XmlError> {
        if self.rest().starts_with("<!DOCTYPE") {
            return Err(XmlError::DocumentType { at: self.at });
        }
        let here = self.eat("<!--");
        if here {
            self.until("-->", "comment without an end")?;
        }
        Ok(here)
    }

    fn skip_instruction(&mut self) -> Result<bool, XmlError> {
        let here = self.eat("<?");
        if here {
            self.until("?>", "instruction without an end")?;
        }
        Ok(here)
    }

    fn name(&mut self) -> Result<String, XmlError> {
        if !self.rest().starts_with(starts_name) {
            return Err(self.broken("no name where one must stand"));
        }
        Ok(self.while_matches(continues_name).to_owned())
    }

    fn element(&mut self, depth: usize) -> Result<Element, XmlError> {
        let at = self.at;
        self.expect("<", "no element where one must stand")?;
        self.elements += 1;
        if self.elements > self.elements_max {
            return Err(XmlError::TooMany { what: "elements", max: self.elements_max, at });
        }
        if depth > XML_DEPTH_MAX {
            return Err(XmlError::TooMany {
                what: "elements inside each other",
                max: XML_DEPTH_MAX,
                at,
            });
        }
        let name = self.name()?;
        let attributes = self.attributes()?;
        if self.eat("/>") {
            return Ok(Element { name, attributes, children: Vec::new() });
        }
        self.expect(">", "tag without an end")?;
        let children = self.children(depth)?;
        let closed_by = self.name()?;
        if closed_by != name {
            return Err(XmlError::Mismatched { name, closed_by, at });
        }
        self.skip_space();
        self.expect(">", "closing tag without an end")?;
        Ok(Element { name, attributes, children })
    }

    fn attributes(&mut self) -> Result<Vec<(String, String)>, XmlError> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            let spaced = self.skip_space();
            if !spaced || self.rest().starts_with(['>', '/']) {
                return Ok(attributes);
            }
            let at = self.at;
            let name = self.name()?;
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(XmlError::Twice { name, at });
            }
            if attributes.len() >= XML_ATTRIBUTES_MAX {
                return Err(XmlError::TooMany { what: "attributes", max: XML_ATTRIBUTES_MAX, at });
            }
            self.skip_space();
            self.expect("=", "attribute without a value")?;
            self.skip_space();
            attributes.push((name, self.value()?));
        }
    }

    fn value(&mut self) -> Result<String, XmlError> {
        let quote = if self.eat("\"") {
            "\""
        } else {
            self.expect("'", "value without quotes")?;
            "'"
        };
        let from = self.at;
        let raw = self.until(quote, "value without an end")?;
        if raw.contains('<') {
            return Err(XmlError::Broken { what: "angle bracket in a value", at: from });
        }
        // A line end written as itself counts as a space; one written as a reference stays.
        let spaced = line_ends(raw).replace(['\n', '\t'], " ");
        resolve(&spaced, from)
    }

    /// Everything inside an element, up to and with the `</` that closes it.
    fn children(&mut self, depth: usize) -> Result<Vec<Node>, XmlError> {
        let mut children = Vec::new();
        loop {
            let from = self.at;
            let raw = self.while_matches(|c| c != '<');
            if !raw.is_empty() {
                push_text(&mut children, &resolve(&line_ends(raw), from)?);
            }
            if self.eat("</") {
                return Ok(children);
            }
            if self.eat("<![CDATA[") {
                let from = self.at;
                let raw = self.until("]]>", "character data without an end")?;
                push_text(&mut children, checked(&line_ends(raw), from)?);
            } else if !self.skip_comment()? && !self.skip_instruction()? {
                children.push(Node::Element(self.element(depth + 1)?));
            }
        }
    }
}

/// Adds text, joined to text that stands directly before.
fn push_text(children: &mut Vec<Node>, more: &str) {
    if let Some(Node::Text(text)) = children.last_mut() {
        text.push_str(more);
    } else if !more.is_empty() {
        children.push(Node::Text(more.to_owned()));
    }
}

fn line_ends(raw: &str) -> String {
    raw.replace("\r\n", "\n").replace('\r', "\n")
}

fn checked(text: &str, from: usize) -> Result<&str, XmlError> {
    let allowed = text.chars().all(is_allowed);
    if allowed {
        Ok(text)
    } else {
        Err(XmlError::Broken { what: "character that xml may not hold", at: from })
    }
}

/// Replaces references by what they stand for.
fn resolve(raw: &str, from: usize) -> Result<String, XmlError> {
    let mut resolved = String::with_capacity(raw.len());
    let mut pieces = checked(raw, from)?.split('&');
    resolved.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let fault = XmlError::Broken { what: "reference that is not known", at: from };
        let (reference, after) = piece.split_once(';').ok_or_else(|| fault.clone())?;
        if reference.len() > REFERENCE_BYTES_MAX {
            return Err(fault);
        }
        resolved.push(character(reference).ok_or(fault)?);
        resolved.push_str(after);
    }
    Ok(resolved)
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            // A sign would be taken by the number reader.
            let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = if plain { u32::from_str_radix(digits, radix).ok()? } else { return None };
            char::from_u32(code).filter(|c| is_allowed(*c))
        }
    }
}
