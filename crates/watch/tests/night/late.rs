//! Words that come after the tracker has closed the books on their time.

use jiff::SignedDuration;
use sight::sector::UnitId;
use watch::Core;
use watch::detection::{DetectionReport, Source};
use watch::evidence::{Link, WhyKept};
use watch::heavy::Computer;
use watch::journal::{Entry, Input};

use super::flat::{Night, model};

#[test]
fn a_patrols_late_word_is_kept_with_the_track_and_the_alert_that_it_bears_on() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let (alert, track) = (night.alert().id, night.alert().track.unwrap());
    let before: Vec<_> = night.core.tracks().map(|view| view.existence.to_bits()).collect();

    // A minute ago it was 84 m farther out.
    night.tell_late(-207.0 - 84.0, 20.0, 60);

    let kept = night.core.evidence().kept();
    assert_eq!(kept.len(), 1);
    let [word] = kept[..] else { panic!("{kept:?}") };
    assert_eq!(word.source, Source::Unit(UnitId("patrol".into())));
    assert_eq!(word.why, WhyKept::Late);
    assert_eq!((word.arrived_at - word.observed_at).get_seconds(), 60);
    assert_eq!(
        word.bears_on.tracks.first().map(|link| (link.track, link.how)),
        Some((track, Link::WasThere))
    );
    assert_eq!(word.bears_on.alerts, [alert]);
    assert!(word.bears_on.stretch.is_some());
    assert_eq!(night.core.counters().late, 1);
    assert_eq!(night.core.counters().rejected, 0, "nothing is wrong with it");
    let tracks = night.core.tracks().count();
    assert_eq!(tracks, before.len(), "it moves no track");
}

#[test]
fn a_late_word_about_before_a_track_began_says_where_it_may_have_come_from() {
    let mut night = Night::begin();
    night.pass(400);
    night.walk(-500.0, -300.0);

    night.tell_late(-700.0, 30.0, 360);
    night.tell_late(-2_900.0, -1_500.0, 300);

    let kept = night.core.evidence().kept();
    let how: Vec<Vec<Link>> = kept
        .iter()
        .map(|word| word.bears_on.tracks.iter().map(|link| link.how).collect())
        .collect();
    assert_eq!(how, [vec![Link::MayHaveCome], vec![]]);
}

#[test]
fn words_kept_are_the_same_when_the_journal_is_replayed() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    for age_s in [20, 60, 200] {
        night.tell_late(-400.0, 0.0, age_s);
    }

    let again = replayed(&night.entries);

    assert_eq!(again.evidence().kept().len(), 3);
    assert_eq!(again.evidence(), night.core.evidence());
    assert_eq!(again.state_hash(), night.core.state_hash());
}

fn replayed(entries: &[Entry]) -> Core {
    let (mut core, mut computer) = (Core::new(model()), Computer::new(model()));
    let mut asked = std::collections::BTreeMap::new();
    for entry in entries {
        let request = if let Input::Computed { request, .. } = &entry.input {
            asked.remove(request)
        } else {
            None
        };
        let result = request.map(|request| computer.compute(&request));
        for output in core.step(entry, result) {
            if let watch::journal::Output::Compute { id, request } = output {
                asked.insert(id, request);
            }
        }
    }
    core
}

impl Night {
    /// The patrol tells of somebody whom it saw so long ago; the tracker has its turn.
    fn tell_late(&mut self, east_of_line_m: f64, north_m: f64, age_s: i64) {
        let report_id = format!("word-{}", self.entries.len());
        let report = DetectionReport {
            source: Source::Unit(UnitId("patrol".into())),
            observed_at: self.now - SignedDuration::from_secs(age_s),
            ..self.report_at(east_of_line_m, north_m, report_id)
        };
        self.take(Input::Detected(report));
        self.pass(1);
    }
}
