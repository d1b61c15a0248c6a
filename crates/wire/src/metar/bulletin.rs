//! Reports and forecasts as services hand them out: several in one text, with headings between them.
//!
//! Where there is an equals sign anywhere, each ends with one, as in the bulletins of the meteorological
//! services (WMO No. 386); elsewhere each has a line of its own, and lines that are indented go on with
//! the one before. Headings of bulletins and the lines that say when a file was made are passed over.

use super::taf::{self, Taf};
use super::{Metar, MetarError};
use crate::limits::{BULLETIN_BYTES_MAX, BULLETIN_PIECES_MAX};

/// One report or forecast, or why it is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Line of the text where it begins, counted from 1.
    pub line: usize,
    pub told: Result<Told, MetarError>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Report(Metar),
    Forecast(Taf),
}

/// Why a text is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulletinError {
    #[error("weather must hold at most {BULLETIN_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("at most {BULLETIN_PIECES_MAX} reports are read")]
    TooMany,
}

/// Reads every report and forecast of a text. One that is none is told, and the others are kept.
pub fn read(text: &str) -> Result<Vec<Piece>, BulletinError> {
    if text.len() > BULLETIN_BYTES_MAX {
        return Err(BulletinError::TooLong(text.len()));
    }
    let mut reader = Reader { ends_by_sign: text.contains('='), ..Reader::default() };
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(number, line)?;
    }
    reader.end()?;
    Ok(reader.pieces)
}

#[derive(Debug, Default)]
struct Reader {
    ends_by_sign: bool,
    /// What a heading says that all that follows is.
    forecasts: bool,
    /// Words so far of the piece that is being read, and where it began.
    words: String,
    began: usize,
    pieces: Vec<Piece>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), BulletinError> {
        let goes_on = line.starts_with([' ', '\t']);
        // Bulletins are framed by control characters.
        let line = line.trim_matches(|c: char| c.is_whitespace() || c.is_control());
        if !self.ends_by_sign && !goes_on {
            self.end()?;
        }
        if self.words.is_empty() && self.is_heading(line) {
            return Ok(());
        }
        let mut parts = line.split('=').peekable();
        while let Some(part) = parts.next() {
            if !part.trim().is_empty() {
                if self.words.is_empty() {
                    self.began = number;
                } else {
                    self.words.push(' ');
                }
                self.words.push_str(part.trim());
            }
            if parts.peek().is_some() {
                self.end()?;
            }
        }
        Ok(())
    }

    /// Ends the piece that is being read, if there is one.
    fn end(&mut self) -> Result<(), BulletinError> {
        if self.words.is_empty() {
            return Ok(());
        }
        if self.pieces.len() >= BULLETIN_PIECES_MAX {
            return Err(BulletinError::TooMany);
        }
        let words = std::mem::take(&mut self.words);
        let told = if self.forecasts || is_forecast(&words) {
            taf::parse(&words).map(Told::Forecast)
        } else {
            super::parse(&words).map(Told::Report)
        };
        self.pieces.push(Piece { line: self.began, told });
        Ok(())
    }

    fn is_heading(&mut self, line: &str) -> bool {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words[..] {
            [kind @ ("METAR" | "SPECI" | "TAF")] => {
                self.forecasts = kind == "TAF";
                true
            }
            // `SAES31 LEMM 200430`, perhaps with a word for a delay or a correction.
            [designator, centre, time] | [designator, centre, time, _] => {
                let is_heading = is_designator(designator) && centre.len() == 4 && is_number(time);
                self.forecasts &= !is_heading;
                is_heading
            }
            // `2026/11/20 19:00`.
            [date, time] => date.len() == 10 && date.contains('/') && time.contains(':'),
            // A sequence number, or nothing.
            [number] => is_number(number),
            [] => true,
            _ => false,
        }
    }
}

/// Four letters and two digits, such as `SAES31`.
fn is_designator(word: &str) -> bool {
    let (letters, digits) = word.split_at_checked(4).unwrap_or_default();
    letters.bytes().all(|byte| byte.is_ascii_uppercase()) && digits.len() == 2 && is_number(digits)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// True for text that says so, or that tells a validity such as `2012/2112` near its beginning.
fn is_forecast(text: &str) -> bool {
    let is_validity = |word: &str| match word.split_once('/') {
        Some((from, to)) => from.len() == 4 && to.len() == 4 && is_number(from) && is_number(to),
        None => false,
    };
    taf::is_taf(text) || text.split_ascii_whitespace().take(5).any(is_validity)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Vec<(usize, String)> {
        let pieces = read(text).unwrap().into_iter();
        let words = |told| match told {
            Ok(Told::Report(report)) => report.to_string(),
            Ok(Told::Forecast(taf)) => format!("TAF {} +{}", taf.station, taf.changes.len()),
            Err(fault) => format!("{fault}"),
        };
        pieces.map(|piece| (piece.line, words(piece.told))).collect()
    }

    #[test]
    fn files_of_one_line_each_are_read_with_the_lines_that_say_when_they_were_made() {
        let text = "2026/11/20 19:00\nLESU 201900Z 24005MPS 9999\n\n2026/11/20 17:00\n\
                    TAF LESU 201700Z 2018/2118 24005MPS 9999\n     TEMPO 2020/2022 1500 DS\n";
        assert_eq!(
            told(text),
            [(2, "METAR LESU 201900Z 24005MPS 9999".into()), (5, "TAF LESU +1".into())]
        );
    }

    #[test]
    fn bulletins_are_read_by_the_sign_that_ends_each_report() {
        let text = "\u{1}\r\r\n123\r\r\nSAES31 LEMM 201900 CCA\r\r\nMETAR LEDA 201900Z 24005MPS 9999=\r\r\n\
                    COR LESU 201900Z\r\r\n24005MPS 4000 BLDU=\r\r\nLEGE 201900Z NIL=\u{3}\n\
                    FTES31 LEMM 201700\nTAF\nLESU 201700Z 2018/2118 24005MPS 9999=\n";
        assert_eq!(
            told(text),
            [
                (4, "METAR LEDA 201900Z 24005MPS 9999".into()),
                (5, "METAR COR LESU 201900Z 24005MPS 4000 BLDU".into()),
                (7, "the station sent no report (NIL)".into()),
                (10, "TAF LESU +0".into()),
            ]
        );
    }

    #[test]
    fn what_is_no_report_is_told_by_its_line_and_the_others_are_kept() {
        let text = "hello world\nMETAR LESU 201900Z 24005MPS 9999";
        assert_eq!(
            told(text),
            [
                (1, "station must be four capital letters or digits, got \"hello\"".into()),
                (2, "METAR LESU 201900Z 24005MPS 9999".into())
            ]
        );
    }

    #[test]
    fn too_much_is_refused() {
        let many = "LESU 201900Z 24005MPS 9999\n".repeat(BULLETIN_PIECES_MAX + 1);
        assert_eq!(read(&many), Err(BulletinError::TooMany));
        let long = " ".repeat(BULLETIN_BYTES_MAX + 1);
        assert_eq!(read(&long), Err(BulletinError::TooLong(BULLETIN_BYTES_MAX + 1)));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(\\PC|[=\n\r\t 0-9/]){0,200}") {
            drop(read(&text));
        }
    }
}
