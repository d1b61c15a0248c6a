//! A simulated night played through the real way of the data: SAPIENT bytes, sessions, the core - without sockets or waiting.

pub mod account;
mod officer;
pub mod player;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sim::{Scenario, Sent, World};
use watch::Core;
use watch::heavy::Computer;
use watch::journal::{Entry, Input, Output};
use wire::sapient::{SapientMessage, encode_frame};

use self::account::Account;
use self::officer::ScriptedOfficer;
use crate::ingest::sapient::{Directory, Session};

/// Who sits at the desk of an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desk {
    Empty,
    /// A script that acknowledges each person-alert and sends the unit that would be there first.
    Scripted,
}

/// A night in the making.
pub struct Exercise {
    world: World,
    core: Core,
    computer: Computer,
    directory: Arc<Directory>,
    sessions: BTreeMap<String, Session>,
    officer: Option<ScriptedOfficer>,
    account: Account,
    entries: u64,
}

/// Why an exercise cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ExerciseError {
    #[error("scenario {scenario} does not fit the sector: {}", faults.join("; "))]
    Scenario { scenario: String, faults: Vec<String> },
}

impl Exercise {
    pub fn new(
        model: &Arc<Model>,
        scenario: &Scenario,
        seed: u64,
        desk: Desk,
    ) -> Result<Self, ExerciseError> {
        let world = lay_out(model, scenario, seed)?;
        let directory = Arc::new(Directory::of_sector(model.sector()));
        Ok(Self {
            core: Core::new(Arc::clone(model)),
            computer: Computer::new(Arc::clone(model)),
            directory,
            sessions: BTreeMap::new(),
            officer: (desk == Desk::Scripted).then(ScriptedOfficer::default),
            account: Account::default(),
            entries: 0,
            world,
        })
    }

    pub fn start(&self) -> Timestamp {
        self.world.start()
    }

    pub fn end(&self) -> Timestamp {
        self.world.end()
    }

    /// Plays one second: what the nodes say in it, then a tick, then the officer.
    pub fn play_second(&mut self, until: Timestamp) {
        for sent in self.world.advance(until) {
            self.deliver(&sent);
        }
        self.tick_sessions(until);
        let mut outputs = self.step(until, Input::Tick);
        if let Some(officer) = &mut self.officer {
            let commands = officer.decide(&self.core, until);
            for command in commands {
                outputs.extend(self.step(until, Input::Commanded(command)));
            }
        }
        self.account.note(&self.world.finish(), self.core.stretches());
    }

    /// Plays to the scenario's end and tells what happened.
    pub fn play(mut self, mut each_second: impl FnMut(Timestamp)) -> (Account, Core, sim::Summary) {
        let (mut now, end) = (self.start(), self.end());
        while now < end {
            now = now.checked_add(SignedDuration::from_secs(1)).unwrap_or(end);
            self.play_second(now);
            each_second(now);
        }
        let summary = self.world.finish();
        self.account.note(&summary, self.core.stretches());
        (self.account, self.core, summary)
    }

    /// Entries stepped so far.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    fn deliver(&mut self, sent: &Sent) {
        let Ok(frame) = encode_frame(&sent.message) else { return };
        let directory = &self.directory;
        let session = self
            .sessions
            .entry(sent.node_id.clone())
            .or_insert_with(|| Session::new(Arc::clone(directory), sent.at));
        let step = session.receive(&frame, sent.at);
        let closed = step.close.is_some();
        for input in step.inputs {
            self.step(sent.at, input);
        }
        for reply in &step.replies {
            self.world.receive(&sent.node_id, reply, sent.at);
        }
        if closed {
            self.sessions.remove(&sent.node_id);
        }
    }

    fn tick_sessions(&mut self, now: Timestamp) {
        let mut inputs = Vec::new();
        self.sessions.retain(|_, session| {
            let step = session.tick(now);
            inputs.extend(step.inputs);
            step.close.is_none()
        });
        for input in inputs {
            self.step(now, input);
        }
    }

    /// Steps the core, does at once the heavy work it asks for, and tells units their tasks.
    fn step(&mut self, at: Timestamp, input: Input) -> Vec<Output> {
        let mut waiting = VecDeque::from([(Entry::new(at, input), None)]);
        let mut all = Vec::new();
        while let Some((entry, heavy)) = waiting.pop_front() {
            self.entries += 1;
            let outputs = self.core.step(&entry, heavy);
            for output in &outputs {
                if let Output::Compute { id, request } = output {
                    let result = self.computer.compute(request);
                    let input = Input::Computed { request: *id, digest: result.digest() };
                    waiting.push_back((Entry::new(at, input), Some(result)));
                }
                if let Output::SendTask(task) = output {
                    self.send_task(task, at);
                }
            }
            all.extend(outputs);
        }
        all
    }

    fn send_task(&mut self, task: &watch::dispatch::Task, at: Timestamp) {
        if let Some((node_id, message)) = self.task_message(task, at) {
            self.world.receive(&node_id, &message, at);
        }
    }

    fn task_message(
        &self,
        task: &watch::dispatch::Task,
        at: Timestamp,
    ) -> Option<(String, SapientMessage)> {
        let node_id = self.directory.node_of_unit(&task.unit)?;
        let message = self.sessions.get(node_id)?.task(task, at)?;
        Some((node_id.to_owned(), message))
    }
}

/// A seeded world over a model's own sector and terrain.
pub fn lay_out(model: &Arc<Model>, scenario: &Scenario, seed: u64) -> Result<World, ExerciseError> {
    World::new(scenario, Arc::clone(model), seed).map_err(|faults| ExerciseError::Scenario {
        scenario: scenario.name.clone(),
        faults: faults.iter().map(ToString::to_string).collect(),
    })
}
