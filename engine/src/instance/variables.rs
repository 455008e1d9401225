//! Which variable a name stands for, as seen from a branch.
//!
//! From the inside outward: the branch's own variables, those of its region visit, those of the
//! branch that waits for that region visit, and so on up to the process.

use expr::Value;

use super::Instance;
use crate::command::Variables;
use crate::key::LocalId;

/// What holds variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A branch: its own variables.
    Branch(LocalId),
    /// A region visit: a scope's variables.
    Region(LocalId),
}

impl Instance {
    /// Variables of the process scope.
    #[must_use]
    pub fn variables(&self) -> Variables {
        self.regions.get(&Self::ROOT_REGION).map(|root| root.variables.clone()).unwrap_or_default()
    }

    /// The innermost holder, as seen from inside a branch, that has a variable of this name.
    #[must_use]
    pub fn holder_of(&self, branch: LocalId, name: &str) -> Option<Holder> {
        if self.branches.get(&branch)?.locals.contains_key(name) {
            return Some(Holder::Branch(branch));
        }
        self.holder_around(branch, name)
    }

    /// The innermost holder that has a variable of this name, without the branch's own variables.
    #[must_use]
    pub fn holder_around(&self, branch: LocalId, name: &str) -> Option<Holder> {
        let mut region = self.branches.get(&branch)?.region;
        loop {
            let scope = self.regions.get(&region)?;
            if scope.variables.contains_key(name) {
                return Some(Holder::Region(region));
            }
            let parent = scope.parent?;
            let branch = self.branches.get(&parent)?;
            if branch.locals.contains_key(name) {
                return Some(Holder::Branch(parent));
            }
            region = branch.region;
        }
    }

    /// A variable as a branch sees it.
    #[must_use]
    pub fn variable(&self, branch: LocalId, name: &str) -> Option<&Value> {
        match self.holder_of(branch, name)? {
            Holder::Branch(branch) => self.branches.get(&branch)?.locals.get(name),
            Holder::Region(region) => self.regions.get(&region)?.variables.get(name),
        }
    }

    /// A variable as a scope's own elements see it.
    #[must_use]
    pub fn variable_in(&self, scope: LocalId, name: &str) -> Option<&Value> {
        let region = self.regions.get(&scope)?;
        match region.variables.get(name) {
            Some(value) => Some(value),
            None => self.variable(region.parent?, name),
        }
    }

    /// All variables as a branch sees them: inner ones hide outer ones.
    #[must_use]
    pub fn variables_seen(&self, branch: LocalId) -> Variables {
        let mut seen = Variables::new();
        let mut next = self.branches.get(&branch);
        while let Some(branch) = next {
            let region = self.regions.get(&branch.region);
            let inner = branch.locals.iter();
            for (name, value) in inner.chain(region.iter().flat_map(|region| &region.variables)) {
                seen.entry(name.clone()).or_insert_with(|| value.clone());
            }
            next = region.and_then(|region| region.parent).and_then(|it| self.branches.get(&it));
        }
        seen
    }
}
