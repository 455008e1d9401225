//! Activities that run several times: multi-instance and standard loops.

use roxmltree::Node;

use super::mapping::context_of;
use crate::condition::{self, feel, variable};
use crate::definition::{Expression, Language, MultiInstance, Repeat, Text};
use crate::extension::{self, Understood};
use crate::problem::shown;
use crate::rules;
use crate::text::{expression, text};
use crate::xml::{
    Context, Found, QUORATE, Spot, ZEEBE, attribute, bpmn_name, child, elements,
    extension as extension_of, extensions, is_dialect, zeebe,
};

const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "collection",
        "elementVariable",
        "elementIndexVariable",
        "outputCollection",
        "outputElement",
    ],
    elements: &["loopCharacteristics", "collection", "elementVariable", "variableAggregation"],
};

/// Reads how often an activity runs; `None` if once, or if it was reported.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Repeat> {
    let markers = elements(node).filter(|child| {
        matches!(
            bpmn_name(*child),
            Some("multiInstanceLoopCharacteristics" | "standardLoopCharacteristics")
        )
    });
    let markers: Vec<_> = markers.collect();
    if markers.len() > 1 {
        let message = format!("The activity has {} loop characteristics.", markers.len());
        context.report(rules::ELEMENT_REPEATED, spot, message, "Keep one of them.");
    }
    let marker = *markers.first()?;
    let here = spot.at(context.position(marker));
    extension::notices(context, marker, here, &[&UNDERSTOOD]);
    if bpmn_name(marker) == Some("standardLoopCharacteristics") {
        return read_loop(context, marker, here);
    }
    read_multi_instance(context, marker, here).map(|multi| Repeat::MultiInstance(Box::new(multi)))
}

fn read_loop<'a>(
    context: &mut Context<'a>,
    marker: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Repeat> {
    let test_before = context.boolean(spot, "testBefore", attribute(marker, "testBefore"), false);
    let given = child(marker, "loopCondition");
    let condition = given.map(|given| condition::read(context, given, spot));
    let given = attribute(marker, "loopMaximum");
    let maximum = given.and_then(|value| value.parse::<u32>().ok()).filter(|count| *count > 0);
    if let Some(value) = given.filter(|_| maximum.is_none()) {
        let message = format!("The loopMaximum is {}.", shown(value));
        let hint = "Write a whole number from 1.";
        context.report(rules::NUMBER_INVALID, spot, message, hint);
        return None;
    }
    if condition.is_none() && maximum.is_none() {
        let message = "Nothing ends the loop.";
        let hint = "Add a loopCondition, which is true as long as it goes on, or a loopMaximum.";
        context.report(rules::LOOP_WITHOUT_END, spot, message, hint);
        return None;
    }
    Some(Repeat::Loop { test_before, condition, maximum })
}

fn read_multi_instance<'a>(
    context: &mut Context<'a>,
    marker: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<MultiInstance> {
    let errors = context.errors;
    refuse_behaviour(context, marker, spot);
    let sequential =
        context.boolean(spot, "isSequential", attribute(marker, "isSequential"), false);
    let cardinality = child(marker, "loopCardinality").map(|given| context.body(given));
    let cardinality = cardinality.filter(|body| !body.text.is_empty());
    let cardinality = cardinality.map(|body| text(body.found()));
    if let Some(Text::Literal(literal)) = &cardinality
        && literal.parse::<u32>().is_err()
    {
        let message = format!("The loopCardinality is {}.", shown(literal));
        let hint = "Write a whole number, or an expression.";
        context.report(rules::NUMBER_INVALID, spot, message, hint);
    }
    let collection = collection(context, marker, spot);
    if cardinality.is_none() && collection.is_none() && context.errors == errors {
        let message = "Nothing says how many instances there are.";
        let hint = "Add a loopCardinality, or a collection: zeebe:loopCharacteristics with inputCollection, or an attribute collection of the other dialects.";
        context.report(rules::MULTI_INSTANCE_WITHOUT_COUNT, spot, message, hint);
    }
    let completion = child(marker, "completionCondition");
    let completion = completion.filter(|given| !context.body(*given).text.is_empty());
    let completion = completion.map(|given| condition::read(context, given, spot));
    let output = output(context, marker, spot);
    let multi = MultiInstance {
        sequential,
        first_counter: first_counter(context, marker, cardinality.as_ref()),
        cardinality,
        collection,
        element_variable: element_variable(context, marker),
        completion,
        output_collection: output.collection,
        output_element: output.element,
        index_variable: context.name(marker, "elementIndexVariable"),
    };
    (context.errors == errors).then_some(multi)
}

/// Reports events that would be thrown when instances end.
fn refuse_behaviour<'a>(context: &mut Context<'a>, marker: Node<'a, 'a>, spot: Spot<'a>) {
    let behavior = attribute(marker, "behavior").filter(|value| *value != "All");
    let references = ["oneBehaviorEventRef", "noneBehaviorEventRef", "complexBehaviorDefinition"];
    let is_reference =
        |name: &str| attribute(marker, name).is_some() || child(marker, name).is_some();
    let named = references.iter().copied().find(|name| is_reference(name));
    if let Some(found) = behavior.or(named) {
        let message = format!("The instances throw events as they end ({}).", shown(found));
        let hint = "Remove the behaviour, and throw the event inside a multi-instance subProcess.";
        context.report(rules::MULTI_INSTANCE_BEHAVIOUR_NOT_EXECUTED, spot, message, hint);
    }
}

/// The items: an expression, or the name of a variable.
fn collection<'a>(context: &mut Context<'a>, marker: Node<'a, 'a>, spot: Spot<'a>) -> Option<Text> {
    let of_zeebe = zeebe(marker, "loopCharacteristics");
    let found = context.dialect(marker, "collection");
    let found = found.or_else(|| context.plain(of_zeebe?, "inputCollection"));
    if let Some(found) = found {
        return Some(text(found));
    }
    if let Some(inside) = extension_of(marker, "collection") {
        return collection_element(context, inside, spot);
    }
    let body = child(marker, "loopDataInputRef").map(|given| context.body(given))?;
    match named_data(marker, "dataInput", &body.text) {
        Some(name) => Some(Text::Literal(name.to_owned())),
        None => (!body.text.is_empty()).then(|| text(body.found())),
    }
}

/// The name of the activity's data input or output that has this id: BPMN refers to these, the
/// Java engines to a variable.
fn named_data<'a>(marker: Node<'a, 'a>, tag: &str, id: &str) -> Option<&'a str> {
    let specification = child(marker.parent_element()?, "ioSpecification")?;
    let mut data = elements(specification).filter(|it| bpmn_name(*it) == Some(tag));
    let found = data.find(|it| attribute(*it, "id") == Some(id))?;
    attribute(found, "name")
}

/// A `collection` as an extension element: a variable, an expression or a list in JSON, unless
/// Java code reads it.
fn collection_element<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
) -> Option<Text> {
    let here = spot.at(context.position(node));
    let of_java = ["class", "delegateExpression"];
    let handler = of_java
        .iter()
        .find_map(|name| context.plain(node, name).or_else(|| context.dialect(node, name)));
    if let Some(handler) = handler {
        let message = format!("The collection is read by {}.", shown(handler.value));
        let hint = "Name a variable that holds a list, and fill it in a task before.";
        context.report(rules::COLLECTION_HANDLER_NOT_EXECUTED, here, message, hint);
        return None;
    }
    let inside = elements(node).next().unwrap_or(node);
    let body = context.body(inside);
    if body.text.starts_with('[') {
        return Some(Text::Expression(feel(&body.text, body.position)));
    }
    (!body.text.is_empty()).then(|| text(body.java()))
}

fn element_variable<'a>(context: &Context<'a>, marker: Node<'a, 'a>) -> Option<String> {
    let of_zeebe = zeebe(marker, "loopCharacteristics");
    let found = context.dialect(marker, "elementVariable");
    let found = found.or_else(|| context.plain(of_zeebe?, "inputElement"));
    let item = child(marker, "inputDataItem").and_then(|item| attribute(item, "name"));
    let inside =
        extension_of(marker, "elementVariable").map(|it| context.body(it).text.into_owned());
    found.map(|found| found.value.to_owned()).or(inside).or(item.map(str::to_owned))
}

/// Where the results go.
#[derive(Default)]
struct Output {
    collection: Option<String>,
    element: Option<Expression>,
}

fn output<'a>(context: &mut Context<'a>, marker: Node<'a, 'a>, spot: Spot<'a>) -> Output {
    let aggregations = extensions(marker)
        .filter(|it| it.tag_name().name() == "variableAggregation")
        .collect::<Vec<_>>();
    if !aggregations.is_empty() {
        return aggregation(context, &aggregations, spot).unwrap_or_default();
    }
    let of_zeebe = zeebe(marker, "loopCharacteristics");
    let find = |context: &Context<'a>, name| {
        let found = context.dialect(marker, name);
        found.or_else(|| context.plain(of_zeebe?, name))
    };
    let collection = find(context, "outputCollection").map(|found| found.value.to_owned());
    let element = find(context, "outputElement").map(output_element);
    let of_bpmn = child(marker, "loopDataOutputRef").map(|it| context.body(it).text);
    let of_bpmn = of_bpmn.map(|id| match named_data(marker, "dataOutput", &id) {
        Some(name) => name.to_owned(),
        None => id.into_owned(),
    });
    let item = child(marker, "outputDataItem");
    let item = item.and_then(|it| Some(variable(attribute(it, "name")?, context.position(it))));
    Output {
        collection: collection.or(of_bpmn.filter(|name| !name.is_empty())),
        element: element.or(item),
    }
}

/// An expression; without a mark it is FEEL, which the name of a variable is as well.
fn output_element(found: Found<'_>) -> Expression {
    expression(found).unwrap_or_else(|| feel(found.value, found.position))
}

/// Flowable's aggregation in its simple form: one list of named variables.
fn aggregation<'a>(
    context: &mut Context<'a>,
    aggregations: &[Node<'a, 'a>],
    spot: Spot<'a>,
) -> Option<Output> {
    let first = *aggregations.first()?;
    let here = spot.at(context.position(first));
    let other = ["targetExpression", "class", "delegateExpression"];
    let has_other = other.iter().any(|name| attribute(first, name).is_some())
        || ["createOverviewVariable", "createOverview", "storeAsTransientVariable"]
            .iter()
            .any(|name| attribute(first, name) == Some("true"));
    let variables = elements(first).filter(|it| it.tag_name().name() == "variable");
    let names: Option<Vec<_>> = variables
        .map(|it| {
            let source = attribute(it, "source")?;
            let target = attribute(it, "target").unwrap_or(source);
            Some((target.to_owned(), source.to_owned()))
        })
        .collect();
    match (attribute(first, "target"), names) {
        (Some(target), Some(names)) if aggregations.len() == 1 && !has_other => Some(Output {
            collection: Some(target.to_owned()),
            element: Some(context_of(&names, here.position)),
        }),
        _ => {
            let message = "The variable aggregation is not one list of named variables.";
            let hint = "Keep one variableAggregation with a target, and variables with a source each, without overview, expressions or Java code.";
            context.report(rules::VARIABLE_AGGREGATION_NOT_EXECUTED, here, message, hint);
            None
        }
    }
}

/// What `loopCounter` starts with: 0 where a Java engine would run the file, else 1.
fn first_counter<'a>(
    context: &Context<'a>,
    marker: Node<'a, 'a>,
    cardinality: Option<&Text>,
) -> u32 {
    let attributes = marker.attributes().filter_map(|it| it.namespace());
    let children = extensions(marker).filter_map(|it| it.tag_name().namespace());
    let dialects: Vec<_> = attributes.chain(children).filter(|uri| is_dialect(Some(uri))).collect();
    if dialects.iter().any(|uri| matches!(*uri, QUORATE | ZEEBE)) {
        return 1;
    }
    let is_java = match cardinality {
        _ if !dialects.is_empty() => true,
        Some(Text::Expression(one)) => one.language == Language::Uel || context.roots.is_java,
        Some(Text::Literal(_)) | None => context.roots.is_java,
    };
    u32::from(!is_java)
}
