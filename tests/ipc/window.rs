//! The program without a screen: Tauri's mock runtime, the real configuration and access list, the real desk on a made-up shop.

use crate::browser;
use selaras_app::desk::Browser;
use selaras_sandbox::Connection;
use selaras_shell::notifier::{Answer, Notice, Notifier};
use selaras_shell::{Environment, Shell};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, AppHandle, WebviewWindow, WebviewWindowBuilder};
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

/// A browser that only writes down what it was asked to open.
#[derive(Default)]
pub struct Noting(Mutex<Vec<String>>);

impl Noting {
    /// What was opened so far.
    pub fn opened(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Browser for Noting {
    fn open(&self, url: &str) -> Result<(), String> {
        self.0.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

/// A system whose notifications are written down, and answered always in the same way.
pub struct Notices {
    answer: Answer,
    told: Mutex<Vec<Notice>>,
}

impl Notices {
    /// What was told so far.
    pub fn told(&self) -> Vec<Notice> {
        self.told.lock().unwrap().clone()
    }
}

impl Notifier for Notices {
    fn tell(&self, notice: &Notice) -> Answer {
        self.told.lock().unwrap().push(notice.clone());
        self.answer
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
    app: App<MockRuntime>,
    notices: Arc<Notices>,
    data: TempDir,
}

impl Window {
    /// On a made-up shop, as `cargo xtask demo` starts it.
    pub fn on_a_made_up_shop() -> Self {
        Self::open(&[("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "40")], Arc::new(Granting))
    }

    /// On real services, with nothing connected.
    pub fn on_nothing_yet() -> Self {
        Self::on_nothing_yet_with(Arc::new(Absent))
    }

    /// The same with a browser that is looked at.
    pub fn on_nothing_yet_with(browser: Arc<dyn Browser>) -> Self {
        Self::open(&[("SELARAS_SECRETS", "memory"), ("SELARAS_SANDBOX_ITEMS", "20")], browser)
    }

    /// On real services, with the data that lie in a folder.
    pub fn on_data(data: TempDir) -> Self {
        Self::open_in(data, &[("SELARAS_SECRETS", "memory")], Arc::new(Absent), Answer::Gone)
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

    /// On a made-up shop, with a browser that opens nothing.
    pub fn on_a_shop_with(browser: Arc<dyn Browser>) -> Self {
        Self::open(&[("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "20")], browser)
    }

    /// On a made-up shop of this size, on a system that answers its notifications like this.
    pub fn on_a_system_that_answers(answer: Answer, items: &str) -> Self {
        let shop = [("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", items)];
        Self::open_with(&shop, Arc::new(Granting), answer)
    }

    fn open(variables: &[(&str, &str)], browser: Arc<dyn Browser>) -> Self {
        Self::open_with(variables, browser, Answer::Gone)
    }

    fn open_with(variables: &[(&str, &str)], browser: Arc<dyn Browser>, answer: Answer) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), variables, browser, answer)
    }

    fn open_in(data: TempDir, variables: &[(&str, &str)], browser: Arc<dyn Browser>, answer: Answer) -> Self {
        let folder = data.path().display().to_string();
        let environment = Environment::read(|name| match name {
            "SELARAS_DATA_DIR" => Some(folder.clone()),
            "SELARAS_DOWNLOADS" => Some(format!("{folder}/downloads")),
            _ => variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        });
        let notices = Arc::new(Notices { answer, told: Mutex::default() });
        let notifier: Arc<dyn Notifier> = notices.clone();
        let shell = tauri::async_runtime::block_on(Shell::open(environment, browser, notifier));
        // The one window is opened here, and not by the event loop, which most tests do without.
        let mut context = selaras_shell::context();
        context.config_mut().app.windows.clear();
        let app = selaras_shell::with_steps(mock_builder(), shell).build(context).unwrap();
        let webview = WebviewWindowBuilder::new(&app, "main", Default::default()).build().unwrap();
        let (answered, refused) = Default::default();
        Self { webview, answered, refused, app, notices, data }
    }

    /// Asks as the UI asks.
    pub fn ask(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let answer = self.ask_from("tauri://localhost", command, arguments);
        let kept = if answer.is_ok() { &self.answered } else { &self.refused };
        kept.borrow_mut().insert(command.to_owned());
        answer
    }

    /// Asks without waiting for the answer, as a page that goes on.
    pub fn asking(&self, command: &'static str, arguments: Value) -> JoinHandle<Result<Value, Value>> {
        let webview = self.webview.clone();
        thread::spawn(move || ask(&webview, "tauri://localhost", command, arguments))
    }

    /// The program around the window.
    pub fn app(&self) -> &AppHandle<MockRuntime> {
        self.app.handle()
    }

    /// Lets the program run until it ends by itself; answers what it told meanwhile.
    pub fn run_to_its_end(self) -> Vec<Notice> {
        let Self { app, notices, data, .. } = self;
        let since = Instant::now();
        app.run_return(move |_, _| assert!(since.elapsed() < Duration::from_secs(300), "the program does not end"));
        drop(data);
        notices.told()
    }

    /// The notifications of its system.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Asks as a page from another place would.
    pub fn ask_from(&self, origin: &str, command: &str, arguments: Value) -> Result<Value, Value> {
        ask(&self.webview, origin, command, arguments)
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

fn ask(webview: &WebviewWindow<MockRuntime>, origin: &str, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: origin.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(webview, request).map(|body| body.deserialize().unwrap())
}
