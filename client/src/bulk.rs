//! The calls that do many things at once, each with its own result.

use proto::v1;
use proto::v1::bulk_service_client::BulkServiceClient;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::client::{Client, wire_operator};
use crate::endpoints::Patience;
use crate::error::Error;
use crate::options::REPLY_BYTES_MAX;
use crate::types::Operator;

/// Whose work to give to whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handover {
    /// Who has the work.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// Why.
    pub reason: Option<String>,
    /// Only instances of this definition.
    pub definition: Option<String>,
    /// Also what the person would get from now on, by an absence without end in the directory.
    pub future: bool,
    /// Most work items to look at for one reply, 1 to 1000; 0 stands for 100.
    pub page_size: u32,
}

impl Client {
    /// Gives a part of a person's open work to another. Call it again with `next_cursor` of the
    /// reply, under the same id, until it says that it is finished.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer; what becomes of an instance stands in the reply.
    pub async fn handover(
        &self,
        id: Uuid,
        operator: &Operator,
        handover: &Handover,
        cursor: Option<String>,
    ) -> Result<v1::HandoverReply, Error> {
        let request = v1::HandoverRequest {
            request_id: id.to_string(),
            operator: Some(wire_operator(operator)),
            from: handover.from.clone(),
            to: handover.to.clone(),
            future: handover.future,
            reason: handover.reason.clone(),
            definition_key: handover.definition.clone(),
            page_size: handover.page_size,
            cursor,
        };
        let send = |channel, request| async { bulk(channel).handover(request).await };
        let sent = self.nodes.call(request, self.patience_of_many(), send).await;
        sent.map_err(|error| error.under(id))
    }

    /// Completes up to 100 tasks, each by itself; results in the order of the items. An item
    /// without a request id gets one, so that a repeated call completes nothing twice.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer; what becomes of a task stands in the reply.
    pub async fn batch_complete(
        &self,
        operator: &Operator,
        mut items: Vec<v1::BatchItem>,
    ) -> Result<Vec<v1::BatchResult>, Error> {
        for item in &mut items {
            item.request_id.get_or_insert_with(|| Uuid::now_v7().to_string());
        }
        let request = v1::BatchCompleteRequest { operator: Some(wire_operator(operator)), items };
        let send = |channel, request| async { bulk(channel).batch_complete(request).await };
        let reply: v1::BatchCompleteReply =
            self.nodes.call(request, self.patience_of_many(), send).await?;
        Ok(reply.items)
    }

    /// Many items take longer than one.
    fn patience_of_many(&self) -> Patience {
        let patience = self.patience();
        Patience { attempt: patience.attempt.max(patience.total / 2), ..patience }
    }
}

fn bulk(channel: Channel) -> BulkServiceClient<Channel> {
    BulkServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}
