use sight::sector::SensorId;

use super::*;
use crate::detection::{ReportedPosition, Source};

const TURN_S: f64 = 1.0;
/// Of a radar of ten parts.
const SPAN_S: f64 = 0.15;

#[test]
fn what_a_turning_radar_stamps_one_by_one_is_one_look_at_each_part() {
    let mut looks = Looks::default();
    for plot in 0..40 {
        let seen_s = 10.0 + 0.025 * f64::from(plot);
        tell(&mut looks, plot / 4, (plot, seen_s), seen_s);
    }

    let taken = take(&mut looks, 12.0);

    let sizes: Vec<(u16, usize)> =
        taken.iter().map(|look| (look.step.index, look.reports.len())).collect();
    assert_eq!(sizes, (0..10).map(|part| (part, 4)).collect::<Vec<_>>());
    // The time of a look is the middle of what was seen in it, and looks of one sensor are apart.
    assert_eq!(taken[1].at, at(10.1 + 0.075 / 2.0) - SignedDuration::from_micros(1));
    assert!(looks.next_due(at(12.0)).is_none());
}

#[test]
fn an_object_that_is_told_again_is_seen_by_another_look() {
    let mut looks = Looks::default();
    for (report, object, seen_s) in [(0, 1, 10.0), (1, 2, 10.05), (2, 1, 10.1), (3, 2, 10.14)] {
        let report =
            DetectionReport { object_id: format!("object {object}"), ..plot(report, seen_s) };
        looks.add((step(0), None), report, Some((SPAN_S, 0.0)), at(seen_s));
    }

    let taken = take(&mut looks, 12.0);

    let ids: Vec<Vec<&str>> = taken.iter().map(ids_of).collect();
    assert_eq!(ids, [["report 0", "report 1"], ["report 2", "report 3"]]);
    assert_eq!([taken[0].at, taken[1].at], [at(10.025), at(10.12)]);
    assert!(taken.iter().all(|look| look.before == 0));
}

#[test]
fn a_straggler_goes_with_the_look_that_has_gone_before() {
    let mut looks = Looks::default();
    tell(&mut looks, 0, (0, 10.0), 10.0);
    tell(&mut looks, 0, (1, 10.06), 10.06);
    let first = take(&mut looks, 10.5).remove(0);

    tell(&mut looks, 0, (2, 10.03), 10.6);
    let late = take(&mut looks, 11.5).remove(0);

    assert_eq!((first.reports.len(), first.before), (2, 0));
    assert_eq!((late.at, late.before, ids_of(&late)), (first.at, 2, vec!["report 2"]));
}

#[test]
fn the_order_in_which_reports_come_leaves_no_trace() {
    let plots: Vec<(u16, f64)> =
        (0..30).map(|plot| (plot, 10.0 + 0.011 * f64::from(plot * 7 % 30))).collect();
    let taken = |order: &mut dyn Iterator<Item = &(u16, f64)>| {
        let mut looks = Looks::default();
        for plot in order {
            tell(&mut looks, 0, *plot, 10.5);
        }
        take(&mut looks, 12.0)
    };

    assert_eq!(taken(&mut plots.iter()), taken(&mut plots.iter().rev()));
}

#[test]
fn looks_wait_as_long_as_the_latest_word_took_and_no_longer() {
    let mut looks = Looks::default();
    for second in 0..5 {
        tell(&mut looks, 0, (second, f64::from(second)), f64::from(second) + 0.04);
    }
    assert_holds(&looks, 4.1, 0.04 + SPAN_S);

    // One slow line, and all wait for it, for a minute.
    let slow = Step { sensor: SensorId("slow".into()), index: 0 };
    looks.add((slow, None), plot(9, 5.0), Some((0.05, 0.0)), at(6.2));
    assert_holds(&looks, 6.2, 1.2 + 0.05);
    for second in 6..80 {
        tell(&mut looks, 0, (second, f64::from(second)), f64::from(second) + 0.04);
    }
    assert_holds(&looks, 80.0, 0.04 + SPAN_S);

    // What is older than all holding is not waited for.
    tell(&mut looks, 0, (99, 20.0), 80.0);
    assert_holds(&looks, 80.0, 0.04 + limits::LOOK_HOLD_MAX_S + SPAN_S);
}

#[test]
fn a_station_that_is_behind_with_everything_keeps_the_order() {
    let mut looks = Looks::default();
    for second in 0..5 {
        tell(&mut looks, 0, (second, f64::from(second)), f64::from(second) + 7.0);
        let other = Step { sensor: SensorId("other".into()), index: 0 };
        let plot = plot(second, f64::from(second) + 0.5);
        looks.add((other, None), plot, Some((SPAN_S, 0.0)), at(f64::from(second) + 8.0));
    }

    assert_holds(&looks, 12.0, 7.5 + SPAN_S);
}

#[test]
fn a_station_that_falls_behind_keeps_the_order_as_soon_as_all_words_are_late() {
    let mut looks = Looks::default();
    let other = || Step { sensor: SensorId("other".into()), index: 0 };
    let mut number = 0;
    let mut hear = |looks: &mut Looks, from_s: f64, late_s: f64| {
        for word in 0..40 {
            let seen_s = from_s + 0.1 * f64::from(word);
            number += 2;
            tell(looks, 0, (number, seen_s), seen_s + late_s);
            let other_word = plot(number + 1, seen_s);
            looks.add((other(), None), other_word, Some((SPAN_S, 0.0)), at(seen_s + late_s));
        }
    };
    hear(&mut looks, 10.0, 0.04);
    assert_holds(&looks, 14.0, 0.04 + SPAN_S);

    hear(&mut looks, 14.0, 9.0);
    assert_holds(&looks, 27.0, 9.0 + SPAN_S);
}

#[test]
fn what_a_sensor_tells_late_by_its_own_delay_was_seen_before_and_is_waited_for() {
    let mut looks = Looks::default();
    looks.add((step(0), None), plot(0, 10.0), Some((0.05, 1.2)), at(10.0));
    assert_holds(&looks, 10.0, 1.2 + 0.05);

    let taken = take(&mut looks, 11.0);

    assert_eq!(taken[0].at, at(8.8));
}

#[test]
fn what_is_taken_later_is_later() {
    let mut looks = Looks::default();
    let mut last = Timestamp::MIN;
    for tick in 0..200 {
        let now_s = 10.0 + 0.05 * f64::from(tick);
        for part in 0..3 {
            let seen_s = now_s - 0.017 * f64::from((tick * 7 + part * 3) % 5);
            tell(&mut looks, (tick / 2 + part) % 10, (3 * tick + part, seen_s), now_s);
        }
        for look in take(&mut looks, now_s) {
            assert!(look.before > 0 || look.at >= last, "{look:?}");
            last = last.max(look.at);
        }
    }
    assert!(last > at(19.0));
}

#[test]
fn one_sensors_flood_leaves_room_for_others_and_is_counted() {
    let mut looks = Looks::default();
    for plot in (0..).take(limits::SENSOR_REPORTS_WAITING_MAX + 10) {
        tell(&mut looks, plot % 10, (plot, 10.0), 10.0);
    }
    let other = Step { sensor: SensorId("other".into()), index: 0 };
    looks.add((other.clone(), None), plot(0, 10.0), Some((SPAN_S, 0.0)), at(10.0));

    let taken = take(&mut looks, 12.0);

    assert_eq!(looks.flood(&step(0).sensor).dropped, 10);
    assert!(taken.iter().any(|look| look.step == other && look.reports.len() == 1));
}

#[test]
fn one_look_holds_so_many_reports_and_its_stragglers_count_with_them() {
    let mut looks = Looks::default();
    for plot in (0..).take(limits::LOOK_DETECTIONS_MAX - 1) {
        tell(&mut looks, 0, (plot, 10.0), 10.0);
    }
    let first = take(&mut looks, 10.5).remove(0);
    for plot in (5_000..).take(3) {
        tell(&mut looks, 0, (plot, 10.0), 10.6);
    }

    let late = take(&mut looks, 12.0).remove(0);

    assert_eq!((first.reports.len(), late.reports.len()), (limits::LOOK_DETECTIONS_MAX - 1, 1));
    assert_eq!(looks.flood(&step(0).sensor).dropped, 2);
}

#[test]
fn one_object_told_over_and_over_makes_no_look_of_every_word() {
    let mut looks = Looks::default();
    for word in 0..100_u16 {
        let seen_s = 10.0 + 0.001 * f64::from(word);
        let told = DetectionReport { object_id: "one".into(), ..plot(word, seen_s) };
        looks.add((step(0), None), told, Some((SPAN_S, 0.0)), at(10.1));
    }

    let taken = take(&mut looks, 12.0);

    assert_eq!(taken.iter().map(|look| look.reports.len()).sum::<usize>(), 100);
    assert!(taken.len() <= 10, "{}", taken.len());
}

#[test]
fn nobody_waits_for_people_who_tell_of_what_they_saw_some_time_ago() {
    let mut looks = Looks::default();
    tell(&mut looks, 0, (0, 10.0), 10.04);
    let patrol = Step { sensor: SensorId("patrol".into()), index: 0 };
    looks.add((patrol, None), plot(1, 4.0), None, at(10.04));

    assert_holds(&looks, 10.04, 0.04 + SPAN_S);
}

#[test]
fn a_tick_is_due_when_it_has_a_look_to_take() {
    let mut looks = Looks::default();
    tell(&mut looks, 0, (0, 10.0), 10.0);
    tell(&mut looks, 0, (1, 10.1), 10.1);

    let due = looks.next_due(at(10.1)).unwrap();

    let a_little = SignedDuration::from_millis(1);
    assert!(looks.clone().take_due(std::iter::empty(), due - a_little).is_empty());
    assert_eq!(looks.take_due(std::iter::empty(), due).len(), 1);
}

fn assert_holds(looks: &Looks, now_s: f64, expected_s: f64) {
    let over_s = looks.hold_s(at(now_s)) - expected_s - limits::LOOK_HOLD_MARGIN_S;
    // A look is a microsecond earlier for each step.
    assert!(over_s.abs() < 1e-5, "{over_s}");
}

fn tell(looks: &mut Looks, index: u16, (number, seen_s): (u16, f64), now_s: f64) {
    looks.add((step(index), None), plot(number, seen_s), Some((SPAN_S, 0.0)), at(now_s));
}

fn take(looks: &mut Looks, now_s: f64) -> Vec<Look> {
    looks.take_due(std::iter::empty(), at(now_s))
}

fn ids_of(look: &Look) -> Vec<&str> {
    look.reports.iter().map(|report| report.report_id.as_str()).collect()
}

fn step(index: u16) -> Step {
    Step { sensor: SensorId("radar".into()), index }
}

fn plot(number: u16, seen_s: f64) -> DetectionReport {
    let azimuth_deg = f64::from(number % 360);
    DetectionReport {
        source: Source::Sensor(SensorId("radar".into())),
        report_id: format!("report {number}"),
        object_id: String::new(),
        observed_at: at(seen_s),
        position: ReportedPosition::Polar {
            azimuth_deg,
            azimuth_sigma_deg: None,
            elevation_deg: None,
            elevation_sigma_deg: None,
            range_m: Some(1_000.0),
            range_sigma_m: None,
        },
        confidence: None,
        classes: Vec::new(),
        remarks: crate::detection::Remarks::default(),
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(seconds)
}

/// Tells a look of two plots of a tenth of a second, the last of them so long after the first, and takes it; returns when.
fn tell_part(looks: &mut Looks, part: u16, (lasts_s, late_s): (f64, f64)) -> f64 {
    let seen_s = 10.0 + 0.1 * f64::from(part);
    for (number, seen_s) in [(2 * part, seen_s), (2 * part + 1, seen_s + lasts_s)] {
        tell(looks, part % 10, (number, seen_s), seen_s + late_s);
    }
    let taken_s = seen_s + lasts_s + late_s + 0.001;
    let due = looks.next_due(at(taken_s)).map_or(0.0, seconds);
    take(looks, due.max(taken_s));
    taken_s
}

fn seconds(at: Timestamp) -> f64 {
    at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64()
}

#[test]
fn looks_that_are_told_at_once_are_waited_for_no_longer_than_their_words_take() {
    let mut looks = Looks::default();
    let at_once = (0.001, 0.04);
    // It may yet turn out to tell what it sees one by one.
    let now_s = tell_part(&mut looks, 0, at_once);
    assert_holds(&looks, now_s, 0.04 + SPAN_S);

    let now_s = (1..30).map(|part| tell_part(&mut looks, part, at_once)).last().unwrap();
    // Half of it was seen after its middle.
    assert_holds(&looks, now_s, 0.04 + 0.0005);
}

#[test]
fn of_a_look_that_is_told_when_it_is_over_its_length_is_not_waited_for_twice() {
    let mut looks = Looks::default();
    let mut now_s = 0.0;
    for part in 0..40_u16 {
        let seen_s = 10.0 + 0.1 * f64::from(part);
        // All of a tenth of a second comes together when it is over.
        now_s = seen_s + 0.1 + 0.04;
        for plot in 0..5 {
            let number = 5 * part + plot;
            tell(&mut looks, part % 10, (number, seen_s + 0.02 * f64::from(plot)), now_s);
        }
        let due = looks.next_due(at(now_s)).map_or(now_s, seconds);
        take(&mut looks, due.max(now_s));
    }

    assert_holds(&looks, now_s, 0.1 + 0.04 - 0.04);
}

#[test]
fn of_many_looks_a_late_one_keeps_nobody_waiting_but_several_do() {
    let mut looks = Looks::default();
    let mut part = 0;
    let mut go_on = |looks: &mut Looks, parts: u16, late_s: f64| {
        part += parts;
        let parts = part - parts..part;
        parts.map(|part| tell_part(looks, part, (0.0, late_s))).last().unwrap()
    };
    go_on(&mut looks, 100, 0.04);
    let now_s = go_on(&mut looks, 2, 0.3);
    assert_holds(&looks, now_s, 0.04);

    let now_s = go_on(&mut looks, 4, 0.3);
    assert_holds(&looks, now_s, 0.3);

    // Nor for longer than a minute.
    let now_s = go_on(&mut looks, 700, 0.04);
    assert_holds(&looks, now_s, 0.04);
}

#[test]
fn a_sensor_that_falls_behind_is_waited_for_before_many_of_its_looks_were_late() {
    let mut looks = Looks::default();
    let other = Step { sensor: SensorId("other".into()), index: 0 };
    for part in 0..300_u16 {
        let now_s = tell_part(&mut looks, part, (0.0, 0.04));
        let plot = plot(1_000 + part, now_s - 0.04);
        looks.add((other.clone(), None), plot, Some((SPAN_S, 0.0)), at(now_s));
    }
    // Two groups of newest words, of which no look has been taken.
    for word in 0..32_u16 {
        let seen_s = 40.0 + 0.01 * f64::from(word);
        tell(&mut looks, 0, (2_000 + word, seen_s), seen_s + 0.9);
    }

    assert_holds(&looks, 41.3, 0.9);
}

#[test]
fn what_is_told_at_once_is_one_look_though_its_ends_reach_over_the_edge() {
    let mut looks = Looks::default();
    // Of the part of its turn that ended at 10.1, then of the next, whose first plot is seen a little before its edge.
    let told = [(3, None, 10.0), (3, Some(4), 10.001), (4, Some(3), 10.002)];
    let next = [(3, Some(4), 10.1), (4, None, 10.101), (4, Some(5), 10.102), (5, Some(4), 10.103)];
    for (number, (index, beside, seen_s)) in (0..).zip(told.into_iter().chain(next)) {
        looks.add((step(index), beside), plot(number, seen_s), Some((SPAN_S, 0.0)), at(seen_s));
    }

    let taken = take(&mut looks, 12.0);

    let sizes: Vec<(u16, usize)> =
        taken.iter().map(|look| (look.step.index, look.reports.len())).collect();
    assert_eq!(sizes, [(3, 3), (4, 4)]);
}

#[test]
fn a_beam_that_goes_on_does_not_come_back_to_the_step_that_it_left() {
    let mut looks = Looks::default();
    // One by one, a twentieth of a second apart, over the edge between two steps.
    let told = [(3, None), (3, Some(4)), (4, Some(3)), (4, None)];
    for (number, (index, beside)) in (0..).zip(told) {
        let seen_s = 10.0 + 0.05 * f64::from(number);
        looks.add((step(index), beside), plot(number, seen_s), Some((SPAN_S, 0.0)), at(seen_s));
    }

    let taken = take(&mut looks, 12.0);

    assert_eq!(taken.iter().map(|look| look.step.index).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn empty_looks_are_in_the_order_in_which_the_tracker_takes_them() {
    let ids = ["one", "two"].map(|id| SensorId(id.into()));
    let sweeps = || ids.iter().map(|sensor| Sweep { sensor, steps: 4, revisit_s: 1.0 });
    let mut looks = Looks::default();
    looks.take_due(sweeps(), at(10.0));

    let empty = looks.take_due(sweeps(), at(12.0));

    assert_eq!(empty.len(), 8);
    let order = |look: &Look| (look.at, look.step.sensor.clone());
    assert!(empty.is_sorted_by(|a, b| order(a) < order(b)), "{empty:?}");
}

#[test]
fn empty_looks_keep_the_pace_of_their_sensor_and_come_after_what_was_taken() {
    let id = SensorId("radar".into());
    let sweep = || std::iter::once(Sweep { sensor: &id, steps: 4, revisit_s: 1.0 });
    let mut looks = Looks::default();
    let (mut last, mut of_step) = (Timestamp::MIN, Vec::new());
    for tick in 0..300 {
        // Ticks come unevenly, and once not for a third of a second.
        let now_s = 10.0 + 0.03 * f64::from(tick) + if tick > 100 { 0.33 } else { 0.0 };
        for look in looks.take_due(sweep(), at(now_s)) {
            assert!(look.at > last, "{look:?} after {last}");
            last = look.at;
            of_step.extend((look.step.index == 2).then_some(look.at));
        }
    }

    assert!(of_step.len() >= 9, "{of_step:?}");
    let paces = of_step.windows(2).map(|two| seconds_between(two[0], two[1]));
    assert!(
        paces.clone().all(|pace_s| (pace_s - 1.0).abs() < 1e-3),
        "{:?}",
        paces.collect::<Vec<_>>()
    );
}

#[test]
fn of_several_revisits_a_sensor_owes_one_look() {
    let id = SensorId("camera".into());
    let sweep = || std::iter::once(Sweep { sensor: &id, steps: 1, revisit_s: 0.1 });
    let mut looks = Looks::default();
    looks.take_due(sweep(), at(10.0));

    let owed = looks.take_due(sweep(), at(13.0));

    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].at, before(at(13.0), limits::LOOK_HOLD_MARGIN_S));
}

#[test]
fn a_look_lasts_as_long_as_a_sensor_is_over_its_step() {
    let id = SensorId("radar".into());
    let span_s = |steps, revisit_s| Sweep { sensor: &id, steps, revisit_s }.span_s();

    assert!((span_s(10, TURN_S) - SPAN_S).abs() < 1e-9);
    // Two parts touch: half a turn at most.
    assert!((span_s(2, 0.5) - 0.25).abs() < 1e-9);
    assert!((span_s(1, 0.04) - 0.02).abs() < 1e-9);
    assert!(span_s(1, 60.0) <= limits::LOOK_SPAN_STARING_MAX_S);
}
