//! What all documents share: lines that are changed by their own id, and numbers that must be unique (accurate-online-api.md §6,
//! "general rules for writes"). A document keeps the parameters it was written with, so that a change is a merge and a rebuild.

use super::company::{Company, auto_number};
use super::envelope::Refusal;
use super::params::Params;

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

/// The number of a document: sent, kept, or the next automatic one; never one that is taken.
pub(crate) fn number(
    params: &Params,
    old: Option<&str>,
    taken: &[&str],
    label: &str,
    prefix: &str,
    date: jiff::civil::Date,
) -> Result<String, Refusal> {
    match params.text("number").or_else(|| old.map(str::to_owned)) {
        Some(number) if Some(number.as_str()) != old && taken.contains(&number.as_str()) => {
            Err(Refusal::duplicate(label, &number))
        }
        Some(number) => Ok(number),
        None => Ok(auto_number(prefix, date, taken.iter().copied())),
    }
}
