//! The two drivers in front of the window: `tauri-driver`, and behind it the web view's own, `WebKitWebDriver`. Owns their start, their
//! readiness and their end.
//!
//! On a new or busy machine either may be slow to listen, and a port that was free may be taken. So each is asked before it is used, and
//! what did not begin is ended as a whole before it is begun again: there is never a second window.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};
use thirtyfour::common::capabilities::desiredcapabilities::Capabilities;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{WebDriver, WebDriverBuilder};

/// How often the drivers are begun at most.
const TURNS: u32 = 3;
/// How long a driver may take to be ready.
const READY: Duration = Duration::from_secs(120);
/// How long one answer about its readiness may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the program may take to open its window: the first time everything is read from the disk.
const OPEN: Duration = Duration::from_secs(300);
/// How long they may take to end when they are asked, before they are ended.
const END: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(100);

/// Every process of one turn carries it in its environment, so that all are found again, even those whose parent has gone.
const MARK: &str = "SELARAS_DRIVEN";

/// Both drivers, and the window that they have opened; all of it ends when this is dropped.
pub struct Drivers {
    tauri_driver: Child,
    mark: String,
}

/// Why a session was not begun.
enum NotBegun {
    /// A driver was not there, or the way to it broke off: it may be begun again.
    Refused(anyhow::Error),
    /// The drivers were there and said no.
    Final(anyhow::Error),
}

/// Starts the drivers with the command that listens on the given ports (its own, and the native driver's), and the program through them as
/// soon as both are ready. What the transport refuses is begun again, a few times.
pub async fn begin(
    command: impl Fn([u16; 2]) -> Result<Command>,
    wishes: &Capabilities,
) -> Result<(Drivers, WebDriver)> {
    again(async || {
        let ports @ [port, native_port] = free_ports().map_err(NotBegun::Final)?;
        let mut drivers = Drivers::start(command(ports).map_err(NotBegun::Final)?).map_err(NotBegun::Final)?;
        for (name, port) in [("the window's own driver", native_port), ("tauri-driver", port)] {
            ready(name, port, READY, || drivers.ended()).await.map_err(NotBegun::Refused)?;
        }
        let session = session(port, wishes.clone()).await?;
        Ok((drivers, session))
    })
    .await
}

/// Begins again what was refused. Whatever a turn has begun is dropped, and so ended, before the next.
async fn again<T>(turn: impl AsyncFn() -> Result<T, NotBegun>) -> Result<T> {
    let mut refused = Vec::new();
    for _ in 0..TURNS {
        match turn().await {
            Ok(begun) => return Ok(begun),
            Err(NotBegun::Final(error)) => return Err(error),
            Err(NotBegun::Refused(error)) => {
                println!("  the window is begun again: {error:#}");
                refused.push(format!("{error:#}"));
            }
        }
    }
    bail!("the window could not be begun: {}", refused.join("; "))
}

/// Waits until a driver says that it is ready for a session. One without a session of its own says so, which is also how it is known that
/// no other window is open behind it.
async fn ready(name: &str, port: u16, patience: Duration, mut ended: impl FnMut() -> Option<String>) -> Result<()> {
    let asking = reqwest::Client::builder().no_proxy().timeout(ANSWER).build()?;
    let address = format!("http://127.0.0.1:{port}/status");
    let says = async || -> Result<Value> {
        let answer = asking.get(&address).send().await?.error_for_status()?;
        Ok(answer.json::<Value>().await?)
    };
    let began = Instant::now();
    loop {
        let said = says().await;
        if said.as_ref().is_ok_and(|status| status["value"]["ready"] == true) {
            return Ok(());
        }
        if let Some(how) = ended() {
            bail!("the drivers ended before {name} was ready ({how})");
        }
        if began.elapsed() > patience {
            let said = said.map_or_else(|error| format!("{error:#}"), |status| status.to_string());
            bail!("waited {} s for {name} to be ready; it said: {said}", patience.as_secs());
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// Opens the program's window.
async fn session(port: u16, wishes: Capabilities) -> Result<WebDriver, NotBegun> {
    // Nothing of this machine is reached through its proxy. A request outlives the wait for the window, so that the wait names itself.
    let client = reqwest::Client::builder().no_proxy().timeout(OPEN * 2).build();
    let client = client.map_err(|error| NotBegun::Final(error.into()))?;
    let opening: WebDriverBuilder = WebDriver::builder(format!("http://127.0.0.1:{port}"), wishes).client(client);
    match tokio::time::timeout(OPEN, opening.connect()).await {
        Ok(Ok(driver)) => Ok(driver),
        Ok(Err(error)) if of_transport(&error) => Err(NotBegun::Refused(error.into())),
        Ok(Err(error)) => Err(NotBegun::Final(error.into())),
        Err(_) => Err(NotBegun::Final(anyhow::anyhow!("waited {} s for the window to open", OPEN.as_secs()))),
    }
}

/// Whether no driver has answered at all.
fn of_transport(error: &WebDriverError) -> bool {
    matches!(
        &**error,
        WebDriverErrorInner::HttpError(_) | WebDriverErrorInner::RequestFailed(_) | WebDriverErrorInner::IoError(_)
    )
}

impl Drivers {
    fn start(mut command: Command) -> Result<Self> {
        static TURN: AtomicU16 = AtomicU16::new(0);
        let mark = format!("{}-{}", std::process::id(), TURN.fetch_add(1, Ordering::Relaxed));
        let tauri_driver = command.env(MARK, &mark).spawn().context("tauri-driver cannot be started")?;
        Ok(Self { tauri_driver, mark })
    }

    /// How the first driver has ended, where it has.
    fn ended(&mut self) -> Option<String> {
        match self.tauri_driver.try_wait() {
            Ok(status) => status.map(|status| status.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Ends both drivers and the window: by asking, and where that is not heard by force.
    fn end(&mut self) {
        for signal in ["TERM", "KILL"] {
            let began = Instant::now();
            loop {
                // The driver that we have started stays in sight until it is waited for.
                let left = marked(&self.mark);
                if left.is_empty() && self.ended().is_some() {
                    return;
                }
                if began.elapsed() > END {
                    break;
                }
                if !left.is_empty() {
                    // A word of every shell; a program of this name is not on every machine.
                    let asked = format!("kill -s {signal} {}", left.join(" "));
                    let _ = Command::new("sh").args(["-c", &asked]).stderr(std::process::Stdio::null()).status();
                }
                thread::sleep(GLANCE);
            }
        }
        println!("  left behind after their end: {}", marked(&self.mark).join(" "));
    }
}

impl Drop for Drivers {
    fn drop(&mut self) {
        self.end();
    }
}

/// The processes that carry the mark of a turn. One that has ended and is not waited for has no environment any more.
fn marked(mark: &str) -> Vec<String> {
    let wanted = format!("{MARK}={mark}");
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|process| process.ok()?.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|id| {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
        })
        .collect()
}

/// Two ports that nobody listens on. They lie below those that the system gives out by itself (from 32768 on Linux), so that between this
/// look and the drivers' start no connection of this machine is given one of them.
fn free_ports() -> Result<[u16; 2]> {
    const FIRST: u16 = 20_000;
    const NUMBER: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id().wrapping_mul(97) % u32::from(NUMBER))?;
    let mut free = Vec::new();
    for _ in 0..NUMBER {
        let port = FIRST + own.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % NUMBER;
        free.extend(TcpListener::bind(("127.0.0.1", port)).ok().map(|held| (port, held)));
        if let [(one, _), (other, _)] = free[..] {
            return Ok([one, other]);
        }
    }
    bail!("no two ports are free between {FIRST} and {}", FIRST + NUMBER)
}

/// Drivers that are not ready yet, told by a server that knows nothing else.
#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net;

    const READY_NOW: &str = r#"{"value":{"ready":true,"message":"No sessions"}}"#;
    const IN_USE: &str = r#"{"value":{"ready":false,"message":"A session already exists"}}"#;

    /// Listens after a while, and gives one answer after the other, the last for ever; an empty one breaks the connection off. The answer
    /// is how often it was asked.
    async fn fake(
        port: u16,
        after: Duration,
        answers: Vec<(u16, &'static str)>,
        asked: tokio::sync::watch::Sender<usize>,
    ) {
        tokio::time::sleep(after).await;
        let listener = net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 2048];
            let _ = stream.read(&mut head).await;
            let turn = *asked.borrow();
            asked.send_replace(turn + 1);
            let (status, body) = answers[turn.min(answers.len() - 1)];
            if !body.is_empty() {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    }

    #[tokio::test]
    async fn a_driver_that_listens_late_and_fails_at_first_is_waited_for() {
        let [port, _] = free_ports().unwrap();
        let (asked, count) = tokio::sync::watch::channel(0);
        let answers = vec![(500, "{}"), (200, "no json"), (200, ""), (200, IN_USE), (200, READY_NOW)];
        let server = tokio::spawn(fake(port, Duration::from_millis(400), answers, asked));
        ready("the driver", port, Duration::from_secs(60), || None).await.unwrap();
        assert_eq!(*count.borrow(), 5, "every answer but the last says that it is not ready");
        server.abort();
    }

    #[tokio::test]
    async fn a_driver_that_is_never_ready_is_given_up_and_what_it_said_is_told() {
        let [port, _] = free_ports().unwrap();
        let (asked, _count) = tokio::sync::watch::channel(0);
        let server = tokio::spawn(fake(port, Duration::ZERO, vec![(200, IN_USE)], asked));
        let error = ready("the driver", port, Duration::from_millis(500), || None).await.unwrap_err().to_string();
        assert!(error.starts_with("waited 0 s for the driver to be ready; it said:"), "{error}");
        server.abort();
    }

    #[tokio::test]
    async fn a_driver_that_has_ended_is_not_waited_for() {
        let [port, _] = free_ports().unwrap();
        let ended = || Some("exit status: 1".to_owned());
        let error = ready("the driver", port, Duration::from_secs(3600), ended).await.unwrap_err().to_string();
        assert_eq!(error, "the drivers ended before the driver was ready (exit status: 1)");
    }

    /// What a turn has begun.
    struct Begun<'a>(&'a Cell<u32>);

    impl Drop for Begun<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }

    #[tokio::test]
    async fn a_session_that_the_transport_refused_is_begun_again_after_the_first_has_ended() {
        let (alive, turns) = (Cell::new(0), Cell::new(0));
        let begun = again(async || {
            assert_eq!(alive.replace(1), 0, "two windows");
            let begun = Begun(&alive);
            turns.set(turns.get() + 1);
            if turns.get() < TURNS {
                return Err(NotBegun::Refused(anyhow::anyhow!("error sending request")));
            }
            Ok(begun)
        });
        assert!(begun.await.is_ok());
        assert_eq!((turns.get(), alive.get()), (TURNS, 0));
    }

    #[tokio::test]
    async fn a_session_is_not_begun_for_ever_nor_again_when_the_drivers_say_no() {
        let turns = Cell::new(0);
        let turn = |end: fn(anyhow::Error) -> NotBegun| {
            let turns = &turns;
            again(async move || {
                turns.set(turns.get() + 1);
                Err::<(), _>(end(anyhow::anyhow!("no")))
            })
        };
        assert_eq!(turn(NotBegun::Refused).await.unwrap_err().to_string(), "the window could not be begun: no; no; no");
        assert_eq!(turns.replace(0), TURNS);
        assert_eq!(turn(NotBegun::Final).await.unwrap_err().to_string(), "no");
        assert_eq!(turns.get(), 1);
    }

    #[tokio::test]
    async fn a_session_asked_of_nobody_is_refused_by_the_transport() {
        let [port, _] = free_ports().unwrap();
        assert!(matches!(session(port, Capabilities::new()).await, Err(NotBegun::Refused(_))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_end_of_the_drivers_is_the_end_of_everything_that_they_have_started() {
        let mut command = Command::new("sh");
        // The first has a child whose parent goes at once, and one that hears nothing.
        command.args(["-c", "(sleep 600 &); (trap '' TERM; sleep 600; sleep 600) & wait"]);
        let mut drivers = Drivers::start(command).unwrap();
        let mark = drivers.mark.clone();
        let began = Instant::now();
        while marked(&mark).len() < 4 {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", marked(&mark));
            thread::sleep(GLANCE);
        }
        assert_eq!(drivers.ended(), None);
        drop(drivers);
        assert_eq!(marked(&mark), Vec::<String>::new());
    }
}
