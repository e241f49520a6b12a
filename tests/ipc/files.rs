//! Pages that are opened, the way back from a made-up shop, and the way to another company.

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
