//! The time line of a path as a picture: what each element delays, where it detects, when the response is there.

use std::fmt::Write as _;

use sight::crossing::easi::{DetectedAt, Element, Interruption, Response, Share};

use crate::cli::raster::canvas::{Canvas, Rgb};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 190.0;
const MARGIN: f64 = 24.0;
const BAR_TOP: f64 = 70.0;
const BAR_HEIGHT: f64 = 44.0;
const PAPER: Rgb = [255, 255, 255];
const INK: Rgb = [30, 30, 34];
const EDGE: Rgb = [95, 99, 104];
const EMPTY: Rgb = [232, 234, 237];
const DETECTED: Rgb = [26, 115, 232];
const LIGHT: Rgb = [129, 173, 234];
const LATE: Rgb = [179, 38, 30];
/// Pixels between the lines of a hatching.
const HATCH: usize = 8;

/// Elements as blocks as long as their delays, detection as a share of each block's height.
///
/// The hatched part is too late: whoever is first detected there is gone before the mean response has come.
pub(super) struct TimeLine<'a> {
    blocks: Vec<Block<'a>>,
    late_from: f64,
    total_s: f64,
    response: &'a Response,
    p_interrupt: f64,
}

/// An element between two places on the line.
struct Block<'a> {
    left: f64,
    right: f64,
    element: &'a Element,
    share: &'a Share,
}

impl<'a> TimeLine<'a> {
    pub(super) fn new(
        elements: &'a [Element],
        response: &'a Response,
        found: &'a Interruption,
    ) -> Self {
        let total_s = elements.iter().fold(0.0, |sum, element| sum + element.delay_s).max(1.0);
        let x = |at_s: f64| MARGIN + (WIDTH - 2.0 * MARGIN) * at_s / total_s;
        let mut from_s = 0.0;
        let blocks = elements.iter().zip(&found.shares).map(|(element, share)| {
            let left = x(from_s);
            from_s += element.delay_s;
            Block { left, right: x(from_s), element, share }
        });
        Self {
            blocks: blocks.collect(),
            late_from: x((total_s - response.time_s).clamp(0.0, total_s)),
            total_s,
            response,
            p_interrupt: found.p_interrupt,
        }
    }

    fn title(&self) -> String {
        format!("probability of interruption {:.3}", self.p_interrupt)
    }

    /// A picture that stands alone.
    pub(super) fn svg(&self) -> String {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
             font-size=\"13\">\n<defs><pattern id=\"late\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
             <path d=\"M0 8 8 0\" stroke=\"#b3261e\" stroke-width=\"1.5\"/></pattern></defs>\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
             <text x=\"{MARGIN}\" y=\"28\" font-size=\"17\">{}</text>\n",
            self.title()
        );
        for (at, block) in self.blocks.iter().enumerate() {
            out.push_str(&block.svg(at + 1));
        }
        let late = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{BAR_TOP}\" width=\"{:.1}\" height=\"{BAR_HEIGHT}\" fill=\"url(#late)\"/>\n\
             <text x=\"{MARGIN}\" y=\"160\">{:.0} s in all; what is first detected in the hatched part is detected too \
             late for a response of {:.0} s (sd {:.0} s)</text>\n</svg>\n",
            self.late_from,
            WIDTH - MARGIN - self.late_from,
            self.total_s,
            self.response.time_s,
            self.response.sd_s
        );
        late.expect("writing to a string cannot fail");
        out
    }

    /// The same as a raster.
    pub(super) fn picture(&self) -> Canvas {
        let mut canvas = Canvas::new(pixel(WIDTH), pixel(HEIGHT), PAPER);
        canvas.text((pixel(MARGIN), 16), 3, INK, &self.title());
        for (at, block) in self.blocks.iter().enumerate() {
            block.draw(&mut canvas, at + 1);
        }
        let (top, high) = (pixel(BAR_TOP), pixel(BAR_HEIGHT));
        for x in pixel(self.late_from)..pixel(WIDTH - MARGIN) {
            for y in (top..top + high).filter(|y| (x + y) % HATCH == 0) {
                canvas.fill((x, y), (1, 2), LATE);
            }
        }
        let words = format!(
            "{:.0} s in all; hatched: too late for a response of {:.0} s, sd {:.0} s",
            self.total_s, self.response.time_s, self.response.sd_s
        );
        canvas.text((pixel(MARGIN), 154), 2, INK, &words);
        canvas
    }
}

impl Block<'_> {
    /// Where in it somebody is detected.
    fn detected_at(&self) -> f64 {
        match self.element.at {
            DetectedAt::Beginning => self.left,
            DetectedAt::Middle => f64::midpoint(self.left, self.right),
            DetectedAt::End => self.right,
        }
    }

    fn detected_height(&self) -> f64 {
        BAR_HEIGHT * self.element.p_detect
    }

    /// The block with its number below and what it adds above.
    fn svg(&self, number: usize) -> String {
        let (left, width, high) = (self.left, self.right - self.left, self.detected_height());
        let mut out = format!(
            "<rect x=\"{left:.1}\" y=\"{BAR_TOP}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" fill=\"#e8eaed\" \
             stroke=\"#5f6368\"/>\n<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{high:.1}\" \
             fill=\"#1a73e8\" fill-opacity=\"0.55\"/>\n\
             <text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"#3c4043\">{number}</text>\n",
            BAR_TOP + BAR_HEIGHT - high,
            left + width / 2.0,
            BAR_TOP + BAR_HEIGHT + 18.0,
        );
        if self.element.p_detect > 0.0 {
            let at = self.detected_at();
            let mark = write!(
                out,
                "<path d=\"M{at:.1} {} l-5 -9 h10 z\" fill=\"#1a73e8\"/>\n\
                 <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{:.2}</text>\n",
                BAR_TOP - 1.0,
                BAR_TOP - 14.0,
                self.share.p_interrupt
            );
            mark.expect("writing to a string cannot fail");
        }
        out
    }

    fn draw(&self, canvas: &mut Canvas, number: usize) {
        let (left, width) = (pixel(self.left), pixel(self.right).saturating_sub(pixel(self.left)));
        let (top, high) = (pixel(BAR_TOP), pixel(BAR_HEIGHT));
        canvas.fill((left, top), (width, high), EDGE);
        let inside = (width.saturating_sub(2), high - 2);
        canvas.fill((left + 1, top + 1), inside, EMPTY);
        let detected = pixel(self.detected_height()).min(high - 2);
        canvas.fill((left + 1, top + high - 1 - detected), (inside.0, detected), LIGHT);
        canvas.text(
            (left + (width / 2).saturating_sub(3), top + high + 8),
            2,
            INK,
            &number.to_string(),
        );
        if self.element.p_detect > 0.0 {
            let at = pixel(self.detected_at());
            for rise in 0..8 {
                canvas.fill(
                    (at.saturating_sub(rise / 2), top - 1 - rise),
                    (rise / 2 * 2 + 1, 1),
                    DETECTED,
                );
            }
            let words = format!("{:.2}", self.share.p_interrupt);
            canvas.text((at.saturating_sub(16), top - 24), 2, INK, &words);
        }
    }
}

/// A place on the picture.
fn pixel(at: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let whole = at.round().clamp(0.0, WIDTH) as usize;
    whole
}
