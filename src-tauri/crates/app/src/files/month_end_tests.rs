//! Both files of a closed month, read back.

use super::*;
use crate::messages::Language;
use crate::view::{ClearingStepView, RoleTotalView};
use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeMap;
use std::io::Cursor;

fn reason(code: &str, params: &[(&str, &str)]) -> ReasonView {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ReasonView { code: code.into(), params: params.collect() }
}

fn store(id: Option<i64>, name: &str, received: &str) -> StoreTotalsView {
    StoreTotalsView {
        store_id: id.map(Id),
        store: name.into(),
        orders: 2,
        ordered: "800000".into(),
        posted: 1,
        posted_total: "400000".into(),
        found: 1,
        found_total: "400000".into(),
        received: received.into(),
        fees: vec![RoleTotalView { role: "service_fee".into(), amount: "26000.5".into() }],
        paid_out: "356000".into(),
        difference: "0".into(),
    }
}

/// Every table with a row, and a text that would break a page.
fn with<T>(look: impl FnOnce(&MonthSheet<'_>) -> T) -> T {
    let row = ReconciliationRowView {
        number: "24011<b>5".into(),
        order_id: Some(Id(1)),
        store: "Toko".into(),
        cause: "not_invoiced".into(),
        reason: reason("recon_not_invoiced", &[("amount", "400000")]),
        day: "2026-11-15".into(),
        amount: "400000".into(),
        invoice: None,
        receipts: Vec::new(),
        paid_out: "0".into(),
        received: "0".into(),
    };
    let line = |kind: Option<&str>, record: &str, code: &str| ExceptionLine {
        kind: kind.map(str::to_owned),
        record: record.into(),
        store: "Toko".into(),
        day: "2026-11-20".into(),
        amount: Some("123456789012345678".into()),
        reason: reason(code, &[]),
    };
    let clearing = ClearingView {
        account_id: Id(70),
        account: "110102 Saldo".into(),
        stores: vec!["Toko".into()],
        opening: "0".into(),
        received: "356000".into(),
        withdrawn: "0".into(),
        other: "0".into(),
        expected: "356000".into(),
        balance: Some("356000".into()),
        steps: vec![ClearingStepView { code: "in_wallet".into(), amount: "-356000".into() }],
    };
    let run = RunLine {
        number: Some(3),
        started_at: "2026-11-22T07:26:00Z".parse().unwrap(),
        kind: "invoices".into(),
        counts: RunCounts { input: 3, posted: 2, held: 1, failed: 0, unknown: 0 },
        certificate: Some("abc".into()),
        run: "run-1".into(),
    };
    look(&MonthSheet {
        month: "2026-11",
        company: "PT Contoh <Jaya>",
        database: Id(96400),
        read_at: "2026-12-01T01:00:00Z".parse().unwrap(),
        zone: TimeZone::get("Asia/Jakarta").unwrap(),
        notes: &[reason("recon_receipts_not_read", &[])],
        totals: &[store(Some(7001), "Toko", "356000"), store(None, "", "356000")],
        unposted: &[row],
        exceptions: &[line(None, "A1", "recon_amount_differs"), line(Some("invoices"), "A2", "offline")],
        clearing: &[clearing],
        runs: &[run],
        chain: &ChainView { hash: "abc".into(), certificates: 3, whole: true },
    })
}

fn sheets(language: Language) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut file = Vec::new();
    with(|sheet| workbook(sheet, Sentences::of(language), &mut file)).unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    let names = book.sheet_names();
    names
        .into_iter()
        .map(|name| {
            let range = book.worksheet_range(&name).unwrap();
            (name, range.rows().map(<[Data]>::to_vec).collect())
        })
        .collect()
}

#[test]
fn the_sheets_hold_figures_as_numbers_and_codes_as_text() {
    let sheets = sheets(Language::En);
    let names: Vec<&str> = sheets.keys().map(String::as_str).collect();
    assert_eq!(names, ["About", "Clearing accounts", "Control totals", "Open exceptions", "Orders not posted", "Runs"]);
    let text = |text: &str| Data::String(text.to_owned());
    let totals = &sheets["Control totals"];
    assert_eq!(totals[0][0], text("Store"));
    assert_eq!(totals[0][8], text("service fee"));
    assert_eq!(totals[1][7..11], [356_000.0, 26_000.5, 356_000.0, 0.0].map(Data::Float));
    assert_eq!(totals[2][0], text("All together"));
    assert_eq!(sheets["Orders not posted"][1][..2], [text("24011<b>5"), text("Toko")]);
    // More digits than a sheet can hold.
    assert_eq!(sheets["Open exceptions"][1][4], text("123456789012345678"));
    assert_eq!(sheets["Open exceptions"][2][0], text("Invoices"));
    assert_eq!(sheets["Runs"][1][7..], [text("abc"), text("run-1")]);
    let clearing = &sheets["Clearing accounts"];
    assert_eq!(clearing.last().unwrap()[3], Data::Float(0.0));
}

#[test]
fn the_page_says_the_same_and_loads_nothing() {
    for language in [Language::Id, Language::En] {
        let mut file = Vec::new();
        with(|sheet| page(sheet, Sentences::of(language), &mut file)).unwrap();
        let page = String::from_utf8(file).unwrap();
        for text in
            ["PT Contoh &lt;Jaya&gt; · 96400", "24011&lt;b&gt;5", "<code>abc</code>", "2026-12-01 08:00:00 +07:00"]
        {
            assert!(page.contains(text), "{text} is not in {page}");
        }
        for forbidden in ["<script", "http://", "https://", "src=", "href=", "month.", "clearing.", "cause.", "recon_"]
        {
            assert!(!page.contains(forbidden), "{forbidden} is in the page");
        }
    }
    let mut file = Vec::new();
    with(|sheet| page(sheet, Sentences::of(Language::Id), &mut file)).unwrap();
    let page = String::from_utf8(file).unwrap();
    assert!(page.contains("Rp26.000,5") && page.contains("tr class=\"sum\""), "{page}");
}
