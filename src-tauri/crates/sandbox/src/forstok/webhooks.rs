//! Webhooks to the loopback address (forstok-api.md §8): JSON `{event, order}`, header `Key`.

use serde_json::{Value, json};
use url::{Host, Url};

use super::shop::Shop;

/// Sends an event to every URL registered for it, `copies` times at once and without waiting, so that receivers meet duplicates and any
/// order. Only loopback addresses are called.
pub(crate) fn send(shop: &Shop, event: &str, order: &Value, copies: usize) {
    for (_, target) in shop.webhooks.iter().filter(|(registered, _)| registered == event) {
        let Some(target) = Url::parse(target).ok().filter(is_loopback) else { continue };
        for _ in 0..copies {
            let request = reqwest::Client::new()
                .post(target.clone())
                .header("Key", &shop.webhook_key)
                .header("Content-Type", "application/json")
                .body(json!({ "event": event, "order": order }).to_string());
            tokio::spawn(async move {
                if let Err(error) = request.send().await {
                    tracing::debug!(%error, "webhook was not delivered");
                }
            });
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(domain)) => domain == "localhost",
        None => false,
    }
}
