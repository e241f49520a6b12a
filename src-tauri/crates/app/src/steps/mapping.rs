//! Mapping accounts and warehouses: what may be chosen, what is suggested and why, what has drifted, and the saved versions.

use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode};
use crate::sales::ORDERS_PART;
use crate::snapshots::Directory;
use crate::steps::parties::Made;
use crate::steps::skus::zone;
use crate::view::{
    AccountView, DriftView, Id, MappingInput, MappingSuggestView, MappingVersionView, MappingView, ReasonView,
    RecordView, SlotGroup, SlotView, SuggestionView, Zone,
};
use selaras_domain::accurate::{Account, AccountType, Customer};
use selaras_domain::ids::{
    AccountId, BranchId, CustomerId, DatabaseId, ForstokWarehouseId, StoreId, TaxId, WarehouseId,
};
use selaras_domain::mapping::{ChannelWarehouse, InvoiceTrigger, Mapping, Role, StoreMapping, WarehouseMapping};
use selaras_domain::order::Order;
use selaras_domain::sku::folded_name;
use selaras_engine::matching::{SlotOption, SlotReason, SlotWish, Sureness, suggest};
use selaras_engine::parties::MadeCustomers;
use selaras_store::Labels;
use std::collections::{BTreeMap, BTreeSet};

/// A place of the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    Bank(StoreId),
    Customer(StoreId),
    Branch(StoreId),
    Role(Role),
    Tax,
    Warehouse(ForstokWarehouseId),
    /// Where the books keep what the marketplace holds for a store.
    ChannelWarehouse(StoreId),
}

impl Slot {
    pub(crate) fn path(self) -> String {
        match self {
            Self::Bank(store) => format!("stores.{store}.bank_account_id"),
            Self::Customer(store) => format!("stores.{store}.customer_id"),
            Self::Branch(store) => format!("stores.{store}.branch_id"),
            Self::Role(role) => format!("roles.{}", role.name()),
            Self::Tax => "tax_id".to_owned(),
            Self::Warehouse(warehouse) => format!("warehouses.{warehouse}"),
            Self::ChannelWarehouse(store) => format!("channel_warehouses.{store}"),
        }
    }

    fn group(self) -> SlotGroup {
        match self {
            Self::Bank(_) => SlotGroup::CashBank,
            Self::Customer(_) => SlotGroup::Customer,
            Self::Branch(_) => SlotGroup::Branch,
            Self::Role(Role::StockAdjustment) => SlotGroup::StockAdjustment,
            Self::Role(role) if role.income() => SlotGroup::OtherIncome,
            Self::Role(_) => SlotGroup::OtherExpense,
            Self::Tax => SlotGroup::Tax,
            Self::Warehouse(_) => SlotGroup::Warehouse,
            Self::ChannelWarehouse(_) => SlotGroup::ChannelWarehouse,
        }
    }

    /// Account types that are offered (forstok-accounting-flow.md §4) and, after them, those that are taken as well: companies keep
    /// such accounts under revenue and expense too.
    fn account_types(self) -> &'static [AccountType] {
        match self {
            Self::Bank(_) => &[AccountType::CashBank],
            Self::Role(Role::StockAdjustment) => &[
                AccountType::OtherExpense,
                AccountType::Expense,
                AccountType::Cogs,
                AccountType::Equity,
                AccountType::OtherIncome,
            ],
            Self::Role(role) if role.income() => &[AccountType::OtherIncome, AccountType::Revenue],
            Self::Role(_) => &[AccountType::OtherExpense, AccountType::Expense],
            Self::Customer(_) | Self::Branch(_) | Self::Tax | Self::Warehouse(_) | Self::ChannelWarehouse(_) => &[],
        }
    }

    fn get(self, mapping: &Mapping) -> Option<i64> {
        let store = |id: StoreId| mapping.stores.iter().find(|store| store.forstok_store_id == id);
        match self {
            Self::Bank(id) => store(id)?.bank_account_id.map(|id| id.0),
            Self::Customer(id) => store(id)?.customer_id.map(|id| id.0),
            Self::Branch(id) => store(id)?.branch_id.map(|id| id.0),
            Self::Role(role) => mapping.roles.get(role).map(|id| id.0),
            Self::Tax => mapping.tax_id.map(|id| id.0),
            Self::Warehouse(id) => {
                mapping.warehouses.iter().find(|pair| pair.forstok_id == id).map(|pair| pair.accurate_id.0)
            }
            Self::ChannelWarehouse(id) => mapping.channel_warehouse(id).map(|id| id.0),
        }
    }

    fn set(self, mapping: &mut Mapping, id: i64) {
        let store = |mapping: &mut Mapping, store: StoreId, change: &dyn Fn(&mut StoreMapping)| {
            if let Some(known) = mapping.stores.iter_mut().find(|known| known.forstok_store_id == store) {
                return change(known);
            }
            let mut made = StoreMapping::of(store);
            change(&mut made);
            mapping.stores.push(made);
        };
        match self {
            Self::Bank(at) => store(mapping, at, &|known| known.bank_account_id = Some(AccountId(id))),
            Self::Customer(at) => store(mapping, at, &|known| known.customer_id = Some(CustomerId(id))),
            Self::Branch(at) => store(mapping, at, &|known| known.branch_id = Some(BranchId(id))),
            Self::Role(role) => mapping.roles.set(role, Some(AccountId(id))),
            Self::Tax => mapping.tax_id = Some(TaxId(id)),
            Self::Warehouse(at) => {
                mapping.warehouses.retain(|pair| pair.forstok_id != at);
                mapping.warehouses.push(WarehouseMapping { forstok_id: at, accurate_id: WarehouseId(id) });
            }
            Self::ChannelWarehouse(at) => {
                mapping.channel_warehouses.retain(|known| known.forstok_store_id != at);
                mapping
                    .channel_warehouses
                    .push(ChannelWarehouse { forstok_store_id: at, accurate_id: WarehouseId(id) });
            }
        }
    }
}

/// Every place that this company has; `at_channels`: the stores of which a marketplace holds goods.
fn slots(directory: &Directory, at_channels: &BTreeSet<StoreId>) -> Vec<Slot> {
    let active: Vec<StoreId> = directory.stores.iter().filter(|store| store.active).map(|store| store.id).collect();
    let several = directory.branches.iter().filter(|branch| !branch.suspended).count() > 1;
    let mut slots: Vec<Slot> = active.iter().map(|&store| Slot::Bank(store)).collect();
    slots.extend(Role::ALL.map(Slot::Role));
    slots.extend(active.iter().map(|&store| Slot::Customer(store)));
    if several {
        slots.extend(active.iter().map(|&store| Slot::Branch(store)));
    }
    if !directory.taxes.is_empty() {
        slots.push(Slot::Tax);
    }
    slots.extend(
        directory
            .shop_warehouses
            .iter()
            .filter(|warehouse| warehouse.active)
            .map(|warehouse| Slot::Warehouse(warehouse.id)),
    );
    slots.extend(at_channels.iter().map(|&store| Slot::ChannelWarehouse(store)));
    slots
}

/// The stores whose goods at the marketplace have a warehouse.
fn mapped_at_channels(mapping: &Mapping) -> BTreeSet<StoreId> {
    mapping.channel_warehouses.iter().map(|known| known.forstok_store_id).collect()
}

fn required(slot: Slot) -> bool {
    !matches!(slot, Slot::Customer(_) | Slot::Tax | Slot::ChannelWarehouse(_))
}

/// Required places that are empty.
pub(crate) fn open_slots(directory: &Directory, mapping: &Mapping) -> Vec<Slot> {
    slots(directory, &BTreeSet::new())
        .into_iter()
        .filter(|&slot| required(slot) && slot.get(mapping).is_none())
        .collect()
}

/// Whether a place belongs to the warehouse screen.
pub(crate) fn is_warehouse(slot: Slot) -> bool {
    matches!(slot, Slot::Warehouse(_))
}

/// Why a record in another currency than the rupiah cannot be chosen.
const CURRENCY: &str = "currency";

/// One record of Accurate as a place sees it.
struct Known<'a> {
    id: i64,
    no: Option<&'a str>,
    name: &'a str,
    default: bool,
    off: Option<&'static str>,
}

fn account_off(account: &Account) -> Option<&'static str> {
    if account.suspended {
        Some("suspended")
    } else if account.parent {
        Some("parent")
    } else {
        account.foreign.as_ref().map(|_| CURRENCY)
    }
}

fn customer_off(customer: &Customer) -> Option<&'static str> {
    let foreign = || customer.foreign.as_ref().map(|_| CURRENCY);
    if customer.suspended { Some("suspended") } else { foreign() }
}

/// What may stand in a place, inactive ones with their reason.
fn options(slot: Slot, directory: &Directory) -> Vec<Known<'_>> {
    let suspended = |suspended: bool| suspended.then_some("suspended");
    match slot {
        Slot::Bank(_) | Slot::Role(_) => directory
            .accounts
            .iter()
            .filter(|account| slot.account_types().contains(&account.account_type))
            .map(|account| Known {
                id: account.id.0,
                no: Some(&account.no),
                name: &account.name,
                default: false,
                off: account_off(account),
            })
            .collect(),
        Slot::Customer(_) => directory
            .customers
            .iter()
            .map(|customer| Known {
                id: customer.id.0,
                no: Some(&customer.no),
                name: &customer.name,
                default: false,
                off: customer_off(customer),
            })
            .collect(),
        Slot::Branch(_) => directory
            .branches
            .iter()
            .map(|branch| Known {
                id: branch.id.0,
                no: None,
                name: &branch.name,
                default: branch.default,
                off: suspended(branch.suspended),
            })
            .collect(),
        Slot::Tax => directory
            .taxes
            .iter()
            .map(|tax| Known { id: tax.id.0, no: None, name: &tax.name, default: false, off: None })
            .collect(),
        Slot::Warehouse(_) | Slot::ChannelWarehouse(_) => directory
            .warehouses
            .iter()
            .map(|warehouse| {
                let off = if warehouse.suspended { Some("suspended") } else { warehouse.scrap.then_some("scrap") };
                Known { id: warehouse.id.0, no: None, name: &warehouse.name, default: warehouse.default, off }
            })
            .collect(),
    }
}

/// Usual names of a role's account, Indonesian first; only for suggestions.
fn role_words(role: Role) -> &'static [&'static str] {
    match role {
        Role::ShippingFee => {
            &["Pendapatan Ongkos Kirim", "Pendapatan Ongkir", "ongkos kirim", "ongkir", "shipping fee"]
        }
        Role::PlatformRebate => &["Pendapatan Rabat Platform", "Rabat Platform", "rebate", "rabat", "subsidi"],
        Role::VoucherSeller => &["Beban Voucher Toko", "Voucher Toko", "voucher"],
        Role::ShippingDifference => &["Selisih Ongkos Kirim", "Selisih Ongkir", "beban ongkos kirim"],
        Role::PlatformFulfillmentFee => &["Biaya Fulfillment", "Beban Fulfillment", "fulfillment", "fulfilment"],
        Role::ServiceFee => {
            &["Biaya Layanan Marketplace", "Beban Layanan Marketplace", "Biaya Admin Marketplace", "layanan", "komisi"]
        }
        Role::StockAdjustment => {
            &["Penyesuaian Persediaan", "Selisih Persediaan", "Beban Penyesuaian Persediaan", "persediaan"]
        }
    }
}

/// What was chosen for each path in the database that was used before this one.
type Earlier = BTreeMap<String, String>;

fn suggestions(slot: Slot, directory: &Directory, earlier: &Earlier, taken: &BTreeSet<i64>) -> Vec<SuggestionView> {
    let path = slot.path();
    let store = |id: StoreId| directory.stores.iter().find(|store| store.id == id);
    let warehouse = |id: ForstokWarehouseId| directory.shop_warehouses.iter().find(|warehouse| warehouse.id == id);
    let mut words: Vec<String> = Vec::new();
    match slot {
        Slot::Bank(id) | Slot::Customer(id) | Slot::Branch(id) => {
            if let Some(store) = store(id) {
                words = vec![store.name.clone(), format!("Saldo {}", store.channel), store.channel.clone()];
            }
        }
        Slot::ChannelWarehouse(id) => {
            if let Some(store) = store(id) {
                words = vec![format!("Gudang {}", store.channel), store.channel.clone()];
            }
        }
        Slot::Role(role) => words = role_words(role).iter().map(|word| (*word).to_owned()).collect(),
        Slot::Tax => words = vec!["PPN".into(), "Pajak Pertambahan Nilai".into()],
        Slot::Warehouse(id) => {
            if let Some(warehouse) = warehouse(id) {
                words = vec![warehouse.name.clone()];
                if warehouse.default {
                    words.extend(["Gudang Utama".to_owned(), "Utama".to_owned()]);
                }
            }
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let known = options(slot, directory);
    // A warehouse stands for one warehouse only, and the marketplace's goods are on none of the shop's shelves; the others may be shared.
    let apart = matches!(slot, Slot::Warehouse(_) | Slot::ChannelWarehouse(_));
    let free = |known: &&Known<'_>| known.off.is_none() && !(apart && taken.contains(&known.id));
    let usable: Vec<SlotOption<'_>> = known
        .iter()
        .filter(free)
        .map(|known| SlotOption { id: known.id, name: known.name, default: known.default })
        .collect();
    let wish = SlotWish { words: &words, last: None, last_name: earlier.get(&path).map(String::as_str) };
    let numbered = if let Slot::Customer(id) = slot { numbered_as(id, directory) } else { None };
    let numbered_id = numbered.as_ref().map(|numbered| numbered.id);
    let others = suggest(&wish, &usable).into_iter().filter(|(id, ..)| numbered_id != Some(Id(*id)));
    numbered.into_iter().chain(others.map(suggestion)).collect()
}

fn suggestion((id, reason, sureness): (i64, SlotReason, Sureness)) -> SuggestionView {
    SuggestionView { id: Id(id), reason: reason.name().to_owned(), zone: zone(sureness) }
}

/// The customer whose number is a store's id, as the vendor's integration numbers them (forstok-accounting-flow.md §6.2, seen). Sure only
/// where its name is the store's too: a number alone may be anybody's.
fn numbered_as(store: StoreId, directory: &Directory) -> Option<SuggestionView> {
    let no = store.to_string();
    let customer = directory.customers.iter().find(|customer| customer.no.trim() == no)?;
    let name = directory.stores.iter().find(|known| known.id == store).map(|known| known.name.as_str());
    let named = name.is_some_and(|name| folded_name(name) == folded_name(&customer.name));
    let zone = if named { Zone::Sure } else { Zone::Look };
    let usable = customer_off(customer).is_none();
    usable.then(|| SuggestionView { id: Id(customer.id.0), reason: "same_number".to_owned(), zone })
}

/// Where the number of the record of a place is kept among the labels.
fn number_label(path: &str) -> String {
    format!("{path}.no")
}

/// Names of the chosen records by path, as they are now, and their numbers; those of customers that were made for stores likewise.
fn labels(mapping: &Mapping, directory: &Directory, made: &Made) -> Labels {
    slots(directory, &mapped_at_channels(mapping))
        .into_iter()
        .filter_map(|slot| {
            let id = match slot {
                Slot::Customer(store) => slot.get(mapping).or_else(|| Some(made.of(mapping, store)?.0.0))?,
                _ => slot.get(mapping)?,
            };
            let known = options(slot, directory).into_iter().find(|known| known.id == id)?;
            let number = known.no.map(|no| (number_label(&slot.path()), no.to_owned()));
            Some(std::iter::once((slot.path(), known.name.to_owned())).chain(number))
        })
        .flatten()
        .collect()
}

fn type_name(account_type: AccountType) -> String {
    serde_json::to_value(account_type).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn record(id: i64, no: Option<&str>, name: &str, off: Option<&str>) -> RecordView {
    RecordView { id: Id(id), no: no.map(str::to_owned), name: name.to_owned(), off: off.map(str::to_owned) }
}

/// What has become of a chosen record. One that has another number is told with both.
fn drifted(path: &str, was: String, was_no: Option<String>, known: Option<&Known<'_>>) -> Option<DriftView> {
    let told = |change: &str, was: String, now: Option<String>| {
        Some(DriftView { path: path.to_owned(), change: change.to_owned(), was, now })
    };
    let Some(known) = known else { return told("gone", was, None) };
    match (known.off, was_no.zip(known.no)) {
        (Some(off @ ("suspended" | CURRENCY)), _) => told(off, was, Some(known.name.to_owned())),
        (_, Some((was_no, no))) if was_no != no => {
            told("renumbered", format!("{was_no} {was}"), Some(format!("{no} {}", known.name)))
        }
        _ if known.name != was => told("renamed", was, Some(known.name.to_owned())),
        _ => None,
    }
}

/// Checks that each id may stand in its place, and that no warehouse stands for two.
fn checked(input: &MappingInput, directory: &Directory, made: &MadeCustomers) -> AppResult<Mapping> {
    let value = serde_json::to_value(input).map_err(|error| AppError::input("mapping", error))?;
    let trigger = match &input.invoice_trigger {
        None => InvoiceTrigger::default(),
        Some(name) => serde_json::from_value(serde_json::Value::String(name.clone()))
            .map_err(|_| AppError::input("invoice_trigger", name))?,
    };
    let mut plain = value;
    if let Some(object) = plain.as_object_mut() {
        object.remove("invoice_trigger");
        if input.sales.is_none() {
            object.remove("sales");
        }
        if input.channel_warehouses.is_none() {
            object.remove("channel_warehouses");
        }
    }
    let mut mapping: Mapping = serde_json::from_value(plain).map_err(|error| AppError::input("mapping", error))?;
    mapping.invoice_trigger = trigger;
    if let Some(id) = mapping.sales.return_warehouse_id
        && !directory.warehouses.is_empty()
        && !directory.warehouses.iter().any(|known| known.id == id && !known.suspended)
    {
        let path = "sales.return_warehouse_id";
        return Err(AppError::new(ErrorCode::MappingInvalid).with("path", path).with("detail", "gone"));
    }
    if mapping.sales.count.is_some_and(|word| word.as_of >= word.counted) {
        return Err(AppError::new(ErrorCode::MappingInvalid).with("path", "sales.count").with("detail", "not_before"));
    }
    let invalid = |slot: Slot, detail: &str| {
        AppError::new(ErrorCode::MappingInvalid).with("path", slot.path()).with("detail", detail)
    };
    let mut used: BTreeSet<WarehouseId> = BTreeSet::new();
    let mut mapped: BTreeSet<ForstokWarehouseId> = BTreeSet::new();
    for pair in &mapping.warehouses {
        let slot = Slot::Warehouse(pair.forstok_id);
        if !directory.shop_warehouses.is_empty()
            && !directory.shop_warehouses.iter().any(|known| known.id == pair.forstok_id)
        {
            return Err(invalid(slot, "not_in_forstok"));
        }
        if !mapped.insert(pair.forstok_id) || !used.insert(pair.accurate_id) {
            return Err(invalid(slot, "warehouse_twice"));
        }
    }
    let mut at_channels: BTreeSet<StoreId> = BTreeSet::new();
    for known in &mapping.channel_warehouses {
        // Orders of the marketplace's goods would take them from the shop's own shelf.
        if !at_channels.insert(known.forstok_store_id) || used.contains(&known.accurate_id) {
            return Err(invalid(Slot::ChannelWarehouse(known.forstok_store_id), "warehouse_twice"));
        }
    }
    let stores = mapping.stores.iter().map(|store| store.forstok_store_id);
    let mut filled: Vec<Slot> = stores.flat_map(|id| [Slot::Bank(id), Slot::Customer(id), Slot::Branch(id)]).collect();
    filled.extend(Role::ALL.map(Slot::Role));
    filled.push(Slot::Tax);
    filled.extend(mapping.warehouses.iter().map(|pair| Slot::Warehouse(pair.forstok_id)));
    let own_numbers = mapping.stores.iter().filter(|store| store.customer_no.is_some());
    for (store, no) in own_numbers.map(|store| (store, store.own_customer_no())) {
        let wrong = |detail: &str| {
            let path = format!("stores.{}.customer_no", store.forstok_store_id);
            Err(AppError::new(ErrorCode::MappingInvalid).with("path", path).with("detail", detail))
        };
        let others = mapping.stores.iter().filter(|other| other.forstok_store_id != store.forstok_store_id);
        if others.map(StoreMapping::own_customer_no).any(|other| other.eq_ignore_ascii_case(&no)) {
            return wrong("number_twice");
        }
        let taken = |customer: &Customer| {
            customer.no.trim().eq_ignore_ascii_case(&no) && !made.values().any(|made| *made == customer.id)
        };
        if store.customer_id.is_none() && directory.customers.iter().any(taken) {
            return wrong("number_taken");
        }
    }
    filled.extend(at_channels.into_iter().map(Slot::ChannelWarehouse));
    for slot in filled {
        let Some(id) = slot.get(&mapping) else { continue };
        match options(slot, directory).iter().find(|known| known.id == id) {
            Some(known) => {
                if let Some(off) = known.off {
                    return Err(invalid(slot, off));
                }
            }
            None if directory.accounts.iter().any(|account| account.id.0 == id) && !slot.account_types().is_empty() => {
                return Err(invalid(slot, "wrong_type"));
            }
            None => return Err(invalid(slot, "not_in_accurate")),
        }
    }
    Ok(mapping)
}

impl Desk {
    /// Names that were chosen in the database used before this one: the second database starts with suggestions from the first.
    fn earlier(&self, database: DatabaseId) -> AppResult<Earlier> {
        let mut profiles = self.books().database_profiles()?;
        profiles.sort_by_key(|profile| std::cmp::Reverse(profile.last_used));
        for profile in profiles.into_iter().filter(|profile| profile.database != database) {
            if let Some(version) = self.books().current_mapping(profile.database)? {
                return Ok(version.labels);
            }
        }
        Ok(Earlier::new())
    }

    /// The stores of which a marketplace holds goods: those whose orders say so, and those that have a warehouse for them.
    fn at_channels(&self, mapping: &Mapping) -> AppResult<BTreeSet<StoreId>> {
        let orders = self.kept::<Order>(selaras_store::FORSTOK_SCOPE, ORDERS_PART)?.map(|read| read.rows);
        let orders = orders.unwrap_or_default();
        let theirs = orders.iter().filter(|order| order.lines.iter().any(|line| line.fulfilled_by_channel));
        let mut stores = mapped_at_channels(mapping);
        stores.extend(theirs.map(|order| order.store));
        Ok(stores)
    }

    /// The mapping screen.
    ///
    /// # Errors
    /// When a side is not connected or cannot be read.
    pub async fn mapping(&self, refresh: bool) -> AppResult<MappingView> {
        let directory = self.directory(refresh).await?;
        self.mapping_view(&directory, refresh).await
    }

    /// A saved version, to look at or to begin from.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is no such version.
    pub fn mapping_version(&self, version: u32) -> AppResult<MappingInput> {
        let versions = self.books().mapping_versions(self.database()?)?;
        let found = versions.into_iter().find(|known| known.version == u64::from(version));
        let found = found
            .ok_or_else(|| AppError::new(ErrorCode::NotFound).with("what", "mapping_version").with("id", version))?;
        Ok(MappingInput::from(&found.mapping))
    }

    async fn mapping_view(&self, directory: &Directory, refresh: bool) -> AppResult<MappingView> {
        let example = self.example_of(directory, refresh).await;
        let database = self.database()?;
        let versions = self.books().mapping_versions(database)?;
        let current = self.books().current_mapping(database)?;
        let mapping = current.as_ref().map(|version| version.mapping.clone()).unwrap_or_default();
        let earlier = self.earlier(database)?;
        let taken = mapping.warehouses.iter().map(|pair| pair.accurate_id.0).collect();
        let small = |version: u64| u32::try_from(version).unwrap_or(u32::MAX);
        let made = self.made(database, &directory.customers)?;
        let slots = slots(directory, &self.at_channels(&mapping)?)
            .into_iter()
            .map(|slot| {
                let store = match slot {
                    Slot::Bank(id) | Slot::Customer(id) | Slot::Branch(id) | Slot::ChannelWarehouse(id) => {
                        directory.stores.iter().find(|store| store.id == id)
                    }
                    Slot::Role(_) | Slot::Tax | Slot::Warehouse(_) => None,
                };
                let label = match slot {
                    Slot::Role(role) => role.name().to_owned(),
                    Slot::Tax => "tax".to_owned(),
                    Slot::Warehouse(id) => directory
                        .shop_warehouses
                        .iter()
                        .find(|warehouse| warehouse.id == id)
                        .map_or_else(|| id.to_string(), |warehouse| warehouse.name.clone()),
                    _ => store.map(|store| store.name.clone()).unwrap_or_default(),
                };
                let chosen = slot.get(&mapping).map(Id);
                SlotView {
                    path: slot.path(),
                    group: slot.group(),
                    label,
                    channel: store.map(|store| store.channel.clone()),
                    account_types: slot.account_types().iter().map(|&account_type| type_name(account_type)).collect(),
                    required: required(slot),
                    chosen,
                    suggestions: if chosen.is_some() {
                        Vec::new()
                    } else {
                        suggestions(slot, directory, &earlier, &taken)
                    },
                    question: match slot {
                        Slot::Customer(store) => made.question(&mapping, store, directory).map(ReasonView::from),
                        _ => None,
                    },
                }
            })
            .collect();
        Ok(MappingView {
            mapping: MappingInput::from(&mapping),
            version: current.as_ref().map(|version| small(version.version)),
            saved_at: current.as_ref().map(|version| version.saved_at.to_string()),
            versions: versions
                .into_iter()
                .map(|version| MappingVersionView {
                    version: small(version.version),
                    saved_at: version.saved_at.to_string(),
                    source: version.source,
                })
                .collect(),
            slots,
            accounts: directory
                .accounts
                .iter()
                .map(|account| AccountView {
                    id: Id(account.id.0),
                    no: account.no.clone(),
                    name: account.name.clone(),
                    account_type: type_name(account.account_type),
                    balance: account.balance.map(|balance| balance.text()),
                    off: account_off(account).map(str::to_owned),
                })
                .collect(),
            warehouses: directory
                .warehouses
                .iter()
                .map(|warehouse| {
                    let off = if warehouse.suspended { Some("suspended") } else { warehouse.scrap.then_some("scrap") };
                    record(warehouse.id.0, None, &warehouse.name, off)
                })
                .collect(),
            branches: directory
                .branches
                .iter()
                .map(|branch| record(branch.id.0, None, &branch.name, branch.suspended.then_some("suspended")))
                .collect(),
            customers: directory
                .customers
                .iter()
                .map(|customer| record(customer.id.0, Some(&customer.no), &customer.name, customer_off(customer)))
                .collect(),
            taxes: directory.taxes.iter().map(|tax| record(tax.id.0, None, &tax.name, None)).collect(),
            drift: self.drift(directory)?,
            example,
            read_at: directory.read_at.to_string(),
        })
    }

    /// What the saved mapping points to and is not as it was, and the customers that were made for stores likewise.
    pub(crate) fn drift(&self, directory: &Directory) -> AppResult<Vec<DriftView>> {
        let database = self.database()?;
        let Some(version) = self.books().current_mapping(database)? else { return Ok(Vec::new()) };
        let made = self.made(database, &directory.customers)?;
        let mut drift = Vec::new();
        for slot in slots(directory, &mapped_at_channels(&version.mapping)) {
            let path = slot.path();
            let label = |path: &str| version.labels.get(path).cloned();
            let (was, was_no) = (label(&path), label(&number_label(&path)));
            let (id, was, was_no) = match (slot.get(&version.mapping), slot) {
                (Some(id), _) => (id, was.unwrap_or_default(), was_no),
                // As it was made, or as it was called when a person saved it last.
                (None, Slot::Customer(store)) => match made.of(&version.mapping, store) {
                    Some((id, made)) => {
                        (id.0, was.unwrap_or_else(|| made.name.clone()), was_no.or_else(|| Some(made.no.clone())))
                    }
                    None => continue,
                },
                (None, _) => continue,
            };
            let known = options(slot, directory).into_iter().find(|known| known.id == id);
            drift.extend(drifted(&path, was, was_no, known.as_ref()));
        }
        Ok(drift)
    }

    /// Saved choices with suggestions in the places that are empty. Nothing is saved by this.
    ///
    /// # Errors
    /// As [`Desk::mapping`].
    pub async fn mapping_suggest(&self) -> AppResult<MappingSuggestView> {
        let directory = self.read_directory().await?;
        let database = self.database()?;
        let mut mapping = self.mapping_now(database)?;
        let earlier = self.earlier(database)?;
        let mut reasons = BTreeMap::new();
        for slot in slots(&directory, &self.at_channels(&mapping)?) {
            if slot.get(&mapping).is_some() {
                continue;
            }
            let taken: BTreeSet<i64> = mapping.warehouses.iter().map(|pair| pair.accurate_id.0).collect();
            let best = suggestions(slot, &directory, &earlier, &taken).into_iter().next();
            // A customer that only looks like the store is none: without one it will be made, as a planned change.
            let near = best.filter(|best| required(slot) || best.zone == Zone::Sure);
            if let Some(suggestion) = near {
                slot.set(&mut mapping, suggestion.id.0);
                reasons.insert(slot.path(), suggestion);
            }
        }
        for store in directory.stores.iter().filter(|store| store.active) {
            if !mapping.stores.iter().any(|known| known.forstok_store_id == store.id) {
                mapping.stores.push(StoreMapping::of(store.id));
            }
        }
        let open = open_slots(&directory, &mapping).into_iter().map(Slot::path).collect();
        Ok(MappingSuggestView { mapping: MappingInput::from(&mapping), reasons, open })
    }

    /// Saves a mapping as a new version. Incomplete is allowed, wrong is not.
    ///
    /// # Errors
    /// [`ErrorCode::MappingInvalid`] with the path of the first wrong place; then nothing is saved.
    pub async fn save_mapping(&self, input: &MappingInput, source: &str) -> AppResult<MappingView> {
        let directory = self.read_directory().await?;
        let database = self.database()?;
        let made = self.made(database, &directory.customers)?;
        let mut mapping = checked(input, &directory, &made.customers)?;
        let before = self.mapping_now(database)?;
        if input.sales.is_none() {
            mapping.sales = before.sales;
        }
        if input.channel_warehouses.is_none() {
            mapping.channel_warehouses = before.channel_warehouses;
        }
        self.books().save_mapping(database, &mapping, &labels(&mapping, &directory, &made), source)?;
        self.mapping_view(&directory, false).await
    }
}
