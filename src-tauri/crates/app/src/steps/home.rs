//! The home: how far both sides agree, and how the exceptions move. From what was read last; nothing is read from outside.
//!
//! The comparison of every figure takes seconds in a large shop. It is made once after each reading and each stock run, and kept.

use super::explain::undone_since;
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::shelves::Shelves;
use crate::snapshots::Read;
use crate::view::{
    AgreementView, HomeView, Id, ItemsFigureView, PageQuery, ReadyFigureView, SkuQuery, StockFigureView, TrendDayView,
    WaitingOrdersView, small,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use selaras_domain::accurate::StockRow;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::SkuState;
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::order::Order;
use selaras_domain::plan::{Action, Operation, OperationKey, PlanKind};
use selaras_engine::explain::{Agreed, PartKind, Place, Undone, explain};
use selaras_engine::kinds::stock::Counted;
use selaras_engine::kinds::{invoices, receipts, stock, undo, undo_stock};
use selaras_engine::sales::only_warehouse;
use selaras_engine::shelf::{self, Shelf, Sold};
use selaras_engine::sku::SkuRow;
use selaras_store::FORSTOK_SCOPE;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Under which part the comparison is kept.
const PART: &str = "home";

/// How many days the trend has.
const DAYS: i64 = 14;

/// What was compared last, and from what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Compared {
    /// Everything that the comparison depends on; another basis, another comparison.
    basis: Vec<String>,
    stock: Option<StockFigureView>,
    agreement: Vec<AgreementView>,
    waiting: Option<WaitingOrdersView>,
    invoices: Option<ReadyFigureView>,
    receipts: Option<ReadyFigureView>,
}

impl Desk {
    /// What the home shows beside runs and inbox.
    ///
    /// # Errors
    /// When no database is chosen, or the local store fails.
    pub async fn home(&self) -> AppResult<HomeView> {
        let database = self.database()?;
        let trend = self.trend(database)?;
        let (Some(variants), Some(items)) = (
            self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?,
            self.books().snapshot_read_at(database, "items")?,
        ) else {
            return Ok(HomeView {
                items: None,
                stock: None,
                agreement: Vec::new(),
                trend,
                waiting: None,
                invoices: None,
                receipts: None,
            });
        };
        let page = PageQuery { limit: 1, ..PageQuery::default() };
        let counts = self.skus(&SkuQuery { page, ..SkuQuery::default() }).await?.counts;
        let of = |state: SkuState| counts.get(state.name()).copied().unwrap_or_default();
        let open = counts.iter().filter(|(state, _)| needs_person(state)).map(|(_, count)| count).sum();
        let items = ItemsFigureView {
            same: of(SkuState::Matched),
            ready: of(SkuState::Ready),
            open,
            read_at: variants.min(items).to_string(),
        };
        let mut basis: Vec<String> = counts.iter().map(|(state, count)| format!("{state} {count}")).collect();
        basis.extend(self.basis(database)?);
        let compared = match self.kept::<Compared>(database, PART)?.and_then(|kept| kept.rows.into_iter().next()) {
            Some(kept) if kept.basis == basis => kept,
            _ => self.compare_anew(database, basis).await?,
        };
        let Compared { basis: _, stock, agreement, waiting, invoices, receipts } = compared;
        Ok(HomeView { items: Some(items), stock, agreement, trend, waiting, invoices, receipts })
    }

    /// When each thing was read that the comparison is made from, and the last run: any of them may have counted or sent stock.
    fn basis(&self, database: DatabaseId) -> AppResult<Vec<String>> {
        let parts = [
            (FORSTOK_SCOPE, "variants"),
            (FORSTOK_SCOPE, "warehouses"),
            (FORSTOK_SCOPE, "orders"),
            (database, "items"),
            (database, "stock"),
            (database, "sales_invoices"),
        ];
        let mut basis = Vec::new();
        for (scope, part) in parts {
            let at = self.books().snapshot_read_at(scope, part)?;
            basis.push(format!("{part} {}", at.map(|at| at.to_string()).unwrap_or_default()));
        }
        let pairs = self.mapping_now(database)?.warehouses;
        basis.extend(pairs.iter().map(|pair| format!("{} = {}", pair.forstok_id, pair.accurate_id)));
        let runs = self.books().runs(500)?;
        let last = runs.iter().find(|run| run.database == database);
        basis.extend(last.map(|run| format!("{} {} {}", run.id, run.state.name(), run.counts.posted)));
        for kind in [stock::KIND, invoices::KIND, receipts::KIND] {
            let plan = self.books().latest_plan(database, &PlanKind::named(kind))?;
            basis.extend(plan.map(|plan| format!("{kind} {}", plan.head.id)));
        }
        basis.push(format!("existing user {:?}", self.company()?.existing_user));
        Ok(basis)
    }

    /// Compares everything, away from the window's own work, and keeps the result.
    async fn compare_anew(&self, database: DatabaseId, basis: Vec<String>) -> AppResult<Compared> {
        let desk = self.clone();
        let compared = tokio::task::spawn_blocking(move || -> AppResult<Compared> {
            let compared = desk.compare(database, basis)?;
            desk.books().put_snapshot(database, PART, desk.now(), std::slice::from_ref(&compared))?;
            Ok(compared)
        });
        compared.await.map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?
    }

    fn compare(&self, database: DatabaseId, basis: Vec<String>) -> AppResult<Compared> {
        let Some(known) = self.known_catalogue()? else {
            return Ok(Compared {
                basis,
                stock: None,
                agreement: Vec::new(),
                waiting: None,
                invoices: None,
                receipts: None,
            });
        };
        let invoices = self.ready(database, invoices::KIND, "total")?;
        let receipts = self.ready(database, receipts::KIND, "received")?;
        let decisions = self.books().decisions(database)?;
        let matches = self.matches(database, &known.catalogue.items)?;
        let rows = known.classified(&decisions, &matches);
        let waiting = self.open_orders()?.map(|orders| waiting(&orders, &rows));
        let Some(figures) = self.kept::<StockRow>(database, "stock")? else {
            return Ok(Compared { basis, stock: None, agreement: Vec::new(), waiting, invoices, receipts });
        };
        let variants_at = self.books().snapshot_read_at(FORSTOK_SCOPE, "variants")?.unwrap_or(known.catalogue.read_at);
        let shop_warehouses = self.kept_directory()?.map(|read| read.shop_warehouses.clone()).unwrap_or_default();
        let pairs: Vec<stock::WarehousePair> = self
            .mapping_now(database)?
            .warehouses
            .iter()
            .map(|pair| stock::WarehousePair {
                forstok: pair.forstok_id,
                forstok_name: shop_warehouses
                    .iter()
                    .find(|warehouse| warehouse.id == pair.forstok_id)
                    .map_or_else(|| pair.forstok_id.to_string(), |warehouse| warehouse.name.clone()),
                accurate: pair.accurate_id,
            })
            .collect();
        let shelves = self.shelves(database)?;
        let invoiced = shelves.as_ref().map(Shelves::invoiced).unwrap_or_default();
        let sold = shelves.as_ref().map(|shelves| shelves.sold(&invoiced, only_warehouse(&shop_warehouses)));
        let agreement = agree(&Figures {
            rows: &rows,
            pairs: &pairs,
            stock: &figures.rows,
            variants_at,
            past: &self.all_past(database)?,
            counted: &self.counted(database)?,
            sold: sold.as_ref(),
        });
        let (places, differing) = agreement.iter().fold((0, 0), |(places, differing), line| {
            (places + line.rows, differing + line.explained + line.unexplained)
        });
        let stock = (!pairs.is_empty()).then(|| StockFigureView {
            same: places - differing,
            differing,
            read_at: figures.at.min(variants_at).to_string(),
        });
        Ok(Compared { basis, stock, agreement, waiting, invoices, receipts })
    }

    /// What the newest plan of a kind would send, without what was sent since. A plan that was limited to some orders says nothing of the
    /// others.
    fn ready(&self, database: DatabaseId, kind: &str, amount: &str) -> AppResult<Option<ReadyFigureView>> {
        let kind = PlanKind::named(kind);
        let plan = self.last_plan(&kind)?.filter(|(_, options)| options.orders.is_empty());
        let Some((plan, _)) = plan else { return Ok(None) };
        let sent = self.books().posted_keys(database, &kind)?;
        Ok(Some(ready(&self.books().operations(&plan.id)?, &sent, amount, plan.read_at)))
    }

    /// What was written to each place, and what both sides agreed on there.
    fn all_past(&self, database: DatabaseId) -> AppResult<Past> {
        let last = |kind: &str| -> AppResult<HashMap<OperationKey, Agreed>> {
            let sent = self.books().last_sent(database, &PlanKind::named(kind), "on_hand")?;
            let figure = |(key, (text, at)): (OperationKey, (String, Timestamp))| {
                let quantity = text.parse().map(Quantity).ok()?;
                Some((key, Agreed { quantity, at }))
            };
            Ok(sent.into_iter().filter_map(figure).collect())
        };
        let mut found = HashMap::new();
        if let Some(plan) = self.books().latest_plan(database, &PlanKind::named(stock::KIND))? {
            for (key, text) in self.books().agreed_in(&plan.head.id, "on_hand")? {
                if let Some(quantity) = text.parse().ok().map(Quantity) {
                    found.insert(key, Agreed { quantity, at: plan.head.read_at });
                }
            }
        }
        Ok(Past { sent: last(stock::KIND)?, undone: last(undo_stock::KIND)?, found })
    }

    /// Open exceptions at the end of each of the last days, from the day of the first run on.
    fn trend(&self, database: DatabaseId) -> AppResult<Vec<TrendDayView>> {
        let runs = self.books().runs(usize::MAX >> 1)?;
        let Some(first) = runs.iter().filter(|run| run.database == database).map(|run| run.started_at).min() else {
            return Ok(Vec::new());
        };
        let days = days(first, self.now());
        let ends: Vec<Timestamp> = days.iter().map(|(_, end)| *end).collect();
        let open = self.books().open_inbox_at(database, &ends)?;
        let line =
            |((day, _), open): ((Date, Timestamp), u64)| TrendDayView { day: day.to_string(), open: small(open) };
        Ok(days.into_iter().zip(open).map(line).collect())
    }
}

fn needs_person(state: &str) -> bool {
    SkuState::ALL.iter().any(|known| known.name() == state && known.needs_person())
}

/// Jakarta, where the shops are: seven hours before UTC, without a summer time.
fn jakarta() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(7))
}

/// The last days with their ends, oldest first; none before the first run.
fn days(first: Timestamp, now: Timestamp) -> Vec<(Date, Timestamp)> {
    let (first, today) = (first.to_zoned(jakarta()).date(), now.to_zoned(jakarta()).date());
    (0..DAYS)
        .rev()
        .filter_map(|back| today.checked_sub(back.days()).ok())
        .filter(|day| *day >= first)
        .filter_map(|day| Some((day, day.tomorrow().ok()?.to_zoned(jakarta()).ok()?.timestamp())))
        .collect()
}

/// How many documents of these were not sent, and Σ of that amount; what carries none, such as a customer, is no document.
fn ready(operations: &[Operation], sent: &BTreeSet<OperationKey>, amount: &str, read_at: Timestamp) -> ReadyFigureView {
    let (mut documents, mut total, mut stores) = (0_u64, Money::ZERO, BTreeSet::new());
    for operation in operations.iter().filter(|one| one.action == Action::Create && !sent.contains(&one.key)) {
        let Some(value) = operation.after.get(amount).and_then(|text| text.parse().ok()) else { continue };
        documents += 1;
        total = total + Money(value);
        // Stores of one name on two channels are two.
        stores.insert((operation.after.get("store_name"), operation.after.get("channel")));
    }
    ReadyFigureView {
        documents: small(documents),
        amount: total.text(),
        stores: small(stores.len() as u64),
        read_at: read_at.to_string(),
    }
}

/// Orders without an invoice that hold a SKU which a person has to decide.
fn waiting(orders: &Read<Order>, rows: &[SkuRow<'_>]) -> WaitingOrdersView {
    let undecided: BTreeSet<&str> = rows.iter().filter(|row| row.state.needs_person()).map(|row| row.sku).collect();
    let waiting = orders.rows.iter().filter(|order| order.skus().iter().any(|sku| undecided.contains(sku)));
    let (count, total) = waiting.fold((0_u64, Money::ZERO), |(count, total), order| (count + 1, total + order.total));
    WaitingOrdersView { orders: small(count), amount: total.text(), read_at: orders.at.to_string() }
}

/// What is known of the figures of places before they were read.
#[derive(Debug, Default)]
struct Past {
    /// What a stock run sent last.
    sent: HashMap<OperationKey, Agreed>,
    /// What an undo wrote last, under the undo's keys.
    undone: HashMap<OperationKey, Agreed>,
    /// Where the newest plan found both sides to agree.
    found: HashMap<OperationKey, Agreed>,
}

impl Past {
    /// The figure that Forstok was given last, with its time.
    fn written(&self, key: &OperationKey) -> Option<Agreed> {
        let both = [self.sent.get(key), self.undone.get(&undo::key(key))];
        both.into_iter().flatten().max_by_key(|figure| figure.at).copied()
    }

    /// The last figure that both sides had in common.
    fn agreed(&self, key: &OperationKey) -> Option<Agreed> {
        [self.found.get(key), self.sent.get(key)].into_iter().flatten().max_by_key(|figure| figure.at).copied()
    }

    /// What an undo has done to it since.
    fn undone(&self, key: &OperationKey) -> Option<Undone> {
        undone_since(self.agreed(key), self.sent.get(key).copied(), self.undone.get(&undo::key(key)).copied())
    }
}

/// What the agreement of figures is told from.
struct Figures<'a> {
    rows: &'a [SkuRow<'a>],
    pairs: &'a [stock::WarehousePair],
    stock: &'a [StockRow],
    variants_at: Timestamp,
    past: &'a Past,
    counted: &'a Counted,
    sold: Option<&'a Sold<'a>>,
}

/// Compares every matched SKU in every mapped pair of warehouses. A figure that was sent after Forstok was read is what Forstok has now.
fn agree(figures: &Figures<'_>) -> Vec<AgreementView> {
    let books: HashMap<(WarehouseId, ItemId), Quantity> =
        figures.stock.iter().map(|row| ((row.warehouse, row.item), row.quantity)).collect();
    let line = |pair: &stock::WarehousePair| {
        let mut line = AgreementView {
            warehouse_id: Id(pair.forstok.0),
            warehouse: pair.forstok_name.clone(),
            rows: 0,
            explained: 0,
            unexplained: 0,
        };
        for row in figures.rows.iter().filter(|row| row.state == SkuState::Matched) {
            let (Some(variant), Some(item)) = (row.variant, row.item) else { continue };
            line.rows += 1;
            let accurate = books.get(&(pair.accurate, item.id)).copied().unwrap_or_default();
            let key = stock::key(pair.forstok, row.sku);
            let read = variant.stock.iter().find(|stock| stock.warehouse == pair.forstok).map(|stock| stock.on_hand);
            let forstok = match figures.past.written(&key) {
                Some(written) if written.at > figures.variants_at => written.quantity,
                _ => read.unwrap_or_default(),
            };
            // Below zero is sent as nothing.
            if accurate.max(Quantity::ZERO) == forstok {
                continue;
            }
            let counted_at = figures.counted.at(pair.accurate, item.id);
            let (sku, warehouse) = (row.sku, pair.forstok);
            let of = shelf::Place { warehouse, sku, books: accurate, forstok: Some(forstok), counted_at };
            let shelf = figures.sold.map_or_else(|| Shelf::unsold(accurate), |sold| shelf::shelf(sold, &of));
            let place = Place {
                sku,
                warehouse,
                shelf: &shelf,
                forstok,
                agreed: figures.past.agreed(&key),
                undone: figures.past.undone(&key),
                uncounted: figures.counted.never(pair.accurate, item),
                sold: figures.sold,
            };
            if explain(&place).iter().any(|part| part.kind == PartKind::Unexplained) {
                line.unexplained += 1;
            } else {
                line.explained += 1;
            }
        }
        line
    };
    figures.pairs.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_domain::accurate::Item;
    use selaras_domain::forstok::{Variant, VariantStock};
    use selaras_domain::ids::{ForstokWarehouseId, OrderId, StoreId, VariantId};
    use selaras_domain::order::{OrderLine, OrderStatus};
    use selaras_domain::plan::{Fields, Reason, Side, Target};
    use selaras_engine::matches::Matches;
    use selaras_engine::orders::Invoiced;
    use selaras_engine::shelf::Known;
    use selaras_engine::sku::{SkuInput, classify};
    use std::collections::BTreeMap;

    const SHELF: (ForstokWarehouseId, WarehouseId) = (ForstokWarehouseId(195), WarehouseId(50));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn figure(quantity: i64, second: i64) -> Agreed {
        Agreed { quantity: Quantity::from(quantity), at: at(second) }
    }

    fn variant(id: i64, sku: &str, on_hand: i64) -> Variant {
        let (on_hand, reserved) = (Quantity::from(on_hand), Quantity::ZERO);
        Variant {
            id: Some(VariantId(id)),
            sku: sku.into(),
            name: format!("Barang {sku}"),
            category: None,
            price: None,
            cost_price: None,
            barcode: None,
            stock: vec![VariantStock { warehouse: SHELF.0, on_hand, reserved }],
        }
    }

    fn item(id: i64, no: &str) -> Item {
        Item {
            id: ItemId(id),
            no: no.into(),
            name: format!("Barang {no}"),
            item_type: None,
            upc: None,
            unit_price: None,
            suspended: false,
        }
    }

    fn order(sku: &str, total: i64) -> Order {
        let total = Money::from(total);
        Order {
            id: OrderId(1),
            number: "N1".into(),
            store: StoreId(7001),
            store_name: "Toko".into(),
            channel: "Shopee".into(),
            channel_id: 12,
            status: OrderStatus::from("Ready to ship".to_owned()),
            ordered_at: at(15),
            updated_at: at(16),
            warehouse: Some(SHELF.0),
            lines: vec![OrderLine {
                sku: sku.into(),
                name: "Barang".into(),
                variant_name: String::new(),
                quantity: Quantity::from(1),
                unit_price: total,
                voucher: Money::ZERO,
                voucher_platform: Money::ZERO,
                fulfilled_by_channel: false,
                note: None,
                components: Vec::new(),
            }],
            subtotal: total,
            shipping_price: Money::ZERO,
            cashless: true,
            discount: Money::ZERO,
            voucher_seller: Money::ZERO,
            platform_rebate: Money::ZERO,
            tax: Money::ZERO,
            total,
            insurance: Money::ZERO,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        }
    }

    #[test]
    fn a_difference_is_explained_by_what_happened_since_both_sides_agreed_and_by_nothing_else() {
        // SKU, Forstok as it was read at second 20, Accurate.
        let shop = [
            ("SAME", 5, 5),
            ("NEVER", 5, 8),
            ("BOOKS-MOVED", 5, 8),
            ("BELOW-ZERO", 0, -2),
            ("SENT-SINCE", 3, 7),
            ("SOLD", 3, 4),
            ("UNDONE", 2, 9),
            ("UNCOUNTED", 4, 0),
            ("SOLD-OUT", 4, 0),
        ];
        let variants: Vec<Variant> = (1..).zip(shop).map(|(id, (sku, forstok, _))| variant(id, sku, forstok)).collect();
        let items: Vec<Item> = (1..).zip(shop).map(|(id, (sku, ..))| item(id, sku)).collect();
        let stock: Vec<StockRow> = (1..)
            .zip(shop)
            .map(|(id, (sku, _, accurate))| StockRow {
                warehouse: SHELF.1,
                item: ItemId(id),
                no: sku.into(),
                quantity: Quantity::from(accurate),
            })
            .collect();
        let decisions = BTreeMap::new();
        let rows = classify(&SkuInput {
            variants: &variants,
            pending: &[],
            items: &items,
            decisions: &decisions,
            matches: Matches::none(),
        });
        let key = |sku: &str| stock::key(SHELF.0, sku);
        let past = Past {
            sent: HashMap::from([
                (key("BOOKS-MOVED"), figure(5, 10)),
                (key("SENT-SINCE"), figure(7, 30)),
                (key("UNDONE"), figure(9, 10)),
            ]),
            undone: HashMap::from([(undo::key(&key("UNDONE")), figure(2, 15))]),
            found: HashMap::from([(key("SOLD"), figure(4, 10))]),
        };
        let pairs = [stock::WarehousePair { forstok: SHELF.0, forstok_name: "Gudang Utama".into(), accurate: SHELF.1 }];
        let counted =
            Counted { new_books: true, stocked: BTreeSet::from([(SHELF.1, ItemId(9))]), ..Counted::default() };
        let orders = [order("SOLD", 10_000)];
        let (invoiced, known) = (Invoiced::default(), Known { integrated_at: Some(at(10)), ..Known::default() });
        let sold = Sold::of(&orders, &invoiced, &known, None);
        let agreement = agree(&Figures {
            rows: &rows,
            pairs: &pairs,
            stock: &stock,
            variants_at: at(20),
            past: &past,
            counted: &counted,
            sold: Some(&sold),
        });
        let expected = AgreementView {
            warehouse_id: Id(195),
            warehouse: "Gudang Utama".into(),
            rows: 9,
            explained: 4,
            unexplained: 2,
        };
        assert_eq!(agreement, [expected]);
    }

    #[test]
    fn orders_wait_that_hold_a_sku_which_a_person_has_to_decide() {
        let variants = [variant(1, "KODE SALAH DENGAN SPASI DAN TERLALU PANJANG SEKALI", 1), variant(2, "B", 1)];
        let decisions = BTreeMap::new();
        let rows = classify(&SkuInput {
            variants: &variants,
            pending: &[],
            items: &[],
            decisions: &decisions,
            matches: Matches::none(),
        });
        let orders = Read { at: at(5), rows: vec![order(&variants[0].sku, 10_000), order("B", 500)] };
        let expected = WaitingOrdersView { orders: 1, amount: "10000".into(), read_at: "1970-01-01T00:00:05Z".into() };
        assert_eq!(waiting(&orders, &rows), expected);
    }

    #[test]
    fn what_is_ready_is_what_a_plan_would_send_and_has_not_been_sent() {
        let document = |key: &str, action, store: &str, total: Option<&str>| {
            let mut after = Fields::from([("store_name".to_owned(), store.to_owned())]);
            after.extend(total.map(|total| ("total".to_owned(), total.to_owned())));
            let target = Target { side: Side::Accurate, database: DatabaseId(1), record: key.to_owned() };
            let (key, before, reason) = (OperationKey(key.to_owned()), Fields::new(), Reason::new("order_ready"));
            Operation { key, action, target, before, after, reason, group: String::new() }
        };
        let operations = [
            document("customer:1", Action::Create, "Toko A", None),
            document("invoice:1", Action::Create, "Toko A", Some("1000")),
            document("invoice:2", Action::Create, "Toko A", Some("200.5")),
            document("invoice:3", Action::Create, "Toko B", Some("30")),
            document("invoice:4", Action::Blocked, "Toko C", Some("5000")),
            document("invoice:5", Action::Same, "Toko C", Some("5000")),
        ];
        let sent = BTreeSet::from([OperationKey("invoice:1".into())]);
        let found = ready(&operations, &sent, "total", at(5));
        assert_eq!((found.documents, found.amount.as_str(), found.stores), (2, "230.5", 2));
        assert_eq!(ready(&operations, &BTreeSet::new(), "total", at(5)).amount, "1230.5");
    }

    #[test]
    fn a_trend_begins_with_the_first_run_and_its_days_end_in_jakarta() {
        let first = "2026-11-20T18:00:00Z".parse().unwrap();
        let now = "2026-11-22T07:00:00Z".parse().unwrap();
        let found: Vec<(String, String)> =
            days(first, now).into_iter().map(|(day, end)| (day.to_string(), end.to_string())).collect();
        let expected = [("2026-11-21", "2026-11-21T17:00:00Z"), ("2026-11-22", "2026-11-22T17:00:00Z")];
        assert_eq!(found, expected.map(|(day, end)| (day.to_owned(), end.to_owned())));
        assert_eq!(days("2026-01-01T00:00:00Z".parse().unwrap(), now).len(), 14);
    }
}
