//! Fixed-point numbers of 108 decimal places, for the functions that no finite count of operations
//! gives exactly. Everything is whole-number arithmetic, so every machine gives the same digits.

/// Every limb is below this: 18 digits.
const BASE: u64 = 1_000_000_000_000_000_000;
/// One limb before the point, six behind it.
const LIMBS: usize = 7;

/// A number that is not negative, below 10^18: limbs from the one before the point downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed([u64; LIMBS]);

/// The natural logarithm of ten.
pub(super) const LN_10: Fixed = Fixed([
    2,
    302_585_092_994_045_684,
    17_991_454_684_364_207,
    601_101_488_628_772_976,
    33_327_900_967_572_609,
    677_352_480_235_997_205,
    89_598_298_341_967_784,
]);

impl Fixed {
    pub(super) const ZERO: Fixed = Fixed([0; LIMBS]);

    pub(super) fn whole(number: u64) -> Fixed {
        let mut limbs = [0; LIMBS];
        limbs[0] = number % BASE;
        Fixed(limbs)
    }

    /// `numerator / denominator`, digit by digit; the denominator is above zero, and the quotient
    /// and ten times the denominator fit.
    pub(super) fn ratio(numerator: u128, denominator: u128) -> Fixed {
        let mut limbs = [0; LIMBS];
        limbs[0] = (numerator / denominator) as u64 % BASE;
        let mut remainder = numerator % denominator;
        for limb in &mut limbs[1..] {
            // Three digits at a time, because a remainder has up to 35 digits.
            for _ in 0..6 {
                remainder *= 1_000;
                *limb = *limb * 1_000 + (remainder / denominator) as u64;
                remainder %= denominator;
            }
        }
        Fixed(limbs)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|limb| *limb == 0)
    }

    /// What stands before the point.
    pub(super) fn floor(&self) -> u64 {
        self.0[0]
    }

    pub(super) fn plus(&self, other: &Fixed) -> Fixed {
        let mut limbs = [0; LIMBS];
        let mut carry = 0;
        for at in (0..LIMBS).rev() {
            let sum = self.0[at] + other.0[at] + carry;
            limbs[at] = sum % BASE;
            carry = sum / BASE;
        }
        Fixed(limbs)
    }

    /// The difference to a number that is not greater.
    pub(super) fn minus(&self, other: &Fixed) -> Fixed {
        let mut limbs = [0; LIMBS];
        let mut borrow = 0;
        for at in (0..LIMBS).rev() {
            let sum = BASE + self.0[at] - other.0[at] - borrow;
            limbs[at] = sum % BASE;
            borrow = 1 - sum / BASE;
        }
        Fixed(limbs)
    }

    /// The product without the digits behind the last limb.
    pub(super) fn times(&self, other: &Fixed) -> Fixed {
        let mut columns = [0_u128; 2 * LIMBS];
        for (left_at, left) in self.0.iter().enumerate() {
            for (right_at, right) in other.0.iter().enumerate() {
                // At most seven products below 10^36 and a carry meet in a column.
                columns[left_at + right_at + 1] += u128::from(*left) * u128::from(*right);
            }
        }
        for at in (1..columns.len()).rev() {
            columns[at - 1] += columns[at] / u128::from(BASE);
            columns[at] %= u128::from(BASE);
        }
        let mut limbs = [0; LIMBS];
        for (limb, column) in limbs.iter_mut().zip(&columns[1..]) {
            *limb = *column as u64;
        }
        Fixed(limbs)
    }

    pub(super) fn divided_by(&self, divisor: u64) -> Fixed {
        let mut limbs = [0; LIMBS];
        let mut remainder = 0_u128;
        for (limb, own) in limbs.iter_mut().zip(&self.0) {
            let dividend = remainder * u128::from(BASE) + u128::from(*own);
            *limb = (dividend / u128::from(divisor)) as u64;
            remainder = dividend % u128::from(divisor);
        }
        Fixed(limbs)
    }

    /// The first 38 significant digits as a whole number, how many decimal places they have, and
    /// whether anything follows them.
    pub(super) fn leading(&self) -> (u128, i32, bool) {
        let text: String = self.0.iter().map(|limb| format!("{limb:018}")).collect();
        let digits = text.trim_start_matches('0');
        let (kept, rest) = digits.split_at(digits.len().min(38));
        let places = 18 * (LIMBS as i32 - 1) - rest.len() as i32;
        let sticky = rest.bytes().any(|digit| digit != b'0');
        (kept.parse().unwrap_or(0), places, sticky)
    }
}
