//! One phone: what it sends is made durable, and what changes is sent to it as fast as it takes it.

use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use watch::audit::Receiver;

use super::Shared;
use crate::disclosures::Giving;
use crate::ingest::cot::board::{Board, Encoded, Place, encode};
use crate::ingest::cot::{Reply, Session, Step, Ticket, offer};
use crate::ingest::door::{Deadline, Peer, SourceBudget, Stream};
use crate::ingest::store::store;
use crate::ingest::{Intake, limits};

/// Serves a phone to its end; says why it ended.
///
/// It is read and written to side by side: a phone that takes nothing still gets its calls heard.
pub(super) async fn converse<I: Intake>(
    shared: &Shared<I>,
    stream: Stream,
    (peer, budget): (Peer, SourceBudget),
) -> String {
    let (from_phone, to_phone) = tokio::io::split(stream);
    let (replies, outbox) = mpsc::channel(limits::OUTBOX_MAX);
    let own_uid = Arc::new(OnceLock::new());
    let session = Session::new(Arc::clone(&shared.phones), shared.intake.now());
    let session = match session.vouched_for_by(peer.identity()) {
        Ok(session) => session,
        Err(fault) => {
            shared.counters.fault(shared.intake.now(), &format!("{}: {fault}", peer.address));
            return fault;
        }
    };
    if let Some(uid) = session.shown_as() {
        own_uid.get_or_init(|| uid.to_owned());
    }
    let elsewhere = session.vouched_unit().and_then(|unit| shared.elsewhere.get(unit));
    let board = elsewhere.map_or(&shared.board, |elsewhere| &elsewhere.shown);
    let to = peer
        .identity()
        .map_or(Receiver::OwnMachine, |phone| Receiver::Phone { name: phone.name().to_owned() });
    let agency = elsewhere.map(|elsewhere| elsewhere.agency.clone());
    let giving = Giving::to(&shared.disclosures, to, agency);
    let ticket = shared.correspondents.enter();
    let mut reader = Reader {
        shared,
        peer,
        session,
        budget,
        deadline: Deadline::default(),
        read_from: None,
        replies,
        ticket,
        own_uid: Arc::clone(&own_uid),
    };
    let mut writer = Writer { shared, board, giving, stream: to_phone, protobuf: false, own_uid };
    let end = tokio::select! {
        End(reason) = reader.run(from_phone) => reason,
        End(reason) = writer.run(outbox) => reason,
    };
    shared.correspondents.leave(ticket);
    if end == TOOK_NOTHING {
        reader.cut_off(&end);
    }
    end
}

const TOOK_NOTHING: &str = "the phone took nothing in time";

/// Why a conversation ends.
struct End(String);

struct Reader<'a, I> {
    shared: &'a Shared<I>,
    peer: Peer,
    session: Session,
    /// Of all connections of its source.
    budget: SourceBudget,
    deadline: Deadline,
    /// When to read on, while the phone has sent too fast.
    read_from: Option<Instant>,
    replies: mpsc::Sender<Reply>,
    ticket: Ticket,
    own_uid: Arc<OnceLock<String>>,
}

impl<I: Intake> Reader<'_, I> {
    async fn run(&mut self, mut stream: ReadHalf<Stream>) -> End {
        let mut buffer = vec![0; limits::READ_BYTES];
        let mut ticks = interval(limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let read_from = self.read_from;
            let done = tokio::select! {
                biased;
                () = sleep_until(read_from.unwrap_or_else(Instant::now)), if read_from.is_some() => {
                    self.deadline.paused(Instant::now());
                    self.read_from = None;
                    Ok(())
                }
                read = stream.read(&mut buffer), if read_from.is_none() => {
                    self.take_read(read, &buffer).await
                }
                _ = ticks.tick() => self.look_at_clock(),
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn take_read(&mut self, read: std::io::Result<usize>, buffer: &[u8]) -> Result<(), End> {
        let length = match read {
            Ok(0) => return Err(End("the phone closed the connection".to_owned())),
            Ok(length) => length,
            Err(fault) => return Err(End(format!("reading failed: {fault}"))),
        };
        let before = self.session.counts();
        let now = self.shared.intake.now();
        let step = self.session.receive(buffer.get(..length).unwrap_or_default(), now);
        let after = self.session.counts();
        self.shared.counters.add(before, after, length);
        if let Some(refused) = self.session.take_refused() {
            self.shared.counters.fault(now, &format!("{}: {refused}", self.who()));
        }
        if let Some(uid) = self.session.own_uid() {
            self.own_uid.get_or_init(|| uid.to_owned());
        }
        for uid in self.session.take_spoke_first() {
            self.shared.correspondents.spoke(&uid, self.ticket, &self.replies);
        }
        self.perform(step).await?;
        let messages = after.messages() - before.messages();
        let read_at = Instant::now();
        self.deadline.read(messages, self.session.pending(), read_at);
        if let Some(pause) = self.budget.spend(messages, length, read_at) {
            self.read_from = Some(read_at + pause);
            self.shared.counters.throttle(now, &self.who(), pause);
        }
        Ok(())
    }

    async fn perform(&self, step: Step) -> Result<(), End> {
        let Step { inputs, replies } = step;
        store(&self.shared.intake, inputs).await.map_err(|fault| End(fault.to_string()))?;
        for reply in replies {
            // The writer outlives the reader, but for the moment in which both end.
            drop(self.replies.send(reply).await);
        }
        Ok(())
    }

    fn look_at_clock(&self) -> Result<(), End> {
        let late = self.deadline.passed(Instant::now()).filter(|_| self.read_from.is_none());
        late.map_or(Ok(()), |reason| {
            self.cut_off(&reason);
            Err(End(reason))
        })
    }

    /// The phone as people know it.
    fn who(&self) -> String {
        let uid = self.session.own_uid();
        let from = self.peer.address;
        uid.map_or_else(|| from.to_string(), |uid| format!("{uid} ({from})"))
    }

    fn cut_off(&self, reason: &str) {
        self.shared.counters.cut_off_one();
        self.shared.counters.fault(self.shared.intake.now(), &format!("{}: {reason}", self.who()));
    }
}

struct Writer<'a, I> {
    shared: &'a Shared<I>,
    board: &'a Board,
    giving: Giving,
    stream: WriteHalf<Stream>,
    /// Agreed upon; until then XML.
    protobuf: bool,
    own_uid: Arc<OnceLock<String>>,
}

impl<I: Intake> Writer<'_, I> {
    async fn run(&mut self, mut outbox: mpsc::Receiver<Reply>) -> End {
        let hello = encode(&offer(&self.shared.station, self.shared.intake.now()));
        if let Err(end) = self.send(&[hello]).await {
            return end;
        }
        let mut changes = self.board.changes();
        let mut place = Place::default();
        loop {
            changes.borrow_and_update();
            // Alarms and answers go between two writes of the rest, so neither waits for a long picture.
            let (things, reached) = self.board.next(place);
            let sent = match outbox.try_recv() {
                Ok(reply) => self.answer(reply).await,
                Err(_none) if !things.is_empty() => {
                    place = reached;
                    self.show(&things).await
                }
                Err(_none) => tokio::select! {
                    Some(reply) = outbox.recv() => self.answer(reply).await,
                    changed = changes.changed() => {
                        changed.map_err(|_gone| End("the station is stopping".to_owned()))
                    }
                },
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    async fn show(&mut self, things: &[Arc<Encoded>]) -> Result<(), End> {
        let sent = self.send(things).await?;
        self.giving.gave(sent, self.shared.intake.now());
        Ok(())
    }

    async fn answer(&mut self, reply: Reply) -> Result<(), End> {
        self.show(&[encode(&reply.event)]).await?;
        self.protobuf |= reply.then_protobuf;
        Ok(())
    }

    /// How many of them were sent.
    async fn send(&mut self, things: &[Arc<Encoded>]) -> Result<usize, End> {
        let own = self.own_uid.get();
        // A phone knows best where it is itself, and what it told.
        let is_own = |thing: &Encoded| {
            own.is_some_and(|own| thing.uid == *own || thing.of.as_ref() == Some(own))
        };
        let others: Vec<&Arc<Encoded>> = things.iter().filter(|thing| !is_own(thing)).collect();
        let bytes: Vec<u8> = others
            .iter()
            .flat_map(|thing| if self.protobuf { &thing.protobuf } else { &thing.xml })
            .copied()
            .collect();
        let written = async {
            self.stream.write_all(&bytes).await?;
            // What TLS holds back would reach the phone with the next event only.
            self.stream.flush().await
        };
        match timeout(limits::WRITE_WITHIN, written).await {
            Ok(Ok(())) => {
                self.shared.counters.send(others.len() as u64);
                Ok(others.len())
            }
            Ok(Err(fault)) => Err(End(format!("writing failed: {fault}"))),
            Err(_late) => Err(End(TOOK_NOTHING.to_owned())),
        }
    }
}
