//! The direction of the house: who may depend on whom, and what the pure rooms never pull in.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Crates that no pure room may have below it: runtimes, HTTP, databases, brokers.
const SHELL_ONLY: [&str; 16] = [
    "tokio",
    "async-std",
    "smol",
    "axum",
    "hyper",
    "tower",
    "tower-http",
    "reqwest",
    "tungstenite",
    "rusqlite",
    "libsqlite3-sys",
    "sqlx",
    "postgres",
    "tokio-postgres",
    "async-nats",
    "mio",
];

/// Each room and the rooms it may use.
const MAY_USE: [(&str, &[&str]); 4] = [
    ("sight", &[]),
    ("wire", &["sight"]),
    ("watch", &["sight"]),
    ("sim", &["watch", "wire", "sight"]),
];

const ROOMS: [&str; 6] = ["sight", "wire", "watch", "thermal", "sim", "station"];

#[test]
fn rooms_use_only_the_rooms_below_them() {
    for (room, allowed) in MAY_USE {
        let used: BTreeSet<String> = below(room)
            .into_iter()
            .filter(|name| ROOMS.contains(&name.as_str()) && name != room)
            .collect();

        let forbidden: Vec<&String> =
            used.iter().filter(|name| !allowed.contains(&name.as_str())).collect();

        assert!(forbidden.is_empty(), "{room} may use {allowed:?} alone, and uses {forbidden:?}");
    }
}

#[test]
fn pure_rooms_have_no_runtime_http_or_database_below_them() {
    for (room, _) in MAY_USE {
        let found: Vec<String> =
            below(room).into_iter().filter(|name| SHELL_ONLY.contains(&name.as_str())).collect();

        assert!(found.is_empty(), "{room} is pure, and pulls in {found:?}");
    }
}

#[test]
fn the_station_does_have_a_runtime_so_this_test_can_see_one() {
    let station = below("station");

    assert!(station.contains("tokio") && station.contains("rusqlite") && station.contains("watch"));
}

/// Names of all packages in the tree of normal dependencies of a room, itself included.
fn below(room: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            room,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8_lossy(&tree.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

#[test]
fn every_threat_of_the_list_names_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = std::fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let rows = list.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Threat"));
    let held_by = rows.map(|row| row.split(" | ").nth(2).unwrap_or_default());
    let bare: Vec<&str> = held_by.filter(|held| held.matches('_').count() < 3).collect();
    assert!(bare.is_empty(), "rows of docs/SECURITY.md without a test: {bare:?}");
}

#[test]
fn every_test_that_the_list_of_threats_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = std::fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let is_test = |name: &&str| {
        name.matches('_').count() >= 3
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    let named: BTreeSet<&str> = list.split('`').skip(1).step_by(2).filter(is_test).collect();
    let mut sources = String::new();
    read_all(&root.join("crates"), &mut sources);

    let missing: Vec<&&str> =
        named.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();

    assert!(named.len() > 30, "{named:?}");
    assert!(missing.is_empty(), "docs/SECURITY.md names tests that do not exist: {missing:?}");
}

/// All Rust sources below a folder, one after the other.
fn read_all(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            read_all(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}
