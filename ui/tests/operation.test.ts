import { afterEach, describe, expect, it } from 'vitest';
import { NO_OPTIONS, type Backend, type OperationView, type PlanKind } from '../src/lib/backend/types';
import { createFake } from '../src/lib/backend/fake';
import { locale } from '../src/lib/i18n/locale.svelte';
import { after, before, difference, isField, lines, warehouseOf, written } from '../src/lib/operation';
import { isSale } from '../src/lib/sales';
import { reasonText } from '../src/lib/errors/reasons';

afterEach(() => locale.set('id'));

const HEAD = ['branch_id', 'customer_id', 'customer_no', 'date', 'description', 'number'];
const OF_ORDER = ['channel', 'store_id', 'store_name'];
/** The fields of a document of sale, as `documents.rs` puts them; a line's place and an account are `#`. */
const SALE = [
  ...HEAD,
  'cash_discount',
  'lines',
  'tax_inclusive',
  'taxable',
  'total',
  ...['item_no', 'name', 'quantity', 'taxed', 'unit_price', 'warehouse_id', 'warehouse_name'].map(
    (name) => `line.#.${name}`,
  ),
];
const RECEIPT = [
  ...HEAD,
  'bank_id',
  'bank_no',
  'invoices',
  'received',
  ...['amount', 'discount.#', 'kept', 'no'].map((name) => `invoice.#.${name}`),
];
/** The fields of the engine's operations: the files below `kinds/`, and `documents.rs`. */
const SHAPES: Record<PlanKind, { before: string[]; after: string[] }> = {
  items: {
    before: ['item_type', 'name', 'no', 'unit_price', 'upc'],
    after: ['category', 'item_type', 'name', 'no', 'tax_id', 'unit', 'unit_price', 'upc', 'vendor_price'],
  },
  'opening-stock': {
    before: ['quantity'],
    after: [
      'account_no',
      'branch_id',
      'date',
      'item_id',
      'item_no',
      'quantity',
      'total',
      'unit_cost',
      'warehouse_id',
      'warehouse_name',
    ],
  },
  stock: { before: ['on_hand'], after: ['on_hand', 'sku', 'warehouse_id', 'warehouse_name'] },
  invoices: { before: [], after: [...SALE, ...OF_ORDER, 'customer_name', 'order_id'].sort() },
  receipts: {
    before: [],
    after: [...RECEIPT, ...OF_ORDER, 'total', 'invoice.#.order_id', 'invoice.#.role.#', 'reference'].sort(),
  },
  voids: {
    before: [
      ...new Set([...SALE, ...RECEIPT, ...OF_ORDER, 'document', 'invoice.#.order_id', 'invoice.#.role.#']),
      'invoice_id',
      'order_id',
      'receipt_id',
    ].sort(),
    after: [],
  },
  returns: { before: [], after: [...SALE, ...OF_ORDER, 'invoice_no', 'order_id'].sort() },
};
/** What a person does first so that there is something to plan. */
const FIRST: Partial<Record<PlanKind, PlanKind[]>> = {
  receipts: ['invoices'],
  voids: ['invoices', 'receipts'],
  returns: ['invoices'],
};

async function mapped(): Promise<Backend> {
  const backend = createFake({ delay: 0, tick: 0 });
  await backend.setExistingUser(false);
  await backend.connectForstok('ratna@sinarrempah.example', 'kunci');
  await backend.connectAccurate({ client_id: 'a', client_secret: 'b', redirect_uri: null }, () => undefined);
  await backend.useDatabase(1048213);
  const roles: Record<string, number | null> = {};
  for (const slot of (await backend.mapping(false)).slots)
    if (slot.path.startsWith('roles.')) roles[slot.path.slice(6)] = slot.suggestions[0]?.id ?? 85;
  await backend.saveMapping({
    warehouses: [195, 196, 197].map((forstok_id, index) => ({ forstok_id, accurate_id: 50 + index })),
    channel_warehouses: [],
    stores: [11, 12, 13, 14].map((id, index) => ({
      forstok_store_id: id,
      customer_id: index === 2 ? 60 : null,
      customer_no: null,
      bank_account_id: 71 + index,
      branch_id: index === 2 ? 50 : null,
    })),
    roles,
    tax_id: 90,
    invoice_trigger: 'ready_to_ship',
    sales: null,
  });
  return backend;
}

async function operations(kind: PlanKind): Promise<OperationView[]> {
  const backend = await mapped();
  const early = kind in FIRST || kind === 'invoices' ? '2020-01-01' : null;
  const options = {
    ...NO_OPTIONS,
    source: 'forstok',
    forstok_cost: true,
    date: '2026-11-23',
    since: early,
    warehouse: '50',
  };
  for (const before of FIRST[kind] ?? []) {
    const { plan } = await backend.plan(before, options, () => undefined);
    await backend.apply(plan, [], () => undefined);
  }
  const { plan } = await backend.plan(kind, options, () => undefined);
  const page = { sort: null, down: false, after: null, at: null, limit: 0 };
  return (await backend.planOperations(plan, { action: null, search: null, page })).operations;
}

/** Without the place of a line or invoice, and without the account or role of a cost. */
const general = (field: string) =>
  field.replace(/^(line|invoice)\.\d+\./, '$1.#.').replace(/\.(discount|role)\..+$/, '.$1.#');
const all = (rows: OperationView[], side: 'before' | 'after') =>
  [...new Set(rows.flatMap((row) => Object.keys(row[side]).map(general)))].sort();
/** What has its end before the plan, or nothing to send, says less. */
const sent = (rows: OperationView[]) => rows.filter((row) => row.action !== 'blocked' && row.action !== 'same');

describe('the engine in memory', () => {
  it.each(Object.keys(SHAPES) as PlanKind[])('plans %s with the fields of the real one', async (kind) => {
    const rows = isSale(kind) ? sent(await operations(kind)) : await operations(kind);
    expect({ before: all(rows, 'before'), after: all(rows, 'after') }).toEqual(SHAPES[kind]);
  });
  it.each(Object.keys(SHAPES) as PlanKind[])(
    '%s has no field without a label, and no cell that says "empty"',
    async (kind) => {
      const rows = await operations(kind);
      for (const language of ['id', 'en'] as const) {
        locale.set(language);
        const fields = rows.flatMap((row) => lines(row).map((line) => line.field));
        expect([...new Set(fields)].filter((field) => !isField(field))).toEqual([]);
      }
      locale.set('id');
      expect(rows.filter((row) => /kosong/.test(`${before(kind, row)} ${after(kind, row)}`))).toEqual([]);
    },
  );
});

const stock: OperationView = {
  key: 'stock:195:KOPI-1',
  action: 'change',
  target: 'KOPI-1',
  before: { on_hand: '1095.0' },
  after: { on_hand: '25', sku: 'KOPI-1', warehouse_id: '195', warehouse_name: 'Tangerang' },
  reason: { code: 'stock_differs', params: {} },
  group: null,
};
const opening: OperationView = {
  key: 'opening:50:53',
  action: 'create',
  target: 'KOPI-1',
  before: { quantity: '0' },
  after: {
    account_no: '510201',
    branch_id: '50',
    date: '2026-11-23',
    item_id: '53',
    item_no: 'KOPI-1',
    quantity: '25',
    total: '250000',
    unit_cost: '10000',
    warehouse_id: '50',
    warehouse_name: 'Gudang Utama',
  },
  reason: { code: 'counted', params: {} },
  group: '1',
};

describe('an operation in words', () => {
  it('shows of stock the one figure that moves, and by how much', () => {
    expect([before('stock', stock), after('stock', stock)]).toEqual(['1.095', '25']);
    const whole = { ...stock, before: { on_hand: '1095' } };
    expect([difference(whole), difference({ ...whole, after: { on_hand: '1100' } })]).toEqual(['−1.070', '+5']);
    expect(difference({ ...whole, action: 'blocked' })).toBe('');
  });
  it('says of a figure of stock what lies between the books and the shelf', () => {
    const sold = { accurate: '1120', sold_not_invoiced: '1095', sold_not_invoiced_orders: 'A1 × 1000, A2 × 95' };
    expect(lines({ ...stock, after: { ...stock.after, ...sold } }).map((line) => [line.label, line.value])).toEqual([
      ['SKU', 'KOPI-1'],
      ['Gudang', 'Tangerang'],
      ['Stok', '25'],
      ['Di Accurate', '1.120'],
      ['Sudah keluar, belum difakturkan', '1.095'],
      ['Pesanannya', 'A1 × 1000, A2 × 95'],
    ]);
  });
  it('hides ids and writes the rest as a person reads it, code first and date last', () => {
    expect(lines(stock).map((line) => [line.label, line.was, line.value])).toEqual([
      ['SKU', null, 'KOPI-1'],
      ['Gudang', null, 'Tangerang'],
      ['Stok', '1.095', '25'],
    ]);
    const names = {
      taxes: [],
      accounts: [{ id: 1, no: '510201', name: 'Penyesuaian', account_type: 'COGS', balance: null, off: null }],
      branches: [{ id: 50, no: null, name: 'Kantor Pusat', off: null }],
    };
    expect(lines(opening, names).map((line) => [line.label, line.value])).toEqual([
      ['Kode barang', 'KOPI-1'],
      ['Gudang', 'Gudang Utama'],
      ['Jumlah', '25'],
      ['Harga pokok', 'Rp 10.000'],
      ['Nilai', 'Rp 250.000'],
      ['Akun lawan', '510201 Penyesuaian'],
      ['Cabang', 'Kantor Pusat'],
      ['Tanggal', '23 Nov 2026'],
    ]);
  });
  it('does not take a field that was never read for one that was empty', () => {
    const same: OperationView = {
      ...stock,
      action: 'same',
      before: { no: 'A', name: 'Kopi', unit_price: '1000.00' },
      after: { no: 'A', name: 'Kopi', unit_price: '1000', category: 'Kopi', unit: 'PCS' },
    };
    expect(lines(same).filter((line) => line.was !== null)).toEqual([]);
    expect(before('items', same)).toBe('');
  });
  it('tells two rows of one SKU apart by their warehouse', () => {
    expect([warehouseOf('stock:195:KOPI:1'), warehouseOf('item:KOPI-1')]).toEqual(['195', null]);
  });
  it('names the tax where its name is known, and its id where it is not', () => {
    const taxes = [{ id: 90, no: 'PPN', name: 'PPN 11 %', off: null }];
    expect(written('tax_id', '90', { taxes, accounts: [], branches: [] })).toBe('PPN 11 %');
    expect(written('tax_id', '90')).toBe('ID 90');
  });
});

describe('the note on how the stock moves', () => {
  it('writes its numbers as the books do, in both languages', () => {
    const note = { code: 'stock_moves', params: { before: '1170', after: '625' } };
    expect(reasonText(note)).toBe('Stok pada baris yang berubah: 1.170 → 625 buah.');
    locale.set('en');
    expect(reasonText(note)).toBe('Stock in the rows that change: 1.170 → 625 pieces.');
  });
  it('leaves codes and barcodes as they are', () => {
    expect(reasonText({ code: 'barcode_taken', params: { barcode: '8997213400004', item_no: '1000' } })).toBe(
      'Barcode 8997213400004 sudah dipakai 1000.',
    );
  });
});
