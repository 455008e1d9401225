//! Contradictions in a configuration, each with a code and what to do about it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

use engine::Partition;

use super::{Addresses, Config};
use crate::coded::Coded;
use crate::resolver::Target;

/// Most nodes of a cluster.
const PEERS_MAX: usize = 9;
/// Most resolvers of a node.
const RESOLVERS_MAX: usize = 16;
/// How long a resolver may be given to answer.
const RESOLVER_TIMEOUT_MS: RangeInclusive<u64> = 100..=60_000;
/// Longest cluster id.
const CLUSTER_ID_BYTES_MAX: usize = 128;

pub(super) fn check(config: &Config, insecure: bool) -> Result<Addresses, Coded> {
    node(config)?;
    cluster(config)?;
    peers(config)?;
    raft(config)?;
    log(config)?;
    resolvers(config)?;
    let addresses = Addresses {
        client: address("listen.client", &config.listen.client)?,
        peer: address("listen.peer", &config.listen.peer)?,
        admin: address("listen.admin", &config.listen.admin)?,
    };
    if !insecure {
        loopback(&addresses)?;
    }
    Ok(addresses)
}

fn node(config: &Config) -> Result<(), Coded> {
    if config.node.id == 0 {
        return Err(Coded::config(
            "CONFIG_NODE_ID",
            "node.id is missing; give every node its own number, from 1",
        ));
    }
    if config.node.data.as_os_str().is_empty() {
        return Err(Coded::config("CONFIG_DATA", "node.data is empty; name the data folder"));
    }
    Ok(())
}

fn resolvers(config: &Config) -> Result<(), Coded> {
    let wrong = |message: String| Err(Coded::config("CONFIG_RESOLVER", message));
    if config.resolvers.len() > RESOLVERS_MAX {
        let count = config.resolvers.len();
        return wrong(format!(
            "there are {count} resolvers; at most {RESOLVERS_MAX} are supported"
        ));
    }
    for (name, resolver) in &config.resolvers {
        if let Err(message) = Target::parse(&resolver.url) {
            return wrong(format!("resolvers.{name}.url: {message}"));
        }
        if !RESOLVER_TIMEOUT_MS.contains(&resolver.timeout_ms) {
            let (found, allowed) = (resolver.timeout_ms, RESOLVER_TIMEOUT_MS);
            let (min, max) = (allowed.start(), allowed.end());
            return wrong(format!(
                "resolvers.{name}.timeout_ms is {found}; it must be {min} to {max}"
            ));
        }
    }
    Ok(())
}

fn cluster(config: &Config) -> Result<(), Coded> {
    let id = &config.cluster.id;
    if id.is_empty() || id.len() > CLUSTER_ID_BYTES_MAX || id.chars().any(char::is_control) {
        return Err(Coded::config(
            "CONFIG_CLUSTER_ID",
            format!(
                "cluster.id must be a name or UUID of 1 to {CLUSTER_ID_BYTES_MAX} bytes, the same on every node"
            ),
        ));
    }
    let partitions = config.cluster.partitions;
    if partitions == 0 || partitions > Partition::COUNT_MAX {
        return Err(Coded::config(
            "CONFIG_PARTITIONS",
            format!("cluster.partitions is {partitions}; it must be 1 to {}", Partition::COUNT_MAX),
        ));
    }
    Ok(())
}

fn peers(config: &Config) -> Result<(), Coded> {
    let peers = &config.cluster.peers;
    if peers.len() > PEERS_MAX {
        return Err(Coded::config(
            "CONFIG_PEERS",
            format!("cluster.peers has {} nodes; at most {PEERS_MAX} are supported", peers.len()),
        ));
    }
    let mut ids = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for peer in peers {
        if peer.id == 0 || !ids.insert(peer.id) {
            return Err(Coded::config(
                "CONFIG_PEER_TWICE",
                format!(
                    "cluster.peers has the id {} twice or as 0; every node has its own number from 1",
                    peer.id
                ),
            ));
        }
        host_and_port(&peer.address)?;
        if !addresses.insert(&peer.address) && peers.len() > 1 {
            return Err(Coded::config(
                "CONFIG_PEER_TWICE",
                format!("cluster.peers has the address {} twice", peer.address),
            ));
        }
    }
    if !ids.contains(&config.node.id) {
        return Err(Coded::config(
            "CONFIG_SELF_NOT_IN_PEERS",
            format!(
                "cluster.peers has no entry for this node (node.id = {}); list every node, this one included",
                config.node.id
            ),
        ));
    }
    Ok(())
}

fn raft(config: &Config) -> Result<(), Coded> {
    let raft = &config.raft;
    let wrong = |message: String| Err(Coded::config("CONFIG_RAFT", message));
    if raft.heartbeat_ms < 10 {
        return wrong("raft.heartbeat_ms must be at least 10".into());
    }
    if raft.election_min_ms < raft.heartbeat_ms * 3 {
        return wrong(format!(
            "raft.election_min_ms ({}) must be at least three times raft.heartbeat_ms ({})",
            raft.election_min_ms, raft.heartbeat_ms
        ));
    }
    if raft.election_max_ms <= raft.election_min_ms {
        return wrong("raft.election_max_ms must be larger than raft.election_min_ms".into());
    }
    if raft.snapshot_entries == 0 {
        return wrong("raft.snapshot_entries must be at least 1".into());
    }
    Ok(())
}

fn log(config: &Config) -> Result<(), Coded> {
    match config.log.format.as_str() {
        "auto" | "json" | "pretty" => Ok(()),
        other => Err(Coded::config(
            "CONFIG_LOG",
            format!("log.format is `{other}`; it must be auto, json or pretty"),
        )),
    }
}

fn address(key: &str, text: &str) -> Result<SocketAddr, Coded> {
    text.parse().map_err(|_| {
        Coded::config(
            "CONFIG_ADDRESS",
            format!("{key} is `{text}`; it must be ip:port, as in 127.0.0.1:7400"),
        )
    })
}

fn host_and_port(text: &str) -> Result<(), Coded> {
    let well_formed = text
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        && !text.contains(['/', ' ']);
    if well_formed {
        return Ok(());
    }
    Err(Coded::config(
        "CONFIG_ADDRESS",
        format!("the peer address `{text}` must be host:port, as in node-1:7401"),
    ))
}

fn loopback(addresses: &Addresses) -> Result<(), Coded> {
    let listens = [
        ("listen.client", addresses.client),
        ("listen.peer", addresses.peer),
        ("listen.admin", addresses.admin),
    ];
    for (key, address) in listens {
        if !address.ip().is_loopback() {
            return Err(Coded::config(
                "LISTEN_INSECURE",
                format!(
                    "{key} is {address}, which other machines can reach, and there is no authentication yet: \
                     anybody who can connect can do anything. Use 127.0.0.1, or pass --insecure if the \
                     network is closed to others"
                ),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{PeerConfig, ResolverConfig};

    fn valid() -> Config {
        Config::single("data".into(), "127.0.0.1:7400", "127.0.0.1:7402")
    }

    fn code(config: &Config) -> &'static str {
        config.check(false).map_or_else(|error| error.code, |_| "ok")
    }

    #[test]
    fn a_single_node_is_valid() {
        assert_eq!(code(&valid()), "ok");
    }

    #[test]
    fn each_contradiction_has_its_code() {
        let peer = |id, address: &str| PeerConfig { id, address: address.into() };
        let mut config = valid();
        config.node.id = 0;
        assert_eq!(code(&config), "CONFIG_NODE_ID");

        let mut config = valid();
        config.cluster.peers = vec![peer(1, "a:1"), peer(1, "b:1")];
        assert_eq!(code(&config), "CONFIG_PEER_TWICE");
        config.cluster.peers = vec![peer(1, "a:1"), peer(2, "a:1")];
        assert_eq!(code(&config), "CONFIG_PEER_TWICE");
        config.cluster.peers = vec![peer(2, "a:1"), peer(3, "b:1")];
        assert_eq!(code(&config), "CONFIG_SELF_NOT_IN_PEERS");
        config.cluster.peers = vec![peer(1, "http://a:1")];
        assert_eq!(code(&config), "CONFIG_ADDRESS");

        let mut config = valid();
        config.cluster.id = String::new();
        assert_eq!(code(&config), "CONFIG_CLUSTER_ID");

        let mut config = valid();
        config.listen.client = "localhost:7400".into();
        assert_eq!(code(&config), "CONFIG_ADDRESS");

        for (url, timeout_ms) in [("https://hr", 5_000), ("http://hr", 1), ("hr", 5_000)] {
            let mut config = valid();
            let resolver = ResolverConfig { url: url.into(), timeout_ms };
            config.resolvers.insert("hr".into(), resolver);
            assert_eq!(code(&config), "CONFIG_RESOLVER", "{url}");
        }

        let mut config = valid();
        config.raft.election_max_ms = config.raft.election_min_ms;
        assert_eq!(code(&config), "CONFIG_RAFT");
    }

    #[test]
    fn an_open_address_needs_a_flag() {
        let mut config = valid();
        config.listen.client = "0.0.0.0:7400".into();
        assert_eq!(code(&config), "LISTEN_INSECURE");
        assert!(config.check(true).is_ok());
    }

    #[test]
    fn leaders_are_spread_over_the_nodes() {
        let mut config = valid();
        config.cluster.peers =
            [3, 1, 2].map(|id| PeerConfig { id, address: format!("n{id}:1") }).to_vec();
        let leaders: Vec<u64> = (0..4).map(|p| config.preferred_leader(p)).collect();
        assert_eq!(leaders, vec![1, 2, 3, 1]);
    }
}
