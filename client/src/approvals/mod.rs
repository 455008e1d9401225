//! The calls of approvals: what people do with work items and instances beside claiming and
//! completing.

mod govern;
mod reconcile;
mod route;
mod types;
mod work;

use proto::v1;
use proto::v1::approval_service_client::ApprovalServiceClient;
use tonic::transport::Channel;

pub use reconcile::{Adopt, Known};
pub use types::{
    BackTo, By, Comment, Correct, Draft, InsertStep, Position, Reroute, Resubmission, Return,
    SendCopy, Siblings,
};

use crate::options::REPLY_BYTES_MAX;

fn approvals(channel: Channel) -> ApprovalServiceClient<Channel> {
    ApprovalServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}

fn siblings(siblings: Option<Siblings>) -> i32 {
    let wire = match siblings {
        None => v1::SiblingPolicy::Unspecified,
        Some(Siblings::Cancel) => v1::SiblingPolicy::Cancel,
        Some(Siblings::Keep) => v1::SiblingPolicy::Keep,
    };
    wire.into()
}

fn resubmission(resubmit: Option<Resubmission>) -> i32 {
    let wire = match resubmit {
        None => v1::Resubmission::Unspecified,
        Some(Resubmission::Replay) => v1::Resubmission::Replay,
        Some(Resubmission::StraightBack) => v1::Resubmission::StraightBack,
    };
    wire.into()
}
