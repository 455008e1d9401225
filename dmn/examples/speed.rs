//! Prints how long one decision takes: `cargo run --release -p dmn --example speed`.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;

use expr::Value;

const RULES: usize = 100;
const EVALUATIONS: u32 = 10_000;

// Measuring is the one thing here that needs a clock; the library itself never reads one.
#[expect(clippy::disallowed_types)]
fn main() -> Result<(), Box<dyn Error>> {
    let xml = table();
    let start = std::time::Instant::now();
    let import = dmn::import(xml.as_bytes(), &dmn::Limits::default());
    let model = import.map_err(|problems| problems[0].clone())?.model;
    println!("{:>8} ns  import of {RULES} rules, {} bytes", start.elapsed().as_nanos(), xml.len());
    let limits = expr::Limits::default();
    for (what, amount, category) in [
        ("the first rule matches", 50, "travel"),
        ("the last rule matches", 9_950, "misc"),
        ("no rule matches", 50_000, "misc"),
    ] {
        let scope = BTreeMap::from([
            ("amount".to_owned(), Value::from(amount)),
            ("category".to_owned(), Value::from(category)),
        ]);
        let start = std::time::Instant::now();
        for _ in 0..EVALUATIONS {
            black_box(model.decide("approval", black_box(&scope), &limits)?);
        }
        let nanoseconds = start.elapsed().as_nanos() / u128::from(EVALUATIONS);
        println!("{nanoseconds:>8} ns  {what}");
    }
    Ok(())
}

/// A table that gives the groups for an amount and a category.
fn table() -> String {
    let mut rules = String::new();
    for at in 0..RULES {
        let (low, high) = (at * 100, at * 100 + 100);
        let category = if at % 2 == 0 { "\"travel\", \"training\"" } else { "not(\"travel\")" };
        rules.push_str(&format!(
            "<rule><inputEntry><text>[{low}..{high})</text></inputEntry>\
             <inputEntry><text>{category}</text></inputEntry>\
             <outputEntry><text>\"group{at}\"</text></outputEntry></rule>"
        ));
    }
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"><decision id=\"approval\">\
         <decisionTable hitPolicy=\"FIRST\">\
         <input><inputExpression><text>amount</text></inputExpression></input>\
         <input><inputExpression><text>category</text></inputExpression></input>\
         <output name=\"group\"/>{rules}</decisionTable></decision></definitions>"
    )
}
