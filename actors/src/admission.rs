//! What is let in before it reaches a mailbox: mailboxes are not bounded, this is.
//!
//! Owns the count and bytes of requests in flight. It never waits: a request gets a permit now or
//! is turned away. Timers and leases that the partition starts itself need no permit; their own
//! actors bound them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::request::Failure;

/// How far a request is let in. What finishes work goes further than what begins it, so that a
/// full partition drains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Begins work: starts and deployments. Gets three quarters of the room.
    Begin,
    /// Moves work on: everything else. Gets all of it.
    Progress,
}

/// Room for requests in one partition.
#[derive(Debug)]
pub(crate) struct Admission {
    requests_max: usize,
    bytes_max: usize,
    retry_after_ms: u64,
    used: Mutex<Used>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    requests: usize,
    bytes: usize,
    refused: u64,
}

/// A place in flight; given back on drop.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    bytes: usize,
}

impl Admission {
    pub(crate) fn new(requests_max: usize, bytes_max: usize, retry_after_ms: u64) -> Self {
        Self { requests_max, bytes_max, retry_after_ms, used: Mutex::default() }
    }

    /// Takes a place, or says when to come again. A request larger than all the room is let in
    /// when nothing else is in flight, else it could never pass.
    pub(crate) fn admit(self: &Arc<Self>, class: Class, bytes: usize) -> Result<Permit, Failure> {
        let share = |room: usize| match class {
            Class::Begin => room - room / 4,
            Class::Progress => room,
        };
        let mut used = self.used();
        let full = used.requests >= share(self.requests_max)
            || (used.requests > 0 && used.bytes.saturating_add(bytes) > share(self.bytes_max));
        if full {
            used.refused += 1;
            return Err(self.overloaded());
        }
        used.requests += 1;
        used.bytes += bytes;
        Ok(Permit { admission: self.clone(), bytes })
    }

    /// The answer to a request that finds no room.
    pub(crate) fn overloaded(&self) -> Failure {
        Failure::Overloaded { retry_after_ms: self.retry_after_ms }
    }

    /// Counts a request that was turned away for want of room elsewhere.
    pub(crate) fn count_refusal(&self) {
        self.used().refused += 1;
    }

    /// Requests and bytes in flight, and requests turned away so far.
    pub(crate) fn figures(&self) -> (usize, usize, u64) {
        let used = self.used();
        (used.requests, used.bytes, used.refused)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        // Nothing panics while the lock is held; a poisoned count is still right.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut used = self.admission.used();
        used.requests -= 1;
        used.bytes -= self.bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completions_are_let_in_longer_than_starts_and_places_come_back() {
        let admission = Arc::new(Admission::new(4, 1_000, 7));
        let held: Vec<Permit> =
            (0..3).map(|_| admission.admit(Class::Begin, 10).unwrap()).collect();
        let refused = admission.admit(Class::Begin, 10).unwrap_err();
        assert_eq!(refused, Failure::Overloaded { retry_after_ms: 7 });
        let last = admission.admit(Class::Progress, 10).unwrap();
        assert!(admission.admit(Class::Progress, 10).is_err());
        drop((held, last));
        assert_eq!(admission.figures(), (0, 0, 2));
    }

    #[test]
    fn bytes_are_bounded_but_a_lone_giant_passes() {
        let admission = Arc::new(Admission::new(100, 1_000, 7));
        let giant = admission.admit(Class::Progress, 5_000).unwrap();
        assert!(admission.admit(Class::Progress, 1).is_err());
        drop(giant);
        let _held = admission.admit(Class::Progress, 700).unwrap();
        assert!(admission.admit(Class::Begin, 100).is_err(), "starts get three quarters");
        assert!(admission.admit(Class::Progress, 300).is_ok());
    }
}
