//! Values as JSON and as stored bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use expr::{
    DateTime, DayTimeDuration, Decimal, Language, Limits, Range, VALUE_DEPTH_MAX, Value,
    ValueError, YearMonthDuration, evaluate, parse,
};
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
fn temporal_values_and_ranges_are_stored_as_text_and_ends() {
    let rows: [(&str, Vec<u8>); 6] = [
        ("@\"2024-02-29\"", [&[6, 10][..], b"2024-02-29"].concat()),
        ("@\"13:30:00Z\"", [&[7, 9][..], b"13:30:00Z"].concat()),
        (
            "@\"2024-02-29T13:30:00@Asia/Shanghai\"",
            [&[8, 33][..], b"2024-02-29T13:30:00@Asia/Shanghai"].concat(),
        ),
        ("@\"PT36H\"", [&[9, 7][..], b"P1DT12H"].concat()),
        ("@\"-P14M\"", [&[10, 6][..], b"-P1Y2M"].concat()),
        ("[1..\"a\") = null", vec![1, 1]),
    ];
    for (source, bytes) in rows {
        let value = feel(source);
        assert_eq!(encode(&value), bytes, "{source}");
        assert_eq!(decode(&bytes).expect(source), value, "{source}");
    }
    let range = feel("[1..5)");
    assert_eq!(encode(&range), [11, 2, 1, b'1', 2, 1, b'5', 1, 0]);
    assert_eq!(decode(&encode(&range)).expect("a range"), range);
    let open = feel("(<= 5)");
    assert_eq!(encode(&open), [11, 0, 2, 1, b'5', 0, 1]);
    assert_eq!(decode(&encode(&open)).expect("a range"), open);
    let json = serde_json::to_string(&feel("[[1..5), @\"P1D\"]")).expect("serialises");
    assert_eq!(
        json,
        r#"{"List":[{"Range":[{"Number":"1"},{"Number":"5"},true,false]},{"DayTimeDuration":"P1D"}]}"#
    );
    assert_eq!(
        serde_json::from_str::<Value>(&json).expect("parses").to_json().to_string(),
        r#"["[1..5)","P1D"]"#
    );
}

#[test]
fn stored_ranges_must_fit_together() {
    // A range of ranges, again and again; ends of two types; no ends at all; functions.
    assert!(decode(&[11; 100_000]).is_err());
    assert!(decode(&[11, 2, 1, b'1', 3, 1, b'a', 1, 1]).is_err());
    assert!(decode(&[11, 0, 0, 1, 1]).is_err());
    assert!(decode(&[11, 4, 0, 4, 0, 1, 1]).is_err());
    assert!(decode(&[12]).is_err());
    assert!(decode(&[6, 3, b'x', b'y', b'z']).is_err());
    assert!(decode(&[8, 10, b'2', b'0', b'2', b'4', b'-', b'0', b'2', b'-', b'2', b'9']).is_err());
    let nested = |levels: usize| {
        (0..levels).fold(feel("[1..2]"), |value, _| Value::List(Arc::new(vec![value])))
    };
    assert!(decode(&encode(&nested(VALUE_DEPTH_MAX - 1))).is_ok());
    assert!(decode(&encode(&nested(VALUE_DEPTH_MAX))).is_err());
}

#[test]
fn json_has_temporal_values_and_ranges_as_text() {
    let value = feel(
        r#"{d: @"2024-02-29", t: @"13:30:00", m: @"2024-02-29T13:30:00Z", y: @"P1Y", r: (>= "a")}"#,
    );
    let json =
        r#"{"d":"2024-02-29","m":"2024-02-29T13:30:00Z","r":"(>=\"a\")","t":"13:30:00","y":"P1Y"}"#;
    assert_eq!(value.to_json().to_string(), json);
    // The way back makes texts.
    let back = Value::parse_json(json).expect("JSON");
    assert_eq!(
        back.to_text(),
        r#"{d: "2024-02-29", m: "2024-02-29T13:30:00Z", r: "(>=\"a\")", t: "13:30:00", y: "P1Y"}"#
    );
    assert_eq!(
        value.to_text(),
        r#"{d: @"2024-02-29", m: @"2024-02-29T13:30:00Z", r: (>="a"), t: @"13:30:00", y: @"P1Y"}"#
    );
    assert_eq!(feel("@\"2024-02-29\"").to_text(), "2024-02-29");
}

#[test]
fn type_names_are_those_of_feel() {
    for (source, name) in [
        ("@\"2024-02-29\"", "date"),
        ("@\"13:30:00\"", "time"),
        ("@\"2024-02-29T13:30:00\"", "date and time"),
        ("@\"P1D\"", "days and time duration"),
        ("@\"P1M\"", "years and months duration"),
        ("[1..2]", "range"),
    ] {
        assert_eq!(feel(source).type_name(), name);
    }
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

/// The value of an expression without variables.
fn feel(source: &str) -> Value {
    let limits = Limits::default();
    let program = parse(Language::Feel, source, &limits).expect(source);
    evaluate(&program, &(), &limits).expect(source)
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
    fn stored_temporal_values_round_trip(
        millis in -377_705_116_800_000..253_402_207_200_000_i64,
        nanos in any::<i64>(), months in any::<i64>(), zone in 0..4_usize,
    ) {
        let moment = DateTime::from_epoch_millis(millis).expect("in range");
        let zone = ["", "+05:30", "@Europe/Paris", "@America/New_York"][zone];
        let local = format!("{}T{}", moment.date(), &moment.to_string()[moment.to_string().len() - 9..][..8]);
        let other = format!("{local}{zone}").parse::<DateTime>().ok();
        let duration = DayTimeDuration::from_nanos(i128::from(nanos) * 1_000);
        let values = [
            Value::from(moment.time()), Value::from(moment.date()), Value::from(moment),
            Value::from(other), Value::from(duration), Value::from(YearMonthDuration::from_months(months)),
        ];
        for value in values {
            prop_assert_eq!(decode(&encode(&value)).expect("decodes"), value.clone());
            prop_assert_eq!(decode(&encode(&value)).expect("decodes").to_text(), value.to_text());
            if let Some(range) = Range::new(value.clone(), Value::Null, true, false) {
                let range = Value::from(range);
                prop_assert_eq!(decode(&encode(&range)).expect("decodes"), range);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![0..14_u8, any::<u8>()], 0..200)) {
        let _ = decode(&bytes);
    }
}
