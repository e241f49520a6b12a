//! The sheet of a run says what its journal and its certificate say.

use rust_decimal::Decimal;
use selaras_app::demo;
use selaras_app::desk::{Desk, DeskConfig, SecretsMode};
use selaras_app::environment::Environment;
use selaras_app::view::RunSheetView;

fn sum(texts: impl Iterator<Item = Option<String>>) -> Decimal {
    texts.flatten().map(|text| text.parse::<Decimal>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheets_of_a_whole_job_agree_with_their_journals_and_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    demo::run(folder.path(), 60, 5, &|_| {}, &|_| {}).await.unwrap();
    let data_dir = std::fs::read_dir(folder.path().join("demo")).unwrap().next().unwrap().unwrap().path();
    let services = Environment::read(|_| None, || None).unwrap();
    let desk = Desk::open(DeskConfig { secrets: SecretsMode::Memory, ..services.desk(&data_dir, "demo") }).unwrap();
    let mut runs = desk.runs().await.unwrap().runs;
    runs.reverse();
    let mut sheets: Vec<RunSheetView> = Vec::new();
    for run in &runs {
        sheets.push(desk.run_sheet(&run.run).await.unwrap());
    }
    let kinds: Vec<String> = sheets.iter().map(|sheet| sheet.run.kind.clone()).collect();
    assert_eq!(kinds, ["listings", "items", "opening-stock", "stock", "items", "invoices", "receipts"]);
    // What was decided about listings in Forstok has no way back there.
    let listings = sheets.remove(0);
    let impossible = listings.undo.impossible.map(|reason| reason.code);
    assert_eq!((runs.remove(0).kind.as_str(), impossible.as_deref()), ("listings", Some("undo_not_offered")));
    assert_eq!((listings.certificate_no, listings.total), (Some(1), None));
    let mut previous = listings.run.certificate.unwrap();
    for (number, (sheet, run)) in (2..).zip(sheets.iter().zip(&runs)) {
        assert_eq!(&sheet.run, run);
        assert_eq!(sheet.changes.iter().map(|change| change.rows).sum::<u32>(), run.posted, "{}", run.kind);
        assert_eq!(sheet.proof.as_ref().map(|proof| (proof.checked, proof.differences.len())), Some((run.posted, 0)));
        // Each certificate carries the hash of the one before it.
        assert_eq!((sheet.certificate_no, sheet.previous.as_ref()), (Some(number), Some(&previous)));
        previous = run.certificate.clone().unwrap();
        let impossible = sheet.undo.impossible.as_ref().map(|reason| reason.code.as_str());
        assert_eq!((sheet.undo.rows, impossible), (run.posted, (run.posted == 0).then_some("undo_nothing_posted")));
        assert_eq!((sheet.undo.scope.is_empty(), sheet.settled), (run.posted == 0, 0));
    }
    let [items, opening, stock, again, invoices, receipts] = sheets.as_slice() else { panic!("six are left") };
    assert!(items.changes.iter().all(|change| change.before.is_none() && change.amount.is_none()));
    assert!(items.changes.is_sorted_by(|a, b| a.rows >= b.rows) && items.changes.len() > 1);
    let total: Decimal = opening.total.as_ref().unwrap().parse().unwrap();
    assert_eq!(sum(opening.changes.iter().map(|change| change.amount.clone())), total);
    assert!(total > Decimal::ZERO && sum(opening.changes.iter().map(|change| change.after.clone())) > Decimal::ZERO);
    assert_eq!((stock.total.as_ref(), again.same), (None, again.same.max(items.run.posted)));
    assert!(
        stock
            .changes
            .iter()
            .all(|change| change.before.is_some() && change.after.is_some() && !change.label.is_empty())
    );
    // What is sold is told by store, in rupiah that moves.
    for sold in [invoices, receipts] {
        let total: Decimal = sold.total.as_ref().unwrap().parse().unwrap();
        assert!(total > Decimal::ZERO, "{}", sold.run.kind);
        assert_eq!(sum(sold.changes.iter().map(|change| change.amount.clone())), total, "{}", sold.run.kind);
        assert!(sold.changes.iter().all(|change| !change.label.is_empty()), "{:?}", sold.changes);
    }
}
