//! What bad input gets: words, a code, and nothing lost.

use crate::desk::{bare, browser, consent, finished, first_database, first_line, rest, shop};
use selaras_sandbox::SandboxOptions;

fn small() -> SandboxOptions {
    SandboxOptions { items: 30, ..SandboxOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_forstok_key_is_four() {
    let (_sandbox, mut desk) = shop(small()).await;
    desk.variables.insert("SELARAS_FORSTOK_SECRET_KEY".into(), "wrong-key-canary".into());
    let said = desk.run(&format!("connect forstok --email {}", desk.email)).await.ends(4);
    assert_eq!(said.error(), "wrong_forstok_key");
    assert!(!said.stdout.contains("canary") && !said.stderr.contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_key_names_the_variable() {
    let (_sandbox, mut desk) = shop(small()).await;
    desk.variables.remove("SELARAS_FORSTOK_SECRET_KEY");
    let said = desk.run(&format!("connect forstok --email {}", desk.email)).await.ends(2);
    assert_eq!(said.json()["error"]["params"]["field"], "SELARAS_FORSTOK_SECRET_KEY");
    desk.variables.remove("SELARAS_ACCURATE_CLIENT_ID");
    let said = desk.run("connect accurate --print-url").await.ends(2);
    assert_eq!(said.json()["error"]["params"]["field"], "SELARAS_ACCURATE_CLIENT_ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_client_secret_is_four() {
    let (_sandbox, mut desk) = shop(small()).await;
    desk.variables.insert("SELARAS_ACCURATE_CLIENT_SECRET".into(), "0".repeat(32));
    let said = desk.connect_accurate().await.ends(4);
    assert_eq!(said.json()["error"]["code"], "wrong_client");
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_consent_is_four() {
    let (_sandbox, desk) = shop(small()).await;
    let words = ["connect", "accurate", "--print-url", "--redirect", &desk.redirect, "--json"];
    let (mut child, first) = first_line(desk.command(words)).await;
    let callback = consent(first["authorize_url"].as_str().unwrap(), "deny").await;
    browser().get(callback).send().await.unwrap();
    let said = rest(&mut child).await.ends(4);
    assert_eq!(said.json()["error"]["code"], "consent_denied");
}

#[tokio::test(flavor = "multi_thread")]
async fn api_token_connects_and_a_wrong_one_is_four() {
    let (_sandbox, mut desk) = shop(small()).await;
    let answer = desk.answer("connect accurate --api-token", 0).await;
    assert_eq!(answer["connected"], true);
    desk.variables.insert("SELARAS_ACCURATE_SIGNATURE_SECRET".into(), "0".repeat(32));
    let said = desk.run("connect accurate --api-token").await.ends(4);
    assert_eq!(said.error(), "wrong_api_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_in_the_wrong_order_name_the_one_before() {
    let (sandbox, desk) = shop(small()).await;
    assert_eq!(desk.run("databases").await.ends(4).error(), "not_connected");
    assert_eq!(desk.run("skus").await.ends(4).error(), "not_connected");
    desk.answer(&format!("connect forstok --email {}", desk.email), 0).await;
    desk.connect_accurate().await.ends(0);
    assert_eq!(desk.run("plan items").await.ends(1).error(), "no_database");
    desk.answer(&format!("use-database {}", first_database(sandbox.connection())), 0).await;
    assert_eq!(desk.run("apply 0190a1b2").await.ends(1).error(), "not_found");
    assert_eq!(desk.run("use-database 1").await.ends(1).error(), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_files_name_their_place_and_change_nothing() {
    let (sandbox, desk) = shop(small()).await;
    desk.connect(first_database(sandbox.connection())).await;
    let broken = desk.file("broken.json", "{\"warehouses\": [{\"forstok_id\": \"x\"}]}");
    let said = desk.run(&format!("mapping set {}", broken.display())).await.ends(1);
    assert_eq!(
        (said.error(), said.json()["error"]["params"]["place"].clone()),
        ("file_malformed".into(), "1:34".into())
    );
    let elsewhere = desk.file("elsewhere.json", "{\"warehouses\": [{\"forstok_id\": 195, \"accurate_id\": 999999}]}");
    assert_eq!(desk.run(&format!("mapping set {}", elsewhere.display())).await.ends(1).error(), "mapping_invalid");
    assert_eq!(desk.answer("mapping show", 0).await["version"], serde_json::Value::Null);
    assert_eq!(desk.run("mapping set /nowhere/at-all.json").await.ends(2).error(), "invalid_input");
    let headless = desk.file("count.csv", "a,b\n1,2\n");
    let said = desk.run(&format!("plan opening-stock --from {}", headless.display())).await.ends(1);
    assert_eq!(said.error(), "file_malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_gone_are_said_to_be_offline() {
    let (sandbox, desk) = shop(small()).await;
    desk.connect(first_database(sandbox.connection())).await;
    sandbox.shutdown().await;
    let said = desk.run("databases").await.ends(1);
    assert_eq!(said.error(), "offline");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_folder_that_takes_nothing_is_said() {
    let (_sandbox, desk) = shop(small()).await;
    let file = desk.file("occupied", "a file, not a folder");
    let said =
        finished(desk.command(["databases", "--json", "--data-dir", file.to_str().unwrap()]).spawn().unwrap()).await;
    let said = said.ends(1);
    assert!(said.error().starts_with("storage"), "{}", said.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_error_is_two_and_still_one_object() {
    let said = finished(bare(["plan", "nonsense", "--json"]).spawn().unwrap()).await.ends(2);
    assert_eq!(said.error(), "invalid_input");
    let said = finished(bare(["plan", "items", "--help"]).spawn().unwrap()).await.ends(0);
    assert!(said.stdout.contains("Contoh:"), "{}", said.stdout);
    let said = finished(bare(["sandbox", "--faults", "nonsense", "--json"]).spawn().unwrap()).await.ends(2);
    assert_eq!(said.error(), "invalid_input");
}
