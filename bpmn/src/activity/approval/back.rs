//! `quorate:return`: going back from a task and to it.

use roxmltree::Node;

use super::words::{flag, known, not_allowed, word};
use super::{Named, Place, return_to};
use crate::definition::{Approval, Back, Resubmit, ReturnParticipant, ReturnStrategy, Siblings};
use crate::text::split;
use crate::xml::{Context, Spot};

/// Stands for whoever decided before in the same task.
const SIGNER: &str = "signer";

/// Reads the element.
pub(super) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    named: &mut Vec<Named<'a>>,
) -> Back {
    known(
        context,
        node,
        spot,
        &[
            "to",
            "strategy",
            "participant",
            "resubmit",
            "outOfParallel",
            "siblings",
            "reasonRequired",
            "restore",
            "onlyDissenters",
            "retractable",
            "readBlocksRetract",
        ],
    );
    let to = context.plain(node, "to");
    let returnable_to = to.map(|found| {
        let entries = split(found.value).filter(|entry| *entry != SIGNER).enumerate();
        entries.map(|(at, entry)| return_to(entry, found, Place::Returnable(at), named)).collect()
    });
    let strategies =
        [("any_one", ReturnStrategy::AnyOne), ("last_submitter", ReturnStrategy::LastSubmitter)];
    let participants =
        [("original", ReturnParticipant::Original), ("compete", ReturnParticipant::Compete)];
    let resubmits = [("replay", Resubmit::Replay), ("straight_back", Resubmit::StraightBack)];
    let siblings = [("cancel", Siblings::Cancel), ("keep", Siblings::Keep)];
    let plain = &Approval::PLAIN.back;
    let back = Back {
        returnable_to,
        to_signer: to.is_none_or(|found| split(found.value).any(|entry| entry == SIGNER)),
        strategy: word(context, node, spot, "strategy", &strategies).unwrap_or_default(),
        participant: word(context, node, spot, "participant", &participants).unwrap_or_default(),
        resubmit: word(context, node, spot, "resubmit", &resubmits).unwrap_or_default(),
        out_of_parallel: flag(context, node, spot, "outOfParallel", plain.out_of_parallel),
        siblings: word(context, node, spot, "siblings", &siblings),
        reason_required: flag(context, node, spot, "reasonRequired", plain.reason_required),
        restore: flag(context, node, spot, "restore", plain.restore),
        only_dissenters: flag(context, node, spot, "onlyDissenters", plain.only_dissenters),
        retractable: flag(context, node, spot, "retractable", plain.retractable),
        read_blocks_retract: flag(
            context,
            node,
            spot,
            "readBlocksRetract",
            plain.read_blocks_retract,
        ),
    };
    if back.siblings.is_some() && !back.out_of_parallel {
        let why = "siblings are left only where outOfParallel is true";
        not_allowed(context, node, spot, "siblings", why);
    }
    back
}
