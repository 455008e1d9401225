//! Exact arithmetic with one rounding at the end. Intermediate results have up to 38 digits plus a
//! sticky flag that says whether anything non-zero lies below them.

use super::{
    COEFFICIENT_END, DIGITS_MAX, Decimal, DecimalError, EXPONENT_MAX, EXPONENT_MIN, Rounding,
    digits, power_of_ten,
};

/// The most digits that a `u128` always holds.
const WIDE_DIGITS: u32 = 38;
/// A coefficient below 10^34 can be multiplied by 10^4 in a `u128`.
const SPARE_DIGITS: u32 = WIDE_DIGITS - DIGITS_MAX;

impl Decimal {
    /// The number with the other sign.
    pub fn negated(self) -> Decimal {
        Decimal { negative: !self.negative && !self.is_zero(), ..self }
    }

    /// The number without its sign.
    pub fn abs(self) -> Decimal {
        Decimal { negative: false, ..self }
    }

    /// The sum, rounded half to even to 34 digits. Errors: overflow.
    pub fn checked_add(self, other: Decimal) -> Result<Decimal, DecimalError> {
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if high.is_zero() {
            return Ok(low);
        }
        let gap = (high.exponent() - low.exponent()).unsigned_abs();
        let shift = gap.min(WIDE_DIGITS - digits(high.coefficient));
        let high_part = high.coefficient * power_of_ten(shift);
        let exponent = high.exponent() - shift as i32;
        let cut = gap - shift;
        let (low_part, sticky) = if cut > DIGITS_MAX {
            (0, !low.is_zero())
        } else {
            let unit = power_of_ten(cut);
            (low.coefficient / unit, !low.coefficient.is_multiple_of(unit))
        };
        if high.negative == low.negative {
            return finish(high.negative, high_part + low_part, sticky, exponent);
        }
        // Something cut off below makes the difference a little smaller than the parts say: take
        // one away and keep the flag.
        let low_part = low_part + u128::from(sticky);
        match high_part >= low_part {
            true => finish(high.negative, high_part - low_part, sticky, exponent),
            false => finish(low.negative, low_part - high_part, sticky, exponent),
        }
    }

    /// The difference, rounded half to even to 34 digits. Errors: overflow.
    pub fn checked_sub(self, other: Decimal) -> Result<Decimal, DecimalError> {
        self.checked_add(other.negated())
    }

    /// The product, rounded half to even to 34 digits. Errors: overflow.
    pub fn checked_mul(self, other: Decimal) -> Result<Decimal, DecimalError> {
        let negative = self.negative != other.negative;
        let exponent = self.exponent() + other.exponent();
        let (coefficient, sticky, dropped) = multiply(self.coefficient, other.coefficient);
        finish(negative, coefficient, sticky, exponent + dropped as i32)
    }

    /// The quotient, rounded half to even to 34 digits. Errors: division by zero, overflow.
    pub fn checked_div(self, other: Decimal) -> Result<Decimal, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let negative = self.negative != other.negative;
        let exponent_wanted = self.exponent() - other.exponent();
        let mut exponent = exponent_wanted;
        let mut quotient = self.coefficient / other.coefficient;
        let mut remainder = self.coefficient % other.coefficient;
        // Long division, four digits at a time, until one digit more than the result keeps.
        while remainder != 0 && quotient < COEFFICIENT_END {
            let scaled = remainder * power_of_ten(SPARE_DIGITS);
            quotient = quotient * power_of_ten(SPARE_DIGITS) + scaled / other.coefficient;
            remainder = scaled % other.coefficient;
            exponent -= SPARE_DIGITS as i32;
        }
        if remainder == 0 {
            while exponent < exponent_wanted && quotient.is_multiple_of(10) {
                quotient /= 10;
                exponent += 1;
            }
        }
        finish(negative, quotient, remainder != 0, exponent)
    }

    /// The remainder of the division that drops the fraction: it has the sign of the dividend, as
    /// in Java. Exact. Errors: division by zero.
    pub fn checked_rem(self, other: Decimal) -> Result<Decimal, DecimalError> {
        if other.is_zero() {
            return Err(DecimalError::DivisionByZero);
        }
        let gap = self.exponent() - other.exponent();
        let coefficient = if gap >= 0 {
            remainder_of_scaled(self.coefficient, gap.unsigned_abs(), other.coefficient)
        } else if gap.unsigned_abs() > WIDE_DIGITS {
            self.coefficient
        } else {
            // A divisor that does not fit is greater than the dividend.
            match other.coefficient.checked_mul(power_of_ten(gap.unsigned_abs())) {
                Some(divisor) => self.coefficient % divisor,
                None => self.coefficient,
            }
        };
        let exponent = self.exponent().min(other.exponent());
        finish(self.negative, coefficient, false, exponent)
    }

    /// How many steps of long division a remainder may take: its cost grows with the distance of
    /// the exponents, and with nothing else.
    pub(crate) fn remainder_steps(self, other: Decimal) -> usize {
        let gap = self.exponent() - other.exponent();
        1 + gap.unsigned_abs() as usize / SPARE_DIGITS as usize
    }

    /// The remainder of the division that rounds down: it has the sign of the divisor, as FEEL's
    /// `modulo` has it. Errors: division by zero, overflow.
    pub fn checked_modulo(self, other: Decimal) -> Result<Decimal, DecimalError> {
        let remainder = self.checked_rem(other)?;
        if remainder.is_zero() || remainder.negative == other.negative {
            return Ok(remainder);
        }
        remainder.checked_add(other)
    }

    /// The power with a whole exponent, by repeated squaring; every product is rounded to 34
    /// digits. Errors: overflow, and zero to a negative power is a division by zero.
    pub fn checked_pow(self, exponent: i64) -> Result<Decimal, DecimalError> {
        let size = exponent.unsigned_abs();
        if exponent >= 0 {
            return power_of(self, size);
        }
        // One division at the end keeps more digits, unless the power itself is out of range.
        match power_of(self, size) {
            Ok(power) if !power.is_zero() => Decimal::ONE.checked_div(power),
            _ => power_of(Decimal::ONE.checked_div(self)?, size),
        }
    }

    /// Rounds to `scale` digits after the point (before it, if negative). A number that has no more
    /// digits is returned as it is. Errors: overflow.
    pub fn rounded(self, scale: i32, rounding: Rounding) -> Result<Decimal, DecimalError> {
        let scale = scale.clamp(-EXPONENT_MAX, -EXPONENT_MIN);
        let exponent = -scale;
        if self.exponent() >= exponent {
            return Ok(self);
        }
        let drop = (exponent - self.exponent()).unsigned_abs();
        let coefficient = drop_digits(self.coefficient, false, drop, rounding, self.negative);
        finish(self.negative, coefficient, false, exponent)
    }
}

fn power_of(base: Decimal, exponent: u64) -> Result<Decimal, DecimalError> {
    let (mut square, mut left) = (base, exponent);
    let mut power = Decimal::ONE;
    loop {
        if left % 2 == 1 {
            power = power.checked_mul(square)?;
        }
        left /= 2;
        if left == 0 {
            return Ok(power);
        }
        square = square.checked_mul(square)?;
    }
}

/// The product as at most 38 digits, whether something non-zero was cut off, and how many digits.
fn multiply(left: u128, right: u128) -> (u128, bool, u32) {
    if let Some(product) = left.checked_mul(right)
        && product < power_of_ten(WIDE_DIGITS)
    {
        return (product, false, 0);
    }
    // Two limbs of 17 digits each; every partial product is below 10^34.
    const LIMB: u128 = power_of_ten(DIGITS_MAX / 2);
    let (left_high, left_low) = (left / LIMB, left % LIMB);
    let (right_high, right_low) = (right / LIMB, right % LIMB);
    let middle = left_high * right_low + left_low * right_high;
    let low = left_low * right_low + (middle % LIMB) * LIMB;
    let high = left_high * right_high + middle / LIMB + low / COEFFICIENT_END;
    let low = low % COEFFICIENT_END;
    let keep = DIGITS_MAX.min(WIDE_DIGITS - digits(high));
    let unit = power_of_ten(DIGITS_MAX - keep);
    (high * power_of_ten(keep) + low / unit, !low.is_multiple_of(unit), DIGITS_MAX - keep)
}

/// `coefficient * 10^shift mod divisor`, four digits at a time.
fn remainder_of_scaled(coefficient: u128, shift: u32, divisor: u128) -> u128 {
    let mut remainder = coefficient % divisor;
    let mut left = shift;
    while left > 0 && remainder != 0 {
        let step = left.min(SPARE_DIGITS);
        remainder = remainder * power_of_ten(step) % divisor;
        left -= step;
    }
    remainder
}

/// Rounds an exact or sticky intermediate result into a decimal. A sticky result has more than 34
/// digits, so its flag is always below the last digit kept.
pub(super) fn finish(
    negative: bool,
    coefficient: u128,
    sticky: bool,
    exponent: i32,
) -> Result<Decimal, DecimalError> {
    let (mut coefficient, mut exponent) = (coefficient, exponent);
    let excess = digits(coefficient) as i32 - DIGITS_MAX as i32;
    let drop = excess.max(EXPONENT_MIN - exponent).max(0);
    if drop > 0 {
        coefficient =
            drop_digits(coefficient, sticky, drop.unsigned_abs(), Rounding::HalfEven, negative);
        exponent += drop;
        if coefficient == COEFFICIENT_END {
            coefficient /= 10;
            exponent += 1;
        }
    }
    if exponent > EXPONENT_MAX {
        let pad = (exponent - EXPONENT_MAX).unsigned_abs();
        if coefficient != 0 {
            if digits(coefficient).saturating_add(pad) > DIGITS_MAX {
                return Err(DecimalError::Overflow);
            }
            coefficient *= power_of_ten(pad);
        }
        exponent = EXPONENT_MAX;
    }
    Ok(Decimal { coefficient, exponent: exponent as i16, negative: negative && coefficient != 0 })
}

/// Drops the last `drop` digits; `sticky` says that something non-zero follows them.
fn drop_digits(
    coefficient: u128,
    sticky: bool,
    drop: u32,
    rounding: Rounding,
    negative: bool,
) -> u128 {
    // 10^39 is more than twice any coefficient here, so what is dropped is below one half.
    let (kept, dropped, half) = match drop > WIDE_DIGITS {
        true => (0, coefficient, u128::MAX),
        false => {
            let unit = power_of_ten(drop);
            (coefficient / unit, coefficient % unit, unit / 2)
        }
    };
    let exact = dropped == 0 && !sticky;
    let above_half = dropped > half || (dropped == half && sticky);
    let tie = dropped == half && !sticky && drop > 0;
    let up = !exact
        && match rounding {
            Rounding::HalfEven => above_half || (tie && kept % 2 == 1),
            Rounding::HalfUp => above_half || tie,
            Rounding::HalfDown => above_half,
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::Floor => negative,
            Rounding::Ceiling => !negative,
        };
    kept + u128::from(up)
}
