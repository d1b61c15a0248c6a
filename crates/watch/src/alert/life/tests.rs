//! The life of one alert against the figure.

use proptest::prelude::*;

use super::reference::Model;
use super::*;

const EVENTS: [Event; 10] = [
    Event::Occurs,
    Event::Returns,
    Event::Acknowledged,
    Event::Reset,
    Event::Shelved,
    Event::Unshelved,
    Event::Suppressed,
    Event::Unsuppressed,
    Event::TakenOutOfService,
    Event::ReturnedToService,
];

pub(in crate::alert) fn letter(state: State) -> char {
    match state {
        State::Normal => 'A',
        State::Unacknowledged => 'B',
        State::Acknowledged => 'C',
        State::ReturnedUnacknowledged => 'D',
        State::LatchedUnacknowledged => 'E',
        State::LatchedAcknowledged => 'F',
        State::Shelved => 'G',
        State::SuppressedByDesign => 'H',
        State::OutOfService => 'I',
    }
}

proptest! {
    #[test]
    fn a_life_goes_the_ways_of_the_figure_and_no_others(
        latching: bool,
        columns in proptest::collection::vec(0..EVENTS.len(), 0..60),
    ) {
        let mut model = Model { latching, ..Model::BEGUN };
        let mut life = Life { latches: latching, ..Life::begin(Timestamp::UNIX_EPOCH) };
        for column in columns {
            let before = (letter(life.state), life.is_active);

            let taken = life.take(EVENTS[column], Timestamp::UNIX_EPOCH);

            prop_assert_eq!(model.go(column), taken.is_ok());
            prop_assert_eq!((letter(life.state), life.is_active), (model.letter, model.in_alarm));
            prop_assert_eq!(taken.unwrap_or(false), before.0 != model.letter);
            prop_assert_eq!(life.waits_since.is_some(), "BDE".contains(model.letter));
        }
    }
}

#[test]
fn one_that_comes_back_calls_again_and_tells_how_often() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut life = Life::begin(at(0));

    for (event, second) in
        [(Event::Acknowledged, 5), (Event::Returns, 9), (Event::Occurs, 20), (Event::Occurs, 21)]
    {
        life.take(event, at(second)).unwrap();
    }

    assert_eq!((life.state, life.calls), (State::Unacknowledged, 2));
    assert_eq!((life.waits_since, life.active_since), (Some(at(20)), Some(at(20))));
}
