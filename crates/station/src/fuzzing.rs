//! What fuzzing tries of formats that nothing outside this crate reads.

use crate::record::cosign::Witness;
use crate::record::note::{Signer, Verifier};
use crate::record::proof::Proof;
use crate::relay::Letter;
use crate::witness::request::Request;
use crate::{record, snapshot};

/// Texts that others send or bring; the first byte says which.
pub fn text(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match kind % 4 {
        0 => request(text),
        1 => letter(text),
        2 => proof(text),
        _ => note(text),
    }
}

/// Files that a record and a start go on from; the first byte says which.
pub fn file(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match kind % 2 {
        0 => record::fuzzed(rest),
        _ => snapshot::fuzzed(rest, &signer()),
    }
}

fn signer() -> Signer {
    Signer::from_seed([7; 32])
}

fn request(text: &str) {
    let Ok(request) = Request::parse(text) else { return };
    drop(signer().verifier().open(&request.checkpoint));
    assert_eq!(Request::parse(&request.to_text()), Ok(request));
}

fn letter(text: &str) {
    let Ok(letter) = Letter::parse(text) else { return };
    drop(letter.open(&[signer().verifier()]));
    let written = letter.to_text();
    assert_eq!(Letter::parse(&written).map(|again| again.to_text()), Ok(written));
}

fn proof(text: &str) {
    let Ok(proof) = Proof::parse(text) else { return };
    drop(proof.check(&signer().verifier()));
    drop(proof.says());
    assert_eq!(Proof::parse(&proof.to_text()), Ok(proof));
}

fn note(text: &str) {
    drop(Verifier::parse(text));
    drop(Witness::parse(text).map(|witness| witness.saw(text)));
    drop(Signer::parse(text));
    // What is signed is read no further than its signature allows: so it has a right one too.
    let signer = signer();
    for note in [text.to_owned(), format!("{text}\n{}", signer.sign_text(text))] {
        if let Ok(checkpoint) = signer.verifier().open(&note) {
            let again = signer.sign(checkpoint.size, checkpoint.root);
            assert_eq!(signer.verifier().open(&again), Ok(checkpoint));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Every seed of a target, and each with a byte changed.
    fn tried(target: &str, run: fn(&[u8])) {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let mut tried = 0;
        for seed in std::fs::read_dir(seeds).unwrap() {
            let whole = std::fs::read(seed.unwrap().path()).unwrap();
            run(&whole);
            for at in 0..whole.len() {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << (at % 8);
                run(&bytes);
            }
            tried += 1 + whole.len();
        }
        assert!(tried > 500, "{tried}");
    }

    #[test]
    fn what_is_exchanged_and_changed_anywhere_harms_nobody() {
        tried("exchanged", super::text);
    }

    #[test]
    fn what_is_stored_and_changed_anywhere_harms_nobody() {
        tried("stored", super::file);
    }
}
