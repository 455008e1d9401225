//! When people work: what deadlines in business time are counted in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::key::Millis;

/// Most dates of a calendar.
pub const CALENDAR_DATES_MAX: usize = 5_000;
/// Most days that a duration in business time reaches over: ten years.
const DAYS_MAX: usize = 3_653;
/// Longest name of a time zone, in bytes.
const TIME_ZONE_BYTES_MAX: usize = 64;

/// The working days of the organisation. A working day is one from midnight to midnight, local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Name in the IANA time zone database, such as `Asia/Shanghai`.
    pub time_zone: String,
    /// Whether a day of the week is a working day, Monday first.
    pub week: [bool; 7],
    /// Dates (`YYYY-MM-DD`) that differ from their day of the week: true for a working day.
    pub dates: BTreeMap<String, bool>,
}

impl Default for Calendar {
    /// Monday to Friday, in UTC.
    fn default() -> Self {
        let week = [true, true, true, true, true, false, false];
        Self { time_zone: "UTC".to_owned(), week, dates: BTreeMap::new() }
    }
}

impl Calendar {
    /// When as much business time has passed as lies between two moments: time on other days does
    /// not count. An hour that the clocks are set over is no part of its day.
    ///
    /// # Errors
    /// In words: the time zone is not known, or there is the time is not over within ten years.
    pub(crate) fn due(&self, from: Millis, to: Millis) -> Result<Millis, String> {
        let zone = zone(&self.time_zone)?;
        let far = |_| "business time reaches over ten years at most".to_owned();
        let start = i64::try_from(from.0).map_err(|_| far(()))?;
        let mut at = Timestamp::from_millisecond(start).map_err(|_| far(()))?;
        let mut left = to.0.saturating_sub(from.0);
        for _ in 0..DAYS_MAX {
            let date = zone.to_datetime(at).date();
            let next = date.checked_add(1.day()).map_err(|_| far(()))?;
            let midnight = zone.to_timestamp(next.at(0, 0, 0, 0)).map_err(|_| far(()))?;
            if self.is_working(date) {
                let rest = midnight.as_millisecond().saturating_sub(at.as_millisecond());
                let rest = u64::try_from(rest).unwrap_or(0);
                if left <= rest {
                    let at = u64::try_from(at.as_millisecond()).unwrap_or(0);
                    return Ok(Millis(at + left));
                }
                left -= rest;
            }
            at = midnight;
        }
        Err(far(()))
    }

    fn is_working(&self, date: Date) -> bool {
        let weekday = date.weekday().to_monday_zero_offset().unsigned_abs();
        let usual = self.week[usize::from(weekday)];
        if self.dates.is_empty() {
            return usual;
        }
        self.dates.get(&date.to_string()).copied().unwrap_or(usual)
    }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        format!("the time zone {name} is not known; write a name such as UTC or Asia/Shanghai")
    })
}

/// What is wrong with a calendar, in words; empty if nothing is.
#[must_use]
pub fn problems_of_calendar(calendar: &Calendar) -> Vec<String> {
    let mut found = Vec::new();
    if calendar.time_zone.len() > TIME_ZONE_BYTES_MAX {
        let count = calendar.time_zone.len();
        found.push(format!("time_zone has {count} bytes, the limit is {TIME_ZONE_BYTES_MAX}"));
    } else if let Err(message) = zone(&calendar.time_zone) {
        found.push(message);
    }
    if !calendar.week.contains(&true) {
        found.push("weekdays names no day, so that no deadline would ever pass".to_owned());
    }
    let count = calendar.dates.len();
    if count > CALENDAR_DATES_MAX {
        found.push(format!("there are {count} dates, the limit is {CALENDAR_DATES_MAX}"));
    }
    for date in calendar.dates.keys() {
        if !date.parse::<Date>().is_ok_and(|parsed| parsed.to_string() == *date) {
            found.push(format!("{date:?} is no date; write one such as 2026-10-01"));
        }
    }
    found
}

/// The day of the week that a short name such as `mon` means: its place in [`Calendar::week`].
#[must_use]
pub fn weekday(name: &str) -> Option<usize> {
    WEEKDAYS.iter().position(|known| *known == name)
}

/// Short names of the days of the week, Monday first.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    fn at(text: &str) -> Millis {
        let at: Timestamp = text.parse().expect("a date-time");
        Millis(u64::try_from(at.as_millisecond()).expect("after 1970"))
    }

    /// When so many hours of business time have passed since a moment.
    fn due(calendar: &Calendar, from: &str, hours: u64) -> String {
        let from = at(from);
        let due = calendar.due(from, Millis(from.0 + hours * HOUR)).expect("in time");
        let due = i64::try_from(due.0).expect("in range");
        Timestamp::from_millisecond(due).expect("in range").to_string()
    }

    #[test]
    fn f_55_weekends_do_not_count() {
        let plain = Calendar::default();
        // 2026-11-26 is a Thursday.
        assert_eq!(due(&plain, "2026-11-26T10:00:00Z", 8), "2026-11-26T18:00:00Z");
        assert_eq!(due(&plain, "2026-11-26T10:00:00Z", 48), "2026-11-30T10:00:00Z");
        assert_eq!(due(&plain, "2026-11-28T10:00:00Z", 24), "2026-12-01T00:00:00Z");
        assert_eq!(due(&plain, "2026-11-27T10:00:00Z", 14), "2026-11-28T00:00:00Z");
        assert_eq!(due(&plain, "2026-11-26T10:00:00Z", 10 * 24), "2026-12-10T10:00:00Z");
        assert_eq!(due(&plain, "2026-11-28T10:00:00Z", 0), "2026-11-30T00:00:00Z");
    }

    #[test]
    fn f_55_days_are_those_of_the_time_zone_and_its_holidays() {
        let mut china = Calendar { time_zone: "Asia/Shanghai".into(), ..Calendar::default() };
        // Friday 20:00 in Shanghai; the weekend begins at 16:00 UTC.
        assert_eq!(due(&china, "2026-09-25T12:00:00Z", 8), "2026-09-27T20:00:00Z");
        for day in 1..=7 {
            china.dates.insert(format!("2026-10-0{day}"), false);
        }
        china.dates.insert("2026-10-10".into(), true);
        // Wednesday noon; the week off; Thursday, Friday, and a Saturday that is worked.
        assert_eq!(due(&china, "2026-09-30T04:00:00Z", 3 * 24), "2026-10-10T04:00:00Z");
        assert_eq!(due(&china, "2026-09-30T04:00:00Z", 4 * 24), "2026-10-12T04:00:00Z");
    }

    #[test]
    fn f_55_a_day_on_which_clocks_are_set_has_other_hours() {
        let berlin =
            Calendar { week: [true; 7], time_zone: "Europe/Berlin".into(), ..Calendar::default() };
        assert_eq!(due(&berlin, "2026-03-28T23:00:00Z", 23), "2026-03-29T22:00:00Z");
    }

    #[test]
    fn what_is_wrong_with_a_calendar_is_told() {
        assert!(problems_of_calendar(&Calendar::default()).is_empty());
        let dates = BTreeMap::from([("2026-02-30".into(), true), ("1.10.2026".into(), true)]);
        let wrong = Calendar { time_zone: "Shanghai".into(), week: [false; 7], dates };
        assert_eq!(problems_of_calendar(&wrong).len(), 4);
    }

    #[test]
    fn a_deadline_that_no_day_can_hold_is_told() {
        let none = Calendar { week: [false; 7], ..Calendar::default() };
        assert!(none.due(Millis(0), Millis(1)).is_err());
        assert!(Calendar::default().due(Millis(0), Millis(u64::MAX)).is_err());
    }
}
