//! How refusals and faults become [`Failure`]s. No decision is made here.

use engine::{Instance, Key, Model, Rejection, Standing};
use uuid::Uuid;

use crate::ports::{ProposeError, StoreError};
use crate::request::{Failure, Remedy};

/// A refusal of the engine, with the state it was decided on.
pub(crate) fn rejected(rejection: &Rejection, on: Option<(&Model, &Instance)>) -> Failure {
    let retryable = matches!(
        rejection,
        Rejection::ExclusiveBusy(_)
            | Rejection::JobNotAvailable(_)
            | Rejection::NotYourTurn(_)
            | Rejection::InstanceSuspended { .. }
            | Rejection::RemindedAlready { .. }
    );
    let correctable = matches!(rejection, Rejection::NodeMismatch { known: true, .. });
    Failure::Rejected {
        code: rejection.code().to_owned(),
        message: rejection.to_string(),
        retryable,
        correctable,
        standing: on
            .filter(|(_, instance)| instance.revision() > 0)
            .map(|(model, instance)| Box::new(Standing::of(model, instance))),
        remedy: remedy(rejection).map(Box::new),
    }
}

/// What the refusal says beside its message, so that one reply suffices.
fn remedy(rejection: &Rejection) -> Option<Remedy> {
    match rejection {
        Rejection::ReturnTargetNotAllowed { allowed, refused, .. } => {
            Some(Remedy { allowed: allowed.clone(), refused: refused.clone(), missing: Vec::new() })
        }
        Rejection::MissingTargetData { missing, .. }
        | Rejection::FieldRequired { fields: missing, .. } => {
            Some(Remedy { missing: missing.clone(), ..Remedy::default() })
        }
        _ => None,
    }
}

/// No instance has this key.
pub(crate) fn no_instance(key: Key) -> Failure {
    Failure::NotFound {
        code: "INSTANCE_NOT_FOUND".to_owned(),
        message: format!("there is no instance {key}; check the key"),
    }
}

/// A request id came back with another command.
pub(crate) fn request_conflict(id: Uuid, instance: Option<Key>) -> Failure {
    Failure::IdempotencyConflict {
        message: format!(
            "request id {id} was used for another command; take a new id for a new command"
        ),
        instance,
    }
}

/// Why a proposal or a barrier was not acknowledged.
pub(crate) fn not_proposed(error: ProposeError) -> Failure {
    match error {
        ProposeError::NotLeader { leader } => Failure::NotLeader { leader },
        ProposeError::Unknown(why) => Failure::Unavailable {
            message: format!("the outcome is unknown, repeat with the same request id: {why}"),
        },
    }
}

/// The state can't be read.
pub(crate) fn unreadable(error: StoreError) -> Failure {
    Failure::Unavailable { message: format!("this node can't read its state: {error}") }
}

/// The actor that had the request is gone.
pub(crate) fn lost() -> Failure {
    Failure::Unavailable {
        message: "leadership ended or the actor failed before the outcome was known; repeat with \
                  the same request id"
            .to_owned(),
    }
}

/// True for failures that say something about the state: they hold only if this node still leads.
pub(crate) fn rests_on_state(failure: &Failure) -> bool {
    match failure {
        Failure::Rejected { .. }
        | Failure::NotFound { .. }
        | Failure::IdempotencyConflict { .. } => true,
        Failure::DefinitionInvalid { .. }
        | Failure::DirectoryInvalid { .. }
        | Failure::Invalid { .. }
        | Failure::Overloaded { .. }
        | Failure::NotLeader { .. }
        | Failure::Unavailable { .. }
        | Failure::Quarantined { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::LocalId;

    #[test]
    fn a_refused_target_says_which_ones_are_allowed() {
        let rejection = Rejection::ReturnTargetNotAllowed {
            target: "c".into(),
            allowed: vec!["b".into(), "a".into()],
            refused: vec![("c".into(), "it is not on the active path".into())],
        };
        let Failure::Rejected { remedy, .. } = rejected(&rejection, None) else {
            panic!("a refusal stays a refusal");
        };
        let remedy = remedy.expect("it says what would be accepted");
        assert_eq!(remedy.allowed, ["b", "a"]);
        assert_eq!(remedy.refused[0].0, "c");
    }

    #[test]
    fn only_what_can_pass_later_is_retryable_and_only_known_nodes_are_correctable() {
        let table = [
            (Rejection::ExclusiveBusy(LocalId(3)), true, false),
            (Rejection::JobNotAvailable(LocalId(3)), true, false),
            (Rejection::NodeMismatch { node: "a".into(), known: true }, false, true),
            (Rejection::NodeMismatch { node: "a".into(), known: false }, false, false),
            (Rejection::TaskNotOpen(LocalId(3)), false, false),
            (Rejection::NotYourTurn(LocalId(3)), true, false),
            (Rejection::InstanceSuspended { by: "root".into() }, true, false),
            (Rejection::RemindedAlready { again_in_ms: 5 }, true, false),
            (Rejection::ReasonRequired, false, false),
            (Rejection::LeaseLost { attempt: 1, newest: 2 }, false, false),
        ];
        for (rejection, retry, correct) in table {
            let Failure::Rejected { code, retryable, correctable, .. } = rejected(&rejection, None)
            else {
                panic!("a refusal stays a refusal");
            };
            assert_eq!((code.as_str(), retryable, correctable), (rejection.code(), retry, correct));
        }
    }
}
