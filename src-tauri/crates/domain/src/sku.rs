//! What may be an item code in Accurate, and what a marketplace SKU looks like when it is in trouble.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
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

/// A code as it is looked for where none is equal byte for byte: without blanks at its ends and without regard to case. Only ever to find
/// a code again that somebody has written otherwise; what is sent is the code as its own side has it. [`Spelling`] says when it may be used.
#[must_use]
pub fn sku_key(code: &str) -> String {
    code.trim().to_lowercase()
}

/// Whether two codes differ in nothing but blanks at their ends.
#[must_use]
pub fn same_but_blanks(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

/// The SKUs of a catalogue as it writes them, to be found again however an order, a file or a person writes them.
#[derive(Debug, Clone, Default)]
pub struct Spelling<'a> {
    exact: HashSet<&'a str>,
    /// SKUs that were changed since; `None` where several were called so.
    earlier: HashMap<&'a str, Option<&'a str>>,
    /// By the code without blanks at its ends; `None` where several are written so.
    trimmed: HashMap<&'a str, Option<&'a str>>,
    /// By [`sku_key`]; `None` where several have it.
    folded: HashMap<String, Option<&'a str>>,
}

/// What a written SKU stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelled<'a> {
    /// This SKU of the catalogue.
    One(&'a str),
    /// Several come near, and none is equal.
    Several,
    /// Nothing is like it.
    Nothing,
}

impl<'a> Spelling<'a> {
    /// Of these SKUs. Empty ones are none.
    #[must_use]
    pub fn of(skus: impl IntoIterator<Item = &'a str>) -> Self {
        let mut spelling = Self::default();
        for sku in skus.into_iter().filter(|sku| !sku.trim().is_empty()) {
            if !spelling.exact.insert(sku) {
                continue;
            }
            let known = |known: &mut Option<&'a str>| *known = None;
            spelling.trimmed.entry(sku.trim()).and_modify(known).or_insert(Some(sku));
            spelling.folded.entry(sku_key(sku)).and_modify(known).or_insert(Some(sku));
        }
        spelling
    }

    /// Lets a SKU be found by one that it had before, as long as no other one is called so now.
    pub fn remember(&mut self, earlier: &'a str, sku: &'a str) {
        let forget = |known: &mut Option<&'a str>| *known = known.filter(|&known| known == sku);
        self.earlier.entry(earlier).and_modify(forget).or_insert(Some(sku));
    }

    /// The SKU that is meant: the equal one, else the one that was called so, else the only one that differs by blanks at its ends, else the only one that differs by
    /// blanks and case.
    #[must_use]
    pub fn find(&self, written: &str) -> Spelled<'a> {
        if let Some(&sku) = self.exact.get(written) {
            return Spelled::One(sku);
        }
        let earlier = self.earlier.get(written);
        let near = earlier.or_else(|| self.trimmed.get(written.trim())).or_else(|| self.folded.get(&sku_key(written)));
        match near {
            Some(Some(sku)) => Spelled::One(sku),
            Some(None) => Spelled::Several,
            None => Spelled::Nothing,
        }
    }

    /// The SKU as the catalogue writes it; as it is written here where none, or more than one, is meant.
    #[must_use]
    pub fn spelled<'b>(&'b self, written: &'b str) -> &'b str {
        match self.find(written) {
            Spelled::One(sku) => sku,
            Spelled::Several | Spelled::Nothing => written,
        }
    }
}

/// Times a name is folded again when the last folding has made something new of it, `&amp;amp;` for example.
const FOLDINGS: usize = 16;

/// A name as it is compared: what stands for a letter in HTML is that letter, letters of any width are one, what nobody sees is gone,
/// quotes, dashes and spaces of all kinds are one of their kind, without case. Folding twice is folding once. Names are shown as they are,
/// compared like this; codes never are.
#[must_use]
pub fn folded_name(name: &str) -> String {
    // Most names need nothing of it, and a catalogue has a hundred thousand.
    let plain = |byte: u8| (byte.is_ascii_graphic() || byte == b' ') && !matches!(byte, b'&' | b'`');
    if name.bytes().all(plain) {
        return single_spaces(&name.to_ascii_lowercase());
    }
    let mut folded = name.to_owned();
    for _ in 0..FOLDINGS {
        let next = folded_once(&folded);
        if next == folded {
            break;
        }
        folded = next;
    }
    folded
}

fn single_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn folded_once(name: &str) -> String {
    let seen = |text: &str| -> String { text.chars().filter(|&c| !is_unseen(c)).map(one_of_its_kind).collect() };
    // Kinds before the composition, which makes two strokes of `″`, and after it, as it has its own dashes.
    let composed: String = unescaped(&seen(name)).chars().map(one_of_its_kind).nfkc().collect();
    // Upper case first: so `ß` and `SS`, and both letters sigma, are one.
    let cased: String = seen(&composed).chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    single_spaces(&cased)
}

/// Code points that are shown as nothing: Unicode's default-ignorable ones, and control characters that are no blanks.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    ) || (character.is_control() && !character.is_whitespace())
}

/// The plain quote or dash that a character is a form of; itself for any other.
fn one_of_its_kind(character: char) -> char {
    match character {
        '`'
        | '\u{b4}'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{2c8}'
        | '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{2039}'
        | '\u{203a}' => '\'',
        '\u{ab}'
        | '\u{bb}'
        | '\u{2ba}'
        | '\u{201c}'..='\u{201f}'
        | '\u{2033}'
        | '\u{2036}'
        | '\u{301d}'..='\u{301f}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        other => other,
    }
}

/// Names of HTML for the code points U+00A0 to U+00FF, in their order.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm",
    "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
    "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
    "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Other names of HTML that names of goods are met with.
const OTHER: [(&str, char); 27] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '-'),
    ("mdash", '-'),
    ("minus", '-'),
    ("lsquo", '\''),
    ("rsquo", '\''),
    ("sbquo", '\''),
    ("lsaquo", '\''),
    ("rsaquo", '\''),
    ("ldquo", '"'),
    ("rdquo", '"'),
    ("bdquo", '"'),
    ("bull", '\u{2022}'),
    ("hellip", '\u{2026}'),
    ("trade", '\u{2122}'),
    ("euro", '\u{20ac}'),
];

/// What `&name;`, `&#39;` and `&#x27;` stand for is put in their place; what looks so and stands for nothing stays.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        let (mut character, mut after) = ('&', &rest[at + 1..]);
        // `&amp;lt;` is `&lt;`, which is `<`.
        while let Some((next, left)) = (character == '&').then(|| entity(after)).flatten() {
            (character, after) = (next, left);
        }
        plain.push(character);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// The character that the text after an `&` begins with, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, rest) = text.split_once(';')?;
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
        None => named(name).or_else(|| named(&name.to_ascii_lowercase()))?,
    };
    Some((character, rest))
}

fn named(name: &str) -> Option<char> {
    let latin = || (0xA0_u32..).zip(LATIN).find(|(_, known)| *known == name).and_then(|(code, _)| char::from_u32(code));
    OTHER.iter().find(|(known, _)| *known == name).map(|(_, character)| *character).or_else(latin)
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

    #[rstest::rstest]
    #[case::zero_width_space("Kopi\u{200b} Gayo\u{200b}", "Kopi Gayo")]
    #[case::soft_hyphen("Ko\u{ad}pi Gayo", "Kopi Gayo")]
    #[case::byte_order_mark("\u{feff}Kopi Gayo", "Kopi Gayo")]
    #[case::joiners_and_directions("\u{200e}Kopi\u{200d} Gayo\u{202c}", "Kopi Gayo")]
    #[case::ampersand("Kopi &amp; Teh", "Kopi & Teh")]
    #[case::ampersand_twice("Kopi &amp;amp; Teh", "Kopi & Teh")]
    #[case::ampersand_in_capitals("KOPI &AMP; TEH", "kopi & teh")]
    #[case::numbers("Kaos &#39;Anak&#x27; 10&#8243;", "Kaos 'Anak' 10\"")]
    #[case::named("Caf&eacute;&nbsp;&ndash;&nbsp;&quot;Baru&quot;", "Café - \"Baru\"")]
    #[case::curly_quotes("“Si Kecil’s” topi", "\"si kecil's\" topi")]
    #[case::other_quotes("«Topi» d`Or d´Or 10″", "\"Topi\" d'Or d'Or 10\"")]
    #[case::dashes("Kaos – Polos — 30s − S", "Kaos - Polos - 30s - S")]
    #[case::full_width("ＫＯＰＩ　Ｇａｙｏ　５００ｇ", "kopi gayo 500g")]
    #[case::half_width("ｶﾞﾝﾀﾞﾑ", "ガンダム")]
    #[case::ligature("Cof\u{fb01}lter", "Coffilter")]
    #[case::decomposed("Cafe\u{301}", "CAFÉ")]
    #[case::blanks("\tKopi\u{2003}\u{a0}Gayo \r\n", "Kopi Gayo")]
    #[case::sharp_s("STRASSE", "straße")]
    fn names_that_look_alike_are_equal(#[case] one: &str, #[case] other: &str) {
        assert_eq!(folded_name(one), folded_name(other));
    }

    #[rstest::rstest]
    #[case("Kopi Gayo", "Kopi Toraja")]
    #[case("Kopi & Teh", "Kopi Teh")]
    #[case("Kopi &ampere; Teh", "Kopi & Teh")]
    #[case("Kaos S", "Kaos-S")]
    #[case("Topi 10\"", "Topi 10'")]
    fn names_that_say_something_else_are_not_equal(#[case] one: &str, #[case] other: &str) {
        assert_ne!(folded_name(one), folded_name(other));
    }

    #[test]
    fn a_sku_is_found_however_it_is_written_and_only_where_one_is_meant() {
        let spelling = Spelling::of(["KOPI-1 ", "TEH-1", "TEH-1 ", "gula", "GULA", "\u{a0}KAOS", "Topi", ""]);
        for (written, found) in [
            ("KOPI-1 ", Spelled::One("KOPI-1 ")),
            ("KOPI-1", Spelled::One("KOPI-1 ")),
            (" kopi-1\t", Spelled::One("KOPI-1 ")),
            // Two that differ by a blank are two: the equal one is meant, or none can be told.
            ("TEH-1", Spelled::One("TEH-1")),
            ("TEH-1 ", Spelled::One("TEH-1 ")),
            ("TEH-1\t", Spelled::Several),
            ("GULA", Spelled::One("GULA")),
            ("Gula", Spelled::Several),
            ("gula ", Spelled::One("gula")),
            ("KAOS", Spelled::One("\u{a0}KAOS")),
            ("TOPI", Spelled::One("Topi")),
            ("TO PI", Spelled::Nothing),
            // What nobody sees is a letter of a code.
            ("Topi\u{200b}", Spelled::Nothing),
            (" ", Spelled::Nothing),
        ] {
            assert_eq!(spelling.find(written), found, "{written:?}");
        }
        let mut spelling = spelling;
        spelling.remember("LAMA", "Topi");
        spelling.remember("GULA", "Topi");
        assert_eq!((spelling.find("LAMA"), spelling.find("GULA")), (Spelled::One("Topi"), Spelled::One("GULA")));
        spelling.remember("LAMA", "gula");
        assert_eq!(spelling.find("LAMA"), Spelled::Several);
        assert_eq!(spelling.spelled("kopi-1"), "KOPI-1 ");
        assert_eq!(spelling.spelled("TEH-1\t"), "TEH-1\t");
    }

    proptest::proptest! {
        #[test]
        fn a_name_folded_twice_is_the_name_folded_once(
            any in ".{0,40}",
            tricky in proptest::collection::vec(
                proptest::sample::select(vec![
                    "&", "amp;", "&amp;", "#38;", "&#97;", "mp;", ";", "\u{200b}", "\u{ad}", "″", "´", "–", "ß", "İ", "ŉ", "Σ", "ς", "ﬁ",
                    "ＡＭＰ", "＆", "；", " ", "\u{3000}", "\u{301}", "a", "K", "&lt;", "&Eacute;", "&quot;", "\u{feff}", "\u{0}", "\t", "㎏", "`",
                ]),
                0..24,
            ),
        ) {
            for name in [any, tricky.concat()] {
                let folded = folded_name(&name);
                proptest::prop_assert_eq!(folded_name(&folded), folded);
            }
        }

        #[test]
        fn what_nobody_sees_changes_no_name(name in "[a-zA-Z0-9 &'\"-]{0,20}", place in 0_usize..20, unseen in proptest::sample::select(
            vec!['\u{200b}', '\u{ad}', '\u{feff}', '\u{2060}', '\u{200d}', '\u{fe0f}'],
        )) {
            let mut spoilt = name.clone();
            spoilt.insert(place.min(name.len()), unseen);
            proptest::prop_assert_eq!(folded_name(&spoilt), folded_name(&name));
        }

        #[test]
        fn any_text_gives_a_valid_suggestion_or_none(text in ".*") {
            if let Some(code) = suggest_code(&text) {
                proptest::prop_assert_eq!(check_code(&code), Ok(()));
            }
        }
    }
}
