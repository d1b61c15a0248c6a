use super::*;
use crate::record::note::Signer;
use crate::record::tests::once::{HOW, Once};
use crate::record::tests::plugged::{Plugged, home_of, ways};
use crate::record::tiles::{TileWriter, Tiles};
use crate::record::tree::{Hash, Tree, leaf};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A record of which checkpoints and proofs can be had.
struct Record {
    signer: Signer,
    leaves: Vec<Hash>,
    home: tempfile::TempDir,
}

impl Record {
    fn of(seed: u8, entries: impl Iterator<Item = u64>) -> Self {
        let leaves: Vec<Hash> = entries.map(|entry| leaf(&entry.to_le_bytes())).collect();
        let home = tempfile::tempdir().unwrap();
        let mut writer = TileWriter::begin(home.path());
        for leaf in &leaves {
            writer.push(*leaf);
        }
        writer.flush();
        Self { signer: Signer::from_seed([seed; 32]), leaves, home }
    }

    fn request(&self, old: u64, size: u64) -> Request {
        let mut tree = Tree::default();
        self.leaves.iter().take(usize::try_from(size).unwrap()).for_each(|leaf| tree.push(*leaf));
        let proof = Tiles::of(self.home.path()).consistency(old, size).unwrap();
        Request { old, proof, checkpoint: self.signer.sign(size, tree.root()) }
    }
}

fn ask(ledger: &Ledger, request: &Request) -> Result<String, Refused> {
    ledger.cosign(&request.to_text(), NOW)
}

fn open(home: &Path, record: &Record) -> Ledger {
    Ledger::open(home, Some("guard".to_owned()), [record.signer.verifier()]).unwrap()
}

#[test]
fn a_record_that_grows_is_signed_again_and_again_across_restarts() {
    let home = tempfile::tempdir().unwrap();
    let record = Record::of(1, 0..1_000);
    let mut last = 0;
    for size in [1, 2, 3, 255, 256, 257, 700, 1_000] {
        let ledger = open(home.path(), &record);
        assert_eq!(ledger.seen()[0].entries, last);
        let request = record.request(last, size);
        let line = ask(&ledger, &request).unwrap();
        let note = format!("{}{line}", request.checkpoint);
        assert_eq!(ledger.witness().saw(&note), Ok(NOW));
        // The same once more is no harm: who did not hear the answer asks again.
        assert!(ask(&ledger, &record.request(size, size)).is_ok());
        last = size;
    }
}

#[test]
fn another_past_is_never_signed() {
    let home = tempfile::tempdir().unwrap();
    let record = Record::of(1, 0..40);
    let ledger = open(home.path(), &record);
    ask(&ledger, &record.request(0, 20)).unwrap();

    // The same station shows somebody else a past in which entry 7 never was.
    let other = Record::of(1, (0..7).chain(8..41));
    assert_eq!(ask(&ledger, &other.request(20, 40)), Err(Refused::Inconsistent));
    assert_eq!(ask(&ledger, &other.request(20, 20)), Err(Refused::Seen { seen: 20 }));
    // Nor may it begin anew, go back, or say that it was seen less.
    assert_eq!(ask(&ledger, &record.request(0, 40)), Err(Refused::Seen { seen: 20 }));
    assert_eq!(ask(&ledger, &record.request(10, 15)), Err(Refused::Seen { seen: 20 }));
    let back = Request { old: 20, ..record.request(0, 15) };
    assert!(matches!(ask(&ledger, &back), Err(Refused::Malformed(_))));

    assert_eq!((ledger.seen()[0].entries, ledger.seen()[0].refused), (20, 5));
    assert!(ask(&ledger, &record.request(20, 40)).is_ok());
}

#[test]
fn what_is_not_signed_by_a_record_that_is_known_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let record = Record::of(1, 0..10);
    let ledger = open(home.path(), &record);

    let stranger = Record::of(2, 0..10).request(0, 10);
    assert!(matches!(ask(&ledger, &stranger), Err(Refused::Unknown(_))));
    let request = record.request(0, 10);
    let forged = Request { checkpoint: request.checkpoint.replace("\n10\n", "\n11\n"), ..request };
    assert!(matches!(ask(&ledger, &forged), Err(Refused::Unsigned(NoteFault::False(_)))));
    assert!(matches!(ledger.cosign("what?", NOW), Err(Refused::Malformed(_))));
}

#[test]
fn what_a_witness_cannot_store_it_does_not_sign() {
    let home = tempfile::tempdir().unwrap();
    let record = Record::of(1, 0..10);
    let ledger = open(home.path(), &record);
    let seen = home.path().join("seen");
    std::fs::remove_dir(&seen).unwrap();

    assert!(matches!(ask(&ledger, &record.request(0, 10)), Err(Refused::NotStored(_))));

    std::fs::create_dir(&seen).unwrap();
    assert_eq!(ledger.seen()[0].entries, 0);
    assert!(ask(&ledger, &record.request(0, 10)).is_ok());
}

#[test]
fn a_changed_ledger_or_another_name_does_not_start() {
    let home = tempfile::tempdir().unwrap();
    let record = Record::of(1, 0..10);
    let ledger = open(home.path(), &record);
    ask(&ledger, &record.request(0, 10)).unwrap();
    drop(ledger);
    let other = Ledger::open(home.path(), Some("other".to_owned()), [record.signer.verifier()]);
    assert!(other.unwrap_err().to_string().contains("another name"));

    let file = std::fs::read_dir(home.path().join("seen")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&file).unwrap().replace("\n10\n", "\n9\n");
    std::fs::write(&file, text).unwrap();
    let changed = Ledger::open(home.path(), None, [record.signer.verifier()]);
    assert!(changed.unwrap_err().to_string().contains("false"));
}

/// Has a record signed as it grows, until the disk fails; the sizes that were signed, and the key.
fn watch(home: &Path, disk: Box<dyn Disk>, record: &Record) -> (Vec<u64>, Option<Witness>) {
    let guard = Some("guard".to_owned());
    let opened = Ledger::open_on(disk, home, guard, [record.signer.verifier()]);
    let Ok(ledger) = opened else { return (Vec::new(), None) };
    let mut signed = Vec::new();
    let sizes = [0, 3, 7, 20];
    for pair in sizes.windows(2) {
        if ask(&ledger, &record.request(pair[0], pair[1])).is_err() {
            break;
        }
        signed.push(pair[1]);
    }
    (signed, Some(ledger.witness()))
}

#[test]
fn whenever_the_plug_is_pulled_a_witness_knows_all_that_it_signed_by_the_key_that_it_had() {
    let record = Record::of(1, 0..40);
    let whole = {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::of(home.path());
        assert_eq!(watch(home.path(), Box::new(disk.clone()), &record).0, [3, 7, 20]);
        disk.asked()
    };
    assert!(whole > 20, "{whole}");
    let mut starts = 0;
    for moment in 0..=whole {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::until(home.path(), moment);
        let (signed, witness) = watch(home.path(), Box::new(disk.clone()), &record);
        for way in ways() {
            let left = home_of(home.path(), &disk.left_in(way));
            let ledger = open(left.path(), &record);
            let seen = ledger.seen()[0].entries;
            let when = format!("pulled after {moment}, left in way {way}: {seen} of {signed:?}");
            assert!(seen >= signed.last().copied().unwrap_or(0), "{when}");
            assert!([0, 3, 7, 20].contains(&seen), "{when}");
            if !signed.is_empty() {
                assert_eq!(Some(ledger.witness()), witness, "{when}");
            }
            ask(&ledger, &record.request(seen, 40)).unwrap();
            starts += 1;
        }
    }
    println!("counted: {starts} starts of a witness after the plug was pulled");
}

#[test]
fn whichever_request_of_a_witness_fails_once_it_signs_nothing_that_it_did_not_keep() {
    let record = Record::of(1, 0..40);
    for how in HOW {
        for moment in 0.. {
            let home = tempfile::tempdir().unwrap();
            let disk = Once::after(moment, how);
            let (signed, _) = watch(home.path(), Box::new(disk.clone()), &record);
            let ledger = open(home.path(), &record);
            let seen = ledger.seen()[0].entries;
            let when = format!("{how:?} at {moment}: {seen} of {signed:?}");
            assert!(seen >= signed.last().copied().unwrap_or(0), "{when}");
            ask(&ledger, &record.request(seen, 40)).unwrap();
            if !disk.has_failed() {
                assert!(moment > 20 && signed == [3, 7, 20], "{when}");
                break;
            }
        }
    }
}
