//! Files for the person: a plan as a sheet, a run's certificate as a page.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use crate::files::durable::settle;
use crate::files::operations::{Columns, OperationSheet};
use crate::files::{certificate, chain, fresh};
use crate::messages::{Language, Sentences};
use crate::view::{OperationQuery, OperationView, PageQuery, SavedView};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use selaras_domain::run::RunId;
use std::io::BufWriter;
use std::path::Path;

/// How many operations are in memory at a time.
const PAGE: u32 = 2000;

impl Desk {
    /// The language that the person has chosen; Indonesian until then.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of(self.inner.store.settings().ok().and_then(|settings| settings.get("language").cloned()).as_deref())
    }

    /// Writes a plan's operations as a sheet into a folder, under a name of its own.
    ///
    /// # Errors
    /// When there is no such plan, or the folder cannot be written.
    pub async fn save_plan(&self, plan: &str, folder: &Path) -> AppResult<SavedView> {
        let head = self.plan_head(plan).await?;
        let sentences = Sentences::of(self.language());
        let mut columns = Columns::default();
        self.each_operation(plan, |operation| {
            columns.see(operation);
            Ok(())
        })
        .await?;
        let mut sheet = OperationSheet::new(&columns, sentences)?;
        self.each_operation(plan, |operation| sheet.add(operation)).await?;
        let name = named(sentences, "file.plan", &head.kind, self.now());
        let (file, path) = fresh::file(folder, &name, "xlsx")?;
        sheet
            .save(BufWriter::new(file))
            .inspect_err(|_| discard(&path))
            .map_err(|error| error.with("path", path.display()))?;
        settle(&path).map_err(|error| from_io(&error, &path))?;
        Ok(SavedView { path: path.display().to_string() })
    }

    /// All operations of a plan, in its order, page by page.
    async fn each_operation(
        &self,
        plan: &str,
        mut look: impl FnMut(&OperationView) -> AppResult<()> + Send,
    ) -> AppResult<()> {
        let mut after = None;
        loop {
            let page = PageQuery { after, limit: PAGE, ..PageQuery::default() };
            let view = self.operations(plan, &OperationQuery { page, ..OperationQuery::default() }).await?;
            view.operations.iter().try_for_each(&mut look)?;
            match view.page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Writes a run's newest certificate as a page into a folder, under a name of its own, and beside it the file that can be verified.
    ///
    /// # Errors
    /// When the run is not proven, or the folder cannot be written.
    pub async fn save_certificate(&self, run: &str, folder: &Path) -> AppResult<SavedView> {
        let run = RunId(run.to_owned());
        let all = self.books().certificates()?;
        let newest = all.iter().enumerate().rfind(|(_, stored)| stored.certificate.run == run);
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "certificate").with("id", &run);
        let (position, stored) = newest.ok_or_else(missing)?;
        let sentences = Sentences::of(self.language());
        let name = named(sentences, "file.certificate", &stored.certificate.kind.0, stored.certificate.at);
        let sheet = certificate::Sheet {
            certificate: &stored.certificate,
            hash: &stored.hash,
            number: position + 1,
            database: &self.profile(stored.certificate.database)?.alias,
            path: &stored.path,
            chain_whole: self.chain_whole()?,
            zone: TimeZone::system(),
        };
        let (file, path) = fresh::file(folder, &name, "html")?;
        certificate::write(&sheet, sentences, file).map_err(|error| {
            discard(&path);
            from_io(&error, &path)
        })?;
        settle(&path).map_err(|error| from_io(&error, &path))?;
        let (mut file, record) = fresh::file(folder, &name, "json")?;
        std::io::Write::write_all(&mut file, chain::text(&stored.certificate)?.as_bytes())
            .and_then(|()| settle(&record))
            .inspect_err(|_| discard(&record))
            .map_err(|error| from_io(&error, &record))?;
        Ok(SavedView { path: path.display().to_string() })
    }
}

/// Half a file is worse than none.
pub(super) fn discard(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, "half a file is left");
    }
}

/// `Selaras rencana barang 2026-11-22 14.26`: sorted by time, and allowed on every system.
fn named(sentences: &Sentences, key: &str, kind: &str, at: Timestamp) -> String {
    let kind = sentences.code("kind", kind).to_lowercase();
    let at = at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H.%M").to_string();
    sentences.say(key, &[("kind", &kind), ("at", &at)])
}
