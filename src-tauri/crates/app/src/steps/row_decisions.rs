//! What a person decides about single rows of plans of sales: already entered (find and link), send it all the same, never send it.

use super::inbox::{not_open, operation_keys};
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{InboxView, RowChoiceInput};
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::documents::DocumentQuery;
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{OperationKey, PlanKind};
use selaras_engine::choices;
use selaras_engine::kinds::{receipts, returns};
use std::collections::BTreeSet;

impl Desk {
    /// Keeps a person's decision about rows of the inbox; the next plan follows it. A row that is entered already, or never to be sent,
    /// leaves the inbox with the reason; one that is to be sent stays until it was.
    ///
    /// # Errors
    /// [`ErrorCode::DecisionNotPossible`] where the choice would change nothing ([`choices::possible`]); when a row is not open, the rows are
    /// of several kinds, the reason or the name is empty, or no document of that number is in Accurate.
    pub async fn decide_rows(&self, input: &RowChoiceInput, by: &str) -> AppResult<InboxView> {
        for (field, text) in [("reason", input.reason.as_str()), ("by", by)] {
            if text.trim().is_empty() {
                return Err(AppError::input(field, "empty"));
            }
        }
        let database = self.database()?;
        let kind = self.one_kind(database, &input.keys)?;
        let number = input.number.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let choice = match input.choice.as_str() {
            "entered" => RowChoice::Entered { number },
            "send" => RowChoice::Send,
            "never" => RowChoice::Never,
            other => return Err(AppError::input("choice", other)),
        };
        self.refuse_without_effect(database, &input.keys, &choice)?;
        if let RowChoice::Entered { number } = &choice {
            if number.is_empty() {
                return Err(AppError::input("number", "empty"));
            }
            self.in_accurate(&kind, number).await?;
        }
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
            [kind] => Ok(kind.clone()),
            _ => Err(AppError::input("keys", keys.join(", "))),
        }
    }

    /// Refuses a choice that would change nothing about one of these rows, before anything is kept.
    pub(super) fn refuse_without_effect(
        &self,
        database: DatabaseId,
        keys: &[String],
        choice: &RowChoice,
    ) -> AppResult<()> {
        let chosen: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
        for entry in self.books().open_inbox(database)?.iter().filter(|entry| chosen.contains(entry.key.0.as_str())) {
            choices::possible(&entry.kind.0, &entry.key, &entry.reason, choice).map_err(|why| {
                let mut refused = AppError::new(ErrorCode::DecisionNotPossible).with("reason", &why.code);
                refused.params.extend(why.params);
                refused.with("target", &entry.target).with("key", &entry.key)
            })?;
        }
        Ok(())
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
            // What was taken back is no receipt: it may stand there as a return.
            receipts::KIND => {
                books.receipts_of(&query).await?.iter().any(|one| one.number == number)
                    || books.returns_of(&query).await?.iter().any(|one| one.number == number)
            }
            returns::KIND => books.returns_of(&query).await?.iter().any(|one| one.number == number),
            _ => books.invoices_of(&query).await?.iter().any(|one| one.number == number),
        };
        if there {
            return Ok(());
        }
        Err(AppError::new(ErrorCode::NotFound).with("what", "document").with("id", number))
    }
}
