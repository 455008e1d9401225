//! The parsed expression of both languages: nodes in one vector that refer to each other by index,
//! children always before their parents. Dropping and cloning it needs no recursion, and the
//! evaluator's recursion is bounded because [`crate::parse`] counts the depth of every node.

use std::sync::Arc;

use crate::builtins::Builtin;
use crate::value::Value;

/// The index of a node.
pub(crate) type NodeId = u32;

/// `name in domain`, one after the other.
pub(crate) type Iterations = Box<[(Arc<str>, NodeId)]>;

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

/// The types that `instance of` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeName {
    Any,
    Boolean,
    Number,
    String,
    List,
    Context,
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
    /// `[low..high]` behind `in`, or `low..high` in a `for`; never evaluated on its own.
    Range {
        low: NodeId,
        high: NodeId,
        low_included: bool,
        high_included: bool,
    },
    List(Box<[NodeId]>),
    Context(Box<[(Arc<str>, NodeId)]>),
    For {
        iterations: Iterations,
        body: NodeId,
    },
    Quantified {
        every: bool,
        iterations: Iterations,
        body: NodeId,
    },
    InstanceOf {
        value: NodeId,
        kind: TypeName,
    },
    Call {
        builtin: &'static Builtin,
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
            Node::Literal(_) | Node::Name(_) => Vec::new(),
            Node::Path { base, .. } => vec![*base],
            Node::Index { base, index } => vec![*base, *index],
            Node::Filter { base, condition } => vec![*base, *condition],
            Node::Negate(operand)
            | Node::Not(operand)
            | Node::Empty(operand)
            | Node::Test { operand, .. } => vec![*operand],
            Node::InstanceOf { value, .. } => vec![*value],
            Node::Arithmetic { first, rest } => {
                std::iter::once(*first).chain(rest.iter().map(|(_, operand)| *operand)).collect()
            }
            Node::Compare { left, right, .. } => vec![*left, *right],
            Node::All(parts) | Node::Any(parts) | Node::List(parts) | Node::Template(parts) => {
                parts.to_vec()
            }
            Node::If { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Node::Between { value, low, high } => vec![*value, *low, *high],
            Node::In { value, tests } => std::iter::once(*value).chain(tests.to_vec()).collect(),
            Node::Range { low, high, .. } => vec![*low, *high],
            Node::Context(entries) => entries.iter().map(|(_, value)| *value).collect(),
            Node::For { iterations, body } | Node::Quantified { iterations, body, .. } => {
                iterations.iter().map(|(_, domain)| *domain).chain([*body]).collect()
            }
            Node::Call { arguments, .. } => arguments.to_vec(),
        }
    }
}
