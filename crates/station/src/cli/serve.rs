//! `watchline serve`: a station that runs until it is told to stop.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::output::spinner;
use super::{Answer, Outcome, Output};
use crate::api::sector::Occasion;
use crate::config::Config;
use crate::ingest::door::DoorConfig;
use crate::ingest::{cot_door, enrolment, sapient_door};
use crate::limits::FIRST_CODE_HOURS;
use crate::runtime::clock::Clock;
use crate::runtime::stepper::hex;
use crate::runtime::{Station, StationConfig, allow_files};
use crate::shipped;

/// Runs a station: doors for sensors, the record, and the operating picture in the browser.
///
/// The configuration is TOML with the fields `sector` (a shipped name or the path of a sector file), `data` (the data
/// directory), `listen` (page and interface, 127.0.0.1:8080), `sapient_listen` (sensors, 127.0.0.1:5020) and `cot_listen`
/// (phones, 127.0.0.1:8087). Paths
/// are relative to the file. `[doors.sapient]` may set `connections_max` (1024) and `messages_per_s` (20000 of one
/// source); `[doors.asterix]` takes radars in and sends tracks out, `[doors.mavlink]` and `[doors.klv]` take drones in,
/// `[doors.mqtt]` hears a broker, `[doors.weather]` reads reports and forecasts in files, `[doors.upload]` limits files by
/// HTTP, `[doors.nmea]` hears patrols' receivers, `[doors.sapient_parent]` speaks to a node above this station,
/// `[doors.rtsp]` pulls cameras. `[doors.cot]` may hear phones without a server by datagrams (`udp_listen`, `from`, `multicast`) and
/// `[doors.cot.mesh]` tell them the picture.
/// `[doors.sapient.tls]` and `[doors.cot.tls]` open doors to other machines (`listen`), for whom `watchline doors issue`
/// makes certificates; at `[doors.cot.enrolment]` phones get theirs by `watchline doors invite`. `[[record.witnesses]]` (`url`, `key`) names
/// those who sign that they have seen the record (`watchline witness`), and `[record.keep_days]` says for how many days the record keeps
/// what entries of a class say (`detection = 30`), for good where nothing is said. People sign in unless `[identity]` says
/// `sign_in = "off"`. `[page.tls]` has page and interface speak TLS, and then `listen` may be beyond this machine: by a certificate
/// of the station's own authority for the names in `[doors.tls]` (`names`), or by `certificate` and `key` that are brought. `[release]`
/// names the policy of what other agencies are given with which a station begins (`watchline release check`); later two people change it, and without one nothing is given. Who has nobody
/// yet is told a code by which the first administrator comes (`watchline people`). Stop it with Ctrl-C or SIGTERM; it goes on where it was when it is started again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  printf 'sector = \"andorra\"\\ndata = \"night\"\\n' > station.toml
  watchline serve --config station.toml")]
pub(crate) struct Serve {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// What a machine is told once the station runs.
#[derive(Debug, Serialize)]
struct Serving {
    page: String,
    sapient: Option<String>,
    cot: Option<String>,
    asterix: Option<String>,
    sapient_tls: Option<String>,
    cot_tls: Option<String>,
    cot_enrolment: Option<String>,
    /// By which the first administrator comes, where there is nobody yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_code: Option<String>,
    entries: u64,
    state_hash: String,
}

impl Serve {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        allow_files();
        let work = spinner("reading the sector and what its sensors can see");
        let model = Arc::new(shipped::load_model(&config.sector)?);
        work.set_message("replaying the record");
        let (cot, tls) = (config.cot(), config.tls());
        let station = Station::start(&StationConfig {
            model,
            data_directory: config.data,
            clock: Clock::Wall,
            listen: config.listen,
            sapient: Some(DoorConfig {
                listen: config.sapient_listen,
                limits: config.doors.sapient,
            }),
            cot: Some(cot),
            asterix: config.doors.asterix,
            parent: config.doors.parent,
            drones: config.doors.drones,
            cameras: config.doors.cameras,
            plain: config.doors.plain,
            tls,
            witnesses: config.witnesses,
            keep: config.keep,
            occasion: Occasion::Real,
            sign_in: config.sign_in,
            release: config.release,
        })?;
        work.finish_and_clear();
        // Before anybody is told that it runs: who is told may ask it to stop.
        let mut asked = station.block_on(async { Asked::listen() })?;
        out.answer(&Serving::of(&station), |serving| {
            let picture = format!("the picture is at {}; stop with Ctrl-C", serving.page);
            match &serving.first_code {
                None => picture,
                Some(code) => format!(
                    "{picture}\nnobody can sign in yet: open the page and enter {code} within {FIRST_CODE_HOURS} hours; \
                     it makes the first administrator, once"
                ),
            }
        })?;
        out.flush()?;
        let stopped = station.block_on(asked.or_ended(&station));
        let hash = station.stop();
        tracing::info!("stopped with state hash {}", hex(&hash));
        stopped.context("the station ended by itself: start it again, and read the log above")?;
        Ok(Answer::Yes)
    }
}

impl Serving {
    fn of(station: &Station) -> Self {
        let doors = station.handle().doors();
        let at = |name: &str| {
            doors.iter().find(|door| door.name == name).map(|door| door.address.to_string())
        };
        let picture = station.handle().live().read();
        Self {
            page: station.page_url(),
            sapient: station.sapient_address().map(|address| address.to_string()),
            cot: station.cot_address().map(|address| address.to_string()),
            asterix: station.asterix_address().map(|address| address.to_string()),
            sapient_tls: at(sapient_door::TLS_DOOR),
            cot_tls: at(cot_door::TLS_DOOR),
            cot_enrolment: at(enrolment::DOOR),
            first_code: station.first_code().map(|code| code.code.clone()),
            entries: picture.seq,
            state_hash: hex(&picture.state_hash.value),
        }
    }
}

/// By which a station is asked to stop: Ctrl-C or SIGTERM.
struct Asked {
    terminated: Signal,
    interrupted: Signal,
}

impl Asked {
    /// Listens from now on; to be called on a runtime.
    fn listen() -> anyhow::Result<Self> {
        let terminated = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
        let interrupted = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
        Ok(Self { terminated, interrupted })
    }

    /// Waits for it; an error when the station ends before.
    async fn or_ended(&mut self, station: &Station) -> anyhow::Result<()> {
        tokio::select! {
            _ = self.interrupted.recv() => Ok(()),
            _ = self.terminated.recv() => Ok(()),
            () = station.handle().ended() => anyhow::bail!("the core's thread ended"),
        }
    }
}
