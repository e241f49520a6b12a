//! A run is taken back: planned with what stays and what holds it, carried out by `apply`, proven by a certificate.

use crate::desk::{Desk, adds_up, finished, first_database, shop, writes};
use selaras_sandbox::{DatabaseState, ForstokState, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

async fn ready() -> (Sandbox, Desk, i64) {
    let (sandbox, desk) = shop(SandboxOptions { items: 40, ..SandboxOptions::default() }).await;
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    desk.resolve().await;
    (sandbox, desk, database)
}

async fn synced(desk: &Desk, line: &str) -> String {
    let answer = desk.run(&format!("sync {line} --yes")).await.only_json();
    assert_eq!((&answer["run"]["failed"], &answer["run"]["unknown"]), (&json!(0), &json!(0)), "{answer}");
    assert!(answer["run"]["posted"].as_u64().unwrap() > 0, "{answer}");
    answer["run"]["run"].as_str().unwrap().to_owned()
}

/// Plans, applies and proves an undo; answers its plan and its run.
async fn undone(desk: &Desk, run: &str) -> (Value, Value) {
    let plan = desk.answer(&format!("undo {run}"), 0).await;
    assert_eq!((&plan["undoes"], plan["kind"].as_str().unwrap().starts_with("undo-")), (&json!(run), true));
    let applied = desk.run(&format!("apply {} --yes", plan["plan"].as_str().unwrap())).await.only_json();
    adds_up(&applied);
    assert_eq!(applied["undoes"], run, "{applied}");
    let proof = desk.answer(&format!("prove {}", applied["run"].as_str().unwrap()), 0).await;
    assert_eq!((&proof["differences"], &proof["checked"]), (&json!([]), &applied["posted"]));
    assert!(desk.folder.path().join("data").join(proof["certificate"].as_str().unwrap()).is_file());
    (plan, applied)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_as_before_when_its_runs_are_undone_in_order() {
    let (sandbox, desk, database) = ready().await;
    let before = sandbox.state();
    let items = synced(&desk, "items").await;
    let uncounted = desk.answer("plan stock", 0).await["counts"].clone();
    // Counted otherwise than Forstok has it, so that stock has something to send.
    let made = sandbox.state().databases[&database].items.clone();
    let lines: String = made
        .keys()
        .filter(|no| !before.databases[&database].items.contains_key(*no))
        .map(|no| format!("{no},GUDANG UTAMA,777,12500\n"))
        .collect();
    let count = desk.file("count.csv", &format!("SKU,Gudang,Jumlah,Harga Pokok\n{lines}"));
    let counted = format!("opening-stock --from {}", count.display());
    let opening = synced(&desk, &counted).await;
    let stock = synced(&desk, "stock").await;
    let full = sandbox.state();

    // In the wrong order it says what comes first, and removes nothing of it.
    let wrong = desk.answer(&format!("undo {items}"), 0).await;
    let held = wrong["blocked"].as_object().unwrap();
    assert!(held.contains_key("undo_opening_first") || held.contains_key("undo_stock_first"), "{wrong}");
    let shown = desk.answer(&format!("plan show {}", wrong["plan"].as_str().unwrap()), 0).await;
    let first = shown["operations"].as_array().unwrap().iter().find(|row| row["action"] == "blocked").unwrap();
    assert!([&opening, &stock].contains(&&first["reason"]["params"]["run"].as_str().unwrap().to_owned()), "{first}");
    assert_eq!(sandbox.state().databases[&database].items, full.databases[&database].items);

    let (plan, applied) = undone(&desk, &stock).await;
    assert_eq!((&plan["counts"]["change"], &plan["counts"]["blocked"]), (&applied["posted"], &json!(0)));
    assert_eq!(plan["notes"][0]["code"], "undo_stock_scope");
    let wrong = desk.answer(&format!("undo {items}"), 0).await;
    assert!(wrong["blocked"]["undo_opening_first"].as_u64().unwrap() > 0, "{wrong}");
    let (plan, applied) = undone(&desk, &opening).await;
    assert_eq!((&plan["counts"]["remove"], &applied["failed"]), (&applied["posted"], &json!(0)));
    assert!(plan["total"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    // Figures that nobody has counted are not sent now either: a shelf that an undo has emptied is not sold out.
    assert_eq!(desk.answer("plan stock", 0).await["counts"], uncounted);
    let (plan, applied) = undone(&desk, &items).await;
    assert_eq!((&plan["counts"]["remove"], &plan["counts"]["blocked"]), (&applied["posted"], &json!(0)));

    let after = sandbox.state();
    let (was, now) = (&before.databases[&database], &after.databases[&database]);
    assert_eq!((&now.items, &now.adjustments, &now.ledger), (&was.items, &was.adjustments, &was.ledger));
    let on_hand = |books: &DatabaseState| -> Vec<(String, String)> {
        books.stock.iter().filter(|(_, figure)| !figure.is_zero()).map(|(place, _)| place.clone()).collect()
    };
    assert_eq!(on_hand(now), on_hand(was));
    // A place that had no row before has a zero now.
    let figures = |shop: &ForstokState| -> BTreeMap<(String, i64), i64> {
        shop.on_hand
            .iter()
            .filter(|(_, figure)| **figure != 0)
            .map(|(place, figure)| (place.clone(), *figure))
            .collect()
    };
    assert_eq!(figures(&after.forstok), figures(&before.forstok));

    // Twice is free; an undo of an undo is not offered; the history knows both.
    assert_eq!(writes(&desk.answer(&format!("undo {items}"), 0).await), 0);
    let refused = desk.run(&format!("undo {}", applied["run"].as_str().unwrap())).await.ends(1);
    assert_eq!(
        (refused.error(), &refused.json()["error"]["params"]["reason"]),
        ("undo_not_possible".into(), &json!("undo_of_undo"))
    );
    let runs = desk.answer("runs", 0).await;
    assert_eq!(runs["chain_whole"], true);
    let of = |run: &str| runs["runs"].as_array().unwrap().iter().find(|row| row["run"] == run).unwrap().clone();
    assert_eq!(of(&items)["undone_by"], applied["run"]);
    assert!(of(&items)["certificate_no"].as_u64().unwrap() > 0);

    // The SKUs are ready again, and the way can be gone once more: opening stock is posted again, too.
    let again = desk.answer("plan items", 0).await;
    assert_eq!(again["counts"]["create"], applied["posted"], "{again}");
    synced(&desk, "items").await;
    assert_eq!(desk.answer("plan stock", 0).await["counts"], uncounted);
    synced(&desk, &counted).await;
    synced(&desk, "stock").await;
    let state = sandbox.state();
    assert_eq!(state.databases[&database].items, full.databases[&database].items);
    assert_eq!(state.databases[&database].adjustments.len(), full.databases[&database].adjustments.len());
    assert_eq!(figures(&state.forstok), figures(&full.forstok));
}

async fn causes(desk: &Desk) -> BTreeSet<String> {
    let inbox = desk.answer("inbox", 0).await;
    inbox["causes"].as_array().unwrap().iter().map(|cause| cause["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_touched_since_stays_and_says_why() {
    let (sandbox, desk, database) = ready().await;
    let before = sandbox.state().databases[&database].items.clone();
    let items = synced(&desk, "items").await;
    let made: Vec<String> = sandbox.state().databases[&database]
        .items
        .keys()
        .filter(|no| !before.contains_key(*no))
        .take(3)
        .cloned()
        .collect();
    let [sold, gone, counted] = made.as_slice() else { panic!("{made:?}") };
    let warehouse = "GUDANG UTAMA";
    let line = json!([{ "itemNo": counted, "itemAdjustmentType": "ADJUSTMENT_IN", "quantity": 2, "unitCost": 5, "warehouseName": warehouse }]);
    let document = json!({ "number": "IA-TANGAN", "transDate": "1/3/2026", "detailItem": line });
    sandbox.type_into_accurate(database, "item-adjustment", document).unwrap();
    // Bought and sold again: nothing on hand, but two documents use it. Only Accurate knows, and refuses.
    for (number, kind) in [("IA-MASUK", "ADJUSTMENT_IN"), ("IA-KELUAR", "ADJUSTMENT_OUT")] {
        let line = json!([{ "itemNo": sold, "itemAdjustmentType": kind, "quantity": 1, "unitCost": 5, "warehouseName": warehouse }]);
        let document = json!({ "number": number, "transDate": "1/3/2026", "detailItem": line });
        sandbox.type_into_accurate(database, "item-adjustment", document).unwrap();
    }
    sandbox.delete_in_accurate(database, "item", gone).unwrap();

    let plan = desk.answer(&format!("undo {items}"), 0).await;
    let applied = desk.run(&format!("apply {} --yes", plan["plan"].as_str().unwrap())).await.ends(3).only_json();
    assert_eq!(plan["blocked"], json!({ "undo_has_stock": 1 }));
    assert_eq!((&plan["counts"]["same"], &applied["failed"], &applied["held"]), (&json!(1), &json!(1), &json!(1)));
    let shown = desk.answer(&format!("runs show {}", applied["run"].as_str().unwrap()), 0).await;
    let failed = shown["rows"].as_array().unwrap().iter().find(|row| row["state"] == "failed").unwrap();
    assert_eq!((&failed["target"], &failed["reason"]["code"]), (&json!(sold), &json!("still_used")), "{failed}");
    let holder = failed["reason"]["params"]["holder"].as_str().unwrap();
    assert!(holder.contains("Penyesuaian Persediaan \"IA-MASUK"), "{holder}");
    let left = sandbox.state().databases[&database].items.clone();
    let left: BTreeSet<&String> = left.keys().filter(|no| !before.contains_key(*no)).collect();
    assert_eq!(left, BTreeSet::from([sold, counted]));
    let own = BTreeSet::from(["still_used".to_owned(), "undo_has_stock".to_owned()]);
    // Both wait in the inbox until a person decides, or a later undo finds them free.
    assert_eq!(causes(&desk).await.intersection(&own).count(), 2);
    for number in ["IA-TANGAN", "IA-KELUAR", "IA-MASUK"] {
        sandbox.delete_in_accurate(database, "item-adjustment", number).unwrap();
    }
    let retried = desk.run("inbox retry --cause still_used --yes").await.only_json();
    assert_eq!(retried["syncs"][0]["run"]["posted"], 2, "{retried}");
    assert_eq!(sandbox.state().databases[&database].items, before);
    assert_eq!(causes(&desk).await.intersection(&own).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_explained_to_people_before_it_is_sent() {
    let (_sandbox, desk, _) = ready().await;
    let items = synced(&desk, "items").await;
    let words = ["--lang", "en", "undo", &items];
    let said = finished(desk.command(words).spawn().unwrap()).await.ends(0);
    for part in ["Takes back run", "stay.", "selaras-cli apply ", "Undo of items"] {
        assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
    }
    assert_eq!(desk.run("undo 0190a1b3").await.ends(1).error(), "not_found");
}

/// How long this test waits for what may still arrive: longer than its sandbox takes for anything.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_an_undo_with_lost_answers_every_item_is_removed_once() {
    let latency = Duration::from_millis(250);
    let (sandbox, mut desk) = shop(SandboxOptions { items: 60, latency, ..SandboxOptions::default() }).await;
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    let before = sandbox.state().databases[&database].items.clone();
    let run = desk.run("sync items --yes").await.only_json();
    let made = run["run"]["posted"].as_u64().unwrap();
    let full = sandbox.state().databases[&database].clone();
    let plan = desk.answer(&format!("undo {}", run["run"]["run"].as_str().unwrap()), 0).await;
    assert_eq!(plan["counts"]["remove"], made);
    let plan = plan["plan"].as_str().unwrap();
    let faults = [
        "accurate:item/delete.do:2=drop_after_commit",
        "accurate:item/delete.do:4=drop_before_commit",
        "accurate:item/delete.do:6=truncated_json",
        "accurate:item/delete.do:9=upsss",
        "accurate:item/delete.do:12=session_expiry",
    ];
    sandbox.set_faults(faults.join(",").parse().unwrap());
    desk.arrives_within(ARRIVES_WITHIN);
    let mut killed = desk.command(["apply", plan, "--yes", "--json"]).spawn().unwrap();
    let begin = Instant::now();
    while sandbox.state().databases[&database].items.len() == full.items.len() {
        assert!(begin.elapsed() < Duration::from_secs(120), "nothing was removed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().await.unwrap();

    let apply = format!("apply {plan} --yes");
    let applied = desk.run(&apply).await.ends(1).only_json();
    let checked = (&json!("paused"), &json!("still_being_checked"));
    assert_eq!(
        (&applied["state"], &applied["pause"]["code"]),
        checked,
        "what may still arrive has no end yet: {applied}"
    );
    tokio::time::sleep(ARRIVES_WITHIN).await;
    let applied = desk.run(&apply).await.ends(0).only_json();
    assert_eq!((&applied["state"], &applied["posted"]), (&json!("finished"), &json!(made)), "{applied}");
    let state = sandbox.state().databases[&database].clone();
    assert_eq!((&state.items, state.writes - full.writes), (&before, usize::try_from(made).unwrap()));
    let proof = desk.answer(&format!("prove {}", applied["run"].as_str().unwrap()), 0).await;
    assert_eq!((&proof["differences"], &proof["checked"]), (&json!([]), &json!(made)));
}
