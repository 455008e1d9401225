//! `quorate dev`: one node on loopback with a demo, ready in a moment, data kept.

use std::path::{Path, PathBuf};

use actors::request::{AnswerBody, Ask};
use raft_store::FatalHook;

use crate::coded::Coded;
use crate::config::Config;
use crate::server::{Listeners, Server, ServerHandle};

/// The demo's file.
const DEMO: &[u8] = include_bytes!("../demo/expense.bpmn");
/// Name of the demo's file.
const DEMO_NAME: &str = "expense.bpmn";
/// File in the data folder that gets the log.
pub const LOG_FILE: &str = "quorate.log";

/// The configuration of a development node: `port` for clients, the next but one for metrics.
///
/// # Errors
/// If the port leaves no room for the one of metrics.
pub fn config(data: PathBuf, port: u16) -> Result<Config, Coded> {
    let admin = match port {
        0 => 0,
        _ => port.checked_add(2).ok_or_else(|| {
            Coded::config(
                "CONFIG_ADDRESS",
                format!("port {port} leaves none for metrics; choose a lower one"),
            )
        })?,
    };
    let mut config =
        Config::single(data, &format!("127.0.0.1:{port}"), &format!("127.0.0.1:{admin}"));
    // Nobody else takes part, so an election need not wait for anybody.
    config.raft.heartbeat_ms = 50;
    config.raft.election_min_ms = 150;
    config.raft.election_max_ms = 300;
    config.raft.balance_ms = 0;
    Ok(config)
}

/// Starts the node, waits until it is ready and deploys the demo.
///
/// # Errors
/// If the node can't start or the demo can't be deployed.
pub async fn start(config: Config, fatal: FatalHook) -> Result<ServerHandle, Coded> {
    let addresses = config.check(false)?;
    let listeners = Listeners::bind(&addresses).await?;
    let handle = Server::start(config, listeners, fatal).await?;
    handle.ready().await;
    let resources = vec![(DEMO_NAME.to_owned(), DEMO.to_vec())];
    match handle.ask(Ask::Deploy { resources }).await {
        Ok((_, answer)) => {
            if let AnswerBody::Deployed(deployed) = answer.body
                && let Some(demo) = deployed.first()
            {
                tracing::info!(event = "demo_deployed", key = demo.key, version = demo.version);
            }
        }
        Err(failure) => tracing::error!(event = "demo_not_deployed", ?failure),
    }
    Ok(handle)
}

/// The four lines that a person sees.
#[must_use]
pub fn greeting(handle: &ServerHandle, data: &Path) -> String {
    let addresses = handle.addresses();
    let version = env!("CARGO_PKG_VERSION");
    let (client, admin, data) = (addresses.client, addresses.admin, data.display());
    let address = match client.port() {
        7400 => String::new(),
        _ => format!(" --endpoint http://{client}"),
    };
    format!(
        "quorate {version}  single node, data in {data} (kept between runs)\n\
         REST     http://{client}/v1   gRPC  {client}\n\
         Metrics  http://{admin}/metrics   Log  {data}/{LOG_FILE}\n\
         Demo     `expense-approval` is deployed. Try:  quorate start expense-approval{address} --initiator ann -v amount=1200"
    )
}
