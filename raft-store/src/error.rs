//! Why a data folder could not be opened, and why it could not be read.

use std::io;

/// Why a data folder could not be opened. What it says was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder belongs to another cluster.
    #[error(
        "the data folder belongs to cluster `{found}`, this node is of cluster `{wanted}`; give the node its own folder"
    )]
    AnotherCluster {
        /// Cluster id in the folder.
        found: String,
        /// Cluster id configured.
        wanted: String,
    },
    /// The folder belongs to another node.
    #[error(
        "the data folder belongs to node {found}, this is node {wanted}; give the node its own folder"
    )]
    AnotherNode {
        /// Node id in the folder.
        found: u64,
        /// Node id configured.
        wanted: u64,
    },
    /// The cluster was created with another number of partitions.
    #[error(
        "the cluster was created with {found} partitions, {wanted} are configured; the number can't be changed later"
    )]
    OtherPartitions {
        /// Partitions in the folder.
        found: u16,
        /// Partitions configured.
        wanted: u16,
    },
    /// Another process has the folder open.
    #[error("the data folder is in use by another process: {0}")]
    InUse(String),
    /// The folder was written by a newer program.
    #[error(
        "the data folder has format {found}, this program reads up to {known}; use the newer program"
    )]
    TooNew {
        /// Format in the folder.
        found: u32,
        /// Newest format known.
        known: u32,
    },
    /// Written by a program from before the first release.
    #[error(
        "the data folder has format {found}, this program reads formats from {oldest} on; start with an empty folder, or use the older program"
    )]
    TooOld {
        /// Format in the folder.
        found: u32,
        /// Oldest format that is read.
        oldest: u32,
    },
    /// Entries that were on disk are missing or changed. The node must not take part any more, not
    /// even with an empty folder: it may have voted or acknowledged what it no longer knows.
    #[error(
        "the log is damaged: {0}; remove this node from the cluster and add a new one, with another id and an empty folder"
    )]
    LogDamaged(String),
    /// Rows of the state can't be read.
    #[error(
        "the state is damaged: {0}; remove this node from the cluster and add a new one, with another id and an empty folder"
    )]
    StateDamaged(String),
    /// The configuration of the store makes no sense.
    #[error("the store can't be opened: {0}")]
    Invalid(String),
    /// The disk or the file system failed.
    #[error("the data folder can't be opened: {0}")]
    Io(#[from] io::Error),
}

impl OpenError {
    /// The stable upper-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AnotherCluster { .. } => "DATA_FOLDER_OF_ANOTHER_CLUSTER",
            Self::AnotherNode { .. } => "DATA_FOLDER_OF_ANOTHER_NODE",
            Self::OtherPartitions { .. } => "DATA_FOLDER_OF_OTHER_PARTITIONS",
            Self::InUse(_) => "DATA_FOLDER_IN_USE",
            Self::TooNew { .. } => "DATA_FOLDER_TOO_NEW",
            Self::TooOld { .. } => "DATA_FOLDER_TOO_OLD",
            Self::LogDamaged(_) => "LOG_DAMAGED",
            Self::StateDamaged(_) => "STATE_DAMAGED",
            Self::Invalid(_) => "STORE_INVALID",
            Self::Io(_) => "DATA_FOLDER_UNREADABLE",
        }
    }

    /// What RocksDB said when the log was opened or read.
    pub(crate) fn log(error: rocksdb::Error) -> Self {
        Self::rocksdb(error, Self::LogDamaged)
    }

    /// What RocksDB said when the state was opened or read.
    pub(crate) fn state(error: rocksdb::Error) -> Self {
        Self::rocksdb(error, Self::StateDamaged)
    }

    fn rocksdb(error: rocksdb::Error, damaged: fn(String) -> Self) -> Self {
        let text = error.clone().into_string();
        // RocksDB has no error kind of its own for a lock that is held.
        if text.contains("lock file") || text.contains("lock hold") {
            return Self::InUse(text);
        }
        match error.kind() {
            rocksdb::ErrorKind::Corruption => damaged(text),
            _ => Self::Io(io::Error::other(text)),
        }
    }
}

/// Why the state could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The group is being replaced by a snapshot right now; ask again.
    #[error("the partition is being restored from a snapshot; try again")]
    Installing,
    /// The disk failed or rows can't be decoded.
    #[error("the state can't be read: {0}")]
    Damaged(String),
}

impl From<rocksdb::Error> for ReadError {
    fn from(error: rocksdb::Error) -> Self {
        Self::Damaged(error.into_string())
    }
}

impl From<crate::codec::CodecError> for ReadError {
    fn from(error: crate::codec::CodecError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        Self::other(error.to_string())
    }
}
