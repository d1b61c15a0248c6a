//! Every route, asked by nobody and by everybody.

mod partner;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use axum::routing::MethodFilter;

use super::consulted::Tells;
use super::routes::{Listed, Routes};
use super::*;
use crate::identity::{AtStart, SignIn};
use crate::runtime::Station;
use crate::runtime::tests::configured;

/// Routes that tell strangers something, and why that is so.
const KNOWN_TO_ALL: [&str; 7] = [
    "/api/health",
    "/api/identity",
    "/api/identity/sign-in",
    "/api/identity/enrol",
    "/api/identity/passkey/ask",
    "/api/identity/passkey/sign-in",
    "/api/machines/enrol",
];

#[test]
fn no_route_tells_a_stranger_anything_but_how_to_come_in() {
    let home = tempfile::tempdir().unwrap();
    let (station, routes) = station(home.path(), SignIn::Required);
    assert!(routes.len() > 50, "{}", routes.len());
    for route in &routes {
        let is_open = KNOWN_TO_ALL.contains(&route.path.as_str());
        assert_eq!(route.need == Nothing, is_open, "{route:?}");

        let status = ask(station.address(), route);

        assert_eq!(status == 401, !is_open, "{status}: {route:?}");
    }
}

/// Routes that tell of nobody who is watched or watches.
const OF_NOBODY: [&str; 23] = [
    "/api/confirmations",
    "/api/cameras",
    "/api/doors",
    "/api/drones",
    "/api/forecast",
    "/api/health",
    "/api/identity",
    "/api/identity/passkeys",
    "/api/record",
    "/api/record/protection",
    "/api/release",
    "/api/sector",
    "/api/stretches/{id}/crossing",
    "/api/strip",
    "/metrics",
    "/ogc/",
    "/ogc/api",
    "/ogc/collections",
    "/ogc/collections/{id}",
    "/ogc/conformance",
    "/tiles/corridors/{z}/{x}/{y}",
    "/tiles/coverage/{z}/{x}/{y}",
    "/tiles/dem/{z}/{x}/{y}",
];

#[test]
fn what_tells_of_people_is_told_to_the_record_whoever_reads_it() {
    let home = tempfile::tempdir().unwrap();
    let (_station, routes) = station(home.path(), SignIn::Off);
    for route in routes.iter().filter(|route| route.method == MethodFilter::GET) {
        let is_of_nobody = OF_NOBODY.contains(&route.path.as_str());
        assert_eq!(Tells::by(&route.path) == Tells::Nobody, is_of_nobody, "{route:?}");
    }
}

#[test]
fn where_nobody_is_asked_no_route_is_shut() {
    let home = tempfile::tempdir().unwrap();
    let (station, routes) = station(home.path(), SignIn::Off);

    for route in routes {
        let status = ask(station.address(), &route);

        assert!(status != 401 && status != 403, "{status}: {route:?}");
    }
}

fn station(home: &std::path::Path, sign_in: SignIn) -> (Station, Vec<Listed>) {
    let config = configured(home, sign_in);
    let station = Station::start(&config).unwrap();
    let listed = listed(&station);
    (station, listed)
}

/// All routes that a station answers.
fn listed(station: &Station) -> Vec<Listed> {
    let elsewhere = tempfile::tempdir().unwrap();
    let warden = Warden::open(
        (SignIn::Off, None),
        (elsewhere.path().to_owned(), None, AtStart::default()),
        station.handle().clone(),
    );
    let (warden, _) = station.block_on(warden).unwrap();
    station.block_on(async {
        let handle = station.handle().clone();
        let around = (Occasion::Demonstration, Arc::clone(&warden));
        let streams = Arc::new(Semaphore::new(1));
        let own = Shown::begin(Outlook::Own(handle.clone()), around, streams);
        routes(Routes::new(warden, Arc::new(Shows::new(own, handle)))).listed
    })
}

/// Asks for a route with something at each of its places; the status of the answer.
fn ask(page: SocketAddr, route: &Listed) -> u16 {
    let filled = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    let path: Vec<String> = route.path.split('/').map(filled).collect();
    let (path, method) =
        (path.join("/"), if route.method == MethodFilter::GET { "GET" } else { "POST" });
    let mut stream = TcpStream::connect(page).unwrap();
    let upgrade = "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n";
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {page}\r\n{upgrade}\r\n{{}}").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    std::str::from_utf8(&head).unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}
