//! The APIs of a node: gRPC and REST on one port.
//!
//! Everything here converts and checks; nothing decides. What a caller wants goes through
//! `Api::ask` and `Api::read` to the router, and through nothing else.

mod bulk;
mod check;
mod convert;
mod cursor;
mod directory;
mod error;
#[cfg(test)]
mod fixtures;
mod grpc;
mod json;
mod ops;
mod preview;
mod rest;

use std::future::Future;
use std::sync::Arc;

use actors::request::{Answer, AnswerBody, Ask, Failure};
use engine::Partition;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::api::error::ApiError;
use crate::request::{ClusterStatus, Found, Freshness, Query, Read, ReadAnswer};

type AskFn = dyn Fn(Option<Partition>, Ask) -> BoxFuture<'static, Result<(Partition, Answer), Failure>>
    + Send
    + Sync;
type ReadFn = dyn Fn(Read) -> BoxFuture<'static, Result<ReadAnswer, Failure>> + Send + Sync;

/// What both APIs are built on: the router's two functions, and whether the node serves.
#[derive(Clone)]
pub struct Api {
    ask: Arc<AskFn>,
    read: Arc<ReadFn>,
    ready: watch::Receiver<bool>,
}

impl Api {
    /// APIs over a router. `ask` gets the partition where the request itself names one: that of
    /// the key, for a command. The router finds it for starts, deployments and lease requests.
    /// While `ready` is false, all but the status of the cluster is refused with `NODE_NOT_READY`.
    pub fn new<A, R, AskFuture, ReadFuture>(ask: A, read: R, ready: watch::Receiver<bool>) -> Self
    where
        A: Fn(Option<Partition>, Ask) -> AskFuture + Send + Sync + 'static,
        R: Fn(Read) -> ReadFuture + Send + Sync + 'static,
        AskFuture: Future<Output = Result<(Partition, Answer), Failure>> + Send + 'static,
        ReadFuture: Future<Output = Result<ReadAnswer, Failure>> + Send + 'static,
    {
        Self {
            ask: Arc::new(move |partition, request| Box::pin(ask(partition, request))),
            read: Arc::new(move |request| Box::pin(read(request))),
            ready,
        }
    }

    /// Both APIs as one service. Must be called inside the runtime: a task follows readiness for
    /// the gRPC health service.
    pub fn into_router(self) -> axum::Router {
        let rest = rest::router(self.clone());
        grpc::router(self).merge(rest).fallback(rest::fallback)
    }

    async fn ask(&self, ask: Ask) -> Result<(Partition, Answer), ApiError> {
        self.serving()?;
        let partition = match &ask {
            Ask::Command { instance, .. } | Ask::Ahead { instance, .. } => {
                Some(instance.partition())
            }
            Ask::CorrelateTo(asked) => Some(asked.instance.partition()),
            Ask::Deploy { .. } | Ask::Directory(_) => Some(Partition(0)),
            Ask::Start(_) | Ask::ActivateJobs { .. } | Ask::Install(_) | Ask::Mail(_) => None,
        };
        Ok((self.ask)(partition, ask).await?)
    }

    /// Asks, and leaves out of the standing what a caller who knows this version has seen.
    async fn ask_since(
        &self,
        ask: Ask,
        known: Option<u64>,
    ) -> Result<(Partition, Answer), ApiError> {
        let (partition, mut answer) =
            self.ask(ask).await.map_err(|refusal| refusal.since(known))?;
        if let AnswerBody::Reply(reply) = &mut answer.body {
            error::since(&mut reply.standing, known);
        }
        Ok((partition, answer))
    }

    async fn read(&self, query: Query, freshness: Freshness) -> Result<ReadAnswer, ApiError> {
        self.serving()?;
        Ok((self.read)(Read { query, freshness }).await?)
    }

    /// The cluster as this node sees it; answered while the node does not serve, too.
    async fn status(&self) -> Result<ClusterStatus, ApiError> {
        let read = Read { query: Query::Status, freshness: Freshness::default() };
        match (self.read)(read).await?.found {
            Found::Status(status) => Ok(status),
            _ => Err(convert::mismatch()),
        }
    }

    fn serving(&self) -> Result<(), ApiError> {
        if *self.ready.borrow() { Ok(()) } else { Err(ApiError::not_ready()) }
    }
}
