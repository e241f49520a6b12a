//! Where the money stands, against the sandbox: one order taken apart, everything reconciled, a shadow run, a month closed.

use crate::shared::{Shop, back_fill, mapped, open, place, stocked, thirty_days_ago};
use rust_decimal::Decimal;
use selaras_app::error::ErrorCode;
use selaras_app::view::{
    OrderSheetView, PageQuery, ReconciliationQuery, ReconciliationView, ShadowRowView, ShadowView,
};
use selaras_sandbox::Fees;

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn reconciled(shop: &Shop) -> ReconciliationView {
    let query = ReconciliationQuery { refresh: true, ..ReconciliationQuery::default() };
    let view = shop.desk.reconciliation(&query).await.unwrap();
    assert_conserved(&view);
    view
}

/// What the causes say together is what the rows and the stores say together.
fn assert_conserved(view: &ReconciliationView) {
    let of = |sums: Vec<&String>| -> Decimal { sums.into_iter().map(|sum| number(sum)).sum() };
    let paid_out = of(view.rows.iter().map(|row| &row.paid_out).collect());
    assert_eq!(of(view.causes.iter().map(|cause| &cause.paid_out).collect()), paid_out);
    assert_eq!(of(view.stores.iter().map(|store| &store.paid_out).collect()), paid_out);
    let received = of(view.rows.iter().map(|row| &row.received).collect());
    assert_eq!(of(view.causes.iter().map(|cause| &cause.received).collect()), received);
    assert_eq!(view.causes.iter().map(|cause| cause.count).sum::<u32>(), view.page.total);
    for clearing in &view.clearing {
        let start = number(clearing.balance.as_ref().unwrap_or(&clearing.expected));
        assert_eq!(start + of(clearing.steps.iter().map(|step| &step.amount).collect()), Decimal::ZERO, "{clearing:?}");
    }
}

fn count(view: &ReconciliationView, cause: &str) -> u32 {
    view.causes.iter().find(|known| known.cause == cause).map_or(0, |known| known.count)
}

fn assert_sums(sheet: &OrderSheetView) {
    let mut running = None;
    for bar in &sheet.bars {
        let amount = number(&bar.amount);
        let after = if bar.level { running.unwrap_or(amount) } else { running.unwrap_or_default() + amount };
        assert_eq!(number(&bar.running), after, "{sheet:?}");
        running = Some(after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_go_from_due_to_paid_out_to_matched_and_each_tells_its_own_story() {
    let shop = open().await;
    let mut mapping = shop.desk.mapping_suggest().await.unwrap().mapping;
    mapping.sales.as_mut().unwrap().since = Some(thirty_days_ago());
    shop.desk.save_mapping(&mapping, "saved").await.unwrap();
    // The buyer pays no less for this discount, and the marketplace's sub total is without it: so is the invoice, and the payout fits.
    let odd = place(&shop, &stocked(&shop), 1, 40_000, &serde_json::json!({ "discount_amount": 500 }));
    shop.sandbox.pay_out(&[(odd, Fees { service_fee: 1_500, ..Fees::default() })]).unwrap();
    let due = reconciled(&shop).await;
    assert!(count(&due, "not_invoiced") > 10 && count(&due, "matched") == 0, "{:?}", due.causes);
    assert_eq!(due.notes, []);

    shop.sync("invoices", &back_fill()).await;
    let invoiced = reconciled(&shop).await;
    assert!(count(&invoiced, "payout_not_received") > 0, "{:?}", invoiced.causes);
    assert!(count(&invoiced, "not_invoiced") < count(&due, "not_invoiced"));

    shop.sync("receipts", &back_fill()).await;
    let settled = reconciled(&shop).await;
    // What is held back stays open, and says why.
    let held_back: Vec<_> = settled.rows.iter().filter(|row| row.cause == "payout_not_received").collect();
    assert_eq!(count(&settled, "matched") as usize, count(&invoiced, "payout_not_received") as usize - held_back.len());
    assert!(count(&settled, "matched") > 0, "{:?}", settled.causes);
    assert!(!held_back.iter().any(|row| row.number == format!("L{odd}")), "{held_back:?}");
    for row in held_back {
        let sheet = shop.desk.order_sheet(&row.number, false).await.unwrap();
        assert_sums(&sheet);
        let open = sheet.journal.iter().find(|one| one.state == "open").unwrap();
        let reason = open.reason.as_ref().unwrap();
        assert_eq!((open.kind.as_str(), reason.code.as_str()), ("receipts", "role_not_mapped"), "{row:?}");
        assert!(sheet.bars.iter().all(|bar| bar.code != "unexplained"), "{sheet:?}");
    }
    for row in settled.rows.iter().filter(|row| row.cause == "matched") {
        assert_eq!(row.paid_out, row.received);
        assert_eq!(row.receipts.len(), 1);
    }
    let received: Decimal = settled.clearing.iter().map(|one| number(&one.received)).sum();
    let matched: Decimal =
        settled.causes.iter().filter(|cause| cause.cause == "matched").map(|cause| number(&cause.received)).sum();
    assert_eq!(received, matched);

    // One that went all the way, one that waits, and one that is held.
    let paid = settled.rows.iter().find(|row| row.cause == "matched").unwrap();
    let sheet = shop.desk.order_sheet(&paid.number, false).await.unwrap();
    assert_sums(&sheet);
    assert_eq!((sheet.cause.as_str(), sheet.whole, sheet.paid_out, &sheet.held), ("matched", true, true, &None));
    assert_eq!(sheet.bars.last().map(|bar| (&bar.running, bar.booked.as_str())), Some((&paid.paid_out, "receipt")));
    assert!(sheet.bars.last().unwrap().account.is_some());
    let documents: Vec<_> = sheet.documents.iter().map(|one| (one.kind.as_str(), one.by_selaras)).collect();
    assert_eq!(documents, [("invoice", true), ("receipt", true)]);
    let journal: Vec<_> = sheet.journal.iter().map(|one| (one.kind.as_str(), one.state.as_str())).collect();
    assert_eq!(journal, [("invoices", "posted"), ("receipts", "posted")]);
    let by_id = shop.desk.order_sheet(&format!("SO-{}", sheet.order_id.0), false).await.unwrap();
    assert_eq!(by_id, sheet);
    let waiting = settled.rows.iter().find(|row| row.cause == "not_paid_out").unwrap();
    let sheet = shop.desk.order_sheet(&waiting.number, false).await.unwrap();
    assert_sums(&sheet);
    assert_eq!((sheet.paid_out, sheet.bars.last().unwrap().booked.as_str()), (false, "expected"));
    let held = settled.rows.iter().find(|row| row.cause == "not_invoiced").unwrap();
    let sheet = shop.desk.order_sheet(&held.number, false).await.unwrap();
    assert_sums(&sheet);
    assert!(sheet.held.is_some() && sheet.journal.iter().any(|one| one.state == "open"), "{sheet:?}");
    let missing = shop.desk.order_sheet("TIDAK-ADA", false).await.unwrap_err();
    assert_eq!(missing.code, ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_filtered_and_paged_and_wrong_questions_are_refused() {
    let shop = open().await;
    let all = reconciled(&shop).await;
    let desk = &shop.desk;
    let ask = |query: ReconciliationQuery| async move { desk.reconciliation(&query).await };
    let page = |at: Option<u32>, after: Option<String>| ReconciliationQuery {
        page: PageQuery { at, after, limit: 5, sort: Some("number".into()), ..PageQuery::default() },
        ..ReconciliationQuery::default()
    };
    let first = ask(page(None, None)).await.unwrap();
    let second = ask(page(None, first.page.next.clone())).await.unwrap();
    assert_eq!((first.rows.len(), first.page.total, second.page.at), (5, all.page.total, 5));
    assert!(first.rows.iter().chain(&second.rows).is_sorted_by(|one, other| one.number < other.number));
    assert_eq!(ask(page(Some(5), None)).await.unwrap().rows, second.rows);
    let store = all.stores.iter().find_map(|store| store.store_id).unwrap();
    let of_store = ask(ReconciliationQuery { store: Some(store), ..ReconciliationQuery::default() }).await.unwrap();
    assert_eq!(of_store.stores.len(), 1);
    assert!(of_store.page.total < all.page.total && !of_store.clearing.is_empty());
    let ended =
        ask(ReconciliationQuery { cause: Some("ended".into()), ..ReconciliationQuery::default() }).await.unwrap();
    assert!(ended.rows.iter().all(|row| row.cause == "ended") && !ended.rows.is_empty());
    assert_eq!(ended.causes, all.causes, "the causes are those of everything");
    let last_year = ReconciliationQuery { month: Some("2001-01".into()), ..ReconciliationQuery::default() };
    assert_eq!(ask(last_year).await.unwrap().page.total, 0);
    for wrong in [
        ReconciliationQuery { month: Some("2001".into()), ..ReconciliationQuery::default() },
        ReconciliationQuery { cause: Some("odd".into()), ..ReconciliationQuery::default() },
        ReconciliationQuery {
            page: PageQuery { sort: Some("odd".into()), ..PageQuery::default() },
            ..ReconciliationQuery::default()
        },
    ] {
        assert_eq!(ask(wrong).await.unwrap_err().code, ErrorCode::InvalidInput);
    }
}

fn merged(mut document: serde_json::Value, over: &serde_json::Value) -> serde_json::Value {
    if let (Some(fields), Some(over)) = (document.as_object_mut(), over.as_object()) {
        fields.extend(over.clone());
    }
    document
}

fn shadow_count(view: &ShadowView, agreement: &str) -> u32 {
    view.counts.iter().find(|count| count.agreement == agreement).unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_run_writes_nothing_and_finds_what_somebody_else_posted_otherwise() {
    let shop = open().await;
    let since = thirty_days_ago();
    let writes = shop.books().writes;
    let before = shop.desk.shadow(Some(&since)).await.unwrap();
    assert_eq!(shop.books().writes, writes, "a shadow run only reads");
    assert!(shadow_count(&before, "missing") > 10, "{:?}", before.counts);
    let planned = shop.desk.plan("invoices", &back_fill(), &|_| {}).await.unwrap();
    // Somebody else's integration posts one of them with 1,000 less.
    let operations =
        shop.desk.operations(&planned.plan, &selaras_app::view::OperationQuery::default()).await.unwrap().operations;
    let missing = |number: &str| before.rows.iter().any(|row| row.agreement == "missing" && row.number == number);
    let one = operations.iter().find(|one| one.action == "create" && one.after.contains_key("order_id")).unwrap();
    assert!(missing(&one.after["number"]));
    if !shop.books().customers.contains_key(&one.after["customer_no"]) {
        let customer = serde_json::json!({ "name": one.after["store_name"], "customerNo": one.after["customer_no"] });
        shop.sandbox.type_into_accurate(shop.database, "customer", customer).unwrap();
        // That it is the store's is suggested, by its number and name, and a person says so.
        mapped(&shop).await;
    }
    let lines: usize = one.after["lines"].parse().unwrap();
    let items: Vec<serde_json::Value> = (1..=lines)
        .map(|line| {
            let field = |name: &str| one.after[&format!("line.{line:03}.{name}")].clone();
            serde_json::json!({
                "itemNo": field("item_no"), "quantity": field("quantity"), "unitPrice": field("unit_price"),
                "warehouseName": field("warehouse_name"),
            })
        })
        .collect();
    let discount = number(&one.after["cash_discount"]) + Decimal::ONE_THOUSAND;
    let date = jiff::civil::Date::strptime("%Y-%m-%d", &one.after["date"]).unwrap();
    let document = serde_json::json!({
        "number": one.after["number"], "description": one.after["order_id"], "customerNo": one.after["customer_no"],
        "transDate": date.strftime("%d/%m/%Y").to_string(), "cashDiscount": discount.to_string(), "detailItem": items,
    });
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", document.clone()).unwrap();
    let after = shop.desk.shadow(Some(&since)).await.unwrap();
    let row = after.rows.iter().find(|row| row.agreement == "differs" && row.document == "invoice").unwrap();
    assert_eq!(
        (row.number.as_str(), row.amount.as_str(), row.by_looks),
        (one.after["number"].as_str(), "-1000", false)
    );
    let fields: Vec<&str> = row.differences.iter().map(|one| one.field.as_str()).collect();
    assert!(fields.contains(&"cash_discount") && fields.contains(&"total") && !fields.contains(&"line"), "{row:?}");
    assert_eq!(shadow_count(&after, "missing"), shadow_count(&before, "missing") - 1);
    // What was put right by hand is paid out, and the other integration forgets what the marketplace kept and added.
    shop.sandbox.delete_in_accurate(shop.database, "sales-invoice", &one.after["number"]).unwrap();
    let right = merged(document, &serde_json::json!({ "cashDiscount": one.after["cash_discount"] }));
    shop.sandbox.type_into_accurate(shop.database, "sales-invoice", right).unwrap();
    let receipt_of = |view: &ShadowView| {
        let of_order = |row: &&ShadowRowView| row.document == "receipt" && row.number == one.after["number"];
        view.rows.iter().find(of_order).unwrap().clone()
    };
    let missing = receipt_of(&shop.desk.shadow(Some(&since)).await.unwrap());
    let forgotten = number(&one.after["total"]) - number(&missing.expected);
    assert_eq!((missing.agreement.as_str(), forgotten.is_zero()), ("missing", false));
    let receipt = serde_json::json!({
        "number": "BKM.7", "customerNo": one.after["customer_no"], "bankNo": "110102", "chequeAmount": one.after["total"],
        "transDate": jiff::Timestamp::now().strftime("%d/%m/%Y").to_string(),
        "detailInvoice": [{ "invoiceNo": one.after["number"], "paymentAmount": one.after["total"] }],
    });
    shop.sandbox.type_into_accurate(shop.database, "sales-receipt", receipt).unwrap();
    let differs = receipt_of(&shop.desk.shadow(Some(&since)).await.unwrap());
    assert_eq!((differs.agreement.as_str(), number(&differs.amount)), ("differs", forgotten), "{differs:?}");
    assert_eq!(differs.posted.as_deref(), Some("BKM.7"));
    let wrong = shop.desk.shadow(Some("kemarin")).await.unwrap_err();
    assert_eq!(wrong.code, ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_has_both_files_and_totals_that_agree_with_the_books() {
    let shop = open().await;
    shop.sync("invoices", &back_fill()).await;
    shop.sync("receipts", &back_fill()).await;
    let view = reconciled(&shop).await;
    let folder = tempfile::tempdir().unwrap();
    let mut months: Vec<String> = view.rows.iter().map(|row| row.day[..7].to_owned()).collect();
    months.sort();
    months.dedup();
    let (mut found, mut received, mut ordered) = (Decimal::ZERO, Decimal::ZERO, 0);
    let mut on_accounts: Vec<Decimal> = vec![Decimal::ZERO; view.clearing.len()];
    for month in &months {
        let closed = shop.desk.month_end(month, folder.path()).await.unwrap();
        let (sum, stores) = closed.totals.split_last().unwrap();
        assert_eq!((sum.store_id, sum.store.as_str()), (None, ""));
        let of = |text: fn(&selaras_app::view::StoreTotalsView) -> &String| -> Decimal {
            stores.iter().map(|store| number(text(store))).sum()
        };
        assert_eq!(of(|store| &store.received), number(&sum.received));
        assert_eq!(of(|store| &store.paid_out), number(&sum.paid_out));
        assert_eq!(number(&sum.received) - number(&sum.paid_out), number(&sum.difference));
        // Every invoice of an order is Selaras's own here.
        assert_eq!((sum.posted, number(&sum.posted_total)), (sum.found, number(&sum.found_total)), "{month}");
        assert!(closed.chain.whole && closed.chain.certificates >= 4);
        for path in [&closed.workbook.path, &closed.page.path] {
            assert!(std::fs::metadata(path).unwrap().len() > 1_000, "{path}");
            assert!(path.contains(month.as_str()), "{path}");
        }
        let page = std::fs::read_to_string(&closed.page.path).unwrap();
        assert!(page.contains(&closed.chain.hash), "the page carries the chain");
        // A month begins with what the one before it ended with, and its balance is today's less what was received since.
        for ((account, now), before) in closed.clearing.iter().zip(&view.clearing).zip(&mut on_accounts) {
            assert_eq!(number(&account.opening), *before, "{month}");
            *before += number(&account.received);
            assert_eq!(number(&account.expected), *before, "{month}");
            let since = number(&now.received) - *before;
            let balance = |text: &Option<String>| text.as_deref().map(number);
            assert_eq!(balance(&account.balance), balance(&now.balance).map(|balance| balance - since), "{month}");
            let told = closed.notes.iter().find(|note| note.params.get("account") == Some(&account.account));
            assert_eq!(told.map(|note| number(&note.params["received"])), (!since.is_zero()).then_some(since));
            assert!(
                told.is_none_or(|note| note.code == "clearing_carried_back" && page.contains("saat dibaca")),
                "{told:?}"
            );
        }
        found += number(&sum.found_total);
        received += number(&sum.received);
        ordered += sum.orders;
    }
    let of_orders: Decimal = view.stores.iter().map(|store| number(&store.invoiced)).sum();
    assert_eq!(found, of_orders);
    assert_eq!(received, view.causes.iter().map(|cause| number(&cause.received)).sum());
    assert_eq!(ordered as usize, view.rows.iter().filter(|row| row.order_id.is_some()).count());
    let again = shop.desk.month_end(&months[0], folder.path()).await.unwrap();
    assert!(
        again.page.path.ends_with("(2).html") || std::fs::read_dir(folder.path()).unwrap().count() > 2 * months.len()
    );
    assert_eq!(shop.desk.month_end("2026", folder.path()).await.unwrap_err().code, ErrorCode::InvalidInput);
}
