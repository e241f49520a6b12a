//! What all documents share: lines that are changed by their own id, and numbers that must be unique (accurate-online-api.md §6,
//! "general rules for writes"). A document keeps the parameters it was written with, so that a change is a merge and a rebuild.

use super::company::{Company, auto_number};
use super::envelope::Refusal;
use super::params::Params;
use crate::clock;

/// A line as it was written, under its own id.
pub(crate) type Line = (i64, Params);

/// Merges sent lines into the old ones: an id changes a line, `_status:"delete"` removes it, a line without id is appended.
pub(crate) fn merge_lines(company: &mut Company, old: &[Line], sent: &[Params]) -> Result<Vec<Line>, Refusal> {
    let mut lines = old.to_vec();
    for line in sent {
        let Some(id) = line.integer("id")? else {
            lines.push((company.line_id(), line.clone()));
            continue;
        };
        let at = lines
            .iter()
            .position(|(known, _)| *known == id)
            .ok_or_else(|| Refusal::text("Data tidak ditemukan atau sudah dihapus"))?;
        if line.text("_status").as_deref() == Some("delete") {
            lines.remove(at);
        } else {
            lines[at].1 = lines[at].1.overlaid(line);
        }
    }
    Ok(lines)
}

/// Whether a document of this day may be deleted: not in a closed period. Such refusals exist (§3.3, "not found in any public source"); the
/// wording is not recorded. [guess]
pub(crate) fn deletable(company: &Company, label: &str, number: &str, date: jiff::civil::Date) -> Result<(), Refusal> {
    if company.closed(date) {
        let day = clock::slashed(date);
        return Err(Refusal::text(format!(
            "{label} \"{number}\" tidak dapat dihapus karena periode {day} sudah ditutup"
        )));
    }
    Ok(())
}

/// The number of a document: sent, kept, or the next automatic one; never one that is taken by another of its kind.
pub(crate) fn number(
    company: &Company,
    kind: &'static str,
    params: &Params,
    old: Option<&str>,
    label: &str,
    prefix: &str,
    date: jiff::civil::Date,
) -> Result<String, Refusal> {
    match params.text("number").or_else(|| old.map(str::to_owned)) {
        Some(number) if Some(number.as_str()) != old && company.numbered(kind, &number).is_some() => {
            Err(Refusal::duplicate(label, &number))
        }
        Some(number) => Ok(number),
        None => Ok(auto_number(prefix, date, company.numbers_of(kind))),
    }
}
