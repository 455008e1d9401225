//! Dates, times and durations of FEEL.

mod common;

use common::{Error, Expected, Json, check};
use expr::{EvalErrorKind, Language, Limits, Scope, Value, evaluate, parse};

fn feel(rows: &[(&str, Expected)]) {
    check(Language::Feel, "{}", rows);
}

#[test]
fn literals_have_the_type_of_their_form() {
    feel(&[
        (r#"@"2024-02-29""#, Json(r#""2024-02-29""#)),
        (r#"@"-0044-03-15""#, Json(r#""-0044-03-15""#)),
        (r#"@"13:30:00""#, Json(r#""13:30:00""#)),
        (r#"@"13:30:00.500""#, Json(r#""13:30:00.5""#)),
        (r#"@"13:30:00Z""#, Json(r#""13:30:00Z""#)),
        (r#"@"13:30:00+00:00""#, Json(r#""13:30:00Z""#)),
        (r#"@"13:30:00-05:30""#, Json(r#""13:30:00-05:30""#)),
        (r#"@"13:30:00@Europe/Paris""#, Json(r#""13:30:00@Europe/Paris""#)),
        (r#"@"2024-02-29T13:30:00""#, Json(r#""2024-02-29T13:30:00""#)),
        (r#"@"2024-02-29T13:30:00@Asia/Shanghai""#, Json(r#""2024-02-29T13:30:00@Asia/Shanghai""#)),
        (r#"@"P1DT2H3M4.5S""#, Json(r#""P1DT2H3M4.5S""#)),
        (r#"@"PT36H""#, Json(r#""P1DT12H""#)),
        (r#"@"P14M""#, Json(r#""P1Y2M""#)),
        (r#"@"-P1Y""#, Json(r#""-P1Y""#)),
        (r#"@"P0D""#, Json(r#""PT0S""#)),
        (r#"@"P0Y""#, Json(r#""P0M""#)),
        (r#"@"2024-02-29" instance of date"#, Json("true")),
        (r#"@"2024-02-29T00:00:00" instance of date and time"#, Json("true")),
        (r#"@"00:00:00" instance of time"#, Json("true")),
        (r#"@"P1D" instance of days and time duration"#, Json("true")),
        (r#"@"P1M" instance of years and months duration"#, Json("true")),
        (r#"@"P1D" instance of years and months duration"#, Json("false")),
    ]);
}

/// Texts that are no values, by the function that would read them.
const WRONG: &[(&str, &[&str])] = &[
    (
        "date",
        &[
            "2023-02-29",
            "2024-13-01",
            "2024-1-1",
            "24-01-01",
            "02024-01-01",
            "+2024-01-01",
            "2024-01-01Z",
            "10000-01-01",
            "999999999-01-01",
            "2024-01-01T00:00:00",
            "",
            "today",
            "２０２４-01-01",
        ],
    ),
    (
        "time",
        &[
            "24:00:00",
            "13:60:00",
            "13:30:60",
            "13:30",
            "1:30:00",
            "13:30:00.",
            "13:30:00.1234567890",
            "13:30:00+19:00",
            "13:30:00+1:00",
            "13:30:00@Nowhere/City",
            "13:30:00@europe/paris",
            "13:30:00+01:00@Europe/Paris",
            "T13:30:00",
        ],
    ),
    (
        "date and time",
        &[
            "2024-02-30T00:00:00",
            "2024-02-28 00:00:00",
            "2024-02-28T25:00:00",
            "2024-02-28T00:00:00+05:00@Europe/Paris",
            "10000-01-01T00:00:00",
        ],
    ),
    (
        "duration",
        &[
            "P",
            "PT",
            "P1",
            "1D",
            "P1Y1D",
            "P1H",
            "PT1D",
            "P1.5D",
            "PT1.5H",
            "P-1D",
            "P1DT",
            "PT1M1H",
            "P1D1D",
            "PT1S1S",
            "P1M1Y",
            "PT1.S",
            "-",
            "P1W",
            "P99999999999999999D",
            "P9999999999999999999Y",
        ],
    ),
];

#[test]
fn text_that_is_no_such_value_gives_null() {
    for (function, texts) in WRONG {
        for text in *texts {
            let source = format!("{function}(\"{text}\")");
            let program = parse(Language::Feel, &source, &Limits::default()).expect(&source);
            assert_eq!(evaluate(&program, &(), &Limits::default()), Ok(Value::Null), "{source}");
        }
    }
}

#[test]
fn conversions() {
    feel(&[
        (r#"date("2024-02-29")"#, Json(r#""2024-02-29""#)),
        ("date(2024, 2, 29)", Json(r#""2024-02-29""#)),
        ("date(2023, 2, 29)", Json("null")),
        ("date(2024, 2.5, 1)", Json("null")),
        ("date(year: 2024, month: 2, day: 1)", Json(r#""2024-02-01""#)),
        (r#"date(date and time("2024-02-29T23:00:00-05:00"))"#, Json(r#""2024-02-29""#)),
        (r#"time("13:30:00")"#, Json(r#""13:30:00""#)),
        ("time(13, 30, 0)", Json(r#""13:30:00""#)),
        ("time(13, 30, 1.5)", Json(r#""13:30:01.5""#)),
        (r#"time(13, 30, 0, duration("-PT5H30M"))"#, Json(r#""13:30:00-05:30""#)),
        (r#"time(13, 30, 0, duration("PT19H"))"#, Json("null")),
        ("time(13, 30, 0, null)", Json(r#""13:30:00""#)),
        ("time(24, 0, 0)", Json("null")),
        (r#"time(@"2024-02-29T13:30:00Z")"#, Json(r#""13:30:00Z""#)),
        (r#"time(@"2024-02-29")"#, Json(r#""00:00:00Z""#)),
        (r#"date and time("2024-02-29")"#, Json(r#""2024-02-29T00:00:00""#)),
        (
            r#"date and time(date(2024, 2, 29), time("13:30:00Z"))"#,
            Json(r#""2024-02-29T13:30:00Z""#),
        ),
        (
            r#"date and time(date: @"2024-02-29", time: @"13:30:00")"#,
            Json(r#""2024-02-29T13:30:00""#),
        ),
        ("date and time(2024, 2, 29, 13, 30, 15)", Json(r#""2024-02-29T13:30:15""#)),
        (
            r#"date and time(2024, 2, 29, 13, 30, 15, @"PT1H")"#,
            Json(r#""2024-02-29T13:30:15+01:00""#),
        ),
        (
            r#"date and time(@"2024-02-29T12:00:00Z", "Europe/Paris")"#,
            Json(r#""2024-02-29T13:00:00@Europe/Paris""#),
        ),
        (
            r#"date and time(@"2024-02-29T12:00:00", "+02:00")"#,
            Json(r#""2024-02-29T12:00:00+02:00""#),
        ),
        (r#"duration("P1Y")"#, Json(r#""P1Y""#)),
        (r#"days and time duration("PT25H")"#, Json(r#""P1DT1H""#)),
        (
            r#"years and months duration(date("2011-12-22"), date("2013-08-24"))"#,
            Json(r#""P1Y8M""#),
        ),
        (
            r#"years and months duration(date("2013-08-24"), date("2011-12-25"))"#,
            Json(r#""-P1Y7M""#),
        ),
        (r#"years and months duration(from: @"2024-01-31", to: @"2024-02-29")"#, Json(r#""P0M""#)),
        (r#"string(@"2024-02-29") + "!""#, Json(r#""2024-02-29!""#)),
        (r#"string([@"2024-02-29"])"#, Json(r#""[@\"2024-02-29\"]""#)),
        ("date(1)", Json("null")),
        ("date(null)", Json("null")),
    ]);
}

#[test]
fn properties() {
    feel(&[
        (r#"@"2024-02-29".year"#, Json("2024")),
        (r#"@"2024-02-29".month + @"2024-02-29".day"#, Json("31")),
        (r#"@"2024-02-29".weekday"#, Json("4")),
        (r#"@"2024-02-29".hour"#, Json("null")),
        (r#"@"1970-01-02".value"#, Json("86400")),
        (r#"@"13:30:15.5".hour"#, Json("13")),
        (r#"@"13:30:15.5".minute"#, Json("30")),
        (r#"@"13:30:15.5".second"#, Json("15")),
        (r#"@"00:01:00".value"#, Json("60")),
        (r#"@"13:30:15+02:00".time offset"#, Json(r#""PT2H""#)),
        (r#"@"13:30:15".time offset"#, Json("null")),
        (r#"@"13:30:15@Europe/Paris".timezone"#, Json(r#""Europe/Paris""#)),
        (r#"@"13:30:15Z".timezone"#, Json("null")),
        (r#"@"2024-02-29T13:30:15@Europe/Paris".time offset"#, Json(r#""PT1H""#)),
        (r#"@"2024-07-29T13:30:15@Europe/Paris".time offset"#, Json(r#""PT2H""#)),
        (r#"@"2024-02-29T13:30:15".weekday"#, Json("4")),
        (r#"@"1970-01-01T01:00:00+01:00".value"#, Json("0")),
        (r#"@"P1DT25H3M4S".days"#, Json("2")),
        (r#"@"P1DT25H3M4S".hours"#, Json("1")),
        (r#"@"-P1DT2H".hours"#, Json("-2")),
        (r#"@"PT90S".minutes"#, Json("1")),
        (r#"@"PT90S".seconds"#, Json("30")),
        (r#"@"PT1.5S".value"#, Json("1.5")),
        (r#"@"P26M".years"#, Json("2")),
        (r#"@"P26M".months"#, Json("2")),
        (r#"@"P26M".value"#, Json("26")),
        (r#"@"P26M".days"#, Json("null")),
        (r#"[@"2024-02-29", @"2023-02-28"].year"#, Json("[2024,2023]")),
        (r#"[{d: @"2024-02-29"}, {d: @"2023-02-28"}][d.year = 2023].d"#, Json(r#"["2023-02-28"]"#)),
    ]);
}

#[test]
fn arithmetic() {
    feel(&[
        (r#"@"2024-03-01" - @"2024-02-28""#, Json(r#""P2D""#)),
        (r#"@"2024-02-28T00:00:00Z" - @"2024-02-27T23:00:00-02:00""#, Json(r#""-PT1H""#)),
        (r#"@"2024-02-28T00:00:00" - @"2024-02-28T00:00:00Z""#, Json("null")),
        (r#"@"2024-02-28" - @"2024-02-27T12:00:00""#, Json(r#""PT12H""#)),
        (r#"@"2024-02-28T12:00:00Z" - @"2024-02-28""#, Json(r#""PT12H""#)),
        (r#"@"13:00:00" - @"12:30:00""#, Json(r#""PT30M""#)),
        (r#"@"13:00:00Z" - @"13:00:00+01:00""#, Json(r#""PT1H""#)),
        (r#"@"2024-02-28" + @"P2D""#, Json(r#""2024-03-01""#)),
        (r#"@"P2D" + @"2024-02-28""#, Json(r#""2024-03-01""#)),
        (r#"@"2024-02-28" + @"PT36H""#, Json(r#""2024-02-29""#)),
        (r#"@"2024-02-28" - @"PT1H""#, Json(r#""2024-02-27""#)),
        (r#"@"2024-01-31" + @"P1M""#, Json(r#""2024-02-29""#)),
        (r#"@"2024-01-31" - @"P2M""#, Json(r#""2023-11-30""#)),
        (r#"@"2024-02-29T10:00:00" + @"P1Y""#, Json(r#""2025-02-28T10:00:00""#)),
        (r#"@"2024-02-29T10:00:00" + @"PT14H0.25S""#, Json(r#""2024-03-01T00:00:00.25""#)),
        (r#"@"23:30:00" + @"PT1H""#, Json(r#""00:30:00""#)),
        (r#"@"00:30:00Z" - @"P1DT1H""#, Json(r#""23:30:00Z""#)),
        (r#"@"P1D" + @"PT1H""#, Json(r#""P1DT1H""#)),
        (r#"@"P1Y" - @"P13M""#, Json(r#""-P1M""#)),
        (r#"@"P1D" + @"P1M""#, Json("null")),
        (r#"@"P1D" - @"P1M""#, Json("null")),
        (r#"@"P1D" - @"2024-01-01""#, Json("null")),
        (r#"@"2024-01-01" + @"2024-01-01""#, Json("null")),
        (r#"@"2024-01-01" + 1"#, Json("null")),
        (r#"@"12:00:00" + @"P1M""#, Json("null")),
        (r#"@"P1D" * 1.5"#, Json(r#""P1DT12H""#)),
        (r#"2 * @"P1M""#, Json(r#""P2M""#)),
        (r#"@"P1Y" * 0.3"#, Json(r#""P3M""#)),
        (r#"@"P1D" / 2"#, Json(r#""PT12H""#)),
        (r#"@"P1D" / @"PT6H""#, Json("4")),
        (r#"@"P1Y" / @"P5M""#, Json("2.4")),
        (r#"@"P1Y" / @"P5D""#, Json("null")),
        (r#"1 / @"P5D""#, Json("null")),
        (r#"@"P1D" / 0"#, Error(EvalErrorKind::DivisionByZero)),
        (r#"@"P1D" / @"PT0S""#, Error(EvalErrorKind::DivisionByZero)),
        (r#"-@"P1DT1H""#, Json(r#""-P1DT1H""#)),
        (r#"-@"P1M""#, Json(r#""-P1M""#)),
        (r#"-@"2024-01-01""#, Json("null")),
        (r#"abs(@"-P1D")"#, Json(r#""P1D""#)),
        (r#"abs(@"-P1M")"#, Json(r#""P1M""#)),
        (r#"sum([@"P1D", @"PT1H"])"#, Json(r#""P1DT1H""#)),
        (r#"mean(@"P1M", @"P3M")"#, Json(r#""P2M""#)),
        (r#"sum([@"P1D", @"P1M"])"#, Json("null")),
    ]);
}

#[test]
fn what_leaves_the_range_is_null() {
    feel(&[
        (r#"@"9999-12-31" + @"P1D""#, Json("null")),
        (r#"@"-9999-01-01" - @"P1M""#, Json("null")),
        (r#"@"9999-12-31T23:59:59" + @"PT1S""#, Json("null")),
        (r#"@"2024-01-01" + @"P99999999999999D""#, Json("null")),
        (r#"@"2024-01-01" + @"P99999999999999Y""#, Json("null")),
        (r#"@"P99999999999999D" * 10000"#, Json("null")),
        (r#"@"P99999999999999999M" * 1e20"#, Json("null")),
        (r#"@"9999-12-31T23:59:59-18:00".value > 0"#, Json("true")),
        (r#"@"9999-12-30T00:00:00@America/New_York" + @"P3D""#, Json("null")),
        ("date(99999999999999999999, 1, 1)", Json("null")),
        ("date(1e6000, 1, 1)", Json("null")),
    ]);
}

#[test]
fn comparisons() {
    feel(&[
        (r#"@"2024-02-28" < @"2024-02-29""#, Json("true")),
        (r#"@"2024-02-29" = date(2024, 2, 29)"#, Json("true")),
        (r#"@"2024-02-29" != date(2024, 2, 28)"#, Json("true")),
        (r#"@"2024-02-29" < @"2024-02-29T00:00:01""#, Json("null")),
        (r#"@"2024-02-29" = "2024-02-29""#, Json("null")),
        (r#"@"13:00:00Z" = @"14:00:00+01:00""#, Json("true")),
        (r#"@"13:00:00" < @"13:00:00Z""#, Json("null")),
        (r#"@"13:00:00" = @"13:00:00Z""#, Json("null")),
        (r#"@"13:00:00@Europe/Paris" < @"14:00:00@Europe/Paris""#, Json("true")),
        (r#"@"13:00:00@Europe/Paris" < @"14:00:00@Europe/Berlin""#, Json("null")),
        (r#"@"2024-02-29T12:00:00Z" = @"2024-02-29T13:00:00@Europe/Paris""#, Json("true")),
        (r#"is(@"2024-02-29T12:00:00Z", @"2024-02-29T13:00:00+01:00")"#, Json("false")),
        (r#"is(@"2024-02-29T12:00:00Z", @"2024-02-29T12:00:00+00:00")"#, Json("true")),
        (r#"@"PT60M" = @"PT1H""#, Json("true")),
        (r#"@"P12M" >= @"P1Y""#, Json("true")),
        (r#"@"P1M" < @"P60D""#, Json("null")),
        (r#"@"2024-02-29" between @"2024-01-01" and @"2024-12-31""#, Json("true")),
        (r#"@"2024-02-29" in [@"2024-01-01"..@"2024-02-29")"#, Json("false")),
        (r#"@"2024-02-29" in (> @"2024-01-01")"#, Json("true")),
        (r#"@"2024-02-29" > null"#, Json("null")),
        (r#"null = @"2024-02-29""#, Json("false")),
        (r#"max([@"2024-02-28", @"2024-02-29"])"#, Json(r#""2024-02-29""#)),
        (r#"min(@"PT1H", @"PT59M")"#, Json(r#""PT59M""#)),
        (r#"sort([@"2024-02-29", @"2023-01-01"])"#, Json(r#"["2023-01-01","2024-02-29"]"#)),
        (r#"count(distinct values([@"12:00:00Z", @"13:00:00+01:00", @"12:00:00"]))"#, Json("2")),
    ]);
}

#[test]
fn zones_change_their_offsets() {
    feel(&[
        // Paris skips 02:00 to 03:00 on this day, and has it twice on that.
        (r#"@"2024-03-31T02:30:00@Europe/Paris""#, Json(r#""2024-03-31T03:30:00@Europe/Paris""#)),
        (
            r#"@"2024-03-31T01:30:00@Europe/Paris" + @"PT1H""#,
            Json(r#""2024-03-31T03:30:00@Europe/Paris""#),
        ),
        (
            r#"@"2024-10-27T02:30:00@Europe/Paris" + @"PT1H""#,
            Json(r#""2024-10-27T02:30:00+01:00@Europe/Paris""#),
        ),
        (
            r#"@"2024-10-27T02:30:00@Europe/Paris" + @"PT2H""#,
            Json(r#""2024-10-27T03:30:00@Europe/Paris""#),
        ),
        (
            r#"@"2024-10-27T02:30:00+01:00@Europe/Paris" - @"2024-10-27T02:30:00@Europe/Paris""#,
            Json(r#""PT1H""#),
        ),
        (
            r#"@"2024-10-26T02:30:00@Europe/Paris" + @"P1M""#,
            Json(r#""2024-11-26T02:30:00@Europe/Paris""#),
        ),
        (
            r#"@"2024-03-31T00:00:00@Europe/Paris" + @"P1D""#,
            Json(r#""2024-04-01T01:00:00@Europe/Paris""#),
        ),
    ]);
}

#[test]
fn functions_on_days() {
    feel(&[
        (r#"day of year(@"2024-12-31")"#, Json("366")),
        (r#"day of week(@"2019-09-17")"#, Json(r#""Tuesday""#)),
        (r#"month of year(@"2019-09-17")"#, Json(r#""September""#)),
        (r#"week of year(date(2003, 12, 29))"#, Json("1")),
        (r#"week of year(date(2005, 1, 1))"#, Json("53")),
        (r#"week of year(date: @"2005-01-03T10:00:00")"#, Json("1")),
        (r#"last day of month(@"2024-02-03")"#, Json(r#""2024-02-29""#)),
        ("day of year(null)", Json("null")),
        ("day of week(\"2019-09-17\")", Json("null")),
    ]);
}

#[test]
fn days_can_be_gone_through() {
    feel(&[
        (r#"for d in @"2024-02-28"..@"2024-03-01" return d.day"#, Json("[28,29,1]")),
        (
            r#"for d in @"2024-03-01"..@"2024-02-29" return d"#,
            Json(r#"["2024-03-01","2024-02-29"]"#),
        ),
        (r#"for d in (@"2024-02-28"..@"2024-03-01") return d"#, Json(r#"["2024-02-29"]"#)),
        (r#"for d in @"12:00:00"..@"13:00:00" return d"#, Json("[]")),
        (r#"some d in @"2024-02-28"..@"2024-03-01" satisfies d.day = 29"#, Json("true")),
    ]);
}

/// No variables, but a moment.
struct At(i64);

impl Scope for At {
    fn get(&self, _: &str) -> Option<Value> {
        None
    }

    fn now_millis(&self) -> Option<i64> {
        Some(self.0)
    }
}

#[test]
fn now_and_today_are_what_the_caller_says() {
    let run = |source: &str, scope: &dyn Scope| {
        let program = parse(Language::Feel, source, &Limits::default()).expect(source);
        evaluate(&program, scope, &Limits::default()).expect(source).to_json().to_string()
    };
    let at = At(1_709_213_400_250);
    assert_eq!(run("now()", &at), r#""2024-02-29T13:30:00.25Z""#);
    assert_eq!(run("today()", &at), r#""2024-02-29""#);
    assert_eq!(run("now() - duration(\"PT30M\") < now()", &at), "true");
    assert_eq!(run("today()", &At(-1)), r#""1969-12-31""#);
    assert_eq!(run("[now(), today()]", &()), "[null,null]");
    assert_eq!(run("now()", &At(i64::MAX)), "null");
}

#[test]
fn moments_count_milliseconds_from_the_epoch() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59.9995Z", -1),
        ("2024-02-29T13:30:00.25Z", 1_709_213_400_250),
        ("2024-02-29T14:30:00.25@Europe/Paris", 1_709_213_400_250),
        ("2024-02-29T13:30:00.25", 1_709_213_400_250),
    ] {
        let moment: expr::DateTime = text.parse().expect(text);
        assert_eq!(moment.to_epoch_millis(), millis, "{text}");
    }
}
