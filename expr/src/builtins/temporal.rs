//! Functions that make dates, times and durations, or say something about them.

use jiff::civil;

use crate::error::EvalError;
use crate::meter::Meter;
use crate::temporal::{Date, DateTime, DayTimeDuration, Time, YearMonthDuration, Zone, civil_time};
use crate::value::Value;

type Answer = Result<Value, EvalError>;

/// The value that `@"…"` means, by the form of the text.
pub(crate) fn literal(text: &str) -> Option<Value> {
    let date = || text.parse::<Date>().ok().map(Value::from);
    let moment = || text.parse::<DateTime>().ok().map(Value::from);
    let time = || text.parse::<Time>().ok().map(Value::from);
    date().or_else(moment).or_else(time).or_else(|| duration_of(text))
}

fn duration_of(text: &str) -> Option<Value> {
    let day_time = || text.parse::<DayTimeDuration>().ok().map(Value::from);
    let year_month = || text.parse::<YearMonthDuration>().ok().map(Value::from);
    day_time().or_else(year_month)
}

/// The moment of the evaluation, at UTC.
pub(crate) fn now(millis: Option<i64>) -> Value {
    Value::from(millis.and_then(DateTime::from_epoch_millis))
}

/// The day of the evaluation, at UTC.
pub(crate) fn today(millis: Option<i64>) -> Value {
    Value::from(millis.and_then(DateTime::from_epoch_millis).map(|moment| moment.date()))
}

/// A whole number.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.to_i64(),
        _ => None,
    }
}

pub(super) fn date(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::String(text)] => {
            meter.charge_bytes(text.len())?;
            Value::from(text.parse::<Date>().ok())
        }
        [Value::Date(date)] => Value::from(*date),
        [Value::DateTime(moment)] => Value::from(moment.date()),
        [year, month, day] => {
            let read = || Date::new(whole(year)?, whole(month)?, whole(day)?);
            Value::from(read())
        }
        _ => Value::Null,
    })
}

/// `date and time(from)`, `(date, time)`, `(date, timezone)` or the parts of both.
pub(super) fn date_and_time(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::String(text)] => {
            meter.charge_bytes(text.len())?;
            let midnight = || text.parse::<Date>().ok()?.midnight(None);
            Value::from(text.parse::<DateTime>().ok().or_else(midnight))
        }
        [Value::DateTime(moment)] => Value::DateTime(moment.clone()),
        [Value::Date(date)] => Value::from(date.midnight(Some(Zone::UTC))),
        [day, Value::Time(time)] => Value::from(
            day_of(day).and_then(|date| DateTime::new(date, time.civil(), time.zone().cloned())),
        ),
        [Value::DateTime(moment), Value::String(zone)] => {
            let zone = zone_of(zone);
            let time = moment.time();
            Value::from(zone.and_then(|zone| match moment.offset_seconds() {
                Some(_) => moment.seen_from(zone),
                None => DateTime::new(moment.date(), time.civil(), Some(zone)),
            }))
        }
        [year, month, day, hour, minute, second, offset @ ..] if offset.len() < 2 => {
            let read = || {
                let date = Date::new(whole(year)?, whole(month)?, whole(day)?)?;
                DateTime::new(date, clock(hour, minute, second)?, zone_argument(offset.first())?)
            };
            Value::from(read())
        }
        _ => Value::Null,
    })
}

fn day_of(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::DateTime(moment) => Some(moment.date()),
        _ => None,
    }
}

pub(super) fn time(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::String(text)] => {
            meter.charge_bytes(text.len())?;
            Value::from(text.parse::<Time>().ok())
        }
        [Value::Time(time)] => Value::Time(time.clone()),
        [Value::DateTime(moment)] => Value::from(moment.time()),
        [Value::Date(_)] => Value::from(Time::new(civil::Time::midnight(), Some(Zone::UTC))),
        [hour, minute, second, offset @ ..] if offset.len() < 2 => {
            let read = || {
                let local = clock(hour, minute, second)?;
                Some(Time::new(local, zone_argument(offset.first())?))
            };
            Value::from(read())
        }
        _ => Value::Null,
    })
}

/// The time of day; the second may have a fraction.
fn clock(hour: &Value, minute: &Value, second: &Value) -> Option<civil::Time> {
    let Value::Number(second) = second else { return None };
    let nanos = second.checked_mul(1_000_000_000_i64.into()).ok()?.to_wide()?;
    let second = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    let rest = i32::try_from(nanos.rem_euclid(1_000_000_000)).ok()?;
    civil_time(whole(hour)?, whole(minute)?, second, rest)
}

/// The zone of an offset that is given as a duration or as text, or that is not given.
fn zone_argument(offset: Option<&Value>) -> Option<Option<Zone>> {
    match offset {
        None | Some(Value::Null) => Some(None),
        Some(Value::DayTimeDuration(offset)) => {
            let seconds = offset.nanos() / 1_000_000_000;
            Zone::offset(i64::try_from(seconds).ok()?).map(Some)
        }
        Some(Value::String(zone)) => zone_of(zone).map(Some),
        Some(_) => None,
    }
}

/// `Z`, `+01:00` or `Europe/Paris`, also with `@` before it.
fn zone_of(text: &str) -> Option<Zone> {
    let named = || Zone::named(text.strip_prefix('@').unwrap_or(text));
    Zone::read_offset(text).or_else(named)
}

pub(super) fn duration(meter: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(match arguments {
        [Value::String(text)] => {
            meter.charge_bytes(text.len())?;
            Value::from(duration_of(text))
        }
        [duration @ (Value::DayTimeDuration(_) | Value::YearMonthDuration(_))] => duration.clone(),
        _ => Value::Null,
    })
}

/// The whole months from one day to another, negative if the other is earlier.
pub(super) fn years_and_months_duration(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    let [from, to] = arguments else { return Ok(Value::Null) };
    let (Some(from), Some(to)) = (local(from), local(to)) else { return Ok(Value::Null) };
    let months = |date: Date| date.year() * 12 + date.month() - 1;
    let mut between = months(to.date()) - months(from.date());
    // A month that has begun but is not over does not count, in either direction.
    let rest = |moment: &DateTime| (moment.date().day(), moment.time().nanos_of_day());
    if between > 0 && rest(&to) < rest(&from) {
        between -= 1;
    } else if between < 0 && rest(&to) > rest(&from) {
        between += 1;
    }
    Ok(Value::from(YearMonthDuration::from_months(between)))
}

fn local(value: &Value) -> Option<DateTime> {
    match value {
        Value::Date(date) => date.midnight(None),
        Value::DateTime(moment) => Some(DateTime::clone(moment)),
        _ => None,
    }
}

pub(super) fn day_of_year(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::from(argument_day(arguments).map(Date::day_of_year)))
}

pub(super) fn week_of_year(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::from(argument_day(arguments).map(Date::week_of_year)))
}

pub(super) fn last_day_of_month(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    Ok(Value::from(argument_day(arguments).map(Date::last_of_month)))
}

pub(super) fn day_of_week(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    const NAMES: [&str; 7] =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    Ok(named(&NAMES, argument_day(arguments).map(Date::weekday)))
}

pub(super) fn month_of_year(_: &mut Meter<'_>, arguments: &[Value]) -> Answer {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    Ok(named(&NAMES, argument_day(arguments).map(Date::month)))
}

fn argument_day(arguments: &[Value]) -> Option<Date> {
    arguments.first().and_then(day_of)
}

/// The name at a number from 1.
fn named(names: &[&str], number: Option<i64>) -> Value {
    let at = number.and_then(|number| usize::try_from(number - 1).ok());
    Value::from(at.and_then(|at| names.get(at)).copied())
}
