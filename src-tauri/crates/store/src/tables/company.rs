//! Companies: one shop with its books. What is known about its connections, but none of their secrets.

use crate::codec::{from_json, to_json, to_time};
use crate::error::StoreError;
use crate::store::Store;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use selaras_domain::forstok::Capabilities;
use selaras_domain::ids::DatabaseId;
use selaras_engine::brakes::Brake;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE company (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
";

/// Id of a company in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompanyId(pub i64);

/// How a company signs in at Accurate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccurateMode {
    /// In the browser.
    #[serde(rename = "oauth")]
    OAuth,
    /// By an API token and a signature.
    ApiToken,
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its name on the command line.
    pub name: String,
    /// Whether it used Accurate before; `None` until it was asked. Decides the order of the steps.
    pub existing_user: Option<bool>,
    /// The e-mail that its Forstok account is known by; `None` while not connected.
    pub forstok_email: Option<String>,
    /// How it signs in at Accurate; `None` while not connected.
    pub accurate_mode: Option<AccurateMode>,
    /// The user that signed in at Accurate.
    pub accurate_email: Option<String>,
    /// The scopes that were granted.
    pub granted_scopes: Vec<String>,
    /// The database that was chosen.
    pub database: Option<DatabaseId>,
    /// What the Forstok account offers; `None` until it was probed.
    pub forstok_capabilities: Option<Capabilities>,
    /// The limits of its brakes, where somebody has set them.
    pub brakes: BTreeMap<Brake, u32>,
    /// When it was first used here.
    pub created_at: Timestamp,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Body {
    existing_user: Option<bool>,
    forstok_email: Option<String>,
    accurate_mode: Option<AccurateMode>,
    accurate_email: Option<String>,
    granted_scopes: Vec<String>,
    database: Option<DatabaseId>,
    forstok_capabilities: Option<Capabilities>,
    brakes: BTreeMap<Brake, u32>,
}

impl Store {
    /// The company of that name; it is made when it is not there yet.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn company(&self, name: &str) -> Result<Company, StoreError> {
        if let Some(company) = self.read(|connection| find(connection, name))? {
            return Ok(company);
        }
        let now = self.now();
        self.write(|transaction| {
            let body = to_json("company", &Body::default())?;
            transaction.execute(
                "INSERT INTO company (name, body, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
                params![name, body, now.to_string()],
            )?;
            find(transaction, name)?.ok_or_else(|| StoreError::NotFound { what: format!("company {name:?}") })
        })
    }

    /// Writes everything about a company but its name and its birthday.
    ///
    /// # Errors
    /// When it is not there, or the store cannot be written.
    pub fn update_company(&self, company: &Company) -> Result<(), StoreError> {
        let body = to_json(
            "company",
            &Body {
                existing_user: company.existing_user,
                forstok_email: company.forstok_email.clone(),
                accurate_mode: company.accurate_mode,
                accurate_email: company.accurate_email.clone(),
                granted_scopes: company.granted_scopes.clone(),
                database: company.database,
                forstok_capabilities: company.forstok_capabilities,
                brakes: company.brakes.clone(),
            },
        )?;
        self.write(|transaction| {
            match transaction.execute("UPDATE company SET body = ?2 WHERE id = ?1", params![company.id.0, body])? {
                1 => Ok(()),
                _ => Err(StoreError::NotFound { what: format!("company {:?}", company.name) }),
            }
        })
    }

    /// Every company, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn companies(&self) -> Result<Vec<Company>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT name FROM company ORDER BY id")?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            names.iter().filter_map(|name| find(connection, name).transpose()).collect()
        })
    }
}

fn find(connection: &Connection, name: &str) -> Result<Option<Company>, StoreError> {
    let row = connection
        .prepare_cached("SELECT id, body, created_at FROM company WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        .optional()?;
    let Some((id, body, created_at)) = row else {
        return Ok(None);
    };
    let body: Body = from_json("company", &body)?;
    Ok(Some(Company {
        id: CompanyId(id),
        name: name.to_owned(),
        existing_user: body.existing_user,
        forstok_email: body.forstok_email,
        accurate_mode: body.accurate_mode,
        accurate_email: body.accurate_email,
        granted_scopes: body.granted_scopes,
        database: body.database,
        forstok_capabilities: body.forstok_capabilities,
        brakes: body.brakes,
        created_at: to_time(&created_at)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_made_once_and_keeps_what_is_written() {
        let store = Store::memory();
        let mut company = store.company("default").unwrap();
        assert_eq!(store.company("default").unwrap(), company);
        company.existing_user = Some(true);
        company.forstok_email = Some("toko@contoh.id".into());
        company.accurate_mode = Some(AccurateMode::OAuth);
        company.granted_scopes = vec!["item_view".into()];
        company.database = Some(DatabaseId(7));
        company.forstok_capabilities = Some(Capabilities { variants: true, ..Capabilities::default() });
        company.brakes.insert(Brake::Fall, 35);
        store.update_company(&company).unwrap();
        let other = store.company("other").unwrap();
        assert_eq!(store.companies().unwrap(), vec![company, other]);
    }
}
