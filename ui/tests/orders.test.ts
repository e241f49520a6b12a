/** Orders: the sums of their documents, the plans in the window, the rules that they follow. */
import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { NO_OPTIONS, type Backend, type OperationView, type SaleKind } from '../src/lib/backend/types';
import { equal, sum } from '../src/lib/decimal';
import { reasonText } from '../src/lib/errors/reasons';
import { locale } from '../src/lib/i18n/locale.svelte';
import { costsOf, documentsIn, payoutOf, saleOf, storeTotals, worth } from '../src/lib/sales';
import { SalesScope } from '../src/lib/state/sales.svelte';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

const fake = (search = '?fake=home') => createFake({ delay: 0, tick: 0, scenario: scenarioOf(search) });

async function planned(kind: SaleKind, backend = fake()) {
  const head = await backend.plan(kind, NO_OPTIONS, () => undefined);
  const page = { sort: null, down: false, after: null, at: null, limit: 0 };
  const { operations } = await backend.planOperations(head.plan, { action: null, search: null, page });
  return { head, operations, created: operations.filter((row) => row.action === 'create') };
}

async function open(place: string, backend: Backend = fake()) {
  route.clear();
  route.go('orders', place);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  const press = async (id: string) => user.click((await screen.findAllByTestId(id))[0] as HTMLElement);
  const make = async (kind: string) => {
    await press(`plan-make-${kind}`);
    await screen.findAllByTestId('plan-table-row');
  };
  return { user, press, make, backend };
}
const words = (id: string) => screen.getByTestId(id).textContent?.replace(/\s+/g, ' ').trim();

beforeEach(() => locale.set('id'));

/** A receipt of one invoice, with a cost for each role: above zero it is kept, below it is added. */
function receipt(amount: string, received: string, costs: Record<string, string>) {
  const fields: Record<string, string> = { received, 'invoice.001.no': 'A', 'invoice.001.amount': amount };
  Object.entries(costs).forEach(([role, value], at) => {
    fields[`invoice.001.role.${role}`] = value;
    fields[`invoice.001.discount.810.0${at}`] = value;
  });
  return fields;
}
const six = (values: string[]) =>
  Object.fromEntries(
    [
      'shipping_fee',
      'platform_rebate',
      'voucher_seller',
      'shipping_difference',
      'platform_fulfillment_fee',
      'service_fee',
    ].map((role, at) => [role, values[at] ?? '0']),
  );

describe('the sums of a sale', () => {
  it('make 38,500 and 29,850 of the worked figures, and say so when they do not', () => {
    const first = receipt('40000', '38500', six(['-100', '-200', '300', '400', '500', '600']));
    const second = receipt('30000', '29850', six(['-10', '-20', '30', '40', '50', '60']));
    expect([payoutOf(first).whole, payoutOf(second).whole]).toEqual([true, true]);
    expect(payoutOf({ ...first, received: '38501' }).whole).toBe(false);
  });
  it('hold in every invoice, return and receipt of the story', async () => {
    const [invoices, receipts] = [await planned('invoices'), await planned('receipts')];
    expect(invoices.created.length).toBeGreaterThan(30);
    expect(receipts.created.length).toBeGreaterThan(10);
    const sales = [...invoices.created, ...(await planned('returns')).created];
    expect(sales.filter((row) => !saleOf(row.after).whole).map((row) => row.key)).toEqual([]);
    expect(receipts.created.filter((row) => !payoutOf(row.after).whole).map((row) => row.key)).toEqual([]);
  });
  it('are the same from the rows, from the head and from the stores', async () => {
    for (const kind of ['invoices', 'receipts'] as const) {
      const { head, created } = await planned(kind);
      const all = sum(created.map(worth));
      expect(equal(all, head.total ?? '0')).toBe(true);
      expect(equal(sum(storeTotals(head.notes).map((row) => row.total)), all)).toBe(true);
      expect(documentsIn(head.notes, created.length)).toEqual({ documents: created.length, customers: 0 });
    }
  });
  it('add tax on top where prices do not hold it, and never below zero', () => {
    const fields = {
      taxable: 'true',
      tax_inclusive: 'false',
      cash_discount: '1000',
      total: '9990',
      'line.001.item_no': 'A',
      'line.001.quantity': '2.5',
      'line.001.unit_price': '4000',
    };
    expect(saleOf(fields)).toMatchObject({ goods: '10000', tax: '990', whole: true });
    expect(saleOf({ ...fields, total: '8000' }).whole).toBe(false);
    expect(saleOf({ ...fields, tax_inclusive: 'true', total: '9000' })).toMatchObject({ tax: '0', whole: true });
  });
  it('name costs by their role where the mapping still has their accounts, else by the accounts that are posted', () => {
    const payout = payoutOf(receipt('100', '90', { service_fee: '10' }));
    expect(costsOf(payout, () => '810.00')).toEqual([{ role: 'service_fee', account: '810.00', amount: '10' }]);
    expect(costsOf(payout, () => '999')).toEqual([{ role: '', account: '810.00', amount: '10' }]);
  });
});

describe('a reason of a sale', () => {
  it('writes money, days, fields and roles as a person reads them', () => {
    const differs = { total: '174000', due: '176500', difference: '-2500' };
    expect(reasonText({ code: 'order_total_differs', params: differs })).toBe(
      'Total pesanan Rp 174.000, menurut barisnya Rp 176.500, selisih −Rp 2.500.',
    );
    const taken = { number: '123', field: 'line.001.unit_price', expected: '24500', found: '26500' };
    expect(reasonText({ code: 'number_taken', params: taken })).toBe(
      'Nomor 123 sudah dipakai dengan isi lain: baris 1, Harga jual Rp 24.500, di Accurate Rp 26.500.',
    );
    expect(reasonText({ code: 'role_not_mapped', params: { role: 'service_fee' } })).toBe(
      'Akun untuk Biaya layanan belum dipilih.',
    );
  });
  it('leaves order numbers alone, though they are digits', () => {
    const several = { receipt: 'SLP-1', invoices: '1843920037' };
    expect(reasonText({ code: 'void_receipt_of_several', params: several })).toContain('1843920037');
  });
});

describe('what a plan is limited to', () => {
  it('is read from pasted numbers, however they are parted, each once', () => {
    const scope = new SalesScope();
    scope.text = ' 26112\n26113, 26112;INV/1 ';
    expect(scope.orders).toEqual(['26112', '26113', 'INV/1']);
    expect(scope.options()).toMatchObject({ orders: scope.orders, since: null, warehouse: null });
  });
});

describe('orders in the window', () => {
  it('become invoices: seen first, then sent, proven, and nothing is left', async () => {
    const { press, make } = await open('invoices');
    await screen.findByTestId('rule-trigger');
    expect(await violations()).toEqual([]);
    await make('invoices');
    expect(words('plan-apply')).toMatch(/^Kirim \d+ faktur ke PT Sinar Rempah Nusantara$/);
    expect(screen.getByTestId('plan-stores')).toHaveTextContent('Shopee');
    await press('plan-open');
    const document = await screen.findByTestId('plan-document');
    expect(document).toHaveTextContent('Faktur penjualan, persis seperti nanti di Accurate');
    expect(within(document).getByTestId('sale-sums')).toHaveTextContent('sama dengan pesanan');
    expect(await violations()).toEqual([]);
    await press('plan-apply');
    await waitFor(() => expect(screen.getByTestId('receipt').dataset['status']).toBe('proven'));
    route.go('orders', 'invoices');
    await press('plan-make-invoices');
    await screen.findByTestId('plan-counts');
    expect(screen.queryByTestId('plan-apply')).toBeNull();
  });

  it('keep their plan while a person looks at another place', async () => {
    const { press, make } = await open('invoices');
    await make('invoices');
    await press('orders-receipts');
    expect(await screen.findByTestId('begin-receipts')).toBeVisible();
    expect(screen.getByTestId('orders-receipts')).toHaveAttribute('aria-current', 'page');
    await press('orders-invoices');
    expect(screen.getByTestId('plan-apply')).toBeVisible();
    await press('orders-back');
    expect(screen.getByTestId('begin-invoices')).toBeVisible();
  });

  it('are paid: the opened receipt shows each cost with its account, and the equation', async () => {
    const { press, make } = await open('receipts');
    await make('receipts');
    await press('plan-open');
    const document = await screen.findByTestId('plan-document');
    await waitFor(() => expect(document).toHaveTextContent('810.05 Biaya Layanan Marketplace'));
    expect(words('payout-equation')).toBe('Faktur dikurangi biaya sama dengan uang yang masuk.');
    expect(await violations()).toEqual([]);
  });

  it('are read from the files of the marketplaces when a person says so', async () => {
    const backend = fake();
    const plan = vi.spyOn(backend, 'plan');
    const { user, make } = await open('receipts', backend);
    await user.selectOptions(await screen.findByTestId('receipts-source'), 'settlement');
    await make('receipts');
    expect(plan.mock.calls[0]?.[1]).toEqual({ ...NO_OPTIONS, source: 'settlement' });
  });

  it('are voided receipt first, then invoice, and what others changed stays', async () => {
    const { press, make } = await open('changes');
    await make('voids');
    const rows = screen.getAllByTestId('plan-table-row').map((row) => row.textContent ?? '');
    const first = rows.findIndex((text) => text.includes('dihapus dulu'));
    expect(rows[first + 1]).toContain('lalu dihapus');
    expect(words('plan-apply')).toBe('Hapus 4 dokumen di PT Sinar Rempah Nusantara');
    await press('plan-count-blocked');
    await waitFor(() => expect(screen.getByTestId('plan-table')).toHaveTextContent('diubah orang di Accurate'));
    await press('plan-open');
    expect(await violations()).toEqual([]);
  });

  it('that were voided by mistake are entered again, each shown as it was', async () => {
    const { press, make, backend } = await open('changes');
    await make('voids');
    await press('plan-apply');
    await screen.findByTestId('receipt');
    await press('receipt-undo');
    await waitFor(() => expect(words('screen-title')).toBe('Rencana pengembalian dokumen batal di Accurate'));
    expect((await screen.findByTestId('plan-scope')).textContent).toContain(
      '4 dokumen yang dihapus proses itu dicatat lagi di Accurate.',
    );
    expect(words('plan-count-create')).toContain('dicatat lagi');
    expect(words('plan-counts')).toContain('faktur dicatat lagi');
    await press('plan-open');
    expect(await screen.findByTestId('plan-document')).toHaveTextContent(
      /^(Faktur|Penerimaan) penjualan, persis seperti nanti di Accurate/,
    );
    expect(screen.getByTestId('plan-document')).toHaveTextContent('Dihapus oleh proses itu.');
    expect(await violations()).toEqual([]);
    expect(words('plan-apply')).toBe('Catat lagi 4 dokumen di PT Sinar Rempah Nusantara');
    await press('plan-apply');
    await screen.findByTestId('receipt');
    // As long as its order is void, the next plan finds it again.
    const again = await backend.plan('voids', NO_OPTIONS, () => undefined);
    expect(again.counts.remove).toBe(4);
  });

  it('of a run that is taken back are the documents that it sent', async () => {
    const backend = fake();
    const of = async (kind: string) =>
      (await backend.runs()).runs.find((run) => run.kind === kind && run.undone_by === null)?.run ?? '';
    const plan = await backend.planUndo(await of('receipts'), () => undefined);
    const { press } = await open('receipts', backend);
    route.go('plan', plan.plan);
    await screen.findAllByTestId('plan-table-row');
    expect(words('plan-counts')).toContain('diterima');
    await press('plan-open');
    expect(await screen.findByTestId('plan-document')).toHaveTextContent(/^Penerimaan penjualan di Accurate/);
  });

  it('come back into the warehouse that was chosen for this plan', async () => {
    const backend = fake();
    const plan = vi.spyOn(backend, 'plan');
    const { user, make, press } = await open('changes', backend);
    await screen.findByRole('option', { name: 'Surabaya' });
    await user.selectOptions(screen.getByTestId('returns-warehouse'), '51');
    await make('returns');
    expect(plan.mock.calls[0]?.[1]).toEqual({ ...NO_OPTIONS, warehouse: '51' });
    await press('plan-open');
    expect(await screen.findByTestId('plan-document')).toHaveTextContent('Kembali ke gudang Surabaya');
  });

  it('are limited to a few numbers when a person asks for it', async () => {
    const backend = fake();
    const { created } = await planned('invoices', backend);
    const { user, make } = await open('invoices', backend);
    await user.type(await screen.findByTestId('scope-orders-invoices'), (created[0] as OperationView).target);
    await make('invoices');
    expect(words('plan-apply')).toBe('Kirim 1 faktur ke PT Sinar Rempah Nusantara');
  });

  it('wait for the stock before them, and say so', async () => {
    await open('invoices', fake('?fake=mapped'));
    expect(words('plan-blocked')).toContain('Belum bisa');
    expect(screen.queryByTestId('rules')).toBeNull();
  });

  it('say on the button how many customers are made with them', async () => {
    const backend = fake();
    await open('invoices', {
      ...backend,
      plan: async (kind, options, progress) => {
        const head = await backend.plan(kind, options, progress);
        return { ...head, counts: { ...head.counts, create: head.counts.create + 2 } };
      },
    });
    await userEvent.click(await screen.findByTestId('plan-make-invoices'));
    await screen.findByTestId('plan-apply');
    expect(words('plan-apply')).toMatch(/^Kirim \d+ faktur dan 2 pelanggan ke /);
  });
});

describe('the rules of invoices', () => {
  it('warn of any moment but the advised one, ask for a day before they can be saved, and are kept with the mapping', async () => {
    const backend = fake();
    const save = vi.spyOn(backend, 'saveMapping');
    const { user, press } = await open('invoices', backend);
    await press('rules-edit');
    expect(screen.queryByTestId('rules-drift')).toBeNull();
    await user.selectOptions(screen.getByTestId('rules-trigger'), 'delivered');
    expect(screen.getByTestId('rules-drift')).toBeVisible();
    await user.selectOptions(screen.getByTestId('rules-start'), 'day');
    expect(screen.getByTestId('rules-save')).toBeDisabled();
    await user.selectOptions(screen.getByTestId('rules-start'), 'connected');
    await user.selectOptions(screen.getByTestId('rules-warehouse'), '52');
    await user.click(screen.getByTestId('rules-recipient'));
    expect(await violations()).toEqual([]);
    await press('rules-save');
    await waitFor(() => expect(words('rule-trigger')).toBe('Diterima pembeli'));
    expect(words('rule-warehouse')).toBe('Gudang Makassar');
    const [saved] = save.mock.calls[0] ?? [];
    expect([saved?.invoice_trigger, saved?.sales]).toEqual([
      'delivered',
      { since: null, tax_inclusive: true, recipient: true, return_warehouse_id: 52, closed_until: null, count: null },
    ]);
    expect(saved?.stores).toHaveLength(4);
  });

  it('stay as they were when a person turns back, and when the engine refuses', async () => {
    const { user, press } = await open('invoices', fake('?fake=home&fail=saveMapping:storage_full'));
    await press('rules-edit');
    await user.selectOptions(screen.getByTestId('rules-trigger'), 'open');
    await press('rules-save');
    expect(await screen.findByTestId('error-storage-full')).toBeVisible();
    await press('rules-cancel');
    expect(words('rule-trigger')).toBe('Siap dikirim');
  });
});
