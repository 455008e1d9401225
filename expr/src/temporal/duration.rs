//! Durations. Days and time are an exact count of nanoseconds, years and months a count of months;
//! the two never mix, because no month has a fixed count of days.

use std::fmt;

use super::{NANOS_PER_DAY, NANOS_PER_SECOND};

/// The longest duration of days and time, in nanoseconds: as many seconds as an `i64` counts.
const NANOS_MAX: i128 = i64::MAX as i128 * NANOS_PER_SECOND;

/// A duration of days, hours, minutes and seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayTimeDuration {
    nanos: i128,
}

/// A duration of years and months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearMonthDuration {
    months: i64,
}

impl DayTimeDuration {
    /// The duration, or none if it is longer than about 292 thousand million years.
    pub fn from_nanos(nanos: i128) -> Option<DayTimeDuration> {
        (nanos.abs() <= NANOS_MAX).then_some(DayTimeDuration { nanos })
    }

    /// The duration of that many seconds.
    pub fn from_seconds(seconds: i64) -> Option<DayTimeDuration> {
        DayTimeDuration::from_nanos(i128::from(seconds) * NANOS_PER_SECOND)
    }

    /// The length in nanoseconds.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// Days, hours, minutes, seconds and nanoseconds, all with the sign of the duration.
    pub(crate) fn parts(self) -> [i128; 5] {
        let seconds = self.nanos / NANOS_PER_SECOND;
        [
            self.nanos / NANOS_PER_DAY,
            seconds / 3_600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            self.nanos % NANOS_PER_SECOND,
        ]
    }
}

impl YearMonthDuration {
    /// The duration of that many months; none for the one count that has no opposite.
    pub fn from_months(months: i64) -> Option<YearMonthDuration> {
        (months != i64::MIN).then_some(YearMonthDuration { months })
    }

    /// The length in months.
    pub fn months(self) -> i64 {
        self.months
    }
}

/// ISO 8601, such as `P1DT2H3M4.5S`; nothing at all is `PT0S`.
impl fmt::Display for DayTimeDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("PT0S");
        }
        let parts = self.parts().map(i128::unsigned_abs);
        let [days, hours, minutes, seconds, nanos] = parts;
        f.write_str(if self.nanos < 0 { "-P" } else { "P" })?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if parts[1..].iter().all(|part| *part == 0) {
            return Ok(());
        }
        f.write_str("T")?;
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        match (seconds, nanos) {
            (0, 0) => Ok(()),
            (_, 0) => write!(f, "{seconds}S"),
            _ => {
                let fraction = format!("{nanos:09}");
                write!(f, "{seconds}.{}S", fraction.trim_end_matches('0'))
            }
        }
    }
}

/// ISO 8601, such as `P1Y2M`; nothing at all is `P0M`.
impl fmt::Display for YearMonthDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let months = self.months.unsigned_abs();
        f.write_str(if self.months < 0 { "-P" } else { "P" })?;
        match (months / 12, months % 12) {
            (0, months) => write!(f, "{months}M"),
            (years, 0) => write!(f, "{years}Y"),
            (years, months) => write!(f, "{years}Y{months}M"),
        }
    }
}
