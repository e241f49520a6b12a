//! Chart of accounts, module `glaccount` (accurate-online-api.md §6.3).

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::company::{Company, FIRST_ID};
use super::envelope::{Answer, Outcome, Refusal};
use super::listing::{self, Key, Listed};
use super::params::Params;
use super::wire::{Json, Record, record};
use crate::clock;

const LABEL: &str = "Akun Perkiraan";

/// Account types and the names the server shows for them; debit-normal ones carry `true`.
pub(crate) const ACCOUNT_TYPES: &[(&str, &str, bool)] = &[
    ("CASH_BANK", "Kas & Bank", true),
    ("ACCOUNT_RECEIVABLE", "Piutang Usaha", true),
    ("INVENTORY", "Persediaan", true),
    ("OTHER_CURRENT_ASSET", "Aset Lancar Lainnya", true),
    ("FIXED_ASSET", "Aset Tetap", true),
    ("ACCUMULATED_DEPRECIATION", "Akumulasi Penyusutan", false),
    ("OTHER_ASSET", "Aset Lainnya", true),
    ("ACCOUNT_PAYABLE", "Utang Usaha", false),
    ("OTHER_CURRENT_LIABILITY", "Liabilitas Jangka Pendek", false),
    ("LONG_TERM_LIABILITY", "Liabilitas Jangka Panjang", false),
    ("EQUITY", "Modal", false),
    ("REVENUE", "Pendapatan", false),
    ("COGS", "Beban Pokok Penjualan", true),
    ("EXPENSE", "Beban", true),
    ("OTHER_INCOME", "Pendapatan Lain", false),
    ("OTHER_EXPENSE", "Beban Lain-lain", true),
];

/// Types of the profit and loss; the others are of the balance sheet.
const IN_PROFIT_AND_LOSS: [&str; 5] = ["REVENUE", "COGS", "EXPENSE", "OTHER_INCOME", "OTHER_EXPENSE"];

/// One account. The root has no number and no type.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: i64,
    pub(crate) no: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: Option<&'static str>,
    pub(crate) parent: Option<i64>,
    pub(crate) level: i64,
    pub(crate) parent_node: bool,
    pub(crate) suspended: bool,
    pub(crate) memo: Option<String>,
    pub(crate) currency: i64,
    pub(crate) opt_lock: i64,
}

/// What an account is used for when documents name none (company preferences).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Inventory,
    CostOfGoods,
    Sales,
    SalesReturn,
    SalesDiscount,
    GoodsInTransit,
    Unbilled,
    Receivable,
    SalesTax,
    Adjustment,
}

impl Purpose {
    /// Number of the account a new company uses.
    fn number(self) -> &'static str {
        match self {
            Self::Inventory => "110401",
            Self::CostOfGoods => "510101",
            Self::Sales => "410101",
            Self::SalesReturn => "410201",
            Self::SalesDiscount => "410301",
            Self::GoodsInTransit => "110402",
            Self::Unbilled => "210201",
            Self::Receivable => "110301",
            Self::SalesTax => "210301",
            Self::Adjustment => "510201",
        }
    }
}

impl Company {
    /// The account of the company preferences for a purpose.
    pub(crate) fn preferred_account(&self, purpose: Purpose) -> i64 {
        self.account_by_no(purpose.number()).map_or(FIRST_ID, |account| account.id)
    }
}

impl Listed for Account {
    const FILTERS: &'static [&'static str] = &["accountType", "no", "name", "suspended", "id"];
    const SHORT: &'static [&'static str] = &["id", "no", "name", "accountType"];

    fn key(&self, name: &str) -> Option<Key> {
        match name {
            "id" => Some(Key::Number(self.id.into())),
            "no" => Some(Key::text(self.no.as_deref().unwrap_or_default())),
            "name" => Some(Key::text(&self.name)),
            "accountType" => Some(Key::text(self.kind.unwrap_or_default())),
            "suspended" => Some(Key::Flag(self.suspended)),
            _ => None,
        }
    }

    fn words(&self) -> Vec<&str> {
        vec![self.no.as_deref().unwrap_or_default(), &self.name]
    }
}

fn debit_normal(account: &Account) -> bool {
    ACCOUNT_TYPES.iter().find(|(kind, ..)| Some(*kind) == account.kind).is_none_or(|(_, _, debit)| *debit)
}

/// The short form embedded in documents.
pub(crate) fn brief(company: &Company, id: i64) -> Json {
    let Some(account) = company.accounts.get(id) else { return Json::Null };
    record! {
        "id" => account.id,
        "no" => account.no.clone(),
        "name" => &account.name,
        "accountType" => account.kind,
        "accountTypeName" => type_name(account),
        "lvl" => account.level,
        "sub" => account.level > 1,
        "parentNode" => account.parent_node,
        "suspended" => account.suspended,
        "currencyId" => account.currency,
        "noWithIndent" => indented(account, account.no.as_deref().unwrap_or("null")),
        "nameWithIndent" => indented(account, &account.name),
        "nameWithIndentStrip" => &account.name,
        "memo" => account.memo.clone(),
        "fiscal" => false,
        "optLock" => account.opt_lock,
    }
    .into()
}

fn type_name(account: &Account) -> Option<&'static str> {
    ACCOUNT_TYPES.iter().find(|(kind, ..)| Some(*kind) == account.kind).map(|(_, name, _)| *name)
}

/// Four `&nbsp;` for each level below the first (§6.3).
fn indented(account: &Account, text: &str) -> String {
    let depth = usize::try_from((account.level - 1).max(0)).unwrap_or(0);
    format!("{}{text}", "&nbsp;".repeat(depth * 4))
}

fn render(company: &Company, account: &Account) -> Record {
    let Json::Object(mut shown) = brief(company, account.id) else { return Record::default() };
    shown.set("currency", super::masters::currency(company, account.currency));
    shown.set("autoNumberTransactionId", Json::Null);
    shown.set("parent", parent(company, account));
    shown.set("balance", signed(account, company.posted(account.id, None, None)));
    shown.set("asOf", clock::slashed(company.profile.start));
    shown
}

fn parent(company: &Company, account: &Account) -> Json {
    let Some(above) = account.parent.and_then(|id| company.accounts.get(id)) else { return Json::Null };
    let mut shown = record! { "id" => above.id, "no" => above.no.clone(), "name" => &above.name, "lvl" => above.level };
    if above.no.is_some() {
        shown.set("sub", above.level > 1);
        shown.set("parentNode", above.parent_node);
        shown.set("accountType", above.kind);
        shown.set("parent", parent(company, above));
    } else {
        shown.set("accountType", Json::Null);
        shown.set("noWithIndent", "null");
    }
    shown.into()
}

fn signed(account: &Account, debit: Decimal) -> Decimal {
    if debit_normal(account) { debit } else { -debit }
}

/// Serves one action of `glaccount`.
pub(crate) fn serve(company: &mut Company, action: &str, params: &Params, cap: usize) -> Option<Outcome> {
    Some(match action {
        "list" => list(company, params, cap),
        "detail" => find(company, params).map(|account| Answer::Detail(render(company, account))),
        "get-balance" => get_balance(company, params),
        "get-bs-account-amount" => params.date("asOfDate").and_then(|day| {
            let day = day.ok_or_else(|| Refusal::must_be_filled("asOfDate"))?;
            Ok(amounts(company, None, day, |kind| !IN_PROFIT_AND_LOSS.contains(&kind)))
        }),
        "get-pl-account-amount" => params.date("fromDate").and_then(|from| {
            let from = from.ok_or_else(|| Refusal::must_be_filled("fromDate"))?;
            let to = params.date("toDate")?.ok_or_else(|| Refusal::must_be_filled("toDate"))?;
            Ok(amounts(company, Some(from), to, |kind| IN_PROFIT_AND_LOSS.contains(&kind)))
        }),
        "save" => save(company, params).map(|(message, record)| Answer::Saved { message, record }),
        "bulk-save" => super::data_host::bulk(company, params, save),
        "delete" => delete(company, params),
        _ => return None,
    })
}

fn list(company: &Company, params: &Params, cap: usize) -> Outcome {
    // `leafOnly` is a plain filter, with or without the `filter.` prefix (§5).
    let leaves = params.nested("filter").flag("leafOnly")?.or(params.flag("leafOnly")?).unwrap_or(false);
    let rows = company
        .accounts
        .iter()
        .map(|(_, account)| account)
        .filter(|account| account.no.is_some() && !(leaves && account.parent_node));
    listing::list(rows, params, cap, |account| render(company, account))
}

fn find<'a>(company: &'a Company, params: &Params) -> Result<&'a Account, Refusal> {
    let by_id = params.integer("id")?.and_then(|id| company.accounts.get(id));
    let found = by_id.or_else(|| company.account_by_no(&params.text("no")?));
    found.filter(|account| account.no.is_some()).ok_or_else(|| Refusal::not_exact(LABEL))
}

/// What the accounts of a report hold; a parent what those below it hold.
fn amounts(company: &Company, from: Option<Date>, to: Date, belongs: impl Fn(&str) -> bool) -> Answer {
    let rows = company.accounts.iter().filter_map(|(id, account)| {
        let (no, kind) = (account.no.clone()?, account.kind.filter(|kind| belongs(kind))?);
        Some(record! {
            "accountNo" => no,
            "accountName" => &account.name,
            "accountType" => kind,
            "parentNo" => account.parent.and_then(|id| company.accounts.get(id)?.no.clone()),
            "lvl" => account.level,
            "isParent" => account.parent_node,
            "amount" => signed(account, total_of(company, id, from, to)),
        })
    });
    Answer::Rows(rows.collect())
}

/// Debit less credit of an account and all below it.
fn total_of(company: &Company, id: i64, from: Option<Date>, to: Date) -> Decimal {
    let below = company.accounts.iter().filter(|(_, account)| account.parent == Some(id));
    let below: Decimal = below.map(|(id, _)| total_of(company, id, from, to)).sum();
    company.posted(id, from, Some(to)) + below
}

fn get_balance(company: &Company, params: &Params) -> Outcome {
    params.required("no", "no")?;
    let account = find(company, params)?;
    let (from, to) = match params.date("asOfDate")? {
        Some(day) => (None, Some(day)),
        None => (params.date("fromDate")?, params.date("toDate")?),
    };
    // Only the figure is read by clients; the other keys are not recorded. [guess]
    Ok(Answer::Detail(record! {
        "no" => account.no.clone(),
        "name" => &account.name,
        "balance" => signed(account, company.posted(account.id, from, to)),
    }))
}

fn save(company: &mut Company, params: &Params) -> Result<(String, Record), Refusal> {
    let old = match params.integer("id")? {
        Some(id) => Some(company.accounts.get(id).cloned().ok_or_else(|| Refusal::not_exact(LABEL))?),
        None => None,
    };
    let kind = match params.text("accountType") {
        Some(kind) => ACCOUNT_TYPES
            .iter()
            .find(|(known, ..)| *known == kind)
            .map(|(known, ..)| *known)
            .ok_or_else(|| Refusal::invalid_field("accountType"))?,
        None => old.as_ref().and_then(|old| old.kind).ok_or_else(|| Refusal::must_be_filled("accountType"))?,
    };
    let no = params.text("no").or_else(|| old.as_ref()?.no.clone()).ok_or_else(|| Refusal::must_be_filled("no"))?;
    let name = params
        .text("name")
        .or_else(|| Some(old.as_ref()?.name.clone()))
        .ok_or_else(|| Refusal::must_be_filled("name"))?;
    if old.is_none() {
        params.date("asOf")?.ok_or_else(|| Refusal::must_be_filled("asOf"))?;
        params.required("currencyCode", "currencyCode")?;
    }
    let currency = super::masters::currency_named(company, params, old.as_ref().map(|old| old.currency))?;
    let id = old.as_ref().map(|old| old.id);
    let other = |account: &&Account| Some(account.id) != id;
    if company.account_by_no(&no).as_ref().is_some_and(other) {
        return Err(Refusal::duplicate("Kode Perkiraan", &no));
    }
    let parent = match params.text("parentNo") {
        Some(parent) => company
            .account_by_no(&parent)
            .map(|account| (account.id, account.level))
            .ok_or_else(|| Refusal::not_found(LABEL, &parent))?,
        None => old.as_ref().map_or((FIRST_ID, 0), |old| (old.parent.unwrap_or(FIRST_ID), old.level - 1)),
    };
    let account = Account {
        id: 0,
        no: Some(no),
        name: name.clone(),
        kind: Some(kind),
        parent: Some(parent.0),
        level: parent.1 + 1,
        parent_node: old.as_ref().is_some_and(|old| old.parent_node),
        suspended: params.flag("suspended")?.unwrap_or_else(|| old.as_ref().is_some_and(|old| old.suspended)),
        memo: params.text("memo").or_else(|| old.as_ref()?.memo.clone()),
        currency,
        opt_lock: old.as_ref().map_or(0, |old| old.opt_lock + 1),
    };
    if let Some(above) = company.accounts.get_mut(parent.0) {
        above.parent_node = true;
    }
    let id = match old {
        Some(old) => {
            company.accounts.put(old.id, Account { id: old.id, ..account });
            old.id
        }
        None => company.accounts.add(|id| Account { id, ..account }),
    };
    company.writes += 1;
    let shown = company.accounts.get(id).map(|account| render(company, account)).unwrap_or_default();
    Ok((format!("{LABEL} \"{name}\" berhasil disimpan"), shown))
}

fn delete(company: &mut Company, params: &Params) -> Outcome {
    let account = find(company, params).map_err(|refusal| refusal.of_delete(LABEL, params))?.clone();
    if account.parent_node || !company.posted(account.id, None, None).is_zero() {
        // Product behaviour; the wording is not recorded. [guess]
        return Err(Refusal::text(format!("{LABEL} \"{}\" tidak dapat dihapus karena sudah digunakan", account.name)));
    }
    company.accounts.remove(account.id);
    company.writes += 1;
    Ok(Answer::Deleted(format!("{LABEL} \"{}\" berhasil dihapus", account.name)))
}
