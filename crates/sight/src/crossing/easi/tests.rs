//! Textbook answers and properties of the probability of interruption.

use approx::assert_abs_diff_eq;
use proptest::prelude::*;

use super::*;

const TEXTBOOK: &str = "p_detect,delay_s,delay_sd_s,at
0,10,3,B
0,12,3.6,B
0.9,90,27,B
0,10,3,B
0.9,90,27,B
0,120,36,B
";

fn response() -> Response {
    Response { time_s: 300.0, sd_s: 90.0, p_comm: 0.95 }
}

#[test]
fn the_textbook_path_is_interrupted_with_0_476() {
    let path = read_table(TEXTBOOK).unwrap();

    let found = interruption(&path, &response());

    assert_abs_diff_eq!(found.p_interrupt, 0.476, epsilon = 5e-4);
    assert_eq!(found.critical, Some(2), "310 s are left at the first sensor");
}

#[test]
fn later_detection_within_an_element_leaves_less_time() {
    let at = |at| {
        let element = Element { p_detect: 0.9, delay_s: 320.0, delay_sd_s: 96.0, at };
        interruption(&[element], &response()).p_interrupt
    };

    let (beginning, middle, end) =
        (at(DetectedAt::Beginning), at(DetectedAt::Middle), at(DetectedAt::End));

    assert!(beginning > middle && middle > end);
    // Half the delay and a quarter of the variance: Phi((160 - 300) / sqrt(90^2 + 48^2)) = Phi(-1.3725).
    assert_abs_diff_eq!(middle, 0.95 * 0.9 * 0.084_954, epsilon = 1e-5);
}

#[test]
fn certain_times_decide_at_the_critical_point() {
    let sure = |delay_s| Element { p_detect: 1.0, delay_s, delay_sd_s: 0.0, at: DetectedAt::End };
    let response = Response { time_s: 60.0, sd_s: 0.0, p_comm: 1.0 };

    let p = |last_s| interruption(&[sure(10.0), sure(last_s)], &response).p_interrupt;
    assert_abs_diff_eq!(p(60.0), 1.0, epsilon = 0.0);
    assert_abs_diff_eq!(p(59.0), 0.0, epsilon = 0.0);
}

#[test]
fn a_fault_in_a_table_names_line_field_and_value() {
    let told = |row: &str| {
        let text = format!("# a path\np_detect, delay_s, delay_sd_s, at\n0.5,10,3,B\n{row}\n");
        read_table(&text).unwrap_err().to_string()
    };

    assert_eq!(told("1.2,10,3,B"), "line 4: p_detect must be from 0 to 1, got \"1.2\"");
    assert_eq!(told("0.2,ten,3,B"), "line 4: delay_s must be a number, got \"ten\"");
    assert_eq!(told("0.2,10,3,X"), "line 4: at must be B, M or E, got \"X\"");
    assert_eq!(
        told("0.2,10,NaN,E"),
        "line 4: delay_sd_s must be finite and not negative, got \"NaN\""
    );
    assert_eq!(told("0.2,10"), "line 4: row must be four columns, got \"0.2,10\"");
    assert!(read_table("").is_err());
}

proptest! {
    #[test]
    fn it_is_a_probability_and_never_falls_when_the_response_is_faster(
        elements in proptest::collection::vec((0.0..=1.0, 0.0..500.0, 0.0..100.0, 0..3_usize), 1..12),
        time_s in 0.0..1000.0,
        sooner_s in 0.0..500.0,
        sd_s in 0.0..200.0,
    ) {
        let ats = [DetectedAt::Beginning, DetectedAt::Middle, DetectedAt::End];
        let path: Vec<Element> = elements
            .into_iter()
            .map(|(p_detect, delay_s, delay_sd_s, at)| Element { p_detect, delay_s, delay_sd_s, at: ats[at] })
            .collect();
        let slow = Response { time_s: time_s + sooner_s, sd_s, p_comm: 0.9 };
        let fast = Response { time_s, ..slow };

        let (slow, fast) = (interruption(&path, &slow), interruption(&path, &fast));

        prop_assert!((0.0..=1.0).contains(&fast.p_interrupt));
        prop_assert!(fast.p_interrupt >= slow.p_interrupt - 1e-12);
    }
}
