//! What other agencies are given of the line: a policy says what, and each of them has a world that knows nothing else.
//!
//! A world is a core of its own, stepped only with what passed the gate, so that no count, number, track or word of it can
//! depend on what was withheld. It follows the record; nothing that the station does waits for it.

mod config;
mod fault;
mod gate;
mod partner;
mod policy;
mod terms;
mod thing;
mod world;

pub use self::config::ReleaseConfig;
pub use self::fault::PolicyFault;
pub use self::gate::{Gate, Released, given};
pub use self::partner::{Over, Partner, Partners};
pub use self::policy::{Policy, PolicyError};
pub use self::terms::{Field, Terms};
pub use self::thing::{Kind, Labels, Thing};
pub use self::world::World;
