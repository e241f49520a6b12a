/** Orders that are held because they changed, were sold before their count, or lie in the marketplace's own warehouse. */
import { render, screen, waitFor } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { fixOf } from '../src/lib/causes';
import { reasonText } from '../src/lib/errors/reasons';
import { locale } from '../src/lib/i18n/locale.svelte';
import { besideOf } from '../src/lib/sales';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

beforeEach(() => locale.set('id'));

const line = (place: number, code: string, quantity: string, price: string, warehouse = 'Utama') => ({
  [`line.00${place}.item_no`]: code,
  [`line.00${place}.name`]: `Barang ${code}`,
  [`line.00${place}.quantity`]: quantity,
  [`line.00${place}.unit_price`]: price,
  [`line.00${place}.warehouse_name`]: warehouse,
});
const short = (there: Record<string, string>, now: Record<string, string>) =>
  besideOf(there, now).map((row) => [
    row.code,
    row.there ? `${row.there.quantity}×${row.there.price}` : null,
    row.now ? `${row.now.quantity}×${row.now.price}` : null,
    row.same,
  ]);

describe('an invoice beside its order as it is now', () => {
  it('names what is gone, what is new and what has another price, and leaves the rest as the same', () => {
    const there = { ...line(1, 'A', '2', '50000'), ...line(2, 'B', '1', '10') };
    const now = { ...line(1, 'A', '1', '50000'), ...line(2, 'B', '1', '10'), ...line(3, 'C', '1', '50000') };
    expect(short(there, now)).toEqual([
      ['A', '2×50000', '1×50000', false],
      ['B', '1×10', '1×10', true],
      ['C', null, '1×50000', false],
    ]);
    expect(short(line(1, 'A', '2', '50000'), line(1, 'B', '2', '50000'))).toEqual([
      ['A', '2×50000', null, false],
      ['B', null, '2×50000', false],
    ]);
  });

  it('keeps two prices of one item apart, and shows another warehouse', () => {
    const there = line(1, 'A', '2', '50000');
    const now = { ...line(1, 'A', '1', '40000'), ...line(2, 'A', '1', '60000') };
    expect(short(there, now)).toEqual([
      ['A', '2×50000', '1×40000', false],
      ['A', null, '1×60000', false],
    ]);
    const [moved] = besideOf(there, line(1, 'A', '2', '50000', 'Cabang'));
    expect([moved?.warehouse, moved?.same]).toEqual(['Utama → Cabang', false]);
  });
});

describe('in the window', () => {
  const backend = () => createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=changed') });

  it('a changed order and its invoice stand line by line in the plan, with what differs marked', async () => {
    route.clear();
    route.go('orders', 'invoices');
    const user = userEvent.setup();
    render(App, { opening: Promise.resolve(backend()) });
    await user.click((await screen.findAllByTestId('plan-make-invoices'))[0] as HTMLElement);
    await screen.findAllByTestId('plan-table-row');
    await user.click(screen.getByTestId('plan-count-blocked'));
    await waitFor(() => expect(screen.getByTestId('plan-table')).not.toHaveTextContent('siap dikirim'));
    const rows = screen.getAllByTestId('plan-open');
    for (const row of rows) {
      await user.click(row);
      if (screen.queryByTestId('sale-beside')) break;
    }
    const beside = await screen.findByTestId('sale-beside');
    expect(beside).toHaveTextContent('Di faktur');
    expect(beside).toHaveTextContent('Pesanan kini');
    expect(screen.getByTestId('plan-document')).toHaveTextContent('Tidak lagi seperti faktur');
    expect(await violations()).toEqual([]);
  });

  it('the place of a marketplace’s goods is chosen under Warehouses, and saved with the mapping', async () => {
    route.clear();
    route.go('warehouses');
    const [plain, user] = [backend(), userEvent.setup()];
    const free = { id: 55, no: null, name: 'Gudang Shopee', off: null };
    const fake = {
      ...plain,
      mapping: async (refresh: boolean) => {
        const view = await plain.mapping(refresh);
        return { ...view, warehouses: [...view.warehouses, free] };
      },
    };
    const save = vi.spyOn(fake, 'saveMapping');
    render(App, { opening: Promise.resolve(fake) });
    const field = await screen.findByTestId('map-channel-warehouses-11');
    expect(field).toBeVisible();
    expect(await violations()).toEqual([]);
    await user.click(field);
    await user.click(await screen.findByRole('option', { name: /Gudang Shopee/ }));
    await user.click(await screen.findByTestId('mapping-save'));
    await waitFor(() => expect(save).toHaveBeenCalled());
    expect(save.mock.calls[0]?.[0].channel_warehouses).toEqual([{ forstok_store_id: 11, accurate_id: 55 }]);
  });

  it('each hold says why, and where it is put right', () => {
    const say = (code: string, params: Record<string, string>) => reasonText({ code, params });
    const counted = { item_no: 'MUG', warehouse: 'Utama', counted: '2026-12-01', date: '2026-11-02' };
    expect(say('sold_before_count', counted)).toContain('1 Des 2026');
    expect(fixOf('sold_before_count')).toEqual({ at: 'screen', screen: 'orders', open: 'invoices' });
    expect(say('channel_warehouse_not_mapped', { store: 'Toko A' })).toContain('Toko A');
    expect(fixOf('channel_warehouse_not_mapped')).toEqual({
      at: 'screen',
      screen: 'warehouses',
      places: ['channel_warehouse'],
    });
    expect(say('order_subtotal_differs', { subtotal: '378500', due: '381000', difference: '-2500' })).toContain(
      '378.500',
    );
    expect(fixOf('order_subtotal_differs')).toEqual({ at: 'forstok' });
  });
});
