//! `mapping show | suggest | set | export | import`.

use super::{Call, files};
use crate::arguments::Mapping;
use crate::exit::Exit;
use crate::messages::Messages;
use selaras_app::error::{AppError, AppResult, ErrorCode};
use selaras_app::view::{AccountView, DriftView, MappingInput, MappingView, RecordView, SlotGroup, SlotView};
use serde::Serialize;
use std::path::Path;

/// The mapping in the contract's shape, and beside it what may be chosen.
#[derive(Serialize)]
struct MappingAnswer<'a> {
    #[serde(flatten)]
    mapping: &'a MappingInput,
    version: Option<u32>,
    saved_at: Option<&'a str>,
    drift: &'a [DriftView],
    slots: &'a [SlotView],
    /// Records of Accurate. Under a key of their own: `warehouses` means the pairs in this shape.
    accurate: Choices<'a>,
}

#[derive(Serialize)]
struct Choices<'a> {
    accounts: &'a [AccountView],
    warehouses: &'a [RecordView],
    branches: &'a [RecordView],
    customers: &'a [RecordView],
    taxes: &'a [RecordView],
}

impl<'a> From<&'a MappingView> for MappingAnswer<'a> {
    fn from(view: &'a MappingView) -> Self {
        Self {
            mapping: &view.mapping,
            version: view.version,
            saved_at: view.saved_at.as_deref(),
            drift: &view.drift,
            slots: &view.slots,
            accurate: Choices {
                accounts: &view.accounts,
                warehouses: &view.warehouses,
                branches: &view.branches,
                customers: &view.customers,
                taxes: &view.taxes,
            },
        }
    }
}

/// Carries out one of the steps.
///
/// # Errors
/// What the desk answers, and what is wrong with a file.
pub async fn carry_out(call: &Call<'_>, step: Mapping) -> AppResult<Exit> {
    match step {
        Mapping::Show => {
            let view = call.desk()?.mapping(true).await?;
            call.output.answer(&MappingAnswer::from(&view), || shown(call, &view))?;
        }
        Mapping::Suggest => {
            let desk = call.desk()?;
            let suggested = desk.mapping_suggest().await?;
            let view = desk.mapping(false).await?;
            call.output.answer(&suggested, || {
                let rows = view.slots.iter().map(|slot| {
                    let suggestion = suggested.reasons.get(&slot.path);
                    let id = suggestion.map(|suggestion| suggestion.id.0).or(slot.chosen.map(|id| id.0));
                    let reason = suggestion.map(|suggestion| suggestion.reason.clone()).unwrap_or_default();
                    vec![place(slot), id.map(|id| named(&view, slot, id)).unwrap_or_default(), reason]
                });
                let table = call.output.table(&["h.place", "h.suggested", "h.reason"], rows);
                let open = match suggested.open.as_slice() {
                    [] => String::new(),
                    open => format!("\n{}", call.messages.say("mapping_open", &[("paths", &open.join(", "))])),
                };
                format!("{table}{open}\n{}", call.messages.word("mapping_suggest_next"))
            })?;
        }
        Mapping::Set { file } => save(call, &file, "saved").await?,
        Mapping::Import { file } => save(call, &file, "imported").await?,
        Mapping::Export { file } => export(call, &file).await?,
    }
    Ok(Exit::Done)
}

async fn save(call: &Call<'_>, file: &Path, source: &str) -> AppResult<()> {
    let input: MappingInput = files::json(file)?;
    let view = call.desk()?.save_mapping(&input, source).await?;
    call.output.answer(&MappingAnswer::from(&view), || {
        let version = view.version.map(|version| version.to_string()).unwrap_or_default();
        format!("{}\n{}", call.messages.say("mapping_saved", &[("version", &version)]), shown(call, &view))
    })
}

async fn export(call: &Call<'_>, file: &Path) -> AppResult<()> {
    let view = call.desk()?.mapping(false).await?;
    let text = serde_json::to_string_pretty(&view.mapping)
        .map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
    if files::is_standard(file) {
        return call.output.answer(&view.mapping, || text);
    }
    files::write(file, &format!("{text}\n"))?;
    call.output.answer(&view.mapping, || call.messages.say("exported", &[("path", &file.display().to_string())]))
}

fn shown(call: &Call<'_>, view: &MappingView) -> String {
    let messages: &Messages = call.messages;
    let rows = view
        .slots
        .iter()
        .map(|slot| vec![place(slot), slot.chosen.map(|id| named(view, slot, id.0)).unwrap_or_default()]);
    let mut text = call.output.table(&["h.place", "h.chosen"], rows);
    if view.version.is_none() {
        text = format!("{text}\n{}", messages.word("mapping_none"));
    }
    for drift in &view.drift {
        let now = drift.now.as_deref().unwrap_or(&drift.change);
        text =
            format!("{text}\n{}", messages.say("drift", &[("path", &drift.path), ("was", &drift.was), ("now", now)]));
    }
    for (slot, question) in view.slots.iter().filter_map(|slot| Some((slot, slot.question.as_ref()?))) {
        let asked = [("path", slot.path.as_str()), ("question", &messages.reason(question))];
        text = format!("{text}\n{}", messages.say("customer_question", &asked));
    }
    text
}

fn place(slot: &SlotView) -> String {
    format!("{} ({})", slot.label, slot.path)
}

/// The record of Accurate that a place takes, by id, with the name that it has now. Ids are of one list only: account 50 and
/// warehouse 50 are two records.
fn named(view: &MappingView, slot: &SlotView, id: i64) -> String {
    let records = match slot.group {
        SlotGroup::Customer => &view.customers,
        SlotGroup::Branch => &view.branches,
        SlotGroup::Tax => &view.taxes,
        SlotGroup::Warehouse | SlotGroup::ChannelWarehouse => &view.warehouses,
        SlotGroup::CashBank | SlotGroup::OtherIncome | SlotGroup::OtherExpense | SlotGroup::StockAdjustment => {
            let account = view.accounts.iter().find(|account| account.id.0 == id);
            return account.map_or_else(|| id.to_string(), |account| format!("{} {}", account.no, account.name));
        }
    };
    let record = records.iter().find(|record| record.id.0 == id);
    record.map_or_else(|| id.to_string(), |record| format!("{id} {}", record.name))
}
