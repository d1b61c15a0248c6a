//! Weather as text: reports and forecasts as files, uploads and brokers bring them.

use wire::metar::MetarError;
use wire::metar::bulletin::{self, Piece, Told};

use super::gate::Word;
use super::rejections::Refusal;

/// A text as far as it could be read; lines are counted from 1.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Bulletin {
    pub(super) words: Vec<(usize, Word)>,
    pub(super) faults: Vec<(usize, Refusal)>,
    /// Reports at fault, those that are not told among them.
    pub(super) left_out: usize,
    /// Reports that say that there is none (NIL).
    pub(super) passed_over: usize,
}

impl Bulletin {
    /// Reads every report and forecast of a text; refuses one that is too long as a whole.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let pieces = bulletin::read(text).map_err(|fault| fault.to_string())?;
        let mut read = Self::default();
        for Piece { line, told } in pieces {
            match told {
                Ok(Told::Report(report)) => read.words.push((line, Word::Report(Box::new(report)))),
                Ok(Told::Forecast(taf)) => read.words.push((line, Word::Forecast(Box::new(taf)))),
                Err(MetarError::Nil) => read.passed_over += 1,
                Err(fault) => {
                    read.left_out += 1;
                    if read.faults.len() < wire::limits::FAULTS_MAX {
                        read.faults.push((line, Refusal::new("report", fault.to_string())));
                    }
                }
            }
        }
        Ok(read)
    }

    /// Reports at fault that are not among those told.
    pub(super) fn untold(&self) -> usize {
        self.left_out.saturating_sub(self.faults.len())
    }
}
