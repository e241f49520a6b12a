//! Which record of Accurate stands for which record of Forstok. By id; names are only shown.

use crate::ids::{AccountId, BranchId, CustomerId, ForstokWarehouseId, StoreId, TaxId, WarehouseId};
use crate::sale::TaxMode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The mapping of one database, in the shape of the CLI contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Warehouse by warehouse; each side at most once.
    #[serde(default)]
    pub warehouses: Vec<WarehouseMapping>,
    /// Where the goods of stores lie that the marketplace keeps in its own warehouse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_warehouses: Vec<ChannelWarehouse>,
    /// Store by store.
    #[serde(default)]
    pub stores: Vec<StoreMapping>,
    /// The accounts that documents use for the whole company.
    #[serde(default)]
    pub roles: Roles,
    /// Tax on items and invoices; `None` for a company without.
    #[serde(default)]
    pub tax_id: Option<TaxId>,
    /// At which order status the invoice is made.
    #[serde(default)]
    pub invoice_trigger: InvoiceTrigger,
    /// What documents of sales are like.
    #[serde(default, skip_serializing_if = "Sales::is_default")]
    pub sales: Sales,
}

impl Mapping {
    /// Where the books keep what the marketplace holds for a store.
    #[must_use]
    pub fn channel_warehouse(&self, store: StoreId) -> Option<WarehouseId> {
        let found = self.channel_warehouses.iter().find(|known| known.forstok_store_id == store);
        found.map(|known| known.accurate_id)
    }

    /// How prices and tax stand to each other on documents of sales.
    #[must_use]
    pub fn tax_mode(&self) -> TaxMode {
        match (self.tax_id, self.sales.tax_inclusive) {
            (None, _) => TaxMode::None,
            (Some(_), true) => TaxMode::Inclusive,
            (Some(_), false) => TaxMode::Exclusive,
        }
    }
}

/// What documents of sales are like, beyond which record stands for which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sales {
    /// Orders placed on this day (WIB) or later become invoices; `None`: those placed after the database was first used here, and none
    /// before (forstok-accounting-flow.md §3, doc).
    #[serde(default)]
    pub since: Option<Date>,
    /// Whether prices hold the tax, where a tax is mapped (§6.2, seen: the vendor always says yes).
    #[serde(default = "yes")]
    pub tax_inclusive: bool,
    /// Whether invoices carry the recipient. Off: marketplaces mask it, and nobody needs it in the books.
    #[serde(default)]
    pub recipient: bool,
    /// The warehouse of Accurate that returned goods are put back into; `None`: a person has not chosen it, and returns are held.
    #[serde(default)]
    pub return_warehouse_id: Option<WarehouseId>,
    /// The last day whose period is closed; documents dated up to it are held. The service does not tell it.
    #[serde(default)]
    pub closed_until: Option<Date>,
    /// What a person has said of the opening stock; `None`: it holds what had left until the day that it was counted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<CountedAsOf>,
}

/// A person's word, once for all of them, that opening stock counted up to a day still holds what has left since an earlier one. What is
/// counted later is not touched by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedAsOf {
    /// The last day of the counts that it is about.
    pub counted: Date,
    /// The day at whose end the shelves were as they were counted.
    pub as_of: Date,
}

const fn yes() -> bool {
    true
}

impl Default for Sales {
    fn default() -> Self {
        Self {
            since: None,
            tax_inclusive: true,
            recipient: false,
            return_warehouse_id: None,
            closed_until: None,
            count: None,
        }
    }
}

impl Sales {
    /// Whether nothing was chosen.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One warehouse of Forstok and the one of Accurate that stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseMapping {
    /// Warehouse in Forstok.
    pub forstok_id: ForstokWarehouseId,
    /// Warehouse in Accurate.
    pub accurate_id: WarehouseId,
}

/// The warehouse of Accurate in which the books keep what a marketplace holds for a store (Tokocabang, FBL, FBB; forstok-api.md §7.2,
/// doc). None of Forstok's warehouses: no figure of it is ever sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelWarehouse {
    /// Store in Forstok.
    pub forstok_store_id: StoreId,
    /// Warehouse in Accurate; stores may share it.
    pub accurate_id: WarehouseId,
}

/// What a store's documents use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreMapping {
    /// Store in Forstok.
    pub forstok_store_id: StoreId,
    /// Its customer in Accurate; `None`: to be created, as a planned change.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// The number under which its customer is to be created, where a person has chosen to have another made than the one that is there;
    /// `None`: the store's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_no: Option<String>,
    /// The cash & bank account that its payouts go to.
    #[serde(default)]
    pub bank_account_id: Option<AccountId>,
    /// Its branch; needed where the user sees several.
    #[serde(default)]
    pub branch_id: Option<BranchId>,
}

impl StoreMapping {
    /// A store of which nothing was chosen.
    #[must_use]
    pub fn of(store: StoreId) -> Self {
        Self { forstok_store_id: store, customer_id: None, customer_no: None, bank_account_id: None, branch_id: None }
    }

    /// The number of the customer that is made for it: the one that was chosen, else the store's id, as the vendor numbers them
    /// (forstok-accounting-flow.md §6.2, seen).
    #[must_use]
    pub fn own_customer_no(&self) -> String {
        let chosen = self.customer_no.as_deref().map(str::trim).filter(|no| !no.is_empty());
        chosen.map_or_else(|| self.forstok_store_id.to_string(), str::to_owned)
    }
}

/// The six fee roles and the stock-adjustment account (forstok-accounting-flow.md §4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are those of the contract")]
pub struct Roles {
    #[serde(default)]
    pub shipping_fee: Option<AccountId>,
    #[serde(default)]
    pub platform_rebate: Option<AccountId>,
    #[serde(default)]
    pub voucher_seller: Option<AccountId>,
    #[serde(default)]
    pub shipping_difference: Option<AccountId>,
    #[serde(default)]
    pub platform_fulfillment_fee: Option<AccountId>,
    #[serde(default)]
    pub service_fee: Option<AccountId>,
    #[serde(default)]
    pub stock_adjustment: Option<AccountId>,
}

/// A role that an account plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the contract")]
pub enum Role {
    ShippingFee,
    PlatformRebate,
    VoucherSeller,
    ShippingDifference,
    PlatformFulfillmentFee,
    ServiceFee,
    StockAdjustment,
}

impl Role {
    /// Every role, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::ShippingFee,
        Self::PlatformRebate,
        Self::VoucherSeller,
        Self::ShippingDifference,
        Self::PlatformFulfillmentFee,
        Self::ServiceFee,
        Self::StockAdjustment,
    ];

    /// Its name in the mapping file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ShippingFee => "shipping_fee",
            Self::PlatformRebate => "platform_rebate",
            Self::VoucherSeller => "voucher_seller",
            Self::ShippingDifference => "shipping_difference",
            Self::PlatformFulfillmentFee => "platform_fulfillment_fee",
            Self::ServiceFee => "service_fee",
            Self::StockAdjustment => "stock_adjustment",
        }
    }

    /// Whether money comes in through it (shown with a plus); the rest are deductions.
    #[must_use]
    pub fn income(self) -> bool {
        matches!(self, Self::ShippingFee | Self::PlatformRebate)
    }
}

impl Roles {
    /// The account of a role.
    #[must_use]
    pub fn get(&self, role: Role) -> Option<AccountId> {
        match role {
            Role::ShippingFee => self.shipping_fee,
            Role::PlatformRebate => self.platform_rebate,
            Role::VoucherSeller => self.voucher_seller,
            Role::ShippingDifference => self.shipping_difference,
            Role::PlatformFulfillmentFee => self.platform_fulfillment_fee,
            Role::ServiceFee => self.service_fee,
            Role::StockAdjustment => self.stock_adjustment,
        }
    }

    /// Gives a role its account.
    pub fn set(&mut self, role: Role, account: Option<AccountId>) {
        *match role {
            Role::ShippingFee => &mut self.shipping_fee,
            Role::PlatformRebate => &mut self.platform_rebate,
            Role::VoucherSeller => &mut self.voucher_seller,
            Role::ShippingDifference => &mut self.shipping_difference,
            Role::PlatformFulfillmentFee => &mut self.platform_fulfillment_fee,
            Role::ServiceFee => &mut self.service_fee,
            Role::StockAdjustment => &mut self.stock_adjustment,
        } = account;
    }
}

/// Order status at which an invoice is made. *Ready to ship* is the only one at which stock falls on both sides together
/// (forstok-accounting-flow.md §5.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the service")]
pub enum InvoiceTrigger {
    Open,
    /// `printed` in Forstok's own settings (forstok-accounting-flow.md §6.1, doc: Printed = Not Shipped).
    #[serde(alias = "printed")]
    NotShipped,
    #[default]
    ReadyToShip,
    Shipped,
    Delivered,
}

impl InvoiceTrigger {
    /// The rank of an order ([`crate::order::OrderStatus::rank`]) that has come to it.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Open => 1,
            Self::NotShipped => 2,
            Self::ReadyToShip => 3,
            Self::Shipped => 4,
            Self::Delivered => 5,
        }
    }
}
