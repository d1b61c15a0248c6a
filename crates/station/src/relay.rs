//! Letters between sides that do not speak to each other, carried by somebody between them.
//!
//! The writer commits to each field by a salted hash and signs the commitments. Whoever carries the letter may leave fields
//! out and put their own name under it; they can change nothing and add nothing. What was left out stays hidden, how many
//! fields there were too: there are always commitments to nothing among them. When a letter ends, what it is about, that it
//! was received, contradicted or taken back is signed by its writer and cannot be left out on the way.

mod field;
mod letter;
mod standing;

pub(crate) use self::field::Salt;
pub(crate) use self::letter::{Draft, Letter, Opened, Purpose};
pub(crate) use self::standing::standing;

#[cfg(test)]
mod tests;
