//! What another integration did, against what this program would have done.

use super::*;
use crate::kinds::sales_fixture::{line, order, reference_order};
use jiff::civil::date;
use proptest::prelude::*;
use selaras_domain::documents::DocumentLine;
use selaras_domain::ids::{SalesInvoiceId, WarehouseId};

fn wanted(order: &Order) -> InvoiceDocument {
    let lines = order.lines.iter().map(|line| DocumentLine {
        item_no: line.sku.clone(),
        item: None,
        name: line.name.clone(),
        note: String::new(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: Money::ZERO,
        warehouse: "Utama".into(),
        warehouse_id: Some(WarehouseId(50)),
        taxed: false,
    });
    InvoiceDocument {
        id: None,
        number: order.number.clone(),
        date: date(2024, 1, 15),
        description: order.id.to_string(),
        customer_no: "7001".into(),
        customer: Some(CustomerId(60)),
        branch: None,
        taxable: false,
        tax_inclusive: false,
        cash_discount: Money::ZERO,
        to_address: None,
        lines: lines.collect(),
        total: Some(order.subtotal),
        owing: None,
        receipts: Vec::new(),
        returned: None,
    }
}

fn head(document: &InvoiceDocument) -> SalesInvoice {
    SalesInvoice {
        id: SalesInvoiceId(1),
        number: document.number.clone(),
        date: Some(document.date),
        description: Some(document.description.clone()),
        customer: document.customer,
        total: document.total,
    }
}

/// Field, item, expected, found, rupiah.
type Told = (&'static str, Option<String>, String, String, Option<String>);

/// Orders with what would be posted of them, and the documents of another integration.
struct Case {
    expected: Vec<(Order, Result<InvoiceDocument, Reason>)>,
    found: Vec<InvoiceDocument>,
    read: bool,
    own: BTreeSet<OrderId>,
}

impl Case {
    /// The reference's order, posted so.
    fn of(found: impl FnOnce(&mut InvoiceDocument)) -> Self {
        let order = reference_order();
        let mut document = wanted(&order);
        found(&mut document);
        Self {
            expected: vec![(order.clone(), Ok(wanted(&order)))],
            found: vec![document],
            read: true,
            own: BTreeSet::new(),
        }
    }

    fn with<T>(&self, look: impl FnOnce(&[ShadowRow<'_>]) -> T) -> T {
        let heads: Vec<SalesInvoice> = self.found.iter().map(head).collect();
        let documents = self.found.iter().filter(|_| self.read);
        let documents = documents.map(|document| (document.number.clone(), document.clone())).collect();
        let expected: Vec<Expected<'_>> =
            self.expected.iter().map(|(order, invoice)| Expected { order, invoice: invoice.clone() }).collect();
        look(&shadow(&ShadowInput {
            expected: &expected,
            invoices: &heads,
            documents: &documents,
            own: &self.own,
            since: date(2024, 1, 1),
        }))
    }

    fn agreements(&self) -> Vec<(&'static str, String, String)> {
        self.with(|rows| {
            rows.iter().map(|row| (row.agreement.name(), row.number.clone(), row.amount().text())).collect()
        })
    }

    fn differences(&self) -> Vec<Told> {
        self.with(|rows| {
            let told = |one: &ShadowDifference| {
                let amount = one.amount.map(Money::text);
                (one.field, one.item_no.clone(), one.expected.clone(), one.found.clone(), amount)
            };
            rows.iter().flat_map(|row| &row.differences).map(told).collect()
        })
    }
}

#[test]
fn the_same_invoice_is_equal_however_its_units_are_spread_over_lines_and_under_whatever_number() {
    let case = Case::of(|document| {
        document.number = "SI.2024.01.00009".into();
        document.description = "SO-140000001".into();
        let mut half = document.lines[0].clone();
        half.quantity = 1.into();
        document.lines[0].quantity = 1.into();
        document.lines.push(half);
        document.lines.iter_mut().for_each(|line| line.name = "lain".into());
    });
    assert_eq!(case.agreements(), [("equal", "240115CONTOH1".to_owned(), "0".to_owned())]);
}

#[test]
fn the_vendors_one_price_for_all_units_is_shown_by_item_with_its_rupiah() {
    let case = Case::of(|document| {
        document.lines[0].unit_price = 140_000.into();
        document.cash_discount = 20_000.into();
        document.total = Some(360_000.into());
        document.date = date(2024, 1, 16);
    });
    assert_eq!(case.agreements(), [("differs", "240115CONTOH1".to_owned(), "-40000".to_owned())]);
    let text = |text: &str| text.to_owned();
    let expected = [
        ("date", None, text("2024-01-15"), text("2024-01-16"), None),
        ("cash_discount", None, text("0"), text("20000"), Some(text("-20000"))),
        ("line", Some(text("TS-BLK-M")), text("2 × 150000 @ 50"), text("2 × 140000 @ 50"), Some(text("-20000"))),
        ("total", None, text("400000"), text("360000"), Some(text("-40000"))),
    ];
    assert_eq!(case.differences(), expected);
}

#[test]
fn an_invoice_whose_lines_were_not_read_is_compared_by_its_head() {
    let case = Case::of(|document| {
        document.lines.clear();
        document.customer = Some(CustomerId(61));
    });
    let head_only = Case { read: false, ..case };
    let fields: Vec<_> = head_only.differences().into_iter().map(|(field, ..)| field).collect();
    assert_eq!(fields, ["customer_id"]);
}

#[test]
fn an_invoice_without_marks_is_found_by_customer_and_total_near_the_day_and_for_one_order_only() {
    let unmarked = |document: &mut InvoiceDocument| {
        (document.number, document.description) = ("SI.1".into(), String::new());
        document.date = date(2024, 1, 20);
    };
    let mut case = Case::of(unmarked);
    let twin = Order { id: OrderId(2), number: "Z".into(), ..reference_order() };
    case.expected.push((twin.clone(), Ok(wanted(&twin))));
    let expected =
        [("differs", "240115CONTOH1".to_owned(), "0".to_owned()), ("missing", "Z".to_owned(), "-400000".to_owned())];
    assert_eq!(case.agreements(), expected);
    case.with(|rows| assert_eq!((rows[0].by_looks, rows[1].by_looks), (true, false)));
    let far = Case::of(|document| {
        unmarked(document);
        document.date = date(2024, 1, 23);
    });
    assert_eq!(far.agreements(), [("missing", "240115CONTOH1".to_owned(), "-400000".to_owned())]);
}

#[test]
fn what_would_be_held_is_extra_where_it_was_posted_with_the_reason() {
    let mut case = Case::of(|_| {});
    case.expected[0].1 = Err(Reason::new("order_sku_empty"));
    assert_eq!(case.agreements(), [("extra", "240115CONTOH1".to_owned(), "400000".to_owned())]);
    case.with(|rows| assert_eq!(rows[0].reason, Some(Reason::new("order_sku_empty"))));
    case.found.clear();
    assert_eq!(case.agreements(), [("held", "240115CONTOH1".to_owned(), "0".to_owned())]);
}

#[test]
fn an_invoice_of_an_order_that_was_not_read_is_extra_and_one_of_no_order_is_left_alone() {
    let mut case = Case::of(|_| {});
    let other = |number: &str, description: &str, day| InvoiceDocument {
        number: number.into(),
        description: description.into(),
        date: date(2024, 1, day),
        ..wanted(&order(5, "X", vec![line("MUG", 1, 70_000)]))
    };
    case.found.extend([other("SI.1", "SO-77", 3), other("SI.2", "78", 4), other("SI.3", "penjualan toko", 5)]);
    case.found.push(InvoiceDocument { date: date(2023, 12, 31), ..other("SI.4", "79", 1) });
    let expected = [
        ("extra", "SI.1".to_owned(), "70000".to_owned()),
        ("extra", "SI.2".to_owned(), "70000".to_owned()),
        ("equal", "240115CONTOH1".to_owned(), "0".to_owned()),
    ];
    assert_eq!(case.agreements(), expected);
}

#[test]
fn what_this_program_posted_itself_says_nothing() {
    let mut case = Case::of(|_| {});
    case.own.insert(OrderId(140_000_001));
    assert_eq!(case.agreements(), []);
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2_000))]

    #[test]
    fn each_order_is_in_one_row_each_invoice_in_one_at_most_and_the_rupiah_add_up(
        orders in prop::collection::vec((1_i64..4, 1_i64..5, any::<bool>()), 0..7),
        found in prop::collection::vec((0_usize..8, 0_u8..4, -1_i64..2), 0..9),
        read in any::<bool>(),
    ) {
        let orders: Vec<(Order, bool)> = orders
            .into_iter()
            .zip(1..)
            // Two orders share a number now and then.
            .map(|((name, price, sound), id)| (order(id, &format!("N{}", id / name), vec![line("MUG", 1, price)]), sound))
            .collect();
        let documents: Vec<InvoiceDocument> = found
            .iter()
            .enumerate()
            .filter_map(|(place, (which, marks, off))| {
                let (order, _) = orders.get(*which)?;
                let mut document = wanted(order);
                document.total = document.total.map(|total| total + Money::from(*off));
                document.number = if *marks == 0 { format!("{}-{place}", order.number) } else { format!("SI.{place}") };
                if *marks == 1 {
                    document.number.clone_from(&order.number);
                }
                if *marks > 2 {
                    document.description.clear();
                }
                Some(document)
            })
            .collect();
        let hold = || Err(Reason::new("order_empty"));
        let case = Case {
            expected: orders
                .iter()
                .map(|(order, sound)| (order.clone(), if *sound { Ok(wanted(order)) } else { hold() }))
                .collect(),
            found: documents,
            read,
            own: BTreeSet::new(),
        };
        case.with(|rows| {
            let mut of_orders: Vec<_> = rows.iter().filter_map(|row| row.order).map(|order| order.id).collect();
            of_orders.sort_unstable();
            prop_assert_eq!(of_orders, orders.iter().map(|(order, _)| order.id).collect::<Vec<_>>());
            let posted: Vec<&String> = rows.iter().filter_map(|row| row.posted.as_ref()).collect();
            prop_assert_eq!(posted.iter().collect::<HashSet<_>>().len(), posted.len());
            let expected: Money = rows.iter().map(|row| row.expected).sum();
            let sound: Money = orders.iter().filter(|(_, sound)| *sound).map(|(order, _)| order.subtotal).sum();
            prop_assert_eq!(expected, sound);
            let found: Money = rows.iter().map(|row| row.found).sum();
            prop_assert_eq!(found - expected, rows.iter().map(ShadowRow::amount).sum());
            for row in rows {
                prop_assert_eq!(row.agreement == Agreement::Differs, !row.differences.is_empty());
                if row.agreement == Agreement::Equal {
                    prop_assert_eq!(row.amount(), Money::ZERO);
                }
            }
            Ok(())
        })?;
    }
}
