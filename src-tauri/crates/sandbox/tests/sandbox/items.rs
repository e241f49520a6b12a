//! Items, small masters, lists and encodings (accurate-online-api.md §3, §5–§8).

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Shop, send, unlimited};

fn item(no: &str) -> Value {
    json!({ "no": no, "name": format!("Barang {no}"), "itemType": "INVENTORY", "unit1Name": "PCS", "itemCategoryName": "Umum" })
}

#[tokio::test]
async fn numbers_carry_six_decimals_ids_none_and_nulls_are_written() {
    let shop = Shop::open(unlimited()).await;
    let mut fields = item("A-1");
    fields["unitPrice"] = json!(17500);
    let text = shop.post("item/save.do", fields).await.text;
    for part in [
        "\"unitPrice\":17500.000000",
        "\"balance\":0.000000",
        "\"notes\":null",
        "\"manageSN\":false",
        "\"unit1Id\":50,",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn bulk_rows_succeed_and_fail_one_by_one_in_order() {
    let shop = Shop::open(unlimited()).await;
    shop.post("item/save.do", item("BRG-2")).await;
    let answer =
        shop.post("item/bulk-save.do", json!({ "data": [item("BRG-1"), item("BRG-2"), item("BRG-3")] })).await.json();
    assert_eq!(answer["s"], false);
    assert_eq!(answer["d"][0]["d"], json!(["Barang & Jasa \"Barang BRG-1\" berhasil disimpan"]));
    assert_eq!(answer["d"][0]["r"]["no"], "BRG-1");
    assert_eq!(answer["d"][1], json!({ "s": false, "d": ["Sudah ada data lain dengan Kode Barang \"BRG-2\""] }));
    assert_eq!(answer["d"][2]["s"], true);
    let kept: Vec<String> = shop.first().items.into_keys().filter(|no| no.starts_with("BRG")).collect();
    assert_eq!(kept, ["BRG-1", "BRG-2", "BRG-3"]);
}

#[tokio::test]
async fn a_hundred_and_first_row_makes_the_whole_request_fail() {
    let shop = Shop::open(unlimited()).await;
    let before = shop.first().items.len();
    let rows: Vec<Value> = (0..101).map(|number| item(&format!("R-{number}"))).collect();
    let answer = shop.post("item/bulk-save.do", json!({ "data": rows })).await;
    assert_eq!(answer.messages(), ["Jumlah data melebihi batas. Maksimal 100 data"]);
    assert_eq!(shop.first().items.len(), before);
}

#[tokio::test]
async fn item_rules_answer_in_the_recorded_words() {
    let shop = Shop::open(unlimited()).await;
    let mut first = item("KODE-1");
    first["upcNo"] = json!("8991230000017");
    shop.post("item/save.do", first).await;
    let with = |name: &str, value: Value| {
        let mut fields = item("KODE-9");
        fields[name] = value;
        fields
    };
    let long = "X".repeat(31);
    let cases = [
        (with("no", json!(long)), "Data \"Kode Barang\" pada \"Barang & Jasa\" terlalu besar. Maksimal 30 karakter"),
        (
            with("no", json!("A&B")),
            "Kode Barang \"A&B\" tidak valid. Karakter yang diperbolehkan untuk Kode Barang adalah a-z A-Z 0-9 # * ( ) - . _ /",
        ),
        (with("no", json!("KODE-1")), "Sudah ada data lain dengan Kode Barang \"KODE-1\""),
        (with("upcNo", json!("8991230000017")), "Sudah ada data lain dengan UPC/Barcode \"8991230000017\""),
        (with("name", Value::Null), "Nama Barang harus diisi"),
        (with("itemType", json!("STOK")), "Invalid field value for field \"itemType\"."),
        (with("unitPrice", json!("mahal")), "Invalid field value for field \"unitPrice\"."),
        (with("unitPrice", json!(1_000_000_000_000_i64)), "Nilai angka terlalu besar"),
        (with("unit1Name", json!("KARUNG")), "Satuan Barang KARUNG tidak ditemukan atau sudah dihapus"),
        (with("itemCategoryName", json!("Ajaib")), "Kategori Barang Ajaib tidak ditemukan atau sudah dihapus"),
        (
            with("detailOpenBalance", json!([{ "quantity": 0, "unitCost": 1 }])),
            "Kuantitas saldo awal harus lebih besar dari 0",
        ),
        (with("detailOpenBalance", json!([{ "quantity": 3 }])), "Nilai Satuan harus diisi"),
    ];
    for (fields, message) in cases {
        let answer = shop.post("item/save.do", fields).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "s": false, "d": [message] })));
    }
    assert_eq!(shop.first().opening_balance_rows, 0);
    shop.post("item/save.do", with("detailOpenBalance", json!([{ "quantity": 3, "unitCost": 1 }]))).await;
    assert_eq!(shop.first().opening_balance_rows, 1);
}

#[tokio::test]
async fn an_id_updates_and_unknown_fields_are_ignored() {
    let shop = Shop::open(unlimited()).await;
    let saved = shop.post("item/save.do", item("U-1")).await.json();
    let change = json!({ "id": saved["r"]["id"], "name": "Nama Baru", "tidakAda": 1 });
    let changed = shop.post("item/save.do", change).await.json();
    assert_eq!(
        (&changed["r"]["name"], &changed["r"]["no"], &changed["r"]["optLock"]),
        (&json!("Nama Baru"), &json!("U-1"), &json!(1))
    );
    assert_eq!(shop.get("item/detail.do?no=U-1").await.json()["d"]["name"], "Nama Baru");
    assert_eq!(shop.get("item/detail.do?no=U-2").await.messages(), ["Barang & Jasa tidak tepat"]);
    assert_eq!(shop.delete("item/delete.do?no=U-1").await.messages(), ["Barang & Jasa \"Nama Baru\" berhasil dihapus"]);
    assert_eq!(
        shop.delete("item/delete.do?no=U-1").await.messages(),
        ["Barang & Jasa U-1 tidak ditemukan atau sudah dihapus"]
    );
}

#[tokio::test]
async fn form_and_query_and_json_write_the_same() {
    let shop = Shop::open(unlimited()).await;
    let form = [("data[0].no", "F-1"), ("data[0].name", "Satu"), ("data[0].itemType", "INVENTORY")];
    let answer = send(shop.data(Method::POST, "item/bulk-save.do").form(&form)).await.json();
    assert_eq!((&answer["s"], &answer["d"][0]["r"]["no"]), (&json!(true), &json!("F-1")));
    let query = send(shop.data(Method::POST, "unit/save.do?name=PAK")).await;
    assert_eq!(query.messages(), ["Satuan Barang \"PAK\" berhasil disimpan"]);
    let body = send(
        shop.data(Method::GET, "item/get-stock.do").json(&json!({ "no": "F-1", "warehouseName": "GUDANG UTAMA" })),
    )
    .await;
    assert_eq!(body.text, r#"{"s":true,"d":{"availableStock":0.000000}}"#);
}

#[tokio::test]
async fn lists_page_filter_sort_and_drop_unknown_fields() {
    let shop = Shop::open(unlimited()).await;
    let rows: Vec<Value> = (0..7).map(|number| item(&format!("L-{number}"))).collect();
    shop.post("item/bulk-save.do", json!({ "data": rows })).await;
    let page = shop
        .get("item/list.do?fields=no,itemCategory.name,ajaib&keywords=L-&sp.page=2&sp.pageSize=3&sp.sort=no%7Cdesc")
        .await
        .json();
    let row = |no: &str| json!({ "no": no, "itemCategory": { "name": "Umum" } });
    assert_eq!(page["d"], json!([row("L-3"), row("L-2"), row("L-1")]));
    assert_eq!(
        page["sp"],
        json!({ "page": 2, "sort": "no|desc", "pageSize": 3, "pageCount": 3, "rowCount": 7, "start": 3, "limit": 3 })
    );
    let past = shop.get("item/list.do?keywords=L-&sp.page=9&sp.pageSize=3").await.json();
    assert_eq!((&past["d"], &past["sp"]["pageCount"]), (&json!([]), &json!(3)));
    let bare = shop.get("item/list.do?filter.no.op=EQUAL&filter.no.val[0]=L-1&filter.no.val[1]=L-2").await.json();
    assert_eq!(bare["d"].as_array().unwrap().len(), 2);
    assert!(bare["d"].as_array().unwrap().iter().all(|row| row.as_object().unwrap().keys().eq(["id"])));
    for (filter, count) in [
        ("filter.no.op=CONTAIN&filter.no.val=l-", 7),
        ("filter.no.op=BETWEEN&filter.no.val[0]=L-2&filter.no.val[1]=L-4", 3),
        ("filter.no.op=NOT_EMPTY&keywords=L-", 7),
        ("filter.no.op=RANGE&filter.no.val=L-1&keywords=L-", 7),
        ("filter.suspended=true", 0),
    ] {
        assert_eq!(
            shop.get(&format!("item/list.do?{filter}")).await.json()["sp"]["rowCount"],
            json!(count),
            "{filter}"
        );
    }
    assert_eq!(
        shop.get("item/list.do?filter.lastUpdate.op=GREATER_THAN&filter.lastUpdate.val=kemarin").await.messages(),
        ["Invalid field value for field \"filter.lastUpdate\"."]
    );
}

#[tokio::test]
async fn small_masters_keep_their_rules() {
    let shop = Shop::open(unlimited()).await;
    let long = shop.post("unit/save.do", json!({ "name": "KARTONAN" })).await;
    assert_eq!(long.messages(), ["Data \"Nama\" pada \"Satuan Barang\" terlalu besar. Maksimal 7 karakter"]);
    let twice = shop.post("item-category/save.do", json!({ "name": "Kopi" })).await;
    assert_eq!(twice.messages(), ["Sudah ada data lain dengan Nama Kopi"]);
    let warehouses = shop.get("warehouse/list.do?fields=id,name").await.json();
    let id = warehouses["d"][0]["id"].clone();
    assert_eq!(id, json!(50));
    let renamed = shop.post("warehouse/save.do", json!({ "id": id, "name": "GUDANG PUSAT" })).await.json();
    assert_eq!((&renamed["r"]["name"], &renamed["r"]["optLock"]), (&json!("GUDANG PUSAT"), &json!(1)));
    assert_eq!(shop.get("item/list-stock.do?warehouseName=GUDANG%20UTAMA").await.messages(), ["Gudang tidak tepat"]);
    assert_eq!(shop.post("warehouse/bulk-save.do", json!({ "data": [] })).await.status, 404);
}

#[tokio::test]
async fn several_branches_make_the_branch_compulsory() {
    let mut shop = Shop::open(unlimited()).await;
    let second = shop.sandbox.connection().databases[1].id;
    shop.open_database(second).await;
    let customer = json!({ "name": "Toko", "transDate": "01/02/2026" });
    assert_eq!(
        shop.post("customer/save.do", customer.clone()).await.messages(),
        [
            "Profil pengguna anda memiliki akses ke lebih dari satu cabang. Anda harus menentukan cabang saat penulisan data."
        ]
    );
    let mut named = customer;
    named["branchName"] = json!("Cabang Bandung");
    let saved = shop.post("customer/save.do", named).await.json();
    assert_eq!((&saved["r"]["customerNo"], &saved["r"]["branchId"]), (&json!("C.00001"), &json!(51)));
}

#[tokio::test]
async fn accounts_list_leaves_by_type_and_can_be_suspended() {
    let shop = Shop::open(unlimited()).await;
    let path =
        "glaccount/list.do?fields=no,name,parentNode&filter.leafOnly=true&filter.accountType=CASH_BANK&sp.pageSize=100";
    let rows = shop.get(path).await.json();
    let names: Vec<&str> = rows["d"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Kas") && names.contains(&"Saldo Shopee") && !names.contains(&"Kas & Bank"), "{names:?}");
    let detail = shop.get("glaccount/detail.do?no=110301").await.json()["d"].clone();
    assert_eq!(
        (&detail["nameWithIndent"], &detail["parent"]["parent"]["noWithIndent"]),
        (&json!("&nbsp;&nbsp;&nbsp;&nbsp;Piutang Usaha IDR"), &json!("null"))
    );
    let kas = shop.get("glaccount/detail.do?no=110101").await.json()["d"]["id"].clone();
    shop.post("glaccount/save.do", json!({ "id": kas, "suspended": true })).await;
    assert_eq!(
        shop.get("glaccount/list.do?filter.suspended=true&fields=no").await.json()["d"],
        json!([{ "no": "110101" }, { "no": "810199" }])
    );
}
