//! A raster of pixels with just enough drawing for a legend.

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// Letters and figures, five rows of three pixels from the top, the highest bit first.
const GLYPHS: [(char, u16); 42] = [
    ('0', 0b111_101_101_101_111),
    ('1', 0b010_110_010_010_111),
    ('2', 0b111_001_111_100_111),
    ('3', 0b111_001_111_001_111),
    ('4', 0b101_101_111_001_001),
    ('5', 0b111_100_111_001_111),
    ('6', 0b111_100_111_101_111),
    ('7', 0b111_001_001_010_010),
    ('8', 0b111_101_111_101_111),
    ('9', 0b111_101_111_001_111),
    ('A', 0b010_101_111_101_101),
    ('B', 0b110_101_110_101_110),
    ('C', 0b011_100_100_100_011),
    ('D', 0b110_101_101_101_110),
    ('E', 0b111_100_110_100_111),
    ('F', 0b111_100_110_100_100),
    ('G', 0b011_100_101_101_011),
    ('H', 0b101_101_111_101_101),
    ('I', 0b111_010_010_010_111),
    ('J', 0b001_001_001_101_010),
    ('K', 0b101_101_110_101_101),
    ('L', 0b100_100_100_100_111),
    ('M', 0b101_111_111_101_101),
    ('N', 0b110_101_101_101_101),
    ('O', 0b010_101_101_101_010),
    ('P', 0b110_101_110_100_100),
    ('Q', 0b010_101_101_111_011),
    ('R', 0b110_101_110_101_101),
    ('S', 0b011_100_010_001_110),
    ('T', 0b111_010_010_010_010),
    ('U', 0b101_101_101_101_111),
    ('V', 0b101_101_101_101_010),
    ('W', 0b101_101_111_111_101),
    ('X', 0b101_101_010_101_101),
    ('Y', 0b101_101_010_010_010),
    ('Z', 0b111_001_010_100_111),
    ('-', 0b000_000_111_000_000),
    ('.', 0b000_000_000_000_010),
    (',', 0b000_000_000_010_100),
    (':', 0b000_010_000_010_000),
    (';', 0b000_010_000_010_100),
    ('%', 0b101_001_010_100_101),
];

/// Pixels, row by row from the top.
pub(crate) struct Canvas {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, paper: Rgb) -> Self {
        Self { width, height, bytes: paper.repeat(width * height) }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Paints one pixel; those outside are ignored.
    pub(crate) fn set(&mut self, x: usize, y: usize, colour: Rgb) {
        if x < self.width && y < self.height {
            let at = 3 * (y * self.width + x);
            self.bytes[at..at + 3].copy_from_slice(&colour);
        }
    }

    fn set_signed(&mut self, (x, y): (i64, i64), colour: Rgb) {
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
            self.set(x, y, colour);
        }
    }

    pub(crate) fn fill(&mut self, at: (usize, usize), size: (usize, usize), colour: Rgb) {
        for y in at.1..at.1 + size.1 {
            for x in at.0..at.0 + size.0 {
                self.set(x, y, colour);
            }
        }
    }

    /// A disc.
    pub(crate) fn dot(&mut self, (x, y): (i64, i64), radius: i64, colour: Rgb) {
        for down in -radius..=radius {
            for right in -radius..=radius {
                if down * down + right * right <= radius * radius {
                    self.set_signed((x + right, y + down), colour);
                }
            }
        }
    }

    /// A straight line as a row of discs.
    pub(crate) fn line(&mut self, [from, to]: [(i64, i64); 2], radius: i64, colour: Rgb) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let at = |from: i64, to: i64| from + (to - from) * step / steps;
            self.dot((at(from.0, to.0), at(from.1, to.1)), radius, colour);
        }
    }

    /// Writes text in capitals, `scale` pixels to a dot; what has no glyph is a space.
    pub(crate) fn text(&mut self, at: (usize, usize), scale: usize, colour: Rgb, text: &str) {
        for (place, letter) in text.chars().enumerate() {
            let letter = letter.to_ascii_uppercase();
            let glyph =
                GLYPHS.iter().find(|(name, _)| *name == letter).map_or(0, |(_, bits)| *bits);
            for dot in (0..15).filter(|dot| glyph >> (14 - dot) & 1 == 1) {
                let x = at.0 + (place * 4 + dot % 3) * scale;
                self.fill((x, at.1 + dot / 3 * scale), (scale, scale), colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_beyond_the_edge_is_cut_off() {
        let mut canvas = Canvas::new(4, 3, [0, 0, 0]);

        canvas.line([(-5, -5), (9, 9)], 1, [255, 0, 0]);
        canvas.text((2, 1), 2, [0, 255, 0], "W9 é");

        assert_eq!(canvas.bytes().len(), 36);
        assert_eq!(canvas.bytes()[..3], [255, 0, 0]);
    }
}
