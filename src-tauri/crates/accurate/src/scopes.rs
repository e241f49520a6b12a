//! The scopes that Selaras asks for, and what each one blocks when a person unticks it (accurate-online-api.md §1.5).

/// One scope of the consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its name on the wire.
    pub name: &'static str,
    /// Code of what does not work without it; the sentence is in the message files.
    pub blocks: &'static str,
    /// Whether the main job stops without it. The others cost a convenience, or belong to later steps.
    pub required: bool,
}

const fn required(name: &'static str, blocks: &'static str) -> Scope {
    Scope { name, blocks, required: true }
}

const fn optional(name: &'static str, blocks: &'static str) -> Scope {
    Scope { name, blocks, required: false }
}

/// All of them, in the order of the consent.
pub const SCOPES: &[Scope] = &[
    required("item_view", "read_items"),
    required("item_save", "create_items"),
    optional("item_category_view", "choose_category"),
    optional("unit_view", "choose_unit"),
    required("glaccount_view", "choose_accounts"),
    required("warehouse_view", "choose_warehouses"),
    required("branch_view", "choose_branch"),
    optional("customer_view", "choose_customers"),
    optional("customer_save", "create_customers"),
    optional("tax_view", "choose_taxes"),
    required("item_adjustment_view", "prove_stock"),
    required("item_adjustment_save", "write_opening_stock"),
    optional("sales_invoice_view", "prove_invoices"),
    optional("sales_invoice_save", "write_invoices"),
    optional("sales_receipt_view", "prove_receipts"),
    optional("sales_receipt_save", "write_receipts"),
    optional("sales_receipt_delete", "undo_receipts"),
    optional("sales_return_view", "prove_returns"),
    optional("sales_return_save", "write_returns"),
    optional("sales_return_delete", "undo_returns"),
    optional("customer_delete", "undo_customers"),
    optional("item_delete", "undo_items"),
    optional("item_adjustment_delete", "undo_opening_stock"),
];

/// The scopes that were asked for and not granted.
#[must_use]
pub fn missing_scopes(granted: &[String]) -> Vec<&'static Scope> {
    SCOPES.iter().filter(|scope| !granted.iter().any(|name| name == scope.name)).collect()
}

/// All names with spaces between, as `authorize` wants them.
pub(crate) fn scope_text() -> String {
    SCOPES.iter().map(|scope| scope.name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_granted_is_named_with_what_it_blocks() {
        let granted: Vec<String> =
            SCOPES.iter().map(|scope| scope.name.to_owned()).filter(|name| name != "item_save").collect();
        assert_eq!(missing_scopes(&granted), [&required("item_save", "create_items")]);
        assert_eq!(missing_scopes(&[]).len(), SCOPES.len());
    }
}
