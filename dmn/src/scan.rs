//! Limits of the XML, enforced on the bytes before the tree is built.
//!
//! One linear pass. The tree builder compares the attributes of an element, and the namespaces
//! around it, with each other: without this pass a small file could keep it busy for minutes.
//! What is not well-formed is left to the tree builder, which says so better.

use crate::problem::shown;
use crate::rules::{self, RuleId};
use crate::xml::{Context, Spot};

/// Namespace declarations in force at one place of a file.
const NAMESPACES_MAX: usize = 64;

/// Reports every limit that `text` breaks, each at the first place.
pub(crate) fn scan(text: &str, context: &mut Context<'_>) {
    let mut scanner =
        Scanner { text, context, elements: 0, open: Vec::new(), reported: Vec::new() };
    let mut at = 0;
    while let Some(start) = scanner.find(at, "<") {
        scanner.check_text("text", at, start - at);
        match scanner.markup(start) {
            Some(next) => at = next,
            None => return,
        }
    }
}

struct Scanner<'s, 'c, 'a> {
    text: &'s str,
    context: &'c mut Context<'a>,
    elements: usize,
    /// For each open element, the namespace declarations in force inside it.
    open: Vec<usize>,
    reported: Vec<RuleId>,
}

impl Scanner<'_, '_, '_> {
    /// Offset of `needle` at or behind `from`.
    fn find(&self, from: usize, needle: &str) -> Option<usize> {
        Some(from + self.text.get(from..)?.find(needle)?)
    }

    fn report(&mut self, rule: RuleId, at: usize, message: String, hint: String) {
        if !self.reported.contains(&rule) {
            self.reported.push(rule);
            let spot = Spot { id: None, position: self.context.lines.position(at) };
            self.context.report(rule, spot, message, hint);
        }
    }

    fn check_text(&mut self, what: &str, at: usize, bytes: usize) {
        let bytes_max = self.context.limits.text_bytes_max;
        if bytes > bytes_max {
            let message = format!("This {what} has {bytes} bytes.");
            self.report(
                rules::XML_TEXT_TOO_LONG,
                at,
                message,
                format!("Use at most {bytes_max} bytes."),
            );
        }
    }

    /// Reads the markup that starts at `start`; gives the offset behind it, or `None` if there is
    /// nothing more to scan.
    fn markup(&mut self, start: usize) -> Option<usize> {
        let rest = &self.text[start..];
        if rest.starts_with("<!--") {
            return Some(self.find(start + 4, "-->")? + 3);
        }
        if rest.starts_with("<![CDATA[") {
            let end = self.find(start + 9, "]]>")?;
            self.check_text("text", start, end - start - 9);
            return Some(end + 3);
        }
        if rest.starts_with("<?") {
            return Some(self.find(start + 2, "?>")? + 2);
        }
        if rest.starts_with("<!") {
            let what =
                rest.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
            let message = format!("The file has a declaration {}.", shown(what));
            let hint = "Remove the document type and its entities: DMN files need none.".to_owned();
            self.report(rules::DTD_NOT_ALLOWED, start, message, hint);
            return None;
        }
        if rest.starts_with("</") {
            self.open.pop();
            return Some(self.find(start + 2, ">")? + 1);
        }
        self.tag(start)
    }

    /// Reads a start tag or an empty element.
    fn tag(&mut self, start: usize) -> Option<usize> {
        self.elements += 1;
        let elements_max = self.context.limits.elements_max;
        if self.elements > elements_max {
            let message = format!("The file has more than {elements_max} XML elements.");
            self.report(
                rules::XML_TOO_MANY_ELEMENTS,
                start,
                message,
                "Split the model into several files.".to_owned(),
            );
            return None;
        }
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        // Behind the value of the attribute before.
        let mut behind = at;
        let (mut attributes, mut namespaces) = (0, self.open.last().copied().unwrap_or_default());
        loop {
            match bytes.get(at)? {
                b'>' => break,
                b'<' => return None,
                quote @ (b'"' | b'\'') => {
                    let end = self.find(at + 1, if *quote == b'"' { "\"" } else { "'" })?;
                    attributes += 1;
                    namespaces += usize::from(declares_namespace(&self.text[behind..at]));
                    self.check_text("attribute", at + 1, end - at - 1);
                    at = end;
                    behind = end + 1;
                }
                _ => {}
            }
            at += 1;
        }
        self.check_tag(start, attributes, namespaces);
        if bytes[at - 1] != b'/' {
            self.open.push(namespaces);
        }
        Some(at + 1)
    }

    fn check_tag(&mut self, start: usize, attributes: usize, namespaces: usize) {
        let attributes_max = self.context.limits.attributes_max;
        if attributes > attributes_max {
            let message = format!("This element has {attributes} attributes.");
            let hint = format!("Use at most {attributes_max} attributes on one element.");
            self.report(rules::XML_TOO_MANY_ATTRIBUTES, start, message, hint);
        }
        if namespaces > NAMESPACES_MAX {
            let message = format!("{namespaces} namespace declarations are in force here.");
            let hint = format!("Declare at most {NAMESPACES_MAX}, best on the root element.");
            self.report(rules::XML_TOO_MANY_NAMESPACES, start, message, hint);
        }
        let depth_max = self.context.limits.depth_max;
        if self.open.len() >= depth_max {
            let message = format!("Elements are nested more than {depth_max} deep.");
            self.report(
                rules::XML_TOO_DEEP,
                start,
                message,
                "Use fewer levels of boxed expressions.".to_owned(),
            );
        }
    }
}

/// Whether `before`, the text between two attribute values, names a namespace declaration.
fn declares_namespace(before: &str) -> bool {
    let name = before.trim_end_matches(|c: char| c == '=' || c.is_ascii_whitespace());
    name.rsplit(|c: char| c.is_ascii_whitespace())
        .next()
        .is_some_and(|name| name.starts_with("xmlns"))
}
