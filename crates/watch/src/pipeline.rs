//! `step()`: one journalled input in, everything it causes out. Read this first.

mod commands;
mod floor;
mod ground;
mod looking;
pub(crate) mod snapshot;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Conditions, Model};
use sight::sector::{Mover, Sector};
use sight::sun;

use self::commands::Commands;
use crate::alert::desk::AlertDesk;
use crate::alert::rules::{RuleMemory, Scene};
use crate::call::{Call, Calls};
use crate::clocks::Clocks;
use crate::counters::Counters;
use crate::detection::{Registration, Rejection, Source};
use crate::dispatch::board::TaskBoard;
use crate::dispatch::{Task, TaskStage};
use crate::evidence::{EvidenceLog, WhyKept};
use crate::heavy::HeavyResult;
use crate::journal::{Entry, Input, Output, RequestId, TrackId, TrackView};
use crate::looks::{Look, Looks};
use crate::mark::Marks;
use crate::message::Messages;
use crate::roster::Roster;
use crate::runs::Runs;
use crate::sayings::Sayings;
use crate::seam::{Here, SeamMessage, Seams};
use crate::sighting::Sighting;
use crate::tracking::{Scan, TrackEstimate, Tracker};
use crate::weather::Weather;

/// The operational core of one sector.
#[derive(Debug, Clone)]
pub struct Core {
    model: Arc<Model>,
    state: State,
}

/// All that the journal makes of the core; its hash proves that two cores are alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    now: Timestamp,
    /// The last tick at which everything was done that happens because time passes.
    ticked_at: Timestamp,
    entries: u64,
    roster: Roster,
    weather: Weather,
    sighting: Sighting,
    looks: Looks,
    tracker: Tracker,
    tracks: BTreeMap<TrackId, TrackView>,
    seams: Seams,
    rules: RuleMemory,
    alerts: AlertDesk,
    board: TaskBoard,
    commands: Commands,
    counters: Counters,
    evidence: EvidenceLog,
    clocks: Clocks,
    calls: Calls,
    messages: Messages,
    sayings: Sayings,
    marks: Marks,
    next_request: u64,
    #[serde(default)]
    runs: Runs,
}

impl Core {
    /// A core that has seen nothing yet.
    pub fn new(model: Arc<Model>) -> Self {
        let tracker = Tracker::new(ground::tracker_config(&model))
            .expect("a checked sector has an area and the other figures are the defaults");
        let state = State {
            now: Timestamp::MIN,
            ticked_at: Timestamp::MIN,
            entries: 0,
            roster: Roster::of(model.sector()),
            weather: Weather::default(),
            sighting: Sighting::default(),
            looks: Looks::default(),
            tracker,
            tracks: BTreeMap::new(),
            seams: Seams::default(),
            rules: RuleMemory::default(),
            alerts: AlertDesk::default(),
            board: TaskBoard::default(),
            commands: Commands::default(),
            counters: Counters::default(),
            evidence: EvidenceLog::default(),
            clocks: Clocks::default(),
            calls: Calls::default(),
            messages: Messages::default(),
            sayings: Sayings::default(),
            marks: Marks::default(),
            next_request: 0,
            runs: Runs::default(),
        };
        Self { model, state }
    }

    /// Takes one journalled entry. `heavy` is the result that an [`Input::Computed`] speaks of.
    pub fn step(&mut self, entry: &Entry, heavy: Option<HeavyResult>) -> Vec<Output> {
        let mut out = Vec::new();
        self.state.now = self.state.now.max(entry.at);
        self.state.entries += 1;
        let alerting = &self.model.sector().alerting;
        self.state.alerts.begin(self.state.entries, alerting, self.state.now);
        match &entry.input {
            // What was erased was acted on long ago.
            Input::Opened { .. } | Input::Erased(_) | Input::Migrated(_) => {}
            Input::Tick => self.tick(&mut out),
            Input::Registered(registration) => self.registered(registration, &mut out),
            Input::Disconnected { node_id } => self.state.roster.disconnect(node_id, &mut out),
            Input::Status(status) => {
                self.state.counters.accepted += 1;
                self.heard(status, &mut out);
            }
            Input::Detected(report) => self.detected(report),
            Input::Rejected(rejection) => self.state.counters.reject(rejection),
            Input::Computed { request, digest } => {
                self.computed(*request, *digest, heavy, &mut out);
            }
            Input::Commanded(request) => self.commanded(request, &mut out),
            Input::TaskReported { task, stage, note } => {
                if let Some(task) = self.state.board.report(*task, *stage, &mut out) {
                    self.task_changed(&task, note, &mut out);
                }
            }
            Input::HandedOver(message) => self.handed_over(message, &mut out),
            Input::Called(call) => self.called(call),
            Input::Wrote(message) => {
                self.state.counters.accepted += 1;
                self.state.messages.take(message, self.state.entries, self.state.now);
            }
            Input::Marked(mark) => {
                self.state.counters.accepted += 1;
                self.state.marks.take(mark, self.state.now);
            }
            Input::PointingReported { pointing, stage, note } => {
                self.state.roster.pointed(*pointing, (*stage, note), &mut out);
            }
            Input::Pictured(report) => {
                if self.state.roster.picture(report, &mut out) {
                    self.state.counters.accepted += 1;
                } else {
                    self.reject("picture", "sensor", "only sensors of the sector file give any");
                }
            }
            // The record itself is what keeps it.
            Input::Recorded(_) | Input::Audited(_) | Input::Traced(_) => {
                self.state.counters.accepted += 1;
            }
            Input::Started(start) => self.state.runs.begin(start),
            Input::Stopped => self.state.runs.end(),
            Input::Forecast(report) => {
                self.state.counters.accepted += 1;
                self.state.weather.expect(report);
            }
            Input::Viewed(report) => {
                if self.state.roster.look(report, &mut out) {
                    self.state.counters.accepted += 1;
                } else {
                    self.reject("view", "sensor", "only sensors of the sector file look");
                }
            }
        }
        self.note_air();
        self.state.alerts.drain(&mut out);
        out
    }

    fn registered(&mut self, registration: &Registration, out: &mut Vec<Output>) {
        self.state.counters.accepted += 1;
        // Whoever registers may call things anew.
        if let Source::Sensor(sensor) = &registration.source {
            self.state.sayings.forget(sensor);
        }
        self.state.roster.register(registration, self.state.now, out);
    }

    /// Everything that happens because time passes: once in every second; between, only what looks tell.
    fn tick(&mut self, out: &mut Vec<Output>) {
        let now = self.state.now;
        if now.as_second() == self.state.ticked_at.as_second() {
            self.tick_between(out);
            return;
        }
        self.state.ticked_at = now;
        let limit_s = self.model.sector().settings.heartbeat_limit_s;
        self.state.roster.find_stale(limit_s, now, out);
        self.state.marks.expire(now);
        let late = self.observe_due();
        self.state.tracker.advance(now);
        self.state.roster.set_floods(&self.state.looks, out);
        self.state.roster.set_clocks(&self.state.clocks, out);
        self.state.roster.weigh(&self.state.tracker.sensor_reports(), out);
        self.refresh_tracks(out);
        self.keep(&late, WhyKept::Late);
        let aside = self.state.evidence.take_aside().into_iter();
        let mistimed: Vec<(Look, Scan)> =
            aside.filter_map(|look| self.scan_of(&look).map(|scan| (look, scan))).collect();
        self.keep(&mistimed, WhyKept::Clock);
        self.offer_at_seams(out);
        let State { messages, roster, board, .. } = &mut self.state;
        messages.follow(roster, board, now);
        self.apply_rules();
        self.ask_for_sight(out);
    }

    /// What looks that are due tell is in the picture before the next second.
    fn tick_between(&mut self, out: &mut Vec<Output>) {
        if self.next_due().is_none_or(|due| due > self.state.now) {
            return;
        }
        let late = self.observe_due();
        self.refresh_seen(out);
        self.keep(&late, WhyKept::Late);
    }

    /// When a tick has looks to show to the tracker; `None` when none wait.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        self.state.looks.next_due(self.state.now)
    }

    /// Shows the tracker what is due, and returns what came too late.
    fn observe_due(&mut self) -> Vec<(Look, Scan)> {
        let due = self.due_looks();
        self.observe(due)
    }

    /// The tracker's picture as it would be told.
    fn views(&self) -> BTreeMap<TrackId, TrackView> {
        let State { tracker, seams, sayings, now, .. } = &self.state;
        let view =
            |estimate: TrackEstimate| (estimate.id, view_of(&estimate, tracker, sayings, *now));
        let mut views = tracker.tracks().map(view).collect();
        seams.mark(&mut views, self.model.sector());
        views
    }

    /// Tells tracks that are new, seen again or gone since they were told; all others only grow older.
    fn refresh_seen(&mut self, out: &mut Vec<Output>) {
        let State { tracker, seams, tracks, sayings, now, .. } = &mut self.state;
        let is_known = |id: TrackId, last_seen_at: Timestamp| {
            tracks.get(&id).is_some_and(|known| known.last_seen_at == last_seen_at)
        };
        let (numbers, anew) = tracker.tracks_unless(&is_known);
        let view =
            |estimate: TrackEstimate| (estimate.id, view_of(&estimate, tracker, sayings, *now));
        let mut anew = anew.into_iter().map(view).collect();
        seams.mark(&mut anew, self.model.sector());
        out.extend(anew.values().cloned().map(Output::Track));
        let gone = tracks.extract_if(.., |id, _| !numbers.contains(id));
        out.extend(gone.map(|(id, _)| Output::TrackEnded(id)));
        tracks.extend(anew);
    }

    /// Compares the tracker's picture with the one last told, and tells the difference.
    fn refresh_tracks(&mut self, out: &mut Vec<Output>) {
        let views = self.views();
        out.extend(
            views
                .values()
                .filter(|view| self.state.tracks.get(&view.id) != Some(view))
                .map(|view| Output::Track(view.clone())),
        );
        out.extend(
            self.state
                .tracks
                .keys()
                .filter(|id| !views.contains_key(id))
                .map(|id| Output::TrackEnded(*id)),
        );
        self.state.tracks = views;
    }

    fn offer_at_seams(&mut self, out: &mut Vec<Output>) {
        let State { seams, tracks, tracker, now, .. } = &mut self.state;
        let due = seams.offers(tracks, tracker, self.model.sector(), *now);
        out.extend(due.into_iter().map(Output::HandOver));
    }

    fn handed_over(&mut self, message: &SeamMessage, out: &mut Vec<Output>) {
        let State { seams, tracks, tracker, now, .. } = &mut self.state;
        let sector = self.model.sector();
        let mut here = Here { views: tracks, tracker, sector, now: *now };
        match seams.receive(message, &mut here) {
            Ok(answer) => {
                self.state.counters.accepted += 1;
                self.refresh_tracks(out);
                out.extend(answer.map(Output::HandOver));
            }
            Err(refused) => {
                self.reject("hand_over", refused.field(), refused.in_words());
            }
        }
    }

    fn called(&mut self, call: &Call) {
        let State { calls, alerts, now, .. } = &mut self.state;
        match calls.hear(call, &self.model, *now, alerts) {
            Ok(()) => self.state.counters.accepted += 1,
            Err((field, reason)) => self.reject("call", field, reason),
        }
    }

    fn apply_rules(&mut self) {
        let State { rules, tracks, alerts, roster, weather, now, .. } = &mut self.state;
        let sector = self.model.sector();
        let views: Vec<TrackView> = tracks.values().cloned().collect();
        let scene = Scene { sector, tracks: &views, now: *now };
        rules.watch_tracks(&scene, alerts);
        rules.watch_ground(sector, *now, alerts);
        rules.watch_sensors(roster.sensors(), sector, *now, alerts);
        rules.watch_unwatched(sector, roster.units(), *now, alerts);
        rules.watch_dust(weather.forecasts(), sector, *now, alerts);
        rules.let_fall(sector, *now, alerts);
    }

    /// Writes down what the air was like where alerts were raised.
    fn note_air(&mut self) {
        let State { alerts, weather, now, .. } = &mut self.state;
        let limit_s = self.model.sector().settings.weather_limit_s;
        alerts.note_air(|point| weather.air(point, limit_s, *now));
    }

    fn ask_for_sight(&mut self, out: &mut Vec<Output>) {
        let State { sighting, roster, weather, now, next_request, .. } = &mut self.state;
        if sighting.doubt_if_overdue(*now) {
            out.push(Output::Stretches(sighting.stretches().to_vec()));
        }
        let conditions = conditions_of(self.model.sector(), roster, weather, *now);
        let asked = sighting.ask_if_changed(conditions, *now, || next_id(next_request));
        if let Some((id, request)) = asked {
            out.push(Output::Compute { id, request });
        }
    }

    fn computed(
        &mut self,
        request: RequestId,
        digest: [u8; 32],
        heavy: Option<HeavyResult>,
        out: &mut Vec<Output>,
    ) {
        match heavy {
            Some(HeavyResult::Assessed(assessment)) => {
                self.assessed(request, digest, assessment, out);
            }
            Some(HeavyResult::Arrivals(arrivals)) => {
                self.state.board.rank(request, arrivals, &self.state.roster, out);
            }
            Some(HeavyResult::BoughtBack(answer)) => out.push(Output::Moves { request, answer }),
            None => self.reject("computed", "request", "came without its result"),
        }
    }

    fn assessed(
        &mut self,
        request: RequestId,
        digest: [u8; 32],
        assessment: Arc<Assessment>,
        out: &mut Vec<Output>,
    ) {
        if !self.state.sighting.take(request, digest, assessment) {
            return;
        }
        let State { rules, sighting, alerts, now, .. } = &mut self.state;
        out.push(Output::Stretches(sighting.stretches().to_vec()));
        rules.watch_sight(self.model.sector(), sighting.stretches(), *now, alerts);
    }

    fn task_changed(&mut self, task: &Task, note: &str, out: &mut Vec<Output>) {
        if task.is_over() {
            self.state.roster.assign(&task.unit, None, out);
        }
        self.state.alerts.annotate(task.alert, task.act(self.state.now, note));
        debug_assert!(task.stage != TaskStage::Sent, "a unit cannot send itself");
    }

    fn reject(&mut self, message: &str, field: &str, reason: &str) {
        self.state.counters.reject(&Rejection {
            door: "core".into(),
            source: None,
            field: format!("{message}.{field}"),
            reason: reason.into(),
        });
    }
}

/// An estimate with what people and sensors said of it; the seams are yet to mark it.
fn view_of(
    estimate: &TrackEstimate,
    tracker: &Tracker,
    sayings: &Sayings,
    now: Timestamp,
) -> TrackView {
    let told = sayings.of_track(estimate.id, tracker, now);
    let view = TrackView::of(estimate, tracker.acts_on(estimate.id).cloned().collect(), now);
    TrackView { told, ..view }
}

/// The watch as it is now.
fn conditions_of(
    sector: &Sector,
    roster: &Roster,
    weather: &Weather,
    now: Timestamp,
) -> Conditions {
    let (weather, weather_stale) = weather.for_planner(sector.settings.weather_limit_s, now);
    Conditions {
        mover: Mover::Walker,
        light: sun::light(sector.frame.origin(), now),
        weather,
        weather_stale,
        sensors: roster.conditions(),
        views: roster.views(),
    }
}

fn next_id(counter: &mut u64) -> RequestId {
    *counter += 1;
    RequestId(*counter)
}
