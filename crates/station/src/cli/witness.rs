//! `watchline witness`: signs that it has seen another station's checkpoints.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::output::Output;
use super::{Answer, Outcome};
use crate::record::note::Verifier;
use crate::witness::{Ledger, listen, serve};

/// Where a witness listens when the file does not say.
const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7_070);
/// Records that one witness may know.
const RECORDS_MAX: usize = 1_024;

/// Witnesses another station's record, so that nobody can show two pasts of it.
///
/// Run it in the hands of those who do not trust the station: it signs each checkpoint only with the proof that the record
/// grew from the one before, and keeps what it saw. It learns how many entries there are and a hash, and never an entry.
///
/// The configuration is TOML: `data` (a directory of its own), `listen` (127.0.0.1:7070; what passes is signed and holds
/// nothing secret), `name` (without it a number) and `records`, the public keys of the stations (`keys/record.vkey`).
/// A station asks it when its own configuration has
/// `[[record.witnesses]]` with `url` and `key`; the key is printed at the start and stands in `keys/witness.vkey`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  printf 'data = \"seen\"\\nrecords = [\"%s\"]\\n' \"$(cat night/keys/record.vkey)\" > witness.toml
  watchline witness --config witness.toml")]
pub(crate) struct Witness {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    data: PathBuf,
    listen: Option<SocketAddr>,
    name: Option<String>,
    records: Vec<String>,
}

/// What a machine is told once it listens.
#[derive(Debug, Serialize)]
struct Witnessing {
    address: String,
    witness: String,
    key: String,
    records: usize,
}

impl Witness {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = RawConfig::read(&self.config)?;
        let records = config.verifiers().with_context(|| self.config.display().to_string())?;
        let home = self.config.parent().unwrap_or(Path::new(""));
        let count = records.len();
        let ledger = Arc::new(Ledger::open(&home.join(&config.data), config.name, records)?);
        let address = config.listen.unwrap_or(LISTEN_DEFAULT);
        let listener = listen(address)
            .with_context(|| format!("{}: cannot listen on {address}", self.config.display()))?;
        let witness = ledger.witness();
        let said = Witnessing {
            address: listener.local_addr().context("where it listens")?.to_string(),
            witness: witness.name().to_owned(),
            key: witness.to_text().trim_end().to_owned(),
            records: count,
        };
        out.answer(&said, |said| {
            format!(
                "{} witnesses {} records at http://{}; stop with Ctrl-C\nkey {}",
                said.witness, said.records, said.address, said.key
            )
        })?;
        out.flush()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("start a thread")?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            serve(listener, ledger, stopped()?).await;
            Ok::<_, std::io::Error>(())
        })?;
        Ok(Answer::Yes)
    }
}

/// Ends at Ctrl-C or SIGTERM.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => (),
            _ = terminated.recv() => (),
        }
    })
}

impl RawConfig {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("configuration {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        toml::from_str(&text).with_context(named)
    }

    fn verifiers(&self) -> anyhow::Result<Vec<Verifier>> {
        anyhow::ensure!(
            (1..=RECORDS_MAX).contains(&self.records.len()),
            "records: 1 to {RECORDS_MAX} keys, got {}",
            self.records.len()
        );
        let parse = |(number, key): (usize, &String)| {
            Verifier::parse(key).with_context(|| format!("records[{number}]"))
        };
        self.records.iter().enumerate().map(parse).collect()
    }
}
