//! Expressions: one evaluator with two front ends, FEEL of DMN 1.5 and the `${}` language of the
//! Java engines (UEL). An expression is parsed once at deploy and evaluated with limits on fuel, depth
//! and size. Evaluation is total: whatever the source and the data, it ends with a value or an
//! error, never with a panic or an overflowing stack. This crate must never read a clock, a file
//! or anything else of the world: the variables and the moment come in through [`Scope`].
//!
//! Where FEEL here differs from DMN 1.5: a division by zero and a number that is too large are
//! errors and not null; years go from -9999 to 9999; regular expressions are those of the `regex`
//! crate; functions cannot be `external`; names with signs such as `a-b` stand in backticks unless
//! the expression itself defines them or the caller says them ([`parse_with_names`]).
//!
//! ```
//! use std::collections::BTreeMap;
//! let limits = expr::Limits::default();
//! let program = expr::parse(expr::Language::Feel, "amount > 1000", &limits)?;
//! let scope = BTreeMap::from([("amount".to_string(), expr::Value::from(1500))]);
//! assert_eq!(expr::evaluate(&program, &scope, &limits)?, expr::Value::Bool(true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ast;
mod builtins;
mod decimal;
mod error;
mod eval;
mod feel_operators;
mod feel_temporal;
mod function;
mod limits;
mod meter;
mod parse;
mod program;
mod range;
mod scope;
mod temporal;
mod types;
mod uel_methods;
mod uel_operators;
mod value;
mod value_decode;
mod value_json;
mod value_text;

pub use decimal::{Decimal, DecimalError, Rounding};
pub use error::{EvalError, EvalErrorKind, ParseError, ParseErrorKind};
pub use eval::{evaluate, evaluate_unary_tests};
pub use function::Function;
pub use limits::Limits;
pub use program::{
    Language, Program, parse, parse_unary_tests, parse_unary_tests_with_names, parse_with_names,
};
pub use range::Range;
pub use scope::Scope;
pub use temporal::{Date, DateTime, DayTimeDuration, TemporalError, Time, YearMonthDuration};
pub use value::{VALUE_DEPTH_MAX, Value};
pub use value_json::ValueError;
