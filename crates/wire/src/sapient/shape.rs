//! Counts a message's parts, fields and depth on the bare wire format, before anything is allocated.
//!
//! The decoder turns an empty sub-message, two bytes long, into a struct of hundreds of bytes. This
//! walk knows which fields hold sub-messages and refuses a message that would swell out of measure.

use super::Undecodable;
use crate::limits::{
    SAPIENT_DEPTH_MAX, SAPIENT_FIELDS_MAX, SAPIENT_MESSAGE_BYTES_MAX, SAPIENT_PARTS_MAX,
};

/// Which field numbers of a message hold messages, and of what shape.
struct Shape(&'static [(u32, &'static Shape)]);

/// Refuses bytes that are too long, hold too many parts, nest too deep, or are no protobuf at all.
pub(super) fn check(bytes: &[u8]) -> Result<(), Undecodable> {
    count(bytes).map(|_held| ())
}

/// What a message holds.
#[derive(Debug, Default)]
struct Held {
    parts: usize,
    fields: usize,
}

fn count(bytes: &[u8]) -> Result<Held, Undecodable> {
    if bytes.len() > SAPIENT_MESSAGE_BYTES_MAX {
        return Err(Undecodable::TooLong { got: bytes.len(), max: SAPIENT_MESSAGE_BYTES_MAX });
    }
    let mut held = Held::default();
    walk(bytes, &SAPIENT_MESSAGE, 0, &mut held)?;
    Ok(held)
}

fn walk(mut bytes: &[u8], shape: &Shape, depth: usize, held: &mut Held) -> Result<(), Undecodable> {
    if depth > SAPIENT_DEPTH_MAX {
        return Err(Undecodable::TooDeep { max: SAPIENT_DEPTH_MAX });
    }
    while !bytes.is_empty() {
        held.fields += 1;
        if held.fields > SAPIENT_FIELDS_MAX {
            return Err(Undecodable::TooManyFields { max: SAPIENT_FIELDS_MAX });
        }
        let key = varint(&mut bytes)?;
        let number = u32::try_from(key >> 3).map_err(|_wide| malformed("field number"))?;
        match key & 7 {
            0 => drop(varint(&mut bytes)?),
            1 => drop(take(&mut bytes, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).unwrap_or(usize::MAX);
                let inner = take(&mut bytes, length)?;
                let Some((_, part)) = shape.0.iter().find(|(known, _)| *known == number) else {
                    continue;
                };
                held.parts += 1;
                if held.parts > SAPIENT_PARTS_MAX {
                    return Err(Undecodable::TooManyParts { max: SAPIENT_PARTS_MAX });
                }
                walk(inner, part, depth + 1, held)?;
            }
            5 => drop(take(&mut bytes, 4)?),
            _ => return Err(malformed("wire type")),
        }
    }
    Ok(())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Undecodable> {
    let (head, tail) = bytes.split_at_checked(length).ok_or_else(|| malformed("length"))?;
    *bytes = tail;
    Ok(head)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Undecodable> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first().ok_or_else(|| malformed("varint"))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(malformed("varint"))
}

fn malformed(what: &str) -> Undecodable {
    Undecodable::Malformed(format!("{what} is broken"))
}

/// A message, or bytes, without messages inside.
static LEAF: Shape = Shape(&[]);

static SAPIENT_MESSAGE: Shape = Shape(&[
    (1, &LEAF),
    (4, &REGISTRATION),
    (5, &LEAF),
    (6, &STATUS_REPORT),
    (7, &DETECTION_REPORT),
    (8, &TASK),
    (9, &TASK_ACK),
    (10, &ALERT),
    (11, &LEAF),
    (12, &LEAF),
]);
static REGISTRATION: Shape = Shape(&[
    (1, &LEAF),
    (5, &LEAF),
    (6, &REGISTRATION_STATUS_DEFINITION),
    (7, &REGISTRATION_MODE_DEFINITION),
    (9, &LOCATION_OR_RANGE_BEARING),
    (10, &REGISTRATION_CONFIGURATION_DATA),
]);
static REGISTRATION_STATUS_DEFINITION: Shape =
    Shape(&[(1, &LEAF), (2, &LEAF), (3, &LEAF), (4, &LEAF), (5, &LEAF), (6, &LEAF)]);
static REGISTRATION_VELOCITY_TYPE: Shape = Shape(&[(4, &LEAF)]);
static REGISTRATION_MODE_DEFINITION: Shape = Shape(&[
    (4, &LEAF),
    (5, &LEAF),
    (8, &LEAF),
    (9, &LEAF),
    (10, &REGISTRATION_DETECTION_DEFINITION),
    (11, &REGISTRATION_TASK_DEFINITION),
]);
static REGISTRATION_DETECTION_DEFINITION: Shape = Shape(&[
    (1, &LEAF),
    (2, &LEAF),
    (3, &LEAF),
    (4, &REGISTRATION_DETECTION_CLASS_DEFINITION),
    (5, &LEAF),
    (6, &REGISTRATION_VELOCITY_TYPE),
    (7, &REGISTRATION_GEOMETRIC_ERROR),
]);
static REGISTRATION_GEOMETRIC_ERROR: Shape = Shape(&[(4, &LEAF)]);
static REGISTRATION_DETECTION_CLASS_DEFINITION: Shape = Shape(&[
    (2, &LEAF),
    (3, &REGISTRATION_CLASS_DEFINITION),
    (4, &REGISTRATION_TAXONOMY_DOCK_DEFINITION),
]);
static REGISTRATION_CLASS_DEFINITION: Shape = Shape(&[(3, &REGISTRATION_SUB_CLASS)]);
static REGISTRATION_SUB_CLASS: Shape = Shape(&[(4, &REGISTRATION_SUB_CLASS)]);
static REGISTRATION_TASK_DEFINITION: Shape =
    Shape(&[(2, &REGISTRATION_REGION_DEFINITION), (3, &REGISTRATION_COMMAND)]);
static REGISTRATION_CLASS_FILTER_DEFINITION: Shape =
    Shape(&[(1, &LEAF), (2, &REGISTRATION_SUB_CLASS_FILTER_DEFINITION)]);
static REGISTRATION_SUB_CLASS_FILTER_DEFINITION: Shape =
    Shape(&[(1, &LEAF), (4, &REGISTRATION_SUB_CLASS_FILTER_DEFINITION)]);
static REGISTRATION_BEHAVIOUR_FILTER_DEFINITION: Shape = Shape(&[(1, &LEAF)]);
static REGISTRATION_COMMAND: Shape = Shape(&[(3, &LEAF)]);
static REGISTRATION_REGION_DEFINITION: Shape = Shape(&[
    (2, &LEAF),
    (3, &LEAF),
    (4, &REGISTRATION_CLASS_FILTER_DEFINITION),
    (5, &REGISTRATION_BEHAVIOUR_FILTER_DEFINITION),
]);
static REGISTRATION_TAXONOMY_DOCK_DEFINITION: Shape = Shape(&[(3, &LEAF)]);
static REGISTRATION_CONFIGURATION_DATA: Shape = Shape(&[(6, &REGISTRATION_CONFIGURATION_DATA)]);
static STATUS_REPORT: Shape = Shape(&[
    (6, &LEAF),
    (7, &LEAF),
    (8, &LOCATION_OR_RANGE_BEARING),
    (10, &LOCATION_OR_RANGE_BEARING),
    (11, &LEAF),
    (12, &LOCATION_OR_RANGE_BEARING),
]);
static DETECTION_REPORT: Shape = Shape(&[
    (5, &LEAF),
    (6, &LEAF),
    (8, &LEAF),
    (9, &DETECTION_REPORT_PREDICTED_LOCATION),
    (10, &LEAF),
    (11, &DETECTION_REPORT_DETECTION_REPORT_CLASSIFICATION),
    (12, &LEAF),
    (13, &LEAF),
    (14, &LEAF),
    (15, &ASSOCIATED_DETECTION),
    (16, &DETECTION_REPORT_DERIVED_DETECTION),
    (19, &LEAF),
]);
static DETECTION_REPORT_PREDICTED_LOCATION: Shape = Shape(&[(1, &LEAF), (2, &LEAF), (3, &LEAF)]);
static DETECTION_REPORT_DETECTION_REPORT_CLASSIFICATION: Shape =
    Shape(&[(3, &DETECTION_REPORT_SUB_CLASS)]);
static DETECTION_REPORT_SUB_CLASS: Shape = Shape(&[(4, &DETECTION_REPORT_SUB_CLASS)]);
static DETECTION_REPORT_DERIVED_DETECTION: Shape = Shape(&[(1, &LEAF)]);
static TASK: Shape = Shape(&[(4, &LEAF), (5, &LEAF), (7, &TASK_REGION), (8, &TASK_COMMAND)]);
static TASK_COMMAND: Shape = Shape(&[
    (6, &LOCATION_OR_RANGE_BEARING),
    (9, &LOCATION_LIST),
    (10, &LOCATION_LIST),
    (11, &LEAF),
]);
static TASK_REGION: Shape =
    Shape(&[(4, &LOCATION_OR_RANGE_BEARING), (5, &TASK_CLASS_FILTER), (6, &TASK_BEHAVIOUR_FILTER)]);
static TASK_CLASS_FILTER: Shape = Shape(&[(1, &LEAF), (3, &TASK_SUB_CLASS_FILTER)]);
static TASK_SUB_CLASS_FILTER: Shape = Shape(&[(1, &LEAF), (3, &TASK_SUB_CLASS_FILTER)]);
static TASK_BEHAVIOUR_FILTER: Shape = Shape(&[(1, &LEAF)]);
static TASK_ACK: Shape = Shape(&[(4, &LEAF)]);
static ALERT: Shape = Shape(&[(5, &LEAF), (6, &LEAF), (11, &LEAF), (12, &ASSOCIATED_DETECTION)]);
static LOCATION_LIST: Shape = Shape(&[(1, &LEAF)]);
static LOCATION_OR_RANGE_BEARING: Shape = Shape(&[(1, &LEAF), (2, &LOCATION_LIST)]);
static ASSOCIATED_DETECTION: Shape = Shape(&[(1, &LEAF)]);

#[cfg(test)]
mod tests {
    use super::*;

    /// An envelope that holds one detection report of these bytes.
    fn detection(mut inner: Vec<u8>) -> Vec<u8> {
        let mut message = vec![7 << 3 | 2];
        prost::encoding::encode_varint(inner.len() as u64, &mut message);
        message.append(&mut inner);
        message
    }

    #[test]
    fn a_message_swollen_with_empty_parts_is_refused() {
        let empty_classification = [11 << 3 | 2, 0];
        let bytes = detection(empty_classification.repeat(SAPIENT_PARTS_MAX));

        assert_eq!(
            super::super::decode(&bytes),
            Err(Undecodable::TooManyParts { max: SAPIENT_PARTS_MAX })
        );
    }

    #[test]
    fn as_many_parts_as_allowed_are_taken() {
        let empty_classification = [11 << 3 | 2, 0];
        let bytes = detection(empty_classification.repeat(SAPIENT_PARTS_MAX - 1));

        assert!(super::super::decode(&bytes).is_ok());
    }

    #[test]
    fn a_deep_nest_of_sub_classes_is_refused() {
        let mut inner = Vec::new();
        for _ in 0..=SAPIENT_DEPTH_MAX {
            let mut outer = vec![4 << 3 | 2];
            prost::encoding::encode_varint(inner.len() as u64, &mut outer);
            outer.append(&mut inner);
            inner = outer;
        }
        inner[0] = 3 << 3 | 2;
        let mut classification = vec![11 << 3 | 2];
        prost::encoding::encode_varint(inner.len() as u64, &mut classification);
        classification.append(&mut inner);

        assert_eq!(
            super::super::decode(&detection(classification)),
            Err(Undecodable::TooDeep { max: SAPIENT_DEPTH_MAX })
        );
    }

    #[test]
    fn a_list_of_empty_texts_is_counted_too() {
        let reason = [4 << 3 | 2, 0];
        let ack = |texts: usize| {
            let mut inner = reason.repeat(texts);
            let mut message = vec![11 << 3 | 2];
            prost::encoding::encode_varint(inner.len() as u64, &mut message);
            message.append(&mut inner);
            message
        };

        assert!(super::super::decode(&ack(SAPIENT_FIELDS_MAX - 1)).is_ok());
        assert_eq!(
            super::super::decode(&ack(SAPIENT_FIELDS_MAX)),
            Err(Undecodable::TooManyFields { max: SAPIENT_FIELDS_MAX })
        );
    }

    #[test]
    fn groups_in_groups_without_end_are_refused_without_a_deep_stack() {
        let start = 15 << 3 | 3;
        for groups in
            [vec![start; 1 << 20], [vec![start; 1 << 16], vec![15 << 3 | 4; 1 << 16]].concat()]
        {
            assert!(matches!(super::super::decode(&groups), Err(Undecodable::Malformed(_))));
        }
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        for length in [u64::from(u32::MAX), u64::MAX, 1 << 40] {
            let mut bytes = vec![7 << 3 | 2];
            prost::encoding::encode_varint(length, &mut bytes);

            assert_eq!(
                super::super::decode(&bytes),
                Err(Undecodable::Malformed("length is broken".into()))
            );
        }
    }

    #[test]
    fn contents_that_nobody_knows_are_passed_over_and_leave_none() {
        let mut bytes = vec![14 << 3 | 2, 3, 1, 2, 3];
        bytes.extend([6 << 3 | 2, 0, 0xfa, 0x01, 1, 9]);

        let message = super::super::decode(&bytes).unwrap();

        assert!(matches!(message.content, Some(crate::sapient::Content::StatusReport(_))));
        assert_eq!(super::super::decode(&bytes[..5]).unwrap().content, None);
    }

    #[test]
    fn groups_cannot_hide_parts_from_the_count() {
        let group_start = [99 << 3 & 0x7f | 0x80 | 3, 99 >> 4];

        assert!(matches!(count(&group_start), Err(Undecodable::Malformed(_))));
    }
}
