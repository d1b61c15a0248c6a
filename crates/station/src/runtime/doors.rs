//! The doors of a station: ports on this machine, and the tasks that go out by them.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use ::watch::dispatch::{Task, TaskStage};
use tokio::sync::broadcast::error::RecvError;

use super::start::StartError;
use super::{Event, Handle};
use crate::ingest::door::{Counters, Door, DoorError, Nodes};
use crate::ingest::sapient::Directory;

/// What the ports are called in errors.
pub(super) const PAGE: &str = "page";
pub(super) const SAPIENT: &str = "SAPIENT door";

/// The SAPIENT door while it is open.
#[derive(Debug)]
pub(super) struct SapientDoor {
    pub(super) address: SocketAddr,
    pub(super) counters: Arc<Counters>,
}

/// Opens the SAPIENT door, and sends out of it what units have not been told.
pub(super) async fn open_sapient(
    address: SocketAddr,
    handle: &Handle,
) -> Result<SapientDoor, StartError> {
    let directory = Arc::new(Directory::of_sector(handle.model().sector()));
    let door =
        Door::open(address, directory, handle.clone()).await.map_err(|error| match error {
            DoorError::NotLoopback(address) => StartError::NotLoopback { what: SAPIENT, address },
            DoorError::Bind { address, source }
                if source.kind() == std::io::ErrorKind::AddrInUse =>
            {
                StartError::PortInUse { what: SAPIENT, address }
            }
            DoorError::Bind { .. } => StartError::Door(error),
        })?;
    let opened = SapientDoor {
        address: door.address().map_err(StartError::Thread)?,
        counters: door.counters(),
    };
    tokio::spawn(send_tasks(handle.clone(), door.nodes()));
    tokio::spawn(door.serve());
    Ok(opened)
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

/// Takes a port of this machine.
pub(super) fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback { what, address });
    }
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
