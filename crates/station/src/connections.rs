//! Connections of HTTP: plain on this machine, by TLS from elsewhere. Whoever sends a request by the byte, or more of it than a
//! request has, is sent away.

use std::net::SocketAddr;
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

use crate::ingest::door::{Stream, Tls};
use crate::limits::{PAGE_HEAD_BYTES, PAGE_HEAD_WITHIN, PAGE_HEADERS_MAX, PAGE_TOLD_EVERY};
use crate::pki::Subject;

/// Said to whoever speaks plainly where TLS is spoken.
const PLAIN_REFUSED: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 52\r\n\
    Connection: close\r\n\r\nthis station speaks TLS: write https:// before it.\r\n";

/// Whose connections they are, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    /// What it is called in warnings.
    pub(crate) what: &'static str,
    pub(crate) most: usize,
}

/// Serves whoever comes until it is time for a farewell.
pub(crate) async fn serve(
    listener: TcpListener,
    (router, tls): (Router, Option<Tls>),
    Places { what, most }: Places,
    farewell: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(most));
    let (stopping, stopped) = watch::channel(false);
    let mut full = Full { what, most, turned_away: 0, told_at: None };
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
                tracing::warn!("{what}: cannot take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    stopping.send_replace(true);
}

/// Tells now and then that connections were turned away.
#[derive(Debug)]
struct Full {
    what: &'static str,
    most: usize,
    turned_away: u64,
    told_at: Option<Instant>,
}

impl Full {
    fn turn_away(&mut self) {
        self.turned_away += 1;
        let now = Instant::now();
        if self.told_at.is_none_or(|at| now.duration_since(at) >= PAGE_TOLD_EVERY) {
            let Self { what, most, turned_away, .. } = *self;
            tracing::warn!("{what}: {turned_away} connections turned away so far: {most} are open");
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
        tracing::debug!("{from}: {error}");
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
        tracing::debug!("{from}: {error}");
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
            tracing::debug!("{from}: {fault}");
            None
        }
    }
}
