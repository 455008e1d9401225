//! `/v1/directory`: people and departments.

use actors::request::Ask;
use axum::Json;
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::input::{Body, Params, Part, body, freshness, is_of_type, many, page_size};
use super::problem::Refusals;
use super::task::OperatorJson;
use super::types::PositionJson;
use super::{ReadParams, position_of};
use crate::api::directory::{AbsenceJson, CalendarJson, DepartmentJson, Format, PersonJson};
use crate::api::error::{ApiError, UNSUPPORTED_MEDIA_TYPE};
use crate::api::{Api, check, convert, cursor, ops};
use crate::request::{DirectoryView, Freshness, Query};

/// How a file of people is taken in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParams {
    /// `true` removes whoever and whatever is not in the file.
    #[param(value_type = Option<bool>)]
    replace: Option<String>,
    /// Name of the file; findings refer to it.
    resource: Option<String>,
}

/// People and departments to take in. Read entry by entry, so that one refusal lists all that is
/// wrong; this is for the description.
#[derive(ToSchema)]
#[schema(as = DirectoryDocument)]
#[expect(dead_code, reason = "described, never built")]
pub(crate) struct DirectoryDocumentJson {
    /// Who changes the directory: an administrator.
    operator: Option<OperatorJson>,
    /// Removes whoever and whatever is not named here.
    replace: Option<bool>,
    /// People as they shall be.
    people: Option<Vec<PersonJson>>,
    /// Departments as they shall be.
    departments: Option<Vec<DepartmentJson>>,
    /// Ids of people to remove.
    removed_people: Option<Vec<String>>,
    /// Ids of departments to remove.
    removed_departments: Option<Vec<String>>,
    /// The working days; left out, they stay as they are.
    calendar: Option<CalendarJson>,
}

/// What a change of the directory came to, once every partition has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryChanged)]
pub(crate) struct ChangedJson {
    /// Revision of the directory: counts changes.
    revision: u64,
    /// People and departments that are new or differ now, and one if the calendar does.
    written: u32,
    /// People and departments that are gone.
    removed: u32,
    /// People of the directory.
    people: u32,
    /// Departments of the directory.
    departments: u32,
    /// References to people and departments that are not in the directory: allowed, seldom meant.
    notices: Vec<String>,
    /// Where the answer is true.
    position: PositionJson,
}

async fn change(api: &Api, ask: Ask) -> Result<Json<ChangedJson>, ApiError> {
    let (changed, place) = convert::directory_changed_of(api.ask(ask).await?)?;
    Ok(Json(ChangedJson {
        revision: changed.revision,
        written: changed.written,
        removed: changed.removed,
        people: changed.people,
        departments: changed.departments,
        notices: changed.notices,
        position: place.into(),
    }))
}

/// Takes people and departments in, all or none. What is there already is left as it is.
#[utoipa::path(post, path = "/v1/directory", tag = "directory", params(ImportParams),
    request_body(content(
        (DirectoryDocumentJson = "application/json"),
        (String = "text/csv")
    ), description = "People and departments, at most 8 MiB"),
    responses((status = 200, description = "Changed", body = ChangedJson), Refusals))]
pub(crate) async fn import_directory(
    State(api): State<Api>,
    Params(params): Params<ImportParams>,
    request: Request,
) -> Result<Json<ChangedJson>, ApiError> {
    let format = if is_of_type(&request, &["application/json"]) {
        Format::Json
    } else if is_of_type(&request, &["text/csv"]) {
        Format::Csv
    } else {
        let message = "send JSON with Content-Type: application/json, or CSV with text/csv";
        return Err(ApiError::new(UNSUPPORTED_MEDIA_TYPE, message));
    };
    let replace = match params.replace.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            return Err(ApiError::invalid(format!("replace is {other:?}; send true or false")));
        }
    };
    let content = body(request, &api, check::DIRECTORY_BYTES_MAX).await?;
    let resource = params.resource.unwrap_or_default();
    change(&api, ops::import_directory(&resource, &content, format, replace)?).await
}

/// Which part of the directory to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DirectoryParams {
    /// Most entries, 1 to 1000; 100 if not given.
    #[param(value_type = Option<u32>)]
    page_size: Option<String>,
    /// Goes on behind the page that gave this cursor.
    cursor: Option<String>,
    /// `linearizable` (the default) or `stale`.
    consistency: Option<String>,
    /// A position `partition:index` that the read must see; may be repeated.
    #[serde(default, deserialize_with = "many")]
    at_least: Vec<String>,
}

/// A part of the directory.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryPage)]
pub(crate) struct DirectoryPageJson {
    /// Revision of the directory.
    revision: u64,
    /// Departments by id.
    departments: Vec<DepartmentJson>,
    /// People by id.
    people: Vec<PersonJson>,
    /// The working days, on every page.
    calendar: CalendarJson,
    /// True if there are more.
    truncated: bool,
    /// Send it to get the next page.
    next_cursor: Option<String>,
    /// Where the answer is true.
    position: PositionJson,
}

async fn find(
    api: &Api,
    query: Query,
    freshness: Freshness,
) -> Result<(DirectoryView, PositionJson), ApiError> {
    let answer = api.read(query, freshness).await?;
    let position = position_of(&answer)?;
    Ok((convert::directory_of(answer.found)?, position))
}

/// Lists departments and people: all departments by id, then all people by id.
#[utoipa::path(get, path = "/v1/directory", tag = "directory", params(DirectoryParams),
    responses((status = 200, description = "A page", body = DirectoryPageJson), Refusals))]
pub(crate) async fn list_directory(
    State(api): State<Api>,
    Params(params): Params<DirectoryParams>,
) -> Result<Json<DirectoryPageJson>, ApiError> {
    let page_size = page_size(params.page_size.as_deref())?;
    let query = ops::list_directory(page_size, params.cursor.as_deref())?;
    let freshness = freshness(params.consistency.as_deref(), &params.at_least)?;
    let (view, position) = find(&api, query, freshness).await?;
    Ok(Json(DirectoryPageJson {
        revision: view.revision,
        truncated: view.more,
        next_cursor: view.last().filter(|_| view.more).as_ref().map(cursor::of_entry),
        departments: view.departments.into_iter().map(Into::into).collect(),
        people: view.people.into_iter().map(Into::into).collect(),
        calendar: view.calendar.ok_or_else(convert::mismatch)?.into(),
        position,
    }))
}

/// A person of the directory.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonDetail)]
pub(crate) struct PersonDetailJson {
    /// The person.
    person: PersonJson,
    /// Revision of the directory.
    revision: u64,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets a person.
#[utoipa::path(get, path = "/v1/directory/people/{person_id}", tag = "directory",
    params(("person_id" = String, Path, description = "Id of the person"), ReadParams),
    responses((status = 200, description = "The person", body = PersonDetailJson), Refusals))]
pub(crate) async fn get_person(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<PersonDetailJson>, ApiError> {
    let (view, position) = find(&api, ops::person(part.0)?, params.freshness()?).await?;
    let revision = view.revision;
    let person = view.people.into_iter().next().ok_or_else(convert::mismatch)?.into();
    Ok(Json(PersonDetailJson { person, revision, position }))
}

/// A department of the directory.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DepartmentDetail)]
pub(crate) struct DepartmentDetailJson {
    /// The department.
    department: DepartmentJson,
    /// Revision of the directory.
    revision: u64,
    /// Where the answer is true.
    position: PositionJson,
}

/// Gets a department.
#[utoipa::path(get, path = "/v1/directory/departments/{department_id}", tag = "directory",
    params(("department_id" = String, Path, description = "Id of the department"), ReadParams),
    responses((status = 200, description = "The department", body = DepartmentDetailJson),
        Refusals))]
pub(crate) async fn get_department(
    State(api): State<Api>,
    part: Part,
    Params(params): Params<ReadParams>,
) -> Result<Json<DepartmentDetailJson>, ApiError> {
    let (view, position) = find(&api, ops::department(part.0)?, params.freshness()?).await?;
    let revision = view.revision;
    let department = view.departments.into_iter().next().ok_or_else(convert::mismatch)?.into();
    Ok(Json(DepartmentDetailJson { department, revision, position }))
}

/// Removes a person; one that is not there is none the less.
#[utoipa::path(delete, path = "/v1/directory/people/{person_id}", tag = "directory",
    params(("person_id" = String, Path, description = "Id of the person")),
    responses((status = 200, description = "Removed", body = ChangedJson), Refusals))]
pub(crate) async fn remove_person(
    State(api): State<Api>,
    part: Part,
) -> Result<Json<ChangedJson>, ApiError> {
    change(&api, ops::remove_person(part.0)?).await
}

/// Removes a department; one that is not there is none the less.
#[utoipa::path(delete, path = "/v1/directory/departments/{department_id}", tag = "directory",
    params(("department_id" = String, Path, description = "Id of the department")),
    responses((status = 200, description = "Removed", body = ChangedJson), Refusals))]
pub(crate) async fn remove_department(
    State(api): State<Api>,
    part: Part,
) -> Result<Json<ChangedJson>, ApiError> {
    change(&api, ops::remove_department(part.0)?).await
}

/// When a person is away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetAbsences {
    /// The times; none if empty.
    absences: Vec<AbsenceJson>,
}

/// Says when a person is away, and who gets the work meanwhile; replaces what was said before.
#[utoipa::path(put, path = "/v1/directory/people/{person_id}/absences", tag = "directory",
    params(("person_id" = String, Path, description = "Id of the person")),
    request_body = SetAbsences,
    responses((status = 200, description = "Set", body = ChangedJson), Refusals))]
pub(crate) async fn set_absences(
    State(api): State<Api>,
    part: Part,
    Body(body): Body<SetAbsences>,
) -> Result<Json<ChangedJson>, ApiError> {
    let absences = body.absences.into_iter().map(Into::into).collect();
    change(&api, ops::set_absences(part.0, absences)?).await
}
