//! Merges the parts of a list that its partitions gave: always the oldest head.

use engine::{Key, Millis, Partition};

use crate::request::{InstanceSummary, Page, Paged, Ranked, TaskView};

/// An item of a merged list.
pub(crate) trait Item {
    /// Its key.
    fn key(&self) -> Key;
    /// When it was created.
    fn created_at(&self) -> Millis;
}

impl Item for TaskView {
    fn key(&self) -> Key {
        self.key
    }

    fn created_at(&self) -> Millis {
        self.opened_at
    }
}

impl Item for InstanceSummary {
    fn key(&self) -> Key {
        self.key
    }

    fn created_at(&self) -> Millis {
        self.started_at
    }
}

/// One partition's part while it is merged.
struct Part<T> {
    items: std::iter::Peekable<std::vec::IntoIter<T>>,
    /// Where this partition goes on, by what was taken so far.
    at: Option<Key>,
    /// Where it goes on when all its items are taken, if it has more.
    rest: Option<Key>,
}

/// One page out of the parts of all partitions, each a page of the same size.
pub(crate) fn merge<T: Item>(page: &Page, parts: Vec<(Partition, Paged<T>)>) -> Paged<T> {
    let mut parts: Vec<Part<T>> = parts
        .into_iter()
        .map(|(partition, paged)| Part {
            items: paged.items.into_iter().peekable(),
            at: page.after(partition),
            rest: paged.next.and_then(|keys| keys.first().copied()),
        })
        .collect();
    let mut items = Vec::new();
    while items.len() < page.items_max as usize {
        // A part without items but with a rest hides its head: what comes next is not known.
        if parts.iter_mut().any(|part| part.items.peek().is_none() && part.rest.is_some()) {
            break;
        }
        let oldest = parts
            .iter_mut()
            .filter_map(|part| {
                let head = part.items.peek()?;
                Some(((head.created_at(), head.key()), part))
            })
            .min_by_key(|(order, _)| *order);
        let Some((_, part)) = oldest else { break };
        let Some(item) = part.items.next() else { break };
        part.at = Some(item.key());
        items.push(item);
    }
    let mut more = false;
    let mut next = Vec::new();
    for mut part in parts {
        let has_items = part.items.peek().is_some();
        more |= has_items || part.rest.is_some();
        // What a part looked at and passed over needs no second look.
        next.extend(if has_items { part.at } else { part.rest.or(part.at) });
    }
    Paged { items, next: more.then_some(next) }
}

/// One page out of the parts of all partitions, each a page of the same size, in the order of
/// ranks.
pub(crate) fn merge_ranked<T>(items_max: u32, parts: Vec<Ranked<T>>) -> Ranked<T> {
    let mut more = parts.iter().any(|part| part.next.is_some());
    let is_cut = parts.iter().any(|part| part.is_cut);
    let mut items: Vec<_> = parts.into_iter().flat_map(|part| part.items).collect();
    items.sort_by_key(|(rank, _)| *rank);
    more |= items.len() > items_max as usize;
    items.truncate(items_max as usize);
    let next = items.last().map(|(rank, _)| *rank).filter(|_| more);
    Ranked { items, next, is_cut }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Rank;

    #[derive(Debug, Clone, PartialEq)]
    struct Thing(Key, u64);

    impl Item for Thing {
        fn key(&self) -> Key {
            self.0
        }

        fn created_at(&self) -> Millis {
            Millis(self.1)
        }
    }

    fn thing(partition: u16, sequence: u64, at: u64) -> Thing {
        Thing(Key::instance_of(Partition(partition), sequence), at)
    }

    fn page(items_max: u32, after: Vec<Key>) -> Page {
        Page { items_max, after }
    }

    /// The part of a partition that holds `all`, as it would list it.
    fn part(page: &Page, partition: u16, all: &[Thing]) -> (Partition, Paged<Thing>) {
        let after = page.after(Partition(partition));
        let left: Vec<Thing> = all
            .iter()
            .filter(|thing| thing.0.partition().0 == partition && Some(thing.0) > after)
            .cloned()
            .collect();
        let items: Vec<Thing> = left.iter().take(page.items_max as usize).cloned().collect();
        let next = (left.len() > items.len()).then(|| vec![items.last().unwrap().0]);
        (Partition(partition), Paged { items, next })
    }

    #[test]
    fn pages_of_any_size_give_every_item_once_and_oldest_first() {
        let all = [
            thing(0, 1, 10),
            thing(0, 2, 40),
            thing(0, 3, 41),
            thing(1, 1, 20),
            thing(1, 2, 30),
            thing(2, 1, 5),
        ];
        for size in 1..8 {
            let mut after = Vec::new();
            let mut seen = Vec::new();
            loop {
                let page = page(size, after);
                let parts = (0..4).map(|partition| part(&page, partition, &all)).collect();
                let merged = merge(&page, parts);
                assert!(merged.items.len() <= size as usize);
                seen.extend(merged.items.into_iter().map(|thing| thing.1));
                match merged.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
            assert_eq!(seen, vec![5, 10, 20, 30, 40, 41], "pages of {size}");
        }
    }

    #[test]
    fn ranked_pages_of_any_size_give_every_item_once_and_in_order() {
        let rank = |partition: u16, sequence, value| {
            let key = Key::instance_of(Partition(partition), sequence);
            Rank { value, key, number: 0 }
        };
        let mut all = vec![rank(0, 1, 7), rank(0, 2, 5), rank(1, 1, 5), rank(1, 2, 9)];
        all.extend([rank(2, 1, 1), rank(2, 2, 5), rank(2, 3, 9)]);
        all.sort_unstable();
        for size in 1..9_usize {
            let mut behind: Option<Rank> = None;
            let mut seen = Vec::new();
            loop {
                let part = |partition: u16| {
                    let own = all
                        .iter()
                        .copied()
                        .filter(|rank| rank.key.partition().0 == partition && Some(*rank) > behind);
                    let items: Vec<_> = own.take(size).map(|rank| (rank, rank.value)).collect();
                    let last = items.last().map(|(rank, _)| *rank);
                    let next = last.filter(|_| items.len() == size);
                    Ranked { items, next, is_cut: false }
                };
                let size = u32::try_from(size).expect("it is small");
                let merged = merge_ranked(size, (0..3).map(part).collect());
                seen.extend(merged.items.iter().map(|(rank, _)| *rank));
                behind = merged.next;
                if behind.is_none() {
                    break;
                }
            }
            assert_eq!(seen, all, "pages of {size}");
        }
    }

    #[test]
    fn a_part_that_is_not_finished_stops_the_merge_and_is_gone_on_with() {
        let page = page(10, Vec::new());
        let passed_over = Key::instance_of(Partition(1), 500);
        let parts = vec![
            (Partition(0), Paged { items: vec![thing(0, 1, 10)], next: None }),
            (Partition(1), Paged { items: Vec::new(), next: Some(vec![passed_over]) }),
        ];
        let merged = merge(&page, parts);
        assert!(merged.items.is_empty(), "partition 1 may hold something older");
        assert_eq!(merged.next, Some(vec![passed_over]));
    }
}
