//! Functions as values: those an expression defines, and built-in ones. They exist only while an
//! expression is evaluated.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::ast::NodeId;
use crate::builtins::Builtin;
use crate::value::{Value, first_difference};

/// A function. Nobody outside an evaluation can make, keep or call one.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    pub(crate) kind: FunctionKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FunctionKind {
    Closure {
        /// The definition in the program that is being evaluated.
        definition: NodeId,
        /// The entry of a context that the function is the value of, by which it calls itself.
        own_name: Option<Arc<str>>,
        /// The local names that the body reads, as they were where the function was defined.
        captured: Box<[(Arc<str>, Value)]>,
    },
    Builtin(&'static Builtin),
}

impl Function {
    /// The values that the function keeps.
    pub(crate) fn captured(&self) -> &[(Arc<str>, Value)] {
        match &self.kind {
            FunctionKind::Closure { captured, .. } => captured,
            FunctionKind::Builtin(_) => &[],
        }
    }

    pub(crate) fn total_cmp(&self, other: &Function) -> Ordering {
        let key = |function: &Function| match function.kind {
            FunctionKind::Closure { definition, .. } => (definition, ""),
            FunctionKind::Builtin(builtin) => (0, builtin.name()),
        };
        let pairs = self.captured().iter().zip(other.captured());
        key(self).cmp(&key(other)).then_with(|| {
            first_difference(pairs.map(|((_, left), (_, right))| left.total_cmp(right)))
        })
    }
}
