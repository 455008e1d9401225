//! `quorate.v1.DirectoryService`.

use actors::request::Ask;
use proto::v1;
use proto::v1::directory_service_server::DirectoryService;
use tonic::{Request, Response, Status};

use super::{Services, open};
use crate::api::directory::{self, Format};
use crate::api::error::ApiError;
use crate::api::{check, convert, cursor, ops};
use crate::request::{DirectoryView, Freshness, Query};

type Changed = Result<Response<v1::ChangeDirectoryReply>, Status>;

impl Services {
    async fn change(&self, ask: Ask) -> Changed {
        let (changed, place) = convert::directory_changed_of(self.0.ask(ask).await?)?;
        Ok(Response::new(v1::ChangeDirectoryReply {
            position: Some(convert::position(place)),
            revision: changed.revision,
            written: changed.written,
            removed: changed.removed,
            people: changed.people,
            departments: changed.departments,
            notices: changed.notices,
        }))
    }

    async fn find(
        &self,
        query: Query,
        freshness: Freshness,
    ) -> Result<(DirectoryView, Option<v1::Position>), ApiError> {
        let answer = self.0.read(query, freshness).await?;
        let position = convert::position_of(&answer);
        Ok((convert::directory_of(answer.found)?, position))
    }
}

#[tonic::async_trait]
impl DirectoryService for Services {
    async fn import_directory(&self, request: Request<v1::ImportDirectoryRequest>) -> Changed {
        // Not `open`: a file may be larger than a command, and `ops` knows its limit.
        let request = request.into_inner();
        let format = match v1::DirectoryFormat::try_from(request.format) {
            Ok(v1::DirectoryFormat::Json) => Format::Json,
            Ok(v1::DirectoryFormat::Csv) => Format::Csv,
            Err(_) => {
                let message = format!("format {} is not known; send JSON or CSV", request.format);
                return Err(ApiError::invalid(message).into());
            }
        };
        let (resource, content) = (&request.resource, &request.content);
        self.change(ops::import_directory(resource, content, format, request.replace)?).await
    }

    async fn list_directory(
        &self,
        request: Request<v1::ListDirectoryRequest>,
    ) -> Result<Response<v1::ListDirectoryReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let query = ops::list_directory(request.page_size, request.cursor.as_deref())?;
        let (view, position) = self.find(query, freshness).await?;
        Ok(Response::new(v1::ListDirectoryReply {
            revision: view.revision,
            truncated: view.more,
            next_cursor: view.last().filter(|_| view.more).as_ref().map(cursor::of_entry),
            departments: view.departments.into_iter().map(directory::department).collect(),
            people: view.people.into_iter().map(directory::person).collect(),
            calendar: view.calendar.map(directory::calendar),
            position,
        }))
    }

    async fn get_person(
        &self,
        request: Request<v1::GetPersonRequest>,
    ) -> Result<Response<v1::GetPersonReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let (view, position) = self.find(ops::person(request.person_id)?, freshness).await?;
        let revision = view.revision;
        let person = view.people.into_iter().next().map(directory::person);
        Ok(Response::new(v1::GetPersonReply { person, revision, position }))
    }

    async fn get_department(
        &self,
        request: Request<v1::GetDepartmentRequest>,
    ) -> Result<Response<v1::GetDepartmentReply>, Status> {
        let request = open(request)?;
        let freshness = check::freshness(request.consistency, request.at_least)?;
        let (view, position) =
            self.find(ops::department(request.department_id)?, freshness).await?;
        let revision = view.revision;
        let department = view.departments.into_iter().next().map(directory::department);
        Ok(Response::new(v1::GetDepartmentReply { department, revision, position }))
    }

    async fn remove_person(&self, request: Request<v1::RemovePersonRequest>) -> Changed {
        self.change(ops::remove_person(open(request)?.person_id)?).await
    }

    async fn remove_department(&self, request: Request<v1::RemoveDepartmentRequest>) -> Changed {
        self.change(ops::remove_department(open(request)?.department_id)?).await
    }

    async fn set_absences(&self, request: Request<v1::SetAbsencesRequest>) -> Changed {
        let request = open(request)?;
        let absences = request.absences.into_iter().map(directory::absence).collect();
        self.change(ops::set_absences(request.person_id, absences)?).await
    }
}
