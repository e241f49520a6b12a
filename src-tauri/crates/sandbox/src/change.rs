//! Texts and figures that a service stores otherwise than they were sent, and says nothing about it.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::fault::Fault;

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only so many characters are kept.
    Cut(usize),
    /// No blank at its ends, and no two in a row.
    Trim,
    /// Capital letters.
    Fold,
    /// A figure without its decimals.
    Round,
}

impl Change {
    pub(crate) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "trim" => Self::Trim,
            "fold" => Self::Fold,
            "round" => Self::Round,
            count => Self::Cut(count.parse().ok()?),
        })
    }

    fn of(self, text: &str) -> String {
        match self {
            Self::Cut(most) => text.chars().take(most).collect(),
            Self::Trim => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Fold => text.to_uppercase(),
            Self::Round => text.parse().map_or_else(|_| text.to_owned(), |figure: Decimal| figure.round().to_string()),
        }
    }
}

/// Changes every field that a fault names, at any depth of what was sent.
pub(crate) fn in_silence(sent: &mut Value, faults: &[Fault]) {
    for fault in faults {
        if let Fault::CutText { field, change } = fault {
            walk(sent, field, *change);
        }
    }
}

fn walk(sent: &mut Value, wanted: &str, change: Change) {
    match sent {
        Value::Array(rows) => rows.iter_mut().for_each(|row| walk(row, wanted, change)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == wanted => *text = change.of(text),
                    Value::Number(number) if name == wanted && change == Change::Round => {
                        if let Ok(rounded) = change.of(&number.to_string()).parse() {
                            *number = rounded;
                        }
                    }
                    other => walk(other, wanted, change),
                }
            }
        }
        _ => {}
    }
}
