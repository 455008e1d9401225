//! The reference model: what is open and where one may go back to, told from the blocks of the
//! process and from what is done. It knows no tokens, regions or paths.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

/// A block-structured process. Each task and each choice has a number of its own.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    Task(u32),
    Sequence(Vec<Block>),
    Choice(u32, Vec<Block>),
    Parallel(Vec<Block>),
}

/// Blocks of random shape, numbered afterwards.
pub(crate) fn blocks() -> impl Strategy<Value = Block> {
    let leaf = Just(Block::Task(0));
    leaf.prop_recursive(4, 14, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            3 => several().prop_map(Block::Sequence),
            2 => several().prop_map(Block::Parallel),
            2 => several().prop_map(|parts| Block::Choice(0, parts)),
        ]
    })
    .prop_map(|mut block| {
        number(&mut block, &mut 0);
        block
    })
}

fn number(block: &mut Block, last: &mut u32) {
    match block {
        Block::Task(own) => {
            *last += 1;
            *own = *last;
        }
        Block::Choice(own, parts) => {
            *last += 1;
            *own = *last;
            parts.iter_mut().for_each(|part| number(part, last));
        }
        Block::Sequence(parts) | Block::Parallel(parts) => {
            parts.iter_mut().for_each(|part| number(part, last));
        }
    }
}

/// Number of the task that stands for the initiator's start.
pub(crate) const START: u32 = 0;

/// Where the process stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oracle {
    /// Handlers of tasks that are done.
    pub(crate) done: BTreeMap<u32, Vec<String>>,
    /// Participants of open tasks, and those of them who have decided.
    pub(crate) open: BTreeMap<u32, (Vec<String>, BTreeSet<String>)>,
    /// What choices took.
    taken: BTreeMap<u32, usize>,
    /// Who gets a task that was returned to.
    back: BTreeMap<u32, Vec<String>>,
    pub(crate) variables: BTreeMap<u32, usize>,
}

impl Oracle {
    /// Opens what can be open, and says whether the block is done.
    pub(crate) fn advance(&mut self, block: &Block) -> bool {
        match block {
            Block::Task(task) if self.done.contains_key(task) => true,
            Block::Task(task) => {
                if !self.open.contains_key(task) {
                    let people = self.back.remove(task).unwrap_or_else(|| vec![person(*task)]);
                    self.open.insert(*task, (people, BTreeSet::new()));
                }
                false
            }
            Block::Sequence(parts) => parts.iter().all(|part| self.advance(part)),
            Block::Choice(choice, parts) => {
                let wanted = self.variables.get(choice).copied().unwrap_or(0) % parts.len();
                let taken = *self.taken.entry(*choice).or_insert(wanted);
                self.advance(&parts[taken])
            }
            Block::Parallel(parts) => {
                let done: Vec<bool> = parts.iter().map(|part| self.advance(part)).collect();
                done.into_iter().all(|done| done)
            }
        }
    }

    /// A participant decides; the task is done when all have, or when one of them rejects. Whoever
    /// decided has handled it.
    pub(crate) fn decide(&mut self, task: u32, user: &str, rejects: bool) {
        let (people, decided) = self.open.get_mut(&task).expect("it is open");
        decided.insert(user.to_owned());
        if rejects || people.iter().all(|one| decided.contains(one)) {
            let (people, decided) = self.open.remove(&task).expect("it is open");
            let handlers = people.into_iter().filter(|one| decided.contains(one)).collect();
            self.done.insert(task, handlers);
        }
    }

    /// Tasks that an open one may be returned to: those before it in its own branch.
    pub(crate) fn returnable(&self, root: &Block, task: u32) -> BTreeSet<u32> {
        let mut before = BTreeSet::from([START]);
        self.before(root, task, &mut before);
        before
    }

    fn before(&self, block: &Block, task: u32, found: &mut BTreeSet<u32>) {
        match block {
            Block::Task(_) => {}
            Block::Sequence(parts) => {
                for part in parts {
                    if contains(part, task) {
                        return self.before(part, task, found);
                    }
                    self.main_line(part, found);
                }
            }
            Block::Choice(choice, parts) => self.before(&parts[self.taken[choice]], task, found),
            Block::Parallel(parts) => {
                found.clear();
                let part = parts.iter().find(|part| contains(part, task)).expect("it is inside");
                self.before(part, task, found);
            }
        }
    }

    /// Tasks of a done block that its own line can be returned to: not those of closed branches.
    fn main_line(&self, block: &Block, found: &mut BTreeSet<u32>) {
        match block {
            Block::Task(task) => {
                found.insert(*task);
            }
            Block::Sequence(parts) => parts.iter().for_each(|part| self.main_line(part, found)),
            Block::Choice(choice, parts) => self.main_line(&parts[self.taken[choice]], found),
            Block::Parallel(_) => {}
        }
    }

    /// Goes back to a task: everything behind it in its branch is as if it had never been.
    pub(crate) fn go_back(&mut self, root: &Block, to: u32) {
        let people = self.done.get(&to).cloned();
        if to == START {
            self.wipe(root);
            self.open.insert(START, (vec!["ines".to_owned()], BTreeSet::new()));
            return;
        }
        self.wipe_from(branch_of(root, to), to, &mut false);
        self.back.extend(people.map(|people| (to, people)));
    }

    fn wipe_from(&mut self, block: &Block, to: u32, reached: &mut bool) {
        match block {
            _ if *reached => self.wipe(block),
            Block::Task(task) if *task == to => {
                *reached = true;
                self.wipe(block);
            }
            Block::Task(_) | Block::Parallel(_) => {}
            Block::Sequence(parts) => {
                parts.iter().for_each(|part| self.wipe_from(part, to, reached));
            }
            Block::Choice(choice, parts) => {
                if let Some(taken) = self.taken.get(choice).copied() {
                    self.wipe_from(&parts[taken], to, reached);
                }
            }
        }
    }

    fn wipe(&mut self, block: &Block) {
        match block {
            Block::Task(task) => {
                self.done.remove(task);
                self.open.remove(task);
                self.back.remove(task);
            }
            Block::Sequence(parts) | Block::Parallel(parts) => {
                parts.iter().for_each(|part| self.wipe(part));
            }
            Block::Choice(choice, parts) => {
                self.taken.remove(choice);
                parts.iter().for_each(|part| self.wipe(part));
            }
        }
    }
}

/// Who a task is for.
pub(crate) fn person(task: u32) -> String {
    format!("u{task}")
}

fn contains(block: &Block, task: u32) -> bool {
    match block {
        Block::Task(own) => *own == task,
        Block::Sequence(parts) | Block::Choice(_, parts) | Block::Parallel(parts) => {
            parts.iter().any(|part| contains(part, task))
        }
    }
}

/// The innermost branch around a task: a part of a parallel block, or the process.
fn branch_of(block: &Block, task: u32) -> &Block {
    let mut branch = block;
    let mut at = block;
    loop {
        let (parts, parallel) = match at {
            Block::Task(_) => return branch,
            Block::Parallel(parts) => (parts, true),
            Block::Sequence(parts) | Block::Choice(_, parts) => (parts, false),
        };
        at = parts.iter().find(|part| contains(part, task)).expect("it is inside");
        if parallel {
            branch = at;
        }
    }
}
