//! `inbox`, `inbox retry`, `inbox dismiss`, `inbox enter`, `inbox send`.

use super::{Call, plans};
use crate::arguments::Inbox;
use crate::exit::Exit;
use selaras_app::desk::Desk;
use selaras_app::error::AppResult;
use selaras_app::view::{InboxView, RowChoiceInput, SyncView};
use serde::Serialize;

/// What is left in the inbox after a retry, and what was done.
#[derive(Serialize)]
struct RetryAnswer<'a> {
    #[serde(flatten)]
    inbox: &'a InboxView,
    syncs: &'a [SyncView],
}

/// More keys than this are counted, not listed, for people.
const KEYS_SHOWN: usize = 5;

/// Lists, retries or dismisses.
///
/// # Errors
/// What the desk answers.
pub async fn carry_out(call: &Call<'_>, step: Option<Inbox>) -> AppResult<Exit> {
    let desk = call.desk()?;
    match step {
        None => {
            let inbox = desk.inbox_with_keys().await?;
            call.output.answer(&inbox, || shown(call, &inbox))?;
            Ok(Exit::Done)
        }
        Some(Inbox::Dismiss { key, reason }) => {
            desk.inbox_dismiss(&[key], &reason, &person()).await?;
            let inbox = desk.inbox_with_keys().await?;
            call.output.answer(&inbox, || shown(call, &inbox))?;
            Ok(Exit::Done)
        }
        Some(Inbox::Enter { key, number, reason }) => decide(call, &desk, key, "entered", Some(number), reason).await,
        Some(Inbox::Send { key, reason }) => decide(call, &desk, key, "send", None, reason).await,
        Some(Inbox::Retry { cause, passed }) => {
            let desk = desk.passing_named(&passed.pass)?;
            let progress = call.progress();
            let retried =
                desk.inbox_retry(cause.as_deref(), &[], call.cancel(), &|report| progress.report(report)).await;
            progress.end();
            let retried = retried?;
            let inbox = desk.inbox_with_keys().await?;
            let answer = RetryAnswer { inbox: &inbox, syncs: &retried.syncs };
            call.output.answer(&answer, || {
                let mut text: Vec<String> = retried
                    .syncs
                    .iter()
                    .map(|sync| format!("{}\n{}", plans::ran(call, &sync.run), plans::proved(call, &sync.proof)))
                    .collect();
                text.push(shown(call, &inbox));
                text.join("\n")
            })?;
            let mut exit = Exit::Done;
            for sync in &retried.syncs {
                let for_person = desk.rows_for_person(&sync.run.run).await?;
                exit = exit.max(Exit::of_run(&sync.run, for_person)).max(Exit::of_proof(&sync.proof));
            }
            Ok(exit)
        }
    }
}

/// Keeps a decision about one row of documents of sales.
async fn decide(
    call: &Call<'_>,
    desk: &Desk,
    key: String,
    choice: &str,
    number: Option<String>,
    reason: String,
) -> AppResult<Exit> {
    let input = RowChoiceInput { keys: vec![key], choice: choice.to_owned(), number, reason };
    desk.decide_rows(&input, &person()).await?;
    let inbox = desk.inbox_with_keys().await?;
    call.output.answer(&inbox, || shown(call, &inbox))?;
    Ok(Exit::Done)
}

/// Who decides, for the history: the user of this computer.
fn person() -> String {
    ["USER", "USERNAME", "LOGNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "selaras-cli".to_owned())
}

fn shown(call: &Call<'_>, inbox: &InboxView) -> String {
    let messages = call.messages;
    if inbox.causes.is_empty() {
        return messages.word("inbox_empty").to_owned();
    }
    let rows = inbox.causes.iter().map(|cause| {
        let mut keys = cause.keys.iter().take(KEYS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if cause.keys.len() > KEYS_SHOWN {
            keys.push_str(" …");
        }
        // The first row's words stand for the cause: they have the parameters that its sentence needs.
        let sentence = messages.reason(&cause.reason);
        vec![
            format!("{sentence} [{}]", cause.code),
            messages.count(cause.count),
            cause.amount.as_deref().map(|amount| messages.rupiah(amount)).unwrap_or_default(),
            keys,
        ]
    });
    call.output.table(&["h.cause", "h.count", "h.amount", "h.keys"], rows)
}
