//! When what the partition does by itself is tried again, and when it is over.

use std::time::Duration;

use crate::request::Failure;

/// Pause after `failures` failures before this one: doubled each time, up to the longest.
pub(crate) fn pause(first_ms: u64, longest_ms: u64, failures: u32) -> Duration {
    let factor = 1_u64.checked_shl(failures.min(32)).unwrap_or(u64::MAX);
    Duration::from_millis(first_ms.max(1).saturating_mul(factor).min(longest_ms.max(1)))
}

/// True for failures that the same request would meet again, however often it is repeated.
pub(crate) fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::Rejected { retryable, .. } => !retryable,
        Failure::NotFound { .. }
        | Failure::IdempotencyConflict { .. }
        | Failure::DefinitionInvalid { .. }
        | Failure::DirectoryInvalid { .. }
        | Failure::Invalid { .. } => true,
        Failure::Overloaded { .. }
        | Failure::NotLeader { .. }
        | Failure::Unavailable { .. }
        | Failure::Quarantined { .. } => false,
    }
}

/// What a failure says, for the log and for incidents.
pub(crate) fn text_of(failure: &Failure) -> String {
    match failure {
        Failure::Rejected { code, message, .. } | Failure::NotFound { code, message } => {
            format!("{code}: {message}")
        }
        Failure::IdempotencyConflict { message, .. }
        | Failure::Invalid { message }
        | Failure::Unavailable { message }
        | Failure::Quarantined { message } => message.clone(),
        Failure::DefinitionInvalid { findings } | Failure::DirectoryInvalid { findings } => {
            format!("{} findings", findings.len())
        }
        Failure::Overloaded { retry_after_ms } => format!("no room for {retry_after_ms} ms"),
        Failure::NotLeader { leader } => match leader {
            Some(node) => format!("node {node} leads the partition"),
            None => "the partition has no leader".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u64> =
            [0, 1, 2, 7, 40].map(|failures| pause(100, 10_000, failures).as_millis() as u64).into();
        assert_eq!(pauses, [100, 200, 400, 10_000, 10_000]);
    }
}
