//! Why a station does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use ::watch::SnapshotError;

use crate::identity;
use crate::ingest::asterix::UnknownRadar;
use crate::ingest::cot::UnknownUnit;
use crate::ingest::door::{DoorError, TlsError};
use crate::ingest::drone::UnknownDrone;
use crate::ingest::mqtt::TopicError;
use crate::ingest::mqtt_door::BrokerError;
use crate::ingest::receivers::UnknownReceiver;
use crate::pki::PkiError;
use crate::record::RecordError;
use crate::release::PolicyError;
use crate::runtime::SubmitError;
use crate::runtime::cameras::UnknownCamera;
use crate::store::sqlite::StoreError;

/// Why a station does not start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{what} must listen on this machine alone (127.0.0.1 or [::1]) where it speaks no TLS, got {address}"
    )]
    NotLoopback { what: &'static str, address: SocketAddr },
    #[error(
        "page must listen on this machine alone (127.0.0.1 or [::1]) where nobody is asked to sign in, got {0}"
    )]
    OpenToAll(SocketAddr),
    #[error(
        "{what}: port {} is in use on {}; stop the program that holds it (`ss -ltnp 'sport = :{}'` shows it) \
         or choose another port", address.port(), address.ip(), address.port()
    )]
    PortInUse { what: &'static str, address: SocketAddr },
    #[error("{what}: cannot listen on {address}: {source}")]
    Listen { what: &'static str, address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(
        "the query store has taken in {applied} entries only, and must be built from those after"
    )]
    StoreBehind { applied: u64 },
    #[error(
        "entry {index} of the record was erased, so that the record cannot be played from its beginning, and there is no \
         snapshot to go on from: {why}"
    )]
    NoSnapshot { index: u64, why: String },
    #[error(transparent)]
    Door(DoorError),
    #[error(transparent)]
    UnknownUnit(#[from] UnknownUnit),
    #[error(
        "phones that come by TLS ([doors.cot.tls]) are of the agency of their unit, and nothing says which is the station's own: set \
         identity.agency; units of the sector are of {agencies}"
    )]
    NobodysPhones { agencies: String },
    #[error(transparent)]
    UnknownRadar(#[from] UnknownRadar),
    #[error(transparent)]
    UnknownDrone(#[from] UnknownDrone),
    #[error(transparent)]
    UnknownReceiver(#[from] UnknownReceiver),
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    UnknownCamera(#[from] UnknownCamera),
    #[error("recordings {}: {source}", path.display())]
    Media { path: PathBuf, source: std::io::Error },
    #[error("what the record must be told at the start: {0}")]
    Told(SubmitError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("people: {0}")]
    People(identity::Fault),
    #[error(transparent)]
    Release(#[from] identity::Refused),
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}
