/** Where the made-up shop's money stands: each order's chain from payment to payout, its causes, clearing accounts and months. */
import type {
  ClearingView,
  MonthEndView,
  OrderDocumentView,
  OrderJournalView,
  OrderSheetView,
  ReasonView,
  ReconciliationCauseView,
  ReconciliationQuery,
  ReconciliationRowView,
  ReconciliationStoreView,
  ReconciliationView,
  ShadowCountView,
  ShadowRowView,
  ShadowView,
  StoreTotalsView,
  WaterfallBarView,
} from '../types';
import { costsOf, orderAt, paidFor, payouts, scrambled, type Costs, type FakeOrder } from './sales';
import { heldReason } from './salesplans';
import { accounts, stores } from './shop';
import { listed, Table, type Rows } from './table';
import { ago, clone, fail, now, type World } from './world';

const because = (code: string, params: Record<string, string> = {}): ReasonView => ({ code, params });
const sumOf = <T>(rows: readonly T[], of: (row: T) => number | string) =>
  rows.reduce((sum, row) => sum + Number(of(row)), 0);

/** What has to be put right first; the first fifteen are open. */
const CAUSES = [
  'paid_twice',
  'cancelled_not_voided',
  'returned_not_booked',
  'not_invoiced',
  'invoice_differs',
  'told_differently',
  'payout_not_received',
  'receipt_without_payout',
  'amount_differs',
  'fees_differ',
  'received_elsewhere',
  'refunded',
  'order_unknown',
  'payment_differs',
  'other_movement',
  'not_paid_out',
  'withdrawal',
  'not_due',
  'ended',
  'not_compared',
  'outside',
  'matched',
];
const CLOSED = new Set(['not_paid_out', 'withdrawal', 'not_due', 'ended', 'not_compared', 'outside', 'matched']);
/** Orders whose chain is broken, by their place. */
const BROKEN: Record<number, string> = {
  17: 'amount_differs',
  23: 'payout_not_received',
  35: 'fees_differ',
  41: 'paid_twice',
  52: 'cancelled_not_voided',
  66: 'returned_not_booked',
  71: 'told_differently',
  77: 'invoice_differs',
  83: 'received_elsewhere',
};
/** From here on orders are not paid out yet, not invoiced yet, not due yet. */
const [UNPAID, UNINVOICED, NOT_DUE] = [100, 140, 166];
const ENDED = 160;
/** As many rows as the huge world has. */
const MANY = 20_000;

interface Chain extends ReconciliationRowView {
  order: FakeOrder | null;
  store_id: number | null;
}

function accountOf(world: World, store: number): { id: number; name: string } {
  const id = world.mapping.stores.find((row) => row.forstok_store_id === store)?.bank_account_id ?? 75;
  const account = accounts.find((row) => row.id === id);
  return { id, name: account ? `${account.no} ${account.name}` : '' };
}

function causeOf(world: World, order: FakeOrder): string {
  const { index } = order;
  if (index === ENDED) return 'ended';
  if (index < UNPAID) return BROKEN[index] ?? 'matched';
  if (index < UNINVOICED && !heldReason(world, order)) return 'not_paid_out';
  if (index >= NOT_DUE) return 'not_due';
  return world.entered.has(`invoice:${order.id}`) ? 'not_paid_out' : 'not_invoiced';
}

/** What is broken about it: the sentence with its figures, and by how much. */
function broken(world: World, order: FakeOrder, cause: string): { reason: ReasonView; amount: number } {
  const paid = paidFor(order);
  const fee = costsOf(order)['service_fee'] ?? 0;
  const of = (code: string, amount: number, params: Record<string, string | number> = {}) => ({
    reason: because(
      `recon_${code}`,
      Object.fromEntries(Object.entries({ amount, ...params }).map(([name, value]) => [name, String(value)])),
    ),
    amount,
  });
  switch (cause) {
    case 'amount_differs': {
      const more = { received: paid - 1500, sum: paid, role: 'service_fee', total: fee + 1500, due: fee };
      return of('amount_differs_line', -1500, more);
    }
    case 'fees_differ':
      return of('fees_differ', fee, { role: 'service_fee', total: 0, due: fee });
    case 'told_differently':
      return of('told_differently', 2000, { sum: paid });
    case 'invoice_differs':
      return of('invoice_differs', 5000, { total: order.total + 5000, due: order.total });
    case 'received_elsewhere':
      return of('received_elsewhere', paid, { account: '110.201 BCA Operasional' });
    case 'cancelled_not_voided':
    case 'returned_not_booked':
    case 'not_invoiced':
      return of(cause, order.total);
    case 'not_paid_out':
      return of('not_paid_out', order.total, {
        days: Math.floor((Date.now() - Date.parse(order.placed)) / 86_400_000),
      });
    case 'not_due':
    case 'ended':
      return of(cause, order.total);
    default:
      return of(cause, paid);
  }
}

function chains(world: World): Chain[] {
  if (world.scenario.is('empty')) return [];
  const receipts = new Map(payouts(world).flatMap(({ number, orders }) => orders.map(({ index }) => [index, number])));
  const rows = Array.from({ length: world.sales.placed }, (_, index): Chain => {
    const order = orderAt(world, index);
    const cause = causeOf(world, order);
    const paid = index < UNPAID ? paidFor(order) : 0;
    const { reason, amount } = broken(world, order, cause);
    const came = cause === 'payout_not_received' ? 0 : cause === 'amount_differs' ? paid - 1500 : paid;
    const receipt = receipts.get(index);
    return {
      order,
      store_id: order.store.id,
      number: order.number,
      order_id: order.id,
      store: order.store.name,
      cause,
      reason,
      day: order.day,
      amount: String(amount),
      invoice: ['not_invoiced', 'not_due', 'ended'].includes(cause) ? null : order.number,
      receipts: came > 0 && receipt ? [receipt] : [],
      paid_out: String(paid),
      received: String(cause === 'paid_twice' ? paid * 2 : came),
    };
  });
  const money = (number: string, cause: string, amount: number, minutes: number, store: number | null): Chain => ({
    order: null,
    store_id: store,
    number,
    order_id: null,
    store: stores.find((row) => row.id === store)?.name ?? '',
    cause,
    reason: because(`recon_${cause}`, { amount: String(amount) }),
    day: ago(minutes).slice(0, 10),
    amount: String(amount),
    invoice: null,
    receipts: [],
    paid_out: cause === 'order_unknown' ? String(amount) : '0',
    received: '0',
  });
  rows.push(
    money('240901XQ7RT2NB', 'order_unknown', 84_500, 6100, 11),
    money('WD-88120937', 'withdrawal', 9_500_000, 7200, 11),
    money('WD-88133410', 'withdrawal', 4_250_000, 5800, 12),
    money('ADS-2026-11-14', 'other_movement', -350_000, 11_500, 11),
  );
  const rank = (row: Chain) => CAUSES.indexOf(row.cause);
  return rows.sort((a, b) => rank(a) - rank(b) || (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

function clearing(world: World, rows: readonly Chain[]): ClearingView[] {
  return stores.flatMap((store, place): ClearingView[] => {
    const own = rows.filter((row) => row.store_id === store.id);
    if (own.length === 0) return [];
    const of = (cause: string) =>
      sumOf(
        own.filter((row) => row.cause === cause),
        (row) => row.amount,
      );
    const elsewhere = of('received_elsewhere');
    const received = sumOf(own, (row) => row.received) - elsewhere;
    const [withdrawn, other, opening] = [of('withdrawal'), of('other_movement'), 1_250_000 * (place + 1)];
    const expected = opening + received + other - withdrawn;
    const untold = place === 0 ? -350_000 : 0;
    const balance = place === 3 ? null : expected - untold;
    const steps = [
      { code: 'not_told', amount: balance === null ? 0 : untold },
      { code: 'payout_not_received', amount: of('payout_not_received') },
      { code: 'amount_differs', amount: -of('amount_differs') },
      { code: 'received_elsewhere', amount: elsewhere },
      { code: 'paid_twice', amount: -of('paid_twice') },
    ].filter((step) => step.amount !== 0);
    const rest = (balance ?? expected) + sumOf(steps, (step) => step.amount);
    const { id, name } = accountOf(world, store.id);
    return [
      {
        account_id: id,
        account: name,
        stores: [store.name],
        opening: String(opening),
        received: String(received),
        withdrawn: String(withdrawn),
        other: String(other),
        expected: String(expected),
        balance: balance === null ? null : String(balance),
        steps: [...steps, { code: 'in_wallet', amount: -rest }].map(({ code, amount }) => ({
          code,
          amount: String(amount),
        })),
      },
    ];
  });
}

const viewOf = (chain: Chain): ReconciliationRowView => {
  const { number, order_id, store, cause, reason, day, amount, invoice, receipts, paid_out, received } = chain;
  return { number, order_id, store, cause, reason, day, amount, invoice, receipts, paid_out, received };
};

function causesOf(rows: readonly Chain[]): ReconciliationCauseView[] {
  return CAUSES.flatMap((cause): ReconciliationCauseView[] => {
    const own = rows.filter((row) => row.cause === cause);
    if (own.length === 0) return [];
    return [
      {
        cause,
        open: !CLOSED.has(cause),
        count: own.length,
        amount: String(sumOf(own, (row) => row.amount)),
        paid_out: String(sumOf(own, (row) => row.paid_out)),
        received: String(sumOf(own, (row) => row.received)),
      },
    ];
  });
}

function storesOf(rows: readonly Chain[]): ReconciliationStoreView[] {
  return stores.flatMap((store): ReconciliationStoreView[] => {
    const own = rows.filter((row) => row.store_id === store.id);
    if (own.length === 0) return [];
    return [
      {
        store_id: store.id,
        store: store.name,
        orders: own.filter((row) => row.order !== null).length,
        invoiced: String(
          sumOf(
            own.filter((row) => row.invoice !== null),
            (row) => row.order?.total ?? 0,
          ),
        ),
        paid_out: String(sumOf(own, (row) => row.paid_out)),
        received: String(sumOf(own, (row) => row.received)),
        open: own.filter((row) => !CLOSED.has(row.cause)).length,
      },
    ];
  });
}

export function reconciliation(world: World, query: ReconciliationQuery): ReconciliationView {
  const all = chains(world);
  const rows = all.filter(
    (row) =>
      (query.store === null || row.store_id === query.store) &&
      (query.month === null || row.day.startsWith(query.month)),
  );
  const kept = rows.filter((row) => query.cause === null || row.cause === query.cause).map(viewOf);
  const many: Rows<ReconciliationRowView> = {
    length: Math.max(kept.length, kept.length === 0 ? 0 : MANY),
    at: (index) => {
      const row = kept[index % kept.length] as ReconciliationRowView;
      return index < kept.length ? row : { ...row, number: `${row.number}-${index}` };
    },
  };
  const table = new Table(world.scenario.is('huge') && query.cause === null ? many : listed(kept), {
    sorts: { day: (row) => row.day, number: (row) => row.number, amount: (row) => Number(row.amount) },
    text: (row) => row.number,
  });
  const { rows: page, page: at } = table.page('rows', null, query.search, query.page);
  const money = clearing(world, all);
  return clone({
    read_at: query.refresh ? now() : ago(14),
    causes: causesOf(rows),
    stores: storesOf(rows),
    clearing: query.store === null ? money : money.filter((_, place) => stores[place]?.id === query.store),
    notes: world.scenario.is('empty') ? [because('recon_payouts_not_told')] : [],
    rows: page,
    page: at,
  });
}

function bars(world: World, row: Chain, order: FakeOrder): { list: WaterfallBarView[]; whole: boolean } {
  const list: WaterfallBarView[] = [];
  let running = 0;
  const level = (code: string, booked: string, account: string | null = null) =>
    list.push({ code, level: true, amount: String(running), running: String(running), account, booked });
  const move = (code: string, amount: number, booked: string, account: string | null = null) => {
    if (amount === 0) return;
    running += amount;
    list.push({ code, level: false, amount: String(amount), running: String(running), account, booked });
  };
  const [courier, insurance, platform] = [9000 + (order.index % 5) * 1500, order.index % 3 === 0 ? 700 : 0, 3000];
  running = order.total + courier + insurance - platform;
  level('buyer_paid', 'outside');
  move('insurance', -insurance, 'outside');
  move('courier_shipping', -courier, 'outside');
  move('platform_voucher', platform, 'outside');
  move('voucher_seen', order.voucher, 'outside');
  const invoice = row.invoice === null ? 'expected' : row.cause === 'invoice_differs' ? 'differs' : 'invoice';
  level('goods', invoice);
  move('voucher', -order.voucher, invoice);
  level('invoice', invoice, '120.104 Piutang Usaha');
  if (row.cause === 'returned_not_booked') move('returned', 0, 'expected');
  const receipt = row.receipts.length > 0 ? 'receipt' : 'expected';
  const costs: Costs = costsOf(order);
  for (const [role, amount] of Object.entries(costs)) {
    const account = accounts.find((one) => one.id === world.mapping.roles[role]);
    const differs = role === 'service_fee' && ['amount_differs', 'fees_differ'].includes(row.cause);
    move(role, -amount, differs ? 'differs' : receipt, account ? `${account.no} ${account.name}` : null);
  }
  const whole = row.cause !== 'told_differently';
  if (!whole) move('unexplained', 2000, 'expected');
  level('payout', receipt, accountOf(world, order.store.id).name);
  return { list, whole };
}

export function orderSheet(world: World, wanted: string, refresh: boolean): OrderSheetView {
  const text = wanted.trim();
  const id = text.replace(/^SO-/, '');
  const row =
    chains(world).find(({ order, number }) => order !== null && (number === text || String(order.id) === id)) ??
    fail('not_found', { what: 'order', id: text });
  const order = row.order as FakeOrder;
  const { list, whole } = bars(world, row, order);
  const held = row.cause === 'not_invoiced' ? (heldReason(world, order)?.reason ?? null) : null;
  const own = order.index >= UNINVOICED || order.index % 2 === 0;
  const documents: OrderDocumentView[] = [];
  const journal: OrderJournalView[] = [];
  if (row.invoice !== null) {
    const amount = String(order.total + (row.cause === 'invoice_differs' ? 5000 : 0));
    documents.push({ kind: 'invoice', number: row.invoice, date: order.day, amount, record: 70_000, by_selaras: own });
    if (own) journal.push({ kind: 'invoices', key: `invoice:${order.id}`, state: 'posted', run: 'r6', reason: null });
  }
  for (const number of row.receipts) {
    documents.push({
      kind: 'receipt',
      number,
      date: ago(60 * 24 * 4).slice(0, 10),
      amount: row.received,
      record: 80_000,
      by_selaras: true,
    });
    journal.push({ kind: 'receipts', key: `receipt:${number}`, state: 'posted', run: 'r5', reason: null });
  }
  if (held) journal.push({ kind: 'invoices', key: `invoice:${order.id}`, state: 'open', run: 'r6', reason: held });
  return clone({
    order_id: order.id,
    number: order.number,
    store_id: order.store.id,
    store: order.store.name,
    channel: order.store.channel,
    status: order.index < 124 ? 'Delivered' : order.index < 150 ? 'Shipped' : 'Ready to Ship',
    ordered_at: order.placed,
    read_at: refresh ? now() : ago(14),
    bars: list,
    whole,
    paid_out: order.index < UNPAID,
    documents,
    held,
    cause: row.cause,
    reason: row.reason,
    journal,
  });
}

/** How some orders stand to what another integration posted, by their place. */
const OTHERWISE: Record<number, string> = {
  104: 'date',
  109: 'line',
  113: 'missing',
  118: 'looks',
  127: 'date',
  133: 'missing',
};
/** An order whose payout another integration has booked without its fee. */
const FEE_FORGOTTEN = 112;

export function shadow(world: World, since: string | null): ShadowView {
  const from = since ?? (world.scenario.is('empty') ? now().slice(0, 10) : orderAt(world, 96).day);
  const orders = world.scenario.is('empty')
    ? []
    : Array.from({ length: world.sales.placed }, (_, index) => orderAt(world, index)).filter(({ day }) => day >= from);
  const rows: ShadowRowView[] = [];
  const totals = new Map<string, ShadowCountView>();
  const received = new Map<string, ShadowCountView>();
  const add = (agreement: string, expected: number, found: number, into = totals) => {
    const one = into.get(agreement) ?? { agreement, count: 0, expected: '0', found: '0', amount: '0' };
    into.set(agreement, {
      agreement,
      count: one.count + 1,
      expected: String(Number(one.expected) + expected),
      found: String(Number(one.found) + found),
      amount: String(Number(one.amount) + found - expected),
    });
  };
  for (const order of orders) {
    const { index, total, number, id, day } = order;
    const how = OTHERWISE[index];
    if (index >= NOT_DUE || index === ENDED || (heldReason(world, order) && !how)) {
      add('held', 0, 0);
      continue;
    }
    if (!how) {
      add('equal', total, total);
      // Every fourth is paid out by now; one of them without the marketplace's fee.
      if (index % 4 === 0) {
        const net = total - sumOf(Object.values(costsOf(order)), (amount) => amount);
        const forgot = index === FEE_FORGOTTEN;
        add(forgot ? 'differs' : 'equal', net, forgot ? total : net, received);
        if (forgot)
          rows.push({
            document: 'receipt',
            agreement: 'differs',
            number,
            order_id: id,
            posted: `BKM-${scrambled(id) % 10_000}`,
            by_looks: false,
            reason: because('recon_amount_differs', {
              number,
              amount: String(total - net),
              date: day,
              sum: String(net),
              received: String(total),
            }),
            differences: [],
            expected: String(net),
            found: String(total),
            amount: String(total - net),
          });
      }
      continue;
    }
    const agreement = how === 'missing' ? 'missing' : 'differs';
    const found = how === 'missing' ? 0 : how === 'line' ? total + 4000 : total;
    const [line, next] = [order.lines[0], `${day.slice(0, 8)}${String(Number(day.slice(8)) + 1).padStart(2, '0')}`];
    const price = line?.price ?? 0;
    add(agreement, total, found);
    rows.push({
      document: 'invoice',
      agreement,
      number,
      order_id: id,
      posted: how === 'missing' ? null : `FS-${scrambled(id) % 100_000}`,
      by_looks: how === 'looks',
      reason: null,
      differences:
        how === 'missing'
          ? []
          : how === 'line'
            ? [
                {
                  field: 'line',
                  item_no: line?.product.sku ?? '',
                  expected: `${line?.quantity ?? 1} × ${price}`,
                  found: `${line?.quantity ?? 1} × ${price + 4000}`,
                  amount: '4000',
                },
                { field: 'total', item_no: null, expected: String(total), found: String(found), amount: '4000' },
              ]
            : [{ field: 'date', item_no: null, expected: day, found: next, amount: null }],
      expected: String(total),
      found: String(found),
      amount: String(found - total),
    });
  }
  if (orders.length > 0) {
    add('extra', 0, 187_500);
    rows.push({
      document: 'invoice',
      agreement: 'extra',
      number: 'FS-20418',
      order_id: null,
      posted: 'FS-20418',
      by_looks: false,
      reason: because('shadow_order_not_read', { order: '48100312' }),
      differences: [],
      expected: '0',
      found: '187500',
      amount: '187500',
    });
  }
  const order = ['differs', 'missing', 'extra', 'equal', 'held'];
  const counted = (from: Map<string, ShadowCountView>) =>
    order.map((agreement) => from.get(agreement) ?? { agreement, count: 0, expected: '0', found: '0', amount: '0' });
  rows.sort((a, b) => a.document.localeCompare(b.document) || order.indexOf(a.agreement) - order.indexOf(b.agreement));
  return clone({ read_at: now(), since: from, counts: counted(totals), receipts: counted(received), rows, notes: [] });
}

function totalsOf(rows: readonly Chain[], store: { id: number; name: string } | null): StoreTotalsView {
  const own = rows.filter((row) => row.order !== null && (store === null || row.store_id === store.id));
  const invoiced = own.filter((row) => row.invoice !== null);
  const worth = (list: readonly Chain[]) => String(sumOf(list, (row) => row.order?.total ?? 0));
  const mine = invoiced.filter(({ order }) => order !== null && (order.index >= UNINVOICED || order.index % 2 === 0));
  const fees = new Map<string, number>();
  for (const { order, receipts } of own)
    if (order && receipts.length > 0)
      for (const [role, amount] of Object.entries(costsOf(order))) fees.set(role, (fees.get(role) ?? 0) + amount);
  const [received, paid] = [sumOf(own, (row) => row.received), sumOf(own, (row) => row.paid_out)];
  return {
    store_id: store?.id ?? null,
    store: store?.name ?? '',
    orders: own.length,
    ordered: worth(own),
    posted: mine.length,
    posted_total: worth(mine),
    found: invoiced.length,
    found_total: worth(invoiced),
    received: String(received),
    fees: [...fees].map(([role, amount]) => ({ role, amount: String(amount) })),
    paid_out: String(paid),
    difference: String(received - paid),
  };
}

/** Looks like SHA-256, and is the same each time. */
const hashOf = (number: number) =>
  Array.from({ length: 8 }, (_, part) =>
    scrambled(number * 8 + part)
      .toString(16)
      .padStart(8, '0'),
  ).join('');

export function monthEnd(world: World, month: string, folder: string): MonthEndView {
  if (!/^\d{4}-\d{2}$/.test(month)) fail('invalid_input', { field: 'month', detail: month });
  const all = chains(world);
  const rows = all.filter((row) => row.day.startsWith(month));
  const newest = world.runs.find((run) => run.head.certificate !== null);
  return clone({
    month,
    read_at: now(),
    workbook: { path: `${folder}/Selaras tutup bulan ${month}.xlsx` },
    page: { path: `${folder}/Selaras tutup bulan ${month}.html` },
    totals: [...stores.filter(() => rows.length > 0).map((store) => totalsOf(rows, store)), totalsOf(rows, null)],
    unposted: rows.filter((row) => row.cause === 'not_invoiced').length,
    exceptions: rows.filter((row) => !CLOSED.has(row.cause) && row.cause !== 'not_invoiced').length,
    clearing: clearing(world, all),
    notes: [],
    chain: {
      hash: newest ? hashOf(newest.head.certificate_no ?? 0) : '',
      certificates: world.runs.filter((run) => run.head.certificate !== null).length,
      whole: true,
    },
  });
}
