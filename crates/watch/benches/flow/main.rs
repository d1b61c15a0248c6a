//! What ten thousand detections a second cost the core, and how long they wait in it by design.
//!
//! The work is that of the station's bench of its doors: fifty radars over one flat sector see the same two hundred movers
//! once a second each and tell every tenth of their turns as they leave it, and the core is stepped as the station's thread
//! does, but at times that are made up: a word comes some milliseconds after it was sent, no step takes any time. So what is
//! told of waiting is what the core asks for, and what is told of cost is processor time, whatever else the machine does.

mod radars;

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use watch::Core;
use watch::heavy::Computer;
use watch::journal::{Entry, Input, Output, encode};

use self::radars::{MOVERS, PARTS, RADARS, Told};

const SECONDS: usize = 30;
/// Of these the first are not counted: tracks begin and the sensors' sight is worked out.
const WARM_UP: usize = 5;
/// What the station's thread keeps between two ticks at least.
const TICK_INTERVAL: Duration = Duration::from_millis(20);
/// How often it looks whether anything is to be done.
const STEP: Duration = Duration::from_millis(1);

fn main() {
    let mut bench = Bench::new();
    for radar in 0..RADARS {
        bench.take(radars::registered(radar), Part::Other);
    }
    let mut told: Vec<Told> = (0..SECONDS * PARTS).flat_map(radars::told).collect();
    told.sort_by_key(|told| (told.arrives, told.radar));
    let mut next = told.into_iter().peekable();
    let warm = radars::began() + Duration::from_secs(WARM_UP as u64);
    while next.peek().is_some() {
        bench.now += STEP;
        if bench.now == warm {
            bench.costs = [Cost::default(); PARTS_OF_BILL];
        }
        while let Some(told) = next.next_if(|told| told.arrives <= bench.now) {
            for input in told.inputs {
                bench.take(input, Part::Detections);
            }
            bench.open.extend(told.last_seen.map(|seen| (seen, told.arrives)));
        }
        bench.tick_if_due();
        bench.note_waits(warm);
    }
    bench.say();
}

/// What an entry is, for the bill.
#[derive(Debug, Clone, Copy)]
enum Part {
    Detections,
    Whole,
    Between,
    Other,
}

const PARTS_OF_BILL: usize = 4;

/// How many entries of a kind there were, and what they cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    entries: usize,
    outputs: usize,
    spent: Duration,
    longest: Duration,
}

struct Bench {
    core: Core,
    computer: Computer,
    now: Timestamp,
    ticked: Timestamp,
    costs: [Cost; PARTS_OF_BILL],
    /// Parts of turns that the tracks do not show yet: when the last of each was seen, and when it arrived.
    open: Vec<(Timestamp, Timestamp)>,
    /// Of those that they show, milliseconds from arrival.
    waits_ms: Vec<f64>,
}

impl Bench {
    fn new() -> Self {
        let model = Arc::new(radars::model());
        Self {
            core: Core::new(Arc::clone(&model)),
            computer: Computer::new(model),
            now: radars::began(),
            ticked: Timestamp::MIN,
            costs: [Cost::default(); PARTS_OF_BILL],
            open: Vec::new(),
            waits_ms: Vec::new(),
        }
    }

    /// Encodes an entry, as the journal wants it, and steps the core; heavy work is done at once and not counted.
    fn take(&mut self, input: Input, part: Part) {
        let entry = Entry::new(self.now, input);
        let began = on_processor();
        std::hint::black_box(encode(&entry));
        let outputs = self.core.step(&entry, None);
        let cost = &mut self.costs[part as usize];
        cost.entries += 1;
        cost.outputs += outputs.len();
        let spent = on_processor().saturating_sub(began);
        cost.spent += spent;
        cost.longest = cost.longest.max(spent);
        for output in outputs {
            if let Output::Compute { id, request } = output {
                let result = self.computer.compute(&request);
                let input = Input::Computed { request: id, digest: result.digest() };
                self.core.step(&Entry::new(self.now, input), Some(result));
            }
        }
    }

    fn tick_if_due(&mut self) {
        let is_whole = self.now.as_second() > self.ticked.as_second();
        let may_tick = self.now >= self.ticked + TICK_INTERVAL;
        if is_whole || may_tick && self.core.next_due().is_some_and(|due| due <= self.now) {
            self.ticked = self.now;
            self.take(Input::Tick, if is_whole { Part::Whole } else { Part::Between });
        }
    }

    fn note_waits(&mut self, warm: Timestamp) {
        let newest = self.core.tracks().map(|track| track.last_seen_at).max();
        let is_there =
            |(seen, _): &mut (Timestamp, Timestamp)| newest.is_some_and(|at| at >= *seen);
        let there = self.open.extract_if(.., is_there).filter(|(_, arrived)| *arrived >= warm);
        let waited_ms = |(_, arrived)| self.now.duration_since(arrived).as_secs_f64() * 1e3;
        self.waits_ms.extend(there.map(waited_ms));
    }

    fn say(&mut self) {
        let mut text = String::new();
        let seconds = (SECONDS - WARM_UP) as f64;
        self.waits_ms.sort_by(f64::total_cmp);
        let waits = &self.waits_ms;
        let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
        let mut line = |line: String| writeln!(text, "{line}").expect("a string takes all");
        line(format!(
            "from arrival to the tracks, had nothing taken any time: half within {:.0} ms, p99 {:.0} ms, at most {:.0} ms of \
             {} parts of turns; {} tracks of {MOVERS} movers",
            at(50),
            at(99),
            at(100),
            waits.len(),
            self.core.tracks().count()
        ));
        let names = ["detections", "whole ticks", "ticks between", "others"];
        for (name, cost) in names.iter().zip(&self.costs) {
            line(format!(
                "{name}: {:.0} a second, {:.0} outputs, {:.1} ms of processor time a second, at most {:.1} ms for one",
                cost.entries as f64 / seconds,
                cost.outputs as f64 / seconds,
                cost.spent.as_secs_f64() * 1e3 / seconds,
                cost.longest.as_secs_f64() * 1e3
            ));
        }
        let began = on_processor();
        std::hint::black_box(self.core.state_hash());
        let spent_ms = on_processor().saturating_sub(began).as_secs_f64() * 1e3;
        let counters = self.core.counters();
        line(format!(
            "a hash of the state: {spent_ms:.1} ms; {} accepted, {} dropped, {} late, {} looks taken again",
            counters.accepted, counters.dropped, counters.late, counters.retaken
        ));
        std::io::stdout().write_all(text.as_bytes()).expect("standard output is open");
    }
}

/// Processor time of this thread so far.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
    Duration::new(time.tv_sec.unsigned_abs(), nanoseconds)
}
