/** Made-up plans of documents of sales, with the fields of the engine's own, to the letter. */
import type { OperationView, PlanOptions, ReasonView, SaleKind } from '../types';
import { accounts, customers, forstokWarehouses, warehouses } from './shop';
import { costsOf, EARLY, orderAt, paidFor, payouts, scrambled, type FakeOrder, type FakePayout } from './sales';
import { listed, type Rows } from './table';
import type { World } from './world';

type Fields = Record<string, string>;
const because = (code: string, params: Record<string, string> = {}): ReasonView => ({ code, params });

/** What a plan of sales is, before it is stored. */
export interface SalesDraft {
  rows: Rows<OperationView>;
  notes: ReasonView[];
}

/** From here on orders are not at "ready to ship" yet; of earlier ones the older are further on their way. */
const STATUS_FROM: Record<string, number> = {
  open: 180,
  not_shipped: 174,
  ready_to_ship: 166,
  shipped: 150,
  delivered: 124,
};
/** Orders before this one were placed before a shop that has just connected. */
const CONNECTED_AT = 140;

const storeOf = (world: World, order: FakeOrder) =>
  world.mapping.stores.find((store) => store.forstok_store_id === order.store.id);
const customerOf = (world: World, order: FakeOrder) =>
  customers.find((customer) => customer.id === storeOf(world, order)?.customer_id) ?? null;
const accountNo = (id: number | null | undefined) => accounts.find((account) => account.id === id)?.no ?? '';

function described(order: FakeOrder): Fields {
  return { store_id: String(order.store.id), store_name: order.store.name, channel: order.store.channel };
}

function head(world: World, order: FakeOrder, day: string): Fields {
  const customer = customerOf(world, order);
  const branch = storeOf(world, order)?.branch_id;
  return {
    date: day,
    customer_no: customer?.no ?? String(order.store.id),
    ...(customer ? { customer_id: String(customer.id) } : {}),
    ...(branch ? { branch_id: String(branch) } : {}),
  };
}

/** The lines of a document as the engine puts them: by code, then price. */
function lineFields(world: World, order: FakeOrder, lines: FakeOrder['lines'], warehouse?: number): Fields {
  const pair = world.mapping.warehouses.find(
    (row) => row.forstok_id === forstokWarehouses[order.warehouse]?.id,
  )?.accurate_id;
  const id = warehouse ?? pair ?? 50;
  const fields: Fields = { lines: String(lines.length) };
  [...lines]
    .sort((a, b) => (a.product.sku < b.product.sku ? -1 : 1))
    .forEach(({ product, quantity, price }, nth) => {
      const place = `line.${String(nth + 1).padStart(3, '0')}.`;
      Object.assign(fields, {
        [`${place}item_no`]: product.sku,
        [`${place}name`]: product.name,
        [`${place}quantity`]: String(quantity),
        [`${place}unit_price`]: String(price),
        [`${place}taxed`]: String(world.mapping.tax_id !== null),
        [`${place}warehouse_id`]: String(id),
        [`${place}warehouse_name`]: warehouses.find((row) => row.id === id)?.name ?? '',
      });
    });
  return fields;
}

function taxes(world: World): Fields {
  const taxable = world.mapping.tax_id !== null;
  const inclusive = taxable && (world.mapping.sales?.tax_inclusive ?? true);
  return { taxable: String(taxable), tax_inclusive: String(inclusive) };
}

export function invoiceFields(world: World, order: FakeOrder): Fields {
  return {
    number: order.number,
    description: String(order.id),
    ...head(world, order, order.day),
    ...taxes(world),
    cash_discount: String(order.voucher),
    ...(world.mapping.sales?.recipient ? { to_address: order.recipient } : {}),
    total: String(order.total),
    ...lineFields(world, order, order.lines),
  };
}

export function receiptFields(world: World, payout: FakePayout): Fields {
  const first = payout.orders[0] as FakeOrder;
  const fields: Fields = {
    number: payout.number,
    description: `${payout.reference} ${payout.number}`,
    ...head(world, first, payout.day),
    bank_no: accountNo(storeOf(world, first)?.bank_account_id),
    bank_id: String(storeOf(world, first)?.bank_account_id ?? ''),
    received: String(payout.orders.reduce((sum, order) => sum + paidFor(order), 0)),
    invoices: String(payout.orders.length),
  };
  [...payout.orders]
    .sort((a, b) => (a.number < b.number ? -1 : 1))
    .forEach((order, nth) => {
      const place = `invoice.${String(nth + 1).padStart(3, '0')}.`;
      const costs = costsOf(order);
      const byAccount = new Map<string, number>();
      for (const [role, amount] of Object.entries(costs)) {
        const no = accountNo(world.mapping.roles[role]);
        byAccount.set(no, (byAccount.get(no) ?? 0) + amount);
        fields[`${place}role.${role}`] = String(amount);
      }
      for (const [no, amount] of byAccount) fields[`${place}discount.${no}`] = String(amount);
      Object.assign(fields, {
        [`${place}no`]: order.number,
        [`${place}amount`]: String(order.total),
        [`${place}kept`]: String(order.total - paidFor(order)),
        [`${place}order_id`]: String(order.id),
      });
    });
  return fields;
}

const asked = ({ orders }: PlanOptions, order: FakeOrder) =>
  orders.length === 0 || orders.includes(order.number) || orders.includes(String(order.id));

/** In the world of changes: an order that is not as it was invoiced, one that left before its count, one of the marketplace's goods. */
function changedReason(
  world: World,
  order: FakeOrder,
): { reason: ReasonView; before?: (fields: Fields) => Fields } | null {
  const first = order.lines[0];
  const sku = first?.product.sku ?? '';
  if (order.index === 152)
    return {
      reason: because('order_changed', {
        number: order.number,
        field: 'goods',
        expected: `${first?.quantity ?? 1} × ${sku}`,
        found: `${(first?.quantity ?? 1) + 1} × ${sku}`,
        due: String(order.total),
        total: String(order.total + (first?.price ?? 0)),
        difference: String(first?.price ?? 0),
      }),
      before: (fields) => ({
        ...fields,
        'line.001.quantity': String((first?.quantity ?? 1) + 1),
        total: String(order.total + (first?.price ?? 0)),
      }),
    };
  if (order.index === 153 && !world.mapping.sales?.count)
    return {
      reason: because('sold_before_count', {
        item_no: sku,
        warehouse: 'Gudang Utama',
        counted: order.day,
        date: order.day,
      }),
    };
  const mapped = world.mapping.channel_warehouses?.some((row) => row.forstok_store_id === order.store.id) ?? false;
  if (order.index === 154 && !mapped)
    return { reason: because('channel_warehouse_not_mapped', { store: order.store.name }) };
  return null;
}

/** Why some of the orders are held, by their place; the huge world holds one in 97. */
export function heldReason(
  world: World,
  order: FakeOrder,
): { reason: ReasonView; before?: (fields: Fields) => Fields } | null {
  const closed = world.mapping.sales?.closed_until;
  if (closed && order.day <= closed) return { reason: because('period_closed') };
  if (world.scenario.is('huge'))
    return order.index % 97 === 5
      ? { reason: because('order_sku_not_in_accurate', { sku: order.lines[0]?.product.sku ?? '' }) }
      : null;
  const first = order.lines[0];
  if (world.scenario.is('changed') && first) {
    const held = changedReason(world, order);
    if (held) return held;
  }
  switch (order.index) {
    case 144:
    case 149:
      return { reason: because('order_sku_open', { sku: 'KOPI-GAYO-250' }) };
    case 148:
      return { reason: because('order_sku_not_in_accurate', { sku: 'PALAB-BAN-250' }) };
    case 151:
      return {
        reason: because('order_total_differs', {
          total: String(order.total),
          due: String(order.total + 2500),
          difference: '-2500',
        }),
      };
    case 131:
      return {
        reason: because('maybe_in_accurate', { number: 'SI.2026.11.00031', date: order.day }),
      };
    case 138: {
      const price = String((first?.price ?? 0) + 2000);
      return {
        reason: because('number_taken', {
          number: order.number,
          field: 'line.001.unit_price',
          expected: String(first?.price ?? 0),
          found: price,
        }),
        before: (fields) => ({
          ...fields,
          'line.001.unit_price': price,
          total: String(order.total + 2000 * (first?.quantity ?? 1)),
        }),
      };
    }
    default:
      return null;
  }
}

function invoice(world: World, order: FakeOrder): OperationView {
  const key = `invoice:${order.id}`;
  const fields = invoiceFields(world, order);
  const after = { ...fields, order_id: String(order.id), ...described(order) };
  const row = { key, target: order.number, group: null, after };
  if (world.entered.has(key)) return { ...row, action: 'same', before: after, reason: because('posted_before') };
  if (order.index === 160 && !world.scenario.is('huge'))
    return {
      ...row,
      action: 'same',
      before: {},
      after: { number: order.number, order_id: String(order.id), ...described(order) },
      reason: because('order_ended', { status: 'Cancelled' }),
    };
  const held = heldReason(world, order);
  if (held) return { ...row, action: 'blocked', before: held.before?.(fields) ?? {}, reason: held.reason };
  return { ...row, action: 'create', before: {}, reason: because('order_ready') };
}

function customer(world: World, order: FakeOrder): OperationView | null {
  const key = `customer:${order.store.id}`;
  if (customerOf(world, order) || world.entered.has(key)) return null;
  const branch = storeOf(world, order)?.branch_id;
  return {
    key,
    action: 'create',
    target: order.store.name,
    before: {},
    after: {
      customer_no: String(order.store.id),
      customer_name: order.store.name,
      date: order.day,
      store_id: String(order.store.id),
      store_name: order.store.name,
      ...(branch ? { branch_id: String(branch) } : {}),
    },
    reason: because('customer_missing'),
    group: null,
  };
}

/** The first order that is not too old, and how many are. */
function firstOf(world: World, options: PlanOptions): number {
  const since = options.since ?? world.mapping.sales?.since ?? null;
  if (since === null) return world.scenario.stage === 'home' ? 0 : CONNECTED_AT;
  let index = 0;
  while (index < world.sales.placed && orderAt(world, index).day < since) index++;
  return index;
}

function invoices(world: World, options: PlanOptions): SalesDraft {
  const first = firstOf(world, options);
  const huge = world.scenario.is('huge');
  const trigger = world.mapping.invoice_trigger ?? 'ready_to_ship';
  const end = huge ? world.sales.placed : Math.min(world.sales.placed, STATUS_FROM[trigger] ?? 166);
  const notes = [because('orders_since', { date: options.since ?? orderAt(world, first).day })];
  if (first > 0) notes.push(because('orders_before_start', { count: String(first) }));
  if (world.sales.placed > end) notes.push(because('orders_not_ready', { count: String(world.sales.placed - end) }));
  if (trigger !== 'ready_to_ship') notes.push(because('invoice_trigger_drifts'));
  if (huge)
    return { rows: { length: end - first, at: (place) => invoice(world, orderAt(world, first + place)) }, notes };
  const orders = Array.from({ length: Math.max(0, end - first) }, (_, place) => orderAt(world, first + place)).filter(
    (order) => asked(options, order),
  );
  const rows = orders.map((order) => invoice(world, order));
  const made = new Map<number, OperationView>();
  rows.forEach((row, place) => {
    const order = orders[place] as FakeOrder;
    const needed = row.action === 'create' && !made.has(order.store.id) ? customer(world, order) : null;
    if (needed) made.set(order.store.id, needed);
  });
  return { rows: listed([...made.values(), ...rows]), notes };
}

function receipts(world: World, options: PlanOptions): SalesDraft {
  const rows = payouts(world)
    .filter((payout) => payout.orders.some((order) => asked(options, order)))
    .map((payout): OperationView => {
      const key = `receipt:${payout.number}`;
      const first = payout.orders[0] as FakeOrder;
      const received = String(payout.orders.reduce((sum, order) => sum + paidFor(order), 0));
      const shared = { total: received, reference: payout.reference, ...described(first) };
      const row = { key, target: payout.reference, group: null, before: {} };
      const whole = { ...receiptFields(world, payout), ...shared };
      if (world.entered.has(key))
        return { ...row, action: 'same', before: whole, after: whole, reason: because('posted_before') };
      const poor = { number: payout.number, received, invoices: String(payout.orders.length), ...shared };
      const blocked = (reason: ReasonView): OperationView => ({ ...row, action: 'blocked', after: poor, reason });
      const without = payout.orders.find((order) => !world.entered.has(`invoice:${order.id}`));
      if (without) return blocked(because('payout_waits_for_invoice', { order: without.number }));
      if (first.index === 73)
        return blocked(
          because('payout_equation', { received, due: String(Number(received) + 4500), difference: '-4500' }),
        );
      if (first.index === 87)
        return blocked(because('invoice_paid_already', { number: first.number, receipt: 'BBM.2026.11.00012' }));
      return { ...row, action: 'create', after: whole, reason: because('payout_ready') };
    });
  return { rows: listed(rows), notes: [] };
}

/** Orders that were cancelled after they had become invoices, and what keeps the documents of some. */
const CANCELLED = [33, 58, 105, 110, 115];

function voids(world: World, options: PlanOptions): SalesDraft {
  const rows = CANCELLED.filter((index) => index < world.sales.placed)
    .map((index) => orderAt(world, index))
    .filter((order) => world.entered.has(`invoice:${order.id}`) && asked(options, order))
    .flatMap((order): OperationView[] => {
      const removal = (key: string, target: string, document: string, fields: Fields): OperationView => ({
        key: `void-${key}`,
        action: 'remove',
        target,
        before: {
          ...fields,
          document,
          [`${document}_id`]: String(900_000 + (scrambled(order.id + document.length) % 99_999)),
          order_id: String(order.id),
          ...described(order),
        },
        after: {},
        reason: because(document === 'receipt' ? 'void_receipt' : 'void_cancelled', { order: order.number }),
        group: null,
      });
      const payout = payouts(world).find(
        (one) => one.orders.some((other) => other.id === order.id) && world.entered.has(`receipt:${one.number}`),
      );
      const documents = [
        ...(payout
          ? [removal(`receipt:${payout.number}`, payout.number, 'receipt', receiptFields(world, payout))]
          : []),
        removal(`invoice:${order.id}`, order.number, 'invoice', invoiceFields(world, order)),
      ];
      const others = payout?.orders.filter((other) => other.id !== order.id).map((other) => other.number) ?? [];
      const held =
        payout && others.length > 0
          ? because('void_receipt_of_several', { receipt: payout.number, invoices: others.join(', ') })
          : order.index === 115
            ? because('document_changed', {
                number: order.number,
                field: 'cash_discount',
                expected: String(order.voucher),
                found: String(order.voucher + 1000),
              })
            : null;
      return held ? documents.map((row) => ({ ...row, action: 'blocked', reason: held })) : documents;
    });
  return { rows: listed(rows), notes: [because('void_order')] };
}

/** Orders of which something came back: all of it, or the first line's units. */
const CAME_BACK: { index: number; whole: boolean }[] = [
  { index: 62, whole: false },
  { index: 74, whole: true },
  { index: 82, whole: false },
  { index: 90, whole: true },
  { index: 95, whole: false },
];

function returns(world: World, options: PlanOptions): SalesDraft {
  const warehouse = Number(options.warehouse ?? world.mapping.sales?.return_warehouse_id ?? 0);
  const rows = CAME_BACK.filter(({ index }) => index < world.sales.placed)
    .map((back) => ({ ...back, order: orderAt(world, back.index) }))
    .filter(({ order }) => world.entered.has(`invoice:${order.id}`) && asked(options, order))
    .map(({ order, whole }): OperationView => {
      const id = whole ? 'rest' : `R${order.index}`;
      const key = `return:${order.id}:${id}`;
      const lines = whole ? order.lines : order.lines.slice(0, 1).map((line) => ({ ...line, quantity: 1 }));
      const goods = lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
      const all = order.total + order.voucher;
      const discount = whole ? order.voucher : Math.round((order.voucher * goods) / Math.max(1, all));
      const fields: Fields = {
        number: `SLT-${scrambled(order.id + 11)
          .toString(16)
          .padStart(8, '0')
          .toUpperCase()}`,
        description: `${order.id} ${id}`,
        ...head(world, order, order.day),
        invoice_no: order.number,
        ...taxes(world),
        cash_discount: String(discount),
        total: String(goods - discount),
        ...lineFields(world, order, lines, warehouse || undefined),
      };
      const row = { key, target: order.number, group: null, before: {} };
      const after = { ...fields, order_id: String(order.id), ...described(order) };
      if (world.entered.has(key))
        return { ...row, action: 'same', before: after, after, reason: because('posted_before') };
      const blocked = (reason: ReasonView): OperationView => ({
        ...row,
        action: 'blocked',
        after: { order_id: String(order.id), ...described(order) },
        reason,
      });
      if (!warehouse) return blocked(because('return_warehouse_not_chosen'));
      if (order.index === 95)
        return blocked(because('return_more_than_sold', { sku: order.lines[0]?.product.sku ?? '', quantity: '4' }));
      return { ...row, action: 'create', after, reason: because('return_ready') };
    });
  return { rows: listed(rows), notes: [because('return_stock_note')] };
}

/** Σ of what would be sent, store by store, as the engine puts it into the notes. */
export function storeNotes({ rows }: SalesDraft, field: string): ReasonView[] {
  const totals = new Map<string, { count: number; total: number }>();
  for (let place = 0; place < rows.length; place++) {
    const { action, after } = rows.at(place);
    if (action !== 'create' || after[field] === undefined) continue;
    const store = `${after['store_name'] ?? ''} (${after['channel'] ?? ''})`;
    const known = totals.get(store) ?? { count: 0, total: 0 };
    totals.set(store, { count: known.count + 1, total: known.total + Number(after[field]) });
  }
  return [...totals].map(([store, { count, total }]) =>
    because('store_total', { store, count: String(count), total: String(total) }),
  );
}

const DRAFTS: Record<SaleKind, (world: World, options: PlanOptions) => SalesDraft> = {
  invoices,
  receipts,
  voids,
  returns,
};

export function draftOf(world: World, kind: SaleKind, options: PlanOptions): SalesDraft {
  if (world.scenario.is('empty')) return { rows: listed([]), notes: [] };
  const draft = DRAFTS[kind](world, options);
  if (kind === 'invoices' || kind === 'receipts')
    draft.notes.push(...storeNotes(draft, kind === 'receipts' ? 'received' : 'total'));
  return draft;
}

/** Named here for tests: the order whose money came before its invoice. */
export const waitsForInvoice = (world: World): string => orderAt(world, EARLY).number;
