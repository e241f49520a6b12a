//! The account host, and API tokens.

use super::*;

#[tokio::test]
async fn scopes_come_from_the_token_answer_where_the_call_is_missing() {
    let service = Service::start().await;
    assert_eq!(service.client().account().scopes().await.unwrap(), ["item_view"]);
    service.on_account("GET", "/api/approved-scope.do", json(200, r#"{"s":true,"d":["item_view","item_save"]}"#)).await;
    assert_eq!(service.client().account().scopes().await.unwrap(), ["item_view", "item_save"]);
}

struct Fixed(&'static str);

impl Clock for Fixed {
    fn now(&self) -> jiff::Timestamp {
        self.0.parse().unwrap()
    }
}

fn api_token_client(service: &Service) -> AccurateClient {
    let credentials = Credentials::ApiToken {
        token: "aat.canary".into(),
        signature_secret: "31d49b3dc632614495ff8071e5be44a1".into(),
    };
    AccurateClient::builder(service.account.uri().parse().unwrap(), credentials)
        .clock(Arc::new(Fixed("2023-11-02T02:01:01Z")))
        .patience(quick())
        .build()
        .unwrap()
}

async fn bound_to(service: &Service, id: i64) {
    let body = format!(
        r#"{{"s":true,"d":{{"database":{{"id":{id},"alias":"PT Contoh","host":"{}","admin":true,"license":{{"licenseEnd":"01/12/2023","trial":false}}}},"tokenType":"api"}}}}"#,
        service.data.uri()
    );
    service.on_account("GET", "/api/api-token.do", json(200, &body)).await;
}

#[tokio::test]
async fn every_call_with_an_api_token_is_signed_and_has_no_session() {
    let service = Service::start().await;
    bound_to(&service, DATABASE.0).await;
    Mock::given(header("authorization", "Bearer aat.canary"))
        .and(header("x-api-timestamp", "02/11/2023 09:01:01"))
        .and(header("x-api-signature", "8NxvylwwMcjGyzVXK0qbwNvFFuzHpwE9tECllVwLkbo="))
        .respond_with(json(200, &page("", 1, 0, 0)))
        .expect(1)
        .mount(&service.data)
        .await;
    let client = api_token_client(&service);
    assert_eq!(client.account().databases().await.unwrap()[0].alias, "PT Contoh");
    let books = client.open(DATABASE).await.unwrap();
    books.verify_session().await.unwrap();
    assert_eq!(books.items().await, Ok(Vec::new().into()));
    assert!(!service.requests_of("item/list.do").await[0].headers.contains_key("x-session-id"));
    assert_eq!(service.account_calls("/api/open-db.do").await, 0);
}

#[tokio::test]
async fn an_api_token_of_another_database_opens_nothing() {
    let service = Service::start().await;
    bound_to(&service, 96_400).await;
    let expected = PortError::WrongDatabase { expected: DATABASE, found: DatabaseId(96_400) };
    assert_eq!(api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err(), expected);
}

#[tokio::test]
async fn a_wrong_clock_and_a_revoked_token_are_told_apart() {
    let service = Service::start().await;
    let skew = r#"{"s":false,"d":["Header X-Api Timestamp difference more than 600 seconds from server time"]}"#;
    for verb in ["GET", "POST"] {
        service.on_account(verb, "/api/api-token.do", json(401, skew)).await;
    }
    let error = api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error.reason(), Reason::new("clock_skew").with("seconds", "600"));
    service.account.reset().await;
    let revoked = r#"{"s":false,"d":["Invalid or Revoked API Token"]}"#;
    service.on_account("GET", "/api/api-token.do", json(401, revoked)).await;
    let error = api_token_client(&service).open(DATABASE).await.map(drop).unwrap_err();
    assert_eq!(error, PortError::SignInNeeded { side: "accurate" });
}
