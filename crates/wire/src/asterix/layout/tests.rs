//! Each layout by itself: measured, read, written.

use proptest::prelude::*;

use super::*;
use crate::asterix::tables::{CAT034, CAT048, CAT062};

fn table(id: &str) -> &'static Item {
    CAT048.find(id).unwrap().1
}

#[test]
fn values_are_read_in_their_units_and_with_their_signs() {
    let polar = Field { item: table("040"), bytes: &[0x12, 0x34, 0xab, 0xcd] };
    assert_eq!(polar.value("RHO"), Some(18.203_125));
    assert_eq!(polar.value("THETA"), Some(241.594_848_632_812_5));
    assert_eq!(polar.value("PHI"), None);

    let level = Field { item: table("090"), bytes: &[0x3f, 0xfc] };
    assert_eq!(level.value("FL"), Some(-1.0));

    let callsign = Field { item: table("240"), bytes: &[0x10, 0xc2, 0x31, 0xc8, 0xa8, 0x20] };
    assert_eq!(callsign.text("TId").as_deref(), Some("DLH12J"));
}

#[test]
fn an_element_of_a_part_that_was_not_sent_is_unknown() {
    let short = Field { item: table("170"), bytes: &[0x80] };
    assert_eq!(
        (short.value("CNF"), short.value("TRE"), short.is_set("TRE")),
        (Some(1.0), None, false)
    );
}

#[test]
fn lengths_follow_the_layout_and_end_with_the_octets() {
    for (id, bytes, expected) in [
        ("040", &[1, 2, 3, 4, 5][..], Some(4)),
        ("040", &[1, 2, 3], None),
        ("020", &[1, 1, 1, 0, 9], Some(4)),
        ("020", &[1, 1, 1], None),
        ("250", &[0], Some(1)),
        ("250", &[255, 1], None),
        ("SP", &[3, 9, 9, 9], Some(3)),
        ("SP", &[0, 9], Some(1)),
        ("SP", &[4, 9], None),
        ("130", &[0x82, 7, 8], Some(3)),
        ("130", &[0x83, 0x80, 7, 8], None),
        ("120", &[0x20, 0], None),
        ("120", &[0x40, 1, 1, 2, 3, 4, 5, 6], Some(8)),
        ("120", &[], None),
    ] {
        assert_eq!(length(&table(id).layout, bytes), expected, "{id} {bytes:?}");
    }
}

#[test]
fn what_an_item_cannot_hold_is_said_with_item_element_and_value() {
    let fault =
        |id, values: &[(&'static str, f64)]| write(table(id), values).unwrap_err().to_string();

    assert_eq!(fault("040", &[("RHO", 256.0)]), "item 040: RHO cannot hold 256");
    assert_eq!(fault("040", &[("RHO", f64::NAN)]), "item 040: RHO cannot hold NaN");
    assert_eq!(fault("042", &[("X", -257.0)]), "item 042: X cannot hold -257");
    assert_eq!(fault("042", &[("Z", 1.0)]), "item 042 has no element Z");
    for name in ["TOO LONG NAME", "lower", "É"] {
        let error = write(table("240"), &[("TId", name)]).unwrap_err().to_string();
        assert_eq!(error, format!("item 240: TId cannot hold {name}"));
    }
    assert!(write(table("130"), &[("SRL", 1.0)]).is_err());
}

#[test]
fn subfields_come_in_the_order_of_the_table_however_they_are_given() {
    let item = table("130");
    let written = compound(item, &[("APD", vec![7]), ("SRL", vec![1])]).unwrap();

    assert_eq!(written, [0x82, 1, 7]);
    assert!(compound(item, &[("XYZ", vec![])]).is_err());
    assert!(compound(item, &[]).is_ok_and(|empty| empty == [0]));
}

#[test]
fn repetitions_are_counted_and_limited() {
    let item = CAT034.find("070").unwrap().1;
    let one: &[(&'static str, f64)] = &[("TYP", 1.0), ("counter", 2_047.0)];
    let written = repeated(item, &[one, one]).unwrap();

    assert_eq!(written, [2, 0x0f, 0xff, 0x0f, 0xff]);
    assert_eq!(Field { item, bytes: &written }.values("counter"), [2_047.0, 2_047.0]);
    assert!(repeated(item, &[one; 256]).is_err());
}

proptest! {
    #[test]
    fn a_written_element_is_read_back_to_half_a_step(
        category in prop::sample::select(vec![&CAT034, &CAT048, &CAT062]),
        which in any::<prop::sample::Index>(),
        share in 0.0_f64..1.0,
    ) {
        let items: Vec<_> = category.items.iter().flatten().collect();
        let item = items[which.index(items.len())];
        let parts: &[Part] = match &item.layout {
            Layout::Fixed(part) => std::slice::from_ref(part),
            Layout::Extended(parts) => parts,
            Layout::Repetitive(_) | Layout::Chained(_) | Layout::Explicit | Layout::Compound(_) => &[],
        };
        for element in parts.iter().flat_map(|part| part.elements) {
            let reach = 2_f64.powi(i32::from(element.high - element.low) + 1) - 1.0;
            let least = if element.code == Code::Signed { -reach / 2.0 } else { 0.0 };
            if !matches!(element.code, Code::Signed | Code::Unsigned) {
                continue;
            }
            let number = (least + share * reach).floor() * element.step;
            let bytes = write(item, &[(element.name, number)]).unwrap();
            let read = Field { item, bytes: &bytes }.value(element.name).unwrap();
            prop_assert!((read - number).abs() <= element.step * 0.5 + 1e-9, "{} {number} {read}", element.name);
            prop_assert_eq!(length(&item.layout, &bytes), Some(bytes.len()));
        }
    }
}
