//! Decimals: tables, and every operation against an independent implementation with 150 digits.

use std::str::FromStr;

use expr::{Decimal, DecimalError, Rounding};
use fastnum::D512;
use fastnum::decimal::Context;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    text.parse().expect(text)
}

#[test]
fn text_keeps_its_digits() {
    for text in [
        "0",
        "0.00",
        "1",
        "-1.50",
        "0.000001",
        "1234567890123456789012345678901234",
        "1.10",
        "0.0000000000000000000000000000000001",
        "1.5E+100",
        "1E-100",
        "-9.99E+6000",
    ] {
        assert_eq!(decimal(text).to_string(), text);
    }
    for (text, written) in [
        ("1e5", "100000"),
        ("1E+3", "1000"),
        ("12.5e1", "125"),
        ("-0", "0"),
        ("-0.0", "0.0"),
        ("007", "7"),
        (".5", "0.5"),
        ("+3", "3"),
        ("0e50", "0"),
        ("1e40", "1E+40"),
        ("10000000000000000000000000000000000000", "10000000000000000000000000000000000000"),
        ("1.00000000000000000000000000000000000000", "1.000000000000000000000000000000000"),
    ] {
        assert_eq!(decimal(text).to_string(), written, "{text}");
    }
}

#[test]
fn text_that_is_no_decimal_is_refused() {
    for text in [
        "", "-", ".", "1.", "1e", "1e+", "e5", "1.2.3", "１", "NaN", "Infinity", "1 ", "0x1",
        "1_0", "--1", "1e5e5",
    ] {
        assert_eq!(Decimal::from_str(text), Err(DecimalError::Syntax), "{text}");
    }
    for text in
        ["12345678901234567890123456789012345", "1e-7000", "0.12345678901234567890123456789012345"]
    {
        assert_eq!(Decimal::from_str(text), Err(DecimalError::TooManyDigits), "{text}");
    }
    for text in ["1e6145", "1e99999999999999999999", "12e6144"] {
        assert_eq!(Decimal::from_str(text), Err(DecimalError::Overflow), "{text}");
    }
}

#[test]
fn the_ends_of_the_range() {
    let largest = decimal("9.999999999999999999999999999999999E+6144");
    let smallest = decimal("1E-6176");
    assert_eq!(largest.checked_add(largest), Err(DecimalError::Overflow));
    assert_eq!(largest.checked_mul(decimal("10")), Err(DecimalError::Overflow));
    assert_eq!(largest.checked_div(smallest), Err(DecimalError::Overflow));
    assert_eq!(largest.checked_add(smallest), Ok(largest));
    assert_eq!(smallest.checked_mul(decimal("0.5")), Ok(Decimal::ZERO));
    assert_eq!(smallest.checked_mul(decimal("0.51")), Ok(smallest));
    assert_eq!(smallest.checked_div(largest), Ok(Decimal::ZERO));
    assert_eq!(smallest.checked_sub(smallest), Ok(Decimal::ZERO));
    assert_eq!(decimal("1E+6144").to_string(), "1.000000000000000000000000000000000E+6144");
    assert_eq!(Decimal::ZERO.checked_mul(largest), Ok(Decimal::ZERO));
    assert_eq!(decimal("2").checked_pow(-20_600), Ok(Decimal::ZERO));
    assert_eq!(decimal("1E-3000").checked_pow(-2), decimal("1E+6000").checked_add(Decimal::ZERO));
    assert_eq!(decimal("10").checked_pow(-6176), Ok(smallest));
    assert!(smallest < Decimal::ZERO.checked_add(Decimal::ONE).expect("one") && smallest < largest);
}

#[test]
fn equality_is_numeric() {
    assert_eq!(decimal("1.0"), decimal("1.00"));
    assert_eq!(decimal("1e3"), decimal("1000.0"));
    assert_eq!(decimal("0"), decimal("0e100"));
    assert!(decimal("-1") < decimal("-0.999") && decimal("-1") < decimal("0"));
    assert!(decimal("1e33") > decimal("999999999999999999999999999999999.9"));
}

#[test]
fn integers() {
    assert_eq!(decimal("12.00").to_i64(), Some(12));
    assert_eq!(decimal("12.01").to_i64(), None);
    assert_eq!(decimal("1e3").to_i64(), Some(1000));
    assert_eq!(decimal("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(decimal("9223372036854775808").to_i64(), None);
    assert_eq!(decimal("1e30").to_i64(), None);
    assert_eq!(decimal("1e6000").to_i64(), None);
    assert_eq!(decimal("1e-6000").to_i64(), None);
    assert_eq!(decimal("0e-6000").to_i64(), Some(0));
    assert_eq!(Decimal::from(i64::MIN).to_string(), "-9223372036854775808");
}

/// Any decimal whose exponent keeps the oracle exact.
fn some_decimal() -> impl Strategy<Value = String> {
    let digits = prop_oneof!["[0-9]{1,4}", "[0-9]{1,34}", "[1-9]0{0,32}[0-9]", "9{1,34}"];
    (any::<bool>(), digits, prop_oneof![-4..4_i32, -38..38_i32]).prop_map(
        |(negative, digits, exponent)| {
            format!("{}{digits}e{exponent}", if negative { "-" } else { "" })
        },
    )
}

fn oracle(text: &str) -> D512 {
    D512::from_str(text, Context::default()).expect(text)
}

/// The oracle's result rounded half to even to 34 digits, in digits and not in numbers.
fn rounded(exact: D512) -> Decimal {
    let digits = exact.digits().to_string();
    let mut exponent = -i64::from(exact.fractional_digits_count());
    let sign = if exact.is_negative() { "-" } else { "" };
    if digits.len() <= 34 {
        return decimal(&format!("{sign}{digits}e{exponent}"));
    }
    let (kept, dropped) = digits.split_at(34);
    exponent += dropped.len() as i64;
    let half = format!("5{}", "0".repeat(dropped.len() - 1));
    let last_is_odd = kept.bytes().last().is_some_and(|digit| digit % 2 == 1);
    let up = dropped > half.as_str() || (dropped == half && last_is_odd);
    let kept: u128 = kept.parse().expect("34 digits");
    decimal(&format!("{sign}{}e{exponent}", kept + u128::from(up)))
}

#[test]
fn the_ends_of_the_functions() {
    let largest = decimal("9.999999999999999999999999999999999E+6144");
    let smallest = decimal("1E-6176");
    assert_eq!(largest.exp(), Err(DecimalError::Overflow));
    assert_eq!(largest.negated().exp(), Ok(Decimal::ZERO));
    assert_eq!(smallest.exp(), Ok(Decimal::ONE));
    assert_eq!(decimal("14149.4").exp(), Err(DecimalError::Overflow));
    assert_eq!(decimal("14148").exp().map(|big| big < largest), Ok(true));
    assert_eq!(decimal("-14220").exp().map(|small| small > Decimal::ZERO), Ok(true));
    assert_eq!(decimal("-14299").exp(), Ok(Decimal::ZERO));
    assert_eq!(largest.ln(), Some(decimal("14149.38539644841072829055748903542")));
    assert_eq!(smallest.ln(), Some(decimal("-14220.76553433122614449511522413063")));
    assert_eq!(smallest.sqrt(), Some(decimal("1E-3088")));
    assert_eq!(decimal("1E+6144").sqrt(), Some(decimal("1E+3072")));
    assert_eq!(Decimal::ZERO.sqrt(), Some(Decimal::ZERO));
    assert_eq!(decimal("-1E-6176").sqrt(), None);
    assert_eq!((Decimal::ZERO.ln(), decimal("-1").ln()), (None, None));
    // As near to one as a decimal gets: the logarithm begins with the distance.
    let near = decimal("1.000000000000000000000000000000001");
    assert_eq!(near.ln(), Some(decimal("9.999999999999999999999999999999995E-34")));
    assert_eq!(decimal("15241578750190521").sqrt(), Some(decimal("123456789")));
}

proptest! {
    // The oracle is slow.
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roots_have_all_their_digits(digits in "[1-9][0-9]{0,33}", exponent in -60..30_i32) {
        let text = format!("{digits}e{exponent}");
        prop_assert_eq!(decimal(&text).sqrt(), Some(rounded(oracle(&text).sqrt())), "{}", text);
    }

    #[test]
    fn logarithms_have_all_their_digits(digits in "[1-9][0-9]{0,33}", exponent in -60..30_i32) {
        let text = format!("{digits}e{exponent}");
        prop_assert_eq!(decimal(&text).ln(), Some(rounded(oracle(&text).ln())), "{}", text);
    }

    #[test]
    fn exponentials_have_all_their_digits(
        negative in any::<bool>(), whole in 0..60_u32, fraction in "[0-9]{1,30}",
    ) {
        let text = format!("{}{whole}.{fraction}", if negative { "-" } else { "" });
        prop_assert_eq!(decimal(&text).exp(), Ok(rounded(oracle(&text).exp())), "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn addition_and_subtraction_round_once(left in some_decimal(), right in some_decimal()) {
        let (a, b) = (decimal(&left), decimal(&right));
        prop_assert_eq!(a.checked_add(b), Ok(rounded(oracle(&left).add(oracle(&right)))));
        prop_assert_eq!(a.checked_sub(b), Ok(rounded(oracle(&left).sub(oracle(&right)))));
    }

    #[test]
    fn multiplication_rounds_once(left in some_decimal(), right in some_decimal()) {
        let product = decimal(&left).checked_mul(decimal(&right));
        prop_assert_eq!(product, Ok(rounded(oracle(&left).mul(oracle(&right)))));
    }

    #[test]
    fn division_rounds_once(left in some_decimal(), right in some_decimal()) {
        let quotient = decimal(&left).checked_div(decimal(&right));
        if decimal(&right).is_zero() {
            prop_assert_eq!(quotient, Err(DecimalError::DivisionByZero));
        } else {
            prop_assert_eq!(quotient, Ok(rounded(oracle(&left).div(oracle(&right)))));
        }
    }

    #[test]
    fn remainders_are_exact(left in some_decimal(), right in some_decimal()) {
        let (a, b) = (decimal(&left), decimal(&right));
        prop_assume!(!b.is_zero());
        let whole = oracle(&left).div(oracle(&right)).trunc();
        let exact = oracle(&left).sub(whole.mul(oracle(&right)));
        prop_assert_eq!(a.checked_rem(b), Ok(rounded(exact)));
        let modulo = a.checked_modulo(b).expect("in range");
        prop_assert!(modulo.is_zero() || modulo.is_negative() == b.is_negative());
    }

    #[test]
    fn order_is_the_order_of_the_numbers(left in some_decimal(), right in some_decimal()) {
        let zeros = decimal(&left).is_zero() && decimal(&right).is_zero();
        let order = oracle(&left).cmp(&oracle(&right));
        // The oracle tells the two zeros apart.
        let order = if zeros { std::cmp::Ordering::Equal } else { order };
        prop_assert_eq!(decimal(&left).cmp(&decimal(&right)), order);
    }

    #[test]
    fn text_round_trips(text in some_decimal()) {
        let number = decimal(&text);
        let written = number.to_string();
        prop_assert_eq!(decimal(&written), number);
        prop_assert_eq!(decimal(&written).to_string(), written);
        prop_assert_eq!(number, rounded(oracle(&text)));
    }

    #[test]
    fn rounding_stays_within_one_unit(text in some_decimal(), scale in -40..40_i32) {
        let number = decimal(&text);
        let floor = number.rounded(scale, Rounding::Floor).expect("in range");
        let ceiling = number.rounded(scale, Rounding::Ceiling).expect("in range");
        prop_assert!(floor <= number && number <= ceiling);
        let unit = decimal(&format!("1e{}", -scale));
        let gap = ceiling.checked_sub(floor).expect("in range");
        prop_assert!(gap.is_zero() || gap == unit, "{} to {}", floor, ceiling);
        for rounding in [Rounding::HalfEven, Rounding::HalfUp, Rounding::HalfDown, Rounding::Up, Rounding::Down] {
            let near = number.rounded(scale, rounding).expect("in range");
            prop_assert!(near == floor || near == ceiling);
        }
        if number.rounded(scale, Rounding::HalfUp) != number.rounded(scale, Rounding::HalfDown) {
            let low = number.checked_sub(floor).expect("in range");
            prop_assert_eq!(Ok(low), ceiling.checked_sub(number));
        }
    }

    #[test]
    fn no_text_panics(text in "[-+.eE0-9]{0,60}") {
        let _ = Decimal::from_str(&text);
    }

    #[test]
    fn no_operation_panics_anywhere_in_the_range(
        left in "[0-9]{1,34}", left_power in -6300..6200_i32,
        right in "[0-9]{1,34}", right_power in -6300..6200_i32, exponent in any::<i64>(),
    ) {
        if let (Ok(a), Ok(b)) = (
            Decimal::from_str(&format!("{left}e{left_power}")),
            Decimal::from_str(&format!("-{right}e{right_power}")),
        ) {
            let functions = [a.exp().ok(), b.exp().ok(), a.ln(), b.ln(), a.sqrt(), b.sqrt()];
            for result in functions.into_iter().flatten() {
                prop_assert_eq!(Decimal::from_str(&result.to_string()), Ok(result));
            }
            let results = [a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b),
                a.checked_rem(b), a.checked_modulo(b), a.checked_pow(exponent), b.checked_pow(3)];
            for result in results.into_iter().flatten() {
                prop_assert_eq!(Decimal::from_str(&result.to_string()), Ok(result));
            }
            prop_assert!(b <= a);
        }
    }
}
