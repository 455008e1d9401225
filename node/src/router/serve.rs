//! Serves the calls of other nodes.

use actors::request::{Answer, Ask, Failure};
use bytes::Bytes;
use engine::Partition;

use super::Router;
use super::read::PartFound;
use crate::codec;
use crate::peer::{Call, Kind};
use crate::raft::{self, Founding, Voter};
use crate::request::Read;

impl Router {
    /// Serves one call; the error is a text for the other node.
    pub(crate) async fn serve(
        &self,
        founding: &Founding,
        voter: &Voter,
        call: Call,
    ) -> Result<Bytes, String> {
        match call.kind {
            Kind::State => return Ok(founding.state().await),
            Kind::Found => return founding.agree().await,
            _ => {}
        }
        let group = self.groups.get(usize::from(call.partition));
        let group = group.ok_or_else(|| no_partition(Partition(call.partition)))?;
        match call.kind {
            Kind::Ask => {
                let ask: Ask = codec::decode(&call.payload)?;
                let answer: Result<Answer, Failure> = self.ask_here(group, ask).await;
                Ok(codec::encode(&answer))
            }
            Kind::Read => {
                let read: Read = codec::decode(&call.payload)?;
                let answer: Result<PartFound, Failure> = self.read_here(group, &read).await;
                Ok(codec::encode(&answer))
            }
            Kind::AwaitJob => self.serve_await_job(group, &call.payload, call.timeout).await,
            _ => raft::serve(group, voter, &call).await,
        }
    }
}

fn no_partition(partition: Partition) -> String {
    format!("PEER_PROTOCOL: there is no partition {partition}")
}
