//! ISO 8601 dates, durations and cycles as due times. All arithmetic is in UTC, by the calendar:
//! a month after 31 January is the last day of February.

use bpmn::{ElementIndex, ElementKind, Timer};
use jiff::fmt::temporal::{DateTimeParser, SpanParser};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

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
    let (Timer::Date(source) | Timer::Duration(source) | Timer::Cycle(source)) = timer;
    let found =
        text(ctx, branch, source).map_err(|message| (IncidentCode::ExpressionFailed, message))?;
    let schedule = match timer {
        Timer::Date(_) => at_date(&found),
        Timer::Duration(_) => after_duration(&found, ctx.now),
        Timer::Cycle(_) => cycle(&found, ctx.now),
    };
    schedule.map_err(|message| (IncidentCode::TimerInvalid, message))
}

/// Arms a cycle's next firing, counted from the one that was due, so that it never drifts. Only what
/// watches without ending its host fires again.
pub(crate) fn rearm(ctx: &mut Ctx<'_>, branch: LocalId, element: ElementIndex, state: &TimerState) {
    let (Some(every), Some(host)) = (&state.every, state.host) else { return };
    let repeats = match &ctx.element(element).kind {
        ElementKind::BoundaryEvent { interrupting, catch, .. } => !interrupting && !catch.all,
        ElementKind::StartEvent(start) => !start.interrupting,
        _ => false,
    };
    let repeats_left = match state.repeats_left {
        _ if !repeats => return,
        Some(0) => return,
        Some(left) => Some(left - 1),
        None => None,
    };
    match next(state.due, every) {
        Ok(due) => {
            let timer = ctx.next_id();
            ctx.emit(Event::TimerArmed {
                timer,
                branch,
                element,
                host: Some(host),
                due,
                repeats_left,
                every: Some(every.clone()),
                at: ctx.now,
            });
        }
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
    /// Duration between firings, for a cycle.
    pub(crate) every: Option<String>,
}

impl Schedule {
    fn once(due: Millis) -> Self {
        Self { due, repeats_left: Some(0), every: None }
    }
}

/// A date-time with or without a zone offset; without one it is UTC.
pub(crate) fn at_date(text: &str) -> Result<Schedule, String> {
    date(text).map(Schedule::once)
}

/// A duration from now.
pub(crate) fn after_duration(text: &str, now: Millis) -> Result<Schedule, String> {
    add(now, text).map(Schedule::once)
}

/// `R3/PT10M`, `R/PT10M`, `R3/<date>/PT10M`.
pub(crate) fn cycle(text: &str, now: Millis) -> Result<Schedule, String> {
    let wrong = || format!("`{text}` is no cycle; write for example R3/PT10M or R/P1D");
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

/// The firing after one at `due`.
pub(crate) fn next(due: Millis, every: &str) -> Result<Millis, String> {
    add(due, every)
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
        assert_eq!(iso(next(schedule.due, "PT10M").unwrap()), "2026-01-31T10:20:00Z");
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
