//! Several looks at once: where many of them come late, what followed them is taken again once and not for each.

use super::history::{self, Placed};
use super::scan::Scan;
use super::{DetectionChance, Dropped, Observed, ScanRefused, Tracker};

impl Tracker {
    /// Takes looks in their total order and tells of each what became of it; all together are what [`Tracker::observe`] makes
    /// of one after the other.
    ///
    /// Late ones are put in their places one by one while that costs less than to take everything since the first of them
    /// again; what is left of them then is put in its place together. So a tracker that was held up is not held up longer by
    /// what came late meanwhile.
    pub fn observe_all(
        &mut self,
        scans: &[Scan],
        p_detect: &DetectionChance<'_>,
    ) -> Vec<Result<Observed, ScanRefused>> {
        let mut answers = Vec::with_capacity(scans.len());
        let mut spent = 0;
        while let Some(left @ [scan, ..]) = scans.get(answers.len()..) {
            let late = left.iter().take_while(|scan| self.history.is_late(scan)).count();
            if late > 1 && spent > self.history.cost_since(scan) {
                answers.extend(self.put_in_place(&left[..late], p_detect));
                continue;
            }
            let answer = self.observe(scan, p_detect);
            if let Ok(Observed { scans_taken, tracks_taken, .. }) = &answer
                && late > 0
            {
                spent += scans_taken + tracks_taken;
            }
            answers.push(answer);
        }
        answers
    }

    /// Files late looks, and then takes everything again from before the first of them on. What it cost is told of the first
    /// that had to be taken.
    fn put_in_place(
        &mut self,
        late: &[Scan],
        p_detect: &DetectionChance<'_>,
    ) -> Vec<Result<Observed, ScanRefused>> {
        let mut answers: Vec<_> = Vec::with_capacity(late.len());
        let (mut from, mut first) = (None, None);
        for scan in late {
            let answer = self.file(scan).map(|(placed, dropped)| {
                if let Some(piece) = placed {
                    from = Some(from.unwrap_or(piece).min(piece));
                    first = first.or(Some(answers.len()));
                }
                Observed { dropped, ..Observed::default() }
            });
            answers.push(answer);
        }
        let Some((piece, Some(Ok(observed)))) = from.zip(first.map(|first| answers.get_mut(first)))
        else {
            return answers;
        };
        let from = self.history.rewind(piece);
        let late: Vec<&Scan> = late.iter().collect();
        let taken = self.take_again(from, &late, p_detect, &mut observed.dropped);
        (observed.scans_taken, observed.tracks_taken) = taken;
        if let Some(newest) = self.history.newest() {
            observed.ended = self.settle(newest.0);
        }
        answers
    }

    /// Files a late look without taking it; returns the piece from which on everything is to be taken again, if it tells anything.
    fn file(&mut self, scan: &Scan) -> Result<(Option<usize>, Dropped), ScanRefused> {
        scan.check()?;
        let mut dropped = Dropped::default();
        let scan = history::in_order(scan, &self.config, &mut dropped);
        let placed = self.history.place(&scan, &self.filter, &self.config, &mut dropped);
        let piece = match placed.map_err(|late_s| self.too_late(&scan, late_s))? {
            Placed::Late(place) => Some(place.piece),
            Placed::First { restored, replay } => {
                self.history.put_back(*restored, replay);
                Some(0)
            }
            Placed::Known | Placed::Newest => None,
        };
        Ok((piece, dropped))
    }
}
