//! Prints how long one evaluation takes: `cargo run --release -p expr --example speed`.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;

use expr::{
    EvalError, Language, Limits, Value, evaluate, evaluate_unary_tests, parse, parse_unary_tests,
};

const EVALUATIONS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let limits = Limits::default();
    let json = r#"{"amount": 1500, "dept": "finance", "lines": [{"price": 10.5, "count": 2}],
        "initiator": "ann", "level": 3, "urgent": false,
        "due": "2024-02-29"}"#;
    let context = Value::parse_json(json)?;
    let Value::Context(entries) = &context else { return Err("the scope is no context".into()) };
    let scope: BTreeMap<String, Value> =
        entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    println!("conditions and mappings");
    for (language, source) in [
        (Language::Feel, "amount > 1000"),
        (Language::Feel, "amount > 1000 and dept = \"finance\""),
        (Language::Uel, "${amount > 1000 && dept == 'finance'}"),
        (Language::Feel, "dept in (\"hr\", \"finance\")"),
        (Language::Feel, "amount in [1000..2000)"),
        (Language::Feel, "lines[1].price * lines[1].count * 1.13"),
        (Language::Feel, "amount / 3"),
        (Language::Feel, "sum(for l in lines return l.price * l.count) > 20"),
        (Language::Feel, "date(due) < date(\"2024-03-01\")"),
        (Language::Feel, "date(due) + @\"P1M\""),
        (Language::Feel, "{f: function(x) x * 2, r: f(level)}.r"),
        (Language::Feel, "sort([3, 1, 2], function(x, y) x < y)"),
        (Language::Feel, "matches(dept, \"^fin\")"),
        (Language::Feel, "sqrt(amount)"),
        (Language::Feel, "exp(level)"),
        (Language::Uel, "${dept.startsWith('fin') && !empty lines}"),
    ] {
        let program = parse(language, source, &limits)?;
        measure(source, || evaluate(black_box(&program), black_box(&scope), &limits))?;
    }
    println!("cells of a decision table, for an input of 1500");
    for source in ["-", "1500", "< 2000", "[1000..2000)", "not(1, 2)", "? > 1000 and ? < 2000"] {
        let tests = parse_unary_tests(source, &limits)?;
        let input = Value::from(1500);
        measure(source, || {
            evaluate_unary_tests(black_box(&tests), black_box(&input), &scope, &limits)
        })?;
    }
    Ok(())
}

/// Prints the nanoseconds that one of many runs takes.
// Measuring is the one thing here that needs a clock; the library itself never reads one.
#[expect(clippy::disallowed_types)]
fn measure<T>(source: &str, run: impl Fn() -> Result<T, EvalError>) -> Result<(), EvalError> {
    let start = std::time::Instant::now();
    for _ in 0..EVALUATIONS {
        black_box(run()?);
    }
    let nanoseconds = start.elapsed().as_nanos() / u128::from(EVALUATIONS);
    println!("{nanoseconds:>6} ns  {source}");
    Ok(())
}
