//! Runs without a window before anybody's eyes. Closing the window while a run is under way hides it; the run goes on, and when it has
//! ended and was proven the person is told, in a notification of the system. A second start of the program, or a click on the
//! notification, shows the window again; else the program ends with the run.

use crate::notifier::{Answer, Notice};
use crate::run::RunUnderWay;
use crate::state::Shell;
use selaras_app::desk::Desk;
use selaras_app::error::AppResult;
use selaras_app::messages::Sentences;
use selaras_app::view::{ProgressView, ProofView, RetryView, RunView};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tauri::{AppHandle, Manager, Runtime, WebviewWindow};

/// How long a notification is given to be seen, before a program without a window ends.
const SEEN: Duration = Duration::from_secs(300);

/// How often what may still arrive is looked up while the program is open.
const LOOKED_UP_EVERY: Duration = Duration::from_secs(60);

/// What came of the work that a person left alone.
pub enum Outcome {
    /// A run ended and was read back.
    Proven(RunView, ProofView),
    /// A run stopped before its end, or could not be read back.
    Open(RunView),
    /// Several kinds were planned, sent and read back once more.
    Retried(RetryView),
    /// It ended without a run.
    Failed,
}

/// Closing the window: hides it where a run is under way and a second start would show it again; answers whether it did.
pub fn hide<R: Runtime>(app: &AppHandle<R>) -> bool {
    let shell = app.state::<Shell>();
    if !shell.comes_back || !shell.running.under_way() {
        return false;
    }
    let Some(window) = window(app) else { return false };
    if let Err(error) = window.hide() {
        tracing::warn!(%error, "the window cannot be hidden");
        return false;
    }
    shell.hidden.store(true, Ordering::SeqCst);
    true
}

/// Brings the window to the front: what a second start of the program does instead of opening another.
pub fn show<R: Runtime>(app: &AppHandle<R>) {
    app.state::<Shell>().hidden.store(false, Ordering::SeqCst);
    let Some(window) = window(app) else { return };
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be brought to the front");
    }
}

/// Looks up what may still arrive, at the start and as long as the program is open.
pub fn keep_looking<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>().inner().clone();
    tauri::async_runtime::spawn(async move {
        loop {
            look_up(&shell).await;
            tokio::time::sleep(LOOKED_UP_EVERY).await;
        }
    });
}

/// Settles what may still arrive, unless there is nothing, or a run is under way that will do it.
pub async fn look_up(shell: &Shell) {
    let Ok(desk) = shell.desk() else { return };
    if !desk.undecided().unwrap_or_default() {
        return;
    }
    let Ok(under_way) = shell.running.begin() else { return };
    if let Err(error) = desk.settle(under_way.token(), &|progress: ProgressView| under_way.tell(progress)).await {
        tracing::warn!(%error, "what may still arrive could not be looked up");
    }
}

/// Proves a run that ended while the window was hidden, as nobody is there to ask for it; the window is given this proof when it asks.
pub async fn prove_unseen(shell: &Shell, desk: &Desk, under_way: &RunUnderWay, run: &RunView) -> Option<ProofView> {
    if !shell.is_hidden() || run.state != "finished" {
        return None;
    }
    let proof = desk.prove(&run.run, &|progress: ProgressView| under_way.tell(progress)).await;
    let proof = proof.inspect_err(|error| tracing::warn!(%error, "the run could not be read back")).ok()?;
    shell.running.keep_proof(proof.clone());
    Some(proof)
}

/// What came of a run, once it is no longer under way.
#[must_use]
pub fn outcome_of(run: &AppResult<RunView>, proof: Option<ProofView>) -> Outcome {
    match (run, proof) {
        (Ok(run), Some(proof)) => Outcome::Proven(run.clone(), proof),
        (Ok(run), None) => Outcome::Open(run.clone()),
        (Err(_), _) => Outcome::Failed,
    }
}

/// Tells the person what came of it, where the window is not before their eyes; a program that is still hidden then ends.
pub fn tell<R: Runtime>(app: &AppHandle<R>, outcome: Outcome) {
    if in_front(app) {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let shell = app.state::<Shell>().inner().clone();
        let notice = notice(shell.sentences(), &outcome);
        let notifier = shell.notifier.clone();
        let told = tauri::async_runtime::spawn_blocking(move || notifier.tell(&notice));
        match tokio::time::timeout(SEEN, told).await {
            Ok(Ok(Answer::Open)) => show(&app),
            Ok(Ok(Answer::Gone) | Err(_)) | Err(_) => end(&app),
        }
    });
}

/// Ends a program that nobody sees and that has nothing to do: with its last window it goes.
fn end<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    if shell.is_hidden()
        && !shell.running.under_way()
        && let Some(window) = window(app)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the hidden window cannot be closed");
        app.exit(0);
    }
}

fn window<R: Runtime>(app: &AppHandle<R>) -> Option<WebviewWindow<R>> {
    app.get_webview_window("main")
}

/// Whether the person has the window before their eyes.
fn in_front<R: Runtime>(app: &AppHandle<R>) -> bool {
    let hidden = app.state::<Shell>().is_hidden();
    let seen = |window: WebviewWindow<R>| {
        window.is_focused().unwrap_or_default() && !window.is_minimized().unwrap_or_default()
    };
    !hidden && window(app).is_some_and(seen)
}

/// The words for it.
fn notice(sentences: &Sentences, outcome: &Outcome) -> Notice {
    let count = |number: u32| sentences.count(number);
    let sum = |run: &RunView| {
        let key = if run.unknown > 0 { "notice.sum_unknown" } else { "notice.sum" };
        sentences.say(
            key,
            &[
                ("input", &count(run.input)),
                ("posted", &count(run.posted)),
                ("held", &count(run.held)),
                ("failed", &count(run.failed)),
                ("unknown", &count(run.unknown)),
            ],
        )
    };
    let titled = |key: &str, kind: &str| sentences.say(key, &[("kind", sentences.code("kind", kind))]);
    match outcome {
        Outcome::Proven(run, proof) if !proof.proven => Notice {
            title: titled("notice.nothing", &run.kind),
            body: format!("{} {}", sum(run), sentences.word("notice.nothing_body")),
        },
        Outcome::Proven(run, proof) if proof.differences.is_empty() => Notice {
            title: titled("notice.proven", &run.kind),
            body: format!("{} {}", sum(run), sentences.say("notice.read_back", &[("checked", &count(proof.checked))])),
        },
        Outcome::Proven(run, proof) => {
            let differing = u32::try_from(proof.differences.len()).unwrap_or(u32::MAX);
            let differing = sentences.say("notice.read_otherwise", &[("count", &count(differing))]);
            Notice { title: titled("notice.differs", &run.kind), body: format!("{} {differing}", sum(run)) }
        }
        Outcome::Open(run) if run.state == "finished" => Notice {
            title: titled("notice.unproven", &run.kind),
            body: format!("{} {}", sum(run), sentences.word("notice.prove_later")),
        },
        Outcome::Open(run) => {
            let why = run.pause.as_ref().map_or_else(String::new, |pause| sentences.reason(pause));
            let done = [("reason", why.as_str()), ("posted", &count(run.posted)), ("input", &count(run.input))];
            Notice { title: titled("notice.paused", &run.kind), body: sentences.say("notice.paused_body", &done) }
        }
        Outcome::Retried(retried) => {
            let posted = retried.syncs.iter().map(|sync| sync.run.posted).sum();
            let left = retried.syncs.iter().map(|sync| sync.run.held + sync.run.failed + sync.run.unknown).sum();
            let body = sentences.say("notice.retried_body", &[("posted", &count(posted)), ("left", &count(left))]);
            Notice { title: sentences.word("notice.retried").to_owned(), body }
        }
        Outcome::Failed => Notice {
            title: sentences.word("notice.failed").to_owned(),
            body: sentences.word("notice.failed_body").to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_app::messages::Language;
    use selaras_app::view::ReasonView;
    use serde_json::json;

    fn run(state: &str, unknown: u32) -> RunView {
        let run = json!({
            "run": "r", "plan": "p", "kind": "stock", "database": 1, "state": state, "pause": null, "in": 1412, "posted": 1405,
            "held": 4, "failed": 3 - unknown, "unknown": unknown, "started_at": "", "finished_at": null, "certificate": null,
            "certificate_no": null, "unproven": false, "passed": [], "undoes": null, "undone_by": null
        });
        serde_json::from_value(run).unwrap()
    }

    fn proof(differences: serde_json::Value) -> ProofView {
        let proof = json!({
            "run": "r", "checked": 1405, "not_readable": 0, "overtaken": 0, "unknown": 0, "unread_fields": {}, "proven": true,
            "differences": differences, "certificate": "c", "hash": "h", "at": "",
            "notes": []
        });
        serde_json::from_value(proof).unwrap()
    }

    fn said(language: Language, outcome: &Outcome) -> (String, String) {
        let notice = notice(Sentences::of(language), outcome);
        (notice.title, notice.body)
    }

    #[test]
    fn a_notice_says_what_came_of_it_and_success_only_of_what_was_read_back() {
        let proven = Outcome::Proven(run("finished", 0), proof(json!([])));
        assert_eq!(
            said(Language::Id, &proven),
            (
                "Stok: selesai dan terbukti".to_owned(),
                "Masuk 1.412 = terkirim 1.405 + ditahan 4 + gagal 3. Dibaca ulang 1.405, semuanya sama.".to_owned()
            )
        );
        assert_eq!(
            said(Language::En, &Outcome::Open(run("finished", 1))),
            (
                "Stock: sent, not read back yet".to_owned(),
                "In 1,412 = sent 1,405 + held 4 + failed 2 + being checked 1. Open Selaras to read it back.".to_owned()
            )
        );
        let mut nothing = proof(json!([]));
        (nothing.checked, nothing.proven) = (0, false);
        let nothing = Outcome::Proven(run("finished", 0), nothing);
        assert_eq!(said(Language::En, &nothing).0, "Stock: sent, and not proven");
        let differing = json!([{ "key": "k", "field": "on_hand", "expected": "1", "found": null }]);
        let differing = Outcome::Proven(run("finished", 0), proof(differing));
        assert_eq!(said(Language::Id, &differing).0, "Stok: selesai, ada yang terbaca lain");
    }

    #[test]
    fn a_notice_of_a_pause_says_why() {
        let mut paused = run("paused", 0);
        paused.pause = Some(ReasonView { code: "offline".into(), params: [("side".into(), "forstok".into())].into() });
        assert_eq!(
            said(Language::Id, &Outcome::Open(paused)),
            (
                "Stok: dijeda".to_owned(),
                "Forstok tidak dapat dihubungi. Terkirim 1.405 dari 1.412; buka Selaras untuk melanjutkan.".to_owned()
            )
        );
    }

    #[test]
    fn every_word_of_a_notice_is_there_in_both_languages() {
        let outcomes = [
            Outcome::Proven(run("finished", 0), proof(json!([]))),
            Outcome::Open(run("finished", 2)),
            Outcome::Open(run("paused", 0)),
            Outcome::Retried(RetryView { syncs: Vec::new() }),
            Outcome::Failed,
        ];
        for language in [Language::Id, Language::En] {
            for outcome in &outcomes {
                let (title, body) = said(language, outcome);
                assert!(!format!("{title} {body}").contains("notice."), "{language:?}: {title} {body}");
            }
        }
    }
}
