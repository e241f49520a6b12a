//! `backup` and `restore`: a copy of the data file, and the way back to one. They open no company, so that they work on a data file that
//! nothing else can open.

use super::Call;
use crate::exit::Exit;
use selaras_app::backups;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use std::path::Path;

/// Makes a copy and says where it is.
///
/// # Errors
/// When the data file is damaged or not there, the place is taken, or there is no room.
pub fn make(call: &Call<'_>, file: Option<&Path>) -> AppResult<Exit> {
    let view = backups::make(&call.data_dir, file)?;
    call.output.answer(&view, || {
        let kilobytes = call.messages.count(view.kilobytes);
        call.messages.say("backup_made", &[("file", &view.path), ("kilobytes", &kilobytes)])
    })?;
    Ok(Exit::Done)
}

/// Puts a copy back, and says where what was there is kept.
///
/// # Errors
/// When it is no whole copy of a data file, or another program has the data folder open.
pub fn restore(call: &Call<'_>, file: &Path) -> AppResult<Exit> {
    let question = call.messages.say("restore_sure", &[("file", &file.display().to_string())]);
    if call.asks() && call.prompt.confirm(&question) != Some(true) {
        return Err(AppError::new(ErrorCode::Cancelled));
    }
    let view = backups::restore(&call.data_dir, file)?;
    call.output.answer(&view, || {
        let kept = view.kept.as_ref().map(|kept| call.messages.say("restore_kept", &[("file", kept)]));
        [Some(call.messages.say("restore_done", &[("file", &view.file)])), kept]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    Ok(Exit::Done)
}
