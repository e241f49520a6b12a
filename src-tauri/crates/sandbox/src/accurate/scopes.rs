//! Which scope an endpoint asks for (accurate-online-api.md §1.5).

/// Modules this simulator serves, with the prefix of their scopes.
const MODULES: &[(&str, &str)] = &[
    ("item", "item"),
    ("item-category", "item_category"),
    ("unit", "unit"),
    ("branch", "branch"),
    ("warehouse", "warehouse"),
    ("customer", "customer"),
    ("customer-category", "customer_category"),
    ("tax", "tax"),
    ("currency", "currency"),
    ("payment-term", "payment_term"),
    ("glaccount", "glaccount"),
    ("item-adjustment", "item_adjustment"),
    ("sales-invoice", "sales_invoice"),
    ("sales-receipt", "sales_receipt"),
    ("sales-return", "sales_return"),
    ("company", "company_data"),
];

/// Whether an action changes something.
pub(crate) fn writes(action: &str) -> bool {
    matches!(action, "save" | "bulk-save" | "delete")
}

/// The scope of a module's action; `None` for a module that does not exist.
pub(crate) fn required(module: &str, action: &str) -> Option<String> {
    let (_, prefix) = MODULES.iter().find(|(name, _)| *name == module)?;
    Some(match (module, action) {
        ("company", _) => (*prefix).to_owned(),
        // Irregular: there is no `sales_invoice_delete`.
        ("sales-invoice", "delete") => "sales_invoice_save".to_owned(),
        (_, "save" | "bulk-save") => format!("{prefix}_save"),
        (_, "delete") => format!("{prefix}_delete"),
        _ => format!("{prefix}_view"),
    })
}
