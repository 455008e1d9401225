//! Forms of tasks and signatures.

use proto::v1;
use serde_json::{Map, Value, json};

/// What may be done with fields, by their names; `*` stands for all others.
pub(crate) fn fields(fields: &[v1::Field], others: v1::FieldAccess) -> Value {
    let mut named: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.clone(), Value::from(access(field.access()))))
        .collect();
    named.insert("*".to_owned(), access(others).into());
    Value::Object(named)
}

fn access(access: v1::FieldAccess) -> &'static str {
    match access {
        v1::FieldAccess::Unspecified => "unknown",
        v1::FieldAccess::Read => "read",
        v1::FieldAccess::Write => "write",
        v1::FieldAccess::Hidden => "hidden",
        v1::FieldAccess::Required => "required",
    }
}

pub(crate) fn signature(signature: &v1::Signature) -> Value {
    let kind = match signature.kind() {
        v1::SignatureKind::Unspecified => "unknown",
        v1::SignatureKind::Picture => "picture",
        v1::SignatureKind::Certificate => "certificate",
    };
    json!({
        "kind": kind,
        "reference": signature.reference,
        "digest": signature.digest,
        "form_sha256": signature.form_sha256,
    })
}
