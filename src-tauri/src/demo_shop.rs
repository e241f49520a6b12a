//! The made-up shop inside the program: the simulators of both services, and the folder in which its desk keeps its data.
//!
//! The desk cannot tell it from the real services: it gets other base URLs and a folder of its own, nothing else.

use crate::environment::ShopSize;
use selaras_app::demo;
use selaras_app::desk::DeskConfig;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::SandboxView;
use selaras_sandbox::{Sandbox, SandboxOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// How many orders are handed over while a person looks on.
const SOLD: usize = 6;

/// A shop that is running. It ends, and its data are removed, when this is dropped: they are worth nothing without its services.
pub struct DemoShop {
    sandbox: Sandbox,
    folder: TempDir,
    sold: AtomicBool,
}

impl DemoShop {
    /// Starts one; its data go to a new folder below `data_dir`.
    pub async fn start(data_dir: &Path, size: ShopSize, existing_books: bool) -> AppResult<Self> {
        let no_folder = |_| AppError::new(ErrorCode::StorageReadOnly).with("path", data_dir.display());
        std::fs::create_dir_all(data_dir).map_err(no_folder)?;
        let folder = tempfile::Builder::new().prefix("demo-").tempdir_in(data_dir).map_err(no_folder)?;
        let options =
            SandboxOptions { items: size.items, orders: size.orders, existing_books, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            tracing::error!(%error, "the sandbox cannot start");
            AppError::new(ErrorCode::Internal)
        })?;
        Ok(Self { sandbox, folder, sold: AtomicBool::new(false) })
    }

    /// How the desk on it is opened.
    pub fn desk(&self) -> DeskConfig {
        demo::desk_config(self.folder.path().to_owned(), self.sandbox.connection())
    }

    /// Hands over some orders, the first time that it is asked to.
    pub fn sell_once(&self) {
        if !self.sold.swap(true, Ordering::SeqCst) {
            self.sandbox.sell(SOLD);
        }
    }

    /// What a person types to connect to it.
    pub fn view(&self) -> SandboxView {
        demo::credentials(self.sandbox.connection())
    }
}
