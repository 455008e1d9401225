//! The peer port: admits other nodes and serves their calls.
//!
//! Calls of one connection run side by side in the connection's own task; only those that may
//! take long ([`Kind::Read`]) get a task.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::{Grpc, NamedService, StreamingService};
use tonic::transport::server::{Server, TcpIncoming};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use super::frame::{FRAME_BYTES_MAX, Frame, Frames, Hello, Kind};
use super::guests::{Guests, Seat};
use super::outbox::{Outbox, Outgoing};
use super::{KEEPALIVE_INTERVAL, KEEPALIVE_TIMEOUT, WINDOW_BYTES};

/// Path of the only method.
pub(super) const PATH: &str = "/quorate.peer.v1.Peer/Connect";
/// Longest wait for a greeting.
const GREETING_TIMEOUT: Duration = Duration::from_secs(2);
/// Most calls of one connection that are served at a time.
const CALLS_MAX: usize = 16_384;

/// One call of a peer.
pub(crate) struct Call {
    /// What it wants.
    pub kind: Kind,
    /// The partition concerned, where one is.
    pub partition: u16,
    /// Time the peer waits.
    pub timeout: Duration,
    /// Encoded by the peer.
    pub payload: Bytes,
}

/// Serves calls; the error is a text for the caller.
pub(crate) type Serve =
    Arc<dyn Fn(Call) -> BoxFuture<'static, Result<Bytes, String>> + Send + Sync>;

/// Listens until `stop`; then every connection is closed.
///
/// # Errors
/// If the listener fails.
pub(crate) async fn listen(
    listener: TcpListener,
    hello: Hello,
    guests: Arc<Guests>,
    serve: Serve,
    stop: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let service = PeerService { hello, guests, serve, stop: stop.clone() };
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .add_service(service)
        .serve_with_incoming_shutdown(incoming, async move { stop.cancelled().await })
        .await
}

#[derive(Clone)]
struct PeerService {
    hello: Hello,
    guests: Arc<Guests>,
    serve: Serve,
    stop: CancellationToken,
}

impl NamedService for PeerService {
    const NAME: &'static str = "quorate.peer.v1.Peer";
}

impl tower::Service<http::Request<Body>> for PeerService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let connect = Connect(self.clone());
        Box::pin(async move {
            if request.uri().path() != PATH {
                let status =
                    Status::unimplemented("the peer port serves nodes of the cluster only");
                return Ok(status.into_http());
            }
            let codec: ProstCodec<Frames, Frames> = ProstCodec::default();
            let mut grpc = Grpc::new(codec)
                .max_decoding_message_size(2 * FRAME_BYTES_MAX)
                .max_encoding_message_size(2 * FRAME_BYTES_MAX);
            Ok(grpc.streaming(connect, request).await)
        })
    }
}

struct Connect(PeerService);

impl StreamingService<Frames> for Connect {
    type Response = Frames;
    type ResponseStream = Answers;
    type Future = BoxFuture<'static, Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<Streaming<Frames>>) -> Self::Future {
        let service = self.0.clone();
        Box::pin(async move { service.connect(request.into_inner()).await })
    }
}

/// Answers of one connection.
struct Answers(Outgoing);

impl Stream for Answers {
    type Item = Result<Frames, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context).map(|next| next.map(Ok))
    }
}

impl PeerService {
    async fn connect(self, mut calls: Streaming<Frames>) -> Result<Response<Answers>, Status> {
        let first = tokio::time::timeout(GREETING_TIMEOUT, calls.message())
            .await
            .map_err(|_| Status::deadline_exceeded("PEER_PROTOCOL: no greeting came"))??;
        let hello = first
            .and_then(|message| message.hello)
            .ok_or_else(|| Status::invalid_argument("PEER_PROTOCOL: no greeting came"))?;
        // Admitted here so that a refusal is the answer; the seat is taken again by the task.
        if let Err(reason) = self.guests.admit(&hello) {
            self.guests.log_refusal(hello.node, &reason);
            return Err(Status::failed_precondition(reason));
        }
        let outbox = Outbox::new(self.hello.clone());
        let answers = Answers(outbox.stream());
        tokio::spawn(async move {
            let guests = self.guests.clone();
            if let Ok(seat) = guests.admit(&hello) {
                self.converse(seat, calls, &outbox).await;
            }
            outbox.close();
        });
        Ok(Response::new(answers))
    }

    /// Serves one connection to its end. Calls that are not finished then are dropped.
    async fn converse(&self, _seat: Seat<'_>, mut calls: Streaming<Frames>, outbox: &Outbox) {
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(answer) = running.next(), if !running.is_empty() => {
                    if outbox.push(answer).is_err() {
                        return;
                    }
                }
                message = calls.message(), if running.len() < CALLS_MAX => match message {
                    Ok(Some(message)) => {
                        running.extend(message.frames.into_iter().map(|frame| self.start(frame)));
                    }
                    Ok(None) | Err(_) => return,
                },
                () = self.stop.cancelled() => return,
            }
        }
    }

    fn start(&self, frame: Frame) -> impl Future<Output = Frame> + Send + use<> {
        let id = frame.id;
        let kind = Kind::from_number(frame.kind);
        let call = kind.zip(u16::try_from(frame.partition).ok()).map(|(kind, partition)| Call {
            kind,
            partition,
            timeout: Duration::from_millis(u64::from(frame.timeout_ms)),
            payload: frame.payload,
        });
        let served = call.map(|call| {
            let is_long = call.kind == Kind::Read;
            let served = (self.serve)(call);
            if is_long { in_own_task(served) } else { served }
        });
        async move {
            let answer = match served {
                Some(served) => served.await,
                None => Err("PEER_PROTOCOL: unknown call".to_owned()),
            };
            let (kind, payload) = match answer {
                Ok(payload) => (Kind::Answer, payload),
                Err(reason) => (Kind::Refused, Bytes::from(reason)),
            };
            Frame { id, kind: kind as u32, partition: 0, timeout_ms: 0, payload }
        }
    }
}

/// Runs a call beside its connection's task, and ends it with the connection.
fn in_own_task(
    served: BoxFuture<'static, Result<Bytes, String>>,
) -> BoxFuture<'static, Result<Bytes, String>> {
    Box::pin(async move {
        let mut task = Owned(tokio::spawn(served));
        (&mut task.0).await.unwrap_or_else(|_| Err("the call failed".to_owned()))
    })
}

/// A task that ends with its owner.
struct Owned<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
