//! What a test wants of its cluster, and the configuration file that says so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// How a cluster is configured. Everything that is not set has the server's default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Number of nodes.
    pub nodes: usize,
    /// Number of partitions.
    pub partitions: u16,
    /// Further settings: section, key and value as TOML.
    pub extra: Vec<(&'static str, &'static str, String)>,
}

impl Settings {
    /// A cluster of `nodes` nodes and two partitions, whose elections are quick.
    #[must_use]
    pub fn quick(nodes: usize) -> Self {
        let extra =
            [("heartbeat_ms", "60"), ("election_min_ms", "300"), ("election_max_ms", "600")];
        let extra = extra.map(|(key, value)| ("raft", key, value.to_owned())).to_vec();
        let quiet = ("log", "level", "\"info,openraft=error\"".to_owned());
        let extra = extra.into_iter().chain([quiet]).collect();
        Self { nodes, partitions: 2, extra }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn with(mut self, section: &'static str, key: &'static str, value: impl ToString) -> Self {
        self.extra.retain(|(s, k, _)| (*s, *k) != (section, key));
        self.extra.push((section, key, value.to_string()));
        self
    }

    /// The same with another number of partitions.
    #[must_use]
    pub fn partitions(mut self, partitions: u16) -> Self {
        self.partitions = partitions;
        self
    }
}

/// The ports of one node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) client: u16,
    pub(crate) peer: u16,
    pub(crate) admin: u16,
}

/// The configuration file of node `id`.
pub(crate) fn file(
    settings: &Settings,
    cluster: &str,
    id: u64,
    data: &Path,
    ports: &[Ports],
) -> String {
    let mine = ports[usize::try_from(id - 1).expect("a node's number is small")];
    let peers: Vec<String> = ports
        .iter()
        .zip(1..)
        .map(|(ports, id)| format!("{{ id = {id}, address = \"127.0.0.1:{}\" }}", ports.peer))
        .collect();
    let mut text = format!(
        "[node]\nid = {id}\ndata = {data:?}\n\n[cluster]\nid = \"{cluster}\"\npartitions = {}\npeers = [{}]\n\n\
         [listen]\nclient = \"127.0.0.1:{}\"\npeer = \"127.0.0.1:{}\"\nadmin = \"127.0.0.1:{}\"\n",
        settings.partitions,
        peers.join(", "),
        mine.client,
        mine.peer,
        mine.admin,
    );
    let sections: BTreeSet<&str> = settings.extra.iter().map(|(section, _, _)| *section).collect();
    for section in sections {
        let keys = settings.extra.iter().filter(|(of, _, _)| *of == section);
        let lines: Vec<String> = keys.map(|(_, key, value)| format!("{key} = {value}\n")).collect();
        let _always = write!(text, "\n[{section}]\n{}", lines.concat());
    }
    text
}
