//! Faults of the line and of the service, for reads and for writes.

use super::*;

fn faults() -> Vec<(&'static str, ResponseTemplate)> {
    vec![
        ("500", ResponseTemplate::new(500)),
        ("502", ResponseTemplate::new(502).set_body_raw("<html>bad gateway</html>", "text/html")),
        ("truncated", json(200, r#"{"s":true,"d":[{"id":1,"no":"#)),
        ("html", ResponseTemplate::new(200).set_body_raw("<html>hello</html>", "text/html")),
        ("empty", ResponseTemplate::new(200)),
        ("upsss", json(200, r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1-2"]}"#)),
    ]
}

#[tokio::test]
async fn a_read_goes_on_after_an_unusable_answer() {
    for (name, fault) in faults() {
        let service = Service::start().await;
        service.once("item/list.do", fault).await;
        service.on_data("item/list.do", json(200, &page("", 1, 0, 0)), 1).await;
        assert_eq!(service.books().await.items().await, Ok(Vec::new().into()), "{name}");
    }
}

#[tokio::test]
async fn a_read_gives_up_at_last() {
    let service = Service::start().await;
    service.on_data("item/list.do", ResponseTemplate::new(502), 5).await;
    let error = service.books().await.items().await.unwrap_err();
    assert_eq!(error, PortError::Unknown { side: "accurate", detail: "http 502, no json, 0 bytes".into() });
}

#[tokio::test]
async fn a_server_fault_of_a_read_is_tried_once_more_and_then_named() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1-2"]}"#), 2).await;
    let error = service.books().await.items().await.unwrap_err();
    assert_eq!(error.reason(), Reason::new("server_fault").with("reference", "ersen-1-2"));
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn a_write_without_usable_answer_is_sent_once_and_may_have_arrived() {
    for (name, fault) in faults() {
        let service = Service::start().await;
        service.on_data("item/bulk-save.do", fault, 1).await;
        let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
        assert!(error.may_have_arrived(), "{name}: {error:?}");
        assert_eq!(service.requests_of("item/bulk-save.do").await.len(), 1, "{name}");
    }
    for (name, fault) in faults() {
        let service = Service::start().await;
        service.on_data("item/delete.do", fault, 1).await;
        let error = service.books().await.delete_item(ItemId(5)).await.unwrap_err();
        assert!(error.may_have_arrived(), "{name}: {error:?}");
        assert_eq!(service.requests_of("item/delete.do").await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_refused_rate_is_waited_out_for_writes_too_whatever_its_status() {
    let text = r#"{"s":false,"d":["Jumlah request API melebihi toleransi yang diperbolehkan."]}"#;
    for answer in [json(200, text), json(400, text), json(429, text), json(429, "").insert_header("Retry-After", "0")] {
        let service = Service::start().await;
        service.once("item/bulk-save.do", answer).await;
        service.on_data("item/bulk-save.do", json(200, ONE_POSTED), 1).await;
        assert_eq!(service.books().await.save_items(&[new_item("A")]).await.unwrap(), posted());
    }
}

#[tokio::test]
async fn a_rate_that_stays_refused_ends_as_busy() {
    let service = Service::start().await;
    service.on_data("item/bulk-save.do", json(429, "").insert_header("Retry-After", "3600"), 1).await;
    let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
    assert_eq!(error, PortError::Busy { side: "accurate" });
}

#[tokio::test]
async fn nothing_is_sent_when_no_connection_can_be_made() {
    let gone = format!("http://127.0.0.1:{}", {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    });
    let client = client(&gone, pair("access-1"), Arc::new(MemoryTokenStore::default()));
    assert_eq!(client.open(DATABASE).await.map(drop).unwrap_err(), PortError::Offline { side: "accurate" });
}

#[tokio::test]
async fn a_connection_that_breaks_off_after_sending_leaves_a_write_unknown() {
    let service = Service::start().await;
    let dropping = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = dropping.local_addr().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = dropping.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut begun = [0; 1024];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut begun).await;
        }
    });
    service.account.reset().await;
    let body = session_answer("session-1", &format!("http://{address}"));
    service.on_account("GET", "/api/open-db.do", json(200, &body)).await;
    let error = service.books().await.save_items(&[new_item("A")]).await.unwrap_err();
    assert!(error.may_have_arrived(), "{error:?}");
    assert_eq!(taken.load(Ordering::SeqCst), 1);
}
