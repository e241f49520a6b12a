//! Which permissions of Accurate each kind of plan needs: to read what it is planned from, to write, and to read back what it wrote. They
//! are asked for before anything is planned and once more before anything is written: what cannot be proven is not written at all.
//!
//! An API token has the rights of its user and no list of scopes (accurate-online-api.md §1.6): a list that such a token may not read is
//! refused when it is read, which is before the first write.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use selaras_domain::plan::{Operation, PlanKind};
use selaras_engine::kinds::{
    invoices, items, listings, opening_stock, receipts, returns, stock, undo_items, undo_opening_stock, undo_sales,
    undo_stock, undo_voids, voids,
};
use selaras_engine::ports::BooksAccount;
use selaras_store::AccurateMode;
use std::collections::BTreeSet;

type Scopes = &'static [&'static str];

/// What every plan of a kind needs. Goods are read with their figures under `item_view`; a warehouse, a branch, an account or a customer
/// that cannot be read would look like one that is not there.
fn of_kind(kind: &str) -> Scopes {
    match kind {
        items::KIND => &["item_view", "item_save"],
        opening_stock::KIND => &[
            "item_view",
            "warehouse_view",
            "branch_view",
            "glaccount_view",
            "item_adjustment_view",
            "item_adjustment_save",
        ],
        stock::KIND => &["item_view", "warehouse_view"],
        listings::KIND => &["item_view"],
        invoices::KIND => {
            &["item_view", "warehouse_view", "branch_view", "customer_view", "sales_invoice_view", "sales_invoice_save"]
        }
        receipts::KIND => &[
            "branch_view",
            "customer_view",
            "glaccount_view",
            "sales_invoice_view",
            "sales_receipt_view",
            "sales_receipt_save",
        ],
        returns::KIND => &[
            "item_view",
            "warehouse_view",
            "branch_view",
            "customer_view",
            "sales_invoice_view",
            "sales_return_view",
            "sales_return_save",
        ],
        // There is no `sales_invoice_delete`: deleting goes under saving (accurate-online-api.md §1.5).
        voids::KIND => &["customer_view", "sales_invoice_view", "sales_invoice_save"],
        undo_items::KIND => &["item_view", "warehouse_view", "item_delete"],
        undo_opening_stock::KIND => &["item_view", "warehouse_view", "item_adjustment_view", "item_adjustment_delete"],
        undo_sales::INVOICES => &["customer_view", "sales_invoice_view", "sales_invoice_save"],
        undo_sales::RECEIPTS => &["sales_invoice_view", "sales_receipt_view", "sales_receipt_delete"],
        undo_sales::RETURNS => &["sales_invoice_view", "sales_return_view", "sales_return_delete"],
        undo_voids::KIND => &["customer_view", "sales_invoice_view", "sales_invoice_save"],
        undo_stock::KIND => &[],
        _ => &[],
    }
}

/// What a row needs beside that.
fn of_row(kind: &str, operation: &Operation) -> Scopes {
    let document = operation.before.get("document").map(String::as_str);
    match (kind, document) {
        (invoices::KIND, _) if invoices::is_customer(operation) => &["customer_save"],
        (undo_voids::KIND, _) if undo_voids::of_receipt(&operation.key) => {
            &["sales_receipt_view", "sales_receipt_save"]
        }
        (voids::KIND, Some("receipt")) => &["sales_receipt_view", "sales_receipt_delete"],
        (undo_sales::INVOICES, Some("customer")) => &["customer_delete"],
        _ => &[],
    }
}

/// Everything that a plan of this kind with these rows needs.
fn needed<'a>(kind: &str, operations: impl IntoIterator<Item = &'a Operation>) -> BTreeSet<&'static str> {
    let writing = operations.into_iter().filter(|operation| operation.action.writes());
    let rows = writing.flat_map(|operation| of_row(kind, operation));
    of_kind(kind).iter().chain(rows).copied().collect()
}

impl Desk {
    /// Whether everything was granted that a plan of this kind, with these rows, needs.
    ///
    /// # Errors
    /// [`ErrorCode::ScopeMissing`] with the names of what is missing; as any call of the account host.
    pub(super) async fn permitted<'a>(
        &self,
        kind: &PlanKind,
        operations: impl IntoIterator<Item = &'a Operation>,
    ) -> AppResult<()> {
        let needed = needed(&kind.0, operations);
        if needed.is_empty() || self.company()?.accurate_mode != Some(AccurateMode::OAuth) {
            return Ok(());
        }
        // Asked anew: another consent, on whatever machine, replaces what was granted (accurate-online-api.md §1.3).
        let granted = self.accurate().await?.account().scopes().await?;
        let missing: Vec<&str> =
            needed.into_iter().filter(|scope| !granted.iter().any(|granted| granted == scope)).collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(AppError::new(ErrorCode::ScopeMissing).with("scope", missing.join(" "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use selaras_accurate::scopes::SCOPES;
    use selaras_domain::ids::DatabaseId;
    use selaras_domain::plan::{Action, Fields, OperationKey, Reason, Side, Target};
    use selaras_engine::kinds::executor;

    const KINDS: [&str; 15] = [
        items::KIND,
        opening_stock::KIND,
        stock::KIND,
        listings::KIND,
        invoices::KIND,
        receipts::KIND,
        returns::KIND,
        voids::KIND,
        undo_items::KIND,
        undo_opening_stock::KIND,
        undo_stock::KIND,
        undo_sales::INVOICES,
        undo_sales::RECEIPTS,
        undo_sales::RETURNS,
        undo_voids::KIND,
    ];

    fn row(key: &str, document: &str) -> Operation {
        let target = Target { side: Side::Accurate, database: DatabaseId(1), record: String::new() };
        let before = Fields::from([("document".to_owned(), document.to_owned())]);
        let (key, reason, after) = (OperationKey(key.to_owned()), Reason::new("void_cancelled"), Fields::new());
        Operation { key, action: Action::Remove, target, before, after, reason, group: String::new() }
    }

    #[test]
    fn each_kind_that_writes_to_the_books_asks_to_write_and_to_read_back_and_for_nothing_that_is_not_in_the_consent() {
        for kind in KINDS {
            let needed = needed(kind, []);
            let executor = executor(&PlanKind::named(kind)).unwrap();
            let writes = |scope: &&&str| scope.ends_with("_save") || scope.ends_with("_delete");
            for scope in needed.iter().filter(writes) {
                let module = scope.rsplit_once('_').unwrap().0;
                assert!(
                    needed.contains(format!("{module}_view").as_str()),
                    "{kind} cannot read back what {scope} writes"
                );
            }
            assert_eq!(needed.iter().any(|scope| writes(&scope)), executor.writes_books(), "{kind}");
            assert!(needed.iter().all(|scope| SCOPES.iter().any(|known| known.name == *scope)), "{kind}");
        }
    }

    #[test]
    fn an_undo_of_voids_needs_the_permissions_of_what_it_enters_anew() {
        let rows = [row("undo:void-receipt:SLP-1", "receipt"), row("undo:void-invoice:7", "invoice")];
        let both = needed(undo_voids::KIND, &rows);
        assert!(both.contains("sales_receipt_save") && both.contains("sales_receipt_view"));
        assert!(!needed(undo_voids::KIND, &rows[1..]).contains("sales_receipt_save"));
        assert!(needed(voids::KIND, &rows[..1]).contains("sales_receipt_delete"));
    }
}
