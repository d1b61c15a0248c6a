//! The ASTERIX doors of a station: radars in, tracks out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ::watch::audit::Receiver;
use ::watch::journal::TrackView;
use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval};
use wire::asterix::Source;
use wire::asterix::track::Origin;

use super::Handle;
use super::doors::not_open;
use super::start::StartError;
use crate::api::Outlook;
use crate::disclosures::Giving;
use crate::ingest::asterix::outgoing::{OUT_DOOR, OUT_PROTOCOL, Tracks};
use crate::ingest::asterix::{DOOR, PROTOCOL, RadarReader, RadarSettings, Radars};
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
use crate::ingest::door::{DoorBoard, DoorError, DoorLimits};
use crate::ingest::limits::TRACKS_INTERVAL;

const RADARS: &str = "ASTERIX door";

/// The ASTERIX doors as they are to be opened; none of them unless it is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AsterixConfig {
    pub radars: Option<RadarsIn>,
    pub out: Option<TracksOut>,
}

/// The radars that may speak, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct RadarsIn {
    pub datagrams: DatagramConfig,
    pub radars: BTreeMap<Source, RadarSettings>,
    /// How sure an answering transponder is of an aircraft (A).
    pub transponder_confidence: f64,
}

/// Who is sent the station's tracks, and by which name of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct TracksOut {
    pub to: Vec<SocketAddr>,
    pub source: Source,
    /// Whose receivers they are; the station's own agency's where nothing is said.
    pub agency: Option<String>,
}

/// Opens what is set; returns the door for radars.
pub(super) async fn open_asterix(
    config: &AsterixConfig,
    origin: Origin,
    handle: &Handle,
) -> Result<Option<DoorBoard>, StartError> {
    let opened = match &config.radars {
        Some(radars) => Some(open_radars(radars, handle).await?),
        None => None,
    };
    if let Some(out) = &config.out {
        open_tracks(out, origin, handle).await?;
    }
    Ok(opened)
}

async fn open_radars(config: &RadarsIn, handle: &Handle) -> Result<DoorBoard, StartError> {
    let radars = Radars::of_model(handle.model(), &config.radars, config.transponder_confidence)?;
    let reader = RadarReader::new(radars, handle.now());
    let door =
        DatagramDoor::open((DOOR, PROTOCOL), config.datagrams.clone(), reader, handle.clone())
            .await
            .map_err(|error| not_open(RADARS, error))?;
    let board = door.board().clone();
    handle.door_opened(board.clone());
    tokio::spawn(door.serve());
    Ok(board)
}

async fn open_tracks(
    config: &TracksOut,
    origin: Origin,
    handle: &Handle,
) -> Result<(), StartError> {
    // One socket for each kind of address that tracks go to.
    let mut sockets = Vec::new();
    for local in [IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)] {
        let to: Vec<SocketAddr> =
            config.to.iter().copied().filter(|to| to.is_ipv4() == local.is_ipv4()).collect();
        if !to.is_empty() {
            let address = SocketAddr::new(local, 0);
            let bind = |source| DoorError::Bind { door: OUT_DOOR, address, source };
            let socket = UdpSocket::bind(address).await.map_err(bind);
            sockets.push((socket.map_err(|error| not_open(RADARS, error))?, to));
        }
    }
    let to = config.to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // Nobody sends anything here.
    let limits = DoorLimits { connections_max: config.to.len(), messages_per_s: 0.0 };
    let board = DoorBoard::new((OUT_DOOR, OUT_PROTOCOL), to, limits);
    handle.door_opened(board.clone());
    let tracks = Tracks::new(config.source, origin);
    tokio::spawn(send((handle.clone(), config.agency.clone()), tracks, sockets, board));
    Ok(())
}

/// Sends the picture once a second.
async fn send(
    (handle, agency): (Handle, Option<String>),
    mut tracks: Tracks,
    sockets: Vec<(UdpSocket, Vec<SocketAddr>)>,
    board: DoorBoard,
) {
    let mut ticks = interval(TRACKS_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut before: Option<Outlook> = None;
    let giving = |to: &SocketAddr| {
        let to = Receiver::Display { address: to.to_string() };
        handle.giving(to, agency.as_deref())
    };
    let givings: Vec<Giving> = sockets.iter().flat_map(|(_, to)| to).map(giving).collect();
    loop {
        ticks.tick().await;
        let now = handle.now();
        // Where nothing is given any more, or another world, what was told is ended.
        let outlook = Outlook::to(agency.as_deref(), &handle);
        if before.as_ref().is_some_and(|known| !outlook.as_ref().is_some_and(|now| now.is(known))) {
            tracks.turn_to_another();
        }
        before.clone_from(&outlook);
        let (datagrams, left_out) = datagrams(outlook.as_ref(), &mut tracks, (&handle, now));
        if left_out > 0 {
            let what = format!("{left_out} tracks have values that category 062 cannot hold");
            board.counters.fault(now, &what);
        }
        for giving in &givings {
            giving.gave(datagrams.len(), now);
        }
        for (socket, to) in &sockets {
            if let Err(fault) = send_all(socket, to, &datagrams, &board).await {
                board.counters.fault(now, &fault);
            }
        }
    }
}

/// The tracks that a receiver is shown, and how many of them do not fit.
pub(crate) fn datagrams(
    outlook: Option<&Outlook>,
    tracks: &mut Tracks,
    (handle, now): (&Handle, Timestamp),
) -> (Vec<Vec<u8>>, usize) {
    let shown = |outlook: &Outlook| outlook.live().read().tracks.values().cloned().collect();
    let views: Vec<TrackView> = outlook.map(shown).unwrap_or_default();
    // A world that is behind tells how old its tracks are by its own time.
    let now = outlook.map_or(now, Outlook::now);
    tracks.datagrams(&views, handle.model().sector(), now)
}

/// Sends to all, whoever of them cannot be reached; says why the last of those could not.
async fn send_all(
    socket: &UdpSocket,
    to: &[SocketAddr],
    datagrams: &[Vec<u8>],
    board: &DoorBoard,
) -> Result<(), String> {
    let mut sent = Ok(());
    for to in to {
        for datagram in datagrams {
            match socket.send_to(datagram, to).await {
                Ok(_) => board.counters.send(1),
                Err(fault) => sent = Err(format!("cannot send to {to}: {fault}")),
            }
        }
    }
    sent
}
