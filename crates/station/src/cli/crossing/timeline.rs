//! The time line of a path as a picture: what each element delays, where it detects, when the response is there.

use std::fmt::Write as _;

use sight::crossing::easi::{DetectedAt, Element, Interruption, Response, Share};

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 24.0;
const BAR_TOP: f64 = 70.0;
const BAR_HEIGHT: f64 = 44.0;

/// A picture that stands alone: elements as blocks as long as their delays, detection as a share of each block's height.
///
/// The hatched part is too late: whoever is first detected there is gone before the mean response has come.
pub(super) fn svg(elements: &[Element], response: &Response, found: &Interruption) -> String {
    let total_s = elements.iter().fold(0.0, |sum, element| sum + element.delay_s).max(1.0);
    let x = |at_s: f64| MARGIN + (WIDTH - 2.0 * MARGIN) * at_s / total_s;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} 190\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<defs><pattern id=\"late\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
         <path d=\"M0 8 8 0\" stroke=\"#b3261e\" stroke-width=\"1.5\"/></pattern></defs>\n\
         <rect width=\"{WIDTH}\" height=\"190\" fill=\"#fff\"/>\n\
         <text x=\"{MARGIN}\" y=\"28\" font-size=\"17\">probability of interruption {:.3}</text>\n",
        found.p_interrupt
    );
    let mut from_s = 0.0;
    for (at, (element, share)) in elements.iter().zip(&found.shares).enumerate() {
        let ends = (x(from_s), x(from_s + element.delay_s));
        out.push_str(&block(at + 1, ends, element, share));
        from_s += element.delay_s;
    }
    let late_from = x((total_s - response.time_s).clamp(0.0, total_s));
    let late = write!(
        out,
        "<rect x=\"{late_from:.1}\" y=\"{BAR_TOP}\" width=\"{:.1}\" height=\"{BAR_HEIGHT}\" fill=\"url(#late)\"/>\n\
         <text x=\"{MARGIN}\" y=\"160\">{total_s:.0} s in all; what is first detected in the hatched part is detected too \
         late for a response of {:.0} s (sd {:.0} s)</text>\n</svg>\n",
        x(total_s) - late_from,
        response.time_s,
        response.sd_s
    );
    late.expect("writing to a string cannot fail");
    out
}

/// One element between two places on the time line, with its number below and what it adds above.
fn block(number: usize, (left, right): (f64, f64), element: &Element, share: &Share) -> String {
    let (width, high) = (right - left, BAR_HEIGHT * element.p_detect);
    let mut out = format!(
        "<rect x=\"{left:.1}\" y=\"{BAR_TOP}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" fill=\"#e8eaed\" \
         stroke=\"#5f6368\"/>\n<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{high:.1}\" \
         fill=\"#1a73e8\" fill-opacity=\"0.55\"/>\n\
         <text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#3c4043\">{number}</text>\n",
        BAR_TOP + BAR_HEIGHT - high,
        left + width / 2.0,
        BAR_TOP + BAR_HEIGHT + 18.0,
    );
    if element.p_detect > 0.0 {
        let at = match element.at {
            DetectedAt::Beginning => left,
            DetectedAt::Middle => f64::midpoint(left, right),
            DetectedAt::End => right,
        };
        let mark = write!(
            out,
            "<path d=\"M{at:.1} {} l-5 -9 h10 z\" fill=\"#1a73e8\"/>\n\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{:.2}</text>\n",
            BAR_TOP - 1.0,
            BAR_TOP - 14.0,
            share.p_interrupt
        );
        mark.expect("writing to a string cannot fail");
    }
    out
}
