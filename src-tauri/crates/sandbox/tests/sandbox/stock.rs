//! Inventory adjustments and stock (accurate-online-api.md §6.4, §8).

use serde_json::{Value, json};

use crate::common::{Shop, unlimited};

async fn with_item() -> Shop {
    let shop = Shop::open(unlimited()).await;
    shop.post("item/save.do", json!({ "no": "S-1", "name": "Kopi", "itemType": "INVENTORY" })).await;
    shop
}

fn line(kind: &str, quantity: &str, cost: Value) -> Value {
    json!({ "itemNo": "S-1", "itemAdjustmentType": kind, "quantity": quantity, "unitCost": cost, "warehouseName": "GUDANG UTAMA" })
}

fn adjustment(number: &str, lines: Vec<Value>) -> Value {
    json!({ "number": number, "transDate": "1/3/2026", "adjustmentAccountNo": "310102", "detailItem": lines })
}

async fn stock(shop: &Shop, no: &str) -> String {
    shop.get(&format!("item/get-stock.do?no={no}&warehouseName=GUDANG%20UTAMA")).await.text
}

#[tokio::test]
async fn increases_average_the_cost_and_decreases_leave_at_it() {
    let shop = with_item().await;
    let first =
        adjustment("IA-1", vec![line("ADJUSTMENT_IN", "10", json!(1000)), line("ADJUSTMENT_IN", "5", json!("1600.5"))]);
    let saved = shop.post("item-adjustment/save.do", first).await;
    assert_eq!(saved.messages(), ["Penyesuaian Persediaan \"IA-1\" berhasil disimpan"]);
    assert!(saved.text.contains("\"totalAmount\":18002.500000"), "{}", saved.text);
    let out = shop
        .post("item-adjustment/save.do", adjustment("IA-2", vec![line("ADJUSTMENT_OUT", "3", json!(9))]))
        .await
        .text;
    assert!(out.contains("\"unitCost\":1200.166667") && out.contains("\"totalAmount\":-3600.500001"), "{out}");
    assert_eq!(stock(&shop, "S-1").await, r#"{"s":true,"d":{"availableStock":12.000000}}"#);
    let balance = shop.get("glaccount/get-balance.do?no=110401").await.text;
    assert!(balance.contains("\"balance\":14401.999999"), "{balance}");
    assert_eq!(shop.first().ledger["310102"].to_string(), "-14401.999999");
}

#[tokio::test]
async fn stock_lines_set_the_figure_and_deleting_takes_everything_back() {
    let shop = with_item().await;
    shop.post("item-adjustment/save.do", adjustment("IA-1", vec![line("ADJUSTMENT_STOCK", "7", json!(500))])).await;
    shop.post("item-adjustment/save.do", adjustment("IA-2", vec![line("ADJUSTMENT_STOCK", "4", Value::Null)])).await;
    assert_eq!(stock(&shop, "S-1").await, r#"{"s":true,"d":{"availableStock":4.000000}}"#);
    shop.delete("item-adjustment/delete.do?number=IA-2").await;
    assert_eq!(stock(&shop, "S-1").await, r#"{"s":true,"d":{"availableStock":7.000000}}"#);
    shop.delete("item-adjustment/delete.do?number=IA-1").await;
    let state = shop.first();
    assert_eq!((state.adjustments.len(), state.ledger.len()), (0, 0));
}

#[tokio::test]
async fn what_a_document_uses_and_a_closed_period_cannot_be_deleted() {
    let shop = with_item().await;
    shop.post("item-adjustment/save.do", adjustment("IA-1", vec![line("ADJUSTMENT_STOCK", "7", json!(500))])).await;
    assert_eq!(
        shop.delete("item/delete.do?no=S-1").await.messages(),
        [r#"Barang & Jasa "Kopi" tidak dapat dihapus karena sudah digunakan pada Penyesuaian Persediaan "IA-1""#]
    );
    let database = shop.sandbox.connection().databases[0].id;
    shop.sandbox.close_books(database, jiff::civil::date(2100, 1, 1)).unwrap();
    let refused = shop.delete("item-adjustment/delete.do?number=IA-1").await.messages();
    assert!(refused[0].contains("tidak dapat dihapus karena periode") && refused[0].contains("ditutup"), "{refused:?}");
    assert_eq!(shop.first().adjustments.len(), 1);
    shop.sandbox.close_books(database, jiff::civil::date(2006, 3, 31)).unwrap();
    shop.sandbox.delete_in_accurate(database, "item-adjustment", "IA-1").unwrap();
    assert!(shop.sandbox.delete_in_accurate(database, "item-adjustment", "IA-1").is_err());
    assert_eq!(shop.delete("item/delete.do?no=S-1").await.json()["s"], true);
}

#[tokio::test]
async fn an_existing_line_is_changed_by_its_id_removed_by_status_and_others_are_appended() {
    let shop = with_item().await;
    let saved = shop
        .post(
            "item-adjustment/save.do",
            adjustment("IA-1", vec![line("ADJUSTMENT_IN", "1", json!(10)), line("ADJUSTMENT_IN", "2", json!(10))]),
        )
        .await
        .json();
    let lines = &saved["r"]["detailItem"];
    let change = json!({ "id": saved["r"]["id"], "detailItem": [
        { "id": lines[0]["id"], "quantity": 5 }, { "id": lines[1]["id"], "_status": "delete" }, line("ADJUSTMENT_IN", "100", json!(10)),
    ] });
    let changed = shop.post("item-adjustment/save.do", change).await.json();
    assert_eq!((&changed["r"]["optLock"], changed["r"]["detailItem"].as_array().unwrap().len()), (&json!(1), 2));
    assert_eq!(stock(&shop, "S-1").await, r#"{"s":true,"d":{"availableStock":105.000000}}"#);
}

#[tokio::test]
async fn refusals_are_worded_as_recorded_and_change_nothing() {
    let shop = with_item().await;
    shop.post("item-adjustment/save.do", adjustment("IA-1", vec![line("ADJUSTMENT_IN", "1", json!(10))])).await;
    let with = |name: &str, value: Value| {
        let mut fields = adjustment("IA-2", vec![line("ADJUSTMENT_IN", "1", json!(10))]);
        fields[name] = value;
        fields
    };
    let with_line = |name: &str, value: Value| {
        let mut line = line("ADJUSTMENT_IN", "1", json!(10));
        line[name] = value;
        with("detailItem", json!([line]))
    };
    for (fields, message) in [
        (with("number", json!("IA-1")), "Sudah ada data lain dengan Nomor \"IA-1\""),
        (with("transDate", json!("2026-03-01")), "Invalid field value for field \"transDate\"."),
        (with("transDate", Value::Null), "transDate harus diisi"),
        (with("detailItem", json!([])), "Detail dari transaksi belum diisi!"),
        (with("adjustmentAccountNo", json!("999")), "Akun Perkiraan 999 tidak ditemukan atau sudah dihapus"),
        (with("adjustmentAccountNo", json!("3101")), "Akun Perkiraan 3101 tidak ditemukan atau sudah dihapus"),
        (
            with("adjustmentAccountNo", json!("810199")),
            "Akun Biaya Marketplace (lama) berstatus Non Aktif. Akun ini tidak dapat digunakan.",
        ),
        (with_line("itemNo", json!("TIDAK-ADA")), "Barang & Jasa TIDAK-ADA tidak ditemukan atau sudah dihapus"),
        (with_line("warehouseName", json!("Bulan")), "Gudang Bulan tidak ditemukan atau sudah dihapus"),
        (with_line("unitCost", Value::Null), "Nilai Satuan harus diisi"),
        (with_line("itemAdjustmentType", json!("TAMBAH")), "Invalid field value for field \"itemAdjustmentType\"."),
    ] {
        assert_eq!(shop.post("item-adjustment/save.do", fields).await.messages(), [message]);
    }
    assert_eq!(stock(&shop, "S-1").await, r#"{"s":true,"d":{"availableStock":1.000000}}"#);
}

#[tokio::test]
async fn an_omitted_number_makes_a_second_document_in_the_months_series() {
    let shop = with_item().await;
    let mut fields = adjustment("", vec![line("ADJUSTMENT_IN", "1", json!(10))]);
    fields["number"] = Value::Null;
    for _ in 0..2 {
        shop.post("item-adjustment/save.do", fields.clone()).await;
    }
    assert_eq!(shop.first().adjustments.into_iter().collect::<Vec<_>>(), ["IA.2026.03.00001", "IA.2026.03.00002"]);
}

#[tokio::test]
async fn list_stock_answers_per_warehouse_and_day_and_crashes_when_sorted_by_quantity() {
    let shop = with_item().await;
    shop.post("item-adjustment/save.do", adjustment("IA-1", vec![line("ADJUSTMENT_OUT", "3.5", json!(0))])).await;
    let row = |text: &str| {
        serde_json::from_str::<Value>(text).unwrap()["d"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["no"] == "S-1")
            .unwrap()
            .clone()
    };
    let now = shop.get("item/list-stock.do?warehouseName=GUDANG%20UTAMA&sp.pageSize=100").await;
    assert!(now.text.contains("\"quantity\":-3.500000"));
    assert_eq!(row(&now.text)["quantityInAllUnit"], "-3.5 PCS");
    let before = shop.get("item/list-stock.do?asOfDate=28/02/2026&sp.pageSize=100").await;
    assert_eq!(row(&before.text)["quantity"].to_string(), "0.0");
    let sorted = shop.get("item/list-stock.do?sp.sort=quantity%7Casc").await;
    assert!(sorted.status == 200 && sorted.messages()[0].starts_with("Upsss..."));
}
