//! A cluster of server processes on loopback, in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use proto::v1;
use quorate_client::{Client, Options};
use rustix::process::Signal;

use crate::ports;
use crate::process::{Server, reaper};
use crate::rest;
use crate::settings::{Ports, Settings, file};

/// How long a cluster may take until all of its nodes serve.
const READY_PATIENCE: Duration = Duration::from_secs(60);
/// Keeps the folder of each cluster and prints where it is.
const KEEP: &str = "QUORATE_KEEP";
/// Lines of each node's log that are printed when a test fails.
const TAIL_LINES: usize = 25;

/// A cluster. Nodes are called by their numbers, from 1. Dropping it ends every process.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    settings: Settings,
    id: String,
    ports: Vec<Ports>,
    servers: Vec<Mutex<Option<Server>>>,
    reaper: Child,
    keep: bool,
}

impl Cluster {
    /// Starts `nodes` nodes and waits until each of them serves.
    #[must_use]
    pub fn start(nodes: usize) -> Self {
        Self::start_with(Settings::quick(nodes))
    }

    /// Starts a cluster with these settings and waits until each node serves.
    #[must_use]
    pub fn start_with(settings: Settings) -> Self {
        let cluster = Self::prepare(settings);
        for id in cluster.ids() {
            cluster.spawn(id);
        }
        cluster.wait_ready();
        cluster
    }

    /// Writes the configuration files and starts nothing.
    ///
    /// # Panics
    /// If the temporary folder can't be written.
    #[must_use]
    pub fn prepare(settings: Settings) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("quorate-")
            .tempdir()
            .expect("a folder can be made")
            .keep();
        let keep = std::env::var_os(KEEP).is_some();
        std::fs::create_dir(folder.join("pids")).expect("the folder can be written");
        let free = ports::free(settings.nodes * 3);
        let ports =
            free.chunks(3).map(|p| Ports { client: p[0], peer: p[1], admin: p[2] }).collect();
        let servers = (0..settings.nodes).map(|_| Mutex::new(None)).collect();
        let id = format!("test-{}", uuid::Uuid::now_v7());
        let reaper = reaper(&folder, keep);
        if keep {
            eprintln!("cluster {id} in {}", folder.display());
        }
        let cluster = Self { folder, settings, id, ports, servers, reaper, keep };
        for node in cluster.ids() {
            cluster.write_config(node, &cluster.id);
        }
        cluster
    }

    /// Writes the configuration file of a node, as part of the cluster with the id `cluster`.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn write_config(&self, node: u64, cluster: &str) {
        let text = file(&self.settings, cluster, node, &self.data(node), &self.ports);
        std::fs::write(self.config(node), text).expect("the folder of a test can be written");
    }

    /// Numbers of the nodes.
    pub fn ids(&self) -> impl Iterator<Item = u64> + use<> {
        1..=self.settings.nodes as u64
    }

    /// Number of partitions.
    #[must_use]
    pub fn partitions(&self) -> u16 {
        self.settings.partitions
    }

    /// The folder of the cluster.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration file of a node.
    #[must_use]
    pub fn config(&self, node: u64) -> PathBuf {
        self.folder.join(format!("node-{node}.toml"))
    }

    /// The data folder of a node.
    #[must_use]
    pub fn data(&self, node: u64) -> PathBuf {
        self.folder.join(format!("node-{node}"))
    }

    /// The file that holds everything a node has printed.
    #[must_use]
    pub fn log(&self, node: u64) -> PathBuf {
        self.folder.join(format!("node-{node}.log"))
    }

    /// Everything a node has printed so far.
    #[must_use]
    pub fn printed(&self, node: u64) -> String {
        std::fs::read(self.log(node))
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn at(&self, node: u64) -> usize {
        usize::try_from(node - 1).expect("a node's number is small")
    }

    /// Starts a node.
    ///
    /// # Panics
    /// If it runs already.
    pub fn spawn(&self, node: u64) {
        let mut slot = self.slot(node);
        assert!(slot.is_none(), "node {node} runs already");
        *slot = Some(self.second_process(node));
    }

    /// Starts a further process with the configuration of a node.
    #[must_use]
    pub fn second_process(&self, node: u64) -> Server {
        let config = self.config(node);
        let arguments =
            ["server", "--config", config.to_str().expect("the folder has a plain name")];
        Server::spawn(&arguments, &self.log(node), &self.folder.join("pids"))
    }

    /// The process of a node, if it was started and not killed.
    ///
    /// # Panics
    /// If another thread panicked while it had the process.
    pub fn slot(&self, node: u64) -> std::sync::MutexGuard<'_, Option<Server>> {
        self.servers[self.at(node)].lock().expect("nobody panics while holding a process")
    }

    /// Kills a node with SIGKILL.
    pub fn kill(&self, node: u64) {
        drop(self.slot(node).take());
    }

    /// Asks a node to stop and waits until it has.
    ///
    /// # Panics
    /// If it is not running, or does not stop within 20 s.
    pub fn stop(&self, node: u64) -> std::process::ExitStatus {
        let mut server = self.slot(node).take().expect("the node runs");
        server.signal(Signal::TERM);
        server.wait_end(Duration::from_secs(20))
    }

    /// Sends a signal to a node, such as STOP and CONT.
    ///
    /// # Panics
    /// If it is not running.
    pub fn signal(&self, node: u64, signal: Signal) {
        self.slot(node).as_ref().expect("the node runs").signal(signal);
    }

    /// Waits until a node that is expected to end has ended, and gives how.
    ///
    /// # Panics
    /// If it is not running, or does not end in time.
    pub fn wait_end(&self, node: u64, patience: Duration) -> std::process::ExitStatus {
        self.slot(node).take().expect("the node runs").wait_end(patience)
    }

    /// Removes the data of a node that is down.
    ///
    /// # Panics
    /// If it runs.
    pub fn wipe(&self, node: u64) {
        assert!(self.slot(node).is_none(), "node {node} runs; kill it first");
        let _was_there = std::fs::remove_dir_all(self.data(node));
    }

    /// True if a node answers that it is ready.
    #[must_use]
    pub fn is_ready(&self, node: u64) -> bool {
        rest::get(&format!("{}/health/ready", self.admin(node)))
            .is_ok_and(|answer| answer.status == 200)
    }

    /// Waits until every node is ready.
    pub fn wait_ready(&self) {
        for node in self.ids() {
            self.wait_node_ready(node);
        }
    }

    /// Waits until a node is ready.
    ///
    /// # Panics
    /// If it ends, or is not ready within a minute.
    pub fn wait_node_ready(&self, node: u64) {
        let deadline = Instant::now() + READY_PATIENCE;
        while !self.is_ready(node) {
            let ended = self.slot(node).as_mut().and_then(Server::ended);
            let late = Instant::now() > deadline;
            if ended.is_some() || late {
                self.print_logs();
            }
            assert!(ended.is_none(), "node {node} ended with {ended:?} before it was ready");
            assert!(!late, "node {node} was not ready within {READY_PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// `host:port` where clients reach a node.
    #[must_use]
    pub fn endpoint(&self, node: u64) -> String {
        format!("127.0.0.1:{}", self.ports[self.at(node)].client)
    }

    /// Base of the REST addresses of a node.
    #[must_use]
    pub fn rest(&self, node: u64) -> String {
        format!("http://{}", self.endpoint(node))
    }

    /// Base of the addresses of a node's admin port.
    #[must_use]
    pub fn admin(&self, node: u64) -> String {
        format!("http://127.0.0.1:{}", self.ports[self.at(node)].admin)
    }

    /// The peer port of a node.
    #[must_use]
    pub fn peer_port(&self, node: u64) -> u16 {
        self.ports[self.at(node)].peer
    }

    /// A client that knows every node.
    pub async fn client(&self) -> Client {
        connect(self.ids().map(|node| self.endpoint(node)).collect(), Options::default()).await
    }

    /// A client that knows one node only.
    pub async fn client_of(&self, node: u64) -> Client {
        connect(vec![self.endpoint(node)], Options::default()).await
    }

    /// A client of these nodes, in this order, with these time limits.
    pub async fn client_with(&self, nodes: &[u64], options: Options) -> Client {
        connect(nodes.iter().map(|node| self.endpoint(*node)).collect(), options).await
    }

    /// How a node sees the cluster; none if it does not answer quickly.
    pub async fn status(&self, node: u64) -> Option<v1::GetStatusReply> {
        let quick = Options {
            call_timeout: Duration::from_millis(800),
            attempt_timeout: Duration::from_millis(800),
            connect_timeout: Duration::from_millis(300),
        };
        self.client_with(&[node], quick).await.cluster_status().await.ok()
    }

    /// The node that leads a partition and knows so itself; none at the moment if there is no
    /// such node.
    pub async fn leader(&self, partition: u16) -> Option<u64> {
        let mut newest: Option<(u64, u64)> = None;
        for node in self.ids() {
            let Some(status) = self.status(node).await else { continue };
            for seen in status.partitions {
                let leads = seen.partition == u32::from(partition) && seen.leader == Some(node);
                if leads && newest.is_none_or(|(term, _)| seen.term > term) {
                    newest = Some((seen.term, node));
                }
            }
        }
        newest.map(|(_, node)| node)
    }

    /// Prints the end of every node's log.
    pub fn print_logs(&self) {
        for node in self.ids() {
            let printed = self.printed(node);
            let lines: Vec<&str> = printed.lines().collect();
            let tail = &lines[lines.len().saturating_sub(TAIL_LINES)..];
            eprintln!("--- end of the log of node {node}\n{}", tail.join("\n"));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.print_logs();
        }
        for node in self.ids() {
            self.kill(node);
        }
        // The end of its input tells the reaper that this is over; it removes the folder.
        drop(self.reaper.stdin.take());
        if !self.keep {
            let _status = self.reaper.wait();
        }
    }
}

async fn connect(endpoints: Vec<String>, options: Options) -> Client {
    Client::connect(endpoints, options).await.expect("the addresses are well formed")
}

/// A cluster that the tests of one file share; it ends with the test process.
#[derive(Debug)]
pub struct Shared {
    cluster: std::sync::OnceLock<Cluster>,
    settings: fn() -> Settings,
}

impl Shared {
    /// A cluster that is started by the first test that needs it.
    #[must_use]
    pub const fn new(settings: fn() -> Settings) -> Self {
        Self { cluster: std::sync::OnceLock::new(), settings }
    }

    /// The cluster, running.
    pub fn get(&self) -> &Cluster {
        self.cluster.get_or_init(|| Cluster::start_with((self.settings)()))
    }
}
