//! Who a rule means: names, what the directory knows of them, and who did what before.

use bpmn::{Approval, ElementKind, Part, Participant, Text, UserTask, Who};

use super::{CantFind, Desk, UnitSpec, path, resolver};
use crate::ctx::Ctx;
use crate::directory::Belonging;
use crate::evaluate::{name, names, names_in_order, optional};
use crate::event::IncidentCode;
use crate::key::LocalId;

/// What a rule comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    users: Vec<String>,
    groups: Vec<String>,
}

/// The units of a task as its rules name them, without people who may not act. A unit that has
/// nobody is left out.
pub(super) fn units(desk: &Desk<'_, '_>, rules: &Approval) -> Result<Vec<UnitSpec>, CantFind> {
    if rules.participants.is_empty() {
        let ElementKind::UserTask(task) = &desk.ctx.element(desk.element).kind else {
            return Ok(Vec::new());
        };
        return candidates(desk, task);
    }
    let mut units = Vec::new();
    for participant in &rules.participants {
        let found = find(desk, &participant.who, participant.as_one)?;
        add(&mut units, participant, found);
    }
    Ok(units)
}

fn add(units: &mut Vec<UnitSpec>, participant: &Participant, found: Names) {
    let unit = |users, groups| UnitSpec {
        users,
        groups,
        weight: participant.weight,
        part: participant.part,
        substituted_from: None,
        approved: None,
    };
    let Names { users, groups } = found;
    if participant.as_one {
        if !users.is_empty() || !groups.is_empty() {
            units.push(unit(users, groups));
        }
        return;
    }
    units.extend(users.into_iter().map(|user| unit(vec![user], Vec::new())));
    units.extend(groups.into_iter().map(|group| unit(Vec::new(), vec![group])));
}

/// The assignee, else the candidates, as one unit. A task whose file names nobody is open to
/// everybody: its unit names nobody.
fn candidates(desk: &Desk<'_, '_>, task: &UserTask) -> Result<Vec<UnitSpec>, CantFind> {
    let Desk { ctx, branch, .. } = *desk;
    let assignee = optional(task.assignee.as_ref(), |it| name(ctx, branch, it));
    let assignee = assignee.map_err(failed)?.flatten().filter(|it| desk.directory.is_active(it));
    let mut unit = UnitSpec {
        users: assignee.into_iter().collect(),
        groups: Vec::new(),
        weight: 1,
        part: Part::Voter,
        substituted_from: None,
        approved: None,
    };
    if unit.users.is_empty() {
        unit.users = names(ctx, branch, &task.candidate_users).map_err(failed)?;
        unit.users.retain(|user| desk.directory.is_active(user));
        unit.groups = names(ctx, branch, &task.candidate_groups).map_err(failed)?;
    }
    let is_named = task.assignee.is_some()
        || !task.candidate_users.is_empty()
        || !task.candidate_groups.is_empty();
    let has_somebody = !unit.users.is_empty() || !unit.groups.is_empty();
    Ok(if has_somebody || !is_named { vec![unit] } else { Vec::new() })
}

fn failed(message: String) -> CantFind {
    (IncidentCode::ExpressionFailed, message)
}

/// The people that a rule means, each once: for copies, and whom a deadline turns to. A group of
/// whom nothing is known gives nobody.
pub(crate) fn people_of(
    ctx: &Ctx<'_>,
    branch: LocalId,
    who: &Who,
) -> Result<Vec<String>, CantFind> {
    let directory = ctx.library.directory();
    let element = ctx.state().branch(branch).path.last().map(|visit| visit.element);
    let Some(element) = element else { return Ok(Vec::new()) };
    let desk = Desk { ctx, branch, element, directory };
    find(&desk, who, false).map(|found| found.users)
}

/// The nearest leaders of some people who may act, each once.
pub(crate) fn leaders_of(ctx: &Ctx<'_>, people: &[String]) -> Vec<String> {
    let directory = ctx.library.directory();
    let mut found: Vec<String> = Vec::new();
    for person in people {
        let above = directory.leaders_above(person);
        let leader = above.into_iter().find(|leader| directory.is_active(leader));
        if let Some(leader) = leader.filter(|leader| found.iter().all(|it| it != leader)) {
            found.push(leader.to_owned());
        }
    }
    found
}

/// Finds whom a rule means. People come each once; groups stay groups where they are one unit, and
/// where the directory knows nobody.
fn find(desk: &Desk<'_, '_>, who: &Who, as_one: bool) -> Result<Names, CantFind> {
    let mut found = match who {
        Who::Users(texts) => users(evaluated(desk, texts)?),
        Who::Groups(texts) if as_one => {
            Names { groups: evaluated(desk, texts)?, users: Vec::new() }
        }
        Who::Groups(texts) => members(desk, Belonging::Group, texts)?,
        Who::Roles(texts) => members(desk, Belonging::Role, texts)?,
        Who::Posts(texts) => members(desk, Belonging::Post, texts)?,
        Who::Departments(texts) => members(desk, Belonging::Department, texts)?,
        Who::LeadersOfDepartments(texts) => {
            let departments = evaluated(desk, texts)?;
            let leaders =
                departments.iter().filter_map(|it| desk.directory.leader_of_department(it));
            users(leaders.map(str::to_owned).collect())
        }
        Who::Leader { of, level } => {
            let above = above(desk, of.as_ref())?;
            let at = usize::try_from(*level).unwrap_or(usize::MAX).saturating_sub(1);
            users(above.into_iter().nth(at).into_iter().collect())
        }
        Who::LeadersUpTo { of, level, title } => {
            let above = above(desk, of.as_ref())?;
            users(up_to(desk, above, *level, title.as_deref()))
        }
        Who::Initiator => {
            users(desk.ctx.state().initiator().map(str::to_owned).into_iter().collect())
        }
        Who::Handler(node) => users(path::handlers(desk.ctx.state(), desk.branch, *node)),
        Who::Resolver(name) => users(resolver::answer(desk, name)),
    };
    found.users.retain(|user| desk.directory.is_active(user));
    let mut seen = Vec::new();
    found.users.retain(|user| {
        let is_new = !seen.contains(user);
        if is_new {
            seen.push(user.clone());
        }
        is_new
    });
    Ok(found)
}

fn users(users: Vec<String>) -> Names {
    Names { users, groups: Vec::new() }
}

fn evaluated(desk: &Desk<'_, '_>, texts: &[Text]) -> Result<Vec<String>, CantFind> {
    names_in_order(desk.ctx, desk.branch, texts).map_err(failed)
}

/// Members of what the texts name. Where nothing is known of people, the names are groups.
fn members(desk: &Desk<'_, '_>, belonging: Belonging, texts: &[Text]) -> Result<Names, CantFind> {
    let of = evaluated(desk, texts)?;
    if desk.directory.is_unknown() {
        return Ok(Names { users: Vec::new(), groups: of });
    }
    let members = of.iter().flat_map(|it| desk.directory.members(belonging, it));
    Ok(users(members.map(str::to_owned).collect()))
}

/// Everybody above somebody, or above the initiator.
fn above(desk: &Desk<'_, '_>, of: Option<&Text>) -> Result<Vec<String>, CantFind> {
    let named = optional(of, |it| name(desk.ctx, desk.branch, it)).map_err(failed)?;
    let initiator = || desk.ctx.state().initiator().map(str::to_owned);
    let person = if of.is_some() { named.flatten() } else { initiator() };
    let leaders = person.as_deref().map(|it| desk.directory.leaders_above(it)).unwrap_or_default();
    Ok(leaders.into_iter().map(str::to_owned).collect())
}

/// The nearest leaders up to a level, and no further than the first with a title.
fn up_to(
    desk: &Desk<'_, '_>,
    above: Vec<String>,
    level: Option<u32>,
    title: Option<&str>,
) -> Vec<String> {
    let levels = level.and_then(|level| usize::try_from(level).ok()).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for leader in above.into_iter().take(levels) {
        let has_title = title.is_some() && {
            let person = desk.directory.people.get(&leader);
            person.and_then(|person| person.title.as_deref()) == title
        };
        found.push(leader);
        if has_title {
            break;
        }
    }
    found
}
