//! What ten thousand detections a second cost the core, and how long they wait in it by design.
//!
//! The work is that of the station's bench of its doors: fifty radars over one flat sector see the same two hundred movers
//! once a second each and tell every tenth of their turns as they leave it, and the core is stepped as the station's thread
//! does, but at times that are made up: a word comes some milliseconds after it was sent, no step takes any time. So what is
//! told of waiting is what the core asks for, and what is told of cost is processor time, whatever else the machine does.

mod radars;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use watch::Core;
use watch::heavy::Computer;
use watch::journal::{Entry, Input, Output, encode};

use self::radars::{MOVERS, PARTS, RADARS, Told};

const SECONDS: usize = 30;
/// Of these the first are not counted: tracks begin and the sensors' sight is worked out.
const WARM_UP: usize = 5;
/// What the station's thread keeps between two ticks at least.
const TICK_LEAST: SignedDuration = SignedDuration::from_millis(20);

fn main() {
    let model = Arc::new(radars::model());
    let mut bench = Bench {
        core: Core::new(Arc::clone(&model)),
        computer: Computer::new(model),
        now: radars::began(),
        ticked: Timestamp::MIN,
        costs: [Cost::default(); 4],
    };
    for radar in 0..RADARS {
        bench.take(radars::registered(radar), Part::Other);
    }
    let mut told: Vec<Told> = (0..SECONDS * PARTS).flat_map(radars::told).collect();
    told.sort_by_key(|told| (told.arrives, told.radar));
    let (mut open, mut waits) = (Vec::new(), Vec::new());
    let mut next = told.into_iter().peekable();
    let end = radars::began() + SignedDuration::from_secs(SECONDS as i64);
    while bench.now < end {
        bench.now += SignedDuration::from_millis(1);
        if bench.now.duration_since(radars::began()).as_millis() == 1_000 * WARM_UP as i128 {
            bench.costs = [Cost::default(); 4];
        }
        while let Some(told) = next.next_if(|told| told.arrives <= bench.now) {
            for input in told.inputs {
                bench.take(input, Part::Detections);
            }
            open.extend(told.last_seen.map(|seen| (seen, told.arrives)));
        }
        bench.tick_if_due();
        let newest = bench.core.tracks().map(|track| track.last_seen_at).max();
        let there = open.extract_if(.., |(seen, _)| newest.is_some_and(|newest| newest >= *seen));
        let warm = radars::began() + SignedDuration::from_secs(WARM_UP as i64);
        let waited = |(_, arrived): (Timestamp, Timestamp)| {
            bench.now.duration_since(arrived).as_secs_f64() * 1e3
        };
        waits.extend(there.filter(|(_, arrived)| *arrived >= warm).map(waited));
    }
    bench.say(&mut waits, open.len());
}

/// What an entry is, for the bill.
#[derive(Debug, Clone, Copy)]
enum Part {
    Detections,
    Whole,
    Between,
    Other,
}

/// How many entries of a kind there were, and what they cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    entries: usize,
    outputs: usize,
    spent: Duration,
}

struct Bench {
    core: Core,
    computer: Computer,
    now: Timestamp,
    ticked: Timestamp,
    costs: [Cost; 4],
}

impl Bench {
    /// Encodes an entry, as the journal wants it, and steps the core; heavy work is done at once and not counted.
    fn take(&mut self, input: Input, part: Part) {
        let entry = Entry { at: self.now, input };
        let began = on_processor();
        std::hint::black_box(encode(&entry));
        let outputs = self.core.step(&entry, None);
        let cost = &mut self.costs[part as usize];
        cost.entries += 1;
        cost.outputs += outputs.len();
        cost.spent += on_processor().saturating_sub(began);
        for output in outputs {
            if let Output::Compute { id, request } = output {
                let result = self.computer.compute(&request);
                let input = Input::Computed { request: id, digest: result.digest() };
                self.core.step(&Entry { at: self.now, input }, Some(result));
            }
        }
    }

    fn tick_if_due(&mut self) {
        let is_whole = self.now.as_second() > self.ticked.as_second();
        let is_due = self.now.duration_since(self.ticked) >= TICK_LEAST
            && self.core.next_due().is_some_and(|due| due <= self.now);
        if is_whole || is_due {
            self.ticked = self.now;
            self.take(Input::Tick, if is_whole { Part::Whole } else { Part::Between });
        }
    }

    fn say(&self, waits: &mut [f64], left: usize) {
        let seconds = (SECONDS - WARM_UP) as f64;
        waits.sort_by(f64::total_cmp);
        let at = |percent: usize| waits.get((waits.len().max(1) - 1) * percent / 100);
        println!(
            "from arrival to the tracks: half within {:?} ms, p99 {:?} ms, at most {:?} ms of {} parts; {left} left; \
             {} tracks of {MOVERS} movers",
            at(50),
            at(99),
            at(100),
            waits.len(),
            self.core.tracks().count()
        );
        for (name, cost) in
            ["detections", "whole ticks", "ticks between", "others"].iter().zip(&self.costs)
        {
            println!(
                "{name}: {:.0} a second, {:.0} outputs, {:.1} ms of processor time a second",
                cost.entries as f64 / seconds,
                cost.outputs as f64 / seconds,
                cost.spent.as_secs_f64() * 1e3 / seconds
            );
        }
        let began = on_processor();
        std::hint::black_box(self.core.state_hash());
        println!("a hash of the state: {:.1} ms", (on_processor() - began).as_secs_f64() * 1e3);
        let counters = self.core.counters();
        println!(
            "{} accepted, {} dropped, {} late, {} looks taken again",
            counters.accepted, counters.dropped, counters.late, counters.retaken
        );
    }
}

/// Processor time of this thread so far.
fn on_processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
