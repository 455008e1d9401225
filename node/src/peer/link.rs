//! This node's stream to one peer, as callers see it: call, wait, answer.
//!
//! A call never waits longer than its deadline, whatever the connection does.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{oneshot, watch};

use super::frame::{FRAME_BYTES_MAX, Frame, Kind};
use super::outbox::{Outbox, PushError};

/// Most calls on one stream that wait for an answer.
const CALLS_MAX: usize = 65_536;

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing was sent.
    #[error("node {node} can't be reached: {reason}")]
    Unreachable {
        /// The peer.
        node: u64,
        /// Why.
        reason: String,
    },
    /// The call may or may not have been served.
    #[error("no answer from node {node}: {reason}")]
    Lost {
        /// The peer.
        node: u64,
        /// Why.
        reason: &'static str,
    },
    /// The peer did not serve the call.
    #[error("node {node} refused: {reason}")]
    Refused {
        /// The peer.
        node: u64,
        /// What it said.
        reason: String,
    },
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Not tried yet.
    New,
    /// Connected.
    Up,
    /// Not connected; tried again after a while.
    Down {
        /// Why, with a code if the peer refused.
        reason: String,
    },
}

/// This node's stream to one peer.
pub(crate) struct Link {
    node: u64,
    address: String,
    next_id: AtomicU64,
    wire: Mutex<Wire>,
    state: watch::Sender<LinkState>,
}

#[derive(Default)]
struct Wire {
    outbox: Option<Outbox>,
    waiting: HashMap<u64, oneshot::Sender<Result<Bytes, CallError>>>,
}

/// Forgets a call whose caller is gone.
struct Forget<'a> {
    link: &'a Link,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.link.lock().waiting.remove(&self.id);
    }
}

impl Link {
    /// A link that is not connected yet.
    #[must_use]
    pub(crate) fn new(node: u64, address: String) -> Self {
        Self {
            node,
            address,
            next_id: AtomicU64::new(1),
            wire: Mutex::default(),
            state: watch::Sender::new(LinkState::New),
        }
    }

    /// The peer's id.
    #[must_use]
    pub(crate) fn node(&self) -> u64 {
        self.node
    }

    /// The peer's address.
    #[must_use]
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// How the link stands, and its changes.
    #[must_use]
    pub(crate) fn state(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// True if it is connected.
    pub(crate) fn is_up(&self) -> bool {
        *self.state.borrow() == LinkState::Up
    }

    /// Sends a call and waits for its answer, `timeout` at most.
    ///
    /// # Errors
    /// [`CallError::Unreachable`] if nothing was sent, [`CallError::Refused`] if the peer said no;
    /// else the outcome is unknown.
    pub(crate) async fn call(
        &self,
        kind: Kind,
        partition: u16,
        payload: Bytes,
        timeout: Duration,
    ) -> Result<Bytes, CallError> {
        if payload.len() > FRAME_BYTES_MAX {
            let reason = format!("{} bytes are more than a frame holds", payload.len());
            return Err(CallError::Unreachable { node: self.node, reason });
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let outbox = self.enlist(id, sender)?;
        let _forget = Forget { link: self, id };
        let timeout_ms = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let frame =
            Frame { id, kind: kind as u32, partition: u32::from(partition), timeout_ms, payload };
        outbox.push(frame).map_err(|error| {
            self.unreachable(match error {
                PushError::Closed => "the connection was lost",
                PushError::Full => "too much is waiting to be sent",
            })
        })?;
        match tokio::time::timeout(timeout, receiver).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                Err(CallError::Lost { node: self.node, reason: "the connection was lost" })
            }
            Err(_) => Err(CallError::Lost { node: self.node, reason: "the time is up" }),
        }
    }

    fn enlist(
        &self,
        id: u64,
        sender: oneshot::Sender<Result<Bytes, CallError>>,
    ) -> Result<Outbox, CallError> {
        let mut wire = self.lock();
        let Some(outbox) = wire.outbox.clone() else {
            drop(wire);
            let reason = match &*self.state.borrow() {
                LinkState::Down { reason } => reason.clone(),
                _ => "not connected yet".to_owned(),
            };
            return Err(CallError::Unreachable { node: self.node, reason });
        };
        if wire.waiting.len() >= CALLS_MAX {
            return Err(self.unreachable("too many calls are waiting"));
        }
        wire.waiting.insert(id, sender);
        Ok(outbox)
    }

    /// The stream is open: calls go to `outbox`.
    pub(super) fn connected(&self, outbox: Outbox) {
        self.lock().outbox = Some(outbox);
        self.state.send_replace(LinkState::Up);
    }

    /// The stream is gone: every waiting call is lost. True if the reason is a new one.
    pub(super) fn disconnected(&self, reason: String) -> bool {
        let wire = std::mem::take(&mut *self.lock());
        if let Some(outbox) = wire.outbox {
            outbox.close();
        }
        drop(wire.waiting);
        let state = LinkState::Down { reason };
        self.state.send_replace(state.clone()) != state
    }

    /// An answer came.
    pub(super) fn answered(&self, frame: Frame) {
        let Some(sender) = self.lock().waiting.remove(&frame.id) else { return };
        let answer = if frame.kind == Kind::Answer as u32 {
            Ok(frame.payload)
        } else {
            let reason = String::from_utf8_lossy(&frame.payload).into_owned();
            Err(CallError::Refused { node: self.node, reason })
        };
        // A caller that is gone does not mind.
        let _ = sender.send(answer);
    }

    fn unreachable(&self, reason: &str) -> CallError {
        CallError::Unreachable { node: self.node, reason: reason.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, Wire> {
        self.wire.lock().expect("no code panics while it holds a link")
    }
}
