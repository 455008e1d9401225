//! Who takes part in a task.

use bpmn::{Approval, ElementIndex, ElementKind, Part, Who};

use crate::ctx::Ctx;
use crate::evaluate::{name, names, names_in_order, optional};
use crate::event::{Automatic, IncidentCode};
use crate::key::LocalId;

pub(crate) struct UnitSpec {
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) weight: u32,
    pub(crate) part: Part,
    pub(crate) substituted_from: Option<String>,
    pub(crate) approved: Option<Automatic>,
}

pub(crate) struct Outright {
    pub(crate) why: Automatic,
    pub(crate) decision: Option<String>,
    pub(crate) by: Option<String>,
}

pub(crate) struct Found {
    pub(crate) units: Vec<UnitSpec>,
    pub(crate) directory: u64,
    pub(crate) automatic: Option<Outright>,
}

pub(crate) fn participants(
    ctx: &Ctx<'_>,
    branch: LocalId,
    element: ElementIndex,
    rules: &Approval,
) -> Result<Found, (IncidentCode, String)> {
    let failed = |message| (IncidentCode::ExpressionFailed, message);
    let mut units = Vec::new();
    for participant in &rules.participants {
        let spec = |users, groups| UnitSpec {
            users,
            groups,
            weight: participant.weight,
            part: participant.part,
            substituted_from: None,
            approved: None,
        };
        match &participant.who {
            Who::Users(texts) => {
                let users = names_in_order(ctx, branch, texts).map_err(failed)?;
                if participant.as_one {
                    units.push(spec(users, Vec::new()));
                } else {
                    units.extend(users.into_iter().map(|user| spec(vec![user], Vec::new())));
                }
            }
            Who::Groups(texts) => {
                let groups = names(ctx, branch, texts).map_err(failed)?;
                units.push(spec(Vec::new(), groups));
            }
            _ => return Err((IncidentCode::NoParticipant, "not built yet".to_owned())),
        }
    }
    let ElementKind::UserTask(task) = &ctx.element(element).kind else {
        return Err((IncidentCode::NoParticipant, "not a user task".to_owned()));
    };
    if rules.participants.is_empty() {
        let assignee =
            optional(task.assignee.as_ref(), |it| name(ctx, branch, it)).map_err(failed)?.flatten();
        let users = match assignee {
            Some(assignee) => vec![assignee],
            None => names(ctx, branch, &task.candidate_users).map_err(failed)?,
        };
        let groups = names(ctx, branch, &task.candidate_groups).map_err(failed)?;
        units.push(UnitSpec {
            users,
            groups,
            weight: 1,
            part: Part::Voter,
            substituted_from: None,
            approved: None,
        });
    }
    let directory = ctx.library.directory().revision;
    Ok(Found { units, directory, automatic: None })
}
