//! Roots, exponentials and logarithms. They are computed with 108 decimal places and rounded once,
//! so that all 34 digits are right, but for results so near to the middle of two decimals that 50
//! more digits do not tell which one is nearer.

use super::arithmetic::finish;
use super::fixed::{Fixed, LN_10};
use super::{Decimal, DecimalError, digits, power_of_ten};

/// A power of e beyond this is too large for a decimal, or zero if it is negative.
const EXPONENT_END: i64 = 14_300;
/// The argument of the exponential series is halved this often, and the result squared as often.
const HALVINGS: u32 = 8;

/// A number with a sign.
struct Signed {
    negative: bool,
    size: Fixed,
}

impl Decimal {
    /// e to the power of the number. Errors: overflow.
    pub fn exp(self) -> Result<Decimal, DecimalError> {
        if self.is_zero() {
            return Ok(Decimal::ONE);
        }
        if self.abs() > Decimal::from(EXPONENT_END) {
            return if self.negative { Ok(Decimal::ZERO) } else { Err(DecimalError::Overflow) };
        }
        exponential(&Signed { negative: self.negative, size: self.to_fixed() })
    }

    /// The natural logarithm; none for zero and below.
    pub fn ln(self) -> Option<Decimal> {
        if self.negative || self.is_zero() {
            return None;
        }
        // A logarithm is far from overflow.
        let Signed { negative, size } = self.logarithm();
        rounded(negative, &size, 0).ok()
    }

    /// The square root; none below zero.
    pub fn sqrt(self) -> Option<Decimal> {
        match self.negative {
            true => None,
            false => {
                self.real_power(Decimal { coefficient: 5, exponent: -1, negative: false }).ok()?
            }
        }
    }

    /// The power with any exponent; none for a base below zero. Errors: overflow, and zero to a
    /// negative power is a division by zero.
    pub(crate) fn real_power(self, exponent: Decimal) -> Result<Option<Decimal>, DecimalError> {
        if self.negative {
            return Ok(None);
        }
        if self.is_zero() {
            return match exponent.negative {
                true => Err(DecimalError::DivisionByZero),
                false => Ok(Some(Decimal::ZERO)),
            };
        }
        let logarithm = self.logarithm();
        if logarithm.size.is_zero() {
            return Ok(Some(Decimal::ONE));
        }
        let negative = logarithm.negative != exponent.negative;
        // The rounded product says whether the power is in range before the exact one is made.
        let rough = rounded(false, &logarithm.size, 0)?.checked_mul(exponent.abs());
        if rough.is_err() || rough.is_ok_and(|rough| rough > Decimal::from(EXPONENT_END)) {
            return if negative { Ok(Some(Decimal::ZERO)) } else { Err(DecimalError::Overflow) };
        }
        if exponent.abs() > Decimal::from(power_of_ten(17) as i64) {
            // The base is so near to one that its logarithm has no digits left for this.
            return Ok(None);
        }
        let size = logarithm.size.times(&exponent.abs().to_fixed());
        exponential(&Signed { negative, size }).map(Some)
    }

    /// The magnitude, which is below 10^18; places that do not fit are dropped.
    fn to_fixed(self) -> Fixed {
        let exponent = self.exponent();
        if exponent >= 0 {
            let size = exponent.unsigned_abs().min(18);
            return Fixed::whole((self.coefficient.saturating_mul(power_of_ten(size))) as u64);
        }
        let places = exponent.unsigned_abs();
        if places <= 34 {
            return Fixed::ratio(self.coefficient, power_of_ten(places));
        }
        // In two steps, because the denominator would not fit.
        let far = Fixed::ratio(self.coefficient, power_of_ten(34));
        let mut left = places - 34;
        let mut size = far;
        while left > 0 && !size.is_zero() {
            let step = left.min(18);
            size = size.divided_by(power_of_ten(step) as u64);
            left -= step;
        }
        size
    }

    /// ln(m * 10^e) = ln(m) + e * ln(10), with m from about 0.3 to 3, where the series of the
    /// hyperbolic tangent's inverse needs few terms.
    fn logarithm(self) -> Signed {
        let length = digits(self.coefficient);
        let mut power = i64::from(self.exponent) + i64::from(length) - 1;
        let mut one = power_of_ten(length - 1);
        if self.coefficient > 3 * one {
            one *= 10;
            power += 1;
        }
        let below_one = self.coefficient < one;
        let z = Fixed::ratio(self.coefficient.abs_diff(one), self.coefficient + one);
        let square = z.times(&z);
        let (mut term, mut sum, mut odd) = (z, Fixed::ZERO, 1);
        while !term.is_zero() {
            sum = sum.plus(&term.divided_by(odd));
            term = term.times(&square);
            odd += 2;
        }
        let mantissa = Signed { negative: below_one, size: sum.plus(&sum) };
        let shift = LN_10.times(&Fixed::whole(power.unsigned_abs()));
        add(&mantissa, &Signed { negative: power < 0, size: shift })
    }
}

fn add(left: &Signed, right: &Signed) -> Signed {
    if left.negative == right.negative {
        return Signed { negative: left.negative, size: left.size.plus(&right.size) };
    }
    match left.size >= right.size {
        true => Signed { negative: left.negative, size: left.size.minus(&right.size) },
        false => Signed { negative: right.negative, size: right.size.minus(&left.size) },
    }
}

/// e^x = 10^k * e^r, where k is how many times ln(10) goes into x, rounded down.
fn exponential(x: &Signed) -> Result<Decimal, DecimalError> {
    let ten = |count: u64| LN_10.times(&Fixed::whole(count));
    // ln(10) is above 2.3, so the estimate is not too small; it is lowered where it is too large.
    let mut count = x.size.floor() * 10 / 23 + 1;
    while ten(count) > x.size {
        count -= 1;
    }
    let rest = x.size.minus(&ten(count));
    let (power, rest) = match x.negative && !rest.is_zero() {
        true => (-(count as i64) - 1, LN_10.minus(&rest)),
        false => (if x.negative { -(count as i64) } else { count as i64 }, rest),
    };
    let small = rest.divided_by(1 << HALVINGS);
    let (mut term, mut sum, mut at) = (Fixed::whole(1), Fixed::ZERO, 0);
    while !term.is_zero() {
        sum = sum.plus(&term);
        at += 1;
        term = term.times(&small).divided_by(at);
    }
    for _ in 0..HALVINGS {
        sum = sum.times(&sum);
    }
    rounded(false, &sum, power)
}

/// `size * 10^power` with 34 digits. The last digits are not certain, so that a result that is
/// exact but for these is taken as exact.
fn rounded(negative: bool, size: &Fixed, power: i64) -> Result<Decimal, DecimalError> {
    let power = i32::try_from(power).map_err(|_| DecimalError::Overflow)?;
    let (coefficient, places, sticky) = size.leading();
    let result = finish(negative, coefficient, sticky, power - places)?;
    Ok(result.without_trailing_zeros())
}

impl Decimal {
    /// The same number with as few digits behind the point as it needs.
    fn without_trailing_zeros(self) -> Decimal {
        if self.is_zero() {
            return Decimal::ZERO;
        }
        let mut shorter = self;
        while shorter.exponent < 0 && shorter.coefficient.is_multiple_of(10) {
            shorter.coefficient /= 10;
            shorter.exponent += 1;
        }
        shorter
    }
}
