//! Identity is an id, never a name (design rule 1). One type for each kind of id, so that one cannot stand where another belongs.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A company database ("data usaha") of Accurate Online. Every other Accurate id is unique only inside one database.
    DatabaseId,
    /// An item ("Barang & Jasa") of Accurate.
    ItemId,
    /// A general-ledger account ("Akun Perkiraan") of Accurate.
    AccountId,
    /// An inventory adjustment ("Penyesuaian Persediaan") of Accurate.
    AdjustmentId,
    /// A warehouse ("Gudang") of Accurate.
    WarehouseId,
    /// A branch ("Cabang") of Accurate.
    BranchId,
    /// A customer ("Pelanggan") of Accurate.
    CustomerId,
    /// A tax ("Pajak") of Accurate.
    TaxId,
    /// A sales invoice ("Faktur Penjualan") of Accurate.
    SalesInvoiceId,
    /// A sales receipt ("Penerimaan Penjualan") of Accurate.
    SalesReceiptId,
    /// A sales return ("Retur Penjualan") of Accurate.
    SalesReturnId,
    /// A master variant of Forstok.
    VariantId,
    /// A warehouse of Forstok.
    ForstokWarehouseId,
    /// A connected store (channel account) of Forstok.
    StoreId,
    /// An imported listing of a store in Forstok.
    ListingId,
    /// One variant of an imported listing in Forstok.
    ListingVariantId,
    /// An order of Forstok; its screens print `SO-` before it.
    OrderId,
    /// An invoice of Forstok; its screens print `INV-` before it.
    InvoiceId,
}
