//! The fault schedule: which call of which endpoint goes wrong, and how.
//!
//! One table ([`FAULTS`]) names every fault; a new fault is one line there, one variant of [`Fault`] and its effect in the host that
//! serves it. Parsing is pure; counting calls is the only state.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crate::change::Change;
use crate::event::Event;
use crate::lock;

/// The grammar, for a `--help` text.
pub const FAULT_GRAMMAR: &str = "\
A schedule is a comma-separated list of SYSTEM:ENDPOINT[:CALLS]=FAULT[(ARGUMENT)].
  SYSTEM    accurate | forstok
  ENDPOINT  what the path ends with (item/bulk-save.do, db-list.do, oauth/token, quantities, orders/*.json), or * for every API call
  CALLS     3 (the third matching call), 3-5, 3+ (from the third on), * or left out (each)
Short forms: SYSTEM:token-expire@N and accurate:session-expire@N (after N calls).
Faults:
  moved               308 to the second data host, for good (accurate)
  drop_before_commit  connection closed, nothing was done
  drop_after_commit   connection closed, the work was done
  upsss               HTTP 200, s:false, \"Upsss...\" (accurate)
  html_401            HTML page with status 401
  html_404            HTML page with status 404; nothing was done
  html_502            HTML page with status 502
  session_expiry      all database sessions die first (accurate)
  token_expiry        all access tokens die first
  rate_limit(STATUS)  refused as too many calls; 200, 400 or 429 (accurate: default as configured; forstok: 429)
  late_commit(S)      connection closed, the write is done S seconds later (default 6), also when the client has gone
  504_then_commit(S)  HTML page with status 504, the write is done S seconds later (default 9)
  slow(MS)            the answer takes MS milliseconds longer (default 3000); with a late commit, the line is silent that long
  malformed_json      the work was done, the answer is no JSON
  truncated_json      the work was done, the answer breaks off in the middle
  partial_bulk(A|B)   rows with these codes are refused, the others are saved
  error_500           HTTP 500; nothing was done
  html_page           HTTP 200 with an HTML page; nothing was done
  status_not_ok       HTTP 200, status other than OK; nothing was done (forstok)
  empty_list          the list of the answer is empty, and says so
  short_list(N)       the list of the answer ends after N rows, and says so
  put(PLACE|JSON)     a field of the list's rows is this: put(0/item_lines/0/price|\"Rp 50.000\"), put(#7/status|null), put(*/quantity|4e-17)
  shift_pages(N)      from the second page on, N rows before it have gone since the first was read (below 0: so many have come)
  cut_text(FIELD|HOW) the write is done, and a field of what was sent is stored otherwise: HOW many characters are kept, trim, fold or round
  slow_body(MS)       the answer's body comes in pieces, over MS milliseconds (default 3000)
  refused(MS)         connection closed, nothing was done; the port refuses connections for MS milliseconds (default 3000)
  unknown_host        the data host that is named has no address (accurate: open-db.do, db-refresh-session.do, api-token.do)
Events, which happen as the call arrives, before it is served:
  type(MODULE|JSON)   a person saves a record in the first database: type(sales-invoice|{...})
  erase(MODULE|KEY)   a person deletes one by its number or code
  swap(WHAT|A|B)      two records change their codes or names; WHAT is item, warehouse (accurate), variant, store_warehouse (forstok)
  order(ID|JSON)      an order of Forstok gets these fields in place of its own
  order_status(ID|S)  an order of Forstok moves to a status: order_status(140000001|Cancelled)
Commas in brackets belong to the argument.
Example: accurate:item/bulk-save.do:2=drop_after_commit,accurate:*:5=rate_limit(429),forstok:quantities:1-3=error_500";

/// One way a call can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// HTTP 308 to the second data host; the database stays there.
    Moved,
    /// The connection closes before anything is done.
    DropBeforeCommit,
    /// The work is done, then the connection closes without an answer.
    DropAfterCommit,
    /// The connection closes without an answer, and the write is done this much later.
    LateCommit(Duration),
    /// HTTP 504, and the write is done this much later.
    TimeoutThenCommit(Duration),
    /// Rows before the second page and those behind it have gone since the first was read; below 0, so many have come.
    ShiftPages(i64),
    /// A field of what was sent is stored otherwise.
    CutText {
        /// Its name, at any depth.
        field: String,
        /// What becomes of it.
        change: Change,
    },
    /// The body of the answer takes this long.
    SlowBody(Duration),
    /// The connection closes, nothing is done, and the port refuses connections for this long.
    Refused(Duration),
    /// The data host that is named has no address.
    UnknownHost,
    /// Something happens before the call is served.
    Event(Event),
    /// Accurate's server fault with HTTP 200.
    Upsss,
    /// An HTML page with status 401.
    Html401,
    /// An HTML page with status 404.
    Html404,
    /// An HTML page with status 502.
    Html502,
    /// All database sessions end before the call.
    SessionExpiry,
    /// All access tokens end before the call.
    TokenExpiry,
    /// The rate-limit refusal, with this status if given.
    RateLimit(Option<u16>),
    /// The answer is this much later.
    Slow(Duration),
    /// The work is done, the answer is not JSON.
    MalformedJson,
    /// The work is done, the answer breaks off.
    TruncatedJson,
    /// Bulk rows or lines with these codes are refused.
    PartialBulk(Vec<String>),
    /// HTTP 500.
    Error500,
    /// HTTP 200 with an HTML page.
    HtmlPage,
    /// Forstok: HTTP 200 whose `status` is not `OK`.
    StatusNotOk,
    /// The list of the answer ends after so many rows, and counts no more.
    ShortList(usize),
    /// A field of the list's rows is another value.
    Put {
        /// Which row of the page: its place from 0, `#` with its id, or `*` for each.
        row: String,
        /// Below the row: `/item_lines/0/price`; empty: the row itself.
        place: String,
        /// What stands there.
        value: String,
    },
}

fn put(argument: &str) -> Option<Fault> {
    let (place, value) = argument.split_once('|')?;
    let (row, place) = place.split_once('/').map_or((place, String::new()), |(row, rest)| (row, format!("/{rest}")));
    let number = row.strip_prefix('#').unwrap_or(row);
    let row = (row == "*" || number.parse::<i64>().is_ok()).then(|| row.to_owned())?;
    serde_json::from_str::<serde_json::Value>(value).ok()?;
    Some(Fault::Put { row, place, value: value.to_owned() })
}

/// Seconds, also in parts: `6` or `0.5`.
fn seconds(text: &str, default: u64) -> Option<Duration> {
    match text {
        "" => Some(Duration::from_secs(default)),
        text => Duration::try_from_secs_f64(text.parse().ok()?).ok(),
    }
}

/// Milliseconds; without a figure 3 seconds.
fn millis(text: &str) -> Option<Duration> {
    match text {
        "" => Some(Duration::from_secs(3)),
        text => text.parse().ok().map(Duration::from_millis),
    }
}

/// When a write is done that one of these faults keeps back; `None` when none does.
pub(crate) fn commits_after(faults: &[Fault]) -> Option<Duration> {
    faults.iter().find_map(|fault| match fault {
        Fault::LateCommit(after) | Fault::TimeoutThenCommit(after) => Some(*after),
        _ => None,
    })
}

/// Where a page begins that is read when so many rows before it have gone (below 0: have come), and how many rows there are then.
pub(crate) fn shift_by(shift: i64, start: usize, rows: usize) -> (usize, usize) {
    let gone = isize::try_from(shift).unwrap_or(0);
    (start.saturating_add_signed(gone), rows.saturating_add_signed(gone.saturating_neg()))
}

/// Name and maker of each fault; the maker gets the text in brackets, or `""`.
type Maker = fn(&str) -> Option<Fault>;
const FAULTS: &[(&str, Maker)] = &[
    ("moved", |_| Some(Fault::Moved)),
    ("drop_before_commit", |_| Some(Fault::DropBeforeCommit)),
    ("drop_after_commit", |_| Some(Fault::DropAfterCommit)),
    ("upsss", |_| Some(Fault::Upsss)),
    ("html_401", |_| Some(Fault::Html401)),
    ("html_404", |_| Some(Fault::Html404)),
    ("html_502", |_| Some(Fault::Html502)),
    ("session_expiry", |_| Some(Fault::SessionExpiry)),
    ("token_expiry", |_| Some(Fault::TokenExpiry)),
    ("rate_limit", |status| match status {
        "" => Some(Fault::RateLimit(None)),
        status => status
            .parse()
            .ok()
            .filter(|status| [200, 400, 429].contains(status))
            .map(|status| Fault::RateLimit(Some(status))),
    }),
    ("late_commit", |after| seconds(after, 6).map(Fault::LateCommit)),
    ("504_then_commit", |after| seconds(after, 9).map(Fault::TimeoutThenCommit)),
    ("slow", |time| millis(time).map(Fault::Slow)),
    ("malformed_json", |_| Some(Fault::MalformedJson)),
    ("truncated_json", |_| Some(Fault::TruncatedJson)),
    ("partial_bulk", |codes| {
        (!codes.is_empty()).then(|| Fault::PartialBulk(codes.split('|').map(|code| code.trim().to_owned()).collect()))
    }),
    ("error_500", |_| Some(Fault::Error500)),
    ("html_page", |_| Some(Fault::HtmlPage)),
    ("status_not_ok", |_| Some(Fault::StatusNotOk)),
    ("empty_list", |_| Some(Fault::ShortList(0))),
    ("short_list", |rows| rows.parse().ok().map(Fault::ShortList)),
    ("put", put),
    ("shift_pages", |rows| rows.parse().ok().map(Fault::ShiftPages)),
    ("cut_text", |argument| {
        let (field, how) = argument.split_once('|')?;
        Some(Fault::CutText { field: field.to_owned(), change: Change::read(how)? })
    }),
    ("slow_body", |time| millis(time).map(Fault::SlowBody)),
    ("refused", |time| millis(time).map(Fault::Refused)),
    ("unknown_host", |_| Some(Fault::UnknownHost)),
    ("type", |argument| Event::read("type", argument).map(Fault::Event)),
    ("erase", |argument| Event::read("erase", argument).map(Fault::Event)),
    ("swap", |argument| Event::read("swap", argument).map(Fault::Event)),
    ("order", |argument| Event::read("order", argument).map(Fault::Event)),
    ("order_status", |argument| Event::read("order_status", argument).map(Fault::Event)),
];

/// Which service a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Accurate Online, account host and data host alike.
    Accurate,
    /// Forstok.
    Forstok,
}

/// One rule of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// The service.
    pub system: System,
    /// What the path ends with; `*` stands for any text.
    pub endpoint: String,
    /// First matching call hit, counted from 1.
    pub first: usize,
    /// Last matching call hit.
    pub last: usize,
    /// What happens.
    pub fault: Fault,
}

/// A schedule of faults; empty by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultSchedule {
    /// The rules, tried in order; each counts its own matching calls.
    pub rules: Vec<FaultRule>,
}

/// A rule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fault rule `{0}` cannot be read: expected SYSTEM:ENDPOINT[:CALLS]=FAULT")]
pub struct FaultSyntaxError(pub String);

impl FromStr for FaultSchedule {
    type Err = FaultSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut depth = 0_usize;
        let apart = |character: char| {
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            character == ',' && depth == 0
        };
        let rules = text.split(apart).map(str::trim).filter(|rule| !rule.is_empty());
        let rules = rules
            .map(|rule| parse_rule(rule).ok_or_else(|| FaultSyntaxError(rule.to_owned())))
            .collect::<Result<_, _>>()?;
        Ok(Self { rules })
    }
}

fn parse_rule(rule: &str) -> Option<FaultRule> {
    let (system, rest) = rule.split_once(':')?;
    let system = match system {
        "accurate" => System::Accurate,
        "forstok" => System::Forstok,
        _ => return None,
    };
    if let Some((what, calls)) = rest.split_once("-expire@") {
        let fault = match (what, system) {
            ("token", _) => Fault::TokenExpiry,
            ("session", System::Accurate) => Fault::SessionExpiry,
            _ => return None,
        };
        let call = calls.parse::<usize>().ok()?.checked_add(1)?;
        return Some(FaultRule { system, endpoint: "*".into(), first: call, last: call, fault });
    }
    let (place, fault) = rest.split_once('=')?;
    let (endpoint, calls) = place.split_once(':').unwrap_or((place, "*"));
    let (first, last) = parse_calls(calls)?;
    let (name, argument) = match fault.split_once('(') {
        Some((name, argument)) => (name, argument.strip_suffix(')')?),
        None => (fault, ""),
    };
    // `late-commit` is `late_commit`: both are how such names are written.
    let name = name.replace('-', "_");
    let (_, maker) = FAULTS.iter().find(|(known, _)| *known == name)?;
    let endpoint = Some(endpoint.trim_matches('/')).filter(|endpoint| !endpoint.is_empty())?.to_owned();
    Some(FaultRule { system, endpoint, first, last, fault: maker(argument)? })
}

fn parse_calls(calls: &str) -> Option<(usize, usize)> {
    if calls == "*" {
        return Some((1, usize::MAX));
    }
    if let Some(first) = calls.strip_suffix('+') {
        return Some((first.parse().ok()?, usize::MAX));
    }
    let (first, last) = calls.split_once('-').unwrap_or((calls, calls));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then_some((first, last))
}

impl FaultRule {
    fn matches(&self, system: System, path: &str) -> bool {
        if self.system != system {
            return false;
        }
        let path = path.trim_start_matches('/');
        if self.endpoint == "*" {
            // Signing in is not an API call: `*` must not make a client unable to come back.
            return !path.starts_with("oauth/") && !path.ends_with("/auth");
        }
        let stem = path.trim_end_matches(".json").trim_end_matches(".do");
        [path, stem].iter().any(|path| ends_with_pattern(path, &self.endpoint))
    }
}

/// Whether `path` ends with `pattern` at a `/` boundary; `*` in the pattern stands for any text.
fn ends_with_pattern(path: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            let rest = path.find(head).map(|at| &path[at + head.len()..]);
            rest.is_some_and(|rest| rest.ends_with(tail))
        }
        None => path.strip_suffix(pattern).is_some_and(|before| before.is_empty() || before.ends_with('/')),
    }
}

/// Lets an event happen; an error says why it could not.
type Hands = Box<dyn Fn(&Event) -> Result<(), String> + Send + Sync>;

/// A schedule at work: counts matching calls, and lets events happen.
#[derive(Default)]
pub(crate) struct Faults {
    rules: Mutex<Vec<(FaultRule, usize)>>,
    hands: OnceLock<Hands>,
    failed: Mutex<Vec<String>>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("rules", &self.rules).field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Faults {
    pub(crate) fn new(schedule: FaultSchedule) -> Self {
        let rules = schedule.rules.into_iter().map(|rule| (rule, 0)).collect();
        Self { rules: Mutex::new(rules), ..Self::default() }
    }

    /// Puts another schedule in place; counting starts again.
    pub(crate) fn replace(&self, schedule: FaultSchedule) {
        *lock(&self.rules) = schedule.rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    /// Gives it what events are done with.
    pub(crate) fn empower(&self, hands: impl Fn(&Event) -> Result<(), String> + Send + Sync + 'static) {
        drop(self.hands.set(Box::new(hands)));
    }

    /// The events that could not happen, with the reason.
    pub(crate) fn failed(&self) -> Vec<String> {
        lock(&self.failed).clone()
    }

    /// Counts this call, lets its events happen and returns everything that goes wrong with it.
    pub(crate) fn strike(&self, system: System, path: &str) -> Vec<Fault> {
        let mut struck = Vec::new();
        for (rule, calls) in lock(&self.rules).iter_mut().filter(|(rule, _)| rule.matches(system, path)) {
            *calls += 1;
            if (rule.first..=rule.last).contains(calls) {
                struck.push(rule.fault.clone());
            }
        }
        for fault in &struck {
            if let (Fault::Event(event), Some(hands)) = (fault, self.hands.get())
                && let Err(reason) = hands(event)
            {
                lock(&self.failed).push(format!("{event:?}: {reason}"));
            }
        }
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedule_of_the_help_text_is_read_whole() {
        let schedule: FaultSchedule =
            "accurate:item/bulk-save.do:2=drop_after_commit, accurate:*:5=rate_limit(429),forstok:quantities:1-3=error_500,accurate:token-expire@10"
                .parse()
                .unwrap();
        let rule = |system, endpoint: &str, first, last, fault| FaultRule {
            system,
            endpoint: endpoint.into(),
            first,
            last,
            fault,
        };
        assert_eq!(
            schedule.rules,
            [
                rule(System::Accurate, "item/bulk-save.do", 2, 2, Fault::DropAfterCommit),
                rule(System::Accurate, "*", 5, 5, Fault::RateLimit(Some(429))),
                rule(System::Forstok, "quantities", 1, 3, Fault::Error500),
                rule(System::Accurate, "*", 11, 11, Fault::TokenExpiry),
            ]
        );
    }

    #[test]
    fn every_fault_of_the_table_is_explained_and_every_explained_fault_can_be_read() {
        for (name, _) in FAULTS {
            assert!(FAULT_GRAMMAR.contains(&format!("\n  {name}")), "{name} is missing in the help text");
        }
        let explained = FAULT_GRAMMAR.split("Faults:\n").nth(1).unwrap().lines().filter(|line| line.starts_with("  "));
        let names: Vec<&str> = explained.map(|line| line.trim().split([' ', '(']).next().unwrap()).collect();
        assert_eq!(names, FAULTS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn unreadable_rules_are_named() {
        for rule in [
            "nonsense",
            "accurate:x=unknown",
            "jurnal:*=upsss",
            "accurate:x:0=upsss",
            "accurate:x:5-3=upsss",
            "accurate:*=rate_limit(418)",
            "accurate:*=late_commit(soon)",
            "forstok:*=504-then-commit(-1)",
            "accurate:*=type(item|no)",
            "accurate:*=swap(customer|A|B)",
            "accurate:*=cut_text(name|short)",
        ] {
            assert_eq!(rule.parse::<FaultSchedule>(), Err(FaultSyntaxError(rule.into())));
        }
    }

    #[test]
    fn a_late_commit_takes_its_seconds_and_either_spelling() {
        let schedule: FaultSchedule =
            "accurate:*/save.do=late-commit(0.5),forstok:*:2=504_then_commit".parse().unwrap();
        let faults: Vec<Fault> = schedule.rules.into_iter().map(|rule| rule.fault).collect();
        assert_eq!(
            faults,
            [Fault::LateCommit(Duration::from_millis(500)), Fault::TimeoutThenCommit(Duration::from_secs(9))]
        );
    }

    #[test]
    fn a_rule_counts_only_its_own_calls() {
        let faults = Faults::new("accurate:item/save.do:2=upsss".parse().unwrap());
        let path = "/accurate/api/item/save.do";
        assert_eq!(faults.strike(System::Accurate, path), []);
        assert_eq!(faults.strike(System::Accurate, "/accurate/api/item/bulk-save.do"), []);
        assert_eq!(faults.strike(System::Forstok, path), []);
        assert_eq!(faults.strike(System::Accurate, path), [Fault::Upsss]);
        assert_eq!(faults.strike(System::Accurate, path), []);
    }
}
