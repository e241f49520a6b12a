//! Whether an order is still the one that its invoice was made of. Compared in the order's own words (SKU, price, store and warehouse of
//! Forstok), which are kept beside the document: a mapping that a person has changed since, a renamed item and a customer's new name are
//! no change of the order.

use super::invoices::{self, InvoicesInput, describe, document};
use super::{field, returns};
use crate::documents::{self, invoice_fields, line_order};
use crate::sales::{name_of, only_warehouse};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::ids::{ForstokWarehouseId, StoreId, WarehouseId};
use selaras_domain::order::{Order, OrderLine};
use selaras_domain::plan::{Fields, Reason};
use selaras_domain::sale::{Sale, SaleLine, TaxMode};
use std::collections::BTreeMap;

/// The field with the order's own warehouse.
const SHOP_WAREHOUSE: &str = "shop_warehouse_id";

/// An order that is not as it was, with both documents beside each other.
pub(super) struct Changed {
    pub(super) before: Fields,
    pub(super) after: Fields,
    pub(super) reason: Reason,
}

/// The first thing that an order says otherwise than what was posted of it.
struct Difference {
    field: &'static str,
    expected: String,
    found: String,
}

impl Difference {
    fn of(field: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self { field, expected: expected.to_string(), found: found.to_string() }
    }
}

/// Keeps beside a document which of the order's own words it was made of. Never sent.
pub(super) fn keep_words(
    order: &Order,
    only: Option<ForstokWarehouseId>,
    (sale, document): (&Sale, &InvoiceDocument),
    fields: &mut Fields,
) {
    if let Some(warehouse) = order.warehouse.or(only) {
        documents::put(fields, SHOP_WAREHOUSE, warehouse);
    }
    for (place, at) in (1..).zip(line_order(&document.lines)) {
        let Some(line) = sale.lines.get(at) else { continue };
        documents::put(fields, &format!("line.{place:03}.sku"), &line.sku);
        documents::put(fields, &format!("line.{place:03}.by_channel"), line.fulfilled_by_channel);
    }
}

/// How an order whose invoice was posted differs from it by now; `None`: it does not, or a person has put the invoice right.
pub(super) fn changed(
    input: &InvoicesInput<'_>,
    order: &Order,
    posted: &Fields,
    found: Option<&SalesInvoice>,
) -> Option<Changed> {
    let sale = sale(input, order, posted);
    let there = found.and_then(|found| found.total).or_else(|| amount(posted, "total"));
    let mut difference = match &sale {
        Ok(sale) => differs(input, order, sale, posted),
        // What cannot be compared is no success. What came back is for a return to say, whatever it does to the order.
        Err(reason) if order.returns.is_empty() => {
            return Some(Changed { before: posted.clone(), after: bare(order), reason: reason.clone() });
        }
        Err(_) => differs_in_place(input, order, posted),
    };
    let due = sale.as_ref().map_or(order.total, Sale::total);
    if difference.is_none() && order.returns.is_empty() && there.is_some_and(|there| there != due) {
        difference = Some(Difference::of("total", due, there.unwrap_or_default()));
    }
    let difference = difference?;
    let wanted = document(input, order);
    let stands = found.and_then(|found| input.documents.get(&found.number));
    if let (Ok(wanted), Some(stands)) = (&wanted, stands)
        && invoices::difference(&InvoiceDocument { date: stands.date, ..wanted.clone() }, stands).is_none()
    {
        return None;
    }
    let before = stands.map_or_else(|| posted.clone(), |stands| described(input, order, posted, stands));
    let after = match (&wanted, &sale) {
        (Ok(wanted), _) => invoice_fields(wanted),
        (Err(_), Ok(sale)) => in_own_words(order, sale),
        (Err(_), Err(_)) => bare(order),
    };
    let there = there.unwrap_or_default();
    let reason = Reason::new("order_changed")
        .with("number", field(posted, "number"))
        .with("field", difference.field)
        .with("expected", difference.expected)
        .with("found", difference.found)
        .with("due", due)
        .with("total", there)
        .with("difference", there - due);
    Some(Changed { before, after, reason })
}

/// Whether an order differs from what was posted of it, so that its invoice is worth reading as it stands.
pub(super) fn is_changed(input: &InvoicesInput<'_>, order: &Order, posted: &Fields, found: &SalesInvoice) -> bool {
    let Ok(sale) = sale(input, order, posted) else { return differs_in_place(input, order, posted).is_some() };
    differs(input, order, &sale, posted).is_some()
        || (order.returns.is_empty() && found.total.is_some_and(|total| total != sale.total()))
}

/// The order as a sale, taxed as it was posted: that the mapping says otherwise by now is no change of the order.
fn sale(input: &InvoicesInput<'_>, order: &Order, posted: &Fields) -> Result<Sale, Reason> {
    let tax = match (field(posted, "taxable"), field(posted, "tax_inclusive")) {
        ("false", _) => TaxMode::None,
        ("true", "true") => TaxMode::Inclusive,
        ("true", "false") => TaxMode::Exclusive,
        _ => input.company.mapping.tax_mode(),
    };
    order.sale(tax, input.told_subtotal(order))
}

fn differs(input: &InvoicesInput<'_>, order: &Order, sale: &Sale, posted: &Fields) -> Option<Difference> {
    let at_once = || {
        let discount = amount(posted, "cash_discount").filter(|discount| *discount != sale.discount);
        let total = amount(posted, "total").filter(|total| *total != sale.total());
        let discount = discount.map(|was| Difference::of("cash_discount", sale.discount, was));
        discount.or_else(|| total.map(|was| Difference::of("total", sale.total(), was)))
    };
    differs_in_place(input, order, posted)
        .or_else(|| differs_in_goods(input, order, sale, posted))
        .or_else(|| at_once().filter(|_| order.returns.is_empty()))
}

/// Whether the order is of another store, or leaves another warehouse. What Forstok does not say any more is not compared.
fn differs_in_place(input: &InvoicesInput<'_>, order: &Order, posted: &Fields) -> Option<Difference> {
    let company = input.company;
    if let Some(was) = parsed::<i64>(posted, "store_id").map(StoreId).filter(|was| *was != order.store) {
        let was = company.store_name(was, field(posted, "store_name"));
        return Some(Difference::of("store_name", company.store_name(order.store, &order.store_name), was));
    }
    let now = order.warehouse.or_else(|| only_warehouse(company.shop_warehouses))?;
    let own = |line: &&SoldLine| line.by_channel != Some(true);
    let lines = posted_lines(posted);
    let first = lines.iter().find(own)?;
    // What was posted before the order's own warehouse was kept tells it by what the mapping makes of the document's.
    let mapped = || {
        let pair = company.mapping.warehouses.iter().find(|pair| Some(pair.accurate_id) == first.warehouse)?;
        Some(pair.forstok_id)
    };
    let was = parsed::<i64>(posted, SHOP_WAREHOUSE).map(ForstokWarehouseId).or_else(mapped)?;
    let name = |id: ForstokWarehouseId| {
        let known = company.shop_warehouses.iter().find(|known| known.id == id);
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    };
    let all_theirs = order.lines.iter().all(|line| line.fulfilled_by_channel);
    (was != now && !all_theirs).then(|| Difference::of("warehouse_name", name(now), name(was)))
}

/// Goods of one SKU at one price, as they were posted or as they are sold.
#[derive(Clone)]
struct SoldLine {
    sku: Option<String>,
    /// Code of the item, where it can be told.
    item_no: Option<String>,
    quantity: Quantity,
    unit_price: Money,
    by_channel: Option<bool>,
    warehouse: Option<WarehouseId>,
}

impl SoldLine {
    fn beside(&self, other: &Self) -> bool {
        let same = |one: Option<bool>, other: Option<bool>| one.is_none() || other.is_none() || one == other;
        self.unit_price == other.unit_price && same(self.by_channel, other.by_channel)
    }

    fn text(&self) -> String {
        let name = self.sku.as_deref().or(self.item_no.as_deref()).unwrap_or_default();
        let theirs = if self.by_channel == Some(true) { " *" } else { "" };
        format!("{} × {name}{theirs} @ {}", self.quantity.text(), self.unit_price.text())
    }
}

fn differs_in_goods(input: &InvoicesInput<'_>, order: &Order, sale: &Sale, posted: &Fields) -> Option<Difference> {
    let mut was = posted_lines(posted);
    if was.is_empty() || order.returns.iter().any(|back| back.lines.is_empty()) {
        return None;
    }
    let mut now: Vec<SoldLine> = sale.lines.iter().map(|line| sold(input, line)).collect();
    // The same SKU; else the same item, under whatever SKU; else an item whose code has changed since, which cannot be told any more.
    settle(&mut was, &mut now, |was, now| was.sku.is_some() && was.sku == now.sku);
    settle(&mut was, &mut now, |was, now| was.item_no.is_some() && was.item_no == now.item_no);
    settle(&mut was, &mut now, |was, _| {
        was.sku.is_none() && was.item_no.as_deref().is_none_or(|item_no| !input.goods.bears(item_no))
    });
    for (sku, units) in
        order.returns.iter().flat_map(|back| &back.lines).flat_map(|line| returns::units_of(order, line))
    {
        let item_no = input.goods.code_of(&sku).map(str::to_owned);
        let mut back = units;
        for line in &mut was {
            if line.sku.as_ref() == Some(&sku) || (item_no.is_some() && line.item_no == item_no) {
                let taken = back.min(line.quantity);
                (line.quantity, back) = (line.quantity - taken, back - taken);
            }
        }
    }
    let left = |lines: &[SoldLine]| {
        let left: Vec<String> = lines.iter().filter(|line| line.quantity.is_positive()).map(SoldLine::text).collect();
        left.join(", ")
    };
    let (was, now) = (left(&was), left(&now));
    (!was.is_empty() || !now.is_empty()).then(|| Difference::of("goods", now, was))
}

/// Takes off both lists what is the same on both.
fn settle(was: &mut [SoldLine], now: &mut [SoldLine], same: impl Fn(&SoldLine, &SoldLine) -> bool) {
    for line in was {
        for other in now.iter_mut() {
            if line.beside(other) && same(line, other) {
                let both = line.quantity.min(other.quantity);
                (line.quantity, other.quantity) = (line.quantity - both, other.quantity - both);
            }
        }
    }
}

fn sold(input: &InvoicesInput<'_>, line: &SaleLine) -> SoldLine {
    SoldLine {
        sku: Some(line.sku.clone()),
        item_no: input.goods.code_of(&line.sku).map(str::to_owned),
        quantity: line.quantity,
        unit_price: line.unit_price,
        by_channel: Some(line.fulfilled_by_channel),
        warehouse: None,
    }
}

/// An order as its invoice was posted: its goods and their warehouse, and nothing of its money. `None` where the invoice, of an older version,
/// does not tell its goods.
#[must_use]
pub fn as_booked(order: &Order, posted: &Fields) -> Option<Order> {
    let lines: Option<Vec<OrderLine>> = posted_lines(posted)
        .into_iter()
        .map(|line| {
            Some(OrderLine {
                sku: line.sku?,
                name: String::new(),
                variant_name: String::new(),
                quantity: line.quantity,
                unit_price: Money::ZERO,
                voucher: Money::ZERO,
                voucher_platform: Money::ZERO,
                fulfilled_by_channel: line.by_channel == Some(true),
                note: None,
                components: Vec::new(),
            })
        })
        .collect();
    let lines = lines.filter(|lines| !lines.is_empty())?;
    let warehouse = parsed::<i64>(posted, SHOP_WAREHOUSE).map(ForstokWarehouseId).or(order.warehouse);
    Some(Order { warehouse, lines, returns: Vec::new(), ..order.clone() })
}

fn posted_lines(posted: &Fields) -> Vec<SoldLine> {
    let mut lines: BTreeMap<&str, SoldLine> = BTreeMap::new();
    for (name, value) in posted {
        let Some((place, name)) = name.strip_prefix("line.").and_then(|rest| rest.split_once('.')) else { continue };
        let line = lines.entry(place).or_insert_with(|| SoldLine {
            sku: None,
            item_no: None,
            quantity: Quantity::ZERO,
            unit_price: Money::ZERO,
            by_channel: None,
            warehouse: None,
        });
        match name {
            "sku" => line.sku = Some(value.clone()),
            "item_no" => line.item_no = Some(value.clone()),
            "quantity" => line.quantity = Quantity(value.parse().unwrap_or_default()),
            "unit_price" => line.unit_price = Money(value.parse().unwrap_or_default()),
            "by_channel" => line.by_channel = value.parse().ok(),
            "warehouse_id" => line.warehouse = value.parse().ok().map(WarehouseId),
            _ => {}
        }
    }
    lines.into_values().collect()
}

fn parsed<T: std::str::FromStr>(fields: &Fields, name: &str) -> Option<T> {
    fields.get(name)?.parse().ok()
}

fn amount(fields: &Fields, name: &str) -> Option<Money> {
    parsed(fields, name).map(Money)
}

/// The invoice as it stands, with what people want to see beside it as it was when it was posted.
fn described(input: &InvoicesInput<'_>, order: &Order, posted: &Fields, stands: &InvoiceDocument) -> Fields {
    let mut fields = invoice_fields(stands);
    describe(input.company, order, &mut fields);
    for name in ["store_id", "store_name", "channel"] {
        if let Some(was) = posted.get(name) {
            fields.insert(name.to_owned(), was.clone());
        }
    }
    fields
}

/// What an order is worth, where no document can be made of it.
fn bare(order: &Order) -> Fields {
    Fields::from([("number".to_owned(), name_of(order)), ("total".to_owned(), order.total.text())])
}

/// An order that cannot be invoiced as it is now, by its own words.
fn in_own_words(order: &Order, sale: &Sale) -> Fields {
    let mut fields = bare(order);
    documents::put(&mut fields, "total", sale.total());
    documents::put(&mut fields, "cash_discount", sale.discount);
    documents::put(&mut fields, "lines", sale.lines.len());
    for (place, line) in (1..).zip(&sale.lines) {
        let mut put = |name: &str, value: String| fields.insert(format!("line.{place:03}.{name}"), value);
        put("item_no", line.sku.clone());
        put("name", line.name.clone());
        put("quantity", line.quantity.text());
        put("unit_price", line.unit_price.text());
    }
    fields
}
