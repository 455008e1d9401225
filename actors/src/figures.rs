//! Counts of what a partition's actors did, for metrics. Nothing decides by them.

use std::sync::atomic::{AtomicU64, Ordering};

/// One partition's counts at one moment. Plain counts grow from the start of the leadership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Instances in memory now.
    pub live_instances: u64,
    /// Requests in flight now.
    pub inflight_requests: u64,
    /// Bytes of requests in flight now.
    pub inflight_bytes: u64,
    /// Requests for jobs parked now.
    pub parked_polls: u64,
    /// Steps decided.
    pub steps: u64,
    /// Commands the engine refused.
    pub rejections: u64,
    /// Requests turned away for want of room.
    pub overloads: u64,
    /// Instances loaded from the store.
    pub loads: u64,
    /// Batches whose outcome was not a plain success, so that the instance was read again.
    pub reloads: u64,
    /// Panics of instance actors.
    pub panics: u64,
    /// Instances in quarantine now.
    pub quarantined: u64,
    /// Due timers, leases and retry waits carried out.
    pub fired: u64,
    /// Jobs leased.
    pub leases: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: usize) {
        self.0.store(value as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The live counters behind [`Figures`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) live_instances: Counter,
    pub(crate) steps: Counter,
    pub(crate) rejections: Counter,
    pub(crate) loads: Counter,
    pub(crate) reloads: Counter,
    pub(crate) panics: Counter,
    pub(crate) quarantined: Counter,
    pub(crate) fired: Counter,
    pub(crate) leases: Counter,
}
