//! What a sensor takes an object for.

use crate::chance::Chance;
use crate::mover::BodyKind;

/// What an object can be called. The same words for truth and opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    Person,
    Group,
    Vehicle,
    Animal,
    Unknown,
}

/// What a sensor guesses when it cannot tell (A).
const GUESSES: [(Label, f64); 5] = [
    (Label::Person, 0.35),
    (Label::Group, 0.08),
    (Label::Vehicle, 0.07),
    (Label::Animal, 0.3),
    (Label::Unknown, 0.2),
];
/// Classes less likely than this are not reported.
const WORTH_SAYING: f64 = 0.02;

/// Labels with the sensor's confidence in each, best first; they sum to at most one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opinion(pub Vec<(Label, f64)>);

impl Opinion {
    /// An opinion about something that is truly `label`, told right with chance `recognised`.
    ///
    /// A sensor that cannot tell guesses. The confidences are those of the guess given that chance,
    /// so that of all objects called `x` with confidence `c` about `c` truly are.
    pub(crate) fn about(label: Label, recognised: f64, chance: &mut Chance) -> Self {
        let declared = if chance.happens(recognised) { label } else { guess(chance) };
        Self::declared(declared, recognised)
    }

    /// An opinion about wind, a bush or warm stones.
    pub(crate) fn of_nothing(chance: &mut Chance) -> Self {
        Self::declared(guess(chance), chance.between(0.05, 0.3))
    }

    fn declared(declared: Label, recognised: f64) -> Self {
        let mut shares: Vec<(Label, f64)> = GUESSES
            .iter()
            .map(|(label, share)| {
                let sure = if *label == declared { recognised } else { 0.0 };
                (*label, sure + (1.0 - recognised) * share)
            })
            .filter(|(_, share)| *share >= WORTH_SAYING)
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        Self(shares)
    }
}

fn guess(chance: &mut Chance) -> Label {
    let mut left = chance.share();
    for (label, share) in GUESSES {
        left -= share;
        if left < 0.0 {
            return label;
        }
    }
    Label::Unknown
}

/// What a cluster of bodies truly is.
pub(crate) fn label_of(kinds: impl Iterator<Item = BodyKind>) -> Label {
    let (mut people, mut animals, mut vehicles) = (0, 0, 0);
    for kind in kinds {
        match kind {
            BodyKind::Adult | BodyKind::Child => people += 1,
            BodyKind::Donkey | BodyKind::Sheep | BodyKind::Gazelle => animals += 1,
            BodyKind::Vehicle => vehicles += 1,
        }
    }
    match (people, animals, vehicles) {
        (_, _, 1..) => Label::Vehicle,
        (people, animals, _) if animals > people => Label::Animal,
        (2.., _, _) => Label::Group,
        (1, _, _) => Label::Person,
        _ => Label::Animal,
    }
}
