//! Other agencies: what is withheld from one is found in nothing that it is told, and changes no byte of it.

mod nights;
mod paced;
mod receivers;
mod watching;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ::watch::audit::{Role, Standing};
use ::watch::journal::{Entry, Input, PersonId};
use axum::routing::MethodFilter;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use self::nights::{
    ARMYS_OWN, CANARY, NIGHT_S, OTHER, OTHERS_CANARY, PARTNER, POLICY, SECRET_STATION, begins,
    canaries, ended, in_cells, night, recent, shared, withheld,
};
use self::receivers::{Heard, Receivers};
use self::watching::Watching;
use super::super::routes::{Exit, Listed};
use super::super::stream;
use super::*;
use crate::export::Format;
use crate::features::Collection;
use crate::identity::{AtStart, Credential, Offline, Scope, Secret, WantedMachine};
use crate::ingest::stations::Stations;
use crate::release::{Gate, Partner, Policy, ReleaseConfig, World};
use crate::runtime::{PlainConfig, StationConfig};

const PATIENCE: Duration = Duration::from_mins(2);
/// The node of the tower that the partner is given.
const TOWER_NODE: &str = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01";

/// A station whose own agency is the border guard, with a machine of its own and monitors of the army's and the navy's, by the
/// headers that they send.
struct Shared {
    station: Station,
    routes: Vec<Listed>,
    own: String,
    partner: String,
    other: String,
    policy: Arc<Policy>,
    receivers: Receivers,
    _home: tempfile::TempDir,
}

fn started(policy_text: &str) -> Shared {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let offline = Offline::take(&data).unwrap();
    let (name, agency) = ("map".to_owned(), "border-guard".to_owned());
    let (scope, credential) = (Scope::Read, Credential::Token);
    let machine = WantedMachine { name, agency, scope, credential, days: 1 };
    let let_in = offline.let_machine_in(machine).unwrap();
    let Secret::Token(own) = let_in.secret else { panic!("{let_in:?}") };
    let own = format!("Authorization: Bearer {own}");
    let codes = [("Noor", PARTNER), ("Nils", OTHER)].map(|(name, agency)| {
        let (name, roles) = (PersonId(name.into()), [Role::Monitor].into());
        let invited = Standing { name, agency: agency.into(), roles };
        offline.invite(invited, 1).unwrap().code
    });
    drop(offline);
    let (path, policy) = written(home.path(), policy_text);
    let (model, labels) = (nights::model(), nights::labels());
    let agency = Some("border-guard".to_owned());
    let release = ReleaseConfig { agency, policy: Some(path), labels, hours: 1.0 };
    let receivers = Receivers::open();
    let config = StationConfig { model, release, ..configured(&data, SignIn::Required) };
    let plain = PlainConfig { stations: nights::stations(), ..config.plain.clone() };
    let config = receivers.named_in(StationConfig { plain, ..config });
    let station = Station::start(&config).unwrap();
    let routes = listed(&station);
    let [partner, other] = codes.map(|code| come_in(station.address(), &code));
    let began = Instant::now();
    let has_worlds =
        || [PARTNER, OTHER].iter().all(|whom| station.handle().partners().get(whom).is_some());
    while !policy_text.is_empty() && !has_worlds() {
        assert!(began.elapsed() < PATIENCE, "no world");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    Shared { station, routes, own, partner, other, policy, receivers, _home: home }
}

/// Writes a policy down and reads it.
fn written(home: &Path, policy_text: &str) -> (PathBuf, Arc<Policy>) {
    let path = home.join("policy.cedar");
    std::fs::write(&path, policy_text).unwrap();
    let policy = Policy::read(&path, nights::labels(), nights::model().sector()).unwrap();
    (path, Arc::new(policy))
}

/// Enrols by a code; the cookie that says so from then on.
fn come_in(page: SocketAddr, code: &str) -> String {
    let body = format!("{{\"code\":\"{code}\",\"password\":\"one cold night in november\"}}");
    let mut stream = TcpStream::connect(page).unwrap();
    let head = "Connection: close\r\nContent-Type: application/json\r\nContent-Length";
    let path = "/api/identity/enrol";
    write!(stream, "POST {path} HTTP/1.1\r\nHost: {page}\r\n{head}: {}\r\n\r\n{body}", body.len())
        .unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    let cookies = told.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let pairs = cookies.filter_map(|cookie| cookie.split(';').next());
    format!("Cookie: {}", pairs.collect::<Vec<_>>().join("; "))
}

/// An answer but for when it was made: its first line, what it is, and its body.
fn ask_as(page: SocketAddr, whom: &str, method: &str, path: &str) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(page).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = format!("{whom}\r\nConnection: close\r\n");
    let body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {page}\r\n{told}{body}").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let dated = |line: &&str| !line.to_lowercase().starts_with("date:");
    let head = head.lines().filter(dated).collect::<Vec<_>>().join("\n");
    (status, head, bytes[end + 4..].to_vec())
}

/// Addresses that a route has, with everything in its places that there may be, and more; each once.
fn paths(route: &Listed) -> Vec<String> {
    let paths: BTreeSet<String> = filled(route).into_iter().collect();
    paths.into_iter().collect()
}

fn filled(route: &Listed) -> Vec<String> {
    let collections = || Collection::ALL.map(Collection::name).into_iter();
    if route.path == "/api/export" {
        let forms = |what: &str| {
            Format::ALL.map(|form| format!("/api/export?what={what}&format={}", form.name()))
        };
        return collections().flat_map(forms).collect();
    }
    if route.path.starts_with("/ogc/collections/{id}") {
        let below = route.path.strip_prefix("/ogc/collections/{id}").unwrap();
        let ids = ["1", "2", "tower-1", "secret-tower", "secret-unit", "patrol-1", "line"];
        return collections()
            .flat_map(|name| {
                ids.map(|id| format!("/ogc/collections/{name}{}", below.replace("{feature}", id)))
            })
            .collect();
    }
    if route.path.starts_with("/tiles/") {
        let tiles = [(8, 157, 102), (10, 628, 408), (11, 1257, 817)];
        let fill = |(z, x, y): (u8, u32, u32)| {
            let path = route.path.replace("{z}", &z.to_string()).replace("{x}", &x.to_string());
            path.replace("{y}", &format!("{y}.png"))
        };
        return tiles.map(fill).to_vec();
    }
    let fill = |with: &str| {
        let fill = |part: &str| if part.starts_with('{') { with.into() } else { part.to_owned() };
        route.path.split('/').map(fill).collect::<Vec<_>>().join("/")
    };
    ["1", "2", "tower-1", "secret-tower"].map(fill).to_vec()
}

fn method(route: &Listed) -> &'static str {
    if route.method == MethodFilter::GET { "GET" } else { "POST" }
}

#[test]
fn a_machine_of_another_agency_is_told_nothing_where_no_policy_gives_it_anything() {
    let shared = started("");
    let page = shared.station.address();
    let first = ask_as(page, &shared.partner, "GET", "/api/picture");
    assert_eq!((first.0, ask_as(page, &shared.own, "GET", "/api/picture").0), (403, 200));
    for route in &shared.routes {
        for path in paths(route) {
            let (status, _, body) = ask_as(page, &shared.partner, method(route), &path);
            let told = String::from_utf8_lossy(&body).into_owned();
            match route.exit {
                Exit::Oneself => assert!(!told.contains("tower-1"), "{path}: {told}"),
                // What it may never have, and what it might have and has not, are each answered alike whatever there is.
                Exit::Own | Exit::World => {
                    assert!(status == 403, "{status} {path}: {told}");
                    let alike = told.contains("\"not-given\"") || told.contains("\"not-allowed\"");
                    assert!(alike, "{path}: {told}");
                }
            }
            if route.exit == Exit::World {
                assert_eq!(body, first.2, "{path}");
            }
        }
    }
    assert_eq!(shared.receivers.heard(), Heard::default(), "nothing is sent");
}

#[test]
fn no_word_of_what_is_withheld_is_in_any_answer() {
    let shared = started(POLICY);
    let (page, handle) = (shared.station.address(), shared.station.handle());
    let began = Instant::now();
    let watching = [&shared.partner, &shared.other].map(|whom| Watching::begin(page, whom));
    let told = |whom: &str, path: &str| {
        String::from_utf8_lossy(&ask_as(page, whom, "GET", path).2).into_owned()
    };
    // Something of what is given must have come, be followed, and the line must be assessed.
    let has_come = || {
        let picture = told(&shared.partner, "/api/picture");
        let follows = |track: u64| {
            let lineage = told(&shared.partner, &format!("/api/tracks/{track}/lineage"));
            lineage.contains("\"sensor\":\"tower-1\"")
        };
        let others = told(&shared.other, "/api/picture");
        picture.contains("tower-1")
            && picture.contains("\"watched\"")
            && told(&shared.partner, "/api/messages").contains(ARMYS_OWN)
            && others.contains("gannet-tower")
            && (1..9).any(follows)
    };
    for at in 0.. {
        handle.submit_blocking(canaries(handle.now(), at)).unwrap();
        std::thread::park_timeout(Duration::from_millis(400));
        if has_come() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{}", told(&shared.partner, "/api/picture"));
    }
    assert!(told(&shared.own, "/api/picture").contains(CANARY));
    assert!(told(&shared.own, "/api/sector").contains(CANARY));
    // What is answered from the world's past, and of its expectations.
    assert!(told(&shared.partner, "/api/strip").contains("\"states\""));
    let expected = told(&shared.partner, "/api/forecast");
    assert!(expected.contains("LESU") && !expected.contains(SECRET_STATION), "{expected}");
    assert!(told(&shared.own, "/api/sector").contains(OTHERS_CANARY));
    assert!(told(&shared.own, "/api/messages").contains(CANARY));
    for (whom, withheld) in withheld_from(&shared) {
        for route in &shared.routes {
            for path in paths(route) {
                let (status, head, body) = ask_as(page, whom, method(route), &path);
                let told = format!("{head}\n{}", String::from_utf8_lossy(&body));
                // Whoever asks for a name is told that it is nothing they have.
                let told = told.replace(&path, "");
                assert!(!withheld.iter().any(|word| told.contains(word)), "{path}: {told}");
                assert!(status != 500, "{path}: {told}");
            }
        }
    }
    let watched = watching.map(Watching::end);
    for ((told, (_, withheld)), given) in
        watched.iter().zip(withheld_from(&shared)).zip(["tower-1", "gannet-tower"])
    {
        assert!(told.contains(given) && told.contains("\"seq\""), "{told}");
        assert!(!withheld.iter().any(|word| told.contains(word)), "{told}");
    }
    shared.receivers.wait_for_parent();
    let heard = shared.receivers.heard();
    assert!(heard.mesh.contains("tower-1") && heard.parent.contains(TOWER_NODE), "{heard:?}");
    assert!(!heard.tracks.is_empty());
    for word in [CANARY, OTHERS_CANARY] {
        assert!(!format!("{heard:?}").contains(word), "{heard:?}");
    }
}

/// Words that each of the other agencies must not be told.
fn withheld_from(shared: &Shared) -> [(&str, [&'static str; 2]); 2] {
    [(&shared.partner, [CANARY, OTHERS_CANARY]), (&shared.other, [CANARY, ARMYS_OWN])]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn two_nights_that_differ_in_what_is_withheld_are_byte_for_byte_one_to_a_partner(
        given in shared(), cells in in_cells(),
        one in (withheld(), recent()), other in (withheld(), recent()),
    ) {
        let station = station().lock().unwrap();
        let told = |cells: &[(u32, Input)], (withheld, recent): &(Told, Told)| {
            let (given, withheld) = ([&given[..], cells].concat(), [&withheld[..], recent].concat());
            exits(&station, &night(&given, &withheld), begins())
        };
        let (one, other) = (told(&cells[0], &one), told(&cells[1], &other));
        for (left, right) in one.iter().zip(&other) {
            prop_assert_eq!(left, right);
        }
        prop_assert_eq!(one.len(), other.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn two_nights_that_differ_in_what_is_over_are_one_to_a_partner_from_its_end_on(
        given in shared(), one in ended(), other in ended(),
    ) {
        let station = station().lock().unwrap();
        let over = begins() + SignedDuration::from_mins(1);
        let told = |ended: &[(u32, Input)]| exits(&station, &night(&given, ended), over);
        let (one, other) = (told(&one), told(&other));
        for (left, right) in one.iter().zip(&other) {
            prop_assert_eq!(left, right);
        }
        prop_assert_eq!(one.len(), other.len());
    }
}

/// Inputs with the seconds of a night at which they come.
type Told = Vec<(u32, Input)>;

/// The station that all nights are played at, one after the other.
fn station() -> &'static std::sync::Mutex<Shared> {
    static STATION: std::sync::OnceLock<std::sync::Mutex<Shared>> = std::sync::OnceLock::new();
    STATION.get_or_init(|| std::sync::Mutex::new(started(POLICY)))
}

/// All that the partner is told of a night from a time on: messages of the stream as it goes on, and then the answer of every
/// route. One world follows the other when something that was given is over, as they do at a station.
fn exits(shared: &Shared, night: &[Entry], since: Timestamp) -> Vec<(String, String)> {
    let mut seconds = NIGHT_S.step_by(7).map(|second| begins() + SignedDuration::from_secs(second));
    let mut next = seconds.next();
    let mut began = begins();
    let mut told = Vec::new();
    loop {
        let gate = Gate::of(PARTNER, &shared.policy, &nights::model(), began).unwrap();
        let ends_at = gate.ends_at();
        let mut world = World::begin(gate, nights::model().grid(), begins()).unwrap();
        let (partner, shown) = shown(shared, &world);
        let given = Arc::clone(world.model());
        let mut others = receivers::Told::of(&given, (shared.station.handle(), begins()));
        let mut seen = shown.outlook.live().read().seq;
        let mut night = night.iter().peekable();
        while let Some(now) = next.filter(|now| ends_at.is_none_or(|ends_at| *now < ends_at)) {
            // Of all that was taken until now.
            let until = world.goes_up_to(now, now);
            while let Some(entry) = night.next_if(|entry| entry.at <= until) {
                world.take(entry);
            }
            world.pass_time(until);
            partner.refresh(&world);
            let message = ("stream".to_owned(), stream::told_since(&shown, seen));
            seen = shown.outlook.live().read().seq;
            let others = others.since(&shown.outlook, now);
            if now >= since {
                told.push(message);
                told.extend(others);
            }
            next = seconds.next();
        }
        let Some(over) = ends_at.filter(|_| next.is_some()) else {
            told.extend(answers_of(shared, &partner, &world));
            return told;
        };
        began = over;
    }
}

/// Shows a world in the place of the one that follows the station's own record; that one does not come back.
fn shown(shared: &Shared, world: &World) -> (Arc<Partner>, Arc<Shown>) {
    let partner = Partner::of(PARTNER, world, (1.0, Stations::new(nights::stations())));
    let partners = shared.station.handle().partners();
    partners.put(Arc::clone(&partner), &partners.policy().unwrap());
    let warden = Warden::open(
        (SignIn::Off, None),
        (std::env::temp_dir(), None, AtStart::default()),
        shared.station.handle().clone(),
    );
    let (warden, _) = shared.station.block_on(warden).unwrap();
    let shown = shared.station.block_on(async {
        let around = (Occasion::Demonstration, warden);
        Shown::begin(Outlook::Partner(Arc::clone(&partner)), around, Arc::new(Semaphore::new(1)))
    });
    (partner, shown)
}

/// What every route answers of a world.
fn answers_of(shared: &Shared, partner: &Partner, world: &World) -> Vec<(String, String)> {
    let is_told = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // What was asked of the world is answered by whoever makes it go on.
        scope.spawn(|| {
            while !is_told.load(Ordering::Relaxed) {
                partner.refresh(world);
                std::thread::park_timeout(Duration::from_millis(2));
            }
        });
        let _done = Done(&is_told);
        answers(shared)
    })
}

/// Says so when it is dropped, be it by a panic.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What every route answers the partner.
fn answers(shared: &Shared) -> Vec<(String, String)> {
    let (page, whom) = (shared.station.address(), &shared.partner);
    let told = shared.routes.iter().filter(|route| route.path != "/api/stream");
    let told = told.filter(|route| route.exit != Exit::Oneself).flat_map(|route| {
        paths(route).into_iter().map(move |path| {
            let (status, head, body) = ask_as(page, whom, method(route), &path);
            (path, format!("{status}\n{head}\n{}", String::from_utf8_lossy(&body)))
        })
    });
    told.collect()
}
