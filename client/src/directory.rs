//! The calls that read and change the directory.

use proto::v1;
use proto::v1::directory_service_client::DirectoryServiceClient;
use tonic::transport::Channel;

use crate::client::Client;
use crate::endpoints::Patience;
use crate::error::Error;
use crate::options::REPLY_BYTES_MAX;
use crate::reads::Page;

impl Client {
    /// Takes people and departments in from a file, all or none; with `replace` whoever is not in
    /// the file is removed. The same file again changes nothing.
    ///
    /// # Errors
    /// `DIRECTORY_INVALID` with every finding, `TOO_LARGE`.
    pub async fn import_directory(
        &self,
        resource: &str,
        content: Vec<u8>,
        format: v1::DirectoryFormat,
        replace: bool,
    ) -> Result<v1::ChangeDirectoryReply, Error> {
        let request = v1::ImportDirectoryRequest {
            resource: resource.to_owned(),
            content,
            format: format.into(),
            replace,
        };
        let send = |channel, request| async { directory(channel).import_directory(request).await };
        self.nodes.call(request, self.patience_of_changes(), send).await
    }

    /// Lists departments and people: all departments by id, then all people by id.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn list_directory(&self, page: Page) -> Result<v1::ListDirectoryReply, Error> {
        let request = v1::ListDirectoryRequest {
            page_size: page.size,
            cursor: page.cursor,
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { directory(channel).list_directory(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets a person.
    ///
    /// # Errors
    /// `PERSON_NOT_FOUND`.
    pub async fn get_person(&self, id: &str) -> Result<v1::GetPersonReply, Error> {
        let request = v1::GetPersonRequest {
            person_id: id.to_owned(),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { directory(channel).get_person(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Gets a department.
    ///
    /// # Errors
    /// `DEPARTMENT_NOT_FOUND`.
    pub async fn get_department(&self, id: &str) -> Result<v1::GetDepartmentReply, Error> {
        let request = v1::GetDepartmentRequest {
            department_id: id.to_owned(),
            consistency: self.consistency.into(),
            at_least: self.at_least.clone(),
        };
        let send = |channel, request| async { directory(channel).get_department(request).await };
        self.nodes.call(request, self.patience(), send).await
    }

    /// Removes a person; one that is not there is none the less.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn remove_person(&self, id: &str) -> Result<v1::ChangeDirectoryReply, Error> {
        let request = v1::RemovePersonRequest { person_id: id.to_owned() };
        let send = |channel, request| async { directory(channel).remove_person(request).await };
        self.nodes.call(request, self.patience_of_changes(), send).await
    }

    /// Removes a department; one that is not there is none the less.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or no answer.
    pub async fn remove_department(&self, id: &str) -> Result<v1::ChangeDirectoryReply, Error> {
        let request = v1::RemoveDepartmentRequest { department_id: id.to_owned() };
        let send = |channel, request| async { directory(channel).remove_department(request).await };
        self.nodes.call(request, self.patience_of_changes(), send).await
    }

    /// Says when a person is away, and who gets the work meanwhile; replaces what was said before.
    ///
    /// # Errors
    /// `PERSON_NOT_FOUND`, `DIRECTORY_INVALID`.
    pub async fn set_absences(
        &self,
        id: &str,
        absences: Vec<v1::Absence>,
    ) -> Result<v1::ChangeDirectoryReply, Error> {
        let request = v1::SetAbsencesRequest { person_id: id.to_owned(), absences };
        let send = |channel, request| async { directory(channel).set_absences(request).await };
        self.nodes.call(request, self.patience_of_changes(), send).await
    }

    /// A change is answered once every partition has it, which takes longer than other calls; but a
    /// node that hangs must leave time for another one.
    fn patience_of_changes(&self) -> Patience {
        let patience = self.patience();
        Patience { attempt: patience.attempt.max(patience.total / 2), ..patience }
    }
}

fn directory(channel: Channel) -> DirectoryServiceClient<Channel> {
    DirectoryServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX)
}
