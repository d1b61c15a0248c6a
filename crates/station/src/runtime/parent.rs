//! The way to a parent fusion node: connects, says what the picture says, and comes back when it is cut off.

use std::net::SocketAddr;
use std::time::Duration;

use ::watch::journal::Input;
use sight::coverage::WatchState;
use sight::sector::Sector;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use wire::sapient::{SapientMessage, encode_frame};

use super::Handle;
use super::live::Picture;
use crate::ingest::door::{Budget, DoorBoard, DoorLimits};
use crate::ingest::limits;
use crate::ingest::sapient::Directory;
use crate::ingest::sapient_parent::{Child, DOOR, PROTOCOL, Scene, Step};

/// Where the parent listens, and as whom the station speaks to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentConfig {
    pub connect: SocketAddr,
    /// The node id that the parent knows; drawn from the sector's name when it is left out.
    pub node_id: Option<String>,
}

/// Bytes taken off the socket at a time.
const READ_BYTES: usize = 16 * 1024;
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Clients come back after this long (BSI Flex 335).
const RETRY: Duration = Duration::from_secs(10);
/// How often the parent is told what changed.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

/// Begins to speak to the parent.
pub(super) fn open_parent(config: &ParentConfig, handle: &Handle) {
    let limits = DoorLimits { connections_max: 1, messages_per_s: limits::PARENT_MESSAGES_PER_S };
    let board = DoorBoard::new((DOOR, PROTOCOL), config.connect, limits);
    let sector = handle.model().sector();
    let own = || Directory::of_sector(sector).station_node_id().to_owned();
    let node_id = config.node_id.clone().unwrap_or_else(own);
    tracing::info!("speaks to the parent at {} as node {node_id}", config.connect);
    handle.door_opened(board.clone());
    tokio::spawn(stay_connected(handle.clone(), config.connect, node_id, board));
}

async fn stay_connected(handle: Handle, parent: SocketAddr, node_id: String, board: DoorBoard) {
    loop {
        let reason = match timeout(CONNECT_WITHIN, TcpStream::connect(parent)).await {
            Ok(Ok(stream)) => {
                board.counters.open();
                let mut line = Line { handle: &handle, stream, board: &board };
                let reason = line.converse(&node_id).await;
                board.counters.close(&reason);
                reason
            }
            Ok(Err(fault)) => format!("cannot reach the parent at {parent}: {fault}"),
            Err(_late) => format!("the parent at {parent} does not answer"),
        };
        board.counters.fault(handle.now(), &reason);
        sleep(RETRY).await;
    }
}

struct Line<'a> {
    handle: &'a Handle,
    stream: TcpStream,
    board: &'a DoorBoard,
}

impl Line<'_> {
    /// Speaks until the connection ends; says why it did.
    async fn converse(&mut self, node_id: &str) -> String {
        let handle = self.handle;
        let sector = handle.model().sector();
        let (mut child, first) = Child::begin(sector, node_id.to_owned(), handle.now());
        if let Err(reason) = self.write(&[first]).await {
            return reason;
        }
        let mut budget = Budget::new(limits::PARENT_MESSAGES_PER_S, Instant::now());
        let mut buffer = vec![0; READ_BYTES];
        let mut ticks = interval(TELL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                read = self.stream.read(&mut buffer) => match read {
                    Ok(0) => return "the parent closed the connection".to_owned(),
                    Ok(length) => {
                        let bytes = buffer.get(..length).unwrap_or_default();
                        let step = child.receive(bytes, handle.now());
                        if let Some(pause) = budget.spend(step.taken, length, Instant::now()) {
                            sleep(pause).await;
                        }
                        step
                    }
                    Err(fault) => return format!("reading from the parent failed: {fault}"),
                },
                _ = ticks.tick() => child.tell(&scene(handle), handle.now()),
            };
            if let Err(reason) = self.perform(step).await {
                return reason;
            }
        }
    }

    async fn perform(&mut self, step: Step) -> Result<(), String> {
        let Step { inputs, messages, faults, close, taken: _ } = step;
        for fault in faults {
            self.board.counters.fault(self.handle.now(), &fault);
        }
        self.store(inputs).await?;
        self.write(&messages).await?;
        close.map_or(Ok(()), Err)
    }

    /// What is not stored is not answered either: the parent asks again.
    async fn store(&self, inputs: Vec<Input>) -> Result<(), String> {
        if inputs.is_empty() {
            return Ok(());
        }
        self.handle.submit(inputs).await.map(drop).map_err(|fault| fault.to_string())
    }

    async fn write(&mut self, messages: &[SapientMessage]) -> Result<(), String> {
        let mut bytes = Vec::new();
        for message in messages {
            let frame = encode_frame(message).map_err(|fault| format!("our message: {fault}"))?;
            bytes.extend_from_slice(&frame);
        }
        match timeout(limits::WRITE_WITHIN, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => {
                self.board.counters.send(messages.len() as u64);
                Ok(())
            }
            Ok(Err(fault)) => Err(format!("writing to the parent failed: {fault}")),
            Err(_late) => Err("the parent takes nothing".to_owned()),
        }
    }
}

fn scene(handle: &Handle) -> Scene {
    // Copied, so that the picture is not held still while messages are made of it.
    let picture = handle.live().read();
    let (dark_m, line_m) = line(&picture, handle.model().sector());
    Scene {
        tracks: picture.tracks.values().cloned().collect(),
        alerts: picture.alerts.values().cloned().collect(),
        sensors: picture.sensors.values().cloned().collect(),
        dark_m,
        line_m,
    }
}

/// Metres of line that are blind or unknown, and of all line. A stretch that was never assessed is unknown.
fn line(picture: &Picture, sector: &Sector) -> (f64, f64) {
    sector.stretches.iter().fold((0.0, 0.0), |(dark_m, line_m), stretch| {
        let length_m = stretch.to_m - stretch.from_m;
        let state = picture.stretches.get(&stretch.id).map(|assessed| assessed.state);
        let is_seen = matches!(state, Some(WatchState::Watched | WatchState::Degraded));
        (dark_m + if is_seen { 0.0 } else { length_m }, line_m + length_m)
    })
}
