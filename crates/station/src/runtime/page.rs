//! The connections of the page and the interface: plain on this machine, by TLS from elsewhere. Whoever sends a request by
//! the byte, or more of it than a request has, is sent away.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

use super::start::StartError;
use crate::ingest::door::{Stream, Tls};
use crate::limits::{
    FILES_OPEN, PAGE_CONNECTIONS_MAX, PAGE_HEAD_BYTES, PAGE_HEAD_WITHIN, PAGE_HEADERS_MAX,
    PAGE_TOLD_EVERY,
};
use crate::pki::Subject;

/// Whose certificate the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageTls {
    /// One of the station's own authority.
    Own,
    /// One that is brought, with those between it and its authority, and its secret key; PEM.
    Brought { certificate: PathBuf, key: PathBuf },
}

/// Said to whoever speaks plainly where TLS is spoken.
const PLAIN_REFUSED: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 52\r\n\
    Connection: close\r\n\r\nthis station speaks TLS: write https:// before it.\r\n";

/// Refuses the page beyond this machine where anybody could use it.
pub(super) fn check(
    listen: SocketAddr,
    must_sign_in: crate::identity::SignIn,
) -> Result<(), StartError> {
    use crate::identity::SignIn;

    match must_sign_in {
        SignIn::Off if !listen.ip().is_loopback() => Err(StartError::OpenToAll(listen)),
        SignIn::Off | SignIn::Required => Ok(()),
    }
}

/// Lets this process have as many files open as the system allows it, up to [`FILES_OPEN`]: each connection is one.
pub fn allow_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(FILES_OPEN).min(FILES_OPEN);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    limit.current = Some(wanted);
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!("cannot have {wanted} files open: {error}");
    }
}

/// Serves whoever comes until the station says farewell.
pub(super) async fn serve(
    listener: TcpListener,
    (router, tls): (Router, Option<Tls>),
    farewell: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(PAGE_CONNECTIONS_MAX));
    let (stopping, stopped) = watch::channel(false);
    let mut full = Full::default();
    tokio::pin!(farewell);
    loop {
        let accepted = tokio::select! {
            () = &mut farewell => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let service = (router.clone(), tls.clone());
                    tokio::spawn(converse((stream, from), service, stopped.clone(), place));
                }
                Err(_full) => full.turn_away(),
            },
            Err(error) => {
                // No more files may be open, or memory is short: those who are in go on.
                tracing::warn!("page: cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    stopping.send_replace(true);
}

/// Tells now and then that connections were turned away.
#[derive(Debug, Default)]
struct Full {
    turned_away: u64,
    told_at: Option<Instant>,
}

impl Full {
    fn turn_away(&mut self) {
        self.turned_away += 1;
        let now = Instant::now();
        if self.told_at.is_none_or(|at| now.duration_since(at) >= PAGE_TOLD_EVERY) {
            let count = self.turned_away;
            tracing::warn!(
                "page: {count} connections turned away so far: {PAGE_CONNECTIONS_MAX} are open"
            );
            self.told_at = Some(now);
        }
    }
}

/// Answers what one connection asks.
async fn converse(
    (stream, from): (TcpStream, SocketAddr),
    (router, tls): (Router, Option<Tls>),
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    // A few small messages a second: none waits for the next.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("page: {from}: {error}");
    }
    let Some((stream, subject)) = greet(stream, from, tls).await else { return };
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(from));
        if let Some(subject) = &subject {
            request.extensions_mut().insert(Arc::clone(subject));
        }
        routes.call(request)
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PAGE_HEAD_WITHIN);
    server.max_headers(PAGE_HEADERS_MAX).max_buf_size(PAGE_HEAD_BYTES);
    let connection = server.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("page: {from}: {error}");
    }
}

/// Whoever speaks as is spoken here, with the certificate that they showed; to others it is said how.
async fn greet(
    mut stream: TcpStream,
    from: SocketAddr,
    tls: Option<Tls>,
) -> Option<(Stream, Option<Arc<Subject>>)> {
    let Some(tls) = tls else { return Some((Stream::Plain(stream), None)) };
    let mut first = [0];
    let peeked = timeout(PAGE_HEAD_WITHIN, stream.peek(&mut first)).await;
    if !matches!(peeked, Ok(Ok(1))) {
        return None;
    }
    // Plain requests begin with a method; a TLS record does not (RFC 8446, 5.1).
    if first[0].is_ascii_alphabetic() {
        drop(stream.write_all(PLAIN_REFUSED).await);
        drop(stream.shutdown().await);
        return None;
    }
    match tls.greet(stream, from).await {
        Ok((stream, peer)) => Some((stream, peer.subject)),
        Err(fault) => {
            tracing::debug!("page: {from}: {fault}");
            None
        }
    }
}
