//! The calibration plot: what was promised along the bottom, what came true upwards.

use std::fmt::Write as _;

use super::Told;

const SIDE: f64 = 520.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 60.0;

/// An SVG picture. Below the diagonal fewer are noticed than promised.
pub(super) fn plot(told: &Told) -> String {
    let x = |share: f64| LEFT + SIDE * share;
    let y = |share: f64| TOP + SIDE * (1.0 - share);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 660\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"640\" height=\"660\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"16\">{}: {} simulated crossers against what was promised</text>\n\
         <text x=\"{LEFT}\" y=\"44\" fill=\"#5f6368\">wide bars: promise, worse to better end; tall bars: share noticed, 95 %</text>\n\
         <path d=\"M{x0} {y0}L{x1} {y0}L{x1} {y1}Z\" fill=\"#fce8e6\"/>\n\
         <path d=\"M{x0} {y0}L{x1} {y1}\" stroke=\"#5f6368\" stroke-dasharray=\"5 4\"/>\n\
         <text x=\"{}\" y=\"{}\" fill=\"#a50e0e\" text-anchor=\"end\">fewer noticed than promised</text>\n",
        told.sector,
        told.crossers,
        x(0.98),
        y(0.04),
        x0 = x(0.0),
        x1 = x(1.0),
        y0 = y(0.0),
        y1 = y(1.0),
    );
    let mut say = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).expect("writing to a string cannot fail");
    };
    for tenth in 0..=10 {
        let share = f64::from(tenth) / 10.0;
        say(format_args!(
            "<path d=\"M{0:.1} {1:.1}V{2:.1}M{3:.1} {4:.1}H{5:.1}\" stroke=\"#dadce0\" fill=\"none\"/>\
             <text x=\"{0:.1}\" y=\"{6:.1}\" text-anchor=\"middle\">{share}</text>\
             <text x=\"{7:.1}\" y=\"{8:.1}\" text-anchor=\"end\">{share}</text>\n",
            x(share),
            y(0.0),
            y(1.0),
            x(0.0),
            y(share),
            x(1.0),
            y(0.0) + 18.0,
            x(0.0) - 8.0,
            y(share) + 4.0
        ));
    }
    for class in &told.classes {
        let colour = if class.kept { "#1b7f5c" } else { "#b3261e" };
        let middle = f64::midpoint(class.promised_low, class.promised_high);
        say(format_args!(
            "<path d=\"M{:.1} {:.1}H{:.1}\" stroke=\"{colour}\" stroke-width=\"6\" opacity=\"0.45\"/>\
             <path d=\"M{:.1} {:.1}V{:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"11\" fill=\"#5f6368\">{}</text>\n",
            x(class.promised_low),
            y(class.observed),
            x(class.promised_high),
            x(middle),
            y(class.observed_low),
            y(class.observed_high),
            x(middle),
            y(class.observed),
            x(middle) + 7.0,
            y(class.observed) + 14.0,
            class.crossers
        ));
    }
    say(format_args!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">promised probability of detection</text>\
         <text transform=\"translate(22 {:.1}) rotate(-90)\" text-anchor=\"middle\">share noticed</text>\n</svg>\n",
        x(0.5),
        y(0.0) + 44.0,
        y(0.5)
    ));
    out
}
