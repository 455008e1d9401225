//! Actors of one partition: a supervisor, one actor per live instance, and child actors that are
//! caches of durable rows. The world is reached only through the traits in [`ports`].

pub mod ports;
pub mod request;
