//! The form of a task: the variables that its holder sees, which of them may be set, and the text
//! that a signature is bound to.
//!
//! Only what is done with a work item is held to this. Starting, correcting and mending an instance
//! are not, nor is what workers bring.

use std::collections::BTreeMap;
use std::fmt::Write;

use bpmn::{Approval, ElementIndex, ElementKind, FieldAccess, Fields};
use expr::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::REJECT;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::instance::Instance;
use crate::key::LocalId;
use crate::model::Model;
use crate::rejection::Rejection;

/// What a signature of a decision is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// A JSON object without blanks, its members in the order of their names: `decision`, `fields`
    /// (the variables that the holder sees, with those that are submitted laid over), `instance`,
    /// `node`, `task`, `user` and `visit`. Keys are decimal text.
    pub text: String,
    /// SHA-256 of the text's UTF-8 bytes: 64 lower-case hexadecimal digits.
    pub sha256: String,
}

#[derive(Serialize)]
struct Signed<'a> {
    decision: Option<&'a str>,
    fields: BTreeMap<&'a str, Json>,
    instance: String,
    node: &'a str,
    task: String,
    user: &'a str,
    visit: u32,
}

/// What whoever has a task of this node may do with the fields of its form. A temporary step before
/// or behind the node has those of the node.
#[must_use]
pub fn fields_of(model: &Model, element: ElementIndex) -> &Fields {
    match &model.definition().element(element).kind {
        ElementKind::UserTask(task) => &task.rules().fields,
        _ => &Approval::PLAIN.fields,
    }
}

/// The variables that the holder of an open work item sees: all that its task sees, without hidden
/// ones. None if there is no such work item.
#[must_use]
pub fn visible(model: &Model, instance: &Instance, item: LocalId) -> Option<Variables> {
    let (task, _) = instance.item(item)?;
    let activity = instance.activity(task)?;
    let fields = fields_of(model, activity.element);
    let mut seen = instance.variables_seen(activity.branch);
    seen.retain(|name, _| fields.access(name) != FieldAccess::Hidden);
    Some(seen)
}

/// What a signature is bound to if `user` decides an open work item and sets these variables. None if
/// there is no such work item.
#[must_use]
pub fn form_of(
    model: &Model,
    instance: &Instance,
    item: LocalId,
    user: &str,
    decision: Option<&str>,
    variables: &Variables,
) -> Option<Form> {
    let (task, _) = instance.item(item)?;
    let activity = instance.activity(task)?;
    let mut fields = visible(model, instance, item)?;
    fields.extend(variables.iter().map(|(name, value)| (name.clone(), value.clone())));
    let signed = Signed {
        decision,
        fields: fields.iter().map(|(name, value)| (&**name, value.to_json())).collect(),
        instance: instance.key().to_string(),
        node: &model.definition().element(activity.element).id,
        task: instance.key().with_local(item).to_string(),
        user,
        visit: activity.visit,
    };
    let text = serde_json::to_string(&signed).expect("values are always valid JSON");
    let sha256 = Sha256::digest(&text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a text takes what is written");
        hex
    });
    Some(Form { text, sha256 })
}

/// Refuses variables that whoever has a task of this node may not set. A field that is only read may
/// come back as it is, since forms send what they show.
pub(crate) fn check_fields(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    variables: &Variables,
) -> Result<(), Rejection> {
    let fields = fields_of(ctx.model, element);
    let refused = |(name, value): (&std::sync::Arc<str>, &Value)| {
        let why = match fields.access(name) {
            FieldAccess::Hidden => "hidden",
            FieldAccess::Read if ctx.state().variable(branch, name) != Some(value) => "read only",
            FieldAccess::Read | FieldAccess::Write | FieldAccess::Required => return None,
        };
        Some((name.to_string(), why))
    };
    let refused: Vec<(String, &'static str)> = variables.iter().filter_map(refused).collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Rejection::FieldNotAllowed { node: ctx.element(element).id.clone(), fields: refused })
}

/// Refuses to approve a task while a required field has no value.
pub(crate) fn check_required(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    decision: Option<&str>,
    variables: &Variables,
) -> Result<(), Rejection> {
    let missing = missing(ctx, branch, element, variables);
    if decision == Some(REJECT) || missing.is_empty() {
        return Ok(());
    }
    Err(Rejection::FieldRequired { node: ctx.element(element).id.clone(), fields: missing })
}

/// True if a required field of the node has no value as things are: then somebody has to fill it in.
pub(crate) fn lacks_fields(ctx: &Ctx<'_>, branch: LocalId, element: ElementIndex) -> bool {
    !missing(ctx, branch, element, &Variables::new()).is_empty()
}

fn missing(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    variables: &Variables,
) -> Vec<String> {
    let has_value = |name: &str| {
        let value = variables.get(name).or_else(|| ctx.state().variable(branch, name));
        !matches!(value, None | Some(Value::Null)) && value != Some(&Value::from(""))
    };
    let named = fields_of(ctx.model, element).named.iter();
    let required = named.filter(|(_, access)| **access == FieldAccess::Required);
    required.map(|(name, _)| name).filter(|name| !has_value(name)).cloned().collect()
}
