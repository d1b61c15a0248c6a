//! `watchline demo`: a night on a border, with simulated sensors at the real doors.

mod browser;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sim::World;

use super::output::Output;
use super::simulate::load_scenario;
use super::{Answer, Outcome};
use crate::api::sector::Occasion;
use crate::exercise::account::{Account, Totals};
use crate::exercise::lay_out;
use crate::exercise::player::Player;
use crate::identity::SignIn;
use crate::ingest::door::DoorConfig;
use crate::runtime::clock::Clock;
use crate::runtime::stepper::hex;
use crate::runtime::{
    AsterixConfig, CamerasConfig, DronesConfig, Handle, KeepDays, PlainConfig, Station,
    StationConfig, TlsConfig,
};
use crate::shipped;

/// How often the simulated nodes are given the floor, by the wall clock.
const FLOOR: Duration = Duration::from_millis(50);
/// While the station has yet to hear more words than this, time stands still.
const UNHEARD_MAX: u64 = 64;

/// Shows a night on a border: watchtowers, a crossing, a dust front - and you at the desk.
///
/// A station starts on this computer with simulated sensors that come in by the same SAPIENT door as real
/// ones. Nothing leaves the computer. All events are invented.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: the night over real mountains, slower\n  watchline demo --sector andorra --speed 10\n\n\
    Example: stop it with Ctrl-C (or kill it) and go on where it was\n  watchline demo --data ./night\n  watchline demo --data ./night"
)]
pub(crate) struct Demo {
    /// A sector that ships (upper-euphrates, andorra); its scenario ships with it.
    #[arg(long, default_value = "upper-euphrates")]
    sector: String,
    /// Where the page is served; loopback only. Port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the simulated sensors and any of your own register; loopback only.
    #[arg(long, default_value = "127.0.0.1:5020", value_name = "ADDR")]
    sapient_listen: SocketAddr,
    /// How many times faster than life.
    #[arg(long, default_value_t = 20.0)]
    speed: f64,
    /// All that is random in the night comes from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the record here, and go on with the one that is here; a new temporary directory when left out.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not open a browser.
    #[arg(long)]
    no_browser: bool,
    /// End when the scenario does instead of serving on until Ctrl-C.
    #[arg(long)]
    until_end: bool,
}

/// What the demonstration answers when it ends.
#[derive(Debug, Serialize)]
struct Ending {
    sector: String,
    seed: u64,
    data: PathBuf,
    #[serde(flatten)]
    totals: Totals,
    crossings_one_by_one: Account,
    entries: u64,
    state_hash: String,
}

impl Demo {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        if !(self.speed.is_finite() && (0.1..=200.0).contains(&self.speed)) {
            anyhow::bail!("--speed must be between 0.1 and 200, got {}", self.speed);
        }
        let scenario = load_scenario(&self.sector).with_context(|| {
            format!("--sector {}: the demonstration plays sectors that ship", self.sector)
        })?;
        let model = Arc::new(shipped::load_model(&scenario.sector)?);
        let world = lay_out(&model, &scenario, self.seed)?;
        let (data, _temporary) = self.data_directory()?;
        let station = Station::start(&StationConfig {
            model,
            data_directory: data.clone(),
            clock: Clock::Led { start: world.start(), speed: self.speed },
            listen: self.listen,
            sapient: Some(DoorConfig::at(self.sapient_listen)),
            cot: None,
            asterix: AsterixConfig::default(),
            parent: None,
            drones: DronesConfig::default(),
            cameras: CamerasConfig::default(),
            plain: PlainConfig::default(),
            tls: TlsConfig::default(),
            witnesses: Vec::new(),
            keep: KeepDays::default(),
            occasion: Occasion::Demonstration,
            sign_in: SignIn::Off,
            release: crate::release::ReleaseConfig::default(),
        })?;
        self.greet(&station, &data, out)?;
        out.flush()?;
        let account = station.block_on(self.play(&station, world));
        let entries = station.handle().live().read().seq;
        let ending = Ending {
            sector: self.sector.clone(),
            seed: self.seed,
            data,
            totals: account.totals(),
            crossings_one_by_one: account,
            entries,
            state_hash: hex(&station.stop()),
        };
        out.answer(&ending, |ending| {
            format!("\n{}\n\nState hash {}", ending.crossings_one_by_one, ending.state_hash)
        })?;
        Ok(Answer::Yes)
    }

    /// The directory of the record, and the guard that removes it at the end when it is temporary.
    fn data_directory(&self) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
        if let Some(data) = &self.data {
            return Ok((data.clone(), None));
        }
        let temporary = tempfile::Builder::new()
            .prefix("watchline-demo-")
            .tempdir()
            .context("cannot make a temporary directory; name one with --data DIR")?;
        Ok((temporary.path().to_owned(), Some(temporary)))
    }

    fn greet(
        &self,
        station: &Station,
        data: &std::path::Path,
        out: &mut Output,
    ) -> anyhow::Result<()> {
        let page = format!("http://{}/", station.address());
        out.line(&page)?;
        out.line(format_args!(
            "A night at {} times the speed of life; seed {}. Press A to acknowledge, D to dispatch, ? for all keys.",
            self.speed, self.seed
        ))?;
        out.line(format_args!("Record: {}. Stop with Ctrl-C.", data.display()))?;
        if !self.no_browser && !browser::open(&page) {
            out.line(
                "No browser could be opened: open the address above in one on this computer.",
            )?;
        }
        Ok(())
    }

    async fn play(&self, station: &Station, world: World) -> Account {
        let handle = station.handle();
        let Some(door) = station.sapient_address() else { return Account::default() };
        let end = world.end();
        let mut player = Player::new(world, door, handle.now());
        let mut account = Account::default();
        let mut floor = tokio::time::interval(FLOOR);
        floor.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let stopped = stopped(handle);
        tokio::pin!(stopped);
        let mut pace = Pace::new(self.speed);
        let mut told = false;
        loop {
            tokio::select! {
                () = &mut stopped => break,
                _ = floor.tick() => {}
            }
            if player.said().saturating_sub(station.sapient_messages()) > UNHEARD_MAX {
                pace.pause();
                continue;
            }
            let now = pace.next(handle.now());
            player.play_until(now.min(end)).await;
            handle.lead_clock(now);
            note(&mut account, &player, handle);
            if now >= end && !told {
                told = true;
                if self.until_end {
                    break;
                }
                super::output::complain(format_args!(
                    "\nThe night is over; the page stays until Ctrl-C.\n\n{account}"
                ));
            }
        }
        note(&mut account, &player, handle);
        account
    }
}

/// How far station time goes on at each turn.
struct Pace {
    speed: f64,
    turned: Instant,
}

impl Pace {
    fn new(speed: f64) -> Self {
        Self { speed, turned: Instant::now() }
    }

    /// The time that follows `now`; a turn that came late does not make up for all of it.
    fn next(&mut self, now: Timestamp) -> Timestamp {
        let elapsed = self.turned.elapsed().min(2 * FLOOR).as_secs_f64();
        self.turned = Instant::now();
        let step =
            SignedDuration::try_from_secs_f64(elapsed * self.speed).unwrap_or(SignedDuration::ZERO);
        now.checked_add(step).unwrap_or(now)
    }

    fn pause(&mut self) {
        self.turned = Instant::now();
    }
}

/// Brings the account up to date with the truth and with what the station says of the line.
fn note(account: &mut Account, player: &Player, handle: &Handle) {
    let stretches: Vec<_> = handle.live().read().stretches.values().cloned().collect();
    account.note(&player.world().finish(), &stretches);
}

/// Waits for Ctrl-C or SIGTERM, or for the station to end by itself.
async fn stopped(handle: &Handle) {
    use tokio::signal::unix::{SignalKind, signal};

    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => drop(terminated.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = handle.ended() => {}
    }
}
