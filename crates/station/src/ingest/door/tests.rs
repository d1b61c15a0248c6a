//! Doors by TLS: who is let in, who is not, and who is let in no longer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsConnector;

use super::*;
use crate::pki::{self, Authority, Credential, Identity, Register, Terms};

const PATIENCE: Duration = Duration::from_secs(20);
const NODE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

/// A connection from a client's side, plain or by TLS.
pub(in crate::ingest) trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// An authority, and doors that trust it.
pub(in crate::ingest) struct Gate {
    data: TempDir,
    authority: Authority,
    served: Arc<Served>,
    standing: watch::Sender<Arc<Standing>>,
}

impl Gate {
    pub(in crate::ingest) fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let now = Timestamp::now();
        let authority = Authority::of(data.path(), "drill", now).unwrap();
        let served = Served::new(authority.server(&["localhost".to_owned()], now).unwrap());
        Self {
            data,
            authority,
            served: served.unwrap(),
            standing: watch::channel(Arc::default()).0,
        }
    }

    pub(in crate::ingest) fn tls(&self, holders: Holders) -> Tls {
        self.tls_at(holders, CivilTime::new(Timestamp::now))
    }

    fn tls_at(&self, holders: Holders, time: CivilTime) -> Tls {
        let standing = (self.standing.subscribe(), time);
        Tls::new(&self.authority, Arc::clone(&self.served), holders, standing).unwrap()
    }

    /// What a door for certificates needs; it knows the keys of this gate.
    pub(in crate::ingest) fn for_anybody(&self) -> (Tls, Authority, watch::Sender<Arc<Standing>>) {
        let authority = Authority::read(self.data.path()).unwrap().unwrap();
        let tls =
            Tls::for_anybody(Arc::clone(&self.served), CivilTime::new(Timestamp::now)).unwrap();
        (tls, authority, self.standing.clone())
    }

    pub(in crate::ingest) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    pub(in crate::ingest) fn issue(&self, holder: &Identity) -> Credential {
        self.issue_at(holder, Timestamp::now())
    }

    fn issue_at(&self, holder: &Identity, now: Timestamp) -> Credential {
        let made = self.authority.issue_with_key(holder, Terms { now, days: 10, by: "test" });
        self.look();
        made.unwrap()
    }

    fn revoke(&self, named: &str) {
        pki::revoke(self.data.path(), named, Timestamp::now()).unwrap();
        self.look();
    }

    fn look(&self) {
        let register = Register::read(self.data.path()).unwrap();
        self.standing.send_replace(Arc::new(Standing::of(&register)));
    }

    /// Comes with this certificate, or with none; an error when the station ends it before its first word.
    pub(in crate::ingest) async fn come(
        &self,
        to: SocketAddr,
        with: Option<Credential>,
    ) -> std::io::Result<Box<dyn Pipe>> {
        self.come_by(TcpStream::connect(to).await?, with).await
    }

    async fn come_by(
        &self,
        stream: TcpStream,
        with: Option<Credential>,
    ) -> std::io::Result<Box<dyn Pipe>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match with {
            Some(Credential { certificate, key }) => {
                config.with_client_auth_cert(vec![certificate], key).unwrap()
            }
            None => config.with_no_client_auth(),
        };
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        Ok(Box::new(stream))
    }
}

/// A door that tells each that comes who it is, and sends back what it says.
async fn open(tls: Tls) -> DoorBoard {
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let listener = Listener::open_tls(("echo", "echo"), config, tls).await.unwrap();
    let board = listener.board().clone();
    let converse = |mut stream: Stream, peer: Peer, _budget: SourceBudget| async move {
        let who = peer.identity().map_or("nobody".to_owned(), ToString::to_string);
        let mut said = format!("{who}\n").into_bytes();
        loop {
            if stream.write_all(&said).await.is_err() || stream.flush().await.is_err() {
                return "gone".to_owned();
            }
            said.resize(1_024, 0);
            match stream.read(&mut said).await {
                Ok(0) => return "closed".to_owned(),
                Ok(length) => said.truncate(length),
                Err(fault) => return fault.to_string(),
            }
        }
    };
    tokio::spawn(listener.serve(Timestamp::now, converse));
    board
}

/// What the station calls whoever came; an error when it ended the connection instead.
async fn greeting(pipe: std::io::Result<Box<dyn Pipe>>) -> std::io::Result<String> {
    let mut pipe = pipe?;
    let mut said = Vec::new();
    let heard = async {
        while !said.ends_with(b"\n") {
            let mut byte = [0];
            pipe.read_exact(&mut byte).await?;
            said.extend(byte);
        }
        Ok(String::from_utf8(said).unwrap())
    };
    tokio::time::timeout(PATIENCE, heard).await.expect("the station says something")
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let waits = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap_or_else(|_| panic!("{what}"));
}

/// A connection from another address of this machine.
pub(in crate::ingest) async fn connect_from(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(from.parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

fn node() -> Identity {
    Identity::nodes(&[NODE.to_owned()]).unwrap()
}

#[tokio::test]
async fn only_listed_certificates_of_the_stations_own_that_fit_the_door_open_it() {
    let (gate, stranger) = (Gate::new(), Gate::new());
    let board = open(gate.tls(Holders::Nodes)).await;
    let to = board.socket().unwrap();
    let told = || board.counters.last_fault().unwrap().what;

    let known = greeting(gate.come(to, Some(gate.issue(&node()))).await).await;
    assert_eq!(known.unwrap(), format!("node {NODE}\n"));

    assert!(greeting(gate.come(to, None).await).await.is_err());
    until("a client without a certificate is told of", || told().contains("tls: ")).await;
    assert!(greeting(gate.come(to, Some(stranger.issue(&node()))).await).await.is_err());
    until("a stranger is told of", || board.counters.turned_away() == 2).await;

    let phone = gate.issue(&Identity::phone("ANDROID-1", "patrol-1").unwrap());
    assert!(greeting(gate.come(to, Some(phone)).await).await.is_err());
    until("a phone is told of", || told().contains("for another door")).await;

    let long_ago = Timestamp::now() - SignedDuration::from_hours(24 * 11);
    assert!(greeting(gate.come(to, Some(gate.issue_at(&node(), long_ago))).await).await.is_err());
    until("one that ran out is told of", || told().contains("expired")).await;

    let unlisted = gate.issue(&node());
    gate.standing.send_replace(Arc::default());
    assert!(greeting(gate.come(to, Some(unlisted)).await).await.is_err());
    until("an unlisted one is told of", || told().contains("not in this station's list")).await;
    assert_eq!((board.counters.connections(), board.counters.turned_away()), (1, 5));
}

#[tokio::test]
async fn a_revoked_certificate_ends_its_connections_and_opens_no_other() {
    let gate = Gate::new();
    let board = open(gate.tls(Holders::Nodes)).await;
    let (lost, kept) = (gate.issue(&node()), gate.issue(&node()));
    let serial = pki::Subject::of_certificate(&lost.certificate).unwrap().serial;
    let again = Credential { certificate: lost.certificate.clone(), key: lost.key.clone_key() };
    let mut open_one = gate.come(board.socket().unwrap(), Some(lost)).await.unwrap();
    let mut other = gate.come(board.socket().unwrap(), Some(kept)).await.unwrap();
    until("both are in", || board.counters.connected() == 2).await;

    gate.revoke(&serial);

    until("the revoked one is out", || board.counters.connected() == 1).await;
    assert_eq!(board.counters.last_end(), "its certificate was revoked");
    let mut rest = Vec::new();
    drop(tokio::time::timeout(PATIENCE, open_one.read_to_end(&mut rest)).await.unwrap());
    other.write_all(b"here").await.unwrap();
    let mut heard = [0; 4 + NODE.len() + 6];
    tokio::time::timeout(PATIENCE, other.read_exact(&mut heard)).await.unwrap().unwrap();
    assert!(heard.ends_with(b"here"));
    assert!(greeting(gate.come(board.socket().unwrap(), Some(again)).await).await.is_err());
    until("it is told why", || {
        board.counters.last_fault().unwrap().what.contains("certificate was revoked")
    })
    .await;
}

#[tokio::test]
async fn a_connection_ends_when_its_certificate_runs_out() {
    let gate = Gate::new();
    let board = open(gate.tls(Holders::Nodes)).await;
    let ends_soon =
        Timestamp::now() - SignedDuration::from_hours(240) + SignedDuration::from_secs(3);
    let pipe =
        gate.come(board.socket().unwrap(), Some(gate.issue_at(&node(), ends_soon))).await.unwrap();

    until("it is in", || board.counters.connections() == 1).await;
    until("it is out", || board.counters.connected() == 0).await;

    assert_eq!(board.counters.last_end(), "its certificate ran out");
    drop(pipe);
}

#[tokio::test]
async fn a_certificate_holds_as_long_as_the_stations_time_says_whatever_the_wall_clock_says() {
    let gate = Gate::new();
    let ahead = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let hours = Arc::clone(&ahead);
    let time = CivilTime::new(move || {
        let hours = hours.load(std::sync::atomic::Ordering::Relaxed);
        Timestamp::now() + SignedDuration::from_hours(hours)
    });
    let board = open(gate.tls_at(Holders::Nodes, time)).await;
    let to = board.socket().unwrap();
    let days_10 = gate.issue(&node());
    let again = |known: &Credential| Credential {
        certificate: known.certificate.clone(),
        key: known.key.clone_key(),
    };
    for (hours, is_in) in [(0, true), (239, true), (241, false), (26_280, false), (-26_280, false)]
    {
        ahead.store(hours, std::sync::atomic::Ordering::Relaxed);

        let greeted = greeting(gate.come(to, Some(again(&days_10))).await).await;

        assert_eq!(greeted.is_ok(), is_in, "{hours} h: {greeted:?}");
    }
}

#[tokio::test]
async fn who_shows_nothing_cannot_crowd_out_others_and_is_sent_away_in_time() {
    let gate = Gate::new();
    let board = open(gate.tls(Holders::Nodes)).await;
    let mut silent = Vec::new();
    for _ in 0..limits::HANDSHAKES_PER_ADDRESS_MAX + 8 {
        silent.push(TcpStream::connect(board.socket().unwrap()).await.unwrap());
    }
    until("those beyond the limit are turned away", || board.counters.turned_away() == 8).await;
    let mut rubbish = connect_from("127.0.0.3:0", board.socket().unwrap()).await;
    rubbish.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    until("rubbish is turned away", || board.counters.turned_away() == 9).await;

    let elsewhere = connect_from("127.0.0.2:0", board.socket().unwrap()).await;
    let known = greeting(gate.come_by(elsewhere, Some(gate.issue(&node()))).await).await;

    assert_eq!(known.unwrap(), format!("node {NODE}\n"));
    let all = 9 + limits::HANDSHAKES_PER_ADDRESS_MAX as u64;
    until("the silent are sent away", || board.counters.turned_away() == all).await;
    assert!(board.counters.last_fault().unwrap().what.contains("no tls within 10 s"));
    let known = greeting(gate.come(board.socket().unwrap(), Some(gate.issue(&node()))).await).await;
    assert_eq!(known.unwrap(), format!("node {NODE}\n"));
}

#[tokio::test]
async fn a_plain_door_stays_on_loopback() {
    let config = DoorConfig::at("0.0.0.0:0".parse().unwrap());

    let plain = Listener::open(("echo", "echo"), config).await;
    let by_tls =
        Listener::open_tls(("echo", "echo"), config, Gate::new().tls(Holders::Nodes)).await;

    assert!(matches!(plain, Err(DoorError::NotLoopback { door: "echo", .. })));
    assert!(by_tls.is_ok());
}
