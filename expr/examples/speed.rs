//! Prints how long one evaluation takes: `cargo run --release -p expr --example speed`.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;

use expr::{Language, Limits, Value, evaluate, parse};

const EVALUATIONS: u32 = 1_000_000;

// Measuring is the one thing here that needs a clock; the library itself never reads one.
#[expect(clippy::disallowed_types)]
fn main() -> Result<(), Box<dyn Error>> {
    let limits = Limits::default();
    let json = r#"{"amount": 1500, "dept": "finance", "lines": [{"price": 10.5, "count": 2}],
        "initiator": "ann", "level": 3, "urgent": false}"#;
    let context = Value::parse_json(json)?;
    let Value::Context(entries) = &context else { return Err("the scope is no context".into()) };
    let scope: BTreeMap<String, Value> =
        entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    for (language, source) in [
        (Language::Feel, "amount > 1000"),
        (Language::Feel, "amount > 1000 and dept = \"finance\""),
        (Language::Uel, "${amount > 1000 && dept == 'finance'}"),
        (Language::Feel, "lines[1].price * lines[1].count * 1.13"),
        (Language::Feel, "amount / 3"),
        (Language::Feel, "sum(for l in lines return l.price * l.count) > 20"),
    ] {
        let program = parse(language, source, &limits)?;
        let start = std::time::Instant::now();
        for _ in 0..EVALUATIONS {
            black_box(evaluate(black_box(&program), black_box(&scope), &limits)?);
        }
        let nanoseconds = start.elapsed().as_nanos() / u128::from(EVALUATIONS);
        println!("{nanoseconds:>6} ns  {source}");
    }
    Ok(())
}
