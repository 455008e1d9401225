//! Waiting for a condition, with a deadline.

use std::time::Duration;

use tokio::time::Instant;

const PAUSE: Duration = Duration::from_millis(25);

/// Waits until `probe` finds something, at most 30 s.
///
/// # Panics
/// If it finds nothing in time.
pub async fn eventually<T, F: AsyncFnMut() -> Option<T>>(what: &str, probe: F) -> T {
    within(Duration::from_secs(30), what, probe).await
}

/// Waits until `probe` finds something, at most `patience`.
///
/// # Panics
/// If it finds nothing in time.
pub async fn within<T, F: AsyncFnMut() -> Option<T>>(
    patience: Duration,
    what: &str,
    mut probe: F,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
