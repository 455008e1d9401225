//! The process rules: what a command does to an instance.
//!
//! [`step`] decides and returns facts, [`Instance::apply`] makes facts true. Both are pure: no
//! I/O, no clock, no randomness, no hash order; time and ids are inputs. Modules stand in reading
//! order.

mod key;
mod command;
mod event;
mod instance;
pub mod mailbox;
mod merge;
mod record;
mod rejection;
mod directory;
mod library;
mod limits;
mod model;
mod step;
mod ctx;
mod operation;
mod approval;
mod form;
mod back;
mod element;
mod route;
mod divergence;
mod region;
mod catch;
mod throw;
mod condition;
mod data_object;
mod join;
mod settle;
mod people;
mod deadline;
mod reach;
mod evaluate;
mod timer;
mod cron;
mod lines;
mod check;
mod standing;
mod ahead;
mod graph;

/// The decision that counts as a negative vote. Every other one, and none, counts as approval.
pub const REJECT: &str = "reject";
/// The group whose members may administer every instance.
pub const ADMIN_GROUP: &str = "admin";
/// The decision that a vote of several people comes to when it passes.
pub const APPROVE: &str = "approve";

pub use ahead::{Tried, Way, WayKind, WayStep, WayStop, ahead};
pub use back::{ReturnTarget, Returnable, returnable};
pub use check::check;
pub use command::{
    Command, DefinitionRef, InstanceAction, Operator, Position, Resubmission, TaskRef, Variables,
    WorkAction,
};
pub use ctx::Warning;
pub use directory::{
    ABSENCES_MAX, Absence, CALENDAR_DATES_MAX, Calendar, DEPARTMENTS_MAX, DIRECTORY_TEXT_BYTES_MAX,
    Department, Directory, DirectoryChange, DirectoryEdit, PEOPLE_MAX, Person, WEEKDAYS,
    problems_of_absences, problems_of_calendar, problems_of_department, problems_of_person,
    weekday,
};
pub use divergence::divergences;
pub use event::{
    Assigned, AssignedHow, Attachment, Automatic, BackKind, BackTo, CallerPath, Cause, ChildNews,
    ClosedHow, Conclusion, Divergence, Done, Draft, Event, IncidentCode, InsertedStep, ItemChange,
    ItemUnit, LoopPlan, MatchedRules, NewCopy, NewItem, Outcome, OutcomeClass, Parcel, Parent,
    Purpose, Readmission, SiblingPolicy, Signature, SignatureKind, StraightBack, Suspension,
    TaskData, TaskOrigin, Undone, VotePart, Wait, WentBack,
};
pub use form::{Form, fields_of, form_of, visible};
pub use graph::{Graph, GraphLine, GraphNode, NodeState, graph};
pub use instance::{
    Acknowledge, Activity, ActivityState, Added, Branch, Call, Compensable, Copy, Decision, Duty,
    Holder, Incident, Instance, ItemState, Job, Lease, Loop, Place, Region, Stage, Status,
    Subscription, Task, TimerState, Transition, Visit, WorkItem,
};
pub use key::{Key, LocalId, Millis, Partition};
pub use library::{Decision as DeployedDecision, Library, NoLibrary, Pick};
pub use limits::Limits;
pub use lines::{Line, lines};
pub use model::{Model, ModelProblem};
pub use record::{Applied, Batch, DefinitionRow, Deploy, Digest, Record, Request};
pub use rejection::Rejection;
pub use standing::{
    CURRENT_MAX, Closed, ClosedKind, Current, Ending, LastTransition, Plan, PlanVisit, Reply,
    Standing, Trouble, WaitsFor, WorkFacts,
};
pub use step::{Effect, Step, step};
