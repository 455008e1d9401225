//! The calendar as both APIs and files have it.

use std::collections::BTreeMap;

use engine::{Calendar, WEEKDAYS, problems_of_calendar, weekday};
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The working days of the organisation, which deadlines in business time are counted in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Calendar)]
pub(crate) struct CalendarJson {
    /// Name in the IANA time zone database, such as `Asia/Shanghai`; `UTC` if left out. A day is from
    /// midnight to midnight there.
    time_zone: String,
    /// Days of the week on which people work, `mon` to `sun`; `mon` to `fri` if left out.
    weekdays: Vec<String>,
    /// Dates, such as `2026-10-01`, on which nobody works though it is such a day.
    holidays: Vec<String>,
    /// Dates on which people work though it is no such day.
    workdays: Vec<String>,
}

impl Default for CalendarJson {
    fn default() -> Self {
        Self::from(Calendar::default())
    }
}

impl From<Calendar> for CalendarJson {
    fn from(calendar: Calendar) -> Self {
        let week = WEEKDAYS.iter().zip(calendar.week).filter(|(_, works)| *works);
        let weekdays = week.map(|(name, _)| (*name).to_owned()).collect();
        let (workdays, holidays): (Vec<_>, Vec<_>) =
            calendar.dates.into_iter().partition(|(_, works)| *works);
        let names = |dates: Vec<(String, bool)>| dates.into_iter().map(|(date, _)| date).collect();
        Self {
            time_zone: calendar.time_zone,
            weekdays,
            holidays: names(holidays),
            workdays: names(workdays),
        }
    }
}

impl CalendarJson {
    /// The calendar, or all that is wrong with it.
    pub(crate) fn into_calendar(self) -> Result<Calendar, Vec<String>> {
        let mut wrong = Vec::new();
        let mut week = [false; 7];
        for name in &self.weekdays {
            match weekday(name) {
                Some(day) => week[day] = true,
                None => wrong.push(format!("weekdays has {name:?}; write {}", WEEKDAYS.join(", "))),
            }
        }
        let mut dates = BTreeMap::new();
        let holidays = self.holidays.into_iter().map(|date| (date, false));
        for (date, works) in holidays.chain(self.workdays.into_iter().map(|date| (date, true))) {
            if dates.insert(date.clone(), works) == Some(!works) {
                wrong.push(format!("{date} is a holiday and a workday; leave it in one list"));
            }
        }
        let calendar = Calendar { time_zone: self.time_zone, week, dates };
        wrong.extend(problems_of_calendar(&calendar));
        if wrong.is_empty() { Ok(calendar) } else { Err(wrong) }
    }
}

/// The calendar of the directory, for gRPC.
pub(crate) fn calendar(calendar: Calendar) -> v1::Calendar {
    let CalendarJson { time_zone, weekdays, holidays, workdays } = calendar.into();
    v1::Calendar { time_zone, weekdays, holidays, workdays }
}
