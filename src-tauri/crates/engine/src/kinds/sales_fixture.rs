//! A small company for the tests of documents of sales: two stores, two warehouses, a handful of items, the reference's own order.

use super::invoices::{self, InvoicesInput};
use crate::matches::Matches;
use crate::parties::MadeCustomers;
use crate::sales::{Company, Goods};
use crate::sku::{SkuInput, SkuRow, classify};
use jiff::Timestamp;
use selaras_domain::accurate::{Account, AccountType, Branch, Customer, Item, SalesInvoice, Warehouse};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::{RowChoice, RowDecision};
use selaras_domain::documents::InvoiceDocument;
use selaras_domain::forstok::{self, Variant};
use selaras_domain::ids::*;
use selaras_domain::mapping::{Mapping, Role, StoreMapping, WarehouseMapping};
use selaras_domain::order::{BundleComponent, InvoiceStatus, Order, OrderInvoice, OrderLine, OrderStatus, Payment};
use selaras_domain::plan::OperationKey;
use std::collections::{BTreeMap, HashMap};

pub(crate) const DATABASE: DatabaseId = DatabaseId(7);
pub(crate) const STORE: StoreId = StoreId(7001);
pub(crate) const OTHER_STORE: StoreId = StoreId(7002);

/// A moment in WIB.
pub(crate) fn wib(text: &str) -> Timestamp {
    format!("{text}+07:00").parse().unwrap()
}

/// Everything that a [`Company`] and [`Goods`] borrow.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) mapping: Mapping,
    pub(crate) accounts: Vec<Account>,
    pub(crate) warehouses: Vec<Warehouse>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) made: MadeCustomers,
    pub(crate) stores: Vec<forstok::Store>,
    pub(crate) shop_warehouses: Vec<forstok::Warehouse>,
    pub(crate) start_date: Option<jiff::civil::Date>,
    pub(crate) decisions: BTreeMap<OperationKey, RowDecision>,
    pub(crate) variants: Vec<Variant>,
    pub(crate) items: Vec<Item>,
}

fn account(id: i64, no: &str, account_type: AccountType) -> Account {
    let (id, no, name) = (AccountId(id), no.to_owned(), format!("Akun {no}"));
    Account { id, no, name, account_type, parent: false, suspended: false, balance: None, foreign: None }
}

impl World {
    pub(crate) fn new() -> Self {
        let skus = ["TS-BLK-M", "CAP-RED", "MUG"];
        let mut mapping = Mapping {
            warehouses: vec![WarehouseMapping { forstok_id: ForstokWarehouseId(195), accurate_id: WarehouseId(50) }],
            stores: [(STORE, 60, 70), (OTHER_STORE, 61, 70)]
                .into_iter()
                .map(|(store, customer, bank)| StoreMapping {
                    customer_id: Some(CustomerId(customer)),
                    bank_account_id: Some(AccountId(bank)),
                    ..StoreMapping::of(store)
                })
                .collect(),
            ..Mapping::default()
        };
        for (role, id) in Role::ALL.into_iter().zip(71..) {
            mapping.roles.set(role, Some(AccountId(id)));
        }
        let mut accounts = vec![account(70, "110102", AccountType::CashBank)];
        accounts.extend((71..78).map(|id| account(id, &format!("7100{id}"), AccountType::OtherExpense)));
        let warehouse = |id, name: &str| Warehouse {
            id: WarehouseId(id),
            name: name.into(),
            default: id == 50,
            scrap: false,
            suspended: false,
        };
        let customer = |id, no: &str, name: &str| Customer {
            id: CustomerId(id),
            no: no.into(),
            name: name.into(),
            suspended: false,
            foreign: None,
        };
        let store = |id, name: &str| forstok::Store {
            id,
            name: name.into(),
            channel: "Shopee".into(),
            channel_id: 12,
            active: true,
            export_on: None,
        };
        Self {
            mapping,
            accounts,
            warehouses: vec![warehouse(50, "Utama"), warehouse(51, "Retur")],
            branches: vec![Branch { id: BranchId(50), name: "Kantor Pusat".into(), default: true, suspended: false }],
            customers: vec![customer(60, "7001", "Toko-Contoh-1"), customer(61, "C.2", "Toko-Contoh-2")],
            made: MadeCustomers::new(),
            stores: vec![store(STORE, "Toko-Contoh-1"), store(OTHER_STORE, "Toko-Contoh-2")],
            shop_warehouses: vec![
                forstok::Warehouse { id: ForstokWarehouseId(195), name: "Gudang".into(), active: true, default: true },
                forstok::Warehouse { id: ForstokWarehouseId(196), name: "Cabang".into(), active: true, default: false },
            ],
            start_date: None,
            decisions: BTreeMap::new(),
            variants: skus.iter().zip(1..).map(|(sku, id)| variant(sku, id)).collect(),
            items: skus.iter().zip(100..).map(|(sku, id)| item(sku, id)).collect(),
        }
    }

    pub(crate) fn company(&self) -> Company<'_> {
        Company {
            database: DATABASE,
            mapping: &self.mapping,
            accounts: &self.accounts,
            warehouses: &self.warehouses,
            branches: &self.branches,
            customers: &self.customers,
            made: &self.made,
            stores: &self.stores,
            shop_warehouses: &self.shop_warehouses,
            start_date: self.start_date,
            decisions: &self.decisions,
        }
    }

    /// The states of all SKUs; [`goods`] is made of them.
    pub(crate) fn rows(&self) -> Vec<SkuRow<'_>> {
        static NONE: BTreeMap<String, selaras_domain::decision::Decision> = BTreeMap::new();
        classify(&SkuInput {
            variants: &self.variants,
            pending: &[],
            items: &self.items,
            decisions: &NONE,
            matches: Matches::none(),
        })
    }

    /// What a plan of invoices of these orders is made from, where nothing is posted yet.
    pub(crate) fn with_invoices<T>(&self, orders: &[Order], look: impl FnOnce(&InvoicesInput<'_>) -> T) -> T {
        let (rows, none) = (self.rows(), BTreeMap::new());
        look(&InvoicesInput {
            company: &self.company(),
            goods: &goods(&rows),
            orders,
            shop_invoices: &HashMap::new(),
            invoices_told: false,
            existing: &[],
            documents: &HashMap::new(),
            posted: &none,
            counts: &BTreeMap::new(),
            listed_since: jiff::civil::date(2023, 1, 1),
            since: wib("2024-01-01T00:00:00"),
            integrated_at: wib("2024-01-01T00:00:00"),
            only: &[],
        })
    }

    /// The invoice of an order, as it is posted.
    pub(crate) fn invoice(&self, order: &Order) -> InvoiceDocument {
        self.with_invoices(std::slice::from_ref(order), |input| invoices::document(input, order).unwrap())
    }

    pub(crate) fn decide(&mut self, key: &str, choice: RowChoice) {
        let key = OperationKey(key.into());
        let (reason, by, at) = ("alasan".into(), "Rina".into(), Timestamp::UNIX_EPOCH);
        self.decisions.insert(key.clone(), RowDecision { key, choice, reason, by, at });
    }
}

pub(crate) fn goods<'a>(rows: &'a [SkuRow<'a>]) -> Goods<'a> {
    Goods::of(rows)
}

pub(crate) fn variant(sku: &str, id: i64) -> Variant {
    Variant {
        id: Some(VariantId(id)),
        sku: sku.into(),
        name: sku.into(),
        category: None,
        price: None,
        cost_price: None,
        barcode: None,
        stock: Vec::new(),
    }
}

pub(crate) fn item(no: &str, id: i64) -> Item {
    Item {
        id: ItemId(id),
        no: no.into(),
        name: no.into(),
        item_type: Some("INVENTORY".into()),
        upc: None,
        unit_price: None,
        suspended: false,
    }
}

pub(crate) fn line(sku: &str, quantity: i64, price: i64) -> OrderLine {
    OrderLine {
        sku: sku.into(),
        name: format!("Barang {sku}"),
        variant_name: String::new(),
        quantity: quantity.into(),
        unit_price: price.into(),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    }
}

pub(crate) fn bundle(sku: &str, price: i64, parts: &[(&str, i64, i64)]) -> OrderLine {
    let components = parts.iter().map(|(sku, quantity, price)| BundleComponent {
        sku: (*sku).into(),
        name: format!("Barang {sku}"),
        unit_price: (*price).into(),
        quantity: Quantity::from(*quantity),
    });
    OrderLine { components: components.collect(), ..line(sku, 1, price) }
}

/// An order of these lines, placed on 15 January 2024 in the first store.
pub(crate) fn order(id: i64, number: &str, lines: Vec<OrderLine>) -> Order {
    let subtotal = lines.iter().map(|line| line.quantity.at(line.unit_price)).sum();
    Order {
        id: OrderId(id),
        number: number.into(),
        store: STORE,
        store_name: "Toko-Contoh-1".into(),
        channel: "Shopee".into(),
        channel_id: 12,
        status: OrderStatus::ReadyToShip,
        ordered_at: wib("2024-01-15T09:53:10"),
        updated_at: wib("2024-01-15T23:30:00"),
        warehouse: Some(ForstokWarehouseId(195)),
        lines,
        subtotal,
        shipping_price: 12_000.into(),
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

/// The reference's order 240115CONTOH1: 2 × 150,000 and 100,000, with a seller's voucher of 20,000.
pub(crate) fn reference_order() -> Order {
    let lines = vec![line("TS-BLK-M", 2, 150_000), line("CAP-RED", 1, 100_000)];
    Order { voucher_seller: 20_000.into(), ..order(140_000_001, "240115CONTOH1", lines) }
}

/// Forstok's invoice of an order whose payout has these lines: rebate, voucher, shipping difference, fulfilment, service.
pub(crate) fn shop_invoice(
    order: &Order,
    [rebate, voucher, difference, fulfilment, service]: [i64; 5],
) -> OrderInvoice {
    let shipping = if order.cashless { Money::ZERO } else { order.shipping_price };
    let kept: i64 = voucher + difference + fulfilment + service - rebate;
    OrderInvoice {
        id: InvoiceId(order.id.0 + 500_000),
        order: order.id,
        subtotal: None,
        shipping_price: order.shipping_price,
        platform_rebate: rebate.into(),
        voucher_seller: voucher.into(),
        shipping_difference: difference.into(),
        fulfillment_fee: fulfilment.into(),
        service_fee: service.into(),
        total: order.subtotal + shipping - Money::from(kept),
        balance_due: Money::ZERO,
        status: InvoiceStatus::Paid,
        created_at: None,
    }
}

/// One transfer for these invoices, on 20 January 2024.
pub(crate) fn payment(reference: &str, invoices: Vec<OrderInvoice>) -> Payment {
    Payment {
        reference: reference.into(),
        method: "Bank Transfer".into(),
        received: invoices.iter().map(|invoice| invoice.total).sum(),
        paid_at: wib("2024-01-20T00:00:00"),
        invoices,
    }
}

/// How the list of Accurate shows an invoice.
pub(crate) fn head(document: &selaras_domain::documents::InvoiceDocument) -> SalesInvoice {
    SalesInvoice {
        id: document.id.unwrap_or(SalesInvoiceId(900)),
        number: document.number.clone(),
        date: Some(document.date),
        description: Some(document.description.clone()),
        customer: document.customer,
        total: document.total,
    }
}
