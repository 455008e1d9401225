//! The built-in functions of FEEL. A function that gets a value of another type than it takes
//! answers null; where a list is taken, a single value counts as a list of one. Every function
//! charges for its work in proportion to its input.

mod lists;
mod numbers;
mod objects;
mod strings;

use crate::error::EvalError;
use crate::meter::Meter;
use crate::value::Value;

type Run = fn(&mut Meter<'_>, &[Value]) -> Result<Value, EvalError>;

/// One function.
#[derive(Debug)]
pub(crate) struct Builtin {
    name: &'static str,
    arguments_min: usize,
    arguments_max: usize,
    pub(crate) run: Run,
}

const ANY: usize = usize::MAX;

const fn f(name: &'static str, arguments_min: usize, arguments_max: usize, run: Run) -> Builtin {
    Builtin { name, arguments_min, arguments_max, run }
}

/// All functions, ordered by name.
static BUILTINS: &[Builtin] = &[
    f("abs", 1, 1, numbers::abs),
    f("all", 1, ANY, lists::all),
    f("any", 1, ANY, lists::any),
    f("append", 2, ANY, lists::append),
    f("ceiling", 1, 2, numbers::ceiling),
    f("concatenate", 1, ANY, lists::concatenate),
    f("contains", 2, 2, strings::contains),
    f("context put", 3, 3, objects::context_put),
    f("count", 1, 1, lists::count),
    f("decimal", 2, 2, numbers::round_half_even),
    f("distinct values", 1, 1, lists::distinct_values),
    f("ends with", 2, 2, strings::ends_with),
    f("even", 1, 1, numbers::even),
    f("flatten", 1, 1, lists::flatten),
    f("floor", 1, 2, numbers::floor),
    f("get entries", 1, 1, objects::get_entries),
    f("get value", 2, 2, objects::get_value),
    f("index of", 2, 2, lists::index_of),
    f("is defined", 1, 1, objects::is_defined),
    f("list contains", 2, 2, lists::list_contains),
    f("lower case", 1, 1, strings::lower_case),
    f("max", 1, ANY, lists::max),
    f("mean", 1, ANY, lists::mean),
    f("min", 1, ANY, lists::min),
    f("modulo", 2, 2, numbers::modulo),
    f("not", 1, 1, objects::not),
    f("number", 1, 3, numbers::number),
    f("odd", 1, 1, numbers::odd),
    f("replace", 3, 3, strings::replace),
    f("reverse", 1, 1, lists::reverse),
    f("round", 1, 2, numbers::round_half_up),
    f("round down", 1, 2, numbers::round_down),
    f("round half down", 1, 2, numbers::round_half_down),
    f("round half up", 1, 2, numbers::round_half_up),
    f("round up", 1, 2, numbers::round_up),
    f("sort", 1, 1, lists::sort),
    f("split", 2, 2, strings::split),
    f("starts with", 2, 2, strings::starts_with),
    f("string", 1, 1, objects::string),
    f("string join", 1, 2, strings::string_join),
    f("string length", 1, 1, strings::string_length),
    f("sublist", 2, 3, lists::sublist),
    f("substring", 2, 3, strings::substring),
    f("substring after", 2, 2, strings::substring_after),
    f("substring before", 2, 2, strings::substring_before),
    f("sum", 1, ANY, lists::sum),
    f("union", 1, ANY, lists::union),
    f("upper case", 1, 1, strings::upper_case),
];

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok().map(|at| &BUILTINS[at])
}

impl Builtin {
    /// What the function takes, if it does not take `count` arguments.
    pub(crate) fn refuses_count(&self, count: usize) -> Option<String> {
        let (min, max) = (self.arguments_min, self.arguments_max);
        if (min..=max).contains(&count) {
            return None;
        }
        Some(match (min, max) {
            (1, 1) => "1 argument".to_string(),
            (_, ANY) => format!("{min} or more arguments"),
            _ if min == max => format!("{min} arguments"),
            _ => format!("{min} to {max} arguments"),
        })
    }
}

/// A hint that names the functions most like `name`.
pub(crate) fn near(name: &str) -> String {
    const NAMES_MAX: usize = 3;
    const NAME_BYTES_MAX: usize = 40;
    let name = name.to_lowercase();
    if name.len() > NAME_BYTES_MAX {
        return "use the built-in functions".to_string();
    }
    let mut scored: Vec<(usize, &str)> =
        BUILTINS.iter().map(|builtin| (distance(&name, builtin.name), builtin.name)).collect();
    scored.sort();
    let near: Vec<String> = scored
        .iter()
        .filter(|(distance, _)| *distance <= name.len() / 2 + 1)
        .take(NAMES_MAX)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    match near.is_empty() {
        true => "use the built-in functions".to_string(),
        false => format!("did you mean {}?", near.join(" or ")),
    }
}

/// How many letters must change to make one name of the other. Blanks, `_` and case do not count,
/// so `stringLength` is next to `string length`.
fn distance(left: &str, right: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|letter| !matches!(letter, ' ' | '_')).collect()
    };
    let (left, right) = (letters(left), letters(right));
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_find_finds_everything() {
        for builtin in BUILTINS {
            assert_eq!(find(builtin.name).map(|found| found.name), Some(builtin.name));
        }
    }

    #[test]
    fn near_names_come_from_other_spellings() {
        assert_eq!(
            near("stringLength"),
            "did you mean `string length` or `string` or `string join`?"
        );
        assert_eq!(near("cuont"), "did you mean `count` or `not` or `sort`?");
        assert_eq!(near("x".repeat(50).as_str()), "use the built-in functions");
    }
}
