//! What waits for the log writer, in the order it was asked for.
//!
//! One queue for all groups keeps each group's writes in order. Taking from it never waits for
//! more to come: what is there is one batch.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use openraft::storage::IOFlushed;
use tokio::sync::{Notify, oneshot};

use super::group::Group;
use crate::types::{Entry, LogId, TypeConfig, Vote};

/// One write of one group.
pub(super) enum Write {
    /// Store entries.
    Append {
        group: Arc<Group>,
        entries: Vec<Entry>,
        bytes: usize,
        /// Truncations of the group before this write.
        truncations: u64,
        done: IOFlushed<TypeConfig>,
    },
    /// Store a vote.
    Vote { group: Arc<Group>, vote: Vote, done: oneshot::Sender<io::Result<()>> },
    /// Remove the entries of `from..end`.
    Truncate { group: Arc<Group>, from: u64, end: u64, done: oneshot::Sender<io::Result<()>> },
    /// Remove the entries of `start..=upto`; `whole` if none is left.
    Purge { group: Arc<Group>, start: u64, upto: LogId, whole: bool },
}

impl Write {
    /// Bytes it counts for.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Append { bytes, .. } => *bytes,
            Self::Vote { .. } | Self::Truncate { .. } | Self::Purge { .. } => 64,
        }
    }
}

/// What waits for the writer.
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    room: Notify,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    writes: VecDeque<Write>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { state: Mutex::default(), filled: Condvar::new(), room: Notify::new(), bytes_max }
    }

    /// Adds a write; gives it back if the queue is closed.
    pub(super) fn push(&self, write: Write) -> Result<(), Write> {
        let mut state = self.lock();
        if state.closed {
            return Err(write);
        }
        state.bytes += write.bytes();
        state.writes.push_back(write);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Returns once less is queued than the limit.
    pub(super) async fn room(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Registered before the look, so that no wake-up in between is lost.
            room.as_mut().enable();
            if self.lock().bytes < self.bytes_max {
                return;
            }
            room.await;
        }
    }

    /// Waits for writes and moves all of them into `taken`. False if the queue is closed and
    /// empty.
    pub(super) fn take(&self, taken: &mut VecDeque<Write>) -> bool {
        let mut state = self.lock();
        while state.writes.is_empty() {
            if state.closed {
                return false;
            }
            state = self.filled.wait(state).expect("no code panics while it holds the queue");
        }
        std::mem::swap(&mut state.writes, taken);
        state.bytes = 0;
        drop(state);
        self.room.notify_waiters();
        true
    }

    /// Refuses further writes; those that wait are still written.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
        self.room.notify_waiters();
    }

    /// Writes that wait now.
    pub(crate) fn depth(&self) -> usize {
        self.lock().writes.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the queue")
    }
}
