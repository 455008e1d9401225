//! `quorate.v1.JobService`.

use proto::v1;
use proto::v1::job_service_server::JobService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::{check, convert, ops};

#[tonic::async_trait]
impl JobService for Services {
    async fn activate_jobs(
        &self,
        request: Request<v1::ActivateJobsRequest>,
    ) -> Result<Response<v1::ActivateJobsReply>, Status> {
        let ask = ops::activate_jobs(open(request)?)?;
        let (partition, answer) = self.0.ask(ask).await?;
        let position = convert::position((partition, answer.position));
        let jobs = convert::jobs_of(answer)?;
        Ok(Response::new(v1::ActivateJobsReply {
            position: Some(position),
            jobs: jobs.into_iter().map(convert::job).collect(),
        }))
    }

    async fn complete_job(
        &self,
        request: Request<v1::CompleteJobRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let request = open(request)?;
        let variables = check::variables("variables_json", &request.variables_json)?;
        let ask = ops::complete_job(request, variables)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }

    async fn fail_job(
        &self,
        request: Request<v1::FailJobRequest>,
    ) -> Result<Response<v1::CommandReply>, Status> {
        let ask = ops::fail_job(open(request)?)?;
        Ok(Response::new(convert::command_reply(self.0.ask(ask).await?)?))
    }
}
