//! The night as it runs: an ordered queue of what happens next, and who says what about it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::sector::{Sector, SensorKind};
use sight::terrain::Grid;
use wire::sapient::SapientMessage;

use crate::chance::{Chance, Purpose};
use crate::eye::{self, Eye, Scene, Sighting};
use crate::ground::Ground;
use crate::mast::{self, Mast};
use crate::mover::{self, Mover};
use crate::physics::Night;
use crate::scenario::{Failure, Fault, Scenario};
use crate::summary::Counts;
use crate::unit::Crew;
use crate::voice::{self, Ids};
use crate::weather::Weather;

mod ledger;
mod speech;
mod tasks;

/// Heartbeat of sensors and units.
const HEARTBEAT_MS: i64 = 10_000;
/// Heartbeat of weather masts.
const MAST_HEARTBEAT_MS: i64 = 60_000;
/// Nothing looks before everyone has introduced themselves.
const FIRST_LOOK_MS: i64 = 3_000;
/// How often a crew looks round.
const CREW_LOOK_MS: i64 = 15_000;
/// A node that was silent for longer introduces itself again.
const REINTRODUCE_MS: i64 = 120_000;

/// A message on its way to the station.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// When it leaves the node; its own timestamp is when the thing was observed.
    pub at: Timestamp,
    pub node_id: String,
    pub message: SapientMessage,
}

/// A whole night: movers, weather, sensors, units. Pure: time comes in, messages go out.
#[derive(Debug, Clone)]
pub struct World {
    scenario: Scenario,
    seed: u64,
    ground: Ground,
    weather: Weather,
    night: Night,
    movers: Vec<Mover>,
    eyes: Vec<Eye>,
    crews: Vec<Crew>,
    masts: Vec<Mast>,
    ids: Ids,
    queue: BinaryHeap<Reverse<Due>>,
    /// Late words, waiting for their time.
    pending: BTreeMap<u64, Pending>,
    pending_count: u64,
    outages: Vec<Dark>,
    now_ms: i64,
    counts: Counts,
    ledger: ledger::Ledger,
}

/// A node: sensors first, then units, then masts, each in the order of the sector file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Eye(usize),
    Crew(usize),
    Mast(usize),
}

/// What happens next. The order of the fields is the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_ms: i64,
    event: Event,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Introduce(Node),
    Heartbeat(Node),
    Look(Node),
    Say(u64),
}

/// Something that will be said later.
#[derive(Debug, Clone)]
enum Pending {
    Report { node: Node, observed_ms: i64, sighting: Sighting },
    Answer { crew: usize, task: String, answer: tasks::Stage },
}

/// A sensor that is out of order for a while.
#[derive(Debug, Clone, Copy)]
struct Dark {
    eye: usize,
    from_ms: i64,
    until_ms: i64,
    how: Failure,
}

impl World {
    /// Lays out a night over the planner's sector and terrain. Everything random comes from the seed.
    pub fn new(scenario: &Scenario, model: Arc<Model>, seed: u64) -> Result<Self, Vec<Fault>> {
        Self::on(scenario, Ground::planned(model), seed)
    }

    /// The same where there is no planner.
    pub fn over(
        scenario: &Scenario,
        sector: Arc<Sector>,
        grid: Arc<Grid>,
        seed: u64,
    ) -> Result<Self, Vec<Fault>> {
        Self::on(scenario, Ground::new(sector, grid), seed)
    }

    fn on(scenario: &Scenario, ground: Ground, seed: u64) -> Result<Self, Vec<Fault>> {
        let weather = Weather::new(scenario, &ground)?;
        let outages = outages(scenario, ground.sector())?;
        let movers = mover::all(scenario, &ground, seed)?;
        let sector = ground.sector();
        let eyes = sector.sensors.iter().enumerate().map(|(i, sensor)| {
            let nuisance = eye::Nuisance::of(sensor, &scenario.nuisance);
            Eye::new(sensor.clone(), nuisance, Chance::new(seed, Purpose::Sensor(i)))
        });
        let crews = sector.units.iter().enumerate();
        let crews =
            crews.map(|(i, unit)| Crew::new(unit.clone(), Chance::new(seed, Purpose::Unit(i))));
        let (eyes, crews) = (eyes.collect(), crews.collect());
        let mut world = Self {
            scenario: scenario.clone(),
            seed,
            weather,
            night: Night::draw(&sector.settings, &mut Chance::new(seed, Purpose::Night)),
            ledger: ledger::Ledger::new(&movers, &ground),
            movers,
            eyes,
            crews,
            masts: mast::all(sector, seed),
            ids: Ids::new(Chance::new(seed, Purpose::Ids).bits()),
            queue: BinaryHeap::new(),
            pending: BTreeMap::new(),
            pending_count: 0,
            outages,
            now_ms: 0,
            counts: Counts::default(),
            ground,
        };
        world.fill_queue();
        Ok(world)
    }

    /// When the night begins.
    pub fn start(&self) -> Timestamp {
        self.scenario.start
    }

    /// When the scenario ends.
    pub fn end(&self) -> Timestamp {
        self.moment(milliseconds(self.scenario.duration_s))
    }

    /// Everything said up to a time, in the order in which it is said. Going back says nothing.
    ///
    /// In how many steps a time is reached makes no difference.
    pub fn advance(&mut self, to: Timestamp) -> Vec<Sent> {
        let to_ms = self.since_start_ms(to);
        let mut said = Vec::new();
        while let Some(Reverse(due)) = self.queue.peek().copied().filter(|due| due.0.at_ms <= to_ms)
        {
            self.queue.pop();
            self.now_ms = due.at_ms;
            self.happen(due, &mut said);
        }
        self.now_ms = self.now_ms.max(to_ms);
        self.counts.messages += said.len() as u64;
        said
    }

    fn happen(&mut self, Due { at_ms, event }: Due, said: &mut Vec<Sent>) {
        match event {
            Event::Introduce(node) => said.push(self.introduce(node, at_ms)),
            Event::Heartbeat(node) => {
                said.extend(self.heartbeat(node, at_ms));
                let interval_ms =
                    if matches!(node, Node::Mast(_)) { MAST_HEARTBEAT_MS } else { HEARTBEAT_MS };
                self.schedule(at_ms + interval_ms, Event::Heartbeat(node));
            }
            Event::Look(node) => {
                self.look(node, at_ms, said);
                let interval_ms = self.look_interval_ms(node);
                self.schedule(at_ms + interval_ms, Event::Look(node));
            }
            Event::Say(number) => {
                if let Some(pending) = self.pending.remove(&number) {
                    said.extend(self.say(pending, at_ms));
                }
            }
        }
    }

    fn look(&mut self, node: Node, at_ms: i64, said: &mut Vec<Sent>) {
        let scene = Scene {
            ground: &self.ground,
            weather: &self.weather,
            night: &self.night,
            movers: &self.movers,
        };
        match node {
            Node::Eye(index) => {
                if self.dark(index, at_ms).is_some() {
                    return;
                }
                let eye = &mut self.eyes[index];
                let sightings = eye.look(&scene, at_ms);
                let by_radio =
                    matches!(eye.sensor.kind, SensorKind::Observer(_) | SensorKind::Checkpoint(_));
                for sighting in sightings {
                    if by_radio {
                        let late_s = self.eyes[index].chance.between(20.0, 90.0);
                        self.report_later(node, at_ms, late_s, sighting);
                    } else {
                        said.push(self.report(node, at_ms, at_ms, &sighting));
                    }
                }
            }
            Node::Crew(index) => {
                for (sighting, late_s) in self.crews[index].look(&scene, at_ms) {
                    self.report_later(node, at_ms, late_s, sighting);
                }
            }
            Node::Mast(_) => {}
        }
    }

    fn report_later(&mut self, node: Node, observed_ms: i64, late_s: f64, sighting: Sighting) {
        let pending = Pending::Report { node, observed_ms, sighting };
        self.say_later(observed_ms + milliseconds(late_s), pending);
    }

    fn say_later(&mut self, at_ms: i64, pending: Pending) {
        self.pending_count += 1;
        self.pending.insert(self.pending_count, pending);
        self.schedule(at_ms, Event::Say(self.pending_count));
    }

    fn schedule(&mut self, at_ms: i64, event: Event) {
        self.queue.push(Reverse(Due { at_ms, event }));
    }

    /// The failure that holds a sensor now.
    fn dark(&self, eye: usize, at_ms: i64) -> Option<Failure> {
        let holds =
            |dark: &&Dark| dark.eye == eye && (dark.from_ms..dark.until_ms).contains(&at_ms);
        self.outages.iter().find(holds).map(|dark| dark.how)
    }

    fn look_interval_ms(&self, node: Node) -> i64 {
        match node {
            Node::Eye(index) => self.eyes[index].interval_ms(),
            Node::Crew(_) | Node::Mast(_) => CREW_LOOK_MS,
        }
    }

    fn fill_queue(&mut self) {
        let eyes = (0..self.eyes.len()).map(Node::Eye);
        let crews = (0..self.crews.len()).map(Node::Crew);
        let masts = (0..self.masts.len()).map(Node::Mast);
        let nodes: Vec<Node> = eyes.chain(crews).chain(masts).collect();
        let count = i64::try_from(nodes.len().max(1)).unwrap_or(i64::MAX);
        for (i, node) in (0_i64..).zip(nodes) {
            self.schedule(0, Event::Introduce(node));
            // The first round is quick so that the picture fills; later ones are spread out.
            let turn_ms = i * 2_000 / count;
            self.schedule(500 + turn_ms, Event::Heartbeat(node));
            if !matches!(node, Node::Mast(_)) {
                let interval_ms = self.look_interval_ms(node);
                self.schedule(FIRST_LOOK_MS + i * 37 % interval_ms, Event::Look(node));
            }
        }
        for dark in self.outages.clone() {
            let silent_ms = dark.until_ms - dark.from_ms;
            if dark.how == Failure::Silent && silent_ms > REINTRODUCE_MS {
                self.schedule(dark.until_ms, Event::Introduce(Node::Eye(dark.eye)));
            }
        }
    }

    fn moment(&self, at_ms: i64) -> Timestamp {
        // A night of at most a day from a valid start cannot leave the calendar but at its very end.
        self.scenario
            .start
            .checked_add(SignedDuration::from_millis(at_ms))
            .unwrap_or(Timestamp::MAX)
    }

    fn since_start_ms(&self, at: Timestamp) -> i64 {
        let since = at.duration_since(self.scenario.start).as_millis();
        i64::try_from(since).unwrap_or(i64::MAX)
    }

    fn node_id(&self, node: Node) -> &str {
        match node {
            Node::Eye(index) => &self.eyes[index].sensor.node_id,
            Node::Crew(index) => &self.crews[index].unit.node_id,
            Node::Mast(index) => &self.masts[index].node_id,
        }
    }

    fn sent(
        &self,
        node: Node,
        at_ms: i64,
        observed_ms: i64,
        content: wire::sapient::Content,
    ) -> Sent {
        let node_id = self.node_id(node).to_owned();
        let message = voice::envelope(&node_id, self.moment(observed_ms), content);
        Sent { at: self.moment(at_ms), node_id, message }
    }
}

fn outages(scenario: &Scenario, sector: &Sector) -> Result<Vec<Dark>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut outages = Vec::new();
    for (i, outage) in scenario.outages.iter().enumerate() {
        match sector.sensors.iter().position(|sensor| sensor.id == outage.sensor) {
            Some(eye) => outages.push(Dark {
                eye,
                from_ms: milliseconds(outage.from_s),
                until_ms: milliseconds(outage.until_s),
                how: outage.how,
            }),
            None => faults.push(Fault::new(
                format!("outage[{i}].sensor"),
                &outage.sensor.0,
                "no such sensor in the sector",
            )),
        }
    }
    if faults.is_empty() { Ok(outages) } else { Err(faults) }
}

#[expect(clippy::cast_possible_truncation, reason = "a night is far below 2^53 ms")]
fn milliseconds(s: f64) -> i64 {
    (1_000.0 * s).round() as i64
}

#[cfg(test)]
mod tests;
