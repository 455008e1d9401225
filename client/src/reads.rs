//! The calls that only read. They are linearizable unless the client is [`Client::stale`].

use proto::v1;
use proto::v1::cluster_service_client::ClusterServiceClient;

use crate::client::{Client, definitions, instances, tasks};
use crate::error::Error;
use crate::lists::InboxSearch;
use crate::types::{Instance, Operator, TaskDetail};
use crate::variables::{Variables, received, to_json};

/// Which part of a list to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Most entries, 1 to 1000; 0 stands for 100.
    pub size: u32,
    /// Goes on behind the page that gave this cursor.
    pub cursor: Option<String>,
}

/// Which instances to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceFilter {
    /// Only those of this definition.
    pub definition: Option<String>,
    /// Only the one with this business key; needs a definition.
    pub business_key: Option<String>,
    /// Running, finished or any.
    pub status: v1::InstanceStatus,
}

impl Client {
    /// Lists definitions, each with its newest version; or every version of one.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn list_definitions(
        &self,
        definition: Option<String>,
        page: Page,
    ) -> Result<v1::ListDefinitionsReply, Error> {
        let request = v1::ListDefinitionsRequest {
            definition_key: definition,
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send =
            |channel, request| async { definitions(channel).list_definitions(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets a definition with its file; the newest version if none is given.
    ///
    /// # Errors
    /// `DEFINITION_NOT_FOUND`.
    pub async fn get_definition(
        &self,
        key: &str,
        version: Option<u32>,
    ) -> Result<v1::GetDefinitionReply, Error> {
        self.read_definition(
            v1::get_definition_request::Which::DefinitionKey(key.to_owned()),
            version,
        )
        .await
    }

    /// Gets the version of the definition that an instance is pinned to.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn definition_of_instance(
        &self,
        instance_key: i64,
    ) -> Result<v1::GetDefinitionReply, Error> {
        self.read_definition(v1::get_definition_request::Which::InstanceKey(instance_key), None)
            .await
    }

    async fn read_definition(
        &self,
        which: v1::get_definition_request::Which,
        version: Option<u32>,
    ) -> Result<v1::GetDefinitionReply, Error> {
        let request = v1::GetDefinitionRequest {
            which: Some(which),
            version,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { definitions(channel).get_definition(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets the outgoing lines of a node of a definition, and with `variables` which would be
    /// taken.
    ///
    /// # Errors
    /// `DEFINITION_NOT_FOUND`, `NODE_MISMATCH`.
    pub async fn definition_lines(
        &self,
        definition: &str,
        version: Option<u32>,
        node: &str,
        variables: Option<&Variables>,
    ) -> Result<v1::NodeLinesReply, Error> {
        let request = v1::GetDefinitionNodeLinesRequest {
            definition_key: definition.to_owned(),
            version,
            node: node.to_owned(),
            variables_json: variables.map(to_json),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { definitions(channel).get_node_lines(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets an instance with its variables.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn get_instance(&self, instance_key: i64) -> Result<Instance, Error> {
        let request = v1::GetInstanceRequest {
            instance_key,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { instances(channel).get_instance(request).await };
        let reply: v1::GetInstanceReply = self.nodes.call(request, self.patience(), send).await?;
        Ok(Instance {
            standing: reply.standing.unwrap_or_default(),
            variables: received(&reply.variables_json)?,
            position: reply.position,
        })
    }

    /// Gets the set of nodes where an instance is.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn current_nodes(
        &self,
        instance_key: i64,
    ) -> Result<v1::GetCurrentNodesReply, Error> {
        let request = v1::GetCurrentNodesRequest {
            instance_key,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { instances(channel).get_current_nodes(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets the outgoing lines of a node of an instance, with those that its variables would
    /// take; `variables` are laid over them for the question.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`, `NODE_MISMATCH`.
    pub async fn instance_lines(
        &self,
        instance_key: i64,
        node: &str,
        variables: Option<&Variables>,
    ) -> Result<v1::NodeLinesReply, Error> {
        let request = v1::GetInstanceNodeLinesRequest {
            instance_key,
            node: node.to_owned(),
            variables_json: variables.map(to_json),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { instances(channel).get_node_lines(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets what happened to an instance behind `after_sequence`, oldest first; at most
    /// `page_size` facts, 1 to 1000, 0 stands for 100.
    ///
    /// # Errors
    /// `INSTANCE_NOT_FOUND`.
    pub async fn trace(
        &self,
        instance_key: i64,
        after_sequence: u64,
        page_size: u32,
    ) -> Result<v1::GetTraceReply, Error> {
        let request = v1::GetTraceRequest {
            instance_key,
            after_sequence,
            page_size,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { instances(channel).get_trace(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists instances, roughly in the order they were started.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn list_instances(
        &self,
        filter: InstanceFilter,
        page: Page,
    ) -> Result<v1::ListInstancesReply, Error> {
        let request = v1::ListInstancesRequest {
            definition_key: filter.definition,
            business_key: filter.business_key,
            status: filter.status.into(),
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { instances(channel).list_instances(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Lists the open tasks of a person: assigned, or offered to the user or one of the groups.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn inbox(
        &self,
        operator: &Operator,
        filter: v1::InboxFilter,
        page: Page,
    ) -> Result<v1::ListInboxReply, Error> {
        let search = InboxSearch { filter, ..InboxSearch::default() };
        self.search_inbox(operator, search, page).await
    }

    /// Gets an open task with the variables it sees.
    ///
    /// # Errors
    /// `TASK_NOT_FOUND` if it is not open.
    pub async fn get_task(&self, task_key: i64) -> Result<TaskDetail, Error> {
        let request = v1::GetTaskRequest {
            task_key,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { tasks(channel).get_task(request).await };
        let reply: v1::GetTaskReply = self.nodes.call(request, self.patience(), send).await?;
        Ok(TaskDetail {
            other_fields: reply.other_fields(),
            fields: reply.fields,
            task: reply.task.unwrap_or_default(),
            variables: received(&reply.variables_json)?,
            position: reply.position,
        })
    }

    /// Gets what a signature of `user` under a decision is bound to, if these variables are set with
    /// it. Nothing is changed.
    ///
    /// # Errors
    /// `TASK_NOT_FOUND` if the task is not open.
    pub async fn get_form(
        &self,
        task_key: i64,
        user: &str,
        decision: Option<String>,
        variables: &Variables,
    ) -> Result<v1::GetFormReply, Error> {
        let request = v1::GetFormRequest {
            task_key,
            user: user.to_owned(),
            decision,
            variables_json: to_json(variables),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { tasks(channel).get_form(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets nodes, partitions, leaders and lag, as the node that answers sees them.
    ///
    /// # Errors
    /// No answer.
    pub async fn cluster_status(&self) -> Result<v1::GetStatusReply, Error> {
        let send = |channel, request| async {
            ClusterServiceClient::new(channel).get_status(request).await
        };
        self.nodes.call(v1::GetStatusRequest {}, self.patience(), send).await
    }
}
