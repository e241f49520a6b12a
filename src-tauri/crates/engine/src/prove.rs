//! Prove: what was posted is read back and compared field by field; what was removed must not be there.
//!
//! What was not compared is not proven: a record of which no field can be read counts as not readable, and a field that was sent and that
//! no answer carries is counted by its name.

use crate::documents::told_by_id;
use crate::kinds::{Behind, Executor, Found, Ports};
use crate::ports::{JournalEntry, PortError};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey};
use selaras_domain::run::{Difference, OperationState, compare, roundings};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What reading back found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many were read back and compared.
    pub checked: u64,
    /// How many cannot be read back, or say nothing that can be compared.
    pub not_readable: u64,
    /// What reads otherwise.
    pub differences: Vec<Difference>,
    /// Amounts that read otherwise by rounding alone.
    pub roundings: Vec<Difference>,
    /// Fields that were sent and that no answer carried, each with how often.
    pub unread_fields: BTreeMap<String, u64>,
    /// Figures that are no more what was sent, as what they tell of has moved since, and that read as they now should.
    pub moved: u64,
}

/// Reads back every posted operation of these journal rows.
///
/// # Errors
/// When the other side cannot be read; then there is no proof, rather than a partial one.
pub async fn prove(ports: &Ports, executor: &dyn Executor, entries: &[JournalEntry]) -> Result<Proof, PortError> {
    let posted = entries.iter().filter(|entry| matches!(entry.state, OperationState::Posted { .. })).collect();
    let posted: Vec<Operation> = executor.as_posted(posted);
    if posted.is_empty() {
        return Ok(Proof::default());
    }
    let asked: Vec<&Operation> = posted.iter().collect();
    let found = executor.read_back(ports, &asked).await?;
    let mut behind = executor.read_behind(ports, &asked).await?.into_iter();
    let mut proof = Proof::default();
    for (operation, found) in posted.iter().zip(found) {
        proof.take(operation, executor.promised(operation), found, behind.next().unwrap_or_default());
    }
    Ok(proof)
}

impl Proof {
    /// Judges a figure that was sent by what a plan of this moment would send: `now`, made from both sides as they are. Rows of which it knows
    /// nothing stay as they were read, and are counted as fields that were not read, by the name of the figure's `source`.
    pub fn judge_by(&mut self, sent: &[JournalEntry], now: &[Operation], figure: &str, source: &str) {
        let now: HashMap<&OperationKey, &Operation> = now.iter().map(|operation| (&operation.key, operation)).collect();
        let text = |fields: &Fields| fields.get(figure).cloned();
        let (mut asked, mut otherwise) = (HashSet::new(), Vec::new());
        for sent in sent.iter().map(|entry| &entry.operation) {
            let known = now.get(&sent.key).filter(|now| now.action.writes() || now.action == Action::Same);
            let Some(now) = known else {
                *self.unread_fields.entry(source.to_owned()).or_default() += 1;
                continue;
            };
            asked.insert(&sent.key);
            if now.action == Action::Same {
                self.moved += u64::from(text(&now.after) != text(&sent.after));
            } else {
                otherwise.push(Difference {
                    key: sent.key.clone(),
                    field: figure.to_owned(),
                    expected: text(&now.after).unwrap_or_default(),
                    found: text(&now.before),
                });
            }
        }
        self.differences.retain(|difference| difference.field != figure || !asked.contains(&difference.key));
        self.differences.extend(otherwise);
    }

    fn take(&mut self, operation: &Operation, mut promised: Fields, found: Found, behind: Behind) {
        let of_record = |expected: &str, found: Option<&str>| Difference {
            key: operation.key.clone(),
            field: "record".into(),
            expected: expected.into(),
            found: found.map(str::to_owned),
        };
        let (mut fields, there) = match (found, operation.action) {
            (Found::NotReadable, _) => {
                self.not_readable += 1;
                return;
            }
            (Found::Missing, Action::Remove) => (Fields::new(), None),
            (Found::Record { .. }, Action::Remove) => (Fields::new(), Some(of_record("removed", Some("present")))),
            (Found::Missing, _) => (Fields::new(), Some(of_record("present", None))),
            (Found::Record { fields, .. }, _) => (fields, None),
        };
        // Of a record that is gone, or should be, only what stands behind it has anything to say.
        let whole = operation.action != Action::Remove && there.is_none();
        let mut compared = if whole { 0 } else { 1 };
        if !whole {
            promised.clear();
        }
        self.differences.extend(there);
        promised.extend(behind.promised);
        fields.extend(behind.found);
        for name in promised.keys() {
            if fields.contains_key(name) {
                compared += 1;
            } else if !told_by_id(name, &promised, &fields) {
                *self.unread_fields.entry(without_numbers(name)).or_default() += 1;
            }
        }
        *(if compared > 0 { &mut self.checked } else { &mut self.not_readable }) += 1;
        self.differences.extend(compare(&operation.key, &promised, &fields));
        self.roundings.extend(roundings(&operation.key, &promised, &fields));
    }
}

/// `line.item_id` of `line.001.item_id`: the lines of all documents are one row of what was not read.
fn without_numbers(name: &str) -> String {
    let numbered = |part: &&str| part.len() == 3 && part.bytes().all(|letter| letter.is_ascii_digit());
    name.split('.').filter(|part| !numbered(part)).collect::<Vec<_>>().join(".")
}
