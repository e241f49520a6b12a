//! The program without a screen: Tauri's mock runtime, the real configuration and access list, the real desk on a made-up shop.

use crate::browser;
use selaras_app::desk::Browser;
use selaras_sandbox::Connection;
use selaras_shell::{Environment, Shell};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

/// A person who grants whatever the browser shows.
struct Granting;

impl Browser for Granting {
    fn open(&self, url: &str) -> Result<(), String> {
        let url = url.to_owned();
        tauri::async_runtime::spawn(async move { browser::grant(&url).await.unwrap() });
        Ok(())
    }
}

/// A person whose browser does not open.
struct Absent;

impl Browser for Absent {
    fn open(&self, _: &str) -> Result<(), String> {
        Err("no browser".to_owned())
    }
}

/// The program's side of the border.
pub struct Window {
    webview: WebviewWindow<MockRuntime>,
    /// Commands that answered, and commands that refused.
    answered: RefCell<BTreeSet<String>>,
    refused: RefCell<BTreeSet<String>>,
    _app: App<MockRuntime>,
    _data: TempDir,
}

impl Window {
    /// On a made-up shop, as `cargo xtask demo` starts it.
    pub fn on_a_made_up_shop() -> Self {
        Self::open(&[("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "40")], Arc::new(Granting))
    }

    /// On real services, with nothing connected.
    pub fn on_nothing_yet() -> Self {
        Self::open(&[("SELARAS_SECRETS", "memory"), ("SELARAS_SANDBOX_ITEMS", "20")], Arc::new(Absent))
    }

    /// On services that are somewhere else.
    pub fn on_services(services: &Connection) -> Self {
        let variables = [
            ("SELARAS_SECRETS", "memory"),
            ("SELARAS_ACCURATE_URL", &services.accurate_url),
            ("SELARAS_FORSTOK_AUTH_URL", &services.forstok_auth_url),
            ("SELARAS_FORSTOK_API_URL", &services.forstok_api_url),
        ];
        Self::open(&variables, Arc::new(Absent))
    }

    /// With an environment that no desk can be opened in.
    pub fn that_cannot_open_its_desk() -> Self {
        Self::open(&[("SELARAS_SECRETS", "plain")], Arc::new(Absent))
    }

    fn open(variables: &[(&str, &str)], browser: Arc<dyn Browser>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().display().to_string();
        let environment = Environment::read(|name| match name {
            "SELARAS_DATA_DIR" => Some(folder.clone()),
            _ => variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        });
        let shell = tauri::async_runtime::block_on(Shell::open(environment, browser));
        let app = selaras_shell::with_steps(mock_builder(), shell).build(selaras_shell::context()).unwrap();
        let webview = WebviewWindowBuilder::new(&app, "main", Default::default()).build().unwrap();
        let (answered, refused) = Default::default();
        Self { webview, answered, refused, _app: app, _data: data }
    }

    /// Asks as the UI asks.
    pub fn ask(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let answer = self.ask_from("tauri://localhost", command, arguments);
        let kept = if answer.is_ok() { &self.answered } else { &self.refused };
        kept.borrow_mut().insert(command.to_owned());
        answer
    }

    /// Asks as a page from another place would.
    pub fn ask_from(&self, origin: &str, command: &str, arguments: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: origin.parse().unwrap(),
            body: InvokeBody::Json(arguments),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.webview, request).map(|body| body.deserialize().unwrap())
    }

    /// An answer that must come.
    #[track_caller]
    pub fn expect(&self, command: &str, arguments: Value) -> Value {
        self.ask(command, arguments).unwrap_or_else(|error| panic!("{command} refused: {error}"))
    }

    /// The code of a refusal that must come.
    #[track_caller]
    pub fn refusal(&self, command: &str, arguments: Value) -> String {
        match self.ask(command, arguments) {
            Ok(answer) => panic!("{command} should refuse, and answered {answer}"),
            Err(error) => error["code"].as_str().unwrap_or_else(|| panic!("{command}: {error} has no code")).to_owned(),
        }
    }

    /// What answered so far.
    pub fn answered(&self) -> BTreeSet<String> {
        self.answered.borrow().clone()
    }

    /// What refused so far.
    pub fn refused(&self) -> BTreeSet<String> {
        self.refused.borrow().clone()
    }
}

/// A channel, as the UI hands it over.
pub fn channel() -> Value {
    json!("__CHANNEL__:7")
}
