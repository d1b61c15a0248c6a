//! A witness in other hands: what it signs, and what it does when it is shown another past.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use station::limits::{PAGE_HEAD_BYTES, PAGE_HEAD_WITHIN, WITNESS_CONNECTIONS_MAX};

use super::browser::ask;
use super::sensor::Sensor;
use super::serve::{Home, Served, read_object, wait_until};

/// A witness that runs.
struct Witness {
    child: Child,
    hello: Value,
}

impl Witness {
    /// In a home's folder, for the record of its data directory.
    fn of(home: &Home) -> Self {
        let config = home.file("witness.toml");
        let record = std::fs::read_to_string(home.data().join("keys/record.vkey")).unwrap();
        let text = format!(
            "data = \"witness\"\nlisten = \"127.0.0.1:0\"\nname = \"guard.example\"\nrecords = [\"{}\"]\n",
            record.trim()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchline"));
        command.args(["--json", "witness", "--config"]).arg(config).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let hello = read_object(child.stdout.take().unwrap()).unwrap();
        Self { child, hello }
    }

    /// As a station's configuration names it.
    fn as_configured(&self) -> String {
        let [address, key] = ["address", "key"].map(|field| self.hello[field].as_str().unwrap());
        format!("[[record.witnesses]]\nurl = \"http://{address}\"\nkey = \"{key}\"\n")
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn verified(data: &Path) -> (Option<i32>, Value) {
    let mut verify = Command::new(env!("CARGO_BIN_EXE_watchline"));
    let output = verify.args(["--json", "record", "verify"]).arg(data).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

fn record_of(station: &Served) -> Value {
    station.get("/api/record").json
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn only_file_in(directory: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(directory).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}

#[test]
fn a_witness_signs_what_grows_and_tells_when_it_is_shown_another_past() {
    let home = Home::new();
    home.serve().terminate();
    let before = home.file("before");
    let witness = Witness::of(&home);
    home.configure_more(&witness.as_configured());

    let station = home.serve();
    let act = json!({"command": "acknowledge", "alert": 999, "by": "desk-1"});
    station.post("act-1", &act);
    let entries = record_of(&station)["entries"].as_u64().unwrap();
    let witnessed = |station: &Served| record_of(station)["entries_witnessed"].as_u64().unwrap();
    wait_until("the act is witnessed", || witnessed(&station) >= entries);
    let told = record_of(&station);
    assert!(told["entries_signed"].as_u64() >= Some(entries), "{told}");
    assert_eq!(told["witnesses"][0]["name"], "guard.example");
    assert_eq!(told["witnesses"][0]["problem"], Value::Null);
    let tile = station.get("/record/tile/0/000.p/1");
    assert_eq!((tile.status, tile.body.len()), (200, 32));
    assert_eq!(station.get("/record/tile/0/001").json["code"], "not-there");
    let checkpoint = station.get("/record/checkpoint");
    assert!(checkpoint.body.starts_with(told["origin"].as_str().unwrap().as_bytes()));
    station.terminate();
    copy(&home.data(), &before);

    let (code, told) = verified(&home.data());
    assert_eq!((code, &told["witnessed"][0]["witness"]), (Some(0), &json!("guard.example")));
    let kept = only_file_in(&home.data().join("record/witnessed"));
    let whole = std::fs::read(&kept).unwrap();
    // Some bytes of every line.
    for at in (0..whole.len()).step_by(17) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&kept, bytes).unwrap();
        assert_eq!(verified(&home.data()).0, Some(1), "byte {at}");
    }
    std::fs::write(&kept, whole).unwrap();

    // It goes on, is witnessed further, and is then replaced by the copy from before.
    let station = home.serve();
    let then = witnessed(&station);
    wait_until("it is witnessed further", || witnessed(&station) > then);
    station.terminate();
    std::fs::remove_dir_all(home.data()).unwrap();
    copy(&before, &home.data());
    let station = home.serve();

    wait_until("the witness objects", || {
        record_of(&station)["witnesses"][0]["saw_another_past"] == json!(true)
    });
    let health = station.get("/api/health").json;
    let check =
        health["checks"].as_array().unwrap().iter().find(|check| check["name"] == "witnesses");
    assert_eq!(check.unwrap()["attention"], json!(true), "{health}");
}

/// The root of a tree over leaves (RFC 6962, 2.1), by the definition.
fn root_of(hashes: &[[u8; 32]]) -> [u8; 32] {
    if let [only] = hashes {
        return *only;
    }
    let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
    let sides = [&[1][..], &root_of(left), &root_of(right)].concat();
    Sha256::digest(sides).into()
}

#[test]
fn from_the_checkpoint_tiles_and_bundles_lead_to_the_root_by_http_alone() {
    let home = Home::new();
    let station = home.serve();
    for number in 0..300 {
        let act = json!({"command": "acknowledge", "alert": 999, "by": "desk-1"});
        station.post(&format!("act-{number}"), &act);
    }
    wait_until("it is signed", || record_of(&station)["entries_signed"].as_u64() > Some(300));
    let checkpoint = String::from_utf8(station.get("/record/checkpoint").body).unwrap();
    let lines: Vec<&str> = checkpoint.lines().collect();
    let (size, root): (usize, _) = (lines[1].parse().unwrap(), lines[2]);

    let mut hashes: Vec<[u8; 32]> = Vec::new();
    for first in (0..size).step_by(256) {
        let width = (size - first).min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let place = format!("{:03}{partial}", first / 256);
        let bundle = station.get(&format!("/record/tile/entries/{place}"));
        assert_eq!(bundle.status, 200, "{}", bundle.json);
        let mut rest = bundle.body.as_slice();
        let mut leaves: Vec<[u8; 32]> = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
            leaves.push(Sha256::digest([&[0], entry].concat()).into());
            rest = after;
        }
        assert_eq!(leaves.len(), width);
        assert_eq!(station.get(&format!("/record/tile/0/{place}")).body, leaves.concat());
        hashes.extend(leaves);
    }
    assert_eq!(STANDARD.encode(root_of(&hashes)), root);
    let above = station.get("/record/tile/1/000.p/1").body;
    assert_eq!(above, root_of(&hashes[..256]));
    for absent in ["entries/009", "entries/000.p/0", "entries/x"] {
        let told = station.get(&format!("/record/tile/{absent}"));
        assert_eq!((told.status, &told.json["code"]), (404, &json!("not-there")), "{absent}");
    }
}

/// What the station says of its witnesses' health.
fn check_of_witnesses(station: &Served) -> Value {
    let told = station.get("/api/health").json;
    let checks = told["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == "witnesses").unwrap().clone()
}

#[test]
fn an_act_is_on_this_post_at_once_then_witnessed_and_a_witness_that_is_gone_is_said_to_be_late() {
    let home = Home::new();
    home.serve().terminate();
    let witness = Witness::of(&home);
    home.configure_more(&witness.as_configured());
    let station = home.serve();
    Sensor::connect(station.sapient).register_and_report();
    let alert = station.wait_for("an alert", |picture| picture["alerts"].get(0).cloned());
    assert_eq!(alert["history"][0]["by"], Value::Null);

    let act = json!({"command": "acknowledge", "alert": alert["id"], "by": "desk-1"});
    let done = station.post("act-1", &act);
    let entry = done.json["index"].as_u64().unwrap();
    let by_header: u64 = done.header("watchline-entry").unwrap().parse().unwrap();
    assert!(by_header >= entry, "{by_header} < {entry}");
    let told = record_of(&station);
    assert!(told["entries"].as_u64() >= Some(entry), "{told}");
    assert_eq!(told["entries_at_centre"], Value::Null, "there is no centre");
    let picture = station.get("/api/picture").json;
    let acts = picture["alerts"][0]["history"].as_array().unwrap();
    let acknowledged = acts.iter().find(|act| act["what"] == "acknowledged").unwrap();
    assert_eq!(acknowledged["entry"], entry);
    let raised = acts[0]["entry"].as_u64().unwrap();
    assert!((1..entry).contains(&raised), "{raised}");

    let witnessed = |station: &Served| record_of(station)["entries_witnessed"].as_u64().unwrap();
    wait_until("the act is witnessed", || witnessed(&station) >= entry);
    assert_eq!(record_of(&station)["witnesses"][0]["late"], false);
    let told = check_of_witnesses(&station);
    assert_eq!(told["attention"], false, "{told}");
    assert!(told["detail"].as_str().unwrap().starts_with("guard.example has seen "), "{told}");
    let at = entry.to_string();
    let shown = home.record_show(&["--entry", &at]);
    let shown = &shown["entries"][0];
    assert_eq!((&shown["entry"], &shown["class"]), (&json!(entry), &json!("decision")));
    assert_eq!(shown["says"]["input"]["Commanded"]["by"], "desk-1", "{shown}");
    assert_eq!(shown["witnessed_by"], json!(["guard.example"]));

    drop(witness);
    let help = json!({"command": "answer-help", "alert": alert["id"], "needs_help": false, "by": "desk-1"});
    let later = station.post("act-2", &help).json["index"].as_u64().unwrap();
    wait_until("the witness is missed", || {
        let told = record_of(&station);
        told["witnesses"][0]["late"] == true && told["witnesses"][0]["problem"] != Value::Null
    });
    assert!((entry..later).contains(&witnessed(&station)), "what was witnessed stays so");
    let told = check_of_witnesses(&station);
    assert_eq!(told["attention"], true, "{told}");
    assert!(told["detail"].as_str().unwrap().contains(" and is late: "), "{told}");
    let shown = home.record_show(&["--entry", &later.to_string()]);
    assert_eq!(shown["entries"][0]["witnessed_by"], json!([]));
    assert_eq!(shown["entries"][0]["signed"], true);

    station.kill();
    let station = home.serve();
    let picture = station.get("/api/picture").json;
    assert_eq!(
        picture["alerts"][0]["history"][acts.len() - 1]["entry"],
        entry,
        "after a start too"
    );
}

#[test]
fn whoever_sends_to_a_witness_by_the_byte_is_sent_away_and_holds_up_nobody() {
    let home = Home::new();
    home.serve().terminate();
    let witness = Witness::of(&home);
    let address: SocketAddr = witness.hello["address"].as_str().unwrap().parse().unwrap();
    let began = Instant::now();
    // All places but a few are taken by heads that never end.
    let head = b"POST /add-checkpoint HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
    let mut slow: Vec<TcpStream> = (0..WITNESS_CONNECTIONS_MAX - 4)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(head).unwrap();
            stream
        })
        .collect();
    while !slow.is_empty() {
        let asked = Instant::now();
        let told = ask(address, "GET", "/", &[], b"");
        assert_eq!(told.json["witness"], "guard.example", "{}", told.json);
        assert!(asked.elapsed() < Duration::from_secs(5), "others wait for them");
        slow.retain_mut(|stream| {
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            let is_open = !matches!(stream.read(&mut [0; 64]), Ok(0));
            stream.write_all(b"a").is_ok() && is_open
        });
        assert!(began.elapsed() < 4 * PAGE_HEAD_WITHIN, "{} are still there", slow.len());
        std::thread::park_timeout(Duration::from_millis(500));
    }
    assert!(began.elapsed() >= PAGE_HEAD_WITHIN / 2, "nobody is sent away at once");
}

#[test]
fn a_witness_takes_so_many_connections_and_bytes_and_no_more() {
    let home = Home::new();
    home.serve().terminate();
    let witness = Witness::of(&home);
    let address: SocketAddr = witness.hello["address"].as_str().unwrap().parse().unwrap();
    let long = "x".repeat(2 * PAGE_HEAD_BYTES);
    let refused = ask(address, "GET", "/", &[("X-Long", &long)], b"");
    assert!([414, 431].contains(&refused.status), "{}", refused.status);
    let body = vec![b'x'; 70 << 10];
    assert_eq!(ask(address, "POST", "/add-checkpoint", &[], &body).status, 413);

    let open: Vec<TcpStream> =
        (0..WITNESS_CONNECTIONS_MAX).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut beyond = TcpStream::connect(address).unwrap();
    beyond.set_read_timeout(Some(PAGE_HEAD_WITHIN / 2)).unwrap();
    drop(beyond.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let told = beyond.read(&mut [0; 64]);
    let is_turned_away = match &told {
        Ok(bytes) => *bytes == 0,
        Err(fault) => fault.kind() == std::io::ErrorKind::ConnectionReset,
    };
    assert!(is_turned_away, "{told:?}");
    drop(open);
    wait_until("room again", || {
        TcpStream::connect(address).is_ok_and(|mut stream| {
            let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream.set_read_timeout(Some(PAGE_HEAD_WITHIN)).unwrap();
            asked.is_ok() && stream.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0)
        })
    });
}
