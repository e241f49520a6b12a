//! The window as a person uses it: look for a thing, click it, type into it, read it. Every wait has an end, and its message names
//! what was awaited.

use crate::drivers::{self, Drivers};
use anyhow::{Context, Result, bail};
use selaras_app::demo;
use selaras_app::desk::{Desk, DeskConfig, SecretsMode};
use selaras_sandbox::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use thirtyfour::common::capabilities::desiredcapabilities::Capabilities;
use thirtyfour::{By, WebDriver, WebElement};

/// Long enough for a new machine that does other things, too, to draw a screen; what is there is seen at once all the same.
const PATIENCE: Duration = Duration::from_secs(90);
/// For what talks to the services many times: a plan, a run, a proof.
const LONG_PATIENCE: Duration = Duration::from_secs(600);
const GLANCE: Duration = Duration::from_millis(100);

/// A way to look at a screen: a theme and a size of the window.
#[derive(Debug, Clone, Copy)]
struct Look {
    name: &'static str,
    theme: &'static str,
    size: (u32, u32),
}

/// Every picture is taken in each of them. The first is the one that a story is told in.
const LOOKS: [Look; 4] = [
    Look { name: "light", theme: "light", size: (1280, 800) },
    Look { name: "dark", theme: "dark", size: (1280, 800) },
    Look { name: "1024-light", theme: "light", size: (1024, 700) },
    Look { name: "1024-dark", theme: "dark", size: (1024, 700) },
];

/// What a window is opened with.
pub struct Opening<'a> {
    /// Folder of its pictures below `target/screens`.
    pub story: &'a str,
    /// Folder of the program's data.
    pub data: PathBuf,
    /// Environment of the program: which services, how its secrets are kept.
    pub variables: Vec<(&'static str, String)>,
    /// Whether pictures are taken in every look, or only in the first.
    pub all_looks: bool,
}

/// Opens the vault of a story's data; guards nothing.
const PASSPHRASE: &str = "buku harian seorang akuntan";

/// A desk on a folder of data that a window opens later ([`Opening::on`]).
pub fn own_desk(data: &Path, connection: &Connection) -> Result<Desk> {
    Ok(Desk::open(DeskConfig {
        company: "default".into(),
        secrets: SecretsMode::File(PASSPHRASE.into()),
        ..demo::desk_config(data.to_owned(), connection)
    })?)
}

impl<'a> Opening<'a> {
    /// On what [`own_desk`] has left; pictures are taken in every look.
    pub fn on(story: &'a str, data: &Path, connection: &Connection) -> Self {
        let variables = vec![
            ("SELARAS_SECRETS", "file".into()),
            ("SELARAS_PASSPHRASE", PASSPHRASE.into()),
            ("SELARAS_TEST_WORK_FACTOR", "4".into()),
            ("SELARAS_ACCURATE_URL", connection.accurate_url.clone()),
            ("SELARAS_FORSTOK_AUTH_URL", connection.forstok_auth_url.clone()),
            ("SELARAS_FORSTOK_API_URL", connection.forstok_api_url.clone()),
            ("SELARAS_TEST_SECOND_MS", connection.accurate_second.as_millis().to_string()),
        ];
        Self { story, data: data.to_owned(), variables, all_looks: true }
    }
}

/// Finds what is wider than its place.
const TOO_WIDE: &str = "
    const root = document.documentElement;
    return [...document.querySelectorAll('*')]
        .filter((node) => /auto|scroll/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth + 1)
        .concat(root.scrollWidth > root.clientWidth ? [root] : [])
        .map((node) => `<${node.localName} class=\"${node.className}\">`);";

/// Keeps what goes wrong inside the window, where nobody would see it.
const LISTEN: &str = "
    window.uncaught = [];
    // The browser's own remark that sizes were still moving carries no error.
    window.addEventListener('error', ({ error }) => error && window.uncaught.push(`${error} ${error.stack}`));
    window.addEventListener('unhandledrejection', ({ reason }) => window.uncaught.push(`${reason} ${reason?.stack ?? ''}`));";

/// The program with its window, and the drivers in front of it.
pub struct Window {
    /// They end with it, and before anything else of it.
    _drivers: Drivers,
    driver: WebDriver,
    pictures: PathBuf,
    looks: &'static [Look],
    /// The person's files; removed at the end.
    files: tempfile::TempDir,
    /// What the web view keeps; removed at the end.
    _web_view: tempfile::TempDir,
}

impl Window {
    /// Starts the program.
    pub async fn open(opening: Opening<'_>) -> Result<Self> {
        let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens").join(opening.story);
        if pictures.exists() {
            fs::remove_dir_all(&pictures)?;
        }
        fs::create_dir_all(&pictures)?;
        let (files, web_view) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let log = fs::File::create(pictures.join("drivers.log"))?;
        let variable =
            |name: &str| std::env::var_os(name).with_context(|| format!("{name} is set by cargo xtask test"));
        let (tauri_driver, native_driver) = (variable("SELARAS_TAURI_DRIVER")?, variable("SELARAS_NATIVE_DRIVER")?);
        let command = |[port, native_port]: [u16; 2]| {
            let mut command = Command::new(&tauri_driver);
            command
                .arg("--native-driver")
                .arg(&native_driver)
                .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
                // The driver hands its environment on to the program.
                .env("SELARAS_DATA_DIR", &opening.data)
                .envs(opening.variables.iter().map(|(name, value)| (name, value)))
                // What the program saves for the person goes to a folder of the test's own.
                .env("SELARAS_DOWNLOADS", files.path())
                // What the web view keeps, too: a story must not begin with the text size that the one before it has chosen.
                .env("XDG_DATA_HOME", web_view.path())
                .env("XDG_CACHE_HOME", web_view.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log.try_clone()?);
            Ok(command)
        };
        let mut wishes = Capabilities::new();
        wishes.set("tauri:options", json!({ "application": env!("CARGO_BIN_EXE_selaras") }))?;
        let (drivers, driver) = drivers::begin(command, &wishes).await?;
        let looks = if opening.all_looks { &LOOKS[..] } else { &LOOKS[..1] };
        let window = Self { _drivers: drivers, driver, pictures, looks, files, _web_view: web_view };
        window.take(LOOKS[0]).await?;
        window.driver.execute(LISTEN, Vec::<Value>::new()).await?;
        Ok(window)
    }

    /// Closes the window as a person does, and ends the drivers.
    pub async fn close(self) -> Result<()> {
        self.driver.clone().quit().await.context("the window cannot be closed")
    }

    /// Waits until something with this test id is shown.
    pub async fn see(&self, id: &str) -> Result<WebElement> {
        self.see_within(id, PATIENCE).await
    }

    /// The same, for what takes many calls.
    pub async fn see_after_work(&self, id: &str) -> Result<WebElement> {
        self.see_within(id, LONG_PATIENCE).await
    }

    async fn see_within(&self, id: &str, patience: Duration) -> Result<WebElement> {
        self.until(&format!("\"{id}\" to be shown"), patience, async || {
            let found = self.driver.find(By::Testid(id)).await.ok()?;
            // By its size: WebKit's own answer takes a text that may be cut for hidden.
            let place = found.rect().await.ok()?;
            (place.width > 0.0 && place.height > 0.0).then_some(found)
        })
        .await
    }

    /// Waits until at least one thing whose test id begins so is there.
    pub async fn see_any(&self, start: &str) -> Result<()> {
        self.until(&format!("anything \"{start}…\""), PATIENCE, async || {
            self.ids_beginning_with(start).await.is_ok_and(|ids| !ids.is_empty()).then_some(())
        })
        .await
    }

    /// Waits until exactly so many things whose test ids begin so are there.
    pub async fn see_so_many(&self, start: &str, number: usize) -> Result<()> {
        self.until(&format!("{number} \"{start}…\""), PATIENCE, async || {
            self.ids_beginning_with(start).await.is_ok_and(|ids| ids.len() == number).then_some(())
        })
        .await
    }

    /// Waits until what begins so is there and stays as it is: a list that is still being narrowed moves away under a press.
    pub async fn see_settled(&self, start: &str) -> Result<()> {
        self.until(&format!("\"{start}…\" to stay"), PATIENCE, async || {
            let before = self.ids_beginning_with(start).await.ok()?;
            tokio::time::sleep(GLANCE * 5).await;
            let after = self.ids_beginning_with(start).await.ok()?;
            (!before.is_empty() && before == after).then_some(())
        })
        .await
    }

    /// Whether something with this test id is there now.
    pub async fn has(&self, id: &str) -> bool {
        self.driver.find(By::Testid(id)).await.is_ok()
    }

    /// Clicks it as soon as it can be clicked.
    pub async fn click(&self, id: &str) -> Result<()> {
        self.until(&format!("\"{id}\" to be clickable"), PATIENCE, async || {
            let found = self.driver.find(By::Testid(id)).await.ok()?;
            if !found.is_enabled().await.unwrap_or(false) {
                return None;
            }
            found.scroll_into_view().await.ok()?;
            found.click().await.ok()
        })
        .await
    }

    /// Types over what is in a field.
    pub async fn type_into(&self, id: &str, text: &str) -> Result<()> {
        self.see(id).await?;
        // A screen that is being drawn may put another field in the place of the one that was found.
        self.until(&format!("\"{id}\" to take \"{text}\""), PATIENCE, async || {
            let field = self.driver.find(By::Testid(id)).await.ok()?;
            field.clear().await.ok()?;
            field.send_keys(text).await.ok()
        })
        .await
    }

    /// What is written in it, shown or for screen readers only.
    pub async fn read(&self, id: &str) -> Result<String> {
        self.until(&format!("\"{id}\" to say something"), PATIENCE, async || {
            let found = self.driver.find(By::Testid(id)).await.ok()?;
            let text = found.prop("textContent").await.ok()??.trim().to_owned();
            (!text.is_empty()).then_some(text)
        })
        .await
    }

    /// The number that is written in it, as Indonesian writes it in both languages.
    pub async fn number(&self, id: &str) -> Result<u64> {
        let text = self.read(id).await?;
        text.replace('.', "").parse().with_context(|| format!("\"{id}\" says \"{text}\", which is no number"))
    }

    /// What is in a field.
    pub async fn value_of(&self, id: &str) -> Result<String> {
        self.until(&format!("\"{id}\" to be filled in"), PATIENCE, async || {
            let found = self.driver.find(By::Testid(id)).await.ok()?;
            found.prop("value").await.ok()?.filter(|value| !value.is_empty())
        })
        .await
    }

    /// Paths of the mapping's places of one kind that are still empty.
    pub async fn empty_places(&self, kind: &str) -> Result<Vec<String>> {
        let script = "
            return [...document.querySelectorAll('[data-testid=\"map-row\"]')]
                .filter((row) => row.dataset.path.includes(arguments[0]) && !row.querySelector('input').value)
                .map((row) => row.dataset.path);";
        self.ask(script, kind).await
    }

    /// Opens the picker and takes the first record that may be chosen.
    pub async fn pick_first(&self, picker: &str) -> Result<()> {
        self.click(picker).await?;
        self.click_at(&format!("[data-testid^=\"{picker}-option-\"]:not([data-disabled])")).await
    }

    /// Test ids that are there now and begin so, in their order on the screen.
    pub async fn ids_beginning_with(&self, start: &str) -> Result<Vec<String>> {
        let script = "
            return [...document.querySelectorAll('[data-testid]')]
                .map((node) => node.dataset.testid)
                .filter((id) => id.startsWith(arguments[0]));";
        self.ask(script, start).await
    }

    /// What the marked part of each thing with this test id says: a code, a name.
    pub async fn parts(&self, id: &str, part: &str) -> Result<Vec<String>> {
        let script = "
            return [...document.querySelectorAll(arguments[0])].map((node) => node.textContent.trim());";
        self.ask(script, &format!("[data-testid=\"{id}\"] .{part}")).await
    }

    /// The codes of all things with this test id, in their order on the screen.
    pub async fn codes(&self, id: &str) -> Result<Vec<String>> {
        let script = "
            return [...document.querySelectorAll(arguments[0])].map((node) => node.dataset.code);";
        self.ask(script, &format!("[data-testid=\"{id}\"][data-code]")).await
    }

    /// Waits until what a selector names is there.
    pub async fn see_at(&self, selector: &str) -> Result<()> {
        self.until(&format!("{selector} to be there"), PATIENCE, async || {
            self.driver.find(By::Css(selector)).await.is_ok().then_some(())
        })
        .await
    }

    /// Asks the whole screen at one moment: things found one after the other may be gone when they are read.
    async fn ask(&self, script: &str, about: &str) -> Result<Vec<String>> {
        Ok(self.driver.execute(script, vec![json!(about)]).await?.convert()?)
    }

    /// Chooses a file as the system's dialog would.
    pub async fn choose_file(&self, id: &str, name: &str, content: &str) -> Result<()> {
        let path = self.files.path().join(name);
        fs::write(&path, content)?;
        self.until(&format!("\"{id}\" to take a file"), PATIENCE, async || {
            let input = self.driver.find(By::Testid(id)).await.ok()?;
            input.send_keys(path.display().to_string()).await.ok()
        })
        .await
    }

    /// Clicks what a selector finds first, as soon as it can be clicked.
    pub async fn click_at(&self, selector: &str) -> Result<()> {
        self.until(&format!("{selector} to be clickable"), PATIENCE, async || {
            let found = self.driver.find(By::Css(selector)).await.ok()?;
            found.scroll_into_view().await.ok()?;
            found.click().await.ok()
        })
        .await
    }

    /// Chooses an entry of a list by its value.
    pub async fn choose(&self, id: &str, value: &str) -> Result<()> {
        self.click_at(&format!("[data-testid=\"{id}\"] option[value=\"{value}\"]")).await
    }

    /// Types a day part by part, as the field takes it.
    pub async fn type_day(&self, id: &str, day: jiff::civil::Date) -> Result<()> {
        self.click_at(&format!("[data-testid=\"{id}\"] [data-segment=\"day\"]")).await?;
        for digit in day.strftime("%d%m%Y").to_string().chars() {
            self.press(&digit.to_string()).await?;
        }
        Ok(())
    }

    /// Waits until the step of the rail stands so.
    pub async fn step_is(&self, step: &str, state: &str) -> Result<()> {
        self.until(&format!("step \"{step}\" to be \"{state}\""), PATIENCE, async || {
            let found = self.driver.find(By::Testid(format!("step-{step}"))).await.ok()?;
            (found.attr("data-state").await.ok()?? == state).then_some(())
        })
        .await
    }

    /// Sends keys to whatever has the focus.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self.driver.active_element().await?.send_keys(keys).await?)
    }

    /// Waits until what is written there holds a text.
    pub async fn says(&self, id: &str, text: &str) -> Result<()> {
        self.until(&format!("\"{id}\" to say \"{text}\""), PATIENCE, async || {
            let found = self.driver.find(By::Testid(id)).await.ok()?;
            found.prop("textContent").await.ok()??.contains(text).then_some(())
        })
        .await
    }

    /// Gives the window the size and the theme of a look.
    async fn take(&self, look: Look) -> Result<()> {
        let (width, height) = look.size;
        self.driver.set_window_rect(0, 0, width, height).await?;
        let theme = "document.documentElement.dataset.theme = arguments[0]";
        self.driver.execute(theme, vec![json!(look.theme)]).await?;
        self.until(&format!("the window to be {width} wide"), PATIENCE, async || {
            let size = self.driver.execute("return window.innerWidth", Vec::<Value>::new()).await.ok()?;
            (size.json().as_u64()? == u64::from(width)).then_some(())
        })
        .await
    }

    /// Errors of the window's own code that nobody has caught.
    async fn uncaught(&self) -> Result<Vec<String>> {
        Ok(self.driver.execute("return window.uncaught", Vec::<Value>::new()).await?.convert()?)
    }

    /// Keeps pictures of the screen in every look, and ends the story where something runs out of the window, or went wrong in it.
    pub async fn picture(&self, name: &str) -> Result<()> {
        let uncaught = self.uncaught().await?;
        if !uncaught.is_empty() {
            bail!("the screen \"{name}\" has errors: {}", uncaught.join("; "));
        }
        for &look in self.looks {
            self.take(look).await?;
            self.drawn(name).await?;
            let wide = self.driver.execute(TOO_WIDE, Vec::<Value>::new()).await?;
            let wide: Vec<String> = wide.convert()?;
            if !wide.is_empty() {
                bail!("the screen \"{name}\" ({}) scrolls sideways: {}", look.name, wide.join(", "));
            }
            self.driver.screenshot(&self.pictures.join(format!("{name}-{}.png", look.name))).await?;
        }
        self.take(LOOKS[0]).await?;
        println!("  · {name}");
        Ok(())
    }

    /// Waits until the screen is really drawn: fonts loaded, and two frames later.
    async fn drawn(&self, name: &str) -> Result<()> {
        self.driver
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));",
                Vec::<Value>::new(),
            )
            .await
            .with_context(|| format!("the screen \"{name}\" is not drawn"))?;
        Ok(())
    }

    /// Keeps what the screen looked like, and says what it said, when the story ended early.
    pub async fn keep_failure(&self) {
        let picture = self.pictures.join("failed.png");
        match self.driver.screenshot(&picture).await {
            Ok(()) => println!("the screen at that moment: {}", picture.display()),
            Err(error) => println!("no picture of that moment: {error}"),
        }
        println!("uncaught in it: {:?}", self.uncaught().await);
        if let Ok(body) = self.driver.find(By::Tag("body")).await {
            println!("it said:\n{}", body.text().await.unwrap_or_default());
        }
    }

    /// Looks again and again until there is an answer or the time is up.
    async fn until<T>(&self, what: &str, patience: Duration, look: impl AsyncFn() -> Option<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            if let Some(found) = look().await {
                return Ok(found);
            }
            if began.elapsed() > patience {
                bail!("waited {} s for {what}", patience.as_secs());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
