//! ISO 8601 dates, durations and cycles, and cron expressions, as due times. All arithmetic is in UTC,
//! by the calendar: a month after 31 January is the last day of February.

use bpmn::{Cron, ElementIndex, ElementKind, Text, Timer};
use jiff::fmt::temporal::{DateTimeParser, SpanParser};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::cron;
use crate::ctx::Ctx;
use crate::evaluate::text;
use crate::event::{Event, IncidentCode};
use crate::instance::TimerState;
use crate::key::{LocalId, Millis};

/// Evaluates a timer's text and finds its due time. An event that fires once takes the first firing
/// of a cycle.
pub(crate) fn schedule_of(
    ctx: &Ctx<'_>,
    branch: LocalId,
    timer: &Timer,
) -> Result<Schedule, (IncidentCode, String)> {
    let found = text(ctx, branch, source_of(timer))
        .map_err(|message| (IncidentCode::ExpressionFailed, message))?;
    let schedule = first_firing(timer, &found, ctx.now);
    schedule.map_err(|message| (IncidentCode::TimerInvalid, message))
}

/// The text that says when.
pub(crate) fn source_of(timer: &Timer) -> &Text {
    let (Timer::Date(source) | Timer::Duration(source) | Timer::Cycle(source)) = timer;
    source
}

/// When a timer with this evaluated text fires first.
pub(crate) fn first_firing(timer: &Timer, text: &str, now: Millis) -> Result<Schedule, String> {
    match timer {
        Timer::Date(_) => at_date(text),
        Timer::Duration(_) => after_duration(text, now),
        Timer::Cycle(_) => cycle(text, now),
    }
}

/// The schedule behind a firing, counted from when that was due, so that a cycle never drifts.
pub(crate) fn next_firing(schedule: &Schedule) -> Result<Option<Schedule>, String> {
    let Some(every) = &schedule.every else { return Ok(None) };
    let repeats_left = match schedule.repeats_left {
        Some(0) => return Ok(None),
        Some(left) => Some(left - 1),
        None => None,
    };
    let due = match Cron::parse(every) {
        Some(cron) => cron::next(&cron, schedule.due),
        None => Some(add(schedule.due, every)?),
    };
    Ok(due.map(|due| Schedule { due, repeats_left, every: Some(every.clone()) }))
}

/// Arms a cycle's next firing. Only what watches without ending its host fires again.
pub(crate) fn rearm(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, state: &TimerState) {
    let Some(host) = state.host else { return };
    let repeats = match &ctx.element(element).kind {
        ElementKind::BoundaryEvent { interrupting, catch, .. } => !interrupting && !catch.all,
        ElementKind::StartEvent(start) => !start.interrupting,
        _ => false,
    };
    if !repeats {
        return;
    }
    let TimerState { due, repeats_left, every, .. } = state.clone();
    match next_firing(&Schedule { due, repeats_left, every }) {
        Ok(Some(Schedule { due, repeats_left, every })) => {
            let timer = ctx.next_id();
            let (host, at) = (Some(host), ctx.now);
            ctx.emit(Event::TimerArmed {
                timer,
                branch,
                element,
                host,
                due,
                repeats_left,
                every,
                at,
            });
        }
        Ok(None) => {}
        Err(message) => {
            ctx.raise(Some(host), branch, element, IncidentCode::TimerInvalid, message);
        }
    }
}

/// When a timer fires, and how it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// First firing.
    pub(crate) due: Millis,
    /// Firings left after the first; `None` is without end.
    pub(crate) repeats_left: Option<u32>,
    /// For a cycle: the ISO 8601 duration between firings, or the cron expression.
    pub(crate) every: Option<String>,
}

impl Schedule {
    fn once(due: Millis) -> Self {
        Self { due, repeats_left: Some(0), every: None }
    }
}

/// A date-time with or without a zone offset; without one it is UTC.
fn at_date(text: &str) -> Result<Schedule, String> {
    date(text).map(Schedule::once)
}

/// A duration from now.
pub(crate) fn after_duration(text: &str, now: Millis) -> Result<Schedule, String> {
    add(now, text).map(Schedule::once)
}

/// `R3/PT10M`, `R/PT10M`, `R3/<date>/PT10M`, or a cron expression.
fn cycle(text: &str, now: Millis) -> Result<Schedule, String> {
    if let Some(cron) = Cron::parse(text.trim()) {
        let due = cron::next(&cron, now).ok_or_else(|| format!("`{text}` never comes again"))?;
        let every = Some(text.trim().to_owned());
        return Ok(Schedule { due, repeats_left: None, every });
    }
    let wrong =
        || format!("`{text}` is no cycle; write for example R3/PT10M, R/P1D or 0 0 9 * * MON-FRI");
    let mut parts = text.trim().split('/');
    let count = parts.next().and_then(|part| part.strip_prefix('R')).ok_or_else(wrong)?;
    let times: Option<u32> = match count {
        "" => None,
        digits => Some(digits.parse().map_err(|_| wrong())?),
    };
    let (start, every) = match (parts.next(), parts.next(), parts.next()) {
        (Some(every), None, None) => (None, every),
        (Some(start), Some(every), None) => (Some(date(start)?), every),
        _ => return Err(wrong()),
    };
    let repeats_left = match times {
        Some(0) => return Err(format!("`{text}` repeats 0 times; write at least R1")),
        Some(times) => Some(times - 1),
        None => None,
    };
    let next = add(now, every)?;
    let due = start.map_or(next, |start| start.max(now));
    Ok(Schedule { due, repeats_left, every: Some(every.to_owned()) })
}

/// A due date: a date-time, or a duration from now.
pub(crate) fn date_or_duration(text: &str, now: Millis) -> Result<Millis, String> {
    if text.trim_start().starts_with('P') { add(now, text) } else { date(text) }
}

fn date(text: &str) -> Result<Millis, String> {
    let wrong = |error: jiff::Error| {
        format!("`{text}` is no date-time: {error}; write for example 2030-01-31T09:00:00Z")
    };
    let parser = DateTimeParser::new();
    let timestamp = match parser.parse_timestamp(text.trim()) {
        Ok(timestamp) => timestamp,
        Err(_) => {
            let local = parser.parse_datetime(text.trim()).map_err(wrong)?;
            local.to_zoned(TimeZone::UTC).map_err(wrong)?.timestamp()
        }
    };
    millis(timestamp).ok_or_else(|| format!("`{text}` is before 1970"))
}

fn add(from: Millis, text: &str) -> Result<Millis, String> {
    let wrong = |error: jiff::Error| {
        format!("`{text}` is no duration: {error}; write for example PT30M or P1DT2H")
    };
    let span: Span = SpanParser::new().parse_span(text.trim()).map_err(wrong)?;
    if span.is_negative() {
        return Err(format!("the duration `{text}` is negative"));
    }
    let from = i64::try_from(from.0).map_err(|_| "the time is out of range".to_owned())?;
    let start = Timestamp::from_millisecond(from).map_err(wrong)?.to_zoned(TimeZone::UTC);
    let end = start.checked_add(span).map_err(wrong)?;
    millis(end.timestamp()).ok_or_else(|| format!("`{text}` ends before 1970"))
}

fn millis(timestamp: Timestamp) -> Option<Millis> {
    u64::try_from(timestamp.as_millisecond()).ok().map(Millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31T10:00:00Z.
    const NOW: Millis = Millis(1_769_853_600_000);

    fn iso(at: Millis) -> String {
        Timestamp::from_millisecond(at.0 as i64).unwrap().to_string()
    }

    #[test]
    fn durations_go_by_the_calendar() {
        let after = |text: &str| iso(after_duration(text, NOW).unwrap().due);
        assert_eq!(after("PT90S"), "2026-01-31T10:01:30Z");
        assert_eq!(after("P1M"), "2026-02-28T10:00:00Z");
        assert_eq!(after("P1Y2M10DT2H30M"), "2027-04-10T12:30:00Z");
    }

    #[test]
    fn dates_may_carry_an_offset() {
        let at = |text: &str| iso(at_date(text).unwrap().due);
        assert_eq!(at("2030-01-31T09:00:00+08:00"), "2030-01-31T01:00:00Z");
        assert_eq!(at("2030-01-31T09:00:00"), "2030-01-31T09:00:00Z");
    }

    #[test]
    fn cycles_count_their_firings() {
        let schedule = cycle("R3/PT10M", NOW).unwrap();
        assert_eq!(iso(schedule.due), "2026-01-31T10:10:00Z");
        assert_eq!(schedule.repeats_left, Some(2));
        assert_eq!(cycle("R/P1D", NOW).unwrap().repeats_left, None);
        let second = next_firing(&schedule).unwrap().unwrap();
        assert_eq!(iso(second.due), "2026-01-31T10:20:00Z");
        let third = next_firing(&second).unwrap().unwrap();
        assert_eq!(next_firing(&third), Ok(None));
    }

    #[test]
    fn cron_cycles_go_on_until_their_last_year() {
        let first = cycle("0 0 9 1 1 ? 2030-2031", NOW).unwrap();
        assert_eq!(iso(first.due), "2030-01-01T09:00:00Z");
        let second = next_firing(&first).unwrap().unwrap();
        assert_eq!(iso(second.due), "2031-01-01T09:00:00Z");
        assert_eq!(next_firing(&second), Ok(None));
        assert!(cycle("0 0 0 30 2 ?", NOW).is_err());
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        for text in ["", "10 minutes", "P", "PT", "-PT5M", "P99999999Y"] {
            assert!(after_duration(text, NOW).is_err(), "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01T00:00:00Z", "1960-01-01T00:00:00Z"] {
            assert!(at_date(text).is_err(), "{text}");
        }
        for text in ["", "PT5M", "R0/PT5M", "Rx/PT5M", "R3", "R3/a/b/c"] {
            assert!(cycle(text, NOW).is_err(), "{text}");
        }
    }
}
