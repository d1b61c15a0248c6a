//! What was given away at the command line, kept beside the record until the station takes it up.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use watch::audit::Audit;

use super::secrets::draw_token;
use crate::limits::DISCLOSED_WAITING_MAX;
use crate::pki::{PkiError, SecretFile};

/// Why it is not noted, so that nothing may be given.
#[derive(Debug, thiserror::Error)]
pub enum NotNoted {
    #[error(
        "{}: {DISCLOSED_WAITING_MAX} things that were given away wait for the record already: start the station, which takes them up", path.display()
    )]
    Full { path: PathBuf },
    #[error(transparent)]
    NotKept(#[from] PkiError),
    #[error("cannot draw a random number: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{}: {source}", path.display())]
    Unread { path: PathBuf, source: std::io::Error },
}

/// Notes what is given away, before it is; it is durable when this returns.
pub(crate) fn note(data: &Path, audit: &Audit) -> Result<(), NotNoted> {
    let folder = folder(data);
    if files(&folder)?.len() >= DISCLOSED_WAITING_MAX {
        return Err(NotNoted::Full { path: folder });
    }
    let path = folder.join(format!("{}.json", draw_token()?));
    Ok(SecretFile::at(path).write(&Some(audit))?)
}

/// What waits for the record, with its files, which whoever wrote it down removes.
pub(crate) fn waiting(data: &Path) -> Result<Vec<(PathBuf, Audit)>, NotNoted> {
    let mut told = Vec::new();
    for path in files(&folder(data))?.into_iter().take(DISCLOSED_WAITING_MAX) {
        if let Some(audit) = SecretFile::at(path.clone()).read::<Option<Audit>>()? {
            told.push((path, audit));
        }
    }
    Ok(told)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, NotNoted> {
    let unread = |source| NotNoted::Unread { path: folder.to_owned(), source };
    let listed = match std::fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(error)),
    };
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn folder(data: &Path) -> PathBuf {
    data.join("keys").join("disclosed")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use watch::audit::{Audited, Disclosure, Receiver};
    use watch::journal::PersonId;

    use super::*;

    #[test]
    fn what_is_noted_waits_whole_and_no_more_than_fits() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(waiting(home.path()).unwrap(), []);
        let to = Receiver::File { what: "tracks".into(), format: "kml".into() };
        let by = vec![PersonId("Omar".into()), PersonId("Mona".into())];
        let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let (agency, policy, why) = (None, None, Some("for the court".to_owned()));
        let told = Disclosure { to, agency, policy, by, why, count: 3, from, until };
        let audit = Audit { by: None, what: Audited::Disclosed(told) };

        for _ in 0..DISCLOSED_WAITING_MAX {
            note(home.path(), &audit).unwrap();
        }

        assert!(matches!(note(home.path(), &audit), Err(NotNoted::Full { .. })));
        let told = waiting(home.path()).unwrap();
        assert_eq!(told.len(), DISCLOSED_WAITING_MAX);
        assert!(told.iter().all(|(_, one)| *one == audit));
    }
}
