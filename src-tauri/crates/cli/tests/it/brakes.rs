//! Brakes as a script meets them: exit 3, one object that says which and how much, nothing written, and the name that goes on.

use crate::desk::{adds_up, finished, first_database, shop};
use selaras_sandbox::SandboxOptions;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_sync_beyond_a_brake_ends_with_3_and_writes_nothing_until_it_is_passed_by_name() {
    let (sandbox, desk) = shop(SandboxOptions { items: 40, orders: 0, ..SandboxOptions::default() }).await;
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    desk.resolve().await;
    // A first fill needs no name.
    for line in ["sync items", "sync opening-stock", "sync stock"] {
        let said = desk.run(&format!("{line} --yes")).await;
        assert!([0, 3].contains(&said.code) && said.only_json()["run"]["failed"] == 0, "{line}: {}", said.stdout);
    }
    // Somebody types every figure into Accurate once more.
    let lines: Vec<_> = sandbox.state().databases[&database]
        .stock
        .iter()
        .filter(|(_, figure)| figure.is_sign_positive() && !figure.is_zero())
        .map(|((item, place), figure)| {
            json!({
                "itemNo": item, "warehouseName": place, "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": figure.to_string(),
                "unitCost": 1000,
            })
        })
        .collect();
    let today = jiff::Zoned::now().in_tz("Asia/Jakarta").unwrap().strftime("%d/%m/%Y").to_string();
    for part in lines.chunks(100) {
        let fields = json!({ "transDate": today, "branchId": 50, "detailItem": part });
        sandbox.type_into_accurate(database, "item-adjustment", fields).unwrap();
    }
    let shelf = || (sandbox.state().forstok.on_hand, sandbox.state().forstok.stock_writes);
    let (before, runs) = (shelf(), desk.answer("runs", 0).await["runs"].as_array().unwrap().len());

    let said = desk.run("sync stock --yes").await.ends(3);
    let params = &said.only_json()["error"]["params"];
    assert_eq!(said.error(), "brake");
    assert_eq!(
        (&params["brakes"], &params["rise"], &params["rise_limit"]),
        (&json!("rise"), &json!("100"), &json!("20"))
    );
    let plan = params["plan"].as_str().unwrap();
    let wrong = desk.run(&format!("apply {plan} --yes --pass fall,changes")).await.ends(3);
    assert_eq!(wrong.error(), "brake");
    assert_eq!(desk.run(&format!("apply {plan} --yes --pass everything")).await.code, 2);
    assert_eq!(shelf(), before, "something was written");
    assert_eq!(desk.answer("runs", 0).await["runs"].as_array().unwrap().len(), runs, "a run was begun");

    // For people: what it is, and what to type.
    let line = ["--lang", "en", "apply", plan, "--yes"];
    let people = finished(desk.command(line).spawn().unwrap()).await.ends(3);
    let told = &people.stderr;
    assert!(
        told.contains("stock on offer rises by 100 %") && told.contains(&format!("apply {plan} --pass rise")),
        "{told}"
    );

    // Rows that are held for another reason still need a person.
    let said = desk.run(&format!("apply {plan} --yes --pass rise")).await;
    let run = said.only_json();
    adds_up(&run);
    assert_eq!((said.code, &run["failed"]), (if run["held"] == 0 { 0 } else { 3 }, &json!(0)));
    assert!(run["posted"].as_u64().unwrap() > 10, "{run}");
    assert_eq!(run["passed"][0]["code"], "brake_rise");
    let (on_hand, _) = shelf();
    assert!(before.0.iter().filter(|(place, figure)| **figure > 0 && on_hand[*place] == 2 * **figure).count() > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_shown_and_set_for_each_company() {
    let (_sandbox, desk) = shop(SandboxOptions { items: 1, orders: 0, ..SandboxOptions::default() }).await;
    assert_eq!(desk.answer("brakes", 0).await, json!({ "rise": 20, "fall": 20, "changes": 200 }));
    let set = desk.answer("brakes --rise 45 --changes 900", 0).await;
    assert_eq!(set, json!({ "rise": 45, "fall": 20, "changes": 900 }));
    assert_eq!(desk.run("brakes --fall 101").await.ends(2).error(), "invalid_input");
    assert_eq!(desk.answer("brakes", 0).await, set);
    assert_eq!(desk.answer("brakes --company toko", 0).await, json!({ "rise": 20, "fall": 20, "changes": 200 }));
}
