//! Tables of weather: no text panics, and what they say of any time keeps within the bounds of its columns.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::weather::Table;

fuzz_target!(|text: &str| within_bar(|| decoded(text)));

fn decoded(text: &str) {
    let Ok(table) = Table::parse(text) else { return };
    let Some(last) = table.last() else { return };
    for back_s in [0, 900, 3_600] {
        let Ok(time) = last.checked_sub(jiff::SignedDuration::from_secs(back_s)) else { continue };
        for row in table.at(time, 1_800.0) {
            assert!((0.999..=1.001e6).contains(&row.visibility_m), "{row:?}");
            assert!((0.0..=150.001).contains(&row.wind_mps), "{row:?}");
        }
    }
}
