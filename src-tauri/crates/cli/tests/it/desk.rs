//! A data folder, base URLs and credentials, and the program started with them.

use selaras_sandbox::{Connection, Sandbox, SandboxOptions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// Long enough for a busy machine; a hang ends here.
const PATIENCE: Duration = Duration::from_secs(240);

/// Where a company's books are kept, and how the program reaches the services.
pub struct Desk {
    pub folder: TempDir,
    pub variables: BTreeMap<String, String>,
    pub redirect: String,
    pub email: String,
}

/// What a process said and how it ended.
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The one object on stdout.
    pub fn json(&self) -> Value {
        let last = self.stdout.trim().lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The same, and exactly one line.
    pub fn only_json(&self) -> Value {
        assert_eq!(self.stdout.trim().lines().count(), 1, "{}", self.stdout);
        self.json()
    }

    /// Its exit code must be this one.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The code of the error that it told.
    pub fn error(&self) -> String {
        self.only_json()["error"]["code"].as_str().unwrap_or_else(|| panic!("{}", self.stdout)).to_owned()
    }
}

/// A redirect URI on a port that is free now. It lies below those that the system gives out by itself (from 32768 on Linux), so that no
/// connection of this machine is given it until the program listens.
pub fn redirect() -> String {
    const FIRST: u16 = 10_000;
    const NUMBER: u16 = 10_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(NUMBER)).unwrap();
    let mut ports = (0..NUMBER).map(|_| FIRST + own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % NUMBER);
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
    format!("http://localhost:{free}/callback")
}

/// A sandbox in this process, whose inside can be looked at, and a desk for it.
pub async fn shop(options: SandboxOptions) -> (Sandbox, Desk) {
    let redirect = redirect();
    let options = SandboxOptions { redirect_uris: vec![redirect.clone()], ..options };
    let sandbox = Sandbox::start(options.hurried()).await.unwrap();
    let connection = serde_json::to_value(sandbox.connection()).unwrap();
    let mut desk = Desk::on(&connection, redirect);
    let second = sandbox.connection().accurate_second.as_millis();
    desk.variables.insert("SELARAS_TEST_SECOND_MS".to_owned(), second.to_string());
    (sandbox, desk)
}

/// The first database of a sandbox: the shop's own.
pub fn first_database(connection: &Connection) -> i64 {
    connection.databases.first().unwrap().id
}

impl Desk {
    /// On services whose connection is told like `selaras-cli sandbox` tells it.
    pub fn on(connection: &Value, redirect: String) -> Self {
        let text = |key: &str| connection[key].as_str().unwrap().to_owned();
        let variables = BTreeMap::from([
            ("SELARAS_ACCURATE_URL".to_owned(), text("accurate_url")),
            ("SELARAS_FORSTOK_AUTH_URL".to_owned(), text("forstok_auth_url")),
            ("SELARAS_FORSTOK_API_URL".to_owned(), text("forstok_api_url")),
            ("SELARAS_ACCURATE_CLIENT_ID".to_owned(), text("client_id")),
            ("SELARAS_ACCURATE_CLIENT_SECRET".to_owned(), text("client_secret")),
            ("SELARAS_ACCURATE_API_TOKEN".to_owned(), text("api_token")),
            ("SELARAS_ACCURATE_SIGNATURE_SECRET".to_owned(), text("signature_secret")),
            ("SELARAS_FORSTOK_SECRET_KEY".to_owned(), text("forstok_secret_key")),
            ("SELARAS_SECRETS".to_owned(), "file".to_owned()),
            ("SELARAS_PASSPHRASE".to_owned(), "canary-passphrase-51c0".to_owned()),
            ("SELARAS_TEST_WORK_FACTOR".to_owned(), "4".to_owned()),
            ("SELARAS_LOG".to_owned(), "trace".to_owned()),
        ]);
        let folder = tempfile::tempdir().unwrap();
        Self { folder, variables, redirect, email: text("forstok_email") }
    }

    /// How long the program takes what it has sent for what may still arrive.
    pub fn arrives_within(&mut self, time: std::time::Duration) {
        self.variables.insert("SELARAS_TEST_ARRIVES_WITHIN_MS".to_owned(), time.as_millis().to_string());
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program, not started yet. Nothing of this machine's environment reaches it.
    pub fn command<I: IntoIterator<Item = S>, S: Into<OsString>>(&self, words: I) -> Command {
        let mut command = bare(words);
        command.envs(&self.variables).env("SELARAS_DATA_DIR", self.folder.path().join("data"));
        command
    }

    /// Runs it with `--json`.
    pub async fn run(&self, line: &str) -> Said {
        let words = line.split_whitespace().chain(["--json"]);
        finished(self.command(words).spawn().unwrap()).await
    }

    /// Runs it with `--json --yes` and takes its answer; it must end with this code.
    #[track_caller]
    pub fn answer(&self, line: &str, code: i32) -> impl Future<Output = Value> {
        let line = format!("{line} --yes");
        async move { self.run(&line).await.ends(code).only_json() }
    }

    /// Signs in at Accurate: the program prints the address and waits, the test consents as the owner's browser would.
    pub async fn connect_accurate(&self) -> Said {
        let words = ["connect", "accurate", "--print-url", "--redirect", &self.redirect, "--json"];
        let (mut child, first) = first_line(self.command(words)).await;
        let address = first["authorize_url"].as_str().unwrap();
        let callback = consent(address, "allow").await;
        let page = browser().get(callback).send().await.unwrap();
        assert!(page.status().is_success(), "{}", page.status());
        let rest = rest(&mut child).await;
        assert_eq!(rest.stdout.trim().lines().count(), 1, "{}", rest.stdout);
        rest
    }

    /// Connects both services and chooses a database.
    pub async fn connect(&self, database: i64) {
        self.answer(&format!("connect forstok --email {}", self.email), 0).await;
        self.connect_accurate().await.ends(0);
        self.answer(&format!("use-database {database}"), 0).await;
    }

    /// Saves the suggested mapping and returns it.
    pub async fn map(&self) -> Value {
        let suggested = self.answer("mapping suggest", 0).await;
        let file = self.file("mapping.json", &suggested.to_string());
        self.answer(&format!("mapping set {}", file.display()), 0).await
    }

    /// Follows the suggestions and leaves out what only the marketplace can put right.
    pub async fn resolve(&self) {
        let skus = self.answer("skus", 0).await;
        let mut decisions = BTreeMap::new();
        for row in skus["skus"].as_array().unwrap() {
            let (sku, state) = (row["sku"].as_str().unwrap(), row["state"].as_str().unwrap());
            if sku.is_empty() || matches!(state, "ready" | "matched") {
                continue;
            }
            let suggestion = &row["suggestion"];
            let decision = match state {
                "empty" | "duplicate" => serde_json::json!({ "sku": sku, "decision": "skip" }),
                _ if suggestion.is_null() => serde_json::json!({ "sku": sku, "decision": "skip" }),
                _ => {
                    serde_json::json!({ "sku": sku, "decision": suggestion["decision"], "target": suggestion["target"] })
                }
            };
            decisions.insert(sku.to_owned(), decision);
        }
        let decisions: Vec<Value> = decisions.into_values().collect();
        let file = self.file("decisions.json", &Value::from(decisions.clone()).to_string());
        let answer = self.answer(&format!("skus resolve {}", file.display()), 0).await;
        assert_eq!(answer["resolved"], decisions.len());
    }
}

/// The program with nothing around it.
pub fn bare<I: IntoIterator<Item = S>, S: Into<OsString>>(words: I) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selaras-cli"));
    command.args(words.into_iter().map(Into::into)).env_clear();
    // Windows needs these to open a socket.
    for name in ["SystemRoot", "TEMP", "PATH"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Starts it and reads its first line, which is JSON.
pub async fn first_line(mut command: Command) -> (Child, Value) {
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await.expect("a first line").unwrap();
    let buffered = stdout.buffer().len();
    assert_eq!(buffered, 0, "nothing comes with the first line");
    child.stdout = Some(stdout.into_inner());
    let value = match serde_json::from_str(&line) {
        Ok(value) => value,
        Err(error) => panic!("{error}: {line} {}", rest(&mut child).await.stderr),
    };
    (child, value)
}

/// Reads what a process still says, until it ends.
pub async fn rest(child: &mut Child) -> Said {
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let all = async {
        let (_, _, status) = tokio::join!(out.read_to_end(&mut stdout), err.read_to_end(&mut stderr), child.wait());
        status.unwrap()
    };
    let status = tokio::time::timeout(PATIENCE, all).await.expect("the program ends");
    Said { code: code(status), stdout: text(stdout), stderr: text(stderr) }
}

pub async fn finished(mut child: Child) -> Said {
    rest(&mut child).await
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Asks a process to stop or end. A word of every shell: a program of this name is not on every machine.
#[cfg(unix)]
pub fn signal(name: &str, id: &str) {
    let asked = std::process::Command::new("sh").args(["-c", &format!("kill -s {name} {id}")]).status().unwrap();
    assert!(asked.success());
}

pub fn browser() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Opens the consent page, presses a button, and returns where the browser is sent.
pub async fn consent(address: &str, decision: &str) -> String {
    let mut url = url::Url::parse(address).unwrap();
    let page = browser().get(url.clone()).send().await.unwrap();
    assert!(page.status().is_success(), "{}", page.status());
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.extend([("account".to_owned(), "owner".to_owned()), ("decision".to_owned(), decision.to_owned())]);
    url.set_query(None);
    let answer = browser().post(url).form(&form).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// The figures of a run add up.
#[track_caller]
pub fn adds_up(run: &Value) {
    let figure = |key: &str| run[key].as_u64().unwrap();
    assert_eq!(figure("in"), figure("posted") + figure("held") + figure("failed") + figure("unknown"), "{run}");
}

/// How many records a plan writes.
pub fn writes(plan: &Value) -> u64 {
    ["create", "change", "remove"].iter().map(|action| plan["counts"][action].as_u64().unwrap()).sum()
}
