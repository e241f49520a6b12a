//! Pages of the services that a person opens in the system's browser.

use crate::desk::{Desk, ServiceUrls};
use crate::error::{AppError, AppResult};
use url::Url;

/// Forstok's web page, where a seller works (forstok-api.md §1). Its API has other hosts.
const FORSTOK_PAGE: &str = "https://app.forstok.com/";

impl Desk {
    /// The address of a service's page: `accurate`, the host of the chosen database, else the account's; `forstok`. Built from hosts that
    /// are stored or configured, and from nothing else.
    ///
    /// # Errors
    /// When there is no such place, or its address is not one of the web.
    pub fn place(&self, place: &str) -> AppResult<Url> {
        let urls = &self.config().urls;
        let address = match place {
            "accurate" => {
                let host = match self.company()?.database {
                    Some(database) => self.profile(database)?.host,
                    None => None,
                };
                // A guess: that the root of a database's host leads a person in. Documented is only what lies below `/accurate/api`.
                host.unwrap_or_else(|| urls.accurate.clone())
            }
            "forstok" if urls.forstok_api == ServiceUrls::default().forstok_api => FORSTOK_PAGE.to_owned(),
            "forstok" => urls.forstok_api.clone(),
            _ => return Err(AppError::input("place", place)),
        };
        root(&address).ok_or_else(|| AppError::input("place", place).with("detail", address))
    }
}

/// The root of an address of the web.
fn root(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    url.join("/").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_root_of_a_web_address_is_opened() {
        let text = |address: &str| root(address).map(String::from);
        assert_eq!(text("https://zeus.accurate.id/accurate?x=1"), Some("https://zeus.accurate.id/".to_owned()));
        assert_eq!(text("http://127.0.0.1:4711"), Some("http://127.0.0.1:4711/".to_owned()));
        for other in ["file:///etc/passwd", "javascript:alert(1)", "zeus.accurate.id", "mailto:a@b.id", ""] {
            assert_eq!(text(other), None, "{other}");
        }
    }
}
