//! Nights of which a partner is given some: a sector with more than it may know, and what is told there.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sight::coverage::{Model, View};
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{SensorId, UnitId};
use watch::alert::Outcome;
use watch::alert::acts::AlertAct;
use watch::alert::suppression::{How, Subject};
use watch::call::{Call, CallKind, CallWord};
use watch::detection::{
    Class, DetectionReport, DustWindow, ForecastReport, Registration, Rejection, ReportedPlace,
    ReportedPosition, ReportedWeather, Source, StatusReport, ViewReport,
};
use watch::dispatch::TaskStage;
use watch::footage::PictureReport;
use watch::journal::{AlertId, Command, CommandRequest, Entry, Input, PersonId, TaskId};
use watch::message::Message;

use crate::release::{Labels, Thing};

pub(super) const PARTNER: &str = "army";
pub(super) const CANARY: &str = "canary";
/// Another agency, which is given one tower and has canaries of its own, and a word of what the army alone is given.
pub(super) const OTHER: &str = "navy";
pub(super) const OTHERS_CANARY: &str = "gannet";
pub(super) const ARMYS_OWN: &str = "sandpiper";
/// A weather station that the army is not given.
pub(super) const SECRET_STATION: &str = "LEXX";
/// On what grid places are put that the army is given of one tower.
const CELL_M: f64 = 500.0;
/// The army is given one tower as it is, one without its name, one late and coarse, one until a minute of the night has passed,
/// one patrol and one weather station; all else it is not.
pub(super) const POLICY: &str = r#"
    permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"tower-1");
    @source("a partner's sensor") @drop("classification")
    permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"masked-canary")
    when { context.kind == "detection" };
    permit(principal == Agency::"army", action == Action::"see", resource == Unit::"patrol-1");
    permit(principal == Agency::"army", action == Action::"see", resource == WeatherStation::"LESU");
    @coarsen_m("500") @delay_s("8")
    permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"coarse-tower");
    @until("2026-11-27T20:01:00Z")
    permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"ended-tower");
    permit(principal == Agency::"navy", action == Action::"see", resource == Sensor::"gannet-tower");
    permit(principal == Agency::"army", action == Action::"see", resource is Message)
    when { resource.labels.contains("shared") };
    forbid(principal, action, resource == Sensor::"secret-tower");
    forbid(principal, action, resource) when { resource.labels.contains("sealed") };
"#;
/// What the one tower that the army is given as it is calls a thing of which it must not know.
const SEALED: &str = "canary-sealed";
/// Kinds of what the partner is not given.
const HIDDEN: u8 = 18;
/// Seconds of a night, the last of which the army never comes to know.
pub(super) const NIGHT_S: std::ops::RangeInclusive<i64> = 7..=119;
const LATE_S: std::ops::Range<u32> = 112..119;

/// One object, one call and one message that are withheld, and one message that is given.
pub(super) fn labels() -> Labels {
    let seen = Labels::on_object("tower-1", &format!("{SEALED}-object"));
    let called = Labels::on_object("patrol-1", &format!("{SEALED}-device"));
    let of_message = |words: &str| Labels::on(&Thing::of_message(&message(words, begins())));
    let labelled =
        |on: String, labels: &[&str]| (on, labels.iter().map(|&label| label.to_owned()).collect());
    let all = [
        labelled(seen, &["sealed"]),
        labelled(called, &["sealed"]),
        labelled(of_message(SEALED), &["sealed", "shared"]),
        labelled(of_message(ARMYS_OWN), &["shared"]),
    ];
    Labels(all.into())
}

/// The drill with towers and a unit besides of which the army is given more, less or nothing.
pub(super) fn model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    let build = || {
        let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
        let drill = crate::shipped::load_model(drill).unwrap();
        let mut sector = drill.sector().clone();
        for id in ["secret-tower", "masked-canary"] {
            let mut tower = sector.sensors[0].clone();
            tower.id = SensorId(id.into());
            tower.name.en = format!("{CANARY} {id}");
            tower.node_id = format!("{CANARY}-node-{id}");
            sector.sensors.push(tower);
        }
        for (id, word) in
            [("coarse-tower", ARMYS_OWN), ("ended-tower", CANARY), ("gannet-tower", OTHERS_CANARY)]
        {
            let mut tower = sector.sensors[0].clone();
            tower.id = SensorId(id.into());
            tower.name.en = format!("{word} {id}");
            tower.node_id = format!("{word}-node-{id}");
            sector.sensors.push(tower);
        }
        let mut unit = sector.units[0].clone();
        unit.id = UnitId("secret-unit".into());
        unit.name.en = format!("{CANARY} unit");
        unit.node_id = format!("{CANARY}-node-unit");
        sector.units.push(unit);
        sector.sensors[0].name.en = format!("{ARMYS_OWN} tower");
        sector.units[0].name.en = format!("{ARMYS_OWN} patrol");
        Arc::new(Model::build(sector, drill.grid().clone()).unwrap())
    };
    Arc::clone(MODEL.get_or_init(build))
}

pub(super) fn begins() -> Timestamp {
    "2026-11-27T20:00:00Z".parse().unwrap()
}

/// Weather stations that the configuration names.
pub(super) fn stations() -> BTreeMap<String, Wgs84> {
    let place = Wgs84::new(41.0, 34.42).unwrap();
    ["LESU", SECRET_STATION].map(|station| (station.to_owned(), place)).into()
}

/// What is expected from an hour on, for a day.
fn forecast(station: &str, heard_at: Timestamp, visibility_m: u16) -> Input {
    let hour = |at: Timestamp| at.strftime("%d%H").to_string();
    let day = heard_at + SignedDuration::from_hours(24);
    let (from, to) = (hour(heard_at), hour(day));
    let text = format!("TAF {station} {from}00Z {from}/{to} 24010MPS {visibility_m:04}");
    // An alert in the world of whoever is given it.
    let hours = |hours| heard_at + SignedDuration::from_hours(hours);
    let dust = vec![DustWindow { from: hours(1), until: hours(3), visibility_m: 800.0 }];
    Input::Forecast(ForecastReport { station: station.into(), heard_at, text, dust })
}

fn sensor(id: &str) -> Source {
    Source::Sensor(SensorId(id.into()))
}

fn unit(id: &str) -> Source {
    Source::Unit(UnitId(id.into()))
}

fn place(lon_deg: f64, lat_deg: f64) -> ReportedPlace {
    ReportedPlace {
        lon_deg,
        lat_deg,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: Some(15.0),
        north_sigma_m: Some(15.0),
    }
}

fn registered(source: Source, words: &str) -> Input {
    let node_id = format!("{words}-node");
    let (name, status_interval_s) = (words.to_owned(), 5.0);
    Input::Registered(Registration { source, node_id, name, status_interval_s, follows: false })
}

fn status(source: Source, observed_at: Timestamp, words: &str) -> Input {
    Input::Status(StatusReport {
        source,
        report_id: format!("{words}-{observed_at}"),
        observed_at,
        detecting: true,
        note: words.into(),
        location: None,
        weather: Some(ReportedWeather {
            visibility_m: Some(3_000.0),
            wind_mps: 4.0,
            ceiling_m: None,
            dust: false,
        }),
        impaired: None,
    })
}

fn detected(source: Source, observed_at: Timestamp, at: ReportedPlace, words: &str) -> Input {
    Input::Detected(DetectionReport {
        source,
        report_id: format!("{words}-{observed_at}-{}", at.lon_deg),
        object_id: format!("{words}-object"),
        observed_at,
        position: ReportedPosition::Place(at),
        confidence: Some(0.9),
        classes: vec![(Class::Person, 0.8)],
        remarks: watch::detection::Remarks::default(),
    })
}

fn called(device: &str, unit: Option<UnitId>, (at, words): (Timestamp, &str)) -> Input {
    Input::Called(Call {
        door: "cot".into(),
        device: device.into(),
        name: words.into(),
        unit,
        word: CallWord::Raised(CallKind::Emergency),
        observed_at: at,
        place: Some(place(41.01, 34.42)),
    })
}

fn message(words: &str, written_at: Timestamp) -> Message {
    Message {
        door: "cot".into(),
        id: format!("{words}-{written_at}"),
        name: words.into(),
        unit: Some(UnitId("patrol-1".into())),
        text: words.into(),
        written_at,
        place: None,
        asked: None,
    }
}

/// Something that the partner is not given, by its number.
fn hidden(kind: u8, at: Timestamp, words: &str) -> Input {
    let by = PersonId(words.into());
    match kind % HIDDEN {
        0 => registered(sensor("secret-tower"), words),
        1 => status(sensor("secret-tower"), at, words),
        2 => status(unit("secret-unit"), at, words),
        3 => status(Source::Weather(words.into()), at, words),
        4 => called(words, None, (at, words)),
        5 => Input::Wrote(message(words, at)),
        6 => Input::Rejected(Rejection {
            door: words.into(),
            source: Some(sensor("tower-1")),
            field: words.into(),
            reason: words.into(),
        }),
        7 => Input::Commanded(CommandRequest {
            by,
            key: format!("{words}-{at}"),
            command: Command::Close {
                alert: AlertId(1),
                outcome: Outcome::Nothing,
                reason: words.into(),
            },
        }),
        8 => forecast(SECRET_STATION, at, 1_000 + 100 * u16::try_from(words.len() % 50).unwrap()),
        9 => Input::Pictured(PictureReport {
            sensor: SensorId("secret-tower".into()),
            lost: Some(words.into()),
        }),
        10 => Input::Viewed(ViewReport {
            sensor: SensorId("secret-tower".into()),
            view: View::default(),
        }),
        11 => Input::Disconnected { node_id: format!("{CANARY}-node-secret-tower") },
        12 => of_alerts(by, at, AlertAct::Shelve { alert: AlertId(1), for_s: 60 }),
        13 => of_alerts(
            by,
            at,
            AlertAct::Suppress {
                rule: None,
                subject: Subject::Sensor { sensor: SensorId("tower-1".into()) },
                how: How::OutOfService,
                for_s: 3_600,
            },
        ),
        14 => Input::TaskReported { task: TaskId(1), stage: TaskStage::Done, note: words.into() },
        15 => {
            let patrol = Some(UnitId("patrol-1".into()));
            called(&format!("{SEALED}-device"), patrol, (at, words))
        }
        16 => Input::Wrote(message(SEALED, begins())),
        _ => status(sensor("masked-canary"), at, words),
    }
}

/// What somebody at the station's own desk did about alerts.
fn of_alerts(by: PersonId, at: Timestamp, act: AlertAct) -> Input {
    let reason = by.0.clone();
    let key = format!("{reason}-{at}-alerts");
    Input::Commanded(CommandRequest { by, key, command: Command::ActOnAlert { act, reason } })
}

/// What the partner is given of a night: seconds, and where somebody is seen then by which sensor.
pub(super) fn shared() -> impl Strategy<Value = Vec<(u32, Input)>> {
    let one = (0_u32..90, 0_u8..7, 0.0..0.02_f64, 0.0..0.02_f64);
    prop::collection::vec(one, 10..40).prop_map(|given| {
        let input = |(second, kind, east, north): (u32, u8, f64, f64)| {
            let at = begins() + SignedDuration::from_secs(i64::from(second));
            let seen = place(41.005 + east, 34.41 + north);
            let input = match kind {
                0 => status(sensor("tower-1"), at, "tower"),
                1 => status(unit("patrol-1"), at, "patrol"),
                2 => detected(sensor("masked-canary"), at, seen, CANARY),
                3 => forecast("LESU", at, 4_000),
                4 => detected(sensor("coarse-tower"), at, seen, "coarse"),
                5 => Input::Wrote(message(ARMYS_OWN, begins())),
                _ => detected(sensor("tower-1"), at, seen, "tower"),
            };
            (second, input)
        };
        given.into_iter().map(input).collect()
    })
}

/// What it is not given.
pub(super) fn withheld() -> impl Strategy<Value = Vec<(u32, Input)>> {
    let one = (0_u32..90, 0..2 * HIDDEN, 0.0..0.02_f64, "[a-z]{1,8}");
    prop::collection::vec(one, 0..60).prop_map(|withheld| {
        let input = |(second, kind, east, words): (u32, u8, f64, String)| {
            let at = begins() + SignedDuration::from_secs(i64::from(second));
            let input = if kind < HIDDEN {
                hidden(kind, at, &words)
            } else if kind < HIDDEN + 6 {
                detected(sensor("tower-1"), at, place(41.005 + east, 34.415), SEALED)
            } else {
                detected(sensor("secret-tower"), at, place(41.005 + east, 34.415), &words)
            };
            (second, input)
        };
        withheld.into_iter().map(input).collect()
    })
}

/// What it is given, and not yet: it happens within the time by which its world is late.
pub(super) fn recent() -> impl Strategy<Value = Vec<(u32, Input)>> {
    let one = (LATE_S, 0_u8..3, 0.0..0.02_f64);
    prop::collection::vec(one, 0..8).prop_map(|recent| {
        let input = |(second, kind, east): (u32, u8, f64)| {
            let at = begins() + SignedDuration::from_secs(i64::from(second));
            let input = match kind {
                0 => status(sensor("tower-1"), at, "late"),
                1 => detected(sensor("coarse-tower"), at, place(41.005 + east, 34.415), "late"),
                _ => detected(sensor("tower-1"), at, place(41.005 + east, 34.415), "late"),
            };
            (second, input)
        };
        recent.into_iter().map(input).collect()
    })
}

/// What was told of tower and place until the permit for it ended.
pub(super) fn ended() -> impl Strategy<Value = Vec<(u32, Input)>> {
    let one = (0_u32..100, any::<bool>(), 0.0..0.02_f64, "[a-z]{1,8}");
    prop::collection::vec(one, 1..30).prop_map(|ended| {
        let input = |(second, is_seen, east, words): (u32, bool, f64, String)| {
            let at = begins() + SignedDuration::from_secs(i64::from(second));
            let tower = sensor("ended-tower");
            let input = if is_seen {
                detected(tower, at, place(41.005 + east, 34.417), &words)
            } else {
                status(tower, at, &words)
            };
            (second, input)
        };
        ended.into_iter().map(input).collect()
    })
}

/// What one tower saw twice, each time in the same cells of the grid and elsewhere within them.
pub(super) fn in_cells() -> impl Strategy<Value = [Vec<(u32, Input)>; 2]> {
    let within = || (0.02..0.98_f64, 0.02..0.98_f64, 2.0..100.0_f64);
    let one = (0_u32..100, 0_u8..4, 0_u8..4, [within(), within()]);
    prop::collection::vec(one, 1..20).prop_map(|cells| {
        [0, 1].map(|which| {
            let seen = |(second, east, north, within): &(u32, u8, u8, [(f64, f64, f64); 2])| {
                let at = begins() + SignedDuration::from_secs(i64::from(*second));
                let (along, across, sigma_m) = within[which];
                let place =
                    in_cell((f64::from(*east) + along, f64::from(*north) + across), sigma_m);
                (*second, detected(sensor("coarse-tower"), at, place, "coarse"))
            };
            cells.iter().map(seen).collect()
        })
    })
}

/// A place so many cells east and north of one of the grid's corners.
fn in_cell((east, north): (f64, f64), sigma_m: f64) -> ReportedPlace {
    let frame = model().sector().frame;
    let near = frame.point(Wgs84::new(41.005, 34.41).unwrap()).to_vector();
    let along = |near_m: f64, cells: f64| ((near_m / CELL_M).floor() + cells) * CELL_M;
    let at = frame.place(EnuPoint::new(along(near.x, east), along(near.y, north)));
    ReportedPlace {
        east_sigma_m: Some(sigma_m),
        north_sigma_m: Some(sigma_m),
        ..place(at.lon_deg(), at.lat_deg())
    }
}

/// A night of both, in order of time; what came in the same second came in the order given first.
pub(super) fn night(given: &[(u32, Input)], withheld: &[(u32, Input)]) -> Vec<Entry> {
    let mut all: Vec<&(u32, Input)> = given.iter().chain(withheld).collect();
    all.sort_by_key(|(second, _)| *second);
    // Time that passes at the station passes for the partner by its own clock.
    let entry = |(second, input): &&(u32, Input)| {
        let at = begins() + SignedDuration::from_millis(i64::from(*second) * 1_000 + 300);
        Entry::new(at, input.clone())
    };
    all.iter().map(entry).collect()
}

/// What is told in a moment with a word in each text of all that is withheld, and what is given beside it.
pub(super) fn canaries(now: Timestamp, at: u8) -> Vec<Input> {
    let words = format!("{CANARY}-{at}");
    let walked = 41.008 + f64::from(at) * 1e-5;
    let mut inputs = vec![
        registered(sensor("tower-1"), ARMYS_OWN),
        status(sensor("tower-1"), now, ARMYS_OWN),
        status(unit("patrol-1"), now, ARMYS_OWN),
        registered(sensor("gannet-tower"), OTHERS_CANARY),
        status(sensor("gannet-tower"), now, OTHERS_CANARY),
        detected(sensor("gannet-tower"), now, place(walked, 34.421), OTHERS_CANARY),
        registered(sensor("ended-tower"), &words),
        status(sensor("ended-tower"), now, &words),
        detected(sensor("ended-tower"), now, place(walked, 34.417), &words),
        detected(sensor("coarse-tower"), now, place(walked, 34.413), ARMYS_OWN),
        detected(sensor("tower-1"), now, place(walked, 34.413), "tower"),
        forecast("LESU", now, 4_000),
        Input::Wrote(message(ARMYS_OWN, begins())),
        registered(sensor("masked-canary"), &words),
        detected(sensor("masked-canary"), now, place(walked + 0.01, 34.419), &words),
        detected(sensor("secret-tower"), now, place(walked, 34.425), &words),
        detected(unit("secret-unit"), now, place(walked, 34.424), &words),
    ];
    inputs.extend((0..HIDDEN).map(|kind| hidden(kind, now, &words)));
    inputs
}
