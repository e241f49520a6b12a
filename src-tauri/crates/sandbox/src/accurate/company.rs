//! One Accurate database ("Data Usaha"): its tables, its stock and its ledger. Rules of single documents live in their modules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::accounts::Account;
use super::adjustments::Adjustment;
use super::customers::Customer;
use super::envelope::Refusal;
use super::invoices::Invoice;
use super::items::Item;
use super::masters::{Master, MasterKind};
use super::params::Params;
use super::receipts::Receipt;
use super::returns::Return;
use crate::clock;

/// First id of every table in a fresh database (accurate-online-api.md §6, "masters start at id 50").
pub(crate) const FIRST_ID: i64 = 50;

/// Rows by id, ids handed out in order.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<i64, T>,
    next: i64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), next: FIRST_ID }
    }
}

impl<T> Table<T> {
    /// Stores what `make` builds for the next free id.
    pub(crate) fn add(&mut self, make: impl FnOnce(i64) -> T) -> i64 {
        let id = self.next;
        self.next += 1;
        self.rows.insert(id, make(id));
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<&T> {
        self.rows.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut T> {
        self.rows.get_mut(&id)
    }

    pub(crate) fn put(&mut self, id: i64, row: T) {
        self.rows.insert(id, row);
    }

    pub(crate) fn remove(&mut self, id: i64) -> Option<T> {
        self.rows.remove(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &T)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }
}

/// Which document a movement or an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Adjustment(i64),
    Invoice(i64),
    Receipt(i64),
    Return(i64),
    OpeningBalance(i64),
}

/// A change of stock; quantity and cost are signed.
#[derive(Clone, Debug)]
pub(crate) struct Movement {
    pub(crate) item: i64,
    pub(crate) warehouse: i64,
    pub(crate) date: Date,
    pub(crate) quantity: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) source: Source,
}

/// A posting; debit is positive.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) account: i64,
    pub(crate) date: Date,
    pub(crate) amount: Decimal,
    pub(crate) source: Source,
}

/// What `db-list.do` says about a database, and the switches that decide what its user may do.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) id: i64,
    pub(crate) alias: String,
    pub(crate) trial: bool,
    pub(crate) expired: bool,
    /// The signed-in owner account administers this database.
    pub(crate) admin: bool,
    /// The user has several branches, so each write must name one (§3.3).
    pub(crate) several_branches: bool,
    /// Documents before this day are refused.
    pub(crate) start: Date,
    /// Documents up to this day can be neither saved nor deleted: their period is closed.
    pub(crate) closed_until: Option<Date>,
    pub(crate) license_end: Date,
    pub(crate) accessible_until: Date,
}

/// One database.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) profile: Profile,
    pub(crate) masters: BTreeMap<MasterKind, Table<Master>>,
    pub(crate) accounts: Table<Account>,
    pub(crate) items: Table<Item>,
    pub(crate) item_by_no: HashMap<String, i64>,
    pub(crate) item_by_upc: HashMap<String, i64>,
    pub(crate) customers: Table<Customer>,
    pub(crate) adjustments: Table<Adjustment>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) receipts: Table<Receipt>,
    pub(crate) returns: Table<Return>,
    /// Ids of documents by label and number: numbers are unique within a kind of document.
    numbers: HashMap<&'static str, HashMap<String, i64>>,
    /// Receipts by the invoice that they pay.
    receipts_of: HashMap<i64, BTreeSet<i64>>,
    movements: Vec<Movement>,
    on_hand: HashMap<(i64, i64), Decimal>,
    worth: HashMap<i64, (Decimal, Decimal)>,
    entries: Vec<Entry>,
    /// Opening-stock rows ever written with an item; a correct client leaves this at 0.
    pub(crate) opening_rows: usize,
    /// Records ever written.
    pub(crate) writes: usize,
    /// Codes of bulk rows a fault refuses in the call at hand.
    pub(crate) refused_codes: Vec<String>,
    next_line: i64,
}

impl Company {
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            profile,
            masters: BTreeMap::new(),
            accounts: Table::default(),
            items: Table::default(),
            item_by_no: HashMap::new(),
            item_by_upc: HashMap::new(),
            customers: Table::default(),
            adjustments: Table::default(),
            invoices: Table::default(),
            receipts: Table::default(),
            returns: Table::default(),
            numbers: HashMap::new(),
            receipts_of: HashMap::new(),
            movements: Vec::new(),
            on_hand: HashMap::new(),
            worth: HashMap::new(),
            entries: Vec::new(),
            opening_rows: 0,
            writes: 0,
            refused_codes: Vec::new(),
            next_line: FIRST_ID,
        }
    }

    pub(crate) fn line_id(&mut self) -> i64 {
        self.next_line += 1;
        self.next_line - 1
    }

    // ---- documents -------------------------------------------------------------------------------------------------------

    /// The document of a kind that has this number.
    pub(crate) fn numbered(&self, kind: &'static str, number: &str) -> Option<i64> {
        self.numbers.get(kind)?.get(number).copied()
    }

    /// The numbers of all documents of a kind.
    pub(crate) fn numbers_of(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        self.numbers.get(kind).into_iter().flat_map(HashMap::keys).map(String::as_str)
    }

    /// Gives a document its number.
    pub(crate) fn give_number(&mut self, kind: &'static str, number: &str, id: i64) {
        self.numbers.entry(kind).or_default().insert(number.to_owned(), id);
    }

    /// Frees the number of a document that is gone, or gets another.
    pub(crate) fn free_number(&mut self, kind: &'static str, number: &str) {
        if let Some(numbers) = self.numbers.get_mut(kind) {
            numbers.remove(number);
        }
    }

    /// Notes which invoices a receipt pays.
    pub(crate) fn pays(&mut self, receipt: i64, invoice: i64) {
        self.receipts_of.entry(invoice).or_default().insert(receipt);
    }

    /// Forgets a receipt.
    pub(crate) fn pays_no_more(&mut self, receipt: i64, invoice: i64) {
        if let Some(receipts) = self.receipts_of.get_mut(&invoice) {
            receipts.remove(&receipt);
        }
    }

    /// The receipts that pay an invoice, the oldest first.
    pub(crate) fn receipts_of(&self, invoice: i64) -> impl DoubleEndedIterator<Item = &Receipt> {
        self.receipts_of.get(&invoice).into_iter().flatten().filter_map(|id| self.receipts.get(*id))
    }

    // ---- stock -----------------------------------------------------------------------------------------------------------

    pub(crate) fn post_stock(&mut self, movement: Movement) {
        *self.on_hand.entry((movement.item, movement.warehouse)).or_default() += movement.quantity;
        let (quantity, value) = self.worth.entry(movement.item).or_default();
        *quantity += movement.quantity;
        *value += movement.cost;
        self.movements.push(movement);
    }

    pub(crate) fn post_entry(&mut self, account: i64, date: Date, amount: Decimal, source: Source) {
        if !amount.is_zero() {
            self.entries.push(Entry { account, date, amount, source });
        }
    }

    /// Takes a document's stock and postings back.
    pub(crate) fn unpost(&mut self, source: Source) {
        let (gone, kept) =
            std::mem::take(&mut self.movements).into_iter().partition(|movement| movement.source == source);
        self.movements = kept;
        let gone: Vec<Movement> = gone;
        for movement in gone {
            *self.on_hand.entry((movement.item, movement.warehouse)).or_default() -= movement.quantity;
            let (quantity, value) = self.worth.entry(movement.item).or_default();
            *quantity -= movement.quantity;
            *value -= movement.cost;
        }
        self.entries.retain(|entry| entry.source != source);
    }

    /// The document that uses an item: its kind and number.
    pub(crate) fn user_of(&self, item: i64) -> Option<String> {
        let movement = self.movements.iter().find(|movement| movement.item == item);
        let line = |number: &str, kind: &str| format!("{kind} \"{number}\"");
        match movement.map(|movement| movement.source) {
            Some(Source::Adjustment(id)) => {
                self.adjustments.get(id).map(|document| line(&document.number, "Penyesuaian Persediaan"))
            }
            Some(Source::Invoice(id)) => {
                self.invoices.get(id).map(|document| line(&document.number, "Faktur Penjualan"))
            }
            Some(Source::Return(id)) => {
                self.returns.get(id).map(|document| line(&document.goods.number, "Retur Penjualan"))
            }
            Some(Source::Receipt(_) | Source::OpeningBalance(_)) => Some("Saldo Awal".to_owned()),
            // An invoice that moves no stock uses its items too.
            None => self
                .invoices
                .iter()
                .find(|(_, invoice)| invoice.lines.iter().any(|line| line.item == item))
                .map(|(_, invoice)| line(&invoice.number, "Faktur Penjualan")),
        }
    }

    /// Whether documents of this day are closed.
    pub(crate) fn closed(&self, day: Date) -> bool {
        self.profile.closed_until.is_some_and(|until| day <= until)
    }

    /// Stock of an item in one warehouse.
    pub(crate) fn stock(&self, item: i64, warehouse: i64) -> Decimal {
        self.on_hand.get(&(item, warehouse)).copied().unwrap_or_default()
    }

    /// Stock of an item in the whole company.
    pub(crate) fn balance(&self, item: i64) -> Decimal {
        self.worth.get(&item).map_or(Decimal::ZERO, |(quantity, _)| *quantity)
    }

    /// Stock of every item in one warehouse or all, at the end of a day.
    pub(crate) fn stock_on(&self, day: Date, warehouse: Option<i64>) -> HashMap<i64, Decimal> {
        let mut stock = HashMap::new();
        for movement in &self.movements {
            if movement.date <= day && warehouse.is_none_or(|warehouse| warehouse == movement.warehouse) {
                *stock.entry(movement.item).or_default() += movement.quantity;
            }
        }
        stock
    }

    /// Average cost of an item, six places; 0 without stock.
    pub(crate) fn average_cost(&self, item: i64) -> Decimal {
        match self.worth.get(&item) {
            Some((quantity, value)) if *quantity > Decimal::ZERO => (*value / *quantity).round_dp(6),
            _ => Decimal::ZERO,
        }
    }

    /// Value of an item's stock.
    pub(crate) fn stock_value(&self, item: i64) -> Decimal {
        self.worth.get(&item).map_or(Decimal::ZERO, |(_, value)| *value)
    }

    /// Sum of an account's postings within a span of days; debit is positive.
    pub(crate) fn posted(&self, account: i64, from: Option<Date>, to: Option<Date>) -> Decimal {
        self.entries
            .iter()
            .filter(|entry| entry.account == account)
            .filter(|entry| from.is_none_or(|from| entry.date >= from) && to.is_none_or(|to| entry.date <= to))
            .map(|entry| entry.amount)
            .sum()
    }

    /// All movements, for tests that count documents and stock.
    pub(crate) fn on_hand(&self) -> impl Iterator<Item = ((i64, i64), Decimal)> {
        self.on_hand.iter().map(|(key, quantity)| (*key, *quantity))
    }

    // ---- references ------------------------------------------------------------------------------------------------------

    pub(crate) fn table(&self, kind: MasterKind) -> impl Iterator<Item = (i64, &Master)> {
        self.masters.get(&kind).into_iter().flat_map(Table::iter)
    }

    pub(crate) fn master(&self, kind: MasterKind, id: i64) -> Option<&Master> {
        self.masters.get(&kind)?.get(id)
    }

    pub(crate) fn master_by_name(&self, kind: MasterKind, name: &str) -> Option<&Master> {
        self.table(kind).map(|(_, master)| master).find(|master| master.name.eq_ignore_ascii_case(name))
    }

    /// Two items change their codes, as a person at the window would have it; their ids stay.
    pub(crate) fn swap_items(&mut self, one: &str, other: &str) -> bool {
        let (Some(&first), Some(&second)) = (self.item_by_no.get(one), self.item_by_no.get(other)) else {
            return false;
        };
        for (id, no) in [(first, other), (second, one)] {
            self.item_by_no.insert(no.to_owned(), id);
            if let Some(item) = self.items.get_mut(id) {
                no.clone_into(&mut item.no);
                item.opt_lock += 1;
                item.last_update = now();
            }
        }
        true
    }

    /// Two warehouses change their names; their ids stay.
    pub(crate) fn swap_warehouses(&mut self, one: &str, other: &str) -> bool {
        let id_of = |name: &str| self.master_by_name(MasterKind::Warehouse, name).map(|warehouse| warehouse.id);
        let (Some(first), Some(second)) = (id_of(one), id_of(other)) else { return false };
        let table = self.masters.entry(MasterKind::Warehouse).or_default();
        for (id, name) in [(first, other), (second, one)] {
            if let Some(warehouse) = table.get_mut(id) {
                name.clone_into(&mut warehouse.name);
                warehouse.opt_lock += 1;
            }
        }
        true
    }

    pub(crate) fn default_master(&self, kind: MasterKind) -> Option<&Master> {
        self.table(kind)
            .map(|(_, master)| master)
            .find(|master| master.default)
            .or_else(|| self.table(kind).next().map(|(_, master)| master))
    }

    /// A master named in a save; `None` when the caller named none.
    pub(crate) fn referenced(
        &self,
        kind: MasterKind,
        params: &Params,
        name: &str,
        id: &str,
    ) -> Result<Option<i64>, Refusal> {
        if let Some(id) = params.integer(id)? {
            return match self.master(kind, id) {
                Some(master) => Ok(Some(master.id)),
                None => Err(Refusal::not_found(kind.label(), &id.to_string())),
            };
        }
        let Some(wanted) = params.text(name) else { return Ok(None) };
        match self.master_by_name(kind, &wanted) {
            Some(master) => Ok(Some(master.id)),
            None => Err(Refusal::not_found(kind.label(), &wanted)),
        }
    }

    /// The branch of a write: named, or the only one there is (§3.3, "lebih dari satu cabang").
    pub(crate) fn branch(&self, params: &Params) -> Result<i64, Refusal> {
        match self.referenced(MasterKind::Branch, params, "branchName", "branchId")? {
            Some(branch) => Ok(branch),
            None if self.profile.several_branches => Err(Refusal::text(
                "Profil pengguna anda memiliki akses ke lebih dari satu cabang. Anda harus menentukan cabang saat penulisan data.",
            )),
            None => Ok(self.default_master(MasterKind::Branch).map_or(FIRST_ID, |branch| branch.id)),
        }
    }

    /// The warehouse of a line: named, else the first by name (§8).
    pub(crate) fn warehouse(&self, line: &Params) -> Result<i64, Refusal> {
        if let Some(warehouse) = self.referenced(MasterKind::Warehouse, line, "warehouseName", "warehouseId")? {
            return Ok(warehouse);
        }
        let first = self
            .table(MasterKind::Warehouse)
            .filter(|(_, warehouse)| !warehouse.suspended)
            .min_by_key(|(_, warehouse)| &warehouse.name);
        Ok(first.map_or(FIRST_ID, |(id, _)| id))
    }

    pub(crate) fn account_by_no(&self, no: &str) -> Option<&Account> {
        self.accounts.iter().map(|(_, account)| account).find(|account| account.no.as_deref() == Some(no))
    }

    /// An account named in a save by number or id; parents and suspended accounts cannot be used.
    pub(crate) fn usable_account(&self, params: &Params, no: &str, id: &str) -> Result<Option<i64>, Refusal> {
        let (account, key) = match (params.integer(id)?, params.text(no)) {
            (Some(id), _) => (self.accounts.get(id), id.to_string()),
            (None, Some(no)) => (self.account_by_no(&no), no),
            (None, None) => return Ok(None),
        };
        // For an unknown account the text follows the general pattern of §3.3; it is not recorded. [guess]
        let account =
            account.filter(|account| !account.parent_node).ok_or_else(|| Refusal::not_found("Akun Perkiraan", &key))?;
        if account.suspended {
            return Err(Refusal::text(format!(
                "Akun {} berstatus Non Aktif. Akun ini tidak dapat digunakan.",
                account.name
            )));
        }
        Ok(Some(account.id))
    }

    pub(crate) fn item_named(&self, line: &Params) -> Result<i64, Refusal> {
        let no = line.required("itemNo", "Kode Barang")?;
        self.item_by_no.get(&no).copied().ok_or_else(|| Refusal::not_found("Barang & Jasa", &no))
    }

    pub(crate) fn customer_named(&self, params: &Params) -> Result<i64, Refusal> {
        let no = params.required("customerNo", "customerNo")?;
        let found = self.customers.iter().find(|(_, customer)| customer.no == no);
        found.map(|(id, _)| id).ok_or_else(|| Refusal::not_found("Pelanggan", &no))
    }

    /// The day of a document: sent, or today; never before the company's first day.
    pub(crate) fn document_date(&self, params: &Params, required: bool) -> Result<Date, Refusal> {
        let date = match params.date("transDate")? {
            Some(date) => date,
            None if required => return Err(Refusal::must_be_filled("transDate")),
            None => clock::today(),
        };
        if self.closed(date) {
            // Such refusals exist (§3.3, end); the wording is not recorded. [guess]
            return Err(Refusal::text(format!("Periode {} sudah ditutup", clock::slashed(date))));
        }
        if date < self.profile.start {
            // Beginning recorded; the rest is not. [guess]
            return Err(Refusal::text(
                "Tanggal transaksi tidak dapat lebih kecil dari tanggal mulai penggunaan Data Usaha",
            ));
        }
        Ok(date)
    }
}

/// `SI.2025.11.00009`: the next free automatic number of a month.
pub(crate) fn auto_number<'a>(prefix: &str, date: Date, taken: impl Iterator<Item = &'a str>) -> String {
    let stem = format!("{prefix}.{:04}.{:02}.", date.year(), date.month());
    let last = taken.filter_map(|number| number.strip_prefix(&stem)?.parse::<u32>().ok()).max().unwrap_or(0);
    format!("{stem}{:05}", last + 1)
}

/// A moment for `lastUpdate` filters.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
