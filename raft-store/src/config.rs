//! How openraft is set up for every group.

use std::sync::Arc;

use openraft::{Config, ConfigError, SnapshotPolicy};

/// What a node may choose of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaftOptions {
    /// Name of the cluster, for logs.
    pub cluster: String,
    /// Time between two heartbeats of a leader.
    pub heartbeat_ms: u64,
    /// Shortest silence after which a follower stands for election.
    pub election_min_ms: u64,
    /// Longest silence after which a follower stands for election.
    pub election_max_ms: u64,
    /// Entries after which a snapshot is built.
    pub snapshot_log_entries_max: u64,
    /// Entries kept behind a snapshot, so that a follower that was away for a moment needs none.
    pub log_entries_kept: u64,
}

impl Default for RaftOptions {
    fn default() -> Self {
        Self {
            cluster: "quorate".into(),
            heartbeat_ms: 100,
            election_min_ms: 400,
            election_max_ms: 800,
            snapshot_log_entries_max: 200_000,
            log_entries_kept: 50_000,
        }
    }
}

/// Most entries of one message to a follower; its bytes are bounded by the log's reads.
const PAYLOAD_ENTRIES_MAX: u64 = 2_048;
/// Entries that are purged at least at once, so that each purge is worth its own write.
const PURGE_ENTRIES_MIN: u64 = 1_000;
/// Time for a follower to take and install a snapshot.
const INSTALL_SNAPSHOT_TIMEOUT_MS: u64 = 120_000;

/// The configuration of a group.
///
/// Pre-vote is on, so that a node that was cut off does not disturb the others when it is back. A
/// restarted leader is elected again before it leads, because its state may be behind its log.
/// Linearizable reads must use `ReadPolicy::ReadIndex` only: a lease is broken by a paused process.
///
/// # Errors
/// If the times contradict each other.
pub fn raft_config(options: &RaftOptions) -> Result<Arc<Config>, ConfigError> {
    let config = Config {
        cluster_name: options.cluster.clone(),
        heartbeat_interval: options.heartbeat_ms,
        election_timeout_min: options.election_min_ms,
        election_timeout_max: options.election_max_ms,
        install_snapshot_timeout: INSTALL_SNAPSHOT_TIMEOUT_MS,
        max_payload_entries: PAYLOAD_ENTRIES_MAX,
        replication_lag_threshold: options.snapshot_log_entries_max + options.log_entries_kept,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(options.snapshot_log_entries_max),
        max_in_snapshot_log_to_keep: options.log_entries_kept,
        purge_batch_size: PURGE_ENTRIES_MIN.min(options.snapshot_log_entries_max),
        enable_pre_vote: Some(true),
        enable_leader_restore: Some(false),
        allow_log_reversion: Some(false),
        ..Config::default()
    };
    config.validate().map(Arc::new)
}
