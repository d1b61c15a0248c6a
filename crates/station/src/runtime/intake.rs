//! What waits for the core: bounded queues in which commands and heartbeats go before detections.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use watch::heavy::HeavyResult;
use watch::journal::{Input, RequestId};

use super::clock::Reading;
use super::{Receipt, SubmitError};
use crate::limits::{BATCH_ENTRIES_MAX, INTAKE_BULK_MAX, INTAKE_URGENT_MAX};

/// One in so many places of a batch is left to detections that wait, however much goes before them.
const BULK_SHARE: usize = 4;

/// Where the answer to a submission goes.
pub(super) type Reply = oneshot::Sender<Result<Receipt, SubmitError>>;

/// Inputs that are stored and stepped together, in order.
#[derive(Debug)]
pub(super) struct Submission {
    /// When they came: how long they wait for the core says nothing of how late their senders are.
    pub(super) arrived: Reading,
    pub(super) inputs: Vec<Input>,
    pub(super) reply: Reply,
}

/// What the core takes at once.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) computed: Vec<(RequestId, HeavyResult)>,
    pub(super) submissions: Vec<Submission>,
    /// All that came before is in it, or was; what is in it and came later goes before its turn.
    pub(super) at: Reading,
}

/// The queues in front of the core.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    computed: VecDeque<(RequestId, HeavyResult)>,
    urgent: Lane,
    bulk: Lane,
    shed: u64,
    stopping: bool,
}

#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<Submission>,
    inputs: usize,
}

impl Lanes {
    /// Queues a submission, or refuses it when its lane is full or the station stops.
    pub(super) fn push(&self, submission: Submission) -> Result<(), SubmitError> {
        let mut waiting = self.lock();
        if waiting.stopping {
            return Err(SubmitError::Stopped);
        }
        let is_bulk = submission.inputs.iter().all(is_bulk);
        let (lane, limit) = if is_bulk {
            (&mut waiting.bulk, INTAKE_BULK_MAX)
        } else {
            (&mut waiting.urgent, INTAKE_URGENT_MAX)
        };
        let inputs = submission.inputs.len();
        if lane.inputs + inputs > limit {
            waiting.shed += inputs as u64;
            return Err(SubmitError::Overloaded { limit });
        }
        lane.inputs += inputs;
        lane.queue.push_back(submission);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// Queues a heavy result; there are never more than the core asked for.
    pub(super) fn push_computed(&self, request: RequestId, result: HeavyResult) {
        self.lock().computed.push_back((request, result));
        self.arrived.notify_one();
    }

    /// Waits at most `patience` for something to do and takes up to a batch of it.
    ///
    /// The batch is of the time that `now` says once it can be taken, or of that of the oldest submission that still waits:
    /// looks would else be over before what was told of them in time.
    /// `None` once the station stops and everything that was accepted has been taken.
    pub(super) fn take(&self, patience: Duration, now: impl FnOnce() -> Reading) -> Option<Batch> {
        let mut waiting = self.lock();
        if waiting.is_empty() && !waiting.stopping {
            (waiting, _) = self
                .arrived
                .wait_timeout_while(waiting, patience, |w| w.is_empty() && !w.stopping)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.is_empty() && waiting.stopping {
            return None;
        }
        let computed: Vec<_> = waiting.computed.drain(..).collect();
        let mut submissions = Vec::new();
        let mut room = BATCH_ENTRIES_MAX.saturating_sub(computed.len());
        // Heartbeats without number must not keep detections waiting for ever: time stands still meanwhile.
        let kept = waiting.bulk.inputs.min(room / BULK_SHARE);
        room -= kept;
        waiting.urgent.move_to(&mut submissions, &mut room);
        room += kept;
        waiting.bulk.move_to(&mut submissions, &mut room);
        let next =
            [&waiting.urgent, &waiting.bulk].into_iter().filter_map(|lane| lane.queue.front());
        let at = next.map(|submission| submission.arrived).min().unwrap_or_else(now);
        Some(Batch { computed, submissions, at })
    }

    /// Waits without taking anything, unless the station stops.
    pub(super) fn pause(&self, patience: Duration) {
        let waiting = self.lock();
        drop(self.arrived.wait_timeout_while(waiting, patience, |waiting| !waiting.stopping));
    }

    /// Lets what was accepted be finished and accepts nothing more.
    pub(super) fn stop(&self) {
        self.lock().stopping = true;
        self.arrived.notify_all();
    }

    /// Drops whatever waits: the station stops and the record cannot take it.
    pub(super) fn give_up(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting { stopping: true, shed: waiting.shed, ..Waiting::default() };
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Inputs refused so far because a queue was full.
    pub(super) fn shed(&self) -> u64 {
        self.lock().shed
    }

    /// Inputs that wait now.
    pub(super) fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.urgent.inputs + waiting.bulk.inputs
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.computed.is_empty() && self.urgent.queue.is_empty() && self.bulk.queue.is_empty()
    }
}

impl Lane {
    /// Moves whole submissions while there is room; one that alone exceeds a batch still goes when it is first.
    fn move_to(&mut self, batch: &mut Vec<Submission>, room: &mut usize) {
        while let Some(first) = self.queue.front() {
            let inputs = first.inputs.len();
            if inputs > *room && !batch.is_empty() {
                return;
            }
            *room = room.saturating_sub(inputs);
            self.inputs -= inputs;
            batch.extend(self.queue.pop_front());
        }
    }
}

/// Whether an input may be refused under load before commands, heartbeats and registrations are.
fn is_bulk(input: &Input) -> bool {
    matches!(input, Input::Detected(_) | Input::Rejected(_))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use watch::detection::Rejection;
    use watch::journal::{Command, CommandRequest, PersonId};

    use super::*;

    #[test]
    fn under_overload_detections_are_refused_and_commands_go_first() {
        let intake = Lanes::default();
        while intake.push(submission(rejection())).is_ok() {}
        assert_eq!(intake.waiting(), INTAKE_BULK_MAX);

        intake.push(submission(command())).unwrap();

        assert_eq!(intake.shed(), 1);
        let batch = intake.take(Duration::ZERO, || at(0)).unwrap();
        assert_eq!(batch.submissions.len(), BATCH_ENTRIES_MAX);
        assert_eq!(batch.submissions[0].inputs, [command()]);
    }

    #[test]
    fn a_command_that_goes_first_takes_no_time_from_detections_that_still_wait() {
        let intake = Lanes::default();
        for second in 0..=BATCH_ENTRIES_MAX {
            intake.push(Submission { arrived: at(second), ..submission(rejection()) }).unwrap();
        }
        intake.push(Submission { arrived: at(5_000), ..submission(command()) }).unwrap();
        let now = || at(6_000);

        let first = intake.take(Duration::ZERO, now).unwrap();
        let second = intake.take(Duration::ZERO, now).unwrap();

        assert_eq!(first.submissions[0].inputs, [command()]);
        assert_eq!((first.at, second.at), (at(BATCH_ENTRIES_MAX - 1), now()));
    }

    #[test]
    fn however_much_goes_first_detections_and_with_them_time_go_on() {
        let intake = Lanes::default();
        intake.push(submission(rejection())).unwrap();
        while intake.push(submission(command())).is_ok() {}
        let first = intake.take(Duration::ZERO, || at(9_000)).unwrap();

        assert_eq!(first.submissions.len(), BATCH_ENTRIES_MAX);
        assert_eq!(first.submissions.last().unwrap().inputs, [rejection()]);
    }

    #[test]
    fn what_was_accepted_before_the_stop_is_still_taken() {
        let intake = Lanes::default();
        intake.push(submission(command())).unwrap();
        intake.stop();

        assert_eq!(intake.push(submission(command())), Err(SubmitError::Stopped));
        assert_eq!(intake.take(Duration::ZERO, || at(0)).unwrap().submissions.len(), 1);
        assert!(intake.take(Duration::ZERO, || at(0)).is_none());
    }

    fn at(second: usize) -> Reading {
        let at = Timestamp::from_second(i64::try_from(second).unwrap()).unwrap();
        Reading { at, since_start_ms: second as u64 * 1_000 }
    }

    fn submission(input: Input) -> Submission {
        Submission { arrived: at(0), inputs: vec![input], reply: oneshot::channel().0 }
    }

    fn rejection() -> Input {
        let text = String::from("x");
        let (door, field, reason) = (text.clone(), text.clone(), text);
        Input::Rejected(Rejection { door, source: None, field, reason })
    }

    fn command() -> Input {
        let command = Command::Acknowledge { alert: watch::journal::AlertId(1) };
        Input::Commanded(CommandRequest { by: PersonId("desk".into()), key: "k".into(), command })
    }
}
