//! The built-in functions of FEEL. A function that gets a value of another type than it takes
//! answers null; where a list is taken, a single value counts as a list of one. Every function
//! charges for its work in proportion to its input.

mod table;
mod lists;
mod statistics;
mod numbers;
mod objects;
mod strings;
mod regexes;
mod temporal;
mod ranges;

use crate::error::EvalError;
use crate::meter::Meter;
use crate::value::Value;
use table::BUILTINS;

pub(crate) use lists::{replace_at, sort as natural_sort};
pub(crate) use temporal::{literal as temporal_literal, now, today};

/// What a plain function does with its arguments.
type Run = fn(&mut Meter<'_>, &[Value]) -> Result<Value, EvalError>;

/// What a function needs to do its work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// Only its arguments.
    Plain(Run),
    /// To call a function that compares.
    Sort,
    /// To call a function that picks items.
    Replace,
    /// The moment of the evaluation.
    Now,
    /// The day of the evaluation.
    Today,
}

/// One function.
#[derive(Debug)]
pub(crate) struct Builtin {
    name: &'static str,
    /// The parameters of every form, as `a, b? | list...`: `?` marks those that may be left out,
    /// `...` any count of them.
    signatures: &'static str,
    pub(crate) work: Work,
}

/// Functions are equal if they have one name: there are no two of a name.
impl PartialEq for Builtin {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok().map(|at| &BUILTINS[at])
}

const ANY: usize = usize::MAX;

impl Builtin {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The parameters, as they are shown to a person.
    pub(crate) fn signatures(&self) -> &'static str {
        self.signatures
    }

    /// The least and the most arguments of every form.
    fn counts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.signatures.split(" | ").map(|form| {
            let parameters = form.split(", ").filter(|parameter| !parameter.is_empty());
            let needed = parameters.clone().filter(|parameter| !parameter.ends_with('?')).count();
            let most = if form.ends_with("...") { ANY } else { parameters.count() };
            (needed, most)
        })
    }

    /// What the function takes, if it does not take `count` arguments.
    pub(crate) fn refuses_count(&self, count: usize) -> Option<String> {
        if self.counts().any(|(min, max)| (min..=max).contains(&count)) {
            return None;
        }
        let min = self.counts().map(|(min, _)| min).min().unwrap_or(0);
        let max = self.counts().map(|(_, max)| max).max().unwrap_or(0);
        Some(match (min, max) {
            (0, 0) => "no arguments".to_string(),
            (1, 1) => "1 argument".to_string(),
            (_, ANY) => format!("{min} or more arguments"),
            _ if min == max => format!("{min} arguments"),
            _ => format!("{min} to {max} arguments"),
        })
    }

    /// The places of named arguments, in a form that has all the names and needs no others. Of two
    /// such forms, as `before` has them, the one with the names in the order given is meant.
    pub(crate) fn places(&self, names: &[&str]) -> Option<Vec<usize>> {
        let mut forms = self.signatures.split(" | ").filter_map(|form| places_in(form, names));
        let first = forms.next()?;
        match first.is_sorted() {
            true => Some(first),
            false => Some(forms.find(|places| places.is_sorted()).unwrap_or(first)),
        }
    }
}

fn places_in(form: &str, names: &[&str]) -> Option<Vec<usize>> {
    let parameters: Vec<(&str, bool)> = form
        .split(", ")
        .map(|parameter| match parameter.strip_suffix('?') {
            Some(name) => (name, false),
            None => (parameter.trim_end_matches("..."), true),
        })
        .collect();
    let complete = parameters.iter().all(|(name, needed)| !needed || names.contains(name));
    let place = |wanted: &&str| parameters.iter().position(|(name, _)| name == wanted);
    let places = names.iter().map(place).collect::<Option<Vec<usize>>>();
    places.filter(|_| complete)
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
