//! Money in rupiah and quantity in unit 1. Decimals, never floating point; text in storage and JSON (design rule 5).
//!
//! Reckoning never panics: what would leave the bounds of a decimal stays at the bound, which no document may bear. Figures that come from
//! a service are far within them (`wire::figure`), so that no sum of them comes near.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Decimal);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(Decimal::ZERO);

            /// Whether it is exactly nothing.
            #[must_use]
            pub fn is_zero(self) -> bool {
                self.0.is_zero()
            }

            /// Whether it is below nothing.
            #[must_use]
            pub fn is_negative(self) -> bool {
                self.0 < Decimal::ZERO
            }

            /// Whether it is above nothing.
            #[must_use]
            pub fn is_positive(self) -> bool {
                self.0 > Decimal::ZERO
            }

            /// The shortest text of the same value: `17500`, `5.72`. The form that is stored, hashed and compared.
            #[must_use]
            pub fn text(self) -> String {
                self.0.normalize().to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text())
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.checked_add(other.0).unwrap_or(if self.is_negative() { Decimal::MIN } else { Decimal::MAX }))
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0.checked_sub(other.0).unwrap_or(if self.is_negative() { Decimal::MIN } else { Decimal::MAX }))
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self {
                Self(Decimal::from(value))
            }
        }

        impl From<Decimal> for $name {
            fn from(value: Decimal) -> Self {
                Self(value)
            }
        }
    )+};
}

amounts! {
    /// Rupiah.
    Money,
    /// A count in the item's first unit; may have decimals (5.72 kg) and may be below zero on a live tenant.
    Quantity,
}

/// How far two amounts of one thing may lie apart for the difference to be rounding: a hundredth, the smallest part of a rupiah that either
/// service rounds to (guess, this is its only place). It is carried and named, and is no reason to hold anything.
pub const ROUNDING: Money = Money(Decimal::from_parts(1, 0, 0, false, 2));

impl Money {
    /// Whether this difference is nothing but rounding.
    #[must_use]
    pub fn is_rounding(self) -> bool {
        self.size() <= ROUNDING
    }

    /// The same without its sign.
    #[must_use]
    pub fn size(self) -> Self {
        Self(self.0.abs())
    }

    /// Shares this amount by weights so that the shares add up to it exactly: each gets what its weight is worth rounded down, and what
    /// is left goes, unit by unit, to those that lost most (largest remainder; of equal ones the first). The unit is a rupiah, or the
    /// last decimal place that the amount itself has. Without any weight above zero all weigh the same. Shares are in the order of the
    /// weights; a weight below zero counts as none.
    #[must_use]
    pub fn apportion(self, weights: &[Decimal]) -> Vec<Self> {
        if weights.is_empty() {
            return Vec::new();
        }
        let own = self.0.normalize();
        let unit = Decimal::new(1, own.scale());
        // Weights whose sum a decimal could not hold are cut down; no real ones come near.
        let most = Decimal::MAX / Decimal::from(weights.len());
        let mut weights: Vec<Decimal> = weights.iter().map(|weight| (*weight).clamp(Decimal::ZERO, most)).collect();
        let mut sum: Decimal = weights.iter().sum();
        if sum.is_zero() {
            weights.fill(Decimal::ONE);
            sum = Decimal::from(weights.len());
        }
        // In whole units, without the sign: rounding down is then the same for what is taken as for what is given.
        let units = own.abs() / unit;
        let mut shares = Vec::with_capacity(weights.len());
        let mut lost = Vec::with_capacity(weights.len());
        for weight in &weights {
            let exact = units * (*weight / sum);
            shares.push(exact.floor());
            lost.push(exact - exact.floor());
        }
        let mut order: Vec<usize> = (0..weights.len()).filter(|&place| !weights[place].is_zero()).collect();
        order.sort_by(|&one, &other| lost[other].cmp(&lost[one]));
        let mut left = units - shares.iter().sum::<Decimal>();
        // A division that does not end can put all shares together one unit over or under what it should; it is put right the same way.
        for &place in order.iter().cycle() {
            if left.is_zero() {
                break;
            }
            let step = if left.is_sign_negative() { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
            if (shares[place] + step).is_sign_negative() {
                continue;
            }
            shares[place] += step;
            left -= step;
        }
        let sign = if own.is_sign_negative() { -unit } else { unit };
        shares.into_iter().map(|share| Self((share * sign).normalize())).collect()
    }
}

impl Quantity {
    /// The value of this many pieces at a unit price or unit cost.
    #[must_use]
    pub fn at(self, each: Money) -> Money {
        Money(product(self.0, each.0))
    }

    /// This many times so many: the parts of several bundles.
    #[must_use]
    pub fn times(self, each: Self) -> Self {
        Self(product(self.0, each.0))
    }
}

/// A product that stays at the bound where it would leave it.
fn product(one: Decimal, other: Decimal) -> Decimal {
    let bound = if one.is_sign_negative() == other.is_sign_negative() { Decimal::MAX } else { Decimal::MIN };
    one.checked_mul(other).unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(total: &str, weights: &[i64]) -> Vec<String> {
        let weights: Vec<Decimal> = weights.iter().copied().map(Decimal::from).collect();
        Money(total.parse().unwrap()).apportion(&weights).into_iter().map(Money::text).collect()
    }

    #[test]
    fn what_is_left_goes_to_those_that_lost_most() {
        // The reference's bundle: children worth 50,000 and 2 × 25,000, sold for 90,000.
        assert_eq!(shares("90000", &[50_000, 50_000]), ["45000", "45000"]);
        assert_eq!(shares("100", &[1, 1, 1]), ["34", "33", "33"]);
        assert_eq!(shares("10000", &[7000, 5000, 3000]), ["4667", "3333", "2000"]);
        assert_eq!(shares("-100", &[1, 1, 1]), ["-34", "-33", "-33"]);
        assert_eq!(shares("0.05", &[1, 1]), ["0.03", "0.02"]);
        assert_eq!(shares("10", &[0, 0]), ["5", "5"]);
        assert_eq!(shares("10", &[0, 3, -1]), ["0", "10", "0"]);
        assert_eq!(shares("0", &[1, 2]), ["0", "0"]);
        assert_eq!(shares("5", &[]), [""; 0]);
    }

    #[test]
    fn text_is_the_shortest_form_of_the_value() {
        let six_places: Decimal = "17500.000000".parse().unwrap();
        assert_eq!(Money(six_places).text(), "17500");
        assert_eq!(serde_json::to_string(&Quantity("5.720000".parse().unwrap())).unwrap(), "\"5.720000\"");
    }
}
