//! A home directory with a small sector, and the station that is served from it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use sight::coverage::Model;
use tempfile::TempDir;

use super::browser::{Answer, ask};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const LINE: &str = include_str!("../drill/line.geojson");
const SECTOR: &str = include_str!("../drill/sector.toml");

/// Where a station lives.
pub(crate) struct Home(TempDir);

/// A station that runs.
pub(crate) struct Served {
    child: Child,
    stderr: ChildStderr,
    /// What it said when it was ready.
    pub(crate) hello: Value,
    pub(crate) page: SocketAddr,
    pub(crate) sapient: SocketAddr,
    pub(crate) cot: SocketAddr,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write("line.geojson", LINE);
        home.write("sector.toml", SECTOR);
        home.configure("127.0.0.1:0", "127.0.0.1:0");
        home
    }

    pub(crate) fn configure(&self, listen: &str, sapient_listen: &str) {
        let config = format!(
            "sector = \"sector.toml\"\ndata = \"data\"\nlisten = \"{listen}\"\nsapient_listen = \"{sapient_listen}\"\ncot_listen = \"127.0.0.1:0\"\n[identity]\nsign_in = \"off\"\n"
        );
        self.write("station.toml", &config);
    }

    /// Stations that are served from now on ask people to sign in.
    pub(crate) fn ask_people(&self) {
        let path = self.0.path().join("station.toml");
        let known = std::fs::read_to_string(path).unwrap();
        self.write("station.toml", &known.replace("sign_in = \"off\"", "sign_in = \"required\""));
    }

    /// A device of the sector's first unit, for stations that are served from now on.
    pub(crate) fn know_phone(&self, uid: &str) {
        self.configure_more(&format!("[doors.cot.units]\n{uid} = \"patrol-1\"\n"));
    }

    /// More at the end of the configuration.
    pub(crate) fn configure_more(&self, more: &str) {
        let path = self.0.path().join("station.toml");
        let known = std::fs::read_to_string(path).unwrap();
        self.write("station.toml", &(known + more));
    }

    /// The page speaks TLS, for stations that are served from now on; more of the configuration may follow.
    pub(crate) fn secure_page(&self, listen: &str, more: &str) {
        self.configure(listen, "127.0.0.1:0");
        self.configure_more(&format!("[page.tls]\n{more}"));
    }

    pub(crate) fn change_sector(&self, from: &str, to: &str) {
        assert!(SECTOR.contains(from));
        self.write("sector.toml", &SECTOR.replace(from, to));
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub(crate) fn model(&self) -> Arc<Model> {
        let sector = self.0.path().join("sector.toml");
        Arc::new(station::shipped::load_model(sector.to_str().unwrap()).unwrap())
    }

    /// Starts a station and waits until it is ready.
    pub(crate) fn serve(&self) -> Served {
        Self::serve_by(self.command())
    }

    /// The same where a write beyond the limit for files fails instead of ending the process.
    pub(crate) fn serve_limited(&self) -> Served {
        let station = self.command();
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(station.get_program());
        shell.args(station.get_args()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::serve_by(shell)
    }

    fn serve_by(mut command: Command) -> Served {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let Some(hello) = read_object(stdout) else {
            let mut told = String::new();
            stderr.read_to_string(&mut told).unwrap();
            panic!("the station did not start: {told}");
        };
        let page = hello["page"].as_str().unwrap();
        let (_, page) = page.split_once("://").unwrap();
        let page = page.strip_suffix('/').unwrap();
        let page = page.parse().unwrap();
        let sapient = hello["sapient"].as_str().unwrap().parse().unwrap();
        let cot = hello["cot"].as_str().unwrap().parse().unwrap();
        Served { child, stderr, hello, page, sapient, cot }
    }

    /// Starts a station that cannot run: its exit code and what it told.
    pub(crate) fn try_serve(&self) -> (Option<i32>, String) {
        let output = self.command().output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    /// Whether the doctor finds all well, and what it tells.
    pub(crate) fn doctor(&self) -> (bool, String) {
        let mut doctor = Command::new(env!("CARGO_BIN_EXE_watchline"));
        doctor.args(["--json", "doctor", "--config"]).arg(self.0.path().join("station.toml"));
        let output = doctor.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    }

    /// Any command of the program: the exit code, and what was answered or complained of.
    pub(crate) fn watchline(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchline"));
        said(command.current_dir(&self.0).arg("--json").args(words))
    }

    /// Exports from the data directory: the exit code, and what was answered or complained of.
    pub(crate) fn export(&self, arguments: &[&str], file: &str) -> (Option<i32>, String) {
        let sector = self.0.path().join("sector.toml");
        let sector = ["--sector", sector.to_str().unwrap()];
        self.export_only(&[&sector, arguments].concat(), file)
    }

    /// The same where the arguments say which sector it is.
    pub(crate) fn export_only(&self, arguments: &[&str], file: &str) -> (Option<i32>, String) {
        let mut export = Command::new(env!("CARGO_BIN_EXE_watchline"));
        export.args(["--json", "export", "--data"]).arg(self.data());
        said(export.arg("--out").arg(self.file(file)).args(arguments))
    }

    /// Accounts for a period: the exit code, and what was answered or complained of.
    pub(crate) fn report(&self, arguments: &[&str], file: &str) -> (Option<i32>, String) {
        let mut report = Command::new(env!("CARGO_BIN_EXE_watchline"));
        report.args(["--json", "report"]).args(arguments).arg("--data").arg(self.data());
        report.arg("--sector").arg(self.file("sector.toml"));
        said(report.arg("--out").arg(self.file(file)))
    }

    /// Plays the record again: the exit code, and what was answered or complained of.
    pub(crate) fn replay(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let sector = self.0.path().join("sector.toml");
        let sector = ["--sector", sector.to_str().unwrap()];
        self.replay_only(&[&sector, arguments].concat())
    }

    /// The same where the arguments say which sector it is.
    pub(crate) fn replay_only(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut replay = Command::new(env!("CARGO_BIN_EXE_watchline"));
        said(replay.args(["--json", "replay"]).arg(self.data()).args(arguments))
    }

    /// What the record says of people, as far as it is asked.
    pub(crate) fn people_history(&self, asked: &[&str]) -> Value {
        let mut history = Command::new(env!("CARGO_BIN_EXE_watchline"));
        history.args(["--json", "people", "history", "--data"]).arg(self.data()).args(asked);
        let output = history.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What other agencies are given, as people read it.
    pub(crate) fn release_shown(&self) -> String {
        let mut show = Command::new(env!("CARGO_BIN_EXE_watchline"));
        show.args(["release", "show", "--data"]).arg(self.data());
        String::from_utf8(show.output().unwrap().stdout).unwrap()
    }

    /// Runs `watchline release` with something on its standard input: the exit code, and what was answered or complained of.
    pub(crate) fn release(&self, arguments: &[&str], input: &str) -> (Option<i32>, String) {
        self.write("input", input);
        let input = std::fs::File::open(self.file("input")).unwrap();
        let mut release = Command::new(env!("CARGO_BIN_EXE_watchline"));
        said(release.args(["--json", "release"]).args(arguments).stdin(input))
    }

    /// What `record verify` says of the record.
    pub(crate) fn verified(&self) -> Value {
        let mut verify = Command::new(env!("CARGO_BIN_EXE_watchline"));
        verify.args(["--json", "record", "verify"]).arg(self.data());
        serde_json::from_slice(&verify.output().unwrap().stdout).unwrap()
    }

    /// What `record show` tells of entries.
    pub(crate) fn record_show(&self, asked: &[&str]) -> Value {
        let mut show = Command::new(env!("CARGO_BIN_EXE_watchline"));
        show.args(["--json", "record", "show", "--open"]).arg(self.data()).args(asked);
        let output = show.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchline"));
        command.args(["--json", "serve", "--config"]).arg(self.0.path().join("station.toml"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }
}

impl Served {
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(self.page, "GET", path, headers, b"")
    }

    /// Sends an act of the desk.
    pub(crate) fn post(&self, key: &str, act: &Value) -> Answer {
        let headers = [("Idempotency-Key", key), ("Content-Type", "application/json")];
        ask(self.page, "POST", "/api/commands", &headers, act.to_string().as_bytes())
    }

    /// Answers a message.
    pub(crate) fn answer(&self, key: &str, answer: &Value) -> Answer {
        let headers = [("Idempotency-Key", key), ("Content-Type", "application/json")];
        ask(self.page, "POST", "/api/messages", &headers, answer.to_string().as_bytes())
    }

    /// Brings a message of a neighbouring sector.
    pub(crate) fn post_seam(&self, message: &Value) -> Answer {
        let headers = [("Content-Type", "application/json")];
        ask(self.page, "POST", "/api/seams", &headers, message.to_string().as_bytes())
    }

    /// Looks at the picture until `find` finds something in it.
    pub(crate) fn wait_for(&self, what: &str, find: impl Fn(&Value) -> Option<Value>) -> Value {
        let mut found = None;
        wait_until(what, || {
            found = find(&self.get("/api/picture").json);
            found.is_some()
        });
        found.unwrap()
    }

    /// Memory that the station holds, as Linux counts it.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        let mut told = String::new();
        self.stderr.read_to_string(&mut told).unwrap();
        assert!(told.contains("stopped with state hash"), "{told}");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command's exit code, and what it answered or complained of.
fn said(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let told = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.code(), String::from_utf8(told).unwrap())
}

/// A number that the environment sets.
pub(crate) fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |set| set.parse().unwrap())
}

/// Asks until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// The first JSON object that a process writes; `None` when it ends before.
pub(crate) fn read_object(stdout: ChildStdout) -> Option<Value> {
    let mut text = String::new();
    for line in BufReader::new(stdout).lines() {
        text += &line.unwrap();
        if let Ok(object) = serde_json::from_str(&text) {
            return Some(object);
        }
    }
    None
}
