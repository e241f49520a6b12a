//! Files in place of lists that an API does not offer: what Forstok exports, and a counted stock.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{ImportInput, ImportList, ImportView};
use base64::Engine;
use selaras_domain::forstok::{PendingKind, PendingListing, Warehouse};
use selaras_forstok::import::{self, ColumnMap, ImportError, ListKind, Table};
use selaras_store::{FORSTOK_SCOPE, FileSource};
use serde::Serialize;

/// Snapshot part of an imported count.
pub(crate) const COUNT_PART: &str = "imported_count";

fn list_name(list: ImportList) -> &'static str {
    match list {
        ImportList::MasterItems => "master_items",
        ImportList::PendingNotMatched => "pending_not_matched",
        ImportList::PendingMatched => "pending_matched",
        ImportList::PendingEmpty => "pending_empty",
        ImportList::PendingDuplicate => "pending_duplicate",
        ImportList::StockCount => "stock_count",
    }
}

fn list_kind(list: ImportList) -> ListKind {
    match list {
        ImportList::MasterItems => ListKind::Master,
        ImportList::StockCount => ListKind::Count,
        _ => ListKind::Pending,
    }
}

fn pending_kind(list: ImportList) -> Option<PendingKind> {
    match list {
        ImportList::PendingNotMatched => Some(PendingKind::NotMatched),
        ImportList::PendingMatched => Some(PendingKind::Matched),
        ImportList::PendingEmpty => Some(PendingKind::Empty),
        ImportList::PendingDuplicate => Some(PendingKind::Duplicate),
        ImportList::MasterItems | ImportList::StockCount => None,
    }
}

impl Desk {
    /// Reads a file. With columns missing nothing is stored, and the answer says which headings there are to choose from; the choice
    /// is remembered for the next file of that list.
    ///
    /// # Errors
    /// [`ErrorCode::FileMalformed`] with the place, when the file cannot be read; then what was imported before stays.
    pub async fn import_file(&self, input: &ImportInput) -> AppResult<ImportView> {
        let malformed = |error: ImportError| {
            let reason = error.reason();
            let mut failure =
                AppError::new(ErrorCode::FileMalformed).with("file", &input.file_name).with("reason", reason.code);
            failure.params.extend(reason.params);
            failure
        };
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(input.content.as_bytes())
            .map_err(|_| AppError::input("content", "not_base64"))?;
        let table = import::table(&bytes, &input.file_name).map_err(malformed)?;
        let columns = self.columns(input, &table)?;
        let kind = list_kind(input.list);
        let missing = kind.fields().iter().filter(|field| field.required && !columns.contains_key(field.name));
        let mut view = ImportView {
            rows: 0,
            headings: table.headers.clone(),
            missing: missing.map(|field| field.name.to_owned()).collect(),
            fields: kind.fields().iter().map(|field| field.name.to_owned()).collect(),
            columns: columns.clone(),
        };
        if !view.missing.is_empty() {
            return Ok(view);
        }
        let name = list_name(input.list);
        view.rows = match (input.list, pending_kind(input.list)) {
            (_, Some(kind)) => {
                let rows = import::read_pending(&table, &columns, kind).map_err(malformed)?;
                let others = self.kept::<PendingListing>(FORSTOK_SCOPE, "imported_pending")?.map(|read| read.rows);
                let mut all: Vec<PendingListing> = others.unwrap_or_default();
                all.retain(|listing| listing.kind != kind);
                let count = rows.len();
                all.extend(rows);
                self.keep_import("imported_pending", name, &input.file_name, &all, count)?
            }
            (ImportList::StockCount, _) => {
                let rows = import::read_count(&table, &columns).map_err(malformed)?;
                self.keep_import(COUNT_PART, name, &input.file_name, &rows, rows.len())?
            }
            _ => {
                let primary = self.shop_warehouses()?.into_iter().find(|warehouse| warehouse.default);
                let primary = primary.map(|warehouse| warehouse.id);
                let rows = import::read_master(&table, &columns, primary).map_err(malformed)?;
                self.keep_import("imported_variants", name, &input.file_name, &rows, rows.len())?
            }
        };
        self.books().save_column_map(name, &columns)?;
        Ok(view)
    }

    /// What the person chose, over what is remembered of the last file, over what the headings suggest.
    fn columns(&self, input: &ImportInput, table: &Table) -> AppResult<ColumnMap> {
        let mut columns = import::suggest_columns(list_kind(input.list), &table.headers);
        if input.list == ImportList::MasterItems {
            columns.extend(import::suggest_warehouse_columns(&table.headers, &self.shop_warehouses()?));
        }
        if let Some(remembered) = self.books().column_map(list_name(input.list))? {
            columns.extend(remembered.into_iter().filter(|(_, heading)| table.headers.contains(heading)));
        }
        columns.extend(input.columns.clone());
        Ok(columns)
    }

    fn shop_warehouses(&self) -> AppResult<Vec<Warehouse>> {
        Ok(self.kept(FORSTOK_SCOPE, "warehouses")?.map(|read| read.rows).unwrap_or_default())
    }

    /// Forgets what was imported from Forstok's files: they were another shop's.
    pub(crate) fn drop_imports(&self) -> AppResult<()> {
        for part in ["imported_variants", "imported_pending"] {
            self.books().drop_snapshot(FORSTOK_SCOPE, part)?;
        }
        for list in self.books().file_parts()?.into_keys() {
            self.books().remove_file_part(&list)?;
        }
        Ok(())
    }

    fn keep_import<T: Serialize>(
        &self,
        part: &str,
        list: &str,
        file: &str,
        rows: &[T],
        count: usize,
    ) -> AppResult<u32> {
        // A count is of one company's shelves; what Forstok exports is of the shop.
        let scope = if part == COUNT_PART { self.database()? } else { FORSTOK_SCOPE };
        self.books().put_snapshot(scope, part, self.now(), rows)?;
        let rows = i64::try_from(count).unwrap_or(i64::MAX);
        self.books().save_file_part(list, &FileSource { file: file.to_owned(), read_at: self.now(), rows })?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}
