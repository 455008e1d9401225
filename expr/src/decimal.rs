//! Decimal numbers as IEEE 754 decimal128 has them: 34 significant digits, exponents from -6176 to
//! 6111, results rounded half to even. There is no NaN, no infinity and no negative zero: what has
//! no value is a [`DecimalError`].
//!
//! The four operations live here and not in a library because none fits: the decimals with a
//! license we can take round at the binary width of their coefficient (38 or 76 digits) or stop at
//! 28 digits, and carry sticky signals, hidden digits or panics. A coefficient below 10^34 leaves
//! room for four more digits in a `u128`, which is all that exact rounding needs. The tests compare
//! every operation with an independent implementation of 150 digits.

mod arithmetic;
mod fixed;
mod functions;
mod text;

use std::cmp::Ordering;

use thiserror::Error;

/// The most significant digits of a decimal.
const DIGITS_MAX: u32 = 34;
const EXPONENT_MIN: i32 = -6_176;
const EXPONENT_MAX: i32 = 6_111;
/// Every coefficient is below this.
const COEFFICIENT_END: u128 = power_of_ten(DIGITS_MAX);

/// Why an operation on decimals has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// The text is not a number.
    #[error("this is not a decimal number")]
    Syntax,
    /// The text has more digits, or digits farther behind the point, than a decimal keeps.
    #[error("a number has at most 34 significant digits and 6176 decimal places")]
    TooManyDigits,
    /// The result is too large.
    #[error("a number is too large: its exponent passes 6144")]
    Overflow,
    /// The divisor is zero.
    #[error("a number cannot be divided by zero")]
    DivisionByZero,
}

/// How digits are dropped. "Half" modes go to the nearest and differ only on ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Ties to the even digit.
    HalfEven,
    /// Ties away from zero.
    HalfUp,
    /// Ties towards zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceiling,
}

/// A decimal number: `coefficient * 10^exponent`. Numbers compare by value (`1.0 == 1.00`), but
/// keep the digits they were written with (`1.10` stays `1.10`). Serialised as its text.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// Below [`COEFFICIENT_END`].
    coefficient: u128,
    /// From [`EXPONENT_MIN`] to [`EXPONENT_MAX`].
    exponent: i16,
    /// Never set for zero.
    negative: bool,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal { coefficient: 0, exponent: 0, negative: false };
    /// One.
    pub const ONE: Decimal = Decimal { coefficient: 1, exponent: 0, negative: false };

    /// Whether the number is zero.
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// Whether the number is below zero.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// Whether the number has no fraction: `2.00` has none.
    pub fn is_integer(self) -> bool {
        let fraction_digits = (-i32::from(self.exponent)).max(0).unsigned_abs();
        self.is_zero()
            || (fraction_digits <= DIGITS_MAX
                && self.coefficient.is_multiple_of(power_of_ten(fraction_digits)))
    }

    /// The number as an `i64`, if it has no fraction and fits.
    pub fn to_i64(self) -> Option<i64> {
        if self.is_zero() {
            return Some(0);
        }
        if !self.is_integer() {
            return None;
        }
        let size = i32::from(self.exponent).unsigned_abs();
        let magnitude = match self.exponent >= 0 {
            true if size > DIGITS_MAX => return None,
            true => self.coefficient.checked_mul(power_of_ten(size))?,
            false => self.coefficient / power_of_ten(size),
        };
        let magnitude = i128::try_from(magnitude).ok()?;
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The number, rounded to 34 digits.
    pub(crate) fn from_wide(number: i128) -> Decimal {
        // A whole number of at most 39 digits is far from overflow.
        arithmetic::finish(number < 0, number.unsigned_abs(), false, 0).unwrap_or(Decimal::ZERO)
    }

    /// The number without its fraction, if it fits.
    pub(crate) fn to_wide(self) -> Option<i128> {
        let whole = self.rounded(0, Rounding::Down).ok()?;
        let size = u32::try_from(whole.exponent()).ok()?;
        if whole.is_zero() {
            return Some(0);
        }
        let power = (size < 39).then(|| power_of_ten(size))?;
        let magnitude = i128::try_from(whole.coefficient.checked_mul(power)?).ok()?;
        Some(if whole.negative { -magnitude } else { magnitude })
    }

    fn exponent(self) -> i32 {
        i32::from(self.exponent)
    }

    /// Orders the magnitudes of two decimals.
    fn cmp_magnitude(self, other: Decimal) -> Ordering {
        if self.exponent == other.exponent || self.is_zero() || other.is_zero() {
            return self.coefficient.cmp(&other.coefficient);
        }
        let top = self.exponent() + digits(self.coefficient) as i32;
        let other_top = other.exponent() + digits(other.coefficient) as i32;
        // With equal tops the gap is below 34 and the scaled coefficient has at most 34 digits.
        top.cmp(&other_top).then_with(|| {
            let gap = self.exponent() - other.exponent();
            match gap > 0 {
                true => (self.coefficient * power_of_ten(gap as u32)).cmp(&other.coefficient),
                false => {
                    self.coefficient.cmp(&(other.coefficient * power_of_ten(gap.unsigned_abs())))
                }
            }
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.cmp_magnitude(*other),
            (true, true) => other.cmp_magnitude(*self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Decimal {
            coefficient: u128::from(number.unsigned_abs()),
            exponent: 0,
            negative: number < 0,
        }
    }
}

impl From<usize> for Decimal {
    fn from(number: usize) -> Self {
        Decimal { coefficient: number as u128, exponent: 0, negative: false }
    }
}

const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// 10^`exponent`; the exponent is at most 38.
const fn power_of_ten(exponent: u32) -> u128 {
    POWERS[exponent as usize]
}

/// The count of decimal digits; zero has one.
fn digits(coefficient: u128) -> u32 {
    match u64::try_from(coefficient) {
        Ok(small) => small.checked_ilog10().map_or(1, |log| log + 1),
        Err(_) => coefficient.ilog10() + 1,
    }
}
