//! Pages that are opened, the way back from a made-up shop, the way to another company, and the way back to a copy of the data.

use crate::window::{Noting, Window};
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn only_the_services_themselves_are_opened_and_on_a_made_up_shop_its_own_pages() {
    let browser = Arc::new(Noting::default());
    let window = Window::on_a_shop_with(browser.clone());
    for place in ["accurate", "forstok"] {
        assert_eq!(window.expect("open_place", json!({ "place": place })), Value::Null);
    }
    assert_eq!(window.refusal("open_place", json!({ "place": "https://example.com" })), "invalid_input");
    let opened = browser.opened();
    assert_eq!(opened.len(), 2);
    for address in opened {
        assert!(address.starts_with("http://127.0.0.1:") && address.ends_with('/'), "{address}");
        let page =
            tauri::async_runtime::block_on(async { reqwest::get(&address).await.unwrap().text().await.unwrap() });
        assert!(page.contains("data contoh"), "{page}");
    }
}

#[test]
fn no_sign_in_under_way_has_no_address() {
    let window = Window::on_nothing_yet();
    assert_eq!(window.refusal("open_sign_in_again", json!({})), "not_found");
}

#[test]
fn a_made_up_shop_is_left_for_the_persons_own_data() {
    let window = Window::on_nothing_yet();
    assert_eq!(window.refusal("leave_sandbox", json!({})), "invalid_input");
    window.expect("start_sandbox", json!({ "existingBooks": false }));
    window.expect("set_setting", json!({ "key": "theme", "value": "dark" }));
    let view = window.expect("leave_sandbox", json!({}));
    assert_eq!((&view["sandbox"], &view["settings"]["theme"]), (&json!(false), &json!("dark")));
    assert_eq!(view["company"]["existing_user"], Value::Null);
    assert_eq!(window.expect("sandbox_connection", json!({})), Value::Null);
}

#[test]
fn another_company_begins_with_nothing_and_the_first_is_found_again() {
    let window = Window::on_nothing_yet();
    window.expect("set_existing_user", json!({ "existing": true }));
    window.expect("set_setting", json!({ "key": "theme", "value": "dark" }));
    let view = window.expect("open_company", json!({ "name": "Toko Kedua" }));
    assert_eq!((&view["company"]["name"], &view["company"]["existing_user"]), (&json!("Toko Kedua"), &Value::Null));
    assert_eq!((&view["companies"], &view["settings"]["theme"]), (&json!(["default", "Toko Kedua"]), &json!("dark")));
    assert_eq!(window.refusal("open_company", json!({ "name": "toko/accurate" })), "invalid_input");
    let view = window.expect("open_company", json!({ "name": "default" }));
    assert_eq!((&view["company"]["name"], &view["company"]["existing_user"]), (&json!("default"), &json!(true)));
}

#[test]
fn a_copy_of_the_data_comes_back_and_what_was_there_is_kept() {
    let browser = Arc::new(Noting::default());
    let window = Window::on_nothing_yet_with(browser.clone());
    window.expect("set_setting", json!({ "key": "theme", "value": "dark" }));
    let made = window.expect("back_up", json!({}));
    window.expect("set_setting", json!({ "key": "theme", "value": "light" }));
    let restored = window.expect("restore", json!({ "name": made["name"] }));
    assert!(restored["kept"].as_str().unwrap().ends_with("-replaced.sqlite3"), "{restored}");
    assert_eq!(window.expect("app_view", json!({}))["settings"]["theme"], "dark");
    let listed = window.expect("backups", json!({}));
    let occasions: Vec<_> = listed["backups"].as_array().unwrap().iter().map(|one| one["occasion"].clone()).collect();
    assert!(occasions.contains(&json!("hand")) && occasions.contains(&json!("replaced")), "{listed}");
    assert_eq!(window.refusal("restore", json!({ "name": "../selaras.sqlite3" })), "not_found");
    window.expect("open_backups", json!({}));
    assert!(browser.opened().pop().unwrap().starts_with("file://"));
}

#[test]
fn the_way_back_is_open_where_the_data_file_is_damaged() {
    let window = Window::on_nothing_yet();
    window.expect("set_setting", json!({ "key": "theme", "value": "dark" }));
    let made = window.expect("back_up", json!({}));
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("selaras.sqlite3"), "none ".repeat(2_000)).unwrap();
    std::fs::create_dir(data.path().join("backups")).unwrap();
    let copy = data.path().join("backups").join(made["name"].as_str().unwrap());
    std::fs::copy(made["path"].as_str().unwrap(), copy).unwrap();
    let window = Window::on_data(data);
    assert_eq!(window.refusal("app_view", json!({})), "storage_damaged");
    let listed = window.expect("backups", json!({}));
    assert_eq!(window.refusal("back_up", json!({})), "storage_damaged");
    window.expect("restore", json!({ "name": listed["backups"][0]["name"] }));
    assert_eq!(window.expect("app_view", json!({}))["settings"]["theme"], "dark");
}
