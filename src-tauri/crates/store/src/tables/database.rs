//! The databases of Accurate that a company has used. A row is kept when the company moves on to another one.

use crate::codec::to_time;
use crate::error::StoreError;
use crate::store::CompanyStore;
use jiff::Timestamp;
use rusqlite::params;
use selaras_domain::accurate::Database;
use selaras_domain::ids::DatabaseId;

pub const SCHEMA: &str = "
CREATE TABLE database (
    company INTEGER NOT NULL REFERENCES company (id),
    database INTEGER NOT NULL,
    alias TEXT NOT NULL,
    host TEXT,
    trial INTEGER NOT NULL,
    band INTEGER NOT NULL,
    first_used TEXT NOT NULL,
    last_used TEXT NOT NULL,
    PRIMARY KEY (company, database)
) STRICT, WITHOUT ROWID;
";

/// A database that the company has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseProfile {
    /// Its id.
    pub database: DatabaseId,
    /// Its name when it was last used.
    pub alias: String,
    /// The host that it was last opened at.
    pub host: Option<String>,
    /// Whether it is a trial.
    pub trial: bool,
    /// Index of its colour, by the order of first use; never changes.
    pub band: u8,
    /// When it was first used.
    pub first_used: Timestamp,
    /// When it was last used.
    pub last_used: Timestamp,
}

impl CompanyStore {
    /// Notes that a database is used now, with the host that it was opened at.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn use_database(&self, database: &Database, host: Option<&str>) -> Result<DatabaseProfile, StoreError> {
        let now = self.store.now().to_string();
        self.store.write(|transaction| {
            transaction.execute(
                "INSERT INTO database (company, database, alias, host, trial, band, first_used, last_used)
                 VALUES (?1, ?2, ?3, ?4, ?5, (SELECT count(*) % 256 FROM database WHERE company = ?1), ?6, ?6)
                 ON CONFLICT (company, database) DO UPDATE
                 SET alias = excluded.alias, host = coalesce(excluded.host, host), trial = excluded.trial,
                     last_used = excluded.last_used",
                params![self.company.0, database.id.0, database.alias, host, database.trial, now],
            )?;
            Ok(())
        })?;
        self.database_profile(database.id)?
            .ok_or_else(|| StoreError::NotFound { what: format!("database {}", database.id) })
    }

    /// One of them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn database_profile(&self, database: DatabaseId) -> Result<Option<DatabaseProfile>, StoreError> {
        Ok(self.database_profiles()?.into_iter().find(|profile| profile.database == database))
    }

    /// All of them in the order of first use.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn database_profiles(&self) -> Result<Vec<DatabaseProfile>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT database, alias, host, trial, band, first_used, last_used FROM database
                 WHERE company = ?1 ORDER BY band",
            )?;
            let mut rows = statement.query([self.company.0])?;
            let mut profiles = Vec::new();
            while let Some(row) = rows.next()? {
                profiles.push(DatabaseProfile {
                    database: DatabaseId(row.get(0)?),
                    alias: row.get(1)?,
                    host: row.get(2)?,
                    trial: row.get(3)?,
                    band: row.get(4)?,
                    first_used: to_time(&row.get::<_, String>(5)?)?,
                    last_used: to_time(&row.get::<_, String>(6)?)?,
                });
            }
            Ok(profiles)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn database(id: i64, alias: &str) -> Database {
        let id = DatabaseId(id);
        Database { id, alias: alias.into(), trial: false, expired: false, admin: None, licence_end: None }
    }

    #[test]
    fn a_database_keeps_its_band_and_host_when_it_is_used_again() {
        let store = Store::memory();
        let company = store.company_scope(store.company("default").unwrap().id);
        company.use_database(&database(90, "Lama"), Some("zeus.accurate.id")).unwrap();
        company.use_database(&database(10, "Baru"), None).unwrap();
        let again = company.use_database(&database(90, "Lama (baru)"), None).unwrap();
        assert_eq!(
            (again.band, again.alias.as_str(), again.host.as_deref()),
            (0, "Lama (baru)", Some("zeus.accurate.id"))
        );
        let bands: Vec<_> = company.database_profiles().unwrap().iter().map(|one| (one.database.0, one.band)).collect();
        assert_eq!(bands, [(90, 0), (10, 1)]);
        let other = store.company_scope(store.company("other").unwrap().id);
        assert_eq!(other.database_profiles().unwrap(), []);
    }
}
