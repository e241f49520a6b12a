//! Money in rupiah and quantity in unit 1. Decimals, never floating point; text in storage and JSON (design rule 5).

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
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
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

impl Quantity {
    /// The value of this many pieces at a unit price or unit cost.
    #[must_use]
    pub fn at(self, each: Money) -> Money {
        Money(self.0 * each.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_shortest_form_of_the_value() {
        let six_places: Decimal = "17500.000000".parse().unwrap();
        assert_eq!(Money(six_places).text(), "17500");
        assert_eq!(serde_json::to_string(&Quantity("5.720000".parse().unwrap())).unwrap(), "\"5.720000\"");
    }
}
