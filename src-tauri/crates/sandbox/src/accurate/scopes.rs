//! Which endpoints there are and which scope each asks for (accurate-online-api.md §1.5, §6). Not all of them are modelled here; one that is
//! known asks for its scope all the same.

/// What nearly every module has.
const USUAL: &[&str] = &["list", "detail", "save", "bulk-save", "delete"];

/// Known modules with the prefix of their scopes and the actions that they have beside the usual ones.
const MODULES: &[(&str, &str, &[&str])] = &[
    (
        "item",
        "item",
        &[
            "get-stock",
            "list-stock",
            "get-selling-price",
            "get-nearest-cost",
            "vendor-price",
            "search-by-item-or-sn",
            "search-by-no-upc",
            "stock-mutation-history",
        ],
    ),
    ("item-category", "item_category", &[]),
    ("item-brand", "item_brand", &[]),
    ("unit", "unit", &[]),
    ("branch", "branch", &[]),
    ("warehouse", "warehouse", &[]),
    ("customer", "customer", &[]),
    ("customer-category", "customer_category", &[]),
    ("tax", "tax", &[]),
    ("currency", "currency", &["exchange-rate", "fiscal-rate"]),
    ("payment-term", "payment_term", &[]),
    ("glaccount", "glaccount", &["get-balance", "get-bs-account-amount", "get-pl-account-amount"]),
    ("item-adjustment", "item_adjustment", &["save-target-quantity"]),
    ("item-transfer", "item_transfer", &[]),
    ("sales-invoice", "sales_invoice", &["detail-invoice"]),
    ("sales-receipt", "sales_receipt", &[]),
    ("sales-return", "sales_return", &[]),
    ("sales-order", "sales_order", &["manual-close-order"]),
    ("delivery-order", "delivery_order", &[]),
    ("purchase-invoice", "purchase_invoice", &[]),
    ("journal-voucher", "journal_voucher", &[]),
    ("stock-opname-order", "stock_opname_order", &[]),
    ("stock-opname-result", "stock_opname_result", &[]),
    ("sellingprice-adjustment", "sellingprice_adjustment", &[]),
    ("price-category", "price_category", &[]),
    ("shipment", "shipment", &[]),
    ("department", "department", &[]),
    ("project", "project", &[]),
    ("data-classification", "data_classification", &[]),
    ("vendor", "vendor", &[]),
    ("employee", "employee", &[]),
    ("auto-number", "auto_number", &[]),
    ("access-privilege", "access_privilege", &[]),
    ("company", "company_data", &[]),
];

/// Whether an action changes something.
pub(crate) fn writes(action: &str) -> bool {
    matches!(action, "save" | "bulk-save" | "delete" | "save-target-quantity" | "manual-close-order")
}

/// The scope of a module's action; `None` for an endpoint that does not exist.
pub(crate) fn required(module: &str, action: &str) -> Option<String> {
    let (_, prefix, beside) = MODULES.iter().find(|(name, ..)| *name == module)?;
    let exists = match module {
        "company" => action == "detail",
        "auto-number" => action == "list",
        "access-privilege" => matches!(action, "list" | "detail"),
        // No bulk (§6, "general rules for writes", last).
        "warehouse" | "price-category" | "employee" | "item-brand" if action == "bulk-save" => false,
        _ => USUAL.contains(&action) || beside.contains(&action),
    };
    exists.then(|| match (module, action) {
        ("company", _) => (*prefix).to_owned(),
        // Irregular: there are no such `_delete` scopes, and two reads have the scope of another module.
        ("sales-invoice" | "sellingprice-adjustment", "delete") => format!("{prefix}_save"),
        ("item", "get-nearest-cost") => "purchase_invoice_save".to_owned(),
        ("item", "stock-mutation-history") => "stock_mutation_history_view".to_owned(),
        (_, "delete") => format!("{prefix}_delete"),
        (_, action) if writes(action) => format!("{prefix}_save"),
        _ => format!("{prefix}_view"),
    })
}

/// Every scope, as the user of an API token has them who may do all.
pub(crate) fn all() -> impl Iterator<Item = String> {
    MODULES.iter().flat_map(|(module, prefix, _)| {
        let endings: &[&str] = if *module == "company" { &[""] } else { &["_view", "_save", "_delete"] };
        endings.iter().map(move |ending| format!("{prefix}{ending}"))
    })
}
