//! `watchline doctor`: what is missing or unhealthy, and what mends it.

mod certificates;
mod running;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::output::{Table, spinner};
use super::{Answer, Outcome, Output};
use crate::config::{COT_LISTEN_DEFAULT, Config, LISTEN_DEFAULT, SAPIENT_LISTEN_DEFAULT};
use crate::identity::{People, SignIn};
use crate::record::{self, DataLock, RecordError};
use crate::shipped;

/// Tells what is missing or unhealthy, and what mends it.
///
/// With a configuration it looks at that station: its sector, terrain, data directory, record and ports. Without one
/// it looks at what every station needs. A station that runs is asked how it is: whether it stores and steps, and which
/// sensors' words, clocks or numbers of reports are wrong. Certificates are told of a month before they run out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline doctor --config station.toml")]
pub(crate) struct Doctor {
    /// The configuration file of the station to look at.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Everything that was looked at.
#[derive(Debug, Serialize)]
struct Diagnosis {
    ok: bool,
    checks: Vec<Check>,
}

/// One thing that was looked at. `mend` is empty when it is well.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    detail: String,
    mend: String,
}

impl Doctor {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let work = spinner("looking");
        let checks = match &self.config {
            Some(path) => check_station(&Config::read(path)?),
            None => check_installation(),
        };
        work.finish_and_clear();
        let diagnosis = Diagnosis { ok: checks.iter().all(|check| check.ok), checks };
        out.answer(&diagnosis, Diagnosis::table)?;
        Ok(if diagnosis.ok { Answer::Yes } else { Answer::No })
    }
}

impl Diagnosis {
    fn table(&self) -> Table {
        let mut table = Table::new(["check", "", "detail", "what mends it"]);
        for check in &self.checks {
            let well = if check.ok { "ok" } else { "FAILS" };
            table.row([check.name.clone(), well.into(), check.detail.clone(), check.mend.clone()]);
        }
        table
    }
}

impl Check {
    fn of(name: impl Into<String>, result: Result<String, String>, mend: &str) -> Self {
        let name = name.into();
        match result {
            Ok(detail) => Self { name, ok: true, detail, mend: String::new() },
            Err(detail) => Self { name, ok: false, detail, mend: mend.to_owned() },
        }
    }
}

fn check_installation() -> Vec<Check> {
    let mut checks: Vec<Check> =
        shipped::names().iter().map(|name| check_sector(&format!("sector {name}"), name)).collect();
    checks.push(check_port("page", LISTEN_DEFAULT));
    checks.push(check_port("SAPIENT door", SAPIENT_LISTEN_DEFAULT));
    checks.push(check_port("Cursor on Target door", COT_LISTEN_DEFAULT));
    checks
}

fn check_station(config: &Config) -> Vec<Check> {
    let mut checks = vec![check_sector("sector", &config.sector)];
    checks.push(check_sign_in(config));
    checks.extend(certificates::checks(&config.data, Timestamp::now()));
    // A station that runs has its data and ports to itself, and knows best how it is.
    if let Some(told) = running::checks(config) {
        checks.extend(told);
        return checks;
    }
    checks.extend(check_data(&config.data));
    checks.push(check_port("page", config.listen));
    checks.push(check_port("SAPIENT door", config.sapient_listen));
    checks.push(check_port("Cursor on Target door", config.cot_listen));
    let by_tls = config.tls();
    checks.extend(by_tls.doors().map(|(what, door)| check_port(what, door.listen)));
    checks
}

fn check_sector(name: &str, sector: &str) -> Check {
    let result = shipped::load_model(sector).map_err(|error| error.to_string()).map(|model| {
        let (sector, grid) = (model.sector(), model.grid());
        format!(
            "{:.1} km of line, {} sensors, {} units, {} x {} posts of terrain",
            sector.line.length_m / 1_000.0,
            sector.sensors.len(),
            sector.units.len(),
            grid.width,
            grid.height
        )
    });
    Check::of(name, result, "mend the fields named, then `watchline sector check FILE`")
}

/// Not asking anybody is a choice, and one that must be seen.
fn check_sign_in(config: &Config) -> Check {
    let told = match config.sign_in {
        SignIn::Off => Ok("off: whoever sits at the machine is the desk".to_owned()),
        SignIn::Required => {
            People::read(&config.data).map_err(|error| error.to_string()).map(|people| {
                let (people, machines) = (people.standings().len(), people.machines.len());
                format!("required; {people} people and {machines} machines are listed")
            })
        }
    };
    Check::of("sign-in", told, "restore the file from a copy")
}

fn check_data(directory: &Path) -> Vec<Check> {
    let lock = DataLock::take(directory);
    let locked = match &lock {
        Ok(_) => Ok(format!("{} can be written and is free", directory.display())),
        Err(error) => Err(error.to_string()),
    };
    let entries = match record::count(directory) {
        Ok(entries) => Ok(format!("{entries} entries, all intact")),
        Err(RecordError::Absent { .. }) => Ok("none yet".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    vec![
        Check::of(
            "data directory",
            locked,
            "stop the station that uses it, or see who may write there",
        ),
        Check::of("record", entries, "restore the named file from a copy; nothing else is touched"),
    ]
}

fn check_port(name: &str, address: SocketAddr) -> Check {
    let result = TcpListener::bind(address)
        .map(|_| format!("{address} is free"))
        .map_err(|error| format!("{address}: {error}"));
    let mend = format!("`ss -ltnp 'sport = :{}'` shows who holds it", address.port());
    Check::of(name, result, &mend)
}
