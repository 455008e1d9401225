//! Dates, times and durations of FEEL. Years go from -9999 to 9999; what would leave that range has
//! no value. Zones are offsets or names from the tables compiled in; nothing here reads the clock
//! or the zone of the machine.

mod duration;
mod text;

use std::cmp::Ordering;
use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, civil};

pub use duration::{DayTimeDuration, YearMonthDuration};
pub use text::TemporalError;

const NANOS_PER_SECOND: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_DAY: i128 = SECONDS_PER_DAY as i128 * NANOS_PER_SECOND;

/// The farthest that an offset may be from UTC, in seconds: 18 hours, as in Java.
const OFFSET_SECONDS_MAX: i32 = 18 * 3_600;

/// A day of the calendar, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(civil::Date);

/// A time of day, with or without a zone.
#[derive(Debug, Clone)]
pub struct Time {
    local: civil::Time,
    zone: Option<Zone>,
}

/// A date and a time, with or without a zone.
#[derive(Debug, Clone)]
pub struct DateTime {
    local: civil::DateTime,
    zone: Option<Zone>,
    /// What the local time is ahead of UTC; 0 without a zone.
    offset_seconds: i32,
}

/// An offset from UTC, or a zone that has its offsets by law.
#[derive(Debug, Clone)]
pub(crate) enum Zone {
    Offset { seconds: i32 },
    Named(TimeZone),
}

impl Zone {
    pub(crate) const UTC: Zone = Zone::Offset { seconds: 0 };

    /// An offset of at most 18 hours.
    pub(crate) fn offset(seconds: i64) -> Option<Zone> {
        let seconds = i32::try_from(seconds).ok()?;
        (seconds.abs() <= OFFSET_SECONDS_MAX).then_some(Zone::Offset { seconds })
    }

    /// A zone of the tables compiled in, such as `Europe/Paris`.
    pub(crate) fn named(name: &str) -> Option<Zone> {
        // The table takes any case; FEEL does not.
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Zone::Named(zone))
    }

    /// The name of a zone that has one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Zone::Offset { .. } => None,
            Zone::Named(zone) => zone.iana_name(),
        }
    }
}

impl Date {
    pub(crate) const EPOCH: Date = Date(civil::Date::constant(1970, 1, 1));

    /// The day, or none if there is no such day.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Date> {
        let year = i16::try_from(year).ok()?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        civil::Date::new(year, month, day).ok().map(Date)
    }

    /// The year, from -9999 to 9999.
    pub fn year(self) -> i64 {
        self.0.year().into()
    }

    /// The month, from 1.
    pub fn month(self) -> i64 {
        self.0.month().into()
    }

    /// The day of the month, from 1.
    pub fn day(self) -> i64 {
        self.0.day().into()
    }

    /// The day of the week: 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> i64 {
        self.0.weekday().to_monday_one_offset().into()
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.0.day_of_year().into()
    }

    /// The week of the year as ISO 8601 counts it, from 1.
    pub fn week_of_year(self) -> i64 {
        self.0.iso_week_date().week().into()
    }

    /// The last day of the month.
    pub fn last_of_month(self) -> Date {
        Date(self.0.last_of_month())
    }

    /// Days from 1970-01-01.
    pub(crate) fn days_from_epoch(self) -> i64 {
        self.0.duration_since(Date::EPOCH.0).as_secs() / SECONDS_PER_DAY
    }

    pub(crate) fn from_days(days: i64) -> Option<Date> {
        let seconds = days.checked_mul(SECONDS_PER_DAY)?;
        Date::EPOCH.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Date)
    }

    /// The same day of another month, or that month's last day.
    pub(crate) fn plus_months(self, months: i64) -> Option<Date> {
        let total = (self.year() * 12 + self.month() - 1).checked_add(months)?;
        let first = Date::new(total.div_euclid(12), total.rem_euclid(12) + 1, 1)?;
        Date::new(first.year(), first.month(), self.day().min(first.last_of_month().day()))
    }

    /// The start of the day.
    pub(crate) fn midnight(self, zone: Option<Zone>) -> Option<DateTime> {
        DateTime::new(self, civil::Time::midnight(), zone)
    }
}

impl Time {
    pub(crate) fn new(local: civil::Time, zone: Option<Zone>) -> Time {
        Time { local, zone }
    }

    /// The time of that many nanoseconds after midnight, whole days left out.
    pub(crate) fn from_nanos(nanos: i128, zone: Option<Zone>) -> Option<Time> {
        let nanos = nanos.rem_euclid(NANOS_PER_DAY);
        let seconds = i64::try_from(nanos / NANOS_PER_SECOND).ok()?;
        let rest = i32::try_from(nanos % NANOS_PER_SECOND).ok()?;
        let local = civil_time(seconds / 3_600, seconds / 60 % 60, seconds % 60, rest)?;
        Some(Time { local, zone })
    }

    /// The hour, minute and second.
    pub fn clock(&self) -> (i64, i64, i64) {
        (self.local.hour().into(), self.local.minute().into(), self.local.second().into())
    }

    pub(crate) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// The offset from UTC, where the zone is one; a named zone has none without a date.
    pub(crate) fn offset_seconds(&self) -> Option<i64> {
        match self.zone {
            Some(Zone::Offset { seconds }) => Some(seconds.into()),
            Some(Zone::Named(_)) | None => None,
        }
    }

    /// Nanoseconds after midnight, local.
    pub(crate) fn nanos_of_day(&self) -> i128 {
        nanos_of_day(self.local)
    }

    /// Times of other kinds of zone cannot be compared: first the kind, then the time at UTC.
    fn key(&self) -> (Option<&str>, bool, i128) {
        let offset = self.offset_seconds();
        let zone_name = self.zone().and_then(Zone::name);
        let utc = nanos_of_day(self.local) - i128::from(offset.unwrap_or(0)) * NANOS_PER_SECOND;
        (zone_name, offset.is_some(), utc)
    }

    /// The time from `other` to this, in nanoseconds; none for times that cannot be compared.
    pub(crate) fn nanos_since(&self, other: &Time) -> Option<i128> {
        let (left, right) = (self.key(), other.key());
        ((left.0, left.1) == (right.0, right.1)).then(|| left.2 - right.2)
    }

    pub(crate) fn civil(&self) -> civil::Time {
        self.local
    }
}

impl DateTime {
    /// The local date and time in a zone. A time that the zone skips is moved forward.
    pub(crate) fn new(date: Date, time: civil::Time, zone: Option<Zone>) -> Option<DateTime> {
        let local = date.0.to_datetime(time);
        match zone {
            None => Some(DateTime { local, zone, offset_seconds: 0 }),
            Some(Zone::Offset { seconds }) => {
                Some(DateTime { local, zone, offset_seconds: seconds })
            }
            Some(Zone::Named(ref named)) => {
                let zoned = named.to_ambiguous_zoned(local).compatible().ok()?;
                let (local, offset_seconds) = (zoned.datetime(), zoned.offset().seconds());
                Some(DateTime { local, zone, offset_seconds })
            }
        }
    }

    /// The date and time at UTC of that many milliseconds after the epoch.
    pub fn from_epoch_millis(millis: i64) -> Option<DateTime> {
        let local = epoch().checked_add(SignedDuration::from_millis(millis)).ok()?;
        Some(DateTime { local, zone: Some(Zone::UTC), offset_seconds: 0 })
    }

    /// Milliseconds after the epoch, rounded down; a time without a zone counts as UTC.
    pub fn to_epoch_millis(&self) -> i64 {
        // Years have four digits, so this is far from the ends of an i64.
        i64::try_from(self.nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX)
    }

    /// Its date, local.
    pub fn date(&self) -> Date {
        Date(self.local.date())
    }

    /// Its time, with the same zone.
    pub fn time(&self) -> Time {
        Time { local: self.local.time(), zone: self.zone.clone() }
    }

    pub(crate) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// What the local time is ahead of UTC, in seconds, if there is a zone.
    pub fn offset_seconds(&self) -> Option<i64> {
        self.zone.as_ref().map(|_| self.offset_seconds.into())
    }

    /// Nanoseconds after the epoch at UTC; a time without a zone counts as UTC.
    pub(crate) fn nanos(&self) -> i128 {
        let offset = i128::from(self.offset_seconds) * NANOS_PER_SECOND;
        self.local.duration_since(epoch()).as_nanos() - offset
    }

    /// The time from `other` to this, in nanoseconds; none if only one of them has a zone.
    pub(crate) fn nanos_since(&self, other: &DateTime) -> Option<i128> {
        (self.zone.is_some() == other.zone.is_some()).then(|| self.nanos() - other.nanos())
    }

    /// Later by that much time; the zone stays.
    pub(crate) fn plus_nanos(&self, nanos: i128) -> Option<DateTime> {
        self.at_nanos(self.nanos().checked_add(nanos)?)
    }

    /// The moment that many nanoseconds after the epoch, in the same zone.
    fn at_nanos(&self, nanos: i128) -> Option<DateTime> {
        let utc = signed_duration(nanos)?;
        let offset_seconds = match &self.zone {
            None => 0,
            Some(Zone::Offset { seconds }) => *seconds,
            Some(Zone::Named(zone)) => {
                let timestamp = Timestamp::from_duration(utc).ok()?;
                zone.to_offset(timestamp).seconds()
            }
        };
        let ahead = SignedDuration::from_secs(offset_seconds.into());
        let local = epoch().checked_add(utc.checked_add(ahead)?).ok()?;
        Some(DateTime { local, zone: self.zone.clone(), offset_seconds })
    }

    /// Later by that many months, at the same local time.
    pub(crate) fn plus_months(&self, months: i64) -> Option<DateTime> {
        DateTime::new(self.date().plus_months(months)?, self.local.time(), self.zone.clone())
    }

    /// Whether a named zone has this local time twice, and this is the second: the one case in which
    /// the zone's name alone does not say which moment is meant.
    fn is_second_of_two(&self) -> bool {
        let Some(Zone::Named(zone)) = &self.zone else { return false };
        let first = zone.to_ambiguous_zoned(self.local).compatible();
        first.is_ok_and(|first| first.offset().seconds() != self.offset_seconds)
    }

    /// The time in a zone at one of the offsets that the zone has then.
    fn with_offset(date: Date, time: civil::Time, zone: Zone, offset: Zone) -> Option<DateTime> {
        let (Zone::Named(named), Zone::Offset { seconds }) = (&zone, offset) else { return None };
        let local = date.0.to_datetime(time);
        let ambiguous = named.to_ambiguous_zoned(local);
        let fits = [ambiguous.clone().earlier(), ambiguous.later()].into_iter().flatten();
        let mut fits = fits.filter(|zoned| zoned.datetime() == local);
        fits.any(|zoned| zoned.offset().seconds() == seconds).then_some(DateTime {
            local,
            zone: Some(zone),
            offset_seconds: seconds,
        })
    }

    /// The same moment seen from another zone.
    pub(crate) fn seen_from(&self, zone: Zone) -> Option<DateTime> {
        DateTime { zone: Some(zone), ..self.clone() }.at_nanos(self.nanos())
    }

    fn key(&self) -> (bool, i128) {
        (self.zone.is_some(), self.nanos())
    }
}

fn epoch() -> civil::DateTime {
    Date::EPOCH.0.to_datetime(civil::Time::midnight())
}

fn signed_duration(nanos: i128) -> Option<SignedDuration> {
    let seconds = i64::try_from(nanos.div_euclid(NANOS_PER_SECOND)).ok()?;
    let rest = i64::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).ok()?;
    SignedDuration::from_secs(seconds).checked_add(SignedDuration::from_nanos(rest))
}

pub(crate) fn civil_time(hour: i64, minute: i64, second: i64, nanos: i32) -> Option<civil::Time> {
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    // jiff takes second 60 in some places; a FEEL minute has none.
    let second = i8::try_from(second).ok().filter(|second| *second < 60)?;
    civil::Time::new(hour, minute, second, nanos).ok()
}

fn nanos_of_day(time: civil::Time) -> i128 {
    let seconds =
        i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    i128::from(seconds) * NANOS_PER_SECOND + i128::from(time.subsec_nanosecond())
}

/// Equal moments are equal, whatever zone they are seen from. The order is total; an expression may
/// only see it between times that `nanos_since` compares.
impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Time {}

/// Equal moments are equal, whatever zone they are seen from. The order is total; an expression may
/// only see it between moments that `nanos_since` compares.
impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DateTime {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Offset { seconds: 0 } => f.write_str("Z"),
            Zone::Offset { seconds } => text::write_offset(f, *seconds),
            Zone::Named(zone) => write!(f, "@{}", zone.iana_name().unwrap_or("UTC")),
        }
    }
}
