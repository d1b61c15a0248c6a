//! A core from bytes: what is damaged, foreign or hostile is refused.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use watch::heavy::Computer;
use watch::{Core, SnapshotError};

use super::flat::{Night, model, model_with};

/// Bytes before the state: magic, sources, the sector's digest, the digest of all.
const HEADER_BYTES: usize = 8 + 16 + 32 + 32;

#[test]
fn a_core_that_is_read_back_tells_what_it_told() {
    let night = walked();
    let bytes = night.core.snapshot();

    let again = Core::restore(&mut Computer::new(model()), &bytes).unwrap();

    assert_eq!(again.state_hash(), night.core.state_hash());
    let told = |core: &Core| {
        let tracks: Vec<_> = core.tracks().cloned().collect();
        let trails: Vec<_> = tracks.iter().map(|track| core.trail(track.id)).collect();
        let (assessment, version) = core.assessment().unwrap();
        (tracks, trails, core.stretches().to_vec(), assessment.digest(), version)
    };
    assert_eq!(told(&again), told(&night.core));
    assert!(!told(&again).0.is_empty());
}

#[test]
fn whatever_byte_is_changed_or_missing_the_state_is_refused() {
    let bytes = walked().core.snapshot();
    let mut computer = Computer::new(model());
    for at in (0..HEADER_BYTES).chain((HEADER_BYTES..bytes.len()).step_by(997)) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert!(Core::restore(&mut computer, &changed).is_err(), "byte {at}");
        assert!(Core::restore(&mut computer, &bytes[..at]).is_err(), "cut at {at}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Core::restore(&mut computer, &longer).unwrap_err(), SnapshotError::Damaged);
}

#[test]
fn another_sector_and_another_build_are_told_apart() {
    let bytes = walked().core.snapshot();

    let more = "\n[settings]\nheartbeat_limit_s = 99.0\n";
    let other = Core::restore(&mut Computer::new(model_with(more)), &bytes).unwrap_err();
    assert_eq!(other, SnapshotError::OtherSector);

    let mut older = bytes;
    older[8..24].copy_from_slice(b"0123456789abcdef");
    let older = Core::restore(&mut Computer::new(model()), &older).unwrap_err();
    assert_eq!(older, SnapshotError::OtherBuild { found: "0123456789abcdef".into() });
}

#[test]
fn bytes_that_were_made_to_be_read_are_read_or_refused_and_never_end_the_program() {
    let bytes = walked().core.snapshot();
    let model = model();
    let mut runner = proptest::test_runner::TestRunner::default();
    let place = any::<prop::sample::Index>();
    let changes = prop::collection::vec((place, any::<u8>()), 1..6);
    let tried = runner.run(&changes, |changes| {
        let mut bytes = bytes.clone();
        for (place, byte) in changes {
            let at = HEADER_BYTES + place.index(bytes.len() - HEADER_BYTES);
            bytes[at] = byte;
        }
        sign(&mut bytes);
        drop(Core::restore(&mut Computer::new(model.clone()), &bytes));
        Ok(())
    });
    tried.unwrap();
}

/// Makes the digest fit.
fn sign(bytes: &mut [u8]) {
    let (header, body) = bytes.split_at_mut(HEADER_BYTES);
    let (told, digest) = header.split_at_mut(HEADER_BYTES - 32);
    digest.copy_from_slice(&Sha256::new().chain_update(&*told).chain_update(&*body).finalize());
}

fn walked() -> Night {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    night
}
