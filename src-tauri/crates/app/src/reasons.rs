//! Every reason code that a row, a check or a note can carry. The window and the CLI have a sentence for each, in both languages; a
//! test demands it.

/// Codes of the engine and of the steps. A test reads the sources and demands that none is missing.
const OWN: &[&str] = &[
    // SKUs
    "not_in_accurate",
    "same_code_and_name",
    "same_code_other_name",
    "same_name_other_code",
    "sku_empty",
    "sku_doubled",
    "sku_duplicate_suffix",
    "code_too_long",
    "code_characters",
    "pending_not_matched",
    "pending_matched",
    "pending_empty",
    "pending_duplicate",
    "skipped_by_person",
    "link_gone",
    "code_taken",
    "listing_shared",
    "linked_by_person",
    "made_by_decision",
    "decided_by_person",
    // where a person resolves it in Forstok
    "place_listing_not_matched",
    "place_listing_matched",
    "place_listing_empty",
    "place_listing_duplicate",
    "place_master_sku",
    "no_master_sku",
    // items
    "barcode_taken",
    "no_stock_written",
    "pending_not_readable",
    "channel_exports",
    // opening stock
    "counted",
    "counted_twice",
    "count_negative",
    "warehouse_unknown",
    "warehouse_not_named",
    "counted_otherwise",
    "item_inactive",
    "item_without_stock",
    "skus_left_out",
    "item_not_in_accurate",
    "posted_before",
    "same_stock",
    "has_stock_already",
    "unit_cost_missing",
    "date_of_documents",
    "branch_missing",
    // stock
    "stock_differs",
    "negative_as_zero",
    "not_in_warehouse",
    "item_linked_twice",
    "opening_stock_open",
    "quantity_fraction",
    "negatives_as_zero",
    "stock_moves",
    "stock_emptied",
    "invoice_trigger_drifts",
    // runs
    "offline",
    "sign_in_needed",
    "scope_missing",
    "wrong_database",
    "rate_limited",
    "no_answer",
    "not_offered",
    "storage",
    "no_row_in_answer",
    "conflict",
    "not_taken",
    "not_readable",
    "superseded",
    "paused_by_person",
    // readiness
    "stores_not_readable",
    "no_channel",
    "channels_connected",
    "pending_undecided",
    "pending_decided",
    "pending_none",
    "owner_signed_in",
    "owner_not_told",
    "owner_not",
    "scopes_complete",
    "scopes_missing",
    "no_branch",
    "one_branch",
    "branches_chosen",
    "names_agree",
    "names_disagree",
    "mapping_drift",
    "mapping_open",
    "mapping_complete",
    "exports_on",
    "exports_off",
    // the rail
    "after_connect",
    "after_database",
    "after_items",
    "after_opening_stock",
    "after_stock",
    "orders_later",
    "run_unfinished",
    "not_proven",
    "rows_need_person",
    "skus_open",
];

/// All codes, each once, in order.
#[must_use]
pub fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&str> = OWN.to_vec();
    codes.extend(selaras_accurate::catalogue::CODES);
    codes.extend(selaras_forstok::CODES);
    codes.extend(selaras_forstok::import::CODES);
    codes.sort_unstable();
    codes.dedup();
    codes
}
