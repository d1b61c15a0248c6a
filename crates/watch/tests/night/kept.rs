//! A core from bytes: what is damaged, foreign or hostile is refused.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use watch::heavy::Computer;
use watch::journal::JOURNAL_VERSION;
use watch::{Core, SNAPSHOT_VERSION, SnapshotError};

use super::flat::{Night, model, model_with};

/// Bytes before the state: magic, versions, the sector's digest, the digest of all.
const HEADER_BYTES: usize = 6 + 2 + 32 + 32;

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
fn another_sector_and_other_versions_are_told_apart() {
    let bytes = walked().core.snapshot();

    let more = "\n[settings]\nheartbeat_limit_s = 99.0\n";
    let other = Core::restore(&mut Computer::new(model_with(more)), &bytes).unwrap_err();
    assert_eq!(other, SnapshotError::OtherSector);

    let of_versions = |form: u8, journal: u8| {
        let mut other = bytes.clone();
        other[6..8].copy_from_slice(&[form, journal]);
        sign(&mut other);
        Core::restore(&mut Computer::new(model()), &other).unwrap_err()
    };
    let (form, journal) = (SNAPSHOT_VERSION, JOURNAL_VERSION);
    for found in [form - 1, form + 1] {
        assert_eq!(of_versions(found, journal), SnapshotError::OtherVersion { found });
    }
    for found in [journal - 1, journal + 1] {
        assert_eq!(of_versions(form, found), SnapshotError::OtherJournal { found });
    }
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
