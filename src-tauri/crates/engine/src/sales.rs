//! What every document of a sale is planned from: the company's records by the mapping's ids, and the reasons why one of them cannot be
//! used. Pure; no document is made here.

use crate::parties::MadeCustomers;
use crate::sku::SkuRow;
use jiff::civil::Date;
use selaras_domain::accurate::{Account, Branch, Customer, Item, Warehouse};
use selaras_domain::decision::{RowChoice, RowDecision, SkuState};
use selaras_domain::forstok;
use selaras_domain::ids::{AccountId, BranchId, DatabaseId, ForstokWarehouseId, StoreId, WarehouseId};
use selaras_domain::mapping::{Mapping, StoreMapping};
use selaras_domain::order::Order;
use selaras_domain::plan::{Action, OperationKey, Reason};
use selaras_domain::sku::{Spelled, Spelling};
use selaras_domain::sku_match::SkuMatch;
use std::collections::{BTreeMap, HashMap};

/// The company as it was read, and what people decided.
pub struct Company<'a> {
    /// The database.
    pub database: DatabaseId,
    /// Which record stands for which.
    pub mapping: &'a Mapping,
    /// Accounts of Accurate.
    pub accounts: &'a [Account],
    /// Warehouses of Accurate.
    pub warehouses: &'a [Warehouse],
    /// Branches of Accurate that the user sees.
    pub branches: &'a [Branch],
    /// Customers of Accurate.
    pub customers: &'a [Customer],
    /// Those of them that this program has made for stores.
    pub made: &'a MadeCustomers,
    /// Stores of Forstok.
    pub stores: &'a [forstok::Store],
    /// Warehouses of Forstok.
    pub shop_warehouses: &'a [forstok::Warehouse],
    /// The first day that documents may bear, where it is told.
    pub start_date: Option<Date>,
    /// What people decided about rows of the kind that is planned.
    pub decisions: &'a BTreeMap<OperationKey, RowDecision>,
}

/// The warehouse of an order that names none: the only one of Forstok, where there is only one.
#[must_use]
pub fn only_warehouse(warehouses: &[forstok::Warehouse]) -> Option<ForstokWarehouseId> {
    match warehouses {
        [only] => Some(only.id),
        _ => None,
    }
}

impl<'a> Company<'a> {
    /// What the mapping says of a store.
    ///
    /// # Errors
    /// `store_not_mapped`.
    pub fn store(&self, store: StoreId, name: &str) -> Result<&'a StoreMapping, Reason> {
        let found = self.mapping.stores.iter().find(|mapped| mapped.forstok_store_id == store);
        found.ok_or_else(|| Reason::new("store_not_mapped").with("store", self.store_name(store, name)))
    }

    /// A store's name as it is now, else as an order had it.
    #[must_use]
    pub fn store_name(&self, store: StoreId, otherwise: &str) -> String {
        let known = self.stores.iter().find(|known| known.id == store);
        known.map_or_else(|| otherwise.to_owned(), |known| known.name.clone())
    }

    /// The branch of a store's documents: always one where the company has any (accurate-online-api.md §10, "send `branchName` always").
    ///
    /// # Errors
    /// `branch_not_mapped` where there are several and none was chosen, `branch_gone`.
    pub fn branch(&self, store: &StoreMapping, name: &str) -> Result<Option<BranchId>, Reason> {
        let mut live = self.branches.iter().filter(|branch| !branch.suspended);
        let of_store = |code: &str| Reason::new(code).with("store", self.store_name(store.forstok_store_id, name));
        match store.branch_id {
            Some(id) if self.branches.is_empty() || live.any(|branch| branch.id == id) => Ok(Some(id)),
            Some(_) => Err(of_store("branch_gone")),
            None => match (live.next(), live.next()) {
                (only, None) => Ok(only.map(|branch| branch.id)),
                _ => Err(of_store("branch_not_mapped")),
            },
        }
    }

    /// The warehouse of Accurate that stands for one of Forstok. An order that names none is of the only one, where there is only one.
    ///
    /// # Errors
    /// `order_warehouse_not_told`, `order_warehouse_not_mapped`, `order_warehouse_gone`, `order_warehouse_inactive`.
    pub fn warehouse(&self, warehouse: Option<ForstokWarehouseId>) -> Result<&'a Warehouse, Reason> {
        let Some(id) = warehouse.or_else(|| only_warehouse(self.shop_warehouses)) else {
            return Err(Reason::new("order_warehouse_not_told"));
        };
        let name = || {
            let known = self.shop_warehouses.iter().find(|known| known.id == id);
            known.map_or_else(|| id.to_string(), |known| known.name.clone())
        };
        let Some(pair) = self.mapping.warehouses.iter().find(|pair| pair.forstok_id == id) else {
            return Err(Reason::new("order_warehouse_not_mapped").with("warehouse", name()));
        };
        self.warehouse_of(pair.accurate_id, name)
    }

    /// The warehouse of Accurate in which a store's goods lie that the marketplace keeps.
    ///
    /// # Errors
    /// `channel_warehouse_not_mapped`, `order_warehouse_gone`, `order_warehouse_inactive`.
    pub fn channel_warehouse(&self, store: StoreId, name: &str) -> Result<&'a Warehouse, Reason> {
        let name = || self.store_name(store, name);
        let Some(id) = self.mapping.channel_warehouse(store) else {
            return Err(Reason::new("channel_warehouse_not_mapped").with("store", name()));
        };
        self.warehouse_of(id, name)
    }

    /// A warehouse of Accurate that can be used.
    ///
    /// # Errors
    /// `order_warehouse_gone`, `order_warehouse_inactive`.
    pub fn warehouse_of(&self, id: WarehouseId, name: impl Fn() -> String) -> Result<&'a Warehouse, Reason> {
        match self.warehouses.iter().find(|warehouse| warehouse.id == id) {
            None => Err(Reason::new("order_warehouse_gone").with("warehouse", name())),
            Some(found) if found.suspended => {
                Err(Reason::new("order_warehouse_inactive").with("warehouse", &found.name))
            }
            Some(found) => Ok(found),
        }
    }

    /// An account that a document can be posted to; `role` is what it is for.
    ///
    /// # Errors
    /// `role_not_mapped`, `role_account_gone`, `account_inactive`, `role_account_not_postable`, `account_currency`.
    pub fn account(&self, account: Option<AccountId>, role: &str) -> Result<&'a Account, Reason> {
        let Some(id) = account else { return Err(Reason::new("role_not_mapped").with("role", role)) };
        match self.accounts.iter().find(|known| known.id == id) {
            None => Err(Reason::new("role_account_gone").with("role", role)),
            Some(known) if known.suspended => {
                Err(Reason::new("account_inactive").with("account", format!("{} {}", known.no, known.name)))
            }
            Some(known) if known.parent => {
                Err(Reason::new("role_account_not_postable").with("account", format!("{} {}", known.no, known.name)))
            }
            Some(known) => match &known.foreign {
                Some(currency) => {
                    let account = format!("{} {}", known.no, known.name);
                    Err(Reason::new("account_currency").with("account", account).with("currency", currency))
                }
                None => Ok(known),
            },
        }
    }

    /// Whether documents may bear this day.
    ///
    /// # Errors
    /// `date_before_start`, `period_closed`.
    pub fn open_on(&self, day: Date) -> Result<(), Reason> {
        if let Some(start) = self.start_date.filter(|start| day < *start) {
            return Err(Reason::new("date_before_start").with("date", day).with("start", start));
        }
        match self.mapping.sales.closed_until.filter(|until| day <= *until) {
            Some(until) => Err(Reason::new("period_closed").with("date", day).with("until", until)),
            None => Ok(()),
        }
    }

    /// What becomes of a row that a person has settled: left out for good, or entered under another number.
    #[must_use]
    pub fn settled(&self, key: &OperationKey) -> Option<(Action, Reason)> {
        match self.decision(key)? {
            RowChoice::Never => Some((Action::Blocked, Reason::new("skipped_by_person"))),
            RowChoice::Entered { number } => {
                Some((Action::Same, Reason::new("entered_by_person").with("number", number)))
            }
            RowChoice::Send => None,
        }
    }

    /// What was decided about a row.
    #[must_use]
    pub fn decision(&self, key: &OperationKey) -> Option<&'a RowChoice> {
        self.decisions.get(key).map(|decision| &decision.choice)
    }
}

/// Which item of Accurate a SKU is.
pub struct Goods<'a> {
    by_sku: HashMap<&'a str, &'a SkuRow<'a>>,
    spelling: Spelling<'a>,
}

impl<'a> Goods<'a> {
    /// By the states of all SKUs.
    #[must_use]
    pub fn of(rows: &'a [SkuRow<'a>]) -> Self {
        let mut spelling = Spelling::of(rows.iter().map(|row| row.sku));
        for row in rows {
            for earlier in row.once.into_iter().flat_map(SkuMatch::skus) {
                spelling.remember(earlier, row.sku);
            }
        }
        Self { by_sku: rows.iter().map(|row| (row.sku, row)).collect(), spelling }
    }

    /// The code of the item that a SKU is, whether it can be sold now or not.
    #[must_use]
    pub fn code_of(&self, sku: &str) -> Option<&'a str> {
        self.by_sku.get(self.spelling.spelled(sku))?.item.map(|item| item.no.as_str())
    }

    /// Whether an item of Accurate bears this code now.
    #[must_use]
    pub fn bears(&self, item_no: &str) -> bool {
        self.by_sku.values().any(|row| row.item.is_some_and(|item| item.no == item_no))
    }

    /// The item of a SKU, written as the catalogue has it, or with other blanks at its ends or in another case where only one is meant.
    ///
    /// # Errors
    /// `order_sku_empty`, `order_sku_unclear`, `order_sku_not_in_accurate`, `order_sku_open` (with the state that it is in), `order_item_inactive`.
    pub fn item(&self, sku: &str, name: &str) -> Result<&'a Item, Reason> {
        if sku.trim().is_empty() {
            return Err(Reason::new("order_sku_empty").with("name", name));
        }
        let Some(row) = self.by_sku.get(self.spelling.spelled(sku)) else {
            if self.spelling.find(sku) == Spelled::Several {
                return Err(Reason::new("order_sku_unclear").with("sku", sku));
            }
            return Err(Reason::new("order_sku_not_in_accurate").with("sku", sku));
        };
        match (row.state, row.item) {
            (SkuState::Matched, Some(item)) if item.suspended => {
                Err(Reason::new("order_item_inactive").with("sku", sku).with("item_no", &item.no))
            }
            (SkuState::Matched, Some(item)) => Ok(item),
            (SkuState::Ready | SkuState::Matched, _) => Err(Reason::new("order_sku_not_in_accurate").with("sku", sku)),
            (state, _) => Err(Reason::new("order_sku_open").with("sku", sku).with("state", state.name())),
        }
    }
}

/// What a person calls an order: its number on the channel.
#[must_use]
pub fn name_of(order: &Order) -> String {
    let number = order.number.trim();
    if number.is_empty() { format!("SO-{}", order.id) } else { number.to_owned() }
}
