//! The part about the line: what was achieved, what was not watched, and what may have crossed unseen.

use maud::{Markup, html};
use sight::coverage::Cause;
use sight::sector::Sector;
use watch::account::Account;
use watch::account::line::Gap;

use super::strip::{strip, word};
use super::words::{NONE, Words, moments, span};

/// Pieces of line that are told one by one.
const GAPS_SHOWN: usize = 40;

pub(super) fn line(account: &Account, sector: &Sector, words: &Words) -> Markup {
    let line = &account.line;
    let total_mh = line.covered_mh + line.uncovered_mh + line.unknown_mh;
    let km_hours = |mh: f64| {
        let share = if total_mh > 0.0 {
            format!("{:.1} %", mh / total_mh * 100.0)
        } else {
            NONE.to_owned()
        };
        words.with("km-hours", &[("n", format!("{:.1}", mh / 1e3)), ("share", share)])
    };
    let says = words.word("line-picture");
    html! {
        h2 { (words.word("the-line")) }
        figure {
            (strip(line, (account.from, account.to), &says))
            figcaption {
                (says) " "
                @for state in ["watched", "degraded", "blind", "unknown"] {
                    span class="key" { svg viewBox="0 0 16 16" { rect class=(state) width="16" height="16" {} } (words.word(&format!("state-{state}"))) }
                }
            }
        }
        table {
            tr { th { (words.word("coverage-achieved")) } td class="n" { (words.percent(line.persistent)) } }
            tr { th { (words.word("covered")) } td class="n" { (km_hours(line.covered_mh)) } }
            tr { th { (words.word("uncovered")) } td class="n" { (km_hours(line.uncovered_mh)) } }
            tr { th { (words.word("not-known")) } td class="n" { (km_hours(line.unknown_mh)) } }
            tr {
                th { (words.word("station-ran")) }
                td class="n" { (words.with("ran-for", &[("ran", span(account.ran_s)), ("whole", span(account.ran_s + account.silent_s))])) }
            }
        }
        (gaps(account, sector, words))
    }
}

fn gaps(account: &Account, sector: &Sector, words: &Words) -> Markup {
    let line = &account.line;
    let rest = line.gaps.iter().skip(GAPS_SHOWN);
    let more = rest.len() as u64 + line.gaps_more;
    let more_mh = rest.map(Gap::extent_mh).sum::<f64>() + line.gaps_more_mh;
    html! {
        h3 { (words.word("what-was-not-watched")) }
        @if line.gaps.is_empty() {
            p { (words.word("nothing-unwatched")) }
        } @else {
            table {
                tr { @for head in ["where", "when", "how-long", "state", "why", "extent"] { th { (words.word(head)) } } }
                @for gap in line.gaps.iter().take(GAPS_SHOWN) {
                    tr {
                        td { (km_range(gap, words)) }
                        td { bdi { (moments(gap.since, gap.until)) } }
                        td class="n" { (span(gap.until.duration_since(gap.since).as_secs_f64())) }
                        td { (words.word(&format!("state-{}", word(gap.state)))) }
                        td { (why(gap, sector, words)) }
                        td class="n" { (format!("{:.2}", gap.extent_mh() / 1e3)) }
                    }
                }
            }
            @if more > 0 {
                p { (words.with("gaps-more", &[("n", more.to_string()), ("extent", format!("{:.1}", more_mh / 1e3))])) }
            }
        }
    }
}

fn km_range(gap: &Gap, words: &Words) -> String {
    let km = |m: f64| format!("{:.2}", m / 1e3);
    words.with("km-range", &[("from", km(gap.from_m)), ("to", km(gap.to_m))])
}

fn why(gap: &Gap, sector: &Sector, words: &Words) -> String {
    let Some(cause) = &gap.cause else { return words.word("station-silent") };
    let (id, sensor) = match cause {
        Cause::Terrain => ("cause-terrain", None),
        Cause::Dust => ("cause-dust", None),
        Cause::NobodyAssigned => ("cause-nobody-assigned", None),
        Cause::Outage { sensor } => ("cause-outage", Some(sensor)),
        Cause::StaleHeartbeat { sensor } => ("cause-stale-heartbeat", Some(sensor)),
        Cause::Obscured { sensor } => ("cause-obscured", Some(sensor)),
        Cause::Impaired { sensor } => ("cause-impaired", Some(sensor)),
        Cause::Quarantined { sensor } => ("cause-quarantined", Some(sensor)),
        Cause::LooksElsewhere { sensor } => ("cause-looks-elsewhere", Some(sensor)),
    };
    let named = sensor.and_then(|id| sector.sensors.iter().find(|one| one.id == *id));
    named.map_or_else(
        || words.word(id),
        |sensor| format!("{}: {}", words.word(id), words.text(&sensor.name)),
    )
}

/// What may have crossed unseen.
pub(super) fn none_seen(account: &Account, words: &Words) -> Markup {
    let seen = &account.none_seen;
    let hours = |h: f64| vec![("hours", format!("{h:.1}"))];
    let watched = match seen.at_most {
        Some(n) => {
            let mut values = hours(seen.watched_h);
            values.push(("n", format!("{n:.1}")));
            words.with("bound-value", &values)
        }
        None if seen.watched_h <= 0.0 => words.word("bound-not-watched"),
        None => words.word("bound-no-tests"),
    };
    let elsewhere = if seen.unwatched_h > 0.0 {
        words.with("elsewhere-value", &hours(seen.unwatched_h))
    } else {
        words.word("elsewhere-none")
    };
    html! {
        h2 { (words.word("none-seen")) }
        table {
            tr { th { (words.word("crossings-noticed")) } td class="n" { (account.calls.crossings_noticed) } }
            tr { th { (words.word("bound-watched")) } td { (watched) } }
            tr { th { (words.word("bound-elsewhere")) } td { (elsewhere) } }
        }
        p { (words.word("bound-premise")) }
    }
}
