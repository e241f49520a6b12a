//! Every command with a success and an error.

use crate::window::{Window, channel};
use selaras_sandbox::{Sandbox, SandboxOptions};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Every command with arguments that it understands.
fn commands() -> Vec<(&'static str, Value)> {
    let page = json!({ "sort": null, "down": false, "after": null, "at": null, "limit": 10 });
    let query = json!({ "action": null, "search": null, "page": page });
    let skus = json!({ "state": null, "search": null, "page": page, "refresh": false });
    let rows = json!({ "state": null, "search": null, "page": page });
    let cause = json!({ "cause": "none", "search": null, "page": page });
    let credentials = json!({ "client_id": "a", "client_secret": "b", "redirect_uri": null });
    let options = json!({ "source": null, "date": null });
    let file = json!({ "list": "stock_count", "file_name": "a.csv", "content": "", "columns": {} });
    let choice = json!({ "keys": ["none"], "choice": "never", "number": null, "reason": "none" });
    let everything =
        json!({ "store": null, "month": null, "cause": null, "search": null, "refresh": false, "page": page });
    vec![
        ("app_view", json!({})),
        ("set_existing_user", json!({ "existing": false })),
        ("set_setting", json!({ "key": "language", "value": "en" })),
        ("open_company", json!({ "name": "Toko Kedua" })),
        ("backups", json!({})),
        ("back_up", json!({})),
        ("restore", json!({ "name": "none" })),
        ("open_backups", json!({})),
        ("open_place", json!({ "place": "forstok" })),
        ("home", json!({})),
        ("explain", json!({ "sku": "no such SKU", "refresh": false })),
        ("sandbox_connection", json!({})),
        ("start_sandbox", json!({ "existingBooks": false })),
        ("leave_sandbox", json!({})),
        ("connect_forstok", json!({ "email": "a@b.id", "secretKey": "c" })),
        ("connect_accurate", json!({ "input": credentials, "onEvent": channel() })),
        ("cancel_sign_in", json!({})),
        ("open_sign_in_again", json!({})),
        ("connect_accurate_api_token", json!({ "token": "a", "signatureSecret": "b" })),
        ("disconnect_accurate", json!({})),
        ("databases", json!({})),
        ("use_database", json!({ "id": 1 })),
        ("check", json!({})),
        ("mapping", json!({ "refresh": false })),
        ("save_mapping", json!({ "mapping": { "invoice_trigger": null } })),
        ("mapping_version", json!({ "version": 99 })),
        ("mapping_example", json!({ "store": 1, "skip": 0 })),
        ("export_mapping", json!({})),
        ("import_mapping", json!({ "text": "{}" })),
        ("skus", json!({ "query": skus })),
        ("sku_candidates", json!({ "sku": "A", "search": null })),
        ("resolve_skus", json!({ "decisions": [] })),
        ("accept_sure", json!({ "state": "sku_conflict" })),
        ("import_file", json!({ "input": file })),
        ("plan", json!({ "kind": "items", "options": options, "onProgress": channel() })),
        ("plan_undo", json!({ "run": "none", "onProgress": channel() })),
        ("plan_head", json!({ "plan": "none" })),
        ("save_plan", json!({ "plan": "none" })),
        ("plan_operations", json!({ "plan": "none", "query": query })),
        ("apply", json!({ "plan": "none", "pass": [], "onProgress": channel() })),
        ("pause_run", json!({})),
        ("watch_run", json!({ "onProgress": channel() })),
        ("prove", json!({ "run": "none", "onProgress": channel() })),
        ("runs", json!({})),
        ("verify", json!({})),
        ("run", json!({ "run": "none" })),
        ("run_rows", json!({ "run": "none", "query": rows })),
        ("save_certificate", json!({ "run": "none" })),
        ("inbox", json!({})),
        ("inbox_rows", json!({ "query": cause })),
        ("inbox_retry", json!({ "cause": null, "keys": [], "onProgress": channel() })),
        ("inbox_dismiss", json!({ "keys": ["none"], "reason": "none" })),
        ("decide_rows", json!({ "input": choice })),
        ("order_sheet", json!({ "order": "none", "refresh": false })),
        ("reconciliation", json!({ "query": everything })),
        ("shadow", json!({ "since": null })),
        ("month_end", json!({ "month": "none" })),
    ]
}

/// Held while a test signs in.
static SIGN_IN_PORT: Mutex<()> = Mutex::new(());

/// Stopping what is not under way is no error, whatever the state of the desk.
const NEVER_REFUSED: [&str; 2] = ["cancel_sign_in", "pause_run"];

fn arguments(command: &str) -> Value {
    commands().into_iter().find(|(name, _)| *name == command).unwrap().1
}

#[test]
fn a_desk_that_cannot_be_opened_says_why_to_every_step() {
    let window = Window::that_cannot_open_its_desk();
    let why =
        json!({ "code": "invalid_input", "params": { "field": "SELARAS_SECRETS", "detail": "os | file | memory" } });
    for (command, arguments) in commands() {
        let expected = if NEVER_REFUSED.contains(&command) { Ok(Value::Null) } else { Err(why.clone()) };
        assert_eq!(window.ask(command, arguments), expected, "{command}");
    }
}

#[test]
fn a_page_from_elsewhere_may_ask_for_nothing() {
    let window = Window::on_nothing_yet();
    for (command, arguments) in commands() {
        let answer = window.ask_from("https://example.com", command, arguments);
        let refusal = answer.expect_err(command);
        assert!(refusal.as_str().is_some_and(|text| text.contains("not allowed")), "{command}: {refusal}");
    }
}

#[test]
fn a_made_up_shop_is_offered_until_something_is_connected() {
    let window = Window::on_nothing_yet();
    assert_eq!(window.expect("sandbox_connection", json!({})), Value::Null);
    window.expect("set_setting", json!({ "key": "language", "value": "en" }));
    let view = window.expect("start_sandbox", json!({ "existingBooks": true }));
    assert_eq!(view["sandbox"], true);
    assert_eq!(view["company"]["existing_user"], true);
    assert_eq!(view["settings"]["language"], "en");
    assert!(window.expect("sandbox_connection", json!({}))["client_id"].is_string());
    assert_eq!(window.refusal("start_sandbox", json!({ "existingBooks": true })), "invalid_input");
}

#[test]
fn a_shop_may_connect_accurate_by_token() {
    let sandbox = tauri::async_runtime::block_on(Sandbox::start(SandboxOptions::default())).unwrap();
    let given = sandbox.connection();
    let window = Window::on_services(given);
    let token = json!({ "token": given.api_token, "signatureSecret": given.signature_secret });
    let accurate = window.expect("connect_accurate_api_token", token);
    assert_eq!((&accurate["connected"], &accurate["mode"]), (&json!(true), &json!("api_token")));
}

#[test]
fn every_command_answers_on_a_made_up_shop_and_refuses_what_is_wrong() {
    let window = Window::on_a_made_up_shop();
    too_early(&window);
    connect(&window);
    map(&window);
    decide(&window);
    send(&window);
    look_back(&window);
    follow_the_money(&window);

    let view = window.expect("disconnect_accurate", json!({}));
    assert_eq!(view["company"]["accurate"], Value::Null);
    assert_eq!(window.refusal("databases", json!({})), "not_connected");

    let all: BTreeSet<String> = commands().into_iter().map(|(command, _)| command.to_owned()).collect();
    // These have a test of their own.
    let elsewhere = [
        "back_up",
        "backups",
        "connect_accurate_api_token",
        "leave_sandbox",
        "open_backups",
        "open_company",
        "open_sign_in_again",
        "restore",
        "start_sandbox",
    ];
    let elsewhere = elsewhere.map(str::to_owned).into();
    assert_eq!(&all - &window.answered(), elsewhere, "commands without a success");
    // What asks for nothing that can be wrong is refused only where no desk is open: the first test has those.
    let silent: BTreeSet<String> = &all - &window.refused();
    let nothing_to_refuse = [
        "app_view",
        "cancel_sign_in",
        "disconnect_accurate",
        "inbox",
        "pause_run",
        "runs",
        "sandbox_connection",
        "set_existing_user",
        "start_sandbox",
        "verify",
        "watch_run",
    ];
    assert_eq!(silent, nothing_to_refuse.map(str::to_owned).into(), "commands without an error");
}

fn too_early(window: &Window) {
    for command in ["databases", "check", "mapping", "skus", "plan", "home", "mapping_version", "mapping_example"] {
        let code = window.refusal(command, arguments(command));
        assert!(["not_connected", "no_database"].contains(&code.as_str()), "{command}: {code}");
    }
    for command in ["use_database", "export_mapping", "save_mapping", "sku_candidates", "resolve_skus", "inbox_retry"] {
        let code = window.ask(command, arguments(command)).err().map(|error| error["code"].clone());
        assert!(code.is_none_or(|code| code == "not_connected" || code == "no_database"), "{command}");
    }
    assert_eq!(window.refusal("open_place", json!({ "place": "elsewhere" })), "invalid_input");
    assert_eq!(window.expect("open_place", json!({ "place": "accurate" })), Value::Null);
    assert_eq!(window.refusal("open_sign_in_again", json!({})), "not_found");
    assert_eq!(window.refusal("leave_sandbox", json!({})), "invalid_input");
    // A made-up shop is left first, and is thrown away with its data.
    for command in ["open_company", "backups", "back_up", "restore", "open_backups"] {
        assert_eq!(window.refusal(command, arguments(command)), "invalid_input", "{command}");
    }
    assert_eq!(window.refusal("set_setting", json!({ "key": "colour", "value": "red" })), "invalid_input");
    assert_eq!(window.expect("set_setting", json!({ "key": "theme", "value": "dark" }))["settings"]["theme"], "dark");
    assert_eq!(window.expect("set_existing_user", json!({ "existing": false }))["company"]["existing_user"], false);
}

pub fn connect(window: &Window) {
    let given = window.expect("sandbox_connection", json!({}));
    let email = &given["forstok_email"];
    assert_eq!(window.refusal("connect_forstok", json!({ "email": email, "secretKey": "wrong" })), "wrong_forstok_key");
    let forstok = window.expect("connect_forstok", json!({ "email": email, "secretKey": given["forstok_secret_key"] }));
    assert_eq!(forstok["connected"], true);

    // The sign-in has one port on this computer; other tests of this program wait for it.
    let _port = SIGN_IN_PORT.lock().unwrap_or_else(PoisonError::into_inner);
    let sign_in = |secret: &Value| {
        let input =
            json!({ "client_id": given["client_id"], "client_secret": secret, "redirect_uri": given["redirect_uri"] });
        json!({ "input": input, "onEvent": channel() })
    };
    assert_eq!(window.refusal("connect_accurate", sign_in(&json!("wrong"))), "wrong_client");
    let token = json!({ "token": "wrong", "signatureSecret": "wrong" });
    assert_eq!(window.refusal("connect_accurate_api_token", token), "wrong_api_token");
    let accurate = window.expect("connect_accurate", sign_in(&given["client_secret"]));
    assert_eq!(accurate["missing_scopes"], json!([]));

    let databases = window.expect("databases", json!({}))["databases"].as_array().unwrap().clone();
    let unusable = databases.iter().find(|database| database["usable"] == false).unwrap();
    assert_eq!(window.refusal("use_database", json!({ "id": unusable["id"] })), "database_unusable");
    let usable = databases.iter().find(|database| database["usable"] == true).unwrap();
    let view = window.expect("use_database", json!({ "id": usable["id"] }));
    assert_eq!(view["company"]["database"]["id"], usable["id"]);
    assert!(window.expect("check", json!({}))["checks"].as_array().is_some_and(|checks| !checks.is_empty()));
}

pub fn map(window: &Window) {
    let view = window.expect("mapping", json!({ "refresh": true }));
    let slots = view["slots"].as_array().unwrap();
    let choose = |path: &str| -> Value {
        let slot = slots.iter().find(|slot| slot["path"] == path).unwrap();
        let types: Vec<&Value> = slot["account_types"].as_array().unwrap().iter().collect();
        let accounts = view["accounts"].as_array().unwrap();
        let fitting =
            accounts.iter().find(|account| types.contains(&&account["account_type"]) && account["off"].is_null());
        slot["suggestions"].get(0).or(fitting).unwrap()["id"].clone()
    };
    let ids = |prefix: &str| -> Vec<i64> {
        let numbers = slots
            .iter()
            .filter_map(|slot| slot["path"].as_str()?.strip_prefix(prefix)?.split('.').next()?.parse().ok());
        numbers.collect::<BTreeSet<i64>>().into_iter().collect()
    };
    let stores: Vec<Value> = ids("stores.")
        .iter()
        .map(|id| json!({ "forstok_store_id": id, "bank_account_id": choose(&format!("stores.{id}.bank_account_id")) }))
        .collect();
    let warehouses: Vec<Value> = ids("warehouses.")
        .iter()
        .map(|id| json!({ "forstok_id": id, "accurate_id": choose(&format!("warehouses.{id}")) }))
        .collect();
    let roles: serde_json::Map<String, Value> = slots
        .iter()
        .filter_map(|slot| slot["path"].as_str()?.strip_prefix("roles."))
        .map(|role| (role.to_owned(), choose(&format!("roles.{role}"))))
        .collect();
    let mapping =
        json!({ "stores": stores, "warehouses": warehouses, "roles": roles, "invoice_trigger": "ready_to_ship" });

    let mut unknown = mapping.clone();
    unknown["roles"]["service_fee"] = json!(999_999);
    assert_eq!(window.refusal("save_mapping", json!({ "mapping": unknown })), "mapping_invalid");
    assert_eq!(window.expect("save_mapping", json!({ "mapping": mapping }))["version"], 1);

    let text = window.expect("export_mapping", json!({}));
    assert_eq!(window.refusal("import_mapping", json!({ "text": "{" })), "file_malformed");
    let other = text.as_str().unwrap().replace("ready_to_ship", "shipped");
    assert_eq!(window.expect("import_mapping", json!({ "text": other }))["version"], 2);
    assert_eq!(window.expect("mapping_version", json!({ "version": 1 }))["invoice_trigger"], "ready_to_ship");
    assert_eq!(window.refusal("mapping_version", json!({ "version": 99 })), "not_found");
    let store = &mapping["stores"][0]["forstok_store_id"];
    assert_eq!(window.expect("mapping_example", json!({ "store": store, "skip": 9999 })), Value::Null);
}

fn decide(window: &Window) {
    let all = window.expect("skus", arguments("skus"));
    let first = &all["skus"].as_array().unwrap().iter().find(|row| row["state"] == "ready").unwrap()["sku"];
    window.expect("sku_candidates", json!({ "sku": first, "search": null }));
    assert_eq!(window.refusal("sku_candidates", json!({ "sku": "no such SKU", "search": null })), "not_found");
    assert_eq!(window.expect("explain", json!({ "sku": first, "refresh": false }))["sku"], *first);
    assert_eq!(window.refusal("explain", arguments("explain")), "not_found");
    window.expect("accept_sure", json!({ "state": "sku_conflict" }));
    assert_eq!(window.refusal("accept_sure", json!({ "state": "guess" })), "invalid_input");
    let decision = |what: &str| json!({ "decisions": [{ "sku": first, "decision": what }] });
    assert_eq!(window.refusal("resolve_skus", decision("guess")), "invalid_input");
    assert_eq!(window.expect("resolve_skus", decision("skip"))["resolved"], 1);
    assert_eq!(window.expect("resolve_skus", decision("undo"))["resolved"], 1);

    let file = |content: &str| json!({ "input": { "list": "stock_count", "file_name": "a.csv", "content": content } });
    assert_eq!(window.refusal("import_file", file("bm8gdGFibGU=")), "file_malformed");
    // SKU,Gudang,Jumlah,Harga pokok / A,Gudang-Utama,1,1000
    let table = "U0tVLEd1ZGFuZyxKdW1sYWgsSGFyZ2EgcG9rb2sKQSxHdWRhbmctVXRhbWEsMSwxMDAwCg==";
    assert_eq!(window.expect("import_file", file(table))["rows"], 1);
}

fn send(window: &Window) {
    let options = json!({ "source": null, "date": null });
    let unknown = json!({ "kind": "wishes", "options": options, "onProgress": channel() });
    assert_eq!(window.refusal("plan", unknown), "invalid_input");
    let plan = window.expect("plan", arguments("plan"));
    let writes = plan["counts"]["create"].as_u64().unwrap() + plan["counts"]["change"].as_u64().unwrap();
    assert!(writes > 0);
    assert_eq!(window.expect("plan_head", json!({ "plan": plan["plan"] })), plan);
    let five = json!({ "sort": null, "down": false, "after": null, "at": null, "limit": 5 });
    let query = json!({ "action": "create", "search": null, "page": five });
    let page = window.expect("plan_operations", json!({ "plan": plan["plan"], "query": query }));
    assert_eq!(page["operations"].as_array().unwrap().len(), 5);
    let saved = window.expect("save_plan", json!({ "plan": plan["plan"] }));
    let again = window.expect("save_plan", json!({ "plan": plan["plan"] }));
    assert!(saved["path"].as_str().unwrap().ends_with(".xlsx") && saved != again, "{saved} {again}");
    let missing = ["plan_operations", "plan_head", "save_plan", "plan_undo", "apply", "prove", "run", "run_rows"];
    for command in missing.into_iter().chain(["save_certificate"]) {
        let code = window.refusal(command, arguments(command));
        assert!(["not_found", "invalid_input"].contains(&code.as_str()), "{command}: {code}");
    }
    let run = window.expect("apply", json!({ "plan": plan["plan"], "pass": [], "onProgress": channel() }));
    assert_eq!(run["posted"], writes);
    window.expect("pause_run", json!({}));
    window.expect("cancel_sign_in", json!({}));
    let proof = window.expect("prove", json!({ "run": run["run"], "onProgress": channel() }));
    assert_eq!(proof["differences"], json!([]));
    assert_eq!(window.expect("run", json!({ "run": run["run"] }))["proof"]["hash"], proof["hash"]);
    let rows = json!({ "state": "posted", "search": null, "page": five });
    let rows = window.expect("run_rows", json!({ "run": run["run"], "query": rows }));
    assert_eq!((rows["rows"].as_array().unwrap().len(), &rows["page"]["total"]), (5, &run["posted"]));
    let page = window.expect("save_certificate", json!({ "run": run["run"] }));
    let page = std::fs::read_to_string(page["path"].as_str().unwrap()).unwrap();
    assert!(page.contains(proof["hash"].as_str().unwrap()));
    assert_eq!(window.expect("watch_run", json!({ "onProgress": channel() })), Value::Null);
    let undo = window.expect("plan_undo", json!({ "run": run["run"], "onProgress": channel() }));
    assert_eq!((&undo["undoes"], &undo["counts"]["remove"]), (&run["run"], &run["posted"]));
    // What it removes is beyond a limit: it is asked about, and not begun before it is passed by its own name.
    assert_eq!(undo["brakes"], json!([]));
    window.expect("set_setting", json!({ "key": "brake_changes", "value": "5" }));
    let head = window.expect("plan_head", json!({ "plan": undo["plan"] }));
    assert_eq!((head["brakes"].as_array().unwrap().len(), &head["brakes"][0]["name"]), (1, &json!("changes")));
    let begun = |pass: &[&str]| json!({ "plan": undo["plan"], "pass": pass, "onProgress": channel() });
    assert_eq!(window.refusal("apply", begun(&[])), "brake");
    assert_eq!(window.refusal("apply", begun(&["rise", "fall"])), "brake");
    assert_eq!(window.refusal("apply", begun(&["everything"])), "invalid_input");
    window.expect("set_setting", json!({ "key": "brake_changes", "value": "200" }));
}

fn look_back(window: &Window) {
    let runs = window.expect("runs", json!({}));
    assert_eq!(runs["chain_whole"], true);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    let verified = window.expect("verify", json!({}));
    assert_eq!((&verified["chain_whole"], &verified["problems"]), (&json!(true), &json!([])));
    let causes = window.expect("inbox", json!({}))["causes"].as_array().unwrap().clone();
    let cause = &causes[0]["code"];
    let page = json!({ "sort": null, "down": false, "after": null, "at": null, "limit": 0 });
    let query = json!({ "query": { "cause": cause, "search": null, "page": page } });
    let rows = window.expect("inbox_rows", query.clone());
    assert_eq!(rows["page"]["total"], causes[0]["count"]);
    let key = &rows["rows"][0]["key"];
    let unsorted = json!({ "query": { "cause": cause, "search": null, "page": { "sort": "colour", "down": false, "after": null, "at": null, "limit": 1 } } });
    assert_eq!(window.refusal("inbox_rows", unsorted), "invalid_input");
    window.expect("inbox_retry", json!({ "cause": cause, "keys": [key], "onProgress": channel() }));
    let dismissed = |key: &Value| json!({ "keys": [key], "reason": "tidak dijual lagi" });
    assert_eq!(window.refusal("inbox_dismiss", dismissed(&json!("none"))), "not_found");
    window.expect("inbox_dismiss", dismissed(key));
    assert_eq!(window.expect("inbox_rows", query)["page"]["total"], causes[0]["count"].as_u64().unwrap() - 1);
    let home = window.expect("home", json!({}));
    assert_eq!(home["trend"].as_array().unwrap().len(), 1);
    assert!(home["items"]["same"].as_u64() > Some(0), "{home}");
    assert_eq!(window.expect("app_view", json!({}))["company"]["existing_user"], false);
}

fn follow_the_money(window: &Window) {
    let since = (jiff::Zoned::now().date() - jiff::Span::new().days(30)).to_string();
    assert_eq!(window.refusal("shadow", json!({ "since": "kemarin" })), "invalid_input");
    let shadow = window.expect("shadow", json!({ "since": since }));
    assert!(!shadow["rows"].as_array().unwrap().is_empty());

    let options = json!({ "source": null, "date": null, "since": since });
    let plan = window.expect("plan", json!({ "kind": "invoices", "options": options, "onProgress": channel() }));
    let run = window.expect("apply", json!({ "plan": plan["plan"], "pass": [], "onProgress": channel() }));
    assert_eq!(run["posted"], plan["counts"]["create"]);
    let page = json!({ "sort": null, "down": false, "after": null, "at": null, "limit": 0 });
    let empty = json!({ "query": { "cause": "order_sku_empty", "search": null, "page": page } });
    let held = window.expect("inbox_rows", empty.clone());
    let key = &held["rows"][0]["key"];
    let never = |key: &Value, choice: &str| json!({ "input": { "keys": [key], "choice": choice, "number": null, "reason": "hadiah" } });
    assert_eq!(window.refusal("decide_rows", never(key, "odd")), "invalid_input");
    window.expect("decide_rows", never(key, "never"));
    let left = window.expect("inbox_rows", empty)["page"]["total"].as_u64();
    assert_eq!(left, held["page"]["total"].as_u64().map(|total| total - 1));

    let everything = |cause: Value| {
        let page = json!({ "sort": null, "down": false, "after": null, "at": null, "limit": 5 });
        json!({ "query": { "store": null, "month": null, "cause": cause, "search": null, "refresh": false, "page": page } })
    };
    assert_eq!(window.refusal("reconciliation", everything(json!("odd"))), "invalid_input");
    let view = window.expect("reconciliation", everything(Value::Null));
    let row = view["rows"].as_array().unwrap().iter().find(|row| row["order_id"].is_number()).unwrap();
    let sheet = window.expect("order_sheet", json!({ "order": row["number"], "refresh": false }));
    assert_eq!(sheet["order_id"], row["order_id"]);
    assert_eq!(window.refusal("order_sheet", arguments("order_sheet")), "not_found");

    assert_eq!(window.refusal("month_end", arguments("month_end")), "invalid_input");
    let closed = window.expect("month_end", json!({ "month": &row["day"].as_str().unwrap()[..7] }));
    let page = std::fs::read_to_string(closed["page"]["path"].as_str().unwrap()).unwrap();
    assert!(page.contains(closed["chain"]["hash"].as_str().unwrap()));
}
