//! The pages a person sees in the browser: consent, and what went wrong.

use maud::{DOCTYPE, Markup, html};

use super::oauth::Request;

/// The account on the consent page that does not own the databases.
pub(crate) const STAFF_EMAIL: &str = "dimas.gudang@example.com";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#f3f5f8;color:#1c2430;margin:0;padding:2rem}\
main{max-width:34rem;margin:auto;background:#fff;border-radius:12px;padding:2rem;box-shadow:0 2px 12px #0002}\
h1{font-size:1.4rem;margin-top:0}fieldset{border:1px solid #d5dbe3;border-radius:8px;margin:0 0 1.25rem;padding:1rem}\
legend{font-weight:600;padding:0 .4rem}label{display:block;padding:.2rem 0}.scopes{columns:2;font-size:.9rem}\
button{font:inherit;padding:.6rem 1.4rem;border-radius:8px;border:1px solid #b7c0cc;background:#fff;cursor:pointer}\
button.allow{background:#c8102e;border-color:#c8102e;color:#fff}.row{display:flex;gap:.75rem}";

fn frame(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="id" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { (title) } style { (maud::PreEscaped(STYLE)) } }
            body { main { (content) } }
        }
    }
    .into_string()
}

/// The consent page. Any scope can be left out.
pub(crate) fn page(request: &Request, owner_email: &str) -> String {
    let content = html! {
        h1 { "Selaras meminta akses ke Accurate Online" }
        form method="post" action="/oauth/authorize" {
            input type="hidden" name="client_id" value=(request.client_id);
            input type="hidden" name="redirect_uri" value=(request.redirect_uri);
            input type="hidden" name="response_type" value=(request.response_type);
            @if let Some(state) = &request.state { input type="hidden" name="state" value=(state); }
            fieldset {
                legend { "Masuk sebagai" }
                label { input type="radio" name="account" value="owner" checked; " " (owner_email) " (pemilik Data Usaha)" }
                label { input type="radio" name="account" value="staff"; " " (STAFF_EMAIL) }
            }
            fieldset {
                legend { "Aplikasi ini dapat" }
                div.scopes {
                    @for scope in &request.scopes {
                        label { input type="checkbox" name="scope" value=(scope) checked; " " (describe(scope)) }
                    }
                }
            }
            div.row {
                button.allow type="submit" name="decision" value="allow" { "Beri Akses" }
                button type="submit" name="decision" value="deny" { "Tolak" }
            }
        }
    };
    frame("Izin Akses – Accurate Online", &content)
}

/// `item_adjustment_save` becomes "Menyimpan item adjustment".
fn describe(scope: &str) -> String {
    let verbs = [("_view", "Melihat"), ("_save", "Menyimpan"), ("_delete", "Menghapus")];
    let found = verbs.iter().find_map(|(ending, verb)| Some((scope.strip_suffix(ending)?, verb)));
    found.map_or_else(|| scope.replace('_', " "), |(module, verb)| format!("{verb} {}", module.replace('_', " ")))
}

/// A page for a request that cannot be shown a consent.
pub(crate) fn problem(message: &str) -> String {
    frame("Permintaan tidak dapat diproses", &html! { h1 { "Permintaan tidak dapat diproses" } p { (message) } })
}
