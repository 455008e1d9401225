//! The parsed expression of both languages: nodes in one vector that refer to each other by index,
//! children always before their parents. Dropping and cloning it needs no recursion, and the
//! evaluator's recursion is bounded because [`crate::parse`] counts the depth of every node.

use std::sync::Arc;

use crate::builtins::Builtin;
use crate::types::Type;
use crate::uel_methods::Method;
use crate::value::Value;

/// The index of a node.
pub(crate) type NodeId = u32;

/// `name in domain`, one after the other.
pub(crate) type Iterations = Box<[(Arc<str>, NodeId)]>;

/// A parameter of a function, with its type if it has one.
pub(crate) type Parameter = (Arc<str>, Option<Arc<Type>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArithmeticOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The remainder with the sign of the dividend; only UEL has it as an operator.
    Remainder,
    Power,
}

impl ArithmeticOp {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            ArithmeticOp::Add => "+",
            ArithmeticOp::Subtract => "-",
            ArithmeticOp::Multiply => "*",
            ArithmeticOp::Divide => "/",
            ArithmeticOp::Remainder => "%",
            ArithmeticOp::Power => "**",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompareOp {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl CompareOp {
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            CompareOp::Equal => order.is_eq(),
            CompareOp::NotEqual => order.is_ne(),
            CompareOp::Less => order.is_lt(),
            CompareOp::LessOrEqual => order.is_le(),
            CompareOp::Greater => order.is_gt(),
            CompareOp::GreaterOrEqual => order.is_ge(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Literal(Value),
    Name(Arc<str>),
    /// `base.name`
    Path {
        base: NodeId,
        name: Arc<str>,
    },
    /// UEL `base[index]`: an index from 0 or a key.
    Index {
        base: NodeId,
        index: NodeId,
    },
    /// FEEL `base[condition]`: an index from 1, or a condition on every item.
    Filter {
        base: NodeId,
        condition: NodeId,
    },
    Negate(NodeId),
    /// A chain of operators of one level, from left to right: long sums do not nest.
    Arithmetic {
        first: NodeId,
        rest: Box<[(ArithmeticOp, NodeId)]>,
    },
    Compare {
        op: CompareOp,
        left: NodeId,
        right: NodeId,
    },
    All(Box<[NodeId]>),
    Any(Box<[NodeId]>),
    Not(NodeId),
    /// UEL `empty x`
    Empty(NodeId),
    If {
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
    },
    Between {
        value: NodeId,
        low: NodeId,
        high: NodeId,
    },
    /// `value in (test, test)`
    In {
        value: NodeId,
        tests: Box<[NodeId]>,
    },
    /// `< 10` behind `in`; never evaluated on its own.
    Test {
        op: CompareOp,
        operand: NodeId,
    },
    /// `[low..high]`, or `low..high` in a `for`; an end that is not there is open.
    Range {
        low: Option<NodeId>,
        high: Option<NodeId>,
        low_included: bool,
        high_included: bool,
    },
    /// A test that reads the input itself (`? > 1`): it holds if the expression is true. Stands only
    /// among the tests of `in` and of unary tests.
    Condition(NodeId),
    /// The unary tests of a cell: whether `?` passes any of them, or none if `negated`.
    UnaryTests {
        tests: Box<[NodeId]>,
        negated: bool,
    },
    List(Box<[NodeId]>),
    Context(Box<[(Arc<str>, NodeId)]>),
    For {
        iterations: Iterations,
        body: NodeId,
        /// Whether the body reads `partial`, the results so far.
        reads_partial: bool,
    },
    Quantified {
        every: bool,
        iterations: Iterations,
        body: NodeId,
    },
    InstanceOf {
        value: NodeId,
        kind: Arc<Type>,
    },
    Call {
        builtin: &'static Builtin,
        arguments: Box<[NodeId]>,
    },
    /// `function(a, b) body`
    Function {
        parameters: Box<[Parameter]>,
        body: NodeId,
        /// How many levels of evaluation the body takes.
        body_levels: usize,
        /// The names that the body reads beside its parameters, in their order.
        captures: Box<[Arc<str>]>,
    },
    /// A variable of that name, or else the built-in function.
    FunctionName {
        name: Arc<str>,
        builtin: &'static Builtin,
    },
    /// A call of what `callee` gives; if that is no function, of the built-in one in `fallback`.
    Invoke {
        callee: NodeId,
        arguments: Box<[NodeId]>,
        /// The names of the arguments; empty if they are given by position.
        names: Box<[Arc<str>]>,
        fallback: Option<NodeId>,
    },
    /// UEL: a method of plain data or of the execution.
    Method {
        method: Method,
        arguments: Box<[NodeId]>,
    },
    /// UEL text with `${}` parts: the parts' texts joined.
    Template(Box<[NodeId]>),
}

impl Node {
    /// How many levels of evaluation the node itself takes; several iterations nest in each other.
    pub(crate) fn levels(&self) -> usize {
        match self {
            Node::For { iterations, .. } | Node::Quantified { iterations, .. } => iterations.len(),
            _ => 1,
        }
    }

    /// The children, in order of evaluation.
    pub(crate) fn children(&self) -> Vec<NodeId> {
        match self {
            Node::Literal(_) | Node::Name(_) | Node::FunctionName { .. } => Vec::new(),
            Node::Path { base, .. } => vec![*base],
            Node::Index { base, index } => vec![*base, *index],
            Node::Filter { base, condition } => vec![*base, *condition],
            Node::Negate(operand)
            | Node::Not(operand)
            | Node::Empty(operand)
            | Node::Condition(operand)
            | Node::Function { body: operand, .. }
            | Node::Test { operand, .. } => vec![*operand],
            Node::InstanceOf { value, .. } => vec![*value],
            Node::Arithmetic { first, rest } => {
                std::iter::once(*first).chain(rest.iter().map(|(_, operand)| *operand)).collect()
            }
            Node::Compare { left, right, .. } => vec![*left, *right],
            Node::All(parts)
            | Node::Any(parts)
            | Node::List(parts)
            | Node::Template(parts)
            | Node::UnaryTests { tests: parts, .. }
            | Node::Call { arguments: parts, .. }
            | Node::Method { arguments: parts, .. } => parts.to_vec(),
            Node::If { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Node::Between { value, low, high } => vec![*value, *low, *high],
            Node::In { value, tests } => std::iter::once(*value).chain(tests.to_vec()).collect(),
            Node::Range { low, high, .. } => low.iter().chain(high).copied().collect(),
            Node::Context(entries) => entries.iter().map(|(_, value)| *value).collect(),
            Node::For { iterations, body, .. } | Node::Quantified { iterations, body, .. } => {
                iterations.iter().map(|(_, domain)| *domain).chain([*body]).collect()
            }
            Node::Invoke { callee, arguments, fallback, .. } => std::iter::once(*callee)
                .chain(arguments.iter().copied())
                .chain(fallback.iter().copied())
                .collect(),
        }
    }
}
