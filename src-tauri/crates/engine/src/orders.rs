//! Which orders have their sales invoice in Accurate, and which wait for a SKU.

use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::order::{Order, OrderStatus};
use std::collections::{BTreeMap, HashSet};

/// The marks by which an order is found among the sales invoices of Accurate.
#[derive(Debug, Default)]
pub struct Invoiced<'a> {
    numbers: HashSet<&'a str>,
    descriptions: HashSet<&'a str>,
}

impl<'a> Invoiced<'a> {
    /// The marks of these invoices.
    #[must_use]
    pub fn of(invoices: &'a [SalesInvoice]) -> Self {
        Self {
            numbers: invoices.iter().map(|invoice| invoice.number.trim()).collect(),
            descriptions: invoices.iter().filter_map(|invoice| invoice.description.as_deref()).map(str::trim).collect(),
        }
    }

    /// Whether an order has its invoice: one whose number is the order's on its channel, or its id in Forstok (as it was before
    /// 2023), or one whose description is that id (forstok-accounting-flow.md §6.2, seen). Only whole texts count.
    #[must_use]
    pub fn has(&self, order: &Order) -> bool {
        let id = order.id.to_string();
        self.numbers.contains(order.number.trim())
            || self.numbers.contains(id.as_str())
            || self.descriptions.contains(id.as_str())
            || self.descriptions.contains(format!("SO-{id}").as_str())
    }
}

/// The orders that are not cancelled and have no invoice in Accurate.
#[must_use]
pub fn open_orders(orders: Vec<Order>, invoiced: &Invoiced<'_>) -> Vec<Order> {
    orders.into_iter().filter(|order| order.status != OrderStatus::Cancelled && !invoiced.has(order)).collect()
}

/// The orders that wait for one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingOrders {
    /// How many.
    pub orders: u32,
    /// Σ of their totals.
    pub total: Money,
    /// When the oldest was placed.
    pub oldest: jiff::Timestamp,
}

/// For every SKU of these orders, how many wait for it. An order with several SKUs waits for each of them; under the empty text are
/// those with a line that has no SKU.
#[must_use]
pub fn waiting(orders: &[Order]) -> BTreeMap<&str, WaitingOrders> {
    let mut waiting: BTreeMap<&str, WaitingOrders> = BTreeMap::new();
    for order in orders {
        for sku in order.skus() {
            waiting
                .entry(sku)
                .and_modify(|known| {
                    known.orders += 1;
                    known.total = known.total + order.total;
                    known.oldest = known.oldest.min(order.ordered_at);
                })
                .or_insert(WaitingOrders { orders: 1, total: order.total, oldest: order.ordered_at });
        }
    }
    waiting
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::Timestamp;
    use selaras_domain::amount::Quantity;
    use selaras_domain::ids::{ForstokWarehouseId, OrderId, SalesInvoiceId, StoreId};
    use selaras_domain::order::OrderLine;

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// An order of these SKUs and units, placed and changed at these seconds, in warehouse 195.
    pub(crate) fn order(id: i64, status: &str, lines: &[(&str, i64)], placed: i64, changed: i64) -> Order {
        let line = |(sku, quantity): &(&str, i64)| OrderLine {
            sku: (*sku).into(),
            name: "Barang".into(),
            variant_name: String::new(),
            quantity: Quantity::from(*quantity),
            unit_price: Money::from(1000),
            voucher: Money::ZERO,
            fulfilled_by_channel: false,
            note: None,
            components: Vec::new(),
        };
        let lines: Vec<OrderLine> = lines.iter().map(line).collect();
        let subtotal = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
        Order {
            id: OrderId(id),
            number: format!("N{id}"),
            store: StoreId(7001),
            store_name: "Toko".into(),
            channel: "Shopee".into(),
            channel_id: 12,
            status: OrderStatus::from(status.to_owned()),
            ordered_at: at(placed),
            updated_at: at(changed),
            warehouse: Some(ForstokWarehouseId(195)),
            lines,
            subtotal,
            shipping_price: Money::ZERO,
            cashless: true,
            discount: Money::ZERO,
            voucher_seller: Money::ZERO,
            platform_rebate: Money::ZERO,
            tax: Money::ZERO,
            total: subtotal,
        }
    }

    pub(crate) fn invoice(number: &str, description: Option<&str>) -> SalesInvoice {
        SalesInvoice {
            id: SalesInvoiceId(1),
            number: number.into(),
            date: None,
            description: description.map(str::to_owned),
        }
    }

    #[test]
    fn an_order_is_found_by_its_number_or_its_id_and_by_nothing_less() {
        let one = order(140, "Open", &[("A", 1)], 1, 1);
        for (number, description, found) in [
            ("N140", None, true),
            (" N140 ", None, true),
            ("140", None, true),
            ("SI.1", Some("140"), true),
            ("SI.1", Some(" SO-140 "), true),
            ("N1400", None, false),
            ("SI.140", Some("pesanan 140"), false),
        ] {
            let invoices = [invoice(number, description)];
            assert_eq!(Invoiced::of(&invoices).has(&one), found, "{number} {description:?}");
        }
    }

    #[test]
    fn every_sku_of_an_open_order_is_waited_for() {
        let orders = vec![
            order(1, "Open", &[("A", 2), ("B", 1)], 50, 60),
            order(2, "Completed", &[("A", 1), ("", 1)], 40, 90),
            order(3, "Cancelled", &[("A", 9)], 10, 20),
            order(4, "Shipped", &[("A", 9)], 10, 20),
        ];
        let invoices = [invoice("N4", None)];
        let open = open_orders(orders, &Invoiced::of(&invoices));
        let expect = |orders, total, oldest| WaitingOrders { orders, total: Money::from(total), oldest: at(oldest) };
        let expected =
            BTreeMap::from([("", expect(1, 2000, 40)), ("A", expect(2, 5000, 40)), ("B", expect(1, 3000, 50))]);
        assert_eq!(waiting(&open), expected);
    }
}
