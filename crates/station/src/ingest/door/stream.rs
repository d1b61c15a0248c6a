//! A connection's bytes, plain or by TLS, and who is at the other end.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::pki::{Identity, Subject};

/// Who came: from where, and by which certificate if by one.
#[derive(Debug, Clone)]
pub struct Peer {
    pub address: SocketAddr,
    pub subject: Option<Arc<Subject>>,
}

impl Peer {
    /// Whom the certificate names.
    pub fn identity(&self) -> Option<&Identity> {
        self.subject.as_ref().map(|subject| &subject.identity)
    }
}

/// The bytes of one connection.
#[derive(Debug)]
pub enum Stream {
    Plain(TcpStream),
    Tls(Box<Secured>),
}

/// A connection by TLS; it ends when the certificate does that it was let in by.
pub struct Secured {
    stream: TlsStream<TcpStream>,
    /// Resolves to why the certificate no longer holds.
    lapse: Lapse,
}

pub(super) type Lapse = Pin<Box<dyn Future<Output = String> + Send + Sync>>;

impl Secured {
    pub(super) fn new(stream: TlsStream<TcpStream>, lapse: Lapse) -> Self {
        Self { stream, lapse }
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secured").finish_non_exhaustive()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(secured) => {
                if let Poll::Ready(why) = secured.lapse.as_mut().poll(context) {
                    // Whoever reads on is told the same again.
                    secured.lapse = Box::pin(std::future::ready(why.clone()));
                    return Poll::Ready(Err(io::Error::new(ErrorKind::PermissionDenied, why)));
                }
                Pin::new(&mut secured.stream).poll_read(context, buffer)
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(secured) => Pin::new(&mut secured.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(secured) => Pin::new(&mut secured.stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(secured) => Pin::new(&mut secured.stream).poll_shutdown(context),
        }
    }
}
