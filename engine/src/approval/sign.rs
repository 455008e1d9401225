//! Signatures under decisions: which decisions want one, and what binds it to what was signed.

use super::decide::{change_item, rules_of};
use crate::APPROVE;
use crate::command::{Operator, Variables};
use crate::ctx::Ctx;
use crate::event::{ItemChange, Signature};
use crate::form::form_of;
use crate::key::LocalId;
use crate::operation::check_bytes;
use crate::rejection::Rejection;

/// Checks the signature under a decision of an open work item, and binds it: to the work item, the
/// decision and the form as it is then. None if there is none and none is wanted.
pub(crate) fn check_signature(
    ctx: &Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    decision: Option<&str>,
    variables: &Variables,
    signature: Option<&Signature>,
) -> Result<Option<Signature>, Rejection> {
    let (task, _) = ctx.state().item(item).ok_or(Rejection::TaskNotOpen(item))?;
    let activity = ctx.state().activity(task).ok_or(Rejection::TaskNotOpen(item))?;
    let rules = rules_of(ctx.model, activity);
    let word = decision.unwrap_or(APPROVE);
    let Some(signature) = signature else {
        if rules.signature_for.iter().any(|it| it == "*" || it == word) {
            let node = ctx.element(activity.element).id.clone();
            return Err(Rejection::SignatureRequired { node });
        }
        return Ok(None);
    };
    let bytes_max = ctx.limits.reference_bytes_max;
    check_bytes("the reference of the signature", signature.reference.len(), bytes_max)?;
    let digest_bytes = signature.digest.as_ref().map_or(0, String::len);
    check_bytes("the digest of the signature", digest_bytes, ctx.limits.id_bytes_max)?;
    if signature.reference.trim().is_empty() {
        return Err(Rejection::OperationNotPossible {
            operation: "complete_task",
            reason: "the signature has no reference; say where it is kept".to_owned(),
        });
    }
    let form = form_of(ctx.model, ctx.state(), item, &operator.user, decision, variables)
        .expect("the work item is open");
    if signature.form.as_ref().is_some_and(|signed| *signed != form.sha256) {
        return Err(Rejection::SignatureMismatch { form: form.sha256 });
    }
    Ok(Some(Signature { form: Some(form.sha256), ..signature.clone() }))
}

/// Writes down that the holder of a work item signs the decision that follows.
pub(crate) fn sign(
    ctx: &mut Ctx<'_>,
    item: LocalId,
    operator: &Operator,
    decision: Option<&str>,
    signature: Signature,
) {
    let change = ItemChange::Signed { decision: decision.map(str::to_owned), signature };
    change_item(ctx, item, change, Some(&operator.user));
}
