//! Where the money stands, from the terminal: for programs and for people.

use super::desk::{first_database, shop};
use selaras_sandbox::SandboxOptions;
use serde_json::Value;

fn since() -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    (today - jiff::Span::new().days(30)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_told_for_programs_and_for_people() {
    let (sandbox, desk) = shop(SandboxOptions { items: 20, orders: 24, ..SandboxOptions::default() }).await;
    desk.connect(first_database(sandbox.connection())).await;
    desk.map().await;
    desk.answer("sync items", 3).await;
    let since = since();
    let shadow = desk.answer(&format!("shadow --since {since}"), 0).await;
    assert_eq!(shadow["since"], since.as_str());
    let missing = shadow["counts"].as_array().unwrap().iter().find(|one| one["agreement"] == "missing").unwrap();
    assert!(missing["count"].as_u64().unwrap() > 0, "{shadow}");

    let view = desk.answer("reconcile", 0).await;
    let rows = view["rows"].as_array().unwrap();
    assert_eq!(rows.len() as u64, view["page"]["total"].as_u64().unwrap());
    let ordered = rows.iter().find(|row| row["order_id"].is_number()).unwrap();
    let number = ordered["number"].as_str().unwrap();
    let month = &ordered["day"].as_str().unwrap()[..7];
    let of_month = desk.answer(&format!("reconcile --month {month}"), 0).await;
    let within = |row: &Value| row["day"].as_str().unwrap().starts_with(month);
    assert!(of_month["rows"].as_array().unwrap().iter().all(within));

    let sheet = desk.answer(&format!("explain --order {number}"), 0).await;
    assert_eq!(sheet["number"], number);
    assert_eq!(sheet["bars"].as_array().unwrap()[0]["code"], "buyer_paid");

    let folder = desk.folder.path().join("laporan");
    let closed = desk.answer(&format!("month-end {month} --out {}", folder.display()), 0).await;
    assert!(closed["workbook"]["path"].as_str().unwrap().ends_with(".xlsx"));
    assert!(closed["page"]["path"].as_str().unwrap().ends_with(".html"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);

    for (language, paid) in [("id", "dibayar pembeli"), ("en", "paid by the buyer")] {
        let out = folder.display().to_string();
        for line in [
            vec!["explain", "--order", number],
            vec!["reconcile"],
            vec!["shadow", "--since", &since],
            vec!["month-end", month, "--out", &out],
        ] {
            let said =
                desk.command(["--lang", language].into_iter().chain(line.iter().copied())).output().await.unwrap();
            let text = String::from_utf8(said.stdout).unwrap();
            assert!(said.status.success(), "{line:?}: {}", String::from_utf8_lossy(&said.stderr));
            for raw in ["{", "recon_", " h.", "cause.", "booked.", "clearing."] {
                assert!(!text.contains(raw), "{line:?}: {raw} in {text}");
            }
            assert_eq!(text.contains(paid), line[0] == "explain", "{text}");
        }
    }
    assert_eq!(desk.run("explain --order NO-SUCH-ORDER").await.ends(1).error(), "not_found");
    assert_eq!(desk.run("month-end 2026").await.ends(2).error(), "invalid_input");
}
