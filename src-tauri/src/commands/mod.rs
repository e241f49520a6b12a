//! The steps as IPC commands: one file a step of the wizard. Each is a thin call of the desk; no rule, no text, no decision here.
//! A secret is wrapped as soon as it arrives and never goes back to the window.

pub mod backups;
pub mod company;
pub mod connect;
pub mod database;
pub mod demo;
pub mod files;
pub mod home;
pub mod inbox;
pub mod mapping;
pub mod money;
pub mod plans;
pub mod runs;
pub mod settings;
pub mod skus;

use crate::run::RunUnderWay;
use selaras_app::view::ProgressView;
use tauri::ipc::Channel;

/// Hands progress to the window. One that was closed meanwhile takes none, and that stops nothing.
fn report(channel: &Channel<ProgressView>) -> impl Fn(ProgressView) + Send + Sync + '_ {
    move |progress| {
        let _ = channel.send(progress);
    }
}

/// Hands progress to the window that began the run, and to whoever follows it.
fn report_run<'a>(
    run: &'a RunUnderWay,
    channel: &'a Channel<ProgressView>,
) -> impl Fn(ProgressView) + Send + Sync + 'a {
    move |progress| {
        run.tell(progress.clone());
        let _ = channel.send(progress);
    }
}
