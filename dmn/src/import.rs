//! The way from bytes to a model: limits, XML, decisions, problems in order.
//!
//! Whatever the bytes are, the answer is an [`Import`] or a list of problems; never a panic.

use roxmltree::{Document, Node, ParsingOptions};

use crate::model::Model;
use crate::problem::{Position, Problem, Severity, cut, shown};
use crate::read;
use crate::rules;
use crate::scan::scan;
use crate::xml::{Context, Lines, Spot, attribute, is_dmn};

/// Problems of one file that are listed; further ones are only counted.
const PROBLEMS_MAX: usize = 1_000;

/// Tree nodes per XML element: texts, comments and instructions stand beside the elements.
const NODES_PER_ELEMENT_MAX: usize = 8;

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
    /// Size of an id, in bytes.
    pub id_bytes_max: usize,
    /// Decisions and business knowledge models of the file, together; and functions of any kind.
    pub decisions_max: usize,
    /// Rules of one decision table.
    pub rules_max: usize,
    /// Inputs and outputs of one decision table, together; columns of a relation; parameters of a
    /// function.
    pub columns_max: usize,
    /// Levels of boxed expressions in each other, those of invoked functions included; values
    /// above 64 act as 64.
    pub boxed_depth_max: usize,
    /// Limits of each FEEL text; only those of parsing are used.
    pub expressions: expr::Limits,
}

/// No limit set by a caller lets boxed expressions nest deeper than this, so that the reader and
/// the evaluator, which recurse once per level, stay far away from the end of a thread's stack.
const BOXED_DEPTH_CEILING: usize = 64;

impl Limits {
    /// The nesting of boxed expressions that is really allowed.
    pub(crate) fn boxed_depth(&self) -> usize {
        self.boxed_depth_max.min(BOXED_DEPTH_CEILING)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 4 * 1024 * 1024,
            depth_max: 100,
            elements_max: 250_000,
            attributes_max: 64,
            text_bytes_max: 64 * 1024,
            id_bytes_max: 256,
            decisions_max: 1_000,
            rules_max: 10_000,
            columns_max: 100,
            boxed_depth_max: 32,
            expressions: expr::Limits::default(),
        }
    }
}

/// What a file without errors gives.
#[derive(Debug, Clone)]
pub struct Import {
    /// The decisions of the file; at least one.
    pub model: Model,
    /// What the author should know, in document order.
    pub notices: Vec<Problem>,
}

/// Reads, checks and compiles a DMN file of version 1.1 to 1.5.
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
    let mut context = Context::new(limits, &lines, None);
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
    let mut context = Context::new(limits, &lines, attribute(root, "expressionLanguage"));
    let model = read_root(&mut context, root);
    let has_errors = context.errors > 0;
    let problems = in_order(context.problems);
    match model {
        Some(model) if !has_errors => Ok(Import { model, notices: problems }),
        _ => Err(problems),
    }
}

/// The model; none if there is an error.
fn read_root<'a>(context: &mut Context<'a>, root: Node<'a, 'a>) -> Option<Model> {
    if is_dmn(root, "definitions") {
        return read::read(context, root);
    }
    let namespace = root.tag_name().namespace().unwrap_or("no namespace");
    let name = shown(root.tag_name().name());
    let message = format!("The root element is {name} in {}.", shown(namespace));
    let spot = Spot { id: None, position: context.position(root) };
    let hint = "Use definitions with xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\".";
    context.report(rules::NOT_DMN, spot, message, hint);
    None
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
