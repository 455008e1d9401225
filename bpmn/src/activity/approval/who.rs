//! Participants of a task, and those who get copies: in how many ways a file can say who it is.

use roxmltree::Node;

use super::UNRESOLVED;
use super::words::{flag, known, not_allowed, number, word};
use crate::definition::{Part, Participant, Who};
use crate::problem::shown;
use crate::rules;
use crate::text::{list, text};
use crate::xml::{Context, Found, Spot};

/// Attributes of which exactly one says who it is.
const KINDS: [&str; 11] = [
    "users",
    "groups",
    "roles",
    "posts",
    "departments",
    "leadersOf",
    "leader",
    "leadersUpTo",
    "initiator",
    "handlerOf",
    "resolver",
];
/// Levels of leaders above somebody that can be asked for.
const LEADER_LEVELS_MAX: u32 = 64;
/// Weight of one vote.
const WEIGHT_MAX: u32 = 1_000_000;
/// What job types of resolvers begin with.
const RESOLVER_PREFIX: &str = "resolver:";

/// All attributes that say who it is, and `more`.
pub(super) fn attributes(more: &[&'static str]) -> Vec<&'static str> {
    [&KINDS[..], &["of", "title"], more].concat()
}

/// Reads a participant. `name` takes the node it names, if it names one.
pub(super) fn participant<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<Participant> {
    known(context, node, spot, &attributes(&["weight", "part", "asOne"]));
    let parts = [("voter", Part::Voter), ("lead", Part::Lead), ("assist", Part::Assist)];
    let part = word(context, node, spot, "part", &parts).unwrap_or_default();
    let weight = number(context, node, spot, "weight", 1..=WEIGHT_MAX).unwrap_or(1);
    let as_one = flag(context, node, spot, "asOne", false);
    Some(Participant { who: who(context, node, spot, name)?, as_one, weight, part })
}

/// Reads who it is. Reports and gives `None` if that is not said in exactly one way.
pub(super) fn who<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<Who> {
    let is_off = |found: &Found<'_>| matches!(found.value, "false" | "0");
    let said: Vec<_> = KINDS
        .iter()
        .filter_map(|kind| Some((*kind, context.plain(node, kind)?)))
        .filter(|(kind, found)| *kind != "initiator" || !is_off(found))
        .collect();
    let element = node.tag_name().name();
    let [(kind, found)] = said[..] else {
        let message = match said.len() {
            0 => format!("The {element} does not say who it is."),
            count => format!("The {element} says in {count} ways who it is."),
        };
        let hint = "Use exactly one of users, groups, roles, posts, departments, leadersOf, leader, leadersUpTo, initiator, handlerOf and resolver; add a second element for others.";
        context.report(rules::PARTICIPANT_KIND_INVALID, spot, message, hint);
        return None;
    };
    if !matches!(kind, "leader" | "leadersUpTo") && context.plain(node, "of").is_some() {
        not_allowed(
            context,
            node,
            spot,
            "of",
            "only leader and leadersUpTo are leaders of somebody",
        );
    }
    if kind != "leadersUpTo" && context.plain(node, "title").is_some() {
        not_allowed(context, node, spot, "title", "only leadersUpTo stops at a title");
    }
    read(context, node, spot, (kind, found), name)
}

fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    (kind, found): (&str, Found<'a>),
    name: impl FnOnce(&'a str, Found<'a>),
) -> Option<Who> {
    let of = context.plain(node, "of").map(text);
    Some(match kind {
        "users" => Who::Users(list(found)),
        "groups" => Who::Groups(list(found)),
        "roles" => Who::Roles(list(found)),
        "posts" => Who::Posts(list(found)),
        "departments" => Who::Departments(list(found)),
        "leadersOf" => Who::LeadersOfDepartments(list(found)),
        "leader" => {
            Who::Leader { of, level: number(context, node, spot, "leader", 1..=LEADER_LEVELS_MAX)? }
        }
        "leadersUpTo" => {
            let level = match found.value {
                "top" => None,
                _ => Some(number(context, node, spot, "leadersUpTo", 1..=LEADER_LEVELS_MAX)?),
            };
            let title = context.plain(node, "title").map(|found| found.value.to_owned());
            Who::LeadersUpTo { of, level, title }
        }
        "initiator" => {
            let at = spot.at(found.position);
            context.boolean(at, "initiator", Some(found.value), false).then_some(Who::Initiator)?
        }
        "handlerOf" if found.value == "previous" => Who::Handler(None),
        "handlerOf" => {
            name(found.value, found);
            Who::Handler(Some(UNRESOLVED))
        }
        _ => Who::Resolver(resolver(context, spot, found)?),
    })
}

/// The name of a resolver; workers ask for jobs of `resolver:` and this name.
fn resolver(context: &mut Context<'_>, spot: Spot<'_>, found: Found<'_>) -> Option<String> {
    let bytes_max = context.limits.id_bytes_max;
    if RESOLVER_PREFIX.len() + found.value.len() > bytes_max {
        let message = format!("The resolver {} has a long name.", shown(found.value));
        let hint = format!("Use at most {bytes_max} bytes, with \"{RESOLVER_PREFIX}\" before it.");
        context.report(rules::JOB_TYPE_TOO_LONG, spot.at(found.position), message, hint);
        return None;
    }
    Some(found.value.to_owned())
}
