//! Records whole, changed, cut short and begun anew, and what the commands say of them.

use super::*;
use crate::cli::Voice;
use crate::record::{DataLock, Journal};

/// Ten entries, of which eight are signed; returns the checkpoint after the first five.
pub(in crate::cli) fn night(home: &Path) -> PathBuf {
    let mut journal = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap();
    let mut at = 0_u8;
    let mut append = |journal: &mut Journal, count: u8| {
        let entries: Vec<_> = (at..at + count).map(|at| vec![at; 40]).collect();
        at += count;
        journal.append(&entries).unwrap();
    };
    append(&mut journal, 5);
    journal.seal().unwrap();
    let older = home.join("older");
    std::fs::copy(home.join("record/checkpoint"), &older).unwrap();
    append(&mut journal, 3);
    journal.seal().unwrap();
    append(&mut journal, 2);
    older
}

fn verified(home: &Path, from: Option<PathBuf>) -> (Answer, serde_json::Value) {
    let verify = Verify { data: home.to_owned(), keys: None, from, witnesses: None };
    answered(|out| verify.run(out)).unwrap()
}

/// What a command answers as JSON.
pub(in crate::cli) fn answered(
    run: impl FnOnce(&mut Output) -> Outcome,
) -> anyhow::Result<(Answer, serde_json::Value)> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("answer");
    let file = std::fs::File::create(&path).unwrap();
    let mut out = Output::to_writer(Voice::Machine, Box::new(file));
    let answer = run(&mut out)?;
    out.flush()?;
    Ok((answer, serde_json::from_slice(&std::fs::read(&path)?)?))
}

#[test]
fn a_record_that_nobody_touched_holds_and_so_do_proofs_from_it() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());

    let (answer, told) = verified(home.path(), Some(older));

    assert_eq!(
        (answer, &told["entries"], &told["entries_signed"]),
        (Answer::Yes, &10.into(), &8.into())
    );
    let (out, keys) = (home.path().join("proof"), home.path().join("keys/record.vkey"));
    for entry in 1..=8 {
        let prove = Prove { data: home.path().to_owned(), entry, out: out.clone() };
        answered(|to| prove.run(to)).unwrap();
        let check = Check { file: out.clone(), keys: keys.clone() };
        let (answer, told) = answered(|to| check.run(to)).unwrap();
        assert_eq!((answer, &told["entry"]), (Answer::Yes, &entry.into()));
    }
    let prove = Prove { data: home.path().to_owned(), entry: 9, out };
    let refused = prove.run(&mut Output::to_writer(Voice::Machine, Box::new(std::io::sink())));
    assert!(refused.unwrap_err().to_string().contains("entries 1 to 8 have been signed"));
}

#[test]
fn any_byte_of_the_record_that_is_changed_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());
    let record = home.path().join("record");
    for file in ["segment-0000000001", "checkpoint"] {
        let path = record.join(file);
        let bytes = std::fs::read(&path).unwrap();
        // The last two entries are not signed, and look like a write that was not finished.
        let signed = if file == "checkpoint" { bytes.len() } else { bytes.len() - 2 * 64 };
        for at in 0..signed {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            std::fs::write(&path, &changed).unwrap();
            let (answer, told) = verified(home.path(), Some(older.clone()));
            assert_eq!(answer, Answer::No, "{file} byte {at}: {told}");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verified(home.path(), Some(older)).0, Answer::Yes);
    // Nor does it help to take the checkpoint away.
    std::fs::remove_file(record.join("checkpoint")).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!(answer, Answer::No, "{told}");
    assert!(told["problem"].as_str().unwrap().contains("nothing is signed"), "{told}");
}

#[test]
fn entries_changed_with_their_checksums_are_found_between_two_checkpoints() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());
    let forged = tempfile::tempdir().unwrap();
    // The same record, but for its seventh entry, written by whoever has all but the key.
    let mut journal = Journal::open(DataLock::take(forged.path()).unwrap(), |_, _| Ok(())).unwrap();
    for at in 0..10_u8 {
        journal.append(&[vec![if at == 6 { 99 } else { at }; 40]]).unwrap();
    }
    drop(journal);
    let segment = "record/segment-0000000001";
    std::fs::copy(forged.path().join(segment), home.path().join(segment)).unwrap();

    let (answer, told) = verified(home.path(), Some(older.clone()));

    assert_eq!((answer, &told["first_bad_entry"]), (Answer::No, &6.into()), "{told}");
    assert!(told["problem"].as_str().unwrap().contains("between entry 6 and 8"), "{told}");
    // Neither does a station go on with it.
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err().to_string();
    assert!(refused.contains("somebody changed the record"), "{refused}");
    // Nor does a checkpoint help that is older than the change: what it signed is still there.
    std::fs::copy(older, home.path().join("record/checkpoint")).unwrap();
    assert_eq!(verified(home.path(), None).0, Answer::Yes);
}

#[test]
fn a_record_cut_short_or_begun_anew_is_found_against_a_checkpoint_that_others_kept() {
    let home = tempfile::tempdir().unwrap();
    night(home.path());
    let kept = home.path().join("kept");
    let (record, keys) = (home.path().join("record"), home.path().join("keys"));
    std::fs::copy(record.join("checkpoint"), &kept).unwrap();
    std::fs::remove_dir_all(&record).unwrap();
    let mut journal = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
    journal.append(&[vec![0; 40], vec![1; 40]]).unwrap();
    journal.seal().unwrap();
    drop(journal);

    assert_eq!(verified(home.path(), None).0, Answer::Yes);
    let (answer, told) = verified(home.path(), Some(kept));
    assert_eq!((answer, &told["first_bad_entry"]), (Answer::No, &3.into()), "{told}");
    // A record that was signed goes on only with its own key.
    std::fs::remove_file(keys.join("record.key")).unwrap();
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err().to_string();
    assert!(refused.contains("restore it from a copy"), "{refused}");
}
