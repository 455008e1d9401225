//! Calls in UEL: the few that make sense on plain data. All others are calls of beans, and refused.

use std::sync::Arc;

use crate::ast::{CompareOp, Node, NodeId};
use crate::error::{ParseError, ParseErrorKind};
use crate::uel_methods::{self, Method};
use crate::value::Value;

use super::lex::TokenKind;
use super::{Parser, shorten};

/// The variable that stands for the running process in the Java engines.
const EXECUTION: &str = "execution";
/// The prefixes of functions on variables.
const VARIABLES: &[&str] = &["variables", "vars", "var"];

impl Parser<'_> {
    /// `.name` or `.name(…)` behind `base`; the point is read.
    pub(super) fn uel_member(&mut self, base: NodeId, point: usize) -> Result<NodeId, ParseError> {
        let name = self.expect_name(&[])?;
        let of_execution =
            matches!(&self.nodes[base as usize], Node::Name(name) if **name == *EXECUTION);
        if !self.at_symbol("(") {
            return match of_execution {
                true => self.add_of_execution(&name, point),
                false => self.add(Node::Path { base, name }, point),
            };
        }
        let arguments = self.uel_arguments()?;
        if of_execution {
            return self.uel_execution_call(&name, &arguments, point);
        }
        let Some(method) = uel_methods::find(&name, arguments.len()) else {
            return Err(self.foreign_call(&name, point));
        };
        let arguments = std::iter::once(base).chain(arguments).collect();
        self.add(Node::Method { method, arguments }, point)
    }

    /// A name, or a call of a function that stands alone.
    pub(super) fn uel_name_or_call(&mut self, word: &str) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.advance();
        if VARIABLES.contains(&word)
            && self.at_symbol(":")
            && self.word_ahead(1).is_some()
            && *self.kind_ahead(2) == TokenKind::Symbol("(")
        {
            return self.uel_variables_call(offset);
        }
        if !self.at_symbol("(") {
            return self.add_name(word, offset);
        }
        let arguments = self.uel_arguments()?;
        match (word, arguments.as_slice()) {
            ("now" | "dateTime", []) => {
                self.add(Node::Method { method: Method::Now, arguments: Box::default() }, offset)
            }
            _ => Err(self.foreign_call(word, offset)),
        }
    }

    pub(super) fn foreign_call(&self, name: &str, offset: usize) -> ParseError {
        let message = format!("`{}` is a call, and there is no Java here to run it", shorten(name));
        let hint = "let a worker do the work and read its result, or write the expression in FEEL";
        self.error_at(offset, message).kind(ParseErrorKind::ForeignCall).hint(hint)
    }

    fn uel_arguments(&mut self) -> Result<Vec<NodeId>, ParseError> {
        self.expect_symbol("(")?;
        let mut arguments = Vec::new();
        while !self.at_symbol(")") {
            if !arguments.is_empty() {
                self.expect_symbol(",")?;
            }
            arguments.push(self.uel_expression()?);
        }
        self.expect_symbol(")")?;
        Ok(arguments)
    }

    /// `execution.name`
    fn add_of_execution(&mut self, name: &str, offset: usize) -> Result<NodeId, ParseError> {
        self.read(&Arc::from(name));
        let literal = self.add(Node::Literal(Value::from(name)), offset)?;
        self.add(Node::Method { method: Method::OfExecution, arguments: [literal].into() }, offset)
    }

    /// `execution.getVariable('x')`, `execution.hasVariable('x')` or `execution.getName()`.
    fn uel_execution_call(
        &mut self,
        name: &str,
        arguments: &[NodeId],
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        match (name, arguments) {
            ("getVariable" | "getVariableLocal", [variable]) => {
                self.add_variable(Method::Variable, *variable, offset)
            }
            ("hasVariable" | "hasVariableLocal", [variable]) => {
                self.add_variable(Method::Exists, *variable, offset)
            }
            (_, []) => {
                let property = name.strip_prefix("get").unwrap_or_default();
                let mut letters = property.chars();
                match letters.next().filter(|letter| letter.is_uppercase()) {
                    Some(first) => {
                        let lower: String = first.to_lowercase().chain(letters).collect();
                        self.add_of_execution(&lower, offset)
                    }
                    None => Err(self.foreign_call(name, offset)),
                }
            }
            _ => Err(self.foreign_call(name, offset)),
        }
    }

    /// Something about the variable whose name is a node; a literal name is one that is read.
    fn add_variable(
        &mut self,
        method: Method,
        name: NodeId,
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        if let Node::Literal(Value::String(name)) = &self.nodes[name as usize] {
            let name = name.clone();
            self.read(&name);
        }
        self.add(Node::Method { method, arguments: [name].into() }, offset)
    }

    /// `variables:get(x)` and its like; the prefix is read. The name of the variable may stand in
    /// quotes or not.
    fn uel_variables_call(&mut self, offset: usize) -> Result<NodeId, ParseError> {
        self.expect_symbol(":")?;
        let function = self.expect_name(&[])?;
        self.expect_symbol("(")?;
        let name_offset = self.offset();
        let name: Arc<str> = match self.kind().clone() {
            TokenKind::Text(text) => {
                self.advance();
                text.as_str().into()
            }
            _ => self.expect_name(&[])?,
        };
        let name = self.add(Node::Literal(Value::String(name)), name_offset)?;
        let mut others = Vec::new();
        while self.take_symbol(",") {
            others.push(self.uel_expression()?);
        }
        self.expect_symbol(")")?;
        if let ("exists" | "exist", []) = (&*function, others.as_slice()) {
            return self.add_variable(Method::Exists, name, offset);
        }
        let variable = self.add_variable(Method::Variable, name, offset)?;
        let compare = |op| match others.as_slice() {
            [other] => Some(Node::Compare { op, left: variable, right: *other }),
            _ => None,
        };
        let with = |method| {
            let arguments = std::iter::once(variable).chain(others.iter().copied()).collect();
            Some(Node::Method { method, arguments })
        };
        let node = match (&*function, others.len()) {
            ("get", 0) => return Ok(variable),
            ("getOrDefault", 1) => with(Method::OrElse),
            ("isEmpty" | "empty", 0) => Some(Node::Empty(variable)),
            ("isNotEmpty" | "notEmpty", 0) => {
                let empty = self.add(Node::Empty(variable), offset)?;
                Some(Node::Not(empty))
            }
            ("equals" | "eq", _) => compare(CompareOp::Equal),
            ("notEquals" | "ne", _) => compare(CompareOp::NotEqual),
            ("lt" | "lowerThan" | "lessThan", _) => compare(CompareOp::Less),
            ("lte" | "lowerThanOrEquals" | "lessThanOrEquals", _) => {
                compare(CompareOp::LessOrEqual)
            }
            ("gt" | "greaterThan", _) => compare(CompareOp::Greater),
            ("gte" | "greaterThanOrEquals", _) => compare(CompareOp::GreaterOrEqual),
            ("contains", 1..) => with(Method::ContainsAll),
            ("containsAny" | "any", 1..) => with(Method::ContainsAny),
            _ => None,
        };
        match node {
            Some(node) => self.add(node, offset),
            None => Err(self.foreign_call(&function, offset)),
        }
    }
}
