//! Withdraw, terminate, void and revoke: an instance ends other than by its flow.

use crate::command::Operator;
use crate::ctx::Ctx;
use crate::event::{Cause, ChildNews, Conclusion, Event, Outcome, OutcomeClass, Parcel};
use crate::instance::Instance;
use crate::region;
use crate::rejection::Rejection;

/// Ends everything in the instance with this outcome; its caller hears of it.
pub(crate) fn finish_with(
    ctx: &mut Ctx<'_>,
    class: OutcomeClass,
    code: &str,
    cause: Cause,
    operator: Option<&str>,
    reason: Option<&str>,
) {
    region::cancel(ctx, Instance::ROOT_REGION);
    let outcome = Outcome { class, code: code.to_owned(), end_node: None, at: ctx.now };
    if let Some(caller) = ctx.state().parent() {
        let variables = ctx.state().variables();
        let news = ChildNews::Finished { outcome: outcome.clone(), variables };
        ctx.post(Parcel::ToParent { parent: caller.instance, call: caller.call, news });
    }
    let conclusion = Conclusion {
        cause,
        operator: operator.map(str::to_owned),
        reason: reason.map(str::to_owned),
    };
    ctx.emit(Event::Concluded { outcome, conclusion });
}

pub(crate) fn withdraw(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "withdraw",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn terminate(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "terminate",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn void_instance(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "void_instance",
        reason: "it is not built yet".into(),
    })
}

pub(crate) fn revoke(
    _ctx: &mut Ctx<'_>,
    _operator: &Operator,
    _reason: Option<&str>,
) -> Result<(), Rejection> {
    Err(Rejection::OperationNotPossible {
        operation: "revoke",
        reason: "it is not built yet".into(),
    })
}
