//! The whole job, step by step, in the order of a new Accurate user.

use crate::desk::{Desk, adds_up, bare, finished, first_database, first_line, redirect, rest, shop, writes};
use selaras_sandbox::SandboxOptions;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn demo_does_the_whole_job_and_proves_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let said = finished(bare(["demo", "--items", "60", "--json", "--data-dir", folder]).spawn().unwrap()).await.ends(0);
    let answer = said.only_json();
    let steps: Vec<&str> =
        answer["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
    for step in ["connect", "database", "check", "mapping", "skus", "items", "opening_stock", "stock", "items_again"] {
        assert!(steps.contains(&step), "{step} is not among {steps:?}");
    }
    for step in answer["steps"].as_array().unwrap() {
        assert_ne!(step["state"], "failed", "{step}");
    }
    let again = answer["steps"].as_array().unwrap().iter().find(|step| step["id"] == "items_again").unwrap();
    assert_eq!((&again["counts"]["create"], &again["counts"]["change"]), (&json!(0), &json!(0)));
    let certificates = answer["certificates"].as_array().unwrap();
    assert!(certificates.len() >= 4, "{certificates:?}");
    for certificate in certificates {
        assert_eq!(certificate["differences"], json!([]));
        assert!(certificate["hash"].as_str().unwrap().len() > 20);
    }
    for line in said.stderr.lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn job_is_done_against_services_of_another_process() {
    let callback = redirect();
    let words = ["sandbox", "--items", "60", "--orders", "5", "--seed", "3", "--redirect-uri", &callback];
    let (mut services, connection) = first_line(bare(words)).await;
    let desk = Desk::on(&connection, callback);

    // Connecting.
    let forstok = desk.answer(&format!("connect forstok --email {}", desk.email), 0).await;
    assert_eq!((&forstok["connected"], &forstok["capabilities"]["variants"]), (&json!(true), &json!(true)));
    let accurate = desk.connect_accurate().await.ends(0).json();
    assert_eq!((&accurate["connected"], &accurate["missing_scopes"]), (&json!(true), &json!([])));
    assert_eq!(accurate["email"], connection["owner_email"]);

    // Databases: the unusable ones say why and cannot be chosen.
    let databases = desk.answer("databases", 0).await;
    let databases = databases["databases"].as_array().unwrap();
    let first = &connection["databases"][0]["id"];
    let chosen = databases.iter().find(|database| database["id"] == *first).unwrap();
    assert_eq!(chosen["usable"], true);
    let expired = databases.iter().find(|database| database["reason"] == "expired").unwrap();
    let refused = desk.run(&format!("use-database {}", expired["id"])).await.ends(1);
    assert_eq!(refused.error(), "database_unusable");
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(expired["alias"].as_str().unwrap()) && message.contains("Perpanjang"), "{message}");
    let used = desk.answer(&format!("use-database {first}"), 0).await;
    assert_eq!((&used["database"]["id"], &used["database"]["alias"]), (first, &chosen["alias"]));
    assert!(used["database"]["host"].as_str().unwrap().starts_with("http"));

    // Readiness before the mapping.
    let check = desk.run("check").await;
    let readiness = check.only_json();
    assert_eq!(check.code, if readiness["ready"] == true { 0 } else { 3 });
    assert!(readiness["checks"].as_array().unwrap().len() >= 5);

    // Mapping.
    let saved = desk.map().await;
    assert_eq!(saved["version"], 1);
    assert!(!saved["warehouses"].as_array().unwrap().is_empty());
    let shown = desk.answer("mapping show", 0).await;
    for key in ["warehouses", "stores", "roles", "tax_id", "invoice_trigger"] {
        assert_eq!(shown[key], saved[key], "{key}");
    }
    let exported = desk.folder.path().join("exported.json");
    desk.answer(&format!("mapping export {}", exported.display()), 0).await;
    let imported = desk.answer(&format!("mapping import {}", exported.display()), 0).await;
    assert_eq!(imported["roles"], saved["roles"]);

    // SKUs.
    let ready = desk.answer("skus --state ready", 0).await;
    assert!(ready["skus"].as_array().unwrap().iter().all(|sku| sku["state"] == "ready"));
    desk.resolve().await;

    // Items: plan, look, apply, prove.
    let plan = desk.answer("plan items", 0).await;
    let id = plan["plan"].as_str().unwrap();
    assert_eq!(plan["kind"], "items");
    let operations = desk.answer(&format!("plan show {id}"), 0).await;
    let operations = operations["operations"].as_array().unwrap();
    let created = operations.iter().filter(|operation| operation["action"] == "create").count();
    assert_eq!(plan["counts"]["create"], created);
    assert!(created > 20, "{created}");
    let run = desk.run(&format!("apply {id} --yes")).await;
    let run = run.only_json();
    adds_up(&run);
    assert_eq!((&run["posted"], &run["failed"], &run["unknown"]), (&json!(created), &json!(0), &json!(0)));
    let proof = desk.answer(&format!("prove {}", run["run"].as_str().unwrap()), 0).await;
    assert_eq!((&proof["differences"], &proof["checked"]), (&json!([]), &json!(created)));
    let certificate = desk.folder.path().join("data").join(proof["certificate"].as_str().unwrap());
    assert!(certificate.is_file(), "{}", certificate.display());

    // The second time nothing is written.
    let again = desk.run("sync items --yes").await.only_json();
    assert_eq!((writes(&again["plan"]), &again["run"]["posted"]), (0, &json!(0)));
    assert_eq!(again["proof"]["differences"], json!([]));

    // Opening stock: its source has to be said; a count is an adjustment.
    assert_eq!(desk.run("sync opening-stock").await.ends(2).error(), "invalid_input");
    let counted: Vec<&Value> = operations.iter().filter(|operation| operation["action"] == "create").take(3).collect();
    let mapped = &saved["warehouses"][0]["accurate_id"];
    let warehouses = saved["accurate"]["warehouses"].as_array().unwrap();
    let warehouse = warehouses.iter().find(|warehouse| warehouse["id"] == *mapped).unwrap()["name"].as_str().unwrap();
    let rows: String = counted
        .iter()
        .map(|operation| format!("{},{warehouse},7,12500\n", operation["after"]["no"].as_str().unwrap()))
        .collect();
    let count = desk.file("count.csv", &format!("SKU,Gudang,Jumlah,Harga Pokok\n{rows}"));
    let opening = desk.run(&format!("sync opening-stock --from {} --yes", count.display())).await.only_json();
    assert_eq!(opening["plan"]["counts"]["create"], 3, "{opening}");
    assert_eq!(opening["run"]["posted"], 3);
    assert_eq!(opening["proof"]["differences"], json!([]));
    assert_eq!(opening["plan"]["total"], "262500");

    // Stock, and once more.
    let stock = desk.run("sync stock --yes").await.only_json();
    adds_up(&stock["run"]);
    assert_eq!((&stock["run"]["failed"], &stock["run"]["unknown"]), (&json!(0), &json!(0)));
    assert_eq!(stock["proof"]["differences"], json!([]));
    assert_eq!(writes(&desk.answer("plan stock", 0).await), 0);

    // History, and what needs a person.
    let runs = desk.answer("runs", 0).await;
    assert_eq!(runs["chain_whole"], true);
    let newest = runs["runs"][0]["run"].as_str().unwrap();
    let shown = desk.answer(&format!("runs show {newest}"), 0).await;
    assert_eq!(shown["run"]["run"], newest);
    desk.answer("inbox", 0).await;

    // Disconnecting forgets the sign-in and keeps the rest.
    desk.answer("disconnect accurate", 0).await;
    assert_eq!(desk.run("databases").await.ends(4).error(), "not_connected");
    desk.connect_accurate().await.ends(0);
    desk.answer(&format!("use-database {first}"), 0).await;
    assert_eq!(desk.answer("mapping show", 0).await["roles"], saved["roles"]);
    assert_eq!(writes(&desk.answer("plan items", 0).await), 0);

    stop(&services);
    let said = rest(&mut services).await;
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn forstoks_own_count_is_taken_only_after_it_was_chosen() {
    let (sandbox, desk) = shop(SandboxOptions { items: 40, ..SandboxOptions::default() }).await;
    let database = first_database(sandbox.connection());
    desk.connect(database).await;
    desk.map().await;
    desk.resolve().await;
    desk.run("sync items --yes").await;
    let before = sandbox.state();
    assert_eq!(before.databases[&database].opening_balance_rows, 0);

    assert_eq!(desk.run("plan opening-stock").await.ends(2).error(), "invalid_input");
    let opening = desk.run("sync opening-stock --yes").await.only_json();
    assert!(opening["run"]["posted"].as_u64().unwrap() > 0, "{opening}");
    assert_eq!(opening["proof"]["differences"], json!([]));
    let after = sandbox.state();
    assert!(after.databases[&database].adjustments.len() > before.databases[&database].adjustments.len());
    let again = desk.run("sync opening-stock --yes").await.only_json();
    assert_eq!(writes(&again["plan"]), 0);
    assert_eq!(sandbox.state().databases[&database].stock, after.databases[&database].stock);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_people_are_tables_in_their_language() {
    let (sandbox, desk) = shop(SandboxOptions { items: 30, ..SandboxOptions::default() }).await;
    desk.connect(first_database(sandbox.connection())).await;
    let say = async |line: &str| finished(desk.command(line.split_whitespace()).spawn().unwrap()).await;
    let indonesian = say("databases").await.ends(0);
    assert!(
        indonesian.stdout.contains("Perusahaan") && indonesian.stdout.contains("masa berlaku habis"),
        "{}",
        indonesian.stdout
    );
    let english = say("--lang en databases").await.ends(0);
    assert!(english.stdout.contains("Company") && english.stdout.contains("licence ended"), "{}", english.stdout);
    for line in ["check", "mapping show", "mapping suggest", "skus", "plan items", "inbox", "runs"] {
        let said = say(line).await;
        assert!(matches!(said.code, 0 | 3), "{line}: {}", said.stderr);
        assert!(!said.stdout.trim().is_empty() && !said.stdout.contains('{'), "{line}: {}", said.stdout);
    }
    let missing = say("apply nothing").await.ends(1);
    assert!(missing.stdout.is_empty());
    assert!(
        missing.stderr.contains("Gagal:") && missing.stderr.contains("Yang perlu dilakukan:"),
        "{}",
        missing.stderr
    );
}

/// Asks a process to end, as a service manager does.
fn stop(child: &tokio::process::Child) {
    let id = child.id().unwrap().to_string();
    crate::desk::signal("TERM", &id);
}
