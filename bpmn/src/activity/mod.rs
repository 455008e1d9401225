//! Activities: what each kind of task, call and sub-process says beside what all activities have.
//!
//! Loops, mappings, listeners and the like are common to all and stand in `extras`.

pub(crate) mod user;
pub(crate) mod approval;
pub(crate) mod service;
mod way;
mod job;
pub(crate) mod script;
pub(crate) mod message;
pub(crate) mod rule;
pub(crate) mod call;
pub(crate) mod sub_process;

pub(crate) use job::handler_job;
