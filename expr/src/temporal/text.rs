//! Temporal values as text, which is also how they are stored. The forms are those of XML Schema,
//! with `@Zone/Name` for a named zone.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::civil;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Date, DateTime, DayTimeDuration, NANOS_PER_SECOND, Time, YearMonthDuration, Zone, civil_time,
};

/// The text is no such value: its form is wrong, or it is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a date, time or duration of that kind")]
pub struct TemporalError;

/// More digits than any number here has.
const DIGITS_MAX: usize = 18;

/// What is left of a text that is being read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, mark: char) -> bool {
        match self.0.strip_prefix(mark) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: char) -> Option<()> {
        self.take(mark).then_some(())
    }

    /// The digits that come next, perhaps none.
    fn digits(&mut self) -> &'a str {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        digits
    }

    /// A number of exactly two digits.
    fn pair(&mut self) -> Option<i64> {
        let digits = self.digits();
        (digits.len() == 2).then(|| digits.parse().ok())?
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    fn date(&mut self) -> Option<Date> {
        let negative = self.take('-');
        let digits = self.digits();
        // Four digits, or more without a leading zero.
        if digits.len() < 4 || digits.len() > DIGITS_MAX {
            return None;
        }
        if digits.len() > 4 && digits.starts_with('0') {
            return None;
        }
        let year: i64 = digits.parse().ok()?;
        self.expect('-')?;
        let month = self.pair()?;
        self.expect('-')?;
        let day = self.pair()?;
        Date::new(if negative { -year } else { year }, month, day)
    }

    fn time(&mut self) -> Option<civil::Time> {
        let hour = self.pair()?;
        self.expect(':')?;
        let minute = self.pair()?;
        self.expect(':')?;
        let second = self.pair()?;
        let nanos = if self.take('.') { self.fraction()? } else { 0 };
        civil_time(hour, minute, second, i32::try_from(nanos).ok()?)
    }

    /// One to nine digits behind the point, as nanoseconds.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.digits();
        if digits.is_empty() || digits.len() > 9 {
            return None;
        }
        format!("{digits:0<9}").parse().ok()
    }

    /// The zone up to the end of the text, if there is one.
    fn zone(&mut self) -> Option<Option<Zone>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.take('@') {
            return Zone::named(std::mem::take(&mut self.0)).map(Some);
        }
        let offset = self.offset()?;
        self.end().map(|()| Some(offset))
    }

    fn offset(&mut self) -> Option<Zone> {
        if self.take('Z') || self.take('z') {
            return Some(Zone::UTC);
        }
        let sign = if self.take('-') { -1 } else { self.expect('+').map(|()| 1)? };
        let hours = self.pair()?;
        self.expect(':')?;
        let minutes = self.pair().filter(|minutes| *minutes < 60)?;
        let seconds = match self.take(':') {
            true => self.pair().filter(|seconds| *seconds < 60)?,
            false => 0,
        };
        Zone::offset(sign * (hours * 3_600 + minutes * 60 + seconds))
    }

    /// `5` before one of `units`, which then is left with what may still follow it.
    fn amount(&mut self, units: &mut &str) -> Option<(char, i128, i128)> {
        let digits = self.digits();
        if digits.is_empty() || digits.len() > DIGITS_MAX {
            return None;
        }
        let amount: i128 = digits.parse().ok()?;
        let nanos = if self.take('.') { Some(self.fraction()?) } else { None };
        let unit = self.0.chars().next()?;
        let at = units.find(unit)?;
        if nanos.is_some() && unit != 'S' {
            return None;
        }
        self.expect(unit)?;
        *units = &units[at + 1..];
        Some((unit, amount, nanos.unwrap_or(0).into()))
    }

    fn day_time_duration(&mut self) -> Option<DayTimeDuration> {
        let negative = self.take('-');
        self.expect('P')?;
        let mut nanos: i128 = 0;
        let mut units = "D";
        if !self.0.starts_with('T') {
            let (_, days, _) = self.amount(&mut units)?;
            nanos += days * super::NANOS_PER_DAY;
        }
        if self.take('T') {
            let mut units = "HMS";
            while !units.is_empty() && (units.len() == 3 || !self.0.is_empty()) {
                let (unit, amount, fraction) = self.amount(&mut units)?;
                let seconds = match unit {
                    'H' => 3_600,
                    'M' => 60,
                    _ => 1,
                };
                nanos += amount * seconds * NANOS_PER_SECOND + fraction;
            }
        }
        self.end()?;
        DayTimeDuration::from_nanos(if negative { -nanos } else { nanos })
    }

    fn year_month_duration(&mut self) -> Option<YearMonthDuration> {
        let negative = self.take('-');
        self.expect('P')?;
        let mut months: i128 = 0;
        let mut units = "YM";
        while !units.is_empty() && (units.len() == 2 || !self.0.is_empty()) {
            let (unit, amount, _) = self.amount(&mut units)?;
            months += if unit == 'Y' { amount * 12 } else { amount };
        }
        self.end()?;
        let months = i64::try_from(if negative { -months } else { months }).ok()?;
        YearMonthDuration::from_months(months)
    }
}

impl Zone {
    /// Reads `Z` or `+01:00`.
    pub(crate) fn read_offset(text: &str) -> Option<Zone> {
        let mut reader = Reader(text);
        let offset = reader.offset()?;
        reader.end().map(|()| offset)
    }
}

impl FromStr for Date {
    type Err = TemporalError;

    /// Reads `2024-02-29`.
    fn from_str(text: &str) -> Result<Self, TemporalError> {
        let mut reader = Reader(text);
        let date = reader.date().ok_or(TemporalError)?;
        reader.end().map(|()| date).ok_or(TemporalError)
    }
}

impl FromStr for Time {
    type Err = TemporalError;

    /// Reads `13:30:00.5`, with `Z`, `+01:00` or `@Europe/Paris` behind it if there is a zone.
    fn from_str(text: &str) -> Result<Self, TemporalError> {
        let mut reader = Reader(text);
        let read = reader.time().and_then(|local| Some(Time::new(local, reader.zone()?)));
        read.ok_or(TemporalError)
    }
}

impl FromStr for DateTime {
    type Err = TemporalError;

    /// Reads `2024-02-29T13:30:00`, with a zone as a [`Time`] has it.
    fn from_str(text: &str) -> Result<Self, TemporalError> {
        let mut reader = Reader(text);
        let mut read = || {
            let date = reader.date()?;
            reader.expect('T')?;
            let time = reader.time()?;
            // An offset before the name of a zone says which of two equal local times is meant.
            if let Some((_, name)) = reader.0.split_once('@')
                && !reader.0.starts_with('@')
            {
                let offset = reader.offset()?;
                reader.expect('@')?;
                return DateTime::with_offset(date, time, Zone::named(name)?, offset);
            }
            DateTime::new(date, time, reader.zone()?)
        };
        read().ok_or(TemporalError)
    }
}

impl FromStr for DayTimeDuration {
    type Err = TemporalError;

    /// Reads `P1DT2H3M4.5S`, every part optional, with `-` before it if it is negative.
    fn from_str(text: &str) -> Result<Self, TemporalError> {
        Reader(text).day_time_duration().ok_or(TemporalError)
    }
}

impl FromStr for YearMonthDuration {
    type Err = TemporalError;

    /// Reads `P1Y2M`, either part optional, with `-` before it if it is negative.
    fn from_str(text: &str) -> Result<Self, TemporalError> {
        Reader(text).year_month_duration().ok_or(TemporalError)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year() < 0 { "-" } else { "" };
        let year = self.year().unsigned_abs();
        write!(f, "{sign}{year:04}-{:02}-{:02}", self.month(), self.day())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = self.clock();
        write!(f, "{hour:02}:{minute:02}:{second:02}")?;
        match self.local.subsec_nanosecond() {
            0 => {}
            nanos => {
                let fraction = format!("{nanos:09}");
                write!(f, ".{}", fraction.trim_end_matches('0'))?;
            }
        }
        match &self.zone {
            Some(zone) => write!(f, "{zone}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_second_of_two() {
            let time = Time::new(self.local.time(), None);
            write!(f, "{}T{time}", self.date())?;
            write_offset(f, self.offset_seconds)?;
            return self.zone.iter().try_for_each(|zone| write!(f, "{zone}"));
        }
        write!(f, "{}T{}", self.date(), self.time())
    }
}

/// `+01:00`, with seconds where there are any.
pub(super) fn write_offset(f: &mut fmt::Formatter<'_>, seconds: i32) -> fmt::Result {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    write!(f, "{sign}{:02}:{:02}", size / 3_600, size / 60 % 60)?;
    match size % 60 {
        0 => Ok(()),
        seconds => write!(f, ":{seconds:02}"),
    }
}

/// Reads a value from its text.
struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err = TemporalError>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a date, time or duration")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! stored_as_text {
    ($($kind:ty),*) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(TextVisitor(PhantomData))
            }
        }
    )*};
}

stored_as_text!(Date, Time, DateTime, DayTimeDuration, YearMonthDuration);
