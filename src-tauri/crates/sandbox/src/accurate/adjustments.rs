//! Inventory adjustments, module `item-adjustment` (accurate-online-api.md §6.4).

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounts::{self, Purpose};
use super::company::{self, Company, FIRST_ID, Movement, Source};
use super::document::{self, Line};
use super::envelope::{Answer, Outcome, Refusal};
use super::item_view::{brief as brief_item, embedded};
use super::listing::{self, Key, Listed};
use super::masters::MasterKind;
use super::params::Params;
use super::wire::{Json, Record, plain, record};
use crate::clock;

const LABEL: &str = "Penyesuaian Persediaan";

/// The three ways a line changes stock, and the names shown for them.
const TYPES: &[(&str, &str)] =
    &[("ADJUSTMENT_IN", "Penambahan"), ("ADJUSTMENT_OUT", "Pengurangan"), ("ADJUSTMENT_STOCK", "Stok Opname")];

/// One adjustment.
#[derive(Clone, Debug)]
pub(crate) struct Adjustment {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) date: Date,
    description: Option<String>,
    branch: i64,
    account: i64,
    opt_lock: i64,
    last_update: Timestamp,
    header: Params,
    written: Vec<Line>,
    pub(crate) lines: Vec<AdjustmentLine>,
}

/// One line, worked out.
#[derive(Clone, Debug)]
pub(crate) struct AdjustmentLine {
    id: i64,
    pub(crate) item: i64,
    pub(crate) warehouse: i64,
    kind: &'static str,
    quantity: Decimal,
    /// What the line does to stock; signed.
    pub(crate) change: Decimal,
    unit_cost: Decimal,
    total_cost: Decimal,
    detail_name: Option<String>,
    notes: Option<String>,
}

impl Listed for Adjustment {
    const FILTERS: &'static [&'static str] = &["id", "number", "transDate", "branchId", "lastUpdate"];
    const SHORT: &'static [&'static str] = &["id", "number", "transDate", "description"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "number" => Some(Key::text(&self.number)),
            "transDate" => Some(Key::Date(self.date)),
            "branchId" => Some(Key::Number(self.branch.into())),
            "lastUpdate" => Some(Key::Moment(clock::in_wib(self.last_update).datetime())),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![&self.number, self.description.as_deref().unwrap_or_default()]
    }
}

/// Serves one action of `item-adjustment`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => {
            listing::list(company.adjustments.iter().map(|(_, row)| row), params, cap, |row| render(company, row))
        }
        "detail" => find(company, params).map(|row| Answer::Detail(render(company, row))),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Adjustment, Refusal> {
    let id = params.integer("id")?;
    let number = params.text("number");
    let id = id.or_else(|| company.numbered(LABEL, &number?));
    id.and_then(|id| company.adjustments.get(id)).ok_or_else(|| Refusal::not_exact(LABEL))
}

pub(crate) fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    let old = match params.integer("id")? {
        Some(_) => Some(find(company, params)?.clone()),
        None => None,
    };
    if let Some(old) = &old {
        company.unpost(Source::Adjustment(old.id));
    }
    match build(company, params, old.as_ref()) {
        Ok(adjustment) => {
            let id = match &old {
                Some(old) => {
                    company.free_number(LABEL, &old.number);
                    company.adjustments.put(old.id, adjustment);
                    old.id
                }
                None => company.adjustments.add(|id| Adjustment { id, ..adjustment }),
            };
            company.writes += 1;
            let Some(saved) = company.adjustments.get(id).cloned() else { return Err(Refusal::not_exact(LABEL)) };
            company.give_number(LABEL, &saved.number, id);
            post(company, &saved);
            Ok((format!("{LABEL} \"{}\" berhasil disimpan", saved.number), render(company, &saved)))
        }
        Err(refusal) => {
            if let Some(old) = &old {
                post(company, old);
            }
            Err(refusal)
        }
    }
}

fn build(company: &mut Company, params: &Params, old: Option<&Adjustment>) -> Result<Adjustment, Refusal> {
    let header = old.map_or_else(|| params.clone(), |old| old.header.overlaid(params));
    let date = company.document_date(&header, true)?;
    let branch = company.branch(&header)?;
    let account = company.usable_account(&header, "adjustmentAccountNo", "adjustmentAccountId")?;
    let own = old.map(|old| old.number.as_str());
    let number = document::number(company, LABEL, params, own, "Nomor", "IA", date)?;
    let sent = params.rows("detailItem");
    let written = document::merge_lines(company, old.map_or(&[], |old| &old.written), &sent)?;
    if written.is_empty() {
        return Err(Refusal::text("Detail dari transaksi belum diisi!"));
    }
    let mut lines = Vec::new();
    for (id, line) in &written {
        let line = build_line(company, *id, line, &lines)?;
        lines.push(line);
    }
    Ok(Adjustment {
        id: old.map(|old| old.id).unwrap_or_default(),
        number,
        date,
        description: header.text("description"),
        branch,
        account: account.unwrap_or_else(|| company.preferred_account(Purpose::Adjustment)),
        opt_lock: old.map_or(0, |old| old.opt_lock + 1),
        last_update: company::now(),
        header,
        written,
        lines,
    })
}

fn build_line(company: &Company, id: i64, line: &Params, before: &[AdjustmentLine]) -> Result<AdjustmentLine, Refusal> {
    let item = company.item_named(line)?;
    let kind = line.required("itemAdjustmentType", "itemAdjustmentType")?;
    let kind = TYPES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(known, _)| *known)
        .ok_or_else(|| Refusal::invalid_field("itemAdjustmentType"))?;
    let warehouse = company.warehouse(line)?;
    company.referenced(MasterKind::Unit, line, "itemUnitName", "itemUnitId")?;
    let quantity = line.decimal("quantity")?.unwrap_or_default();
    if quantity < Decimal::ZERO || (quantity.is_zero() && kind != "ADJUSTMENT_STOCK") {
        // The wording follows the one recorded for opening stock. [guess]
        return Err(Refusal::text("Kuantitas harus lebih besar dari 0"));
    }
    let earlier: Decimal = before
        .iter()
        .filter(|other| other.item == item && other.warehouse == warehouse)
        .map(|other| other.change)
        .sum();
    let change = match kind {
        "ADJUSTMENT_IN" => quantity,
        "ADJUSTMENT_OUT" => -quantity,
        _ => quantity - company.stock(item, warehouse) - earlier,
    };
    let sent = line.decimal("unitCost")?;
    // Decreases leave at the average cost whatever was sent (§6.4).
    let unit_cost = match (change > Decimal::ZERO, sent) {
        (true, Some(cost)) => cost,
        (true, None) if kind == "ADJUSTMENT_IN" => return Err(Refusal::must_be_filled("Nilai Satuan")),
        _ => company.average_cost(item),
    };
    Ok(AdjustmentLine {
        id,
        item,
        warehouse,
        kind,
        quantity,
        change,
        unit_cost,
        total_cost: (change.abs() * unit_cost).round_dp(6),
        detail_name: line.text("detailName"),
        notes: line.text("detailNotes"),
    })
}

fn post(company: &mut Company, adjustment: &Adjustment) {
    let source = Source::Adjustment(adjustment.id);
    let inventory = company.preferred_account(Purpose::Inventory);
    for line in &adjustment.lines {
        let cost = if line.change < Decimal::ZERO { -line.total_cost } else { line.total_cost };
        company.post_stock(Movement {
            item: line.item,
            warehouse: line.warehouse,
            date: adjustment.date,
            quantity: line.change,
            cost,
            source,
        });
        company.post_entry(inventory, adjustment.date, cost, source);
        company.post_entry(adjustment.account, adjustment.date, -cost, source);
    }
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let adjustment = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    document::deletable(company, LABEL, &adjustment.number, adjustment.date)?;
    company.unpost(Source::Adjustment(adjustment.id));
    company.adjustments.remove(adjustment.id);
    company.free_number(LABEL, &adjustment.number);
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", adjustment.number)))
}

fn render(company: &Company, adjustment: &Adjustment) -> Record {
    let total: Decimal = adjustment
        .lines
        .iter()
        .map(|line| if line.change < Decimal::ZERO { -line.total_cost } else { line.total_cost })
        .sum();
    let lines: Vec<Record> = adjustment
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| render_line(company, adjustment, index, line))
        .collect();
    record! {
        "id" => adjustment.id,
        "number" => &adjustment.number,
        "transDate" => clock::slashed(adjustment.date),
        "transDateView" => clock::spelled(adjustment.date),
        "description" => adjustment.description.clone(),
        "branchId" => adjustment.branch,
        "branch" => embedded(company, MasterKind::Branch, Some(adjustment.branch)),
        "adjustmentAccountId" => adjustment.account,
        "adjustmentAccount" => accounts::brief(company, adjustment.account),
        "totalAmount" => total,
        "journalId" => adjustment.id + 600_000,
        "approvalStatus" => "APPROVED",
        "approvalTypeNumberId" => Json::Null,
        "lastUpdate" => clock::slashed_time(adjustment.last_update),
        "optLock" => adjustment.opt_lock,
        "createdBy" => 100_002,
        "commentCount" => 0,
        "attachmentCount" => 0,
        "itemAdjustment" => true,
        "salesInvoice" => false,
        "itemTransfer" => false,
        "currency" => record! { "id" => FIRST_ID, "code" => "IDR", "symbol" => "Rp" },
        "detailItem" => lines,
    }
}

fn render_line(company: &Company, adjustment: &Adjustment, index: usize, line: &AdjustmentLine) -> Record {
    let item = company.items.get(line.item);
    let unit = item.map(|item| item.unit);
    record! {
        "id" => line.id,
        "seq" => index + 1,
        "itemAdjustmentId" => adjustment.id,
        "itemId" => line.item,
        "item" => brief_item(company, line.item),
        "detailName" => line.detail_name.clone().or_else(|| Some(item?.name.clone())),
        "detailNotes" => line.notes.clone(),
        "itemUnitId" => unit,
        "itemUnit" => embedded(company, MasterKind::Unit, unit),
        "unitRatio" => Decimal::ONE,
        "quantity" => line.quantity,
        "oldQuantity" => line.quantity,
        "unitCost" => line.unit_cost,
        "totalCost" => line.total_cost,
        "itemAdjustmentType" => line.kind,
        "itemAdjustmentTypeName" => TYPES.iter().find(|(kind, _)| *kind == line.kind).map(|(_, name)| *name),
        "warehouseId" => line.warehouse,
        "warehouse" => embedded(company, MasterKind::Warehouse, Some(line.warehouse)),
        "departmentId" => Json::Null,
        "department" => Json::Null,
        "projectId" => Json::Null,
        "project" => Json::Null,
        "dataClassification1" => Json::Null,
        "dataClassification1Id" => Json::Null,
        "detailSerialNumber" => Json::List(Vec::new()),
        "itemTransferId" => Json::Null,
        "itemHistoryId" => line.id + 1_000_000,
        "totalCaptionSerialNumber" => format!("0 No Seri/Produksi. Isikan {} lagi", plain(line.quantity).replace('.', ",")),
        "charField1" => Json::Null,
        "numericField1" => Decimal::ZERO,
        "dateField1" => Json::Null,
        "optLock" => 0,
    }
}
