//! The form of a task, and signatures under decisions.

use axum::Json;
use axum::extract::State;
use bpmn::Fields;
use engine::{Signature, SignatureKind};
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::{Body, Params, Part, key, text_of};
use super::problem::Refusals;
use super::types::PositionJson;
use super::{ReadParams, position_of};
use crate::api::error::ApiError;
use crate::api::{Api, convert, ops};
use crate::request::Found;

/// A field of a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Field)]
pub(crate) struct FieldJson {
    /// Name of the variable.
    name: String,
    /// `read`: shown, stays as it is. `write`: may be set. `hidden`: neither. `required`: may be
    /// set, and must have a value once the task is approved.
    access: &'static str,
}

/// The fields that a node names.
pub(super) fn fields(fields: &Fields) -> Vec<FieldJson> {
    let named = fields.named.iter();
    named
        .map(|(name, access)| FieldJson { name: name.clone(), access: ops::access_word(*access) })
        .collect()
}

/// A person's mark under a decision, kept elsewhere.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Signature)]
pub(crate) struct SignatureJson {
    /// What it is.
    kind: SignatureKindJson,
    /// Where it is: the URL or key in the system that stores it.
    reference: String,
    /// Digest of its content, as that system gives it.
    digest: Option<String>,
    /// SHA-256 of the form that was signed. `SIGNATURE_MISMATCH` if the form is another one by now;
    /// without it, it is bound to the form as it is. In a trace it is always set.
    form_sha256: Option<String>,
}

/// Kinds of signatures.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SignatureKind)]
pub(crate) enum SignatureKindJson {
    /// A picture of a handwritten one.
    Picture,
    /// One that a certificate verifies.
    Certificate,
}

impl From<SignatureJson> for v1::Signature {
    fn from(signature: SignatureJson) -> Self {
        let kind = match signature.kind {
            SignatureKindJson::Picture => v1::SignatureKind::Picture,
            SignatureKindJson::Certificate => v1::SignatureKind::Certificate,
        };
        Self {
            kind: kind.into(),
            reference: signature.reference,
            digest: signature.digest,
            form_sha256: signature.form_sha256,
        }
    }
}

impl From<Signature> for SignatureJson {
    fn from(signature: Signature) -> Self {
        let kind = match signature.kind {
            SignatureKind::Picture => SignatureKindJson::Picture,
            SignatureKind::Certificate => SignatureKindJson::Certificate,
        };
        Self {
            kind,
            reference: signature.reference,
            digest: signature.digest,
            form_sha256: signature.form,
        }
    }
}

/// What is to be signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetForm {
    /// Who signs.
    user: String,
    /// The decision.
    decision: Option<String>,
    /// Variables that are set with the decision.
    #[schema(value_type = Option<Object>)]
    variables: Option<serde_json::Value>,
}

/// What a signature is bound to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Form)]
pub(crate) struct FormJson {
    /// A JSON object without blanks, its members in the order of their names: `decision`, `fields`,
    /// `instance`, `node`, `task`, `user` and `visit`.
    text: String,
    /// SHA-256 of its UTF-8 bytes: 64 lower-case hexadecimal digits.
    sha256: String,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets what a signature under a decision is bound to; nothing is changed.
#[utoipa::path(post, path = "/v1/tasks/{task_key}/form", tag = "tasks", request_body = GetForm,
    params(("task_key" = String, Path, description = "Key of the task"), ReadParams),
    responses((status = 200, description = "The form", body = FormJson), Refusals))]
pub(crate) async fn get_form(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
    Body(body): Body<GetForm>,
) -> Result<Json<FormJson>, ApiError> {
    let request = v1::GetFormRequest {
        task_key: key("task_key", &part)?,
        user: body.user,
        decision: body.decision,
        variables_json: text_of(body.variables),
        ..Default::default()
    };
    let answer = api.read(ops::form(request)?, params.freshness()?).await?;
    let position = position_of(&answer)?;
    let Found::Form(form) = answer.found else { return Err(convert::mismatch()) };
    Ok(Json(FormJson { text: form.text, sha256: form.sha256, position }))
}
