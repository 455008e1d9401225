//! An open task with its form, and what a signature under its decision is bound to.

use actors::request::Failure;
use engine::{Key, Variables};
use raft_store::StateReader;

use super::{Reads, no_task, task_view, unreadable};
use crate::request::{Found, TaskDetail};

impl Reads {
    /// An open task with the variables that its holder sees.
    pub(super) fn task(&self, reader: &StateReader, task: Key) -> Result<Found, Failure> {
        let missing = || no_task(task);
        let instance = reader.instance(task).map_err(unreadable)?.ok_or_else(missing)?;
        let model = self.models.of(reader, instance.definition())?;
        let view = task_view(&model, &instance, task).ok_or_else(missing)?;
        let variables = engine::visible(&model, &instance, task.local()).ok_or_else(missing)?;
        let (of, _) = instance.item(task.local()).ok_or_else(missing)?;
        let activity = instance.activity(of).ok_or_else(missing)?;
        let fields = engine::fields_of(&model, activity.element).clone();
        Ok(Found::Task(Box::new(TaskDetail { task: view, variables, fields })))
    }

    /// What a person would sign who decides an open task.
    pub(super) fn form(
        &self,
        reader: &StateReader,
        task: Key,
        user: &str,
        decision: Option<&str>,
        variables: &Variables,
    ) -> Result<Found, Failure> {
        let missing = || no_task(task);
        let instance = reader.instance(task).map_err(unreadable)?.ok_or_else(missing)?;
        let model = self.models.of(reader, instance.definition())?;
        task_view(&model, &instance, task).ok_or_else(missing)?;
        let form = engine::form_of(&model, &instance, task.local(), user, decision, variables);
        Ok(Found::Form(form.ok_or_else(missing)?))
    }
}
