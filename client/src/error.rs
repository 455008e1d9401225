//! Why a call gave no answer: the stable code of the server with all it attached.

use std::time::Duration;

use proto::v1::{Finding, RefusedNode, Standing};
use tonic::{Code, Status};
use uuid::Uuid;

/// Why a call gave no answer. Branch on [`Error::code`] or [`Error::kind`], never on the message.
///
/// With [`ErrorKind::Unavailable`] the outcome of the call may be open: repeat it under the same
/// request id. With every other kind nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// Stable upper-case code, such as `TASK_NOT_OPEN`.
    pub code: String,
    /// What is wrong and what to do.
    pub message: Box<str>,
    /// What sort of refusal it is.
    pub kind: ErrorKind,
    /// True if the same call may succeed later.
    pub retryable: bool,
    /// True if the caller can adopt the engine's node, or force the engine to its own.
    pub correctable: bool,
    /// Where the instance stands, if the call was about one.
    pub standing: Option<Box<Standing>>,
    /// Findings of a deployment check.
    pub findings: Box<[Finding]>,
    /// When to try again, if the server said so.
    pub retry_after: Option<Duration>,
    /// The instance that an idempotency key belongs to.
    pub instance_key: Option<i64>,
    /// What else is needed to send a request that is accepted, if the server said so.
    pub remedy: Option<Box<Remedy>>,
    /// Id under which the call was sent; a repeat under it can't act twice.
    pub request_id: Option<Uuid>,
    /// True if the service itself sent this, not the transport below it.
    pub(crate) has_detail: bool,
}

/// What is needed to send a request that is accepted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remedy {
    /// Nodes that may be returned to, nearest first, for `RETURN_TARGET_NOT_ALLOWED`.
    pub allowed: Vec<String>,
    /// Other nodes and why each is not, likewise.
    pub refused: Vec<RefusedNode>,
    /// Names of the variables that are missing, for `MISSING_TARGET_DATA`.
    pub missing: Vec<String>,
}

impl Remedy {
    fn has_any(&self) -> bool {
        !(self.allowed.is_empty() && self.refused.is_empty() && self.missing.is_empty())
    }
}

/// The sorts of errors: enough to decide what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is malformed; it can never succeed.
    Invalid,
    /// The operator may not do this.
    NotAuthorized,
    /// There is no such instance, definition, task or job.
    NotFound,
    /// The instance is in another state than the caller believes; see [`Error::standing`].
    Conflict,
    /// No answer, no leader or too much load: repeat it later.
    Unavailable,
    /// Something else went wrong on the server.
    Failed,
}

impl Error {
    /// An error of the caller, found before anything was sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("INVALID_ARGUMENT", message.into(), ErrorKind::Invalid)
    }

    fn new(code: &str, message: String, kind: ErrorKind) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            kind,
            retryable: kind == ErrorKind::Unavailable,
            correctable: false,
            standing: None,
            findings: Box::default(),
            retry_after: None,
            instance_key: None,
            remedy: None,
            request_id: None,
            has_detail: false,
        }
    }

    /// What the node at `address` answered, or why it did not.
    pub(crate) fn of_status(status: &Status, address: &str) -> Self {
        let (code, kind) = code_and_kind(status.code());
        let Some(detail) = proto::detail_of(status) else {
            return Self::new(code, format!("{address}: {}", status.message()), kind);
        };
        let remedy =
            Remedy { allowed: detail.allowed, refused: detail.refused, missing: detail.missing };
        Self {
            code: detail.code,
            message: detail.message.into(),
            kind,
            retryable: detail.retryable,
            correctable: detail.correctable,
            standing: detail.standing.map(Box::new),
            findings: detail.findings.into(),
            retry_after: detail.retry_after_ms.map(Duration::from_millis),
            instance_key: detail.instance_key,
            remedy: remedy.has_any().then(|| Box::new(remedy)),
            request_id: None,
            has_detail: true,
        }
    }

    /// The last error of a call whose time is up.
    pub(crate) fn given_up(self, after: Duration) -> Self {
        let message =
            format!("gave up after {:.1} s; last answer: {}", after.as_secs_f64(), self.message);
        Self { message: message.into(), ..self }
    }

    /// The same error of a call that was sent under `id`.
    pub(crate) fn under(self, id: Uuid) -> Self {
        Self { request_id: Some(id), ..self }
    }
}

/// The code to use where the server gave none, and the kind.
fn code_and_kind(code: Code) -> (&'static str, ErrorKind) {
    match code {
        Code::InvalidArgument => ("INVALID_ARGUMENT", ErrorKind::Invalid),
        Code::OutOfRange => ("OUT_OF_RANGE", ErrorKind::Invalid),
        Code::PermissionDenied => ("NOT_AUTHORIZED", ErrorKind::NotAuthorized),
        Code::Unauthenticated => ("UNAUTHENTICATED", ErrorKind::NotAuthorized),
        Code::NotFound => ("NOT_FOUND", ErrorKind::NotFound),
        Code::FailedPrecondition => ("FAILED_PRECONDITION", ErrorKind::Conflict),
        Code::AlreadyExists => ("ALREADY_EXISTS", ErrorKind::Conflict),
        Code::Aborted => ("ABORTED", ErrorKind::Conflict),
        Code::ResourceExhausted => ("OVERLOADED", ErrorKind::Unavailable),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown => {
            ("UNAVAILABLE", ErrorKind::Unavailable)
        }
        Code::Unimplemented => ("UNIMPLEMENTED", ErrorKind::Failed),
        Code::Internal | Code::DataLoss | Code::Ok => ("INTERNAL", ErrorKind::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::v1::ErrorDetail;

    #[test]
    fn the_detail_of_the_server_is_taken_over() {
        let detail = ErrorDetail {
            code: "TASK_NOT_OPEN".into(),
            message: "the task is not open".into(),
            correctable: true,
            standing: Some(Standing { instance_key: 7, ..Standing::default() }),
            retry_after_ms: Some(250),
            missing: vec!["cost".into()],
            ..ErrorDetail::default()
        };
        let status = proto::status_of(Code::FailedPrecondition, &detail);
        let error = Error::of_status(&status, "a:1");
        assert_eq!(error.to_string(), "TASK_NOT_OPEN: the task is not open");
        assert_eq!(error.kind, ErrorKind::Conflict);
        assert!(error.correctable && !error.retryable && error.has_detail);
        assert_eq!(error.standing.map(|standing| standing.instance_key), Some(7));
        assert_eq!(error.remedy.map(|remedy| remedy.missing), Some(vec!["cost".to_owned()]));
        assert_eq!(error.retry_after, Some(Duration::from_millis(250)));
    }

    #[test]
    fn a_status_without_our_detail_keeps_its_sort() {
        let error = Error::of_status(&Status::not_found("no such thing"), "a:1");
        assert_eq!((error.code.as_str(), error.kind), ("NOT_FOUND", ErrorKind::NotFound));
        let broken = Status::with_details(Code::Unavailable, "down", b"\xff\xff".to_vec().into());
        let error = Error::of_status(&broken, "a:1");
        assert!(error.retryable && !error.has_detail);
        assert_eq!(&*error.message, "a:1: down");
    }
}
