//! How an [`ErrorDetail`] travels: packed in a `google.rpc.Status`, as the details of a gRPC
//! status are by convention, so that clients in every language find it.

use prost::Message as _;
use prost_types::Any;

use crate::v1::ErrorDetail;

const TYPE_URL: &str = "type.googleapis.com/quorate.v1.ErrorDetail";

/// The `google.rpc.Status` message.
#[derive(Clone, PartialEq, prost::Message)]
struct Envelope {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// A gRPC status that carries `detail`; its message is the detail's.
#[must_use]
pub fn status_of(code: tonic::Code, detail: &ErrorDetail) -> tonic::Status {
    let any = Any { type_url: TYPE_URL.to_owned(), value: detail.encode_to_vec() };
    let message = detail.message.clone();
    let envelope = Envelope { code: code as i32, message: message.clone(), details: vec![any] };
    tonic::Status::with_details(code, message, envelope.encode_to_vec().into())
}

/// The detail that a status carries; none if it comes from elsewhere, such as a proxy.
#[must_use]
pub fn detail_of(status: &tonic::Status) -> Option<ErrorDetail> {
    let envelope = Envelope::decode(status.details()).ok()?;
    let any = envelope.details.into_iter().find(|any| any.type_url == TYPE_URL)?;
    ErrorDetail::decode(any.value.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_comes_out_as_it_went_in() {
        let detail = ErrorDetail {
            code: "TASK_NOT_OPEN".into(),
            message: "the task is not open".into(),
            ..ErrorDetail::default()
        };
        let status = status_of(tonic::Code::FailedPrecondition, &detail);
        assert_eq!(status.message(), "the task is not open");
        assert_eq!(detail_of(&status), Some(detail));
    }

    #[test]
    fn a_foreign_status_has_no_detail() {
        assert_eq!(detail_of(&tonic::Status::unavailable("no route")), None);
        let foreign = tonic::Status::with_details(tonic::Code::Internal, "", vec![1, 2, 3].into());
        assert_eq!(detail_of(&foreign), None);
    }
}
