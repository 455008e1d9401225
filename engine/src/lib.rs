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
mod record;
mod rejection;
mod library;
mod limits;
mod model;
mod step;
mod ctx;
mod operation;
mod element;
mod route;
mod region;
mod catch;
mod throw;
mod condition;
mod data_object;
mod join;
mod settle;
mod reach;
mod evaluate;
mod timer;
mod cron;
mod lines;
mod check;
mod standing;

pub use check::check;
pub use command::{Command, DefinitionRef, Operator, TaskRef, Variables};
pub use event::{
    ChildNews, Event, IncidentCode, LoopPlan, MatchedRules, Outcome, OutcomeClass, Parcel, Parent,
    TaskData, Wait,
};
pub use instance::{
    Activity, ActivityState, Branch, Call, Compensable, Decision, Holder, Incident, Instance, Job,
    Lease, Loop, Place, Region, Stage, Status, Subscription, TimerState, Transition, Visit,
};
pub use key::{Key, LocalId, Millis, Partition};
pub use library::{Decision as DeployedDecision, Library, NoLibrary, Pick};
pub use limits::Limits;
pub use lines::{Line, lines};
pub use model::{Model, ModelProblem};
pub use record::{Applied, Batch, DefinitionRow, Deploy, Digest, Record, Request};
pub use rejection::Rejection;
pub use standing::{
    CURRENT_MAX, Current, Ending, LastTransition, Reply, Standing, Trouble, WaitsFor,
};
pub use step::{Effect, Step, step};
