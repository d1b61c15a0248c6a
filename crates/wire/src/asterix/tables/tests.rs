//! The tables themselves: bits inside their octets, none told twice; and asterix-decoder's reading.

use serde_json::Value;

use super::*;
use crate::asterix::layout::{Code, Field};
use crate::asterix::{Block, decode, encode};

/// Elements that asterix-decoder gives in another unit, and how many of its units ours is.
const OTHER_UNITS: [(&str, f64); 5] =
    [("CGS", 3_600.0), ("SigmaV", 3_600.0), ("MFL", 100.0), ("CTBA", 100.0), ("ABA_Acc", 100.0)];

/// What asterix-decoder reads apart and the tables here do not: spare bits, bits that tell of further
/// parts, the pulses of confidences, and the inside of Mode S blocks and resolution advisories. It also
/// gives the number of a point of a trajectory a sign.
const NOT_COMPARED: [&str; 11] =
    ["TCPnum", "spare", "FX", "VAL", "BDS", "BDS30", "ACAS3", "RAT", "MTE", "TTI", "TID"];
const NOT_COMPARED_STARTS: [&str; 6] = ["QA", "QB", "QC", "QD", "ARA4", "RAC5"];

fn parts(layout: &Layout) -> Vec<Part> {
    match layout {
        Layout::Fixed(part) | Layout::Repetitive(part) | Layout::Chained(part) => vec![*part],
        Layout::Extended(parts) => parts.to_vec(),
        Layout::Explicit => Vec::new(),
        Layout::Compound(subs) => {
            subs.iter().flatten().flat_map(|sub| parts(&sub.layout)).collect()
        }
    }
}

#[test]
fn every_element_lies_in_its_octets_and_meets_no_other() {
    for category in [&CAT034, &CAT048, &CAT062] {
        for item in category.items.iter().flatten() {
            for part in parts(&item.layout) {
                let mut taken = 0_u128;
                for element in part.elements {
                    let bits = u128::MAX >> (127 - (element.high - element.low));
                    let bits = bits << (element.low - 1);
                    assert!(
                        usize::from(element.high) <= part.octets * 8,
                        "{} {element:?}",
                        item.id
                    );
                    assert_eq!(taken & bits, 0, "{} {element:?}", item.id);
                    taken |= bits;
                    let characters = matches!(element.code, Code::Letters | Code::Ascii);
                    assert!(characters || element.high - element.low < 64, "{element:?}");
                }
                let chained = matches!(item.layout, Layout::Extended(_) | Layout::Chained(_));
                assert!(
                    !chained || taken & 1 == 0,
                    "{}: the lowest bit tells of the next part",
                    item.id
                );
            }
        }
    }
}

/// How many elements agree with what the peer read in a field.
fn agree(field: Field<'_>, peer: &Value) -> usize {
    if let Layout::Compound(_) = field.item.layout {
        let subs = peer.as_object().unwrap().iter();
        return subs
            .map(|(name, read)| {
                let sub = field.sub(name).or_else(|| field.sub(name.strip_suffix('P')?));
                agree(sub.unwrap_or_else(|| panic!("{} lacks {name}", field.item.id)), read)
            })
            .sum();
    }
    let reads = peer.as_array().cloned().unwrap_or_else(|| vec![peer.clone()]);
    let mut count = 0;
    for name in reads[0].as_object().unwrap().keys() {
        // An age is called after its subfield there.
        let ours = if *name == field.item.id { "Age" } else { name };
        let ours = if field.value(ours).is_some() { ours } else { name };
        if field.value(ours).is_none() || *name == NOT_COMPARED[0] {
            let left_out = NOT_COMPARED.contains(&name.as_str())
                || NOT_COMPARED_STARTS.iter().any(|start| name.starts_with(start));
            assert!(left_out, "{} {name}", field.item.id);
            continue;
        }
        count += reads.len();
        if peer.is_array() {
            let values = field.values(ours);
            let peers: Vec<f64> = reads.iter().filter_map(|read| read[name].as_f64()).collect();
            assert_eq!(values.len(), peers.len(), "{} {name}", field.item.id);
            let mut pairs = values.iter().zip(peers);
            assert!(pairs.all(|(ours, peer)| close(*ours, peer, name)), "{} {name}", field.item.id);
        } else {
            assert!(
                same(field, ours, &peer[name]),
                "{} {name}: {peer} and {field:?}",
                field.item.id
            );
        }
    }
    count
}

fn close(ours: f64, peer: f64, name: &str) -> bool {
    let factor = OTHER_UNITS.iter().find(|(other, _)| *other == name).map_or(1.0, |(_, f)| *f);
    // Some of the peer's steps of degrees are rounded to seven digits.
    (ours * factor - peer).abs() <= 1e-5 * peer.abs().max(1e-6)
}

fn same(field: Field<'_>, name: &str, read: &Value) -> bool {
    match read {
        Value::Number(number) => close(field.value(name).unwrap(), number.as_f64().unwrap(), name),
        Value::String(text) => {
            let ours = field.text(name).map(|text| text.replace('?', " "));
            let raw = field.raw(name);
            ours.is_some_and(|ours| ours.trim_end() == text.trim_end())
                || raw.is_some_and(|raw| {
                    format!("{raw:o}") == text.trim_start_matches('0')
                        || format!("{raw:X}") == text.trim_start_matches('0')
                        || raw == 0 && text.bytes().all(|byte| byte == b'0')
                })
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn asterix_decoder_reads_the_same_and_the_octets_come_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/asterix");
    for (category, elements_min) in [("cat034", 500), ("cat048", 1_500), ("cat062", 3_500)] {
        let lines = std::fs::read_to_string(format!("{folder}/{category}.jsonl")).unwrap();
        let mut elements = 0;
        for line in lines.lines() {
            let golden: Value = serde_json::from_str(line).unwrap();
            let octets = octets(golden["octets"].as_str().unwrap());
            let read = decode(&octets);
            assert_eq!(read.faults, [], "{line}");
            assert_eq!(encode(&read.blocks[0]).unwrap(), octets, "{line}");
            let Block::Known { records, .. } = &read.blocks[0] else { panic!("{line}") };
            let peers = golden["items"].as_object().unwrap();
            assert_eq!(records[0].items().count(), peers.len());
            for (id, peer) in peers {
                elements += agree(records[0].item(id).unwrap(), peer);
            }
        }
        assert!(elements >= elements_min, "{category}: only {elements} elements were compared");
    }
}
