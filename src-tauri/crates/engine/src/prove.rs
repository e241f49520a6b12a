//! Prove: what was posted is read back and compared field by field; what was removed must not be there.

use crate::kinds::{Executor, Found, Ports};
use crate::ports::{JournalEntry, PortError};
use selaras_domain::plan::{Action, Operation};
use selaras_domain::run::{Difference, OperationState, compare, roundings};

/// What reading back found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// How many were read back.
    pub checked: u64,
    /// How many cannot be read back.
    pub not_readable: u64,
    /// What reads otherwise.
    pub differences: Vec<Difference>,
    /// Amounts that read otherwise by rounding alone.
    pub roundings: Vec<Difference>,
}

/// Reads back every posted operation of a run.
///
/// # Errors
/// When the other side cannot be read; then there is no proof, rather than a partial one.
pub async fn prove(ports: &Ports, executor: &dyn Executor, entries: &[JournalEntry]) -> Result<Proof, PortError> {
    let posted = entries.iter().filter(|entry| matches!(entry.state, OperationState::Posted { .. })).collect();
    let posted: Vec<Operation> = executor.as_posted(posted);
    if posted.is_empty() {
        return Ok(Proof::default());
    }
    let found = executor.read_back(ports, &posted.iter().collect::<Vec<_>>()).await?;
    let mut proof = Proof::default();
    for (operation, found) in posted.iter().zip(found) {
        let removed = operation.action == Action::Remove;
        match found {
            Found::NotReadable => proof.not_readable += 1,
            Found::Missing if removed => proof.checked += 1,
            Found::Record { .. } if removed => {
                proof.checked += 1;
                proof.differences.push(Difference {
                    key: operation.key.clone(),
                    field: "record".into(),
                    expected: "removed".into(),
                    found: Some("present".into()),
                });
            }
            Found::Record { fields, .. } => {
                proof.checked += 1;
                proof.differences.extend(compare(&operation.key, &operation.after, &fields));
                proof.roundings.extend(roundings(&operation.key, &operation.after, &fields));
            }
            Found::Missing => {
                proof.checked += 1;
                proof.differences.push(Difference {
                    key: operation.key.clone(),
                    field: "record".into(),
                    expected: "present".into(),
                    found: None,
                });
            }
        }
    }
    Ok(proof)
}
