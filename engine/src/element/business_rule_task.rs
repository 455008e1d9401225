//! Business rule task: a decision, evaluated inside the step. What it gave and which rules matched is
//! pinned in the trace.

use bpmn::{BusinessRule, ElementIndex, ResultMapping};
use expr::Value;

use super::call_activity;
use crate::command::Variables;
use crate::ctx::{Ctx, Move};
use crate::data_object;
use crate::evaluate::{self, text};
use crate::event::{Event, IncidentCode, MatchedRules};
use crate::key::LocalId;
use crate::rejection::Rejection;

/// As a synchronous service: a failure takes a caller's command back, and is an incident where
/// nobody called.
pub(super) fn work(
    ctx: &mut Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rule: &BusinessRule,
) -> Result<(), Rejection> {
    let decided = decide(ctx, branch, rule).and_then(|found| {
        let variables = variables_of(rule, found.result.clone());
        let place = ctx.place_of_results(branch, element);
        data_object::check_computed(ctx, place, &variables)?;
        Ok((found, variables))
    });
    match decided {
        Ok((found, variables)) => {
            ctx.emit(Event::DecisionEvaluated {
                branch,
                element,
                decision: found.decision,
                version: found.version,
                result: found.result,
                matched: found.matched,
            });
            ctx.bring(branch, element, &variables);
            ctx.push(Move::Leave { branch, element });
            Ok(())
        }
        Err(message) if ctx.has_caller => Err(Rejection::ServiceFailed { element, message }),
        Err(message) => {
            ctx.park(branch, element, IncidentCode::DecisionFailed, message);
            Ok(())
        }
    }
}

/// The variables that a result becomes.
fn variables_of(rule: &BusinessRule, result: Value) -> Variables {
    match (rule.mapping, &rule.result, result) {
        (ResultMapping::Variables, _, Value::Context(entries)) => entries.as_ref().clone(),
        (ResultMapping::Variables, _, _) | (_, None, _) => Variables::new(),
        (_, Some(name), result) => Variables::from([(name.as_str().into(), result)]),
    }
}

struct Decided {
    decision: String,
    version: u32,
    result: Value,
    matched: Vec<MatchedRules>,
}

fn decide(ctx: &Ctx<'_>, branch: LocalId, rule: &BusinessRule) -> Result<Decided, String> {
    let decision = text(ctx, branch, &rule.decision)?;
    let pick = call_activity::pick(ctx, branch, &rule.binding)?;
    let found = ctx.library.decision(&decision, &pick).ok_or_else(|| {
        format!("no deployed decision {decision} fits ({pick}); deploy it and try again")
    })?;
    let scope = evaluate::scope(ctx, branch);
    let outcome = found.model.decide(&decision, &scope, &ctx.limits.decision);
    let outcome = outcome.map_err(|error| error.to_string())?;
    let mapping = mapping_of(rule.mapping);
    let result = dmn::map_result(&outcome, mapping).map_err(|error| error.to_string())?;
    let matched = |rules: &dmn::MatchedRules| MatchedRules {
        decision: rules.decision.to_string(),
        rules: rules.rules.clone(),
    };
    let matched = outcome.matched.iter().map(matched).collect();
    Ok(Decided { decision, version: found.version, result, matched })
}

fn mapping_of(mapping: ResultMapping) -> dmn::ResultMapping {
    match mapping {
        ResultMapping::AsIs => dmn::ResultMapping::AsIs,
        ResultMapping::SingleEntry => dmn::ResultMapping::SingleEntry,
        ResultMapping::SingleResult | ResultMapping::Variables => dmn::ResultMapping::SingleResult,
        ResultMapping::CollectEntries => dmn::ResultMapping::CollectEntries,
        ResultMapping::ResultList => dmn::ResultMapping::ResultList,
    }
}
