//! The compiled form of one DMN file: dense, immutable, in document order.
//!
//! Everything is reachable by index, and a model that exists is valid: every index is in range,
//! and neither decisions nor functions require themselves. Nothing here knows XML.

use std::collections::BTreeSet;
use std::sync::Arc;

use expr::Program;

use crate::cell::Cell;
use crate::convert::Conversion;

/// Index of a decision in [`Model::decisions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DecisionIndex(pub u32);

/// Index of a function of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FunctionIndex(pub(crate) u32);

/// Index of an expression of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExpressionIndex(pub(crate) u32);

/// The decisions of one file, checked and compiled. It can be shared between threads.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name for display.
    pub name: Option<String>,
    pub(crate) decisions: Vec<Decision>,
    /// Every decision, each behind those that it requires.
    pub(crate) order: Vec<DecisionIndex>,
    pub(crate) functions: Vec<Function>,
    pub(crate) expressions: Vec<Expression>,
}

/// One decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Id from the file, unique in it.
    pub id: Arc<str>,
    /// Name for display.
    pub name: Option<Arc<str>>,
    /// The variable that has the result: what a caller stores it in, unless told otherwise.
    pub variable: Arc<str>,
    /// The decisions that it requires directly, in document order.
    pub required: Vec<DecisionIndex>,
    /// Names of the input data that it requires.
    pub(crate) inputs: BTreeSet<Arc<str>>,
    pub(crate) logic: ExpressionIndex,
}

/// A function: a business knowledge model, or a boxed function of a context.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: Arc<str>,
    pub(crate) parameters: Vec<Arc<str>>,
    pub(crate) body: ExpressionIndex,
    /// True for a business knowledge model, which sees its parameters and nothing else.
    pub(crate) is_knowledge: bool,
}

/// The logic of a decision or function, or a part of it.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// A FEEL text.
    Literal(Program),
    Table(Box<Table>),
    Context {
        entries: Vec<Entry>,
        /// The value of the whole, where that is not the entries.
        result: Option<ExpressionIndex>,
    },
    Invocation {
        function: FunctionIndex,
        /// Positions of parameters with what they are given; the others are null.
        arguments: Vec<(usize, ExpressionIndex)>,
    },
    List(Vec<ExpressionIndex>),
    Relation {
        columns: Vec<Arc<str>>,
        rows: Vec<Vec<ExpressionIndex>>,
    },
    Conditional {
        condition: ExpressionIndex,
        then: ExpressionIndex,
        otherwise: ExpressionIndex,
    },
    For {
        variable: Arc<str>,
        domain: ExpressionIndex,
        body: ExpressionIndex,
    },
    Quantified {
        every: bool,
        variable: Arc<str>,
        domain: ExpressionIndex,
        body: ExpressionIndex,
    },
    Filter {
        base: ExpressionIndex,
        condition: ExpressionIndex,
    },
}

/// An entry of a boxed context, visible to the entries behind it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) content: Content,
}

/// What an entry of a boxed context is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Value(ExpressionIndex),
    /// A function can be invoked, but it is no part of the context's value.
    Function(FunctionIndex),
}

/// A decision table with its rules as rows.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Id from the file; may be empty.
    pub(crate) id: Arc<str>,
    pub(crate) hit_policy: HitPolicy,
    pub(crate) inputs: Vec<Input>,
    /// At least one.
    pub(crate) outputs: Vec<Output>,
    pub(crate) rules: Vec<Rule>,
    /// Makes one value of `outputs`, where the hit policy aggregates.
    pub(crate) aggregate: Option<Program>,
}

/// What becomes of the rules that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HitPolicy {
    Unique,
    Any,
    Priority,
    First,
    RuleOrder,
    OutputOrder,
    Collect(Option<Aggregation>),
}

impl HitPolicy {
    /// True if the value is a list with one item per matching rule.
    pub(crate) fn gives_list(self) -> bool {
        match self {
            Self::RuleOrder | Self::OutputOrder | Self::Collect(None) => true,
            Self::Unique | Self::Any | Self::Priority | Self::First | Self::Collect(Some(_)) => {
                false
            }
        }
    }
}

/// How the outputs of a COLLECT table become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    Min,
    Max,
    Count,
}

/// A column of conditions.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) expression: Program,
    /// The name that the cells may use for the input's value, beside `?`.
    pub(crate) variable: Arc<str>,
    pub(crate) conversion: Option<Conversion>,
}

/// A column of results.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// The name of the entry. A single output may have none.
    pub(crate) name: Option<Arc<str>>,
    /// The list of its possible values, best first.
    pub(crate) values: Option<Program>,
    /// What it gives when no rule matches.
    pub(crate) default: Option<Program>,
}

/// A row: as many cells as there are inputs, as many outputs as there are outputs.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) cells: Vec<Cell>,
    pub(crate) outputs: Vec<Program>,
}

impl Model {
    /// Every decision of the file, in document order; at least one.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// The decision with that id.
    #[must_use]
    pub fn decision(&self, id: &str) -> Option<&Decision> {
        self.decisions.iter().find(|decision| &*decision.id == id)
    }

    /// The outputs of a decision whose logic is a table; none of any other.
    pub(crate) fn outputs(&self, decision: &Decision) -> &[Output] {
        match self.expression(decision.logic) {
            Expression::Table(table) => &table.outputs,
            Expression::Literal(_)
            | Expression::Context { .. }
            | Expression::Invocation { .. }
            | Expression::List(_)
            | Expression::Relation { .. }
            | Expression::Conditional { .. }
            | Expression::For { .. }
            | Expression::Quantified { .. }
            | Expression::Filter { .. } => &[],
        }
    }

    pub(crate) fn expression(&self, index: ExpressionIndex) -> &Expression {
        &self.expressions[index.0 as usize]
    }

    pub(crate) fn function(&self, index: FunctionIndex) -> &Function {
        &self.functions[index.0 as usize]
    }
}
