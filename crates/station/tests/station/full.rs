//! A disk that is really full: the station's data lies on a file system of a few megabytes, or its files may grow no more.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use station::runtime::stepper::replay_record;

use super::serve::{Home, Served, wait_until};

/// Room for a record, a query store and keys, and not for much more.
const SIZE: &str = "size=12m,mode=700";

/// What keeps the station from writing.
enum Small {
    /// Its data directory is a file system of its own, which is unmounted in the end.
    Mounted(PathBuf),
    /// Its files may grow no more.
    Limited,
}

impl Small {
    /// A small file system in memory where this machine lets the test mount one, and else a limit; it says which.
    fn disk(at: &Path) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "none"]).arg(at).output();
        match mount {
            Ok(told) if told.status.success() => {
                eprintln!("full disk: a tmpfs of 12 MiB");
                Self::Mounted(at.to_owned())
            }
            Ok(told) => {
                let why = String::from_utf8_lossy(&told.stderr).trim().to_owned();
                eprintln!("full disk: nothing may be mounted here ({why}): RLIMIT_FSIZE instead");
                Self::Limited
            }
            Err(why) => {
                eprintln!("full disk: there is no mount here ({why}): RLIMIT_FSIZE instead");
                Self::Limited
            }
        }
    }

    fn serve(&self, home: &Home) -> Served {
        match self {
            Self::Mounted(_) => home.serve(),
            Self::Limited => home.serve_limited(),
        }
    }

    /// Takes all the room that is left, and that was given back since it was taken before.
    fn fill(&self, station: &Served) {
        match self {
            Self::Mounted(at) => {
                let mut filler = File::options();
                let filler = filler.create(true).append(true).open(at.join("filler"));
                let mut filler = filler.unwrap();
                for bytes in [vec![1; 64 << 10], vec![1; 512]] {
                    while filler.write_all(&bytes).is_ok() {}
                }
            }
            Self::Limited => limit(station, "1024:unlimited"),
        }
    }

    fn make_room(&self, station: &Served) {
        match self {
            Self::Mounted(at) => std::fs::remove_file(at.join("filler")).unwrap(),
            Self::Limited => limit(station, "unlimited:unlimited"),
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if let Self::Mounted(at) = self {
            drop(Command::new("umount").arg("-l").arg(at).status());
        }
    }
}

fn limit(station: &Served, bytes: &str) {
    let process = station.process().to_string();
    let mut limit = Command::new("prlimit");
    limit.args(["--pid", &process]).arg(format!("--fsize={bytes}"));
    assert!(limit.status().unwrap().success(), "prlimit is part of util-linux");
}

#[test]
fn a_full_disk_is_said_nothing_acknowledged_is_lost_and_all_goes_on_when_there_is_room() {
    let home = Home::new();
    let small = Small::disk(&home.data());
    fills_and_goes_on(&home, &small);
}

#[test]
fn files_that_may_grow_no_more_are_said_nothing_acknowledged_is_lost_and_all_goes_on_later() {
    fills_and_goes_on(&Home::new(), &Small::Limited);
}

fn fills_and_goes_on(home: &Home, small: &Small) {
    let station = small.serve(home);
    let mut acknowledged = Vec::new();
    // An act that the core refuses is an act on the record all the same.
    let mut act = |key: String| {
        let act = json!({"command": "acknowledge", "alert": 999, "by": "desk-1"});
        let told = station.post(&key, &act);
        if told.json["code"] == "alert-unknown" {
            acknowledged.push(key);
            return true;
        }
        assert_eq!((told.status, &told.json["code"]), (503, &json!("not-stored")), "{}", told.json);
        false
    };
    for number in 0..20 {
        assert!(act(format!("before-{number}")));
    }

    let mut number = 0;
    wait_until("a full disk", || {
        number += 1;
        // The station itself gives room back: drafts that it could not finish, a journal of its query store.
        small.fill(&station);
        !act(format!("filling-{number}"))
    });
    for number in 0..5 {
        small.fill(&station);
        assert!(!act(format!("full-{number}")), "nothing is acknowledged");
    }
    let health = station.get("/api/health");
    let journal = &health.json["checks"][0];
    assert_eq!((health.status, &journal["ok"]), (503, &json!(false)), "{}", health.json);
    let detail = journal["detail"].as_str().unwrap();
    // A segment, a key or the draft of one: what an entry cannot do without.
    let (data, why) = (home.data(), ["No space left on device", "File too large"]);
    let is_below = |folder: &str| detail.contains(&*data.join(folder).to_string_lossy());
    assert!(is_below("record") || is_below("keys"), "the file is named: {detail}");
    assert!(why.iter().any(|why| detail.contains(why)), "and what it is about it: {detail}");
    assert_eq!(station.get("/api/picture").status, 200, "what is known is shown");
    home.configure(&station.page.to_string(), "127.0.0.1:0");
    let (is_well, told) = home.doctor();
    assert!(!is_well && told.contains("running: journal"), "{told}");

    small.make_room(&station);
    let mut number = 0;
    wait_until("room", || {
        number += 1;
        act(format!("after-{number}"))
    });
    wait_until("all is well", || station.get("/api/health").status == 200);
    assert!(act("last".into()));
    station.kill();
    home.configure("127.0.0.1:0", "127.0.0.1:0");

    let mut recorded = Vec::new();
    let replayed = replay_record(home.model(), &home.data(), |_, entry, _, _| {
        if let watch::journal::Input::Commanded(request) = &entry.input {
            recorded.push(request.key.clone());
        }
        true
    });
    replayed.unwrap();
    assert_eq!(recorded, acknowledged);
    let station = small.serve(home);
    assert_eq!(station.get("/api/health").status, 200);
    drop(station);
}
