//! Reading a whole list, page by page (accurate-online-api.md §5).

use crate::connection::{Call, Connection};
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::optional_integer;
use futures::{StreamExt, TryStreamExt, stream};
use selaras_domain::unread::{ListName, Listed, UnreadRow};
use selaras_domain::wire::{Misread, read_row};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashSet};
use std::future::ready;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is asked for first; one client asks for as many (§5). The service's cap is not known, so the size that it honours is read back
/// from `sp` (§12).
pub(crate) const PAGE_SIZE: &str = "10000";
/// The same of records that carry lists of their own: an answer of thousands of those is long in the making and in the reading, and
/// pages are made and read side by side.
pub(crate) const WHOLE_RECORDS: &str = "2000";
/// What every known client uses; for a service that refuses the larger one.
const USUAL_PAGE_SIZE: &str = "100";
/// Pages under way at once; the limiter sets the pace.
const PARALLEL: usize = 8;

/// Which list.
#[derive(Debug, Clone)]
pub(crate) struct Listing<'a> {
    pub(crate) name: ListName,
    pub(crate) path: &'a str,
    pub(crate) scope: &'a str,
    /// Columns; without them the rows are just ids.
    pub(crate) fields: &'a str,
    pub(crate) filters: Vec<(&'a str, &'a str)>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    d: Option<Box<RawValue>>,
    #[serde(default)]
    sp: Option<Box<RawValue>>,
}

#[derive(Deserialize, Default)]
struct Paging {
    #[serde(default, rename = "pageCount", deserialize_with = "optional_integer")]
    pages: Option<i64>,
    #[serde(default, rename = "rowCount", deserialize_with = "optional_integer")]
    rows: Option<i64>,
    #[serde(default, rename = "pageSize", deserialize_with = "optional_integer")]
    size: Option<i64>,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
}

/// A page as the text that it came as, so that one which comes again is known.
fn fingerprint(page: &[Box<RawValue>]) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.iter().for_each(|row| row.get().hash(&mut hasher));
    hasher.finish()
}

/// The rows so far, each id once: a list that changes while it is read repeats rows. Some masters give their first page for every page; of
/// rows without an id only the page tells that they are the same.
#[derive(Default)]
struct Gathered {
    pages: HashSet<u64>,
    seen: HashSet<i64>,
    rows: Vec<Box<RawValue>>,
}

impl Gathered {
    /// Takes a page; gives how many rows were new.
    fn take(&mut self, page: Vec<Box<RawValue>>) -> usize {
        if !self.pages.insert(fingerprint(&page)) {
            return 0;
        }
        let before = self.rows.len();
        for row in page {
            let id = serde_json::from_str::<Identity>(row.get()).ok().and_then(|row| row.id);
            if id.is_none_or(|id| self.seen.insert(id)) {
                self.rows.push(row);
            }
        }
        self.rows.len() - before
    }
}

/// All rows of a list, each read by itself: one that cannot be read is named and stops none of the others.
pub(crate) async fn all<T: DeserializeOwned>(
    connection: &Connection,
    session: &DataSession,
    listing: &Listing<'_>,
) -> Result<Listed<T>, CallError> {
    let rows = all_in_pages_of(PAGE_SIZE, connection, session, listing).await?;
    Ok(each(listing.name, &rows, read_row))
}

/// Reads each row by itself.
pub(crate) fn each<T>(
    list: ListName,
    rows: &[Box<RawValue>],
    read: impl Fn(&RawValue) -> Result<T, Misread>,
) -> Listed<T> {
    let mut listed = Listed::default();
    for (number, raw) in (1..).zip(rows) {
        match read(raw) {
            Ok(row) => listed.rows.push(row),
            Err(misread) => listed.unread.push(unread(list, number, raw, misread)),
        }
    }
    listed
}

/// A row that cannot be read, said in the log by its place alone.
pub(crate) fn unread(list: ListName, number: usize, raw: &RawValue, misread: Misread) -> UnreadRow {
    tracing::warn!(list = list.name(), row = number, place = %misread.place, "a row cannot be read");
    UnreadRow::of(list, number, raw, misread)
}

/// All rows of a list, as they stand there, so many asked for at once.
pub(crate) async fn all_in_pages_of(
    rows_a_page: &str,
    connection: &Connection,
    session: &DataSession,
    listing: &Listing<'_>,
) -> Result<Vec<Box<RawValue>>, CallError> {
    let mut size = rows_a_page;
    let mut read = read_through(connection, session, listing, size).await;
    if let Err(CallError::Rejected(_)) = read {
        size = USUAL_PAGE_SIZE;
        read = read_through(connection, session, listing, size).await;
    }
    let (mut rows, mut missing) = read?;
    if missing > 0 {
        // Somebody changed the list between two pages; a second reading settles it.
        (rows, missing) = read_through(connection, session, listing, size).await?;
        if missing > 0 {
            // A row that was not read would look like a record that is not there: an item to be made, a stock of nothing.
            return Err(CallError::unusable(format!(
                "{}: {missing} rows fewer than the list itself says",
                listing.path
            )));
        }
    }
    Ok(rows)
}

/// Reads all pages once; gives the rows, and how many the service says that there are more.
async fn read_through(
    connection: &Connection,
    session: &DataSession,
    listing: &Listing<'_>,
    size: &str,
) -> Result<(Vec<Box<RawValue>>, i64), CallError> {
    let mut gathered = Gathered::default();
    let (first, paging) = page(connection, session, listing, 1, size).await?;
    let first_rows = i64::try_from(first.len()).unwrap_or(i64::MAX);
    let first_page = fingerprint(&first);
    gathered.take(first);
    let told = paging.pages.or_else(|| {
        let size = paging.size.filter(|size| *size > 0).unwrap_or(first_rows.max(1));
        paging.rows.map(|rows| rows.div_euclid(size) + i64::from(rows % size != 0))
    });
    match told {
        Some(pages) => {
            // Behind the end, and where the first page comes for every page, nothing more is to be had, however many pages are told.
            let end = AtomicBool::new(false);
            let others: BTreeMap<i64, Vec<Box<RawValue>>> = stream::iter(2..=pages)
                .take_while(|_| ready(!end.load(Ordering::Relaxed)))
                .map(|number| {
                    let end = &end;
                    async move {
                        let (rows, _) = page(connection, session, listing, number, size).await?;
                        if rows.is_empty() || fingerprint(&rows) == first_page {
                            end.store(true, Ordering::Relaxed);
                        }
                        Ok::<_, CallError>((number, rows))
                    }
                })
                .buffer_unordered(PARALLEL)
                .try_collect()
                .await?;
            for rows in others.into_values() {
                gathered.take(rows);
            }
        }
        // Nothing is said: a page is the last one when the next one brings nothing new. (A short page proves nothing, as the service
        // may give fewer rows than asked for.)
        None => {
            for number in 2.. {
                if first_rows == 0 {
                    break;
                }
                let (rows, _) = page(connection, session, listing, number, size).await?;
                if gathered.take(rows) == 0 {
                    break;
                }
            }
        }
    }
    let count = i64::try_from(gathered.rows.len()).unwrap_or(i64::MAX);
    Ok((gathered.rows, paging.rows.map_or(0, |rows| (rows - count).max(0))))
}

async fn page(
    connection: &Connection,
    session: &DataSession,
    listing: &Listing<'_>,
    number: i64,
    size: &str,
) -> Result<(Vec<Box<RawValue>>, Paging), CallError> {
    let number = number.to_string();
    let mut query = Vec::with_capacity(listing.filters.len() + 3);
    if !listing.fields.is_empty() {
        query.push(("fields", listing.fields));
    }
    query.extend_from_slice(&listing.filters);
    query.extend_from_slice(&[("sp.page", &number), ("sp.pageSize", size)]);
    let answer = connection.data(session, &Call::read(listing.path, listing.scope, query)).await?;
    let page: Page = answer.decode(listing.path)?;
    let paging = page.sp.and_then(|sp| serde_json::from_str(sp.get()).ok()).unwrap_or_default();
    // Nothing is an empty list; a text or a record in its place is no list at all, and never an empty one.
    let rows = match page.d.as_deref().map(RawValue::get) {
        None | Some("null") => Vec::new(),
        Some(list) => serde_json::from_str(list)
            .map_err(|_| CallError::unusable(format!("{}: an answer without its list", listing.path)))?,
    };
    Ok((rows, paging))
}
