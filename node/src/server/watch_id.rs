//! What is learned from the first greetings: whether this node's id is free, and which nodes have
//! lost their disk.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::Partition;
use futures::future::join_all;

use crate::coded::Coded;
use crate::peer::{Hello, Link, LinkState, Links, OnGreeting};
use crate::raft::Group;

/// Longest wait for the first attempt to reach each peer.
const FIRST_ATTEMPT: Duration = Duration::from_millis(2_500);
/// How long an earlier run of this node may stay connected in the eyes of a peer.
const GONE_AFTER: Duration = Duration::from_secs(8);

/// Makes sure that no other living node has this node's id, as far as the peers know.
///
/// # Errors
/// `NODE_ID_IN_USE`.
pub(super) async fn id_is_free(links: &Links) -> Result<(), Coded> {
    let refusals = join_all(links.values().map(refusal)).await;
    match refusals.into_iter().flatten().next() {
        Some(reason) => Err(Coded::unavailable("NODE_ID_IN_USE", reason)),
        None => Ok(()),
    }
}

/// What a peer says against this node's id, if it keeps saying it.
async fn refusal(link: &Arc<Link>) -> Option<String> {
    let mut states = link.state();
    let since = Instant::now();
    loop {
        let in_use = match &*states.borrow_and_update() {
            LinkState::Up => return None,
            LinkState::Down { reason } => match reason.strip_prefix("NODE_ID_IN_USE: ") {
                Some(text) => Some(text.to_owned()),
                None => return None,
            },
            LinkState::New => None,
        };
        let limit = if in_use.is_some() { GONE_AFTER } else { FIRST_ATTEMPT };
        let left = limit.checked_sub(since.elapsed());
        let changed = tokio::time::timeout(left.unwrap_or_default(), states.changed());
        match (changed.await, left) {
            (Ok(Ok(())), Some(_)) => {}
            _ => return in_use,
        }
    }
}

/// Nodes that said that they lost their disk. A leader would take a follower that forgot entries
/// for a broken one, so each of its groups is told, before anything is sent to the node.
#[derive(Clone, Default)]
pub(super) struct Emptied(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    nodes: Vec<u64>,
    groups: Option<Arc<Vec<Arc<Group>>>>,
}

impl Emptied {
    /// What a link calls with each greeting.
    pub(super) fn on_greeting(&self) -> OnGreeting {
        let known = self.0.clone();
        Arc::new(move |hello: &Hello| {
            let groups = {
                let mut known = known.lock().expect("no code panics while it holds the list");
                known.nodes.retain(|node| *node != hello.node);
                if hello.emptied {
                    known.nodes.push(hello.node);
                }
                known.groups.clone().filter(|_| hello.emptied)
            };
            let node = hello.node;
            Box::pin(async move {
                if let Some(groups) = groups {
                    allow(&groups, node).await;
                }
            })
        })
    }

    /// The groups are open: tells them what is known already.
    pub(super) async fn groups_opened(&self, groups: Arc<Vec<Arc<Group>>>) {
        let nodes = {
            let mut known = self.0.lock().expect("no code panics while it holds the list");
            known.groups = Some(groups.clone());
            known.nodes.clone()
        };
        for node in nodes {
            allow(&groups, node).await;
        }
    }
}

async fn allow(groups: &[Arc<Group>], node: u64) {
    // A later leader begins with no idea of what its followers hold.
    for group in groups.iter().filter(|group| group.raft.is_leader()) {
        let allowed = group.raft.trigger().allow_next_revert(&node, true).await;
        if let Ok(Ok(())) = allowed {
            let Partition(partition) = group.partition;
            tracing::info!(event = "follower_starts_anew", node, partition);
        }
    }
}
