//! Keeps a link connected: connect, greet, read answers, and again after a while.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

use super::frame::{FRAME_BYTES_MAX, Frames, Hello, PROTOCOL};
use super::link::Link;
use super::listen::PATH;
use super::outbox::Outbox;
use super::{KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, WINDOW_BYTES};

/// First and longest wait before a lost connection is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(1_000));
/// Longest time to connect and greet.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Called with the peer's greeting before any call goes out on the new connection.
pub(crate) type OnGreeting =
    Arc<dyn Fn(&Hello) -> futures::future::BoxFuture<'static, ()> + Send + Sync>;

/// Ends a stream with its owner.
struct Closing(Outbox);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Link {
    /// Keeps the link connected until `stop`. Runs as a task of its own.
    pub(crate) async fn run(
        self: Arc<Self>,
        hello: Hello,
        on_greeting: OnGreeting,
        stop: CancellationToken,
    ) {
        let mut wait = BACKOFF.0;
        loop {
            let was_up = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                was_up = self.connection(&hello, &on_greeting) => was_up,
            };
            wait = if was_up { BACKOFF.0 } else { (wait * 2).min(BACKOFF.1) };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.disconnected("this node is stopping".into());
    }

    /// One connection from its start to its end. True if it was up.
    async fn connection(&self, hello: &Hello, on_greeting: &OnGreeting) -> bool {
        let outbox = Outbox::new(hello.clone());
        // Whatever ends this future must end the stream, or the peer would take it for alive.
        let _closing = Closing(outbox.clone());
        let open = tokio::time::timeout(CONNECT_TIMEOUT, self.open(hello, &outbox)).await;
        let (greeting, mut answers) = match open {
            Ok(Ok(open)) => open,
            Ok(Err(reason)) => return self.lost(false, reason),
            Err(_) => return self.lost(false, "connecting took too long".into()),
        };
        on_greeting(&greeting).await;
        self.connected(outbox);
        tracing::info!(event = "peer_connected", peer = self.node(), address = self.address());
        loop {
            match answers.next().await {
                Some(Ok(message)) => {
                    for frame in message.frames {
                        self.answered(frame);
                    }
                }
                Some(Err(status)) => return self.lost(true, status.message().to_owned()),
                None => return self.lost(true, "the peer closed the connection".into()),
            }
        }
    }

    /// Says once per reason that the connection is gone.
    fn lost(&self, was_up: bool, reason: String) -> bool {
        if self.disconnected(reason.clone()) {
            let (peer, address) = (self.node(), self.address());
            tracing::warn!(event = "peer_disconnected", peer, address, reason);
        }
        was_up
    }

    async fn open(
        &self,
        hello: &Hello,
        outbox: &Outbox,
    ) -> Result<(Hello, tonic::Streaming<Frames>), String> {
        let channel = self.channel().await?;
        let mut grpc = Grpc::new(channel)
            .max_decoding_message_size(2 * FRAME_BYTES_MAX)
            .max_encoding_message_size(2 * FRAME_BYTES_MAX);
        grpc.ready().await.map_err(|error| error.to_string())?;
        let codec: ProstCodec<Frames, Frames> = ProstCodec::default();
        let request = tonic::Request::new(outbox.stream());
        let response = grpc
            .streaming(request, PathAndQuery::from_static(PATH), codec)
            .await
            .map_err(|status| status.message().to_owned())?;
        let mut answers = response.into_inner();
        let first = answers.message().await.map_err(|status| status.message().to_owned())?;
        let greeting = first
            .and_then(|message| message.hello)
            .ok_or_else(|| "PEER_PROTOCOL: the peer did not greet".to_owned())?;
        self.check(hello, &greeting)?;
        Ok((greeting, answers))
    }

    async fn channel(&self) -> Result<Channel, String> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address()))
            .map_err(|error| error.to_string())?
            .tcp_nodelay(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true);
        endpoint.connect().await.map_err(|error| {
            // The outer text is always "transport error".
            std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
        })
    }

    /// The node that answered must be the one that was addressed.
    fn check(&self, own: &Hello, greeting: &Hello) -> Result<(), String> {
        if greeting.cluster != own.cluster {
            return Err(format!(
                "PEER_OF_ANOTHER_CLUSTER: {} is of another cluster; check cluster.peers",
                self.address()
            ));
        }
        if greeting.node != self.node() {
            return Err(format!(
                "PEER_OF_ANOTHER_ID: {} is node {}, not node {}; check cluster.peers",
                self.address(),
                greeting.node,
                self.node()
            ));
        }
        if greeting.protocol != PROTOCOL {
            return Err(format!("PEER_PROTOCOL: the peer speaks protocol {}", greeting.protocol));
        }
        Ok(())
    }
}
