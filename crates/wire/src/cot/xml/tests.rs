//! Documents as clients write them, and as enemies do.

use proptest::prelude::*;

use super::*;
use crate::limits::{XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX};

fn fault(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn declaration_comments_and_instructions_are_dropped() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a -->\n<a b='1'><?x y?><!--c--><d/></a>\n";

    let expected = Element::new("a").with("b", "1").holding(Element::new("d"));
    assert_eq!(parse(text), Ok(expected));
}

#[test]
fn text_is_kept_to_the_letter() {
    let element = parse("<a> x <b/>\n&lt;&#65;&#x1F600;<![CDATA[<&]]>]]&gt;</a>").unwrap();

    assert_eq!(element.text(), " x \n<A\u{1f600}<&]]>");
    assert_eq!(element.children.len(), 3);
}

#[test]
fn line_ends_in_values_are_spaces_unless_referenced() {
    let element = parse("<a b=\"x\r\ny\tz&#10;w\"/>").unwrap();

    assert_eq!(element.attribute("b"), Some("x y z\nw"));
}

#[test]
fn document_types_and_so_entities_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";

    assert_eq!(fault(bomb), "document type at byte 0 is refused");
    assert_eq!(fault("<a><!DOCTYPE b></a>"), "document type at byte 3 is refused");
    assert_eq!(fault("<a>&c;</a>"), "reference that is not known at byte 3");
    let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
    assert_eq!(fault(outside), "document type at byte 0 is refused");
}

#[test]
fn what_is_broken_is_told_with_its_place() {
    for (text, message) in [
        ("", "no element where one must stand at byte 0"),
        ("<a", "tag without an end at byte 2"),
        ("<a>", "no element where one must stand at byte 3"),
        ("<a></b>", r#"element "a" at byte 0 is closed by "b""#),
        ("<a b></a>", "attribute without a value at byte 4"),
        ("<a b=c/>", "value without quotes at byte 5"),
        ("<a b=\"c/>", "value without an end at byte 6"),
        ("<a b=\"<\"/>", "angle bracket in a value at byte 6"),
        ("<a b=\"1\" b=\"2\"/>", r#"attribute "b" at byte 9 stands twice"#),
        ("<a/><b/>", "text after the document's end at byte 4"),
        ("<a>\u{1}</a>", "character that xml may not hold at byte 3"),
        ("<a>&#0;</a>", "reference that is not known at byte 3"),
        ("<a>&#x+41;</a>", "reference that is not known at byte 3"),
        ("<a>&amp</a>", "reference that is not known at byte 3"),
        ("<1/>", "no name where one must stand at byte 1"),
        ("<a><!-- </a>", "comment without an end at byte 7"),
    ] {
        assert_eq!(fault(text), message, "{text}");
    }
}

#[test]
fn depth_elements_and_attributes_have_limits() {
    let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(parse(&deep(XML_DEPTH_MAX)).is_ok());
    assert!(fault(&deep(XML_DEPTH_MAX + 1)).starts_with("at most 32 elements inside each other"));

    let wide = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
    assert!(parse(&wide(XML_ELEMENTS_MAX)).is_ok());
    assert!(fault(&wide(XML_ELEMENTS_MAX + 1)).starts_with("at most 4096 elements"));

    let attributed = |count: usize| {
        let attributes: Vec<String> = (0..count).map(|at| format!("a{at}=''")).collect();
        format!("<a {}/>", attributes.join(" "))
    };
    assert!(parse(&attributed(XML_ATTRIBUTES_MAX)).is_ok());
    assert!(fault(&attributed(80_000)).starts_with("at most 64 attributes"));
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z_é][a-zA-Z0-9_.-]{0,8}"
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\t\n\r<>&\"'éب\u{1f600}]{1,12}"
}

/// Elements without two texts side by side, which a reader would join.
fn element() -> impl Strategy<Value = Element> {
    let leaf = (word(), prop::collection::btree_map(word(), text(), 0..4)).prop_map(
        |(name, attributes)| Element {
            name,
            attributes: attributes.into_iter().collect(),
            children: Vec::new(),
        },
    );
    leaf.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), prop::collection::vec((prop::option::of(text()), inner), 0..4)).prop_map(
            |(mut outer, parts)| {
                outer.children.clear();
                for (text, element) in parts {
                    outer.children.extend(text.map(Node::Text));
                    outer.children.push(Node::Element(element));
                }
                outer
            },
        )
    })
}

proptest! {
    #[test]
    fn an_element_comes_back_as_it_was(element in element()) {
        prop_assert_eq!(parse(&element.to_string()), Ok(element));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,80}") {
        drop(parse(&text));
    }

    #[test]
    fn text_made_of_pieces_of_xml_never_panics(
        pieces in prop::collection::vec(
            "(<a|</a>|/>|>| b=|\"|'|&lt;|&#6|;|<!--|-->|<!\\[CDATA\\[|\\]\\]>|<\\?|\\?>|é|<!DOCTYPE)", 0..30)
    ) {
        drop(parse(&pieces.concat()));
    }
}
