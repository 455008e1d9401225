//! Who leads: starts and stops a partition's actors with this node's leadership, and brings
//! leadership to the preferred nodes, gently.

use std::sync::Arc;
use std::time::Duration;

use actors::PartitionHandle;
use openraft::async_runtime::WatchReceiver;
use openraft::{Instant, ServerState};
use raft_store::NodeId;
use tokio_util::sync::CancellationToken;

use super::group::Group;

/// Entries that a node may be behind and still be handed the leadership.
const BEHIND_MAX: u64 = 100;
/// Longest wait for others to take over at shutdown.
const HAND_OVER_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause before actors that ended by a fault are started again.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// Starts the actors of one leadership.
pub(crate) type SpawnActors =
    Arc<dyn Fn(&Arc<Group>) -> Result<PartitionHandle, actors::SpawnError> + Send + Sync>;

/// Follows one group's leadership until `stop`.
pub(crate) async fn follow(
    node: NodeId,
    group: Arc<Group>,
    spawn: SpawnActors,
    stop: CancellationToken,
) {
    let mut metrics = group.raft.server_metrics();
    // The term this node leads in and serves.
    let mut serving: Option<u64> = None;
    loop {
        let (leads, leader, term) = {
            let now = metrics.borrow_and_update();
            let leads = now.state == ServerState::Leader && now.current_leader == Some(node);
            (leads, now.current_leader, now.vote.leader_id.term)
        };
        let wanted = leads.then_some(term);
        let keeps = wanted == serving;
        let actors = match wanted {
            Some(_) if keeps => group.actors(),
            Some(_) => start(&group, &spawn),
            None => None,
        };
        serving = actors.as_ref().and(wanted);
        let before = group.led_by(leader, term, actors);
        if let Some(before) = before.filter(|_| !keeps) {
            before.stop().await;
        }
        let ended = actors_end(group.actors());
        tokio::select! {
            changed = metrics.changed() => if changed.is_err() { break },
            () = ended => {
                tracing::error!(event = "actors_ended", partition = group.partition.0);
                serving = None;
            }
            () = stop.cancelled() => break,
        }
    }
    if let Some(before) = group.led_by(None, group.term(), None) {
        before.stop().await;
    }
}

/// Waits until the actors end by a fault; they are started again then.
async fn actors_end(actors: Option<PartitionHandle>) {
    match actors {
        Some(actors) => {
            actors.closed().await;
            tokio::time::sleep(RESTART_PAUSE).await;
        }
        None => std::future::pending().await,
    }
}

fn start(group: &Arc<Group>, spawn: &SpawnActors) -> Option<PartitionHandle> {
    let partition = group.partition.0;
    match spawn(group) {
        Ok(actors) => {
            tracing::info!(event = "leadership_gained", partition);
            Some(actors)
        }
        Err(error) => {
            tracing::error!(event = "actors_not_started", partition, error = %error);
            None
        }
    }
}

/// Hands the leadership of one group at a time to its preferred node, until `stop`.
pub(crate) async fn balance(
    node: NodeId,
    groups: Arc<Vec<Arc<Group>>>,
    preferred: Vec<NodeId>,
    pause: Duration,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let misplaced = groups.iter().zip(&preferred).find(|(group, to)| {
            group.leader() == Some(node) && **to != node && is_close_behind(group, **to)
        });
        if let Some((group, to)) = misplaced {
            tracing::info!(event = "leadership_moves", partition = group.partition.0, to);
            // A group that has stopped has nothing to hand over.
            let _ = group.raft.trigger().transfer_leader(*to).await;
        }
    }
}

/// True if the leader heard from a follower lately and it lacks few entries.
fn is_close_behind(group: &Group, follower: NodeId) -> bool {
    let metrics = group.raft.data_metrics();
    let now = metrics.borrow_watched();
    let last = now.last_log.map_or(0, |id| id.index);
    let matched = now.replication.as_ref().and_then(|all| all.get(&follower).copied().flatten());
    let heard = now.heartbeat.as_ref().and_then(|all| all.get(&follower).copied().flatten());
    heard.is_some_and(|at| at.elapsed() < HAND_OVER_TIMEOUT)
        && matched.is_some_and(|id| id.index + BEHIND_MAX >= last)
}

/// Gives every leadership of this node to another node, before it stops.
pub(crate) async fn hand_over(node: NodeId, groups: &[Arc<Group>], others: &[NodeId]) {
    let mut left = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        if group.leader() != Some(node) {
            continue;
        }
        let mut candidates = (0..others.len()).map(|step| others[(at + step) % others.len()]);
        if let Some(to) = candidates.find(|to| is_close_behind(group, *to)) {
            // A group that has stopped has nothing to hand over.
            let _ = group.raft.trigger().transfer_leader(to).await;
            left.push(group.clone());
        }
    }
    let all_gone = async {
        for group in left {
            let mut changes = group.changes();
            while group.leader() == Some(node) && changes.changed().await.is_ok() {}
        }
    };
    if tokio::time::timeout(HAND_OVER_TIMEOUT, all_gone).await.is_err() {
        tracing::warn!(event = "leadership_kept", "no other node took over in time");
    }
}
