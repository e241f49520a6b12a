//! A plan has an age, and is what it says it is: what is looked at again before the first write of each apply.

use super::plans::{PlanNote, kind_executor};
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::PlanOptions;
use jiff::SignedDuration;
use selaras_domain::plan::{Operation, OperationKey, PlanHead, PlanId, plan_hash};
use selaras_domain::run::OperationState;
use selaras_engine::kinds::{opening_stock, undo};
use selaras_engine::progress::ProgressSink;
use selaras_engine::since;
use std::collections::BTreeSet;

/// How long ago both sides may have been read for a plan that is made and sent in one step.
const JUST_READ: SignedDuration = SignedDuration::from_mins(2);

/// Whether a plan is sent in the step that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// A moment ago, and nobody else has worked for the company since.
    JustNow,
    /// Before: somebody has looked at it, or its run was interrupted.
    Before,
}

impl Desk {
    /// The operations of a stored plan, which must be those that were made.
    pub(super) fn operations_as_made(&self, head: &PlanHead) -> AppResult<Vec<Operation>> {
        let operations = self.books().operations(&head.id)?;
        if plan_hash(&head.kind, head.database, &operations) == head.hash {
            return Ok(operations);
        }
        Err(AppError::new(ErrorCode::PlanAltered).with("plan", &head.id))
    }

    /// Refuses a plan of another Forstok account, or of another while none is connected. One from before that was kept belongs to nobody that is
    /// known.
    pub(super) fn same_shop(&self, head: &PlanHead) -> AppResult<()> {
        let Some(made_for) = &head.shop else {
            return Err(AppError::new(ErrorCode::PlanStale).with("made_at", head.made_at));
        };
        let found = self.company()?.forstok_email.unwrap_or_default();
        if made_for.eq_ignore_ascii_case(&found) {
            return Ok(());
        }
        Err(AppError::new(ErrorCode::PlanOfOtherShop).with("expected", made_for).with("found", found))
    }

    /// Whether a plan was made for another Forstok account, as far as that was kept: what became of it can be told only there.
    pub(super) fn of_other_shop(&self, plan: &PlanId) -> AppResult<bool> {
        let (head, _) = self.stored_plan(&plan.0)?;
        Ok(head.shop.is_some() && self.same_shop(&head).is_err())
    }

    /// What of a plan's operations would not be done in the same way now, each held with what it was and what it is: both sides are read again,
    /// and the same planner is asked. `waiting`: of a run that goes on, what it has not sent. An undo looks at each record by itself, in the moment in which it is sent.
    pub(super) async fn changed_since(
        &self,
        head: &PlanHead,
        note: &PlanNote,
        made: Made,
        planned: &[Operation],
        waiting: Option<&BTreeSet<OperationKey>>,
        progress: &dyn ProgressSink,
    ) -> AppResult<Vec<(OperationKey, OperationState)>> {
        let left = |operation: &&Operation| {
            operation.action.writes() && waiting.is_none_or(|waiting| waiting.contains(&operation.key))
        };
        let writing: Vec<&Operation> = planned.iter().filter(left).collect();
        let just_read = made == Made::JustNow && self.now().duration_since(head.read_at) <= JUST_READ;
        if writing.is_empty() || just_read || undo::is_undo(&head.kind) {
            return Ok(Vec::new());
        }
        let mut options: PlanOptions = note.options.clone();
        if head.kind.0 == opening_stock::KIND {
            // The day of a document is the plan's, also after midnight.
            let day = writing.iter().find_map(|operation| operation.after.get("date").cloned());
            options.date = options.date.or(day);
        }
        let now = self.draft(&head.kind, head.database, &options, progress).await?;
        let mut changed = since::changed(kind_executor(&head.kind)?.as_ref(), writing.iter().copied(), &now.operations);
        if let Some(newest) = note.newest_invoice {
            let entered = now.invoices.iter().filter(|invoice| invoice.id > newest);
            changed.extend(since::entered_by_hand(&writing, planned, entered));
        }
        Ok(changed.into_iter().map(|(key, reason)| (key, OperationState::Held { reason })).collect())
    }
}
