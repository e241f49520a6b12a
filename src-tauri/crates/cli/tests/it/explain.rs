//! Explaining a number from the terminal.

use super::desk::{first_database, shop};
use selaras_sandbox::SandboxOptions;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_a_sku_are_explained_for_programs_and_for_people() {
    let (sandbox, desk) = shop(SandboxOptions { items: 20, orders: 20, ..SandboxOptions::default() }).await;
    desk.connect(first_database(sandbox.connection())).await;
    desk.map().await;
    let skus = desk.answer("skus --state ready", 0).await;
    let sku = skus["skus"][0]["sku"].as_str().unwrap();
    let view = desk.answer(&format!("explain {sku}"), 0).await;
    assert_eq!(
        (&view["sku"], &view["item_no"], &view["reason"]["code"]),
        (&json!(sku), &Value::Null, &json!("not_in_accurate"))
    );
    assert_eq!(view["places"].as_array().unwrap().len(), 3);
    desk.answer("sync items", 3).await;
    let view = desk.answer(&format!("explain {sku} --refresh"), 0).await;
    assert_eq!(view["item_no"], sku);
    assert!(view["orders_read_at"].is_string());
    for place in view["places"].as_array().unwrap() {
        assert_eq!(place["accurate"], "0");
        let codes: Vec<&str> =
            place["parts"].as_array().unwrap().iter().map(|part| part["code"].as_str().unwrap()).collect();
        let nothing = place["forstok"].is_null() || place["forstok"] == "0";
        let expected = if nothing { vec!["both_sides"] } else { vec!["both_sides", "opening_stock_open"] };
        assert_eq!((codes, &place["whole"]), (expected, &json!(true)), "{place}");
    }
    for (language, heading) in [("id", "Jumlah"), ("en", "Total")] {
        let said = desk.command(["--lang", language, "explain", sku]).output().await.unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        assert!(text.contains(sku) && text.contains(heading) && !text.contains('{'), "{text}");
    }
    assert_eq!(desk.run("explain NO-SUCH-SKU").await.ends(1).error(), "not_found");
}
