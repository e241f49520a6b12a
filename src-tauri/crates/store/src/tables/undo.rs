//! What was taken back: which run undoes which, what of a kind was posted and still stands, and what a run did not write itself.
//!
//! Nothing is ever struck out of the journal: an undo is a run of its own, and what stands is worked out from both. A void takes back as
//! well: it removes a document whichever run posted it, so it counts against every run that is older. When a void is taken back, the document
//! stands again; the record that the older run made does not.

use crate::codec::{from_json, unsigned};
use crate::error::StoreError;
use crate::store::CompanyStore;
use crate::tables::plan::stored_operation;
use crate::tables::run::run_row;
use rusqlite::{Connection, params};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind};
use selaras_domain::run::RunId;
use selaras_engine::kinds::{undo, voids};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The run that a plan takes back is in its note, and a column of its own is read from there. `looked_up` is `lost` or `adopted`, for
/// a row whose end was not said by its own answer ([`selaras_engine::ports::LookedUp`]).
pub const SCHEMA: &str = "
ALTER TABLE plan ADD COLUMN undoes TEXT GENERATED ALWAYS AS (note ->> '$.undoes') VIRTUAL;
CREATE INDEX plan_undoes ON plan (undoes) WHERE undoes IS NOT NULL;
ALTER TABLE journal ADD COLUMN looked_up TEXT;
";

/// A run that takes another one back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoing {
    /// The run.
    pub run: RunId,
    /// The run that it takes back.
    pub undoes: RunId,
    /// Whether it has taken anything back yet.
    pub took: bool,
}

/// What was posted under a key and not taken back since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The newest run that posted it.
    pub run: RunId,
    /// What it posted.
    pub after: Fields,
}

/// By the undone run and key: what is there now in its place; empty when nothing is.
type TakenBack = HashMap<(String, String), Fields>;

/// By key: the row of the newest run of voids that has removed the document.
type Voided = HashMap<OperationKey, i64>;

/// In which order posted rows are visited.
#[derive(Clone, Copy)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// A row that was posted.
struct PostedRow<'a> {
    key: OperationKey,
    run: RunId,
    /// What was put in its place when it was taken back.
    taken: Option<&'a Fields>,
    /// The id of its record.
    record: Option<i64>,
    connection: &'a Connection,
    /// Its plan and its place in it.
    place: (i64, i64),
}

impl PostedRow<'_> {
    /// What was posted.
    fn operation(&self) -> Result<Operation, StoreError> {
        let mut body =
            self.connection.prepare_cached("SELECT body FROM plan_operation WHERE plan = ?1 AND sequence = ?2")?;
        body.query_row(params![self.place.0, self.place.1], |row| Ok(stored_operation(row, 0)))?
    }
}

impl CompanyStore {
    /// The runs that take another one back, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn undoing_runs(&self) -> Result<Vec<Undoing>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT run.id, plan.undoes,
                        EXISTS (SELECT 1 FROM journal WHERE journal.run = run.row AND journal.state = 'posted')
                 FROM plan JOIN run ON run.plan = plan.row AND run.whole
                 WHERE plan.company = ?1 AND plan.undoes IS NOT NULL ORDER BY run.row",
            )?;
            let rows = statement.query_map([self.company.0], |row| {
                Ok(Undoing { run: RunId(row.get(0)?), undoes: RunId(row.get(1)?), took: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What of this kind was posted to a database and was not taken back since, by key.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn standing(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
    ) -> Result<BTreeMap<OperationKey, Standing>, StoreError> {
        let mut standing = BTreeMap::new();
        self.each_posted(database, kind, "", Order::OldestFirst, |row| {
            if row.taken.is_none() {
                let after = row.operation()?.after;
                standing.insert(row.key, Standing { run: row.run, after });
            }
            Ok(())
        })?;
        Ok(standing)
    }

    /// What was posted last under each key: the *after* of the newest run that posted it, or what an undo has put in its place.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_posted(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
    ) -> Result<BTreeMap<OperationKey, Fields>, StoreError> {
        Ok(self.last_posted_by(database, kind)?.into_iter().map(|(key, (_, fields))| (key, fields)).collect())
    }

    /// The same with the run that posted it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_posted_by(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
    ) -> Result<BTreeMap<OperationKey, (RunId, Fields)>, StoreError> {
        self.posted_under(database, kind, &|_| true, &|_, _| true)
    }

    /// What stands under these keys only: a plan of some orders reads nothing of the hundred thousand that were posted before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_posted_of(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        keys: &BTreeSet<OperationKey>,
    ) -> Result<BTreeMap<OperationKey, Fields>, StoreError> {
        let posted = self.posted_under(database, kind, &|key| keys.contains(key), &|_, _| true)?;
        Ok(posted.into_iter().map(|(key, (_, fields))| (key, fields)).collect())
    }

    /// What stands and is wanted by what it is: all that was posted is read for it, one after the other, and the others are let go.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_posted_where(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        wanted: impl Fn(&OperationKey, &Fields) -> bool,
    ) -> Result<BTreeMap<OperationKey, Fields>, StoreError> {
        let posted = self.posted_under(database, kind, &|_| true, &wanted)?;
        Ok(posted.into_iter().map(|(key, (_, fields))| (key, fields)).collect())
    }

    fn posted_under(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        asked: &dyn Fn(&OperationKey) -> bool,
        wanted: &dyn Fn(&OperationKey, &Fields) -> bool,
    ) -> Result<BTreeMap<OperationKey, (RunId, Fields)>, StoreError> {
        let mut posted = BTreeMap::new();
        // The newest row of a key decides: of the others nothing is read.
        let mut seen = HashSet::new();
        self.each_posted(database, kind, "", Order::NewestFirst, |row| {
            if !asked(&row.key) || !seen.insert(row.key.clone()) {
                return Ok(());
            }
            let fields = match row.taken {
                None => row.operation()?.after,
                Some(now) if now.is_empty() => return Ok(()),
                Some(now) => now.clone(),
            };
            if wanted(&row.key, &fields) {
                posted.insert(row.key, (row.run, fields));
            }
            Ok(())
        })?;
        Ok(posted)
    }

    /// Keys of everything of this kind that was posted to a database and not taken back since.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn posted_keys(&self, database: DatabaseId, kind: &PlanKind) -> Result<BTreeSet<OperationKey>, StoreError> {
        let mut keys = BTreeSet::new();
        self.each_posted(database, kind, "", Order::OldestFirst, |row| {
            if row.taken.is_none() {
                keys.insert(row.key);
            }
            Ok(())
        })?;
        Ok(keys)
    }

    /// The records that were made under keys which begin like this and were not taken back since, by key: their ids, where they are
    /// known, and what they were made as.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn made_records(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        beginning: &str,
    ) -> Result<BTreeMap<OperationKey, (Option<i64>, Fields)>, StoreError> {
        let mut made = BTreeMap::new();
        self.each_posted(database, kind, beginning, Order::OldestFirst, |row| {
            match row.taken {
                None => {
                    let after = row.operation()?.after;
                    made.insert(row.key, (row.record, after));
                }
                Some(_) => {
                    made.remove(&row.key);
                }
            }
            Ok(())
        })?;
        Ok(made)
    }

    /// Every posted row of a kind whose key begins like this. Years of them: nobody waits while they are read.
    fn each_posted(
        &self,
        database: DatabaseId,
        kind: &PlanKind,
        beginning: &str,
        order: Order,
        mut visit: impl FnMut(PostedRow<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.store.read_aside(|connection| {
            let taken = match undo::kind_of(kind) {
                Some(undo) => self.taken_back(connection, database, &undo)?,
                None => TakenBack::new(),
            };
            let voided = self.voided(connection, database, kind, false)?;
            let nothing = Fields::new();
            let direction = match order {
                Order::OldestFirst => "ASC",
                Order::NewestFirst => "DESC",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT journal.key, run.id, run.row, journal.record, plan.row, journal.position
                 FROM plan JOIN run ON run.plan = plan.row JOIN journal ON journal.run = run.row
                 WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND journal.state = 'posted'
                     AND substr(journal.key, 1, length(?4)) = ?4
                 ORDER BY run.row {direction}, journal.position {direction}",
            ))?;
            let mut rows = statement.query(params![self.company.0, database.0, kind.0, beginning])?;
            while let Some(row) = rows.next()? {
                let key = OperationKey(row.get(0)?);
                let (run, run_row): (String, i64) = (row.get(1)?, row.get(2)?);
                let place = (run, undo::key(&key).0);
                let void = voided.get(&key).is_some_and(|void| *void > run_row);
                let taken = taken.get(&place).or(void.then_some(&nothing));
                let (record, place_in_plan) = (row.get(3)?, (row.get(4)?, row.get(5)?));
                visit(PostedRow { key, run: RunId(place.0), taken, record, connection, place: place_in_plan })?;
            }
            Ok(())
        })
    }

    /// What undo runs of this kind have taken back, or found to be gone already. What was found to be taken back before is told by the run
    /// that did it, or by the void, which may have been taken back itself since.
    fn taken_back(
        &self,
        connection: &Connection,
        database: DatabaseId,
        undo: &PlanKind,
    ) -> Result<TakenBack, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT plan.undoes, plan_operation.key, plan_operation.body
             FROM plan JOIN run ON run.plan = plan.row AND run.whole
             JOIN plan_operation ON plan_operation.plan = plan.row
             LEFT JOIN journal ON journal.run = run.row AND journal.position = plan_operation.sequence
             WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND plan.undoes IS NOT NULL
               AND (journal.state = 'posted' OR plan_operation.action = 'same')
             ORDER BY run.row",
        )?;
        let mut rows = statement.query(params![self.company.0, database.0, undo.0])?;
        let mut taken = TakenBack::new();
        while let Some(row) = rows.next()? {
            let operation: Operation =
                from_json("operation", row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
            if operation.reason.code == undo::TAKEN_BEFORE {
                continue;
            }
            let now = if operation.action == Action::Remove { Fields::new() } else { operation.after };
            taken.entry((row.get(0)?, row.get(1)?)).or_insert(now);
        }
        Ok(taken)
    }

    /// What voids have removed of what this kind posted; with `undone` also what an undo of the void has entered anew. A number that the
    /// undo found to be there says nothing of this document.
    fn voided(
        &self,
        connection: &Connection,
        database: DatabaseId,
        kind: &PlanKind,
        undone: bool,
    ) -> Result<Voided, StoreError> {
        let mut statement = connection.prepare_cached(
            "SELECT journal.key, run.row FROM plan JOIN run ON run.plan = plan.row JOIN journal ON journal.run = run.row
             WHERE plan.company = ?1 AND plan.database = ?2 AND plan.kind = ?3 AND journal.state = 'posted'
               AND (?4 OR NOT EXISTS (
                 SELECT 1 FROM plan AS undo JOIN run AS undoing ON undoing.plan = undo.row
                 JOIN journal AS entered ON entered.run = undoing.row
                 WHERE undo.undoes = run.id AND entered.key = ?5 || journal.key AND entered.state = 'posted'))
             ORDER BY run.row",
        )?;
        let mut rows = statement.query(params![self.company.0, database.0, voids::KIND, undone, undo::KEY_PREFIX])?;
        let mut voided = Voided::new();
        while let Some(row) = rows.next()? {
            let removed = voids::takes_back(&OperationKey(row.get(0)?));
            if let Some((_, key)) = removed.filter(|(of, _)| *of == kind.0) {
                voided.insert(key, row.get(1)?);
            }
        }
        Ok(voided)
    }

    /// Keys, in undo runs, of what was taken back of a run or found to be gone, and of what a newer run of voids has removed: its record is
    /// gone for good, whether or not the document was entered anew.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn taken_keys(&self, run: &RunId) -> Result<BTreeSet<OperationKey>, StoreError> {
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT plan_operation.key FROM plan JOIN run ON run.plan = plan.row AND run.whole
                 JOIN plan_operation ON plan_operation.plan = plan.row
                 LEFT JOIN journal ON journal.run = run.row AND journal.position = plan_operation.sequence
                 WHERE plan.undoes = ?1 AND (journal.state = 'posted' OR plan_operation.action = 'same')",
            )?;
            let keys = statement.query_map([&run.0], |row| Ok(OperationKey(row.get(0)?)))?;
            let mut keys: BTreeSet<OperationKey> = keys.collect::<Result<_, _>>()?;
            let row = run_row(connection, run)?;
            let (database, kind) = connection
                .prepare_cached(
                    "SELECT plan.database, plan.kind FROM run JOIN plan ON plan.row = run.plan WHERE run.row = ?1",
                )?
                .query_row([row], |row| Ok((DatabaseId(row.get(0)?), PlanKind(row.get(1)?))))?;
            let voided = self.voided(connection, database, &kind, true)?;
            keys.extend(voided.iter().filter(|(_, void)| **void > row).map(|(key, _)| undo::key(key)));
            Ok(keys)
        })
    }

    /// Rows of a run whose record was there already, and was only found to be equal.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn adopted_keys(&self, run: &RunId) -> Result<BTreeSet<OperationKey>, StoreError> {
        self.store.read(|connection| {
            let row = run_row(connection, run)?;
            let mut statement =
                connection.prepare_cached("SELECT key FROM journal WHERE run = ?1 AND looked_up = 'adopted'")?;
            let keys = statement.query_map([row], |row| Ok(OperationKey(row.get(0)?)))?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
    }

    /// How many rows of a run lost their answer and were settled by looking their key up.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn lost_answers(&self, run: &RunId) -> Result<u64, StoreError> {
        self.store.read(|connection| {
            count(
                connection,
                "SELECT count(*) FROM journal WHERE run = ?1 AND looked_up = 'lost'",
                run_row(connection, run)?,
            )
        })
    }

    /// How many rows of a run were posted by itself and not taken back since.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn rows_to_undo(&self, run: &RunId) -> Result<u64, StoreError> {
        let taken = self.taken_keys(run)?;
        self.store.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key FROM journal WHERE run = ?1 AND state = 'posted' AND looked_up IS NOT 'adopted'",
            )?;
            let mut rows = statement.query([run_row(connection, run)?])?;
            let mut open = 0;
            while let Some(row) = rows.next()? {
                open += u64::from(!taken.contains(&undo::key(&OperationKey(row.get(0)?))));
            }
            Ok(open)
        })
    }

    /// Visits every posted operation of a run in the plan's order, read as `T`; no more than one is held at a time.
    ///
    /// # Errors
    /// When there is no such run, or the store cannot be read.
    pub fn visit_posted<T: DeserializeOwned>(&self, run: &RunId, mut visit: impl FnMut(T)) -> Result<(), StoreError> {
        self.store.read(|connection| {
            let row = run_row(connection, run)?;
            let mut statement = connection.prepare_cached(
                "SELECT plan_operation.body FROM run JOIN journal ON journal.run = run.row
                 JOIN plan_operation ON plan_operation.plan = run.plan AND plan_operation.sequence = journal.position
                 WHERE run.row = ?1 AND journal.state = 'posted' ORDER BY journal.position",
            )?;
            let mut rows = statement.query([row])?;
            while let Some(row) = rows.next()? {
                visit(from_json("operation", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
            }
            Ok(())
        })
    }
}

fn count(connection: &Connection, query: &str, row: i64) -> Result<u64, StoreError> {
    unsigned(connection.prepare_cached(query)?.query_row([row], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::plan::tests::{company, head, operation};
    use selaras_domain::plan::{PlanHead, PlanId, Reason, plan_hash};
    use selaras_domain::run::OperationState;
    use selaras_engine::ports::{Journal, LookedUp};

    const HERE: DatabaseId = DatabaseId(1);

    /// Stores a plan of a kind and runs it; the operations that write are posted.
    fn ran(company: &CompanyStore, plan: &str, kind: &str, operations: &[Operation], undoes: Option<&RunId>) -> RunId {
        let kind = PlanKind::named(kind);
        let hash = plan_hash(&kind, HERE, operations);
        let head = PlanHead { kind, hash, ..head(plan, operations) };
        let note = serde_json::json!({ "undoes": undoes });
        company.save_plan(&head, operations, &note).unwrap();
        let run = company.begin_run(&PlanId(plan.into()), &RunId(format!("run-{plan}"))).unwrap().id;
        let journal: &dyn Journal = company.store();
        for one in operations.iter().filter(|one| one.action.writes()) {
            journal.sending(&run, &[one]).unwrap();
            journal.settled(&run, &[(one.key.clone(), OperationState::Posted { record: None })]).unwrap();
        }
        run
    }

    fn taking_back(number: usize, action: Action) -> Operation {
        let mut one = operation(number, action);
        one.key = undo::key(&one.key);
        one.after = Fields::new();
        one
    }

    fn keys(company: &CompanyStore, kind: &str) -> Vec<String> {
        company.posted_keys(HERE, &PlanKind::named(kind)).unwrap().into_iter().map(|key| key.0).collect()
    }

    #[test]
    fn what_was_taken_back_or_is_gone_does_not_stand_and_can_be_posted_again() {
        let company = company();
        let kind = PlanKind::named("items");
        let made = [1, 2, 3].map(|number| operation(number, Action::Create));
        let run = ran(&company, "a", "items", &made, None);
        assert_eq!(company.rows_to_undo(&run).unwrap(), 3);
        let back = [taking_back(1, Action::Remove), taking_back(2, Action::Same), taking_back(3, Action::Blocked)];
        let undo = ran(&company, "b", "undo-items", &back, Some(&run));
        assert_eq!(keys(&company, "items"), ["item:SKU-3"]);
        assert_eq!(company.rows_to_undo(&run).unwrap(), 1);
        assert_eq!(company.taken_keys(&run).unwrap(), back[..2].iter().map(|one| one.key.clone()).collect());
        assert_eq!(company.undoing_runs().unwrap(), [Undoing { run: undo, undoes: run.clone(), took: true }]);
        let again = ran(&company, "c", "items", &made[..1], None);
        assert_eq!(keys(&company, "items"), ["item:SKU-1", "item:SKU-3"]);
        let standing = company.standing(HERE, &kind).unwrap();
        let runs: Vec<&RunId> = standing.values().map(|one| &one.run).collect();
        assert_eq!(runs, [&again, &run]);
        // Another undo of the first run finds its record gone; what the newer run made stands.
        ran(&company, "d", "undo-items", &[taking_back(1, Action::Same)], Some(&run));
        assert_eq!(keys(&company, "items"), ["item:SKU-1", "item:SKU-3"]);
    }

    #[test]
    fn a_record_that_was_made_is_known_by_its_key_until_it_is_taken_back() {
        let company = company();
        let kind = PlanKind::named("items");
        let made = [1, 2].map(|number| operation(number, Action::Create));
        let run = ran(&company, "a", "items", &made, None);
        let journal: &dyn Journal = company.store();
        let posted = OperationState::Posted { record: Some(77) };
        journal.settled(&run, &[(made[0].key.clone(), posted)]).unwrap();
        let known = |beginning: &str| company.made_records(HERE, &kind, beginning).unwrap();
        let all = BTreeMap::from([
            (made[0].key.clone(), (Some(77), made[0].after.clone())),
            (made[1].key.clone(), (None, made[1].after.clone())),
        ]);
        assert_eq!(known("item:"), all);
        assert_eq!(known("item:SKU-2").len(), 1);
        assert_eq!(known("customer:").len(), 0);
        ran(&company, "b", "undo-items", &[taking_back(1, Action::Remove)], Some(&run));
        assert_eq!(known("item:").into_keys().collect::<Vec<_>>(), [made[1].key.clone()]);
    }

    /// An operation of this key.
    fn under(key: &str, action: Action) -> Operation {
        Operation { key: OperationKey(key.into()), ..operation(1, action) }
    }

    #[test]
    fn a_void_takes_back_what_older_runs_posted_and_what_is_posted_after_it_stands() {
        let company = company();
        let (first, second) = (under("invoice:1", Action::Create), under("invoice:2", Action::Create));
        // A void that is older than the document has not removed it.
        ran(&company, "a", "voids", &[under("void-invoice:1", Action::Remove)], None);
        let run = ran(&company, "b", "invoices", &[first.clone(), second], None);
        let paid = ran(&company, "c", "receipts", &[under("receipt:PAY-1/7", Action::Create)], None);
        assert_eq!(keys(&company, "invoices"), ["invoice:1", "invoice:2"]);
        let void = [
            under("void-receipt:PAY-1/7", Action::Remove),
            under("void-invoice:1", Action::Remove),
            under("void-invoice:2", Action::Blocked),
        ];
        ran(&company, "d", "voids", &void, None);

        let kind = PlanKind::named("invoices");
        let left = [OperationKey("invoice:2".into())];
        assert_eq!(keys(&company, "invoices"), ["invoice:2"]);
        assert_eq!(company.last_posted(HERE, &kind).unwrap().into_keys().collect::<Vec<_>>(), left);
        assert_eq!(company.standing(HERE, &kind).unwrap().into_keys().collect::<Vec<_>>(), left);
        assert_eq!(keys(&company, "receipts"), [""; 0]);
        // An undo of those runs has that much less to do, and does not miss what is gone.
        assert_eq!((company.rows_to_undo(&run).unwrap(), company.rows_to_undo(&paid).unwrap()), (1, 0));
        let taken = undo::key(&first.key);
        assert_eq!(company.taken_keys(&run).unwrap(), BTreeSet::from([taken.clone()]));
        ran(&company, "e", "undo-invoices", &[Operation { key: taken, ..operation(1, Action::Same) }], Some(&run));
        assert_eq!(company.rows_to_undo(&run).unwrap(), 1, "what is gone is counted once");

        let again = ran(&company, "f", "invoices", &[first], None);
        assert_eq!(keys(&company, "invoices"), ["invoice:1", "invoice:2"]);
        let standing = company.standing(HERE, &kind).unwrap();
        assert_eq!(standing.values().map(|one| &one.run).collect::<Vec<_>>(), [&again, &run]);
        assert_eq!((company.rows_to_undo(&run).unwrap(), company.rows_to_undo(&again).unwrap()), (1, 1));
    }

    #[test]
    fn what_a_void_removed_stands_again_when_the_void_is_taken_back_but_is_not_the_old_runs_any_more() {
        let company = company();
        let kind = PlanKind::named("invoices");
        let invoice = under("invoice:1", Action::Create);
        let run = ran(&company, "a", "invoices", std::slice::from_ref(&invoice), None);
        let void = ran(&company, "b", "voids", &[under("void-invoice:1", Action::Remove)], None);
        // An undo of the first run finds nothing left to take; that says nothing of what comes later.
        let before = Reason::new(undo::TAKEN_BEFORE);
        let taken = Operation { reason: before, ..under("undo:invoice:1", Action::Same) };
        ran(&company, "c", "undo-invoices", &[taken], Some(&run));
        // Nor does a number that the undo of the void has only found.
        ran(&company, "d", "undo-voids", &[under("undo:void-invoice:1", Action::Same)], Some(&void));
        assert_eq!(keys(&company, "invoices"), [""; 0]);

        let second = ran(&company, "e", "voids", &[under("void-invoice:1", Action::Remove)], None);
        assert_eq!((company.rows_to_undo(&void).unwrap(), company.rows_to_undo(&second).unwrap()), (0, 1));
        ran(&company, "f", "undo-voids", &[under("undo:void-invoice:1", Action::Create)], Some(&second));
        assert_eq!(keys(&company, "invoices"), [""; 0], "the first void was not taken back");
        assert_eq!(company.rows_to_undo(&second).unwrap(), 0);

        ran(&company, "g", "undo-voids", &[under("undo:void-invoice:1", Action::Create)], Some(&void));
        assert_eq!(keys(&company, "invoices"), ["invoice:1"]);
        assert_eq!(company.last_posted(HERE, &kind).unwrap()[&invoice.key], invoice.after);
        assert_eq!(company.standing(HERE, &kind).unwrap()[&invoice.key].run, run);
        assert_eq!(keys(&company, "voids"), [""; 0]);
        assert_eq!(company.rows_to_undo(&run).unwrap(), 0, "its record is gone");
        assert!(company.taken_keys(&run).unwrap().contains(&undo::key(&invoice.key)));

        ran(&company, "h", "voids", &[under("void-invoice:1", Action::Remove)], None);
        assert_eq!(keys(&company, "invoices"), [""; 0]);
    }

    #[test]
    fn a_figure_that_was_set_back_is_the_last_one_that_was_sent() {
        let company = company();
        let figure = |number: usize, on_hand: &str| {
            let mut one = operation(number, Action::Change);
            one.after = Fields::from([("on_hand".to_owned(), on_hand.to_owned())]);
            one
        };
        let run = ran(&company, "a", "stock", &[figure(1, "5")], None);
        let mut back = figure(1, "3");
        back.key = undo::key(&back.key);
        ran(&company, "b", "undo-stock", &[back], Some(&run));
        let kind = PlanKind::named("stock");
        let last = company.last_posted(HERE, &kind).unwrap();
        assert_eq!(last.values().map(|fields| fields["on_hand"].as_str()).collect::<Vec<_>>(), ["3"]);
        let of =
            |figure: &str| company.last_posted_where(HERE, &kind, |_, fields| fields["on_hand"] == figure).unwrap();
        assert_eq!(of("3"), last);
        assert!(of("5").is_empty(), "what is no more the last is not wanted either");
        assert!(company.standing(HERE, &kind).unwrap().is_empty());
    }

    #[test]
    fn what_was_only_found_there_is_not_the_runs_own() {
        let company = company();
        let made = [1, 2, 3].map(|number| operation(number, Action::Create));
        let run = ran(&company, "a", "items", &made, None);
        let journal: &dyn Journal = company.store();
        journal.looked_up(&run, &[made[0].key.clone()], LookedUp::Adopted).unwrap();
        journal.looked_up(&run, &[made[1].key.clone()], LookedUp::AnswerLost).unwrap();
        assert_eq!(company.adopted_keys(&run).unwrap(), BTreeSet::from([made[0].key.clone()]));
        assert_eq!((company.lost_answers(&run).unwrap(), company.rows_to_undo(&run).unwrap()), (1, 2));
        // Sent again and refused because its key is taken: it was the run's own, which had arrived late.
        journal.looked_up(&run, &[made[1].key.clone()], LookedUp::Adopted).unwrap();
        assert_eq!(company.adopted_keys(&run).unwrap(), BTreeSet::from([made[0].key.clone()]));
        assert_eq!((company.lost_answers(&run).unwrap(), company.rows_to_undo(&run).unwrap()), (1, 2));
        let mut posted = 0;
        company.visit_posted(&run, |_: Operation| posted += 1).unwrap();
        assert_eq!(posted, 3);
    }
}
