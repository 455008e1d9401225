//! One question over HTTP/1.1: a connection, a POST, an answer. Without TLS: a service elsewhere is
//! reached through a proxy beside the node.

use axum::body::Body;
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use uuid::Uuid;

/// Largest answer of a service.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Where a service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// `host:port`.
    address: String,
    /// Host, and the port if the address names one, as the service is told.
    authority: String,
    /// Path and query.
    path: String,
}

impl Target {
    /// Reads `http://host[:port]/path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let uri = url.parse::<hyper::Uri>().map_err(|error| format!("`{url}`: {error}"))?;
        let wrong = || format!("`{url}` is not a url like http://host:port/path");
        if uri.scheme_str() != Some("http") {
            let hint = "reach a service with TLS through a proxy beside the node";
            return Err(format!("{}; {hint}", wrong()));
        }
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.host().is_empty() || authority.as_str().contains('@') {
            return Err(wrong());
        }
        Ok(Self {
            address: format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)),
            authority: authority.to_string(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }

    /// Posts JSON and gives the body of the answer.
    pub(super) async fn post(&self, question: Vec<u8>, key: Uuid) -> Result<Vec<u8>, String> {
        let address = &self.address;
        let unreachable = |error: &dyn std::fmt::Display| format!("{address}: {error}");
        let stream = TcpStream::connect(address).await.map_err(|error| unreachable(&error))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
        let request = Request::post(&self.path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header("idempotency-key", key.to_string())
            .body(Body::from(question))
            .map_err(|error| error.to_string())?;
        let exchange = async move {
            let response =
                sender.send_request(request).await.map_err(|error| unreachable(&error))?;
            let status = response.status();
            if !status.is_success() {
                return Err(format!("the service answered with status {status}"));
            }
            let body = Body::new(response.into_body());
            let bytes = axum::body::to_bytes(body, ANSWER_BYTES_MAX).await;
            bytes.map(|bytes| bytes.to_vec()).map_err(|error| format!("the answer: {error}"))
        };
        tokio::pin!(exchange, connection);
        // The connection has to be driven; that it ends is no news before the answer is read.
        tokio::select! {
            biased;
            answered = &mut exchange => return answered,
            ended = &mut connection => ended.map_err(|error| unreachable(&error))?,
        }
        exchange.await
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn addresses_are_plain_http() {
        let target = Target::parse("http://hr:8080/who?x=1").expect("it is one");
        let expected = ("hr:8080", "hr:8080", "/who?x=1");
        let found = (target.address.as_str(), target.authority.as_str(), target.path.as_str());
        assert_eq!(found, expected);
        let target = Target::parse("http://hr").expect("it is one");
        assert_eq!((target.address.as_str(), target.path.as_str()), ("hr:80", "/"));
        for url in ["", "hr/who", "https://hr/who", "http://u:p@hr/", "http://", "ftp://hr"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }

    /// A service that answers once, and the request it got.
    async fn service(answer: &'static str) -> (Target, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has one");
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("somebody comes");
            let mut request = vec![0; 64 * 1024];
            let mut count = 0;
            while !request[..count].ends_with(b"}") {
                count += stream.read(&mut request[count..]).await.expect("it is sent");
            }
            stream.write_all(answer.as_bytes()).await.expect("it is taken");
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        (Target::parse(&format!("http://{address}/who")).expect("it is one"), served)
    }

    #[tokio::test]
    async fn a_question_is_posted_and_answered() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        let (target, served) = service(answer).await;
        let key = Uuid::from_u128(7);
        let found = target.post(b"{\"node\":\"ask\"}".to_vec(), key).await;
        assert_eq!(found, Ok(b"{}".to_vec()));
        let request = served.await.expect("it was asked");
        assert!(request.starts_with("POST /who HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("idempotency-key: {key}")), "{request}");
        assert!(request.ends_with("{\"node\":\"ask\"}"), "{request}");
    }

    #[tokio::test]
    async fn failures_are_told() {
        let (target, _served) = service("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await;
        let error = target.post(b"{}".to_vec(), Uuid::nil()).await.expect_err("it is refused");
        assert!(error.contains("503"), "{error}");
        let (target, _served) = service("").await;
        assert!(target.post(b"{}".to_vec(), Uuid::nil()).await.is_err(), "it hangs up");
        let (target, served) = service("").await;
        served.abort();
        // The port is closed once the service is gone.
        let _ = served.await;
        assert!(target.post(b"{}".to_vec(), Uuid::nil()).await.is_err());
    }
}
