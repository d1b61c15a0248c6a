//! The doors of a station: ports on this machine, and the tasks that go out by them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use ::watch::dispatch::{Task, TaskStage};
use tokio::sync::broadcast::error::RecvError;

use super::start::StartError;
use super::{Event, Handle};
use crate::ingest::door::{DoorBoard, DoorConfig, DoorError, Tls};
use crate::ingest::sapient::Directory;
use crate::ingest::sapient_door::{Nodes, SapientDoor};

/// What the ports are called in errors.
pub(super) const PAGE: &str = "page";
pub(super) const SAPIENT: &str = "SAPIENT door";
pub(super) const COT: &str = "Cursor on Target door";

/// Opens the SAPIENT door, and sends out of it what units have not been told.
pub(super) async fn open_sapient(
    config: DoorConfig,
    by_tls: Option<(DoorConfig, Tls)>,
    handle: &Handle,
) -> Result<(DoorBoard, Nodes), StartError> {
    let directory = Arc::new(Directory::of_sector(handle.model().sector()));
    let door = SapientDoor::open(config, directory, handle.clone())
        .await
        .map_err(|error| not_open(SAPIENT, error))?;
    let board = door.board().clone();
    handle.door_opened(board.clone());
    if let Some((config, tls)) = by_tls {
        let door = door.open_tls(config, tls).await.map_err(|error| not_open(SAPIENT, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    let nodes = door.nodes();
    tokio::spawn(send_tasks(handle.clone(), nodes.clone()));
    tokio::spawn(door.serve());
    Ok((board, nodes))
}

pub(super) fn not_open(what: &'static str, error: DoorError) -> StartError {
    match error {
        DoorError::NotLoopback { address, .. } => StartError::NotLoopback { what, address },
        DoorError::Bind { address, source, .. }
            if source.kind() == std::io::ErrorKind::AddrInUse =>
        {
            StartError::PortInUse { what, address }
        }
        DoorError::Bind { .. } => StartError::Door(error),
    }
}

/// Tells units their tasks. A task may be told twice, after a restart or a gap; its id says that it is the same.
async fn send_tasks(handle: Handle, nodes: Nodes) {
    let mut events = handle.events();
    send_untold(&handle, &nodes);
    loop {
        match events.recv().await {
            Ok(Event::SendTask(task)) => {
                let delivery = nodes.send_task(&task);
                tracing::info!("task {} for {}: {delivery:?}", task.id.0, task.unit.0);
            }
            Ok(Event::SendPointing(pointing)) => {
                let delivery = nodes.send_pointing(&pointing);
                tracing::info!("{} for {}: {delivery:?}", pointing.id.0, pointing.sensor.0);
            }
            Ok(Event::Proposals { .. } | Event::Moves { .. }) => {}
            Err(RecvError::Lagged(_)) => send_untold(&handle, &nodes),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Sends every task that no unit has answered.
fn send_untold(handle: &Handle, nodes: &Nodes) {
    let untold: Vec<Task> = {
        let picture = handle.live().read();
        picture.tasks.values().filter(|task| task.stage == TaskStage::Sent).cloned().collect()
    };
    for task in untold {
        nodes.send_task(&task);
    }
}

/// Takes a port of this machine, for this machine alone.
pub(super) fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback { what, address });
    }
    bind(what, address)
}

/// Takes a port of this machine.
pub(super) fn bind(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            StartError::PortInUse { what, address }
        } else {
            StartError::Listen { what, address, source }
        }
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}
