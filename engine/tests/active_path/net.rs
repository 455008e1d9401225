//! Random block-structured processes, as a net of nodes and as text for the engine.

use std::fmt::Write as _;

use proptest::prelude::*;

/// A block: entered at one node and left at one.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// A task; it may return out of parallel regions or not.
    Task(bool),
    /// One of two ways, by the variable of this number.
    Choice(usize, Vec<Block>, Vec<Block>),
    /// All ways beside each other, and a join.
    Fork(Vec<Vec<Block>>),
    /// All ways beside each other; the first one goes on. One that would be walked by several tokens
    /// at a time, since a fork or a drawn line back is around it, is a fork with a join.
    Race(Vec<Vec<Block>>),
    /// A sub-process.
    Sub(Vec<Block>),
    /// Walked again by a drawn line when the last decision was a reject.
    Again(Vec<Block>),
}

/// Number of variables that choose ways.
pub(crate) const WAYS: usize = 2;

/// Blocks one behind the other.
pub(crate) fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let leaf = any::<bool>().prop_map(Block::Task);
    let nested = leaf.prop_recursive(4, 20, 4, |inner| {
        let row = prop::collection::vec(inner, 1..3);
        prop_oneof![
            (0..WAYS, row.clone(), row.clone())
                .prop_map(|(way, one, other)| Block::Choice(way, one, other)),
            prop::collection::vec(row.clone(), 2..4).prop_map(Block::Fork),
            prop::collection::vec(row.clone(), 2..4).prop_map(Block::Race),
            row.clone().prop_map(Block::Sub),
            row.prop_map(Block::Again),
        ]
    });
    prop::collection::vec(prop_oneof![1 => any::<bool>().prop_map(Block::Task), 2 => nested], 1..4)
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Start,
    End,
    Task {
        leaves_forks: bool,
    },
    /// Takes its first way if the variable of this number is true.
    Split(usize),
    /// Takes its first way after a reject.
    Again,
    Merge,
    Fork,
    Join,
    /// Lets the first token of its fork pass.
    First,
    /// A sub-process, with its start.
    Sub(usize),
}

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) next: Vec<usize>,
    /// The sub-process it stands in.
    parent: Option<usize>,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
struct Inside {
    parent: Option<usize>,
    /// A race may stand here.
    races: bool,
}

/// A process. The first node is its start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Net {
    pub(crate) nodes: Vec<Node>,
}

impl Net {
    pub(crate) fn of(blocks: &[Block]) -> Self {
        let mut net = Self::default();
        let start = net.add(Kind::Start, None);
        let last = net.row(blocks, start, Inside { parent: None, races: true });
        let end = net.add(Kind::End, None);
        net.nodes[last].next.push(end);
        net
    }

    /// Id of a node.
    pub(crate) fn id(&self, node: usize) -> String {
        let letter = match self.nodes[node].kind {
            Kind::Start => "s",
            Kind::End => "e",
            Kind::Task { .. } => "t",
            Kind::Split(_) => "x",
            Kind::Again => "a",
            Kind::Merge => "m",
            Kind::Fork => "k",
            Kind::Join => "j",
            Kind::First => "w",
            Kind::Sub(_) => "p",
        };
        format!("{letter}{node}")
    }

    fn add(&mut self, kind: Kind, parent: Option<usize>) -> usize {
        self.nodes.push(Node { kind, next: Vec::new(), parent });
        self.nodes.len() - 1
    }

    /// Adds blocks behind a node; gives the last node.
    fn row(&mut self, blocks: &[Block], before: usize, inside: Inside) -> usize {
        blocks.iter().fold(before, |before, block| self.block(block, before, inside))
    }

    fn behind(&mut self, before: usize, kind: Kind, parent: Option<usize>) -> usize {
        let node = self.add(kind, parent);
        self.nodes[before].next.push(node);
        node
    }

    fn block(&mut self, block: &Block, before: usize, inside: Inside) -> usize {
        let parent = inside.parent;
        let alone = Inside { races: false, ..inside };
        match block {
            Block::Task(leaves_forks) => {
                self.behind(before, Kind::Task { leaves_forks: *leaves_forks }, parent)
            }
            Block::Choice(way, one, other) => {
                let split = self.behind(before, Kind::Split(*way), parent);
                let merge = self.add(Kind::Merge, parent);
                for way in [one, other] {
                    let last = self.row(way, split, inside);
                    self.nodes[last].next.push(merge);
                }
                merge
            }
            Block::Fork(ways) => self.fork(ways, Kind::Join, before, alone),
            Block::Race(ways) if inside.races => self.fork(ways, Kind::First, before, inside),
            Block::Race(ways) => self.fork(ways, Kind::Join, before, alone),
            Block::Sub(body) => {
                let sub = self.behind(before, Kind::Sub(0), parent);
                let start = self.add(Kind::Start, Some(sub));
                self.nodes[sub].kind = Kind::Sub(start);
                let last = self.row(body, start, Inside { parent: Some(sub), races: true });
                self.behind(last, Kind::End, Some(sub));
                sub
            }
            Block::Again(body) => {
                let merge = self.behind(before, Kind::Merge, parent);
                let last = self.row(body, merge, alone);
                let again = self.behind(last, Kind::Again, parent);
                self.nodes[again].next.push(merge);
                again
            }
        }
    }

    fn fork(&mut self, ways: &[Vec<Block>], end: Kind, before: usize, inside: Inside) -> usize {
        let fork = self.behind(before, Kind::Fork, inside.parent);
        let end = self.add(end, inside.parent);
        for way in ways {
            let last = self.row(way, fork, inside);
            self.nodes[last].next.push(end);
        }
        end
    }

    /// The process in the notation of the tests.
    pub(crate) fn text(&self) -> String {
        let races = self.nodes.iter().any(|node| node.kind == Kind::First);
        let policy = if races { "policy merge=discriminator\n" } else { "" };
        format!("{policy}{}", self.inside(None))
    }

    fn inside(&self, parent: Option<usize>) -> String {
        let mut text = String::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, it)| it.parent == parent) {
            let (id, next) = (self.id(index), |at: usize| self.id(node.next[at]));
            let all: Vec<String> = node.next.iter().map(|next| self.id(*next)).collect();
            let all = all.join(", ");
            let _ = match node.kind {
                Kind::Start => writeln!(text, "start {id} -> {all}"),
                Kind::End => writeln!(text, "end {id}"),
                Kind::Task { leaves_forks } => {
                    let rules = if leaves_forks { "back.outOfParallel=true" } else { "" };
                    writeln!(text, "user {id} {rules} -> {all}")
                }
                Kind::Split(way) => {
                    writeln!(text, "xor {id} -> {} [= way{way}], {} default", next(0), next(1))
                }
                Kind::Again => {
                    let condition = "= decision = \"reject\"";
                    writeln!(text, "xor {id} -> {} [{condition}], {} default", next(0), next(1))
                }
                Kind::Merge | Kind::First => writeln!(text, "xor {id} -> {all}"),
                Kind::Fork | Kind::Join => writeln!(text, "and {id} -> {all}"),
                Kind::Sub(_) => {
                    writeln!(text, "sub {id} -> {all} {{\n{}}}", self.inside(Some(index)))
                }
            };
        }
        text
    }
}
