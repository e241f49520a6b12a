//! What the planners decide, case by case; pure, so the same input gives the same plan, byte for byte.

use selaras_domain::accurate::{Item, SalesInvoice};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::decision::{Choice, Decision, RowChoice, RowDecision};
use selaras_domain::forstok::{PendingKind, PendingListing, Variant, VariantStock};
use selaras_domain::ids::{
    AccountId, DatabaseId, ForstokWarehouseId, ItemId, ListingId, ListingVariantId, OrderId, SalesInvoiceId, StoreId,
    VariantId, WarehouseId,
};
use selaras_domain::order::{Order, OrderLine, OrderStatus};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, PlanKind, plan_hash};
use selaras_domain::unread::{ListName, UnreadRow};
use selaras_domain::wire::Misread;
use selaras_engine::kinds::items::{self, ItemDefaults};
use selaras_engine::kinds::listings;
use selaras_engine::kinds::opening_stock::{self, CountedLine, OpeningInput};
use selaras_engine::kinds::stock::{self, Counted, StockInput, WarehousePair};
use selaras_engine::matches::Matches;
use selaras_engine::orders::Invoiced;
use selaras_engine::shelf::{Known, Sold};
use selaras_engine::sku::{SkuInput, SkuRow, classify, stock_obstacle};
use selaras_engine::unread::unknown_goods;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const DATABASE: DatabaseId = DatabaseId(7);
const BOOKS: WarehouseId = WarehouseId(50);
const SHOP: ForstokWarehouseId = ForstokWarehouseId(195);

pub fn variant(id: i64, sku: &str, barcode: Option<&str>, on_hand: Option<i64>) -> Variant {
    Variant {
        id: Some(VariantId(id)),
        sku: sku.into(),
        name: format!("Barang {sku}"),
        category: Some("Kopi".into()),
        price: Some(Money::from(50_000)),
        cost_price: Some(Money::from(20_000)),
        barcode: barcode.map(str::to_owned),
        stock: on_hand
            .map(|figure| VariantStock { warehouse: SHOP, on_hand: Quantity::from(figure), reserved: Quantity::ZERO })
            .into_iter()
            .collect(),
    }
}

fn item(id: i64, no: &str) -> Item {
    Item {
        id: ItemId(id),
        no: no.into(),
        name: format!("Barang {no}"),
        item_type: Some("INVENTORY".into()),
        upc: Some(String::new()),
        unit_price: Some(Money::from(50_000)),
        suspended: false,
    }
}

/// Key, action and reason of each operation.
fn told(operations: &[Operation]) -> Vec<(&str, Action, &str)> {
    operations
        .iter()
        .map(|operation| (operation.key.0.as_str(), operation.action, operation.reason.code.as_str()))
        .collect()
}

/// SKUs without anything that is pending or known from before.
fn classified<'a>(
    variants: &'a [Variant],
    items: &'a [Item],
    decisions: &'a BTreeMap<String, Decision>,
) -> Vec<SkuRow<'a>> {
    classify(&SkuInput { variants, pending: &[], items, decisions, matches: Matches::none() })
}

pub fn planned_items(variants: &[Variant], items: &[Item]) -> Vec<Operation> {
    let decisions = BTreeMap::new();
    let rows = classified(variants, items, &decisions);
    let defaults =
        ItemDefaults { unit: "PCS".into(), category: "Umum".into(), categories: vec!["Kopi".into()], tax: None };
    items::plan(DATABASE, &rows, items, &defaults)
}

#[test]
fn items_are_made_matched_or_held_and_carry_no_stock() {
    let variants = [
        variant(1, "BARU", Some("899"), Some(9)),
        variant(2, "ADA", None, None),
        variant(3, "KEMBAR-BARCODE", Some("899"), None),
        variant(4, "A&B", None, None),
    ];
    let operations = planned_items(&variants, &[item(1, "ADA")]);
    assert_eq!(
        told(&operations),
        [
            ("item:A&B", Action::Blocked, "code_characters"),
            ("item:ADA", Action::Same, "same_code_and_name"),
            ("item:BARU", Action::Create, "not_in_accurate"),
            ("item:KEMBAR-BARCODE", Action::Blocked, "barcode_taken"),
        ]
    );
    let made = &operations[2].after;
    assert_eq!(
        made.keys().map(String::as_str).collect::<Vec<_>>(),
        ["category", "item_type", "name", "no", "unit", "unit_price", "upc", "vendor_price"]
    );
    assert_eq!((made["category"].as_str(), made["unit_price"].as_str()), ("Kopi", "50000"));
}

#[test]
fn the_same_input_gives_the_same_plan_byte_for_byte() {
    let variants: Vec<Variant> = (0..50).map(|at| variant(at, &format!("S-{at}"), None, None)).collect();
    let mut turned = variants.clone();
    turned.reverse();
    let hash = |variants: &[Variant]| {
        plan_hash(&PlanKind::named(items::KIND), DATABASE, &planned_items(variants, &[item(1, "S-3")]))
    };
    assert_eq!(hash(&variants), hash(&turned));
}

fn counted(sku: &str, item: Option<i64>, quantity: &str, cost: Option<i64>) -> CountedLine {
    CountedLine {
        sku: sku.into(),
        warehouse_text: "Utama".into(),
        place: Some((BOOKS, "GUDANG UTAMA".into())),
        item: item.map(|id| (ItemId(id), sku.to_owned())),
        obstacle: None,
        quantity: Quantity(quantity.parse().unwrap()),
        unit_cost: cost.map(Money::from),
    }
}

fn planned_opening(lines: &[CountedLine], stock: &[(i64, i64)], posted: &[(i64, &str)]) -> Vec<Operation> {
    planned_opening_of(lines, stock, &[], posted)
}

fn planned_opening_of(
    lines: &[CountedLine],
    stock: &[(i64, i64)],
    oversold: &[(i64, i64)],
    posted: &[(i64, &str)],
) -> Vec<Operation> {
    let stock: HashMap<_, _> =
        stock.iter().map(|(id, figure)| ((BOOKS, ItemId(*id)), Quantity::from(*figure))).collect();
    let posted: BTreeMap<OperationKey, Fields> = posted
        .iter()
        .map(|(id, figure)| {
            (opening_stock::key(BOOKS, ItemId(*id)), Fields::from([("quantity".into(), (*figure).into())]))
        })
        .collect();
    opening_stock::plan(&OpeningInput {
        database: DATABASE,
        lines,
        stock: &stock,
        oversold: &oversold.iter().map(|(id, early)| ((BOOKS, ItemId(*id)), Quantity::from(*early))).collect(),
        posted: &posted,
        account_no: "510201",
        account: AccountId(87),
        branch: None,
        date: jiff::civil::date(2026, 11, 23),
    })
}

#[test]
fn opening_stock_goes_only_onto_an_empty_shelf_with_a_cost_and_once() {
    let mut service = counted("JASA", Some(9), "1", Some(10));
    service.obstacle = stock_obstacle(&Item { item_type: Some("SERVICE".into()), ..item(9, "JASA") });
    let lines = [
        counted("A-BARU", Some(1), "5.5", Some(100)),
        counted("B-TANPA-HARGA", Some(2), "5", None),
        counted("C-BERISI", Some(3), "5", Some(100)),
        counted("D-SAMA", Some(4), "7", Some(100)),
        counted("E-PERNAH", Some(5), "7", Some(100)),
        counted("F-PERNAH-LAIN", Some(6), "8", Some(100)),
        counted("G-ASING", None, "1", Some(100)),
        counted("H-MINUS", Some(8), "-1", Some(100)),
        service,
        counted("K-NOL", Some(10), "0", None),
    ];
    let operations = planned_opening(&lines, &[(3, 2), (4, 7)], &[(5, "7"), (6, "7")]);
    let told: Vec<_> = operations
        .iter()
        .map(|operation| (operation.target.record.as_str(), operation.action, operation.reason.code.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("A-BARU", Action::Create, "counted"),
            ("B-TANPA-HARGA", Action::Blocked, "unit_cost_missing"),
            ("C-BERISI", Action::Blocked, "has_stock_already"),
            ("D-SAMA", Action::Same, "same_stock"),
            ("E-PERNAH", Action::Same, "posted_before"),
            ("F-PERNAH-LAIN", Action::Blocked, "counted_otherwise"),
            ("G-ASING", Action::Blocked, "item_not_in_accurate"),
            ("H-MINUS", Action::Blocked, "count_negative"),
            ("JASA", Action::Blocked, "item_without_stock"),
            ("K-NOL", Action::Same, "same_stock"),
        ]
    );
    assert_eq!(opening_stock::total(&operations), Money::from(550));
}

#[test]
fn what_an_invoice_took_from_a_shelf_that_nobody_had_counted_can_be_counted_still() {
    // One of 28 was sold and invoiced: 27 are counted, and the books have to rise from -1 to 27. Of the next 3 are invoiced and not handed
    // over: 20 are counted, and 17 of them have no invoice.
    let lines = [
        counted("A-TERJUAL", Some(1), "27", Some(100)),
        counted("B-LEBIH-DULU", Some(2), "20", Some(100)),
        counted("C-HABIS", Some(3), "0", Some(100)),
        counted("D-PERNAH-ADA", Some(4), "5", Some(100)),
        counted("E-TANPA-HARGA", Some(5), "5", None),
    ];
    let stock = [(1, -1), (2, -3), (3, -2), (4, -2), (5, -1)];
    let operations = planned_opening_of(&lines, &stock, &[(1, 0), (2, 3), (3, 0), (5, 0)], &[]);
    let told: Vec<_> = operations
        .iter()
        .map(|operation| (operation.action, operation.reason.code.as_str(), operation.after["quantity"].as_str()))
        .collect();
    let entered = "counted_after_invoices";
    assert_eq!(
        told,
        [
            (Action::Create, entered, "28"),
            (Action::Create, entered, "20"),
            (Action::Create, entered, "2"),
            (Action::Blocked, "has_stock_already", "5"),
            (Action::Blocked, "unit_cost_missing", "6"),
        ]
    );
    // The same count again is the same count, whatever was entered for it.
    let posted = opening_stock::plan(&OpeningInput {
        database: DATABASE,
        lines: &lines[..1],
        stock: &HashMap::from([((BOOKS, ItemId(1)), Quantity::from(27))]),
        oversold: &HashMap::new(),
        posted: &BTreeMap::from([(operations[0].key.clone(), operations[0].after.clone())]),
        account_no: "510201",
        account: AccountId(87),
        branch: None,
        date: jiff::civil::date(2026, 11, 24),
    });
    assert_eq!((posted[0].action, posted[0].reason.code.as_str()), (Action::Same, "posted_before"));
}

#[test]
fn a_hundred_lines_make_a_document_whose_number_is_found_again() {
    let lines: Vec<CountedLine> =
        (0..150).map(|at| counted(&format!("S-{at:03}"), Some(at + 1), "2", Some(10))).collect();
    let documents = |lines: &[CountedLine]| -> BTreeMap<String, usize> {
        planned_opening(lines, &[], &[]).into_iter().fold(BTreeMap::new(), |mut sizes, operation| {
            *sizes.entry(operation.group).or_default() += 1;
            sizes
        })
    };
    let first = documents(&lines);
    let mut sizes: Vec<usize> = first.values().copied().collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100]);
    assert_eq!(documents(&lines), first);
    // A line that was corrected and a cost of another day are of the same shelves; other shelves are another document.
    let mut corrected = lines.clone();
    corrected[0].quantity = Quantity::from(3);
    corrected[1].unit_cost = Some(Money::from(11));
    assert_eq!(documents(&corrected), first);
    assert_ne!(documents(&lines[1..]), first);
}

struct Stocked<'a> {
    variants: &'a [Variant],
    items: &'a [Item],
    figures: &'a [(i64, &'a str)],
    opening: &'a BTreeSet<OperationKey>,
    made: &'a BTreeSet<String>,
    stocked: &'a BTreeSet<(WarehouseId, ItemId)>,
    new_books: bool,
    choices: &'a [(&'a str, i64)],
}

fn planned_stock(given: &Stocked<'_>) -> Vec<Operation> {
    let decisions: BTreeMap<String, Decision> = given
        .choices
        .iter()
        .map(|(sku, item)| {
            let choice = Choice::Link { item: ItemId(*item), item_no: String::new() };
            ((*sku).to_owned(), Decision { sku: (*sku).to_owned(), choice, at: jiff::Timestamp::UNIX_EPOCH })
        })
        .collect();
    let rows = classified(given.variants, given.items, &decisions);
    let figures =
        given.figures.iter().map(|(id, figure)| ((BOOKS, ItemId(*id)), Quantity(figure.parse().unwrap()))).collect();
    stock::plan(&StockInput {
        sold: None,
        sells: false,
        unknown_goods: None,
        database: DATABASE,
        rows: &rows,
        pairs: &[WarehousePair { forstok: SHOP, forstok_name: "Utama".into(), accurate: BOOKS }],
        stock: &figures,
        readable: true,
        sent: &BTreeMap::new(),
        counted: &Counted {
            opening_posted: given.opening.iter().map(|key| (key.clone(), jiff::Timestamp::UNIX_EPOCH)).collect(),
            made: given.made.clone(),
            stocked: given.stocked.clone(),
            new_books: given.new_books,
        },
    })
}

#[test]
fn stock_sends_absolute_figures_and_only_what_changed() {
    let variants = [
        variant(1, "A-BEDA", None, Some(3)),
        variant(2, "B-SAMA", None, Some(4)),
        variant(3, "C-MINUS", None, Some(2)),
        variant(4, "D-PECAHAN", None, Some(2)),
        variant(5, "E-TIDAK-ADA", None, Some(2)),
        variant(6, "F-BARU-DI-RAK", None, None),
        variant(7, "G-NONAKTIF", None, Some(1)),
        variant(8, "Z-BELUM-ADA", None, Some(1)),
    ];
    let mut items: Vec<Item> = (1..=7).map(|id| item(id, &variants[usize::try_from(id - 1).unwrap()].sku)).collect();
    items[6].suspended = true;
    let operations = planned_stock(&Stocked {
        variants: &variants,
        items: &items,
        figures: &[(1, "9"), (2, "4.000000"), (3, "-3"), (4, "1.5"), (6, "6"), (7, "5")],
        opening: &BTreeSet::new(),
        made: &BTreeSet::new(),
        stocked: &BTreeSet::new(),
        new_books: false,
        choices: &[],
    });
    assert_eq!(
        told(&operations),
        [
            ("stock:195:A-BEDA", Action::Change, "stock_differs"),
            ("stock:195:B-SAMA", Action::Same, "same_stock"),
            ("stock:195:C-MINUS", Action::Change, "negative_as_zero"),
            ("stock:195:D-PECAHAN", Action::Blocked, "quantity_fraction"),
            ("stock:195:E-TIDAK-ADA", Action::Change, "not_in_warehouse"),
            ("stock:195:F-BARU-DI-RAK", Action::Create, "stock_differs"),
            ("stock:195:G-NONAKTIF", Action::Blocked, "item_inactive"),
        ]
    );
    let figures: Vec<&str> = operations.iter().map(|operation| operation.after["on_hand"].as_str()).collect();
    assert_eq!(figures, ["9", "4", "0", "1.5", "0", "6", "5"]);
}

#[test]
fn negative_stock_is_a_row_that_says_so_and_sends_zero() {
    let variants = [variant(1, "A-MINUS", None, Some(2)), variant(2, "B-SUDAH-NOL", None, Some(0))];
    let operations = planned_stock(&Stocked {
        variants: &variants,
        items: &[item(1, "A-MINUS"), item(2, "B-SUDAH-NOL")],
        figures: &[(1, "-3"), (2, "-1")],
        opening: &BTreeSet::new(),
        made: &BTreeSet::new(),
        stocked: &BTreeSet::new(),
        new_books: false,
        choices: &[],
    });
    assert_eq!(
        told(&operations),
        [
            ("stock:195:A-MINUS", Action::Change, "negative_as_zero"),
            ("stock:195:B-SUDAH-NOL", Action::Same, "same_stock")
        ]
    );
    assert_eq!(
        (operations[0].after["on_hand"].as_str(), operations[0].reason.params["quantity"].as_str()),
        ("0", "-3")
    );
}

#[test]
fn a_count_that_is_not_finished_never_empties_the_shop() {
    let variants = [variant(1, "A", None, Some(8)), variant(2, "B", None, Some(8))];
    let posted = BTreeSet::from([opening_stock::key(BOOKS, ItemId(2))]);
    let operations = planned_stock(&Stocked {
        variants: &variants,
        items: &[item(1, "A"), item(2, "B")],
        figures: &[(1, "0"), (2, "0")],
        opening: &posted,
        made: &BTreeSet::new(),
        stocked: &BTreeSet::new(),
        new_books: true,
        choices: &[],
    });
    assert_eq!(
        told(&operations),
        [("stock:195:A", Action::Blocked, "opening_stock_open"), ("stock:195:B", Action::Change, "stock_differs")]
    );
}

#[test]
fn the_zero_of_an_item_that_was_just_made_is_not_sent_but_sold_out_is() {
    let variants = [
        variant(1, "A-DIBUAT", None, Some(8)),
        variant(2, "B-LAMA", None, Some(8)),
        variant(3, "C-HABIS", None, Some(1)),
    ];
    let operations = planned_stock(&Stocked {
        variants: &variants,
        items: &[item(1, "A-DIBUAT"), item(2, "B-LAMA"), item(3, "C-HABIS")],
        figures: &[(1, "0"), (2, "0"), (3, "0")],
        opening: &BTreeSet::new(),
        made: &BTreeSet::from(["A-DIBUAT".to_owned(), "C-HABIS".to_owned()]),
        stocked: &BTreeSet::from([(BOOKS, ItemId(3))]),
        new_books: false,
        choices: &[],
    });
    assert_eq!(
        told(&operations),
        [
            ("stock:195:A-DIBUAT", Action::Blocked, "opening_stock_open"),
            ("stock:195:B-LAMA", Action::Change, "stock_differs"),
            ("stock:195:C-HABIS", Action::Change, "stock_differs"),
        ]
    );
}

#[test]
fn two_skus_of_one_item_are_held_as_neither_has_the_figure_alone() {
    let variants = [variant(1, "A", None, Some(1)), variant(2, "B-LAMA", None, Some(1))];
    let operations = planned_stock(&Stocked {
        variants: &variants,
        items: &[item(1, "A")],
        figures: &[(1, "5")],
        opening: &BTreeSet::new(),
        made: &BTreeSet::new(),
        stocked: &BTreeSet::new(),
        new_books: false,
        choices: &[("B-LAMA", 1)],
    });
    assert_eq!(
        told(&operations),
        [
            ("stock:195:A", Action::Blocked, "item_linked_twice"),
            ("stock:195:B-LAMA", Action::Blocked, "item_linked_twice")
        ]
    );
}

#[test]
fn pending_listings_follow_decisions_and_name_their_place_where_the_api_cannot() {
    let listing = |id: i64, sku: &str, kind| PendingListing {
        listing: Some(ListingId(id)),
        listing_variant: Some(ListingVariantId(id)),
        store: None,
        name: sku.into(),
        sku: sku.into(),
        original_sku: sku.into(),
        kind,
        suggested: None,
    };
    let pending = [
        listing(1, "COCOK", PendingKind::Matched),
        listing(2, "BARU", PendingKind::NotMatched),
        listing(3, "kaos0000", PendingKind::Empty),
        listing(4, "DIAM", PendingKind::NotMatched),
    ];
    let at = jiff::Timestamp::UNIX_EPOCH;
    let decided = |sku: &str, choice| (sku.to_owned(), Decision { sku: sku.to_owned(), choice, at });
    let decisions = BTreeMap::from([
        decided("COCOK", Choice::LinkMaster { master: "COCOK".into() }),
        decided("BARU", Choice::Create),
        decided("kaos0000", Choice::Create),
    ]);
    let variants = [variant(1, "COCOK", None, None)];
    let steps = |offered| -> Vec<(String, Action, String)> {
        listings::plan(DATABASE, &pending, &variants, &decisions, offered)
            .into_iter()
            .map(|operation| {
                let step = operation.after.get("step").cloned().unwrap_or(operation.reason.code);
                (operation.target.record, operation.action, step)
            })
            .collect()
    };
    let row = |sku: &str, action, step: &str| (sku.to_owned(), action, step.to_owned());
    assert_eq!(
        steps(true),
        [
            row("COCOK", Action::Change, "confirm"),
            row("BARU", Action::Change, "create_master"),
            row("kaos0000", Action::Blocked, "place_listing_empty"),
        ]
    );
    // The action is about the whole listing: a sibling that is not decided alike holds it.
    let mut shared = pending.to_vec();
    shared.push(PendingListing {
        sku: "SAUDARA".into(),
        listing_variant: Some(ListingVariantId(9)),
        ..pending[1].clone()
    });
    let held = listings::plan(DATABASE, &shared, &variants, &decisions, true);
    assert_eq!(held.iter().find(|row| row.target.record == "BARU").unwrap().reason.code, "listing_shared");
    assert!(steps(false).iter().all(|(_, action, _)| *action == Action::Blocked));
}

#[test]
fn what_an_invoice_makes_of_goods_that_nobody_counted_does_not_empty_the_shop() {
    let made = BTreeSet::from(["A".to_owned()]);
    let operations = |figure: &str| {
        planned_stock(&Stocked {
            variants: &[variant(1, "A", None, Some(28))],
            items: &[item(1, "A")],
            figures: &[(1, figure)],
            opening: &BTreeSet::new(),
            made: &made,
            stocked: &BTreeSet::new(),
            new_books: false,
            choices: &[],
        })
    };
    for figure in ["0", "-1", "-28"] {
        let told = operations(figure);
        assert_eq!((told[0].action, told[0].reason.code.as_str()), (Action::Blocked, "opening_stock_open"), "{figure}");
    }
}

#[test]
fn no_figure_rises_while_it_cannot_be_read_what_was_sold() {
    let (variants, items) =
        ([variant(1, "A", None, Some(17)), variant(2, "B", None, Some(9))], [item(1, "A"), item(2, "B")]);
    let none = BTreeMap::new();
    let rows = classified(&variants, &items, &none);
    let figures = [(1, 20), (2, 4)].map(|(id, units)| ((BOOKS, ItemId(id)), Quantity::from(units))).into();
    let input = StockInput {
        sold: None,
        sells: true,
        unknown_goods: None,
        database: DATABASE,
        rows: &rows,
        pairs: &[WarehousePair { forstok: SHOP, forstok_name: "Utama".into(), accurate: BOOKS }],
        stock: &figures,
        readable: true,
        sent: &BTreeMap::new(),
        counted: &Counted::default(),
    };
    let told = |input: &StockInput<'_>| -> Vec<(Action, String)> {
        stock::plan(input).into_iter().map(|operation| (operation.action, operation.reason.code)).collect()
    };
    let differs = || (Action::Change, "stock_differs".to_owned());
    assert_eq!(told(&input), [(Action::Blocked, "sold_not_read".to_owned()), differs()]);
    // Where the account offers no orders at all, the books are all that there is.
    assert_eq!(told(&StockInput { sells: false, ..input }), [differs(), differs()]);
}

#[test]
fn no_figure_rises_while_an_order_does_not_tell_which_goods_have_left() {
    let (variants, items) =
        ([variant(1, "A", None, Some(17)), variant(2, "B", None, Some(9))], [item(1, "A"), item(2, "B")]);
    let none = BTreeMap::new();
    let rows = classified(&variants, &items, &none);
    let figures = [(1, 20), (2, 4)].map(|(id, units)| ((BOOKS, ItemId(id)), Quantity::from(units))).into();
    let (orders, invoiced, known) = (Vec::new(), Invoiced::default(), Known::default());
    let sold = Sold::of(&orders, &invoiced, &known, None);
    let unread = |json: &str| {
        let raw: Box<serde_json::value::RawValue> = serde_json::from_str(json).unwrap();
        [UnreadRow::of(ListName::Orders, 1, &raw, Misread::missing("item_lines"))]
    };
    let told = |json: &str, decisions: &BTreeMap<OperationKey, RowDecision>| -> Vec<(Action, String)> {
        let row = unread(json);
        let untold = unknown_goods(&row, decisions).map(UnreadRow::title);
        let planned = stock::plan(&StockInput {
            sold: Some(&sold),
            sells: true,
            unknown_goods: untold.as_deref(),
            database: DATABASE,
            rows: &rows,
            pairs: &[WarehousePair { forstok: SHOP, forstok_name: "Utama".into(), accurate: BOOKS }],
            stock: &figures,
            readable: true,
            sent: &BTreeMap::new(),
            counted: &Counted::default(),
        });
        planned.into_iter().map(|operation| (operation.action, operation.reason.code)).collect()
    };
    let decisions = BTreeMap::new();
    let differs = || (Action::Change, "stock_differs".to_owned());
    let held = || (Action::Blocked, "goods_not_told".to_owned());
    // Its goods are an object, and it may have left: what rises waits, what falls goes on.
    for json in [
        r#"{"id":7,"status":"Shipped","item_lines":{"0":"three boxes"}}"#,
        r#"{"id":7,"status":null,"item_lines":7}"#,
        r#"{"id":7}"#,
        "[]",
    ] {
        assert_eq!(told(json, &decisions), [held(), differs()], "{json}");
    }
    // One that has not left, or that names its goods, stops no shelf but its own; and what a person has said of it ends the hold.
    for json in [
        r#"{"id":7,"status":"Open","item_lines":7}"#,
        r#"{"id":7,"status":"Cancelled","item_lines":7}"#,
        r#"{"id":7,"status":"Shipped","item_lines":[{"sku":"B","price":"Rp 50.000"}]}"#,
    ] {
        assert_eq!(told(json, &decisions), [differs(), differs()], "{json}");
    }
    let key = selaras_engine::kinds::invoices::key(OrderId(7));
    let at = jiff::Timestamp::UNIX_EPOCH;
    let said = BTreeMap::from([(
        key.clone(),
        RowDecision { key, choice: RowChoice::Never, reason: String::new(), by: String::new(), at },
    )]);
    assert_eq!(told(r#"{"id":7}"#, &said), [differs(), differs()]);
}

#[test]
fn units_that_are_invoiced_early_are_added_to_what_is_sent() {
    let line = OrderLine {
        sku: "A".into(),
        name: "A".into(),
        variant_name: String::new(),
        quantity: 3.into(),
        unit_price: 10.into(),
        voucher: Money::ZERO,
        voucher_platform: Money::ZERO,
        fulfilled_by_channel: false,
        note: None,
        components: Vec::new(),
    };
    let order = |id: i64, status: &str| Order {
        id: OrderId(id),
        number: format!("N{id}"),
        store: StoreId(7001),
        store_name: "Toko".into(),
        channel: "Shopee".into(),
        channel_id: 12,
        status: OrderStatus::from(status.to_owned()),
        ordered_at: jiff::Timestamp::from_second(5).unwrap(),
        updated_at: jiff::Timestamp::from_second(6).unwrap(),
        warehouse: Some(SHOP),
        lines: vec![line.clone()],
        subtotal: 30.into(),
        shipping_price: Money::ZERO,
        cashless: true,
        discount: Money::ZERO,
        voucher_seller: Money::ZERO,
        platform_rebate: Money::ZERO,
        tax: Money::ZERO,
        total: 30.into(),
        insurance: Money::ZERO,
        shipping_discount: Money::ZERO,
        recipient: None,
        returns: Vec::new(),
    };
    // Invoiced while it is open, invoiced and handed over, invoiced and cancelled, open without an invoice.
    let orders = [order(1, "Open"), order(2, "Ready to ship"), order(3, "Cancelled"), order(4, "Open")];
    let invoices: Vec<SalesInvoice> = (1..4)
        .map(|id| SalesInvoice {
            id: SalesInvoiceId(id),
            number: format!("N{id}"),
            date: None,
            description: None,
            customer: None,
            total: None,
        })
        .collect();
    // Accurate has 7 left after the invoice, Forstok still has 10 on its shelf: nothing is to be sent.
    let variants = [variant(1, "A", None, Some(10))];
    let items = [item(1, "A")];
    let none = BTreeMap::new();
    let rows = classified(&variants, &items, &none);
    let figures = HashMap::from([((BOOKS, ItemId(1)), Quantity::from(7))]);
    let known = Known { integrated_at: Some(jiff::Timestamp::UNIX_EPOCH), ..Known::default() };
    let plan = |invoices: &[SalesInvoice]| {
        let invoiced = Invoiced::of(&orders, invoices, &BTreeMap::new());
        let sold = Sold::of(&orders, &invoiced, &known, None);
        let planned = stock::plan(&StockInput {
            sold: Some(&sold),
            sells: true,
            unknown_goods: None,
            database: DATABASE,
            rows: &rows,
            pairs: &[WarehousePair { forstok: SHOP, forstok_name: "Utama".into(), accurate: BOOKS }],
            stock: &figures,
            readable: true,
            sent: &BTreeMap::new(),
            counted: &Counted::default(),
        });
        let lines: Vec<(&str, &str)> = planned[0]
            .after
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !["on_hand", "sku", "warehouse_id", "warehouse_name"].contains(name))
            .collect();
        // Each row shows what lies between the books and the shelf.
        let has = |number: &str| invoices.iter().any(|one| one.number == number);
        let mut expected = vec![("accurate", "7")];
        if has("N1") {
            expected.extend([("invoiced_early", "3"), ("invoiced_early_orders", "N1 × 3")]);
        }
        if !has("N2") {
            expected.extend([("sold_not_invoiced", "3"), ("sold_not_invoiced_orders", "N2 × 3")]);
        }
        assert_eq!(lines, expected);
        (planned[0].action, planned[0].after["on_hand"].clone(), planned[0].reason.code.clone())
    };
    assert_eq!(plan(&invoices), (Action::Same, "10".to_owned(), "same_stock".to_owned()));
    // Without invoices the one that was handed over is in the books still.
    assert_eq!(plan(&[]), (Action::Change, "4".to_owned(), "sold_not_invoiced".to_owned()));
    // The one that was handed over has no invoice any more: its three units are in the books still.
    let without: Vec<SalesInvoice> = invoices.into_iter().filter(|invoice| invoice.number != "N2").collect();
    assert_eq!(plan(&without), (Action::Change, "7".to_owned(), "sold_and_invoiced_early".to_owned()));
}
