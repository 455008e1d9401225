//! The lists of a person: what waits, what was done, started and copied.

use proto::v1;
use proto::v1::list_service_client::ListServiceClient;
use tonic::transport::Channel;

use crate::client::{Client, tasks};
use crate::error::Error;
use crate::options::REPLY_BYTES_MAX;
use crate::reads::Page;
use crate::types::Operator;

/// Which tasks of an inbox to list, and in which order. What is none does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InboxSearch {
    /// Assigned, offered or both.
    pub filter: v1::InboxFilter,
    /// Only tasks of this definition.
    pub definition: Option<String>,
    /// Only tasks of this node.
    pub node: Option<String>,
    /// Only tasks of instances with this business key.
    pub business_key: Option<String>,
    /// Only tasks of instances that this person started.
    pub initiator: Option<String>,
    /// Only tasks that opened then or later, in milliseconds since 1970.
    pub opened_from_ms: Option<i64>,
    /// Only tasks that opened before, likewise.
    pub opened_to_ms: Option<i64>,
    /// Only tasks that are due before, likewise.
    pub due_before_ms: Option<i64>,
    /// What they are sorted by.
    pub sort: v1::InboxSort,
    /// The largest first; not for the order of creation.
    pub descending: bool,
}

impl Client {
    /// Lists the open tasks of a person that fit a search.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn search_inbox(
        &self,
        operator: &Operator,
        search: InboxSearch,
        page: Page,
    ) -> Result<v1::ListInboxReply, Error> {
        let request = v1::ListInboxRequest {
            user: operator.user.clone(),
            groups: operator.groups.clone(),
            filter: search.filter.into(),
            definition_key: search.definition,
            node: search.node,
            business_key: search.business_key,
            initiator: search.initiator,
            opened_from_ms: search.opened_from_ms,
            opened_to_ms: search.opened_to_ms,
            due_before_ms: search.due_before_ms,
            sort: search.sort.into(),
            descending: search.descending,
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { tasks(channel).list_inbox(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Counts what waits for a person, for badges.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn count_inbox(&self, operator: &Operator) -> Result<v1::CountInboxReply, Error> {
        let request = v1::CountInboxRequest {
            user: operator.user.clone(),
            groups: operator.groups.clone(),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { lists(channel).count_inbox(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists what a person decided or returned, newest first.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn done(&self, user: &str, page: Page) -> Result<v1::ListDoneReply, Error> {
        let request = self.of_person(user, page);
        let send = |channel, request| async { lists(channel).list_done(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists the instances that a person started, newest first.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn initiated(&self, user: &str, page: Page) -> Result<v1::ListInitiatedReply, Error> {
        let request = self.of_person(user, page);
        let send = |channel, request| async { lists(channel).list_initiated(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists the copies that a person got, newest first; those that were not read only, if `unread`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn copies(
        &self,
        user: &str,
        unread: bool,
        page: Page,
    ) -> Result<v1::ListCopiesReply, Error> {
        let request = v1::ListCopiesRequest {
            user: user.to_owned(),
            page_size: page.size,
            cursor: page.cursor,
            unread,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { lists(channel).list_copies(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists running instances whose start is not acknowledged.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn unacknowledged(&self, page: Page) -> Result<v1::ListUnacknowledgedReply, Error> {
        let request = v1::ListUnacknowledgedRequest {
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { lists(channel).list_unacknowledged(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    fn of_person(&self, user: &str, page: Page) -> v1::ListOfPersonRequest {
        v1::ListOfPersonRequest {
            user: user.to_owned(),
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        }
    }
}

fn lists(channel: Channel) -> ListServiceClient<Channel> {
    ListServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}
