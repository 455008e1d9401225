//! Ad-hoc sub-processes: starts activities in them, and completes them.

use bpmn::ElementIndex;

use super::check_variables;
use crate::command::Variables;
use crate::ctx::Ctx;
use crate::data_object::Place;
use crate::element::ad_hoc;
use crate::event::Event;
use crate::key::LocalId;
use crate::region;
use crate::rejection::Rejection;

pub(crate) fn activate(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    names: &[String],
    variables: &Variables,
) -> Result<(), Rejection> {
    let scope = scope_of(ctx, id)?;
    check_variables(ctx, Place::Scope(scope), variables)?;
    let element = ctx.state().activity(id).ok_or(Rejection::NotAdHoc(id))?.element;
    let known = ctx.model.ad_hoc_activities(element);
    let find = |name: &String| -> Result<ElementIndex, Rejection> {
        let found = known.iter().copied().find(|it| ctx.element(*it).id == *name);
        found.ok_or_else(|| Rejection::AdHocElementUnknown {
            element: name.clone(),
            known: known.iter().map(|it| ctx.element(*it).id.clone()).collect(),
        })
    };
    let elements = names.iter().map(find).collect::<Result<Vec<ElementIndex>, Rejection>>()?;
    let sequential = ad_hoc::rules(ctx, scope).is_some_and(|rules| rules.sequential);
    if sequential && (elements.len() > 1 || ctx.state().is_alive(scope)) {
        return Err(Rejection::AdHocBusy(id));
    }
    if !variables.is_empty() {
        ctx.emit(Event::VariablesSet { region: scope, variables: variables.clone() });
    }
    ad_hoc::start(ctx, scope, &elements);
    Ok(())
}

pub(crate) fn complete(
    ctx: &mut Ctx<'_>,
    id: LocalId,
    cancel_remaining: bool,
) -> Result<(), Rejection> {
    let scope = scope_of(ctx, id)?;
    let element = ctx.state().activity(id).ok_or(Rejection::NotAdHoc(id))?.element;
    if ctx.state().is_alive(scope) && !cancel_remaining {
        return Err(Rejection::AdHocBusy(id));
    }
    region::empty(ctx, scope);
    region::complete_scope(ctx, scope, element);
    Ok(())
}

fn scope_of(ctx: &Ctx<'_>, id: LocalId) -> Result<LocalId, Rejection> {
    let region = ctx.state().activity(id).and_then(|activity| activity.state.region());
    let scope = region.filter(|scope| ad_hoc::rules(ctx, *scope).is_some());
    scope.ok_or(Rejection::NotAdHoc(id))
}
