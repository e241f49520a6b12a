//! What may be an item code in Accurate, and what a marketplace SKU looks like when it is in trouble.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Longest item number that Accurate takes (accurate-online-api.md §8, seen).
pub const ITEM_NO_MAX: usize = 30;

/// Why a text cannot be an item number in Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum CodeProblem {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`ITEM_NO_MAX`].
    TooLong {
        /// Its length in characters.
        length: usize,
    },
    /// It holds characters that Accurate refuses.
    Characters {
        /// The refused characters, each once, in order.
        characters: String,
    },
}

/// Characters of an item number: `a-z A-Z 0-9 # * ( ) - . _ /` (forstok-accounting-flow.md §2 row 11, doc).
#[must_use]
pub fn is_code_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "#*()-._/".contains(character)
}

/// Checks a text against Accurate's rules for an item number.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_code(code: &str) -> Result<(), CodeProblem> {
    if code.trim().is_empty() {
        return Err(CodeProblem::Empty);
    }
    let mut refused = String::new();
    for character in code.chars().filter(|&c| !is_code_character(c)) {
        if !refused.contains(character) {
            refused.push(character);
        }
    }
    if !refused.is_empty() {
        return Err(CodeProblem::Characters { characters: refused });
    }
    let length = code.chars().count();
    if length > ITEM_NO_MAX {
        return Err(CodeProblem::TooLong { length });
    }
    Ok(())
}

/// A code that Accurate would take, made from one that it refuses: refused characters become a dash, runs of dashes one, cut at
/// [`ITEM_NO_MAX`]. `None` when nothing usable is left. Only ever a suggestion.
#[must_use]
pub fn suggest_code(code: &str) -> Option<String> {
    let mut made = String::new();
    for character in code.trim().chars() {
        let character = if is_code_character(character) { character } else { '-' };
        if !(character == '-' && made.ends_with('-')) {
            made.push(character);
        }
    }
    let made: String = made.chars().take(ITEM_NO_MAX).collect();
    let made = made.trim_matches('-').to_owned();
    check_code(&made).ok().map(|()| made)
}

/// Whether Forstok itself has changed a doubled SKU by a random suffix in brackets, `merah123(x123abc)` (forstok-api.md §9.1, doc;
/// the pattern is §9.3, guess).
#[must_use]
pub fn has_duplicate_suffix(code: &str) -> bool {
    let Some(body) = code.strip_suffix(')') else { return false };
    let Some((head, suffix)) = body.rsplit_once('(') else { return false };
    !head.is_empty() && suffix.len() >= 5 && suffix.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
}

/// A name as it is compared: compatibility-composed, lower case, single spaces. Names are shown as they are, compared like this.
#[must_use]
pub fn folded_name(name: &str) -> String {
    let composed: String = name.nfkc().collect();
    composed.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_rules_of_accurate() {
        assert_eq!(check_code("KOPI-GAYO-500"), Ok(()));
        assert_eq!(check_code("a/b_c.d#e*(f)"), Ok(()));
        assert_eq!(check_code("  "), Err(CodeProblem::Empty));
        assert_eq!(check_code("A&B C&"), Err(CodeProblem::Characters { characters: "& ".into() }));
        assert_eq!(check_code(&"X".repeat(31)), Err(CodeProblem::TooLong { length: 31 }));
        assert_eq!(check_code(&"X".repeat(30)), Ok(()));
    }

    #[test]
    fn a_suggested_code_is_always_one_that_accurate_takes() {
        assert_eq!(suggest_code("Kaos & Topi %"), Some("Kaos-Topi".into()));
        assert_eq!(suggest_code("???"), None);
        assert_eq!(suggest_code(&"AB-".repeat(20)).map(|code| code.len()), Some(29));
    }

    #[test]
    fn the_suffix_of_a_doubled_sku_is_seen() {
        assert!(has_duplicate_suffix("merah123(x123abc)"));
        assert!(!has_duplicate_suffix("merah123(XL)"));
        assert!(!has_duplicate_suffix("(x123abc)"));
    }

    #[test]
    fn names_are_compared_without_case_and_spacing() {
        assert_eq!(folded_name("  Kopi  GAYO\u{a0}500 g"), folded_name("kopi gayo 500 g"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_valid_suggestion_or_none(text in ".*") {
            if let Some(code) = suggest_code(&text) {
                proptest::prop_assert_eq!(check_code(&code), Ok(()));
            }
        }
    }
}
