//! The client port: accepts connections and serves HTTP/1 and HTTP/2 on each, gRPC and REST alike.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Most connections at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 10_000;
/// Most requests at a time on one HTTP/2 connection.
const STREAMS_MAX: u32 = 1_000;
/// Longest wait for the head of an HTTP/1 request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How often an idle HTTP/2 connection is probed.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// Flow-control window of a connection and of one of its streams.
const WINDOW_BYTES: (u32, u32) = (8 * 1024 * 1024, 2 * 1024 * 1024);
/// Longest wait for connections to finish their requests at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause after a connection could not be accepted, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets running requests finish for a while.
pub(super) async fn serve(listener: TcpListener, router: axum::Router, stop: CancellationToken) {
    let builder = Arc::new(builder());
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(seat) = room.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        // Finished connections are forgotten as new ones come.
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => {
                let connection =
                    serve_connection(stream, builder.clone(), router.clone(), stop.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(event = "accept_failed", error = %error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let drained = tokio::time::timeout(DRAIN_TIMEOUT, async {
        while connections.join_next().await.is_some() {}
    });
    if drained.await.is_err() {
        tracing::warn!(event = "connections_cut", count = connections.len());
        connections.shutdown().await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .max_concurrent_streams(STREAMS_MAX)
        .initial_connection_window_size(WINDOW_BYTES.0)
        .initial_stream_window_size(WINDOW_BYTES.1);
    builder
}

async fn serve_connection(
    stream: TcpStream,
    builder: Arc<Builder<TokioExecutor>>,
    router: axum::Router,
    stop: CancellationToken,
) {
    // Without it small answers wait for the other side's acknowledgement; with an error the
    // connection is broken anyway.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(event = "connection_failed", error = %error);
    }
}
