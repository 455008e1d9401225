//! The `process` element itself: its tag, and who may start it.

use roxmltree::Node;

use super::{Process, name_of, policies};
use crate::activity::user;
use crate::data;
use crate::definition::Starters;
use crate::extension::{self, Understood};
use crate::extras::{continuation, handler};
use crate::text::split;
use crate::xml::{Context, Spot, extensions, zeebe};

const UNDERSTOOD: Understood = Understood {
    attributes: &[
        "candidateStarterUsers",
        "candidateStarterGroups",
        "versionTag",
        "jobPriority",
        "taskPriority",
    ],
    elements: &["potentialStarter", "versionTag", "jobPriorityDefinition", "policies", "copy"],
};

/// Reads what stands on the `process` element; its content is read later.
pub(super) fn read<'a>(context: &mut Context<'a>, node: Node<'a, 'a>) -> Process<'a> {
    let spot = context.spot(node);
    let key = context.required_id(node).unwrap_or_default();
    extension::notices(context, node, spot, &[&UNDERSTOOD]);
    handler::refuse_all(context, node, spot);
    let tag = context.dialect(node, "versionTag");
    let tag = tag.or_else(|| context.plain(zeebe(node, "versionTag")?, "value"));
    Process {
        key,
        name: name_of(node),
        version_tag: tag.map(|found| found.value.to_owned()),
        starters: starters(context, node, spot),
        priority: continuation::priority(context, node, spot),
        spot,
        elements: Vec::new(),
        flows: Vec::new(),
        associations: Vec::new(),
        lanes: Vec::new(),
        data_objects: Vec::new(),
        policies: policies::read(context, node, spot),
        data_names: data::Names::new(),
        initiator_variable: None,
    }
}

fn starters<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Starters {
    let mut starters = Starters::default();
    let names = |name| {
        let found = context.dialect(node, name);
        found.into_iter().flat_map(|found| split(found.value)).map(str::to_owned)
    };
    starters.users.extend(names("candidateStarterUsers"));
    starters.groups.extend(names("candidateStarterGroups"));
    for starter in extensions(node).filter(|it| it.tag_name().name() == "potentialStarter") {
        match user::assignment_text(starter) {
            Some(text) => starters_of(&text, &mut starters),
            None => user::assignment_ignored(context, starter, spot),
        }
    }
    starters
}

/// Adds `user(a), group(b), c`; a name without a prefix is a group.
fn starters_of(text: &str, starters: &mut Starters) {
    for entry in split(text) {
        let (names, is_user) = user::owner(entry);
        let list = if is_user { &mut starters.users } else { &mut starters.groups };
        list.extend(split(names).map(str::to_owned));
    }
}
