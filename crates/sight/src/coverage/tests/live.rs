//! A field that follows conditions, against one built anew.

use super::*;
use crate::coverage::view::tests::any_view;

/// One change of conditions.
#[derive(Debug, Clone)]
enum Change {
    Health {
        sensor: usize,
        health: Health,
    },
    /// A balloon, drone or observer moves: north of the middle of the line, and up.
    Move {
        sensor: usize,
        to: Option<(f64, f64)>,
    },
    /// Masts by visibility and wind, from south to north.
    Weather(Vec<(f64, f64)>),
    WeatherStale(bool),
    Mover(Mover),
    Forget {
        sensor: usize,
    },
    View {
        sensor: usize,
        view: View,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let sensor = 0..4_usize;
    let health = prop::sample::select(vec![
        Health::Working,
        Health::Working,
        Health::Down,
        Health::Stale,
        Health::NeverHeard,
        Health::Obscured,
        Health::Impaired,
        Health::Quarantined,
    ]);
    let masts = prop::collection::vec((100.0..40_000.0_f64, 0.0..30.0_f64), 0..4);
    let place = prop::option::of((-1_500.0..1_500.0_f64, 1.0..300.0_f64));
    prop_oneof![
        (sensor.clone(), health).prop_map(|(sensor, health)| Change::Health { sensor, health }),
        (sensor.clone(), place).prop_map(|(sensor, to)| Change::Move { sensor, to }),
        masts.prop_map(Change::Weather),
        prop::bool::ANY.prop_map(Change::WeatherStale),
        prop::sample::select(vec![Mover::Walker, Mover::Vehicle]).prop_map(Change::Mover),
        sensor.clone().prop_map(|sensor| Change::Forget { sensor }),
        (sensor, any_view()).prop_map(|(sensor, view)| Change::View { sensor, view }),
    ]
}

impl Change {
    fn apply(self, model: &Model, now: &mut Conditions) {
        let id = |sensor: usize| model.sector().sensors[sensor].id.clone();
        let working = SensorCondition { health: Health::Working, moved_to: None };
        match self {
            Self::Health { sensor, health } => {
                now.sensors.entry(id(sensor)).or_insert(working).health = health;
            }
            Self::Move { sensor, to } => {
                let moved = to.map(|(north_m, height_m)| MovedTo {
                    point: EnuPoint::new(400.0, north_m),
                    height_m,
                });
                now.sensors.entry(id(sensor)).or_insert(working).moved_to = moved;
            }
            Self::Weather(masts) => {
                let mast = |(at, (visibility_m, wind_mps)): (i32, (f64, f64))| WeatherAt {
                    wind_mps,
                    ..dust_at(f64::from(at) * 2_000.0 - 2_000.0, visibility_m)
                };
                now.weather = (0..).zip(masts).map(mast).collect();
            }
            Self::WeatherStale(stale) => now.weather_stale = stale,
            Self::Mover(mover) => now.mover = mover,
            Self::Forget { sensor } => drop(now.sensors.remove(&id(sensor))),
            Self::View { sensor, view } if view.is_plain() => drop(now.views.remove(&id(sensor))),
            Self::View { sensor, view } => drop(now.views.insert(id(sensor), view)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_sequence_of_changes_leaves_the_rates_of_a_rebuild(
        changes in prop::collection::vec(change(), 1..12),
    ) {
        static MODEL: OnceLock<Model> = OnceLock::new();
        let model = MODEL.get_or_init(|| model(&[TOWER, BALLOON, OBSERVER, RADAR], |row, col| {
            100 + i16::try_from((row * 7 + col * 3) % 23).unwrap()
        }));
        let mut now = conditions(model, Health::Working);
        let mut live = LiveField::new(model, &now);
        for change in changes {
            change.apply(model, &mut now);

            live.follow(model, &now);

            let rebuilt = LiveField::new(model, &now);
            prop_assert!(live.field() == rebuilt.field(), "after {:?}", now);
        }
        prop_assert!(live.field() == assess(model, &now).field());
        prop_assert!(live.field().rates.iter().all(|rate| *rate >= 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn an_assessor_that_follows_any_changes_says_what_one_that_begins_anew_says(
        changes in prop::collection::vec(change(), 1..10),
    ) {
        static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
        let model = MODEL.get_or_init(|| {
            Arc::new(model(&[TOWER, BALLOON, OBSERVER, RADAR], |row, col| {
                100 + i16::try_from((row * 11 + col * 5) % 29).unwrap()
            }))
        });
        let mut now = conditions(model, Health::Working);
        let mut assessor = Assessor::new(Arc::clone(model));
        let mut held = assessor.assess(&now);
        for change in changes {
            change.apply(model, &mut now);
            let digest = held.digest();

            let followed = assessor.assess(&now);

            let anew = assess(model, &now);
            prop_assert_eq!(&followed.stretches, &anew.stretches, "after {:?}", now);
            prop_assert!(followed == anew);
            prop_assert_eq!(followed.digest(), anew.digest());
            prop_assert!(held.digest() == digest, "an assessment that is held stays as it was");
            for sensor in &model.sector().sensors {
                let looks = |by: &Assessment| looks_of(by, model, sensor);
                prop_assert_eq!(looks(&followed), looks(&anew));
                let is_alike = followed.sees_alike(&held, model, &sensor.id);
                prop_assert!(!is_alike || looks(&followed) == looks(&held));
                prop_assert!(assessor.assess(&now).sees_alike(&followed, model, &sensor.id));
            }
            held = followed;
        }
    }
}

/// What a sensor makes of movers here and there, to the bit.
fn looks_of(by: &Assessment, model: &Model, sensor: &Sensor) -> Vec<u64> {
    let places = [(30.0, 0.0), (-200.0, 350.0), (900.0, -400.0), (0.0, 2_500.0)];
    let places = places.map(|(east_m, north_m)| {
        EnuPoint::new(sensor.point.east_m + east_m, sensor.point.north_m + north_m)
    });
    let looks = places
        .into_iter()
        .flat_map(|at| Mover::ALL.map(|mover| by.p_look(model, &sensor.id, at, mover).to_bits()));
    looks.collect()
}

const RADAR: &str = r#"
[[sensor]]
id = "radar"
name = { en = "Radar", ar = "رادار" }
node_id = "00000000-0000-4000-8000-000000000004"
kind = "radar"
at = [41.036, 34.428]
height_m = 12
range_max_m = 5000
revisit_s = 4
radar = { walker_half_range_m = 2000 }
"#;
