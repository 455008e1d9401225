//! The item definitions of a file, read for what tables can use: base types and allowed values.

use std::collections::BTreeMap;

use roxmltree::Node;

use crate::xml::{attribute, child, children, text_of};

/// How many type references lead from one to the next before they are given up as a circle.
const STEPS_MAX: usize = 16;

/// Item definitions by name.
pub(crate) struct Types<'a> {
    items: BTreeMap<&'a str, Node<'a, 'a>>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(root: Node<'a, 'a>) -> Self {
        let items = children(root, "itemDefinition")
            .filter_map(|item| Some((attribute(item, "name")?, item)))
            .collect();
        Self { items }
    }

    /// The type that a reference leads to: a built-in one, or the last that is known.
    pub(crate) fn base(&self, type_ref: &str) -> String {
        let mut name = type_ref.to_owned();
        for _ in 0..STEPS_MAX {
            let Some(next) = self.item(&name).and_then(|item| child(item, "typeRef")) else {
                break;
            };
            name = text_of(next).into_owned();
        }
        name
    }

    /// The element with the allowed values of a type.
    pub(crate) fn allowed_values(&self, type_ref: &str) -> Option<Node<'a, 'a>> {
        child(self.item(type_ref)?, "allowedValues")
    }

    /// The item definition that is meant, whether or not it is named with a prefix.
    fn item(&self, type_ref: &str) -> Option<Node<'a, 'a>> {
        let short = type_ref.rsplit(':').next().unwrap_or_default();
        self.items.get(type_ref).or_else(|| self.items.get(short)).copied()
    }
}
