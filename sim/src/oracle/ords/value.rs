//! Values of a column as the database holds them, and their order. Knows neither tables nor JSON bodies.

use std::cmp::Ordering;
use std::fmt;

use compact_str::CompactString;

use crate::Moment;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(Decimal),
    Text(CompactString),
    Instant(Moment),
    /// Also the empty string: Oracle does not tell them apart.
    Null,
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.into()) }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// How SQL compares: no answer where either side is null. Text compares by its bytes.
    pub(crate) fn against(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::Instant(a), Self::Instant(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Instant(_) => 2,
            Self::Null => 3,
        }
    }
}

/// How SQL sorts upwards: nulls last.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.against(other).unwrap_or_else(|| self.rank().cmp(&other.rank()))
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Instant(at) => instant(*at).fmt(f),
            Self::Null => Ok(()),
        }
    }
}

/// UTC with `Z`; milliseconds only where there are any (facts/oci-api-gateway.md §12).
fn instant(at: Moment) -> impl fmt::Display {
    let stamp = at.timestamp();
    if at.0 % 1000 == 0 { format!("{stamp:.0}") } else { format!("{stamp:.3}") }
}

/// A number of up to eighteen digits, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Without zeros at its end as long as `scale` is above zero.
    mantissa: i64,
    /// Digits after the point.
    scale: u8,
}

const DIGITS_MAX: u32 = 18;

impl Decimal {
    pub(crate) fn whole(number: i64) -> Self {
        Self { mantissa: number, scale: 0 }
    }

    /// Reads digits with an optional sign, point and exponent. `None` if it is no number, or has more
    /// digits than can be held.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let fraction_digits = i32::try_from(fraction.len()).ok()?;
        let significant = digits.trim_start_matches('0');
        let trimmed = significant.trim_end_matches('0');
        let mantissa = if trimmed.is_empty() { 0 } else { trimmed.parse::<i64>().ok()? };
        let dropped = i32::try_from(significant.len() - trimmed.len()).ok()?;
        let scale = fraction_digits.checked_sub(exponent)?.checked_sub(dropped)?;
        let mantissa = if number.starts_with('-') { -mantissa } else { mantissa };
        Self::scaled(mantissa, scale)
    }

    /// `mantissa` over ten to the `scale`, if that can be held.
    fn scaled(mantissa: i64, scale: i32) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self::whole(0));
        }
        if scale >= 0 {
            return (scale <= DIGITS_MAX as i32).then_some(Self { mantissa, scale: scale as u8 });
        }
        let power = 10_i64.checked_pow(scale.unsigned_abs())?;
        mantissa.checked_mul(power).map(Self::whole)
    }

    /// Rounds half away from zero, as a NUMBER column does with digits beyond its scale.
    pub(crate) fn round(self, scale: u8) -> Self {
        if self.scale <= scale {
            return self;
        }
        let power = 10_i64.pow(u32::from(self.scale - scale));
        let (quotient, rest) = (self.mantissa / power, self.mantissa % power);
        let up = i64::from(rest.unsigned_abs() >= power.unsigned_abs() / 2 + power.unsigned_abs() % 2);
        let mut mantissa = quotient + up * self.mantissa.signum();
        let mut scale = scale;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Self { mantissa, scale }
    }

    /// Whether it fits a NUMBER(precision, scale) column, once rounded to the scale.
    pub(crate) fn fits(self, precision: u8, scale: u8) -> bool {
        let whole = i128::from(self.mantissa.unsigned_abs()) / 10_i128.pow(u32::from(self.scale));
        whole < 10_i128.pow(u32::from(precision.saturating_sub(scale)))
    }

    /// The whole number it is, if it is one.
    pub(crate) fn as_whole(self) -> Option<i64> {
        (self.scale == 0).then_some(self.mantissa)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let lift = |n: &Self, scale: u8| i128::from(n.mantissa) * 10_i128.pow(u32::from(scale - n.scale));
        let scale = self.scale.max(other.scale);
        lift(self, scale).cmp(&lift(other, scale))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return self.mantissa.fmt(f);
        }
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = usize::from(self.scale) + 1);
        let (whole, fraction) = digits.split_at(digits.len() - usize::from(self.scale));
        write!(f, "{sign}{whole}.{fraction}")
    }
}
