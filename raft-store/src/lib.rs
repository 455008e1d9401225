//! Makes what a leader decided durable on a majority: openraft on RocksDB.
//!
//! A node has one data folder with two databases. The *log* holds the entries and votes of all
//! groups and is synced by one writer; the *state* holds what the entries made true and is rebuilt
//! from the log after a crash. Modules stand in the order of an entry's way: type, log, state,
//! snapshot.

mod codec;
mod config;
mod error;
mod fatal;
mod identity;
mod keys;
mod log;
mod options;
mod snapshot;
mod state;
mod store;
mod tables;
pub mod testing;
mod types;

pub use codec::{CodecError, decode, encode};
pub use config::{RaftOptions, raft_config};
pub use error::{OpenError, ReadError};
pub use fatal::FatalHook;
pub use identity::Identity;
pub use log::{LogReader, LogStore};
pub use options::{FaultHook, FaultPoint, Options};
pub use snapshot::{
    CHUNK_BYTES_MAX, SnapshotBuilder, SnapshotChunk, SnapshotChunks, SnapshotData, SnapshotReceiver,
};
pub use state::{StateMachine, StateReader};
pub use store::{Figures, Store};
pub use tables::business_key::BusinessKeyRow;
pub use tables::counts::Counts;
pub use tables::done::DoneRow;
pub use tables::due::{Due, DueKind};
pub use tables::feed::{FeedFacts, FeedRow};
pub use tables::history::HistoryRow;
pub use tables::mailbox::MailboxRow;
pub use tables::newest::ListPlace;
pub use tables::request::{REQUEST_RETENTION_MS, RequestRow};
pub use tables::work_item::TasksOf;
pub use tables::{PAGE_ROWS_MAX, Page};
pub use types::{
    Entry, LogId, Membership, NodeId, Payload, Peer, Raft, Snapshot, SnapshotMeta,
    StoredMembership, TypeConfig, Vote,
};
