//! When a cron expression fires, in UTC. Days are walked one by one up to the last year that can fit,
//! so that one which never fires ends the search as well.

use bpmn::{Cron, DayOfMonth, DayOfWeek};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::key::Millis;

/// The first firing behind a moment; none if there is none any more.
pub(crate) fn next(cron: &Cron, after: Millis) -> Option<Millis> {
    let start = i64::try_from(after.0 / 1_000).ok()?.checked_add(1)?;
    let start = Timestamp::from_second(start).ok()?.to_zoned(TimeZone::UTC).datetime();
    let mut date = start.date();
    let mut from = start.time();
    loop {
        let (year, month) = (u32::try_from(date.year()).ok()?, unsigned(date.month()));
        if year > Cron::YEAR_MAX {
            return None;
        }
        if !cron.has_year(year) {
            date = date.last_of_year();
        } else if !cron.months.has(month) {
            date = date.last_of_month();
        } else if is_day(cron, date)
            && let Some(time) = first_time(cron, from)
        {
            return millis(date.to_datetime(time));
        }
        date = date.tomorrow().ok()?;
        from = Time::midnight();
    }
}

fn millis(at: DateTime) -> Option<Millis> {
    let at = at.to_zoned(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(at.as_millisecond()).ok().map(Millis)
}

/// Days, months and clock times are never negative.
fn unsigned(value: i8) -> u32 {
    u32::from(value.unsigned_abs())
}

fn is_day(cron: &Cron, date: Date) -> bool {
    cron.days.iter().any(|days| is_day_of_month(*days, date))
        && cron.weekdays.iter().any(|days| is_day_of_week(*days, date))
}

fn is_day_of_month(days: DayOfMonth, date: Date) -> bool {
    let (day, last) = (unsigned(date.day()), unsigned(date.days_in_month()));
    match days {
        DayOfMonth::On(days) => days.has(day),
        DayOfMonth::Last { before } => day + before == last,
        DayOfMonth::LastWorkday => Some(day) == workday(date, last),
        DayOfMonth::Workday(wanted) => Some(day) == workday(date, wanted),
    }
}

/// The day from Monday to Friday in the month of a date that is nearest to a day of it; none if the
/// month has no such day.
fn workday(date: Date, day: u32) -> Option<u32> {
    let last = unsigned(date.days_in_month());
    let wanted = Date::new(date.year(), date.month(), i8::try_from(day).ok()?).ok()?;
    Some(match weekday(wanted) {
        0 if day == last => day - 2,
        0 => day + 1,
        6 if day == 1 => day + 2,
        6 => day - 1,
        _ => day,
    })
}

fn is_day_of_week(days: DayOfWeek, date: Date) -> bool {
    let (today, day) = (weekday(date), unsigned(date.day()));
    match days {
        DayOfWeek::On(days) => days.has(today),
        DayOfWeek::Last(wanted) => today == wanted && day + 7 > unsigned(date.days_in_month()),
        DayOfWeek::Nth(wanted, nth) => today == wanted && (day - 1) / 7 + 1 == nth,
    }
}

/// Sunday is 0.
fn weekday(date: Date) -> u32 {
    unsigned(date.weekday().to_sunday_zero_offset())
}

/// The first time of a day that fits, not before `from`.
fn first_time(cron: &Cron, from: Time) -> Option<Time> {
    let (hour, minute) = (unsigned(from.hour()), unsigned(from.minute()));
    let second = unsigned(from.second());
    let time = |hour: u32, minute: u32, second: u32| {
        let part = |value: u32| i8::try_from(value).ok();
        Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()
    };
    let first_second = |from: u32| (from..60).find(|second| cron.seconds.has(*second));
    let first_minute = |from: u32| (from..60).find(|minute| cron.minutes.has(*minute));
    if cron.hours.has(hour) {
        if cron.minutes.has(minute)
            && let Some(second) = first_second(second)
        {
            return time(hour, minute, second);
        }
        if let Some(minute) = first_minute(minute + 1) {
            return time(hour, minute, first_second(0)?);
        }
    }
    let hour = (hour + 1..24).find(|hour| cron.hours.has(*hour))?;
    time(hour, first_minute(0)?, first_second(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-31T10:00:00Z, a Saturday.
    const NOW: Millis = Millis(1_769_853_600_000);

    fn firings(text: &str) -> String {
        let cron = Cron::parse(text).unwrap();
        let mut at = NOW;
        let mut found = Vec::new();
        while found.len() < 3
            && let Some(next) = next(&cron, at)
        {
            let zoned = Timestamp::from_millisecond(next.0 as i64).unwrap();
            found.push(zoned.to_string());
            at = next;
        }
        found.join(" ").replace("T00:00:00Z", "")
    }

    #[test]
    fn times_of_a_day() {
        assert_eq!(
            firings("0 0 9,17 * * *"),
            "2026-01-31T17:00:00Z 2026-02-01T09:00:00Z 2026-02-01T17:00:00Z"
        );
        assert_eq!(
            firings("30 59/10 10-11 * * *"),
            "2026-01-31T10:59:30Z 2026-01-31T11:59:30Z 2026-02-01T10:59:30Z"
        );
        assert_eq!(
            firings("* * * * * *"),
            "2026-01-31T10:00:01Z 2026-01-31T10:00:02Z 2026-01-31T10:00:03Z"
        );
    }

    #[test]
    fn days_of_a_month() {
        assert_eq!(firings("0 0 0 31 * ?"), "2026-03-31 2026-05-31 2026-07-31");
        assert_eq!(firings("0 0 0 L * ?"), "2026-02-28 2026-03-31 2026-04-30");
        assert_eq!(firings("0 0 0 L-3 * ?"), "2026-02-25 2026-03-28 2026-04-27");
        assert_eq!(firings("0 0 0 LW * ?"), "2026-02-27 2026-03-31 2026-04-30");
        // The 15th is a Sunday twice; the 1st is a Sunday, and a Saturday in August.
        assert_eq!(firings("0 0 0 15W * ?"), "2026-02-16 2026-03-16 2026-04-15");
        assert_eq!(firings("0 0 0 1W 2,8 ?"), "2026-02-02 2026-08-03 2027-02-01");
    }

    #[test]
    fn days_of_a_week() {
        assert_eq!(firings("0 0 0 * * MON-FRI"), "2026-02-02 2026-02-03 2026-02-04");
        assert_eq!(firings("0 0 0 ? * THU#2"), "2026-02-12 2026-03-12 2026-04-09");
        assert_eq!(firings("0 0 0 ? * FRIL"), "2026-02-27 2026-03-27 2026-04-24");
        assert_eq!(firings("0 0 0 13 * FRI"), "2026-02-13 2026-03-13 2026-11-13");
    }

    #[test]
    fn years_and_what_never_fires() {
        assert_eq!(firings("0 0 0 29 2 ?"), "2028-02-29 2032-02-29 2036-02-29");
        assert_eq!(firings("0 0 0 1 1 ? 2030-2099/50"), "2030-01-01 2080-01-01");
        assert_eq!(firings("0 0 0 30 2 ?"), "");
        assert_eq!(firings("0 0 0 1 1 ? 1999"), "");
    }
}
