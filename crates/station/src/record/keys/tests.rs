//! Known answers: what Ed25519 must take, and what it must not.

use ed25519_dalek::Verifier as _;

use super::*;

/// Whether a signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    /// For who does not ask of what order key and R are.
    OnlyLoosely,
    No,
}
use Holds::{No, OnlyLoosely, Yes};

/// The published edge cases of "Taming the many `EdDSAs`" (Chalkias, Garillot, Nikolaenko, 2020): key, message, R, S.
const EDGE_CASES: [(&str, &str, &str, &str, &str, Holds); 10] = [
    (
        "the key and R of small order, S = 0",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
        OnlyLoosely,
    ),
    (
        "the key of small order",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        OnlyLoosely,
    ),
    (
        "R of small order",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        OnlyLoosely,
    ),
    (
        "key and R with parts of small order",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        Yes,
    ),
    (
        "holds only times the cofactor",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        No,
    ),
    (
        "the same, had the challenge been reduced first",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        No,
    ),
    (
        "S beyond the order of the group",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        No,
    ),
    (
        "S far beyond it",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        No,
    ),
    (
        "R of small order, and not as it is written",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
        No,
    ),
    (
        "the same",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
        No,
    ),
];

#[test]
fn published_edge_cases_are_judged_strictly() {
    for (what, key, message, r, s, holds) in EDGE_CASES {
        let key = VerifyingKey::from_bytes(&bytes_of(key)).unwrap();
        let message: [u8; 32] = bytes_of(message);
        let signature: [u8; 64] = bytes_of(&format!("{r}{s}"));
        let public = Public { kind: Kind::Record, name: "edge".into(), key };
        assert_eq!(public.has_signed(&message, &signature), holds == Yes, "{what}");
        // These cases tell strict verification from the other kind.
        let loosely = key.verify(&message, &Signature::from_bytes(&signature)).is_ok();
        assert_eq!(loosely, holds != No, "{what}");
    }
}

/// All points of small order, as they are written and as they may be written besides (the same paper, table 1).
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

#[test]
fn a_key_of_small_order_is_no_key() {
    for bytes in SMALL_ORDER {
        for kind in [Kind::Record, Kind::Witness] {
            let bytes: [u8; 32] = bytes_of(bytes);
            let tagged = [&[kind as u8], &bytes[..]].concat();
            let id = Sha256::new().chain_update("edge\n").chain_update(&tagged).finalize();
            let id = crate::runtime::stepper::hex(&id[..4]);
            let text = format!("edge+{id}+{}", BASE64.encode(&tagged));
            let fault = Public::parse(kind, &text).unwrap_err().to_string();
            assert!(fault.contains("no Ed25519 key"), "{text}: {fault}");
        }
    }
}

/// The first two tests of RFC 8032, 7.1: secret key, public key, message, signature.
const RFC_8032: [(&str, &str, &[u8], &str, &str); 2] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
];

#[test]
fn the_published_keys_sign_what_they_are_said_to() {
    for (secret, public, message, r, s) in RFC_8032 {
        let secret = Secret::new(Kind::Record, "rfc".into(), bytes_of(secret));
        assert_eq!(*secret.public().key.as_bytes(), bytes_of(public));
        let signature: [u8; 64] = bytes_of(&format!("{r}{s}"));
        assert_eq!(secret.sign(message), signature);
        assert!(secret.public().has_signed(message, &signature));
        // The same signature with S + L is another text of it, and must not be one (RFC 8032, 5.1.7).
        assert!(!secret.public().has_signed(message, &beyond(signature)));
    }
}

/// A signature whose S is greater by the order of the group.
fn beyond(mut signature: [u8; 64]) -> [u8; 64] {
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let order: [u8; 32] = bytes_of(order);
    let mut carry = 0;
    for (byte, more) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    signature
}

fn bytes_of<const N: usize>(hex: &str) -> [u8; N] {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.try_into().unwrap()
}
