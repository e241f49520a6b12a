//! Prove: what a run wrote is read back, and the certificate goes to the end of the chain.

use super::drafts::EXPORTS;
use super::plans::kind_executor;
use crate::desk::{Desk, OnProgress};
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::rate::Rated;
use crate::view::{DifferenceView, ProofView, ReasonView, small};
use selaras_domain::plan::{Operation, PlanKind, Reason};
use selaras_domain::run::{Certificate, OperationState, RunId};
use selaras_engine::kinds::{
    invoices, items, opening_stock, receipts, returns, undo_opening_stock, undo_sales, undo_voids, voids,
};
use selaras_engine::ports::JournalEntry;
use selaras_engine::progress::{ProgressSink, report};
use selaras_engine::{apply, prove};

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
        let entries = self.books().journal_of(&run.id)?;
        report(progress, "proving", 0, Some(entries.len()));
        let reading = kind_executor(&run.kind)?;
        let proof = prove::prove(&self.ports().await?, reading.as_ref(), &entries).await?;
        report(progress, "proving", entries.len(), Some(entries.len()));
        let certificate = Certificate {
            version: 1,
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
            at: self.now(),
            previous: self.books().last_certificate_hash()?,
        };
        let path = self.write_certificate(&certificate)?;
        let hash = self.books().add_certificate(&certificate, &path)?;
        let mut notes = note.notes;
        if run.kind.0 == items::KIND {
            notes.retain(|reason| reason.code == EXPORTS);
        }
        Ok(proof_view(&certificate, path, hash, notes))
    }

    fn write_certificate(&self, certificate: &Certificate) -> AppResult<String> {
        let folder = self.data_dir().join("certificates");
        std::fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
        let hash = certificate.hash();
        let name = format!("{}-{}.json", certificate.run, hash.get(..12).unwrap_or(&hash));
        let text = serde_json::to_string_pretty(certificate)
            .map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        let path = folder.join(&name);
        std::fs::write(&path, text).map_err(|error| from_io(&error, &path))?;
        Ok(format!("certificates/{name}"))
    }
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

/// A certificate as its view.
pub(crate) fn proof_view(certificate: &Certificate, path: String, hash: String, mut notes: Vec<Reason>) -> ProofView {
    if let Some(first) = certificate.roundings.first() {
        let reason = Reason::new("proof_rounding").with("count", certificate.roundings.len());
        let found = first.found.as_deref().unwrap_or_default();
        notes.push(reason.with("field", &first.field).with("expected", &first.expected).with("found", found));
    }
    ProofView {
        run: certificate.run.to_string(),
        checked: small(certificate.checked),
        not_readable: small(certificate.not_readable),
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
