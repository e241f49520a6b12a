//! A small client for the tests: it signs in, opens the first database, and calls by hand.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use selaras_sandbox::{Allowance, Sandbox, SandboxOptions};
use serde_json::{Value, json};

/// Everything a client may ask for.
pub const SCOPES: &str = "item_view item_save item_delete item_category_view item_category_save unit_view unit_save \
    glaccount_view glaccount_save glaccount_delete warehouse_view warehouse_save branch_view branch_save customer_view customer_save \
    customer_category_view item_adjustment_view item_adjustment_save item_adjustment_delete sales_invoice_view \
    sales_invoice_save sales_receipt_view sales_receipt_save sales_receipt_delete sales_return_view sales_return_save sales_return_delete tax_view currency_view company_data";

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    pub fn messages(&self) -> Vec<String> {
        let texts = self.json()["d"].clone();
        texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }
}

pub struct Shop {
    pub sandbox: Sandbox,
    pub http: Client,
    pub access: String,
    pub refresh: String,
    pub session: String,
    pub host: String,
    pub forstok_token: String,
}

/// Options without limits of rate, for tests that are about something else.
pub fn unlimited() -> SandboxOptions {
    let wide = Allowance { calls: 100_000, window: std::time::Duration::from_secs(1), parallel: 1000 };
    SandboxOptions { accurate_allowance: wide, forstok_writes: wide, ..SandboxOptions::default() }
}

pub fn http() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.unwrap()
}

pub async fn try_send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

impl Shop {
    /// Starts a sandbox, signs in with all scopes, opens the first database and takes a Forstok token.
    pub async fn open(options: SandboxOptions) -> Self {
        Self::open_with(options, SCOPES).await
    }

    pub async fn open_with(options: SandboxOptions, scopes: &str) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let mut shop = Self {
            sandbox,
            http: http(),
            access: String::new(),
            refresh: String::new(),
            session: String::new(),
            host: String::new(),
            forstok_token: String::new(),
        };
        let code = shop.consent(scopes).await;
        let answer = shop
            .token(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &shop.redirect_uri())])
            .await;
        shop.keep(&answer.json());
        let first = shop.sandbox.connection().databases[0].id;
        shop.open_database(first).await;
        let answer = shop.forstok_auth().await;
        shop.forstok_token = answer.json()["data"]["token"].as_str().unwrap().to_owned();
        shop
    }

    pub fn keep(&mut self, token: &Value) {
        self.access = token["access_token"].as_str().unwrap().to_owned();
        self.refresh = token["refresh_token"].as_str().unwrap().to_owned();
    }

    pub fn redirect_uri(&self) -> String {
        self.sandbox.connection().redirect_uri.clone()
    }

    pub fn authorize_url(&self, scopes: &str) -> String {
        let connection = self.sandbox.connection();
        let mut url = url::Url::parse(&format!("{}/oauth/authorize", connection.accurate_url)).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("client_id", connection.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", &connection.redirect_uri),
            ("scope", scopes),
            ("state", "xyz"),
        ]);
        url.to_string()
    }

    /// Consents as the owner and returns the code.
    pub async fn consent(&self, scopes: &str) -> String {
        let location = self.sandbox.grant(&self.authorize_url(scopes)).await.unwrap();
        let location = url::Url::parse(&location).unwrap();
        location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        let connection = self.sandbox.connection();
        let request = self.http.post(format!("{}/oauth/token", connection.accurate_url));
        send(request.basic_auth(&connection.client_id, Some(&connection.client_secret)).form(form)).await
    }

    pub fn account(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.connection().accurate_url);
        self.http.request(method, url).bearer_auth(&self.access).header("Accept", "application/json")
    }

    pub async fn open_database(&mut self, id: i64) {
        let opened = send(self.account(Method::GET, &format!("/api/open-db.do?id={id}"))).await.json();
        self.session = opened["session"].as_str().unwrap().to_owned();
        self.host = opened["host"].as_str().unwrap().to_owned();
    }

    pub fn data(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/accurate/api/{path}", self.host));
        request.bearer_auth(&self.access).header("X-Session-ID", &self.session).header("Accept", "application/json")
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.data(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.data(Method::POST, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.data(Method::DELETE, path)).await
    }

    pub async fn forstok_auth(&self) -> Answer {
        let connection = self.sandbox.connection();
        let query = [
            ("id", connection.forstok_email.as_str()),
            ("secret_key", &connection.forstok_secret_key),
            ("type", "seller"),
        ];
        send(self.http.post(format!("{}/api/v2/auth", connection.forstok_auth_url)).query(&query).json(&json!({})))
            .await
    }

    pub fn forstok(&self, method: Method, path: &str) -> RequestBuilder {
        let connection = self.sandbox.connection();
        let request = self.http.request(method, format!("{}/api/{path}", connection.forstok_api_url));
        let query = [("user_id", connection.forstok_email.as_str()), ("auth_type", "jwt")];
        request.query(&query).bearer_auth(&self.forstok_token)
    }

    pub async fn forstok_get(&self, path: &str) -> Answer {
        send(self.forstok(Method::GET, path)).await
    }

    pub async fn forstok_post(&self, path: &str, body: Value) -> Answer {
        send(self.forstok(Method::POST, path).json(&body)).await
    }

    pub fn first(&self) -> selaras_sandbox::DatabaseState {
        let id = self.sandbox.connection().databases[0].id;
        self.sandbox.state().databases.remove(&id).unwrap()
    }
}

/// The signature of an API-token call.
pub fn signature(secret: &str, time: &str) -> String {
    use base64::Engine as _;
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}
