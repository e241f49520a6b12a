//! `import`: a file that Forstok or a marketplace exports, in place of a list that the account does not offer.

use super::{Call, files};
use crate::arguments::{ImportFile, ListName};
use crate::exit::Exit;
use selaras_app::error::{AppError, AppResult};
use selaras_app::view::{ImportList, ImportView};
use serde::Serialize;
use std::collections::BTreeMap;

impl From<ListName> for ImportList {
    fn from(list: ListName) -> Self {
        match list {
            ListName::MasterItems => Self::MasterItems,
            ListName::PendingNotMatched => Self::PendingNotMatched,
            ListName::PendingMatched => Self::PendingMatched,
            ListName::PendingEmpty => Self::PendingEmpty,
            ListName::PendingDuplicate => Self::PendingDuplicate,
            ListName::StockCount => Self::StockCount,
            ListName::Orders => Self::Orders,
            ListName::Payments => Self::Payments,
            ListName::Settlement => Self::Settlement,
        }
    }
}

/// What was read, and as what.
#[derive(Serialize)]
struct ImportAnswer<'a> {
    list: ImportList,
    #[serde(flatten)]
    view: &'a ImportView,
}

/// Reads a file; while columns are missing nothing is stored, and the answer says which.
///
/// # Errors
/// What the desk answers; `invalid_input` for a `--column` that is no pair.
pub async fn carry_out(call: &Call<'_>, file: &ImportFile) -> AppResult<Exit> {
    let pair = |text: &String| {
        let (field, heading) = text.split_once('=').ok_or_else(|| AppError::input("column", text))?;
        Ok::<_, AppError>((field.trim().to_owned(), heading.trim().to_owned()))
    };
    let columns: BTreeMap<_, _> = file.column.iter().map(pair).collect::<Result<_, _>>()?;
    let input = files::import(file.list.into(), &file.file, columns, file.channel)?;
    let view = call.desk()?.import_file(&input).await?;
    call.output.answer(&ImportAnswer { list: input.list, view: &view }, || told(call, &view))?;
    Ok(if view.missing.is_empty() { Exit::Done } else { Exit::NeedsPerson })
}

fn told(call: &Call<'_>, view: &ImportView) -> String {
    let messages = call.messages;
    let known = |field: &String| view.columns.get(field).cloned().unwrap_or_default();
    // A line of the payout may have several columns, as in `service_fee:2`.
    let further = view.columns.keys().filter(|field| !view.fields.contains(field));
    let rows = view.fields.iter().chain(further).map(|field| vec![field.clone(), known(field)]);
    let columns = call.output.table(&["h.field", "h.heading"], rows);
    if view.missing.is_empty() {
        let count = messages.count(view.rows);
        return format!("{columns}\n{}", messages.say("imported", &[("count", &count)]));
    }
    let (missing, headings) = (view.missing.join(", "), view.headings.join(", "));
    let said = messages.say("columns_missing", &[("fields", &missing), ("headings", &headings)]);
    format!("{columns}\n{said}")
}
