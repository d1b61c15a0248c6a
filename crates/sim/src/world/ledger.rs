//! The ledger of truth: who crossed when, and which reports were about whom.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Node, World};
use crate::eye::seconds;
use crate::ground::Ground;
use crate::mover::{Mover, Passage};
use crate::summary::{Crossing, MoverTally, Seen, SensorTally, Summary};

/// Reports are counted towards a crossing until so long after it.
const AFTERWARDS_S: f64 = 1_800.0;

/// Truth and reports, by mover and by node.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    passages: Vec<Vec<Passage>>,
    /// True reports of each mover in order: (time, who).
    reports: Vec<Vec<(i64, Node)>>,
    /// (detections, false alarms) of each node.
    tally: BTreeMap<Node, (u64, u64)>,
}

impl Ledger {
    pub(super) fn new(movers: &[Mover], ground: &Ground) -> Self {
        Self {
            passages: movers.iter().map(|mover| mover.passages(ground)).collect(),
            reports: vec![Vec::new(); movers.len()],
            tally: BTreeMap::new(),
        }
    }

    pub(super) fn note(&mut self, node: Node, at_ms: i64, truth: Option<usize>) {
        let (detections, false_alarms) = self.tally.entry(node).or_default();
        *detections += 1;
        *false_alarms += u64::from(truth.is_none());
        if let Some(reports) = truth.and_then(|mover| self.reports.get_mut(mover)) {
            reports.push((at_ms, node));
        }
    }
}

impl World {
    /// The truth up to now: every crossing, and whether any sensor or unit reported it.
    ///
    /// A crossing counts as detected only by reports that were truly about its mover, by the time
    /// at which they were sent.
    pub fn finish(&self) -> Summary {
        let mut crossings: Vec<Crossing> =
            (0..self.movers.len()).flat_map(|mover| self.crossings_of(mover)).collect();
        crossings.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.mover.cmp(&b.mover)));
        Summary {
            scenario: self.scenario.name.clone(),
            seed: self.seed,
            from: self.scenario.start,
            until: self.moment(self.now_ms),
            counts: self.counts,
            crossings,
            sensors: self.sensor_tallies(),
            movers: (0..self.movers.len()).map(|mover| self.mover_tally(mover)).collect(),
        }
    }

    fn crossings_of(&self, index: usize) -> Vec<Crossing> {
        let (mover, passages) = (&self.movers[index], &self.ledger.passages[index]);
        let mut since_s = mover.departs_s();
        let mut crossings = Vec::new();
        for (i, passage) in passages.iter().enumerate() {
            if passage.at_s > seconds(self.now_ms) {
                break;
            }
            let next_s = passages.get(i + 1).map_or(f64::INFINITY, |next| next.at_s);
            let until_s = next_s.min(passage.at_s + AFTERWARDS_S);
            crossings.push(self.crossing(index, passage, since_s, until_s));
            since_s = passage.at_s;
        }
        crossings
    }

    fn crossing(&self, index: usize, passage: &Passage, since_s: f64, until_s: f64) -> Crossing {
        let mover = &self.movers[index];
        let window = self.ledger.reports[index]
            .iter()
            .filter(|(at_ms, _)| (since_s..until_s).contains(&seconds(*at_ms)));
        let reports: Vec<(i64, Node)> = window.copied().collect();
        let first = reports.first().copied();
        let before = reports.iter().filter(|(at_ms, _)| seconds(*at_ms) <= passage.at_s).count();
        let counted = if before > 0 { &reports[..before] } else { &reports[..] };
        let mut nodes: Vec<Node> = counted.iter().map(|(_, node)| *node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let lead_s = first.map(|(at_ms, _)| passage.at_s - seconds(at_ms));
        Crossing {
            mover: mover.name.clone(),
            kind: mover.kind,
            planned_as: mover.kind.planned_as(),
            bodies: mover.bodies.len(),
            at: self.moment(super::milliseconds(passage.at_s)),
            departed_at: self.moment(super::milliseconds(since_s)),
            point: passage.hit.point,
            chainage_m: passage.hit.chainage_m,
            stretch: self.ground.sector().stretch_at(passage.hit.chainage_m),
            inward: passage.hit.inward,
            seen: Seen::with_lead(lead_s),
            first_report_at: first.map(|(at_ms, _)| self.moment(at_ms)),
            lead_s,
            reports_before: before as u64,
            sensors: nodes.iter().filter_map(|node| self.sensor_of(*node)).collect(),
            units: nodes.iter().filter_map(|node| self.unit_of(*node)).collect(),
        }
    }

    fn sensor_of(&self, node: Node) -> Option<sight::sector::SensorId> {
        if let Node::Eye(index) = node { Some(self.eyes[index].sensor.id.clone()) } else { None }
    }

    fn unit_of(&self, node: Node) -> Option<sight::sector::UnitId> {
        if let Node::Crew(index) = node { Some(self.crews[index].unit.id.clone()) } else { None }
    }

    fn sensor_tallies(&self) -> Vec<SensorTally> {
        let tally = |(i, eye): (usize, &crate::eye::Eye)| {
            let counted = self.ledger.tally.get(&Node::Eye(i)).copied();
            let (detections, false_alarms) = counted.unwrap_or_default();
            SensorTally {
                sensor: eye.sensor.id.clone(),
                looks: eye.looks,
                hits: eye.hits,
                detections,
                false_alarms,
            }
        };
        self.eyes.iter().enumerate().map(tally).collect()
    }

    fn mover_tally(&self, index: usize) -> MoverTally {
        let reports = &self.ledger.reports[index];
        let crossed = |passage: &&Passage| passage.at_s <= seconds(self.now_ms);
        let first_report_at: Option<Timestamp> =
            reports.first().map(|(at_ms, _)| self.moment(*at_ms));
        MoverTally {
            mover: self.movers[index].name.clone(),
            kind: self.movers[index].kind,
            reports: reports.len() as u64,
            first_report_at,
            crossings: self.ledger.passages[index].iter().filter(crossed).count(),
        }
    }
}
