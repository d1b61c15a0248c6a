//! Where the page and the interface may listen, and whose certificate they show.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::start::StartError;
use crate::limits::FILES_OPEN;

/// Whose certificate the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageTls {
    /// One of the station's own authority.
    Own,
    /// One that is brought, with those between it and its authority, and its secret key; PEM.
    Brought { certificate: PathBuf, key: PathBuf },
}

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
