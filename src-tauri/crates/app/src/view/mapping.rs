//! The mapping: what is saved, what may be chosen, what is suggested, what has drifted.

use super::{Id, ReasonView};
use selaras_domain::mapping::{Mapping, Sales};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// The mapping of one database in the shape of the CLI contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct MappingInput {
    #[serde(default)]
    pub warehouses: Vec<WarehouseMappingInput>,
    /// Where the books keep what marketplaces hold for stores; absent: as it was saved before.
    #[serde(default)]
    pub channel_warehouses: Option<Vec<ChannelWarehouseInput>>,
    #[serde(default)]
    pub stores: Vec<StoreMappingInput>,
    /// Role → account id.
    #[serde(default)]
    pub roles: BTreeMap<String, Option<Id>>,
    #[serde(default)]
    pub tax_id: Option<Id>,
    /// `open`, `not_shipped`, `ready_to_ship`, `shipped`, `delivered`.
    pub invoice_trigger: Option<String>,
    /// What documents of sales are like; absent: as it was saved before.
    #[serde(default)]
    pub sales: Option<SalesInput>,
}

/// What documents of sales are like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SalesInput {
    /// Orders placed on this day (`yyyy-MM-dd`, WIB) or later become invoices; absent: those placed since the database was first used.
    #[serde(default)]
    pub since: Option<String>,
    /// Whether prices hold the tax.
    pub tax_inclusive: bool,
    /// Whether invoices carry the recipient.
    #[serde(default)]
    pub recipient: bool,
    /// The warehouse that returned goods are put back into; absent: not chosen.
    #[serde(default)]
    pub return_warehouse_id: Option<Id>,
    /// The last day (`yyyy-MM-dd`) whose period is closed.
    #[serde(default)]
    pub closed_until: Option<String>,
    /// What a person has said of the opening stock; absent: it misses what had left until it was counted.
    #[serde(default)]
    pub count: Option<CountedAsOfInput>,
}

/// A person's word that opening stock counted up to a day is of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CountedAsOfInput {
    /// The last day (`yyyy-MM-dd`) of the counts that it is about.
    pub counted: String,
    /// The day (`yyyy-MM-dd`) at whose end the shelves were as they were counted.
    pub as_of: String,
}

impl From<&Sales> for SalesInput {
    fn from(sales: &Sales) -> Self {
        Self {
            since: sales.since.map(|day| day.to_string()),
            tax_inclusive: sales.tax_inclusive,
            recipient: sales.recipient,
            return_warehouse_id: sales.return_warehouse_id.map(|id| Id(id.0)),
            closed_until: sales.closed_until.map(|day| day.to_string()),
            count: sales
                .count
                .map(|word| CountedAsOfInput { counted: word.counted.to_string(), as_of: word.as_of.to_string() }),
        }
    }
}

/// One warehouse pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct WarehouseMappingInput {
    pub forstok_id: Id,
    pub accurate_id: Id,
}

/// The warehouse of what a marketplace holds for one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct ChannelWarehouseInput {
    pub forstok_store_id: Id,
    pub accurate_id: Id,
}

/// One store's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[expect(missing_docs, reason = "the words of the contract")]
pub struct StoreMappingInput {
    pub forstok_store_id: Id,
    #[serde(default)]
    pub customer_id: Option<Id>,
    /// The number of the customer that is made where none is chosen; absent: the store's id.
    #[serde(default)]
    pub customer_no: Option<String>,
    #[serde(default)]
    pub bank_account_id: Option<Id>,
    #[serde(default)]
    pub branch_id: Option<Id>,
}

/// The mapping screen: what is saved, what may be chosen, what is suggested, what has drifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingView {
    /// What is saved; empty before the first save.
    pub mapping: MappingInput,
    /// Number of the saved version, from 1; `None` before the first.
    pub version: Option<u32>,
    /// When it was saved.
    pub saved_at: Option<String>,
    /// All versions, newest first.
    pub versions: Vec<MappingVersionView>,
    /// Every place that can be filled, in the order in which it is shown.
    pub slots: Vec<SlotView>,
    /// Accounts of Accurate, all of them; a slot says which types it takes.
    pub accounts: Vec<AccountView>,
    /// Warehouses of Accurate.
    pub warehouses: Vec<RecordView>,
    /// Branches of Accurate.
    pub branches: Vec<RecordView>,
    /// Customers of Accurate.
    pub customers: Vec<RecordView>,
    /// Taxes of Accurate.
    pub taxes: Vec<RecordView>,
    /// What was renamed, deactivated or removed on the other side since the save.
    pub drift: Vec<DriftView>,
    /// One payout as it would be booked, for the live example; `None` while no store is known.
    pub example: Option<PayoutExampleView>,
    /// When the lists were read.
    pub read_at: String,
}

/// A saved version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingVersionView {
    /// From 1.
    pub version: u32,
    /// When.
    pub saved_at: String,
    /// `saved`, `imported`, `archived`.
    pub source: String,
}

/// A place of the mapping that takes one record of Accurate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SlotView {
    /// Its path in the mapping: `stores.11.bank_account_id`, `roles.service_fee`, `warehouses.195`,
    /// `channel_warehouses.11`, `tax_id`.
    pub path: String,
    /// Group on the screen.
    pub group: SlotGroup,
    /// What stands on the left: the store's or warehouse's name, or the role's code.
    pub label: String,
    /// The store's channel, for a store's slots.
    pub channel: Option<String>,
    /// Account types that may be chosen, for an account slot.
    pub account_types: Vec<String>,
    /// Whether the job needs it.
    pub required: bool,
    /// What is saved.
    pub chosen: Option<Id>,
    /// What is suggested, best first; empty when nothing is near enough.
    pub suggestions: Vec<SuggestionView>,
    /// What a person has to say before this store's documents go on: `customer_number_equal`, `customer_name_equal`, `customer_gone`.
    pub question: Option<ReasonView>,
}

/// Groups of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of the screen")]
pub enum SlotGroup {
    CashBank,
    Customer,
    Branch,
    OtherIncome,
    OtherExpense,
    StockAdjustment,
    Tax,
    Warehouse,
    ChannelWarehouse,
}

/// A suggestion with its reason. For money none is ever taken in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SuggestionView {
    /// The record.
    pub id: Id,
    /// Why: `same_number`, `same_name`, `similar_name`, `used_last_time`, `only_one`, `default`.
    pub reason: String,
    /// How sure.
    pub zone: Zone,
}

/// The three zones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Clear, and nothing else comes near.
    Sure,
    /// Near; a person looks.
    Look,
    /// Nothing to suggest.
    None,
}

/// An account in a picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct AccountView {
    /// Its id.
    pub id: Id,
    /// Its number.
    pub no: String,
    /// Its name.
    pub name: String,
    /// Accurate's own word: `CASH_BANK`, `OTHER_INCOME`, …
    pub account_type: String,
    /// Balance as decimal text.
    pub balance: Option<String>,
    /// Why it cannot be chosen: `suspended`, `parent`, `currency`.
    pub off: Option<String>,
}

/// Any other record in a picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RecordView {
    /// Its id.
    pub id: Id,
    /// Its number, where it has one.
    pub no: Option<String>,
    /// Its name.
    pub name: String,
    /// Why it cannot be chosen: `suspended`, `scrap`, `currency`.
    pub off: Option<String>,
}

/// Something that the saved mapping points to has changed on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DriftView {
    /// Path of the slot.
    pub path: String,
    /// `renamed`, `renumbered`, `suspended`, `currency`, `gone`.
    pub change: String,
    /// What it was called when it was saved; with its number, where that is another one now.
    pub was: String,
    /// What it is called now.
    pub now: Option<String>,
}

/// A payout as debit and credit lines whose accounts come from the mapping: of a real order where Forstok's invoices and payments can be
/// read, else of a made-up but typical one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PayoutExampleView {
    /// Store of the order.
    pub store_id: Id,
    /// The real order; `None`: a made-up one.
    pub order: Option<ExampleOrderView>,
    /// Its lines; debits and credits are equal.
    pub lines: Vec<PayoutExampleLineView>,
}

/// The order of the example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExampleOrderView {
    /// Its number on the channel.
    pub number: String,
    /// Its channel.
    pub channel: String,
    /// Its status in Forstok's words.
    pub status: String,
    /// When it was placed.
    pub ordered_at: String,
    /// What its invoice comes to, as decimal text.
    pub total: String,
    /// What is paid out, as decimal text.
    pub payout: String,
}

/// One line of the example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PayoutExampleLineView {
    /// Path of the slot whose account it uses; `None` for the receivable.
    pub slot: Option<String>,
    /// Rupiah as decimal text, empty on the other side.
    pub debit: String,
    /// Rupiah as decimal text, empty on the other side.
    pub credit: String,
}

/// The answer of `mapping suggest`: the contract's shape, filled with what is suggested, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct MappingSuggestView {
    /// Saved choices, and suggestions where nothing is saved.
    #[serde(flatten)]
    pub mapping: MappingInput,
    /// Path → the suggestion that was filled in.
    pub reasons: BTreeMap<String, SuggestionView>,
    /// Required paths that stay empty.
    pub open: Vec<String>,
}

impl From<&Mapping> for MappingInput {
    fn from(mapping: &Mapping) -> Self {
        Self {
            warehouses: mapping
                .warehouses
                .iter()
                .map(|pair| WarehouseMappingInput {
                    forstok_id: Id(pair.forstok_id.0),
                    accurate_id: Id(pair.accurate_id.0),
                })
                .collect(),
            channel_warehouses: Some(
                mapping
                    .channel_warehouses
                    .iter()
                    .map(|known| ChannelWarehouseInput {
                        forstok_store_id: Id(known.forstok_store_id.0),
                        accurate_id: Id(known.accurate_id.0),
                    })
                    .collect(),
            ),
            stores: mapping
                .stores
                .iter()
                .map(|store| StoreMappingInput {
                    forstok_store_id: Id(store.forstok_store_id.0),
                    customer_id: store.customer_id.map(|id| Id(id.0)),
                    customer_no: store.customer_no.clone(),
                    bank_account_id: store.bank_account_id.map(|id| Id(id.0)),
                    branch_id: store.branch_id.map(|id| Id(id.0)),
                })
                .collect(),
            roles: selaras_domain::mapping::Role::ALL
                .into_iter()
                .map(|role| (role.name().to_owned(), mapping.roles.get(role).map(|id| Id(id.0))))
                .collect(),
            tax_id: mapping.tax_id.map(|id| Id(id.0)),
            invoice_trigger: serde_json::to_value(mapping.invoice_trigger)
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned)),
            sales: Some(SalesInput::from(&mapping.sales)),
        }
    }
}
