//! Functions on lists. Positions count from 1, or from -1 at the end.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::error::EvalError;
use crate::feel_operators::equal;
use crate::feel_temporal;
use crate::meter::Meter;
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// The items of a list argument: a single value is a list of one, null is none.
pub(super) fn items_of(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => None,
        Value::List(items) => Some(items),
        single => Some(std::slice::from_ref(single)),
    }
}

/// The items of `f(list)` or `f(item, item)`, with the fuel of going through them.
pub(super) fn items_or_arguments<'a>(
    meter: &mut Meter<'_>,
    arguments: &'a [Value],
) -> Result<&'a [Value], EvalError> {
    let items = match arguments {
        [Value::List(items)] => items.as_slice(),
        _ => arguments,
    };
    meter.charge(items.len())?;
    Ok(items)
}

pub(super) fn count(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let items = arguments.first().and_then(items_of);
    Ok(items.map_or(Value::Null, |items| Value::Number(items.len().into())))
}

pub(super) fn min(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    extreme(meter, arguments, Ordering::Less)
}

pub(super) fn max(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    extreme(meter, arguments, Ordering::Greater)
}

fn extreme(meter: &mut Meter<'_>, arguments: &[Value], wanted: Ordering) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    let Some((mut best, rest)) = items.split_first() else { return Ok(Value::Null) };
    if natural_order(best, best).is_none() {
        return Ok(Value::Null);
    }
    for item in rest {
        match natural_order(item, best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return Ok(Value::Null),
        }
    }
    Ok(best.clone())
}

/// The order of two numbers, strings, dates, times or durations; nothing else has one.
pub(super) fn natural_order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => feel_temporal::order(left, right),
    }
}

/// Whether all items are true; null if none is false and not all are booleans.
pub(super) fn all(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    junction(meter, arguments, false)
}

/// Whether any item is true; null if none is and not all are booleans.
pub(super) fn any(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    junction(meter, arguments, true)
}

fn junction(meter: &mut Meter<'_>, arguments: &[Value], decides: bool) -> Answer {
    let items = items_or_arguments(meter, arguments)?;
    if items.contains(&Value::Bool(decides)) {
        return Ok(Value::Bool(decides));
    }
    let only_booleans = items.iter().all(|item| matches!(item, Value::Bool(_)));
    Ok(if only_booleans { Value::Bool(!decides) } else { Value::Null })
}

pub(super) fn list_contains(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, element] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    for item in items {
        if equal(meter, item, element)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// The positions of all items that equal the second argument.
pub(super) fn index_of(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, element] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    let mut positions = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if equal(meter, item, element)? {
            positions.push(Value::Number((at + 1).into()));
        }
    }
    meter.list(positions)
}

pub(super) fn append(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, added @ ..] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    meter.charge(items.len())?;
    meter.check_items(items.len() + added.len())?;
    meter.list([items, added].concat())
}

pub(super) fn concatenate(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match joined(meter, arguments)? {
        Some(items) => meter.list(items),
        None => Ok(Value::Null),
    }
}

/// The lists joined without repetitions.
pub(super) fn union(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match joined(meter, arguments)? {
        Some(items) => distinct(meter, &items),
        None => Ok(Value::Null),
    }
}

fn joined(meter: &mut Meter<'_>, lists: &[Value]) -> Result<Option<Vec<Value>>, EvalError> {
    let mut joined = Vec::new();
    for list in lists {
        let Some(items) = items_of(list) else { return Ok(None) };
        meter.charge(items.len())?;
        meter.check_items(joined.len() + items.len())?;
        joined.extend_from_slice(items);
    }
    Ok(Some(joined))
}

pub(super) fn distinct_values(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    match arguments.first().and_then(items_of) {
        Some(items) => distinct(meter, items),
        None => Ok(Value::Null),
    }
}

/// A value under an order that finds equal ones among many.
struct Ordered<'a>(&'a Value);

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(other.0)
    }
}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered<'_> {}

/// The first of every group of equal items, in their order.
fn distinct(meter: &mut Meter<'_>, items: &[Value]) -> Answer {
    charge_sorting(meter, items)?;
    let mut seen = BTreeSet::new();
    let firsts = items.iter().filter(|item| seen.insert(Ordered(item))).cloned().collect();
    meter.list(firsts)
}

/// One of every group of two or more equal items, in the order of their first ones.
pub(super) fn duplicate_values(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let Some(items) = arguments.first().and_then(items_of) else { return Ok(Value::Null) };
    charge_sorting(meter, items)?;
    let mut counts: BTreeMap<Ordered<'_>, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(Ordered(item)).or_default() += 1;
    }
    // Taking the count away makes every later one of the group a group of none.
    let repeated = items.iter().filter(|item| counts.remove(&Ordered(item)).unwrap_or(0) > 1);
    meter.list(repeated.cloned().collect())
}

/// Values of one type in their natural order; null if they have none.
pub(crate) fn sort(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let Some(items) = arguments.first().and_then(items_of) else { return Ok(Value::Null) };
    let sortable = match items.first() {
        Some(first) => items.iter().all(|item| natural_order(first, item).is_some()),
        None => true,
    };
    if !sortable {
        return Ok(Value::Null);
    }
    charge_sorting(meter, items)?;
    let mut sorted = items.to_vec();
    sorted.sort_by(Value::total_cmp);
    meter.list(sorted)
}

/// The fuel of comparing every item with a few others: as many as the count has binary digits.
pub(super) fn charge_sorting(meter: &mut Meter<'_>, items: &[Value]) -> Result<(), EvalError> {
    let comparisons = 1 + items.len().checked_ilog2().unwrap_or(0) as usize;
    meter.charge(items.len().saturating_mul(comparisons) / SORT_STEP_ITEMS)?;
    for item in items {
        if !matches!(item, Value::Number(_) | Value::Bool(_) | Value::Null) {
            meter.check_value(item)?;
            meter.charge_bytes(item.size_bytes().saturating_mul(comparisons) / SORT_STEP_ITEMS)?;
        }
    }
    Ok(())
}

/// A comparison while sorting is cheaper than a step of the evaluator.
const SORT_STEP_ITEMS: usize = 4;

/// All items of nested lists in one list.
pub(super) fn flatten(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let Some(items) = arguments.first().and_then(items_of) else { return Ok(Value::Null) };
    let mut flat = Vec::new();
    flatten_into(meter, items, &mut flat)?;
    meter.list(flat)
}

/// Recurses as deep as the value nests, which is bounded where values come in and are built.
fn flatten_into(
    meter: &mut Meter<'_>,
    items: &[Value],
    flat: &mut Vec<Value>,
) -> Result<(), EvalError> {
    for item in items {
        meter.charge(1)?;
        match item {
            Value::List(inner) => flatten_into(meter, inner, flat)?,
            other => {
                meter.check_items(flat.len() + 1)?;
                flat.push(other.clone());
            }
        }
    }
    Ok(())
}

pub(super) fn reverse(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let Some(items) = arguments.first().and_then(items_of) else { return Ok(Value::Null) };
    meter.charge(items.len())?;
    meter.list(items.iter().rev().cloned().collect())
}

/// `sublist(list, start, length)`; null if that reaches beyond the list.
pub(super) fn sublist(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let (list, start, length) = match arguments {
        [list, Value::Number(start)] => (list, start, None),
        [list, Value::Number(start), Value::Number(length)] => (list, start, Some(length)),
        _ => return Ok(Value::Null),
    };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    let Some(part) = part_of(items, start.to_i64(), length.map(|length| length.to_i64())) else {
        return Ok(Value::Null);
    };
    meter.charge(part.len())?;
    meter.list(part.to_vec())
}

fn part_of(items: &[Value], start: Option<i64>, length: Option<Option<i64>>) -> Option<&[Value]> {
    let start = match start? {
        0 => return None,
        start if start > 0 => usize::try_from(start).ok()? - 1,
        start => items.len().checked_sub(usize::try_from(start.unsigned_abs()).ok()?)?,
    };
    let rest = items.get(start..)?;
    match length {
        Some(length) => rest.get(..usize::try_from(length?).ok()?),
        None => Some(rest),
    }
}

/// The place in a list of so many items that a position means.
fn place_of(items: usize, position: &Value) -> Option<usize> {
    let Value::Number(position) = position else { return None };
    let place = match position.to_i64()? {
        0 => return None,
        position if position > 0 => usize::try_from(position).ok()? - 1,
        position => items.checked_sub(usize::try_from(position.unsigned_abs()).ok()?)?,
    };
    (place < items).then_some(place)
}

/// The list with an item before the one at a position; null if there is none.
pub(super) fn insert_before(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, position, new] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    let Some(place) = place_of(items.len(), position) else { return Ok(Value::Null) };
    meter.charge(items.len())?;
    meter.check_items(items.len() + 1)?;
    let mut longer = items.to_vec();
    longer.insert(place, new.clone());
    meter.list(longer)
}

/// The list without the item at a position; null if there is none.
pub(super) fn remove(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, position] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    let Some(place) = place_of(items.len(), position) else { return Ok(Value::Null) };
    meter.charge(items.len())?;
    let mut shorter = items.to_vec();
    shorter.remove(place);
    meter.list(shorter)
}

/// The list with another item at a position; null if there is none.
pub(crate) fn replace_at(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [list, position, new] = arguments else { return Ok(Value::Null) };
    let Some(items) = items_of(list) else { return Ok(Value::Null) };
    let Some(place) = place_of(items.len(), position) else { return Ok(Value::Null) };
    meter.charge(items.len())?;
    let mut changed = items.to_vec();
    changed[place] = new.clone();
    meter.list(changed)
}

/// Lists of `size` items each, the last perhaps shorter; null for a size below one.
pub(super) fn partition(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [Value::List(items), Value::Number(size)] = arguments else { return Ok(Value::Null) };
    let size = size.to_i64().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    if size == 0 {
        return Ok(Value::Null);
    }
    meter.charge(items.len())?;
    let parts = items.chunks(size).map(|part| Value::List(Arc::new(part.to_vec())));
    meter.list(parts.collect())
}

pub(super) fn is_empty(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::List(items)] => Value::Bool(items.is_empty()),
        [Value::Context(entries)] => Value::Bool(entries.is_empty()),
        [Value::String(text)] => Value::Bool(text.is_empty()),
        _ => Value::Null,
    })
}
