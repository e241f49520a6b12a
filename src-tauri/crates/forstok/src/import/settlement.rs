//! Rows of a marketplace's settlement. What the fields are called differs from channel to channel, so each channel has its own columns;
//! several columns of fees may belong to one line of the cost structure, as `service_fee`, `service_fee:2`, `service_fee:3`.
//!
//! A total that is not what its lines make is kept as it is: the reconciliation shows the difference.

use super::ImportError;
use super::column::{Column, check};
use super::columns::{ColumnMap, ListKind};
use super::payments::FEES;
use super::table::{Row, Table};
use selaras_domain::amount::Money;
use selaras_domain::payout::CostStructure;
use selaras_domain::settlement::{SettlementKind, SettlementRow};

/// Words of a movement to the bank, in lower case, as the marketplaces have them.
const WITHDRAWALS: [&str; 6] =
    ["penarikan", "tarik dana", "tarik saldo", "withdraw", "transfer ke bank", "disbursement"];

/// Words that say of a withdrawal that it did not happen: the money came back.
const UNDONE: [&str; 6] = ["gagal", "batal", "fail", "cancel", "revers", "dikembalikan"];

/// Words of what is no release of an order's money, though it may name the order.
const OTHERS: [&str; 10] = [
    "refund",
    "pengembalian",
    "penyesuaian",
    "adjustment",
    "koreksi",
    "correction",
    "kompensasi",
    "compensation",
    "iklan",
    "advertis",
];

/// The columns of one line of the cost structure, each with whether it is written as what it takes away.
struct Line<'a>(Vec<(Column<'a>, bool)>);

impl<'a> Line<'a> {
    fn of(table: &'a Table, map: &'a ColumnMap, name: &str) -> Result<Self, ImportError> {
        let fields = map.keys().filter(|field| field.split(':').next() == Some(name));
        let mut columns = Vec::new();
        for field in fields {
            if let Some(column) = Column::chosen(table, map, field)? {
                let turned = FEES.contains(&name) && column.takes_away(table)?;
                columns.push((column, turned));
            }
        }
        Ok(Self(columns))
    }

    /// Σ of its columns; `None` where none of them says anything.
    fn sum(&self, row: &Row) -> Result<Option<Money>, ImportError> {
        let mut sum = None;
        for (column, turned) in &self.0 {
            if let Some(amount) = column.money(row)? {
                let amount = if *turned { Money::ZERO - amount } else { amount };
                sum = Some(sum.unwrap_or(Money::ZERO) + amount);
            }
        }
        Ok(sum)
    }
}

/// The lines of a settlement.
struct Lines<'a> {
    subtotal: Line<'a>,
    shipping_fee: Line<'a>,
    platform_rebate: Line<'a>,
    voucher_seller: Line<'a>,
    shipping_difference: Line<'a>,
    fulfillment_fee: Line<'a>,
    service_fee: Line<'a>,
    total: Line<'a>,
}

impl<'a> Lines<'a> {
    fn of(table: &'a Table, map: &'a ColumnMap) -> Result<Self, ImportError> {
        let line = |name: &str| Line::of(table, map, name);
        Ok(Self {
            subtotal: line("subtotal")?,
            shipping_fee: line("shipping_fee")?,
            platform_rebate: line("platform_rebate")?,
            voucher_seller: line("voucher_seller")?,
            shipping_difference: line("shipping_difference")?,
            fulfillment_fee: line("fulfillment_fee")?,
            service_fee: line("service_fee")?,
            total: line("total")?,
        })
    }

    /// The amounts of a row: of sub total and total, the one that is not told is what the other and the fees make. `None` for a row that
    /// tells neither.
    fn amounts(&self, row: &Row) -> Result<Option<CostStructure>, ImportError> {
        let sum = |line: &Line<'_>| Ok::<_, ImportError>(line.sum(row)?.unwrap_or_default());
        let mut amounts = CostStructure {
            shipping_fee: sum(&self.shipping_fee)?,
            platform_rebate: sum(&self.platform_rebate)?,
            voucher_seller: sum(&self.voucher_seller)?,
            shipping_difference: sum(&self.shipping_difference)?,
            fulfillment_fee: sum(&self.fulfillment_fee)?,
            service_fee: sum(&self.service_fee)?,
            ..CostStructure::default()
        };
        let (subtotal, total) = (self.subtotal.sum(row)?, self.total.sum(row)?);
        if subtotal.is_none() && total.is_none() {
            return Ok(None);
        }
        let made = total.unwrap_or_default() + amounts.discount();
        amounts.subtotal = subtotal.unwrap_or(made);
        amounts.total = total.unwrap_or(amounts.subtotal - amounts.discount());
        Ok(Some(amounts))
    }
}

/// Reads a settlement. Rows of no movement (no amount and no order) are sums and notes of the file, and left out.
///
/// # Errors
/// The first cell that cannot be read; a row of an order without day or amount.
pub fn read_settlement(table: &Table, map: &ColumnMap) -> Result<Vec<SettlementRow>, ImportError> {
    check(table, map, ListKind::Settlement)?;
    let order = Column::required(table, map, "order_number")?;
    let date = Column::required(table, map, "date")?.moments(table)?;
    let [kind, reference] = ["kind", "reference"].map(|field| Column::chosen(table, map, field));
    let (kind, reference) = (kind?, reference?);
    let lines = Lines::of(table, map)?;
    let amount = match Column::chosen(table, map, "total")? {
        Some(total) => total,
        None => Column::required(table, map, "subtotal")?,
    };
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let number = order.name(row)?.unwrap_or_default();
        let said = kind.as_ref().and_then(|column| column.text(row)).unwrap_or_default();
        let reference = reference.as_ref().map(|column| column.name(row)).transpose()?.flatten();
        let amounts = lines.amounts(row)?;
        if number.is_empty() && amounts.is_none_or(|amounts| amounts.total.is_zero()) {
            continue;
        }
        let amounts = amounts.ok_or_else(|| amount.empty(row))?;
        let what = kind_of(&number, &said, reference.as_deref().unwrap_or_default(), amounts.total);
        let amounts = match what {
            SettlementKind::Order => amounts,
            SettlementKind::Withdrawal | SettlementKind::Other => {
                CostStructure { total: amounts.total, ..CostStructure::default() }
            }
        };
        rows.push(SettlementRow {
            row: row.number,
            kind: what,
            order_number: if what == SettlementKind::Withdrawal { String::new() } else { number },
            reference: reference.unwrap_or(said),
            date: date.day(row)?.ok_or_else(|| date.column.empty(row))?,
            amounts,
        });
    }
    with_signs(&mut rows);
    Ok(rows)
}

/// What a row is about: its own words come first. Without any, money that leaves the wallet for no order went to the bank.
fn kind_of(order_number: &str, said: &str, reference: &str, total: Money) -> SettlementKind {
    let has = |text: &str, words: &[&str]| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    let words = if said.is_empty() { reference } else { said };
    if has(words, &WITHDRAWALS) {
        return if has(words, &UNDONE) { SettlementKind::Other } else { SettlementKind::Withdrawal };
    }
    match (order_number.is_empty(), said.is_empty()) {
        _ if has(said, &OTHERS) => SettlementKind::Other,
        (false, _) => SettlementKind::Order,
        (true, true) if total.is_negative() => SettlementKind::Withdrawal,
        (true, _) => SettlementKind::Other,
    }
}

/// A withdrawal takes from the wallet. A file that writes none of its withdrawals below zero writes how much was taken; one that does so
/// for some means its signs.
fn with_signs(rows: &mut [SettlementRow]) {
    let withdrawal = |row: &&mut SettlementRow| row.kind == SettlementKind::Withdrawal;
    if rows.iter_mut().filter(withdrawal).all(|row| row.amounts.total.is_positive()) {
        for row in rows.iter_mut().filter(withdrawal) {
            row.amounts.total = Money::ZERO - row.amounts.total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{suggest_columns, table};
    use super::*;

    fn read(text: &str) -> Result<Vec<SettlementRow>, ImportError> {
        let table = table(text.as_bytes(), "settlement.csv").unwrap();
        read_settlement(&table, &suggest_columns(ListKind::Settlement, &table.headers))
    }

    #[test]
    fn a_settlement_is_read_with_its_fees_whatever_their_sign() {
        let rows = read(
            "No Pesanan;Tanggal Dana Dilepaskan;Tipe Transaksi;Subtotal;Biaya Layanan;Biaya Administrasi;Total\n\
             240115CONTOH1;31/01/2024;Pesanan;400.000;-20.000;-6.000;374.000\n\
             ;02/02/2024;Penarikan Dana;;;;-374.000\n\
             -;03/02/2024;Iklan;;;;-1.500\n\
             ;;Jumlah;;;;\n",
        )
        .unwrap();
        let order = CostStructure {
            subtotal: Money::from(400_000),
            service_fee: Money::from(26_000),
            total: Money::from(374_000),
            ..CostStructure::default()
        };
        assert_eq!(order.difference(), Money::ZERO);
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.row, row.kind, row.order_number.as_str(), row.date.to_string(), row.amounts))
            .collect();
        let only = |total: i64| CostStructure { total: Money::from(total), ..CostStructure::default() };
        assert_eq!(
            told,
            [
                (2, SettlementKind::Order, "240115CONTOH1", "2024-01-31".to_owned(), order),
                (3, SettlementKind::Withdrawal, "", "2024-02-02".to_owned(), only(-374_000)),
                (4, SettlementKind::Other, "", "2024-02-03".to_owned(), only(-1_500)),
            ]
        );
    }

    #[test]
    fn without_an_amount_of_the_order_total_and_fees_make_it() {
        let rows = read("Order Number,Date,Service Fee,Total\nA,2024-01-31,1500,38500\n").unwrap();
        assert_eq!(rows[0].amounts.subtotal, Money::from(40_000));
    }

    /// Kind, order and amount of each row.
    fn told(rows: &[SettlementRow]) -> Vec<(SettlementKind, &str, String)> {
        rows.iter().map(|row| (row.kind, row.order_number.as_str(), row.moved().text())).collect()
    }

    #[test]
    fn a_day_is_read_as_in_indonesia_unless_the_column_shows_otherwise() {
        let day = |text: &str| read(text).map(|rows| rows[0].date.to_string());
        assert_eq!(day("Order Number,Date,Total\nA,01/02/2024,1\n").unwrap(), "2024-02-01");
        assert_eq!(day("Order Number,Date,Total\nA,01/02/2024,1\nB,01/31/2024,1\n").unwrap(), "2024-01-02");
        let error = day("Order Number,Date,Total\nA,31/01/2024,1\nB,01/31/2024,1\n").unwrap_err();
        assert!(matches!(error, ImportError::DatesContradict { row: 3, first: 2, .. }), "{error}");
    }

    #[test]
    fn a_movement_is_what_its_words_say_and_without_any_what_its_sign_says() {
        let rows = read(
            "Order ID,Date,Type,Total\nA,2024-01-31,Order,500\nA,2024-01-31,Refund,-200\n,2024-02-01,Penarikan Dana,-100\n\
             ,2024-02-01,Penarikan Gagal,100\n,2024-02-01,Biaya Iklan,-10\n,2024-02-01,,-150\n,2024-02-01,,20\n",
        )
        .unwrap();
        let expected = [
            (SettlementKind::Order, "A", "500"),
            (SettlementKind::Other, "A", "-200"),
            (SettlementKind::Withdrawal, "", "-100"),
            (SettlementKind::Other, "", "100"),
            (SettlementKind::Other, "", "-10"),
            (SettlementKind::Withdrawal, "", "-150"),
            (SettlementKind::Other, "", "20"),
        ];
        assert_eq!(told(&rows), expected.map(|(kind, order, moved)| (kind, order, moved.to_owned())));
    }

    #[test]
    fn a_withdrawal_takes_from_the_wallet_however_the_file_writes_it() {
        let positive =
            read("Order ID,Date,Type,Total\n,2024-02-01,Withdrawal,100\n,2024-02-02,Withdrawal,50\n").unwrap();
        let mixed = read("Order ID,Date,Type,Total\n,2024-02-01,Withdrawal,100\n,2024-02-02,Withdrawal,-50\n").unwrap();
        let moved = |rows: &[SettlementRow]| rows.iter().map(|row| row.moved().text()).collect::<Vec<_>>();
        assert_eq!(
            (moved(&positive), moved(&mixed)),
            (vec!["-100".into(), "-50".into()], vec!["100".into(), "-50".into()])
        );
    }

    #[test]
    fn fees_are_turned_by_their_whole_column_never_by_a_cell() {
        let rows = read("Order ID,Date,Service Fee,Total\nA,2024-01-31,-15,85\nB,2024-01-31,5,105\n").unwrap();
        let fees: Vec<_> = rows.iter().map(|row| row.amounts.service_fee.text()).collect();
        assert_eq!(fees, ["-15", "5"]);
    }

    #[test]
    fn a_total_that_its_lines_do_not_make_is_kept_and_a_missing_one_is_made() {
        let rows =
            read("Order ID,Date,Subtotal,Service Fee,Total\nA,2024-01-31,100,15,80\nB,2024-01-31,100,15,\n").unwrap();
        let amounts: Vec<_> = rows.iter().map(|row| (row.moved().text(), row.amounts.difference().text())).collect();
        assert_eq!(amounts, [("80".into(), "-5".into()), ("85".into(), "0".into())]);
        let rows = read("Order ID,Date,Subtotal,Service Fee\nA,2024-01-31,100,15\n").unwrap();
        assert_eq!(rows[0].moved(), Money::from(85));
        let error = read("Order ID,Date,Service Fee\nA,2024-01-31,15\n").unwrap_err();
        assert_eq!(error, ImportError::ColumnMissing { field: "total".into() });
    }

    #[test]
    fn a_number_with_two_meanings_names_its_place() {
        let said = read("Order Number,Date,Total\nA,2024-01-31,1.500\n").unwrap_err().to_string();
        assert_eq!(said, "row 2, column \"Total\": \"1.500\" can mean 1500 or 1.5");
    }

    #[test]
    fn a_row_of_an_order_without_amount_is_named() {
        let said = read("Order Number,Date,Total\nA,2024-01-31,\n").unwrap_err().to_string();
        assert_eq!(said, "row 2, column \"Total\" is empty");
    }
}
