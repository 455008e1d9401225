//! The form of a task: what may be done with its fields, and signatures.

use bpmn::FieldAccess;
use engine::{Signature, SignatureKind};
use proto::v1;

use crate::api::check;
use crate::api::error::ApiError;
use crate::request::Query;

/// What a signature is bound to.
pub(crate) fn form(request: v1::GetFormRequest) -> Result<Query, ApiError> {
    Ok(Query::Form {
        task: check::inner_key("task_key", request.task_key)?,
        user: check::id("user", request.user)?,
        decision: check::optional_id("decision", request.decision)?,
        variables: check::variables("variables", &request.variables_json)?,
    })
}

/// A signature under a decision.
pub(super) fn signature(signature: v1::Signature) -> Result<Signature, ApiError> {
    let kind = match v1::SignatureKind::try_from(signature.kind) {
        Ok(v1::SignatureKind::Picture) => SignatureKind::Picture,
        Ok(v1::SignatureKind::Certificate) => SignatureKind::Certificate,
        Ok(v1::SignatureKind::Unspecified) | Err(_) => {
            return Err(ApiError::invalid(
                "signature.kind: send PICTURE or CERTIFICATE".to_owned(),
            ));
        }
    };
    Ok(Signature {
        kind,
        reference: check::text("signature.reference", signature.reference)?,
        digest: check::optional_text("signature.digest", signature.digest)?,
        form: check::optional_text("signature.form_sha256", signature.form_sha256)?,
    })
}

/// A signature as it goes out.
pub(crate) fn signature_out(signature: Signature) -> v1::Signature {
    let kind = match signature.kind {
        SignatureKind::Picture => v1::SignatureKind::Picture,
        SignatureKind::Certificate => v1::SignatureKind::Certificate,
    };
    v1::Signature {
        kind: kind.into(),
        reference: signature.reference,
        digest: signature.digest,
        form_sha256: signature.form,
    }
}

/// What may be done with a field, as it goes out.
pub(crate) fn access(access: FieldAccess) -> v1::FieldAccess {
    match access {
        FieldAccess::Read => v1::FieldAccess::Read,
        FieldAccess::Write => v1::FieldAccess::Write,
        FieldAccess::Hidden => v1::FieldAccess::Hidden,
        FieldAccess::Required => v1::FieldAccess::Required,
    }
}

/// The word for what may be done with a field.
pub(crate) fn access_word(access: FieldAccess) -> &'static str {
    match access {
        FieldAccess::Read => "read",
        FieldAccess::Write => "write",
        FieldAccess::Hidden => "hidden",
        FieldAccess::Required => "required",
    }
}
