//! The commands: each one a thin call of the desk, an answer, and an exit code.
//!
//! Owns the order of asking and answering; no rule of the job lives here.

mod backups;
mod brakes;
mod connections;
mod database;
mod explain;
mod files;
mod imports;
mod inbox;
mod mapping;
mod money;
mod plans;
mod rehearsal;
mod runs;
mod skus;

use crate::arguments::{Arguments, Command, Global};
use crate::exit::Exit;
use crate::messages::Messages;
use crate::output::{Output, Progress};
use crate::prompt::Prompt;
use crate::signals;
use selaras_app::desk::Desk;
use selaras_app::environment::{self, Environment};
use selaras_app::error::AppResult;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What every command works with.
pub struct Call<'a> {
    /// Where the answer goes.
    pub output: &'a Output,
    /// The words for people.
    pub messages: &'static Messages,
    /// Who may be asked.
    pub prompt: Prompt,
    /// Options of every command.
    pub global: &'a Global,
    /// Folder of SQLite, logs and certificates.
    pub data_dir: PathBuf,
}

impl Call<'_> {
    /// What the process was started with.
    ///
    /// # Errors
    /// As for [`Environment::of_process`].
    pub fn environment(&self) -> AppResult<Environment> {
        Environment::of_process(|| self.prompt.secret("ask_passphrase"))
    }

    /// The company's desk.
    ///
    /// # Errors
    /// When the store or the key store cannot be opened.
    pub fn desk(&self) -> AppResult<Desk> {
        Desk::open(self.environment()?.desk(&self.data_dir, &self.global.company))
    }

    /// Progress of this command.
    pub fn progress(&self) -> Progress {
        Progress::new(self.output)
    }

    /// Whether a person is asked before something is written.
    pub fn asks(&self) -> bool {
        !self.global.yes && self.prompt.has_terminal()
    }

    /// A token that Ctrl-C cancels.
    pub fn cancel(&self) -> CancellationToken {
        let messages = self.messages;
        let json = self.global.json;
        signals::cancelled_by_signals(move || Output { json, messages }.note(messages.word("stopping")))
    }
}

/// Carries out what the command line says.
///
/// # Errors
/// Whatever the step answers; `main` says it and ends by its code.
pub async fn carry_out(arguments: Arguments, output: &Output) -> AppResult<Exit> {
    let Arguments { global, command } = arguments;
    let call = Call {
        output,
        messages: output.messages,
        prompt: Prompt::new(output.messages),
        data_dir: environment::data_dir(global.data_dir.clone())?,
        global: &global,
    };
    // A sandbox keeps nothing, so it makes no folder.
    let _written_on_drop = match command {
        Command::Sandbox(_) => None,
        _ => selaras_app::log::start(&call.data_dir, "selaras-cli"),
    };
    match command {
        Command::Demo(size) => rehearsal::demo(&call, size).await,
        Command::Sandbox(arguments) => rehearsal::sandbox(&call, &arguments).await,
        Command::Connect(side) => connections::connect(&call, side).await,
        Command::Disconnect(side) => connections::disconnect(&call, &side).await,
        Command::Databases => database::list(&call).await,
        Command::UseDatabase { id } => database::choose(&call, id).await,
        Command::Check => database::check(&call).await,
        Command::Mapping(step) => mapping::carry_out(&call, step).await,
        Command::Skus(skus) => skus::carry_out(&call, skus).await,
        Command::Import(file) => imports::carry_out(&call, &file).await,
        Command::Plan(plan) => plans::plan(&call, plan).await,
        Command::Apply { id, passed } => plans::apply(&call, &id, &passed.pass).await,
        Command::Prove { run } => plans::prove(&call, &run).await,
        Command::Verify { file } => runs::verify(&call, file.as_deref()).await,
        Command::Sync(sync) => plans::sync(&call, &sync.kind, &sync.passed.pass).await,
        Command::Inbox { step } => inbox::carry_out(&call, step).await,
        Command::Runs { step } => runs::carry_out(&call, step).await,
        Command::Undo { run } => plans::undo(&call, &run).await,
        Command::Explain { order: Some(order), refresh, .. } => money::order(&call, &order, refresh).await,
        Command::Explain { sku, refresh, .. } => explain::carry_out(&call, &sku.unwrap_or_default(), refresh).await,
        Command::Reconcile { store, month, cause } => money::reconcile(&call, store, month, cause).await,
        Command::MonthEnd { month, out } => money::month_end(&call, &month, &out).await,
        Command::Backup { file } => backups::make(&call, file.as_deref()),
        Command::Restore { file } => backups::restore(&call, &file),
        Command::Brakes(limits) => brakes::carry_out(&call, &limits).await,
        Command::Shadow { since } => money::shadow(&call, since.as_deref()).await,
    }
}
