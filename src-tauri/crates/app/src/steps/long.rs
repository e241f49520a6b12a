//! Pages of long tables: from the words of the views to the store's, and back.

use crate::error::{AppError, AppResult};
use crate::view::{PageQuery, PageView, small};
use selaras_store::{Page, Paged};

/// The store's page for a query; `sort` knows the table's columns by name.
pub(crate) fn long_page<S: Default>(query: &PageQuery, sort: impl Fn(&str) -> Option<S>) -> AppResult<Page<S>> {
    let sort = match query.sort.as_deref() {
        None => S::default(),
        Some(name) => sort(name).ok_or_else(|| AppError::input("sort", name))?,
    };
    Ok(Page { sort, down: query.down, after: query.after.clone(), at: query.at.map(u64::from), limit: query.limit })
}

impl<T> From<&Paged<T>> for PageView {
    fn from(page: &Paged<T>) -> Self {
        Self { at: small(page.at), total: small(page.total), next: page.next.clone() }
    }
}
