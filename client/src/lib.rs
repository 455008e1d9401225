//! The Rust client of Quorate, and its command line.
//!
//! [`Client`] has one method per call of the API. Every call that changes something goes out
//! under a request id that stays the same when the call is repeated, so a lost answer or a killed
//! node can't make it act twice. [`Worker`] does jobs. Must never hold a process rule: what may be
//! done is for the server to say.

mod approvals;
mod bulk;
pub mod cli;
mod client;
mod decisions;
mod directory;
mod endpoints;
mod error;
mod events;
mod feed;
mod lists;
mod options;
mod reads;
mod types;
mod variables;
mod worker;

pub use approvals::{
    Adopt, BackTo, By, Comment, Correct, Draft, InsertStep, Known, Position, Reroute, Resubmission,
    Return, SendCopy, Siblings,
};
pub use bulk::Handover;
pub use client::Client;
pub use error::{Error, ErrorKind};
pub use feed::Feed;
pub use lists::InboxSearch;
pub use options::Options;
/// The messages of the wire, documented in the `.proto` files.
pub use proto::v1 as api;
pub use reads::{InstanceFilter, Page};
pub use types::{
    Activate, Complete, Correlate, Instance, Job, JobFailure, Operator, Publish, Start, TaskDetail,
    TaskRef, Throw, VariablesOf,
};
pub use variables::{Variables, from_json, to_json};
pub use worker::Worker;
