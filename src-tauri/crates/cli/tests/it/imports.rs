//! Files in place of lists, from the terminal: columns named once, rows counted once, places told.

use super::desk::{Desk, first_database, shop};
use selaras_sandbox::SandboxOptions;
use serde_json::{Value, json};

/// A shop whose account offers no lists, as the public API does.
async fn shop_of_files() -> (selaras_sandbox::Sandbox, Desk) {
    let (sandbox, desk) =
        shop(SandboxOptions { items: 20, forstok_assumed_endpoints: false, ..SandboxOptions::default() }).await;
    desk.answer(&format!("connect forstok --email {}", desk.email), 0).await;
    (sandbox, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_named_once_and_remembered() {
    let (_sandbox, desk) = shop_of_files().await;
    let orders = desk.file(
        "pesanan.csv",
        "Nomor;Keadaan;Tanggal;Toko;Kode;Banyak;Nilai\nSO-140000001;Siap;05/03/2026 09.53;7001;KOPI-1;2;150.000\n",
    );
    let line = format!("import orders {}", orders.display());
    let answer = desk.answer(&line, 3).await;
    assert_eq!((&answer["list"], &answer["rows"]), (&json!("orders"), &json!(0)));
    assert_eq!(answer["missing"], json!(["order_number", "status", "unit_price"]));
    assert_eq!(answer["columns"], json!({ "ordered_at": "Tanggal", "store_name": "Toko", "sku": "Kode" }));
    assert_eq!(answer["headings"], json!(["Nomor", "Keadaan", "Tanggal", "Toko", "Kode", "Banyak", "Nilai"]));
    let named =
        "--column order_number=Nomor --column status=Keadaan --column unit_price=Nilai --column quantity=Banyak";
    let named = format!("{line} {named} --column store_id=Toko");
    assert_eq!(desk.answer(&named, 0).await["rows"], 1);
    // The next file of the list needs no words; nor does it lose what the one before has told.
    let next = desk.file(
        "pesanan-2.csv",
        "Nomor;Keadaan;Tanggal;Toko;Kode;Banyak;Nilai\nSO-140000002;Siap;06/03/2026;7001;KOPI-1;1;150.000\n",
    );
    let answer = desk.answer(&format!("import orders {}", next.display()), 0).await;
    assert_eq!((&answer["rows"], &answer["missing"]), (&json!(1), &json!([])));
    let paid = desk.file("pembayaran.csv", "Order Number,Date,Total\nSO-140000001,07/03/2026,300000\n");
    assert_eq!(desk.answer(&format!("import payments {}", paid.display()), 0).await["rows"], 1);
    for (language, kept) in [("id", "1 baris dibaca"), ("en", "1 rows read")] {
        let words = ["--lang", language, "import", "orders", next.to_str().unwrap()];
        let said = desk.command(words).output().await.unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(said.status.success() && text.contains(kept) && !text.contains('{'), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_with_its_place_and_changes_nothing() {
    let (_sandbox, desk) = shop_of_files().await;
    let reason = |said: &Value| {
        let params = &said["error"]["params"];
        (params["reason"].clone(), params["row"].clone())
    };
    let head = "Order ID,Order Number,Status,Order Date,Store ID,SKU,Price\n";
    for (rows, code, row) in [
        ("SO-1,A,Open,besok,7001,S,10\n", "file_not_a_date", "2"),
        ("SO-1,A,Open,31/01/2026,7001,S,10\nSO-2,B,Open,01/31/2026,7001,S,10\n", "file_dates_contradict", "3"),
        (",A,Open,31/01/2026,7001,S,10\n", "file_no_order_id", "2"),
        ("SO-1,A,Open,31/01/2026,7001,S,1.500\n", "file_ambiguous_number", "2"),
    ] {
        let file = desk.file("pesanan.csv", &format!("{head}{rows}"));
        let said = desk.run(&format!("import orders {}", file.display())).await.ends(1).only_json();
        assert_eq!(reason(&said), (json!(code), json!(row)), "{said}");
        let message = said["error"]["message"].as_str().unwrap();
        assert!(!message.contains(code) && !message.contains('{'), "{message}");
    }
    let unknown = desk.file("bayar.csv", "Order Number,Date,Total\nTIDAK-ADA,07/03/2026,300\n");
    let said = desk.run(&format!("import payments {}", unknown.display())).await.ends(1).only_json();
    assert_eq!(reason(&said), (json!("file_unknown_order"), json!("2")));
    let file = unknown.display();
    assert_eq!(desk.run(&format!("import orders {file} --column sku")).await.ends(2).error(), "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_belongs_to_its_channel_and_counts_once() {
    let (sandbox, desk) = shop_of_files().await;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let text = format!(
        "No Pesanan;Tanggal;Jenis;Biaya Layanan;Jumlah Bersih\n\
         A-1;{today};Pesanan;-6.000;94.000\n;{today};Penarikan;;-94.000\n"
    );
    let file = desk.file("shopee.csv", &text);
    let line = format!("import settlement {}", file.display());
    assert_eq!(desk.run(&line).await.ends(2).error(), "invalid_input");
    let answer = desk.answer(&format!("{line} --channel 12"), 3).await;
    assert_eq!(answer["missing"], json!(["total"]));
    let named = ["import", "settlement", file.to_str().unwrap(), "--channel", "12", "--column", "total=Jumlah Bersih"];
    for _ in 0..2 {
        let said = super::desk::finished(desk.command(named.into_iter().chain(["--json"])).spawn().unwrap()).await;
        assert_eq!(said.ends(0).only_json()["rows"], 2);
    }
    // Another channel has columns of its own.
    assert_eq!(desk.answer(&format!("{line} --channel 15"), 3).await["missing"], json!(["total"]));
    let order = format!(
        "Order ID,Order Number,Status,Order Date,Store ID,Channel,SKU,Price\nSO-1,A-1,Completed,{today},7001,Shopee,KOPI-1,100000\n"
    );
    let orders = desk.file("pesanan.csv", &order);
    assert_eq!(desk.answer(&format!("import orders {}", orders.display()), 0).await["rows"], 1);
    desk.connect_accurate().await.ends(0);
    desk.answer(&format!("use-database {}", first_database(sandbox.connection())), 0).await;
    let view = desk.answer("reconcile --cause withdrawal", 0).await;
    let withdrawn: Vec<&Value> = view["rows"].as_array().unwrap().iter().map(|row| &row["day"]).collect();
    assert_eq!(withdrawn, [&json!(today.to_string())], "{view}");
}
