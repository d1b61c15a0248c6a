//! One connection: reads, lets the session decide, makes its inputs durable, then answers.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use watch::journal::Input;
use wire::sapient::{SapientMessage, encode_frame};

use super::Shared;
use super::nodes::{Ticket, ToNode};
use crate::ingest::sapient::{Session, Step};
use crate::ingest::{Intake, IntakeError, limits};

/// Serves a connection to its end; says why it ended.
pub(super) async fn converse<I: Intake>(shared: &Shared<I>, stream: TcpStream) -> String {
    let (inbox, mut outbox) = mpsc::channel(limits::OUTBOX_MAX);
    let session = Session::new(shared.directory.clone(), shared.intake.now());
    let mut connection = Connection { shared, stream, session, inbox, ticket: None };
    let reason = connection.run(&mut outbox).await;
    let goodbye = connection.session.hang_up();
    match connection.perform(goodbye).await {
        Ok(()) => reason,
        Err(End(fault)) => format!("{reason}; then {fault}"),
    }
}

struct Connection<'a, I> {
    shared: &'a Shared<I>,
    stream: TcpStream,
    session: Session,
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
            let done = tokio::select! {
                biased;
                Some(letter) = outbox.recv() => self.take_letter(letter).await,
                read = self.stream.read(&mut buffer) => {
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
        }
    }

    async fn take_read(&mut self, read: std::io::Result<usize>, buffer: &[u8]) -> Result<(), End> {
        match read {
            Ok(0) => Err(End("the node closed the connection".to_owned())),
            Ok(length) => {
                let before = self.session.counts();
                let bytes = buffer.get(..length).unwrap_or_default();
                let step = self.session.receive(bytes, self.shared.intake.now());
                self.shared.counters.add(before, self.session.counts());
                self.perform(step).await
            }
            Err(fault) => Err(End(format!("reading failed: {fault}"))),
        }
    }

    async fn look_at_clock(&mut self, heard_at: Instant) -> Result<(), End> {
        if heard_at.elapsed() < limits::QUIET_MIN {
            return Ok(());
        }
        let step = self.session.tick(self.shared.intake.now());
        self.perform(step).await
    }

    /// Does what a step asks: inputs durable, then answers, then the end.
    async fn perform(&mut self, step: Step) -> Result<(), End> {
        let Step { inputs, replies, close } = step;
        let comes_or_goes = inputs
            .iter()
            .any(|input| matches!(input, Input::Registered(_) | Input::Disconnected { .. }));
        if comes_or_goes {
            self.pass_turnstile(inputs, &replies).await?;
        } else {
            self.store(inputs).await?;
            self.write(&replies).await?;
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

    /// Offers inputs until they are durable. Nothing more is read meanwhile, which slows the sender.
    async fn store(&self, inputs: Vec<Input>) -> Result<(), End> {
        if inputs.is_empty() {
            return Ok(());
        }
        let give_up_at = Instant::now() + limits::STORE_WITHIN;
        let [mut wait, longest] = limits::STORE_RETRY;
        loop {
            match self.shared.intake.submit(inputs.clone()).await {
                Ok(()) => return Ok(()),
                Err(fault @ IntakeError::Never(_)) => return Err(End(fault.to_string())),
                Err(fault @ IntakeError::NotNow(_)) if Instant::now() >= give_up_at => {
                    return Err(End(fault.to_string()));
                }
                Err(IntakeError::NotNow(_)) => sleep(wait).await,
            }
            wait = (wait * 2).min(longest);
        }
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
        match timeout(limits::WRITE_WITHIN, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(End(format!("writing failed: {fault}"))),
            Err(_late) => {
                Err(End(format!("the node took nothing for {} s", limits::WRITE_WITHIN.as_secs())))
            }
        }
    }
}
