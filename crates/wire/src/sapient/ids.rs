//! Identifiers: UUIDs name nodes; ULIDs name reports, objects, tasks, alerts and regions.
//!
//! What we send is strict (UUID version 4 in lower case, ULID in upper case); what we take in may
//! be in any case, and a UUID of any version in any of its usual spellings.

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID_CHARS: usize = 26;
/// Low 80 bits of a ULID; the 48 above are milliseconds since 1970.
const ULID_RANDOM_BITS: u32 = 80;

/// Writes a ULID from milliseconds since 1970 (48 bits count) and a payload (80 bits count).
pub fn ulid(unix_ms: u64, payload: u128) -> String {
    let low = payload & ((1 << ULID_RANDOM_BITS) - 1);
    let bits = (u128::from(unix_ms & 0xffff_ffff_ffff) << ULID_RANDOM_BITS) | low;
    (0..ULID_CHARS)
        .rev()
        .map(|place| char::from(CROCKFORD[((bits >> (5 * place)) & 31) as usize]))
        .collect()
}

/// Reads a ULID in any case into (milliseconds since 1970, payload).
pub fn parse_ulid(text: &str) -> Option<(u64, u128)> {
    let bytes = text.as_bytes();
    // 26 digits hold 130 bits: a first digit above 7 would not fit in 128.
    if bytes.len() != ULID_CHARS || !(b'0'..=b'7').contains(&bytes[0]) {
        return None;
    }
    let mut bits = 0_u128;
    for byte in bytes {
        let digit = CROCKFORD.iter().position(|known| *known == byte.to_ascii_uppercase())?;
        bits = (bits << 5) | digit as u128;
    }
    let unix_ms = u64::try_from(bits >> ULID_RANDOM_BITS).ok()?;
    Some((unix_ms, bits & ((1 << ULID_RANDOM_BITS) - 1)))
}

/// Brings a UUID (hyphened or bare, braced, as a URN, any case) to lower case with hyphens.
pub fn canonical_uuid(text: &str) -> Option<String> {
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let bare = bare.strip_prefix('{').and_then(|open| open.strip_suffix('}')).unwrap_or(bare);
    let bytes = bare.as_bytes();
    let hyphened = bytes.len() == 36;
    if !hyphened && bytes.len() != 32 {
        return None;
    }
    let mut canonical = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        let must_be_hyphen = hyphened && matches!(at, 8 | 13 | 18 | 23);
        if must_be_hyphen != (*byte == b'-') || !(must_be_hyphen || byte.is_ascii_hexdigit()) {
            return None;
        }
        if !must_be_hyphen {
            if matches!(canonical.len(), 8 | 13 | 18 | 23) {
                canonical.push('-');
            }
            canonical.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    Some(canonical)
}

/// True for a UUID exactly as the standard writes it: version 4, lower case, hyphens.
pub fn is_strict_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    canonical_uuid(text).as_deref() == Some(text)
        && bytes.get(14) == Some(&b'4')
        && matches!(bytes.get(19), Some(b'8' | b'9' | b'a' | b'b'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_ulid_specification_has_its_time() {
        let (unix_ms, _) = parse_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap();

        assert_eq!(unix_ms, 1_469_922_850_259);
    }

    #[test]
    fn ulids_with_letters_that_are_left_out_or_too_large_are_refused() {
        for wrong in [
            "",
            "01ARZ3NDEKTSV4RRFFQ69G5FA",
            "81ARZ3NDEKTSV4RRFFQ69G5FAV",
            "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "01ARZ3NDEKTSV4RRFFQ69G5FAé",
        ] {
            assert_eq!(parse_ulid(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_usual_spelling_of_a_uuid_is_the_same_uuid() {
        let canonical = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
        for spelling in [
            "6BA7B810-9DAD-41D1-80B4-00C04FD430C8",
            "6ba7b8109dad41d180b400c04fd430c8",
            "{6ba7b810-9dad-41d1-80b4-00c04fd430c8}",
            "urn:uuid:6ba7b810-9dad-41d1-80b4-00c04fd430c8",
        ] {
            assert_eq!(canonical_uuid(spelling).as_deref(), Some(canonical));
            assert!(!is_strict_uuid(spelling));
        }
        assert!(is_strict_uuid(canonical));
        assert!(!is_strict_uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "version 1");
        for wrong in [
            "",
            "6ba7b810-9dad-41d1-80b4-00c04fd430c",
            "6ba7b810x9dad-41d1-80b4-00c04fd430c8",
            "sensor-1",
        ] {
            assert_eq!(canonical_uuid(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_ulid_comes_back_as_it_was(unix_ms in 0_u64..1 << 48, payload in 0_u128..1 << 80) {
            let text = ulid(unix_ms, payload);

            prop_assert_eq!(parse_ulid(&text), Some((unix_ms, payload)));
            prop_assert_eq!(parse_ulid(&text.to_lowercase()), Some((unix_ms, payload)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,60}") {
            parse_ulid(&text);
            canonical_uuid(&text);
            is_strict_uuid(&text);
        }
    }
}
