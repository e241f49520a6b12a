//! The inbox: everything that needs a person, by root cause. Nothing leaves it except by success or by a named person's decision
//! with a reason (design rule 7).

use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{CauseView, InboxView, ReasonView, RetryView};
use rust_decimal::Decimal;
use selaras_domain::plan::{Action, OperationKey, PlanKind};
use selaras_domain::run::{OperationState, RunHead, RunId, RunState};
use selaras_engine::kinds::{items, listings, opening_stock};
use selaras_store::{InboxEntry, NewInboxEntry};
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

impl Desk {
    /// Puts a run's problems into the inbox, and takes out what has been solved: what was posted, what is the same on both sides now,
    /// what a person left out, and SKUs and listings that are gone from Forstok, as a finished run of items or listings names all that
    /// there are.
    pub(crate) fn record_problems(&self, run: &RunHead) -> AppResult<()> {
        let entries = self.books().journal_of(&run.id)?;
        let mut problems = Vec::new();
        let mut solved: BTreeSet<OperationKey> = BTreeSet::new();
        let mut undone: BTreeSet<OperationKey> = BTreeSet::new();
        for entry in entries {
            let amount = entry.operation.after.get("total").cloned();
            match entry.state {
                OperationState::Failed { reason }
                | OperationState::Unknown { reason }
                | OperationState::Held { reason } => {
                    // What a newer plan of everything took over is in that plan; a count takes over nothing but its own lines.
                    let taken_over = reason.code == "superseded" && run.kind.0 != opening_stock::KIND;
                    if reason.code == "skipped_by_person" {
                        solved.insert(entry.operation.key);
                    } else if !taken_over && reason.code != "posted_before" {
                        let (kind, key) = (run.kind.clone(), entry.operation.key);
                        problems.push(NewInboxEntry { kind, key, reason, amount, run: run.id.clone() });
                    }
                }
                OperationState::Posted { .. } => {
                    solved.insert(entry.operation.key);
                }
                OperationState::Waiting | OperationState::Sending => {
                    undone.insert(entry.operation.key);
                }
            }
        }
        let known = self.books().open_inbox(run.database)?;
        if known.iter().any(|entry| entry.kind == run.kind) {
            let same = self.books().operations_page(&run.plan, Some(Action::Same), None, None, usize::MAX >> 1)?;
            solved.extend(same.into_iter().map(|row| row.operation.key));
        }
        let names_all = run.state == RunState::Finished && matches!(run.kind.0.as_str(), items::KIND | listings::KIND);
        undone.extend(problems.iter().map(|problem| problem.key.clone()));
        let gone: Vec<OperationKey> = known
            .into_iter()
            .filter(|entry| entry.kind == run.kind && !undone.contains(&entry.key))
            .filter(|entry| names_all || solved.contains(&entry.key))
            .map(|entry| entry.key)
            .collect();
        self.books().resolve_inbox(run.database, &run.kind, &gone)?;
        Ok(self.books().record_inbox(run.database, &problems)?)
    }

    /// The open rows by cause, most first.
    ///
    /// # Errors
    /// When no database is chosen, or the local store fails.
    pub async fn inbox(&self) -> AppResult<InboxView> {
        let mut causes: BTreeMap<String, CauseView> = BTreeMap::new();
        let mut amounts: BTreeMap<String, Decimal> = BTreeMap::new();
        let entries = self.books().open_inbox(self.database()?)?;
        for entry in entries {
            let code = entry.reason.code.clone();
            if let Some(amount) = entry.amount.as_deref().and_then(|text| text.parse::<Decimal>().ok()) {
                *amounts.entry(code.clone()).or_default() += amount;
            }
            let empty = || CauseView {
                code: code.clone(),
                count: 0,
                amount: None,
                keys: Vec::new(),
                kinds: Vec::new(),
                reason: ReasonView::from(&entry.reason),
                since: entry.first_at.to_string(),
            };
            let cause = causes.entry(code.clone()).or_insert_with(empty);
            cause.count += 1;
            let key = entry.key.to_string();
            cause.keys.push(key);
            let kind = entry.kind.to_string();
            if !cause.kinds.contains(&kind) {
                cause.kinds.push(kind);
            }
        }
        for (code, amount) in amounts {
            if let Some(cause) = causes.get_mut(&code) {
                cause.amount = Some(amount.normalize().to_string());
            }
        }
        let mut causes: Vec<CauseView> = causes.into_values().collect();
        causes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        Ok(InboxView { causes })
    }

    /// What a person calls the record of each row, from the run that brought it in.
    fn targets(&self, entries: &[InboxEntry]) -> AppResult<BTreeMap<(RunId, OperationKey), String>> {
        let runs: BTreeSet<&RunId> = entries.iter().map(|entry| &entry.first_run).collect();
        let mut targets = BTreeMap::new();
        for run in runs {
            let rows = self.books().journal_of(run)?;
            targets.extend(rows.into_iter().map(|row| ((run.clone(), row.operation.key), row.operation.target.record)));
        }
        Ok(targets)
    }

    /// Plans anew, applies and proves each kind that has rows of this cause (or any).
    ///
    /// # Errors
    /// As [`Desk::sync`]; or when no row has this cause.
    pub async fn inbox_retry(
        &self,
        cause: Option<&str>,
        cancel: CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<RetryView> {
        let entries = self.books().open_inbox(self.database()?)?;
        let kinds: BTreeSet<PlanKind> = entries
            .into_iter()
            .filter(|entry| cause.is_none_or(|cause| entry.reason.code == cause))
            .map(|entry| entry.kind)
            .collect();
        if let Some(cause) = cause.filter(|_| kinds.is_empty()) {
            return Err(AppError::new(ErrorCode::NotFound).with("what", "cause").with("id", cause));
        }
        let mut syncs = Vec::new();
        for kind in kinds {
            let options = self.last_options(&kind)?;
            syncs.push(self.sync(&kind.0, &options, cancel.clone(), on_progress).await?);
        }
        Ok(RetryView { syncs })
    }

    /// Takes a row out by a named person's decision.
    ///
    /// # Errors
    /// When there is no such open row, or the reason or the name is empty.
    pub async fn inbox_dismiss(&self, key: &str, reason: &str, by: &str) -> AppResult<InboxView> {
        for (field, text) in [("reason", reason), ("by", by)] {
            if text.trim().is_empty() {
                return Err(AppError::input(field, "empty"));
            }
        }
        let database = self.database()?;
        let key = OperationKey(key.to_owned());
        let entry = self.books().open_inbox(database)?.into_iter().find(|entry| entry.key == key);
        let entry = entry.ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "inbox").with("id", &key))?;
        self.books().dismiss_inbox(database, &entry.kind, &key, reason.trim(), by.trim())?;
        self.inbox().await
    }
}
