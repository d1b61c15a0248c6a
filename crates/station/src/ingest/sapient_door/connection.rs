//! One connection: reads, lets the session decide, makes its inputs durable, then answers.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use watch::journal::Input;
use wire::sapient::{SapientMessage, encode_frame};

use super::Shared;
use super::nodes::{Ticket, ToNode};
use crate::ingest::door::{Deadline, Peer, SourceBudget, Stream};
use crate::ingest::sapient::{Session, Step};
use crate::ingest::store::store;
use crate::ingest::{Intake, limits};

/// Serves a connection to its end; says why it ended.
pub(super) async fn converse<I: Intake>(
    shared: &Shared<I>,
    stream: Stream,
    (peer, budget): (Peer, SourceBudget),
) -> String {
    let (inbox, mut outbox) = mpsc::channel(limits::OUTBOX_MAX);
    let session = Session::new(shared.directory.clone(), shared.intake.now());
    let session = session.vouched_for_by(peer.identity().cloned().map(Arc::new));
    let mut connection = Connection {
        shared,
        stream,
        peer,
        session,
        budget,
        deadline: Deadline::default(),
        read_from: None,
        inbox,
        ticket: None,
    };
    let reason = connection.run(&mut outbox).await;
    let goodbye = connection.session.hang_up(shared.intake.now());
    match connection.perform(goodbye).await {
        Ok(()) => reason,
        Err(End(fault)) => format!("{reason}; then {fault}"),
    }
}

struct Connection<'a, I> {
    shared: &'a Shared<I>,
    stream: Stream,
    peer: Peer,
    session: Session,
    /// Of all connections of its source.
    budget: SourceBudget,
    deadline: Deadline,
    /// When to read on, while the node has sent too fast.
    read_from: Option<Instant>,
    inbox: mpsc::Sender<ToNode>,
    /// The claim to the node, once registered.
    ticket: Option<Ticket>,
}

/// Why a connection ends.
struct End(String);

impl<I: Intake> Connection<'_, I> {
    async fn run(&mut self, outbox: &mut mpsc::Receiver<ToNode>) -> String {
        let mut buffer = vec![0; limits::READ_BYTES];
        let mut ticks = interval(limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_at = Instant::now();
        loop {
            // In this order: the outbox is short, and bytes that are there count before silence does.
            let read_from = self.read_from;
            let done = tokio::select! {
                biased;
                Some(letter) = outbox.recv() => self.take_letter(letter).await,
                () = sleep_until(read_from.unwrap_or(heard_at)), if read_from.is_some() => {
                    heard_at = Instant::now();
                    self.deadline.paused(heard_at);
                    self.read_from = None;
                    Ok(())
                }
                read = self.stream.read(&mut buffer), if read_from.is_none() => {
                    heard_at = Instant::now();
                    self.take_read(read, &buffer).await
                }
                _ = ticks.tick() => self.look_at_clock(heard_at).await,
            };
            if let Err(End(reason)) = done {
                return reason;
            }
        }
    }

    async fn take_letter(&mut self, letter: ToNode) -> Result<(), End> {
        match letter {
            ToNode::Superseded => {
                let step = self.session.supersede();
                self.perform(step).await
            }
            ToNode::Task(task) => match self.session.task(&task, self.shared.intake.now()) {
                Some(message) => self.write(&[message]).await,
                None => Ok(()),
            },
            ToNode::Passed(message) => self.write(&[*message]).await,
            ToNode::Pointing(pointing) => {
                let message = self.session.pointing(&pointing, self.shared.intake.now());
                let messages: Vec<_> = message.into_iter().collect();
                self.write(&messages).await
            }
        }
    }

    async fn take_read(&mut self, read: std::io::Result<usize>, buffer: &[u8]) -> Result<(), End> {
        match read {
            Ok(0) => Err(End("the node closed the connection".to_owned())),
            Ok(length) => {
                let before = self.session.counts();
                let bytes = buffer.get(..length).unwrap_or_default();
                let now = self.shared.intake.now();
                let step = self.session.receive(bytes, now);
                let after = self.session.counts();
                self.shared.counters.add(before, after, length);
                if let Some(refused) = self.session.take_refused() {
                    self.shared.counters.fault(now, &format!("{}: {refused}", self.who()));
                }
                self.pace(after.messages() - before.messages(), length);
                self.perform(step).await
            }
            Err(fault) => Err(End(format!("reading failed: {fault}"))),
        }
    }

    /// Keeps to the sender's budget and to the time that a message may take.
    fn pace(&mut self, messages: u64, bytes: usize) {
        let now = Instant::now();
        self.deadline.read(messages, self.session.pending(), now);
        if let Some(pause) = self.budget.spend(messages, bytes, now) {
            self.read_from = Some(now + pause);
            let station_now = self.shared.intake.now();
            self.shared.counters.throttle(station_now, &self.who(), pause);
        }
    }

    /// The sender as people know it.
    fn who(&self) -> String {
        self.session.node_id().map_or_else(|| self.peer.address.to_string(), str::to_owned)
    }

    async fn look_at_clock(&mut self, heard_at: Instant) -> Result<(), End> {
        if self.read_from.is_none()
            && let Some(reason) = self.deadline.passed(Instant::now())
        {
            self.cut_off(&reason);
            return Err(End(reason));
        }
        if self.read_from.is_some() || heard_at.elapsed() < limits::QUIET_MIN {
            return Ok(());
        }
        let step = self.session.tick(self.shared.intake.now());
        self.perform(step).await
    }

    /// Does what a step asks: inputs durable, then answers, then the end.
    async fn perform(&mut self, step: Step) -> Result<(), End> {
        let Step { inputs, replies, onward, close } = step;
        let comes_or_goes = inputs
            .iter()
            .any(|input| matches!(input, Input::Registered(_) | Input::Disconnected { .. }));
        if comes_or_goes {
            self.pass_turnstile(inputs, &replies).await?;
        } else {
            self.store(inputs).await?;
            self.write(&replies).await?;
        }
        for message in onward {
            if let Err(why) = self.shared.nodes.exchange().pass_up(message) {
                let what = format!("{}: not handed on to the parent: {why}", self.who());
                self.shared.counters.fault(self.shared.intake.now(), &what);
            }
        }
        close.map_or(Ok(()), |reason| Err(End(reason)))
    }

    /// Journals a coming or going while no other connection can do the same.
    async fn pass_turnstile(
        &mut self,
        mut inputs: Vec<Input>,
        replies: &[SapientMessage],
    ) -> Result<(), End> {
        let shared = self.shared;
        let turn = shared.nodes.turn().await;
        let node_id = self.session.node_id().map(str::to_owned);
        let registers = inputs.iter().any(|input| matches!(input, Input::Registered(_)));
        // A node that registers again by the same connection keeps its claim.
        if let Some(node_id) = node_id.as_deref().filter(|_| registers && self.ticket.is_none()) {
            self.ticket = Some(shared.nodes.enter(node_id, self.inbox.clone()));
        }
        inputs.retain(|input| {
            let Input::Disconnected { node_id } = input else { return true };
            self.ticket.is_some_and(|ticket| shared.nodes.leave(node_id, ticket))
        });
        let stored = self.store(inputs).await;
        drop(turn);
        stored?;
        self.write(replies).await?;
        if let Some(node_id) = node_id.filter(|_| registers) {
            tracing::debug!(%node_id, "sapient node registered");
            shared.nodes.deliver_waiting(&node_id);
        }
        Ok(())
    }

    async fn store(&self, inputs: Vec<Input>) -> Result<(), End> {
        store(&self.shared.intake, inputs).await.map_err(|fault| End(fault.to_string()))
    }

    async fn write(&mut self, messages: &[SapientMessage]) -> Result<(), End> {
        let mut bytes = Vec::new();
        for message in messages {
            let frame =
                encode_frame(message).map_err(|fault| End(format!("our own message: {fault}")))?;
            bytes.extend_from_slice(&frame);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let written = async {
            self.stream.write_all(&bytes).await?;
            // What TLS holds back would reach the node with the next message only.
            self.stream.flush().await
        };
        match timeout(limits::WRITE_WITHIN, written).await {
            Ok(Ok(())) => {
                self.shared.counters.send(messages.len() as u64);
                Ok(())
            }
            Ok(Err(fault)) => Err(End(format!("writing failed: {fault}"))),
            Err(_late) => {
                let reason =
                    format!("the node took nothing for {} s", limits::WRITE_WITHIN.as_secs());
                self.cut_off(&reason);
                Err(End(reason))
            }
        }
    }

    fn cut_off(&self, reason: &str) {
        self.shared.counters.cut_off_one();
        self.shared.counters.fault(self.shared.intake.now(), &format!("{}: {reason}", self.who()));
    }
}
