//! The closed list of reasons that this client gives, and how the service's words become one of them.

use selaras_domain::plan::Reason;

/// The e-mail and the secret key do not belong together, or the key was replaced.
pub const WRONG_KEY: &str = "wrong_forstok_key";
/// Refused for a reason that we do not know better.
pub const REFUSED: &str = "forstok_refused";
/// No master variant has this SKU.
pub const SKU_UNKNOWN: &str = "forstok_sku_unknown";
/// The warehouse is not there, or not active.
pub const WAREHOUSE_UNKNOWN: &str = "forstok_warehouse_unknown";
/// The quantity is below zero or no whole number.
pub const QUANTITY_REFUSED: &str = "forstok_quantity_refused";
/// The pending listing is gone: resolved meanwhile, or deleted.
pub const LISTING_GONE: &str = "forstok_listing_gone";

/// Every code that a refusal of this service can carry.
pub const CODES: [&str; 6] = [WRONG_KEY, REFUSED, SKU_UNKNOWN, WAREHOUSE_UNKNOWN, QUANTITY_REFUSED, LISTING_GONE];

/// The reason behind a message. The wordings are guesses (forstok-api.md §15), so anything that is not recognised stays
/// [`REFUSED`], with the service's own words beside it.
pub fn classify(message: &str) -> Reason {
    let text = message.to_lowercase();
    let missing =
        ["not found", "unknown", "does not exist", "tidak ditemukan", "invalid"].iter().any(|word| text.contains(word));
    let code = if text.contains("warehouse") || text.contains("gudang") {
        WAREHOUSE_UNKNOWN
    } else if text.contains("quantity") || text.contains("negative") || text.contains("jumlah") {
        QUANTITY_REFUSED
    } else if text.contains("listing") && missing {
        LISTING_GONE
    } else if (text.contains("sku") || text.contains("variant")) && missing {
        SKU_UNKNOWN
    } else {
        REFUSED
    };
    Reason::new(code).with("message", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("SKU not found", SKU_UNKNOWN)]
    #[case("Warehouse not found", WAREHOUSE_UNKNOWN)]
    #[case("Gudang tidak ditemukan", WAREHOUSE_UNKNOWN)]
    #[case("Quantity can not be negative", QUANTITY_REFUSED)]
    #[case("Listing not found", LISTING_GONE)]
    #[case("Update failed", REFUSED)]
    #[case("", REFUSED)]
    fn messages_become_codes(#[case] message: &str, #[case] code: &str) {
        assert_eq!(classify(message), Reason::new(code).with("message", message));
        assert!(CODES.contains(&code));
    }
}
