//! Refusals as callers see them: one stable code, one gRPC status, one HTTP status.
//!
//! The table that maps codes to statuses is [`class_of`]; both APIs use it and nothing else.

use std::borrow::Cow;

use actors::request::{Failure, Finding, Remedy};
use engine::{Key, Standing};
use proto::v1;

use crate::api::convert;

/// Why a request has no answer. Boxed, because every call can return one and few do.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(Box<Refusal>);

/// What a refusal says.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// How the two APIs say it.
    pub(crate) class: Class,
    /// Stable upper-case code.
    pub(crate) code: Cow<'static, str>,
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// True if the same request may succeed later.
    pub(crate) retryable: bool,
    /// True if the caller can adopt the engine's node or force its own.
    pub(crate) correctable: bool,
    /// Where the instance stands.
    pub(crate) standing: Option<Box<Standing>>,
    /// Findings of a deployment check.
    pub(crate) findings: Vec<Finding>,
    /// When to try again.
    pub(crate) retry_after_ms: Option<u64>,
    /// The instance an idempotency key belongs to.
    pub(crate) instance: Option<Key>,
    /// What else the caller needs.
    pub(crate) remedy: Remedy,
}

/// A kind of refusal with its statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    /// Status of gRPC.
    pub(crate) grpc: tonic::Code,
    /// Status of HTTP.
    pub(crate) http: u16,
}

/// Malformed request.
pub(crate) const INVALID_ARGUMENT: &str = "INVALID_ARGUMENT";
/// Something in the request is larger than allowed.
pub(crate) const TOO_LARGE: &str = "TOO_LARGE";
/// The node does not serve yet, or not any more.
pub(crate) const NODE_NOT_READY: &str = "NODE_NOT_READY";
/// There is no such path or method.
pub(crate) const ROUTE_NOT_FOUND: &str = "ROUTE_NOT_FOUND";
/// The path does not know the HTTP method.
pub(crate) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
/// The body is of a type that is not understood.
pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
/// A fault of ours.
pub(crate) const INTERNAL: &str = "INTERNAL";

/// Statuses of a code. What is not listed is a refusal because of the state of an instance.
pub(crate) fn class_of(code: &str) -> Class {
    let (grpc, http) = match code {
        INVALID_ARGUMENT => (tonic::Code::InvalidArgument, 400),
        "NOT_AUTHORIZED" => (tonic::Code::PermissionDenied, 403),
        "REASON_REQUIRED" | "OPINION_REQUIRED" | "SIGNATURE_REQUIRED" | "FIELD_REQUIRED" => {
            (tonic::Code::InvalidArgument, 422)
        }
        TOO_LARGE => (tonic::Code::InvalidArgument, 413),
        "DEFINITION_INVALID" | "DIRECTORY_INVALID" => (tonic::Code::InvalidArgument, 422),
        "IDEMPOTENCY_CONFLICT" => (tonic::Code::AlreadyExists, 409),
        "OVERLOADED" => (tonic::Code::ResourceExhausted, 429),
        "UNAVAILABLE" | "NOT_LEADER" | "DISK_FULL" | NODE_NOT_READY => {
            (tonic::Code::Unavailable, 503)
        }
        ROUTE_NOT_FOUND => (tonic::Code::Unimplemented, 404),
        METHOD_NOT_ALLOWED => (tonic::Code::Unimplemented, 405),
        UNSUPPORTED_MEDIA_TYPE => (tonic::Code::InvalidArgument, 415),
        "INSTANCE_QUARANTINED" | INTERNAL => (tonic::Code::Internal, 500),
        code if code.ends_with("_NOT_FOUND") => (tonic::Code::NotFound, 404),
        _ => (tonic::Code::FailedPrecondition, 409),
    };
    Class { grpc, http }
}

impl ApiError {
    /// A refusal with a code of the table.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let code = code.into();
        Self(Box::new(Refusal {
            class: class_of(&code),
            code,
            message: message.into(),
            retryable: false,
            correctable: false,
            standing: None,
            findings: Vec::new(),
            retry_after_ms: None,
            instance: None,
            remedy: Remedy::default(),
        }))
    }

    /// A malformed request.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(INVALID_ARGUMENT, message)
    }

    /// Something is larger than its limit.
    pub(crate) fn too_large(what: &str, bytes: usize, bytes_max: usize) -> Self {
        let message = format!("{what} has {bytes} bytes, the limit is {bytes_max}");
        Self::new(TOO_LARGE, message)
    }

    /// The node does not serve.
    pub(crate) fn not_ready() -> Self {
        let message = "this node is starting or stopping; ask another one or try again";
        Self::new(NODE_NOT_READY, message).retryable()
    }

    /// A fault of ours: a part of the program answered with something else than was asked.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(INTERNAL, message)
    }

    /// People or departments that can't be taken into the directory.
    pub(crate) fn directory_invalid(findings: Vec<Finding>) -> Self {
        let message =
            format!("the directory has {} problem(s); nothing was changed", findings.len());
        let mut error = Self::new("DIRECTORY_INVALID", message);
        error.0.findings = findings;
        error
    }

    /// Leaves out the decisions that a caller who knows this version has seen.
    pub(crate) fn since(mut self, known: Option<u64>) -> Self {
        if let Some(standing) = &mut self.0.standing {
            since(standing, known);
        }
        self
    }

    fn retryable(mut self) -> Self {
        self.0.retryable = true;
        self
    }

    /// What it says.
    pub(crate) fn refusal(&self) -> &Refusal {
        &self.0
    }
}

/// Leaves out of a standing the decisions that a caller who knows this version has seen.
pub(crate) fn since(standing: &mut Standing, known: Option<u64>) {
    if let Some(known) = known {
        standing.decisions.retain(|decision| decision.revision > known);
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected { code, message, retryable, correctable, standing, remedy } => {
                let mut error = Self::new(code, message);
                error.0.retryable = retryable;
                error.0.correctable = correctable;
                error.0.standing = standing;
                error.0.remedy = remedy.map(|remedy| *remedy).unwrap_or_default();
                error
            }
            Failure::NotFound { code, message } => {
                let mut error = Self::new(code, message);
                error.0.class = Class { grpc: tonic::Code::NotFound, http: 404 };
                error
            }
            Failure::IdempotencyConflict { message, instance } => {
                let mut error = Self::new("IDEMPOTENCY_CONFLICT", message);
                error.0.instance = instance;
                error
            }
            Failure::DefinitionInvalid { findings } => {
                let message = format!(
                    "the deployment check found {} problem(s); nothing was deployed",
                    findings.len()
                );
                let mut error = Self::new("DEFINITION_INVALID", message);
                error.0.findings = findings;
                error
            }
            Failure::DirectoryInvalid { findings } => Self::directory_invalid(findings),
            Failure::Invalid { message } => Self::invalid(message),
            Failure::Overloaded { retry_after_ms } => {
                let message = format!("too much is in flight; try again in {retry_after_ms} ms");
                let mut error = Self::new("OVERLOADED", message).retryable();
                error.0.retry_after_ms = Some(retry_after_ms);
                error
            }
            Failure::NotLeader { leader } => {
                let message = match leader {
                    Some(node) => format!("node {node} leads the partition now; try again"),
                    None => "no leader of the partition is known; try again".to_owned(),
                };
                Self::new("NOT_LEADER", message).retryable()
            }
            Failure::Unavailable { message } => Self::new("UNAVAILABLE", message).retryable(),
            Failure::Quarantined { message } => Self::new("INSTANCE_QUARANTINED", message),
        }
    }
}

impl From<ApiError> for tonic::Status {
    fn from(error: ApiError) -> Self {
        let refusal = *error.0;
        let detail = v1::ErrorDetail {
            code: refusal.code.into_owned(),
            message: refusal.message,
            retryable: refusal.retryable,
            correctable: refusal.correctable,
            standing: refusal.standing.map(|standing| convert::standing(*standing)),
            findings: refusal.findings.into_iter().map(convert::finding).collect(),
            retry_after_ms: refusal.retry_after_ms,
            instance_key: refusal.instance.map(convert::key),
            allowed: refusal.remedy.allowed,
            refused: refusal.remedy.refused.into_iter().map(convert::refused).collect(),
            missing: refusal.remedy.missing,
        };
        proto::status_of(refusal.class.grpc, &detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(code: &str) -> Failure {
        Failure::Rejected {
            code: code.into(),
            message: "no".into(),
            retryable: false,
            correctable: false,
            standing: None,
            remedy: None,
        }
    }

    #[test]
    fn every_failure_has_its_code_and_statuses() {
        use tonic::Code;
        let not_found =
            Failure::NotFound { code: "INSTANCE_NOT_FOUND".into(), message: "none".into() };
        let conflict = Failure::IdempotencyConflict { message: "other".into(), instance: None };
        let table = [
            (rejected("NOT_AUTHORIZED"), "NOT_AUTHORIZED", Code::PermissionDenied, 403, false),
            (
                rejected("VERSION_CONFLICT"),
                "VERSION_CONFLICT",
                Code::FailedPrecondition,
                409,
                false,
            ),
            (rejected("TASK_NOT_OPEN"), "TASK_NOT_OPEN", Code::FailedPrecondition, 409, false),
            (rejected("LEASE_LOST"), "LEASE_LOST", Code::FailedPrecondition, 409, false),
            (rejected("SERVICE_FAILED"), "SERVICE_FAILED", Code::FailedPrecondition, 409, false),
            (rejected("TOO_LARGE"), "TOO_LARGE", Code::InvalidArgument, 413, false),
            (not_found, "INSTANCE_NOT_FOUND", Code::NotFound, 404, false),
            (conflict, "IDEMPOTENCY_CONFLICT", Code::AlreadyExists, 409, false),
            (
                Failure::DefinitionInvalid { findings: Vec::new() },
                "DEFINITION_INVALID",
                Code::InvalidArgument,
                422,
                false,
            ),
            (
                Failure::Invalid { message: "bad".into() },
                "INVALID_ARGUMENT",
                Code::InvalidArgument,
                400,
                false,
            ),
            (
                Failure::Overloaded { retry_after_ms: 5 },
                "OVERLOADED",
                Code::ResourceExhausted,
                429,
                true,
            ),
            (Failure::NotLeader { leader: None }, "NOT_LEADER", Code::Unavailable, 503, true),
            (
                Failure::Unavailable { message: "gone".into() },
                "UNAVAILABLE",
                Code::Unavailable,
                503,
                true,
            ),
            (
                Failure::Quarantined { message: "ours".into() },
                "INSTANCE_QUARANTINED",
                Code::Internal,
                500,
                false,
            ),
        ];
        for (failure, code, grpc, http, retryable) in table {
            let error = ApiError::from(failure);
            assert_eq!(error.refusal().class, Class { grpc, http }, "{code}");
            let status = tonic::Status::from(error);
            assert_eq!(status.code(), grpc, "{code}");
            let detail = proto::detail_of(&status).expect("every refusal carries its detail");
            assert_eq!((detail.code.as_str(), detail.retryable), (code, retryable));
            assert_eq!(detail.message, status.message());
        }
    }

    #[test]
    fn a_node_that_is_not_ready_says_so() {
        let status = tonic::Status::from(ApiError::not_ready());
        assert_eq!(status.code(), tonic::Code::Unavailable);
        let detail = proto::detail_of(&status).expect("every refusal carries its detail");
        assert_eq!((detail.code.as_str(), detail.retryable), ("NODE_NOT_READY", true));
    }
}
