//! Sessions and tokens: lost, renewed, stored.

use super::*;

const SESSION_LOST: &str = r#"{"s":false,"d":["Data Session Key tidak tepat"]}"#;
const TOKEN_LOST: &str = r#"{"error":"invalid_token","error_description":"Invalid access token: access-1"}"#;

#[tokio::test]
async fn a_lost_session_is_renewed_unseen_in_the_middle_of_a_write() {
    let service = Service::start().await;
    let renewed = format!(r#"{{"s":true,"d":{{"session":"session-2","host":"{}"}}}}"#, service.data.uri());
    service.on_account("GET", "/api/db-refresh-session.do", json(200, &renewed)).await;
    Mock::given(header("x-session-id", "session-1"))
        .respond_with(json(401, SESSION_LOST))
        .expect(1)
        .mount(&service.data)
        .await;
    Mock::given(header("x-session-id", "session-2"))
        .respond_with(json(200, ONE_POSTED))
        .expect(2)
        .mount(&service.data)
        .await;
    let books = service.books().await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
}

#[tokio::test]
async fn a_session_that_refresh_does_not_replace_is_opened_anew() {
    for refresh in [
        json(200, r#"{"s":true,"d":{"session":"session-1"}}"#),
        json(200, r#"{"s":true,"d":["Proses Berhasil Dilakukan"]}"#),
        json(500, r#"{"s":false,"d":["Data Usaha tidak tepat"]}"#),
        ResponseTemplate::new(404),
    ] {
        let service = Service::start().await;
        service.on_account("GET", "/api/db-refresh-session.do", refresh).await;
        service.once("item/list.do", json(401, SESSION_LOST)).await;
        let books = service.books().await;
        Mock::given(path("/api/open-db.do"))
            .respond_with(json(200, &session_answer("session-9", &service.data.uri())))
            .with_priority(1)
            .mount(&service.account)
            .await;
        Mock::given(header("x-session-id", "session-9"))
            .respond_with(json(200, &page("", 1, 0, 0)))
            .mount(&service.data)
            .await;
        assert_eq!(books.items().await, Ok(Vec::new().into()));
    }
}

#[tokio::test]
async fn a_refused_token_is_refreshed_stored_and_used() {
    let service = Service::start().await;
    let books = service.books().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, ONE_POSTED))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .expect(1)
        .mount(&service.data)
        .await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
    let stored = service.store.load().await.unwrap().unwrap();
    assert_eq!(stored.access.expose_secret(), "access-2");
    assert_eq!(stored.refresh.unwrap().expose_secret(), "refresh-of-access-2");
    assert_eq!(stored.scope, ["item_view"]);
}

#[tokio::test]
async fn many_calls_with_a_dead_token_refresh_it_once() {
    let service = Service::start().await;
    let books = service.books().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST).set_delay(Duration::from_millis(30)))
        .mount(&service.data)
        .await;
    let reads = (0..4).map(|_| books.items());
    for read in futures::future::join_all(reads).await {
        assert_eq!(read, Ok(Vec::new().into()));
    }
    assert_eq!(service.account_calls("/oauth/token").await, 1);
}

#[tokio::test]
async fn a_dead_sign_in_asks_for_a_new_one() {
    let service = Service::start().await;
    let books = service.books().await;
    let body = r#"{"error":"invalid_grant","error_description":"Invalid refresh token: refresh-of-access-1"}"#;
    service.on_account("POST", "/oauth/token", json(400, body)).await;
    Mock::given(any()).respond_with(json(401, TOKEN_LOST)).expect(1).mount(&service.data).await;
    let error = books.save_items(&[new_item("A")]).await.unwrap_err();
    assert_eq!(error, PortError::SignInNeeded { side: "accurate" });
}

#[tokio::test]
async fn a_pair_that_another_process_rotated_is_taken_from_the_store() {
    let service = Service::start().await;
    let books = service.books().await;
    service.store.save(&pair("access-of-the-other")).await.unwrap();
    Mock::given(header("authorization", "Bearer access-of-the-other"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .mount(&service.data)
        .await;
    assert_eq!(books.items().await, Ok(Vec::new().into()));
    assert_eq!(service.account_calls("/oauth/token").await, 0);
}

/// A store that can be full.
#[derive(Default)]
struct FullStore {
    full: AtomicBool,
    saved: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl TokenStore for FullStore {
    async fn load(&self) -> Result<Option<TokenPair>, TokenStoreError> {
        Ok(None)
    }

    async fn save(&self, pair: &TokenPair) -> Result<(), TokenStoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(TokenStoreError("disk full".into()));
        }
        self.saved.lock().unwrap().push(pair.access.expose_secret().to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn refresh_is_stored_before_first_use() {
    let service = Service::start().await;
    service.refreshes_to("access-2").await;
    Mock::given(header("authorization", "Bearer access-2"))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .expect(1)
        .mount(&service.data)
        .await;
    Mock::given(header("authorization", "Bearer access-1"))
        .respond_with(json(401, TOKEN_LOST))
        .mount(&service.data)
        .await;
    let store = Arc::new(FullStore::default());
    let books = client(&service.account.uri(), pair("access-1"), Arc::clone(&store) as Arc<dyn TokenStore>)
        .open(DATABASE)
        .await
        .unwrap();
    store.full.store(true, Ordering::SeqCst);
    assert_eq!(books.items().await.unwrap_err(), PortError::storage("disk full"));
    // The pair is kept until it can be stored; there is no second rotation.
    store.full.store(false, Ordering::SeqCst);
    assert_eq!(books.items().await, Ok(Vec::new().into()));
    assert_eq!(*store.saved.lock().unwrap(), ["access-2"]);
    assert_eq!(service.account_calls("/oauth/token").await, 1);
}

#[tokio::test]
async fn a_pair_near_its_end_is_renewed_ahead() {
    let service = Service::start().await;
    service.refreshes_to("access-2").await;
    let mut old = pair("access-1");
    old.issued_at -= jiff::SignedDuration::from_hours(14 * 24);
    old.expires_at -= jiff::SignedDuration::from_hours(14 * 24);
    let client = client(&service.account.uri(), old, Arc::clone(&service.store) as Arc<dyn TokenStore>);
    client.open(DATABASE).await.unwrap();
    assert_eq!(client.tokens().unwrap().access.expose_secret(), "access-2");
}

#[tokio::test]
async fn verifying_puts_a_session_in_place_that_was_just_opened_for_the_database() {
    let service = Service::start().await;
    let books = service.books().await;
    Mock::given(path("/api/open-db.do"))
        .and(query_param("id", "1156"))
        .respond_with(json(200, &session_answer("session-of-1156", &service.data.uri())))
        .with_priority(1)
        .mount(&service.account)
        .await;
    books.verify_session().await.unwrap();
    Mock::given(header("x-session-id", "session-of-1156"))
        .respond_with(json(200, ONE_POSTED))
        .expect(1)
        .mount(&service.data)
        .await;
    assert_eq!(books.save_items(&[new_item("A")]).await.unwrap(), posted());
}

#[tokio::test]
async fn a_session_whose_answer_names_another_database_is_refused() {
    let service = Service::start().await;
    let books = service.books().await;
    let other = r#"{"s":true,"d":["ok"],"session":"session-2","databaseId":999}"#;
    Mock::given(path("/api/open-db.do")).respond_with(json(200, other)).with_priority(1).mount(&service.account).await;
    let expected = PortError::WrongDatabase { expected: DATABASE, found: DatabaseId(999) };
    assert_eq!(books.verify_session().await.unwrap_err(), expected);
}

/// What the service says of a database that is there, while others of the account are being opened.
const NO_SUCH_DATABASE: &str = r#"{"s":false,"d":["Data Usaha tidak tepat"]}"#;

#[tokio::test]
async fn a_database_that_was_refused_while_others_were_opened_is_opened() {
    let service = Service::start().await;
    Mock::given(path("/api/open-db.do"))
        .respond_with(json(500, NO_SUCH_DATABASE))
        .up_to_n_times(2)
        .with_priority(1)
        .mount(&service.account)
        .await;
    assert!(service.client().open(DATABASE).await.is_ok());
    assert_eq!(service.account_calls("/api/open-db.do").await, 3);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_asked_for_a_few_times_only() {
    let service = Service::start().await;
    service.account.reset().await;
    service.on_account("GET", "/api/open-db.do", json(500, NO_SUCH_DATABASE)).await;
    let error = service.client().open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error.reason().code, "reference_wrong");
    assert_eq!(service.account_calls("/api/open-db.do").await, 1 + quick().read_repeats);
}

#[tokio::test]
async fn an_expired_database_says_so() {
    let service = Service::start().await;
    service.account.reset().await;
    let body = r#"{"s":false,"d":["Masa ujicoba Data Usaha sudah berakhir"]}"#;
    service.on_account("GET", "/api/open-db.do", json(500, body)).await;
    let error = service.client().open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error.reason().code, "database_expired");
    assert_eq!(service.account_calls("/api/open-db.do").await, 1);
}
