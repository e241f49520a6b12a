//! `databases`, `use-database`, `check`.

use super::Call;
use crate::exit::Exit;
use selaras_app::error::AppResult;
use selaras_app::view::CheckState;

/// All databases of the account.
///
/// # Errors
/// What the desk answers.
pub async fn list(call: &Call<'_>) -> AppResult<Exit> {
    let view = call.desk()?.databases().await?;
    let messages = call.messages;
    call.output.answer(&view, || {
        let rows = view.databases.iter().map(|database| {
            vec![
                database.id.0.to_string(),
                database.alias.clone(),
                messages.word(if database.usable { "yes" } else { "no" }).to_owned(),
                database.reason.as_deref().map(|reason| messages.code("reason", reason).to_owned()).unwrap_or_default(),
                database.licence_end.clone().unwrap_or_default(),
                if database.chosen { "✓".to_owned() } else { String::new() },
            ]
        });
        call.output.table(&["h.id", "h.alias", "h.usable", "h.reason", "h.licence_end", "h.chosen"], rows)
    })?;
    Ok(Exit::Done)
}

/// Chooses one.
///
/// # Errors
/// What the desk answers; a database that cannot be used names why.
pub async fn choose(call: &Call<'_>, id: i64) -> AppResult<Exit> {
    let view = call.desk()?.use_database(id).await?;
    call.output.answer(&view, || {
        let id = view.database.id.0.to_string();
        let params = [("alias", view.database.alias.as_str()), ("id", &id), ("host", &view.database.host)];
        call.messages.say("database_chosen", &params)
    })?;
    Ok(Exit::Done)
}

/// Readiness.
///
/// # Errors
/// What the desk answers.
pub async fn check(call: &Call<'_>) -> AppResult<Exit> {
    let view = call.desk()?.check().await?;
    let messages = call.messages;
    call.output.answer(&view, || {
        let rows = view.checks.iter().map(|line| {
            let state = match line.state {
                CheckState::Ok => "ok",
                CheckState::Attention => "attention",
                CheckState::Blocked => "blocked",
            };
            vec![
                messages.code("check", &line.id).to_owned(),
                messages.code("state", state).to_owned(),
                messages.count(line.count),
                messages.reason(&line.detail),
            ]
        });
        let table = call.output.table(&["h.check", "h.state", "h.count", "h.reason"], rows);
        format!("{table}\n{}", messages.word(if view.ready { "ready" } else { "not_ready" }))
    })?;
    Ok(if view.ready { Exit::Done } else { Exit::NeedsPerson })
}
