//! Clusters of nodes in one process.

use std::path::PathBuf;
use std::sync::Arc;

use actors::request::Ask;
use node::coded::Coded;
use node::config::{
    Addresses, ClusterConfig, Config, ListenConfig, NodeConfig, PeerConfig, RaftConfig,
};
use node::server::{Listeners, Server, ServerHandle};

/// Key of the process with a task.
pub(crate) const PROCESS: &str = "claim";
/// Key of the process with a job.
pub(crate) const JOB_PROCESS: &str = "booking";

/// A cluster whose nodes can be stopped and started.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    addresses: Vec<Addresses>,
    nodes: Vec<Option<ServerHandle>>,
    /// Timing and snapshots of every node.
    pub(crate) raft: RaftConfig,
}

fn any_port() -> Addresses {
    let any = "127.0.0.1:0".parse().unwrap();
    Addresses { client: any, peer: any, admin: any }
}

impl Cluster {
    /// A cluster with free ports; nothing runs yet.
    pub(crate) async fn new(nodes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bound = Vec::new();
        for _ in 0..nodes {
            bound.push(Listeners::bind(&any_port()).await.unwrap());
        }
        let addresses = bound.iter().map(|listeners| listeners.addresses().unwrap()).collect();
        Self {
            folder,
            addresses,
            nodes: (0..nodes).map(|_| None).collect(),
            raft: RaftConfig::default(),
        }
    }

    fn data(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("node-{at}"))
    }

    fn config(&self, at: usize, addresses: &Addresses) -> Config {
        let peers = self.addresses.iter().zip(1..);
        Config {
            node: NodeConfig { id: at as u64 + 1, data: self.data(at) },
            cluster: ClusterConfig {
                id: "test".into(),
                partitions: 4,
                peers: peers
                    .map(|(of, id)| PeerConfig { id, address: of.peer.to_string() })
                    .collect(),
            },
            listen: ListenConfig {
                client: addresses.client.to_string(),
                peer: addresses.peer.to_string(),
                admin: addresses.admin.to_string(),
            },
            raft: self.raft.clone(),
            ..Config::default()
        }
    }

    /// Starts every node and waits until all are ready.
    pub(crate) async fn start_all(&mut self) {
        for at in 0..self.nodes.len() {
            self.start(at).await;
        }
        for node in self.nodes.iter().flatten() {
            node.ready().await;
        }
    }

    /// Starts a node where it was before.
    pub(crate) async fn start(&mut self, at: usize) {
        let addresses = self.addresses[at];
        let config = self.config(at, &addresses);
        config.check(false).unwrap();
        let listeners = Listeners::bind(&addresses).await.unwrap();
        self.nodes[at] = Some(Server::start(config, listeners, fatal()).await.unwrap());
    }

    /// Tries to start another node under the id of one that runs.
    pub(crate) async fn start_impostor(&self, at: usize) -> Result<ServerHandle, Coded> {
        let listeners = Listeners::bind(&any_port()).await.unwrap();
        let mut config = self.config(at, &listeners.addresses().unwrap());
        config.node.data = self.folder.path().join("impostor");
        Server::start(config, listeners, fatal()).await
    }

    /// A running node.
    pub(crate) fn node(&self, at: usize) -> &ServerHandle {
        self.nodes[at].as_ref().expect("the node runs")
    }

    /// Stops a node.
    pub(crate) async fn stop(&mut self, at: usize) {
        if let Some(node) = self.nodes[at].take() {
            node.stop().await;
        }
    }

    /// Stops every node.
    pub(crate) async fn stop_all(&mut self) {
        for at in 0..self.nodes.len() {
            self.stop(at).await;
        }
    }

    /// Removes the data of a stopped node.
    pub(crate) fn wipe(&self, at: usize) {
        std::fs::remove_dir_all(self.data(at)).unwrap();
    }

    /// True if a node holds a snapshot that another node sent.
    pub(crate) fn has_received_snapshot(&self, at: usize) -> bool {
        let files = std::fs::read_dir(self.data(at).join("snapshots")).unwrap();
        files.flatten().any(|file| file.file_name().to_string_lossy().ends_with(".snap"))
    }

    /// True if a node has the right to vote.
    pub(crate) fn may_vote(&self, at: usize) -> bool {
        self.data(at).join("voter").exists()
    }
}

fn fatal() -> node::server::FatalHook {
    Arc::new(|reason| panic!("the store failed: {reason}"))
}

fn file(key: &str, body: &str) -> Ask {
    let xml = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
             xmlns:quorate="https://quorate.dev/bpmn" targetNamespace="test">
           <process id="{key}" isExecutable="true">
             <startEvent id="start"/>
             <sequenceFlow id="a" sourceRef="start" targetRef="work"/>
             {body}
             <sequenceFlow id="b" sourceRef="work" targetRef="end"/>
             <endEvent id="end"/>
           </process></definitions>"#
    );
    Ask::Deploy { resources: vec![(format!("{key}.bpmn"), xml.into_bytes())] }
}

/// Deploys the process with a task for managers.
pub(crate) fn deployment() -> Ask {
    file(PROCESS, r#"<userTask id="work" quorate:candidateGroups="managers"/>"#)
}

/// Deploys the process with a job.
pub(crate) fn job_deployment() -> Ask {
    file(JOB_PROCESS, r#"<serviceTask id="work" quorate:jobType="book"/>"#)
}
