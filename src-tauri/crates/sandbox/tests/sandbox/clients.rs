//! What thirteen public clients met that were run against the sandbox with only the hosts changed (accurate-online-api.md, "added
//! 2026-11-30"). Each asks as they do.

use reqwest::Method;
use selaras_sandbox::{Connection, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::common::{Answer, Shop, http, send, signature, unlimited};

/// Calls by API token.
struct ByToken {
    sandbox: Sandbox,
}

impl ByToken {
    async fn start(options: SandboxOptions) -> Self {
        Self { sandbox: Sandbox::start(options).await.unwrap() }
    }

    fn connection(&self) -> &Connection {
        self.sandbox.connection()
    }

    async fn call(&self, method: Method, url: String, language: &str) -> Answer {
        let now = jiff::Timestamp::now().as_second().to_string();
        let request = http().request(method, url).bearer_auth(&self.connection().api_token);
        let request = request.header("X-Api-Timestamp", &now).header("Accept", "application/json");
        let request = request.header("X-Api-Signature", signature(&self.connection().signature_secret, &now));
        send(request.header("X-Language-Profile", language)).await
    }

    async fn account(&self, path: &str) -> Answer {
        self.call(Method::GET, format!("{}/{path}", self.connection().accurate_url), "ID").await
    }

    async fn host(&self) -> String {
        self.account("api/api-token.do").await.json()["d"]["database"]["host"].as_str().unwrap().to_owned()
    }
}

fn item(no: &str, name: &str) -> Value {
    json!({ "no": no, "name": name, "itemType": "INVENTORY" })
}

#[tokio::test]
async fn keywords_as_a_filter_with_operator_and_value_returned_every_row() {
    let shop = Shop::open(unlimited()).await;
    for (no, name) in [("K-1", "Kaos hitam"), ("K-2", "Kaos putih"), ("T-1", "Topi hitam")] {
        shop.post("item/save.do", item(no, name)).await;
    }
    let found = async |query: &str| -> Vec<String> {
        let rows = shop.get(&format!("item/list.do?fields=no&{query}")).await.json()["d"].clone();
        rows.as_array().unwrap().iter().map(|row| row["no"].as_str().unwrap().to_owned()).collect()
    };
    assert!(found("").await.len() > 3);
    for query in [
        "filter.keywords=kaos",
        "keywords=kaos",
        "filter.keywords.op=CONTAIN&filter.keywords.val=kaos",
        "filter.keywords.val=kaos",
        "filter.keywords.op=EQUAL&filter.keywords.val[0]=kaos",
    ] {
        assert_eq!(found(query).await, ["K-1", "K-2"], "{query}");
    }
    assert_eq!(found("filter.keywords.val[0]=putih&filter.keywords.val[1]=topi").await, ["K-2", "T-1"]);
}

#[tokio::test]
async fn by_api_token_the_databases_were_refused_their_neighbours_were_missing_and_a_database_could_be_opened() {
    let shop = ByToken::start(unlimited()).await;
    let list = shop.account("api/db-list.do").await;
    assert_eq!((list.status, &list.json()["s"]), (200, &json!(true)));
    let own = shop.connection().databases[0].id;
    assert!(list.json()["d"].as_array().unwrap().iter().any(|row| row["id"] == own));
    let detail = shop.account(&format!("api/db-detail.do?id={own}")).await;
    assert_eq!(detail.json()["d"]["id"], own);
    let unknown = shop.account("api/db-detail.do?id=1").await;
    assert_eq!((unknown.status, unknown.messages()), (500, vec!["Data Usaha tidak tepat".to_owned()]));
    let opened = shop.account(&format!("api/open-db.do?id={own}")).await;
    assert_eq!(
        (opened.status, opened.messages()),
        (500, vec!["API Token ini sudah termasuk Sesi Database".to_owned()])
    );
    for path in ["userinfo", "auth-info", "approved-scope", "db-check-session", "webhook-renew", "webhook-history"] {
        let answer = shop.account(&format!("api/{path}.do")).await;
        assert_eq!((answer.status, &answer.json()["s"]), (200, &json!(true)), "{path}");
    }
    assert_eq!(shop.account(&format!("api/db-status.do?id={own}")).await.status, 200);
    let scopes = shop.account("api/approved-scope.do").await.json()["d"].clone();
    assert!(scopes.as_array().unwrap().contains(&json!("item_view")));
    assert_eq!(shop.account("api/nothing.do").await.status, 404);
}

#[tokio::test]
async fn the_endpoint_that_checks_a_token_was_a_wrong_address() {
    let shop = Shop::open(unlimited()).await;
    let answer = send(shop.account(Method::GET, &format!("/oauth/check_token?token={}", shop.access))).await;
    assert_eq!(answer.status, 401);
    assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{}", answer.text);
}

#[tokio::test]
async fn deleting_a_record_that_is_not_there_said_the_words_of_detail() {
    let scopes = "item_view item_delete customer_delete sales_invoice_save sales_receipt_delete sales_return_delete \
                  item_adjustment_delete glaccount_delete unit_delete";
    let shop = Shop::open_with(unlimited(), scopes).await;
    for (path, entity, key) in [
        ("item/delete.do?no=NONE-1", "Barang & Jasa", "NONE-1"),
        ("customer/delete.do?customerNo=NONE-1", "Pelanggan", "NONE-1"),
        ("sales-invoice/delete.do?number=NONE-1", "Faktur Penjualan", "NONE-1"),
        ("sales-invoice/delete.do?id=999", "Faktur Penjualan", "999"),
        ("sales-receipt/delete.do?number=NONE-1", "Penerimaan Penjualan", "NONE-1"),
        ("sales-return/delete.do?number=NONE-1", "Retur Penjualan", "NONE-1"),
        ("item-adjustment/delete.do?number=NONE-1", "Penyesuaian Persediaan", "NONE-1"),
        ("glaccount/delete.do?no=NONE-1", "Akun Perkiraan", "NONE-1"),
        ("unit/delete.do?name=NONE-1", "Satuan Barang", "NONE-1"),
    ] {
        let answer = shop.delete(path).await;
        let said = format!("{entity} {key} tidak ditemukan atau sudah dihapus");
        assert_eq!((answer.status, answer.json()), (200, json!({ "s": false, "d": [said] })), "{path}");
    }
    assert_eq!(shop.get("item/detail.do?no=NONE-1").await.messages(), ["Barang & Jasa tidak tepat"]);
}

#[tokio::test]
async fn forms_with_names_in_brackets_were_not_bound_and_the_form_of_a_delete_was() {
    let shop = Shop::open(unlimited()).await;
    let bulk =
        [("data[0][no]", "B-1"), ("data[0][name]", "Kaos"), ("data[0][itemType]", "INVENTORY"), ("data[1][no]", "B-2")];
    let rest = [("data[1][name]", "Topi"), ("data[1][itemType]", "INVENTORY")];
    let form: Vec<(&str, &str)> = bulk.into_iter().chain(rest).collect();
    let saved = send(shop.data(Method::POST, "item/bulk-save.do").form(&form)).await.json();
    assert_eq!((&saved["s"], &saved["d"][1]["r"]["no"]), (&json!(true), &json!("B-2")));
    let lines = [
        ("transDate", "03/03/2026"),
        ("number", "IA-B"),
        ("detailItem[0][itemNo]", "B-1"),
        ("detailItem[0][itemAdjustmentType]", "ADJUSTMENT_IN"),
        ("detailItem[0][quantity]", "4"),
        ("detailItem[0][unitCost]", "1000"),
    ];
    let saved = send(shop.data(Method::POST, "item-adjustment/save.do").form(&lines)).await.json();
    assert_eq!(saved["r"]["detailItem"][0]["item"]["no"], "B-1", "{saved}");

    let ignored = send(shop.data(Method::DELETE, "item/delete.do").form(&[("no", "B-2")])).await;
    assert_eq!(ignored.json()["s"], false);
    assert!(shop.first().items.contains_key("B-2"));
    // Its query and a JSON body count, and a form that is posted.
    let posted = send(shop.data(Method::POST, "item/delete.do").form(&[("no", "B-2")])).await;
    assert_eq!(posted.json()["s"], true);
}

#[tokio::test]
async fn a_language_profile_changed_nothing() {
    let shop = ByToken::start(unlimited()).await;
    let url = format!("{}/accurate/api/item/delete.do?no=NONE-1", shop.host().await);
    let mut said = Vec::new();
    for language in ["ID", "US"] {
        said.extend(shop.call(Method::DELETE, url.clone(), language).await.messages());
    }
    assert_eq!(
        said,
        [
            "Barang & Jasa NONE-1 tidak ditemukan atau sudah dihapus",
            "Item & Service NONE-1 is not found or has been deleted"
        ]
    );
    // It belongs to API tokens: another sign-in is answered in Indonesian.
    let other = Shop::open(unlimited()).await;
    let request = other.data(Method::GET, "item/detail.do?no=NONE-1").header("X-Language-Profile", "US");
    assert_eq!(send(request).await.messages(), ["Barang & Jasa tidak tepat"]);
}

#[tokio::test]
async fn the_customer_was_null_in_a_list_without_fields_and_nothing_was_owed_with_a_minus() {
    let shop = Shop::open(unlimited()).await;
    shop.post("item/save.do", json!({ "no": "Z-1", "name": "Jasa", "itemType": "SERVICE" })).await;
    shop.post("customer/save.do", json!({ "customerNo": "Z-C", "name": "Pembeli" })).await;
    let line = json!({ "itemNo": "Z-1", "unitPrice": 0, "quantity": 1 });
    let invoice = json!({ "number": "Z-SI", "transDate": "03/03/2026", "customerNo": "Z-C", "detailItem": [line] });
    assert_eq!(shop.post("sales-invoice/save.do", invoice).await.json()["s"], true);
    let row = shop.get("sales-invoice/list.do?filter.number.val=Z-SI").await.json()["d"][0].clone();
    assert_eq!((&row["customer"]["customerNo"], &row["customer"]["name"]), (&json!("Z-C"), &json!("Pembeli")));
    for path in [
        "sales-invoice/detail.do?number=Z-SI",
        "glaccount/list.do?fields=no,balance&sp.pageSize=1000",
        "item/list-stock.do?sp.pageSize=1000",
    ] {
        let text = shop.get(path).await.text;
        assert!(text.contains(":0.000000") && !text.contains("-0.000000"), "{text}");
    }
}

#[tokio::test]
async fn known_endpoints_that_are_not_modelled_answered_as_a_wrong_address() {
    let without = Shop::open_with(unlimited(), "unit_view").await;
    let known = [
        ("item/get-selling-price.do", "item_view"),
        ("item/search-by-no-upc.do", "item_view"),
        ("item/get-nearest-cost.do", "purchase_invoice_save"),
        ("sales-invoice/detail-invoice.do", "sales_invoice_view"),
        ("glaccount/get-bs-account-amount.do", "glaccount_view"),
        ("shipment/list.do", "shipment_view"),
        ("price-category/list.do", "price_category_view"),
        ("journal-voucher/list.do", "journal_voucher_view"),
        ("sales-order/list.do", "sales_order_view"),
        ("department/list.do", "department_view"),
        ("vendor/list.do", "vendor_view"),
        ("employee/list.do", "employee_view"),
    ];
    for (path, scope) in known {
        let answer = without.get(path).await;
        assert_eq!((answer.status, &answer.json()["scope"]), (403, &json!(scope)), "{path}");
    }
    let written = send(without.data(Method::POST, "item-adjustment/save-target-quantity.do").json(&json!({}))).await;
    assert_eq!((written.status, &written.json()["scope"]), (403, &json!("item_adjustment_save")));
    for path in
        ["brand/list.do", "session.do", "selling-price-adjustment/list.do", "company/list.do", "item/get-on-sales.do"]
    {
        assert_eq!(without.get(path).await.status, 404, "{path}");
    }

    let shop = Shop::open_with(unlimited(), "item_view item_save shipment_view vendor_view").await;
    let list = shop.get("shipment/list.do").await;
    assert_eq!((&list.json()["s"], &list.json()["d"]), (&json!(true), &json!([])));
    assert_eq!(list.headers["x-sim-unverified"], "1");
    let detail = shop.get("vendor/detail.do?id=50").await;
    assert_eq!((detail.status, &detail.json()["s"]), (200, &json!(false)));
    shop.post("item/save.do", json!({ "no": "P-1", "name": "Kaos", "itemType": "INVENTORY", "unitPrice": 17500 }))
        .await;
    assert_eq!(shop.get("item/get-selling-price.do?no=P-1").await.json()["d"]["unitPrice"], 17500.0);
    assert_eq!(shop.get("item/get-selling-price.do?no=P-2").await.messages(), ["Missing item: no=P-2"]);
}

#[tokio::test]
async fn the_reports_of_the_accounts_have_the_rows_that_clients_read() {
    let shop = Shop::open(unlimited()).await;
    shop.post("item/save.do", item("L-1", "Kaos")).await;
    shop.post("customer/save.do", json!({ "customerNo": "L-C", "name": "Pembeli" })).await;
    let counted = json!({ "itemNo": "L-1", "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": 4, "unitCost": 1000 });
    let sold = json!({ "itemNo": "L-1", "unitPrice": 2500, "quantity": 1 });
    let opening = json!({ "number": "L-IA", "transDate": "02/03/2026", "detailItem": [counted] });
    let sale = json!({ "number": "L-SI", "transDate": "03/03/2026", "customerNo": "L-C", "detailItem": [sold] });
    assert_eq!(shop.post("item-adjustment/save.do", opening).await.json()["s"], true);
    assert_eq!(shop.post("sales-invoice/save.do", sale).await.json()["s"], true);
    let rows = async |path: &str| shop.get(&format!("glaccount/{path}")).await.json()["d"].as_array().unwrap().clone();
    let amount = |rows: &[Value], no: &str| {
        let row = rows.iter().find(|row| row["accountNo"] == no);
        row.map(|row| (row["amount"].as_f64().unwrap(), row["isParent"].as_bool().unwrap()))
    };
    // By hand: four of 1,000 counted, one of them sold for 2,500.
    let sheet = rows("get-bs-account-amount.do?asOfDate=03/03/2026").await;
    assert_eq!(amount(&sheet, "110301"), Some((2500.0, false)));
    assert_eq!(amount(&sheet, "110401"), Some((3000.0, false)));
    assert_eq!(amount(&sheet, "1104"), Some((3000.0, true)));
    assert_eq!(amount(&sheet, "410101"), None);
    let before = rows("get-bs-account-amount.do?asOfDate=02/03/2026").await;
    assert_eq!(amount(&before, "110401"), Some((4000.0, false)));
    let result = rows("get-pl-account-amount.do?fromDate=03/03/2026&toDate=03/03/2026").await;
    assert_eq!(amount(&result, "410101"), Some((2500.0, false)));
    assert_eq!(amount(&result, "510101"), Some((1000.0, false)));
    assert_eq!((amount(&result, "510201"), amount(&result, "110401")), (Some((0.0, false)), None));
    let mut keys: Vec<&String> = sheet[0].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["accountName", "accountNo", "accountType", "amount", "isParent", "lvl", "parentNo"]);
    assert_eq!(shop.get("glaccount/get-bs-account-amount.do").await.messages(), ["asOfDate harus diisi"]);
}

#[tokio::test]
async fn small_masters_give_the_first_page_again_for_the_second() {
    let shop = Shop::open(unlimited()).await;
    for name in ["NET 7", "NET 14"] {
        let term = json!({ "name": name, "netDays": 7, "discDays": 0, "discPC": 0 });
        let saved = shop.post("payment-term/save.do", term).await;
        assert_eq!(
            (saved.status, saved.json()["s"].clone()),
            (403, Value::Null),
            "the scope is not among the usual ones"
        );
    }
    let shop = Shop::open_with(unlimited(), "payment_term_view payment_term_save unit_view").await;
    for name in ["NET 7", "NET 14"] {
        shop.post("payment-term/save.do", json!({ "name": name, "netDays": 7, "discDays": 0, "discPC": 0 })).await;
    }
    let ids = async |module: &str, page: usize| -> Vec<i64> {
        let rows = shop.get(&format!("{module}/list.do?fields=id&sp.page={page}&sp.pageSize=2")).await.json();
        rows["d"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids("payment-term", 1).await, ids("payment-term", 2).await);
    assert_ne!(ids("unit", 1).await, ids("unit", 2).await);
    shop.sandbox.set_faults("accurate:unit/list.do=same_page".parse().unwrap());
    assert_eq!(ids("unit", 1).await, ids("unit", 2).await);
}

#[tokio::test]
async fn several_databases_opened_at_once_can_be_refused() {
    let shop = Shop::open(unlimited()).await;
    shop.sandbox.set_faults("accurate:open-db.do:1-2=wrong_database".parse().unwrap());
    let id = shop.sandbox.connection().databases[0].id;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(send(shop.account(Method::GET, &format!("/api/open-db.do?id={id}"))).await.status);
    }
    assert_eq!(statuses, [500, 500, 200]);
}

#[tokio::test]
async fn new_products_of_forstok_refused_figures_in_text() {
    let shop = Shop::open(unlimited()).await;
    let variant = json!({
        "name": "Kaos", "sku_code": "TEKS-1", "price": "17500", "cost_price": "9000.00", "quantity": "4", "weight": "250",
        "width": "10", "height": "2", "length": "20",
    });
    let body =
        |variant: &Value| json!({ "items": [{ "name": "Kaos", "category_name": "Umum", "variants": [variant] }] });
    let made = shop.forstok_post("v1/items/create", body(&variant)).await;
    assert_eq!((made.status, made.json()["status"].clone()), (200, json!("OK")));
    let row = shop.forstok_get("v2/variants.json?sku=TEKS-1").await.json()["data"]["variants"][0].clone();
    assert_eq!(
        (&row["price"], &row["cost_price"], &row["quantities"][0]["on_hand"]),
        (&json!(17500), &json!(9000), &json!(4))
    );
    let mut bad = variant.clone();
    bad["sku_code"] = json!("TEKS-2");
    bad["weight"] = json!("a lot");
    assert_eq!(shop.forstok_post("v1/items/create", body(&bad)).await.status, 422);
}
