//! Tracks that come in other than by a scan, each at its place in time.

use std::collections::VecDeque;

use jiff::Timestamp;
use nalgebra::{Matrix4, Vector4};

use super::Filter;
use crate::tracking::bernoulli::{Belief, Bernoulli, Label};
use crate::tracking::config::TrackerConfig;
use crate::tracking::kinematics::Gaussian;
use crate::tracking::modes::{Interval, Intervals, Modes};
use crate::tracking::placement::{Placed, Placements};
use crate::tracking::scan::Scan;

impl Filter {
    /// Puts in what comes before a scan, or all that there is.
    pub(crate) fn place(
        &mut self,
        placements: &Placements,
        before: Option<&Scan>,
        config: &TrackerConfig,
    ) {
        while let Some(placement) = placements.due(self.placements, before) {
            self.placements += 1;
            match &placement.what {
                Placed::Copy { of, label } => {
                    if let Some(number) = self.numbered(*of) {
                        self.close_worlds_of(number, config);
                        let like = &self.bernoullis[number];
                        let state = (like.at, like.belief.clone());
                        let copy = Bernoulli::placed(*label, state, like.last_seen);
                        self.bernoullis.push(Bernoulli { owed: like.owed.clone(), ..copy });
                        self.put_in_order();
                    }
                }
                Placed::Handed { onto, label, at, belief } => {
                    let belief = self.carried(belief, *at, config);
                    let now = self.at.unwrap_or(*at);
                    if let Some(number) = onto.and_then(|onto| self.numbered(onto)) {
                        self.close_worlds_of(number, config);
                        let own = &mut self.bernoullis[number];
                        own.carry(&mut Intervals::to(now, config));
                        own.belief = own.belief.shared_with(&belief, config);
                        // What the joined error owes to whom, nobody can tell.
                        own.owed.clear();
                    } else {
                        self.bernoullis.push(Bernoulli::placed(*label, (now, belief), *at));
                        self.put_in_order();
                    }
                }
            }
        }
    }

    /// A belief of another time, in which nothing is said of ways of moving, carried to the filter's own.
    fn carried(&self, belief: &Belief, at: Timestamp, config: &TrackerConfig) -> Belief {
        let mut belief = belief.clone();
        let dt_s = self.at.map_or(0.0, |own| own.duration_since(at).as_secs_f64());
        if dt_s < 0.0 {
            // Back in time nothing becomes surer: the place moves, its uncertainty stays.
            let mean = &mut belief.state.mean;
            mean.x += dt_s * mean.y;
            mean.z += dt_s * mean.w;
        }
        let flight = belief.modes.flight().map(|mut flight| {
            flight.mean.x += dt_s.min(0.0) * flight.mean.y;
            flight
        });
        belief.modes =
            Modes::known(belief.state, &belief.classes, config).with_flight(flight, config);
        belief.predict(&mut Interval::new(dt_s.max(0.0), config));
        belief
    }

    fn numbered(&self, label: Label) -> Option<usize> {
        self.bernoullis.iter().position(|bernoulli| bernoulli.label == label)
    }

    fn close_worlds_of(&mut self, number: usize, config: &TrackerConfig) {
        let open = self.worlds.iter().position(|worlds| worlds.members.contains(&number));
        if let Some(open) = open {
            self.worlds.remove(open).close(&mut self.bernoullis, config);
        }
    }

    /// Nothing was taken at a later time yet.
    pub(super) fn begin(&mut self, at: Timestamp) {
        self.at = self.at.max(Some(at));
        self.undetected.begin(at);
    }

    pub(crate) fn place_known(
        &mut self,
        at: Timestamp,
        mean: Vector4<f64>,
        covariance: Matrix4<f64>,
        config: &TrackerConfig,
    ) -> Label {
        self.begin(at);
        self.placed += 1;
        let state = Gaussian { mean, covariance };
        let classes = config.class_prior.normalised();
        let label = Label { at, sensor: 0, measurement: self.placed };
        self.bernoullis.push(Bernoulli {
            label,
            at,
            belief: Belief {
                existence: 1.0,
                state,
                classes,
                modes: Modes::known(state, &classes, config),
                still: None,
            },
            last_seen: at,
            lineage: VecDeque::new(),
            seen_by: Vec::new(),
            owed: Vec::new(),
            trial: None,
        });
        self.put_in_order();
        label
    }
}
