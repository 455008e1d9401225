//! Actors of one partition: a supervisor, one actor per live instance, and child actors that are
//! caches of durable rows. The world is reached only through the traits in [`ports`].
//!
//! A request comes through [`PartitionHandle::ask`], goes by the supervisor to its instance's
//! actor, becomes a step of the engine and one record of the log, and is answered when that record
//! is durable. Modules stand in that order.

pub mod ports;
pub mod request;
mod options;
mod admission;
mod partition;
mod start;
mod supervisor;
mod quarantine;
mod instance;
mod lease;
mod models;
pub mod decisions;
mod library;
mod context;
mod clock;
mod encoding;
mod failure;
mod retry;
mod figures;
mod deploy;
mod effect;
mod mailbox;

pub use figures::Figures;
pub use options::Options;
pub use partition::{PartitionHandle, SpawnError};
