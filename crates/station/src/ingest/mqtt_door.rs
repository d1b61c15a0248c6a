//! The station as a client of a broker: subscribed topics, and an acknowledgement once a message is durable.
//!
//! The session outlives the connection, so what is sent at quality of service 1 while the station is
//! away waits at the broker, and what it has not acknowledged comes again. Of what comes, no more is
//! held than one read; the rest waits at the broker too.

mod broker;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use sight::coverage::Model;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use wire::mqtt::{self, Decoder, MqttError, Packet, Publish, Version};

use self::broker::{Broker, Line};
pub use self::broker::{BrokerAt, BrokerConfig, BrokerError, BrokerTls};
use super::door::{Budget, Deadline, DoorBoard, DoorLimits};
use super::gate::{Gate, Taken};
use super::mqtt::{DOOR, Message, Topics, shown};
use super::repeats::Key;
use super::snapshots::{Snapshot, Snapshots};
use super::stations::Stations;
use super::store::store;
use super::{Intake, limits};

const PROTOCOL: &str = "MQTT 5 (and 3.1.1)";
/// The number of the one packet of subscriptions.
const SUBSCRIBED: u16 = 1;

/// The door to a broker.
#[derive(Debug)]
pub struct MqttDoor<I> {
    board: DoorBoard,
    broker: Broker,
    topics: Topics,
    gate: Gate,
    budget: Budget,
    snapshots: Snapshots,
    /// The broker has let the station in since it started.
    was_in: bool,
    /// In which version the broker is greeted next.
    version: Version,
    intake: I,
}

/// A connection in progress.
struct Talk {
    line: Line,
    decoder: Decoder,
    deadline: Deadline,
    /// What was made of the greeting.
    greeted: Greeted,
    /// What the broker speaks, once it has let the station in.
    version: Version,
    /// How long both may be silent.
    keep_alive: Duration,
    /// When the broker said something last, and the station did.
    heard_at: Instant,
    spoke_at: Instant,
    is_in: bool,
    /// Nothing is read before.
    read_from: Option<Instant>,
}

/// What a broker made of the version in which it was greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greeted {
    /// It said nothing: some that do not know a version hang up.
    NotYet,
    /// It does not speak it.
    Unknown,
    Understood,
}

impl<I: Intake> MqttDoor<I> {
    /// Makes the door ready; it connects when it is served.
    pub fn new(
        config: &BrokerConfig,
        topics: Topics,
        (model, stations, snapshots): (Arc<Model>, Arc<Stations>, Snapshots),
        intake: I,
    ) -> Result<Self, BrokerError> {
        let broker = Broker::new(config)?;
        let doors = DoorLimits { connections_max: 1, messages_per_s: config.messages_per_s };
        let board = DoorBoard::new((DOOR, PROTOCOL), broker.to_string(), doors);
        let gate = Gate::new(DOOR, model, stations, intake.now());
        let budget = Budget::new(config.messages_per_s, Instant::now());
        Ok(Self {
            board,
            broker,
            topics,
            gate,
            budget,
            snapshots,
            was_in: false,
            version: Version::V5,
            intake,
        })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Talks to the broker, and comes back to it after each end, until the future is dropped.
    pub async fn serve(mut self) {
        let [first, longest] = limits::BROKER_RETRY;
        let mut wait = first;
        loop {
            let began = Instant::now();
            let greeted_in = self.version;
            let (reason, greeted) = match self.broker.connect().await {
                Ok(line) => self.converse(line).await,
                Err(reason) => (reason, Greeted::Understood),
            };
            self.version = next_version(greeted_in, greeted);
            if (greeted_in, greeted) == (Version::V5, Greeted::Unknown) {
                tracing::info!("mqtt: the broker does not speak version 5: on with 3.1.1");
                continue;
            }
            self.board.counters.set_trouble(Some(format!("no broker: {reason}")));
            tracing::warn!("mqtt: {reason}; next try in {wait:?}");
            if began.elapsed() > longest {
                wait = first;
            }
            sleep(wait).await;
            wait = (wait * 2).min(longest);
        }
    }

    /// One connection, from its greeting to its end.
    async fn converse(&mut self, line: Line) -> (String, Greeted) {
        let now = Instant::now();
        let mut talk = Talk {
            line,
            decoder: Decoder::speaking(self.version),
            greeted: Greeted::NotYet,
            version: self.version,
            keep_alive: limits::BROKER_KEEP_ALIVE,
            deadline: Deadline::default(),
            heard_at: now,
            spoke_at: now,
            is_in: false,
            read_from: None,
        };
        let end = match talk.write(&self.broker.hello(self.version)).await {
            Ok(()) => self.listen(&mut talk).await,
            Err(end) => end,
        };
        if talk.is_in {
            // It says that nothing more will be acknowledged; who is gone does not mind.
            drop(talk.write(&mqtt::disconnect()).await);
            self.board.counters.close(&end);
        }
        (end, talk.greeted)
    }

    async fn listen(&mut self, talk: &mut Talk) -> String {
        let mut buffer = vec![0; limits::READ_BYTES];
        let mut ticks = interval(limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let on = tokio::select! {
                () = sleep_until(talk.read_from.unwrap_or_else(Instant::now)), if talk.read_from.is_some() => {
                    talk.goes_on();
                    Ok(())
                }
                read = talk.line.read(&mut buffer), if talk.read_from.is_none() => match read {
                    Ok(0) => Err("the broker closed the connection".to_owned()),
                    Ok(length) => {
                        talk.decoder.push(buffer.get(..length).unwrap_or_default());
                        self.hear(talk, length).await
                    }
                    Err(fault) => Err(format!("reading from the broker failed: {fault}")),
                },
                _ = ticks.tick() => talk.look_at_the_clock().await,
            };
            if let Err(end) = on {
                return end;
            }
        }
    }

    /// Takes what is whole of what was read: greetings, and messages, which are stored and then acknowledged.
    async fn hear(&mut self, talk: &mut Talk, bytes: usize) -> Result<(), String> {
        let (mut packets, mut batch) = (0, Vec::new());
        while let Some(packet) = talk.next_packet()? {
            packets += 1;
            match packet {
                Packet::Connected { session_present, version, keep_alive_s } if !talk.is_in => {
                    talk.agree(version, keep_alive_s);
                    if self.was_in && !session_present {
                        let what = "the broker forgot the station: what was sent while it was away is lost";
                        self.board.counters.fault(self.intake.now(), what);
                    }
                    self.let_in(talk).await?;
                }
                Packet::Published(publish) if talk.is_in => batch.push(publish),
                Packet::Subscribed { id: SUBSCRIBED, granted } if talk.is_in => {
                    self.subscribed(&granted);
                }
                Packet::Pong if talk.is_in => {}
                Packet::Connected { .. }
                | Packet::Published(_)
                | Packet::Subscribed { .. }
                | Packet::Pong => {
                    return Err("the broker says what it may not say yet, or twice".to_owned());
                }
            }
        }
        talk.heard(packets);
        let acknowledgements: Vec<u8> =
            batch.iter().filter_map(|publish| publish.id).flat_map(mqtt::acknowledge).collect();
        let count = batch.len() as u64;
        self.take(batch, bytes).await?;
        talk.write(&acknowledgements).await?;
        let now = Instant::now();
        talk.read_from = self.budget.spend(count, bytes, now).map(|pause| {
            let who = format!("the broker at {}", self.broker);
            self.board.counters.throttle(self.intake.now(), &who, pause);
            now + pause.min(LONGEST_PAUSE)
        });
        Ok(())
    }

    async fn let_in(&mut self, talk: &mut Talk) -> Result<(), String> {
        let counters = &self.board.counters;
        talk.is_in = true;
        counters.open();
        counters.set_trouble(None);
        self.was_in = true;
        talk.write(&mqtt::subscribe(talk.version, SUBSCRIBED, self.topics.filters())).await
    }

    /// A topic that the broker does not grant will never say anything: that stays a trouble.
    fn subscribed(&self, granted: &[bool]) {
        let refused: Vec<&str> = self
            .topics
            .filters()
            .zip(granted)
            .filter_map(|(filter, granted)| (!granted).then_some(filter))
            .collect();
        if !refused.is_empty() {
            let what = format!("the broker refuses topics: {}", refused.join(", "));
            self.board.counters.set_trouble(Some(what));
        }
    }

    /// Stores what a few messages say; what was not stored counts as never having come.
    async fn take(&mut self, batch: Vec<Publish>, bytes: usize) -> Result<(), String> {
        let before = self.gate.counts();
        let mut taken = Taken::default();
        let snapshots = batch.iter().filter_map(|one| self.understand(one, &mut taken)).collect();
        self.board.counters.add(before, self.gate.counts(), bytes);
        let inputs = std::mem::take(&mut taken.inputs);
        let stored = store(&self.intake, inputs.clone()).await;
        if let Err(fault) = stored {
            taken.inputs = inputs;
            self.gate.undo(&taken);
            self.board.counters.fault(self.intake.now(), &fault.to_string());
            return Err(fault.to_string());
        }
        self.snapshots.keep(snapshots);
        Ok(())
    }

    /// Takes what a message says; the picture of what was seen, if a recorder took one.
    fn understand(&mut self, publish: &Publish, taken: &mut Taken) -> Option<Snapshot> {
        let now = self.intake.now();
        let Message { words, refusals, untold, snapshot, is_timed } =
            self.topics.read(publish, now);
        // What a broker kept says nothing of now, unless it says itself of when it is.
        if publish.retained && !is_timed && refusals.is_empty() {
            self.gate.pass_over(1);
            return None;
        }
        // Two alike may both be true, unless the broker says that it sent one before.
        let came_before = !is_timed
            && self
                .gate
                .came_before(Key::of((&publish.topic, publish.id, &publish.payload)), taken);
        if publish.duplicate && came_before {
            self.gate.pass_over(1);
            return None;
        }
        self.gate.refuse_untold(untold);
        let mut fault = None;
        for refusal in refusals {
            self.gate.refuse(&refusal, None, now, taken);
            fault = Some(refusal);
        }
        for word in words {
            if let Err(refusal) = self.gate.take(word, now, taken) {
                fault = Some(refusal);
            }
        }
        if let Some(refusal) = fault {
            let topic = shown(&publish.topic);
            let what = format!("{topic}: {}: {}", refusal.field, refusal.reason);
            self.board.counters.fault(now, &what);
            return None;
        }
        snapshot
    }
}

/// No pause is so long that it is hard to tell from a station that hangs.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A broker that does not know a version, or says nothing to it, is greeted in the other.
fn next_version(tried: Version, greeted: Greeted) -> Version {
    match (greeted, tried) {
        (Greeted::Understood, tried) => tried,
        (Greeted::NotYet | Greeted::Unknown, Version::V5) => Version::V3,
        (Greeted::NotYet | Greeted::Unknown, Version::V3) => Version::V5,
    }
}

impl Talk {
    /// The next packet that is whole.
    fn next_packet(&mut self) -> Result<Option<Packet>, String> {
        let packet = self.decoder.next_packet();
        match &packet {
            Ok(None) => {}
            Err(MqttError::Version) => self.greeted = Greeted::Unknown,
            Ok(Some(_)) | Err(_) => self.greeted = Greeted::Understood,
        }
        packet.map_err(|fault| fault.to_string())
    }

    /// Goes on as the broker wants it.
    fn agree(&mut self, version: Version, keep_alive_s: Option<u16>) {
        self.version = version;
        let wanted = keep_alive_s.filter(|seconds| *seconds > 0).map(u64::from);
        let wanted = wanted.map_or(limits::BROKER_KEEP_ALIVE, Duration::from_secs);
        self.keep_alive = wanted.min(limits::BROKER_KEEP_ALIVE);
        tracing::info!(?version, "mqtt: the broker lets the station in");
    }

    fn heard(&mut self, packets: u64) {
        let now = Instant::now();
        self.heard_at = now;
        self.deadline.read(packets, self.decoder.pending(), now);
    }

    /// Time in which the station did not read says nothing of the broker.
    fn goes_on(&mut self) {
        let now = Instant::now();
        (self.read_from, self.heard_at) = (None, now);
        self.deadline.paused(now);
    }

    /// Ends a talk that is none, and keeps one alive that has nothing to say.
    async fn look_at_the_clock(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let silent = now.saturating_duration_since(self.heard_at);
        let keep_alive = self.keep_alive;
        if !self.is_in && silent > limits::BROKER_GREETS_WITHIN {
            let seconds = limits::BROKER_GREETS_WITHIN.as_secs();
            return Err(format!("the broker did not greet within {seconds} s"));
        }
        if self.read_from.is_none() {
            if let Some(late) = self.deadline.passed(now) {
                return Err(late);
            }
            if silent > keep_alive + keep_alive / 2 {
                return Err(format!("the broker said nothing for {} s", silent.as_secs()));
            }
        }
        if self.is_in && now.saturating_duration_since(self.spoke_at) > keep_alive / 2 {
            self.write(&mqtt::ping()).await?;
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.spoke_at = Instant::now();
        let line = &mut self.line;
        let told = async {
            line.write_all(bytes).await?;
            line.flush().await
        };
        match timeout(limits::WRITE_WITHIN, told).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(format!("writing to the broker failed: {fault}")),
            Err(_late) => Err("the broker takes nothing".to_owned()),
        }
    }
}
