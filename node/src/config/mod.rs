//! The configuration of a node: file < environment < flags, checked as a whole before anything
//! is opened. Must never guess: an unknown key or a contradiction is an error that says what to do.

mod check;
mod load;

pub use load::{Source, dump, load};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::coded::Coded;

/// Everything a node is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// This node.
    pub node: NodeConfig,
    /// The cluster it belongs to.
    pub cluster: ClusterConfig,
    /// Where it listens.
    pub listen: ListenConfig,
    /// Timing of the groups.
    pub raft: RaftConfig,
    /// Limits.
    pub limits: LimitsConfig,
    /// Logging.
    pub log: LogConfig,
    /// Services that say who takes part in a task, by the name that models give them.
    pub resolvers: BTreeMap<String, ResolverConfig>,
}

/// `[resolvers.NAME]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverConfig {
    /// Where the service is reached: `http://host:port/path`.
    pub url: String,
    /// How long it may take to answer.
    #[serde(default = "ResolverConfig::default_timeout_ms")]
    pub timeout_ms: u64,
}

impl ResolverConfig {
    fn default_timeout_ms() -> u64 {
        5_000
    }
}

/// `[node]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeConfig {
    /// Number of this node, from 1. Never given to another node later.
    pub id: u64,
    /// Data folder.
    pub data: PathBuf,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self { id: 0, data: PathBuf::from("quorate-data") }
    }
}

/// `[cluster]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterConfig {
    /// Name or UUID of the cluster, the same on every node, for ever.
    pub id: String,
    /// Number of partitions, the same on every node, for ever.
    pub partitions: u16,
    /// Every node of the cluster, this one included.
    pub peers: Vec<PeerConfig>,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self { id: String::new(), partitions: 4, peers: Vec::new() }
    }
}

/// One entry of `cluster.peers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Number of the node.
    pub id: u64,
    /// `host:port` of its peer port, as the other nodes reach it.
    pub address: String,
}

/// `[listen]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListenConfig {
    /// `ip:port` for clients: gRPC and REST.
    pub client: String,
    /// `ip:port` for the other nodes.
    pub peer: String,
    /// `ip:port` for health and metrics.
    pub admin: String,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            client: "127.0.0.1:7400".into(),
            peer: "127.0.0.1:7401".into(),
            admin: "127.0.0.1:7402".into(),
        }
    }
}

/// `[raft]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RaftConfig {
    /// Time between two heartbeats of a leader.
    pub heartbeat_ms: u64,
    /// Shortest silence after which a follower asks for an election.
    pub election_min_ms: u64,
    /// Longest such silence.
    pub election_max_ms: u64,
    /// Entries after which a group makes a new snapshot.
    pub snapshot_entries: u64,
    /// Entries kept behind a snapshot for followers that lag.
    pub keep_entries: u64,
    /// Longest wait for one chunk of a snapshot to be taken.
    pub snapshot_chunk_timeout_ms: u64,
    /// Time between two transfers of leadership to a preferred node; 0 never transfers.
    pub balance_ms: u64,
}

impl Default for RaftConfig {
    fn default() -> Self {
        Self {
            heartbeat_ms: 100,
            election_min_ms: 450,
            election_max_ms: 700,
            snapshot_entries: 50_000,
            keep_entries: 20_000,
            snapshot_chunk_timeout_ms: 10_000,
            balance_ms: 2_000,
        }
    }
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitsConfig {
    /// How long a request may take in all, when its caller names no shorter time.
    pub request_timeout_ms: u64,
    /// Requests that one partition works on at a time; more are refused as overload.
    pub in_flight_max: u64,
    /// Free space on the disk of the data folder below which writes are refused.
    pub disk_free_bytes_min: u64,
    /// Longest wait of a request for jobs.
    pub poll_wait_ms_max: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            request_timeout_ms: 10_000,
            in_flight_max: 4_096,
            disk_free_bytes_min: 256 * 1024 * 1024,
            poll_wait_ms_max: 60_000,
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogConfig {
    /// Levels, as in `info` or `info,node=debug`.
    pub level: String,
    /// `auto` (JSON unless on a terminal), `json` or `pretty`.
    pub format: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info,openraft=error".into(), format: "auto".into() }
    }
}

/// The three addresses a node listens on, parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// For clients.
    pub client: SocketAddr,
    /// For the other nodes.
    pub peer: SocketAddr,
    /// For health and metrics.
    pub admin: SocketAddr,
}

impl Config {
    /// Checks everything that can be checked without opening anything.
    ///
    /// # Errors
    /// The first thing that is wrong, with its code.
    pub fn check(&self, insecure: bool) -> Result<Addresses, Coded> {
        check::check(self, insecure)
    }

    /// A cluster of one node on loopback, for development and tests.
    #[must_use]
    pub fn single(data: PathBuf, client: &str, admin: &str) -> Self {
        Self {
            node: NodeConfig { id: 1, data },
            cluster: ClusterConfig {
                id: "dev".into(),
                partitions: 1,
                peers: vec![PeerConfig { id: 1, address: "127.0.0.1:0".into() }],
            },
            listen: ListenConfig {
                client: client.into(),
                peer: "127.0.0.1:0".into(),
                admin: admin.into(),
            },
            ..Self::default()
        }
    }

    /// The node that leads a partition when all is well.
    #[must_use]
    pub fn preferred_leader(&self, partition: u16) -> u64 {
        let mut ids: Vec<u64> = self.cluster.peers.iter().map(|peer| peer.id).collect();
        ids.sort_unstable();
        ids[usize::from(partition) % ids.len()]
    }

    /// How long a request may take in all.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.limits.request_timeout_ms)
    }
}
