//! Where phones get their certificates, as TAK's do: by HTTPS, for the single-use token of an invitation.

mod pages;
#[cfg(test)]
mod tests;
mod tries;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::watch::journal::Input;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use self::tries::Tries;
use super::cot::Phones;
use super::door::{
    CivilTime, Counters, Counts, DoorBoard, DoorConfig, DoorError, Listener, Peer, Standing,
    Stream, Tls,
};
use super::rejections::{Refusal, Rejections};
use super::store::store;
use super::{Intake, limits};
use crate::pki::{Authority, Enrolled, Enrolment, PkiError};

/// How this door is called.
pub const DOOR: &str = "cot-enrolment";
const PROTOCOL: &str = "Certificates for phones by HTTPS (TAK enrolment)";
/// Bytes of a request's first lines.
const HEAD_BYTES: usize = 16 << 10;

/// The open door.
#[derive(Debug)]
pub struct EnrolmentDoor<I> {
    listener: Listener,
    shared: Arc<Shared<I>>,
}

/// Who issues, and what all doors by TLS must know of it at once.
#[derive(Debug)]
pub struct Office {
    pub authority: Arc<Authority>,
    pub standing: watch::Sender<Arc<Standing>>,
    pub phones: Phones,
    /// The sector's name.
    pub sector: String,
    pub time: CivilTime,
}

#[derive(Debug)]
struct Shared<I> {
    office: Office,
    intake: I,
    counters: Arc<Counters>,
    tries: Mutex<Tries>,
    rejections: Mutex<Rejections>,
}

impl<I: Intake> EnrolmentDoor<I> {
    /// Opens the door. Port 0 takes any free one: see [`EnrolmentDoor::board`].
    pub async fn open(
        config: DoorConfig,
        tls: Tls,
        office: Office,
        intake: I,
    ) -> Result<Self, DoorError> {
        let listener = Listener::open_tls((DOOR, PROTOCOL), config, tls).await?;
        let counters = Arc::clone(&listener.board().counters);
        let rejections = Mutex::new(Rejections::new(DOOR, intake.now()));
        let tries = Mutex::default();
        let shared = Arc::new(Shared { office, intake, counters, tries, rejections });
        Ok(Self { listener, shared })
    }

    pub fn board(&self) -> &DoorBoard {
        self.listener.board()
    }

    /// Serves phones until the future is dropped.
    pub async fn serve(self) {
        let clock = Arc::clone(&self.shared);
        let converse = |stream, peer, _budget| converse(Arc::clone(&self.shared), stream, peer);
        self.listener.serve(move || clock.intake.now(), converse).await;
    }
}

/// Answers what one connection asks; says why it ended.
async fn converse<I: Intake>(shared: Arc<Shared<I>>, stream: Stream, peer: Peer) -> String {
    let service = TowerToHyperService::new(pages::routes(shared, peer.address));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(limits::HANDSHAKE_WITHIN);
    let served = server.max_buf_size(HEAD_BYTES).serve_connection(TokioIo::new(stream), service);
    match timeout(limits::MESSAGE_WITHIN, served).await {
        Ok(Ok(())) => "the phone closed the connection".to_owned(),
        Ok(Err(fault)) => format!("http: {fault}"),
        Err(_late) => format!("it took longer than {} s", limits::MESSAGE_WITHIN.as_secs()),
    }
}

impl<I: Intake> Shared<I> {
    /// Seconds until this address is listened to again, once it has told too many wrong tokens.
    fn pause_s(&self, from: SocketAddr) -> Option<f64> {
        locked(&self.tries).pause_s(from.ip(), Instant::now())
    }

    /// Issues what was promised; the doors know of it before the phone does.
    async fn enrol(self: &Arc<Self>, came: Came, from: SocketAddr) -> Result<Enrolled, PkiError> {
        let shared = Arc::clone(self);
        let name = came.name.clone();
        // Files are locked, read and made durable.
        let enrolled = tokio::task::spawn_blocking(move || shared.office.enrol(&came)).await;
        let enrolled = enrolled.unwrap_or(Err(PkiError::NotInvited));
        match &enrolled {
            Ok(Enrolled { identity, .. }) => {
                tracing::info!(
                    "{DOOR}: {identity} got its certificate by invitation {name:?}, from {from}"
                );
                self.count(|counts| &mut counts.accepted);
            }
            Err(PkiError::NotInvited) => locked(&self.tries).failed(from.ip(), Instant::now()),
            Err(_) => {}
        }
        enrolled
    }

    /// Counts what was refused, tells of it at the door, and writes it into the record.
    async fn refuse(&self, from: SocketAddr, field: &str, reason: &str) {
        let now = self.intake.now();
        tracing::warn!("{DOOR}: {from}: {field}: {reason}");
        self.counters.fault(now, &format!("{from}: {field}: {reason}"));
        self.count(|counts| &mut counts.rejected);
        let refusal = Refusal::new(field, format!("{reason} (from {})", from.ip()));
        let rejection = locked(&self.rejections).journal(&[refusal], None, now);
        let inputs = rejection.map(Input::Rejected).into_iter().collect();
        if let Err(fault) = store(&self.intake, inputs).await {
            self.counters.fault(now, &fault.to_string());
        }
    }

    fn count(&self, what: impl Fn(&mut Counts) -> &mut u64) {
        let mut counts = Counts::default();
        *what(&mut counts) += 1;
        self.counters.add(Counts::default(), counts, 0);
    }
}

/// What a phone brought.
#[derive(Debug)]
struct Came {
    name: String,
    token: String,
    device: String,
    request: Vec<u8>,
}

impl Office {
    fn enrol(&self, came: &Came) -> Result<Enrolled, PkiError> {
        let Came { name, token, device, request } = came;
        let unit_of = |uid: &str| self.phones.unit(uid).map(|unit| unit.0.clone());
        let came = Enrolment { name, token, device, request };
        let enrolled = self.authority.enrol(came, unit_of, self.time.now())?;
        Standing::refresh(&self.standing, self.authority.data())?;
        Ok(enrolled)
    }
}

fn locked<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
