//! Consent, tokens, databases and sessions (accurate-online-api.md §1, §2).

use crate::common::{SCOPES, Shop, http, send, signature, unlimited};
use reqwest::Method;
use selaras_sandbox::SandboxOptions;
use serde_json::json;

#[tokio::test]
async fn refresh_rotates_both_tokens_and_kills_the_old_ones_at_once() {
    let mut shop = Shop::open(unlimited()).await;
    let (old_access, old_refresh) = (shop.access.clone(), shop.refresh.clone());
    let renewed = shop.token(&[("grant_type", "refresh_token"), ("refresh_token", &old_refresh)]).await;
    assert_eq!(renewed.status, 200);
    let again = shop.token(&[("grant_type", "refresh_token"), ("refresh_token", &old_refresh)]).await;
    assert_eq!((again.status, again.json()["error"].clone()), (400, json!("invalid_grant")));
    assert_eq!(again.json()["error_description"], json!(format!("Invalid refresh token: {old_refresh}")));
    let refused = shop.get("item/list.do").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.json(),
        json!({ "error": "invalid_token", "error_description": format!("Invalid access token: {old_access}") })
    );
    shop.keep(&renewed.json());
    assert_eq!(shop.get("item/list.do").await.status, 200);
}

#[tokio::test]
async fn a_second_consent_replaces_tokens_and_scopes() {
    let mut shop = Shop::open(unlimited()).await;
    let code = shop.consent("item_view").await;
    let uri = shop.redirect_uri();
    let token = shop.token(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &uri)]).await;
    assert_eq!(shop.get("item/list.do").await.status, 401);
    shop.keep(&token.json());
    assert_eq!(token.json()["scope"], "item_view");
    assert_eq!(shop.get("item/list.do").await.status, 200);
    assert_eq!(shop.get("tax/list.do").await.status, 403);
    let twice = shop.token(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &uri)]).await;
    assert_eq!((twice.status, twice.json()["error"].clone()), (400, json!("invalid_grant")));
}

#[tokio::test]
async fn a_wrong_client_gets_a_web_page() {
    let shop = Shop::open(unlimited()).await;
    let connection = shop.sandbox.connection();
    let request = http()
        .post(format!("{}/oauth/token", connection.accurate_url))
        .basic_auth(&connection.client_id, Some("falsch"));
    let answer = send(request.form(&[("grant_type", "refresh_token"), ("refresh_token", "x")])).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(
        answer.text.contains("Halaman tidak boleh diakses") && answer.text.contains("/oauth/token tidak boleh diakses")
    );
}

#[tokio::test]
async fn the_consent_page_can_refuse_grant_a_part_and_only_returns_to_registered_addresses() {
    let shop = Shop::open(unlimited()).await;
    let connection = shop.sandbox.connection().clone();
    let page = send(http().get(shop.authorize_url("item_view item_save"))).await;
    assert_eq!(page.status, 200);
    for text in ["Beri Akses", "Tolak", &connection.owner_email, "value=\"item_save\""] {
        assert!(page.text.contains(text), "{text}");
    }
    let form = |extra: &[(&str, &str)]| {
        let mut form = vec![("client_id", connection.client_id.as_str()), ("response_type", "code"), ("state", "xyz")];
        form.push(("redirect_uri", &connection.redirect_uri));
        form.extend_from_slice(extra);
        http().post(format!("{}/oauth/authorize", connection.accurate_url)).form(&form)
    };
    let denied = send(form(&[("decision", "deny")])).await;
    assert_eq!(denied.headers["location"], format!("{}?error=access_denied&state=xyz", connection.redirect_uri));
    let granted = send(form(&[("decision", "allow"), ("account", "staff"), ("scope", "item_view")])).await;
    let location = url::Url::parse(granted.headers["location"].to_str().unwrap()).unwrap();
    let code = location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let token = shop
        .token(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &connection.redirect_uri)])
        .await;
    assert_eq!(token.json()["scope"], "item_view");
    assert_ne!(token.json()["user"]["email"], json!(connection.owner_email));
    let elsewhere = shop.authorize_url("item_view").replace("47113", "47115");
    assert_eq!(send(http().get(&elsewhere)).await.status, 400);
    assert!(shop.sandbox.grant(&elsewhere).await.is_err());
}

#[tokio::test]
async fn the_two_401_are_told_apart_and_403_names_the_scope_in_json_or_xml() {
    let mut shop = Shop::open_with(unlimited(), "item_view").await;
    let session = std::mem::replace(&mut shop.session, "00000000-0000-4000-8000-000000000000".into());
    let dead = shop.get("item/list.do").await;
    assert_eq!((dead.status, dead.json()), (401, json!({ "s": false, "d": ["Data Session Key tidak tepat"] })));
    shop.session = session;
    let json_form = shop.get("tax/list.do").await;
    let wanted = json!({ "error": "insufficient_scope", "error_description": "Insufficient scope for this resource", "scope": "tax_view" });
    assert_eq!((json_form.status, json_form.json()), (403, wanted));
    let bare = http().get(format!("{}/accurate/api/sales-invoice/list.do", shop.host)).bearer_auth(&shop.access);
    let xml = send(bare).await;
    assert_eq!(
        xml.text,
        "<InsufficientScopeException><error>insufficient_scope</error><error_description>Insufficient scope for this \
         resource</error_description><scope>sales_invoice_view</scope></InsufficientScopeException>"
    );
    assert_eq!(shop.get("brand/list.do").await.status, 404);
}

#[tokio::test]
async fn scopes_are_irregular_where_the_document_says_so() {
    let shop = Shop::open_with(unlimited(), "sales_invoice_save").await;
    let answer = shop.delete("sales-invoice/delete.do?id=1").await;
    assert_eq!(answer.messages(), ["Faktur Penjualan 1 tidak ditemukan atau sudah dihapus"]);
    assert_eq!(shop.delete("item/delete.do?id=1").await.json()["scope"], "item_delete");
}

#[tokio::test]
async fn databases_show_which_can_be_used_and_an_expired_one_cannot_be_opened() {
    let shop = Shop::open(unlimited()).await;
    let list = send(shop.account(Method::GET, "/api/db-list.do")).await.json();
    let rows: Vec<_> = list["d"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["trial"].clone(), row["expired"].clone(), row["admin"].clone()))
        .collect();
    let row = |trial: bool, expired: bool, admin: bool| (json!(trial), json!(expired), json!(admin));
    let mut wanted = [
        row(false, false, true),
        row(false, false, true),
        row(true, false, true),
        row(true, true, true),
        row(false, false, false),
    ]
    .to_vec();
    let mut rows = rows;
    rows.sort_by_key(|row| format!("{row:?}"));
    wanted.sort_by_key(|row| format!("{row:?}"));
    assert_eq!(rows, wanted);
    let expired = list["d"].as_array().unwrap().iter().find(|row| row["expired"] == true).unwrap();
    let answer = send(shop.account(Method::GET, &format!("/api/open-db.do?id={}", expired["id"]))).await;
    assert_eq!((answer.status, answer.messages()), (500, vec!["Masa ujicoba Data Usaha sudah berakhir".to_owned()]));
}

#[tokio::test]
async fn a_good_session_is_kept_by_refresh_and_a_dead_one_is_replaced() {
    // Long enough for a busy machine to look at it twice while it lives.
    let lifetime = std::time::Duration::from_secs(5);
    let options = SandboxOptions { session_lifetime: Some(lifetime), ..unlimited() };
    let shop = Shop::open(options).await;
    let id = shop.sandbox.connection().databases[0].id;
    let refresh = || async {
        send(shop.account(Method::GET, &format!("/api/db-refresh-session.do?id={id}&session={}", shop.session)))
            .await
            .json()
    };
    let check = || async {
        send(shop.account(Method::GET, &format!("/api/db-check-session.do?session={}", shop.session))).await.json()
    };
    assert_eq!(check().await, json!({ "s": true, "d": true }));
    assert_eq!(refresh().await["d"]["session"], json!(shop.session));
    tokio::time::sleep(lifetime).await;
    assert_eq!(check().await, json!({ "s": true, "d": false }));
    assert_ne!(refresh().await["d"]["session"], json!(shop.session));
    let body = shop.account(Method::POST, "/api/db-refresh-session.do").json(&json!({ "id": id, "session": "x" }));
    assert_eq!(send(body).await.json()["s"], true);
}

#[tokio::test]
async fn the_api_token_needs_a_fresh_signature_and_no_session() {
    let shop = Shop::open(unlimited()).await;
    let connection = shop.sandbox.connection().clone();
    let sign = |text: &str| signature(&connection.signature_secret, text);
    let call = |url: String, time: &str, signature: &str| {
        let request = http().get(url).bearer_auth(&connection.api_token).header("X-Api-Timestamp", time);
        send(request.header("X-Api-Signature", signature))
    };
    let now = jiff::Timestamp::now().as_second().to_string();
    let token_url = format!("{}/api/api-token.do", connection.accurate_url);
    let answer = call(token_url.clone(), &now, &sign(&now)).await;
    assert_eq!((answer.status, answer.json()["d"]["tokenType"].clone()), (200, json!("api")));
    let host = answer.json()["d"]["database"]["host"].as_str().unwrap().to_owned();
    assert_eq!(call(format!("{host}/accurate/api/item/list.do"), &now, &sign(&now)).await.json()["s"], true);
    let wrong = call(token_url.clone(), &now, "AAAA").await;
    assert_eq!((wrong.status, wrong.messages()), (401, vec!["Header X-Api-Signature invalid".to_owned()]));
    let old = (jiff::Timestamp::now().as_second() - 700).to_string();
    let late = call(token_url, &old, &sign(&old)).await;
    assert_eq!(
        (late.status, late.messages()),
        (401, vec!["Header X-Api Timestamp difference more than 600 seconds".to_owned()])
    );
}

#[tokio::test]
async fn approved_scopes_are_what_was_granted() {
    let shop = Shop::open(unlimited()).await;
    let granted = send(shop.account(Method::GET, "/api/approved-scope.do")).await.json();
    let mut wanted: Vec<&str> = SCOPES.split_whitespace().collect();
    wanted.sort_unstable();
    assert_eq!(granted["d"], json!(wanted));
}
