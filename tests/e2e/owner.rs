//! The story, step by step as the rail shows it: a shop whose Accurate is still empty, from the first screen to the second database.

use crate::browser;
use crate::window::{Opening, Window};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// How often a person presses what is still open.
const PRESSES: usize = 4;

/// Opens the window on a made-up shop inside it.
pub async fn open(data: &Path, guide: Option<&str>) -> Result<Window> {
    let story = guide.map_or_else(|| "owner".to_owned(), |language| format!("guide-{language}"));
    let variables = [("SELARAS_SANDBOX", "1"), ("SELARAS_SANDBOX_ITEMS", "60"), ("SELARAS_SANDBOX_ORDERS", "40")];
    Window::open(Opening {
        story: &story,
        data: data.to_owned(),
        variables: variables.map(|(name, value)| (name, value.to_owned())).to_vec(),
        all_looks: guide.is_none(),
    })
    .await
}

/// Tells it.
pub async fn tell(window: &Window, guide: Option<&str>) -> Result<()> {
    if guide == Some("en") {
        window.click("lang-en").await?;
    }
    welcome(window).await?;
    connect_forstok(window).await?;
    connect_accurate(window, "03").await?;
    let first = choose_database(window, &[]).await?;
    map(window, "accounts", "07-accounts").await?;
    let warehouses = map(window, "warehouses", "08-warehouses").await?;
    decide_skus(window).await?;
    let counted = sync_items(window).await?;
    take_opening_stock(window, &counted, warehouses.first().context("no warehouse")?).await?;
    sync_stock(window).await?;
    find_nothing_to_send_again(window).await?;
    look_around_the_house(window, counted.first().context("nothing was counted")?).await?;
    close_the_sales(window).await?;
    change_the_look(window).await?;
    change_the_database(window, &first).await
}

async fn welcome(window: &Window) -> Result<()> {
    window.see("welcome-new").await?;
    window.picture("01-welcome").await?;
    window.click("welcome-new").await?;
    window.click("welcome-next").await
}

async fn connect_forstok(window: &Window) -> Result<()> {
    window.see("connect-sandbox").await?;
    let key = window.value_of("connect-forstok-key").await?;
    window.picture("02-connect-forstok").await?;

    window.type_into("connect-forstok-key", "not-the-key").await?;
    window.click("connect-forstok-submit").await?;
    window.see("error-wrong-forstok-key").await?;
    window.picture("02-wrong-forstok-key").await?;

    window.type_into("connect-forstok-key", &key).await?;
    window.click("connect-forstok-submit").await
}

async fn connect_accurate(window: &Window, number: &str) -> Result<()> {
    window.value_of("connect-client-secret").await?;
    window.picture(&format!("{number}-connect-accurate")).await?;
    window.click("connect-accurate-submit").await?;
    window.see("connect-waiting").await?;
    window.picture(&format!("{number}-connect-waiting")).await?;
    let address = window.read("connect-authorize-url").await?;
    browser::grant(&address).await.context("the person's browser")?;
    window.see("connect-accurate-done").await?;
    ensure!(!window.has("connect-missing").await, "everything was granted, yet the window misses a permission");
    window.picture(&format!("{number}-connected")).await?;
    window.click("connect-next").await
}

/// Chooses the first usable database that is not among `others`; answers its test id.
async fn choose_database(window: &Window, others: &[&str]) -> Result<String> {
    window.see("database-use").await?;
    window.see_any("database-choice-").await?;
    let refused = window.ids_beginning_with("database-off-").await?;
    ensure!(refused.len() >= 2, "an expired and a foreign database should be shown and refused, not {refused:?}");
    let usable = window.ids_beginning_with("database-choice-").await?;
    let chosen = usable.iter().find(|id| !others.contains(&id.as_str())).context("no other usable database")?;
    window.click(chosen).await?;
    window.picture(if others.is_empty() { "06-databases" } else { "22-other-database" }).await?;
    window.click("database-use").await?;
    window.see("band-company").await?;
    Ok(chosen.clone())
}

/// Takes every suggestion, one after the other, chooses the rest, and saves; answers the names on Forstok's side.
async fn map(window: &Window, step: &str, picture: &str) -> Result<Vec<String>> {
    window.click(&format!("step-{step}")).await?;
    window.see_any("map-row").await?;
    let names = window.parts("map-row", "medium").await?;
    window.picture(picture).await?;
    if window.has("mapping-take-sure").await {
        window.click("mapping-take-sure").await?;
    }
    while let Some(suggestion) = window.ids_beginning_with("map-accept-").await?.first() {
        window.click(suggestion).await?;
    }
    // For a store without a suggestion the person chooses; its customer may stay open, the program makes it.
    // On a busy machine a list may be drawn anew under a press, which is then nobody's: the person sees it and presses again.
    for _ in 0..PRESSES {
        let open = [window.empty_places("bank_account_id").await?, window.empty_places("roles.").await?].concat();
        for place in &open {
            window.pick_first(&format!("map-{}", place.replace(['.', '_'], "-"))).await?;
        }
        if open.is_empty() {
            break;
        }
    }
    window.picture(&format!("{picture}-chosen")).await?;
    if window.has("mapping-save").await {
        window.click("mapping-save").await?;
    }
    window.step_is(step, "done").await?;
    Ok(names)
}

async fn decide_skus(window: &Window) -> Result<()> {
    window.click("step-skus").await?;
    window.see_any("sku-item").await?;
    window.picture("09-skus").await?;
    if window.has("sku-accept-sure").await {
        window.click("sku-accept-sure").await?;
        window.click("sku-ask-sure-yes").await?;
        window.see("sku-sure-done").await?;
    }
    window.click("sku-skip").await?;
    window.see("sku-last").await?;
    window.picture("10-sku-decided").await
}

/// Answers some of the SKUs that were sent, to be counted.
async fn sync_items(window: &Window) -> Result<Vec<String>> {
    window.click("step-items").await?;
    window.click("plan-make").await?;
    window.see_after_work("plan-counts").await?;
    window.see_any("plan-open").await?;
    let skus = window.parts("plan-open", "code").await?;
    look_and_send(window, "11-items").await?;
    Ok(skus)
}

async fn take_opening_stock(window: &Window, skus: &[String], warehouse: &str) -> Result<()> {
    window.click("step-opening-stock").await?;
    window.click("opening-source-file").await?;
    window.choose_file("opening-file-input", "hitungan.csv", "ini bukan hitungan stok\n").await?;
    window.see("error-file-malformed").await?;
    window.picture("12-malformed-file").await?;

    let rows: Vec<String> = skus.iter().map(|sku| format!("\"{sku}\",\"{warehouse}\",25,10000\n")).collect();
    let count = format!("SKU,Gudang,Jumlah,Harga pokok\n{}", rows.concat());
    window.choose_file("opening-file-input", "hitungan.csv", &count).await?;
    window.see("opening-rows").await?;
    window.picture("12-opening-stock").await?;
    window.click("plan-make").await?;
    look_and_send(window, "13-opening-stock").await
}

async fn sync_stock(window: &Window) -> Result<()> {
    window.click("step-stock").await?;
    window.click("plan-make").await?;
    look_and_send(window, "14-stock").await
}

/// Looks at the plan and at one record of it, sends it, and reads the receipt to the last number.
pub async fn look_and_send(window: &Window, picture: &str) -> Result<()> {
    window.see_after_work("plan-counts").await?;
    window.see_any("plan-open").await?;
    window.picture(&format!("{picture}-plan")).await?;
    window.click("plan-open").await?;
    window.see("plan-document").await?;
    window.picture(&format!("{picture}-document")).await?;
    if window.has("plan-confirm").await {
        window.click("plan-confirm").await?;
    }
    window.click("plan-apply").await?;
    window.see_after_work("receipt-hash").await?;
    window.picture(&format!("{picture}-receipt")).await?;

    let input = window.number("receipt-in").await?;
    let posted = window.number("receipt-posted").await?;
    let held = window.number("receipt-held").await?;
    let failed = window.number("receipt-failed").await?;
    ensure!(posted > 0, "{picture}: nothing was sent");
    ensure!(input == posted + held + failed, "{picture}: {input} is not {posted} + {held} + {failed}");
    ensure!(failed == 0, "{picture}: {failed} were refused");
    window.see("receipt-checked").await?;
    ensure!(!window.has("receipt-differences").await, "{picture}: something reads back otherwise than sent");
    Ok(())
}

async fn find_nothing_to_send_again(window: &Window) -> Result<()> {
    window.click("run-next").await?;
    window.click("plan-make").await?;
    window.see_after_work("again-settled").await?;
    window.see("again-exports").await?;
    window.picture("15-items-again").await?;
    ensure!(window.number("again-writes").await? == 0);
    window.click("again-home").await
}

async fn look_around_the_house(window: &Window, sku: &str) -> Result<()> {
    window.see_any("home-run").await?;
    window.picture("16-home").await?;
    window.click("nav-inbox").await?;
    window.see_any("inbox-cause").await?;
    window.picture("17-inbox").await?;
    window.click("nav-explain").await?;
    window.see("explain-search").await?;
    window.type_into("explain-search", sku).await?;
    window.see(&format!("explain-option-{sku}")).await?;
    window.see_settled("explain-option-").await?;
    window.click(&format!("explain-option-{sku}")).await?;
    window.see_any("explain-place").await?;
    window.picture("18-explain").await?;
    window.click("nav-runs").await?;
    // Items, opening stock and stock.
    window.see_so_many("runs-open", 3).await?;
    window.picture("18-runs").await?;
    window.click("runs-open").await?;
    window.see("receipt-hash").await?;
    window.picture("19-run").await
}

/// Invoices what was sold before the connection, books what was paid out of it, and sees where the money stands.
async fn close_the_sales(window: &Window) -> Result<()> {
    window.click("nav-home").await?;
    window.click("home-invoices").await?;
    window.click("rules-edit").await?;
    window.choose("rules-start", "day").await?;
    let month_ago = jiff::Zoned::now().date() - jiff::Span::new().days(30);
    window.type_day("rules-since", month_ago).await?;
    window.picture("19-rules").await?;
    window.click("rules-save").await?;
    window.see("rules-edit").await?;
    window.click("plan-make-invoices").await?;
    look_and_send(window, "19-invoices").await?;
    book_payouts(window, "19-receipts").await?;
    window.click("nav-home").await?;
    window.click("home-invoices").await?;
    window.click("orders-reconciliation").await?;
    window.see_after_work("recon-part-rows").await?;
    window.see_any("recon-cause").await?;
    window.picture("19-reconciliation").await?;
    window.click("recon-part-clearing").await?;
    window.see_any("clearing-account").await?;
    window.picture("19-clearing").await?;
    window.click("orders-month").await?;
    window.see("month-make").await?;
    window.click("month-make").await?;
    window.see_after_work("month-workbook").await?;
    window.picture("19-month-end").await?;
    window.click("orders-shadow").await?;
    window.click("shadow-make").await?;
    // Every invoice is Selaras' own: another integration has posted none.
    window.see_after_work("shadow-nothing").await?;
    window.picture("19-shadow").await?;
    // An order that went all the way: from its row to its waterfall.
    window.click("orders-reconciliation").await?;
    window.click("recon-part-rows").await?;
    window.click_at("[data-testid=recon-cause][data-code=matched]").await?;
    // The rows of before stay in sight until these are here; a press on one that is being replaced would go nowhere.
    let of_cause = "[data-testid=recon-case][data-code=matched] [data-testid=recon-rows]:not([aria-busy])";
    window.click_at(&format!("{of_cause} [data-testid=recon-rows-row] td")).await?;
    window.see_after_work("order-head").await?;
    window.see("order-documents").await?;
    window.picture("19-order").await
}

/// From the home to the receipts of what was paid out, and to their proof.
pub async fn book_payouts(window: &Window, picture: &str) -> Result<()> {
    window.click("nav-home").await?;
    window.click("home-receipts").await?;
    window.click("plan-make-receipts").await?;
    look_and_send(window, picture).await
}

async fn change_the_look(window: &Window) -> Result<()> {
    window.click("nav-settings").await?;
    window.click("settings-lang-en").await?;
    window.see("settings-theme-dark").await?;
    window.picture("20-settings-english").await?;
    window.click("settings-theme-dark").await?;
    window.click("nav-home").await?;
    window.see_any("home-run").await?;
    window.picture("20-home-dark").await?;
    window.click("nav-settings").await?;
    window.click("settings-theme-light").await?;
    window.click("settings-lang-id").await
}

/// Disconnects, connects to another database, and finds what belongs to the first where it was.
async fn change_the_database(window: &Window, first: &str) -> Result<()> {
    window.click("settings-disconnect").await?;
    window.click("settings-disconnect-confirm").await?;
    connect_accurate(window, "21").await?;
    let second = choose_database(window, &[first]).await?;
    window.click("step-accounts").await?;
    window.see_any("map-row").await?;
    window.picture("23-accounts-of-the-second").await?;
    ensure!(
        !window.ids_beginning_with("map-accept-").await?.is_empty(),
        "the second database starts with suggestions from the first"
    );

    window.click("step-database").await?;
    window.see_any("database-choice-").await?;
    window.click(first).await?;
    window.click("database-use").await?;
    // The house stands again: its set-up is done, and what was mapped is mapped.
    window.click("nav-accounts").await?;
    window.see_any("map-row").await?;
    let empty = window.empty_places("bank_account_id").await?;
    ensure!(empty.is_empty(), "the first database lost {empty:?}");
    window.click("nav-runs").await?;
    window.see_any("runs-open").await?;
    window.picture("24-first-database-again").await?;
    ensure!(first != second);
    Ok(())
}
