//! Free space on the disk of the data folder, looked at now and then.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Whether there is room to write.
pub(crate) struct Disk {
    data: PathBuf,
    free_bytes_min: u64,
    is_full: AtomicBool,
}

impl Disk {
    /// Looks at once.
    pub(crate) fn new(data: PathBuf, free_bytes_min: u64) -> Self {
        let disk = Self { data, free_bytes_min, is_full: AtomicBool::new(false) };
        disk.look();
        disk
    }

    /// True if less than the minimum is free.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Least free bytes to write.
    pub(crate) fn free_bytes_min(&self) -> u64 {
        self.free_bytes_min
    }

    /// Looks again and again until `stop`.
    pub(crate) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => self.look(),
            }
        }
    }

    fn look(&self) {
        let Ok(stat) = rustix::fs::statvfs(&self.data) else { return };
        let is_full = stat.f_bavail.saturating_mul(stat.f_frsize) < self.free_bytes_min;
        if self.is_full.swap(is_full, Ordering::Relaxed) != is_full {
            let data = self.data.display();
            if is_full {
                tracing::error!(event = "disk_full", %data, "DISK_FULL: writes are refused");
            } else {
                tracing::info!(event = "disk_has_room", %data, "writes are taken again");
            }
        }
    }
}
