//! What a decision gives, and the ways in which a process can take it.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::Value;

use crate::error::{DecisionError, DecisionErrorCode, Failure};

/// What a decision gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Id of the decision.
    pub decision: Arc<str>,
    /// The value. Of a table with one output it is the output itself, with several a context of
    /// them, and a list of such values if the hit policy gives one per matching rule.
    pub value: Value,
    /// Which rules of which tables made it, in the order in which the tables were evaluated: those
    /// of required decisions first.
    pub matched: Vec<MatchedRules>,
    /// Whether the value is a list with one result per matching rule.
    pub is_list: bool,
    /// False if the value is null because no rule matched.
    pub has_result: bool,
    /// The name of the entry that a result stands for, if a result is not a context by itself.
    pub entry: Option<Arc<str>>,
}

/// The rules of one table that made its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedRules {
    /// Id of the decision that the table was evaluated for.
    pub decision: Arc<str>,
    /// Id of the table; empty if it has none.
    pub table: Arc<str>,
    /// Numbers of the rules, from 1, in the order of the value; empty if no rule matched. Of a
    /// PRIORITY table it is the rule that won.
    pub rules: Vec<u32>,
}

/// How the result of a decision becomes a variable: `camunda:mapDecisionResult`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResultMapping {
    /// The value as it is. What Camunda 8 and Flowable's JSON do.
    AsIs,
    /// `singleEntry`: the only entry of the only result; null if there is no result.
    SingleEntry,
    /// `singleResult`: the only result, as a context of its entries; null if there is none.
    SingleResult,
    /// `collectEntries`: a list with the only entry of each result.
    CollectEntries,
    /// `resultList`: a list with each result as a context of its entries. The default of Camunda 7.
    ResultList,
}

impl ResultMapping {
    /// The mapping with that name in a BPMN file of Camunda 7.
    #[must_use]
    pub fn from_camunda(name: &str) -> Option<Self> {
        match name {
            "singleEntry" => Some(Self::SingleEntry),
            "singleResult" => Some(Self::SingleResult),
            "collectEntries" => Some(Self::CollectEntries),
            "resultList" => Some(Self::ResultList),
            _ => None,
        }
    }
}

/// One result as Camunda 7 sees it: entries by name, one per output.
type Entries = BTreeMap<Arc<str>, Value>;

/// The value of a decision as a process wants it.
///
/// Takes the whole outcome, since a value alone does not say what its output is called, nor
/// whether a list is one result or several.
///
/// # Errors
///
/// [`DecisionErrorCode::MappingFailed`] if there are several results where one is wanted, or
/// several entries where one is wanted.
pub fn map_result(outcome: &Outcome, mapping: ResultMapping) -> Result<Value, DecisionError> {
    mapped(outcome, mapping).map_err(|failure| failure.in_decision(&outcome.decision))
}

fn mapped(outcome: &Outcome, mapping: ResultMapping) -> Result<Value, Failure> {
    match mapping {
        ResultMapping::AsIs => Ok(outcome.value.clone()),
        ResultMapping::SingleEntry => match single(outcome)? {
            Some(entries) => entry(entries),
            None => Ok(Value::Null),
        },
        ResultMapping::SingleResult => {
            Ok(single(outcome)?.map_or(Value::Null, |entries| Value::Context(Arc::new(entries))))
        }
        ResultMapping::CollectEntries => {
            let values: Result<Vec<Value>, Failure> =
                results(outcome).into_iter().map(entry).collect();
            Ok(Value::List(Arc::new(values?)))
        }
        ResultMapping::ResultList => {
            let contexts = results(outcome).into_iter().map(Arc::new).map(Value::Context);
            Ok(Value::List(Arc::new(contexts.collect())))
        }
    }
}

/// The results, one per matching rule.
fn results(outcome: &Outcome) -> Vec<Entries> {
    match &outcome.value {
        Value::List(items) if outcome.is_list => {
            items.iter().map(|item| entries_of(outcome, item)).collect()
        }
        _ if !outcome.has_result => Vec::new(),
        value => vec![entries_of(outcome, value)],
    }
}

fn entries_of(outcome: &Outcome, value: &Value) -> Entries {
    match (&outcome.entry, value) {
        (None, Value::Context(entries)) => (**entries).clone(),
        (Some(name), value) => BTreeMap::from([(name.clone(), value.clone())]),
        (None, value) => BTreeMap::from([(outcome.decision.clone(), value.clone())]),
    }
}

fn single(outcome: &Outcome) -> Result<Option<Entries>, Failure> {
    let mut results = results(outcome);
    match results.len() {
        0 | 1 => Ok(results.pop()),
        count => {
            let message = format!("it has {count} results where one is wanted");
            Err(Failure::new(DecisionErrorCode::MappingFailed, message))
        }
    }
}

/// The only entry of a result.
fn entry(entries: Entries) -> Result<Value, Failure> {
    let count = entries.len();
    let mut values = entries.into_values();
    match (values.next(), count) {
        (None, _) => Ok(Value::Null),
        (Some(value), 1) => Ok(value),
        (Some(_), _) => {
            let message = format!("a result has {count} entries where one is wanted");
            Err(Failure::new(DecisionErrorCode::MappingFailed, message))
        }
    }
}
