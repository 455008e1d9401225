//! BPMN 2.0 models: XML import, validation with stable rule ids, compilation to a [`Definition`].
//!
//! Pure: no I/O, no clock, no randomness. [`import`] takes the bytes of a file and gives every
//! executable process of it, or every problem it has, each with its place and a way to mend it.
//! The rules are listed in [`RULES`].
//!
//! BPMN itself and the namespaces of Activiti, Flowable, Camunda 7 and Camunda 8 are read as their
//! modelers write them. Ours, `https://quorate.dev/bpmn`, has the attributes of the Java engines
//! under the same names, where `=` starts FEEL, and these of its own:
//!
//! | on | attribute |
//! |---|---|
//! | a task, throwing event or its definition | `jobType`, `attempts`, `expression` |
//! | `endEvent` | `outcome`, `outcomeClass` |
//! | `message`, its event, definition or task | `correlationKey`, `timeToLive` |
//! | `businessRuleTask` | `decision` |
//! | `adHocSubProcess` | `activeElements` |
//! | `callActivity` | `propagateAllParentVariables`, `propagateAllChildVariables` |
//! | `multiInstanceLoopCharacteristics` | `outputCollection`, `outputElement` |
//! | `dataObject` | `default` |
//!
//! The elements of approvals, `approval`, `return`, `deadline`, `copy` and `policies`, are read into
//! [`Approval`] and [`Policies`]; `docs/approval-rules.md` is their reference.

mod import;
mod scan;
mod xml;
mod roots;
mod read;
mod activity;
mod event;
mod gateway;
mod extras;
mod data;
mod lane;
mod condition;
mod timer;
mod cron;
mod text;
mod uel;
mod extension;
mod check;
mod graph;
mod merge;
mod definition;
mod problem;
mod rules;

pub use cron::{Cron, DayOfMonth, DayOfWeek, Values};
pub use definition::*;
pub use import::{Import, Limits, import};
pub use problem::{Problem, Severity};
pub use rules::{RULES, RuleId};
