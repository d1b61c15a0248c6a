//! The page of a report: one file without scripts, which prints on A4.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use watch::account::calls::{Called, CallsCame};
use watch::measures::DEFINITIONS;
use watch::measures::availability::Times;
use watch::measures::timeliness::Spread;

use super::line::{line, none_seen};
use super::words::{Language, NONE, Words, moment, span};
use super::{Report, Span};

/// The whole file.
pub(crate) fn page(report: &Report<'_>, words: &Words) -> String {
    let title = words.word(match report.span {
        Span::Shift => "shift-report",
        Span::Period => "period-report",
    });
    let (account, sector) = (report.account, report.sector);
    let period = [("from", moment(account.from)), ("to", moment(account.to))];
    html! {
        (DOCTYPE)
        html lang=(words.language().code()) dir=(words.language().direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " \u{b7} " (words.text(&sector.title)) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                header {
                    p { "Watchline \u{b7} " (words.text(&sector.title)) }
                    h1 { (title) }
                    p { (words.with("of-period", &period)) }
                    @for notice in &sector.notices { p class="notice" { (words.text(notice)) } }
                }
                main {
                    (line(account, sector, words))
                    (none_seen(account, words))
                    (calls(&account.calls, words))
                    (times(&account.calls, words))
                    @if report.span == Span::Shift { (one_by_one(report, words)) }
                    (sensors(report, words))
                    (definitions(words))
                }
                footer { (record(report, words)) p { (words.word("not-a-score")) } }
            }
        }
    }
    .into_string()
}

fn calls(calls: &CallsCame, words: &Words) -> Markup {
    html! {
        h2 { (words.word("alerts")) }
        table {
            tr { th { (words.word("alerts-raised")) } td class="n" { (calls.raised) } }
            tr { th { (words.word("still-open")) } td class="n" { (calls.open) } }
            tr { th { (words.word("unacknowledged")) } td class="n" { (calls.unacknowledged) } }
            tr { th { (words.word("worth-a-call")) } td class="n" { (words.percent(calls.worth_a_call)) } }
            tr { th { (words.word("help-unasked")) } td class="n" { (calls.help_unasked) } }
        }
        div class="beside" {
            (tally("by-kind", "kind", &calls.by_kind, words))
            (tally("by-priority", "priority", &calls.by_priority, words))
            (tally("by-outcome", "outcome", &calls.by_outcome, words))
        }
    }
}

fn tally(title: &str, family: &str, tally: &BTreeMap<&'static str, u32>, words: &Words) -> Markup {
    html! {
        table {
            caption { (words.word(title)) }
            @for (word, count) in tally {
                tr { th { (words.word(&format!("{family}-{word}"))) } td class="n" { (count) } }
            }
            @if tally.is_empty() { tr { td { (words.word("none")) } } }
        }
    }
}

fn times(calls: &CallsCame, words: &Words) -> Markup {
    let told = &calls.timeliness;
    let rows: [(&str, &Spread); 5] = [
        ("detect-to-assess", &told.detect_to_assess),
        ("assess-to-dispatch", &told.assess_to_dispatch),
        ("dispatch-to-arrive", &told.dispatch_to_arrive),
        ("detect-to-arrive", &told.detect_to_arrive),
        ("distress-to-aid", &calls.distress_to_aid),
    ];
    let seconds = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), span);
    html! {
        h2 { (words.word("timeliness")) }
        table {
            tr { @for head in ["step", "count", "missing", "median", "p90"] { th { (words.word(head)) } } }
            @for (id, spread) in rows {
                tr {
                    th { (words.word(id)) }
                    td class="n" { (spread.count) }
                    td class="n" { (spread.missing) }
                    td class="n" { (seconds(spread.median_s)) }
                    td class="n" { (seconds(spread.p90_s)) }
                }
            }
        }
    }
}

fn one_by_one(report: &Report<'_>, words: &Words) -> Markup {
    let heads = [
        "raised",
        "kind",
        "priority",
        "place",
        "needs-help",
        "acknowledged",
        "dispatched",
        "on-scene",
        "closed",
        "outcome",
    ];
    html! {
        h2 { (words.word("alerts")) ": " (words.word("one-by-one")) }
        table class="wide" {
            tr { @for head in heads { th { (words.word(head)) } } }
            @for alert in &report.account.calls.one_by_one {
                tr {
                    td { (Words::time(Some(alert.raised_at))) }
                    td { (words.word(&format!("kind-{}", alert.kind))) }
                    td { (words.word(&format!("priority-{}", alert.priority))) }
                    td { (place(alert, report, words)) }
                    td { (alert.needs_help.map_or_else(|| NONE.to_owned(), |is| words.word(if is { "yes" } else { "no" }))) }
                    @for at in [alert.acknowledged_at, alert.dispatched_at, alert.on_scene_at, alert.closed_at] {
                        td { (Words::time(at)) }
                    }
                    td { (alert.outcome.map_or_else(|| NONE.to_owned(), |outcome| words.word(&format!("outcome-{outcome}")))) }
                }
            }
        }
    }
}

fn place(alert: &Called, report: &Report<'_>, words: &Words) -> String {
    let stretch =
        alert.stretch.and_then(|id| report.sector.stretches.iter().find(|one| one.id == id));
    stretch.map_or_else(
        || NONE.to_owned(),
        |one| {
            let km = format!("{:.1}", f64::midpoint(one.from_m, one.to_m) / 1e3);
            words.with("km-at", &[("km", km)])
        },
    )
}

fn sensors(report: &Report<'_>, words: &Words) -> Markup {
    let heads = ["sensor", "availability", "up", "failed", "maintenance", "weather", "unknown"];
    let cells = |times: &Times| {
        [times.up_s, times.failed_s, times.maintenance_s, times.weather_s, times.unknown_s]
            .map(span)
    };
    html! {
        h2 { (words.word("sensors")) }
        table {
            tr { @for head in heads { th { (words.word(head)) } } }
            @for sensor in &report.account.sensors {
                tr {
                    th { (words.text(&sensor.name)) }
                    td class="n" { (words.percent(sensor.availability)) }
                    @for cell in cells(&sensor.times) { td class="n" { (cell) } }
                }
            }
        }
    }
}

fn definitions(words: &Words) -> Markup {
    html! {
        h2 { (words.word("definitions")) }
        dl {
            @for definition in &DEFINITIONS {
                dt {
                    bdi { code { (definition.id) } } " "
                    (words.with("definition-version", &[("version", definition.version.to_string())]))
                    @if !MEASURED.contains(&definition.id) { " \u{b7} " (words.word("not-in-this-report")) }
                }
                dd { (match words.language() { Language::En => definition.en, Language::Ar => definition.ar }) }
            }
        }
    }
}

/// Of the measures those for which a record has what they are made of.
const MEASURED: [&str; 6] = [
    "persistent-coverage",
    "alarm-quality",
    "availability",
    "timeliness",
    "none-seen",
    "humanitarian",
];

fn record(report: &Report<'_>, words: &Words) -> Markup {
    let record = &report.record;
    let told = [
        ("entries", record.entries.to_string()),
        ("last", moment(record.last_at)),
        ("hash", record.state_hash.clone()),
    ];
    html! {
        p { (words.with("of-record", &told)) }
        @if let Some(after) = record.after_snapshot {
            p { (words.with("of-snapshot", &[("after", after.to_string())])) }
        }
        p { (words.with("how-to-check", &[("to", report.account.to.to_string())])) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use watch::account::Gathering;

    use super::*;
    use crate::report::Record;
    use crate::shipped;

    /// Texts of a page, without its tags.
    fn texts(page: &str) -> impl Iterator<Item = &str> {
        let parts = page.split('<').filter_map(|part| Some(part.split_once('>')?.1.trim()));
        parts.filter(|text| !text.is_empty())
    }

    #[test]
    fn every_word_of_a_report_is_there_in_both_languages() {
        let model = shipped::load_model("andorra").unwrap();
        let [from, to] = ["2026-11-20T19:00:00Z", "2026-11-21T03:00:00Z"]
            .map(|time| time.parse::<Timestamp>().unwrap());
        let account = Gathering::of(model.sector(), (from, to)).unwrap().finish(None).unwrap();
        let record =
            Record { entries: 7, last_at: to, state_hash: "00ff".into(), after_snapshot: Some(3) };
        let mut sector = model.sector().clone();
        sector.title.en = "<script>alert(1)</script>".into();
        for language in [Language::En, Language::Ar] {
            for span in [Span::Shift, Span::Period] {
                let report =
                    Report { span, sector: &sector, account: &account, record: record.clone() };
                let page = page(&report, &Words::of(language));
                assert!(!page.contains("<script"), "what a file says is text");
                let is_id = |text: &&str| {
                    let is_small = |c: char| c.is_ascii_lowercase() || c == '-';
                    text.contains('-') && text.chars().all(is_small)
                };
                let known = |text: &&str| watch::measures::definition(text).is_none();
                let missing: Vec<&str> = texts(&page).filter(is_id).filter(known).collect();
                assert!(missing.is_empty(), "{language:?}: {missing:?}");
                assert!(page.contains(&account.to.to_string()));
            }
        }
    }
}
