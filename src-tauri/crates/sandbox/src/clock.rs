//! Dates as the two services write them. Both keep Indonesian western time (WIB, UTC+7, no summer time).

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// WIB.
pub(crate) fn wib() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// A moment in WIB.
pub(crate) fn in_wib(moment: Timestamp) -> Zoned {
    moment.to_zoned(wib())
}

/// Today in WIB.
pub(crate) fn today() -> Date {
    in_wib(Timestamp::now()).date()
}

/// `dd/MM/yyyy`
pub(crate) fn slashed(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// `01 Nov 2025`
pub(crate) fn spelled(date: Date) -> String {
    date.strftime("%d %b %Y").to_string()
}

/// `dd/MM/yyyy HH:mm:ss`
pub(crate) fn slashed_time(moment: Timestamp) -> String {
    in_wib(moment).strftime("%d/%m/%Y %H:%M:%S").to_string()
}

/// Forstok's `2022-02-07T09:53:19.000+07:00`.
pub(crate) fn iso_millis(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.000+07:00").to_string()
}
