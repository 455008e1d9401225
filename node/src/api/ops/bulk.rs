//! Handing over and completing in bulk.

use actors::request::Ask;
use engine::{ADMIN_GROUP, Command, Operator, Variables};
use proto::v1;

use super::{command_of, inner, operator, page};
use crate::api::bulk::{BATCH_ITEMS_MAX, Handover};
use crate::api::check;
use crate::api::error::ApiError;

/// Hands the work of a person over.
pub(crate) fn handover(request: v1::HandoverRequest) -> Result<Handover, ApiError> {
    let request_id = check::request_id(Some(&request.request_id))?.ok_or_else(|| {
        ApiError::invalid("request_id is empty; a handover is resumed under its own request id")
    })?;
    let (from, to) = (check::id("from", request.from)?, check::id("to", request.to)?);
    if from == to {
        return Err(ApiError::invalid("from and to are the same person; name another one"));
    }
    let operator = operator(request.operator)?;
    // The engine refuses others as well, but not before the directory has changed.
    if request.future && !operator.groups.iter().any(|group| group == ADMIN_GROUP) {
        let user = &operator.user;
        let message =
            format!("user {user} is not in group {ADMIN_GROUP}, which keeps the directory");
        return Err(ApiError::new("NOT_AUTHORIZED", message));
    }
    Ok(Handover {
        request_id,
        operator,
        future: request.future,
        from,
        to,
        reason: check::optional_text("reason", request.reason)?,
        definition: check::optional_id("definition_key", request.definition_key)?,
        page: page(request.page_size, request.cursor.as_deref())?,
    })
}

/// Who completes a batch of so many tasks.
pub(crate) fn batch(who: Option<v1::Operator>, items: usize) -> Result<Operator, ApiError> {
    if items == 0 || items > BATCH_ITEMS_MAX {
        let message = format!("items has {items} tasks; send 1 to {BATCH_ITEMS_MAX}");
        return Err(ApiError::invalid(message));
    }
    operator(who)
}

/// Completes one task of a batch.
pub(crate) fn batch_item(
    operator: &Operator,
    item: v1::BatchItem,
    variables: Result<Variables, ApiError>,
) -> Result<Ask, ApiError> {
    let (instance, task) = inner("task_key", item.task_key)?;
    let command = Command::CompleteTask {
        task: engine::TaskRef::Task(task),
        operator: operator.clone(),
        decision: check::optional_id("decision", item.decision)?,
        opinion: check::optional_text("opinion", item.opinion)?,
        variables: variables?,
        expected_version: None,
        signature: None,
        batch: true,
        dry_run: false,
    };
    command_of(instance, command, item.request_id.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Option<v1::Operator> {
        Some(v1::Operator { user: "root".into(), groups: vec!["admin".into()] })
    }

    #[test]
    fn a_handover_can_be_resumed() {
        let request = v1::HandoverRequest {
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            operator: root(),
            from: "ann".into(),
            to: "bob".into(),
            ..Default::default()
        };
        assert_eq!(handover(request.clone()).expect("it is right").page.items_max, 100);
        let same = v1::HandoverRequest { to: "ann".into(), ..request.clone() };
        let without = v1::HandoverRequest { request_id: String::new(), ..request.clone() };
        let clerk = v1::Operator { user: "ann".into(), groups: vec!["clerks".into()] };
        let future = v1::HandoverRequest { future: true, ..request.clone() };
        assert!(handover(future.clone()).expect("by an administrator").future);
        let by_clerk = v1::HandoverRequest { operator: Some(clerk), ..future };
        for (wrong, part) in
            [(same, "same person"), (without, "request_id"), (by_clerk, "keeps the directory")]
        {
            let error = handover(wrong).expect_err("it is wrong");
            assert!(error.refusal().message.contains(part), "{}", error.refusal().message);
        }
    }

    #[test]
    fn a_batch_has_a_largest_size_and_wrong_items_hide_no_others() {
        assert!(batch(root(), 0).is_err() && batch(root(), BATCH_ITEMS_MAX + 1).is_err());
        let operator = batch(root(), BATCH_ITEMS_MAX).expect("it is right");
        let wrong = v1::BatchItem { task_key: -1, ..Default::default() };
        assert!(batch_item(&operator, wrong, Ok(Variables::new())).is_err());
        let right = v1::BatchItem { task_key: (1 << 21) + 3, ..Default::default() };
        let ask = batch_item(&operator, right, Ok(Variables::new())).expect("it is right");
        let Ask::Command { command, .. } = ask else { panic!("it is a command") };
        assert!(matches!(command, Command::CompleteTask { batch: true, .. }));
    }
}
