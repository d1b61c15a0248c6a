//! The little XML that Cursor on Target needs, and nothing that can be turned against its reader.
//!
//! Elements, attributes, text, character references, comments and CDATA are read. A document type
//! is refused, so there are no entities to expand and no files to fetch; processing instructions
//! and namespaces mean nothing here. Depth, elements and attributes are limited. Text inside an
//! element is kept to the letter, so that details nobody here knows come back as they were.

mod read;
mod write;

pub use read::{parse, parse_up_to};

/// One element with everything in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    pub name: String,
    /// In their order; names do not repeat.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

/// A piece of an element's inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Element(Element),
    Text(String),
}

/// Why text is not acceptable XML; `at` counts bytes from its start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    #[error("document type at byte {at} is refused")]
    DocumentType { at: usize },
    #[error("{what} at byte {at}")]
    Broken { what: &'static str, at: usize },
    #[error("element {name:?} at byte {at} is closed by {closed_by:?}")]
    Mismatched { name: String, closed_by: String, at: usize },
    #[error("attribute {name:?} at byte {at} stands twice")]
    Twice { name: String, at: usize },
    #[error("at most {max} {what}, got more at byte {at}")]
    TooMany { what: &'static str, max: usize, at: usize },
}

impl Element {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// The same with one more child.
    #[must_use]
    pub fn holding(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// The same with text at the end.
    #[must_use]
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Child elements of any name.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child element of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|element| element.name == name)
    }

    /// Text directly inside, without that of child elements.
    pub fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|child| match child {
            Node::Text(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        texts.collect()
    }
}

/// True for a character that XML 1.0 lets a document hold.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '_' | ':') || (!c.is_ascii() && c.is_alphabetic())
}

fn continues_name(c: char) -> bool {
    starts_name(c) || c.is_ascii_digit() || matches!(c, '-' | '.' | '\u{b7}')
}

#[cfg(test)]
mod tests;
