//! Orders, invoices and payments as they were seen in webhooks and fixtures (forstok-api.md §7.1–§7.3), read into the domain's words.
//!
//! Owns the objects; the paths that would list them are guesses and live in `assumed`. A field that only some samples have may be
//! missing; what an order cannot be without is demanded, and its place is named.

use crate::assumed;
use crate::wire::{optional_code, optional_flag, optional_id, optional_text};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};
use rust_decimal::Decimal;
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{ForstokWarehouseId, InvoiceId, OrderId, StoreId};
use selaras_domain::order::{BundleComponent, InvoiceStatus, Order, OrderInvoice, OrderLine, OrderStatus, Payment};
use selaras_domain::wire::{Misread, decimal_or_zero, optional_decimal, read_row};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The service's time zone (forstok-api.md §4, seen).
pub fn wib() -> TimeZone {
    TimeZone::fixed(offset(7))
}

/// A moment: ISO-8601 with its offset, or, as one field was seen, without zone, which is then WIB (§4).
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let civil: DateTime = text.parse().map_err(|_| format!("{text:?} is no moment"))?;
    civil.to_zoned(wib()).map(|zoned| zoned.timestamp()).map_err(|_| format!("{text:?} is no moment"))
}

pub fn optional_moment<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    let text = optional_text(input)?;
    text.map(|text| moment(&text)).transpose().map_err(serde::de::Error::custom)
}

/// A list; null counts as an empty one.
fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(input: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(input)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct OrderRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    channel_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    local_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    local_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    store_name: Option<String>,
    #[serde(default, deserialize_with = "optional_id")]
    store_id: Option<i64>,
    #[serde(default, deserialize_with = "optional_moment")]
    ordered_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional_moment")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional_moment")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "list")]
    item_lines: Vec<LineRow>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    shipping_price: Decimal,
    #[serde(default, deserialize_with = "optional_decimal")]
    subtotal: Option<Decimal>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    channel_rebate: Decimal,
    #[serde(default, deserialize_with = "optional_flag")]
    cashless: Option<bool>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    discount_amount: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    voucher_seller: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    tax_price: Decimal,
    #[serde(default, deserialize_with = "optional_decimal")]
    total_price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_id")]
    warehouse_id: Option<i64>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    insurance_fee: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    disc_shipping_seller: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    disc_shipping_platform: Decimal,
    // Read apart: an address or a return of another shape is no reason to lose the order.
    #[serde(default)]
    address: Option<Box<RawValue>>,
    #[serde(default)]
    returns: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct AddressRow {
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    address_1: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    address_2: Option<String>,
}

#[derive(Deserialize)]
struct LineRow {
    #[serde(default, deserialize_with = "optional_text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "optional_code")]
    sku: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    variant_name: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    sale_price: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_decimal")]
    total_price: Option<Decimal>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    voucher_amount: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    voucher_platform: Decimal,
    #[serde(default, deserialize_with = "optional_flag")]
    fulfill_by_channel: Option<bool>,
    #[serde(default, deserialize_with = "optional_text")]
    note: Option<String>,
    #[serde(default, deserialize_with = "list")]
    bundle_info: Vec<ComponentRow>,
}

#[derive(Deserialize)]
struct ComponentRow {
    #[serde(default, deserialize_with = "optional_code")]
    sku: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    item_price: Decimal,
    #[serde(default, deserialize_with = "optional_decimal")]
    qty: Option<Decimal>,
}

/// One order of a list.
///
/// # Errors
/// The place of what cannot be read.
pub fn order(raw: &RawValue) -> Result<Order, Misread> {
    let row: OrderRow = read_row(raw)?;
    let id = OrderId(row.id.ok_or_else(|| Misread::at("id", raw))?);
    let store = StoreId(row.store_id.ok_or_else(|| Misread::at("store_id", raw))?);
    let status = OrderStatus::from(row.status.ok_or_else(|| Misread::at("status", raw))?);
    let ordered_at = row.ordered_at.or(row.created_at).ok_or_else(|| Misread::at("ordered_at", raw))?;
    let lines = lines(row.item_lines)?;
    // Both are figures within bounds.
    let shipping_discount = row.disc_shipping_seller + row.disc_shipping_platform;
    let subtotal = row.subtotal.map_or_else(|| lines.iter().map(|line| line.quantity.at(line.unit_price)).sum(), Money);
    Ok(Order {
        id,
        number: row.local_name.or(row.local_id).unwrap_or_else(|| id.to_string()),
        store,
        store_name: row.store_name.unwrap_or_else(|| store.to_string()),
        channel: row.channel.unwrap_or_default(),
        channel_id: row.channel_id.unwrap_or_default(),
        status,
        ordered_at,
        updated_at: row.updated_at.or(row.created_at).unwrap_or(ordered_at),
        warehouse: row.warehouse_id.map(ForstokWarehouseId),
        subtotal,
        lines,
        shipping_price: Money(row.shipping_price),
        // Marketplaces are the rule; an answer that does not say it comes from none that was seen.
        cashless: row.cashless.unwrap_or(true),
        discount: Money(row.discount_amount),
        voucher_seller: Money(row.voucher_seller),
        platform_rebate: Money(row.channel_rebate),
        tax: Money(row.tax_price),
        total: row.total_price.map_or(subtotal, Money),
        insurance: Money(row.insurance_fee),
        shipping_discount: Money(shipping_discount),
        recipient: row.address.as_deref().and_then(recipient),
        returns: row.returns.as_deref().map(|raw| assumed::returns(raw).0).unwrap_or_default(),
    })
}

/// The places of an order's returns that cannot be read. The order itself is still good.
pub fn unread_returns(raw: &RawValue) -> Vec<Misread> {
    #[derive(Deserialize)]
    struct Returns {
        #[serde(default)]
        returns: Option<Box<RawValue>>,
    }
    let row: Option<Returns> = serde_json::from_str(raw.get()).ok();
    row.and_then(|row| row.returns).map(|raw| assumed::returns(&raw).1).unwrap_or_default()
}

/// Name and address in the vendor's form, `name - address line 1` (forstok-accounting-flow.md §6.2, seen).
fn recipient(raw: &RawValue) -> Option<String> {
    let row: AddressRow = serde_json::from_str(raw.get()).ok()?;
    let address: Vec<String> = [row.address_1, row.address_2].into_iter().flatten().collect();
    let address = Some(address.join(", ")).filter(|address| !address.is_empty());
    match (row.name, address) {
        (Some(name), Some(address)) => Some(format!("{name} - {address}")),
        (name, address) => name.or(address),
    }
}

/// The elements, one for each unit, as lines.
fn lines(rows: Vec<LineRow>) -> Result<Vec<OrderLine>, Misread> {
    let mut lines = Vec::with_capacity(rows.len());
    for (number, row) in rows.into_iter().enumerate() {
        if [&row.id, &row.sku, &row.name].into_iter().flatten().any(|text| is_rebate(text)) {
            continue;
        }
        let price = row.sale_price.or(row.total_price).or(row.price);
        lines.push(OrderLine {
            sku: row.sku.unwrap_or_default(),
            name: row.name.unwrap_or_default(),
            variant_name: row.variant_name.unwrap_or_default(),
            quantity: Quantity::from(1),
            unit_price: Money(price.ok_or_else(|| Misread::missing(&format!("item_lines[{number}].price")))?),
            voucher: Money(row.voucher_amount),
            voucher_platform: Money(row.voucher_platform),
            fulfilled_by_channel: row.fulfill_by_channel.unwrap_or(false),
            note: row.note,
            components: row.bundle_info.into_iter().map(ComponentRow::component).collect(),
        });
    }
    Ok(gathered(lines))
}

/// Whether this names the pseudo-line that is skipped in accounting (forstok-api.md §7.2, seen).
pub fn is_rebate(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("rebate")
}

/// Lines that are alike in everything but units and vouchers become one, with the sums of both; the order of first appearance stays.
pub fn gathered(lines: Vec<OrderLine>) -> Vec<OrderLine> {
    let mut gathered: Vec<OrderLine> = Vec::new();
    // Only lines of one SKU and price are compared: a file may hold an order of very many lines.
    let mut places: HashMap<(String, Money), Vec<usize>> = HashMap::new();
    for line in lines {
        let places = places.entry((line.sku.clone(), line.unit_price)).or_default();
        match places.iter().find(|&&at| alike(&gathered[at], &line)) {
            Some(&at) => {
                let known = &mut gathered[at];
                known.quantity = known.quantity + line.quantity;
                known.voucher = known.voucher + line.voucher;
                known.voucher_platform = known.voucher_platform + line.voucher_platform;
            }
            None => {
                places.push(gathered.len());
                gathered.push(line);
            }
        }
    }
    gathered
}

fn alike(one: &OrderLine, other: &OrderLine) -> bool {
    // Every field is named, so that a new one is not forgotten here.
    let OrderLine {
        sku,
        name,
        variant_name,
        quantity: _,
        unit_price,
        voucher: _,
        voucher_platform: _,
        fulfilled_by_channel,
        note,
        components,
    } = one;
    (sku, name, variant_name, unit_price) == (&other.sku, &other.name, &other.variant_name, &other.unit_price)
        && (fulfilled_by_channel, note, components) == (&other.fulfilled_by_channel, &other.note, &other.components)
}

impl ComponentRow {
    fn component(self) -> BundleComponent {
        BundleComponent {
            sku: self.sku.unwrap_or_default(),
            name: self.name.unwrap_or_default(),
            unit_price: Money(self.item_price),
            quantity: Quantity(self.qty.unwrap_or(Decimal::ONE)),
        }
    }
}

#[derive(Deserialize)]
struct InvoiceRow {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
    #[serde(default)]
    order: Option<OrderOfInvoice>,
    #[serde(default, deserialize_with = "optional_decimal")]
    subtotal: Option<Decimal>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    platform_rebate: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    shipping_price: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    voucher_seller: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    cashless_shipping_difference: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    fulfillment_fee: Decimal,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    service_fee: Decimal,
    #[serde(default, deserialize_with = "optional_decimal")]
    total: Option<Decimal>,
    #[serde(default, deserialize_with = "decimal_or_zero")]
    balance_due: Decimal,
    #[serde(default, deserialize_with = "optional_text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "optional_moment")]
    created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct OrderOfInvoice {
    #[serde(default, deserialize_with = "optional_id")]
    id: Option<i64>,
}

impl InvoiceRow {
    fn invoice(self) -> Result<OrderInvoice, Misread> {
        let demand = Misread::missing;
        Ok(OrderInvoice {
            id: InvoiceId(self.id.ok_or_else(|| demand("id"))?),
            order: OrderId(self.order.and_then(|order| order.id).ok_or_else(|| demand("order.id"))?),
            subtotal: self.subtotal.map(Money),
            shipping_price: Money(self.shipping_price),
            platform_rebate: Money(self.platform_rebate),
            voucher_seller: Money(self.voucher_seller),
            shipping_difference: Money(self.cashless_shipping_difference),
            fulfillment_fee: Money(self.fulfillment_fee),
            service_fee: Money(self.service_fee),
            total: Money(self.total.ok_or_else(|| demand("total"))?),
            balance_due: Money(self.balance_due),
            status: InvoiceStatus::from(self.status.unwrap_or_default()),
            created_at: self.created_at,
        })
    }
}

/// One invoice of a list.
///
/// # Errors
/// The place of what cannot be read.
pub fn invoice(raw: &RawValue) -> Result<OrderInvoice, Misread> {
    read_row::<InvoiceRow>(raw)?.invoice()
}

#[derive(Deserialize)]
struct PaymentRow {
    #[serde(default, deserialize_with = "optional_text")]
    reference: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    payment_method: Option<String>,
    #[serde(default, deserialize_with = "optional_decimal")]
    amount_receive: Option<Decimal>,
    #[serde(default, deserialize_with = "optional_moment")]
    paid_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "list")]
    invoices: Vec<InvoiceRow>,
}

/// One payment of a list.
///
/// # Errors
/// The place of what cannot be read.
pub fn payment(raw: &RawValue) -> Result<Payment, Misread> {
    let row: PaymentRow = read_row(raw)?;
    let invoices = row.invoices.into_iter().enumerate().map(|(number, invoice)| {
        let place = format!("invoices[{number}]");
        invoice.invoice().map_err(|misread| misread.within(&place))
    });
    Ok(Payment {
        reference: row.reference.unwrap_or_default(),
        method: row.payment_method.unwrap_or_default(),
        received: Money(row.amount_receive.ok_or_else(|| Misread::at("amount_receive", raw))?),
        paid_at: row.paid_at.ok_or_else(|| Misread::at("paid_at", raw))?,
        invoices: invoices.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
