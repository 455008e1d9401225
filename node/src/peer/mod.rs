//! Traffic between the nodes: one stream of frames per direction, for all groups and for
//! forwarded requests.
//!
//! A node opens one stream to each peer and sends its calls on it; answers come back on the same
//! stream. Frames that wait are sent together, so a busy stream costs few wake-ups per frame.
//! Nothing here knows what a call means: `kind` and payload go to a [`Serve`] and back.

mod connect;
mod frame;
mod guests;
mod link;
mod listen;
mod outbox;

pub(crate) use connect::OnGreeting;
pub(crate) use frame::{Hello, Kind, PROTOCOL};
pub(crate) use guests::Guests;
pub(crate) use link::{CallError, Link, LinkState};
pub(crate) use listen::{Call, Serve, listen};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often an idle connection is probed.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
/// Silence after a probe that ends a connection.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(3);
/// Bytes a stream may send before the other side has taken them.
const WINDOW_BYTES: u32 = 16 * 1024 * 1024;

/// Links to every other node, by id.
pub(crate) type Links = BTreeMap<u64, Arc<Link>>;
