//! Goods that lie in the marketplace's own warehouse.

use super::*;
use crate::kinds::returns::{self, ReturnsInput};
use selaras_domain::mapping::ChannelWarehouse;
use selaras_domain::order::{OrderLine, OrderReturn, ReturnedLine};

fn theirs(sku: &str, units: i64, price: i64) -> OrderLine {
    OrderLine { fulfilled_by_channel: true, ..line(sku, units, price) }
}

/// The first store's goods at the marketplace are in warehouse 51.
fn mapped() -> World {
    let mut world = World::new();
    world.mapping.channel_warehouses = vec![ChannelWarehouse { forstok_store_id: STORE, accurate_id: WarehouseId(51) }];
    world
}

fn shelves(document: &InvoiceDocument) -> Vec<(&str, String, Option<WarehouseId>)> {
    document.lines.iter().map(|line| (line.item_no.as_str(), line.quantity.text(), line.warehouse_id)).collect()
}

#[test]
fn goods_of_the_marketplaces_warehouse_leave_no_shelf_of_the_shop() {
    let orders = [order(1, "N1", vec![theirs("MUG", 3, 50_000)])];
    let held = held(&World::new(), orders[0].clone());
    assert_eq!(held, Reason::new("channel_warehouse_not_mapped").with("store", "Toko-Contoh-1"));
    let document = Plans::of(&orders).document(&mapped()).unwrap();
    assert_eq!(shelves(&document), [("MUG", "3".to_owned(), Some(WarehouseId(51)))]);
    assert_eq!(document.total, Some(150_000.into()));
    // Such an order may name no warehouse of Forstok, or one that is not the shop's.
    for warehouse in [None, Some(ForstokWarehouseId(999))] {
        let orders = [Order { warehouse, ..orders[0].clone() }];
        assert_eq!(shelves(&Plans::of(&orders).document(&mapped()).unwrap()).len(), 1);
    }
    // Another store's goods lie elsewhere.
    let elsewhere = Order { store: OTHER_STORE, ..orders[0].clone() };
    let reason = Plans::of(&[elsewhere]).plan(&mapped()).remove(0).reason;
    assert_eq!(reason, Reason::new("channel_warehouse_not_mapped").with("store", "Toko-Contoh-2"));
    let mut gone = mapped();
    gone.warehouses.truncate(1);
    assert_eq!(super::held(&gone, orders[0].clone()).code, "order_warehouse_gone");
}

#[test]
fn an_order_of_both_warehouses_takes_from_each_its_own() {
    let orders = [order(1, "N1", vec![line("MUG", 1, 50_000), theirs("MUG", 2, 50_000), line("CAP-RED", 1, 10)])];
    let operation = Plans::of(&orders).plan(&mapped()).remove(0);
    let document = documents::invoice(&operation).unwrap();
    let expected = [
        ("CAP-RED", "1".to_owned(), Some(WarehouseId(50))),
        ("MUG", "1".to_owned(), Some(WarehouseId(50))),
        ("MUG", "2".to_owned(), Some(WarehouseId(51))),
    ];
    assert_eq!(shelves(&document), expected);
    let by_channel: Vec<&str> =
        (1..=3).map(|place| operation.after[&format!("line.{place:03}.by_channel")].as_str()).collect();
    assert_eq!(by_channel, ["false", "false", "true"]);
}

#[test]
fn goods_that_move_to_the_marketplaces_warehouse_after_their_invoice_are_a_change() {
    let (before, after) = ([order(1, "N1", vec![line("MUG", 2, 10)])], [order(1, "N1", vec![theirs("MUG", 2, 10)])]);
    let posted = Plans::of(&before).plan(&mapped()).remove(0);
    let documents = vec![there(&before, &mapped())];
    let plans = Plans { documents, posted: BTreeMap::from([(posted.key, posted.after)]), ..Plans::of(&after) };
    let reason = plans.plan(&mapped()).remove(0).reason;
    assert_eq!((reason.code.as_str(), reason.params["field"].as_str()), ("order_changed", "goods"));
}

#[test]
fn what_comes_back_of_the_marketplaces_goods_goes_back_to_the_marketplaces_warehouse() {
    let (world, mut order) = (mapped(), order(1, "N1", vec![theirs("MUG", 2, 50_000)]));
    let document = there(std::slice::from_ref(&order), &world);
    let lines = vec![ReturnedLine { sku: "MUG".into(), quantity: 1.into() }];
    order.returns = vec![OrderReturn { id: "R1".into(), at: wib("2024-01-22T08:00:00"), lines }];
    let (company, rows, none) = (world.company(), world.rows(), BTreeMap::new());
    let operations = returns::plan(&ReturnsInput {
        company: &company,
        goods: &goods(&rows),
        orders: std::slice::from_ref(&order),
        existing: &[head(&document)],
        documents: &HashMap::from([(document.number.clone(), document.clone())]),
        posted_invoices: &none,
        returns: &HashMap::new(),
        posted: &none,
        linked: &BTreeMap::new(),
        warehouse: None,
        only: &[],
    });
    assert_eq!(reasons(&operations), [(Action::Create, "return_ready")], "no warehouse of returns is needed for it");
    assert_eq!(operations[0].after["line.001.warehouse_id"], "51");
}
