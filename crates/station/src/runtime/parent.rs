//! The way to a parent fusion node: connects, says what the picture says, and comes back when it is cut off.

mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use ::watch::audit::Receiver;
use ::watch::journal::Input;
use ::watch::message::Kept;
use jiff::Timestamp;
use sight::coverage::WatchState;
use sight::sector::Sector;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use wire::sapient::{Content, SapientMessage, encode_frame};

use super::Handle;
use super::live::Picture;
use crate::api::Outlook;
use crate::disclosures::Giving;
use crate::ingest::door::{Budget, DoorBoard, DoorLimits};
use crate::ingest::limits;
use crate::ingest::sapient::Directory;
use crate::ingest::sapient_door::Nodes;
use crate::ingest::sapient_parent::{Child, DOOR, Left, PROTOCOL, Scene, Step};

pub use self::tls::ParentTls;

/// Where the parent listens, and as whom the station speaks to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentConfig {
    pub connect: SocketAddr,
    /// The node id that the parent knows; drawn from the sector's name when it is left out.
    pub node_id: Option<String>,
    /// How the two prove who they are; there must be a way off this machine.
    pub tls: Option<ParentTls>,
    /// Whether what the parent and the station's sensors say to one another is handed on.
    pub hands_on: bool,
    /// Whose parent it is; the station's own agency's where nothing is said.
    pub agency: Option<String>,
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
///
/// Whoever drops or uses the sender asks it to end; the task that is given back ends once its goodbye is said.
pub(super) fn open_parent(
    config: &ParentConfig,
    nodes: Option<Nodes>,
    handle: &Handle,
) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let limits = DoorLimits { connections_max: 1, messages_per_s: limits::PARENT_MESSAGES_PER_S };
    let board = DoorBoard::new((DOOR, PROTOCOL), config.connect, limits);
    let sector = handle.model().sector();
    let own = || Directory::of_sector(sector).station_node_id().to_owned();
    let node_id = config.node_id.clone().unwrap_or_else(own);
    tracing::info!("speaks to the parent at {} as node {node_id}", config.connect);
    handle.door_opened(board.clone());
    // What sensors say themselves passed no gate.
    let is_own = handle.partners().is_own(config.agency.as_deref());
    let nodes = nodes.filter(|_| config.hands_on && is_own);
    let way = Way { config: config.clone(), node_id, nodes };
    let (stop, stopping) = oneshot::channel();
    let stopping = Stopping(Some(stopping));
    (stop, tokio::spawn(stay_connected(handle.clone(), way, board, stopping)))
}

/// That the station is to stop.
struct Stopping(Option<oneshot::Receiver<()>>);

impl Stopping {
    async fn asked(&mut self) {
        if let Some(stopping) = &mut self.0 {
            // A sender that is gone asks as well.
            drop(stopping.await);
            self.0 = None;
        }
    }
}

/// Where to, as whom, and for which nodes.
struct Way {
    config: ParentConfig,
    node_id: String,
    /// The station's nodes, where what they and the parent say to one another is handed on.
    nodes: Option<Nodes>,
}

/// The bytes to and from the parent.
trait Pipe: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Pipe for T {}

async fn stay_connected(handle: Handle, way: Way, board: DoorBoard, mut stopping: Stopping) {
    let parent = way.config.connect;
    let to = Receiver::Parent { address: parent.to_string() };
    let giving = handle.giving(to, way.config.agency.as_deref());
    let mut left = None;
    loop {
        let connected = tokio::select! {
            () = stopping.asked() => return,
            connected = timeout(CONNECT_WITHIN, connect(&way.config)) => connected,
        };
        let reason = match connected {
            Ok(Ok(stream)) => {
                board.counters.open();
                let mut line = Line {
                    handle: &handle,
                    agency: way.config.agency.as_deref(),
                    stream,
                    board: &board,
                    nodes: way.nodes.as_ref(),
                    up: None,
                    giving: giving.clone(),
                };
                let reason = line.converse(&way.node_id, &mut left, &mut stopping).await;
                if let Some(nodes) = &way.nodes {
                    nodes.exchange().close();
                }
                board.counters.close(&reason);
                reason
            }
            Ok(Err(fault)) => format!("cannot reach the parent at {parent}: {fault}"),
            Err(_late) => format!("the parent at {parent} does not answer"),
        };
        board.counters.fault(handle.now(), &reason);
        tokio::select! {
            () = stopping.asked() => return,
            () = sleep(RETRY) => {}
        }
    }
}

async fn connect(config: &ParentConfig) -> Result<Box<dyn Pipe>, String> {
    let stream = TcpStream::connect(config.connect).await.map_err(|fault| fault.to_string())?;
    match &config.tls {
        None => Ok(Box::new(stream)),
        Some(tls) => Ok(Box::new(tls.connect(config.connect, stream).await?)),
    }
}

/// What a connection does next.
enum Next {
    Stop,
    Over,
    Read(std::io::Result<usize>),
    Up(Box<SapientMessage>),
    Tell,
}

/// The first message of a connection, and the conversation that goes on; one that was cut off a short while ago has none.
fn begin<'a>(
    (sector, node_id): (&'a Sector, &str),
    left: Option<Left>,
    now: Timestamp,
) -> (Child<'a>, Option<SapientMessage>) {
    let resumed = left.map(|left| Child::resume(sector, node_id.to_owned(), left, now));
    if let Some(Ok(child)) = resumed {
        return (child, None);
    }
    let (child, first) = Child::begin(sector, node_id.to_owned(), now);
    (child, Some(first))
}

struct Line<'a> {
    handle: &'a Handle,
    agency: Option<&'a str>,
    stream: Box<dyn Pipe>,
    board: &'a DoorBoard,
    nodes: Option<&'a Nodes>,
    /// What nodes say to the parent, once it has let the station in.
    up: Option<mpsc::Receiver<SapientMessage>>,
    giving: Giving,
}

impl Line<'_> {
    /// Speaks until the connection ends; says why it did.
    async fn converse(
        &mut self,
        node_id: &str,
        left: &mut Option<Left>,
        stopping: &mut Stopping,
    ) -> String {
        let handle = self.handle;
        // Its registration names the sensors there are.
        let Some(outlook) = Outlook::to(self.agency, handle) else {
            return "nothing is given to the parent's agency: see [release] in the configuration"
                .into();
        };
        let sector = outlook.model().sector();
        let (child, first) = begin((sector, node_id), left.take(), handle.now());
        let mut child = if self.nodes.is_some() { child.handing_on() } else { child };
        if let (Some(nodes), Some(parent)) = (self.nodes, child.resumes_with()) {
            self.up = Some(nodes.exchange().open(parent));
        }
        if let Some(first) = first
            && let Err(reason) = self.write(&[first]).await
        {
            return reason;
        }
        let mut budget = Budget::new(limits::PARENT_MESSAGES_PER_S, Instant::now());
        let mut buffer = vec![0; READ_BYTES];
        let mut ticks = interval(TELL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reason = loop {
            // What is begun below is finished: a message of which half is sent would put the stream out of step.
            let next = tokio::select! {
                () = stopping.asked() => Next::Stop,
                _ = outlook.over() => Next::Over,
                read = self.stream.read(&mut buffer) => Next::Read(read),
                Some(message) = next(&mut self.up) => Next::Up(Box::new(message)),
                _ = ticks.tick() => Next::Tell,
            };
            let done = match next {
                Next::Stop => return self.say_goodbye(&mut child).await,
                // Another registration is due.
                Next::Over => return "what the parent is given has changed".to_owned(),
                Next::Read(Ok(0)) => Err("the parent closed the connection".to_owned()),
                Next::Read(Ok(length)) => {
                    let bytes = buffer.get(..length).unwrap_or_default();
                    let step = child.receive(bytes, handle.now());
                    if let Some(pause) = budget.spend(step.taken, length, Instant::now()) {
                        sleep(pause).await;
                    }
                    self.perform(step, &child).await
                }
                Next::Read(Err(fault)) => Err(format!("reading from the parent failed: {fault}")),
                Next::Up(message) => self.write(&[*message]).await,
                Next::Tell => {
                    let step = child.tell(&scene(&outlook), handle.now());
                    self.perform(step, &child).await
                }
            };
            if let Err(reason) = done {
                break reason;
            }
        };
        *left = child.leave(handle.now());
        reason
    }

    async fn say_goodbye(&mut self, child: &mut Child<'_>) -> String {
        let goodbye: Vec<_> = child.goodbye(self.handle.now()).into_iter().collect();
        let said = self.write(&goodbye).await;
        said.err().unwrap_or_else(|| "the station stops".to_owned())
    }

    /// What is not stored is neither answered nor handed on.
    async fn perform(&mut self, step: Step, child: &Child<'_>) -> Result<(), String> {
        let Step { inputs, messages, down, admitted_by, faults, close, taken: _ } = step;
        for fault in faults {
            self.board.counters.fault(self.handle.now(), &fault);
        }
        if let (Some(nodes), Some(parent)) = (self.nodes, admitted_by) {
            self.up = Some(nodes.exchange().open(&parent));
        }
        self.store(inputs).await?;
        self.write(&messages).await?;
        for (node, message) in down {
            self.hand_down(&node, message, child).await?;
        }
        close.map_or(Ok(()), Err)
    }

    async fn hand_down(
        &mut self,
        node: &str,
        message: SapientMessage,
        child: &Child<'_>,
    ) -> Result<(), String> {
        let Some(nodes) = self.nodes else { return Ok(()) };
        let task = match &message.content {
            Some(Content::Task(task)) => Some(task.clone()),
            _ => None,
        };
        if let Some(task) = &task {
            // Known before the node can answer.
            nodes.exchange().asked(node, task.task_id());
        }
        match task {
            _ if nodes.pass_down(node, message) => Ok(()),
            Some(task) => self.write(&[child.undelivered(&task, self.handle.now())]).await,
            None => Ok(()),
        }
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
        let written = async {
            self.stream.write_all(&bytes).await?;
            // What TLS holds back would reach the parent with the next message only.
            self.stream.flush().await
        };
        match timeout(limits::WRITE_WITHIN, written).await {
            Ok(Ok(())) => {
                self.board.counters.send(messages.len() as u64);
                self.giving.gave(messages.len(), self.handle.now());
                Ok(())
            }
            Ok(Err(fault)) => Err(format!("writing to the parent failed: {fault}")),
            Err(_late) => Err("the parent takes nothing".to_owned()),
        }
    }
}

/// The next message of a node; for ever none where nothing is handed on.
async fn next(up: &mut Option<mpsc::Receiver<SapientMessage>>) -> Option<SapientMessage> {
    match up {
        Some(up) => up.recv().await,
        None => std::future::pending().await,
    }
}

/// What a parent is told of an outlook.
pub(crate) fn scene(outlook: &Outlook) -> Scene {
    // Copied, so that the picture is not held still while messages are made of it.
    let picture = outlook.live().read();
    let (dark_m, line_m) = line(&picture, outlook.model().sector());
    Scene {
        tracks: picture.tracks.values().cloned().collect(),
        asked: asked(&picture),
        alerts: picture.alerts.values().cloned().collect(),
        sensors: picture.sensors.values().cloned().collect(),
        dark_m,
        line_m,
    }
}

/// What the parent asked, and how that stands.
fn asked(picture: &Picture) -> Vec<Kept> {
    let kept = picture.messages.value.kept.iter();
    kept.filter(|kept| kept.message.door == DOOR && kept.standing.is_some()).cloned().collect()
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
