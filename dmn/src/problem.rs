//! What is wrong with a file, or worth knowing about it: the [`Problem`].
//!
//! Owns the shape and the printed form, which are those of the `bpmn` crate: a deployment shows
//! findings of both side by side. The rules themselves stand in `rules.rs`.

use crate::rules::RuleId;

/// Longest piece of a file that a message quotes, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// Where something stands in the source file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted, but something in it does not do what its author may expect.
    Notice,
}

impl Severity {
    /// The word used in print: `error` or `notice`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Notice => "notice",
        }
    }
}

/// One finding in a file: which rule, where, what was found and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.line())]
pub struct Problem {
    /// The rule that was broken.
    pub rule: RuleId,
    /// Whether the file is refused for it.
    pub severity: Severity,
    /// Id of the element it is about, where that has one.
    pub element: Option<String>,
    /// Where it stands in the file.
    pub position: Position,
    /// What was found.
    pub message: String,
    /// What would be accepted.
    pub hint: String,
}

impl Problem {
    fn line(&self) -> String {
        let Position { line, column } = self.position;
        let severity = self.severity.as_str();
        let element = self.element.as_ref().map(|id| format!(" [{}]", cut(id))).unwrap_or_default();
        let (rule, message, hint) = (self.rule, &self.message, &self.hint);
        format!("{line}:{column} {severity} {rule}{element}: {message} Hint: {hint}")
    }
}

/// `text` in quotes, on one line and no longer than a message should be.
pub(crate) fn shown(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

/// `text` on one line and no longer than a message should be.
pub(crate) fn cut(text: &str) -> String {
    let mut short = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == SHOWN_CHARS_MAX {
            short.push('…');
            break;
        }
        short.push(if character.is_control() { ' ' } else { character });
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn prints_place_rule_element_message_and_hint() {
        let mut problem = Problem {
            rule: rules::LOGIC_MISSING,
            severity: Severity::Error,
            element: Some("dish".into()),
            position: Position { line: 12, column: 5 },
            message: "It is empty.".into(),
            hint: "Add a table.".into(),
        };
        assert_eq!(
            problem.to_string(),
            "12:5 error dmn-logic-missing [dish]: It is empty. Hint: Add a table."
        );
        problem.element = None;
        assert_eq!(
            problem.to_string(),
            "12:5 error dmn-logic-missing: It is empty. Hint: Add a table."
        );
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(shown(" a\nb "), "\"a b\"");
        assert_eq!(shown(&"é".repeat(200)).chars().count(), SHOWN_CHARS_MAX + 3);
    }
}
