//! The Raft groups of this node: one per partition, over all nodes.
//!
//! Knows openraft and the store, not what records mean and not how requests find their way.

mod barrier;
mod founding;
mod group;
mod leadership;
mod network;
mod serve;
mod snapshot;
mod voter;

pub(crate) use founding::Founding;
pub(crate) use group::{Group, GroupParts, open_groups};
pub(crate) use leadership::{balance, follow, hand_over};
pub(crate) use serve::serve;
pub(crate) use voter::Voter;
