//! Puts the state on disk in the background, on a budget of entries and bytes.
//!
//! The budget bounds what a killed node applies again when it comes back. The log is purged only
//! up to what was flushed.

use std::io;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use engine::Partition;

use super::{StateShared, lock};
use crate::options::Options;
use crate::types::LogId;

/// What was written since the last flush began.
#[derive(Default)]
pub(super) struct Pending {
    state: Mutex<PendingState>,
    wake: Condvar,
}

#[derive(Default)]
struct PendingState {
    entries: u64,
    bytes: u64,
    wanted: bool,
    stopped: bool,
}

impl Pending {
    /// Counts one write and wakes the flusher when the budget is used up.
    pub(super) fn add(&self, bytes: u64, options: &Options) {
        let mut state = lock(&self.state);
        state.entries += 1;
        state.bytes += bytes;
        let used_up = state.entries >= options.state_flush_entries_max
            || state.bytes >= options.state_flush_bytes_max;
        if used_up && !state.wanted {
            state.wanted = true;
            drop(state);
            self.wake.notify_one();
        }
    }

    /// A flush begins: what is written from here on counts for the next one.
    pub(super) fn clear(&self) {
        let mut state = lock(&self.state);
        state.entries = 0;
        state.bytes = 0;
        state.wanted = false;
    }

    fn stop(&self) {
        lock(&self.state).stopped = true;
        self.wake.notify_one();
    }

    /// Waits until a flush is wanted; false if there will be none.
    fn wait(&self) -> bool {
        let mut state = lock(&self.state);
        while !state.wanted && !state.stopped {
            state = self.wake.wait(state).expect("no code panics while it holds this lock");
        }
        !state.stopped
    }
}

/// The thread that flushes.
pub(super) struct Flusher {
    shared: Arc<StateShared>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    pub(super) fn start(shared: Arc<StateShared>) -> io::Result<Self> {
        let for_thread = shared.clone();
        let thread = std::thread::Builder::new().name("state-flusher".into()).spawn(move || {
            // A failed flush has stopped the node; there is nothing left to do here.
            while for_thread.pending.wait() && for_thread.flush().is_ok() {}
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(super) fn stop(&mut self) {
        self.shared.pending.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            self.shared.stop("the state flusher panicked");
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the log must know of the state: how much of it is on disk.
#[derive(Clone)]
pub(crate) struct FlushedState(Arc<StateShared>);

impl FlushedState {
    pub(crate) fn new(shared: Arc<StateShared>) -> Self {
        Self(shared)
    }

    /// Returns once everything applied up to `id` is on disk.
    pub(crate) async fn wait_for(&self, partition: Partition, id: &LogId) -> io::Result<()> {
        if lock(&self.0.group(partition).flushed).as_ref() >= Some(id) {
            return Ok(());
        }
        let shared = self.0.clone();
        tokio::task::spawn_blocking(move || shared.flush()).await.map_err(io::Error::other)?
    }
}
