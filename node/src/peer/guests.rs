//! Who is connected to this node, so that two living nodes can't share an id.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::frame::{HELLO_TEXT_BYTES_MAX, Hello, PROTOCOL};

/// Pause before the same refusal is logged again.
const REFUSAL_LOG_PAUSE: Duration = Duration::from_secs(30);

/// The nodes connected to this one.
pub(crate) struct Guests {
    cluster: String,
    node: u64,
    boot: Uuid,
    known: Vec<u64>,
    connected: Mutex<BTreeMap<u64, Guest>>,
    /// The refusal that was logged last, and when.
    logged: Mutex<Option<(String, Instant)>>,
}

struct Guest {
    boot: Uuid,
    address: String,
    connections: u32,
}

/// Counts one connection of a guest while it lives.
pub(super) struct Seat<'a> {
    guests: &'a Guests,
    node: u64,
    boot: Uuid,
}

impl Guests {
    /// Guests of node `node`; only `known` nodes may come.
    #[must_use]
    pub(crate) fn new(cluster: String, node: u64, boot: Uuid, known: Vec<u64>) -> Self {
        Self { cluster, node, boot, known, connected: Mutex::default(), logged: Mutex::default() }
    }

    /// Logs a refusal, but the same one not again and again: the other node keeps trying.
    pub(super) fn log_refusal(&self, peer: u64, reason: &str) {
        let mut logged = self.logged.lock().expect("no code panics while it holds the note");
        let is_new = logged
            .as_ref()
            .is_none_or(|(last, at)| last != reason || at.elapsed() > REFUSAL_LOG_PAUSE);
        if is_new {
            tracing::warn!(event = "peer_refused", peer, reason);
            *logged = Some((reason.to_owned(), Instant::now()));
        }
    }

    /// Lets a node in, or says with a code why not.
    pub(super) fn admit(&self, hello: &Hello) -> Result<Seat<'_>, String> {
        if hello.protocol != PROTOCOL {
            return Err(format!(
                "PEER_PROTOCOL: this node speaks protocol {PROTOCOL}, the other {}; update the older one",
                hello.protocol
            ));
        }
        if hello.cluster != self.cluster {
            return Err(format!(
                "PEER_OF_ANOTHER_CLUSTER: this node is of cluster `{}`, the other of `{}`; check cluster.id and cluster.peers",
                self.cluster,
                clip(&hello.cluster)
            ));
        }
        let boot = hello.boot_id().ok_or("PEER_PROTOCOL: the greeting has no boot id")?;
        if hello.node == self.node && boot != self.boot {
            return Err(format!(
                "NODE_ID_IN_USE: this is node {}, and it runs already; give every node its own node.id",
                self.node
            ));
        }
        if !self.known.contains(&hello.node) {
            return Err(format!(
                "PEER_UNKNOWN: node {} is not in cluster.peers of node {}",
                hello.node, self.node
            ));
        }
        let mut connected =
            self.connected.lock().expect("no code panics while it holds the guests");
        let guest = connected.entry(hello.node).or_insert_with(|| Guest {
            boot,
            address: clip(&hello.address),
            connections: 0,
        });
        if guest.boot != boot {
            return Err(format!(
                "NODE_ID_IN_USE: node {} is connected already, from {}; give every node its own node.id",
                hello.node, guest.address
            ));
        }
        guest.connections += 1;
        Ok(Seat { guests: self, node: hello.node, boot })
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut connected =
            self.guests.connected.lock().expect("no code panics while it holds the guests");
        if let Some(guest) = connected.get_mut(&self.node)
            && guest.boot == self.boot
        {
            guest.connections -= 1;
            if guest.connections == 0 {
                connected.remove(&self.node);
            }
        }
    }
}

/// Text from outside, short enough to be shown.
fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(HELLO_TEXT_BYTES_MAX / 4).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn hello(cluster: &str, node: u64, boot: u128) -> Hello {
        Hello {
            cluster: cluster.into(),
            node,
            protocol: PROTOCOL,
            boot: Bytes::copy_from_slice(Uuid::from_u128(boot).as_bytes()),
            address: "n2:7401".into(),
            emptied: false,
        }
    }

    fn guests() -> Guests {
        Guests::new("a".into(), 1, Uuid::from_u128(1), vec![2, 3])
    }

    fn refusal(guests: &Guests, hello: &Hello) -> String {
        guests.admit(hello).err().unwrap_or_default()
    }

    #[test]
    fn strangers_are_refused_with_a_code() {
        let guests = guests();
        assert!(refusal(&guests, &hello("b", 2, 2)).starts_with("PEER_OF_ANOTHER_CLUSTER"));
        assert!(refusal(&guests, &hello("a", 4, 2)).starts_with("PEER_UNKNOWN"));
        assert!(refusal(&guests, &hello("a", 1, 9)).starts_with("NODE_ID_IN_USE"));
        let newer = Hello { protocol: PROTOCOL + 1, ..hello("a", 2, 2) };
        assert!(refusal(&guests, &newer).starts_with("PEER_PROTOCOL"));
        let no_boot = Hello { boot: Bytes::new(), ..hello("a", 2, 2) };
        assert!(refusal(&guests, &no_boot).starts_with("PEER_PROTOCOL"));
    }

    #[test]
    fn an_id_belongs_to_one_start_of_a_node_until_it_is_gone() {
        let guests = guests();
        let first = guests.admit(&hello("a", 2, 2));
        let again = guests.admit(&hello("a", 2, 2));
        assert!(first.is_ok() && again.is_ok(), "the same start may reconnect");
        let other = hello("a", 2, 77);
        assert!(refusal(&guests, &other).starts_with("NODE_ID_IN_USE"));
        assert!(refusal(&guests, &other).contains("n2:7401"), "says where the first one is");
        drop(first);
        assert!(!refusal(&guests, &other).is_empty(), "one connection is left");
        drop(again);
        assert!(guests.admit(&other).is_ok(), "a restarted node comes back");
    }
}
