//! Certificates, each carrying the hash of the one before it in its company.

use crate::codec::{from_json, signed, to_json};
use crate::error::StoreError;
use crate::store::CompanyStore;
use crate::tables::run::run_row;
use rusqlite::{Connection, OptionalExtension, params};
use selaras_domain::run::{Certificate, RunId};
use std::collections::BTreeMap;

pub const SCHEMA: &str = "
CREATE TABLE certificate (
    row INTEGER PRIMARY KEY,
    company INTEGER NOT NULL REFERENCES company (id),
    run INTEGER NOT NULL REFERENCES run (row),
    hash TEXT NOT NULL,
    previous TEXT NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    UNIQUE (company, previous)
) STRICT;
CREATE INDEX certificate_run ON certificate (run, row);
";

/// What is known of a run's proof beside the table of certificates, so that one that is taken out of it is missed: how often its journal
/// was changed (`revision`), at which of them it was proven (`proven`), by which certificate (`vouched`). Runs of an older file get theirs
/// from the table.
pub const BOUND: &str = "
ALTER TABLE run ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN proven INTEGER;
ALTER TABLE run ADD COLUMN vouched TEXT;
UPDATE run SET proven = 0,
    vouched = (SELECT hash FROM certificate WHERE certificate.run = run.row ORDER BY certificate.row DESC LIMIT 1)
WHERE EXISTS (SELECT 1 FROM certificate WHERE certificate.run = run.row);
";

/// A certificate with where its file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// Its hash as it was stored.
    pub hash: String,
    /// Its file, below the data folder.
    pub path: String,
}

impl CompanyStore {
    /// Adds a certificate to the end of the chain and answers its hash. A run that has ended says of itself what the proof has counted.
    ///
    /// # Errors
    /// [`StoreError::ChainBroken`] when its `previous` is not [`CompanyStore::last_certificate_hash`]; when the run's journal has changed
    /// since what it binds was read, when there is no such run, or the store cannot be written.
    pub fn add_certificate(&self, certificate: &Certificate, path: &str) -> Result<String, StoreError> {
        let hash = certificate.hash();
        self.store.write(|transaction| {
            if certificate.previous != newest(transaction, self.company.0)? {
                return Err(StoreError::ChainBroken { hash: hash.clone() });
            }
            let run = run_row(transaction, &certificate.run)?;
            transaction.execute(
                "INSERT INTO certificate (company, run, hash, previous, path, body, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    self.company.0,
                    run,
                    hash,
                    certificate.previous,
                    path,
                    to_json("certificate", certificate)?,
                    certificate.at.to_string()
                ],
            )?;
            let revision = certificate.binds.as_ref().map_or(0, |bound| bound.revision);
            let vouched = transaction.execute(
                "UPDATE run SET proven = ?2, vouched = ?3, counts = CASE state WHEN 'finished' THEN ?4 ELSE counts END
                 WHERE row = ?1 AND revision = ?2",
                params![run, signed(revision)?, hash, to_json("counts", &certificate.counts)?],
            )?;
            if vouched != 1 {
                return Err(StoreError::Refused(format!("the journal of run {} has changed since", certificate.run)));
            }
            Ok(hash.clone())
        })
    }

    /// Hash of the newest certificate; empty when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_certificate_hash(&self) -> Result<String, StoreError> {
        self.store.read(|connection| newest(connection, self.company.0))
    }

    /// The hashes of the chain, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn certificate_hashes(&self) -> Result<Vec<String>, StoreError> {
        self.store.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT hash FROM certificate WHERE company = ?1 ORDER BY row")?;
            let hashes = statement.query_map([self.company.0], |row| row.get(0))?;
            Ok(hashes.collect::<Result<_, _>>()?)
        })
    }

    /// A run's newest certificate, with its number in the company's chain, from 1.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_certificate(&self, run: &RunId) -> Result<Option<(u64, StoredCertificate)>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT (SELECT count(*) FROM certificate AS before
                         WHERE before.company = certificate.company AND before.row <= certificate.row),
                        certificate.body, certificate.hash, certificate.path
                 FROM certificate JOIN run ON run.row = certificate.run
                 WHERE certificate.company = ?1 AND run.id = ?2 ORDER BY certificate.row DESC LIMIT 1",
            )?;
            let mut rows = statement.query(params![self.company.0, run.0])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let certificate = from_json("certificate", &row.get::<_, String>(1)?)?;
            Ok(Some((
                crate::codec::unsigned(row.get(0)?)?,
                StoredCertificate { certificate, hash: row.get(2)?, path: row.get(3)? },
            )))
        })
    }

    /// Number of the newest certificate of each run, from 1.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn certificate_numbers(&self) -> Result<BTreeMap<RunId, u64>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT run.id FROM certificate JOIN run ON run.row = certificate.run
                 WHERE certificate.company = ?1 ORDER BY certificate.row",
            )?;
            let runs = statement.query_map([self.company.0], |row| Ok(RunId(row.get(0)?)))?;
            runs.zip(1..).map(|(run, number)| Ok((run?, number))).collect()
        })
    }

    /// All certificates in the order of the chain.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn certificates(&self) -> Result<Vec<StoredCertificate>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT body, hash, path FROM certificate WHERE company = ?1 ORDER BY row")?;
            let mut rows = statement.query([self.company.0])?;
            let mut certificates = Vec::new();
            while let Some(row) = rows.next()? {
                certificates.push(StoredCertificate {
                    certificate: from_json("certificate", &row.get::<_, String>(0)?)?,
                    hash: row.get(1)?,
                    path: row.get(2)?,
                });
            }
            Ok(certificates)
        })
    }
}

fn newest(connection: &Connection, company: i64) -> Result<String, StoreError> {
    let hash = connection
        .prepare_cached("SELECT hash FROM certificate WHERE company = ?1 ORDER BY row DESC LIMIT 1")?
        .query_row([company], |row| row.get(0))
        .optional()?;
    Ok(hash.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, operation, saved};
    use jiff::Timestamp;
    use selaras_domain::ids::DatabaseId;
    use selaras_domain::plan::{Action, PlanId, PlanKind};
    use selaras_domain::run::RunCounts;

    fn certificate(run: &RunId, previous: &str) -> Certificate {
        Certificate {
            roundings: Vec::new(),
            overtaken: 0,
            moved: 0,
            unread_fields: BTreeMap::new(),
            binds: None,
            version: 1,
            run: run.clone(),
            plan: PlanId("p".into()),
            plan_hash: "h".into(),
            kind: PlanKind::named("items"),
            database: DatabaseId(1),
            counts: RunCounts { input: 1, posted: 1, ..RunCounts::default() },
            total: None,
            checked: 1,
            not_readable: 0,
            differences: Vec::new(),
            passed: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            previous: previous.into(),
        }
    }

    fn with_two() -> (CompanyStore, RunId, String) {
        let company = company();
        let plan = saved(&company, "p", &[operation(1, Action::Create)]);
        let run = company.begin_run(&plan, &RunId("r".into())).unwrap().id;
        let first = company.add_certificate(&certificate(&run, ""), "certificates/1.json").unwrap();
        let second = company.add_certificate(&certificate(&run, &first), "certificates/2.json").unwrap();
        (company, run, second)
    }

    #[test]
    fn a_certificate_follows_the_newest_one() {
        let (company, run, second) = with_two();
        assert_eq!(company.last_certificate_hash().unwrap(), second);
        assert!(matches!(company.add_certificate(&certificate(&run, ""), "x"), Err(StoreError::ChainBroken { .. })));
        assert_eq!(company.chain_problems().unwrap(), []);
        assert_eq!(company.run(&run).unwrap().unwrap().certificate, Some(second));
        let paths: Vec<_> = company.certificates().unwrap().into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["certificates/1.json", "certificates/2.json"]);
        let (number, newest) = company.newest_certificate(&run).unwrap().unwrap();
        assert_eq!((number, newest.path.as_str()), (2, "certificates/2.json"));
        assert_eq!(company.certificate_numbers().unwrap(), BTreeMap::from([(run, 2)]));
    }

    #[test]
    fn a_changed_certificate_breaks_the_chain() {
        for change in [
            "UPDATE certificate SET body = replace(body, '\"posted\":1', '\"posted\":2') WHERE row = 1",
            "UPDATE certificate SET hash = 'x' WHERE row = 1",
            "DELETE FROM certificate WHERE row = 1",
        ] {
            let (company, ..) = with_two();
            let changed = company.store().write(|transaction| Ok(transaction.execute(change, [])?)).unwrap();
            assert_eq!(changed, 1);
            assert_ne!(company.chain_problems().unwrap(), [], "{change}");
        }
    }
}
