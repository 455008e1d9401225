//! What any element may have beside its kind: loops, mappings, handlers, continuation and skips.

pub(crate) mod continuation;
pub(crate) mod handler;
pub(crate) mod mapping;
mod repeat;

use roxmltree::Node;

use crate::condition;
use crate::definition::{Expression, Extras};
use crate::extension::Understood;
use crate::read::is_activity;
use crate::xml::{Context, Spot, attribute};

/// What all flow nodes understand of the dialects.
pub(crate) const ANY: Understood = Understood {
    attributes: &["async", "asyncBefore", "asyncAfter", "asyncLeave", "exclusive", "jobPriority"],
    elements: &["failedJobRetryTimeCycle", "ioMapping", "inputOutput", "jobPriorityDefinition"],
};

/// What activities understand that have no list of their own.
pub(crate) const ACTIVITY: Understood =
    Understood { attributes: &["skipExpression"], elements: &[] };

/// The extras of one element.
pub(crate) struct Read {
    pub(crate) extras: Option<Box<Extras>>,
    /// True if something of them was refused.
    pub(crate) refused: bool,
}

/// Reads everything that is common to elements.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, 'a>,
    spot: Spot<'a>,
    tag: &str,
) -> Read {
    let errors = context.errors;
    let mut extras = Extras {
        handlers: handler::read(context, node, spot, tag),
        continuation: continuation::read(context, node, spot),
        ..Extras::default()
    };
    mapping::read(context, node, spot, tag, &mut extras);
    if is_activity(tag) {
        extras.repeat = repeat::read(context, node, spot);
        extras.skip = skip(context, node, spot);
        let undoes = attribute(node, "isForCompensation");
        extras.is_for_compensation = context.boolean(spot, "isForCompensation", undoes, false);
    }
    Read {
        refused: context.errors > errors,
        extras: (extras != *Extras::NONE).then(|| Box::new(extras)),
    }
}

fn skip<'a>(context: &mut Context<'a>, node: Node<'a, 'a>, spot: Spot<'a>) -> Option<Expression> {
    let found = context.dialect(node, "skipExpression")?;
    Some(condition::read_found(context, found, spot, false))
}
