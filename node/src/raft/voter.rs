//! Whether this node may vote.
//!
//! A node that has lost its disk has also lost its votes and entries it acknowledged. If it voted
//! as if nothing had been, a majority without acknowledged entries could elect a leader. So a node
//! with an empty disk does not vote and does not stand for election until either a new cluster is
//! founded by all its nodes, or it holds everything that was acknowledged. A file remembers it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// File whose presence lets the node vote.
const FILE: &str = "voter";

/// Whether this node may vote.
pub(crate) struct Voter {
    path: PathBuf,
    may_vote: AtomicBool,
}

impl Voter {
    /// Reads it from the data folder.
    pub(crate) fn open(data: &Path) -> Self {
        let path = data.join(FILE);
        let may_vote = AtomicBool::new(path.exists());
        Self { path, may_vote }
    }

    /// True if the node may vote.
    pub(crate) fn may_vote(&self) -> bool {
        self.may_vote.load(Ordering::Acquire)
    }

    /// Lets the node vote from now on. On disk before it returns.
    pub(crate) fn allow(&self) -> io::Result<()> {
        if self.may_vote() {
            return Ok(());
        }
        File::create(&self.path)?.sync_all()?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        self.may_vote.store(true, Ordering::Release);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_to_vote_outlives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let voter = Voter::open(folder.path());
        assert!(!voter.may_vote());
        voter.allow().unwrap();
        assert!(voter.may_vote());
        assert!(Voter::open(folder.path()).may_vote());
    }
}
