//! The sums of any month: nothing is counted twice, nothing is lost.

use super::*;
use proptest::prelude::*;

/// One order's life, at random.
#[derive(Debug, Clone)]
struct Life {
    id: i64,
    store: i64,
    status: usize,
    price: i64,
    known: bool,
    invoice: Option<i64>,
    payments: Vec<(i64, i64)>,
    settlements: Vec<i64>,
    receipts: Vec<(i64, bool)>,
    /// What is paid out in parts, and what is taken back later: a percentage of the price.
    part: Option<i64>,
    back: Option<i64>,
    came_back: bool,
}

prop_compose! {
    fn life(id: i64)(
        store in 0_i64..2,
        status in 0_usize..6,
        price in 1_i64..500,
        known in prop::bool::weighted(0.8),
        invoice in prop::option::weighted(0.7, prop_oneof![4 => Just(0_i64), 1 => -5_i64..5]),
        // Fee, and what the transfer is off its invoices by.
        payments in prop::collection::vec((0_i64..20, prop_oneof![4 => Just(0_i64), 1 => -5_i64..5]), 0..3),
        settlements in prop::collection::vec(-20_i64..500, 0..3),
        receipts in prop::collection::vec((0_i64..20, any::<bool>()), 0..3),
        (part, back) in (prop::option::weighted(0.2, 1_i64..100), prop::option::weighted(0.2, 1_i64..120)),
        came_back in prop::bool::weighted(0.1),
    ) -> Life {
        Life { id, store, status, price, known, invoice, payments, settlements, receipts, part, back, came_back }
    }
}

fn lives() -> impl Strategy<Value = Vec<Life>> {
    (1_i64..7).prop_flat_map(|count| (0..count).map(life).collect::<Vec<_>>())
}

fn month_of(lives: &[Life], movements: &[(bool, i64)], one_store: bool) -> Month {
    let statuses = ["Ready to ship", "Completed", "Open", "Cancelled", "Returned", "Delivered"];
    let mut month = Month::new();
    if one_store {
        month.world.stores.truncate(1);
    }
    let mut receipts = Vec::new();
    let mut payments = Vec::new();
    for life in lives {
        let mut order = order(life.id + 1, &format!("N{}", life.id / 2), vec![line("MUG", 1, life.price)]);
        order.store = if life.store == 0 { STORE } else { OTHER_STORE };
        order.status = OrderStatus::from(statuses[life.status].to_owned());
        if life.came_back {
            order.returns.push(OrderReturn { id: "R".into(), at: wib("2024-01-25T10:00:00"), lines: Vec::new() });
        }
        if let Some(off) = life.invoice {
            month.invoices.push(SalesInvoice { number: format!("I{}", life.id), ..head(&order, life.price + off) });
        }
        for (number, (fee, off)) in life.payments.iter().enumerate() {
            let mut paid = payment(&format!("P{}-{number}", life.id), vec![shop_invoice(&order, [0, 0, 0, 0, *fee])]);
            paid.received = paid.received + Money::from(*off);
            payments.push(paid);
        }
        let mut once = |reference: String, total: i64| {
            let invoice = OrderInvoice { total: total.into(), ..shop_invoice(&order, [0; 5]) };
            payments.push(payment(&reference, vec![invoice]));
        };
        if let Some(part) = life.part.map(|percent| life.price * percent / 100) {
            once(format!("A{}", life.id), part);
            once(format!("B{}", life.id), life.price - part);
        }
        if let Some(percent) = life.back {
            once(format!("C{}", life.id), -life.price * percent / 100);
        }
        for total in &life.settlements {
            month.settlements.push(settlement(SettlementKind::Order, &order.number, *total));
        }
        for (number, (fee, elsewhere)) in life.receipts.iter().enumerate() {
            let mut one = receipt(&format!("R{}-{number}", life.id), &[&order], &[(76, *fee)], life.price);
            one.payments[0].invoice_no = format!("I{}", life.id);
            if *elsewhere {
                one.bank = Some(OTHER_BANK);
            }
            receipts.push(one);
        }
        if life.known {
            month.orders.push(order);
        }
    }
    for (withdrawal, amount) in movements {
        let kind = if *withdrawal { SettlementKind::Withdrawal } else { SettlementKind::Other };
        month.settlements.push(settlement(kind, "", *amount));
    }
    (month.receipts, month.payments) = (Some(receipts), Some(payments));
    month
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2_000))]

    #[test]
    fn every_order_payout_and_receipt_is_in_exactly_one_row_and_the_clearing_ends_at_nothing(
        lives in lives(),
        movements in prop::collection::vec((any::<bool>(), -500_i64..50), 0..3),
        one_store in any::<bool>(),
        own_account in any::<bool>(),
        balance in prop::option::of(-500_i64..500),
    ) {
        let mut month = month_of(&lives, &movements, one_store);
        if own_account {
            month.world.mapping.stores[1].bank_account_id = Some(OTHER_BANK);
        }
        month.world.accounts.iter_mut().find(|account| account.id == BANK).unwrap().balance = balance.map(Money::from);
        let (payments, receipts) = (month.payments.clone().unwrap(), month.receipts.clone().unwrap());
        let clearing = month.clearing();
        month.with(|input| {
            let rows = reconcile(input);
            let mut orders: Vec<_> = rows.iter().filter_map(|row| row.order).map(|order| order.id).collect();
            orders.sort_unstable();
            let mut all: Vec<_> = month.orders.iter().map(|order| order.id).collect();
            all.sort_unstable();
            prop_assert_eq!(orders, all);
            // Every word of each source is in one row, with its amount.
            let words = |of: fn(&Payout<'_>) -> Option<Money>| -> Vec<Money> {
                rows.iter().flat_map(|row| &row.payouts).filter_map(of).collect()
            };
            let by_forstok = words(|payout| payout.forstok.map(|told| told.amounts.total));
            prop_assert_eq!(by_forstok.iter().copied().sum::<Money>(), payments.iter().map(|one| one.received).sum());
            let by_settlement = words(|payout| payout.settlement.map(|told| told.amounts.total));
            let of_orders = month.settlements.iter().filter(|(_, row)| row.kind == SettlementKind::Order);
            prop_assert_eq!(by_settlement.len(), of_orders.clone().count());
            let told: Money = of_orders.map(|(_, row)| row.amounts.total).sum();
            prop_assert_eq!(by_settlement.into_iter().sum::<Money>(), told);
            prop_assert_eq!(rows.iter().filter(|row| row.movement.is_some()).count(), movements.len());
            let received: Money = rows.iter().map(Row::received).sum();
            prop_assert_eq!(received, receipts.iter().map(|receipt| receipt.received).sum());
            prop_assert_eq!(rows.iter().map(|row| row.shares.len()).sum::<usize>(), receipts.len());
            // Σ payouts = Σ matched + Σ by cause.
            let paid_out: Money = rows.iter().map(Row::paid_out).sum();
            let of = |cause: Cause| -> Money {
                rows.iter().filter(|row| row.cause == cause).map(Row::paid_out).sum()
            };
            prop_assert_eq!(Cause::ALL.into_iter().map(of).sum::<Money>(), paid_out);
            for row in rows.iter().filter(|row| row.cause == Cause::Matched) {
                prop_assert_eq!(row.paid_out(), row.received());
            }
            prop_assert_eq!(clearing.len(), if own_account { 2 } else { 1 });
            for clearing in &clearing {
                let start = clearing.balance.unwrap_or(clearing.expected);
                let steps: Money = clearing.steps.iter().map(|step| step.amount).sum();
                prop_assert_eq!(start + steps, Money::ZERO);
                prop_assert!(clearing.steps.iter().all(|step| step.kind != StepKind::Cause(Cause::Matched)));
                // What is left in the wallet is what the wallet's own rows make, whatever the books say.
                let own = rows.iter().filter(|row| row.account == Some(clearing.account));
                let moved = |row: &Row<'_>| row.movement.map_or(Money::ZERO, SettlementRow::moved);
                let wallet: Money = own.map(|row| row.paid_out() + moved(row)).sum();
                let left = clearing.steps.iter().find(|step| step.kind == StepKind::InWallet).map(|step| step.amount);
                prop_assert_eq!(left.unwrap_or_default(), Money::ZERO - wallet);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_span_of_days_takes_up_what_was_before_and_leaves_out_what_came_after(
        lives in lives(),
        movements in prop::collection::vec((any::<bool>(), -500_i64..50), 0..3),
        days in prop::collection::vec(1_i8..31, 1..8),
        first in 1_i8..31,
        length in 0_i8..31,
        balance in -500_i64..500,
    ) {
        let mut month = month_of(&lives, &movements, false);
        let mut days = days.into_iter().map(|day| date(2024, 1, day)).cycle();
        let mut next = || days.next().unwrap();
        month.receipts.iter_mut().flatten().for_each(|receipt| receipt.date = next());
        month.payments.iter_mut().flatten().for_each(|paid| paid.paid_at = wib(&format!("{}T12:00:00", next())));
        month.settlements.iter_mut().for_each(|(_, row)| row.date = next());
        month.world.accounts.iter_mut().for_each(|account| account.balance = Some(balance.into()));
        let (first, last) = (date(2024, 1, first), date(2024, 1, (first + length).min(31)));
        let before = month.clearing_of(date(2000, 1, 1), first.yesterday().unwrap());
        let now = month.clearing();
        for ((span, before), now) in month.clearing_of(first, last).iter().zip(&before).zip(&now) {
            prop_assert_eq!(span.opening, before.expected);
            prop_assert_eq!(span.opening + span.moved.sum(), span.expected);
            prop_assert_eq!(span.expected + span.after.sum(), now.expected);
            prop_assert_eq!(span.balance.map(|then| then + span.after.sum()), now.balance);
            let steps: Money = span.steps.iter().map(|step| step.amount).sum();
            prop_assert_eq!(span.balance.unwrap() + steps, Money::ZERO);
        }
    }
}
