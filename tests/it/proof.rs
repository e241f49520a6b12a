//! What a proof says of what it reads: the state, and not only that a document is there.

use crate::stand_in::DATABASE;
use async_trait::async_trait;
use selaras_domain::accurate::{
    Account, Adjustment, AdjustmentLine, Branch, Customer, FullItem, Item, NewItem, StockRow, Tax, Warehouse,
};
use selaras_domain::amount::{Money, Quantity};
use selaras_domain::documents::{DocumentLine, DocumentQuery, InvoiceDocument};
use selaras_domain::ids::{
    AccountId, AdjustmentId, CustomerId, DatabaseId, ItemId, SalesInvoiceId, TaxId, WarehouseId,
};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{OperationState, RunId};
use selaras_domain::unread::Listed;
use selaras_engine::documents::invoice_fields;
use selaras_engine::kinds::invoices::Invoices;
use selaras_engine::kinds::items::Items;
use selaras_engine::kinds::listings::Listings;
use selaras_engine::kinds::opening_stock::OpeningStock;
use selaras_engine::kinds::undo_opening_stock::UndoOpeningStock;
use selaras_engine::kinds::{Executor, Ports};
use selaras_engine::ports::{Books, JournalEntry, PortError, RowOutcome};
use selaras_engine::prove::{Proof, prove};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Books that answer what they were given.
#[derive(Default)]
struct Answers {
    invoices: Vec<InvoiceDocument>,
    adjustment: Option<Adjustment>,
    items: Vec<FullItem>,
    on_hand: Option<i64>,
}

fn nothing_is_written<T>() -> Result<T, PortError> {
    Err(PortError::NotOffered { side: "accurate", what: "writes".into() })
}

#[async_trait]
impl Books for Answers {
    fn database(&self) -> DatabaseId {
        DATABASE
    }
    async fn verify_session(&self) -> Result<(), PortError> {
        Ok(())
    }
    async fn items(&self) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn items_by_no(&self, _: &[String]) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn items_in_full(&self, _: &[String]) -> Result<Listed<FullItem>, PortError> {
        Ok(self.items.clone().into())
    }
    async fn items_by_id(&self, _: &[ItemId]) -> Result<Listed<Item>, PortError> {
        Ok(Listed::default())
    }
    async fn accounts(&self) -> Result<Listed<Account>, PortError> {
        Ok(Listed::default())
    }
    async fn warehouses(&self) -> Result<Listed<Warehouse>, PortError> {
        Ok(vec![Warehouse {
            id: WarehouseId(50),
            name: "Gudang".into(),
            default: true,
            scrap: false,
            suspended: false,
        }]
        .into())
    }
    async fn branches(&self) -> Result<Listed<Branch>, PortError> {
        Ok(Listed::default())
    }
    async fn customers(&self) -> Result<Listed<Customer>, PortError> {
        Ok(Listed::default())
    }
    async fn taxes(&self) -> Result<Listed<Tax>, PortError> {
        Ok(Listed::default())
    }
    async fn item_categories(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn units(&self) -> Result<Vec<String>, PortError> {
        Ok(vec![])
    }
    async fn stock(&self, _: &Warehouse) -> Result<Listed<StockRow>, PortError> {
        Ok(Listed::default())
    }
    async fn item_stock(&self, item: ItemId) -> Result<Vec<StockRow>, PortError> {
        let row = |quantity: i64| StockRow {
            warehouse: WarehouseId(50),
            item,
            no: "A".into(),
            quantity: Quantity::from(quantity),
        };
        Ok(self.on_hand.map(row).into_iter().collect())
    }
    async fn save_items(&self, _: &[NewItem]) -> Result<Vec<RowOutcome>, PortError> {
        nothing_is_written()
    }
    async fn save_adjustment(&self, _: &Adjustment) -> Result<RowOutcome, PortError> {
        nothing_is_written()
    }
    async fn adjustment_by_number(&self, _: &str) -> Result<Option<Adjustment>, PortError> {
        Ok(self.adjustment.clone())
    }
    async fn adjustment_by_id(&self, _: AdjustmentId) -> Result<Option<Adjustment>, PortError> {
        Ok(self.adjustment.clone())
    }
    async fn delete_item(&self, _: ItemId) -> Result<RowOutcome, PortError> {
        nothing_is_written()
    }
    async fn delete_adjustment(&self, _: AdjustmentId) -> Result<RowOutcome, PortError> {
        nothing_is_written()
    }
    async fn invoices_of(&self, _: &DocumentQuery) -> Result<Listed<InvoiceDocument>, PortError> {
        Ok(self.invoices.clone().into())
    }
}

fn posted(action: Action, before: Fields, after: Fields) -> JournalEntry {
    let operation = Operation {
        key: OperationKey("row".into()),
        action,
        target: Target { side: Side::Accurate, database: DATABASE, record: "A".into() },
        before,
        after,
        reason: Reason::new("counted"),
        group: "SLR-1".into(),
    };
    JournalEntry {
        run: RunId("r".into()),
        position: 0,
        operation,
        state: OperationState::Posted { record: Some(1) },
        sent_at: None,
        sendings: 1,
    }
}

async fn proof_of(executor: &dyn Executor, books: Answers, entry: JournalEntry) -> Proof {
    let shop = Arc::new(crate::stand_in::StandInShop::default());
    prove(&Ports { books: Arc::new(books), shop }, executor, &[entry]).await.unwrap()
}

/// Each difference as `field: expected → found`.
fn said(proof: &Proof) -> Vec<String> {
    let found = |found: &Option<String>| found.clone().unwrap_or_default();
    proof.differences.iter().map(|one| format!("{}: {} → {}", one.field, one.expected, found(&one.found))).collect()
}

fn fields(of: &[(&str, &str)]) -> Fields {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// One line: the item by id and by code, how many, and the warehouse.
type Sold = (i64, &'static str, i64, i64);

fn invoice(lines: &[Sold]) -> InvoiceDocument {
    let line = |(item, no, quantity, warehouse): &Sold| DocumentLine {
        item_no: (*no).into(),
        item: Some(ItemId(*item)),
        name: "Kopi".into(),
        note: String::new(),
        quantity: Quantity::from(*quantity),
        unit_price: Money::from(1_000),
        discount: Money::ZERO,
        warehouse: "Gudang".into(),
        warehouse_id: Some(WarehouseId(*warehouse)),
        taxed: false,
    };
    InvoiceDocument {
        id: Some(SalesInvoiceId(9)),
        number: "SO-1".into(),
        date: jiff::civil::date(2026, 11, 1),
        description: "1".into(),
        customer_no: "C1".into(),
        customer: Some(CustomerId(60)),
        branch: None,
        taxable: false,
        tax_inclusive: false,
        cash_discount: Money::ZERO,
        to_address: None,
        lines: lines.iter().map(line).collect(),
        total: None,
        owing: None,
        receipts: Vec::new(),
        returned: None,
    }
}

async fn invoiced(sent: &[Sold], found: InvoiceDocument) -> Proof {
    let books = Answers { invoices: vec![found], ..Answers::default() };
    proof_of(&Invoices::default(), books, posted(Action::Create, Fields::new(), invoice_fields(&invoice(sent)))).await
}

#[tokio::test]
async fn two_item_codes_swapped_between_plan_and_apply_are_a_difference() {
    let (a, b) = ((1, "A", 3, 50), (2, "B", 5, 50));
    // Alone: what was sent as A went to the item that bears A by now.
    let alone = invoiced(&[a], invoice(&[(2, "A", 3, 50)])).await;
    assert_eq!(said(&alone), ["line.001.item_id: 1 → 2"]);
    // Both in one document: each got the other's quantity.
    let both = invoiced(&[a, b], invoice(&[(2, "A", 3, 50), (1, "B", 5, 50)])).await;
    assert_eq!(said(&both), ["line.001.quantity: 3 → 5", "line.002.quantity: 5 → 3"]);
    // A code that was changed since is the same item, wherever its line stands now.
    let renamed = invoiced(&[a, b], invoice(&[(1, "Z", 3, 50), (2, "B", 5, 50)])).await;
    assert_eq!((said(&renamed), renamed.unread_fields), (vec![], BTreeMap::new()));
}

#[tokio::test]
async fn a_line_in_another_warehouse_of_the_same_name_and_another_customer_are_differences() {
    let moved = invoiced(&[(1, "A", 3, 50)], invoice(&[(1, "A", 3, 51)])).await;
    assert_eq!(said(&moved), ["line.001.warehouse_id: 50 → 51"]);
    let other = InvoiceDocument { customer: Some(CustomerId(61)), ..invoice(&[(1, "A", 3, 50)]) };
    assert_eq!(said(&invoiced(&[(1, "A", 3, 50)], other).await), ["customer_id: 60 → 61"]);
}

#[tokio::test]
async fn a_field_that_no_answer_carries_is_counted_and_not_taken_as_equal() {
    let mut silent = invoice(&[(1, "A", 3, 50), (2, "B", 5, 50)]);
    silent.lines.iter_mut().for_each(|line| (line.item, line.warehouse_id) = (None, None));
    silent.customer = None;
    let proof = invoiced(&[(1, "A", 3, 50), (2, "B", 5, 50)], silent).await;
    let unread = [("customer_id", 1), ("line.item_id", 2), ("line.warehouse_id", 2)];
    assert_eq!(proof.unread_fields, unread.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!((proof.checked, said(&proof)), (1, vec![]));
}

fn counted() -> Fields {
    fields(&[
        ("quantity", "10"),
        ("unit_cost", "1000"),
        ("total", "10000"),
        ("item_no", "A"),
        ("item_id", "1"),
        ("warehouse_name", "Gudang"),
        ("warehouse_id", "50"),
        ("account_no", "3101"),
        ("account_id", "70"),
        ("date", "2026-11-01"),
    ])
}

fn adjustment(item: i64, warehouse: i64) -> Adjustment {
    Adjustment {
        id: Some(AdjustmentId(9)),
        number: "SLR-1".into(),
        date: jiff::civil::date(2026, 11, 1),
        description: String::new(),
        account_no: "3101".into(),
        account: Some(AccountId(70)),
        branch: None,
        lines: vec![AdjustmentLine {
            item_no: "A".into(),
            item: Some(ItemId(item)),
            quantity: Quantity::from(10),
            unit_cost: Money::from(1_000),
            warehouse: "Gudang".into(),
            warehouse_id: Some(WarehouseId(warehouse)),
        }],
    }
}

#[tokio::test]
async fn opening_stock_is_proven_by_the_shelf_and_not_by_its_document_alone() {
    let proof = |on_hand, item, warehouse| {
        let books = Answers { adjustment: Some(adjustment(item, warehouse)), on_hand, ..Answers::default() };
        proof_of_opening(books)
    };
    let right = proof(Some(10), 1, 50).await;
    assert_eq!((right.checked, said(&right), right.unread_fields.len()), (1, vec![], 0));
    // The document is there as it was sent, and the shelf holds it twice.
    assert_eq!(said(&proof(Some(20), 1, 50).await), ["shelf: 10 → 20"]);
    // A sale between plan and proof is told: the shelf is not what was promised.
    assert_eq!(said(&proof(Some(9), 1, 50).await), ["shelf: 10 → 9"]);
    assert_eq!(said(&proof(Some(10), 2, 50).await), ["item_id: 1 → 2"]);
    assert_eq!(said(&proof(Some(10), 1, 51).await), ["warehouse_id: 50 → 51"]);
    // A shelf that nobody tells is not taken as right.
    assert_eq!(proof(None, 1, 50).await.unread_fields, [("shelf".to_owned(), 1)].into());
}

async fn proof_of_opening(books: Answers) -> Proof {
    proof_of(&OpeningStock::default(), books, posted(Action::Create, Fields::new(), counted())).await
}

#[tokio::test]
async fn opening_stock_that_is_taken_back_is_proven_by_the_shelf() {
    let before = fields(&[
        ("adjustment_id", "9"),
        ("item_id", "1"),
        ("item_no", "A"),
        ("quantity", "10"),
        ("shelf", "12"),
        ("warehouse_id", "50"),
    ]);
    for (on_hand, differs) in [(2, vec![]), (12, vec!["shelf: 2 → 12"])] {
        let books = Answers { on_hand: Some(on_hand), ..Answers::default() };
        let proof = proof_of(&UndoOpeningStock, books, posted(Action::Remove, before.clone(), Fields::new())).await;
        assert_eq!((proof.checked, said(&proof)), (1, differs.into_iter().map(str::to_owned).collect()));
    }
}

#[tokio::test]
async fn every_field_that_is_sent_for_an_item_is_compared() {
    let sent = fields(&[
        ("no", "A"),
        ("name", "Kopi"),
        ("item_type", "INVENTORY"),
        ("unit", "PCS"),
        ("category", ""),
        ("tax_id", "5"),
        ("unit_price", "17500"),
        ("vendor_price", "9000"),
        ("upc", "899"),
    ]);
    let item = Item {
        id: ItemId(1),
        no: "A".into(),
        name: "Kopi".into(),
        item_type: Some("INVENTORY".into()),
        upc: Some("899".into()),
        unit_price: Some(Money::from(17_500)),
        suspended: false,
    };
    let full = FullItem {
        item: item.clone(),
        unit: Some("PCS".into()),
        category: Some("Umum".into()),
        vendor_price: Some(Money::from(9_000)),
        tax: Some(TaxId(5)),
    };
    let proof = async |found: FullItem| {
        let books = Answers { items: vec![found], ..Answers::default() };
        proof_of(&Items, books, posted(Action::Create, Fields::new(), sent.clone())).await
    };
    // A category that was left to the service is none that was sent.
    let right = proof(full.clone()).await;
    assert_eq!((right.checked, said(&right), right.unread_fields.len()), (1, vec![], 0));
    let other = FullItem { unit: Some("DUS".into()), tax: Some(TaxId(6)), ..full.clone() };
    assert_eq!(said(&proof(other).await), ["tax_id: 5 → 6", "unit: PCS → DUS"]);
    let other = FullItem { vendor_price: Some(Money::from(8_000)), ..full };
    assert_eq!(said(&proof(other).await), ["vendor_price: 9000 → 8000"]);
    let unread = proof(FullItem::from(item)).await.unread_fields;
    assert_eq!(unread, ["tax_id", "unit", "vendor_price"].map(|name| (name.to_owned(), 1)).into());
}

#[tokio::test]
async fn a_listing_that_is_in_its_list_no_more_is_not_proven_by_that() {
    let after = fields(&[("sku", "A"), ("listing", "7"), ("listing_variant", "8"), ("step", "confirm")]);
    let proof = proof_of(&Listings, Answers::default(), posted(Action::Change, Fields::new(), after)).await;
    assert_eq!((proof.checked, proof.not_readable), (0, 1));
    assert_eq!(proof.unread_fields, [("step".to_owned(), 1)].into());
}
