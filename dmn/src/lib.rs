//! DMN models: XML import, validation with stable rule ids, and evaluation of decisions with the
//! FEEL of `expr`.
//!
//! Pure: no I/O, no clock, no randomness. [`import`] takes the bytes of a file and gives its
//! [`Model`], or every problem it has, each with its place and a way to mend it; the rules are
//! listed in [`RULES`]. [`Model::decide`] evaluates a decision and those it requires. Evaluation is
//! total and has one fuel for everything together.
//!
//! ```
//! let file = br#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">
//!   <decision id="approver">
//!     <decisionTable hitPolicy="FIRST">
//!       <input><inputExpression><text>amount</text></inputExpression></input>
//!       <output/>
//!       <rule><inputEntry><text>&lt; 1000</text></inputEntry>
//!         <outputEntry><text>"lead"</text></outputEntry></rule>
//!       <rule><inputEntry><text>-</text></inputEntry>
//!         <outputEntry><text>"director"</text></outputEntry></rule>
//!     </decisionTable>
//!   </decision>
//! </definitions>"#;
//! let import = dmn::import(file, &dmn::Limits::default()).expect("the file is valid");
//! let scope = std::collections::BTreeMap::from([("amount".to_string(), expr::Value::from(1500))]);
//! let outcome = import.model.decide("approver", &scope, &expr::Limits::default())?;
//! assert_eq!(outcome.value, expr::Value::from("director"));
//! assert_eq!(outcome.matched[0].rules, [2]);
//! # Ok::<(), dmn::DecisionError>(())
//! ```

mod import;
mod scan;
mod xml;
mod read;
mod boxed;
mod table;
mod read_text;
mod calls;
mod text;
mod cell;
mod convert;
mod types;
mod graph;
mod model;
mod evaluate;
mod evaluate_table;
mod evaluate_boxed;
mod frame;
mod meter;
mod outcome;
mod error;
mod problem;
mod rules;

pub use error::{DecisionError, DecisionErrorCode};
pub use import::{Import, Limits, import};
pub use model::{Decision, DecisionIndex, Model};
pub use outcome::{MatchedRules, Outcome, ResultMapping, map_result};
pub use problem::{Position, Problem, Severity};
pub use rules::{RULES, RuleId};
