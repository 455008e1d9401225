//! What travels between nodes. Field numbers are for ever.

use bytes::Bytes;
use uuid::Uuid;

/// Version of this protocol. Both sides of a connection must speak the same.
pub(crate) const PROTOCOL: u32 = 1;

/// Largest payload of one frame.
pub(crate) const FRAME_BYTES_MAX: usize = 40 * 1024 * 1024;

/// Payload bytes after which waiting frames are sent as a message of their own.
pub(super) const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Longest text in a greeting.
pub(super) const HELLO_TEXT_BYTES_MAX: usize = 512;

/// Who speaks: the first message in both directions.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Hello {
    /// Id of the cluster.
    #[prost(string, tag = "1")]
    pub cluster: String,
    /// Number of the node.
    #[prost(uint64, tag = "2")]
    pub node: u64,
    /// Version of the protocol.
    #[prost(uint32, tag = "3")]
    pub protocol: u32,
    /// Chosen anew at every start of a node, 16 bytes.
    #[prost(bytes = "bytes", tag = "4")]
    pub boot: Bytes,
    /// `host:port` of the peer port, for messages to people.
    #[prost(string, tag = "5")]
    pub address: String,
    /// True if the node started with an empty disk: what it acknowledged before is lost.
    #[prost(bool, tag = "6")]
    pub emptied: bool,
}

impl Hello {
    /// The id of this start of the node.
    pub(super) fn boot_id(&self) -> Option<Uuid> {
        Uuid::from_slice(&self.boot).ok()
    }
}

/// One call or answer.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Frame {
    /// Number of the call on this stream; its answer has the same.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// A [`Kind`].
    #[prost(uint32, tag = "2")]
    pub kind: u32,
    /// The partition concerned, where one is.
    #[prost(uint32, tag = "3")]
    pub partition: u32,
    /// Time the caller waits.
    #[prost(uint32, tag = "4")]
    pub timeout_ms: u32,
    /// Encoded by the caller.
    #[prost(bytes = "bytes", tag = "5")]
    pub payload: Bytes,
}

/// Frames that were waiting together.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Frames {
    /// Only in the first message of a stream.
    #[prost(message, optional, tag = "1")]
    pub hello: Option<Hello>,
    /// In the order they were handed over.
    #[prost(message, repeated, tag = "2")]
    pub frames: Vec<Frame>,
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Kind {
    /// Entries or a heartbeat of a leader.
    Append = 1,
    /// A candidate asks for a vote.
    Vote = 2,
    /// A follower asks whether it would get one.
    PreVote = 3,
    /// A leader hands over.
    TransferLeader = 4,
    /// A piece of a snapshot.
    Snapshot = 5,
    /// Whether the node's groups hold anything.
    State = 6,
    /// A new cluster is founded.
    Found = 7,
    /// How far a read must have come to see everything acknowledged.
    Barrier = 8,
    /// A forwarded request.
    Ask = 9,
    /// A forwarded read.
    Read = 10,
    /// Waits until a job of a type can be leased.
    AwaitJob = 11,
    /// The answer to a call.
    Answer = 100,
    /// The call was not served; the payload says why, as text.
    Refused = 101,
}

impl Kind {
    /// The kind with this number, if there is one.
    #[must_use]
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        let kinds = [
            Self::Append,
            Self::Vote,
            Self::PreVote,
            Self::TransferLeader,
            Self::Snapshot,
            Self::State,
            Self::Found,
            Self::Barrier,
            Self::Ask,
            Self::Read,
            Self::AwaitJob,
            Self::Answer,
            Self::Refused,
        ];
        kinds.into_iter().find(|kind| *kind as u32 == number)
    }
}
