//! What settings and keys say of the record's protection, held against what is in force.

use jiff::Timestamp;
use watch::audit::Protection;

use super::start::{StartError, StationConfig};
use crate::identity::{People, SignIn};
use crate::pki::Authority;

/// What they say.
pub(super) fn found(config: &StationConfig) -> Result<Protection, StartError> {
    let authority = Authority::read(&config.data_directory)?;
    let witnesses = config.witnesses.iter().map(|asked| asked.witness.to_text());
    Ok(Protection {
        keep_days: config.keep.told(),
        witnesses: witnesses.collect(),
        authority: authority.map(|authority| authority.fingerprint()),
    })
}

/// Refuses to start where they protect the record less than is in force, before anything is changed on the disk.
pub(super) fn check(config: &StationConfig) -> Result<(), StartError> {
    if config.sign_in == SignIn::Off {
        return Ok(());
    }
    let mut people = People::read(&config.data_directory)?;
    if people.protected().is_some() {
        people.settle_protection(&found(config)?, Timestamp::UNIX_EPOCH)?;
    }
    Ok(())
}
