//! What the APIs ask of the router besides commands: reads, and what they find.
//!
//! Plain serializable data, because a read is forwarded to a node that can serve it. Commands are
//! `actors::Ask` and `actors::Answer`. Nothing here knows gRPC, REST or the store.
//!
//! Queries of one instance go to the partition of its key; those of definitions and of the directory
//! to any partition (the router takes partition 0), for every partition has them; lists of people and
//! of instances go to every partition and their pages are merged.

mod form;
mod lists;
mod route;

use engine::{
    Calendar, DefinitionRef, Department, Ending, Key, Millis, Partition, Person, Standing,
    Variables,
};
use expr::Value;
use serde::{Deserialize, Serialize};

pub use self::form::TaskDetail;
pub use self::lists::*;
pub use self::route::{DivergenceView, ReturnableView, RouteCheckView, TargetView};
use crate::trace::TraceEntry;

/// A read: what to find, and how fresh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Read {
    /// What to find.
    pub query: Query,
    /// How fresh the state must be.
    pub freshness: Freshness,
}

/// How fresh the state that a read sees must be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Freshness {
    /// Linearizable or stale.
    pub consistency: Consistency,
    /// Positions that the read must see, for the partitions it touches; others are ignored.
    pub at_least: Vec<(Partition, u64)>,
}

/// Consistency of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Consistency {
    /// Sees everything that was acknowledged before the read began.
    #[default]
    Linearizable,
    /// What the node that is asked has applied.
    Stale,
}

/// What a read is to find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// An instance; else `INSTANCE_NOT_FOUND`.
    Instance {
        /// Its key.
        instance: Key,
        /// Whether its process variables are wanted.
        with_variables: bool,
    },
    /// An open task; else `TASK_NOT_FOUND`.
    Task {
        /// Its key.
        task: Key,
    },
    /// History of an instance; else `INSTANCE_NOT_FOUND`.
    Trace {
        /// The instance.
        instance: Key,
        /// Only facts with a greater sequence number.
        after: u64,
        /// Most entries to give.
        entries_max: u32,
    },
    /// Outgoing lines of a node; else `NODE_NOT_FOUND`.
    NodeLines {
        /// Whose.
        of: LinesOf,
        /// Node id.
        node: String,
        /// For a definition: what to evaluate against, nothing is evaluated without it.
        /// For an instance: laid over its own variables, against which lines are evaluated anyway.
        variables: Option<Variables>,
    },
    /// A version of a definition; else `DEFINITION_NOT_FOUND`.
    Definition {
        /// Which one.
        which: DefinitionName,
        /// Whether the file is wanted.
        with_file: bool,
    },
    /// Definitions: the newest version of every key by key, or all versions of one, newest first.
    Definitions {
        /// All versions of this key; the newest of every key if none.
        key: Option<String>,
        /// The last definition of the page before.
        after: Option<(String, u32)>,
        /// Most definitions to give.
        definitions_max: u32,
    },
    /// A version of a decision; else `DECISION_NOT_FOUND`.
    Decision {
        /// Its id.
        id: String,
        /// Version; the newest if none.
        version: Option<u32>,
    },
    /// Decisions: the newest version of every one, or all versions of one, newest first.
    Decisions {
        /// All versions of this one; the newest of each if none.
        id: Option<String>,
        /// The last decision of the page before.
        after: Option<(String, u32)>,
        /// Most decisions to give.
        decisions_max: u32,
    },
    /// What a decision gives; else `DECISION_NOT_FOUND` or `DECISION_FAILED`.
    Evaluate {
        /// Its id.
        id: String,
        /// Version; the newest if none.
        version: Option<u32>,
        /// What it reads.
        variables: Variables,
    },
    /// What a signature under the decision of an open task is bound to; else `TASK_NOT_FOUND`.
    Form {
        /// Its key.
        task: Key,
        /// Who signs.
        user: String,
        /// The decision.
        decision: Option<String>,
        /// Variables that are set with it.
        variables: Variables,
    },
    /// What the nodes and lines of an instance have come to; else `INSTANCE_NOT_FOUND`.
    Graph {
        /// The instance.
        instance: Key,
    },
    /// Nodes that an open work item may be returned to; else `TASK_NOT_FOUND`.
    Returnable {
        /// Its key.
        item: Key,
    },
    /// Decisions of an instance that would be other ones by now; else `INSTANCE_NOT_FOUND`.
    RouteCheck {
        /// The instance.
        instance: Key,
        /// Laid over its own variables.
        variables: Variables,
    },
    /// Open tasks of a person.
    Inbox(InboxQuery),
    /// How much waits for a person.
    Counts(CountsQuery),
    /// What a person decided or returned, newest first.
    Done(PersonQuery),
    /// Instances that a person started, newest first.
    Initiated(PersonQuery),
    /// Copies that a person got, newest first; those that were not read only, if the flag is set.
    Copies(PersonQuery, bool),
    /// Running instances whose start is not acknowledged, oldest first.
    Unacknowledged(Page),
    /// What changed in a partition, in the order of its log.
    Feed(FeedQuery),
    /// Instances.
    Instances(InstancesQuery),
    /// Nodes and partitions, as the node that is asked sees them.
    Status,
    /// People and departments.
    Directory(DirectoryQuery),
}

/// What of the directory is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectoryQuery {
    /// A person; else `PERSON_NOT_FOUND`.
    Person(String),
    /// A department; else `DEPARTMENT_NOT_FOUND`.
    Department(String),
    /// Departments by id, then people by id.
    List {
        /// The last entry of the page before.
        after: Option<EntryName>,
        /// Most entries to give.
        entries_max: u32,
    },
}

/// Names an entry of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryName {
    /// A department, by its id.
    Department(String),
    /// A person, by the id.
    Person(String),
}

/// Whose lines are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinesOf {
    /// Those of a version of a definition; the newest if no version is given.
    Definition {
        /// Definition key.
        key: String,
        /// Version.
        version: Option<u32>,
    },
    /// Those of the version an instance is pinned to.
    Instance(Key),
}

/// Names a version of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DefinitionName {
    /// The newest version of a key, or a given one.
    Key {
        /// Definition key.
        key: String,
        /// Version.
        version: Option<u32>,
    },
    /// The version an instance is pinned to; `INSTANCE_NOT_FOUND` if there is no such instance.
    OfInstance(Key),
}

/// Which instances are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstancesQuery {
    /// Only of this definition key.
    pub definition: Option<String>,
    /// Only the one with this business key; comes with a definition key only, so the router may
    /// ask the one partition that holds it.
    pub business_key: Option<String>,
    /// Only running or only finished ones.
    pub running: Option<bool>,
    /// Which part of the list.
    pub page: Page,
}

/// Part of a list that is spread over partitions. Each partition lists in order of its keys,
/// which is the order of creation of the instances; the pages of the partitions are merged by
/// creation time, always taking the oldest head.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Most items to give, at least 1.
    pub items_max: u32,
    /// Keys to go on after, at most one per partition; a key says itself which partition it is of.
    pub after: Vec<Key>,
}

impl Page {
    /// The key that a partition goes on after.
    #[must_use]
    pub fn after(&self, partition: Partition) -> Option<Key> {
        self.after.iter().copied().find(|key| key.partition() == partition)
    }
}

/// What a read found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadAnswer {
    /// Where it is true: one position per partition that was read; none for a status.
    pub positions: Vec<(Partition, u64)>,
    /// What was found.
    pub found: Found,
}

/// The kinds of findings, one for each [`Query`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Found {
    /// An instance.
    Instance(Box<InstanceView>),
    /// An open task with its form.
    Task(Box<TaskDetail>),
    /// What a signature is bound to.
    Form(engine::Form),
    /// Entries of a trace, oldest first, and whether there are more.
    Trace(Vec<TraceEntry>, bool),
    /// Lines.
    NodeLines(NodeLines),
    /// A definition, and its file if it was wanted.
    Definition(DefinitionView, Option<Vec<u8>>),
    /// Definitions or decisions, and whether there are more.
    Definitions(Vec<DefinitionView>, bool),
    /// What a decision gave.
    Evaluated(Evaluated),
    /// An instance on its diagram.
    Graph(engine::Graph),
    /// Where a work item may be returned to.
    Returnable(ReturnableView),
    /// Decisions that would be other ones.
    RouteCheck(RouteCheckView),
    /// Tasks in the order of creation.
    Inbox(Paged<TaskView>),
    /// Tasks in another order.
    Sorted(Ranked<TaskView>),
    /// How much waits for a person.
    Counts(CountsView),
    /// What a person did.
    Done(Ranked<DoneView>),
    /// Instances that a person started.
    Initiated(Ranked<InstanceSummary>),
    /// Copies.
    Copies(Ranked<CopyView>),
    /// What changed.
    Feed(FeedView),
    /// Instances.
    Instances(Paged<InstanceSummary>),
    /// The cluster.
    Status(ClusterStatus),
    /// Entries of the directory.
    Directory(Box<DirectoryView>),
}

/// Entries of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DirectoryView {
    /// Revision of the directory.
    pub revision: u64,
    /// Departments by id.
    pub departments: Vec<(String, Department)>,
    /// People by id.
    pub people: Vec<(String, Person)>,
    /// The working days; on lists only.
    pub calendar: Option<Calendar>,
    /// Whether there are more.
    pub more: bool,
}

impl DirectoryView {
    /// The last entry, where the next page goes on.
    #[must_use]
    pub fn last(&self) -> Option<EntryName> {
        let person = self.people.last().map(|(id, _)| EntryName::Person(id.clone()));
        let department =
            || self.departments.last().map(|(id, _)| EntryName::Department(id.clone()));
        person.or_else(department)
    }
}

/// A part of a list that is spread over partitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paged<T> {
    /// The items.
    pub items: Vec<T>,
    /// If there are more: the `after` of the next page. For the part of one partition, the last
    /// key that was looked at, which need not be that of an item.
    pub next: Option<Vec<Key>>,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceView {
    /// Where it stands.
    pub standing: Standing,
    /// Process variables, if they were wanted.
    pub variables: Option<Variables>,
}

/// An instance in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSummary {
    /// Its key.
    pub key: Key,
    /// Pinned definition.
    pub definition: DefinitionRef,
    /// Business key.
    pub business_key: Option<String>,
    /// Who started it.
    pub initiator: Option<String>,
    /// When it started: the creation time that pages are merged by.
    pub started_at: Millis,
    /// Version.
    pub revision: u64,
    /// Starts from the initiator.
    pub generation: u32,
    /// Ids of the nodes where tokens stand, each once.
    pub nodes: Vec<String>,
    /// How it finished; none while it runs.
    pub outcome: Option<Ending>,
    /// Number of open incidents.
    pub incident_count: u32,
    /// The instance that called it, if one did.
    pub parent: Option<Key>,
}

/// Outgoing lines of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeLines {
    /// The definition they are of.
    pub definition: DefinitionRef,
    /// Node id.
    pub node: String,
    /// Node name.
    pub name: Option<String>,
    /// The lines, in document order.
    pub lines: Vec<LineView>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Source of the condition; none for a line that is always open.
    pub condition: Option<String>,
    /// Id of the node it leads to.
    pub target: String,
    /// Name of that node.
    pub target_name: Option<String>,
    /// Taken when no condition is true.
    pub is_default: bool,
    /// Whether it would be taken; none if nothing was evaluated or evaluation failed.
    pub taken: Option<bool>,
    /// Why evaluation failed.
    pub problem: Option<String>,
}

/// What a decision gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// Version that was evaluated.
    pub version: u32,
    /// The result.
    pub result: Value,
    /// Decisions and the numbers of their rules that matched, in order of evaluation.
    pub matched: Vec<(String, Vec<u32>)>,
}

/// A version of a definition or of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionView {
    /// Definition key, or id of the decision.
    pub key: String,
    /// Version, from 1.
    pub version: u32,
    /// Name.
    pub name: Option<String>,
    /// File it came in.
    pub resource: String,
    /// When it was deployed.
    pub deployed_at: Millis,
}

/// The cluster, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterStatus {
    /// The node that answers.
    pub node: u64,
    /// Version of its program.
    pub version: String,
    /// Nodes, by id.
    pub nodes: Vec<NodeStatus>,
    /// Partitions, by number.
    pub partitions: Vec<PartitionStatus>,
}

/// A node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its id.
    pub node: u64,
    /// `host:port` of its peer port.
    pub peer_addr: String,
    /// Whether it answers; none if that is not known.
    pub reachable: Option<bool>,
}

/// A partition, as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionStatus {
    /// Its number.
    pub partition: Partition,
    /// The node that leads it.
    pub leader: Option<u64>,
    /// Term.
    pub term: u64,
    /// Last index in the log.
    pub last_index: u64,
    /// Last index that is applied.
    pub applied_index: u64,
    /// Replicas, by node.
    pub replicas: Vec<ReplicaStatus>,
}

/// A replica of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaStatus {
    /// The node that holds it.
    pub node: u64,
    /// True if it votes.
    pub voter: bool,
    /// Last index it is known to hold; only the leader knows.
    pub matched_index: Option<u64>,
    /// Entries it is behind the leader; only the leader knows.
    pub lag_entries: Option<u64>,
}
