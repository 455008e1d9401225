//! Variables made on the way in and out: `ioMapping`, `inputOutput`, `in`, `out` and fields.

use roxmltree::Node;

use crate::condition::{feel, variable};
use crate::definition::{Expression, Extras, Mapping, Position, Source, Text};
use crate::extension;
use crate::problem::shown;
use crate::read::is_gateway;
use crate::rules;
use crate::text::text;
use crate::xml::{
    Context, Found, QUORATE, Spot, ZEEBE, attribute, child, elements, extension as extension_of,
    extensions, zeebe,
};

/// Levels of lists and maps inside each other.
const DEPTH_MAX: usize = 16;

/// Reads the mappings of an element into `extras`.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
    extras: &mut Extras,
) {
    if let Some(mapping) = zeebe(node, "ioMapping") {
        refuse_on_gateway(context, mapping, spot, tag);
        read_zeebe(context, mapping, spot, extras);
    }
    if let Some(mapping) = extension_of(node, "inputOutput") {
        refuse_on_gateway(context, mapping, spot, tag);
        read_camunda(context, mapping, spot, extras);
        let repeats = child(node, "multiInstanceLoopCharacteristics").is_some();
        if repeats && !extras.outputs.is_empty() {
            let message = "The multi-instance activity has an outputParameter.";
            let hint = "Collect the results with quorate:outputCollection and quorate:outputElement on the multiInstanceLoopCharacteristics.";
            let here = spot.at(context.position(mapping));
            context.report(rules::MAPPING_NOT_ALLOWED, here, message, hint);
        }
    }
    if let Some(connector) = extension_of(node, "connector") {
        let mapping = elements(connector).find(|it| it.tag_name().name() == "inputOutput");
        if let Some(mapping) = mapping {
            read_camunda(context, mapping, spot, extras);
        }
    }
    if is_service(tag) {
        extras.inputs.extend(fields(context, node, spot));
    }
    let kind = context.dialect(node, "type").map(|found| found.value);
    if kind == Some("external-worker") {
        extras.inputs.extend(in_out(context, node, spot, "in").mappings);
        let outputs = in_out(context, node, spot, "out").mappings;
        extras.results_stay_local |= !outputs.is_empty();
        extras.outputs.extend(outputs);
    }
}

fn is_service(tag: &str) -> bool {
    matches!(tag, "serviceTask" | "sendTask" | "businessRuleTask")
}

fn refuse_on_gateway<'a>(
    context: &mut Context<'a>,
    mapping: Node<'a, '_>,
    spot: Spot<'a>,
    tag: &str,
) {
    if is_gateway(tag) {
        let message = format!("A {tag} maps no variables.");
        let hint = "Put the mapping on the activity before or behind the gateway.";
        let here = spot.at(context.position(mapping));
        context.report(rules::MAPPING_NOT_ALLOWED, here, message, hint);
    }
}

fn read_zeebe<'a>(
    context: &mut Context<'a>,
    mapping: Node<'a, 'a>,
    spot: Spot<'a>,
    extras: &mut Extras,
) {
    for entry in elements(mapping).filter(|it| it.tag_name().namespace() == Some(ZEEBE)) {
        let here = spot.at(context.position(entry));
        let is_input = entry.tag_name().name() == "input";
        let source = context.plain(entry, "source").map(zeebe_source);
        // Camunda 8 makes an empty variable of an input without a source.
        let null = || Text::Expression(feel("null", here.position));
        let source = source.or_else(|| is_input.then(null));
        let (Some(source), Some(target)) = (source, context.plain(entry, "target")) else {
            invalid(context, here, "The mapping has no source or no target.");
            continue;
        };
        let Some(target) = path(context, here, target.value) else { continue };
        let mapping = Mapping { target, source: Source::Text(source) };
        match entry.tag_name().name() {
            "input" => extras.inputs.push(mapping),
            "output" => {
                extras.outputs.push(mapping);
                extras.results_stay_local = true;
            }
            other => {
                let what = format!("The mapping {}", shown(other));
                extension::not_executed(context, here, &what, "ioMapping");
            }
        }
    }
}

/// The oldest files of Zeebe name a variable with a JSON path: `$.order.id`.
fn json_path(value: &str) -> Option<&str> {
    let rest = value.strip_prefix("$.")?;
    let is_path = !rest.is_empty() && rest.chars().all(|c| c.is_alphanumeric() || "_.".contains(c));
    is_path.then_some(rest)
}

fn zeebe_source(found: Found<'_>) -> Text {
    match json_path(found.value) {
        Some(path) => Text::Expression(feel(path, found.position)),
        None => text(found),
    }
}

/// The names of `a.b`, from the variable inwards.
fn path(context: &mut Context<'_>, spot: Spot<'_>, target: &str) -> Option<Vec<String>> {
    let names = json_path(target).unwrap_or(target);
    let names: Vec<_> = names.split('.').map(|name| name.trim().to_owned()).collect();
    let is_valid = names.iter().all(|name| !name.is_empty() && !name.starts_with('$'));
    if !is_valid {
        invalid(context, spot, &format!("The target is {}.", shown(target)));
        return None;
    }
    Some(names)
}

fn invalid(context: &mut Context<'_>, spot: Spot<'_>, message: &str) {
    let hint = "Give it a source such as = order.id, and the name of a variable as target.";
    context.report(rules::MAPPING_INVALID, spot, message, hint);
}

fn read_camunda<'a>(
    context: &mut Context<'a>,
    mapping: Node<'a, 'a>,
    spot: Spot<'a>,
    extras: &mut Extras,
) {
    for entry in elements(mapping) {
        let here = spot.at(context.position(entry));
        let list = match entry.tag_name().name() {
            "inputParameter" => &mut extras.inputs,
            "outputParameter" => &mut extras.outputs,
            _ => continue,
        };
        let Some(name) = attribute(entry, "name") else {
            invalid(context, here, "The parameter has no name.");
            continue;
        };
        if let Some(source) = parameter(context, entry, here, 0) {
            list.push(Mapping { target: vec![name.to_owned()], source });
        }
    }
}

/// The value of a parameter, entry or value; `None` if it was reported.
fn parameter<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    depth: usize,
) -> Option<Source> {
    let Some(inside) = elements(node).next() else {
        let body = context.body(node);
        let value = match body.text.is_empty() {
            true => Text::Expression(feel("null", body.position)),
            false => text(body.java()),
        };
        return Some(Source::Text(value));
    };
    structured(context, inside, spot, depth)
}

/// A list, map or script.
fn structured<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    depth: usize,
) -> Option<Source> {
    let spot = spot.at(context.position(node));
    if depth == DEPTH_MAX {
        invalid(context, spot, "Lists and maps are nested too deep.");
        return None;
    }
    match node.tag_name().name() {
        "list" => {
            let mut items = Vec::new();
            for item in elements(node) {
                items.push(match item.tag_name().name() {
                    "value" => parameter(context, item, spot, depth + 1)?,
                    _ => structured(context, item, spot, depth + 1)?,
                });
            }
            Some(Source::List(items))
        }
        "map" => {
            let mut entries = Vec::new();
            for entry in elements(node) {
                let key = attribute(entry, "key").unwrap_or_default().to_owned();
                entries.push((key, parameter(context, entry, spot, depth + 1)?));
            }
            Some(Source::Map(entries))
        }
        "script" => script(context, node, spot),
        other => {
            invalid(context, spot, &format!("A parameter cannot hold a {other}."));
            None
        }
    }
}

/// A script as a value: only what this engine evaluates itself.
fn script<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Option<Source> {
    let format = attribute(node, "scriptFormat").unwrap_or_default();
    let body = context.body(node);
    if format.eq_ignore_ascii_case("feel") && !body.text.is_empty() {
        let source = body.text.strip_prefix('=').unwrap_or(&body.text).trim();
        return Some(Source::Text(Text::Expression(feel(source, body.position))));
    }
    let message = format!("The value is a script in {}.", shown(format));
    let hint = "Write it as ${…}, in FEEL (scriptFormat=\"feel\"), or compute it in a scriptTask.";
    context.report(rules::MAPPING_SCRIPT_NOT_EXECUTED, spot, message, hint);
    None
}

/// The `in` or `out` elements of a call, signal or worker.
#[derive(Default)]
pub(crate) struct InOut {
    pub(crate) mappings: Vec<Mapping>,
    /// True if all variables are passed on.
    pub(crate) all: bool,
    /// The business key that is passed on.
    pub(crate) business_key: Option<Text>,
}

/// Reads the extension elements called `name` of `node`.
pub(crate) fn in_out<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: &str,
) -> InOut {
    let mut found = InOut::default();
    for entry in extensions(node).filter(|it| it.tag_name().name() == name) {
        let here = spot.at(context.position(entry));
        if attribute(entry, "variables") == Some("all") {
            found.all = true;
            continue;
        }
        if let Some(key) = context.plain(entry, "businessKey") {
            found.business_key = Some(text(Found { feel: false, ..key }));
            continue;
        }
        for option in ["local", "transient"] {
            if attribute(entry, option) == Some("true") {
                let what = format!("The attribute {option} of {name}");
                extension::not_executed(context, here, &what, option);
            }
        }
        // Only our own element may hold FEEL.
        let feel = entry.tag_name().namespace() == Some(QUORATE);
        let given = |name| context.plain(entry, name).map(|found| Found { feel, ..found });
        let of_variable = given("source").map(|found| match text(found) {
            Text::Literal(name) => Text::Expression(variable(&name, found.position)),
            expression @ Text::Expression(_) => expression,
        });
        let source = given("sourceExpression").map(text).or(of_variable);
        let (Some(source), Some(target)) = (source, attribute(entry, "target")) else {
            invalid(context, here, &format!("The {name} has no source or no target."));
            continue;
        };
        let target = vec![target.to_owned()];
        found.mappings.push(Mapping { target, source: Source::Text(source) });
    }
    found
}

/// What a message or signal carries, from the `in` elements of its definition.
pub(crate) fn payload<'a>(
    context: &mut Context<'a>,
    carriers: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    for node in carriers {
        let found = in_out(context, *node, spot, "in");
        if found.all || found.business_key.is_some() {
            let what = "Passing all variables or the business key on";
            extension::not_executed(context, spot, what, "in");
        }
        mappings.extend(found.mappings);
    }
    mappings
}

/// Injected fields of Java code become local variables, which its worker sees.
fn fields<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Vec<Mapping> {
    if context.dialect(node, "type").is_some_and(|kind| kind.value == "dmn") {
        return Vec::new();
    }
    let mut mappings = Vec::new();
    for field in extensions(node).filter(|it| it.tag_name().name() == "field") {
        let here = spot.at(context.position(field));
        let Some(name) = attribute(field, "name") else {
            invalid(context, here, "The field has no name.");
            continue;
        };
        let inside = elements(field).next().map(|it| (it.tag_name().name(), context.body(it)));
        let value = match inside {
            Some(("expression", body)) => text(body.java()),
            Some((_, body)) => Text::Literal(body.text.into_owned()),
            None => match context.plain(field, "expression") {
                Some(found) => text(Found { feel: false, ..found }),
                None => {
                    Text::Literal(field.attribute("stringValue").unwrap_or_default().to_owned())
                }
            },
        };
        mappings.push(Mapping { target: vec![name.to_owned()], source: Source::Text(value) });
    }
    mappings
}

/// A context of variables, in FEEL: what one instance contributes to a list.
pub(super) fn context_of(names: &[(String, String)], position: Position) -> Expression {
    let entries = names.iter().map(|(target, source)| {
        format!("\"{}\": {}", target.replace('"', ""), variable(source, position).source)
    });
    feel(&format!("{{{}}}", entries.collect::<Vec<_>>().join(", ")), position)
}
