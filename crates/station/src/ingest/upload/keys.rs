//! Keys by which an upload that is sent again is known as the same.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest as _, Sha256};

use super::{Answer, Kind};
use crate::ingest::limits;

/// The newest keys, with what was brought under each and what came of it.
#[derive(Debug, Default)]
pub(super) struct Keys {
    known: BTreeMap<String, Upload>,
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Upload {
    digest: [u8; 32],
    /// `None` until it has been taken.
    answer: Option<Answer>,
}

/// What is known of a key.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    New,
    Busy,
    /// It was used for another upload.
    Other,
    Answered(Answer),
}

impl Keys {
    /// Looks a key up; one that is new counts as busy until it is ended.
    pub(super) fn begin(&mut self, key: &str, (kind, body): (&Kind, &[u8])) -> Known {
        let digest =
            Sha256::new().chain_update(format!("{kind:?}\n")).chain_update(body).finalize().into();
        match self.known.get(key) {
            Some(known) if known.digest != digest => Known::Other,
            Some(Upload { answer: Some(answer), .. }) => Known::Answered(answer.clone()),
            Some(_) => Known::Busy,
            None => {
                self.known.insert(key.to_owned(), Upload { digest, answer: None });
                self.order.push_back(key.to_owned());
                if self.order.len() > limits::UPLOAD_KEYS_KEPT
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.known.remove(&oldest);
                }
                Known::New
            }
        }
    }

    /// Keeps the answer; what was not taken may be tried again under the same key.
    pub(super) fn end(&mut self, key: &str, answer: Option<&Answer>) {
        match (self.known.get_mut(key), answer) {
            (Some(upload), Some(answer)) => upload.answer = Some(answer.clone()),
            (Some(_), None) => {
                self.known.remove(key);
                self.order.retain(|known| known != key);
            }
            (None, _) => {}
        }
    }
}
