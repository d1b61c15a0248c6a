//! The state diagram of ISA-18.2 as a table, written from what is known of the diagram and not from the code: the test holds
//! the desk to it.
//!
//! A row is a state, a column an event. `+` and `-` are the process going into alarm and back to normal; a cell of two letters
//! is for what goes on and what is over; in a cell of `CF` of a latching alarm the second letter counts. `.` is no way.

/// Letters of the figure.
const STATES: &str = "ABCDEFGHI";

/// `+`, `-`, acknowledge, reset, shelve, un-shelve, suppress, un-suppress, remove from service, return to service.
const TABLE: [[&str; 10]; 9] = [
    /* A normal           */ ["B", "A", ".", ".", "G", ".", "H", ".", "I", "."],
    /* B unacknowledged   */ ["B", "DE", "C", ".", "G", ".", "H", ".", "I", "."],
    /* C acknowledged     */ ["C", "AF", ".", ".", "G", ".", "H", ".", "I", "."],
    /* D returned unack.  */ ["B", "D", "A", ".", "G", ".", "H", ".", "I", "."],
    /* E latched unack.   */ ["B", "E", "F", "D", "G", ".", "H", ".", "I", "."],
    /* F latched ack.     */ ["B", "F", ".", "A", "G", ".", "H", ".", "I", "."],
    /* G shelved          */ ["G", "G", ".", ".", ".", "BA", "H", ".", "I", "."],
    /* H suppressed       */ ["H", "H", ".", ".", ".", ".", ".", "BA", "I", "."],
    /* I out of service   */ ["I", "I", ".", ".", ".", ".", ".", ".", ".", "BA"],
];

/// A point of the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::alert) struct Model {
    pub(in crate::alert) letter: char,
    pub(in crate::alert) in_alarm: bool,
    pub(in crate::alert) latching: bool,
}

impl Model {
    /// An alarm that has just come.
    pub(in crate::alert) const BEGUN: Self = Self { letter: 'B', in_alarm: true, latching: false };

    /// Goes along a column; false where there is no way.
    pub(in crate::alert) fn go(&mut self, column: usize) -> bool {
        let row = STATES.find(self.letter).unwrap();
        let cell: Vec<char> = TABLE[row][column].chars().collect();
        if cell == ['.'] {
            return false;
        }
        match column {
            0 => self.in_alarm = true,
            1 => self.in_alarm = false,
            _ => {}
        }
        let second = if column == 1 { self.latching } else { !self.in_alarm };
        self.letter = if second { *cell.last().unwrap() } else { cell[0] };
        true
    }
}
