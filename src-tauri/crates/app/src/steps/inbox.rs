//! The inbox: everything that needs a person, by root cause. Nothing leaves it except by success or by a named person's decision
//! with a reason (design rule 7).

use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::steps::long::long_page;
use crate::steps::run_rows::warehouse;
use crate::view::{CauseView, InboxQuery, InboxRowView, InboxRowsView, InboxView, PageView, RetryView, small};
use selaras_domain::decision::RowChoice;
use selaras_domain::plan::{Action, OperationKey, PlanKind};
use selaras_domain::run::{OperationState, RunHead, RunState};
use selaras_engine::choices;
use selaras_engine::kinds::{items, listings, opening_stock, stock_left, undo};
use selaras_engine::unread;
use selaras_store::{Aftermath, InboxCause, InboxSort, NewInboxEntry, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

impl Desk {
    /// What a run that ends so makes of the inbox: its problems go in, and what has been solved comes out: what was posted, what is the same
    /// on both sides now, what a person left out, and SKUs and listings that are gone from Forstok, as a finished run of items or listings
    /// names all that there are.
    pub(crate) fn aftermath(&self, run: &RunHead, state: RunState) -> AppResult<Aftermath> {
        let entries = self.books().journal_of(&run.id)?;
        let mut problems = Vec::new();
        let mut solved: BTreeSet<OperationKey> = BTreeSet::new();
        let mut undone: BTreeSet<OperationKey> = BTreeSet::new();
        let mut sent = Vec::new();
        for entry in entries {
            let (amount, warehouse) = (entry.operation.after.get("total").cloned(), warehouse(&entry.operation));
            match entry.state {
                OperationState::Failed { reason }
                | OperationState::Unknown { reason }
                | OperationState::Held { reason } => {
                    // What a newer plan of everything took over is in that plan; a count takes over nothing but its own lines.
                    let taken_over = reason.code == "superseded" && run.kind.0 != opening_stock::KIND;
                    if reason.code == "skipped_by_person" {
                        solved.insert(entry.operation.key);
                    } else if !taken_over && reason.code != "posted_before" {
                        problems.push(NewInboxEntry {
                            kind: run.kind.clone(),
                            key: entry.operation.key,
                            target: entry.operation.target.record,
                            warehouse,
                            reason,
                            amount,
                            run: run.id.clone(),
                        });
                    }
                }
                OperationState::Posted { .. } => {
                    sent.push(entry.operation.key.clone());
                    solved.insert(entry.operation.key);
                }
                OperationState::Waiting | OperationState::Sending => {
                    undone.insert(entry.operation.key);
                }
            }
        }
        let used_up = self.used_up(run, sent)?;
        let known = self.books().open_inbox(run.database)?;
        if known.iter().any(|entry| entry.kind == run.kind) {
            solved.extend(self.books().keys_of(&run.plan, Action::Same)?);
        }
        let names_all = state == RunState::Finished && matches!(run.kind.0.as_str(), items::KIND | listings::KIND);
        undone.extend(problems.iter().map(|problem| problem.key.clone()));
        // A row that could not be read is told by every plan of everything, as long as it cannot.
        let tells_unread = state == RunState::Finished && self.last_options(&run.kind)?.orders.is_empty();
        let read_again = |key: &OperationKey| tells_unread && key.0.starts_with(unread::KEY_PREFIX);
        let solved: Vec<OperationKey> = known
            .into_iter()
            .filter(|entry| entry.kind == run.kind && !undone.contains(&entry.key))
            .filter(|entry| names_all || solved.contains(&entry.key) || read_again(&entry.key))
            .map(|entry| entry.key)
            .collect();
        Ok(Aftermath { problems, solved, used_up })
    }

    /// A word to send a row all the same is about what the row said then. Once it was sent it is used up: what comes later under the same
    /// key, as another receipt of an order that is cancelled again, is asked about anew.
    fn used_up(&self, run: &RunHead, mut sent: Vec<OperationKey>) -> AppResult<Vec<OperationKey>> {
        let decided = self.row_decisions(run.database, &run.kind.0)?;
        let of_send = |key: &OperationKey| decided.get(key).is_some_and(|known| known.choice == RowChoice::Send);
        sent.retain(of_send);
        Ok(sent)
    }

    /// The open rows by cause, most first; without their keys, as the window reads them page by page.
    ///
    /// # Errors
    /// When no database is chosen, or the local store fails.
    pub async fn inbox(&self) -> AppResult<InboxView> {
        let causes = self.books().inbox_causes(self.database()?)?;
        let causes = causes.into_iter().map(|cause| CauseView {
            choices: choices_of(&cause),
            code: cause.code,
            count: small(cause.count),
            amount: cause.amount.map(|amount| amount.normalize().to_string()),
            keys: Vec::new(),
            kinds: cause.kinds.iter().map(PlanKind::to_string).collect(),
            reason: cause.reason.into(),
            since: cause.since.to_string(),
        });
        Ok(InboxView { causes: causes.collect() })
    }

    /// The same with the keys of all rows, as the CLI's contract wants them.
    ///
    /// # Errors
    /// As [`Desk::inbox`].
    pub async fn inbox_with_keys(&self) -> AppResult<InboxView> {
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in self.books().open_inbox(self.database()?)? {
            keys.entry(entry.reason.code).or_default().push(entry.key.0);
        }
        let mut inbox = self.inbox().await?;
        for cause in &mut inbox.causes {
            cause.keys = keys.remove(&cause.code).unwrap_or_default();
        }
        Ok(inbox)
    }

    /// A page of a cause's rows.
    ///
    /// # Errors
    /// When there is no such order, no database is chosen, or the local store fails.
    pub async fn inbox_rows(&self, query: &InboxQuery) -> AppResult<InboxRowsView> {
        let page = long_page(&query.page, |name| match name {
            "target" => Some(InboxSort::Target),
            "since" => Some(InboxSort::Since),
            "amount" => Some(InboxSort::Amount),
            _ => None,
        })?;
        let found = self.books().inbox_rows(self.database()?, &query.cause, query.search.as_deref(), &page)?;
        let page = PageView::from(&found);
        let rows = found.rows.into_iter().map(|entry| InboxRowView {
            key: entry.key.0,
            target: entry.target,
            warehouse: entry.warehouse,
            kind: entry.kind.0,
            reason: entry.reason.into(),
            amount: entry.amount,
            since: entry.first_at.to_string(),
        });
        Ok(InboxRowsView { rows: rows.collect(), page })
    }

    /// Plans anew, applies and proves each kind that has rows with these keys; without keys, of this cause; without either, any rows.
    ///
    /// # Errors
    /// As [`Desk::sync`]; or when a key is not open, or no row has this cause.
    pub async fn inbox_retry(
        &self,
        cause: Option<&str>,
        keys: &[String],
        cancel: CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> AppResult<RetryView> {
        let database = self.database()?;
        let kinds: BTreeSet<PlanKind> = if keys.is_empty() {
            let causes = self.books().inbox_causes(database)?;
            let these = causes.into_iter().filter(|known| cause.is_none_or(|cause| known.code == cause));
            these.flat_map(|cause| cause.kinds).collect()
        } else {
            self.books().kinds_of_inbox(database, &operation_keys(keys)).map_err(|error| not_open(error, keys))?
        };
        if let Some(cause) = cause.filter(|_| kinds.is_empty()) {
            return Err(AppError::new(ErrorCode::NotFound).with("what", "cause").with("id", cause));
        }
        let mut syncs = Vec::new();
        for kind in kinds {
            if undo::is_undo(&kind) {
                syncs.extend(self.retry_undo(&kind, &cancel, on_progress).await?);
                continue;
            }
            let options = self.last_options(&kind)?;
            syncs.push(self.sync(&kind.0, &options, cancel.clone(), on_progress).await?);
        }
        Ok(RetryView { syncs })
    }

    /// Takes rows out by a named person's decision, all of them or none.
    ///
    /// # Errors
    /// When one of them is not open, or the reason or the name is empty; [`ErrorCode::DecisionNotPossible`] for a customer that documents
    /// need.
    pub async fn inbox_dismiss(&self, keys: &[String], reason: &str, by: &str) -> AppResult<InboxView> {
        for (field, text) in [("reason", reason), ("by", by)] {
            if text.trim().is_empty() {
                return Err(AppError::input(field, "empty"));
            }
        }
        // A document that is not to be sent is not sent when its obstacle is gone, either.
        let database = self.database()?;
        let chosen: BTreeSet<&String> = keys.iter().collect();
        let open = self.books().open_inbox(database)?;
        let entries: Vec<_> = open.iter().filter(|entry| chosen.contains(&entry.key.0)).collect();
        let left = entries.iter().filter(|entry| entry.reason.code == stock_left::VARIANT_GONE);
        let gone: BTreeSet<String> = left.filter_map(|entry| entry.reason.params.get("sku").cloned()).collect();
        let documents: Vec<_> =
            entries.into_iter().filter(|entry| choices::KINDS.contains(&entry.kind.0.as_str())).collect();
        let own: Vec<String> = documents.iter().map(|entry| entry.key.0.clone()).collect();
        self.refuse_without_effect(database, &own, &RowChoice::Never)?;
        for entry in documents {
            let decided = self.row_decisions(database, &entry.kind.0)?;
            // The last word counts: a row that was to be sent all the same is left out by now.
            if decided.get(&entry.key).is_none_or(|known| known.choice == RowChoice::Send) {
                let key = std::slice::from_ref(&entry.key);
                self.keep_row_decisions(database, &entry.kind, key, &RowChoice::Never, reason.trim(), by.trim())?;
            }
        }
        let dismissed = self.books().dismiss_inbox(self.database()?, &operation_keys(keys), reason.trim(), by.trim());
        dismissed.map_err(|error| not_open(error, keys))?;
        self.give_up_matches(database, &gone)?;
        self.inbox().await
    }
}

/// What may be decided about the rows of a cause; a decision is about rows of one kind.
fn choices_of(cause: &InboxCause) -> Vec<String> {
    let mut kinds = cause.kinds.iter();
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => choices::choices(&kind.0, &cause.code).into_iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn operation_keys(keys: &[String]) -> Vec<OperationKey> {
    keys.iter().cloned().map(OperationKey).collect()
}

/// A row that is not open is named as the person named it.
pub(super) fn not_open(error: StoreError, keys: &[String]) -> AppError {
    match error {
        StoreError::NotFound { .. } => {
            AppError::new(ErrorCode::NotFound).with("what", "inbox").with("id", keys.join(", "))
        }
        other => other.into(),
    }
}
