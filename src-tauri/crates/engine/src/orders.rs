//! Which orders have their sales invoice in Accurate, and which wait for a SKU.

use selaras_domain::accurate::SalesInvoice;
use selaras_domain::amount::Money;
use selaras_domain::ids::OrderId;
use selaras_domain::order::{Order, OrderStatus};
use std::collections::{BTreeMap, HashMap};

/// Which sales invoice of Accurate is which order's. An invoice is of one order only.
#[derive(Debug, Default)]
pub struct Invoiced<'a> {
    by_order: HashMap<OrderId, &'a SalesInvoice>,
    by_number: HashMap<&'a str, &'a SalesInvoice>,
}

/// How surely an invoice is an order's; the surer claim wins, and among equals the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// Its number is the order's.
    Number,
    /// Its description is the order's id.
    Description,
    /// A person has named it.
    Person,
}

impl<'a> Invoiced<'a> {
    /// The invoices of these orders; `linked`: those that people have named, by number.
    #[must_use]
    pub fn of<'o>(
        orders: impl IntoIterator<Item = &'o Order>,
        invoices: &'a [SalesInvoice],
        linked: &BTreeMap<OrderId, String>,
    ) -> Self {
        let by_number: HashMap<&str, &SalesInvoice> =
            invoices.iter().map(|invoice| (invoice.number.trim(), invoice)).collect();
        let mut described: HashMap<&str, Vec<&SalesInvoice>> = HashMap::new();
        for invoice in invoices {
            described.entry(description(invoice)).or_default().push(invoice);
        }
        let mut claims: HashMap<&str, (Claim, OrderId, &SalesInvoice)> = HashMap::new();
        for order in orders {
            let named = linked.get(&order.id).and_then(|number| by_number.get(number.trim()).copied());
            let named = named.map(|invoice| (Claim::Person, invoice));
            let of_description = || by_description(order, &described).map(|invoice| (Claim::Description, invoice));
            let of_number = || own_number(order, &by_number).map(|invoice| (Claim::Number, invoice));
            let Some((claim, invoice)) = named.or_else(of_description).or_else(of_number) else { continue };
            let known = claims.entry(invoice.number.trim()).or_insert((claim, order.id, invoice));
            if claim > known.0 {
                *known = (claim, order.id, invoice);
            }
        }
        let by_order = claims.into_values().map(|(_, order, invoice)| (order, invoice)).collect();
        Self { by_order, by_number }
    }

    /// The invoice of an order: the one that a person has named, else one whose description is the order's id in Forstok, else one whose
    /// number is the order's on its channel, or that id (as it was before 2023; forstok-accounting-flow.md §6.2, seen). Only whole texts
    /// count. One whose description is another order's id is that order's, whatever its number.
    #[must_use]
    pub fn find(&self, order: &Order) -> Option<&'a SalesInvoice> {
        self.by_order.get(&order.id).copied()
    }

    /// Whether an order has its invoice.
    #[must_use]
    pub fn has(&self, order: &Order) -> bool {
        self.by_order.contains_key(&order.id)
    }

    /// The invoice that bears an order's number, whosever it is.
    #[must_use]
    pub fn numbered(&self, order: &Order) -> Option<&'a SalesInvoice> {
        self.by_number.get(order.number.trim()).copied()
    }
}

/// What an invoice says of itself; the id of its order in Forstok where an integration has made it.
fn description(invoice: &SalesInvoice) -> &str {
    invoice.description.as_deref().unwrap_or_default().trim()
}

/// An invoice that says that it is the order's. A copy keeps the description of what it was copied from: the one with the order's number
/// is meant.
fn by_description<'a>(order: &Order, described: &HashMap<&str, Vec<&'a SalesInvoice>>) -> Option<&'a SalesInvoice> {
    let id = order.id.to_string();
    let printed = format!("SO-{id}");
    let mut found = [id.as_str(), printed.as_str()].into_iter().filter_map(|text| described.get(text)).flatten();
    let first = found.next()?;
    let numbered = std::iter::once(first).chain(found).find(|invoice| invoice.number.trim() == order.number.trim());
    Some(numbered.unwrap_or(first))
}

/// An invoice that bears the order's number and does not say that it is another order's.
fn own_number<'a>(order: &Order, by_number: &HashMap<&str, &'a SalesInvoice>) -> Option<&'a SalesInvoice> {
    let id = order.id.to_string();
    let found = by_number.get(order.number.trim()).or_else(|| by_number.get(id.as_str())).copied()?;
    (!says_an_order(found)).then_some(found)
}

/// Whether an invoice says which order it is of: its description is an id of Forstok's.
pub(crate) fn says_an_order(invoice: &SalesInvoice) -> bool {
    let says = description(invoice);
    let id = says.strip_prefix("SO-").unwrap_or(says);
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The orders that are not cancelled and have no invoice in Accurate.
#[must_use]
pub fn open_orders(mut orders: Vec<Order>, invoiced: &Invoiced<'_>) -> Vec<Order> {
    orders.retain(|order| order.status != OrderStatus::Cancelled && !invoiced.has(order));
    orders
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
    use selaras_domain::ids::{ForstokWarehouseId, SalesInvoiceId, StoreId};
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
            voucher_platform: Money::ZERO,
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
            insurance: Money::ZERO,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        }
    }

    pub(crate) fn invoice(number: &str, description: Option<&str>) -> SalesInvoice {
        SalesInvoice {
            id: SalesInvoiceId(1),
            number: number.into(),
            date: None,
            description: description.map(str::to_owned),
            customer: None,
            total: None,
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
            let invoiced = Invoiced::of([&one], &invoices, &BTreeMap::new());
            assert_eq!(invoiced.has(&one), found, "{number} {description:?}");
        }
    }

    #[test]
    fn an_invoice_is_of_one_order_and_of_the_one_that_it_says() {
        let of = |id: i64, number: &str| Order { number: number.into(), ..order(id, "Open", &[("A", 1)], 1, 1) };
        let none = BTreeMap::new();
        let found = |orders: &[Order], invoices: &[SalesInvoice], linked: &BTreeMap<OrderId, String>| {
            let invoiced = Invoiced::of(orders, invoices, linked);
            orders.iter().map(|order| invoiced.find(order).map(|one| one.number.clone())).collect::<Vec<_>>()
        };
        let is = |number: &str| Some(number.to_owned());
        // Two stores count alike from 1001.
        let orders = [of(2, "1001"), of(1, "1001")];
        assert_eq!(found(&orders, &[invoice("1001", Some("1"))], &none), [None, is("1001")]);
        assert_eq!(found(&orders[..1], &[invoice("1001", Some("SO-1"))], &none), [None], "its order was not even read");
        assert_eq!(found(&orders, &[invoice("1001", None)], &none), [is("1001"), None]);
        assert_eq!(found(&orders[..1], &[invoice("1001", Some("diketik tangan"))], &none), [is("1001")]);
        // What a person has named goes before both.
        let linked = BTreeMap::from([(OrderId(1), "1001".to_owned())]);
        assert_eq!(found(&orders, &[invoice("1001", Some("2"))], &linked), [None, is("1001")]);
        // A copy keeps the description.
        let copied = [invoice("SALIN", Some("2")), invoice("1001", Some("2"))];
        assert_eq!(found(&orders[..1], &copied, &none), [is("1001")]);
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
        let invoiced = Invoiced::of(&orders, &invoices, &BTreeMap::new());
        let open = open_orders(orders, &invoiced);
        let expect = |orders, total, oldest| WaitingOrders { orders, total: Money::from(total), oldest: at(oldest) };
        let expected =
            BTreeMap::from([("", expect(1, 2000, 40)), ("A", expect(2, 5000, 40)), ("B", expect(1, 3000, 50))]);
        assert_eq!(waiting(&open), expected);
    }
}
