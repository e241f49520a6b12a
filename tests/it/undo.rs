//! Undo is the inverse (trust #12): what the planners of undo decide, and that a run and its undo leave both sides as they were,
//! whatever goes wrong on the way and wherever it is killed. What somebody else has touched stays.

use crate::stand_in::{
    DATABASE, Fault, SHELF, StandInBooks, StandInJournal, StandInShop, WAREHOUSE, making, until_decided,
};
use jiff::civil::date;
use proptest::prelude::*;
use selaras_domain::accurate::{Adjustment, AdjustmentLine, Item};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::ids::{AccountId, AdjustmentId, ItemId};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{OperationState, RunId, RunState};
use selaras_engine::apply::{RunEnd, apply};
use selaras_engine::kinds::opening_stock::{self, CountedLine, OpeningInput};
use selaras_engine::kinds::undo::{self, Written};
use selaras_engine::kinds::undo_items::{self, UndoItemsInput};
use selaras_engine::kinds::undo_opening_stock::{self, UndoOpeningInput};
use selaras_engine::kinds::undo_stock::{self, UndoStockInput};
use selaras_engine::kinds::{Ports, executor, items, stock};
use selaras_engine::ports::{Books, Journal, Shop};
use selaras_engine::progress::Silent;
use selaras_engine::prove::prove;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Action and reason of each operation.
fn told(operations: &[Operation]) -> Vec<(Action, &str)> {
    operations.iter().map(|operation| (operation.action, operation.reason.code.as_str())).collect()
}

fn written(operation: Operation, record: Option<i64>) -> Written {
    Written { operation, record, taken: false }
}

fn item(id: i64, no: &str, name: &str) -> Item {
    Item {
        id: ItemId(id),
        no: no.into(),
        name: name.into(),
        item_type: Some("INVENTORY".into()),
        upc: None,
        unit_price: None,
        suspended: false,
    }
}

#[test]
fn an_item_is_removed_only_while_it_is_as_it_was_made_and_nothing_uses_it() {
    let mut made: Vec<Written> = making(9).into_iter().zip(1..).map(|(one, id)| written(one, Some(id))).collect();
    made[7].taken = true;
    // Its answer named no record: it is found by its code.
    made[8].record = None;
    let name = |at: usize| format!("Barang SKU-{at:04}");
    let mut now: Vec<Item> =
        (0..9_u8).map(|at| item(i64::from(at) + 1, &format!("SKU-{at:04}"), &name(usize::from(at)))).collect();
    now[2].name = "Nama baru".into();
    now[3].suspended = true;
    // The record is gone, and its code belongs to another one.
    now[1].id = ItemId(99);
    let run = |name: &str| RunId(name.into());
    let stock = HashMap::from([((WAREHOUSE.0, ItemId(7)), Quantity::from(3))]);
    let input = UndoItemsInput {
        made: &made,
        items: &now,
        stock: &stock,
        opening: &BTreeMap::from([(ItemId(6), run("opening"))]),
        sent: &BTreeMap::from([("SKU-0004".to_owned(), run("stock"))]),
    };
    let operations = undo_items::plan(&input);
    assert_eq!(
        told(&operations),
        [
            (Action::Remove, "undo_made_by_run"),
            (Action::Same, "undo_gone"),
            (Action::Blocked, "undo_changed"),
            (Action::Blocked, "undo_item_inactive"),
            (Action::Blocked, "undo_stock_first"),
            (Action::Blocked, "undo_opening_first"),
            (Action::Blocked, "undo_has_stock"),
            (Action::Same, "undo_taken_before"),
            (Action::Remove, "undo_made_by_run"),
        ]
    );
    assert_eq!(operations[0].key.0, "undo:item:SKU-0000");
    assert_eq!((operations[0].before["item_id"].as_str(), operations[0].after.is_empty()), ("1", true));
    let changed =
        Reason::new("undo_changed").with("field", "name").with("expected", name(2)).with("found", "Nama baru");
    assert_eq!(operations[2].reason, changed);
    assert_eq!(operations[5].reason.params["run"], "opening");
    assert_eq!(undo_items::plan(&input), operations);
}

fn figure(sku: &str, before: Option<&str>, after: &str) -> Operation {
    let on_hand = |text: &str| ("on_hand".to_owned(), text.to_owned());
    Operation {
        key: stock::key(SHELF, sku),
        action: if before.is_some() { Action::Change } else { Action::Create },
        target: Target { side: Side::Forstok, database: DATABASE, record: sku.into() },
        before: before.map(on_hand).into_iter().collect(),
        after: Fields::from([
            on_hand(after),
            ("sku".into(), sku.into()),
            ("warehouse_id".into(), SHELF.to_string()),
            ("warehouse_name".into(), "Toko".into()),
        ]),
        reason: Reason::new("stock_differs"),
        group: String::new(),
    }
}

#[test]
fn a_figure_goes_back_only_while_it_is_the_one_that_was_sent() {
    let sent: Vec<Written> = [
        figure("A-MASIH", Some("3"), "7"),
        figure("B-BARU", None, "4"),
        figure("C-TERJUAL", Some("3"), "7"),
        figure("D-KEMBALI", Some("3"), "7"),
        figure("E-HILANG", Some("3"), "7"),
        figure("F-DIKIRIM-LAGI", Some("3"), "7"),
        figure("G-MINUS", Some("-1"), "7"),
    ]
    .into_iter()
    .map(|one| written(one, None))
    .collect();
    let now =
        [("A-MASIH", 7), ("B-BARU", 4), ("C-TERJUAL", 5), ("D-KEMBALI", 3), ("F-DIKIRIM-LAGI", 7), ("G-MINUS", 7)];
    let figures = now.iter().map(|(sku, figure)| (stock::key(SHELF, sku), Quantity::from(*figure))).collect();
    let newer = BTreeMap::from([(stock::key(SHELF, "F-DIKIRIM-LAGI"), RunId("newer".into()))]);
    let operations = undo_stock::plan(&UndoStockInput { sent: &sent, figures: Some(&figures), newer: &newer });
    assert_eq!(
        told(&operations),
        [
            (Action::Change, "undo_back_to_before"),
            (Action::Change, "undo_back_to_zero"),
            (Action::Blocked, "undo_figure_moved"),
            (Action::Same, "undo_back_already"),
            (Action::Same, "undo_gone"),
            (Action::Blocked, "undo_newer_first"),
            (Action::Blocked, "undo_before_unusable"),
        ]
    );
    let moves: Vec<_> =
        operations[..2].iter().map(|one| (one.before["on_hand"].as_str(), one.after["on_hand"].as_str())).collect();
    assert_eq!(moves, [("7", "3"), ("4", "0")]);
    let params = &operations[2].reason.params;
    assert_eq!((params["expected"].as_str(), params["found"].as_str()), ("7", "5"));
    let unread = undo_stock::plan(&UndoStockInput { sent: &sent[..1], figures: None, newer: &newer });
    assert_eq!(told(&unread), [(Action::Blocked, "undo_not_readable")]);
}

fn posted_line(number: &str, item: i64, quantity: &str) -> Operation {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let item_no = format!("SKU-{item}");
    Operation {
        key: opening_stock::key(WAREHOUSE.0, ItemId(item)),
        action: Action::Create,
        target: Target { side: Side::Accurate, database: DATABASE, record: item_no.clone() },
        before: Fields::new(),
        after: Fields::from([
            text("item_no", &item_no),
            text("item_id", &item.to_string()),
            text("warehouse_id", &WAREHOUSE.0.to_string()),
            text("warehouse_name", WAREHOUSE.1),
            text("quantity", quantity),
            text("unit_cost", "1000"),
            text("total", "7000"),
        ]),
        reason: Reason::new("counted"),
        group: number.into(),
    }
}

fn document(number: &str, lines: &[(i64, &str)]) -> Adjustment {
    let line = |(item, quantity): &(i64, &str)| AdjustmentLine {
        item_no: format!("SKU-{item}"),
        item: None,
        quantity: Quantity(quantity.parse().unwrap()),
        unit_cost: Money::from(1000),
        warehouse: WAREHOUSE.1.into(),
        warehouse_id: None,
    };
    Adjustment {
        id: Some(AdjustmentId(9)),
        number: number.into(),
        date: date(2026, 8, 5),
        description: String::new(),
        account_no: "3101".into(),
        account: None,
        branch: None,
        lines: lines.iter().map(line).collect(),
    }
}

fn undone_documents(
    posted: &[Written],
    documents: &BTreeMap<String, Adjustment>,
    on_hand: &[(i64, i64)],
) -> Vec<Operation> {
    let stock = on_hand.iter().map(|(item, figure)| ((WAREHOUSE.0, ItemId(*item)), Quantity::from(*figure))).collect();
    undo_opening_stock::plan(&UndoOpeningInput { posted, documents, stock: &stock })
}

#[test]
fn a_document_is_deleted_whole_or_not_at_all() {
    let posted: Vec<Written> =
        [posted_line("SLR-1", 1, "7"), posted_line("SLR-1", 2, "7"), posted_line("SLR-2", 3, "7")]
            .into_iter()
            .map(|one| written(one, Some(9)))
            .collect();
    let whole = BTreeMap::from([("SLR-1".to_owned(), document("SLR-1", &[(1, "7"), (2, "7")]))]);
    let operations = undone_documents(&posted, &whole, &[(1, 7), (2, 9)]);
    let remove = (Action::Remove, "undo_made_by_run");
    assert_eq!(told(&operations), [remove, remove, (Action::Same, "undo_gone")]);
    assert_eq!(
        (undo_opening_stock::total(&operations).text(), operations[0].group.as_str()),
        ("14000".into(), "SLR-1")
    );
    // Some of it was sold since: that line holds the whole document back.
    let operations = undone_documents(&posted, &whole, &[(1, 4), (2, 7)]);
    let (held, gone) = ((Action::Blocked, "undo_document_held"), (Action::Same, "undo_gone"));
    assert_eq!(told(&operations), [(Action::Blocked, "undo_stock_used"), held, gone]);
    assert_eq!(operations[1].reason.params["record"], "SKU-1");
    // Somebody has added a line, changed one, or given the document another number.
    let changed = (Action::Blocked, "undo_document_changed");
    let longer = document("SLR-1", &[(1, "7"), (2, "7"), (8, "1")]);
    let named = document("IA-7", &[(1, "7"), (2, "7")]);
    for now in [longer, named] {
        let documents = BTreeMap::from([("SLR-1".to_owned(), now)]);
        assert_eq!(told(&undone_documents(&posted, &documents, &[(1, 7), (2, 7)])), [changed, changed, gone]);
    }
    let other = BTreeMap::from([("SLR-1".to_owned(), document("SLR-1", &[(1, "5"), (2, "7")]))]);
    let operations = undone_documents(&posted, &other, &[(1, 7), (2, 7)]);
    assert_eq!(told(&operations), [(Action::Blocked, "undo_changed"), held, gone]);
}

/// A run on these ports, killed at these times, and started again until it ends.
async fn ended(
    name: &str,
    kind: &str,
    ports: &Ports,
    operations: &[Operation],
    kills: &[u64],
) -> (StandInJournal, RunEnd) {
    let run = RunId(name.into());
    let journal = StandInJournal::of(&run, operations);
    let executing = executor(&selaras_domain::plan::PlanKind::named(kind)).unwrap();
    let execute =
        async || apply(&run, ports, executing.as_ref(), &journal, &Silent, &CancellationToken::new()).await.unwrap();
    for after in kills {
        let _ = tokio::time::timeout(Duration::from_millis(*after), execute()).await;
    }
    let mut end = until_decided(execute).await;
    for _ in 0..20 {
        if end.state == RunState::Finished {
            break;
        }
        end = until_decided(execute).await;
    }
    (journal, end)
}

/// What a run wrote itself.
fn own(run: &str, journal: &StandInJournal) -> Vec<Written> {
    let adopted = journal.adopted.lock().unwrap().clone();
    undo::written(journal.entries(&RunId(run.into())).unwrap(), &adopted, &BTreeSet::new())
}

/// Applies an undo and proves it.
async fn taken_back(name: &str, kind: &str, ports: &Ports, operations: &[Operation], kills: &[u64]) -> RunEnd {
    let (journal, end) = ended(name, kind, ports, operations, kills).await;
    let executing = executor(&selaras_domain::plan::PlanKind::named(kind)).unwrap();
    let proof = prove(ports, executing.as_ref(), &journal.entries(&RunId(name.into())).unwrap()).await.unwrap();
    assert_eq!((proof.checked, proof.differences), (end.counts.posted, vec![]), "{kind}");
    end
}

async fn undo_of_items(books: &StandInBooks, made: &[Written]) -> Vec<Operation> {
    let items = books.items().await.unwrap();
    undo_items::plan(&UndoItemsInput {
        made,
        items: &items,
        stock: &books.figures(),
        opening: &BTreeMap::new(),
        sent: &BTreeMap::new(),
    })
}

async fn undo_of_opening(books: &StandInBooks, posted: &[Written]) -> Vec<Operation> {
    let mut documents = BTreeMap::new();
    for row in posted {
        if let Some(document) = books.adjustment_by_number(&row.operation.group).await.unwrap() {
            documents.insert(row.operation.group.clone(), document);
        }
    }
    undo_opening_stock::plan(&UndoOpeningInput { posted, documents: &documents, stock: &books.figures() })
}

async fn undo_of_stock(shop: &StandInShop, sent: &[Written]) -> Vec<Operation> {
    let figures = undo_stock::figures(&shop.live_variants().await.unwrap());
    undo_stock::plan(&UndoStockInput { sent, figures: Some(&figures), newer: &BTreeMap::new() })
}

async fn opening_of(books: &StandInBooks, numbers: &[String]) -> Vec<Operation> {
    let items = books.items().await.unwrap();
    let lines: Vec<CountedLine> = items
        .iter()
        .filter(|item| numbers.contains(&item.no))
        .map(|item| CountedLine {
            sku: item.no.clone(),
            warehouse_text: WAREHOUSE.1.into(),
            place: Some((WAREHOUSE.0, WAREHOUSE.1.into())),
            item: Some((item.id, item.no.clone())),
            obstacle: None,
            quantity: Quantity::from(7),
            unit_cost: Some(Money::from(1000)),
        })
        .collect();
    opening_stock::plan(&OpeningInput {
        database: DATABASE,
        lines: &lines,
        stock: &books.figures(),
        oversold: &HashMap::new(),
        posted: &BTreeMap::new(),
        account_no: "3101",
        account: AccountId(87),
        branch: None,
        date: date(2026, 8, 5),
    })
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_is_adopted_and_stays() {
    let books = Arc::new(StandInBooks::default());
    let ports = Ports { books: books.clone(), shop: Arc::new(StandInShop::default()) };
    // Made by hand after the plan was made.
    books.put("SKU-0001", "Barang SKU-0001");
    let before = books.state();
    let (journal, end) = ended("run", items::KIND, &ports, &making(3), &[]).await;
    assert_eq!(end.counts.posted, 3);
    let made = own("run", &journal);
    assert_eq!(made.len(), 2);
    let operations = undo_of_items(&books, &made).await;
    taken_back("undo", undo_items::KIND, &ports, &operations, &[]).await;
    assert_eq!(books.state(), before);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_removal_is_looked_up_and_nothing_is_removed_twice() {
    let books =
        Arc::new(StandInBooks::with_faults(&[Fault::None, Fault::AnswerLost, Fault::RequestLost, Fault::AnswerLost]));
    let ports = Ports { books: books.clone(), shop: Arc::new(StandInShop::default()) };
    let (journal, _) = ended("run", items::KIND, &ports, &making(5), &[]).await;
    let operations = undo_of_items(&books, &own("run", &journal)).await;
    let (journal, end) = ended("undo", undo_items::KIND, &ports, &operations, &[]).await;
    assert_eq!((end.counts.posted, journal.lost.lock().unwrap().len()), (5, 3));
    assert_eq!((books.numbers().len(), books.deletions.lock().unwrap().len()), (0, 5));
}

#[tokio::test(start_paused = true)]
async fn what_changes_between_plan_and_apply_is_not_touched() {
    let books = Arc::new(StandInBooks::default());
    let skus: Vec<(String, i64)> = (0..3).map(|at| (format!("SKU-{at:04}"), 3)).collect();
    let shop = Arc::new(StandInShop::with(&skus, &[]));
    let ports = Ports { books: books.clone(), shop: shop.clone() };
    let (journal, _) = ended("run", items::KIND, &ports, &making(3), &[]).await;
    let operations = undo_of_items(&books, &own("run", &journal)).await;
    books.rename("SKU-0001", "Nama baru");
    let (journal, end) = ended("undo", undo_items::KIND, &ports, &operations, &[]).await;
    assert_eq!((end.counts.posted, end.counts.failed, books.numbers()), (2, 1, vec!["SKU-0001".to_owned()]));
    let failed = journal.entries(&RunId("undo".into())).unwrap().into_iter().find_map(|row| match row.state {
        OperationState::Failed { reason } => Some(reason.code),
        _ => None,
    });
    assert_eq!(failed.as_deref(), Some("undo_changed_meanwhile"));

    let sends: Vec<Operation> = skus.iter().map(|(sku, _)| figure(sku, Some("3"), "7")).collect();
    let (journal, _) = ended("stock", stock::KIND, &ports, &sends, &[]).await;
    let operations = undo_of_stock(&shop, &own("stock", &journal)).await;
    shop.figures.lock().unwrap().insert("SKU-0002".into(), Quantity::from(6));
    let (_, end) = ended("undo-stock", undo_stock::KIND, &ports, &operations, &[]).await;
    assert_eq!((end.counts.posted, end.counts.failed), (2, 1));
    let figures: Vec<Quantity> = shop.state().into_values().collect();
    assert_eq!(figures, [3, 3, 6].map(Quantity::from));
}

#[tokio::test(start_paused = true)]
async fn a_document_of_which_somebody_changes_a_line_after_the_plan_stays_whole() {
    let books = Arc::new(StandInBooks::default());
    let ports = Ports { books: books.clone(), shop: Arc::new(StandInShop::default()) };
    ended("run", items::KIND, &ports, &making(3), &[]).await;
    let counted = opening_of(&books, &books.numbers()).await;
    let (journal, _) = ended("count", opening_stock::KIND, &ports, &counted, &[]).await;
    let operations = undo_of_opening(&books, &own("count", &journal)).await;
    assert_eq!(told(&operations), [(Action::Remove, "undo_made_by_run"); 3]);
    books.recount("SKU-0001", 5);
    let before = books.state();
    let (journal, end) = ended("undo", undo_opening_stock::KIND, &ports, &operations, &[]).await;
    assert_eq!((end.counts.posted, end.counts.failed, end.counts.held), (0, 1, 2));
    assert_eq!((books.state(), books.deletions.lock().unwrap().len()), (before, 0));
    let held = journal.entries(&RunId("undo".into())).unwrap().into_iter().filter_map(|row| match row.state {
        OperationState::Held { reason } => Some((reason.code, reason.params["record"].clone())),
        _ => None,
    });
    let why = ("undo_document_held".to_owned(), "SKU-0001".to_owned());
    assert_eq!(held.collect::<Vec<_>>(), [why.clone(), why]);
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::None),
        2 => Just(Fault::AnswerLost),
        1 => Just(Fault::RequestLost),
        1 => Just(Fault::Offline),
        1 => Just(Fault::SignedOut),
        1 => Just(Fault::AnswersShort),
    ]
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    proptest::collection::vec(fault(), 0..16)
}

fn kills() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(1_u64..900, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Items, opening stock and stock, each with faults and kills, then taken back in the other order with faults and kills: both
    /// sides are as before. What somebody has touched in between is blocked, and only that is left.
    #[test]
    fn a_run_and_its_undo_leave_both_sides_as_they_were(
        count in 1_usize..40,
        by_hand in 0_usize..4,
        book_faults in faults(),
        shop_faults in faults(),
        kills in proptest::collection::vec(kills(), 6),
        touched in proptest::collection::btree_set(0_usize..40, 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let books = Arc::new(StandInBooks::with_faults(&book_faults));
            for at in 0..by_hand {
                books.put(&format!("TANGAN-{at}"), "Buatan tangan");
            }
            let skus: Vec<(String, i64)> = (0..count).map(|at| (format!("SKU-{at:04}"), 3)).collect();
            let shop = Arc::new(StandInShop::with(&skus, &shop_faults));
            let ports = Ports { books: books.clone(), shop: shop.clone() };
            let (before_books, before_shop) = (books.state(), shop.state());

            let (made, end) = ended("items", items::KIND, &ports, &making(count), &kills[0]).await;
            prop_assert_eq!(end.state, RunState::Finished);
            let numbers: Vec<String> = own("items", &made).into_iter().map(|row| row.operation.target.record).collect();
            let opening = opening_of(&books, &numbers).await;
            let (opened, end) = ended("opening", opening_stock::KIND, &ports, &opening, &kills[1]).await;
            prop_assert_eq!(end.state, RunState::Finished);
            let sends: Vec<Operation> = skus.iter().map(|(sku, _)| figure(sku, Some("3"), "7")).collect();
            let (sent, end) = ended("stock", stock::KIND, &ports, &sends, &kills[2]).await;
            prop_assert_eq!(end.state, RunState::Finished);

            // Somebody sells a few, and gives their items other names.
            let touched: BTreeSet<String> =
                touched.into_iter().map(|at| format!("SKU-{at:04}")).filter(|sku| numbers.contains(sku)).collect();
            for sku in &touched {
                shop.figures.lock().unwrap().insert(sku.clone(), Quantity::from(6));
                books.rename(sku, "Nama baru");
            }

            let back = undo_of_stock(&shop, &own("stock", &sent)).await;
            let moved = back.iter().filter(|one| one.reason.code == "undo_figure_moved").count();
            prop_assert!(moved <= touched.len());
            let taken = taken_back("undo stock", undo_stock::KIND, &ports, &back, &kills[3]).await;
            prop_assert_eq!(taken.state, RunState::Finished);
            let back = undo_of_opening(&books, &own("opening", &opened)).await;
            let taken = taken_back("undo opening", undo_opening_stock::KIND, &ports, &back, &kills[4]).await;
            prop_assert_eq!(taken.state, RunState::Finished);
            let back = undo_of_items(&books, &own("items", &made)).await;
            let taken = taken_back("undo items", undo_items::KIND, &ports, &back, &kills[5]).await;
            prop_assert!(taken.state == RunState::Finished && taken.counts.conserved());

            // Three lost requests of one row give it up ("not_taken"); then it is failed, named, and still there.
            let whole = |faults: &[Fault]| faults.iter().filter(|fault| **fault == Fault::RequestLost).count() < 3;
            let (items, documents) = books.state();
            prop_assert!(before_books.0.keys().all(|no| items.contains_key(no)), "something of others was removed");
            let removed = books.deletions.lock().unwrap().clone();
            prop_assert_eq!(removed.iter().collect::<BTreeSet<_>>().len(), removed.len(), "something was removed twice");
            if whole(&book_faults) {
                let left: BTreeSet<String> = items.into_keys().filter(|no| !before_books.0.contains_key(no)).collect();
                prop_assert_eq!(&left, &touched);
                prop_assert_eq!(documents, before_books.1);
            }
            for (sku, figure) in shop.state() {
                let expected = if touched.contains(&sku) { Quantity::from(6) } else { before_shop[&sku] };
                prop_assert!(figure == expected || !whole(&shop_faults), "{} is {}", sku, figure);
            }

            // Undone once more: nothing is written.
            let again = undo_of_items(&books, &own("items", &made)).await;
            if whole(&book_faults) {
                prop_assert!(again.iter().all(|one| !one.action.writes()));
            }
            Ok(())
        })?;
    }
}

#[test]
fn an_undo_has_a_key_of_its_own() {
    assert_eq!(undo::key(&OperationKey("stock:195:A".into())).0, "undo:stock:195:A");
    let kind = selaras_domain::plan::PlanKind::named(stock::KIND);
    let back = undo::kind_of(&kind).unwrap();
    assert!(undo::is_undo(&back) && !undo::is_undo(&kind) && undo::kind_of(&back).is_none());
}
