//! Roads, kinds of ground, barriers and the dark change how long ways take, and in which direction.

use super::*;
use crate::sector::GroundKind;

/// Hazard of one detection in about half an hour.
const HAZARD: u32 = 524;

/// The least-detected crossings of a walker, and how long each takes.
fn crossings(more: &str, light: Light) -> Vec<Option<LeastDetected>> {
    of((Mover::Walker, light), more)
}

fn of(goer: (Mover, Light), more: &str) -> Vec<Option<LeastDetected>> {
    let (sector, model) = small_with(more, |_, _| 50);
    let times = model.net.times(goer, &sector, &model.going);
    let fields = model.net.fields(&times, &vec![HAZARD; model.net.len()], Asked::All);
    model.net.least_detected(&times, &fields, Asked::All)
}

/// West and east of the line at some latitudes; `(0, 0)` is the middle of the line.
fn places(points: &[(f64, f64)]) -> String {
    let (sector, _) = small(|_, _| 50);
    let each = points.iter().map(|&(east_m, north_m)| {
        let place = sector.frame.place(EnuPoint::new(east_m, north_m));
        format!("[{:.7}, {:.7}]", place.lon_deg(), place.lat_deg())
    });
    each.collect::<Vec<_>>().join(", ")
}

fn named(table: &str, figures: &str, points: &[(f64, f64)]) -> String {
    let key = if table == "going" && !figures.contains("width_m") { "ring" } else { "path" };
    format!(
        "[[{table}]]\nid = \"x{table}\"\nname = {{ en = \"X\", ar = \"س\" }}\n{figures}\n{key} = [{}]\n",
        places(points)
    )
}

/// The whole sector and more.
const EVERYWHERE: [(f64, f64); 4] = [(-3e3, -3e3), (3e3, -3e3), (3e3, 3e3), (-3e3, 3e3)];
/// A wall on the near side, parallel to the line, from end to end and beyond.
const WALL: [(f64, f64); 2] = [(450.0, -3e3), (-150.0, 3e3)];

#[test]
fn sand_takes_as_much_longer_as_its_share_says_and_so_does_the_dark() {
    let open = crossings("", Light::Day);
    let sand = crossings(&named("going", "kind = \"sand\"", &EVERYWHERE), Light::Day);
    let dark = crossings("", Light::Night);

    for ((open, sand), dark) in open.iter().zip(&sand).zip(&dark) {
        // The fence at the line takes a minute, whatever lies there.
        let times = [open, sand, dark].map(|crossing| crossing.unwrap().time_s());
        let is_fenced = times[0] > 870.0;
        let [open_s, sand_s, dark_s] = times.map(|s| if is_fenced { s - 60.0 } else { s });
        assert_relative_eq!(sand_s, open_s / 0.72, max_relative = 0.02);
        assert_relative_eq!(dark_s, open_s / 0.8, max_relative = 0.02);
    }
}

#[test]
fn deep_water_stops_all_who_do_not_fly_until_a_bridge_leads_over_it() {
    let water = named("going", "kind = \"deep-water\"\nwidth_m = 20", &WALL);
    let bridge = named("road", "class = \"track\"", &[(0.0, 0.0), (600.0, 0.0)]);

    assert!(crossings(&water, Light::Day).iter().all(Option::is_none));
    assert!(of((Mover::Drone, Light::Day), &water).iter().all(Option::is_some));
    assert!(crossings(&(water + &bridge), Light::Day).iter().all(Option::is_some));
}

#[test]
fn a_second_fence_anywhere_delays_every_crossing_once() {
    let fence = named("barrier", "kind = \"fence\"\ndelay_s = 90", &WALL);

    let pairs = crossings("", Light::Day).into_iter().zip(crossings(&fence, Light::Day));

    for (open, fenced) in pairs {
        assert_relative_eq!(fenced.unwrap().time_s(), open.unwrap().time_s() + 90.0, epsilon = 2.0);
    }
}

#[test]
fn a_gate_in_it_lets_those_pass_quicker_who_cross_near_it() {
    let fence = named("barrier", "kind = \"fence\"\ndelay_s = 600", &WALL);
    let gate = format!(
        "[[barrier.opening]]\nkind = \"gate\"\nat = {}\nwidth_m = 4\ndelay_s = 20\n",
        places(&[(150.0, 0.0)])
    );

    let (shut, open) = (crossings(&fence, Light::Day), crossings(&(fence + &gate), Light::Day));

    let gains =
        shut.iter().zip(&open).map(|(shut, open)| shut.unwrap().time_s() - open.unwrap().time_s());
    let gains: Vec<f64> = gains.collect();
    assert!(gains.iter().all(|gain_s| *gain_s >= 0.0), "{gains:?}");
    assert!(gains.iter().any(|gain_s| *gain_s > 500.0), "{gains:?}");
}

#[test]
fn units_keep_to_the_road_where_it_is_quicker() {
    let (from, to) = (EnuPoint::new(700.0, -600.0), EnuPoint::new(700.0, 600.0));
    let road = named("road", "class = \"paved\"", &[(700.0, -700.0), (700.0, 700.0)]);
    let drive_s = |more: &str, light| {
        let (_, model) = small_with(more, |_, _| 50);
        arrivals(&model, to, &[starter(from, Mobility::Vehicle)], light)[0].travel_s.unwrap()
    };

    assert_relative_eq!(drive_s("", Light::Day), 1_200.0 / 11.0, max_relative = 0.06);
    assert_relative_eq!(drive_s(&road, Light::Day), 1_200.0 / 16.7, max_relative = 0.06);
    assert_relative_eq!(drive_s(&road, Light::Night), 1_200.0 / (16.7 * 0.85), max_relative = 0.06);
}

#[test]
fn no_step_leaps_over_a_strip_of_water_however_it_runs() {
    for wall in [WALL, [(-2e3, -1.7e3), (2e3, 1.9e3)], [(-2e3, 400.0), (2e3, 300.0)]] {
        let (_, model) =
            small_with(&named("going", "kind = \"deep-water\"\nwidth_m = 1", &wall), |_, _| 50);
        let pace =
            pace::Pace::new(pace::Goer::Mover(Mover::Walker), Light::Day, &model.sector().settings);
        let going = &model.going;
        let (from, to) = (EnuPoint::new(wall[0].0, wall[0].1), EnuPoint::new(wall[1].0, wall[1].1));
        for cell in 0..going.points.len() {
            for (step, length_m) in going.step_lengths_m().iter().enumerate() {
                let Some(next) = going.step_from(cell, step) else { continue };
                let way = (going.points[cell], going.points[next]);
                if crate::sector::crossing_point(way, (from, to)).is_some() {
                    assert_eq!(going.step_ticks(&pace, (cell, step, next), *length_m), None);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_barrier_never_quickens_and_a_road_never_slows_a_crossing(
        ends in prop::collection::vec((-900.0..900.0_f64, -900.0..900.0_f64), 2..4), delay_s in 0.0..4_000.0_f64,
        mover in 0..5_usize,
    ) {
        let goer = (Mover::ALL[mover], Light::Day);
        let open = of(goer, "");
        let barrier = of(goer, &named("barrier", &format!("kind = \"berm\"\ndelay_s = {delay_s}"), &ends));
        let road = of(goer, &named("road", "class = \"track\"", &ends));

        for ((open, barrier), road) in open.into_iter().zip(barrier).zip(road) {
            let [open, barrier, road] =
                [open, barrier, road].map(|crossing| crossing.map_or(1.0, LeastDetected::probability));
            prop_assert!(barrier >= open && road <= open, "{barrier} {open} {road}");
        }
    }

    #[test]
    fn ground_that_is_worse_for_everybody_never_quickens_a_crossing(
        corners in prop::collection::vec((-900.0..900.0_f64, -900.0..900.0_f64), 3..6), kind in 0..3_usize,
    ) {
        let kind = ["sand", "rock", "wadi"][kind];
        let worse = crossings(&named("going", &format!("kind = \"{kind}\""), &corners), Light::Day);

        for (open, worse) in crossings("", Light::Day).into_iter().zip(worse) {
            prop_assert!(worse.unwrap().probability() >= open.unwrap().probability());
        }
    }
}

#[test]
fn a_ring_is_laid_on_the_cells_whose_middles_it_holds() {
    let ring = [(-500.0, -400.0), (300.0, -500.0), (350.0, 600.0), (-100.0, 100.0)];
    let (sector, model) = small_with(&named("going", "kind = \"scrub\"", &ring), |_, _| 50);
    let going = &model.going;

    let mut held = 0;
    for (cell, point) in going.points.iter().enumerate() {
        let is_scrub = going.surface.kind(cell) == GroundKind::Scrub;
        let shape = &sector.going[0].shapes[0];
        // Edges are straight on either plane, and those differ by centimetres.
        let near = |by: f64| shape.contains(EnuPoint::new(point.east_m + by, point.north_m));
        if near(-0.5) == near(0.5) {
            assert_eq!(is_scrub, shape.contains(*point), "{point:?}");
        }
        held += usize::from(is_scrub);
    }
    let cell_m2 = going.row_m * going.col_m;
    assert!((held as f64 * cell_m2 - 455_000.0).abs() < 25_000.0, "{}", held as f64 * cell_m2);
}
