//! What all doors by TLS share: the authority, the station's own certificate, and who has been struck off the list.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::Handle;
use super::doors::not_open;
use super::page::PageTls;
use super::start::StartError;
use crate::identity::Certifier;
use crate::ingest::cot::Phones;
use crate::ingest::door::{CivilTime, DoorConfig, Holders, Served, Standing, Tls};
use crate::ingest::enrolment::{self, EnrolmentDoor, Office};
use crate::ingest::{cot_door, sapient_door};
use crate::limits::{CERTIFICATES_LOOK, SERVER_CERTIFICATE_LOOK};
use crate::pki::{Authority, Register};

/// What the doors by TLS are called.
const DOORS: [&str; 3] = [sapient_door::TLS_DOOR, cot_door::TLS_DOOR, enrolment::DOOR];
/// What the door for certificates is called in errors.
const ENROLMENT: &str = "door for phones' certificates";

/// The doors by TLS as they are to be opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TlsConfig {
    /// What the station is called by those who come: names and addresses.
    pub names: Vec<String>,
    pub sapient: Option<DoorConfig>,
    pub cot: Option<DoorConfig>,
    /// Where phones get their certificates.
    pub enrolment: Option<DoorConfig>,
    /// Whose certificate the page shows, where it speaks TLS.
    pub page: Option<PageTls>,
}

impl TlsConfig {
    /// Every door that is to be open, with what it is called in errors.
    pub fn doors(&self) -> impl Iterator<Item = (&'static str, DoorConfig)> {
        let doors = [
            ("SAPIENT door by TLS", self.sapient),
            ("Cursor on Target door by TLS", self.cot),
            (ENROLMENT, self.enrolment),
        ];
        doors.into_iter().filter_map(|(what, door)| Some((what, door?)))
    }
}

/// The keys of a running station.
pub(super) struct Keys {
    authority: Arc<Authority>,
    served: Arc<Served>,
    standing: watch::Sender<Arc<Standing>>,
    names: Vec<String>,
    register: PathBuf,
    data: PathBuf,
    time: CivilTime,
}

impl Keys {
    /// Those of a data directory; they are made where there are none.
    pub(super) fn of(
        data: &Path,
        (sector, names): (&str, &[String]),
        time: CivilTime,
    ) -> Result<Self, StartError> {
        let now = time.now();
        let authority = Arc::new(Authority::of(data, sector, now)?);
        let served = Served::new(authority.server(names, now)?)?;
        let standing = Arc::new(Standing::of(&Register::read(data)?));
        Ok(Self {
            authority,
            served,
            standing: watch::channel(standing).0,
            names: names.to_vec(),
            register: Register::path(data),
            data: data.to_owned(),
            time,
        })
    }

    /// TLS for one door.
    pub(super) fn tls(&self, holders: Holders) -> Result<Tls, StartError> {
        let standing = (self.standing.subscribe(), self.time.clone());
        Ok(Tls::new(&self.authority, Arc::clone(&self.served), holders, standing)?)
    }

    /// TLS for the page: people show who they are by signing in, machines by a certificate if they have one, which is issued
    /// there too.
    pub(super) fn page(&self, page: &PageTls) -> Result<(Tls, Certifier), StartError> {
        let served = match page {
            PageTls::Own => Arc::clone(&self.served),
            PageTls::Brought { certificate, key } => Served::brought(certificate, key)?,
        };
        let standing = (self.standing.subscribe(), self.time.clone());
        let tls = Tls::for_machines_too(&self.authority, served, standing)?;
        let (authority, standing) = (Arc::clone(&self.authority), self.standing.clone());
        Ok((tls, Certifier::new(authority, standing, self.time.clone())))
    }

    /// Opens the door at which phones get their certificates.
    pub(super) async fn open_enrolment(
        &self,
        config: DoorConfig,
        phones: Phones,
        handle: &Handle,
    ) -> Result<(), StartError> {
        let sector = handle.model().sector().name.clone();
        let authority = Arc::clone(&self.authority);
        let (standing, time) = (self.standing.clone(), self.time.clone());
        let office = Office { authority, standing, phones, sector, time };
        let tls = Tls::for_anybody(Arc::clone(&self.served), self.time.clone())?;
        let door = EnrolmentDoor::open(config, tls, office, handle.clone())
            .await
            .map_err(|error| not_open(ENROLMENT, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
        Ok(())
    }

    /// Follows what commands issue and revoke, and keeps the station's own certificate fresh.
    pub(super) async fn keep(self, handle: Handle) {
        let mut looks = interval(CERTIFICATES_LOOK);
        let mut own_looks = interval(SERVER_CERTIFICATE_LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        own_looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = None;
        loop {
            let kept = tokio::select! {
                _ = looks.tick() => self.look(&mut seen),
                _ = own_looks.tick() => self.renew(),
            };
            if let Err(fault) = kept {
                tracing::error!("certificates: {fault}");
                for door in handle.doors().iter().filter(|door| DOORS.contains(&door.name)) {
                    door.counters.fault(handle.now(), &fault.to_string());
                }
            }
        }
    }

    /// Reads the list when it is another file than before; who is no longer on it is cut off by that.
    fn look(&self, seen: &mut Option<(u64, i64, i64)>) -> Result<(), StartError> {
        let Ok(metadata) = std::fs::metadata(&self.register) else { return Ok(()) };
        let file = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
        if *seen == Some(file) {
            return Ok(());
        }
        // A list that cannot be read is told of once; until it can, the last one holds.
        *seen = Some(file);
        Ok(Standing::refresh(&self.standing, &self.data)?)
    }

    fn renew(&self) -> Result<(), StartError> {
        let credential = self.authority.server(&self.names, self.time.now())?;
        Ok(self.served.replace(credential)?)
    }
}
