//! Cron expressions: their fields, each as the set of values it names.
//!
//! Knows what stands in each field, not when that is; the arithmetic is for the engine.

/// The named schedules, as six fields.
const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 0 1 1 *"),
    ("@annually", "0 0 0 1 1 *"),
    ("@monthly", "0 0 0 1 * *"),
    ("@weekly", "0 0 0 * * SUN"),
    ("@daily", "0 0 0 * * *"),
    ("@midnight", "0 0 0 * * *"),
    ("@hourly", "0 0 * * * *"),
];
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Years that can be named.
const YEAR_MIN: u32 = 1970;
const YEAR_MAX: u32 = 2199;

/// A cron expression of six fields, seconds first, or seven with the year; five have second 0. A
/// moment fits if every field does: day of month and day of week are not alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// Seconds of a minute.
    pub seconds: Values,
    /// Minutes of an hour.
    pub minutes: Values,
    /// Hours of a day.
    pub hours: Values,
    /// Days of a month; one of them is enough.
    pub days: Vec<DayOfMonth>,
    /// Months, from 1.
    pub months: Values,
    /// Days of a week; one of them is enough.
    pub weekdays: Vec<DayOfWeek>,
    /// Every year, if there is none.
    years: Option<Vec<Range>>,
}

/// A set of numbers below 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Values(u64);

/// Days of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOfMonth {
    /// These.
    On(Values),
    /// So many days before the last one (`L`, `L-3`).
    Last {
        /// Days before it.
        before: u32,
    },
    /// The last one from Monday to Friday (`LW`).
    LastWorkday,
    /// The one from Monday to Friday that is nearest to this, in the same month (`15W`).
    Workday(u32),
}

/// Days of a week, Sunday being 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOfWeek {
    /// These.
    On(Values),
    /// The last of these in the month (`FRIL`).
    Last(u32),
    /// The first to fifth of these in the month (`FRI#2`).
    Nth(u32, u32),
}

impl Values {
    /// True if it has `value`.
    #[must_use]
    pub fn has(self, value: u32) -> bool {
        value < u64::BITS && self.0 & (1 << value) != 0
    }

    fn insert(&mut self, range: Range) {
        let Range { from, to, step } = range;
        (from..=to).step_by(step as usize).for_each(|value| self.0 |= 1 << value);
    }
}

/// What one part of a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    from: u32,
    to: u32,
    step: u32,
}

impl Cron {
    /// The last year that can fit.
    pub const YEAR_MAX: u32 = YEAR_MAX;

    /// Reads a cron expression, or one of `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`,
    /// `@midnight` and `@hourly`. `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = NAMED.iter().find(|(name, _)| *name == text).map_or(text, |(_, fields)| fields);
        let mut fields: Vec<&str> = text.split_ascii_whitespace().collect();
        if fields.len() == 5 {
            fields.insert(0, "0");
        }
        let (fields, year) = fields.split_at_checked(6)?;
        let [seconds, minutes, hours, days, months, weekdays] = fields else { return None };
        let years = match year {
            [] | ["*"] => None,
            [year] => Some(ranges(year, YEAR_MIN, YEAR_MAX, &[])?),
            _ => return None,
        };
        Some(Self {
            seconds: values(seconds, 0, 59, &[])?,
            minutes: values(minutes, 0, 59, &[])?,
            hours: values(hours, 0, 23, &[])?,
            days: days.split(',').map(day_of_month).collect::<Option<_>>()?,
            months: values(months, 1, 12, &MONTHS)?,
            weekdays: weekdays
                .split(',')
                .map(|part| day_of_week(part, *days == "?"))
                .collect::<Option<_>>()?,
            years,
        })
    }

    /// True if the year fits.
    #[must_use]
    pub fn has_year(&self, year: u32) -> bool {
        let Some(years) = &self.years else { return (YEAR_MIN..=YEAR_MAX).contains(&year) };
        years.iter().any(|Range { from, to, step }| {
            (from..=to).contains(&&year) && (year - from).is_multiple_of(*step)
        })
    }
}

fn day_of_month(part: &str) -> Option<DayOfMonth> {
    match part {
        "?" => return Some(DayOfMonth::On(values("*", 1, 31, &[])?)),
        "L" => return Some(DayOfMonth::Last { before: 0 }),
        "LW" => return Some(DayOfMonth::LastWorkday),
        _ => {}
    }
    if let Some(before) = part.strip_prefix("L-") {
        return Some(DayOfMonth::Last { before: number(before, 0, 30)? });
    }
    if let Some(day) = part.strip_suffix('W') {
        return Some(DayOfMonth::Workday(number(day, 1, 31)?));
    }
    values(part, 1, 31, &[]).map(DayOfMonth::On)
}

/// A number counts from Sunday, which is 0 or 7, as in Unix and Spring; where a `?` stands for the
/// day of the month Quartz wrote it, which counts from Sunday as 1. `L` is its Saturday.
fn day_of_week(part: &str, is_quartz: bool) -> Option<DayOfWeek> {
    let named = |text: &str| {
        let found = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text));
        match found {
            Some(at) => u32::try_from(at).ok(),
            None if is_quartz => number(text, 1, 7).map(|day| day - 1),
            None => number(text, 0, 7).map(|day| day % 7),
        }
    };
    match part {
        "*" | "?" => return Some(DayOfWeek::On(values("*", 0, 6, &[])?)),
        "L" => return Some(DayOfWeek::On(values("6", 0, 6, &[])?)),
        _ => {}
    }
    if let Some((day, nth)) = part.split_once('#') {
        return Some(DayOfWeek::Nth(named(day)?, number(nth, 1, 5)?));
    }
    if let Some(day) = part.strip_suffix('L').and_then(named) {
        return Some(DayOfWeek::Last(day));
    }
    let (range, step) = stepped(part)?;
    let mut found = Values::default();
    let (from, to) = match range.split_once('-') {
        _ if range == "*" => (0, 6),
        Some((from, to)) => (named(from)?, named(to)?),
        None => {
            let day = named(range)?;
            (day, if part.contains('/') { 6 } else { day })
        }
    };
    // A range may go over the end of the week.
    let length = (to + 7 - from) % 7;
    (0..=length).step_by(step as usize).for_each(|days| {
        let day = (from + days) % 7;
        found.insert(Range { from: day, to: day, step: 1 });
    });
    Some(DayOfWeek::On(found))
}

/// The values of a whole field. A range may go over the end: hours `22-2`.
fn values(text: &str, min: u32, max: u32, names: &[&str]) -> Option<Values> {
    let mut found = Values::default();
    ranges(text, min, max, names)?.into_iter().for_each(|range| found.insert(range));
    Some(found)
}

fn ranges(text: &str, min: u32, max: u32, names: &[&str]) -> Option<Vec<Range>> {
    let named = |text: &str| {
        let at = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match at {
            Some(at) => u32::try_from(at).ok().map(|at| at + min),
            None => number(text, min, max),
        }
    };
    let mut found = Vec::new();
    for part in text.split(',') {
        let (range, step) = stepped(part)?;
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (min, max),
            Some((from, to)) => (named(from)?, named(to)?),
            None => {
                let value = named(range)?;
                (value, if part.contains('/') { max } else { value })
            }
        };
        if from <= to {
            found.push(Range { from, to, step });
            continue;
        }
        let before = (max - from) / step * step;
        found.push(Range { from, to: max, step });
        let rest = min + (from + before + step - max - 1);
        if rest <= to {
            found.push(Range { from: rest, to, step });
        }
    }
    Some(found)
}

/// A range and its step, 1 if there is none.
fn stepped(part: &str) -> Option<(&str, u32)> {
    match part.split_once('/') {
        None => Some((part, 1)),
        Some((range, step)) => Some((range, number(step, 1, YEAR_MAX)?)),
    }
}

fn number(text: &str, min: u32, max: u32) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse().ok().filter(|_| is_number)?;
    (min..=max).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[u32]) -> Values {
        Values(values.iter().fold(0, |set, value| set | 1 << value))
    }

    fn weekdays(text: &str) -> Vec<DayOfWeek> {
        Cron::parse(text).unwrap_or_else(|| panic!("{text}")).weekdays
    }

    #[test]
    fn fields_are_sets() {
        let cron = Cron::parse("0 0/20 9-17/4 1,15 jan-mar ? 2030").unwrap();
        assert_eq!(cron.seconds, set(&[0]));
        assert_eq!(cron.minutes, set(&[0, 20, 40]));
        assert_eq!(cron.hours, set(&[9, 13, 17]));
        assert_eq!(cron.days, [DayOfMonth::On(set(&[1])), DayOfMonth::On(set(&[15]))]);
        assert_eq!(cron.months, set(&[1, 2, 3]));
        assert_eq!(cron.weekdays, [DayOfWeek::On(set(&[0, 1, 2, 3, 4, 5, 6]))]);
        assert!(cron.has_year(2030) && !cron.has_year(2031));
    }

    #[test]
    fn five_fields_have_no_seconds() {
        assert_eq!(Cron::parse("*/15 9 * * 1"), Cron::parse("0 */15 9 * * MON"));
        assert_eq!(Cron::parse("@daily"), Cron::parse("0 0 0 * * *"));
    }

    #[test]
    fn ranges_go_over_the_end() {
        assert_eq!(Cron::parse("0 0 22-3/2 * * *").unwrap().hours, set(&[22, 0, 2]));
        assert_eq!(Cron::parse("0 0 23-3/2 * * *").unwrap().hours, set(&[23, 1, 3]));
        assert_eq!(weekdays("0 0 9 * * FRI-MON"), [DayOfWeek::On(set(&[5, 6, 0, 1]))]);
        assert_eq!(weekdays("0 0 9 * * 5-7"), [DayOfWeek::On(set(&[5, 6, 0]))]);
    }

    #[test]
    fn days_of_the_week_count_as_their_writers_do() {
        assert_eq!(weekdays("0 0 9 * * 1"), [DayOfWeek::On(set(&[1]))]);
        assert_eq!(weekdays("0 0 9 ? * 1"), [DayOfWeek::On(set(&[0]))]);
        assert_eq!(weekdays("0 0 9 ? * 2-6"), [DayOfWeek::On(set(&[1, 2, 3, 4, 5]))]);
        assert_eq!(weekdays("0 0 9 ? * 6#3"), [DayOfWeek::Nth(5, 3)]);
        assert_eq!(weekdays("0 0 9 * * FRIL"), [DayOfWeek::Last(5)]);
        assert_eq!(weekdays("0 0 9 ? * L"), [DayOfWeek::On(set(&[6]))]);
    }

    #[test]
    fn days_of_the_month() {
        let days = |text: &str| Cron::parse(text).unwrap().days;
        assert_eq!(days("0 0 0 L * ?"), [DayOfMonth::Last { before: 0 }]);
        assert_eq!(days("0 0 0 L-3 * ?"), [DayOfMonth::Last { before: 3 }]);
        assert_eq!(days("0 0 0 LW,15W * ?"), [DayOfMonth::LastWorkday, DayOfMonth::Workday(15)]);
    }

    #[test]
    fn nonsense_is_none() {
        for bad in [
            "",
            "* * * *",
            "60 * * * * *",
            "0 0 24 * * *",
            "a b c d e",
            "0 0/0 * * * *",
            "@often",
            "L * * * * *",
            "1,,2 * * * * *",
            "0 0 0 W * ?",
            "0 0 0 32W * ?",
            "0 0 0 ? * 8",
            "0 0 0 ? * MON#6",
            "0 0 0 * 0 *",
            "0 0 0 * * * 1969",
            "0 0 0 * * * * *",
            "+1 0 0 * * *",
        ] {
            assert_eq!(Cron::parse(bad), None, "{bad}");
        }
    }
}
