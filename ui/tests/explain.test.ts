import { render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import {
  BackendError,
  type Backend,
  type ExplainPartView,
  type ExplainPlaceView,
  type ExplainView,
} from '../src/lib/backend/types';
import { createFake, scenarioOf } from '../src/lib/backend/fake';
import { common, standing, sumText, unexplained } from '../src/lib/state/explain.svelte';
import { route } from '../src/lib/state/route.svelte';
import { violations } from './accessible';

const fake = () => createFake({ delay: 0, tick: 0, scenario: scenarioOf('?fake=home') });

const part = (code: string, quantity: string, in_accurate: boolean, in_forstok: boolean): ExplainPartView => ({
  code,
  quantity,
  in_accurate,
  in_forstok,
  reason: { code: `explain_${code}`, params: { quantity } },
  orders: [],
});
function place(change: Partial<ExplainPlaceView>): ExplainPlaceView {
  return {
    warehouse_id: 195,
    warehouse: 'Tangerang',
    accurate_warehouse: 'Gudang Tangerang',
    accurate: '12',
    forstok: '10',
    reserved: '0',
    available: '10',
    parts: [
      part('both_sides', '9', true, true),
      part('sold_not_invoiced', '2', true, false),
      part('changed_in_accurate', '1', true, false),
      part('changed_in_forstok', '1', false, true),
    ],
    last_sent: null,
    whole: true,
    ...change,
  };
}

async function open(backend: Backend, sku?: string) {
  route.clear();
  route.go('explain', sku);
  const user = userEvent.setup();
  render(App, { opening: Promise.resolve(backend) });
  await screen.findByTestId('screen-title');
  return user;
}

function withPlaces(change: Partial<ExplainView>): Backend {
  const backend = fake();
  return { ...backend, explain: async (sku, refresh) => ({ ...(await backend.explain(sku, refresh)), ...change }) };
}

const told = () => screen.getByTestId('explain-told').textContent?.trim();

describe('how two figures stand to each other', () => {
  it('writes the sum of a side exactly, and only when it holds', () => {
    const decimals = place({
      accurate: '0.3',
      parts: [part('both_sides', '0.1', true, true), part('sold_not_invoiced', '0.2', true, false)],
    });
    expect(sumText(decimals, 'accurate')).toBe('0,3 = 0,1 + 0,2');
    expect(sumText(place({ accurate: '13' }), 'accurate')).toBeNull();
    const less = place({
      accurate: '6',
      parts: [part('both_sides', '9', true, true), part('changed_in_accurate', '-3', true, false)],
    });
    expect(sumText(less, 'accurate')).toBe('6 = 9 − 3');
  });

  it('speaks of a shelf only where nothing but sales lies between the sides', () => {
    const sold = place({
      accurate: '11',
      forstok: '9',
      parts: [part('both_sides', '9', true, true), part('sold_not_invoiced', '2', true, false)],
    });
    expect([standing(sold), common(sold)]).toEqual(['shelf', '9']);
    expect(standing(place({}))).toBe('whole');
    const open = place({
      whole: false,
      parts: [part('both_sides', '9', true, true), part('unexplained', '-3', true, false)],
    });
    expect([standing(open), unexplained(open)]).toEqual(['open', '3']);
    expect(standing(place({ forstok: null }))).toBe('no_forstok');
    expect(standing(place({ accurate: null }))).toBe('no_accurate');
    expect(standing(place({ accurate: null, forstok: null }))).toBe('no_row');
    expect(standing(place({ forstok: '12', parts: [part('both_sides', '12', true, true)] }))).toBe('same');
  });
});

describe('explain a number', () => {
  it('teaches before a SKU is chosen, and finds one by typing and the keys alone', async () => {
    const user = await open(fake());
    expect(screen.getByTestId('explain-empty')).toBeVisible();
    expect(await violations()).toEqual([]);
    await user.type(screen.getByTestId('explain-search'), 'gayo');
    await screen.findByTestId('explain-option-KOPI-GAYO-250');
    await user.keyboard('{ArrowDown}{Enter}');
    await waitFor(() => expect(route.current).toEqual({ screen: 'explain', id: 'KOPI-GAYO-250' }));
    expect(await screen.findByTestId('explain-sku')).toHaveTextContent('KOPI-GAYO-250');
  });

  it('takes each pair of warehouses apart, down to the orders', async () => {
    const user = await open(fake(), 'KOPI-GAYO-250');
    const [first, second, third] = await screen.findAllByTestId('explain-place');
    expect([first, second, third].map((card) => card?.dataset['standing'])).toEqual(['whole', 'same', 'open']);
    const card = within(first as HTMLElement);
    expect(card.getAllByTestId('explain-sum').map((chip) => chip.textContent?.trim())).toEqual([
      'Accurate 12 = 9 + 2 + 1',
      'Forstok 10 = 9 + 1',
    ]);
    expect(card.getByTestId('explain-offers').textContent?.trim()).toBe(
      '9 = 10 di gudang − 1 dipesan, belum siap kirim',
    );
    expect(within(third as HTMLElement).getByText('2 belum terjelaskan')).toBeVisible();
    await user.click(card.getByTestId('explain-orders'));
    expect(card.getByRole('table', { name: '' }).querySelectorAll('tbody tr').length).toBeGreaterThan(0);
    expect(await violations()).toEqual([]);
    await user.click(card.getAllByTestId('explain-go-stock')[0] as HTMLElement);
    await waitFor(() => expect(route.current?.screen).toBe('stock'));
  });

  it('reads both sides again when it is asked to', async () => {
    const asked: boolean[] = [];
    const backend = fake();
    const user = await open(
      {
        ...backend,
        explain: (sku, refresh) => {
          asked.push(refresh);
          return backend.explain(sku, refresh);
        },
      },
      'KOPI-GAYO-250',
    );
    await user.click(await screen.findByTestId('explain-refresh'));
    await waitFor(() => expect(asked).toEqual([false, true]));
  });

  it('says what the shelf holds', async () => {
    const shelf = place({
      accurate: '12',
      forstok: '10',
      parts: [part('both_sides', '10', true, true), part('sold_not_invoiced', '2', true, false)],
    });
    await open(withPlaces({ places: [shelf] }), 'KOPI-GAYO-250');
    await screen.findByTestId('explain-place');
    expect(told()).toBe('Rak berisi 10. Accurate bilang 12, Forstok bilang 10, dan keduanya bisa dijelaskan.');
  });

  it('says when a side has no figure, and when neither has', async () => {
    await open(
      withPlaces({
        places: [
          place({ forstok: null, parts: [part('unexplained', '12', true, false)] }),
          place({ warehouse_id: 196, warehouse: 'Surabaya', accurate: null, forstok: null, parts: [] }),
        ],
      }),
      'KOPI-GAYO-250',
    );
    await screen.findAllByTestId('explain-place');
    expect(screen.getAllByTestId('explain-told').map((line) => line.textContent?.trim())).toEqual([
      'Accurate bilang 12. Forstok tidak punya baris untuk SKU ini di gudang ini, jadi tidak ada yang dibandingkan.',
      'Kedua sisi tidak punya angka untuk SKU ini di gudang ini.',
    ]);
    expect(await violations()).toEqual([]);
  });

  it('draws a figure of nothing as a stub at the axis, and nothing where there is nothing to compare', async () => {
    await open(
      withPlaces({
        places: [
          place({ accurate: '0', forstok: '3', whole: false, parts: [part('unexplained', '3', false, true)] }),
          place({ warehouse_id: 196, warehouse: 'Surabaya', accurate: '0', forstok: null, parts: [] }),
        ],
      }),
      'KOPI-GAYO-250',
    );
    const [first, second] = await screen.findAllByTestId('explain-place');
    expect(first?.querySelectorAll('rect.tb-none')).toHaveLength(2);
    expect([...(first?.querySelectorAll('text.tx--b') ?? [])].map((sum) => sum.textContent)).toEqual([
      '= 0',
      '= 3',
      '= 0',
    ]);
    expect(second?.querySelector('svg.figure__bars')).toBeNull();
  });

  it('sends a SKU without an item to its decision, and a company without pairs to its warehouses', async () => {
    await open(withPlaces({ item_no: null, places: [] }), 'KOPI-GAYO-250');
    expect((await screen.findByTestId('explain-decide')).getAttribute('href')).toBe('#/skus/sku%3AKOPI-GAYO-250');
  });

  it('asks for pairs of warehouses where there are none', async () => {
    await open(withPlaces({ places: [] }), 'KOPI-GAYO-250');
    expect(await screen.findByTestId('explain-no-places')).toBeVisible();
    expect(await violations()).toEqual([]);
  });

  it('says how it was refused, and tries again', async () => {
    const backend = fake();
    let refused = true;
    const user = await open(
      {
        ...backend,
        explain: (sku, refresh) =>
          refused
            ? Promise.reject(new BackendError({ code: 'no_answer', params: { side: 'accurate' } }))
            : backend.explain(sku, refresh),
      },
      'KOPI-GAYO-250',
    );
    await screen.findByTestId('error-no-answer');
    expect(await violations()).toEqual([]);
    refused = false;
    await user.click(screen.getByTestId('error-retry'));
    expect(await screen.findByTestId('explain-sku')).toBeVisible();
  });
});
