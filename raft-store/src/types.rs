//! The types openraft works with: what a node, a log entry and an answer are here.
//!
//! Must never hold anything but data; behaviour is in `log`, `state` and `snapshot`.

use std::fmt;

use bytes::Bytes;
use engine::{Applied, Record};
use serde::{Deserialize, Serialize};

use crate::codec::{self, CodecError};
use crate::snapshot::SnapshotData;

/// Number of a node in its cluster. Never given to another node later.
pub type NodeId = u64;

/// What the members of a group know of each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Peer {
    /// `host:port` of the peer port.
    pub addr: String,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.addr)
    }
}

/// One encoded [`Record`]: what a log entry carries. Cloning copies no bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload(pub Bytes);

impl Payload {
    /// Encodes a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self(Bytes::from(codec::encode(record)))
    }

    /// Decodes the record.
    ///
    /// # Errors
    /// If the bytes are not an encoded record of a format this program knows.
    pub fn record(&self) -> Result<Record, CodecError> {
        codec::decode(&self.0)
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

openraft::declare_raft_types!(
    /// The types of every group.
    pub TypeConfig:
        D = Payload,
        R = Applied,
        NodeId = NodeId,
        Node = Peer,
);

/// Position of an entry in a group's log.
pub type LogId = openraft::alias::LogIdOf<TypeConfig>;
/// A group's vote.
pub type Vote = openraft::alias::VoteOf<TypeConfig>;
/// One entry of a group's log.
pub type Entry = openraft::alias::EntryOf<TypeConfig>;
/// Members of a group, as a state machine stores them.
pub type StoredMembership = openraft::alias::StoredMembershipOf<TypeConfig>;
/// Members of a group.
pub type Membership = openraft::Membership<NodeId, Peer>;
/// What a snapshot says of itself.
pub type SnapshotMeta = openraft::alias::SnapshotMetaOf<TypeConfig>;
/// A snapshot with its data.
pub type Snapshot = openraft::alias::SnapshotOf<TypeConfig, SnapshotData>;
/// One group of the cluster, as this node takes part in it.
pub type Raft = openraft::Raft<TypeConfig, crate::state::StateMachine>;
