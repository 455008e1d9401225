//! Which outgoing lines would be taken, asked without taking them.

mod support;

use engine::{Limits, lines};
use support::{model, variables};

fn taken(text: &str, node: &str, pairs: &[&str]) -> Vec<Option<bool>> {
    let model = model(text);
    let element = model.definition().find(node).expect("a node");
    let found = lines(&model, element, Some(&variables(pairs)), &Limits::default());
    found.into_iter().map(|line| line.taken).collect()
}

const CHOICE: &str = "start s -> x
    xor x -> a [= amount <= 100], b [= amount <= 1000], c default
    user a -> e
    user b -> e
    user c -> e
    end e";

#[test]
fn an_exclusive_gateway_takes_one_line() {
    assert_eq!(taken(CHOICE, "x", &["amount=50"]), [Some(true), Some(false), Some(false)]);
    assert_eq!(taken(CHOICE, "x", &["amount=500"]), [Some(false), Some(true), Some(false)]);
    assert_eq!(taken(CHOICE, "x", &["amount=5000"]), [Some(false), Some(false), Some(true)]);
}

#[test]
fn behind_a_condition_that_fails_nothing_is_said() {
    assert_eq!(taken(CHOICE, "x", &["amount=\"much\""]), [None, None, None]);
}

#[test]
fn a_parallel_gateway_takes_every_line() {
    let text = "start s -> f\nand f -> a, b\nuser a -> e\nuser b -> e\nend e";
    assert_eq!(taken(text, "f", &[]), [Some(true), Some(true)]);
}
