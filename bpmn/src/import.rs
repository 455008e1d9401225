//! The way from bytes to definitions: limits, XML, processes, problems in order.
//!
//! Whatever the bytes are, the answer is an [`Import`] or a list of problems; never a panic.

use roxmltree::{Document, Node, ParsingOptions};

use crate::check::compile;
use crate::definition::{Definition, Position};
use crate::problem::{Problem, Severity, cut, shown};
use crate::read;
use crate::roots::Roots;
use crate::rules;
use crate::scan::scan;
use crate::xml::{BPMN, Context, Lines, Spot, attribute, bpmn_name, elements, is_bpmn};

/// Problems of one file that are listed; further ones are only counted.
const PROBLEMS_MAX: usize = 1_000;

/// Tree nodes per XML element: texts, comments and instructions stand beside the elements.
const NODES_PER_ELEMENT_MAX: usize = 8;

/// Everything beside processes that another engine would execute.
const EXECUTABLE_ROOTS: [&str; 7] = [
    "choreography",
    "globalChoreographyTask",
    "globalTask",
    "globalUserTask",
    "globalManualTask",
    "globalScriptTask",
    "globalBusinessRuleTask",
];

/// Limits of an import. The defaults are those of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file, in bytes.
    pub bytes_max: usize,
    /// Levels of nested XML elements.
    pub depth_max: usize,
    /// XML elements in the file.
    pub elements_max: usize,
    /// Attributes of one XML element, namespace declarations included.
    pub attributes_max: usize,
    /// Size of one attribute or text, in bytes.
    pub text_bytes_max: usize,
    /// Size of an id or a job type, in bytes.
    pub id_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 4 * 1024 * 1024,
            depth_max: 100,
            elements_max: 20_000,
            attributes_max: 64,
            text_bytes_max: 64 * 1024,
            id_bytes_max: 256,
        }
    }
}

/// What a file without errors gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Every executable process of the file, in document order; at least one.
    pub definitions: Vec<Definition>,
    /// What the author should know, in document order.
    pub notices: Vec<Problem>,
}

/// Reads, checks and compiles a BPMN 2.0 file.
///
/// # Errors
///
/// All problems of the file in document order, notices among them, if at least one is an error.
pub fn import(xml: &[u8], limits: &Limits) -> Result<Import, Vec<Problem>> {
    let text = match decode(xml, limits) {
        Ok(text) => text,
        Err(problem) => return Err(vec![problem]),
    };
    let lines = Lines::new(text);
    let mut context = Context::new(limits, &lines, Roots::default());
    check_declared_encoding(&mut context, text);
    scan(text, &mut context);
    if context.errors > 0 {
        return Err(in_order(context.problems));
    }
    let options = ParsingOptions {
        nodes_limit: u32::try_from(limits.elements_max.saturating_mul(NODES_PER_ELEMENT_MAX))
            .unwrap_or(u32::MAX),
        ..ParsingOptions::default()
    };
    let document = match Document::parse_with_options(text, options) {
        Ok(document) => document,
        Err(error) => {
            report_xml(&mut context, &error);
            return Err(in_order(context.problems));
        }
    };
    let root = document.root_element();
    let mut context = Context::new(limits, &lines, Roots::new(root));
    let definitions = read_root(&mut context, root);
    let has_errors = context.errors > 0;
    let problems = in_order(context.problems);
    if has_errors { Err(problems) } else { Ok(Import { definitions, notices: problems }) }
}

fn read_root<'a>(context: &mut Context<'a>, root: Node<'a, 'a>) -> Vec<Definition> {
    let spot = Spot { id: None, position: context.position(root) };
    if !is_bpmn(root, "definitions") {
        let namespace = root.tag_name().namespace().unwrap_or("no namespace");
        let message = format!(
            "The root element is {} in {}.",
            shown(root.tag_name().name()),
            shown(namespace)
        );
        context.report(
            rules::NOT_BPMN,
            spot,
            message,
            format!("Use definitions with xmlns=\"{BPMN}\"."),
        );
        return Vec::new();
    }
    refuse_roots(context, root);
    let mut definitions = Vec::new();
    let mut skipped = 0;
    for node in elements(root).filter(|node| is_bpmn(*node, "process")) {
        let here = context.spot(node);
        if context.boolean(here, "isExecutable", attribute(node, "isExecutable"), true) {
            let errors_before = context.errors;
            let process = read::read(context, node);
            definitions.push(compile(context, process, errors_before));
        } else {
            skipped += 1;
        }
    }
    if definitions.is_empty() {
        let message = match skipped {
            0 => "The file has no process.".to_owned(),
            _ => format!("None of the {skipped} processes is executable."),
        };
        let hint = "Add a process element, and set isExecutable=\"true\" on it.";
        context.report(rules::NO_EXECUTABLE_PROCESS, spot, message, hint);
    }
    definitions
}

fn refuse_roots<'a>(context: &mut Context<'a>, root: Node<'a, 'a>) {
    for node in elements(root) {
        if let Some(tag) = bpmn_name(node).filter(|tag| EXECUTABLE_ROOTS.contains(tag)) {
            let message = format!("A {tag} is not executed.");
            let hint = "Remove it, or model what it does as a process.";
            context.report(rules::ELEMENT_NOT_EXECUTED, context.spot(node), message, hint);
        }
    }
}

/// The text of the file without its byte order mark.
fn decode<'x>(xml: &'x [u8], limits: &Limits) -> Result<&'x str, Problem> {
    let at_start = |rule: rules::RuleId, message: String, hint: String| Problem {
        rule,
        severity: rule.severity(),
        element: None,
        position: Position { line: 1, column: 1 },
        message,
        hint,
    };
    if xml.len() > limits.bytes_max {
        let message = format!("The file has {} bytes.", xml.len());
        let hint = format!(
            "Use at most {} bytes; pictures and long texts belong elsewhere.",
            limits.bytes_max
        );
        return Err(at_start(rules::FILE_TOO_LARGE, message, hint));
    }
    let hint = "Save the file as UTF-8, with encoding=\"UTF-8\" in its first line.";
    if xml.starts_with(&[0xFE, 0xFF])
        || xml.starts_with(&[0xFF, 0xFE])
        || xml.iter().take(4).any(|byte| *byte == 0)
    {
        let message = "The file looks like UTF-16 or UTF-32.".to_owned();
        return Err(at_start(rules::ENCODING_NOT_UTF8, message, hint.to_owned()));
    }
    let body = xml.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(xml);
    std::str::from_utf8(body).map_err(|error| {
        let good = std::str::from_utf8(&body[..error.valid_up_to()]).unwrap_or_default();
        let byte = body[error.valid_up_to()];
        let declared = declared_encoding(good)
            .map(|name| format!("; it declares {}", shown(name)))
            .unwrap_or_default();
        let message = format!("The byte 0x{byte:02X} is not UTF-8{declared}.");
        let position = Lines::new(good).position(good.len());
        Problem { position, ..at_start(rules::ENCODING_NOT_UTF8, message, hint.to_owned()) }
    })
}

fn check_declared_encoding(context: &mut Context<'_>, text: &str) {
    let Some(name) = declared_encoding(text) else { return };
    // Pure ASCII reads the same in every encoding that could have got this far.
    if text.is_ascii() {
        return;
    }
    if !["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| name.eq_ignore_ascii_case(known))
    {
        let spot = Spot { id: None, position: Position { line: 1, column: 1 } };
        let message = format!("The file declares the encoding {}.", shown(name));
        context.report(
            rules::ENCODING_NOT_UTF8,
            spot,
            message,
            "Save it as UTF-8 and write encoding=\"UTF-8\".",
        );
    }
}

/// The encoding named in `<?xml … encoding="…"?>`.
fn declared_encoding(text: &str) -> Option<&str> {
    let (declaration, _) = text.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| *c == '"' || *c == '\'')?;
    value[1..].split(quote).next()
}

fn report_xml(context: &mut Context<'_>, error: &roxmltree::Error) {
    let at = error.pos();
    let spot = Spot { id: None, position: Position { line: at.row, column: at.col } };
    let (rule, hint) = match error {
        roxmltree::Error::NodesLimitReached => {
            (rules::XML_TOO_MANY_ELEMENTS, "Remove comments, or split the model.")
        }
        roxmltree::Error::NamespacesLimitReached => {
            (rules::XML_TOO_MANY_NAMESPACES, "Declare fewer namespaces.")
        }
        roxmltree::Error::DtdDetected => (rules::DTD_NOT_ALLOWED, "Remove the document type."),
        _ => (rules::XML_NOT_WELL_FORMED, "Export the model again, or mend the XML at this place."),
    };
    let text = error.to_string();
    let text = text.split(" at ").next().unwrap_or_default();
    context.report(rule, spot, format!("The XML cannot be read: {}.", cut(text)), hint);
}

/// Sorts by place. Of a very long list the errors are kept first.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    let count = problems.len();
    if count > PROBLEMS_MAX {
        problems.sort_by_key(|problem| {
            (problem.severity, problem.position.line, problem.position.column)
        });
        problems.truncate(PROBLEMS_MAX);
    }
    problems.sort_by_key(|problem| (problem.position.line, problem.position.column));
    if count > PROBLEMS_MAX {
        let rule = rules::PROBLEMS_TOO_MANY;
        problems.push(Problem {
            rule,
            severity: Severity::Notice,
            element: None,
            position: problems.last().map(|last| last.position).unwrap_or_default(),
            message: format!("{} more problems are not listed.", count - PROBLEMS_MAX),
            hint: "Mend these first and import the file again.".to_owned(),
        });
    }
    problems
}
