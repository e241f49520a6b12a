//! What a person decides about single rows of plans of sales: already entered (find and link), send it all the same, never send it.

use super::inbox::{not_open, operation_keys};
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{InboxView, RowChoiceInput};
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::documents::DocumentQuery;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanKind};
use selaras_engine::kinds::{invoices, receipts, returns, voids};

/// The kinds whose rows can be decided one by one.
pub(super) const KINDS: [&str; 4] = [invoices::KIND, receipts::KIND, returns::KIND, voids::KIND];

impl Desk {
    /// Keeps a person's decision about rows of the inbox; the next plan follows it. A row that is entered already, or never to be sent,
    /// leaves the inbox with the reason; one that is to be sent stays until it was.
    ///
    /// # Errors
    /// When a row is not open or is of another kind, the reason or the name is empty, or no document of that number is in Accurate.
    pub async fn decide_rows(&self, input: &RowChoiceInput, by: &str) -> AppResult<InboxView> {
        for (field, text) in [("reason", input.reason.as_str()), ("by", by)] {
            if text.trim().is_empty() {
                return Err(AppError::input(field, "empty"));
            }
        }
        let database = self.database()?;
        let kind = self.one_kind(database, &input.keys)?;
        let choice = match (input.choice.as_str(), input.number.as_deref().map(str::trim)) {
            ("entered", Some(number)) if !number.is_empty() => {
                self.in_accurate(&kind, number).await?;
                RowChoice::Entered { number: number.to_owned() }
            }
            ("entered", _) => return Err(AppError::input("number", "empty")),
            ("send", _) => RowChoice::Send,
            ("never", _) => RowChoice::Never,
            (other, _) => return Err(AppError::input("choice", other)),
        };
        let keys = operation_keys(&input.keys);
        self.keep_row_decisions(database, &kind, &keys, &choice, input.reason.trim(), by.trim())?;
        if choice == RowChoice::Send {
            return self.inbox().await;
        }
        self.inbox_dismiss(&input.keys, input.reason.trim(), by).await
    }

    /// The kind of plan that open rows of the inbox come from.
    fn one_kind(&self, database: DatabaseId, keys: &[String]) -> AppResult<PlanKind> {
        let kinds = self.books().kinds_of_inbox(database, &operation_keys(keys));
        let kinds: Vec<PlanKind> = kinds.map_err(|error| not_open(error, keys))?.into_iter().collect();
        match kinds.as_slice() {
            [kind] if KINDS.contains(&kind.0.as_str()) => Ok(kind.clone()),
            _ => Err(AppError::input("keys", keys.join(", "))),
        }
    }

    /// Keeps one decision about several rows.
    pub(crate) fn keep_row_decisions(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &[OperationKey],
        choice: &RowChoice,
        reason: &str,
        by: &str,
    ) -> AppResult<()> {
        let decisions: Vec<RowDecision> = keys
            .iter()
            .map(|key| RowDecision {
                key: key.clone(),
                choice: choice.clone(),
                reason: reason.to_owned(),
                by: by.to_owned(),
                at: self.now(),
            })
            .collect();
        Ok(self.books().save_row_decisions(database, kind, &decisions)?)
    }

    /// Whether a document of this kind and number is in Accurate.
    async fn in_accurate(&self, kind: &PlanKind, number: &str) -> AppResult<()> {
        let books = self.open_books().await?;
        let query = DocumentQuery { numbers: vec![number.to_owned()], dated: None };
        let there = match kind.0.as_str() {
            receipts::KIND => books.receipts_of(&query).await?.iter().any(|one| one.number == number),
            returns::KIND => books.returns_of(&query).await?.iter().any(|one| one.number == number),
            _ => books.invoices_of(&query).await?.iter().any(|one| one.number == number),
        };
        if there {
            return Ok(());
        }
        Err(AppError::new(ErrorCode::NotFound).with("what", "document").with("id", number))
    }
}
