//! Real clusters for tests: processes that can be killed, a recorder of what clients saw, and a
//! checker that compares it with what the replicas hold in the end.
//!
//! Modules stand in the order in which a test uses them. Must never reach into a server except
//! through its ports, its files and signals.

mod binary;
mod process;
mod ports;
mod settings;
mod cluster;
mod wait;
pub mod models;
pub mod rest;
pub mod history;
pub mod replicas;
pub mod workload;
pub mod chaos;
pub mod checker;

pub use binary::server_binary;
pub use cluster::{Cluster, Shared};
pub use process::Server;
pub use settings::Settings;
pub use wait::{eventually, within};
