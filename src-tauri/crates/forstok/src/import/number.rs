//! Numbers as people write them: `1.234,50` in Indonesian, `1,234.50` in English. What could be either is not guessed.

use rust_decimal::Decimal;
use selaras_domain::wire::within_bounds;

/// Which mark groups the thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `1.234,50`
    DotGroups,
    /// `1,234.50`
    CommaGroups,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: empty or a dash.
    Nothing,
    /// One number, and the style that it shows, when it shows one.
    Sure(Decimal, Option<Style>),
    /// A single mark with three digits behind it.
    Unsure {
        /// With dots for groups.
        dot_groups: Decimal,
        /// With commas for groups.
        comma_groups: Decimal,
    },
    /// No number.
    NoNumber,
}

/// Reads a text. What is beyond any figure is no number.
pub fn read(text: &str) -> Reading {
    match read_any(text) {
        Reading::Sure(number, _) if !within_bounds(number) => Reading::NoNumber,
        Reading::Unsure { dot_groups, .. } if !within_bounds(dot_groups) => Reading::NoNumber,
        Reading::Unsure { comma_groups, .. } if !within_bounds(comma_groups) => Reading::NoNumber,
        reading => reading,
    }
}

fn read_any(text: &str) -> Reading {
    let mut body: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let lower = body.to_lowercase();
    let rupiah = ["rp.", "rp", "idr"].iter().find(|mark| lower.starts_with(**mark));
    if let Some(mark) = rupiah {
        // The marks are ASCII, so their length is the same in both.
        body = body.split_off(mark.len());
    }
    // `10.000,-` and `10.000,00-` are ways of writing whole rupiah.
    let body = body.strip_suffix(",-").or_else(|| body.strip_suffix(".-")).unwrap_or(&body);
    let (negative, body) = match body.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => match body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(rest) => (true, rest),
            None => (false, body.strip_prefix('+').unwrap_or(body)),
        },
    };
    if body.is_empty() {
        return if text.chars().any(|c| c.is_ascii_digit()) { Reading::NoNumber } else { Reading::Nothing };
    }
    let sign = |number: Decimal| if negative { -number } else { number };
    match unsigned(body) {
        // An amount in rupiah has no thousandths: three digits behind a mark are a group.
        Some(Shape::Unsure { .. }) if rupiah.is_some() => match grouped(body) {
            Some(number) => Reading::Sure(sign(number), None),
            None => Reading::NoNumber,
        },
        Some(Shape::Sure(number, style)) => Reading::Sure(sign(number), style),
        Some(Shape::Unsure { dot_groups, comma_groups }) => {
            Reading::Unsure { dot_groups: sign(dot_groups), comma_groups: sign(comma_groups) }
        }
        None => Reading::NoNumber,
    }
}

enum Shape {
    Sure(Decimal, Option<Style>),
    Unsure { dot_groups: Decimal, comma_groups: Decimal },
}

fn unsigned(body: &str) -> Option<Shape> {
    let sound = body.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
    if !sound || !body.starts_with(|c: char| c.is_ascii_digit()) || !body.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (dots, commas) = (body.matches('.').count(), body.matches(',').count());
    match (dots, commas) {
        (0, 0) => Some(Shape::Sure(body.parse().ok()?, None)),
        // Both: the last mark is the decimal one, and there is one of it.
        (_, 1) if dots > 0 && body.rfind(',') > body.rfind('.') => both(body, '.', ',', Style::DotGroups),
        (1, _) if commas > 0 && body.rfind('.') > body.rfind(',') => both(body, ',', '.', Style::CommaGroups),
        (1, 0) => single(body, '.', Style::CommaGroups),
        (0, 1) => single(body, ',', Style::DotGroups),
        // Several of one mark: groups.
        (_, 0) => in_groups(body, '.').then(|| grouped(body))?.map(|n| Shape::Sure(n, Some(Style::DotGroups))),
        (0, _) => in_groups(body, ',').then(|| grouped(body))?.map(|n| Shape::Sure(n, Some(Style::CommaGroups))),
        _ => None,
    }
}

fn both(body: &str, group: char, decimal: char, style: Style) -> Option<Shape> {
    let (whole, fraction) = body.rsplit_once(decimal)?;
    let whole = in_groups(whole, group).then(|| whole.replace(group, ""))?;
    Some(Shape::Sure(format!("{whole}.{fraction}").parse().ok()?, Some(style)))
}

/// One mark only. `as_decimal` is the style in which it is the decimal mark.
fn single(body: &str, mark: char, as_decimal: Style) -> Option<Shape> {
    let (whole, fraction) = body.split_once(mark)?;
    let number: Decimal = format!("{whole}.{fraction}").parse().ok()?;
    let could_be_group = fraction.len() == 3 && in_groups(body, mark);
    if !could_be_group {
        return Some(Shape::Sure(number, Some(as_decimal)));
    }
    let group = grouped(body)?;
    Some(match as_decimal {
        Style::CommaGroups => Shape::Unsure { dot_groups: group, comma_groups: number },
        Style::DotGroups => Shape::Unsure { dot_groups: number, comma_groups: group },
    })
}

/// Whether the marks stand where thousands end: one to three digits, no zero in front, then threes.
fn in_groups(whole: &str, mark: char) -> bool {
    let mut parts = whole.split(mark);
    let first = parts.next().unwrap_or_default();
    (1..=3).contains(&first.len()) && !first.starts_with('0') && parts.all(|part| part.len() == 3)
}

fn grouped(body: &str) -> Option<Decimal> {
    body.replace(['.', ','], "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure(text: &str) -> String {
        match read(text) {
            Reading::Sure(number, _) => number.normalize().to_string(),
            other => format!("{other:?}"),
        }
    }

    #[rstest::rstest]
    #[case("12", "12")]
    #[case("1.234,50", "1234.5")]
    #[case("1,234.50", "1234.5")]
    #[case("1.234.567", "1234567")]
    #[case("1,234,567", "1234567")]
    #[case("1.234.567,25", "1234567.25")]
    #[case("12,5", "12.5")]
    #[case("12.50", "12.5")]
    #[case("0.125", "0.125")]
    #[case("1234,567", "1234.567")]
    #[case("Rp 150.000", "150000")]
    #[case("Rp150.000,-", "150000")]
    #[case("IDR 1,234.50", "1234.5")]
    #[case("-7", "-7")]
    #[case("(1.234,50)", "-1234.5")]
    #[case("\u{a0}8 000 ", "8000")]
    fn a_number_with_one_meaning_is_read(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(sure(text), expected);
    }

    #[rstest::rstest]
    #[case("1.234", "1234", "1.234")]
    #[case("150,000", "150", "150000")]
    #[case("-2.500", "-2500", "-2.5")]
    fn a_number_with_two_meanings_is_not_guessed(#[case] text: &str, #[case] dots: &str, #[case] commas: &str) {
        let Reading::Unsure { dot_groups, comma_groups } = read(text) else { unreachable!("{:?}", read(text)) };
        assert_eq!(
            (dot_groups.normalize().to_string(), comma_groups.normalize().to_string()),
            (dots.into(), commas.into())
        );
    }

    #[rstest::rstest]
    #[case("abc")]
    #[case("12 pcs")]
    #[case("1.2.3")]
    #[case("1,23,4")]
    #[case("1.234,567,8")]
    #[case("1,2.3,4")]
    #[case(".5")]
    #[case("5.")]
    #[case("1e5")]
    #[case("99999999999999999999999999999999999")]
    fn what_is_no_number_is_none(#[case] text: &str) {
        assert_eq!(read(text), Reading::NoNumber);
    }

    #[test]
    fn empty_and_dash_are_nothing() {
        for text in ["", "  ", "-", "Rp", "Rp -"] {
            assert_eq!(read(text), Reading::Nothing, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".*", figures in "[-+(Rp ]{0,3}[0-9.,]{0,40}[-)]{0,2}") {
            let _ = (read(&text), read(&figures));
        }

        #[test]
        fn every_amount_is_read_back_from_its_indonesian_form(rupiah in 0_i64..10_000_000_000, cents in 0_i64..100) {
            let mut whole = rupiah.to_string();
            let mut at = whole.len();
            while at > 3 { at -= 3; whole.insert(at, '.'); }
            let text = format!("{whole},{cents:02}");
            let expected = Decimal::new(rupiah * 100 + cents, 2);
            proptest::prop_assert!(matches!(read(&text), Reading::Sure(number, _) if number == expected), "{}", text);
        }
    }
}
