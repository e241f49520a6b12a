//! Whose documents a store's are, in which currency, and which permissions they need, against the sandbox.

use crate::shared::{Shop, back_fill, connected, mapped, open, open_with};
use selaras_app::demo;
use selaras_app::desk::Desk;
use selaras_app::error::{AppError, ErrorCode};
use selaras_app::view::{DriftView, Id, MappingInput, MappingView, PlanOptions, SkuQuery};
use selaras_sandbox::{Allowance, Sandbox, SandboxOptions};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const QUICK: Allowance = Allowance { calls: 1000, window: Duration::from_secs(1), parallel: 8 };

fn options() -> SandboxOptions {
    SandboxOptions { items: 40, orders: 60, odd_parties: true, accurate_allowance: QUICK, ..SandboxOptions::default() }
}

async fn saved(shop: &Shop, change: impl FnOnce(&mut MappingInput)) -> Result<MappingView, AppError> {
    let mut mapping = shop.desk.mapping(false).await.unwrap().mapping;
    change(&mut mapping);
    shop.desk.save_mapping(&mapping, "saved").await
}

fn question(view: &MappingView, store: i64) -> Option<&str> {
    let path = format!("stores.{store}.customer_id");
    let slot = view.slots.iter().find(|slot| slot.path == path).unwrap();
    slot.question.as_ref().map(|question| question.code.as_str())
}

fn customer_id(view: &MappingView, no: &str) -> i64 {
    view.customers.iter().find(|customer| customer.no.as_deref() == Some(no)).unwrap().id.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_the_stores_number_is_asked_about_and_the_stores_own_is_known_by_its_id_when_it_is_renumbered() {
    let shop = open_with(options()).await;
    let view = shop.desk.mapping(false).await.unwrap();
    assert_eq!((question(&view, 7001), question(&view, 7002)), (None, Some("customer_number_equal")));
    let invoiced = shop.sync("invoices", &back_fill()).await;
    let operations = shop.operations(&invoiced.plan.plan).await;
    let of_store = |store: &'static str| {
        operations.iter().filter(move |one| one.after.get("store_id").is_some_and(|id| id == store))
    };
    assert!(of_store("7002").any(|one| one.reason.code == "customer_number_equal"));
    assert!(of_store("7002").all(|one| one.action != "create"), "nothing of store 7002 is sent");
    assert!(of_store("7001").any(|one| one.action == "create"));

    // The way on: another one, under a number of its own that nobody has.
    let number = |no: &str| {
        let no = Some(no.to_owned());
        move |mapping: &mut MappingInput| {
            mapping.stores.iter_mut().find(|store| store.forstok_store_id == Id(7002)).unwrap().customer_no = no;
        }
    };
    let taken = saved(&shop, number("C.USD")).await.unwrap_err();
    assert_eq!((taken.code, taken.params["path"].as_str()), (ErrorCode::MappingInvalid, "stores.7002.customer_no"));
    let view = saved(&shop, number("7002-S")).await.unwrap();
    assert_eq!(question(&view, 7002), None);
    shop.sync("invoices", &back_fill()).await;
    assert!(shop.books().customers.contains_key("7002-S"));
    // The service lets a customer go that has no documents: none was written to PT Sumber Makmur.
    shop.sandbox.delete_in_accurate(shop.database, "customer", "7002").unwrap();

    // Somebody renumbers the customer of store 7001, and gives its old number to another.
    let view = shop.desk.mapping(true).await.unwrap();
    let own = customer_id(&view, "7001");
    let type_in = |fields| shop.sandbox.type_into_accurate(shop.database, "customer", fields).unwrap();
    let planned = shop.desk.plan("receipts", &back_fill(), &|_| {}).await.unwrap();
    type_in(json!({ "id": own, "customerNo": "C-999" }));
    type_in(json!({ "customerNo": "7001", "name": "CV Orang Lain", "transDate": "01/11/2026" }));
    let proof = shop.desk.prove(&invoiced.run.run, &|_| {}).await.unwrap();
    assert_eq!(proof.differences, [], "what was posted is compared by id");
    // A plan that was made before goes to whom it meant.
    let run = shop.desk.apply(&planned.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert!(run.posted > 0 && run.failed == 0, "{run:?}");
    assert_eq!(shop.desk.prove(&run.run, &|_| {}).await.unwrap().differences, []);
    let view = shop.desk.mapping(true).await.unwrap();
    let drift = view.drift.iter().find(|drift| drift.path == "stores.7001.customer_id").unwrap();
    let name = &shop.books().customers["C-999"];
    let expected = DriftView {
        path: drift.path.clone(),
        change: "renumbered".into(),
        was: format!("7001 {name}"),
        now: Some(format!("C-999 {name}")),
    };
    assert_eq!(*drift, expected);
    let again = shop.sync("invoices", &back_fill()).await;
    assert_eq!(again.run.posted, 0, "no second customer is made");
    assert_eq!(shop.books().customers.values().filter(|known| *known == name).count(), 1);
    shop.sandbox.delete_in_accurate(shop.database, "customer", "7001").unwrap();
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_and_a_customer_in_dollars_are_refused_where_they_are_chosen() {
    let shop = open_with(options()).await;
    let view = shop.desk.mapping(false).await.unwrap();
    let bank = view.accounts.iter().find(|account| account.no == "110190").unwrap();
    assert_eq!(bank.off.as_deref(), Some("currency"));
    let bank = bank.id;
    let refused = saved(&shop, |mapping| mapping.stores[0].bank_account_id = Some(bank)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::MappingInvalid);
    assert_eq!(
        (refused.params["path"].as_str(), refused.params["detail"].as_str()),
        ("stores.7001.bank_account_id", "currency")
    );
    let buyer = Id(customer_id(&view, "C.USD"));
    let refused = saved(&shop, |mapping| mapping.stores[0].customer_id = Some(buyer)).await.unwrap_err();
    assert_eq!(
        (refused.params["path"].as_str(), refused.params["detail"].as_str()),
        ("stores.7001.customer_id", "currency")
    );
    let rupiah = view.accounts.iter().filter(|account| account.off.as_deref() == Some("currency"));
    assert_eq!(rupiah.count(), 1, "nothing else is suspected");
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_stock_goes_to_the_account_and_warehouse_that_were_planned_whatever_they_are_called_by_then() {
    let shop = connected(options()).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let everything = shop.desk.skus(&SkuQuery::default()).await.unwrap();
    let unit_costs = everything.skus.iter().map(|sku| (sku.sku.clone(), "1000".to_owned())).collect();
    let counted = PlanOptions { source: Some("forstok".into()), unit_costs, ..PlanOptions::default() };
    let plan = shop.desk.plan("opening-stock", &counted, &|_| {}).await.unwrap();
    assert!(plan.counts.create > 0);

    let view = shop.desk.mapping(false).await.unwrap();
    let account = view.mapping.roles["stock_adjustment"].unwrap();
    let old = view.accounts.iter().find(|known| known.id == account).unwrap().no.clone();
    let warehouse = view.mapping.warehouses[0].accurate_id;
    let type_in = |module, fields| shop.sandbox.type_into_accurate(shop.database, module, fields).unwrap();
    type_in("glaccount", json!({ "id": account.0, "no": "599999" }));
    type_in(
        "glaccount",
        json!({ "no": old, "name": "Akun lain", "accountType": "EXPENSE", "asOf": "01/11/2026", "currencyCode": "IDR" }),
    );
    type_in("warehouse", json!({ "id": warehouse.0, "name": "GUDANG PUSAT" }));
    let run = shop.desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((run.failed, run.unknown), (0, 0));
    assert_eq!(shop.desk.prove(&run.run, &|_| {}).await.unwrap().differences, []);
    let ledger = shop.books().ledger;
    assert!(ledger.contains_key("599999") && !ledger.contains_key(&old), "{ledger:?}");
    let change =
        |path: &str, drift: &[DriftView]| drift.iter().find(|row| row.path == path).map(|row| row.change.clone());
    let drift = shop.desk.mapping(true).await.unwrap().drift;
    assert_eq!(change("roles.stock_adjustment", &drift).as_deref(), Some("renumbered"));
}

/// What may be missing, and the kinds that then write nothing: told here by hand, by what each kind writes and reads back.
const BLOCKS: [(&str, &[&str]); 11] = [
    ("item_view", &["items", "opening-stock", "stock", "invoices", "returns"]),
    ("item_save", &["items"]),
    ("item_adjustment_view", &["opening-stock"]),
    ("item_adjustment_save", &["opening-stock"]),
    ("customer_view", &["invoices", "receipts", "returns"]),
    ("sales_invoice_view", &["invoices", "receipts", "returns", "voids"]),
    ("sales_invoice_save", &["invoices", "voids"]),
    ("sales_receipt_view", &["receipts"]),
    ("sales_receipt_save", &["receipts"]),
    ("sales_return_view", &["returns"]),
    ("sales_return_save", &["returns"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_of_a_kind_whose_permission_to_write_or_to_read_back_is_missing() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let redirect_uri = format!("http://localhost:{port}/callback");
    let options = SandboxOptions { redirect_uris: vec![redirect_uri.clone()], odd_parties: false, ..options() };
    let sandbox = Arc::new(Sandbox::start(options.hurried()).await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(demo::desk_config(folder.path().to_owned(), sandbox.connection())).unwrap();
    // Signed in as in a browser: such a sign-in has scopes.
    let database = demo::set_up(desk.clone(), sandbox.clone(), redirect_uri).await.unwrap();
    let writes = || sandbox.state().databases[&database].writes;
    let counted = PlanOptions { source: Some("forstok".into()), ..back_fill() };
    let sync = async |kind: &str| {
        let options = if kind == "opening-stock" { counted.clone() } else { back_fill() };
        desk.sync(kind, &options, CancellationToken::new(), &|_| {}).await
    };
    let refused = |answer: AppError, scope: &str, of: &str| {
        assert_eq!((answer.code, answer.params["scope"].as_str()), (ErrorCode::ScopeMissing, scope), "{of}");
    };
    let before = (writes(), sandbox.state().forstok.stock_writes);
    for (scope, kinds) in BLOCKS {
        sandbox.untick(&[scope]);
        for kind in kinds {
            refused(sync(kind).await.unwrap_err(), scope, kind);
        }
    }
    // Customers are made with the first invoices of their stores.
    sandbox.untick(&["customer_save"]);
    refused(sync("invoices").await.unwrap_err(), "customer_save", "invoices");
    // A plan that was made while everything was granted.
    sandbox.untick(&[]);
    let plan = desk.plan("invoices", &back_fill(), &|_| {}).await.unwrap();
    assert!(plan.counts.create > 0);
    for scope in ["sales_invoice_view", "sales_invoice_save", "customer_save"] {
        sandbox.untick(&[scope]);
        let answer = desk.apply(&plan.plan, CancellationToken::new(), &|_| {}).await.unwrap_err();
        refused(answer, scope, "apply");
    }
    assert_eq!((writes(), sandbox.state().forstok.stock_writes), before, "0 written");

    // With all of them it is written and proven; what takes it back needs its own.
    sandbox.untick(&[]);
    let invoiced = sync("invoices").await.unwrap();
    let received = sync("receipts").await.unwrap();
    assert!(invoiced.run.posted > 0 && received.run.posted > 0 && received.proof.differences.is_empty());
    let before = writes();
    for (run, scopes) in [
        (&received.run.run, ["sales_receipt_delete", "sales_receipt_view"]),
        (&invoiced.run.run, ["sales_invoice_save", "sales_invoice_view"]),
    ] {
        for scope in scopes {
            sandbox.untick(&[scope]);
            refused(desk.plan_undo(run, &|_| {}).await.unwrap_err(), scope, "undo");
        }
    }
    assert_eq!(writes(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_that_an_undo_has_deleted_are_made_again_though_the_list_is_empty_then() {
    let shop = open().await;
    let first = shop.sync("invoices", &back_fill()).await;
    let made = shop.books().customers.len();
    assert!(made > 0 && first.run.posted > 0);
    let undo = shop.desk.plan_undo(&first.run.run, &|_| {}).await.unwrap();
    let passing = shop.desk.passing_named(&["changes".to_owned()]).unwrap();
    let undone = passing.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((undone.failed, undone.held, shop.books().customers.len()), (0, 0, 0), "nobody else was there");
    let again = shop.sync("invoices", &back_fill()).await;
    assert_eq!(again.plan.blocked.get("customer_number_equal"), first.plan.blocked.get("customer_number_equal"));
    assert_eq!((again.run.posted, shop.books().customers.len()), (first.run.posted, made));
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_an_undo_has_deleted_are_made_again_though_the_list_is_empty_then() {
    let shop = connected(SandboxOptions { items: 12, orders: 0, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    for no in shop.books().items.into_keys() {
        shop.sandbox.delete_in_accurate(shop.database, "item", &no).unwrap();
    }
    let first = shop.sync("items", &PlanOptions::default()).await;
    let undo = shop.desk.plan_undo(&first.run.run, &|_| {}).await.unwrap();
    let undone = shop.desk.apply(&undo.plan, CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((undone.failed, undone.held, shop.books().items.len()), (0, 0, 0), "nothing else was there");
    let again = shop.sync("items", &PlanOptions::default()).await;
    assert_eq!((again.run.posted, shop.books().items.len()), (first.run.posted, first.run.posted as usize));
}
