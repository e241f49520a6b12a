//! A made-up shop and a data folder of the program's own, and the program as a process in it.

use crate::trial::{CLOCK_LIMIT, Commit, Course, Death};
use anyhow::{Context, Result, bail, ensure};
use rust_decimal::Decimal;
use selaras_sandbox::{FaultSchedule, Inspection, Sandbox, SandboxOptions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Longer than any run of this shop takes, also on a busy machine; a hang ends here.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the program waits, in these tests, before it calls what was sent absent.
const ARRIVES_WITHIN: Duration = Duration::from_millis(2_500);

/// What a process said, and how it ended.
pub struct Said {
    /// `None`: it was killed.
    pub code: Option<i32>,
    pub answer: Value,
    pub stderr: String,
}

impl Said {
    /// Its answer, where it ended well, or with rows that need a person.
    fn well(self, words: &[&str]) -> Result<Value> {
        let Self { code, answer, stderr } = self;
        ensure!(matches!(code, Some(0 | 3)), "{words:?} ends with {code:?}: {answer} {stderr}");
        Ok(answer)
    }
}

impl Said {
    /// It ended by itself, and said how: with its answer, a pause of the run, or an error that has a name of its own.
    fn named(self, words: &[&str]) -> Result<()> {
        let Self { code, answer, stderr } = self;
        let error = answer["error"]["code"].as_str().or(answer["pause"]["code"].as_str());
        let named = error.is_some_and(|error| error != "internal");
        ensure!(matches!(code, Some(0 | 3)) || named, "{words:?} ends with {code:?}: {answer} {stderr}");
        Ok(())
    }
}

/// Bytes of a block, as `ulimit -f` counts them.
const BLOCK: u64 = 512;

/// The shop and the folder.
pub struct World {
    pub sandbox: Sandbox,
    pub database: i64,
    folder: TempDir,
    variables: BTreeMap<&'static str, String>,
    program: PathBuf,
}

/// What both services hold, by their own ledger; what a document is called is left out, as another try may number it otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub items: Vec<String>,
    pub stock: BTreeMap<(String, String), Decimal>,
    pub adjustments: usize,
    pub invoices: BTreeMap<String, Decimal>,
    pub owing: BTreeMap<String, Decimal>,
    pub receipts: usize,
    pub returns: usize,
    pub ledger: BTreeMap<String, Decimal>,
    pub on_hand: BTreeMap<(String, i64), i64>,
}

impl Held {
    fn of(state: &Inspection, database: i64) -> Result<Self> {
        let books = state.databases.get(&database).context("the database is gone")?;
        let there = |(_, figure): &(&_, &Decimal)| !figure.is_zero();
        Ok(Self {
            items: books.items.keys().cloned().collect(),
            stock: books
                .stock
                .iter()
                .filter(|(_, figure)| !figure.is_zero())
                .map(|(at, figure)| (at.clone(), *figure))
                .collect(),
            adjustments: books.adjustments.len(),
            invoices: books.invoices.clone(),
            owing: books.owing.clone(),
            receipts: books.receipts.len(),
            returns: books.returns.len(),
            ledger: books.ledger.iter().filter(there).map(|(no, sum)| (no.clone(), *sum)).collect(),
            on_hand: state.forstok.on_hand.clone(),
        })
    }

    /// What is otherwise than it should be, in few words.
    pub fn otherwise(&self, expected: &Self) -> Option<String> {
        fn maps<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
            what: &str,
            found: &BTreeMap<K, V>,
            expected: &BTreeMap<K, V>,
        ) -> Vec<String> {
            let keys: std::collections::BTreeSet<&K> = found.keys().chain(expected.keys()).collect();
            let other = keys.into_iter().filter(|key| found.get(key) != expected.get(key));
            other.map(|key| format!("{what} {key:?}: {:?}, not {:?}", found.get(key), expected.get(key))).collect()
        }
        let mut other = Vec::new();
        if self.items != expected.items {
            other.push(format!("{} items, not {}", self.items.len(), expected.items.len()));
        }
        for (what, found, wanted) in [
            ("adjustments", self.adjustments, expected.adjustments),
            ("receipts", self.receipts, expected.receipts),
            ("returns", self.returns, expected.returns),
        ] {
            if found != wanted {
                other.push(format!("{found} {what}, not {wanted}"));
            }
        }
        other.extend(maps("stock of", &self.stock, &expected.stock));
        other.extend(maps("invoice", &self.invoices, &expected.invoices));
        other.extend(maps("owing on", &self.owing, &expected.owing));
        other.extend(maps("account", &self.ledger, &expected.ledger));
        other.extend(maps("on hand of", &self.on_hand, &expected.on_hand));
        (!other.is_empty()).then(|| other.into_iter().take(6).collect::<Vec<_>>().join("; "))
    }
}

impl World {
    /// A shop that is connected and mapped.
    pub async fn begin(program: &Path) -> Result<Self> {
        let options = SandboxOptions { items: 24, orders: 24, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options.hurried()).await?;
        let connection = sandbox.connection();
        let database = connection.databases.first().context("no database")?.id;
        let variables = BTreeMap::from([
            ("SELARAS_ACCURATE_URL", connection.accurate_url.clone()),
            ("SELARAS_FORSTOK_AUTH_URL", connection.forstok_auth_url.clone()),
            ("SELARAS_FORSTOK_API_URL", connection.forstok_api_url.clone()),
            ("SELARAS_ACCURATE_API_TOKEN", connection.api_token.clone()),
            ("SELARAS_ACCURATE_SIGNATURE_SECRET", connection.signature_secret.clone()),
            ("SELARAS_FORSTOK_SECRET_KEY", connection.forstok_secret_key.clone()),
            ("SELARAS_SECRETS", "memory".to_owned()),
            ("SELARAS_TEST_ARRIVES_WITHIN_MS", ARRIVES_WITHIN.as_millis().to_string()),
            ("SELARAS_TEST_SECOND_MS", connection.accurate_second.as_millis().to_string()),
        ]);
        let email = connection.forstok_email.clone();
        let world = Self { sandbox, database, folder: tempfile::tempdir()?, variables, program: program.to_owned() };
        world.done(&["connect", "forstok", "--email", &email]).await?;
        world.done(&["connect", "accurate", "--api-token"]).await?;
        world.done(&["use-database", &database.to_string()]).await?;
        let suggested = world.done(&["mapping", "suggest"]).await?;
        let file = world.file("mapping.json", &suggested.to_string())?;
        world.done(&["mapping", "set", &file]).await?;
        Ok(world)
    }

    /// A file that the program is given; answers its path.
    pub fn file(&self, name: &str, content: &str) -> Result<String> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path.display().to_string())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--json", "--yes"]).env_clear().envs(&self.variables);
        command.env("SELARAS_DATA_DIR", self.data());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs it to its end.
    pub async fn run(&self, words: &[&str]) -> Result<Said> {
        said(self.command(words).spawn()?, words).await
    }

    /// The same; it must end well, or with rows that need a person.
    pub async fn done(&self, words: &[&str]) -> Result<Value> {
        self.run(words).await?.well(words)
    }

    /// The same, with what it did: the places that it passed, the calls that it made, its time, and the largest file that it left.
    pub async fn watched(&self, words: &[&str]) -> Result<(Value, Course)> {
        let log = self.folder.path().join("places");
        drop(std::fs::remove_file(&log));
        let (called, began) = (self.sandbox.state().calls, Instant::now());
        let said = said(self.command(words).env("SELARAS_KILL_LOG", &log).spawn()?, words).await?;
        let took = began.elapsed();
        let answer = said.well(words)?;
        let places = std::fs::read_to_string(&log).unwrap_or_default();
        let name = |line: &str| line.split_once(' ').map_or_else(String::new, |(_, name)| name.to_owned());
        let calls = self.sandbox.state().calls.into_iter();
        let own = calls.filter(|(call, count)| called.get(call).is_none_or(|before| before < count));
        let sizes = std::fs::read_dir(self.data())?.flatten().filter_map(|entry| Some(entry.metadata().ok()?.len()));
        let course = Course {
            places: places.lines().map(name).collect(),
            calls: own.map(|(call, _)| call).collect(),
            took,
            blocks: sizes.max().unwrap_or_default() / BLOCK,
        };
        Ok((answer, course))
    }

    /// Starts it and kills it. `calls`: what the writes of the run end with.
    pub async fn killed(&self, words: &[&str], death: Death, commit: Commit, calls: &str) -> Result<()> {
        self.faults(&commit.schedule(calls))?;
        let mut command = self.command(words);
        if let Death::Place(number) = death {
            command.env("SELARAS_KILL_AT", number.to_string());
        }
        let mut child = command.spawn()?;
        if let Death::Moment(after) = death {
            tokio::time::sleep(after).await;
            drop(child.start_kill());
        }
        said(child, words).await?;
        // What the service was about to do late it does, whatever comes next.
        if commit != Commit::Late {
            self.faults("")?;
        }
        Ok(())
    }

    /// Runs it while calls go wrong: whatever comes of it is said.
    pub async fn hindered(&self, words: &[&str], schedule: &str) -> Result<()> {
        self.faults(schedule)?;
        self.run(words).await?.named(words)?;
        self.faults("")?;
        // A port that refuses goes on doing so for its time.
        if schedule.contains("refused") {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    /// Starts it twice at once: both end, and say how.
    pub async fn twice(&self, words: &[&str]) -> Result<()> {
        let (one, other) = tokio::join!(self.run(words), self.run(words));
        one?.named(words)?;
        other?.named(words)
    }

    /// Runs it where no file grows beyond so many blocks.
    pub async fn without_room(&self, words: &[&str], blocks: u64) -> Result<()> {
        let whole = self.command(words);
        let mut command = Command::new("sh");
        // A write beyond the limit is an error of the write, and not the end of the process.
        command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        command.arg(&self.program).args(whole.as_std().get_args()).env_clear();
        command.envs(whole.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        said(command.spawn()?, words).await?.named(words)
    }

    /// Runs it where the clock is ahead by so many seconds. One that the service does not take is said as that, and nothing is written.
    pub async fn at_another_time(&self, words: &[&str], ahead: i64, before: &Held) -> Result<()> {
        let said =
            said(self.command(words).env("SELARAS_TEST_CLOCK_AHEAD_S", ahead.to_string()).spawn()?, words).await?;
        if ahead.abs() <= CLOCK_LIMIT {
            return said.well(words).map(drop);
        }
        let code = said.answer["error"]["code"].as_str().or(said.answer["pause"]["code"].as_str()).unwrap_or_default();
        ensure!(code == "clock_skew", "a clock that is wrong by {ahead} s ends with {:?}: {}", said.code, said.answer);
        match self.held().await?.otherwise(before) {
            Some(other) => bail!("a clock that is wrong by {ahead} s lets through: {other}"),
            None => Ok(()),
        }
    }

    pub fn faults(&self, schedule: &str) -> Result<()> {
        self.sandbox.set_faults(schedule.parse::<FaultSchedule>()?);
        Ok(())
    }

    /// What both services hold once nothing is under way.
    pub async fn held(&self) -> Result<Held> {
        for _ in 0..200 {
            let state = self.sandbox.state();
            if state.late_commits == 0 {
                return Held::of(&state, self.database);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("a late commit never came")
    }

    /// Whether nothing that was sent may still arrive, by the program's own word.
    pub async fn settled(&self) -> Result<bool> {
        let runs = self.done(&["runs"]).await?;
        Ok(runs["runs"].as_array().context("no runs")?.iter().all(|run| run["unknown"] == 0))
    }

    /// The program's own word: every row that it posted stands under a certificate, and each certificate verifies.
    pub async fn proven(&self) -> Result<()> {
        let runs = self.done(&["runs"]).await?;
        for run in runs["runs"].as_array().context("no runs")? {
            let posted = run["posted"].as_u64().unwrap_or_default();
            ensure!(
                posted == 0 || run["certificate"].is_string(),
                "run {} has posted {posted} rows without a certificate",
                run["run"]
            );
            ensure!(run["unknown"] == 0, "run {} has {} rows of which nothing is known", run["run"], run["unknown"]);
        }
        let said = self.run(&["verify"]).await?;
        ensure!(
            said.code == Some(0) && said.answer["chain_whole"] == true,
            "the chain is not whole: {} {}",
            said.answer,
            said.stderr
        );
        Ok(())
    }
}

async fn said(child: Child, words: &[&str]) -> Result<Said> {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.with_context(|| format!("{words:?} does not end"))??;
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    ensure!(!stderr.contains("panicked at"), "{words:?} panics: {stderr}");
    let answer = stdout.trim().lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    // Beside progress, which is long, only its end says why.
    let stderr = stderr.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
    Ok(Said { code: output.status.code(), answer, stderr })
}
