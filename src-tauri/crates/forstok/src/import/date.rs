//! Moments as people and services write them: `2026-03-05`, `05/03/2026 10.11`, `5 Mei 2026, 10:11 WIB`, `20260305`.
//!
//! Whether the day or the month leads in `05/03/2026`, a single text does not say: its column does (see
//! [`super::column::Column::moments`]). Years have four digits, since `05/03/26` can be read in three ways.

use crate::orders::wib;
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Which part of `05/03/2026` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayOrder {
    /// `31/12/2026`, as in Indonesia.
    DayFirst,
    /// `12/31/2026`.
    MonthFirst,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: empty or a dash.
    Nothing,
    /// One moment in WIB, and the order that it proves, when it proves one.
    Sure(DateTime, Option<DayOrder>),
    /// Two numbers that could each be the day.
    Unsure {
        /// With the day in front.
        day_first: DateTime,
        /// With the month in front.
        month_first: DateTime,
    },
    /// No moment.
    NoDate,
}

/// The months in Indonesian and English; the first three letters and more of each stand for it.
const MONTHS: [&[&str]; 12] = [
    &["januari", "january"],
    &["februari", "february", "pebruari"],
    &["maret", "march"],
    &["april"],
    &["mei", "may"],
    &["juni", "june"],
    &["juli", "july"],
    &["agustus", "august", "agt", "ags"],
    &["september", "sept"],
    &["oktober", "october"],
    &["november", "nopember"],
    &["desember", "december"],
];

/// Years that a file of a shop can be about. Any other is a number that was read wrongly.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// Reads a text. A moment with an offset or the name of an Indonesian zone is told in WIB; one without is WIB.
pub fn read(text: &str) -> Reading {
    let text = text.trim();
    if text.is_empty() || text == "-" {
        return Reading::Nothing;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Reading::Sure(wib().to_datetime(moment), None);
    }
    written(text).unwrap_or(Reading::NoDate)
}

fn written(text: &str) -> Option<Reading> {
    let (mut dates, mut time, mut hours_ahead) = (Vec::new(), None, 0);
    for word in text.split([' ', ',', '\u{a0}']).flat_map(date_and_time).filter(|word| !word.is_empty()) {
        match word.to_ascii_uppercase().as_str() {
            // Indonesia's other zones are one and two hours ahead.
            "WIB" if time.is_some() => {}
            "WITA" if time.is_some() => hours_ahead = 1,
            "WIT" if time.is_some() => hours_ahead = 2,
            half @ ("AM" | "PM") => time = Some(of_half_day(time?, half == "PM")?),
            _ if word.contains(':') || !dates.is_empty() && is_dotted_time(word) => {
                if time.replace(clock_time(word)?).is_some() {
                    return None;
                }
            }
            _ => dates.push(word),
        }
    }
    let shift = |at: DateTime| at.checked_sub(hours_ahead.hours()).ok();
    Some(match dated(&dates, time.unwrap_or_default())? {
        Reading::Sure(at, order) => Reading::Sure(shift(at)?, order),
        Reading::Unsure { day_first, month_first } => {
            Reading::Unsure { day_first: shift(day_first)?, month_first: shift(month_first)? }
        }
        other => other,
    })
}

/// `2026-03-05T10:11` of an ISO moment as its two words.
fn date_and_time(word: &str) -> Vec<&str> {
    match word.split_once('T') {
        Some((day, time)) if day.ends_with(|c: char| c.is_ascii_digit()) && time.contains(':') => vec![day, time],
        _ => vec![word],
    }
}

/// `10.11` or `10.11.12`, as Indonesian spreadsheets write the time.
fn is_dotted_time(word: &str) -> bool {
    let mut parts = word.split('.');
    let two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(|hour| two(hour) || hour.len() == 1 && two(&format!("0{hour}")))
        && (1..=2).contains(&parts.clone().count())
        && parts.all(two)
}

/// Hours and minutes, seconds where they are told; fractions of a second are left out.
fn clock_time(word: &str) -> Option<Time> {
    let mark = if word.contains(':') { ':' } else { '.' };
    let mut parts = word.split(mark);
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("0");
    let second = second.split('.').next().unwrap_or(second);
    if parts.next().is_some() {
        return None;
    }
    Time::new(digits(hour)?, digits(minute)?, digits(second)?, 0).ok()
}

fn of_half_day(time: Time, afternoon: bool) -> Option<Time> {
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (12, true) => 12,
        (hour @ 1..=11, true) => hour + 12,
        (hour @ 1..=11, false) => hour,
        _ => return None,
    };
    Time::new(hour, time.minute(), time.second(), 0).ok()
}

/// At most two digits and nothing else, as parts of days and times are.
fn digits(text: &str) -> Option<i8> {
    let sound = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok())?
}

fn year_of(text: &str) -> Option<i16> {
    let sound = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok())?.filter(|year| YEARS.contains(year))
}

/// The three parts of a day: three words, or one word with one mark between its parts, or eight digits.
fn parts<'a>(words: &[&'a str]) -> Option<[&'a str; 3]> {
    match words {
        [word] if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some([&word[..4], &word[4..6], &word[6..]])
        }
        [word] => {
            let mark = word.chars().find(|mark| ['/', '-', '.'].contains(mark))?;
            let parts: Vec<&str> = word.split(mark).collect();
            parts.try_into().ok()
        }
        words => <[&str; 3]>::try_from(words).ok(),
    }
}

fn dated(words: &[&str], time: Time) -> Option<Reading> {
    let [first, second, third] = parts(words)?;
    let day = |year: i16, month: i8, day: i8| Date::new(year, month, day).ok().map(|date| date.to_datetime(time));
    if let Some(year) = year_of(first) {
        let month = month_named(second).or_else(|| digits(second))?;
        return Some(Reading::Sure(day(year, month, digits(third)?)?, None));
    }
    let year = year_of(third)?;
    for (month, number) in [(second, first), (first, second)] {
        if let Some(month) = month_named(month) {
            return Some(Reading::Sure(day(year, month, digits(number)?)?, None));
        }
    }
    let (first, second) = (digits(first)?, digits(second)?);
    match (day(year, second, first), day(year, first, second)) {
        (Some(day_first), Some(month_first)) if day_first == month_first => Some(Reading::Sure(day_first, None)),
        (Some(day_first), Some(month_first)) => Some(Reading::Unsure { day_first, month_first }),
        (Some(only), None) => Some(Reading::Sure(only, Some(DayOrder::DayFirst))),
        (None, Some(only)) => Some(Reading::Sure(only, Some(DayOrder::MonthFirst))),
        (None, None) => None,
    }
}

fn month_named(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.').to_lowercase();
    let stands_for = |name: &&str| word.len() >= 3 && name.starts_with(&word);
    let at = MONTHS.iter().position(|names| names.iter().any(stands_for))?;
    i8::try_from(at + 1).ok()
}

/// A count of days since the end of 1899, its fraction the time: what a spreadsheet holds under a day that is shown as a number. One that
/// it shows as a day comes as such (see [`super::table::Cell::Moment`]).
pub fn serial(number: Decimal) -> Option<DateTime> {
    let days = number.trunc().to_i64()?;
    let seconds = (number.fract() * Decimal::from(86_400)).round().to_i64()?;
    let first = Date::new(1899, 12, 30).ok()?.to_datetime(Time::midnight());
    // Beyond these the sum is no day of any calendar, and a span of them is none.
    let days = Some(days).filter(|days| (0..100_000).contains(days))?;
    let moment = first.checked_add(days.days().seconds(seconds)).ok()?;
    YEARS.contains(&moment.year()).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    fn sure(text: &str) -> String {
        match read(text) {
            Reading::Sure(at, order) => format!("{at} {order:?}"),
            other => format!("{other:?}"),
        }
    }

    #[rstest::rstest]
    #[case("2026-03-05", "2026-03-05T00:00:00")]
    #[case("2026-03-05 10:11:12", "2026-03-05T10:11:12")]
    #[case("2026-03-05T10:11", "2026-03-05T10:11:00")]
    #[case("2026-03-05T10:11:12.500", "2026-03-05T10:11:12")]
    #[case("2026-03-04T20:00:00Z", "2026-03-05T03:00:00")]
    #[case("2026-03-05T00:30:00.000+09:00", "2026-03-04T22:30:00")]
    #[case("2026/03/05", "2026-03-05T00:00:00")]
    #[case("20260305", "2026-03-05T00:00:00")]
    #[case("05-05-2026", "2026-05-05T00:00:00")]
    #[case("22 Nov 2026", "2026-11-22T00:00:00")]
    #[case("22-Nov-2026", "2026-11-22T00:00:00")]
    #[case("1 Nopember 2026", "2026-11-01T00:00:00")]
    #[case("5 Mei 2026, 10:11 WIB", "2026-05-05T10:11:00")]
    #[case("5 May 2026 00:11 WIT", "2026-05-04T22:11:00")]
    #[case("17 Agustus 2026", "2026-08-17T00:00:00")]
    #[case("17 Agt. 2026 9.05", "2026-08-17T09:05:00")]
    #[case("Des 1, 2026", "2026-12-01T00:00:00")]
    #[case("December 1, 2026 12:30 AM", "2026-12-01T00:30:00")]
    #[case("1 Okt 2026 1:05 pm", "2026-10-01T13:05:00")]
    fn a_moment_is_read_in_both_languages(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(sure(text), format!("{expected} None"));
    }

    #[rstest::rstest]
    #[case("31/12/2026 08:30", "2026-12-31T08:30:00 Some(DayFirst)")]
    #[case("22-11-2026 09.53.10", "2026-11-22T09:53:10 Some(DayFirst)")]
    #[case("22.11.2026", "2026-11-22T00:00:00 Some(DayFirst)")]
    #[case("12/31/2026 8:30 PM", "2026-12-31T20:30:00 Some(MonthFirst)")]
    fn a_day_above_twelve_proves_the_order(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(sure(text), expected);
    }

    #[test]
    fn what_can_be_two_days_is_both() {
        let (one, other) = (datetime(2026, 3, 5, 10, 11, 0, 0), datetime(2026, 5, 3, 10, 11, 0, 0));
        assert_eq!(read("05/03/2026 10:11"), Reading::Unsure { day_first: one, month_first: other });
    }

    #[rstest::rstest]
    #[case("kemarin")]
    #[case("05/03/26")]
    #[case("05/03-2026")]
    #[case("2026-13-40")]
    #[case("31/02/2026")]
    #[case("32/13/2026")]
    #[case("0026-03-05")]
    #[case("2026-03-05 25:00")]
    #[case("2026-03-05 10:11 10:12")]
    #[case("2026-03-05 13:00 PM")]
    #[case("10:11")]
    #[case("5 Maritim 2026")]
    #[case("1 2 3 2026")]
    #[case("5 2026")]
    fn what_is_no_moment_says_so(#[case] text: &str) {
        assert_eq!(read(text), Reading::NoDate);
    }

    #[test]
    fn empty_and_dash_are_nothing() {
        for text in ["", "  ", "-"] {
            assert_eq!(read(text), Reading::Nothing, "{text:?}");
        }
    }

    #[test]
    fn a_spreadsheets_count_of_days_is_read() {
        assert_eq!(serial("46086.5".parse().unwrap()), Some(datetime(2026, 3, 5, 12, 0, 0, 0)));
        for number in ["12", "-46086", "20260305", "79228162514264337593543950335"] {
            assert_eq!(serial(number.parse().unwrap()), None, "{number}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".*", figures in "[0-9a-zA-Z/:., T\\-]{0,30}") {
            let _ = (read(&text), read(&figures));
        }

        #[test]
        fn every_day_is_read_back_from_its_indonesian_form(days in 0_i64..36_000, month in 0_usize..2) {
            let date = Date::constant(2000, 1, 1).checked_add(days.days()).unwrap();
            let at = usize::try_from(date.month()).unwrap() - 1;
            let name = MONTHS[at].get(month).unwrap_or(&MONTHS[at][0]);
            let text = format!("{} {name} {}", date.day(), date.year());
            proptest::prop_assert_eq!(read(&text), Reading::Sure(date.to_datetime(Time::midnight()), None));
            let text = format!("{:02}/{:02}/{}", date.day(), date.month(), date.year());
            let read = match read(&text) {
                Reading::Sure(at, _) | Reading::Unsure { day_first: at, .. } => Some(at.date()),
                _ => None,
            };
            proptest::prop_assert_eq!(read, Some(date), "{}", text);
        }
    }
}
