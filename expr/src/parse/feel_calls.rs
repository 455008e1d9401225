//! Calls and definitions of functions in FEEL.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ast::{Node, NodeId, Parameter};
use crate::builtins::{self, Builtin, Work};
use crate::error::ParseError;
use crate::value::Value;

use super::feel::RESERVED;
use super::lex::TokenKind;
use super::{Parser, shorten};

/// The most words in the name of a built-in function.
const FUNCTION_WORDS_MAX: usize = 5;

/// The arguments of a call, with their names if they are given by name.
struct Arguments {
    values: Vec<NodeId>,
    names: Vec<Arc<str>>,
}

impl Parser<'_> {
    /// How many words up to the `(` name a function: as many as make a built-in's name, or else all
    /// that are no keywords.
    pub(super) fn words_of_call(&self) -> Option<usize> {
        let words =
            (0..FUNCTION_WORDS_MAX).take_while(|ahead| self.word_ahead(*ahead).is_some()).count();
        if words > 0 && *self.kind_ahead(words) == TokenKind::Symbol("(") {
            let known = builtins::find(&self.joined(0, words)).is_some();
            let plain = (0..words)
                .all(|ahead| self.word_ahead(ahead).is_some_and(|word| !RESERVED.contains(&word)));
            if known || plain {
                return Some(words);
            }
        }
        None
    }

    /// A call by name: of what the expression defines under that name, or else of a built-in.
    pub(super) fn feel_call(&mut self, words: usize) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let name = self.joined(0, words);
        let builtin = builtins::find(&name);
        if self.is_bound(&name) {
            (0..words).for_each(|_| self.advance());
            let callee = self.add_name(&name, offset)?;
            return self.feel_invocation(callee, builtin);
        }
        let Some(builtin) = builtin else {
            let message = format!("there is no function `{}`", shorten(&name));
            return Err(self.error_at(offset, message).hint(builtins::near(&name)));
        };
        (0..words).for_each(|_| self.advance());
        let arguments = self.feel_arguments()?;
        self.add_call(builtin, arguments, offset)
    }

    /// The call of what `callee` gives, or of `fallback` if that is no function.
    pub(super) fn feel_invocation(
        &mut self,
        callee: NodeId,
        fallback: Option<&'static Builtin>,
    ) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        let arguments = self.feel_arguments()?;
        let values = arguments.values.clone();
        let names = arguments.names.clone();
        let fallback = match fallback {
            Some(builtin) => self.add_call(builtin, arguments, offset).ok(),
            None => None,
        };
        let functions: Result<Vec<NodeId>, ParseError> =
            values.into_iter().map(|value| self.or_builtin(value)).collect();
        let arguments = functions?.into();
        self.add(Node::Invoke { callee, arguments, names: names.into(), fallback }, offset)
    }

    fn feel_arguments(&mut self) -> Result<Arguments, ParseError> {
        self.expect_symbol("(")?;
        let mut arguments = Arguments { values: Vec::new(), names: Vec::new() };
        let named = self.at_argument_name();
        while !self.at_symbol(")") {
            if !arguments.values.is_empty() {
                self.expect_symbol(",")?;
            }
            if named {
                let offset = self.offset();
                let name = self.feel_declared_name(|parser| parser.at_symbol(":"))?;
                self.expect_symbol(":")?;
                if arguments.names.contains(&name) {
                    let message = format!("the argument `{}` occurs twice", shorten(&name));
                    return Err(self.error_at(offset, message));
                }
                arguments.names.push(name);
            }
            arguments.values.push(self.feel_expression()?);
        }
        self.expect_symbol(")")?;
        Ok(arguments)
    }

    /// Whether the arguments that start here are given by name.
    fn at_argument_name(&self) -> bool {
        let words = match self.kind() {
            TokenKind::QuotedName(_) => 1,
            TokenKind::Word => self.words_of_name(0),
            _ => return false,
        };
        *self.kind_ahead(words) == TokenKind::Symbol(":")
    }

    fn add_call(
        &mut self,
        builtin: &'static Builtin,
        arguments: Arguments,
        offset: usize,
    ) -> Result<NodeId, ParseError> {
        let mut values = match arguments.names.is_empty() {
            true => arguments.values,
            false => self.in_order(builtin, arguments, offset)?,
        };
        if let Some(wanted) = builtin.refuses_count(values.len()) {
            let message = format!("`{}` takes {wanted}, found {}", builtin.name(), values.len());
            return Err(self.error_at(offset, message));
        }
        // Only here a built-in's name may mean the function: elsewhere it is a variable.
        if matches!(builtin.work, Work::Sort | Work::Replace)
            && let Some(precedes) = values.get_mut(1)
        {
            *precedes = self.or_builtin(*precedes)?;
        }
        self.add(Node::Call { builtin, arguments: values.into() }, offset)
    }

    /// The named arguments of a built-in in the order of its parameters, with null for those left
    /// out before the last one given.
    fn in_order(
        &mut self,
        builtin: &'static Builtin,
        arguments: Arguments,
        offset: usize,
    ) -> Result<Vec<NodeId>, ParseError> {
        let names: Vec<&str> = arguments.names.iter().map(|name| &**name).collect();
        let Some(places) = builtin.places(&names) else {
            let message = format!("`{}` has no such parameters", builtin.name());
            let hint = format!("they are: {}", builtin.signatures());
            return Err(self.error_at(offset, message).hint(hint));
        };
        let count = places.iter().max().map_or(0, |last| last + 1);
        let mut ordered = Vec::new();
        for place in 0..count {
            let given = places.iter().position(|at| *at == place);
            ordered.push(match given {
                Some(at) => arguments.values[at],
                None => self.add(Node::Literal(Value::Null), offset)?,
            });
        }
        Ok(ordered)
    }

    /// A name that nothing defines, but that a built-in function has, may mean the function.
    pub(super) fn or_builtin(&mut self, id: NodeId) -> Result<NodeId, ParseError> {
        let Node::Name(name) = &self.nodes[id as usize] else { return Ok(id) };
        let Some(builtin) = builtins::find(name).filter(|_| !self.is_bound(name)) else {
            return Ok(id);
        };
        let node = Node::FunctionName { name: name.clone(), builtin };
        self.add(node, self.offsets[id as usize] as usize)
    }

    /// `function(a, b: number) body`
    pub(super) fn feel_function(&mut self) -> Result<NodeId, ParseError> {
        let offset = self.offset();
        self.expect_word("function")?;
        self.expect_symbol("(")?;
        let mut parameters: Vec<Parameter> = Vec::new();
        while !self.at_symbol(")") {
            if !parameters.is_empty() {
                self.expect_symbol(",")?;
            }
            let name_offset = self.offset();
            let name = self.feel_declared_name(|parser| {
                [":", ",", ")"].iter().any(|symbol| parser.at_symbol(symbol))
            })?;
            if parameters.iter().any(|(other, _)| *other == name) {
                let message = format!("the parameter `{}` occurs twice", shorten(&name));
                return Err(self.error_at(name_offset, message));
            }
            let kind = match self.take_symbol(":") {
                true => Some(Arc::new(self.feel_type()?)),
                false => None,
            };
            parameters.push((name, kind));
        }
        self.expect_symbol(")")?;
        if self.at_word("external") {
            let error = self.error_at(self.offset(), "there is no Java or PMML here to call");
            return Err(error.hint("write the function in FEEL, or let a worker do the work"));
        }
        let bound_before = self.bound.len();
        let reads_before = self.reads.len();
        parameters.iter().for_each(|(name, _)| self.bind(name.clone()));
        let body = self.feel_expression()?;
        self.bound.truncate(bound_before);
        let read: BTreeSet<Arc<str>> = self.reads[reads_before..].iter().cloned().collect();
        let own = |name: &Arc<str>| parameters.iter().any(|(parameter, _)| parameter == name);
        let captures = read.into_iter().filter(|name| !own(name)).collect();
        let body_levels = self.depths[body as usize];
        let parameters = parameters.into();
        self.add(Node::Function { parameters, body, body_levels, captures }, offset)
    }
}
