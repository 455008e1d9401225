//! Cron expressions: their form, brought to the six or seven fields the engine reads.
//!
//! Checks what stands in each field, not when it is; that arithmetic is for the engine.

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
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field may hold.
struct Field {
    min: u32,
    max: u32,
    names: &'static [&'static str],
    /// Whether `?`, `L`, `W` and `#` may stand in it.
    is_day: bool,
}

const SECOND: Field = Field { min: 0, max: 59, names: &[], is_day: false };
const HOUR: Field = Field { max: 23, ..SECOND };
const DAY: Field = Field { min: 1, max: 31, names: &[], is_day: true };
const MONTH: Field = Field { min: 1, max: 12, names: &MONTHS, is_day: false };
const WEEKDAY: Field = Field { min: 0, max: 7, names: &DAYS, is_day: true };
const YEAR: Field = Field { min: 1970, max: 2199, ..SECOND };
const FIELDS: [Field; 7] = [SECOND, SECOND, HOUR, DAY, MONTH, WEEKDAY, YEAR];

/// `text` with the seconds first: five fields get second 0, seven end with the year. `None` if it
/// is no cron expression.
pub(crate) fn six_fields(text: &str) -> Option<String> {
    if let Some((_, fields)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some((*fields).to_owned());
    }
    let mut fields: Vec<_> = text.split_ascii_whitespace().collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    let is_valid = matches!(fields.len(), 6 | 7)
        && fields.iter().zip(&FIELDS).all(|(text, field)| field.accepts(text));
    is_valid.then(|| fields.join(" "))
}

impl Field {
    fn accepts(&self, text: &str) -> bool {
        text.split(',').all(|part| {
            let (range, step) = part.split_once('/').unwrap_or((part, "1"));
            let is_step = step.bytes().all(|byte| byte.is_ascii_digit())
                && step.parse::<u32>().is_ok_and(|step| step > 0);
            is_step && self.accepts_range(range)
        })
    }

    fn accepts_range(&self, range: &str) -> bool {
        if range == "*" || self.is_day && matches!(range, "?" | "L" | "W" | "LW") {
            return true;
        }
        if let Some((from, to)) = range.split_once('-')
            && (from != "L" || !self.is_day)
        {
            return self.value(from) && self.value(to);
        }
        let special = range
            .split_once('#')
            .map(|(day, nth)| self.value(day) && matches!(nth, "1" | "2" | "3" | "4" | "5"))
            .or_else(|| range.strip_suffix(['L', 'W']).map(|day| self.value(day)))
            .or_else(|| range.strip_prefix("L-").map(|days| self.value(days)));
        self.value(range) || self.is_day && special == Some(true)
    }

    fn value(&self, text: &str) -> bool {
        let is_name = self.names.iter().any(|name| name.eq_ignore_ascii_case(text));
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|value| (self.min..=self.max).contains(&value));
        is_name || is_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_to_seven_fields() {
        for (text, expected) in [
            ("0 0 9 * * MON-FRI", "0 0 9 * * MON-FRI"),
            ("*/15 9 * * 1", "0 */15 9 * * 1"),
            ("0 0/5 * * * ?", "0 0/5 * * * ?"),
            ("0 0 12 1,15 jan-jun ? 2030", "0 0 12 1,15 jan-jun ? 2030"),
            ("0 0 0 L * ?", "0 0 0 L * ?"),
            ("0 0 0 ? * 5#2", "0 0 0 ? * 5#2"),
            ("0 0 0 15W * ?", "0 0 0 15W * ?"),
            ("0 0 0 L-3 * ?", "0 0 0 L-3 * ?"),
            ("@daily", "0 0 0 * * *"),
        ] {
            assert_eq!(six_fields(text).as_deref(), Some(expected));
        }
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
        ] {
            assert_eq!(six_fields(bad), None, "{bad}");
        }
    }
}
