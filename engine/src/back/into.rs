//! Bringing a token to a node that no flow led it to: through forks and into sub-processes that are
//! not open, so that joins and scopes behind the node find what they wait for.

use bpmn::{ElementIndex, ElementKind, FlowIndex};

use super::place;
use crate::ctx::{Ctx, Move};
use crate::element::{io_mapping, sub_process};
use crate::event::{BackKind, Event, IncidentCode, Readmission};
use crate::instance::{Instance, Stage};
use crate::key::LocalId;
use crate::{join, reach};

/// What a branch enters first on its way to a node: a fork or sub-process around it, or the node.
pub(super) fn first(ctx: &Ctx<'_>, region: LocalId, inward: &[ElementIndex]) -> ElementIndex {
    let next = *inward.first().expect("a way leads somewhere");
    missing_forks(ctx, region, next).first().map_or(next, |(fork, _)| *fork)
}

/// Brings a branch that is on the move to a node.
pub(super) fn enter(
    ctx: &mut Ctx<'_>,
    mut branch: LocalId,
    inward: &[ElementIndex],
    kind: BackKind,
) {
    let Some((target, around)) = inward.split_last() else { return };
    for element in around {
        branch = through_forks(ctx, branch, *element);
        let Some(inner) = into_sub_process(ctx, branch, *element) else { return };
        branch = inner;
    }
    branch = through_forks(ctx, branch, *target);
    excuse(ctx, branch, *target);
    let is_task = matches!(ctx.element(*target).kind, ElementKind::UserTask(_));
    // The runs of a repeated one are branches of their own.
    if is_task && ctx.element(*target).extras().repeat.is_none() {
        let readmission = Readmission { kind, people: Vec::new() };
        ctx.emit(Event::Readmitted { branch, readmission });
    }
    ctx.push(Move::Enter { branch, element: *target });
}

/// Tells the joins that the token can't come to from its new place that they do without it: it stands
/// on a way that ends before them.
fn excuse(ctx: &mut Ctx<'_>, branch: LocalId, target: ElementIndex) {
    let mut at = branch;
    loop {
        let region = ctx.state().branch(at).region;
        let visit = ctx.state().region(region);
        let (Some(parent), Some(fork), None) = (visit.parent, visit.element, visit.activity) else {
            return;
        };
        let flow = place::flow_of(ctx, region, at);
        if flow.is_some_and(|flow| loses_a_join(ctx, fork, flow, target)) {
            ctx.emit(Event::BranchExcused { region });
        }
        at = parent;
    }
}

/// True if a join at which a flow of a fork meets others of it can't be reached from the target.
fn loses_a_join(ctx: &Ctx<'_>, fork: ElementIndex, flow: FlowIndex, target: ElementIndex) -> bool {
    let definition = ctx.model.definition();
    let first = |flow: FlowIndex| definition.flow(flow).target;
    let others = definition.element(fork).outgoing.iter().copied().filter(|other| *other != flow);
    let led = reach::forward(definition, fork, [first(flow)]);
    let met = reach::forward(definition, fork, others.map(first));
    let left = reach::forward(definition, fork, [target]);
    let elements = definition.elements.iter().enumerate();
    let mut joins = elements.filter(|(_, element)| join::is_join(element)).map(|(index, _)| index);
    joins.any(|join| led[join] && met[join] && !left[join])
}

/// Forks around a node that a branch of this region visit does not stand in, outermost first: those
/// inside the last one that it stands in. One outside of that was passed by a single flow, which
/// opens no region visit.
fn missing_forks(
    ctx: &Ctx<'_>,
    region: LocalId,
    node: ElementIndex,
) -> Vec<(ElementIndex, FlowIndex)> {
    let passed = forks_of(ctx.state(), region);
    let mut around = place::forks_around(ctx.model.definition(), node);
    let last = around.iter().rposition(|(fork, _)| passed.contains(fork));
    around.split_off(last.map_or(0, |last| last + 1))
}

/// The forks that a region visit stands in, within its scope.
fn forks_of(state: &Instance, mut region: LocalId) -> Vec<ElementIndex> {
    let mut forks = Vec::new();
    loop {
        let visit = state.region(region);
        let (Some(parent), Some(element), None) = (visit.parent, visit.element, visit.activity)
        else {
            return forks;
        };
        forks.push(element);
        region = state.branch(parent).region;
    }
}

/// Opens the forks around a node with the one branch that leads to it; their joins do without the
/// others.
fn through_forks(ctx: &mut Ctx<'_>, mut branch: LocalId, node: ElementIndex) -> LocalId {
    let region = ctx.state().branch(branch).region;
    for (element, flow) in missing_forks(ctx, region, node) {
        ctx.emit(Event::Entered { branch, element, flow: None, at: ctx.now });
        let (inputs, flows) = (Default::default(), vec![flow]);
        ctx.emit(Event::Decided { branch, element, inputs, flows });
        let region = ctx.next_id();
        let inner = LocalId(region.0 + 1);
        ctx.emit(Event::RegionOpened {
            region,
            element,
            parent: branch,
            activity: None,
            branches: vec![inner],
        });
        for _ in 1..ctx.element(element).outgoing.len() {
            ctx.emit(Event::BranchExcused { region });
        }
        branch = inner;
    }
    branch
}

/// Opens a sub-process and gives the branch inside of it; none if its mappings fail, which stops the
/// branch before it.
fn into_sub_process(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex) -> Option<LocalId> {
    ctx.emit(Event::Entered { branch, element, flow: None, at: ctx.now });
    if let Err(message) = io_mapping::take_in(ctx, branch, element) {
        ctx.stop(branch, element, Stage::Entering, IncidentCode::ExpressionFailed, message);
        return None;
    }
    Some(sub_process::open_for(ctx, branch, element))
}
