//! The sector's rules for alerts.

use super::super::alerting::{Alerting, Consequence, Rule, RuleFigures};
use super::super::fields::Fields;

const DAY_S: f64 = 86_400.0;

/// Reads `[alerts]` over the defaults.
pub(super) fn alerting(fields: Option<Fields<'_, '_>>) -> Alerting {
    let mut alerting = Alerting::default();
    let Some(mut fields) = fields else { return alerting };
    let a = &mut alerting;
    let single: [(&'static str, &mut f64, f64, f64); 23] = [
        ("prompt_s", &mut a.prompt_s, 0.0, DAY_S),
        ("soon_s", &mut a.soon_s, 0.0, DAY_S),
        ("suppress_max_s", &mut a.suppress_max_s, 60.0, 366.0 * DAY_S),
        ("stale_after_s", &mut a.stale_after_s, 60.0, 30.0 * DAY_S),
        ("chatters_within_s", &mut a.chatters_within_s, 1.0, 3_600.0),
        ("predict_within_s", &mut a.predict_within_s, 10.0, 14_400.0),
        ("approach_within_m", &mut a.approach_within_m, 0.0, 50_000.0),
        ("approach_nearer_m", &mut a.approach_nearer_m, 10.0, 10_000.0),
        ("loiter_radius_m", &mut a.loiter_radius_m, 10.0, 10_000.0),
        ("loiter_for_s", &mut a.loiter_for_s, 60.0, DAY_S),
        ("loiter_within_m", &mut a.loiter_within_m, 0.0, 50_000.0),
        ("zone_band_m", &mut a.zone_band_m, 0.0, 1_000.0),
        ("ground_within_s", &mut a.ground_within_s, 1.0, 3_600.0),
        ("ground_apart_m", &mut a.ground_apart_m, 1.0, 20_000.0),
        ("sight_lost_m", &mut a.sight_lost_m, 10.0, 1e6),
        ("sight_band_m", &mut a.sight_band_m, 0.0, 1e6),
        ("unwatched_after_s", &mut a.unwatched_after_s, 60.0, 30.0 * DAY_S),
        ("attended_within_m", &mut a.attended_within_m, 0.0, 50_000.0),
        ("dust_ahead_s", &mut a.dust_ahead_s, 0.0, 2.0 * DAY_S),
        ("dust_visibility_m", &mut a.dust_visibility_m, 50.0, 10_000.0),
        ("still_radius_m", &mut a.still_radius_m, 5.0, 1_000.0),
        ("still_for_s", &mut a.still_for_s, 60.0, DAY_S),
        ("lost_together_s", &mut a.lost_together_s, 0.0, 3_600.0),
    ];
    for (key, value, low, high) in single {
        *value = fields.number_or(key, low..=high, *value);
    }
    a.lost_together_m = fields.number_or("lost_together_m", 0.0..=10_000.0, a.lost_together_m);
    let shelve = fields.table_if_any("shelve_max_s");
    if let Some(mut shelve) = shelve {
        for (key, value) in ["low", "medium", "high"].into_iter().zip(&mut a.shelve_max_s) {
            *value = shelve.number_or(key, 0.0..=7.0 * DAY_S, *value);
        }
    }
    a.flood_begins = fields.whole_or("flood_begins", 1..=1_000, a.flood_begins);
    a.flood_ends = fields.whole_or("flood_ends", 1..=1_000, a.flood_ends);
    a.ground_hits = fields.whole_or("ground_hits", 2..=32, a.ground_hits);
    a.shift_hours = fields.whole_or("shift_hours", 1..=24, a.shift_hours);
    a.shift_begins_hour = fields.whole_or("shift_begins_hour", 0..=23, a.shift_begins_hour);
    if let Some(mut rules) = fields.table_if_any("rules") {
        for (rule, figures) in &mut a.rules {
            if let Some(table) = rules.table_if_any(rule.name()) {
                *figures = rule_figures(table, *rule, *figures);
            }
        }
    }
    check(&fields, a);
    alerting
}

fn rule_figures(mut fields: Fields<'_, '_>, rule: Rule, known: RuleFigures) -> RuleFigures {
    let yes_or_no = [("yes", true), ("no", false)];
    let figures = RuleFigures {
        watched: fields.choice_or("watched", &yes_or_no, known.watched),
        consequence: fields.choice_or("consequence", &Consequence::ALL, known.consequence),
        time_left_s: fields.number_or("time_left_s", 0.0..=DAY_S, known.time_left_s),
        on_delay_s: fields.number_or("on_delay_s", 0.0..=3_600.0, known.on_delay_s),
        off_delay_s: fields.number_or("off_delay_s", 0.0..=3_600.0, known.off_delay_s),
        latches: fields.choice_or("latches", &yes_or_no, known.latches),
    };
    if rule.is_distress() && !figures.watched {
        fields.fault("watched", "must be yes: nobody in distress is left out");
    }
    figures
}

fn check(fields: &Fields<'_, '_>, a: &Alerting) {
    if a.prompt_s > a.soon_s {
        fields.fault("prompt_s", format!("must not exceed soon_s, {}", a.soon_s));
    }
    if a.flood_ends > a.flood_begins {
        fields.fault("flood_ends", format!("must not exceed flood_begins, {}", a.flood_begins));
    }
    if a.sight_band_m > a.sight_lost_m {
        fields.fault("sight_band_m", format!("must not exceed sight_lost_m, {}", a.sight_lost_m));
    }
}

#[cfg(test)]
mod tests;
