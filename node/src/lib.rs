//! The server: configuration, peers, routing and the APIs. No process rule lives here.
//!
//! A request comes in by `api`, finds its partition's leader by `router` and is carried out by the
//! actors there, which reach the log through `wire`. Groups are in `raft`, what nodes say to each
//! other in `peer`, reads in `reads`; `server` starts and stops it all. Modules stand in the order
//! of a request's way.

pub mod coded;
pub mod config;
pub mod logging;
pub mod dev;
pub mod server;
pub mod api;
pub mod request;
pub mod trace;
mod router;
mod reads;
mod resolver;
mod wire;
mod raft;
mod peer;
mod codec;
mod disk;
mod metrics;
