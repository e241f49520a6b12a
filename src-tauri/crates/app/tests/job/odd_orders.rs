//! Orders that connectors of this kind are reported to book wrongly, against the sandbox: its own ledger and shelves are the judge.

use crate::shared::{Shop, back_fill, connected, mapped, open, open_with, place, stocked};
use rust_decimal::Decimal;
use selaras_app::view::{ChannelWarehouseInput, CountedAsOfInput, Id, PlanOptions, SkuQuery};
use selaras_sandbox::{Fees, SandboxOptions};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn only(orders: &[i64]) -> PlanOptions {
    PlanOptions { orders: orders.iter().map(ToString::to_string).collect(), ..PlanOptions::default() }
}

/// What Accurate holds of a SKU, by warehouse.
fn shelves(shop: &Shop, sku: &str) -> BTreeMap<String, Decimal> {
    let stock = shop.books().stock.into_iter();
    stock
        .filter(|((no, _), quantity)| no == sku && !quantity.is_zero())
        .map(|((_, place), quantity)| (place, quantity))
        .collect()
}

fn unit(id: i64, sku: &str, price: i64, theirs: bool) -> Value {
    json!({
        "id": id, "sku": sku, "name": "Barang contoh", "price": price, "sale_price": price, "total_price": price,
        "voucher_amount": 0, "fulfill_by_channel": theirs,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_invoice_in_forstok_says_less_is_invoiced_and_paid_to_the_rupiah() {
    let shop = open().await;
    let sku = stocked(&shop);
    // The buyer's total does not show the discount of 2,500; Forstok's own invoice comes to 378,500.
    let order = place(&shop, &sku, 1, 381_000, &json!({ "discount_amount": 2_500 }));
    shop.sync("invoices", &only(&[order])).await;
    let number = format!("L{order}");
    assert_eq!(shop.books().invoices[&number], Decimal::from(378_500));
    shop.sandbox.pay_out(&[(order, Fees { service_fee: 8_500, ..Fees::default() })]).unwrap();
    let paid = shop.sync("receipts", &only(&[order])).await;
    assert_eq!((paid.plan.counts.create, paid.plan.total.as_deref()), (1, Some("370000")), "{:?}", paid.plan.blocked);
    assert_eq!(shop.books().owing[&number], Decimal::ZERO);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_made_up_shop_has_such_orders_when_it_is_asked_for_them() {
    let shop = open_with(SandboxOptions { items: 40, orders: 2, odd_orders: true, ..SandboxOptions::default() }).await;
    let made = shop.sync("invoices", &back_fill()).await;
    assert_eq!(made.plan.blocked.get("channel_warehouse_not_mapped"), Some(&2), "{:?}", made.plan.blocked);
    let discounts = shop.operations(&made.plan.plan).await.into_iter().filter(|row| row.action == "create");
    let discounts: Vec<_> = discounts.filter_map(|row| row.after.get("cash_discount").cloned()).collect();
    assert!(discounts.contains(&"2500".to_owned()), "{discounts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_edited_after_its_invoice_is_in_the_inbox_with_both_beside_each_other() {
    let shop = open().await;
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 2, 50_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    let again = shop.sync("invoices", &only(&[order])).await;
    assert_eq!((again.plan.counts.same, again.plan.counts.blocked), (1, 0), "nothing has changed");
    let lines = json!({ "item_lines": [unit(1, &sku, 60_000, false), unit(2, &sku, 40_000, false)] });
    shop.sandbox.edit_order(order, lines).unwrap();
    let writes = shop.books().writes;
    let changed = shop.sync("invoices", &only(&[order])).await;
    assert_eq!(changed.plan.blocked.get("order_changed"), Some(&1), "{:?}", changed.plan.blocked);
    let row = shop.operations(&changed.plan.plan).await.remove(0);
    let prices = |fields: &BTreeMap<String, String>| -> Vec<String> {
        fields.iter().filter(|(name, _)| name.ends_with(".unit_price")).map(|(_, price)| price.clone()).collect()
    };
    assert_eq!((prices(&row.before), prices(&row.after)), (vec!["50000".into()], vec!["40000".into(), "60000".into()]));
    let inbox = shop.desk.inbox().await.unwrap();
    assert!(inbox.causes.iter().any(|cause| cause.code == "order_changed"), "{inbox:?}");
    assert_eq!(shop.books().writes, writes, "nothing is written over a person's head");
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_in_the_marketplaces_warehouse_leave_their_own_warehouse_and_no_shelf() {
    let shop = open().await;
    let sku = stocked(&shop);
    let (books, forstok) = (shelves(&shop, &sku), shop.sandbox.state().forstok.on_hand);
    let lines: Vec<Value> = (1..=3).map(|id| unit(id, &sku, 10_000, true)).collect();
    let order = place(&shop, &sku, 3, 10_000, &json!({ "item_lines": lines, "warehouse_id": null }));
    assert_eq!(shop.sandbox.state().forstok.on_hand, forstok, "Forstok's shelf has not moved either");
    let held = shop.sync("invoices", &only(&[order])).await;
    assert_eq!(held.plan.blocked.get("channel_warehouse_not_mapped"), Some(&1), "{:?}", held.plan.blocked);
    assert_eq!(shelves(&shop, &sku), books);

    shop.sandbox.type_into_accurate(shop.database, "warehouse", json!({ "name": "Gudang Shopee" })).unwrap();
    // The place shows now, and one of the shop's own warehouses cannot stand in it.
    let view = shop.desk.mapping(true).await.unwrap();
    let slot = view.slots.iter().find(|slot| slot.path.starts_with("channel_warehouses.")).unwrap();
    let store: i64 = slot.path.rsplit('.').next().unwrap().parse().unwrap();
    let own: Vec<i64> = view.mapping.warehouses.iter().map(|pair| pair.accurate_id.0).collect();
    let free = view.warehouses.iter().find(|one| one.name == "Gudang Shopee").unwrap();
    let choose = |id: i64| {
        let mut mapping = view.mapping.clone();
        let chosen = ChannelWarehouseInput { forstok_store_id: Id(store), accurate_id: Id(id) };
        mapping.channel_warehouses = Some(vec![chosen]);
        mapping
    };
    let refused = shop.desk.save_mapping(&choose(own[0]), "saved").await.unwrap_err();
    assert_eq!(refused.params["detail"], "warehouse_twice");
    shop.desk.save_mapping(&choose(free.id.0), "saved").await.unwrap();
    // A file of before, without such places, takes nothing away.
    let mut older = view.mapping.clone();
    older.channel_warehouses = None;
    let kept = shop.desk.save_mapping(&older, "imported").await.unwrap();
    assert_eq!(kept.mapping.channel_warehouses.unwrap().len(), 1);

    shop.sync("invoices", &only(&[order])).await;
    let mut expected = books;
    *expected.entry(free.name.clone()).or_default() -= Decimal::from(3);
    assert_eq!(shelves(&shop, &sku), expected);
    shop.assert_balanced();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_before_the_opening_stock_does_not_leave_the_books_a_second_time() {
    let shop = connected(SandboxOptions { items: 40, orders: 48, ..SandboxOptions::default() }).await;
    mapped(&shop).await;
    shop.sync("items", &PlanOptions::default()).await;
    let everything = shop.desk.skus(&SkuQuery::default()).await.unwrap();
    let costs = everything.skus.iter().map(|sku| (sku.sku.clone(), "1000".to_owned())).collect();
    let counted = PlanOptions { source: Some("forstok".into()), unit_costs: costs, ..PlanOptions::default() };
    shop.sync("opening-stock", &counted).await;
    let stock = shop.books().stock;

    let held = shop.sync("invoices", &back_fill()).await;
    assert!(held.plan.blocked.get("sold_before_count").is_some_and(|count| *count > 10), "{:?}", held.plan.blocked);
    let (before, after) = (stock.values().sum::<Decimal>(), shop.books().stock.values().sum::<Decimal>());
    assert_eq!(after, before, "not one unit leaves");

    // What leaves after the count is invoiced as ever.
    let sku = stocked(&shop);
    let order = place(&shop, &sku, 2, 10_000, &json!({}));
    shop.sync("invoices", &only(&[order])).await;
    assert_eq!(shop.books().stock.values().sum::<Decimal>(), before - Decimal::from(2));

    // A person says, once for all of them, that the shelves were so before any of it was sold.
    let mut mapping = shop.desk.mapping(false).await.unwrap().mapping;
    let today = selaras_domain::order::business_day(jiff::Timestamp::now());
    let as_of = today.checked_sub(jiff::Span::new().days(31)).unwrap();
    mapping.sales.as_mut().unwrap().count =
        Some(CountedAsOfInput { counted: today.to_string(), as_of: as_of.to_string() });
    shop.desk.save_mapping(&mapping, "saved").await.unwrap();
    let passed = shop.sync("invoices", &back_fill()).await;
    assert_eq!(passed.plan.blocked.get("sold_before_count"), None, "{:?}", passed.plan.blocked);
    assert!(passed.run.posted > 10);
    let note = passed.plan.notes.iter().find(|note| note.code == "orders_as_of").unwrap();
    assert_eq!(note.params["as_of"], as_of.to_string());
}
