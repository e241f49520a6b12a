//! Verify: whether the chain of certificates, and all that they vouch for, still is what it was when it was proven.
//!
//! The quick look ([`Desk::chain_whole`]) is at the certificates and where they end; the whole one makes every hash anew, of files, journals
//! and plans. Neither writes anything, and neither needs a service.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::files::chain;
use crate::view::{ChainProblemView, VerifyView, small};
use selaras_domain::run::Certificate;
use selaras_store::ChainProblem;
use std::path::Path;

impl Desk {
    /// Whether the chain is whole by itself; cheap enough for every look at the history.
    pub(crate) fn chain_whole(&self) -> AppResult<bool> {
        let problems = self.books().chain_problems()?;
        // A certificate that cannot be read is one of those.
        Ok(problems.is_empty() && chain::head_problem(self, &self.books().certificates()?)?.is_none())
    }

    /// Verifies the chain, its files, and the journals and plans that it binds.
    ///
    /// # Errors
    /// When the store or a file cannot be read.
    pub async fn verify(&self) -> AppResult<VerifyView> {
        let desk = self.clone();
        let verified = tokio::task::spawn_blocking(move || desk.verified(None));
        verified.await.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?
    }

    /// The same, and that a certificate's file is one of the chain, to the letter.
    ///
    /// # Errors
    /// [`ErrorCode::FileMalformed`] when it is no certificate; as [`Desk::verify`].
    pub async fn verify_file(&self, file: &Path) -> AppResult<VerifyView> {
        let bytes = std::fs::read(file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => AppError::input("file", file.display()),
            _ => from_io(&error, file),
        })?;
        let certificate: Certificate = serde_json::from_slice(&bytes).map_err(|error| {
            let place = format!("{}:{}", error.line(), error.column());
            let malformed = AppError::new(ErrorCode::FileMalformed).with("file", file.display());
            malformed.with("place", place).with("detail", error)
        })?;
        let desk = self.clone();
        let verified = tokio::task::spawn_blocking(move || desk.verified(Some((bytes, certificate))));
        verified.await.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?
    }

    fn verified(&self, file: Option<(Vec<u8>, Certificate)>) -> AppResult<VerifyView> {
        let mut problems = self.books().audit()?;
        let mut certificates = 0;
        match self.books().certificates() {
            Ok(stored) => {
                certificates = stored.len();
                problems.extend(chain::head_problem(self, &stored)?);
                problems.extend(chain::file_problems(self, &stored)?);
                if let Some((bytes, certificate)) = file {
                    let hash = certificate.hash();
                    let known = stored.iter().find(|stored| stored.hash == hash);
                    let same = known.is_some() && bytes == chain::text(&certificate)?.as_bytes();
                    if !same {
                        problems.push(ChainProblem::of("file_not_in_chain", &certificate.run, hash));
                    }
                }
            }
            // Told by the audit, with its run.
            Err(selaras_store::StoreError::Unreadable { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let unproven = self.books().unproven_runs(None)?;
        Ok(VerifyView {
            chain_whole: problems.is_empty(),
            certificates: small(certificates as u64),
            unproven: unproven.into_iter().map(|run| run.id.0).collect(),
            problems: problems.into_iter().map(ChainProblemView::from).collect(),
        })
    }
}

impl From<ChainProblem> for ChainProblemView {
    fn from(problem: ChainProblem) -> Self {
        Self { code: problem.code.to_owned(), run: problem.run.map(|run| run.0), detail: problem.detail }
    }
}
