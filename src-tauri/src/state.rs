//! What the window holds while it is open: one desk, the made-up shop if it works on one, and the jobs that a person can stop.

use crate::demo_shop::DemoShop;
use crate::environment::{Environment, ShopSize};
use crate::job::Job;
use crate::notifier::Notifier;
use crate::run::Running;
use selaras_app::backups;
use selaras_app::desk::{Browser, Desk, DeskConfig};
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::messages::Sentences;
use selaras_app::view::{AppView, RestoreView, SandboxView};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Choices of the window that go along when it changes to a made-up shop.
const WINDOW_SETTINGS: [&str; 3] = ["language", "theme", "text_size"];

/// The state of the window. Cheap to clone.
#[derive(Clone)]
pub struct Shell {
    open: Arc<RwLock<Open>>,
    /// How the desk on the person's own data is opened.
    own: Option<DeskConfig>,
    pub(crate) data_dir: PathBuf,
    /// Where files for the person go, unless it is this user's folder of downloads.
    pub(crate) downloads: Option<PathBuf>,
    size: ShopSize,
    /// What opens the address of a sign-in.
    pub(crate) browser: Arc<dyn Browser>,
    /// What tells the person something without the window.
    pub(crate) notifier: Arc<dyn Notifier>,
    /// Whether a second start of the program shows this window again, so that it may be hidden.
    pub(crate) comes_back: bool,
    /// Whether the window was closed while a run was under way, and is hidden.
    pub(crate) hidden: Arc<AtomicBool>,
    /// The sign-in in the browser.
    pub(crate) sign_in: Job,
    /// Its address, while it is under way.
    pub(crate) sign_in_address: Arc<Mutex<Option<String>>>,
    /// The run.
    pub(crate) running: Running,
}

/// What is open. A desk that could not be opened says why to every step, and the window shows it.
struct Open {
    desk: AppResult<Desk>,
    shop: Option<DemoShop>,
}

impl Shell {
    /// Opens what the environment asks for. Never fails: what is wrong is the answer of every step.
    pub async fn open(
        environment: AppResult<Environment>,
        browser: Arc<dyn Browser>,
        notifier: Arc<dyn Notifier>,
    ) -> Self {
        let (mut own, mut data_dir, mut size, mut comes_back) = (None, PathBuf::new(), ShopSize::default(), false);
        let mut downloads = None;
        let open = match environment {
            Ok(environment) => {
                size = environment.sandbox.unwrap_or_default();
                comes_back = environment.one_window();
                let open = match environment.sandbox {
                    Some(_) => Open::on_shop(DemoShop::start(&environment.data_dir, size, false).await),
                    None => Open { desk: open_last(environment.desk()), shop: None },
                };
                own = environment.sandbox.is_none().then(|| environment.desk());
                downloads = environment.downloads.clone();
                data_dir = environment.data_dir;
                open
            }
            Err(error) => Open { desk: Err(error), shop: None },
        };
        Self {
            open: Arc::new(RwLock::new(open)),
            own,
            data_dir,
            downloads,
            size,
            browser,
            notifier,
            comes_back,
            hidden: Arc::default(),
            sign_in: Job::default(),
            sign_in_address: Arc::default(),
            running: Running::default(),
        }
    }

    /// The desk.
    pub(crate) fn desk(&self) -> AppResult<Desk> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).desk.clone()
    }

    /// Proves what the company's runs have left unproven, by itself, while the window is already there.
    pub(crate) fn prove_left(&self) {
        let Ok(desk) = self.desk() else { return };
        tauri::async_runtime::spawn(async move {
            if let Err(error) = desk.prove_unproven(&|_| {}).await {
                tracing::info!(%error, "nothing was proven at the start");
            }
        });
    }

    /// How to connect to the made-up shop; `None` on real services.
    pub(crate) fn sandbox(&self) -> Option<SandboxView> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).shop.as_ref().map(DemoShop::view)
    }

    /// How everything stands.
    pub(crate) async fn view(&self) -> AppResult<AppView> {
        let sandbox = self.sandbox().is_some();
        // What has kept the data from being opened may be gone: the disk has room again, another program has ended.
        if self.desk().is_err() && self.own_folder().is_ok() && !self.running.under_way() {
            self.reopen()?;
        }
        self.desk()?.app_view(sandbox).await
    }

    /// Changes to a made-up shop. Refused once something real is connected, so that nobody takes one for the other.
    pub(crate) async fn change_to_shop(&self, existing_books: bool) -> AppResult<()> {
        let before = self.view().await?;
        if before.sandbox || before.company.forstok.is_some() || before.company.accurate.is_some() {
            return Err(AppError::input("sandbox", "already connected"));
        }
        self.open_shop(existing_books, &before).await
    }

    /// Takes the answer to "Sudah memakai Accurate?". A made-up shop that nobody has connected to yet is made anew where it does not
    /// fit the answer: with books that are in use, or with empty ones.
    pub(crate) async fn set_existing_user(&self, existing: bool) -> AppResult<()> {
        let before = self.view().await?;
        let untouched = before.company.forstok.is_none() && before.company.accurate.is_none();
        if before.sandbox && untouched && before.company.existing_user.unwrap_or_default() != existing {
            return self.open_shop(existing, &before).await;
        }
        self.desk()?.set_existing_user(existing).await
    }

    /// Goes back from the made-up shop to the person's own data. Refused where there are none to go back to (the program was started on
    /// a made-up shop), and while a run is under way.
    pub(crate) async fn leave_shop(&self) -> AppResult<()> {
        let before = self.view().await?;
        let own = self.own.clone().filter(|_| before.sandbox);
        let own = own.ok_or_else(|| AppError::input("sandbox", "nothing to go back to"))?;
        if self.running.under_way() {
            return Err(AppError::new(ErrorCode::CompanyBusy));
        }
        self.sign_in.stop();
        let desk = open_last(own)?;
        keep_choices(&desk, &before).await?;
        self.put(Ok(desk));
        Ok(())
    }

    /// Changes to another company of this computer, which is made when it is not there. Refused on a made-up shop, which is left first,
    /// and while a run is under way; none begins in between.
    pub(crate) async fn open_company(&self, name: &str) -> AppResult<()> {
        if self.sandbox().is_some() {
            return Err(AppError::input("sandbox", "leave it first"));
        }
        let desk = self.desk()?;
        let _no_run = self.running.begin()?;
        self.sign_in.stop();
        let desk = desk.open_company(name.trim()).await?;
        self.put(Ok(desk));
        self.prove_left();
        Ok(())
    }

    /// Whether the window was closed while a run was under way.
    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden.load(Ordering::SeqCst)
    }

    /// The data folder of the person's own data. A made-up shop is thrown away with its data, so there is nothing to copy.
    pub(crate) fn own_folder(&self) -> AppResult<PathBuf> {
        match &self.own {
            Some(own) if self.sandbox().is_none() => Ok(own.data_dir.clone()),
            _ => Err(self.desk().err().unwrap_or_else(|| AppError::input("sandbox", "has no backups"))),
        }
    }

    /// Puts a copy into the place of the data: the desk is closed for it, and opened anew on what is there then. Refused while a run is
    /// under way; none begins in between.
    pub(crate) async fn restore(&self, name: &str) -> AppResult<RestoreView> {
        let folder = self.own_folder()?;
        let copy = backups::named(&folder, name)?;
        let _no_run = self.running.begin()?;
        self.sign_in.stop();
        self.put(Err(AppError::new(ErrorCode::DataInUse)));
        let restored = tokio::task::spawn_blocking(move || backups::restore(&folder, &copy)).await;
        self.reopen()?;
        restored.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?
    }

    /// Opens the person's own data again, as after a fault that was put right meanwhile.
    fn reopen(&self) -> AppResult<()> {
        let own = self.own.clone().ok_or_else(|| AppError::new(ErrorCode::Internal))?;
        self.put(open_last(own));
        Ok(())
    }

    fn put(&self, desk: AppResult<Desk>) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Open { desk, shop: None };
    }

    /// On a made-up shop some orders are handed over once its stock was sent and proven, so that there is something to explain.
    pub(crate) async fn a_day_passes(&self, desk: &Desk, run: &str) {
        let stock = desk.run_sheet(run).await.is_ok_and(|sheet| sheet.run.kind == "stock" && sheet.proof.is_some());
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(shop) = open.shop.as_ref().filter(|_| stock) {
            shop.sell_once();
        }
    }

    /// The sentences of the language that the person has chosen.
    pub(crate) fn sentences(&self) -> &'static Sentences {
        Sentences::of(self.desk().map(|desk| desk.language()).unwrap_or_default())
    }

    async fn open_shop(&self, existing_books: bool, before: &AppView) -> AppResult<()> {
        let shop = DemoShop::start(&self.data_dir, self.size, existing_books).await?;
        let desk = open_desk(shop.desk())?;
        keep_choices(&desk, before).await?;
        desk.set_existing_user(existing_books).await?;
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Open { desk: Ok(desk), shop: Some(shop) };
        Ok(())
    }

    /// Lets go of the desk and of the made-up shop with its data, as the last thing.
    pub(crate) fn close(&self) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) =
            Open { desk: Err(AppError::new(ErrorCode::Cancelled)), shop: None };
    }
}

impl Open {
    fn on_shop(shop: AppResult<DemoShop>) -> Self {
        match shop {
            Ok(shop) => Self { desk: open_desk(shop.desk()), shop: Some(shop) },
            Err(error) => Self { desk: Err(error), shop: None },
        }
    }
}

/// The window looks the same on another desk.
async fn keep_choices(desk: &Desk, before: &AppView) -> AppResult<()> {
    for key in WINDOW_SETTINGS {
        if let Some(value) = before.settings.get(key) {
            desk.set_setting(key, value).await?;
        }
    }
    Ok(())
}

fn open_desk(config: DeskConfig) -> AppResult<Desk> {
    Desk::open(config).inspect_err(|error| tracing::error!(%error, "the desk cannot be opened"))
}

fn open_last(config: DeskConfig) -> AppResult<Desk> {
    Desk::open_last(config).inspect_err(|error| tracing::error!(%error, "the desk cannot be opened"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifier::{Answer, Notice};
    use std::path::Path;

    struct Nobody;

    impl Browser for Nobody {
        fn open(&self, _: &str) -> Result<(), String> {
            Err("no browser".to_owned())
        }
    }

    impl Notifier for Nobody {
        fn tell(&self, _: &Notice) -> Answer {
            Answer::Gone
        }
    }

    async fn started(folder: &Path) -> Shell {
        let environment = Environment::read(|name| match name {
            "SELARAS_DATA_DIR" => Some(folder.display().to_string()),
            "SELARAS_SECRETS" => Some("memory".to_owned()),
            "SELARAS_SANDBOX_ITEMS" | "SELARAS_SANDBOX_ORDERS" => Some("20".to_owned()),
            _ => None,
        });
        Shell::open(environment, Arc::new(Nobody), Arc::new(Nobody)).await
    }

    async fn company(shell: &Shell) -> String {
        shell.view().await.unwrap().company.name
    }

    #[tokio::test]
    async fn the_next_start_opens_the_company_that_was_open() {
        let folder = tempfile::tempdir().unwrap();
        let shell = started(folder.path()).await;
        assert_eq!(company(&shell).await, "default");
        shell.open_company(" Toko Kedua ").await.unwrap();
        assert_eq!(company(&shell).await, "Toko Kedua");
        assert_eq!(company(&started(folder.path()).await).await, "Toko Kedua");
    }

    #[tokio::test]
    async fn no_other_company_is_opened_while_a_run_is_under_way_and_none_runs_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let shell = started(folder.path()).await;
        let run = shell.running.begin().unwrap();
        let refused = shell.open_company("Toko Kedua").await;
        assert_eq!(refused, Err(AppError::new(ErrorCode::CompanyBusy)));
        assert_eq!(shell.view().await.unwrap().companies, ["default"]);
        drop(run);
        shell.open_company("Toko Kedua").await.unwrap();
        assert!(!shell.running.under_way());
    }

    #[tokio::test]
    async fn from_a_made_up_shop_one_comes_back_to_the_company_that_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let shell = started(folder.path()).await;
        shell.open_company("Toko Kedua").await.unwrap();
        shell.change_to_shop(false).await.unwrap();
        let refused = shell.open_company("default").await;
        assert_eq!(refused, Err(AppError::input("sandbox", "leave it first")));
        shell.leave_shop().await.unwrap();
        assert_eq!(company(&shell).await, "Toko Kedua");
    }
}
