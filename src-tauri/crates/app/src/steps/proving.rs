//! Prove: what a run wrote is read back, and the certificate goes to the end of the chain.

use super::drafts::EXPORTS;
use super::plans::kind_executor;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode};
use crate::files::chain as chain_files;
use crate::rate::Rated;
use crate::view::{DifferenceView, ProofView, ReasonView, small};
use selaras_domain::plan::{Operation, OperationKey, PlanKind, Reason};
use selaras_domain::run::{CERTIFICATE_VERSION, Certificate, Difference, OperationState, RunHead, RunId};
use selaras_engine::apply;
use selaras_engine::kinds::{
    invoices, items, opening_stock, receipts, returns, stock, undo, undo_opening_stock, undo_sales, undo_voids, voids,
};
use selaras_engine::ports::JournalEntry;
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::prove::{Proof, prove};
use std::collections::BTreeSet;

impl Desk {
    /// Reads back what a run posted, and writes the certificate.
    ///
    /// # Errors
    /// When there is no such run, or the other side cannot be read.
    pub async fn prove(&self, run: &str, on_progress: OnProgress<'_>) -> AppResult<ProofView> {
        let _lock = self.lock()?;
        self.prove_locked(run, &Rated::new(on_progress)).await
    }

    pub(super) async fn prove_locked(&self, run: &str, progress: &dyn ProgressSink) -> AppResult<ProofView> {
        let run = self.run_head(&RunId(run.to_owned()))?;
        let (plan, note) = self.stored_plan(&run.plan.0)?;
        if run.database != self.database()? {
            let found = self.database()?;
            return Err(AppError::new(ErrorCode::PlanOfOtherDatabase)
                .with("expected", run.database)
                .with("found", found));
        }
        chain_files::finish(self)?;
        let (binds, altered) = self.books().bound(&run.id)?;
        let entries = self.books().journal_of(&run.id)?;
        report(progress, "proving", 0, Some(entries.len()));
        let reading = kind_executor(&run.kind)?;
        let later = self.books().posted_after(&run.id)?;
        let (overtaken, standing): (Vec<_>, Vec<_>) = entries
            .iter()
            .filter(|entry| matches!(entry.state, OperationState::Posted { .. }))
            .cloned()
            .partition(|entry| is_overtaken(&run.kind, &entry.operation.key, &later));
        let mut proof = prove(&self.ports().await?, reading.as_ref(), &standing).await?;
        if run.kind.0 == stock::KIND {
            self.ask_shelves(&run, &mut proof, &standing, progress).await;
        }
        proof.differences.extend(altered.into_iter().map(|key| Difference {
            key,
            field: "plan".to_owned(),
            expected: "as_sent".to_owned(),
            found: Some("changed".to_owned()),
        }));
        report(progress, "proving", entries.len(), Some(entries.len()));
        let certificate = Certificate {
            version: CERTIFICATE_VERSION,
            run: run.id.clone(),
            plan: run.plan.clone(),
            plan_hash: plan.hash,
            kind: run.kind.clone(),
            database: run.database,
            counts: apply::counts(&entries),
            total: posted_total(&run.kind, &entries),
            checked: proof.checked,
            not_readable: proof.not_readable,
            differences: proof.differences,
            passed: self.books().passed_brakes(&run.plan)?,
            roundings: proof.roundings,
            overtaken: overtaken.len() as u64,
            moved: proof.moved,
            unread_fields: proof.unread_fields,
            binds: Some(binds),
            at: self.now(),
            previous: self.books().last_certificate_hash()?,
        };
        let path = chain_files::prepare(self, &certificate)?;
        let hash = self.books().add_certificate(&certificate, &path)?;
        chain_files::finish(self)?;
        let mut notes = note.notes;
        if run.kind.0 == items::KIND {
            notes.retain(|reason| reason.code == EXPORTS);
        }
        Ok(proof_view(&certificate, path, hash, notes))
    }

    /// Lets the shelves judge the figures of a stock run: goods that leave between sending and proof are off their shelf, whether the shop has
    /// taken them off by itself or what was sent has put them on again. What is told otherwise is asked for once more, as both sides are read
    /// one after the other. Where the shelves cannot be asked, the figures prove that they arrived, and the certificate says no more.
    async fn ask_shelves(&self, run: &RunHead, proof: &mut Proof, sent: &[JournalEntry], progress: &dyn ProgressSink) {
        if proof.checked == 0 {
            return;
        }
        let keys: BTreeSet<&OperationKey> = sent.iter().map(|entry| &entry.operation.key).collect();
        let differs = |now: &Operation| now.action.writes() && keys.contains(&now.key);
        let mut now = self.draft_stock(run.database, progress).await;
        if now.as_ref().is_ok_and(|now| now.operations.iter().any(differs)) {
            now = self.draft_stock(run.database, progress).await;
        }
        let now = now.map(|draft| draft.operations).unwrap_or_else(|error| {
            tracing::warn!(%error, "the shelves cannot be asked");
            Vec::new()
        });
        proof.judge_by(sent, &now, "on_hand", "shelf");
    }

    /// Proves what runs have left unproven, as they were cut off or could not read: before anything else is written, and when the company
    /// is opened. What cannot be proven now stays unproven, is shown as that, and stops nothing.
    pub(super) async fn prove_left(&self, but: Option<&RunId>, progress: &dyn ProgressSink) -> AppResult<u32> {
        let mut proven = 0;
        for run in self.books().unproven_runs(Some(self.database()?))?.iter().filter(|run| Some(&run.id) != but) {
            match self.prove_locked(&run.id.0, progress).await {
                Ok(_) => proven += 1,
                Err(error) => tracing::warn!(run = %run.id, %error, "a run stays unproven"),
            }
        }
        Ok(proven)
    }

    /// The same by itself, for a company that was just opened; answers how many runs were proven.
    ///
    /// # Errors
    /// When another run holds the company, no database is chosen, or the local store fails.
    pub async fn prove_unproven(&self, on_progress: OnProgress<'_>) -> AppResult<u32> {
        if self.books().unproven_runs(Some(self.database()?))?.is_empty() {
            return Ok(0);
        }
        let _lock = self.lock()?;
        self.prove_left(None, &Rated::new(on_progress)).await
    }
}

/// Whether a later run has written the record again, or taken it back: then it is that run's to prove.
fn is_overtaken(kind: &PlanKind, key: &OperationKey, later: &BTreeSet<(PlanKind, OperationKey)>) -> bool {
    if later.is_empty() {
        return false;
    }
    let has = |kind: PlanKind, key: OperationKey| later.contains(&(kind, key));
    let taken_back = undo::kind_of(kind).is_some_and(|undoing| has(undoing, undo::key(key)));
    let done_again = || {
        let (kind, key) = (kind.0.strip_prefix(undo::KIND_PREFIX)?, key.0.strip_prefix(undo::KEY_PREFIX)?);
        Some(has(PlanKind::named(kind), OperationKey(key.to_owned())))
    };
    let voided = || {
        let removals = later.iter().filter(|(kind, _)| kind.0 == voids::KIND);
        removals.filter_map(|(_, key)| voids::takes_back(key)).any(|(of, its)| of == kind.0 && its == *key)
    };
    has(kind.clone(), key.clone()) || taken_back || done_again().unwrap_or_default() || voided()
}

/// Σ rupiah of what a run has posted; `None` where no money moves.
fn posted_total(kind: &PlanKind, entries: &[JournalEntry]) -> Option<String> {
    let posted: Vec<Operation> = entries
        .iter()
        .filter(|entry| matches!(entry.state, OperationState::Posted { .. }))
        .map(|entry| entry.operation.clone())
        .collect();
    match kind.0.as_str() {
        items::KIND => Some(items::total(&posted).text()),
        opening_stock::KIND => Some(opening_stock::total(&posted).text()),
        undo_opening_stock::KIND => Some(undo_opening_stock::total(&posted).text()),
        invoices::KIND => Some(invoices::total(&posted).text()),
        receipts::KIND => Some(receipts::total(&posted).text()),
        returns::KIND => Some(returns::total(&posted).text()),
        voids::KIND => Some(voids::total(&posted).text()),
        kind @ (undo_sales::INVOICES | undo_sales::RECEIPTS | undo_sales::RETURNS) => {
            Some(undo_sales::total(kind, &posted).text())
        }
        undo_voids::KIND => Some(undo_voids::total(&posted).text()),
        _ => None,
    }
}

/// What a certificate does not prove.
pub(crate) fn limits(certificate: &Certificate) -> Vec<Reason> {
    let of = |code: &str, count: u64| Reason::new(code).with("count", count);
    let mut limits = Vec::new();
    if !certificate.proves() {
        limits.push(of("proof_compared_nothing", certificate.counts.posted));
    }
    if !certificate.unread_fields.is_empty() {
        let fields = certificate.unread_fields.keys().cloned().collect::<Vec<_>>().join(", ");
        limits.push(of("proof_fields_unread", certificate.unread_fields.values().sum()).with("fields", fields));
    }
    if certificate.counts.unknown > 0 {
        limits.push(of("proof_rows_unknown", certificate.counts.unknown));
    }
    if certificate.overtaken > 0 {
        limits.push(of("proof_rows_overtaken", certificate.overtaken));
    }
    limits
}

/// A certificate as its view; what it does not prove stands among its notes.
pub(crate) fn proof_view(certificate: &Certificate, path: String, hash: String, mut notes: Vec<Reason>) -> ProofView {
    notes.extend(limits(certificate));
    if let Some(first) = certificate.roundings.first() {
        let reason = Reason::new("proof_rounding").with("count", certificate.roundings.len());
        let found = first.found.as_deref().unwrap_or_default();
        notes.push(reason.with("field", &first.field).with("expected", &first.expected).with("found", found));
    }
    if certificate.moved > 0 {
        notes.push(Reason::new("proof_shelves_moved").with("count", certificate.moved));
    }
    ProofView {
        run: certificate.run.to_string(),
        checked: small(certificate.checked),
        not_readable: small(certificate.not_readable),
        overtaken: small(certificate.overtaken),
        unknown: small(certificate.counts.unknown),
        unread_fields: certificate.unread_fields.iter().map(|(name, count)| (name.clone(), small(*count))).collect(),
        proven: certificate.proves(),
        differences: certificate
            .differences
            .iter()
            .map(|difference| DifferenceView {
                key: difference.key.to_string(),
                field: difference.field.clone(),
                expected: difference.expected.clone(),
                found: difference.found.clone(),
            })
            .collect(),
        certificate: path,
        hash,
        at: certificate.at.to_string(),
        notes: notes.into_iter().map(ReasonView::from).collect(),
    }
}
