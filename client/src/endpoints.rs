//! The nodes a client knows, and the one loop that repeats a call. Knows nothing of the calls.
//!
//! A call is repeated only if its outcome is open: the node was not reached, was busy, had no
//! leader, or did not answer in time. A refusal is handed on at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::error::Error;
use crate::options::{BACKOFF_MAX, BACKOFF_MIN, ENDPOINTS_MAX, Options, REFUSAL_BYTES_MAX};

/// Connections to the nodes; the preferred one is the one that answered last.
#[derive(Debug)]
pub(crate) struct Endpoints {
    nodes: Vec<(String, Channel)>,
    preferred: AtomicUsize,
}

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// One attempt.
    pub(crate) attempt: Duration,
    /// All attempts and the waits between them.
    pub(crate) total: Duration,
    /// The answer is a stream that lasts; only its beginning has to come in time.
    pub(crate) lasting: bool,
}

impl Endpoints {
    /// Takes `http://host:port` or `host:port`. Opens no connection yet.
    pub(crate) fn new(addresses: &[String], options: &Options) -> Result<Self, Error> {
        if addresses.is_empty() || addresses.len() > ENDPOINTS_MAX {
            return Err(Error::invalid(format!("give between 1 and {ENDPOINTS_MAX} endpoints")));
        }
        let mut nodes = Vec::with_capacity(addresses.len());
        for address in addresses {
            nodes.push((address.clone(), channel(address, options)?));
        }
        Ok(Self { nodes, preferred: AtomicUsize::new(0) })
    }

    /// Sends `message` until an answer or a refusal comes, or the time is up. Every attempt sends
    /// the same message, so a `request_id` in it stays the same.
    pub(crate) async fn call<M, R, F, A>(
        &self,
        message: M,
        patience: Patience,
        send: F,
    ) -> Result<R, Error>
    where
        M: Clone,
        F: Fn(Channel, Request<M>) -> A,
        A: Future<Output = Result<Response<R>, Status>>,
    {
        let deadline = Instant::now() + patience.total;
        let mut backoff = BACKOFF_MIN;
        let mut at = self.preferred.load(Ordering::Relaxed);
        loop {
            let (address, channel) = &self.nodes[at % self.nodes.len()];
            let left = patience.attempt.min(deadline.saturating_duration_since(Instant::now()));
            let mut request = Request::new(message.clone());
            if !patience.lasting {
                request.set_timeout(left);
            }
            // In a box, since it holds the message several times and callers hold it in turn.
            let attempt = Box::pin(send(channel.clone(), request));
            let status = match tokio::time::timeout(left, attempt).await {
                Ok(Ok(response)) => {
                    self.preferred.store(at % self.nodes.len(), Ordering::Relaxed);
                    return Ok(response.into_inner());
                }
                Ok(Err(status)) => status,
                Err(_) => Status::deadline_exceeded("no answer in time"),
            };
            let error = Error::of_status(&status, address);
            if !is_open(&status, &error) {
                self.preferred.store(at % self.nodes.len(), Ordering::Relaxed);
                return Err(error);
            }
            let wait = jittered(backoff).max(error.retry_after.unwrap_or_default());
            if Instant::now() + wait >= deadline {
                return Err(error.given_up(patience.total));
            }
            tokio::time::sleep(wait).await;
            backoff = (backoff * 2).min(BACKOFF_MAX);
            at = at.wrapping_add(1);
        }
    }
}

fn channel(address: &str, options: &Options) -> Result<Channel, Error> {
    let uri =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let bad = |reason: &str| {
        Error::invalid(format!("endpoint {address}: {reason}; write it like http://127.0.0.1:7400"))
    };
    if !uri.starts_with("http://") {
        return Err(bad("only http:// is understood"));
    }
    let endpoint = Endpoint::from_shared(uri).map_err(|_| bad("this is not an address"))?;
    Ok(endpoint
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .http2_max_header_list_size(REFUSAL_BYTES_MAX)
        .http2_keep_alive_interval(Duration::from_secs(10))
        .keep_alive_timeout(Duration::from_secs(5))
        .connect_lazy())
}

/// True if the outcome of the call is open, so that it must be repeated. A status without our
/// error detail did not come from the service itself but from the transport below it.
fn is_open(status: &Status, error: &Error) -> bool {
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => true,
        Code::Unknown | Code::Internal | Code::Cancelled => !error.has_detail,
        _ => false,
    }
}

/// Between half of `wait` and all of it, so that clients of a lost node don't return in step.
fn jittered(wait: Duration) -> Duration {
    let random = uuid::Uuid::now_v7().as_bytes()[15];
    wait / 2 + wait / 2 * u32::from(random) / 255
}
