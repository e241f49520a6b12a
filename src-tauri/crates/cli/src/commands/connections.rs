//! `connect forstok`, `connect accurate`, `disconnect accurate`.

use super::Call;
use crate::arguments::{Connect, Disconnect};
use crate::exit::Exit;
use secrecy::{ExposeSecret, SecretString};
use selaras_app::desk::Browser;
use selaras_app::error::{AppError, AppResult};
use selaras_app::view::{AccurateAppInput, AccurateView, SignInEvent};
use serde_json::json;

/// The browser that this computer opens addresses with.
struct SystemBrowser;

impl Browser for SystemBrowser {
    fn open(&self, url: &str) -> Result<(), String> {
        // Detached: waiting for it would, on some desktops, wait until the browser is closed.
        open::that_detached(url).map_err(|error| error.to_string())
    }
}

/// Somebody else opens the address that was printed.
struct PrintedAddress;

impl Browser for PrintedAddress {
    fn open(&self, _url: &str) -> Result<(), String> {
        Ok(())
    }
}

/// A credential from the environment, else asked; without either an error names the variable.
fn given_or_asked(
    call: &Call<'_>,
    given: Option<SecretString>,
    variable: &str,
    question: &str,
) -> AppResult<SecretString> {
    given
        .or_else(|| call.prompt.secret(question))
        .ok_or_else(|| AppError::input(variable, call.messages.word("not_given")))
}

/// Connects one side.
///
/// # Errors
/// What the desk answers; `invalid_input` names a credential that was neither given nor typed.
pub async fn connect(call: &Call<'_>, side: Connect) -> AppResult<Exit> {
    match side {
        Connect::Forstok { email } => forstok(call, &email).await,
        Connect::Accurate { api_token: true, .. } => api_token(call).await,
        Connect::Accurate { print_url, redirect, .. } => accurate(call, print_url, redirect).await,
    }
}

async fn forstok(call: &Call<'_>, email: &str) -> AppResult<Exit> {
    let given = call.environment()?.given;
    let key = given_or_asked(call, given.forstok_secret_key, "SELARAS_FORSTOK_SECRET_KEY", "ask_forstok_key")?;
    let view = call.desk()?.connect_forstok(email, key).await?;
    call.output.answer(&view, || {
        let mut text = call.messages.say("connected", &[("side", "Forstok"), ("email", &view.email)]);
        let offered = serde_json::to_value(view.capabilities).unwrap_or_default();
        let missing: Vec<&str> = offered
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, offered)| **offered == false)
            .map(|(list, _)| list.as_str())
            .collect();
        if !missing.is_empty() {
            text.push('\n');
            text.push_str(&call.messages.say("not_offered_lists", &[("lists", &missing.join(", "))]));
        }
        text
    })?;
    Ok(Exit::Done)
}

async fn accurate(call: &Call<'_>, print_url: bool, redirect: Option<String>) -> AppResult<Exit> {
    let given = call.environment()?.given;
    // Left empty, the desk takes the credentials that it keeps.
    let client_id = given.accurate_client_id.or_else(|| call.prompt.line("ask_client_id"));
    let secret = given.accurate_client_secret.or_else(|| match &client_id {
        Some(_) => call.prompt.secret("ask_client_secret"),
        None => None,
    });
    let nothing_given = client_id.is_none();
    let input = AccurateAppInput {
        client_id: client_id.unwrap_or_default(),
        client_secret: secret.map(|secret| secret.expose_secret().to_owned()).unwrap_or_default(),
        redirect_uri: redirect,
    };
    if !print_url {
        call.output.note(call.messages.word("owner_first"));
    }
    let browser: &dyn Browser = if print_url { &PrintedAddress } else { &SystemBrowser };
    let on_event = |event: SignInEvent| {
        let SignInEvent::Waiting { authorize_url, seconds, browser_opened } = event;
        if print_url {
            // The line's only failure is a value that is no JSON, which an address always is.
            let _written = call.output.json_line(&json!({ "authorize_url": authorize_url }));
            return;
        }
        let seconds = seconds.to_string();
        call.output.note(&match browser_opened {
            true => call.messages.say("browser_opened", &[("seconds", &seconds)]),
            false => call.messages.say("browser_copy", &[("url", &authorize_url), ("seconds", &seconds)]),
        });
    };
    let desk = call.desk()?;
    let view = desk.connect_accurate(input, browser, call.cancel(), &on_event).await.map_err(|error| {
        match error.params.get("field").map(String::as_str) {
            Some("client_id") if nothing_given => {
                AppError::input("SELARAS_ACCURATE_CLIENT_ID", call.messages.word("not_given"))
            }
            _ => error,
        }
    })?;
    answer(call, &view)
}

async fn api_token(call: &Call<'_>) -> AppResult<Exit> {
    let given = call.environment()?.given;
    let token = given_or_asked(call, given.accurate_api_token, "SELARAS_ACCURATE_API_TOKEN", "ask_api_token")?;
    let signature = given_or_asked(
        call,
        given.accurate_signature_secret,
        "SELARAS_ACCURATE_SIGNATURE_SECRET",
        "ask_signature_secret",
    )?;
    let view = call.desk()?.connect_accurate_api_token(token, signature).await?;
    answer(call, &view)
}

fn answer(call: &Call<'_>, view: &AccurateView) -> AppResult<Exit> {
    call.output.answer(view, || {
        let email = view.email.as_deref().unwrap_or("API Token");
        let mut text = call.messages.say("connected", &[("side", "Accurate"), ("email", email)]);
        if !view.missing_scopes.is_empty() {
            text.push('\n');
            text.push_str(&call.messages.say("missing_scopes", &[("scopes", &view.missing_scopes.join(", "))]));
        }
        text
    })?;
    Ok(Exit::Done)
}

/// Disconnects one side.
///
/// # Errors
/// What the desk answers.
pub async fn disconnect(call: &Call<'_>, side: &Disconnect) -> AppResult<Exit> {
    let Disconnect::Accurate = side;
    call.desk()?.disconnect_accurate().await?;
    call.output.answer(&json!({ "disconnected": true }), || call.messages.word("disconnected").to_owned())?;
    Ok(Exit::Done)
}
