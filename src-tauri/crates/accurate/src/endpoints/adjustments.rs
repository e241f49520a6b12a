//! Inventory adjustments (accurate-online-api.md §6.4): written with a number of their own, found again by it.

use super::bulk::Saved;
use super::documents::{date, slashed};
use super::items::{Number, json};
use super::list::{Listing, all};
use crate::catalogue::says_gone;
use crate::connection::{Call, Connection};
use crate::outcome::CallError;
use crate::session::DataSession;
use crate::wire::{Answer, optional_integer, optional_text, text};
use rust_decimal::Decimal;
use selaras_domain::accurate::{Adjustment, AdjustmentLine};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{AccountId, AdjustmentId, BranchId, ItemId, WarehouseId};
use selaras_domain::unread::{ListName, Listed};
use selaras_domain::wire::decimal_or_zero;
use selaras_engine::ports::RowOutcome;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdjustmentBody<'a> {
    number: &'a str,
    trans_date: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    adjustment_account_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_id: Option<i64>,
    detail_item: Vec<LineBody<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineBody<'a> {
    item_no: &'a str,
    item_adjustment_type: &'a str,
    quantity: Number,
    unit_cost: Number,
    warehouse_name: &'a str,
}

#[derive(Deserialize)]
struct SaveAnswer {
    #[serde(default)]
    r: Option<Box<RawValue>>,
}

/// Creates one adjustment.
pub(crate) async fn save(
    connection: &Connection,
    session: &DataSession,
    adjustment: &Adjustment,
) -> Result<RowOutcome, CallError> {
    let body = AdjustmentBody {
        number: &adjustment.number,
        trans_date: slashed(adjustment.date),
        description: &adjustment.description,
        adjustment_account_no: &adjustment.account_no,
        branch_id: adjustment.branch.map(|branch| branch.0),
        detail_item: adjustment
            .lines
            .iter()
            .map(|line| LineBody {
                item_no: &line.item_no,
                item_adjustment_type: "ADJUSTMENT_IN",
                quantity: Number(line.quantity.0),
                unit_cost: Number(line.unit_cost.0),
                warehouse_name: &line.warehouse,
            })
            .collect(),
    };
    // As many lines as a plan has go in one document, so it may take as long as a bulk write.
    let call = Call::write("item-adjustment/save.do", "item_adjustment_save", json(&body)?)
        .within(crate::pipeline::BULK_DEADLINE);
    match connection.data(session, &call).await {
        Ok(answer) => {
            let record = answer.decode::<SaveAnswer>("item-adjustment/save")?.r;
            let saved: Saved = record.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
            Ok(RowOutcome::Posted { record: saved.id })
        }
        Err(CallError::Rejected(refusal)) => Ok(RowOutcome::Rejected { reason: refusal.reason }),
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    number: String,
}

/// The adjustment with this number. Asked for directly first; only the list can say that there is none, as a refusal has many reasons.
pub(crate) async fn by_number(
    connection: &Connection,
    session: &DataSession,
    number: &str,
) -> Result<Option<Adjustment>, CallError> {
    let scope = "item_adjustment_view";
    match detail(connection, session, ("number", number)).await {
        Ok(Some(adjustment)) if adjustment.number == number => return Ok(Some(adjustment)),
        Ok(_) | Err(CallError::Rejected(_) | CallError::NotOffered { .. }) => {}
        Err(error) => return Err(error),
    }
    let filters = vec![("filter.number.op", "EQUAL"), ("filter.number.val", number)];
    let name = ListName::Stock;
    let listing = Listing { name, path: "item-adjustment/list.do", scope, fields: "id,number", filters };
    let heads: Listed<Head> = all(connection, session, &listing).await?;
    let Some(id) = heads.into_iter().filter(|head| head.number == number).find_map(|head| head.id) else {
        return Ok(None);
    };
    detail(connection, session, ("id", &id.to_string())).await
}

/// The adjustment with this id.
pub(crate) async fn by_id(
    connection: &Connection,
    session: &DataSession,
    id: AdjustmentId,
) -> Result<Option<Adjustment>, CallError> {
    match detail(connection, session, ("id", &id.to_string())).await {
        Ok(Some(adjustment)) if adjustment.id.is_none_or(|found| found == id) => {
            Ok(Some(Adjustment { id: Some(id), ..adjustment }))
        }
        Ok(_) => Err(CallError::unusable("item-adjustment/detail: another record")),
        Err(CallError::Rejected(refusal)) if says_gone(&refusal) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deletes one adjustment with all its lines.
pub(crate) async fn delete(
    connection: &Connection,
    session: &DataSession,
    id: AdjustmentId,
) -> Result<RowOutcome, CallError> {
    super::delete(connection, session, "item-adjustment/delete.do", "item_adjustment_delete", id.0).await
}

async fn detail(
    connection: &Connection,
    session: &DataSession,
    key: (&str, &str),
) -> Result<Option<Adjustment>, CallError> {
    let call = Call::read("item-adjustment/detail.do", "item_adjustment_view", vec![key]);
    read(&connection.data(session, &call).await?)
}

#[derive(Deserialize)]
struct DetailAnswer {
    #[serde(default)]
    d: Option<Detail>,
}

#[derive(Deserialize, Default)]
struct Named {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    no: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    number: String,
    #[serde(default, deserialize_with = "text")]
    trans_date: String,
    #[serde(default, deserialize_with = "text")]
    description: String,
    #[serde(default)]
    adjustment_account: Option<Named>,
    #[serde(default, deserialize_with = "optional_text")]
    adjustment_account_no: Option<String>,
    #[serde(default, deserialize_with = "optional_integer")]
    branch_id: Option<i64>,
    #[serde(default)]
    detail_item: Option<Vec<Line>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    item: Option<Named>,
    #[serde(default, deserialize_with = "optional_text")]
    item_no: Option<String>,
    #[serde(default, deserialize_with = "text")]
    item_adjustment_type: String,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    quantity: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    unit_cost: Decimal,
    #[serde(default)]
    warehouse: Option<Named>,
    #[serde(default, deserialize_with = "optional_text")]
    warehouse_name: Option<String>,
}

/// Reads a detail answer. Records come with nested objects where writes take codes (§10, "read model ≠ write model").
fn read(answer: &Answer) -> Result<Option<Adjustment>, CallError> {
    let Some(detail) = answer.decode::<DetailAnswer>("item-adjustment/detail")?.d else { return Ok(None) };
    let date = date(&detail.trans_date)
        .ok_or_else(|| CallError::unusable("item-adjustment/detail: the date is unreadable"))?;
    let lines = detail.detail_item.unwrap_or_default().into_iter().map(|line| {
        // This program writes increases only. Anything else in a document of ours is a change by somebody, and must not look equal.
        let sign = if line.item_adjustment_type == "ADJUSTMENT_OUT" { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        AdjustmentLine {
            item: line.item.as_ref().and_then(|item| item.id).map(ItemId),
            item_no: line.item.and_then(|item| item.no).or(line.item_no).unwrap_or_default(),
            quantity: Quantity(line.quantity * sign),
            unit_cost: Money(line.unit_cost),
            warehouse_id: line.warehouse.as_ref().and_then(|warehouse| warehouse.id).map(WarehouseId),
            warehouse: line.warehouse.and_then(|warehouse| warehouse.name).or(line.warehouse_name).unwrap_or_default(),
        }
    });
    Ok(Some(Adjustment {
        id: detail.id.map(AdjustmentId),
        number: detail.number,
        date,
        description: detail.description,
        account: detail.adjustment_account.as_ref().and_then(|account| account.id).map(AccountId),
        account_no: detail
            .adjustment_account
            .and_then(|account| account.no)
            .or(detail.adjustment_account_no)
            .unwrap_or_default(),
        branch: detail.branch_id.map(BranchId),
        lines: lines.collect(),
    }))
}

#[cfg(test)]
#[path = "adjustments_tests.rs"]
mod tests;
