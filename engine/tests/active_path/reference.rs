//! The active path as the requirements tell it, in as few words as possible and with nothing of the
//! engine: tokens, each with the stack of nodes it came by.

use std::collections::BTreeSet;

use crate::net::{Kind, Net, WAYS};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the task on top of its stack.
    Task,
    /// In the tokens that hang below it.
    Inside,
    /// At the join of its fork.
    Arrived,
    Gone,
}

#[derive(Debug)]
struct Token {
    /// The token that forked, or that entered the sub-process.
    parent: Option<usize>,
    /// Nodes it came by, the newest last.
    path: Vec<usize>,
    at: At,
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Reference<'n> {
    net: &'n Net,
    tokens: Vec<Token>,
    ways: [bool; WAYS],
    rejected: bool,
    /// Joins that fired.
    pub(crate) joins: usize,
}

impl<'n> Reference<'n> {
    pub(crate) fn start(net: &'n Net, ways: [bool; WAYS]) -> Self {
        let mut new = Self { net, tokens: Vec::new(), ways, rejected: false, joins: 0 };
        let root = new.open(None);
        new.enter(root, 0);
        new
    }

    /// Tasks that are open.
    pub(crate) fn tasks(&self) -> BTreeSet<usize> {
        let open = self.tokens.iter().filter(|token| token.at == At::Task);
        open.map(|token| *token.path.last().expect("it stands at a task")).collect()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.tokens.iter().all(|token| token.at == At::Gone)
    }

    /// A person completes a task.
    pub(crate) fn complete(&mut self, task: usize, rejected: bool, ways: [bool; WAYS]) {
        (self.rejected, self.ways) = (rejected, ways);
        let token = self.token_at(task);
        self.go(token, self.net.nodes[task].next[0]);
    }

    /// Where a task may return to, nearest first.
    pub(crate) fn returnable(&self, task: usize) -> Vec<usize> {
        self.targets(task).into_iter().map(|(node, _, _)| node).collect()
    }

    /// A person returns a task.
    pub(crate) fn go_back(&mut self, task: usize, to: usize) {
        let targets = self.targets(task);
        let target = targets.into_iter().find(|(node, _, _)| *node == to);
        let (_, token, index) = target.expect("the caller has asked");
        for below in 0..self.tokens.len() {
            if below != token && self.hangs_below(below, token) {
                self.tokens[below].at = At::Gone;
                self.tokens[below].path.clear();
            }
        }
        self.tokens[token].path.truncate(index);
        if to == 0 {
            // The initiator submits again.
            self.tokens[token].path.push(to);
            self.tokens[token].at = At::Task;
        } else {
            self.enter(token, to);
        }
    }

    /// Nodes a task may return to, each with the token and the place on its stack.
    fn targets(&self, task: usize) -> Vec<(usize, usize, usize)> {
        let leaves_forks = matches!(self.net.nodes[task].kind, Kind::Task { leaves_forks: true });
        let (mut seen, mut found) = (BTreeSet::from([task]), Vec::new());
        let mut token = self.token_at(task);
        let mut is_inner = false;
        loop {
            for (index, node) in self.tokens[token].path.iter().enumerate().rev() {
                let is_around = is_inner && index + 1 == self.tokens[token].path.len();
                let may = match self.net.nodes[*node].kind {
                    Kind::Task { .. } => true,
                    Kind::Sub(_) => !is_around,
                    Kind::Start => *node == 0,
                    _ => false,
                };
                if seen.insert(*node) && may {
                    found.push((*node, token, index));
                }
            }
            let Some(parent) = self.tokens[token].parent else { return found };
            let around = *self.tokens[parent].path.last().expect("it came to something");
            if self.net.nodes[around].kind == Kind::Fork && !leaves_forks {
                return found;
            }
            (token, is_inner) = (parent, true);
        }
    }

    fn token_at(&self, task: usize) -> usize {
        let is_there = |token: &Token| token.at == At::Task && token.path.last() == Some(&task);
        self.tokens.iter().position(is_there).expect("the task is open")
    }

    fn hangs_below(&self, token: usize, above: usize) -> bool {
        token == above || self.tokens[token].parent.is_some_and(|it| self.hangs_below(it, above))
    }

    fn open(&mut self, parent: Option<usize>) -> usize {
        self.tokens.push(Token { parent, path: Vec::new(), at: At::Task });
        self.tokens.len() - 1
    }

    /// A token comes to a node.
    fn go(&mut self, token: usize, node: usize) {
        match self.net.nodes[node].kind {
            Kind::Join => self.wait(token, node),
            Kind::First if self.is_passed(token, node) => self.end(token),
            _ => self.enter(token, node),
        }
    }

    /// True if a token beside this one has come by the node.
    fn is_passed(&self, token: usize, node: usize) -> bool {
        let around = |it: usize| self.hangs_below(token, it);
        let beside = |it: usize| !around(it) && self.tokens[it].path.contains(&node);
        (0..self.tokens.len()).any(beside)
    }

    /// A token ends, and what it hangs below once all of that has ended.
    fn end(&mut self, token: usize) {
        self.tokens[token].at = At::Gone;
        let Some(parent) = self.tokens[token].parent else { return };
        if self.tokens.iter().any(|it| it.parent == Some(parent) && it.at != At::Gone) {
            return;
        }
        let around = *self.tokens[parent].path.last().expect("it came to something");
        match self.net.nodes[around].kind {
            Kind::Sub(_) => self.go(parent, self.net.nodes[around].next[0]),
            _ => self.end(parent),
        }
    }

    fn wait(&mut self, token: usize, node: usize) {
        self.tokens[token].at = At::Arrived;
        let parent = self.tokens[token].parent.expect("a join closes a fork");
        let living = |it: &&Token| it.parent == Some(parent) && it.at != At::Gone;
        if self.tokens.iter().filter(living).all(|it| it.at == At::Arrived) {
            for it in self.tokens.iter_mut().filter(|it| it.parent == Some(parent)) {
                it.at = At::Gone;
            }
            self.joins += 1;
            self.enter(parent, node);
        }
    }

    fn enter(&mut self, token: usize, node: usize) {
        self.tokens[token].path.push(node);
        let next = &self.net.nodes[node].next;
        match self.net.nodes[node].kind {
            Kind::Task { .. } => self.tokens[token].at = At::Task,
            Kind::Start | Kind::Merge | Kind::First | Kind::Join => self.go(token, next[0]),
            Kind::Split(way) => self.go(token, next[usize::from(!self.ways[way])]),
            // The line out stands behind the line back.
            Kind::Again => self.go(token, next[usize::from(!self.rejected)]),
            Kind::Fork => {
                self.tokens[token].at = At::Inside;
                let inner: Vec<usize> = next.iter().map(|_| self.open(Some(token))).collect();
                for (inner, next) in inner.into_iter().zip(next) {
                    self.go(inner, *next);
                }
            }
            Kind::Sub(start) => {
                self.tokens[token].at = At::Inside;
                let inner = self.open(Some(token));
                self.go(inner, start);
            }
            Kind::End => self.end(token),
        }
    }
}
