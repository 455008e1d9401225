//! How a client behaves: its time limits and the size of its retries. Never talks to anybody.

use std::time::Duration;

/// First wait before a call is repeated; it doubles up to [`BACKOFF_MAX`].
pub(crate) const BACKOFF_MIN: Duration = Duration::from_millis(20);
/// Longest wait before a call is repeated, unless the server asks for a longer one.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_millis(500);
/// Largest reply that is read: a model has at most 4 MiB, a page of variables somewhat more.
pub(crate) const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest refusal that is read: it travels in a header, with where the instance stands or with
/// the findings of a check.
pub(crate) const REFUSAL_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Endpoints one client may be given.
pub(crate) const ENDPOINTS_MAX: usize = 64;

/// Time limits of a [`Client`](crate::Client).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long one call may take with all its retries. A long poll adds its own wait.
    pub call_timeout: Duration,
    /// How long one attempt may take before the next endpoint is asked.
    pub attempt_timeout: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(3),
            connect_timeout: Duration::from_secs(2),
        }
    }
}
