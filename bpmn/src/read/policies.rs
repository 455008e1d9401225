//! What a process allows as a whole: `quorate:policies`, and copies sent when it ends.

use roxmltree::Node;

use crate::activity::approval::{
    Named, Place, copy_of_process, flag, known, names, number, repeated, whole_duration, word,
};
use crate::definition::{Merge, Policies, Withdraw};
use crate::rules;
use crate::xml::{Context, QUORATE, Spot, extensions};

/// Longest time in which an ended instance can be revoked: a hundred years.
const REVOKE_DAYS_MAX: u32 = 36_525;

/// What a process says of this.
#[derive(Default)]
pub(crate) struct Read<'a> {
    pub(crate) policies: Policies,
    /// Nodes that copies name.
    pub(crate) named: Vec<Named<'a>>,
    /// True if the file says anything.
    pub(crate) is_said: bool,
}

/// Reads the extension elements of a process.
pub(super) fn read<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Read<'a> {
    let mut read = Read::default();
    let mut has_policies = false;
    for extension in extensions(node) {
        if extension.tag_name().namespace() != Some(QUORATE) {
            continue;
        }
        let here = spot.at(context.position(extension));
        match extension.tag_name().name() {
            "policies" if !std::mem::replace(&mut has_policies, true) => {
                read_policies(context, extension, here, &mut read.policies);
            }
            "policies" => repeated(context, here, "policies"),
            "copy" => {
                let place = Place::Copy(read.policies.copies.len());
                let copy = copy_of_process(context, extension, here, |id, found| {
                    read.named.push(Named { id, place, found });
                });
                read.policies.copies.extend(copy);
            }
            _ => continue,
        }
        read.is_said = true;
    }
    read
}

fn read_policies<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    policies: &mut Policies,
) {
    known(
        context,
        node,
        spot,
        &["withdraw", "revokeDays", "admins", "acknowledgeWithin", "cancelUnacknowledged", "merge"],
    );
    let withdraws = [
        ("never", Withdraw::Never),
        ("before_first_decision", Withdraw::BeforeFirstDecision),
        ("any_time", Withdraw::AnyTime),
    ];
    policies.withdraw = word(context, node, spot, "withdraw", &withdraws).unwrap_or_default();
    policies.revoke_days = number(context, node, spot, "revokeDays", 1..=REVOKE_DAYS_MAX);
    policies.admins = names(context, node, "admins");
    policies.acknowledge_within = whole_duration(context, node, spot, "acknowledgeWithin");
    policies.cancel_unacknowledged = flag(context, node, spot, "cancelUnacknowledged", false);
    let merges = [
        ("synchronize", Merge::Synchronize),
        ("multi_instance", Merge::MultiInstance),
        ("discriminator", Merge::Discriminator),
    ];
    policies.merge = word(context, node, spot, "merge", &merges);
    if policies.cancel_unacknowledged && context.plain(node, "acknowledgeWithin").is_none() {
        let message = "cancelUnacknowledged is true, and no time to acknowledge is given.";
        let hint = "Add acknowledgeWithin, such as PT1H.";
        context.report(rules::DEADLINE_INVALID, spot, message, hint);
    }
}
