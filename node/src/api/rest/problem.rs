//! Refusals as `application/problem+json` (RFC 9457).
//!
//! A handler's refusal travels in the extensions of its response until [`render`], which knows the
//! path, writes the body.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use engine::Standing;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use super::types::{StandingJson, key};
use crate::api::error::ApiError;

/// The media type of a problem.
const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemJson {
    /// A URI of the kind of problem; ends with the code.
    #[serde(rename = "type")]
    kind: String,
    /// The code in words.
    title: String,
    /// HTTP status.
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// Path of the request.
    instance: String,
    /// Stable upper-case code: branch on this.
    code: String,
    /// True if the same request may succeed later.
    retryable: bool,
    /// True if the caller can adopt the engine's node, or force the engine to its own.
    correctable: bool,
    /// Where the process instance stands, if there is one: enough to repair the caller's side.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<StandingJson>,
    /// Every finding of a deployment check.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingJson>,
    /// When to try again, for `OVERLOADED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    /// The process instance that an idempotency key belongs to, for `IDEMPOTENCY_CONFLICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_key: Option<String>,
    /// Nodes that may be returned to, nearest first, for `RETURN_TARGET_NOT_ALLOWED`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<String>,
    /// Other nodes and why each is not, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<RefusedNodeJson>,
    /// Names of the variables that are missing, for `MISSING_TARGET_DATA` and
    /// `FIELD_REQUIRED`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
}

/// A node that a request cannot lead to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedNode)]
pub(crate) struct RefusedNodeJson {
    /// Node id.
    node: String,
    /// Why.
    reason: String,
}

impl From<(String, String)> for RefusedNodeJson {
    fn from((node, reason): (String, String)) -> Self {
        Self { node, reason }
    }
}

/// A finding of a deployment check.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingJson {
    /// Name of the file.
    resource: String,
    /// Stable id of the rule.
    rule: String,
    /// Id of the element it is about, where that has one.
    element: Option<String>,
    /// Line in the file, from 1.
    line: u32,
    /// Column in the file, in characters, from 1.
    column: u32,
    /// What was found.
    message: String,
    /// What would be accepted.
    hint: String,
}

impl From<actors::request::Finding> for FindingJson {
    fn from(finding: actors::request::Finding) -> Self {
        Self {
            resource: finding.resource,
            rule: finding.rule,
            element: finding.element,
            line: finding.line,
            column: finding.column,
            message: finding.message,
            hint: finding.hint,
        }
    }
}

/// The refusals that every operation can give, for the description of the API.
#[derive(IntoResponses)]
pub(crate) enum Refusals {
    /// The request was refused; nothing changed. See the code.
    #[response(status = "4XX", content_type = "application/problem+json")]
    #[expect(dead_code, reason = "described, never built")]
    Caller(ProblemJson),
    /// The node can't answer. With code UNAVAILABLE the outcome is unknown: repeat the request
    /// with the same request id.
    #[response(status = "5XX", content_type = "application/problem+json")]
    #[expect(dead_code, reason = "described, never built")]
    Server(ProblemJson),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a refusal. Wraps every route of REST.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<ApiError>() {
        Some(error) => problem(&error, path),
        None => response,
    }
}

/// The response to a refused request.
pub(crate) fn problem(error: &ApiError, path: String) -> Response {
    let refusal = error.refusal();
    let standing = refusal.standing.as_deref().cloned();
    let body = ProblemJson {
        kind: format!("urn:quorate:problem:{}", refusal.code),
        title: title(&refusal.code),
        status: refusal.class.http,
        detail: refusal.message.clone(),
        instance: path,
        code: refusal.code.clone().into_owned(),
        retryable: refusal.retryable,
        correctable: refusal.correctable,
        standing: standing.map(|standing: Standing| standing.into()),
        findings: refusal.findings.iter().cloned().map(Into::into).collect(),
        retry_after_ms: refusal.retry_after_ms,
        instance_key: refusal.instance.map(key),
        allowed: refusal.remedy.allowed.clone(),
        refused: refusal.remedy.refused.iter().cloned().map(Into::into).collect(),
        missing: refusal.remedy.missing.clone(),
    };
    let text = serde_json::to_vec(&body).expect("a problem is plain data");
    let status = StatusCode::from_u16(refusal.class.http).expect("the table has valid statuses");
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(wait_ms) = refusal.retry_after_ms {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1000).max(1)));
    }
    response
}

/// `TASK_NOT_OPEN` in words: "Task not open".
fn title(code: &str) -> String {
    let mut title = code.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_titles() {
        assert_eq!(title("TASK_NOT_OPEN"), "Task not open");
        assert_eq!(title(""), "");
    }
}
