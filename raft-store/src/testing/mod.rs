//! In-memory network and whole clusters in one process, for tests and benchmarks.

mod cluster;
mod network;

pub use cluster::{Cluster, Member};
pub use network::{Link, Links, Network};
