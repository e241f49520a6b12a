//! Exit codes of the contract (cli.md): what a script sees of an answer or an error.

use selaras_app::error::{AppError, ErrorCode};
use selaras_app::view::{ProofView, RunView};
use std::process::ExitCode;

/// How the process ends. Ordered: of several, the greater one is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed, or paused.
    Failed = 1,
    /// The command line, or something that it names, is wrong.
    Usage = 2,
    /// Done, but some rows need a person; or nothing done, as a brake needs one.
    NeedsPerson = 3,
    /// A new sign-in is needed.
    SignIn = 4,
    /// Another run holds this company.
    Busy = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// Of an error.
    pub fn of_error(error: &AppError) -> Self {
        match error.code {
            ErrorCode::InvalidInput => Self::Usage,
            ErrorCode::Brake => Self::NeedsPerson,
            ErrorCode::CompanyBusy | ErrorCode::DataInUse => Self::Busy,
            ErrorCode::NotConnected
            | ErrorCode::WrongForstokKey
            | ErrorCode::WrongClient
            | ErrorCode::WrongApiToken
            | ErrorCode::ConsentDenied
            | ErrorCode::SignInTimedOut
            | ErrorCode::SignInMismatch
            | ErrorCode::SignInNeeded
            | ErrorCode::ScopeMissing
            | ErrorCode::PassphraseNeeded => Self::SignIn,
            ErrorCode::FileMalformed
            | ErrorCode::NotFound
            | ErrorCode::NoDatabase
            | ErrorCode::DatabaseUnusable
            | ErrorCode::MappingIncomplete
            | ErrorCode::MappingInvalid
            | ErrorCode::ClockSkew
            | ErrorCode::Cancelled
            | ErrorCode::PortTaken
            | ErrorCode::Offline
            | ErrorCode::Busy
            | ErrorCode::Refused
            | ErrorCode::NoAnswer
            | ErrorCode::NotOffered
            | ErrorCode::WrongDatabase
            | ErrorCode::PlanOfOtherDatabase
            | ErrorCode::PlanOfOtherShop
            | ErrorCode::PlanAltered
            | ErrorCode::BackupRefused
            | ErrorCode::StorageFull
            | ErrorCode::StorageReadOnly
            | ErrorCode::PlanStale
            | ErrorCode::UndoNotPossible
            | ErrorCode::DecisionNotPossible
            | ErrorCode::StorageDamaged
            | ErrorCode::StorageNewer
            | ErrorCode::Storage
            | ErrorCode::SecretsUnavailable
            | ErrorCode::Internal => Self::Failed,
        }
    }

    /// Of a run: one that is paused is not done; a finished one may have left rows, `for_person` of which nobody has decided.
    pub fn of_run(run: &RunView, for_person: u32) -> Self {
        if run.state != "finished" {
            return match run.pause.as_ref().map(|pause| pause.code.as_str()) {
                Some("sign_in_needed" | "scope_missing") => Self::SignIn,
                _ => Self::Failed,
            };
        }
        if for_person > 0 { Self::NeedsPerson } else { Self::Done }
    }

    /// Of a proof: one with differences needs a person, and one that compared nothing is none.
    pub fn of_proof(proof: &ProofView) -> Self {
        if proof.proven && proof.differences.is_empty() { Self::Done } else { Self::NeedsPerson }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_app::view::{Id, ReasonView};
    use std::collections::BTreeMap;

    fn run(state: &str, pause: Option<&str>, held: u32) -> RunView {
        RunView {
            run: "r".into(),
            plan: "p".into(),
            kind: "items".into(),
            database: Id(1),
            state: state.into(),
            pause: pause.map(|code| ReasonView { code: code.into(), params: BTreeMap::new() }),
            input: 9,
            posted: 9 - held,
            held,
            failed: 0,
            unknown: 0,
            started_at: String::new(),
            finished_at: None,
            certificate: None,
            certificate_no: None,
            unproven: false,
            passed: Vec::new(),
            undoes: None,
            undone_by: None,
        }
    }

    #[test]
    fn run_ends_by_its_state_and_its_rows() {
        assert_eq!(Exit::of_run(&run("finished", None, 0), 0), Exit::Done);
        // Held, but decided: somebody left it out.
        assert_eq!(Exit::of_run(&run("finished", None, 2), 0), Exit::Done);
        assert_eq!(Exit::of_run(&run("finished", None, 2), 1), Exit::NeedsPerson);
        assert_eq!(Exit::of_run(&run("paused", Some("paused_by_person"), 0), 0), Exit::Failed);
        assert_eq!(Exit::of_run(&run("paused", Some("sign_in_needed"), 2), 2), Exit::SignIn);
    }

    #[test]
    fn errors_end_by_the_contract() {
        for (code, exit) in [
            (ErrorCode::InvalidInput, 2),
            (ErrorCode::WrongForstokKey, 4),
            (ErrorCode::NotConnected, 4),
            (ErrorCode::SignInTimedOut, 4),
            (ErrorCode::CompanyBusy, 5),
            (ErrorCode::Brake, 3),
            (ErrorCode::DatabaseUnusable, 1),
            (ErrorCode::StorageFull, 1),
        ] {
            assert_eq!(Exit::of_error(&AppError::new(code)) as u8, exit, "{code:?}");
        }
    }
}
