//! Decimals as text, which is also how they are stored.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::arithmetic::finish;
use super::{DIGITS_MAX, Decimal, DecimalError, EXPONENT_MIN, digits};

/// A number of more digits or zeros than this is written with an exponent.
const PLAIN_DIGITS_MAX: i32 = 40;

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let exponent = self.exponent();
        let point = digits(self.coefficient) as i32 + exponent;
        let written = self.coefficient.to_string();
        // Zeros after a zero say nothing.
        if exponent == 0 || (exponent > 0 && self.is_zero()) {
            write!(f, "{sign}{written}")
        } else if exponent > 0 && point <= PLAIN_DIGITS_MAX {
            let zeros = exponent.unsigned_abs() as usize;
            write!(f, "{sign}{written}{:0<zeros$}", "")
        } else if exponent < 0 && point > 0 {
            let (whole, fraction) = written.split_at(point.unsigned_abs() as usize);
            write!(f, "{sign}{whole}.{fraction}")
        } else if exponent < 0 && -point <= PLAIN_DIGITS_MAX {
            let zeros = point.unsigned_abs() as usize;
            write!(f, "{sign}0.{:0<zeros$}{written}", "")
        } else {
            let (first, rest) = written.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            write!(f, "{sign}{first}{dot}{rest}E{:+}", point - 1)
        }
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `-12.50` or `1.25E+40`. The number must fit exactly; nothing is rounded.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], parse_power(&unsigned[at + 1..])?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return Err(DecimalError::Syntax),
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(DecimalError::Syntax);
        }
        let (coefficient, dropped) = parse_digits(whole.bytes().chain(fraction.bytes()))?;
        let exponent = power + dropped.min(POWER_FAR) - saturated(fraction.len());
        if coefficient != 0 && exponent < EXPONENT_MIN {
            return Err(DecimalError::TooManyDigits);
        }
        finish(negative, coefficient, false, exponent)
    }
}

/// The digits as a coefficient, and how many zeros behind the 34th digit were left out.
fn parse_digits(bytes: impl Iterator<Item = u8>) -> Result<(u128, i32), DecimalError> {
    let mut coefficient: u128 = 0;
    let mut zeros = 0_i32;
    for byte in bytes {
        let digit = match byte {
            b'0'..=b'9' => u128::from(byte - b'0'),
            _ => return Err(DecimalError::Syntax),
        };
        if zeros == 0 && (coefficient == 0 || digits(coefficient) < DIGITS_MAX) {
            coefficient = coefficient * 10 + digit;
        } else if digit == 0 {
            zeros = zeros.saturating_add(1);
        } else {
            return Err(DecimalError::TooManyDigits);
        }
    }
    Ok((coefficient, zeros))
}

/// The power behind `E`. Powers far out of range are cut to a million, which is as much out of range.
fn parse_power(text: &str) -> Result<i32, DecimalError> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::Syntax);
    }
    let power = unsigned.parse::<i32>().unwrap_or(POWER_FAR).min(POWER_FAR);
    Ok(if negative { -power } else { power })
}

const POWER_FAR: i32 = 1_000_000;

fn saturated(length: usize) -> i32 {
    i32::try_from(length).map_or(POWER_FAR, |length| length.min(POWER_FAR))
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of a decimal number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(E::custom)
    }
}
