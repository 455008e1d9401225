//! Values as JSON and as stored bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::{Decimal, VALUE_DEPTH_MAX, Value, ValueError};
use proptest::prelude::*;

fn encode(value: &Value) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, bincode::config::standard()).expect("encodes")
}

fn decode(bytes: &[u8]) -> Result<Value, bincode::error::DecodeError> {
    // With a limit, as every store must: bytes may claim any length.
    let config = bincode::config::standard().with_limit::<{ 16 * 1024 * 1024 }>();
    bincode::serde::decode_from_slice(bytes, config).map(|(value, _)| value)
}

#[test]
fn json_keeps_the_text_of_numbers() {
    let text = r#"{"a":[1.10,-0.0000001,123456789012345678901234567890.1234],"b":null,"c":{"d":true,"e":"中"}}"#;
    let value = Value::parse_json(text).expect("a value");
    assert_eq!(value.to_json().to_string(), text);
    assert_eq!(Value::parse_json(b"1e3").expect("a number").to_json().to_string(), "1000");
}

#[test]
fn json_that_cannot_be_kept_is_refused() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Value::parse_json(deep(VALUE_DEPTH_MAX)).is_ok());
    assert_eq!(Value::parse_json(deep(VALUE_DEPTH_MAX + 1)), Err(ValueError::TooDeep));
    assert!(matches!(Value::parse_json(deep(100_000)), Err(ValueError::Syntax(_))));
    assert!(matches!(Value::parse_json("{"), Err(ValueError::Syntax(_))));
    let error = Value::parse_json("[0.12345678901234567890123456789012345]").expect_err("digits");
    assert_eq!(
        error.to_string(),
        "the number 0.12345678901234567890123456789012345 cannot be kept exactly: a number has at \
         most 34 significant digits and 6176 decimal places; send it as a string"
    );
    assert!(matches!(Value::parse_json("1e7000"), Err(ValueError::Number { .. })));
}

#[test]
fn stored_bytes_cannot_nest_without_end() {
    // A list (kind 4) of one item, again and again.
    let hostile = [4, 1].repeat(500_000);
    assert!(decode(&hostile).is_err());
    let mut deepest = Value::Null;
    for _ in 0..VALUE_DEPTH_MAX {
        deepest = Value::List(Arc::new(vec![deepest]));
    }
    assert_eq!(decode(&encode(&deepest)).expect("decodes"), deepest);
    let deeper = Value::List(Arc::new(vec![deepest]));
    assert!(decode(&encode(&deeper)).is_err());
}

#[test]
fn stored_bytes_keep_their_form() {
    let value = Value::Context(Arc::new(BTreeMap::from([
        ("a".into(), Value::List(Arc::new(vec![Value::Null, true.into(), "x".into()]))),
        ("n".into(), Value::Number("1.50".parse::<Decimal>().expect("a number"))),
    ])));
    let bytes = encode(&value);
    assert_eq!(
        bytes,
        [5, 2, 1, b'a', 4, 3, 0, 1, 1, 3, 1, b'x', 1, b'n', 2, 4, b'1', b'.', b'5', b'0']
    );
    assert_eq!(decode(&bytes).expect("decodes").to_json(), value.to_json());
    let json = serde_json::to_string(&value).expect("serialises");
    assert_eq!(
        json,
        r#"{"Context":{"a":{"List":["Null",{"Bool":true},{"String":"x"}]},"n":{"Number":"1.50"}}}"#
    );
    assert_eq!(serde_json::from_str::<Value>(&json).expect("parses"), value);
}

#[test]
fn weight_counts_text_and_every_part() {
    assert_eq!(Value::Null.size_bytes(), 16);
    assert_eq!(Value::from("abc").size_bytes(), 19);
    let list = Value::List(Arc::new(vec![Value::from(1), Value::from("abc")]));
    assert_eq!(list.size_bytes(), 16 + 16 + 19);
    let context = Value::Context(Arc::new(BTreeMap::from([("key".into(), list)])));
    assert_eq!(context.size_bytes(), 16 + 3 + 51);
    assert_eq!(context.type_name(), "context");
}

fn some_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?[0-9]{1,17}\\.[0-9]{1,16}".prop_map(|text| Value::Number(text.parse().expect("digits"))),
        ".{0,8}".prop_map(|text| Value::from(text.as_str())),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| Value::List(Arc::new(items))),
            prop::collection::btree_map(".{0,4}", inner, 0..6).prop_map(|entries| {
                let entries =
                    entries.into_iter().map(|(name, value)| (name.as_str().into(), value));
                Value::Context(Arc::new(entries.collect()))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_round_trips(value in some_value()) {
        let text = value.to_json().to_string();
        prop_assert_eq!(Value::parse_json(&text).expect("a value"), value.clone());
        prop_assert_eq!(Value::from_json(&value.to_json()).expect("a value").to_json().to_string(), text);
    }

    #[test]
    fn stored_bytes_round_trip(value in some_value()) {
        prop_assert_eq!(decode(&encode(&value)).expect("decodes"), value);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![0..7_u8, any::<u8>()], 0..200)) {
        let _ = decode(&bytes);
    }
}
