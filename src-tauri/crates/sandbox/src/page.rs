//! What a person finds at the root of either service: that all of it is made up.

use axum::response::Html;
use maud::{DOCTYPE, PreEscaped, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#f3f5f8;color:#1c2430;margin:0;padding:2rem}\
main{max-width:34rem;margin:auto;background:#fff;border-radius:12px;padding:2rem;box-shadow:0 2px 12px #0002}h1{font-size:1.4rem;margin-top:0}";

/// The page of one of the services.
pub(crate) fn of(service: &str) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="id" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (service) " – data contoh" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (service) ": data contoh" }
                    p { "Di sini akan terbuka " (service) " Anda. Selaras sekarang bekerja dengan data contoh, jadi tidak ada yang perlu dilihat di sini, dan tidak ada data sungguhan yang berubah." }
                    p lang="en" { "Your own " (service) " would open here. Selaras is working on made-up data now, so there is nothing to see, and no real data changes." }
                }
            }
        }
    };
    Html(page.into_string())
}
