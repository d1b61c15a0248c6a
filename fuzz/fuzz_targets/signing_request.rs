//! What a phone sends to get a certificate: PKCS #10 in PEM, in base64 and bare.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use station::pki::PublicKey;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    drop(PublicKey::of_text(bytes));
    drop(PublicKey::of_request(bytes));
}
