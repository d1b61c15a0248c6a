//! Writes elements as XML.

use std::fmt::{self, Write as _};

use super::{Element, Node, is_allowed};

/// Written on one line, without a declaration. Characters that XML may not hold are left out.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(f, " {name}=\"")?;
            escape(f, value, Inside::Value)?;
            f.write_char('"')?;
        }
        if self.children.is_empty() {
            return f.write_str("/>");
        }
        f.write_char('>')?;
        for child in &self.children {
            match child {
                Node::Element(element) => write!(f, "{element}")?,
                Node::Text(text) => escape(f, text, Inside::Text)?,
            }
        }
        write!(f, "</{}>", self.name)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Value,
    Text,
}

fn escape(f: &mut fmt::Formatter<'_>, text: &str, inside: Inside) -> fmt::Result {
    for c in text.chars().filter(|c| is_allowed(*c)) {
        match c {
            '<' => f.write_str("&lt;")?,
            '>' => f.write_str("&gt;")?,
            '&' => f.write_str("&amp;")?,
            '"' if inside == Inside::Value => f.write_str("&quot;")?,
            // A reader turns these into spaces or other line ends unless they are references.
            '\r' => f.write_str("&#13;")?,
            '\n' | '\t' if inside == Inside::Value => write!(f, "&#{};", u32::from(c))?,
            _ => f.write_char(c)?,
        }
    }
    Ok(())
}
