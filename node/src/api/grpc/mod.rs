//! The gRPC services of version 1, with health and reflection. One file per service.

mod activity;
mod approval;
mod bulk;
mod cluster;
mod decision;
mod definition;
mod directory;
mod feed;
mod incident;
mod instance;
mod job;
mod lists;
mod message;
mod process;
mod task;
mod way;

use prost::Message;
use proto::v1;
use tokio::sync::watch;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::api::error::ApiError;
use crate::api::{Api, check};

/// Largest message that is decoded, in bytes. More than any request may have, so that a request
/// that is somewhat too large gets a coded refusal.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Names that the health service knows: the server and each service.
const HEALTH_NAMES: [&str; 16] = [
    "",
    v1::definition_service_server::SERVICE_NAME,
    v1::instance_service_server::SERVICE_NAME,
    v1::task_service_server::SERVICE_NAME,
    v1::list_service_server::SERVICE_NAME,
    v1::feed_service_server::SERVICE_NAME,
    v1::job_service_server::SERVICE_NAME,
    v1::incident_service_server::SERVICE_NAME,
    v1::activity_service_server::SERVICE_NAME,
    v1::message_service_server::SERVICE_NAME,
    v1::decision_service_server::SERVICE_NAME,
    v1::cluster_service_server::SERVICE_NAME,
    v1::approval_service_server::SERVICE_NAME,
    v1::process_service_server::SERVICE_NAME,
    v1::directory_service_server::SERVICE_NAME,
    v1::bulk_service_server::SERVICE_NAME,
];

/// Implements the services of version 1; a service's file says how.
#[derive(Clone)]
struct Services(Api);

macro_rules! server {
    ($module:ident, $server:ident, $services:expr) => {
        v1::$module::$server::new($services.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(FRAME_BYTES_MAX)
    };
}

/// All gRPC services. Spawns the task that tells the health service about readiness.
pub(crate) fn router(api: Api) -> axum::Router {
    let (reporter, health) = tonic_health::server::health_reporter();
    tokio::spawn(follow_readiness(reporter, api.ready.clone()));
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .expect("the descriptors are written by the build of this program");
    let services = Services(api);
    Routes::new(server!(task_service_server, TaskServiceServer, services))
        .add_service(server!(instance_service_server, InstanceServiceServer, services))
        .add_service(server!(list_service_server, ListServiceServer, services))
        .add_service(server!(feed_service_server, FeedServiceServer, services))
        .add_service(server!(job_service_server, JobServiceServer, services))
        .add_service(server!(definition_service_server, DefinitionServiceServer, services))
        .add_service(server!(incident_service_server, IncidentServiceServer, services))
        .add_service(server!(activity_service_server, ActivityServiceServer, services))
        .add_service(server!(message_service_server, MessageServiceServer, services))
        .add_service(server!(decision_service_server, DecisionServiceServer, services))
        .add_service(server!(cluster_service_server, ClusterServiceServer, services))
        .add_service(server!(approval_service_server, ApprovalServiceServer, services))
        .add_service(server!(process_service_server, ProcessServiceServer, services))
        .add_service(server!(directory_service_server, DirectoryServiceServer, services))
        .add_service(server!(bulk_service_server, BulkServiceServer, services))
        .add_service(health)
        .add_service(reflection)
        .into_axum_router()
}

/// Ends when the node drops its end of `ready`.
async fn follow_readiness(reporter: HealthReporter, mut ready: watch::Receiver<bool>) {
    loop {
        let status = match *ready.borrow_and_update() {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        };
        for name in HEALTH_NAMES {
            reporter.set_service_status(name, status).await;
        }
        if ready.changed().await.is_err() {
            return;
        }
    }
}

/// The message of a request, if it is not larger than a command may be.
fn open<T: Message>(request: tonic::Request<T>) -> Result<T, ApiError> {
    let message = request.into_inner();
    let bytes = message.encoded_len();
    if bytes > check::COMMAND_BYTES_MAX {
        return Err(ApiError::too_large("the request", bytes, check::COMMAND_BYTES_MAX));
    }
    Ok(message)
}

#[cfg(test)]
mod tests;
