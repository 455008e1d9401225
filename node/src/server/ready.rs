//! Whether the node is ready: every group has a leader and has come to where it was, and there is
//! room on the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openraft::async_runtime::WatchReceiver;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::disk::Disk;
use crate::peer::Links;
use crate::raft::{Group, Voter};

/// Pause between two looks before the node is ready for the first time.
const PAUSE: Duration = Duration::from_millis(5);
/// Longest wait for a group before it is looked at anew.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What readiness depends on.
pub(super) struct Readiness {
    groups: Arc<Vec<Arc<Group>>>,
    links: Arc<Links>,
    recovered: Vec<AtomicBool>,
    disk: Arc<Disk>,
    voter: Arc<Voter>,
    stopping: AtomicBool,
    /// True from the first time that all is well until the node stops: requests are taken then.
    serves: watch::Sender<bool>,
}

/// The body of `/health/ready`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) ready: bool,
    /// What is missing, in words.
    missing: Vec<String>,
}

impl Readiness {
    pub(super) fn new(
        groups: Arc<Vec<Arc<Group>>>,
        links: Arc<Links>,
        disk: Arc<Disk>,
        voter: Arc<Voter>,
    ) -> Self {
        let recovered = groups.iter().map(|_| AtomicBool::new(false)).collect();
        let serves = watch::Sender::new(false);
        Self { groups, links, recovered, disk, voter, stopping: AtomicBool::new(false), serves }
    }

    /// Follows the groups until all have come to where they were.
    pub(super) async fn follow(self: Arc<Self>, stop: CancellationToken) {
        let all = futures::future::join_all(self.groups.iter().zip(&self.recovered).map(
            |(group, recovered)| async {
                if recover(group).await {
                    recovered.store(true, Ordering::Release);
                }
            },
        ));
        let first_time = async {
            all.await;
            while !self.groups_missing().is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = first_time => {
                tracing::info!(event = "node_ready");
                self.serves.send_if_modified(|serves| {
                    *serves = !self.stopping.load(Ordering::Acquire);
                    *serves
                });
            }
        }
    }

    /// True while requests are taken.
    pub(super) fn serves(&self) -> watch::Receiver<bool> {
        self.serves.subscribe()
    }

    /// The node stops: not ready from now on.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.serves.send_replace(false);
    }

    /// What is missing now.
    pub(super) fn report(&self) -> Report {
        let mut missing = Vec::new();
        if self.stopping.load(Ordering::Acquire) {
            missing.push("the node is stopping".to_owned());
        }
        if self.disk.is_full() {
            missing.push(format!(
                "less than {} bytes are free on the data disk",
                self.disk.free_bytes_min()
            ));
        }
        missing.extend(self.groups_missing());
        if missing.is_empty() && !*self.serves.borrow() {
            missing.push("the node is about to take requests".to_owned());
        }
        Report { ready: missing.is_empty(), missing }
    }

    /// What the groups lack. A full disk is not among it: reads are served all the same.
    fn groups_missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if !self.voter.may_vote() {
            missing
                .push("the node is not a voter yet: it waits for the others or catches up".into());
        }
        // A leader that is cut off does not know it at once, and neither do its followers.
        let nodes = self.links.len() + 1;
        let reached = self.links.values().filter(|link| link.is_up()).count() + 1;
        if reached * 2 <= nodes {
            missing.push(format!("only {reached} of {nodes} nodes can be reached"));
        }
        for (group, recovered) in self.groups.iter().zip(&self.recovered) {
            if group.leader().is_none() {
                missing.push(format!("partition {} has no leader", group.partition));
            } else if !recovered.load(Ordering::Acquire) {
                missing.push(format!("partition {} has not caught up yet", group.partition));
            }
        }
        missing
    }
}

/// Waits until a group has applied what it held when the node started, as far as the cluster still
/// holds it. False if the group stopped first.
async fn recover(group: &Group) -> bool {
    let mut metrics = group.raft.metrics();
    let held = metrics.borrow_watched().last_log_index;
    let committed = loop {
        {
            let now = metrics.borrow_and_update();
            // What no majority had is cut off by a new leader, so the log may end earlier now.
            let wanted = held.min(now.last_log_index);
            let committed = now.cluster_committed.map(|id| id.index);
            if committed.is_some() && committed >= wanted {
                break committed.unwrap_or(0);
            }
        }
        if metrics.changed().await.is_err() {
            return false;
        }
    };
    loop {
        if group.wait_applied(committed, Instant::now() + LOOK_AGAIN).await {
            return true;
        }
    }
}
