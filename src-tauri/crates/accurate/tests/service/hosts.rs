//! Where requests may go.

use super::*;

#[tokio::test]
async fn a_move_is_followed_with_everything_and_remembered() {
    let service = Service::start().await;
    let new = MockServer::start().await;
    let location = format!("{}/accurate/api/item/bulk-save.do", new.uri());
    let moved = ResponseTemplate::new(308).insert_header("Location", location.as_str());
    service.on_data("item/bulk-save.do", moved, 1).await;
    Mock::given(method("POST"))
        .and(header("authorization", "Bearer access-1"))
        .and(header("x-session-id", "session-1"))
        .and(body_string_contains(r#"{"data":[{"no":"A","name":"Barang A","itemType":"INVENTORY","unit1Name":"PCS","itemCategoryName":"Umum","unitPrice":17500.5}]}"#))
        .respond_with(json(200, ONE_POSTED))
        .expect(2)
        .mount(&new)
        .await;
    let books = service.books().await;
    for _ in 0..2 {
        assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    }
}

#[tokio::test]
async fn neither_a_move_nor_an_answer_leads_to_a_foreign_host() {
    let service = Service::start().await;
    let away = ResponseTemplate::new(308).insert_header("Location", "https://evil.example/accurate/api/item/list.do");
    service.on_data("item/list.do", away, 1).await;
    let foreign = PortError::NotOffered { side: "accurate", what: "the host evil.example".into() };
    assert_eq!(service.books().await.items().await.unwrap_err(), foreign);
    service.account.reset().await;
    service.on_account("GET", "/api/open-db.do", json(200, &session_answer("s", "https://evil.example"))).await;
    assert_eq!(service.client().open(DATABASE).await.map(drop).unwrap_err(), foreign);
}
