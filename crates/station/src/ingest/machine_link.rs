//! A connection that the station itself opens to a machine, and opens again whenever it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::datagram_door::{Reader, Step};
use super::door::{Budget, Counters, DoorBoard};
use super::store::store;
use super::{Intake, limits};

/// One machine to connect to.
#[derive(Debug)]
pub struct MachineLink<R, I> {
    address: SocketAddr,
    reader: R,
    intake: I,
    messages_per_s: f64,
    counters: Arc<Counters>,
}

impl<R: Reader, I: Intake> MachineLink<R, I> {
    /// Counts on a board that it may share with other links.
    pub fn new(address: SocketAddr, reader: R, intake: I, board: &DoorBoard) -> Self {
        let (messages_per_s, counters) = (board.limits.messages_per_s, Arc::clone(&board.counters));
        Self { address, reader, intake, messages_per_s, counters }
    }

    /// Connects and reads, again and again, until the future is dropped.
    pub async fn run(mut self) {
        loop {
            match timeout(limits::WRITE_WITHIN, TcpStream::connect(self.address)).await {
                Ok(Ok(stream)) => {
                    self.counters.open();
                    let end = self.converse(stream).await;
                    self.counters.close(&end);
                    self.fault(&end);
                }
                Ok(Err(fault)) => self.fault(&format!("cannot connect: {fault}")),
                Err(_late) => self.fault("cannot connect: no answer"),
            }
            self.wait().await;
        }
    }

    /// Time passes for the machine while nothing connects it.
    async fn wait(&mut self) {
        let again = Instant::now() + limits::RECONNECT_AFTER;
        let mut ticks = interval(limits::TICK);
        while Instant::now() < again {
            ticks.tick().await;
            let mut step = Step::default();
            self.reader.tick(self.intake.now(), &mut step);
            // Nobody is there to be answered.
            step.replies.clear();
            drop(self.finish(step, None).await);
        }
    }

    /// Reads to the end of a connection; says why it ended.
    async fn converse(&mut self, mut stream: TcpStream) -> String {
        let mut budget = Budget::new(self.messages_per_s, Instant::now());
        let mut buffer = vec![0; limits::READ_BYTES];
        let mut read_from: Option<Instant> = None;
        let mut ticks = interval(limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut step = Step::default();
            tokio::select! {
                () = sleep_until(read_from.unwrap_or_else(Instant::now)), if read_from.is_some() => {
                    read_from = None;
                }
                read = stream.read(&mut buffer), if read_from.is_none() => match read {
                    Ok(0) => return "the machine closed the connection".to_owned(),
                    Ok(length) => {
                        let pause = self.take(buffer.get(..length).unwrap_or_default(), &mut budget, &mut step);
                        read_from = pause.map(|pause| Instant::now() + pause);
                    }
                    Err(fault) => return format!("reading failed: {fault}"),
                },
                _ = ticks.tick() => self.reader.tick(self.intake.now(), &mut step),
            }
            if let Err(end) = self.finish(step, Some(&mut stream)).await {
                return end;
            }
        }
    }

    /// Takes bytes; says how long not to read on when they were too many.
    fn take(&mut self, bytes: &[u8], budget: &mut Budget, step: &mut Step) -> Option<Duration> {
        let (now, before) = (self.intake.now(), self.reader.counts());
        self.reader.take(bytes, self.address, now, step);
        let after = self.reader.counts();
        self.counters.add(before, after, bytes.len());
        if let Some(refused) = self.reader.take_refused() {
            self.fault(&refused);
        }
        let messages = after.messages() - before.messages();
        let pause = budget.spend(messages, bytes.len(), Instant::now());
        if let Some(pause) = pause {
            self.counters.throttle(now, &self.address.to_string(), pause);
        }
        pause
    }

    /// Makes inputs durable, then answers.
    async fn finish(&mut self, step: Step, stream: Option<&mut TcpStream>) -> Result<(), String> {
        if let Err(fault) = store(&self.intake, step.inputs).await {
            self.fault(&fault.to_string());
        }
        let Some(stream) = stream else { return Ok(()) };
        for (_, bytes) in step.replies {
            match timeout(limits::WRITE_WITHIN, stream.write_all(&bytes)).await {
                Ok(Ok(())) => self.counters.send(1),
                Ok(Err(fault)) => return Err(format!("writing failed: {fault}")),
                Err(_late) => {
                    self.counters.cut_off_one();
                    let seconds = limits::WRITE_WITHIN.as_secs();
                    return Err(format!("the machine took nothing for {seconds} s"));
                }
            }
        }
        Ok(())
    }

    fn fault(&self, what: &str) {
        self.counters.fault(self.intake.now(), &format!("{}: {what}", self.address));
    }
}

#[cfg(test)]
mod tests;
