//! The person's browser, as far as the sign-in needs one: it opens the address, presses *Beri Akses* on whatever form is there, and
//! goes where it is sent. Knows nothing of the sandbox.

use anyhow::{Context, Result, bail, ensure};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use url::Url;

/// Grants everything that the page asks for; the answer is what the program's own page says in the end.
pub async fn grant(authorize_url: &str) -> Result<String> {
    let browser = Client::builder().redirect(Policy::none()).no_proxy().build()?;
    let address = Url::parse(authorize_url).context("the address that the window shows")?;
    let page = browser.get(address.clone()).send().await?;
    ensure!(page.status() == StatusCode::OK, "the consent page answered {}", page.status());
    let page = page.text().await?;

    let form = tags(&page, "form").into_iter().next().context("the consent page has no form")?;
    let target = address.join(attribute(form, "action").as_deref().unwrap_or_default())?;
    let answer = browser.post(target.clone()).form(&filled_in(&page)?).send().await?;
    let Some(location) = answer.headers().get("location") else {
        bail!("the consent page answered {} and sends nobody back", answer.status());
    };
    let back = target.join(location.to_str()?)?;
    Ok(browser.get(back).send().await?.text().await?)
}

/// What the browser sends when *Beri Akses* is pressed on the form as it stands.
fn filled_in(page: &str) -> Result<Vec<(String, String)>> {
    let mut fields: Vec<(String, String)> = tags(page, "input")
        .into_iter()
        .filter(|input| {
            let choosable = matches!(attribute(input, "type").as_deref(), Some("radio" | "checkbox"));
            !choosable || input.contains(" checked")
        })
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect();
    let before = page.split("Beri Akses").next().filter(|before| before.len() < page.len());
    let button = before.and_then(|before| before.rfind("<button").map(|start| &before[start..]));
    let button = button.context("the consent page has no button \"Beri Akses\"")?;
    if let (Some(name), Some(value)) = (attribute(button, "name"), attribute(button, "value")) {
        fields.push((name, value));
    }
    Ok(fields)
}

/// All opening tags of a name, without their brackets.
fn tags<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!("<{name} ")).skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">"))
}

#[test]
fn a_form_is_sent_as_a_browser_sends_it() {
    let page = r#"<form method="post" action="/a"><input type="hidden" name="state" value="a&amp;b">
        <input type="radio" name="who" value="1" checked><input type="radio" name="who" value="2">
        <button class="x" name="d" value="yes">Beri Akses</button><button name="d" value="no">Tolak</button></form>"#;
    let sent = [("state", "a&b"), ("who", "1"), ("d", "yes")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(filled_in(page).unwrap(), sent);
}
