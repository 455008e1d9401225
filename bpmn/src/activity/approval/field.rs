//! `quorate:field`: what whoever has a task may do with the fields of its form.

use roxmltree::Node;

use super::words::{known, word};
use crate::definition::{FieldAccess, Fields};
use crate::problem::shown;
use crate::rules;
use crate::text::split;
use crate::xml::{Context, Spot};

/// Stands for all fields that no element names.
const OTHERS: &str = "*";
/// Most fields that a task names.
const FIELDS_MAX: usize = 1_000;

/// Reads the element into `fields`; `others_said` tells whether `*` was named before.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    fields: &mut Fields,
    others_said: &mut bool,
) {
    known(context, node, spot, &["name", "access"]);
    let words = [
        ("read", FieldAccess::Read),
        ("write", FieldAccess::Write),
        ("hidden", FieldAccess::Hidden),
        ("required", FieldAccess::Required),
    ];
    if context.plain(node, "access").is_none() {
        let hint = "Add access: read, write, hidden or required.";
        invalid(context, spot, "A field does not say what may be done with it.", hint);
    }
    let Some(access) = word(context, node, spot, "access", &words) else { return };
    let Some(found) = context.plain(node, "name") else {
        let hint = "Add name: names of variables, separated by commas, or * for all others.";
        return invalid(context, spot, "A field has no name.", hint);
    };
    let spot = spot.at(found.position);
    for name in split(found.value) {
        let is_new = match name {
            OTHERS if access == FieldAccess::Required => {
                let hint = "Name each field that must have a value.";
                invalid(context, spot, "All other fields cannot be required.", hint);
                continue;
            }
            OTHERS => {
                fields.others = access;
                !std::mem::replace(others_said, true)
            }
            _ => fields.named.insert(name.to_owned(), access).is_none(),
        };
        if !is_new {
            let message = format!("The field {} is named twice.", shown(name));
            invalid(context, spot, &message, "Name each field once.");
        }
    }
    if fields.named.len() > FIELDS_MAX {
        let message = format!("The task names more than {FIELDS_MAX} fields.");
        invalid(context, spot, &message, "Name those that differ, and use * for all others.");
    }
}

fn invalid(context: &mut Context<'_>, spot: Spot<'_>, message: &str, hint: &str) {
    context.report(rules::FIELD_INVALID, spot, message.to_owned(), hint);
}
