//! The approval rules of a user task: elements of our own namespace, whose attributes stand without
//! a prefix.
//!
//! Nodes that a rule names are resolved once all elements are known, in `check`.

mod back;
mod field;
mod moment;
mod who;
mod words;

use roxmltree::Node;

use crate::condition;
use crate::definition::{
    Approval, CopyRule, Dedupe, ElementIndex, Mode, OnEmpty, OnReject, OnSelf, Part, ReturnTo,
    Threshold, UserTask, Veto,
};
use crate::extension::Understood;
use crate::extras::ACTIVITY;
use crate::problem::shown;
use crate::rules;
use crate::text::split;
use crate::xml::{Context, Found, QUORATE, Spot, elements, extensions};

pub(crate) use moment::{copy_of_process, whole_duration};
pub(crate) use words::{flag, known, names, number, word};

/// Extension elements that hold the rules of a task.
pub(crate) const ELEMENTS: [&str; 5] = ["approval", "return", "deadline", "copy", "field"];
/// What a task that is nobody's understands of the dialects.
pub(crate) const PASSED: Understood =
    Understood { attributes: ACTIVITY.attributes, elements: &["copy"] };
/// Deepest nesting of approvers who were added by approvers.
const ADD_DEPTH_MAX: u32 = 16;
/// Largest threshold by count or weight; keeps sums of weights within 64 bits.
const THRESHOLD_MAX: u32 = 1_000_000_000;
/// To whom a helper gives a work item back: true for step by step.
const RESOLVE_TO: [(&str, bool); 2] = [("owner", false), ("asker", true)];
/// A hundred percent, in hundredths of a percent.
const RATIO_MAX: u32 = 10_000;
/// Until the id is resolved.
const UNRESOLVED: ElementIndex = ElementIndex(0);

/// A node that a rule names.
pub(crate) struct Named<'a> {
    /// Its id, as written.
    pub(crate) id: &'a str,
    /// Which rule names it.
    pub(crate) place: Place,
    /// Where.
    pub(crate) found: Found<'a>,
}

/// Where in the rules of a task, or the policies of a process, a node is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    OnReject,
    Returnable(usize),
    Participant(usize),
    Copy(usize),
}

/// Reads the rules of `task`; gives the nodes they name.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    task: &mut UserTask,
) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    let mut rules: Option<Approval> = None;
    let (mut has_approval, mut has_return, mut others_said) = (false, false, false);
    for extension in extensions(node) {
        let name = extension.tag_name();
        if name.namespace() != Some(QUORATE) || !ELEMENTS.contains(&name.name()) {
            continue;
        }
        let here = spot.at(context.position(extension));
        let rules = rules.get_or_insert_default();
        match name.name() {
            "approval" if !std::mem::replace(&mut has_approval, true) => {
                read_approval(context, extension, here, rules, &mut named);
            }
            "return" if !std::mem::replace(&mut has_return, true) => {
                rules.back = back::read(context, extension, here, &mut named);
            }
            "deadline" => rules.deadlines.extend(moment::deadline(context, extension, here)),
            "field" => field::read(context, extension, here, &mut rules.fields, &mut others_said),
            "copy" => {
                let copy = moment::copy_of_task(context, extension, here, |id, found| {
                    named.push(Named { id, place: Place::Copy(rules.copies.len()), found });
                });
                rules.copies.extend(copy);
            }
            other => repeated(context, here, other),
        }
    }
    task.approval = rules.map(Box::new);
    named
}

/// Reads the copies of a task that is nobody's; gives the nodes they name.
pub(crate) fn read_copies<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    copies: &mut Vec<CopyRule>,
) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for extension in extensions(node) {
        let name = extension.tag_name();
        if name.namespace() != Some(QUORATE) || name.name() != "copy" {
            continue;
        }
        let here = spot.at(context.position(extension));
        let copy = moment::copy_of_passed(context, extension, here, |id, found| {
            named.push(Named { id, place: Place::Copy(copies.len()), found });
        });
        copies.extend(copy);
    }
    named
}

/// Reports a second element of a kind that stands once.
pub(crate) fn repeated(context: &mut Context<'_>, spot: Spot<'_>, name: &str) {
    let message = format!("The element {name} stands here twice.");
    let hint = "Keep one of them, with the attributes of both.";
    context.report(rules::ELEMENT_REPEATED, spot, message, hint);
}

fn read_approval<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    rules: &mut Approval,
    named: &mut Vec<Named<'a>>,
) {
    known(
        context,
        node,
        spot,
        &[
            "mode",
            "order",
            "waitAll",
            "veto",
            "passAt",
            "rejectAt",
            "onReject",
            "onEmpty",
            "onSelf",
            "dedupe",
            "autoSkip",
            "opinionFor",
            "signatureFor",
            "requires",
            "guarded",
            "reassignable",
            "batchable",
            "substitutable",
            "leadEndsAssist",
            "resolveTo",
            "addDepth",
        ],
    );
    rules.mode = mode(context, node, spot);
    let orders = [("parallel", false), ("sequential", true)];
    rules.sequential = word(context, node, spot, "order", &orders).unwrap_or(false);
    rules.wait_all = flag(context, node, spot, "waitAll", false);
    rules.veto = veto(context, node);
    rules.on_reject = on_reject(context, node, named);
    rules.on_empty = on_empty(context, node, spot);
    let on_self =
        [("approve", OnSelf::Approve), ("skip", OnSelf::Skip), ("superior", OnSelf::Superior)];
    rules.on_self = word(context, node, spot, "onSelf", &on_self).unwrap_or_default();
    let dedupe = [
        ("none", Dedupe::None),
        ("first_only", Dedupe::FirstOnly),
        ("adjacent", Dedupe::Adjacent),
        ("all", Dedupe::All),
    ];
    rules.dedupe = word(context, node, spot, "dedupe", &dedupe).unwrap_or_default();
    rules.auto_skip = context
        .plain(node, "autoSkip")
        .map(|found| condition::read_found(context, found, spot, false));
    rules.opinion_for = names(context, node, "opinionFor");
    rules.signature_for = names(context, node, "signatureFor");
    rules.requires = names(context, node, "requires");
    rules.guarded = names(context, node, "guarded");
    rules.reassignable = flag(context, node, spot, "reassignable", true);
    rules.batchable = flag(context, node, spot, "batchable", true);
    rules.substitutable = flag(context, node, spot, "substitutable", true);
    rules.lead_ends_assist = flag(context, node, spot, "leadEndsAssist", true);
    rules.resolves_stepwise = word(context, node, spot, "resolveTo", &RESOLVE_TO).unwrap_or(false);
    rules.add_depth_max = number(context, node, spot, "addDepth", 0..=ADD_DEPTH_MAX)
        .unwrap_or(Approval::PLAIN.add_depth_max);
    read_participants(context, node, spot, rules, named);
    check(context, node, spot, rules);
}

fn read_participants<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    rules: &mut Approval,
    named: &mut Vec<Named<'a>>,
) {
    for child in elements(node).filter(|it| it.tag_name().namespace() == Some(QUORATE)) {
        let here = spot.at(context.position(child));
        if child.tag_name().name() == "participant" {
            let participant = who::participant(context, child, here, |id, found| {
                let place = Place::Participant(rules.participants.len());
                named.push(Named { id, place, found });
            });
            rules.participants.extend(participant);
        } else {
            let name = child.tag_name().name();
            let message = format!("There is no {} in an approval.", shown(name));
            let hint = "Only participant stands in approval; return, deadline, copy and field stand beside it.";
            context.report(rules::APPROVAL_ELEMENT_UNKNOWN, here, message, hint);
        }
    }
}

/// What of the rules does not go together.
fn check<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>, rules: &Approval) {
    if rules.wait_all && rules.mode != Mode::All {
        words::not_allowed(
            context,
            node,
            spot,
            "waitAll",
            "only mode=\"all\" can wait for everybody",
        );
    }
    let counts_people = rules.mode != Mode::Any || rules.sequential || rules.veto != Veto::Nobody;
    let has_element = elements(node).any(|it| it.tag_name().name() == "participant");
    if counts_people && !has_element {
        let message = "The votes of several participants are counted, and no participant is named.";
        let hint = "Add participant elements to the approval: the assignee and candidates of a task are one participant together.";
        context.report(rules::PARTICIPANTS_MISSING, spot, message, hint);
    }
    let assists = |it: &crate::definition::Participant| it.part == Part::Assist;
    if !rules.participants.is_empty() && rules.participants.iter().all(assists) {
        let message = "Every participant only assists, so nobody decides.";
        let hint = "Give one of them part=\"lead\" or part=\"voter\".";
        context.report(rules::PARTICIPANTS_MISSING, spot, message, hint);
    }
}

fn mode<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> Mode {
    let modes = [("any", 0), ("all", 1), ("vote", 2)];
    let chosen = word(context, node, spot, "mode", &modes).unwrap_or_default();
    let mut of = |name| {
        let found = context.plain(node, name)?;
        if chosen != 2 {
            words::not_allowed(context, node, spot, name, "only mode=\"vote\" has thresholds");
            return None;
        }
        threshold(context, spot, name, found)
    };
    let (pass_at, reject_at) = (of("passAt"), of("rejectAt"));
    match chosen {
        1 => Mode::All,
        2 => {
            if context.plain(node, "passAt").is_none() {
                let message = "The vote does not say how many approvals are enough.";
                let hint = "Add passAt, such as 2, 66.67% or weight 30.";
                context.report(rules::THRESHOLD_INVALID, spot, message, hint);
            }
            Mode::Vote { pass_at: pass_at.unwrap_or(Threshold::Ratio(RATIO_MAX)), reject_at }
        }
        _ => Mode::Any,
    }
}

/// Reads `2`, `66.67%` or `weight 30`.
fn threshold(
    context: &mut Context<'_>,
    spot: Spot<'_>,
    name: &str,
    found: Found<'_>,
) -> Option<Threshold> {
    let in_range = |text: &str| {
        let value = text.trim().parse::<u32>().ok()?;
        (1..=THRESHOLD_MAX).contains(&value).then_some(value)
    };
    let read = if let Some(percent) = found.value.strip_suffix('%') {
        ratio(percent.trim_end()).map(Threshold::Ratio)
    } else if let Some(weight) = found.value.strip_prefix("weight ") {
        in_range(weight).map(Threshold::Weight)
    } else {
        in_range(found.value).map(Threshold::Count)
    };
    if read.is_none() {
        let message = format!("{name} is {}.", shown(found.value));
        let hint = "Write a number of participants from 1, a part such as 66.67% of at most 100%, or a weight such as weight 30.";
        context.report(rules::THRESHOLD_INVALID, spot.at(found.position), message, hint);
    }
    read
}

/// Hundredths of a percent, more than nothing and at most all.
fn ratio(percent: &str) -> Option<u32> {
    let (whole, fraction) = percent.split_once('.').unwrap_or((percent, "0"));
    let digits = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { text.parse::<u32>().ok() } else { None }
    };
    let hundredths = match fraction.len() {
        1 => digits(fraction)? * 10,
        2 => digits(fraction)?,
        _ => return None,
    };
    let ratio = digits(whole)?.checked_mul(100)?.checked_add(hundredths)?;
    (1..=RATIO_MAX).contains(&ratio).then_some(ratio)
}

fn veto<'a>(context: &Context<'a>, node: Node<'a, '_>) -> Veto {
    match context.plain(node, "veto").map(|found| found.value) {
        None => Veto::Nobody,
        Some("everybody") => Veto::Everybody,
        Some(users) => Veto::Users(split(users).map(str::to_owned).collect()),
    }
}

fn on_reject<'a>(
    context: &Context<'a>,
    node: Node<'a, '_>,
    named: &mut Vec<Named<'a>>,
) -> OnReject {
    let Some(found) = context.plain(node, "onReject") else { return OnReject::Line };
    match found.value {
        "line" => OnReject::Line,
        "finish" => OnReject::Finish,
        other => OnReject::Return(return_to(other, found, Place::OnReject, named)),
    }
}

/// Where going back leads: a word, or a node to be resolved later.
fn return_to<'a>(
    text: &'a str,
    found: Found<'a>,
    place: Place,
    named: &mut Vec<Named<'a>>,
) -> ReturnTo {
    match text {
        "initiator" => ReturnTo::Initiator,
        "previous" => ReturnTo::Previous,
        id => {
            named.push(Named { id, place, found });
            ReturnTo::Node(UNRESOLVED)
        }
    }
}

fn on_empty<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> Vec<OnEmpty> {
    let Some(found) = context.plain(node, "onEmpty") else { return Vec::new() };
    let mut steps = Vec::new();
    for entry in split(found.value) {
        let users = entry.strip_prefix("users(").and_then(|rest| rest.strip_suffix(')'));
        let step = match (entry, users) {
            (_, Some(users)) => {
                let users: Vec<_> = split(users).map(str::to_owned).collect();
                (!users.is_empty()).then_some(OnEmpty::Users(users))
            }
            ("admins", None) => Some(OnEmpty::Admins),
            ("superior", None) => Some(OnEmpty::Superior),
            ("pass", None) => Some(OnEmpty::Pass),
            ("reject", None) => Some(OnEmpty::Reject),
            ("incident", None) => Some(OnEmpty::Incident),
            _ => None,
        };
        match step {
            Some(step) => steps.push(step),
            None => {
                let message = format!("onEmpty has {}.", shown(entry));
                let hint = "Write users(ann, bob), admins, superior, pass, reject or incident, separated by commas.";
                context.report(
                    rules::APPROVAL_WORD_UNKNOWN,
                    spot.at(found.position),
                    message,
                    hint,
                );
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_exact_to_a_hundredth_of_a_percent() {
        assert_eq!(ratio("66.67"), Some(6667));
        assert_eq!(ratio("50"), Some(5000));
        assert_eq!(ratio("0.5"), Some(50));
        assert_eq!(ratio("100"), Some(10_000));
        for bad in
            ["0", "0.0", "100.01", "66.667", "", ".5", "5.", "-1", "+5", "1e1", "99999999999"]
        {
            assert_eq!(ratio(bad), None, "{bad}");
        }
    }
}
