//! FEEL texts in the place where they stand: which functions of the file they may call, and what
//! ranges mean there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use expr::{Language, Program};
use roxmltree::Node;

use crate::boxed::{Body, Reader};
use crate::calls::{callable, only_call, with_definitions};
use crate::model::{Expression, ExpressionIndex, FunctionIndex};
use crate::problem::shown;
use crate::rules;
use crate::xml::{Spot, child, text_of};

/// Definitions of functions, each behind those that it calls.
#[derive(Default)]
struct Definitions {
    seen: BTreeSet<FunctionIndex>,
    /// Names and FEEL texts.
    made: Vec<(String, String)>,
    bytes: usize,
    has_cycle: bool,
}

impl<'a> Reader<'_, 'a> {
    /// The FEEL expression in the `text` of `node`, null if there is none. None after a problem.
    pub(crate) fn text(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Program> {
        let text = child(node, "text").map(text_of).unwrap_or_default();
        let called = self.called(&text);
        let mut definitions = Definitions::default();
        for (name, function) in &called {
            body.calls.push((body.level(), *function));
            if self.define(name, *function, &mut definitions) {
                continue;
            }
            let spot = self.context.spot(node).or(owner);
            let name = shown(name);
            if definitions.has_cycle {
                let message = format!("{name} calls itself, directly or through others.");
                let hint = "Use a for expression over a list instead.";
                self.context.report(rules::REQUIREMENT_CYCLE, spot, message, hint);
            } else {
                let message = format!("{name} cannot be called here: its logic is no short text.");
                let hint = "Let the call be the whole text of a literal expression, or use an \
                            invocation.";
                self.context.report(rules::FUNCTION_CALL_NOT_EXECUTED, spot, message, hint);
            }
            return None;
        }
        self.texts.expression(self.context, node, owner, &definitions.made)
    }

    /// The functions of the file that a text calls, by name.
    fn called(&self, text: &str) -> BTreeMap<Arc<str>, FunctionIndex> {
        let named = |name: &str| Some((name.into(), self.function_named(name)?));
        callable(text).into_iter().filter_map(named).collect()
    }

    /// Adds the FEEL definition of a function, behind those of the functions it calls. False if it
    /// has none, because its body or that of one it calls is no text, it calls itself, or all
    /// together are too long.
    fn define(
        &self,
        name: &Arc<str>,
        function: FunctionIndex,
        definitions: &mut Definitions,
    ) -> bool {
        if !definitions.seen.insert(function) {
            definitions.has_cycle |= !definitions.made.iter().any(|(known, _)| **known == **name);
            return !definitions.has_cycle;
        }
        let literal = self.definition(function).and_then(|node| child(node, "literalExpression"));
        let Some(text) = literal.and_then(|literal| child(literal, "text")).map(text_of) else {
            return false;
        };
        definitions.bytes += name.len() + text.len();
        let limits = &self.context.limits.expressions;
        if definitions.bytes > limits.source_bytes_max
            || !self.called(&text).iter().all(|(name, at)| self.define(name, *at, definitions))
        {
            return false;
        }
        let parameters = self.parameters_of(function);
        let mut hidden = String::new();
        if self.is_knowledge(function) {
            // A business knowledge model sees its parameters only: all else that it names is null.
            let whole = with_definitions(&definitions.made, &text);
            if let Ok(program) = expr::parse(Language::Feel, &whole, limits) {
                let others = program.names().iter().filter(|name| !parameters.contains(name));
                hidden = others.map(|name| format!("`{name}`: null, ")).collect();
            }
        }
        let parameters = parameters.join(", ");
        let made = format!("function({parameters}) {{{hidden}result: ({text}\n)}}.result");
        definitions.made.push((name.to_string(), made));
        true
    }

    /// The invocation that a text is, if it is nothing but the call of a function of the file.
    pub(crate) fn only_call(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<Option<Expression>> {
        let text = child(node, "text").map(text_of)?;
        let called = self.called(&text);
        let (name, function) = called.iter().find(|(name, _)| text.starts_with(&***name))?;
        let arguments = only_call(&text, name)?;
        // Arguments that call functions of the file themselves are left to the definitions.
        if arguments.iter().any(|argument| !self.called(argument.text).is_empty()) {
            return None;
        }
        let spot = self.context.spot(node).or(owner);
        let parameters = self.parameters_of(*function);
        let mut given = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let name = argument.name.map(Arc::from).or_else(|| parameters.get(at).cloned());
            let Some(name) = name else {
                let message = format!("The call has {} arguments.", arguments.len());
                let hint = format!("The function has these: {}.", parameters.join(", "));
                self.context.report(rules::PARAMETER_UNKNOWN, spot, message, hint);
                return Some(None);
            };
            let program = self.texts.part(self.context, node, owner, argument.text);
            let Some(program) = program else { return Some(None) };
            given.push((name, self.add(Expression::Literal(program)), spot));
        }
        body.calls.push((body.level(), *function));
        Some(self.arguments(*function, given))
    }

    /// What a loop goes through. A text may be a range, which gives a list only inside a `for`.
    pub(crate) fn domain(
        &mut self,
        node: Node<'a, 'a>,
        owner: Spot<'a>,
        body: &mut Body<'a>,
    ) -> Option<ExpressionIndex> {
        let literal = child(node, "in").and_then(|holder| child(holder, "literalExpression"));
        let text = literal.and_then(|literal| child(literal, "text")).map(text_of);
        if let (Some(literal), Some(text)) = (literal, text)
            && text.contains("..")
        {
            let source = format!("for item in {text} return item");
            let program = self.texts.part(self.context, literal, owner, &source)?;
            return Some(self.add(Expression::Literal(program)));
        }
        self.part(node, "in", owner, body)
    }
}
