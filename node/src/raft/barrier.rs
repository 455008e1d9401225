//! Proof of leadership for reads, one round for all that wait.
//!
//! A read may use only a round that began after the read came: whoever comes while a round runs
//! waits for the next one. Never a lease: a paused process would answer with old state.

use std::sync::{Arc, Mutex, MutexGuard};

use actors::ports::ProposeError;
use openraft::ReadPolicy;
use openraft::errors::LinearizableReadError;
use raft_store::{LogId, Raft};
use tokio::sync::oneshot;

type Reached = Result<LogId, ProposeError>;

/// The barrier of one group.
#[derive(Clone)]
pub(crate) struct Barrier {
    raft: Raft,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    running: bool,
    waiting: Vec<oneshot::Sender<Reached>>,
}

impl Barrier {
    pub(crate) fn new(raft: Raft) -> Self {
        Self { raft, queue: Arc::default() }
    }

    /// Waits until everything acknowledged before the call is applied here. Gives the position,
    /// with the leader that proved it.
    pub(crate) async fn pass(&self) -> Reached {
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut queue = self.lock();
            queue.waiting.push(sender);
            !std::mem::replace(&mut queue.running, true)
        };
        if is_first {
            // A task, so that a caller that goes away does not take the others' round with it.
            tokio::spawn(self.clone().rounds());
        }
        receiver.await.unwrap_or(Err(ProposeError::NotLeader { leader: None }))
    }

    async fn rounds(self) {
        loop {
            let waiting = {
                let mut queue = self.lock();
                if queue.waiting.is_empty() {
                    queue.running = false;
                    return;
                }
                std::mem::take(&mut queue.waiting)
            };
            let reached = self.round().await;
            for sender in waiting {
                // A caller that is gone does not mind.
                let _ = sender.send(reached.clone());
            }
        }
    }

    async fn round(&self) -> Reached {
        let linearizer = match self.raft.get_read_linearizer(ReadPolicy::ReadIndex).await {
            Ok(linearizer) => linearizer,
            Err(error) => {
                let leader = match error.into_api_error() {
                    Some(LinearizableReadError::ForwardToLeader(to)) => to.leader_id,
                    _ => None,
                };
                return Err(ProposeError::NotLeader { leader });
            }
        };
        let state = linearizer.await_ready(&self.raft).await;
        let state = state.map_err(|error| ProposeError::Unknown(error.to_string()))?;
        Ok(*state.read_log_id().log_id())
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no code panics while it holds the queue")
    }
}
