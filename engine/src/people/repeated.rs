//! Repeated approvers: whoever approved before on the active path need not do it again, where the
//! file says so.

use std::sync::Arc;

use bpmn::{Approval, Dedupe};

use super::path::{self, Passed};
use super::{Desk, UnitSpec};
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::event::{Automatic, Event};
use crate::form::lacks_fields;
use crate::key::LocalId;

/// Marks the units of those whose approval stands. Never for a task that is opened by going back:
/// somebody wants it looked at again. Never while a required field is empty either. What was undone is no part of the active path.
pub(super) fn apply(desk: &Desk<'_, '_>, rules: &Approval, units: &mut [UnitSpec]) {
    let state = desk.ctx.state();
    if rules.dedupe == Dedupe::None
        || state.branch(desk.branch).readmission.is_some()
        || lacks_fields(desk.ctx, desk.branch, desk.element)
    {
        return;
    }
    for unit in units.iter_mut().filter(|unit| unit.approved.is_none()) {
        let Some(person) = unit.person() else { continue };
        if let Some(found) = standing(desk, rules, person) {
            let (element, visit) = (found.element(), found.visit.number);
            unit.approved = Some(Automatic::Repeated { element, visit });
        }
    }
}

/// The approval of a person that stands by the rules.
fn standing<'s>(desk: &'s Desk<'_, '_>, rules: &Approval, person: &str) -> Option<Passed<'s>> {
    // Nodes that nobody stood for, such as skipped ones, come between no two persons.
    let mut passed =
        path::passed(desk.ctx.state(), desk.branch).filter(|it| !it.done.handlers.is_empty());
    let found = match rules.dedupe {
        Dedupe::None => None,
        Dedupe::FirstOnly => passed.next().filter(|it| !it.is_repeat()),
        Dedupe::Adjacent => passed.next(),
        Dedupe::All => passed.find(|it| it.is_approved_by(person)),
    };
    found.filter(|it| it.is_approved_by(person) && is_unchanged(desk, rules, *it))
}

/// Whether every variable that the node guards has the value that the approval saw as it was left.
fn is_unchanged(desk: &Desk<'_, '_>, rules: &Approval, approval: Passed<'_>) -> bool {
    let kept = approval.visit.guarded.as_deref();
    rules.guarded.iter().all(|name| {
        let then = kept.and_then(|kept| kept.get(name.as_str()));
        then == desk.ctx.state().variable(desk.branch, name)
    })
}

/// Keeps what nodes guard, as a manual node is left with it: later nodes compare with it before they
/// pass over somebody who approved here.
pub(crate) fn keep_guarded(ctx: &mut Ctx<'_>, branch: LocalId) {
    let names = ctx.model.guarded();
    if names.is_empty() {
        return;
    }
    let values = names.iter().filter_map(|name| {
        let value = ctx.state().variable(branch, name)?.clone();
        Some((Arc::from(name.as_str()), value))
    });
    let variables: Variables = values.collect();
    ctx.emit(Event::GuardedKept { branch, variables });
}
