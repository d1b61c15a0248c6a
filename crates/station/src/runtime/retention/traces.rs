//! Reading what is to stay of tracks, beside the core's thread, before what sensors saw of them is erased.

use std::path::PathBuf;
use std::thread::JoinHandle;

use jiff::Timestamp;
use sight::geo::LocalFrame;
use watch::trace::Trace;

use crate::limits::{TRACE_RETRY, TRACE_TRIES_MAX};
use crate::record::keyring::Day;
use crate::store::sqlite::{StoreError, traces_due};

/// One reading after the other, until one succeeds or it has failed too often.
#[derive(Debug, Default)]
pub(super) struct Tracing {
    reading: Option<JoinHandle<Result<Option<Vec<Trace>>, StoreError>>>,
    /// How often it failed since it last did not, and when it may be tried again.
    failed: u32,
    again_at: Option<Timestamp>,
}

/// Where a reading stands.
#[derive(Debug, PartialEq)]
pub(super) enum Reading {
    NotYet,
    Read(Vec<Trace>),
    /// It failed and is to be begun again in a while.
    Again,
    /// It failed too often: what must go goes, whether or not anything stays of it.
    GivenUp,
}

impl Tracing {
    /// Whether it failed a moment ago.
    pub(super) fn waits(&self, now: Timestamp) -> bool {
        self.again_at.is_some_and(|again_at| now < again_at)
    }

    /// Begins to read what was before a day, from a store that has taken in so many entries.
    pub(super) fn begin(&mut self, data: PathBuf, frame: LocalFrame, until: (Day, u64)) {
        let reading = std::thread::Builder::new()
            .name("traces".into())
            .spawn(move || traces_due(&data, &frame, until));
        self.reading =
            reading.inspect_err(|error| tracing::warn!("cannot start a thread: {error}")).ok();
    }

    pub(super) fn poll(&mut self, now: Timestamp) -> Reading {
        if self.reading.as_ref().is_some_and(|reading| !reading.is_finished()) {
            return Reading::NotYet;
        }
        let problem = match self.reading.take().map(JoinHandle::join) {
            Some(Ok(Ok(Some(traces)))) => {
                *self = Self::default();
                return Reading::Read(traces);
            }
            Some(Ok(Ok(None))) => "the query store is behind".to_owned(),
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(_)) | None => "no thread read it to the end".to_owned(),
        };
        let failed = self.failed + 1;
        if failed < TRACE_TRIES_MAX {
            tracing::warn!("what is to stay of tracks is not read: {problem}; it is tried again");
            let again_at = now.checked_add(TRACE_RETRY).ok();
            *self = Self { reading: None, failed, again_at };
            return Reading::Again;
        }
        tracing::error!("nothing stays of tracks that are past their age: {problem}");
        *self = Self::default();
        Reading::GivenUp
    }
}

#[cfg(test)]
mod tests {
    use sight::geo::Wgs84;

    use super::*;

    #[test]
    fn a_store_that_cannot_be_read_keeps_nothing_from_being_erased_for_good() {
        let nowhere = tempfile::tempdir().unwrap();
        let frame = LocalFrame::at(Wgs84::new(40.9, 34.5).unwrap());
        let mut tracing = Tracing::default();
        let mut now = Timestamp::UNIX_EPOCH;
        let mut read = || {
            assert!(!tracing.waits(now));
            tracing.begin(nowhere.path().to_owned(), frame, (3, 0));
            let mut reading = tracing.poll(now);
            while reading == Reading::NotYet {
                std::thread::yield_now();
                reading = tracing.poll(now);
            }
            assert_eq!(tracing.waits(now), reading == Reading::Again);
            now += TRACE_RETRY;
            reading
        };
        for _ in 1..TRACE_TRIES_MAX {
            assert_eq!(read(), Reading::Again);
        }
        assert_eq!(read(), Reading::GivenUp);
        assert_eq!(read(), Reading::Again, "the next day's has as many tries");
    }
}
