//! What waiting instances cost in memory.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::v1::instance_service_client::InstanceServiceClient;

use crate::approval;
use crate::server::Servers;
use crate::{Options, figure};

/// Starts in flight.
const STARTS_MAX: usize = 256;
/// Memory counts as steady when it moved by less than this for [`STEADY_S`] seconds.
const STEADY_MIB: f64 = 2.0;
const STEADY_S: usize = 15;
/// Longest wait for that.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// Measures the memory that waiting instances add to an empty server.
pub(crate) async fn measure(options: &Options) -> Result<(), String> {
    let servers = Servers::start(1, options).await?;
    approval::deploy(&servers).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let empty = servers.resident_mib();
    let channels = approval::channels(&servers, options.connections)?;
    let since = Instant::now();
    stream::iter(0..options.instances)
        .map(|at| {
            let mut client = InstanceServiceClient::new(channels[at % channels.len()].clone());
            async move { client.start_instance(approval::start_request()).await }
        })
        .buffer_unordered(STARTS_MAX)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await
        .map_err(|status| format!("start: {status}"))?;
    let starting = since.elapsed();
    let full = servers.resident_mib();
    let settled = settle(&servers).await;
    eprintln!(
        "idle: {} instances started in {:.1} s; {empty:.0} MiB empty, {full:.0} MiB then, {settled:.0} MiB settled",
        options.instances,
        starting.as_secs_f64()
    );
    figure::print("idle_100k_rss_mib", &[(settled - empty).max(0.0)], "MiB");
    Ok(())
}

/// Waits until memory is steady.
async fn settle(servers: &Servers) -> f64 {
    let deadline = Instant::now() + SETTLE_MAX;
    let mut samples = vec![servers.resident_mib()];
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = servers.resident_mib();
        samples.push(now);
        let last = &samples[samples.len().saturating_sub(STEADY_S)..];
        let is_steady =
            last.len() == STEADY_S && last.iter().all(|sample| (sample - now).abs() < STEADY_MIB);
        if is_steady || Instant::now() > deadline {
            return now;
        }
    }
}
