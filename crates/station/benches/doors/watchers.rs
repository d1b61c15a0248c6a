//! Browsers that watch the live picture while the radars speak, and alarms that must reach them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use station::runtime::Station;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use watch::call::{Call, CallKind, CallWord};
use watch::journal::Input;

/// One in so many looks for alarms in what it is told; the others only read.
const LISTENS_EVERY: usize = 50;
const ALARM_EVERY: Duration = Duration::from_millis(250);
/// How an alarm is known again in the picture.
const MARK: &[u8] = b"\"ALARM-";
const OPENED_AT_ONCE: usize = 100;
/// How long an alarm may be on its way when the radars have ended; then it counts as lost.
const LAST_WITHIN: Duration = Duration::from_mins(1);

/// When each alarm was given, and how long after it each listener had it, in milliseconds.
#[derive(Debug, Default)]
struct Alarms {
    given: BTreeMap<u64, Instant>,
    heard: BTreeMap<(usize, u64), f64>,
}

/// What clients tell: how many are open, what they read, what they heard.
type Told = (Arc<AtomicU64>, Arc<AtomicU64>, Arc<Mutex<Alarms>>);

/// Clients of the live picture, on a thread of their own.
pub(crate) struct Watchers {
    count: usize,
    open: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
    alarms: Arc<Mutex<Alarms>>,
    over: Arc<AtomicBool>,
    clients: JoinHandle<()>,
}

impl Watchers {
    /// Opens so many streams and waits until all are told the picture.
    pub(crate) fn begin(page: SocketAddr, count: usize) -> Self {
        let (open, bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (alarms, over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let told = (Arc::clone(&open), Arc::clone(&bytes), Arc::clone(&alarms));
        let ended = Arc::clone(&over);
        let clients = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(watch_all(page, count, told, &ended));
        });
        let began = Instant::now();
        while open.load(Ordering::Relaxed) < count as u64 {
            assert!(began.elapsed() < Duration::from_mins(2), "not all streams were opened");
            std::thread::park_timeout(Duration::from_millis(50));
        }
        Self { count, open, bytes, alarms, over, clients }
    }

    /// Gives an alarm now and then until told to stop; how many the station took.
    pub(crate) fn alarm(&self, station: &Station, until: &AtomicBool) -> u64 {
        let mut number = 0;
        while !until.load(Ordering::Relaxed) {
            number += 1;
            self.alarms.lock().unwrap().given.insert(number, Instant::now());
            station.handle().submit_blocking(vec![call(number)]).unwrap();
            std::thread::park_timeout(ALARM_EVERY);
        }
        number
    }

    /// What they were told, in words.
    pub(crate) fn tell(self, given: u64, took_s: f64) -> String {
        let listeners = self.count.div_ceil(LISTENS_EVERY);
        let due = listeners as u64 * given;
        // The last alarm is on its way, among those of fifty radars that have hung up.
        let began = Instant::now();
        while (self.alarms.lock().unwrap().heard.len() as u64) < due
            && began.elapsed() < LAST_WITHIN
        {
            std::thread::park_timeout(Duration::from_millis(50));
        }
        let alarms = std::mem::take(&mut *self.alarms.lock().unwrap());
        self.over.store(true, Ordering::Relaxed);
        self.clients.join().unwrap();
        let mut waits: Vec<f64> = alarms.heard.values().copied().collect();
        let heard = waits.len();
        let mut heard_by: BTreeMap<u64, usize> = (1..=given).map(|number| (number, 0)).collect();
        for (_, number) in alarms.heard.keys() {
            *heard_by.entry(*number).or_default() += 1;
        }
        heard_by.retain(|_, by| *by < listeners);
        format!(
            "{} watch, {} to the end; {:.1} MB a second told to all; {given} alarms to {listeners} of them: {} of {due} never came \
             (which, and who heard them: {heard_by:?}); from the call to the browser {}",
            self.count,
            self.open.load(Ordering::Relaxed),
            self.bytes.load(Ordering::Relaxed) as f64 / took_s / 1e6,
            due - heard as u64,
            super::quantiles(&mut waits),
        )
    }
}

fn call(number: u64) -> Input {
    Input::Called(Call {
        door: "bench".into(),
        device: format!("device-{number}"),
        name: format!("ALARM-{number}"),
        unit: None,
        word: CallWord::Raised(CallKind::Emergency),
        observed_at: Timestamp::now(),
        place: None,
    })
}

/// Opens the streams one after the other, and lets them be read until it is over.
async fn watch_all(page: SocketAddr, count: usize, told: Told, over: &AtomicBool) {
    for number in 0..count {
        tokio::spawn(watch(page, number, told.clone()));
        if number.is_multiple_of(OPENED_AT_ONCE) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    while !over.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One client: reads whatever comes until the station or the bench ends.
async fn watch(page: SocketAddr, number: usize, (open, bytes, alarms): Told) {
    let mut stream = TcpStream::connect(page).await.unwrap();
    let question = format!(
        "GET /api/stream HTTP/1.1\r\nHost: {page}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2F0Y2hsaW5lIGlzIGhlcmU=\r\n\r\n"
    );
    stream.write_all(question.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 16 << 10];
    let mut tail: Vec<u8> = Vec::new();
    let mut is_open = false;
    while let Ok(read) = stream.read(&mut buffer).await
        && read > 0
    {
        if !is_open {
            assert!(buffer.starts_with(b"HTTP/1.1 101"), "a stream was refused");
            is_open = true;
            open.fetch_add(1, Ordering::Relaxed);
        }
        bytes.fetch_add(read as u64, Ordering::Relaxed);
        if number.is_multiple_of(LISTENS_EVERY) {
            tail.extend_from_slice(&buffer[..read]);
            listen(&tail, number, &alarms);
            let kept = tail.len().saturating_sub(MARK.len() + 12);
            tail.drain(..kept);
        }
    }
    open.fetch_sub(1, Ordering::Relaxed);
}

/// Notes which alarms are told of.
fn listen(told: &[u8], listener: usize, alarms: &Mutex<Alarms>) {
    for at in (0..told.len()).filter(|at| told[*at..].starts_with(MARK)) {
        let digits = &told[at + MARK.len()..];
        let end = digits.iter().position(|byte| *byte == b'"');
        let number = end.and_then(|end| std::str::from_utf8(&digits[..end]).ok()?.parse().ok());
        let Some(number) = number else { continue };
        let mut alarms = alarms.lock().unwrap();
        if let Some(given) = alarms.given.get(&number) {
            let waited_ms = given.elapsed().as_secs_f64() * 1e3;
            alarms.heard.entry((listener, number)).or_insert(waited_ms);
        }
    }
}
