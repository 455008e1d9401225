//! Going back, taking back and stopping: moves against or beside the flow.
//!
//! Each is planned on the structured state (region visits, branches, active paths) and carried out
//! as ordinary moves of one step, so a plan and its execution are the same code.

mod conclude;
mod cross;
mod cut;
mod into;
mod people;
mod place;
mod relocate;
mod reroute;
mod retract;
mod return_task;
mod returnable;
mod rework;
mod signer;
mod straight_back;
mod suspend;
mod target;
mod undo;
mod untouched;

pub(crate) use conclude::{
    conclude, finish_with, revoke, tell_caller, terminate, void_instance, withdraw,
};
pub(crate) use cross::{caller_path, child_returned, end as end_undone, undone_by_caller};
pub(crate) use cut::{all_undone, visits_from};
pub(crate) use relocate::{correct, reopen};
pub(crate) use reroute::reroute;
pub(crate) use retract::retract;
pub(crate) use return_task::{reject, return_task};
pub use returnable::{ReturnTarget, Returnable, returnable};
pub(crate) use rework::forget;
pub(crate) use straight_back::{passed_over, resume as resume_straight_back};
pub(crate) use suspend::{resume, suspend};
pub(crate) use undo::Held;
