//! How a node with an empty disk gets into its cluster: by founding it together with all the
//! others, or by catching up with those that hold it. See [`Voter`] for why it matters.
//!
//! A cluster is founded only when every configured node has said that it is empty. The node with
//! the lowest id asks them; each that agrees may vote from then on; then the groups are made.
//! Every step can be repeated, so a crash in the middle does no harm.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::group::Group;
use super::voter::Voter;
use crate::codec;
use crate::config::Config;
use crate::peer::{Kind, Links};

/// Pause between two looks at the other nodes.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What the way into a cluster needs.
pub(crate) struct Founding {
    pub(crate) config: Arc<Config>,
    pub(crate) groups: Arc<Vec<Arc<Group>>>,
    pub(crate) links: Arc<Links>,
    pub(crate) voter: Arc<Voter>,
}

impl Founding {
    /// Tries until the node is a voter of groups that exist.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut rounds = 0_u64;
        loop {
            match self.round().await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    if rounds.is_multiple_of(100) {
                        tracing::warn!(event = "founding_waits", error);
                    }
                }
            }
            rounds += 1;
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// One attempt. True if there is nothing left to do.
    async fn round(&self) -> Result<bool, String> {
        let here = self.initialized().await;
        if self.voter.may_vote() && here.iter().all(|initialized| *initialized) {
            return Ok(true);
        }
        let new = self.new_everywhere(&here).await?;
        if !new.is_empty() {
            if self.links.keys().any(|peer| *peer < self.config.node.id) {
                return Ok(false);
            }
            self.found(&new).await?;
            return Ok(true);
        }
        if self.voter.may_vote() {
            return Ok(true);
        }
        self.catch_up().await?;
        self.let_vote()?;
        tracing::info!(event = "node_caught_up", "the node holds what was acknowledged and votes");
        Ok(true)
    }

    /// Which groups hold anything, by partition.
    async fn initialized(&self) -> Vec<bool> {
        join_all(self.groups.iter().map(|group| group.is_initialized())).await
    }

    /// Groups that are empty here and on every other node; an error if a node does not answer
    /// and the question is open.
    async fn new_everywhere(&self, here: &[bool]) -> Result<Vec<usize>, String> {
        let mut new: Vec<usize> = (0..here.len()).filter(|at| !here[*at]).collect();
        let calls =
            self.links.values().map(|link| link.call(Kind::State, 0, Bytes::new(), TIMEOUT));
        let mut silent = None;
        for answer in join_all(calls).await {
            match answer {
                Ok(answer) => {
                    let there: Vec<bool> = codec::decode(&answer)?;
                    new.retain(|at| !there.get(*at).copied().unwrap_or(true));
                }
                Err(error) => silent = Some(error.to_string()),
            }
        }
        match silent {
            // Somebody holds every group, so nothing will be founded whatever the silent one says.
            Some(_) if new.is_empty() => Ok(new),
            Some(error) => {
                Err(format!("a new cluster is founded only when all nodes answer: {error}"))
            }
            None => Ok(new),
        }
    }

    async fn found(&self, new: &[usize]) -> Result<(), String> {
        let calls =
            self.links.values().map(|link| link.call(Kind::Found, 0, Bytes::new(), TIMEOUT));
        for answer in join_all(calls).await {
            answer.map_err(|error| error.to_string())?;
        }
        self.let_vote()?;
        for at in new {
            self.groups[*at].initialize(&self.config).await?;
        }
        let cluster = &self.config.cluster.id;
        tracing::info!(event = "cluster_founded", cluster, partitions = new.len());
        Ok(())
    }

    /// Waits until this node has applied what every leader has committed.
    async fn catch_up(&self) -> Result<(), String> {
        for group in self.groups.iter() {
            let partition = group.partition;
            let leader =
                group.leader().ok_or(format!("partition {partition} has no leader yet"))?;
            let link = self.links.get(&leader).ok_or("the leader is not in cluster.peers")?;
            let answer = link.call(Kind::Barrier, partition.0, Bytes::new(), TIMEOUT).await;
            let position: u64 = codec::decode(&answer.map_err(|error| error.to_string())?)?;
            if !group.wait_applied(position, Instant::now() + TIMEOUT).await {
                return Err(format!("partition {partition} has not come to {position} yet"));
            }
        }
        Ok(())
    }

    fn let_vote(&self) -> Result<(), String> {
        self.voter.allow().map_err(|error| format!("the data folder can't be written: {error}"))?;
        for group in self.groups.iter() {
            group.raft.runtime_config().elect(true);
        }
        Ok(())
    }

    /// Answers [`Kind::State`]: which groups hold anything.
    pub(crate) async fn state(&self) -> Bytes {
        codec::encode(&self.initialized().await)
    }

    /// Answers [`Kind::Found`]: agrees if this node is empty or votes already.
    pub(crate) async fn agree(&self) -> Result<Bytes, String> {
        if !self.voter.may_vote() && self.initialized().await.contains(&true) {
            return Err("FOUNDING_REFUSED: this node holds groups of an existing cluster".into());
        }
        self.let_vote()?;
        Ok(Bytes::new())
    }
}
