//! Files in place of lists that an API does not offer: what Forstok exports, and a counted stock.

use super::sales_drafts::or_none;
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::view::{ImportInput, ImportList, ImportView};
use base64::Engine;
use selaras_domain::forstok::{PendingKind, PendingListing, Store, Warehouse};
use selaras_domain::ids::OrderId;
use selaras_domain::order::{Order, Payment, business_day};
use selaras_domain::settlement::SettlementRow;
use selaras_forstok::import::{self, ColumnMap, ImportError, ListKind, Table};
use selaras_store::{FORSTOK_SCOPE, FileSource};
use serde::Serialize;
use std::collections::BTreeMap;

/// Snapshot part of an imported count.
pub(crate) const COUNT_PART: &str = "imported_count";

/// Snapshot part of imported orders.
pub(crate) const ORDERS_PART: &str = "imported_orders";
/// Snapshot part of imported payments.
pub(crate) const PAYMENTS_PART: &str = "imported_payments";
/// Snapshot part of the settlements of every channel, as pairs of channel and row.
const SETTLEMENT_PART: &str = "imported_settlement";

/// The name of a list, for what is remembered of it. Each channel has its own settlement.
fn list_name(input: &ImportInput) -> AppResult<String> {
    Ok(match (input.list, input.channel) {
        (ImportList::MasterItems, _) => "master_items".to_owned(),
        (ImportList::PendingNotMatched, _) => "pending_not_matched".to_owned(),
        (ImportList::PendingMatched, _) => "pending_matched".to_owned(),
        (ImportList::PendingEmpty, _) => "pending_empty".to_owned(),
        (ImportList::PendingDuplicate, _) => "pending_duplicate".to_owned(),
        (ImportList::StockCount, _) => "stock_count".to_owned(),
        (ImportList::Orders, _) => "orders".to_owned(),
        (ImportList::Payments, _) => "payments".to_owned(),
        (ImportList::Settlement, Some(channel)) => format!("settlement:{}", channel.0),
        (ImportList::Settlement, None) => return Err(AppError::input("channel", "none_given")),
    })
}

fn list_kind(list: ImportList) -> ListKind {
    match list {
        ImportList::MasterItems => ListKind::Master,
        ImportList::StockCount => ListKind::Count,
        ImportList::Orders => ListKind::Orders,
        ImportList::Payments => ListKind::Payments,
        ImportList::Settlement => ListKind::Settlement,
        ImportList::PendingNotMatched
        | ImportList::PendingMatched
        | ImportList::PendingEmpty
        | ImportList::PendingDuplicate => ListKind::Pending,
    }
}

fn pending_kind(list: ImportList) -> Option<PendingKind> {
    match list {
        ImportList::PendingNotMatched => Some(PendingKind::NotMatched),
        ImportList::PendingMatched => Some(PendingKind::Matched),
        ImportList::PendingEmpty => Some(PendingKind::Empty),
        ImportList::PendingDuplicate => Some(PendingKind::Duplicate),
        _ => None,
    }
}

impl Desk {
    /// Reads a file. With columns missing nothing is stored, and the answer says which headings there are to choose from; the choice
    /// is remembered for the next file of that list.
    ///
    /// # Errors
    /// [`ErrorCode::FileMalformed`] with the place, when the file cannot be read; then what was imported before stays.
    pub async fn import_file(&self, input: &ImportInput) -> AppResult<ImportView> {
        let malformed = |error: ImportError| {
            let reason = error.reason();
            let mut failure =
                AppError::new(ErrorCode::FileMalformed).with("file", &input.file_name).with("reason", reason.code);
            failure.params.extend(reason.params);
            failure
        };
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(input.content.as_bytes())
            .map_err(|_| AppError::input("content", "not_base64"))?;
        let table = import::table(&bytes, &input.file_name).map_err(malformed)?;
        let name = list_name(input)?;
        let columns = self.columns(input, &name, &table)?;
        let kind = list_kind(input.list);
        let mut view = ImportView {
            rows: 0,
            headings: table.headers.clone(),
            missing: kind.missing(&columns).into_iter().map(str::to_owned).collect(),
            fields: kind.fields().iter().map(|field| field.name.to_owned()).collect(),
            columns: columns.clone(),
        };
        if !view.missing.is_empty() {
            return Ok(view);
        }
        view.rows = match (input.list, pending_kind(input.list)) {
            (_, Some(kind)) => {
                let rows = import::read_pending(&table, &columns, kind).map_err(malformed)?;
                let others = self.kept::<PendingListing>(FORSTOK_SCOPE, "imported_pending")?.map(|read| read.rows);
                let mut all: Vec<PendingListing> = others.unwrap_or_default();
                all.retain(|listing| listing.kind != kind);
                let count = rows.len();
                all.extend(rows);
                self.keep_import("imported_pending", &name, &input.file_name, &all, count)?
            }
            (ImportList::StockCount, _) => {
                let rows = import::read_count(&table, &columns).map_err(malformed)?;
                self.keep_import(COUNT_PART, &name, &input.file_name, &rows, rows.len())?
            }
            (ImportList::Orders, _) => {
                let (stores, warehouses) = (self.told_stores().await?, self.shop_warehouses()?);
                let rows = import::read_orders(&table, &columns, &stores, &warehouses).map_err(malformed)?;
                let count = rows.len();
                let known = self.kept::<Order>(FORSTOK_SCOPE, ORDERS_PART)?.map(|read| read.rows).unwrap_or_default();
                let orders = with_orders(known, rows, columns.contains_key("updated_at"));
                self.keep_import(ORDERS_PART, &name, &input.file_name, &orders, count)?
            }
            (ImportList::Payments, _) => {
                let rows = import::read_payments(&table, &columns, &self.known_orders()?).map_err(malformed)?;
                let count = rows.len();
                let known =
                    self.kept::<Payment>(FORSTOK_SCOPE, PAYMENTS_PART)?.map(|read| read.rows).unwrap_or_default();
                self.keep_import(PAYMENTS_PART, &name, &input.file_name, &with_payments(known, rows), count)?
            }
            (ImportList::Settlement, _) => {
                let rows = import::read_settlement(&table, &columns).map_err(malformed)?;
                let (count, channel) = (rows.len(), input.channel.map_or(0, |channel| channel.0));
                let all = with_new(self.settlement_rows(None)?, channel, rows);
                self.keep_import(SETTLEMENT_PART, &name, &input.file_name, &all, count)?
            }
            _ => {
                let primary = self.shop_warehouses()?.into_iter().find(|warehouse| warehouse.default);
                let primary = primary.map(|warehouse| warehouse.id);
                let rows = import::read_master(&table, &columns, primary).map_err(malformed)?;
                self.keep_import("imported_variants", &name, &input.file_name, &rows, rows.len())?
            }
        };
        self.books().save_column_map(&name, &columns)?;
        Ok(view)
    }

    /// What the person chose, over what is remembered of the last file, over what the headings suggest.
    fn columns(&self, input: &ImportInput, name: &str, table: &Table) -> AppResult<ColumnMap> {
        let mut columns = import::suggest_columns(list_kind(input.list), &table.headers);
        if input.list == ImportList::MasterItems {
            columns.extend(import::suggest_warehouse_columns(&table.headers, &self.shop_warehouses()?));
        }
        if let Some(remembered) = self.books().column_map(name)? {
            columns.extend(remembered.into_iter().filter(|(_, heading)| table.headers.contains(heading)));
        }
        columns.extend(input.columns.clone());
        Ok(columns)
    }

    fn shop_warehouses(&self) -> AppResult<Vec<Warehouse>> {
        Ok(self.kept(FORSTOK_SCOPE, "warehouses")?.map(|read| read.rows).unwrap_or_default())
    }

    /// The stores as Forstok tells them; none where the account offers no list of them.
    async fn told_stores(&self) -> AppResult<Vec<Store>> {
        let kept = self.kept::<Store>(FORSTOK_SCOPE, "stores")?.map(|read| read.rows).unwrap_or_default();
        // Stores that a file has told before are none that a new file must keep to.
        let offers = self.company()?.forstok_capabilities;
        match (offers.is_none_or(|offers| offers.stores), kept.is_empty()) {
            (false, _) => Ok(Vec::new()),
            (true, false) => Ok(kept),
            (true, true) => Ok(or_none(self.shop().await?.stores().await, offers.is_some())?.rows),
        }
    }

    /// The orders that a payment may name: as they were read last, and those of files.
    fn known_orders(&self) -> AppResult<Vec<Order>> {
        let orders = |part| {
            Ok::<_, AppError>(self.kept::<Order>(FORSTOK_SCOPE, part)?.map(|read| read.rows).unwrap_or_default())
        };
        Ok(with_orders(orders(crate::sales::ORDERS_PART)?, orders(ORDERS_PART)?, true))
    }

    /// What the settlements say, with the channel of each row; of one channel or of all.
    pub(crate) fn settlement_rows(&self, channel: Option<i64>) -> AppResult<Vec<(i64, SettlementRow)>> {
        let kept = self.kept::<(i64, SettlementRow)>(FORSTOK_SCOPE, SETTLEMENT_PART)?;
        let mut rows = kept.map(|read| read.rows).unwrap_or_default();
        rows.retain(|(of, _)| channel.is_none_or(|channel| channel == *of));
        Ok(rows)
    }

    /// Forgets what was imported from Forstok's files: they were another shop's.
    pub(crate) fn drop_imports(&self) -> AppResult<()> {
        for part in ["imported_variants", "imported_pending", ORDERS_PART, PAYMENTS_PART, SETTLEMENT_PART] {
            self.books().drop_snapshot(FORSTOK_SCOPE, part)?;
        }
        for list in self.books().file_parts()?.into_keys() {
            self.books().remove_file_part(&list)?;
        }
        Ok(())
    }

    fn keep_import<T: Serialize>(
        &self,
        part: &str,
        list: &str,
        file: &str,
        rows: &[T],
        count: usize,
    ) -> AppResult<u32> {
        // A count is of one company's shelves; what Forstok exports is of the shop.
        let scope = if part == COUNT_PART { self.database()? } else { FORSTOK_SCOPE };
        self.books().put_snapshot(scope, part, self.now(), rows)?;
        let rows = i64::try_from(count).unwrap_or(i64::MAX);
        self.books().save_file_part(list, &FileSource { file: file.to_owned(), read_at: self.now(), rows })?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

/// The orders with those of a further file. A seller exports one time after another, and may import an older export last: an order that is in
/// both is as it changed last, and between equals as the further file has it. So it is too where that file does not tell when an order
/// changed (`dated`).
fn with_orders(known: Vec<Order>, rows: Vec<Order>, dated: bool) -> Vec<Order> {
    let mut orders: BTreeMap<OrderId, Order> = known.into_iter().map(|order| (order.id, order)).collect();
    for order in rows {
        let older = orders.get(&order.id).is_some_and(|known| known.updated_at > order.updated_at);
        if !(dated && older) {
            orders.insert(order.id, order);
        }
    }
    let mut orders: Vec<Order> = orders.into_values().collect();
    orders.sort_by_key(|order| (order.updated_at, order.id));
    orders
}

/// The payments with those of a further file: a transfer with a reference is as the newer file has it; those without one count as often as
/// one file has them.
fn with_payments(known: Vec<Payment>, rows: Vec<Payment>) -> Vec<Payment> {
    let day = |payment: &Payment| business_day(payment.paid_at);
    let (known, known_unnamed): (Vec<_>, Vec<_>) = known.into_iter().partition(|payment| !payment.reference.is_empty());
    let (named, unnamed): (Vec<_>, Vec<_>) = rows.into_iter().partition(|payment| !payment.reference.is_empty());
    let named = known.into_iter().chain(named).map(|payment| ((day(&payment), payment.reference.clone()), payment));
    let named: BTreeMap<_, Payment> = named.collect();
    let orders = |payment: &Payment| payment.invoices.iter().map(|invoice| invoice.order).collect::<Vec<_>>();
    let unnamed = with_further(known_unnamed, unnamed, |payment| (day(payment), orders(payment), payment.received));
    let mut payments: Vec<Payment> = named.into_values().chain(unnamed).collect();
    payments.sort_by_key(|payment| payment.paid_at);
    payments
}

/// What is known with the rows of a further file, each as often as the one that has it more often.
fn with_further<T, K: Ord>(mut known: Vec<T>, rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut there: BTreeMap<K, usize> = BTreeMap::new();
    for row in &known {
        *there.entry(key(row)).or_default() += 1;
    }
    for row in rows {
        match there.get_mut(&key(&row)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => known.push(row),
        }
    }
    known
}

/// The settlements with a further file of one channel. Files overlap, as a seller exports whole months: a row that is there already is not
/// counted again, but as often as one file has it. Fees may come later than the total: a row is the same by what moved the wallet.
fn with_new(known: Vec<(i64, SettlementRow)>, channel: i64, rows: Vec<SettlementRow>) -> Vec<(i64, SettlementRow)> {
    let rows = rows.into_iter().map(|row| (channel, row)).collect();
    with_further(known, rows, |(channel, row)| {
        (*channel, row.kind, row.order_number.clone(), row.reference.clone(), row.date, row.amounts.total)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_domain::amount::Money;
    use selaras_domain::ids::StoreId;
    use selaras_domain::order::OrderStatus;
    use selaras_domain::payout::CostStructure;
    use selaras_domain::settlement::SettlementKind;

    fn row(row: usize, reference: &str) -> SettlementRow {
        SettlementRow {
            row,
            kind: SettlementKind::Other,
            order_number: String::new(),
            reference: reference.to_owned(),
            date: jiff::civil::date(2026, 3, 5),
            amounts: CostStructure { total: Money::from(-1_500), ..CostStructure::default() },
        }
    }

    #[test]
    fn files_that_overlap_count_a_row_once_and_equal_rows_of_one_file_as_often_as_they_stand_there() {
        let march = with_new(Vec::new(), 12, vec![row(2, "iklan"), row(3, "iklan"), row(4, "koreksi")]);
        assert_eq!(march.len(), 3);
        let again = with_new(march, 12, vec![row(9, "koreksi"), row(7, "iklan"), row(8, "iklan"), row(10, "lain")]);
        let told: Vec<_> = again.iter().map(|(_, row)| row.reference.as_str()).collect();
        assert_eq!(told, ["iklan", "iklan", "koreksi", "lain"]);
        assert_eq!(with_new(again, 15, vec![row(2, "iklan")]).len(), 5);
    }

    fn order(id: i64, status: OrderStatus, updated_at: &str) -> Order {
        let at = updated_at.parse().unwrap();
        Order {
            id: OrderId(id),
            number: format!("A-{id}"),
            store: StoreId(7001),
            store_name: "Toko".into(),
            channel: "Shopee".into(),
            channel_id: 12,
            status,
            ordered_at: at,
            updated_at: at,
            warehouse: None,
            lines: Vec::new(),
            subtotal: Money::ZERO,
            shipping_price: Money::ZERO,
            cashless: true,
            discount: Money::ZERO,
            voucher_seller: Money::ZERO,
            platform_rebate: Money::ZERO,
            tax: Money::ZERO,
            total: Money::ZERO,
            insurance: Money::ZERO,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        }
    }

    #[test]
    fn an_order_of_a_newer_file_takes_the_place_of_the_one_before_and_the_others_stay() {
        let march = vec![
            order(1, OrderStatus::Shipped, "2026-03-05T00:00:00Z"),
            order(2, OrderStatus::Open, "2026-03-31T00:00:00Z"),
        ];
        let april = vec![order(2, OrderStatus::Completed, "2026-04-02T00:00:00Z")];
        let told = |orders: Vec<Order>| -> Vec<_> { orders.into_iter().map(|one| (one.id.0, one.status)).collect() };
        let newest = [(1, OrderStatus::Shipped), (2, OrderStatus::Completed)];
        assert_eq!(told(with_orders(march.clone(), april.clone(), true)), newest);
        // The older export, imported last, takes nothing back.
        assert_eq!(told(with_orders(april.clone(), march.clone(), true)), newest);
        // Between equals, and where a file tells nothing of changes, the one that was imported last counts.
        let same_time = vec![order(2, OrderStatus::Returned, "2026-04-02T00:00:00Z")];
        assert_eq!(told(with_orders(april.clone(), same_time, true)), [(2, OrderStatus::Returned)]);
        let undated = vec![order(2, OrderStatus::Returned, "2026-03-31T00:00:00Z")];
        assert_eq!(told(with_orders(april, undated, false)), [(2, OrderStatus::Returned)]);
    }

    #[test]
    fn payments_that_overlap_count_once() {
        let payment = |reference: &str, at: &str, received: i64| Payment {
            reference: reference.into(),
            method: String::new(),
            received: Money::from(received),
            paid_at: at.parse().unwrap(),
            invoices: Vec::new(),
        };
        let (day, next) = ("2026-03-05T01:00:00Z", "2026-03-05T18:00:00Z");
        let march = vec![payment("P-1", day, 100), payment("", day, 5), payment("", day, 5)];
        let again = vec![payment("P-1", day, 110), payment("P-1", next, 7), payment("", day, 5), payment("", day, 6)];
        let told: Vec<_> = with_payments(march, again)
            .into_iter()
            .map(|payment| (payment.reference, payment.received.text()))
            .collect();
        let expected = [("P-1", "110"), ("", "5"), ("", "5"), ("", "6"), ("P-1", "7")];
        assert_eq!(told, expected.map(|(reference, received)| (reference.to_owned(), received.to_owned())));
    }
}
