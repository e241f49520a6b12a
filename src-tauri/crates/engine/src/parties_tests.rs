use super::*;
use crate::kinds::sales_fixture::*;
use crate::kinds::{invoices, receipts};
use selaras_domain::accurate::SalesInvoice;
use selaras_domain::ids::{AccountId, SalesInvoiceId};
use selaras_domain::plan::{Action, Operation};
use std::collections::{BTreeSet, HashMap};

fn customer(id: i64, no: &str, name: &str) -> Customer {
    Customer { id: CustomerId(id), no: no.into(), name: name.into(), suspended: false, foreign: None }
}

/// A company whose first store has no customer chosen; these are in Accurate.
fn unmapped(customers: &[Customer]) -> World {
    let mut world = World::new();
    world.mapping.stores[0].customer_id = None;
    world.customers = customers.to_vec();
    world
}

fn planned(world: &World) -> Vec<Operation> {
    let orders = [reference_order()];
    world.with_invoices(&orders, |input| invoices::plan(input).0)
}

fn told(world: &World) -> Vec<(Action, Reason)> {
    planned(world).into_iter().map(|operation| (operation.action, operation.reason)).collect()
}

fn made(no: &str, id: i64) -> MadeCustomers {
    MadeCustomers::from([(customer_key(STORE, no), CustomerId(id))])
}

#[test]
fn a_customer_whose_number_is_the_stores_id_by_chance_gets_none_of_its_sales() {
    let world = unmapped(&[customer(60, "7001", "PT Sumber Makmur")]);
    let asked =
        Reason::new("customer_number_equal").with("store", "Toko-Contoh-1").with("customer", "PT Sumber Makmur");
    assert_eq!(told(&world), [(Action::Blocked, asked.with("number", "7001"))]);
    // Not even where its name is the store's, as the vendor's integration makes them: a person says so once.
    let world = unmapped(&[customer(60, " 7001", "Toko-Contoh-1")]);
    assert_eq!(told(&world)[0].1.code, "customer_number_equal");
    // The way on: mapped, it is the store's whatever it is called.
    let mut world = unmapped(&[customer(60, "7001", "PT Sumber Makmur")]);
    world.mapping.stores[0].customer_id = Some(CustomerId(60));
    assert_eq!(planned(&world)[0].after["customer_id"], "60");
}

#[test]
fn a_second_customer_of_one_name_is_made_only_when_a_person_has_chosen_its_number() {
    let mut world = unmapped(&[customer(60, "C-999", "toko-contoh-1 ")]);
    let asked = Reason::new("customer_name_equal").with("store", "Toko-Contoh-1").with("customer", "toko-contoh-1 ");
    assert_eq!(told(&world), [(Action::Blocked, asked.with("number", "C-999"))]);
    // The other way on: another one, under a number of its own.
    world.mapping.stores[0].customer_no = Some("7001-B".into());
    let operations = planned(&world);
    assert_eq!(operations[0].key.0, "customer:7001:7001-B");
    assert_eq!((operations[0].action, operations[0].after["customer_no"].as_str()), (Action::Create, "7001-B"));
    assert_eq!(operations[1].after["customer_no"], "7001-B");
    // That number may be somebody's, too.
    world.customers.push(customer(61, "7001-b", "Orang lain"));
    assert_eq!(told(&world)[0].1.code, "customer_number_equal");
}

#[test]
fn two_stores_of_one_name_have_a_customer_each() {
    let mut world = unmapped(&[customer(61, "7002", "Toko-Contoh-1")]);
    world.mapping.stores[1].customer_id = Some(CustomerId(61));
    assert_eq!(planned(&world)[0].action, Action::Create, "the one that is there is known to be the other store's");
    world.mapping.stores[1].customer_id = None;
    world.made = MadeCustomers::from([(customer_key(OTHER_STORE, "7002"), CustomerId(61))]);
    assert_eq!(planned(&world)[0].action, Action::Create);
}

#[test]
fn a_customer_that_was_made_is_found_by_its_id_whatever_its_number_and_name_are_now() {
    // Renumbered and renamed; meanwhile somebody else was given the old number.
    let mut world = unmapped(&[customer(77, "C-999", "Toko Kami"), customer(78, "7001", "PT Sumber Makmur")]);
    world.made = made("7001", 77);
    let operations = planned(&world);
    assert_eq!(operations.len(), 1, "no second one is made");
    assert_eq!((operations[0].action, operations[0].after["customer_id"].as_str()), (Action::Create, "77"));
    assert_eq!(operations[0].after["customer_no"], "C-999", "documents carry the number of now");
}

#[test]
fn a_customer_that_was_made_and_deleted_since_is_not_made_again_in_silence() {
    let mut world = unmapped(&[]);
    world.made = made("7001", 77);
    assert_eq!(told(&world), [(Action::Blocked, Reason::new("customer_gone").with("store", "Toko-Contoh-1"))]);
    world.mapping.stores[0].customer_no = Some("7001-B".into());
    assert_eq!(planned(&world)[0].key.0, "customer:7001:7001-B");
}

/// The receipt of the reference's order, whose invoice Accurate tells like this.
fn receipt(world: &World, customer_no: &str, customer: Option<CustomerId>) -> Operation {
    let order = reference_order();
    let document = InvoiceDocument {
        id: Some(SalesInvoiceId(900)),
        customer_no: customer_no.into(),
        customer,
        ..World::new().invoice(&order)
    };
    let payments = [payment("P-1", vec![shop_invoice(&order, [0, 0, 0, 0, 20_000])])];
    let existing: Vec<SalesInvoice> = vec![head(&document)];
    let operations = receipts::plan(&receipts::ReceiptsInput {
        open: &BTreeSet::new(),
        shop_invoices: &HashMap::new(),
        company: &world.company(),
        payments: &payments,
        orders: std::slice::from_ref(&order),
        existing: &existing,
        documents: &HashMap::from([(document.number.clone(), document.clone())]),
        paid_by: &HashMap::new(),
        receipts: &HashMap::new(),
        posted: &BTreeMap::new(),
        linked: &BTreeMap::new(),
        only: &[],
    });
    operations.into_iter().next().unwrap()
}

#[test]
fn a_receipt_fits_the_invoice_of_a_customer_that_was_renumbered() {
    let mut world = unmapped(&[customer(77, "C-999", "Toko Kami"), customer(78, "7001", "PT Sumber Makmur")]);
    world.made = made("7001", 77);
    let fits = receipt(&world, "7001", Some(CustomerId(77)));
    assert_eq!((fits.action, fits.after["customer_no"].as_str()), (Action::Create, "C-999"), "{:?}", fits.reason);
    // A row that tells only the number is whoever bears it now.
    assert_eq!(receipt(&world, "C-999", None).action, Action::Create);
    let others = receipt(&world, "7001", None);
    assert_eq!((others.action, others.reason.code.as_str()), (Action::Blocked, "number_taken"));
    assert_eq!(others.reason.params["found"], "PT Sumber Makmur");
}

#[test]
fn a_customer_or_account_in_another_currency_is_held_with_its_reason() {
    let mut world = World::new();
    world.customers[0].foreign = Some("USD".into());
    let expected = Reason::new("customer_currency").with("customer", "Toko-Contoh-1").with("currency", "USD");
    assert_eq!(told(&world), [(Action::Blocked, expected)]);
    let mut world = World::new();
    world.accounts[0].foreign = Some("USD".into());
    let held = receipt(&world, "7001", Some(CustomerId(60)));
    let expected = Reason::new("account_currency").with("account", "110102 Akun 110102").with("currency", "USD");
    assert_eq!((held.action, held.reason), (Action::Blocked, expected));
    // A role's account as well as the bank.
    let mut world = World::new();
    let fee = world.accounts.iter_mut().find(|account| account.id == AccountId(76)).unwrap();
    fee.foreign = Some("SGD".into());
    assert_eq!(receipt(&world, "7001", Some(CustomerId(60))).reason.code, "account_currency");
}

#[test]
fn a_document_that_was_posted_with_its_customer_is_told_by_the_customers_id() {
    let fields = |pairs: &[(&str, &str)]| -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let mut posted = fields(&[("store_id", "7001"), ("customer_no", "7001")]);
    tell_customer(&mut posted, &made("7001", 77));
    assert_eq!(posted["customer_id"], "77");
    let mut other = fields(&[("store_id", "7002"), ("customer_no", "7001")]);
    tell_customer(&mut other, &made("7001", 77));
    assert!(!other.contains_key("customer_id"));
}
