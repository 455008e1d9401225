//! Timers and the ISO 8601 texts they are written in.
//!
//! Checks the form and rough size of a literal time. The arithmetic is for the engine.

use roxmltree::Node;

use crate::cron::Cron;
use crate::definition::{Text, Timer};
use crate::extension::{self, NOTHING};
use crate::problem::shown;
use crate::rules;
use crate::text::text;
use crate::xml::{Context, Found, Spot, bpmn_name, elements, text_of};

/// Longest duration, in years; keeps every sum within what a calendar can hold.
const DURATION_YEARS_MAX: u64 = 1000;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// Most digits of one number of a duration.
const DIGITS_MAX: usize = 12;

const DATE_HINT: &str = "Write a date-time such as 2030-01-31T09:30:00Z, with an offset such as +08:00 or none for local time, or an expression.";
const DURATION_HINT: &str =
    "Write an ISO 8601 duration such as PT15M, P3D or P1Y2M10DT2H30M, or an expression.";
const CYCLE_HINT: &str = "Write a repeated ISO 8601 duration such as R3/PT10M or R/PT1H, a cron expression such as 0 0 9 * * MON-FRI, or an expression.";
const ONE_HINT: &str = "Give it one timeDate, timeDuration or timeCycle.";

/// Reads a `timerEventDefinition`. Reports and gives `None` if it has not exactly one valid time.
pub(crate) fn read<'a>(
    context: &mut Context<'a>,
    node: Node<'a, '_>,
    owner: Spot<'a>,
) -> Option<Timer> {
    extension::notices(context, node, owner.at(context.position(node)), &[&NOTHING]);
    let mut times = Vec::new();
    for child in elements(node) {
        match bpmn_name(child) {
            Some("timeDate" | "timeDuration" | "timeCycle") => times.push(child),
            Some("documentation" | "extensionElements") | None => {}
            Some(other) => {
                let message = format!("BPMN has no {} in a timerEventDefinition.", shown(other));
                context.report(
                    rules::UNKNOWN_ELEMENT,
                    owner.at(context.position(child)),
                    message,
                    ONE_HINT,
                );
            }
        }
    }
    let [time] = times[..] else {
        let message =
            format!("The timer has {} times.", if times.is_empty() { "no" } else { "several" });
        context.report(rules::TIMER_INVALID, owner.at(context.position(node)), message, ONE_HINT);
        return None;
    };
    read_time(context, time, owner.at(context.position(time)))
}

fn read_time<'a>(context: &mut Context<'a>, node: Node<'a, '_>, spot: Spot<'a>) -> Option<Timer> {
    extension::notices(context, node, spot, &[&NOTHING]);
    let value = text_of(node);
    let text = text(Found { value: &value, position: spot.position, feel: true });
    let name = node.tag_name().name();
    let (is_valid, hint): (fn(&str) -> bool, &str) = match name {
        "timeDate" => (is_date_time, DATE_HINT),
        "timeDuration" => (is_duration, DURATION_HINT),
        _ => (|text| is_cycle(text) || Cron::parse(text).is_some(), CYCLE_HINT),
    };
    if let Text::Literal(literal) = &text
        && !is_valid(literal)
    {
        let message = format!("The {name} is {}.", shown(literal));
        context.report(rules::TIMER_INVALID, spot, message, hint);
        return None;
    }
    Some(match name {
        "timeDate" => Timer::Date(text),
        "timeDuration" => Timer::Duration(text),
        _ => Timer::Cycle(text),
    })
}

/// `Rn/duration` or `R/duration`, with a date-time between them if it begins then; at least once,
/// and never without a pause.
fn is_cycle(text: &str) -> bool {
    let Some((count, rest)) = text.strip_prefix('R').and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let duration = match rest.split_once('/') {
        Some((start, duration)) if is_date_time(start) => duration,
        Some(_) => return false,
        None => rest,
    };
    let is_count = count.is_empty()
        || count.bytes().all(|b| b.is_ascii_digit()) && count.parse::<u32>().is_ok_and(|n| n > 0);
    is_count && duration_seconds(duration).is_some_and(|seconds| seconds > 0.0)
}

/// `PnYnMnWnDTnHnMnS`, each part once and in this order; the seconds may have a fraction.
pub(crate) fn is_duration(text: &str) -> bool {
    duration_seconds(text).is_some()
}

/// The rough length of a duration, or `None` if it has another form or is too long.
fn duration_seconds(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = match rest.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (rest, None),
    };
    let day = SECONDS_PER_DAY as f64;
    let mut total = 0.0;
    let mut parts = sum_parts(
        days,
        &[('Y', 366.0 * day), ('M', 31.0 * day), ('W', 7.0 * day), ('D', day)],
        &mut total,
    )?;
    if let Some(time) = time {
        let of_time = sum_parts(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)], &mut total)?;
        if of_time == 0 {
            return None;
        }
        parts += of_time;
    }
    (parts > 0 && total <= (DURATION_YEARS_MAX * 366) as f64 * day).then_some(total)
}

/// Adds up numbers followed by units in the order of `units`; gives how many there were.
fn sum_parts(text: &str, units: &[(char, f64)], total: &mut f64) -> Option<usize> {
    let (mut rest, mut next, mut count) = (text, 0, 0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = rest[end..].chars().next()?;
        let index = next + units[next..].iter().position(|(name, _)| *name == unit)?;
        *total += number(&rest[..end], unit == 'S')? * units[index].1;
        next = index + 1;
        rest = &rest[end + 1..];
        count += 1;
    }
    Some(count)
}

fn number(text: &str, fraction_allowed: bool) -> Option<f64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if fraction_allowed => (whole, fraction),
        Some(_) => return None,
        None => (text, "0"),
    };
    let is_digits = |part: &str, digits_max| {
        (1..=digits_max).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if is_digits(whole, DIGITS_MAX) && is_digits(fraction, 9) { text.parse().ok() } else { None }
}

/// `YYYY-MM-DDThh:mm`, seconds and their fraction optional, then `Z`, an offset or nothing.
pub(crate) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    is_date(date) && is_clock(clock) && is_offset(offset)
}

pub(crate) fn is_date(text: &str) -> bool {
    let fields: Vec<_> = text.split('-').collect();
    let [year, month, day] = fields[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

fn is_clock(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fields: Vec<_> = clock.split(':').map(|field| digits(field, 2)).collect();
    let has_seconds = fields.len() == 3;
    let is_fraction =
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_fraction
        && (has_seconds || (fields.len() == 2 && !text.contains('.')))
        && fields
            .iter()
            .zip([23, 59, 59])
            .all(|(field, max)| field.is_some_and(|value| value <= max))
}

fn is_offset(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let fields = text.get(1..).unwrap_or_default();
    let (hours, minutes) = fields.split_once(':').unwrap_or_else(|| {
        let at = fields.len().min(2);
        if fields.is_char_boundary(at) && fields.len() > 2 {
            fields.split_at(at)
        } else {
            (fields, "00")
        }
    });
    digits(hours, 2).is_some_and(|value| value <= 23)
        && digits(minutes, 2).is_some_and(|value| value <= 59)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for good in
            ["PT5M", "P1Y2M10DT2H30M", "P2W", "PT1.5S", "P3D", "PT0S", "P1Y", "PT100000H", "P1W2D"]
        {
            assert!(is_duration(good), "{good}");
        }
        for bad in [
            "",
            "P",
            "PT",
            "5M",
            "PT5",
            "P5H",
            "PT5D",
            "-PT5M",
            "P1DT",
            "PT1M2H",
            "PT1.5M",
            "PT1M1M",
            "P1001Y",
            "PT9999999999999S",
            "pt5m",
            "PT 5M",
            "PT1.S",
            "P1é",
            "PT1.1234567890S",
        ] {
            assert!(!is_duration(bad), "{bad}");
        }
    }

    #[test]
    fn date_times() {
        for good in [
            "2030-01-31T09:30:00Z",
            "2030-01-31T09:30",
            "2030-01-31T09:30:00.123+08:00",
            "2028-02-29T00:00:00",
            "2030-01-31T09:30:00-0330",
            "2030-01-31T09:30:00+08",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "",
            "2030-01-31",
            "2030-13-01T00:00",
            "2030-02-29T00:00",
            "2030-00-10T00:00",
            "2030-01-31T24:00:00Z",
            "2030-01-31 09:30",
            "2030-01-31T09:30:00+08:00[Asia/Shanghai]",
            "2030-01-31T09",
            "30-01-31T09:30",
            "2030-01-31T09:30.5",
            "2030-01-31T09:30:00+",
            "2030-01-31T09:30:00+8é",
            "2030-01-31T09:30:00ZZ",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn cycles() {
        for good in ["R3/PT10M", "R/P1D", "R1/PT0.5S", "R2/2030-01-31T09:30:00Z/PT1H"] {
            assert!(is_cycle(good), "{good}");
        }
        for bad in [
            "R0/PT10M",
            "R3",
            "3/PT10M",
            "R3/",
            "R3/PT0S",
            "R-1/PT1M",
            "R99999999999/PT1M",
            "0 0/5 * * * ?",
            "R+3/PT1M",
            "R3/PT1M/PT1M",
        ] {
            assert!(!is_cycle(bad), "{bad}");
        }
    }
}
