//! A node from its start to its end.
//!
//! Start: ports, id, data folder, groups, peers, clients. Stop: the same backwards, after
//! leadership was handed over. Nothing here is global, so several nodes can live in one process.

mod admin;
mod client_port;
mod listeners;
mod ready;
mod watch_id;

pub use listeners::Listeners;
pub use raft_store::FatalHook;

use std::future::Future;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use actors::request::{Answer, Ask, Failure, MailAsk};
use bytes::Bytes;
use engine::Partition;
use raft_store::{Identity, NodeId, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::admin::Admin;
use self::ready::Readiness;
use crate::api::Api;
use crate::coded::Coded;
use crate::config::{Addresses, Config};
use crate::disk::Disk;
use crate::metrics::Metrics;
use crate::peer::{self, Guests, Hello, Link, Links, PROTOCOL, Serve};
use crate::raft::{self, Founding, Group, GroupParts, Voter, open_groups};
use crate::request::{Read, ReadAnswer};
use crate::resolver::Resolver;
use crate::router::Router;
use crate::wire;

/// Longest wait for the parts of a stopped node to let go of its data folder.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for connections to other nodes to end.
const PEERS_TIMEOUT: Duration = Duration::from_secs(1);

/// A node.
pub struct Server;

/// A running node.
pub struct ServerHandle {
    node: NodeId,
    addresses: Addresses,
    router: Arc<Router>,
    store: Arc<Store>,
    readiness: Arc<Readiness>,
    /// Ends what serves clients and leads.
    stop_serving: CancellationToken,
    /// Ends what the groups need to hand over: links and the peer port.
    stop_peers: CancellationToken,
    serving: JoinSet<()>,
    leading: JoinSet<()>,
    peers: JoinSet<()>,
    stop_leading: CancellationToken,
}

impl Server {
    /// Starts a node. `fatal` is called once if something can't be written; it must end the
    /// process. The node is ready some time after this returns: see [`ServerHandle::ready`].
    ///
    /// # Errors
    /// If the configuration, the ports, the node's id or the data folder don't allow it.
    pub async fn start(
        config: Config,
        listeners: Listeners,
        fatal: FatalHook,
    ) -> Result<ServerHandle, Coded> {
        let addresses = listeners.addresses()?;
        let config = Arc::new(config);
        let store = Arc::new(open_store(&config, fatal)?);
        let voter = Arc::new(Voter::open(&config.node.data));
        let boot = Uuid::new_v4();
        let hello = hello(&config, boot, !voter.may_vote());
        let links = Arc::new(links(&config));
        let emptied = watch_id::Emptied::default();
        let stop_peers = CancellationToken::new();
        let mut peers = JoinSet::new();
        for link in links.values() {
            let on_greeting = emptied.on_greeting();
            peers.spawn(link.clone().run(hello.clone(), on_greeting, stop_peers.clone()));
        }
        let Listeners { client, peer, admin } = listeners;
        let serving_peers = ServePeers::default();
        let known = links.keys().copied().collect();
        let guests = Guests::new(config.cluster.id.clone(), config.node.id, boot, known);
        peers.spawn(listen(peer, hello, guests, serving_peers.clone(), stop_peers.clone()));
        // The peers are greeted and greet before anything is opened: two nodes with one id must
        // not both get to their groups.
        if let Err(error) = watch_id::id_is_free(&links).await {
            stop_peers.cancel();
            return Err(error);
        }
        let parts = GroupParts {
            config: &config,
            store: &store,
            links: &links,
            may_vote: voter.may_vote(),
        };
        let groups = Arc::new(open_groups(&parts).await?);
        emptied.groups_opened(groups.clone()).await;
        let disk = Arc::new(Disk::new(config.node.data.clone(), config.limits.disk_free_bytes_min));
        let router =
            Arc::new(Router::new(config.clone(), groups.clone(), links.clone(), disk.clone()));
        let mut handle = ServerHandle {
            node: config.node.id,
            addresses,
            router,
            store,
            readiness: Arc::new(Readiness::new(groups, links.clone(), disk, voter.clone())),
            stop_serving: CancellationToken::new(),
            stop_leading: CancellationToken::new(),
            stop_peers,
            serving: JoinSet::new(),
            leading: JoinSet::new(),
            peers,
        };
        handle.run(client, admin, &serving_peers, voter);
        Ok(handle)
    }
}

fn open_store(config: &Config, fatal: FatalHook) -> Result<Store, Coded> {
    let identity = Identity {
        cluster: config.cluster.id.clone(),
        node: config.node.id,
        partitions: config.cluster.partitions,
    };
    let options = raft_store::Options::default();
    Store::open(&config.node.data, &identity, fatal, &options).map_err(|error| {
        Coded::data(error.code(), format!("{}: {error}", config.node.data.display()))
    })
}

fn hello(config: &Config, boot: Uuid, emptied: bool) -> Hello {
    let own = config.cluster.peers.iter().find(|peer| peer.id == config.node.id);
    Hello {
        cluster: config.cluster.id.clone(),
        node: config.node.id,
        protocol: PROTOCOL,
        boot: Bytes::copy_from_slice(boot.as_bytes()),
        address: own.map(|peer| peer.address.clone()).unwrap_or_default(),
        emptied,
    }
}

fn links(config: &Config) -> Links {
    let others = config.cluster.peers.iter().filter(|peer| peer.id != config.node.id);
    others.map(|peer| (peer.id, Arc::new(Link::new(peer.id, peer.address.clone())))).collect()
}

impl ServerHandle {
    fn run(
        &mut self,
        client: TcpListener,
        admin: TcpListener,
        serving_peers: &ServePeers,
        voter: Arc<Voter>,
    ) {
        let config = self.router.config.clone();
        let groups = self.router.groups.clone();
        let metrics = Arc::new(Metrics::new());
        let founding = Arc::new(Founding {
            config: config.clone(),
            groups: groups.clone(),
            links: self.router.links.clone(),
            voter: voter.clone(),
        });
        self.lead(&config, &groups, &metrics);
        serving_peers.begin(Serving {
            router: self.router.clone(),
            founding: founding.clone(),
            voter,
        });
        let stop = self.stop_serving.clone();
        self.serving.spawn(founding.run(stop.clone()));
        self.serving.spawn(self.readiness.clone().follow(stop.clone()));
        self.serving.spawn(self.router.disk.clone().watch(stop.clone()));
        for (name, resolver) in &config.resolvers {
            if let Some(resolver) = Resolver::of(&self.router, name, resolver) {
                self.serving.spawn(resolver.run(stop.clone()));
            }
        }
        let api = api(&self.router, &metrics, self.readiness.serves());
        self.serving.spawn(client_port::serve(client, api.into_router(), stop.clone()));
        let registry = Arc::new(metrics.registry(groups, self.store.clone()));
        let routes = admin::router(Admin { readiness: self.readiness.clone(), registry });
        let stop = self.stop_peers.clone();
        self.peers.spawn(async move {
            let served = axum::serve(admin, routes)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = served.await {
                tracing::error!(event = "admin_port_failed", error = %error);
            }
        });
    }

    /// Follows leadership and balances it.
    fn lead(
        &mut self,
        config: &Arc<Config>,
        groups: &Arc<Vec<Arc<Group>>>,
        metrics: &Arc<Metrics>,
    ) {
        for group in groups.iter() {
            let (router, metrics, config) = (self.router.clone(), metrics.clone(), config.clone());
            let spawn = Arc::new(move |group: &Arc<Group>| {
                wire::spawn_actors(group, &router, &metrics, &config)
            });
            let stop = self.stop_leading.clone();
            self.leading.spawn(raft::follow(self.node, group.clone(), spawn, stop));
        }
        if config.raft.balance_ms > 0 && config.cluster.peers.len() > 1 {
            let preferred = (0..config.cluster.partitions)
                .map(|number| config.preferred_leader(number))
                .collect();
            let pause = Duration::from_millis(config.raft.balance_ms);
            let stop = self.stop_serving.clone();
            self.serving.spawn(raft::balance(self.node, groups.clone(), preferred, pause, stop));
        }
    }

    /// Where the node listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Waits until the node takes requests.
    pub async fn ready(&self) {
        // The sender lives as long as this handle.
        let _ = self.readiness.serves().wait_for(|serves| *serves).await;
    }

    /// Carries out a request, as if a client had sent it to this node.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(&self, ask: Ask) -> Result<(Partition, Answer), Failure> {
        self.router.ask(ask).await
    }

    /// Carries out a read, as if a client had sent it to this node.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn read(&self, read: Read) -> Result<ReadAnswer, Failure> {
        self.router.read(read).await
    }

    /// Stops the node: hands leadership over, lets requests finish, puts everything on disk.
    pub async fn stop(mut self) {
        self.readiness.stop();
        let groups = self.router.groups.clone();
        self.router.draining.cancel();
        let links = self.router.links.values();
        let others: Vec<NodeId> =
            links.filter(|link| link.is_up()).map(|link| link.node()).collect();
        self.stop_serving.cancel();
        if !others.is_empty() {
            raft::hand_over(self.node, &groups, &others).await;
        }
        while self.serving.join_next().await.is_some() {}
        self.stop_leading.cancel();
        while self.leading.join_next().await.is_some() {}
        for group in groups.iter() {
            // A group that has stopped already is what is wanted.
            let _ = group.raft.shutdown().await;
            group.incoming.clear();
        }
        self.stop_peers.cancel();
        let peers_end = async { while self.peers.join_next().await.is_some() {} };
        if tokio::time::timeout(PEERS_TIMEOUT, peers_end).await.is_err() {
            tracing::warn!(event = "peers_cut", "connections to other nodes did not end in time");
        }
        self.peers.shutdown().await;
        let Self { router, store, readiness, .. } = self;
        drop((groups, router, readiness));
        close(store).await;
    }
}

/// Puts the store on disk once nobody holds it any more.
async fn close(mut store: Arc<Store>) {
    let since = Instant::now();
    let store = loop {
        match Arc::try_unwrap(store) {
            Ok(store) => break store,
            Err(held) if since.elapsed() < RELEASE_TIMEOUT => store = held,
            Err(_) => {
                tracing::warn!(event = "store_held", "the data folder is left to the next start");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    match tokio::task::spawn_blocking(move || store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(event = "store_not_closed", error = %error),
        Err(error) => tracing::error!(event = "store_not_closed", error = %error),
    }
}

/// What serves the calls of other nodes, once the groups are open.
#[derive(Clone, Default)]
struct ServePeers(Arc<RwLock<Option<Arc<Serving>>>>);

struct Serving {
    router: Arc<Router>,
    founding: Arc<Founding>,
    voter: Arc<Voter>,
}

impl ServePeers {
    fn begin(&self, serving: Serving) {
        *self.0.write().expect("no code panics while it holds this") = Some(Arc::new(serving));
    }

    fn serve(&self) -> Serve {
        let slot = self.0.clone();
        Arc::new(move |call| {
            let serving = slot.read().expect("no code panics while it holds this").clone();
            Box::pin(async move {
                match serving {
                    Some(now) => now.router.serve(&now.founding, &now.voter, call).await,
                    None => {
                        Err("NODE_NOT_READY: the node has not opened its groups yet".to_owned())
                    }
                }
            })
        })
    }
}

async fn listen(
    listener: TcpListener,
    hello: Hello,
    guests: Guests,
    serving: ServePeers,
    stop: CancellationToken,
) {
    let served = peer::listen(listener, hello, Arc::new(guests), serving.serve(), stop).await;
    if let Err(error) = served {
        tracing::error!(event = "peer_port_failed", error = %error);
    }
}

/// Both APIs over the router, counted.
fn api(router: &Arc<Router>, metrics: &Arc<Metrics>, serves: watch::Receiver<bool>) -> Api {
    let asks = (router.clone(), metrics.clone());
    let reads = (router.clone(), metrics.clone());
    Api::new(
        move |_, ask: Ask| {
            let (router, metrics) = asks.clone();
            let operation = operation_of(&ask);
            async move { counted(&metrics, operation, router.ask(ask)).await }
        },
        move |read: Read| {
            let (router, metrics) = reads.clone();
            async move { counted(&metrics, "read", router.read(read)).await }
        },
        serves,
    )
}

async fn counted<T>(
    metrics: &Metrics,
    operation: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let started = Instant::now();
    let outcome = work.await;
    let code = outcome.as_ref().err().map_or("OK", code_of);
    metrics.request(operation, code, started.elapsed());
    outcome
}

fn operation_of(ask: &Ask) -> &'static str {
    match ask {
        Ask::Start(_) => "start",
        Ask::Ahead { .. } => "ahead",
        Ask::Command { command, .. } => match command {
            engine::Command::ClaimTask { .. } => "claim_task",
            engine::Command::UnclaimTask { .. } => "unclaim_task",
            engine::Command::CompleteTask { .. } => "complete_task",
            engine::Command::CompleteJob { .. } => "complete_job",
            engine::Command::FailJob { .. } => "fail_job",
            engine::Command::ResolveIncident { .. } => "resolve_incident",
            engine::Command::ThrowError { .. } => "throw_error",
            engine::Command::ThrowEscalation { .. } => "throw_escalation",
            engine::Command::SetVariables { .. } => "set_variables",
            engine::Command::ActivateAdHoc { .. } => "activate_ad_hoc",
            engine::Command::CompleteAdHoc { .. } => "complete_ad_hoc",
            _ => "other",
        },
        Ask::ActivateJobs { .. } => "activate_jobs",
        Ask::Deploy { .. } => "deploy",
        Ask::Install(_) => "install",
        Ask::Directory(_) => "change_directory",
        Ask::Mail(MailAsk::Publish(_)) => "publish_message",
        Ask::Mail(MailAsk::Correlate(_)) | Ask::CorrelateTo(_) => "correlate_message",
        Ask::Mail(MailAsk::Signal { .. }) => "broadcast_signal",
        Ask::Mail(MailAsk::Subscribe { .. } | MailAsk::Unsubscribe { .. }) => "subscribe",
    }
}

fn code_of(failure: &Failure) -> &str {
    match failure {
        Failure::Rejected { code, .. } | Failure::NotFound { code, .. } => code,
        Failure::IdempotencyConflict { .. } => "IDEMPOTENCY_CONFLICT",
        Failure::DefinitionInvalid { .. } => "DEFINITION_INVALID",
        Failure::DirectoryInvalid { .. } => "DIRECTORY_INVALID",
        Failure::Invalid { .. } => "INVALID_ARGUMENT",
        Failure::Overloaded { .. } => "OVERLOADED",
        Failure::NotLeader { .. } => "NOT_LEADER",
        Failure::Unavailable { .. } => "UNAVAILABLE",
        Failure::Quarantined { .. } => "INSTANCE_QUARANTINED",
    }
}
