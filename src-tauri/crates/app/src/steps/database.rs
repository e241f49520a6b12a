//! Choosing the database: which there are, which can be used, and which is in use.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{DatabaseChoiceView, DatabaseView, DatabasesView, Id, UseDatabaseView};
use selaras_domain::accurate::Database;
use selaras_domain::ids::DatabaseId;
use selaras_engine::ports::BooksAccount;
use selaras_store::DatabaseProfile;

/// Why a database cannot be chosen.
fn unusable(database: &Database) -> Option<&'static str> {
    if database.expired {
        Some("expired")
    } else if database.admin == Some(false) {
        Some("not_owner")
    } else {
        None
    }
}

pub(crate) fn database_view(profile: &DatabaseProfile) -> DatabaseView {
    DatabaseView {
        id: Id(profile.database.0),
        alias: profile.alias.clone(),
        host: profile.host.clone().unwrap_or_default(),
        trial: profile.trial,
        band: profile.band,
    }
}

impl Desk {
    /// All databases of the account.
    ///
    /// # Errors
    /// When Accurate is not connected or cannot be reached.
    pub async fn databases(&self) -> AppResult<DatabasesView> {
        let chosen = self.company()?.database;
        let used: Vec<DatabaseId> = self.books().database_profiles()?.iter().map(|profile| profile.database).collect();
        let databases = self.accurate().await?.account().databases().await?;
        let databases = databases
            .iter()
            .map(|database| {
                let reason = unusable(database);
                DatabaseChoiceView {
                    id: Id(database.id.0),
                    alias: database.alias.clone(),
                    usable: reason.is_none(),
                    reason: reason.or_else(|| database.trial.then_some("trial")).map(str::to_owned),
                    licence_end: database.licence_end.clone(),
                    chosen: chosen == Some(database.id),
                    used_before: used.contains(&database.id),
                }
            })
            .collect();
        Ok(DatabasesView { databases })
    }

    /// Chooses a database. Everything that belongs to the one before (mapping, decisions, history) stays with it.
    ///
    /// # Errors
    /// [`ErrorCode::DatabaseUnusable`] when it is expired or the user is not its owner; [`ErrorCode::CompanyBusy`] during a run.
    pub async fn use_database(&self, id: i64) -> AppResult<UseDatabaseView> {
        let _no_run_under_way = self.lock()?;
        let databases = self.accurate().await?.account().databases().await?;
        let missing = || AppError::new(ErrorCode::NotFound).with("what", "database").with("id", id);
        let database = databases.iter().find(|database| database.id == DatabaseId(id)).ok_or_else(missing)?;
        if let Some(reason) = unusable(database) {
            return Err(AppError::new(ErrorCode::DatabaseUnusable)
                .with("alias", &database.alias)
                .with("reason", reason));
        }
        let books = self.open_database(database.id).await?;
        self.books().use_database(database, Some(&books.host()))?;
        self.change_company(|company| company.database = Some(database.id))?;
        Ok(UseDatabaseView { database: database_view(&self.profile(database.id)?) })
    }
}
