/** The made-up mapping: its places, its suggestions, its example orders and its versions. */
import type {
  ExampleOrderView,
  MappingView,
  PayoutExampleLineView,
  PayoutExampleView,
  SlotView,
  SuggestionView,
} from '../types';
import { accounts, branches, customers, forstokWarehouses, stores, taxes, warehouses } from './shop';
import { ago, clone, fail, now, type World } from './world';

const same = (id: number, reason = 'same_name', zone: SuggestionView['zone'] = 'sure'): SuggestionView[] => [
  { id, reason, zone },
];

/** Every place that can be filled, in the order of the screen. */
export function slots({ mapping, scenario }: World): SlotView[] {
  const bank: Record<number, SuggestionView[]> = {
    11: same(71),
    12: same(72),
    13: same(73),
    14: same(74, 'similar_name', 'look'),
  };
  // In the matter `asked` a customer of Accurate has the number of store 13 by chance.
  const asked = scenario.is('asked');
  const customer: Record<number, SuggestionView[]> = { 11: same(60), 12: same(61) };
  if (asked) customer[13] = same(62, 'same_number', 'look');
  const list: SlotView[] = [];
  for (const store of stores) {
    const saved = mapping.stores.find((row) => row.forstok_store_id === store.id);
    const part = { label: store.name, channel: store.channel };
    list.push(
      {
        ...part,
        path: `stores.${store.id}.bank_account_id`,
        group: 'cash_bank',
        account_types: ['CASH_BANK'],
        required: true,
        chosen: saved?.bank_account_id ?? null,
        suggestions: bank[store.id] ?? [],
        question: null,
      },
      {
        ...part,
        path: `stores.${store.id}.customer_id`,
        group: 'customer',
        account_types: [],
        required: false,
        chosen: saved?.customer_id ?? null,
        suggestions: customer[store.id] ?? [],
        question:
          asked && store.id === 13 && !saved?.customer_id && !saved?.customer_no
            ? { code: 'customer_number_equal', params: { store: store.name, customer: 'Umum', number: '13' } }
            : null,
      },
      {
        ...part,
        path: `stores.${store.id}.branch_id`,
        group: 'branch',
        account_types: [],
        required: false,
        chosen: saved?.branch_id ?? null,
        suggestions: same(50, 'only_one'),
        question: null,
      },
    );
  }
  const role = (name: string, group: SlotView['group'], types: string[], suggestions: SuggestionView[]): SlotView => ({
    path: `roles.${name}`,
    group,
    label: name,
    channel: null,
    account_types: types,
    required: true,
    chosen: mapping.roles[name] ?? null,
    suggestions,
    question: null,
  });
  list.push(
    role('shipping_fee', 'other_income', ['OTHER_INCOME'], same(80)),
    role('platform_rebate', 'other_income', ['OTHER_INCOME'], same(81)),
    role('voucher_seller', 'other_expense', ['OTHER_EXPENSE'], same(83)),
    role('shipping_difference', 'other_expense', ['OTHER_EXPENSE'], same(84, 'similar_name', 'look')),
    role('platform_fulfillment_fee', 'other_expense', ['OTHER_EXPENSE'], []),
    role('service_fee', 'other_expense', ['OTHER_EXPENSE'], same(86, 'similar_name', 'look')),
    role('stock_adjustment', 'stock_adjustment', ['COGS', 'OTHER_EXPENSE'], same(87)),
    {
      path: 'tax_id',
      group: 'tax',
      label: 'tax',
      channel: null,
      account_types: [],
      required: false,
      chosen: mapping.tax_id,
      suggestions: same(90, 'only_one', 'look'),
      question: null,
    },
  );
  const byName: Record<number, SuggestionView[]> = {
    195: same(50, 'similar_name', 'look'),
    196: same(51),
    197: same(52, 'similar_name', 'look'),
  };
  for (const warehouse of forstokWarehouses)
    list.push({
      path: `warehouses.${warehouse.id}`,
      group: 'warehouse',
      label: warehouse.name,
      channel: null,
      account_types: [],
      required: true,
      chosen: mapping.warehouses.find((pair) => pair.forstok_id === warehouse.id)?.accurate_id ?? null,
      suggestions: byName[warehouse.id] ?? [],
      question: null,
    });
  // Only of stores whose goods a marketplace holds.
  for (const store of stores) {
    const chosen = mapping.channel_warehouses?.find((row) => row.forstok_store_id === store.id)?.accurate_id ?? null;
    if (chosen === null && !scenario.is('changed')) continue;
    list.push({
      path: `channel_warehouses.${store.id}`,
      group: 'channel_warehouse',
      label: store.name,
      channel: store.channel,
      account_types: [],
      required: false,
      chosen,
      suggestions: [],
      question: null,
    });
  }
  return list;
}

/** How many orders of a store can be looked at. */
const EXAMPLES = 4;
const NUMBERS: Record<number, string> = {
  11: '261120K8QW3NT',
  12: 'INV/20261120/MPL/38',
  13: '18439201',
  14: '5789201',
};
/** A store without an order of its own: its example is a typical one. */
const WITHOUT_ORDERS = 14;

/** An order of a store with the lines of its payout; debits and credits are equal. */
export function example(storeId: number, skip: number): PayoutExampleView | null {
  const store = stores.find((row) => row.id === storeId);
  if (!store) fail('not_found', { what: 'store', id: String(storeId) });
  if (skip >= EXAMPLES || (skip > 0 && storeId === WITHOUT_ORDERS)) return null;
  const total = 264_000 + (storeId - 13) * 18_500 + skip * 37_250;
  const [voucher, shipping, service, rebate] = [8000 + skip * 500, 2500, Math.round(total / 20), 6000];
  const payout = total + rebate - voucher - shipping - service;
  const debit = (slot: string, value: number): PayoutExampleLineView => ({ slot, debit: String(value), credit: '' });
  const credit = (slot: string | null, value: number): PayoutExampleLineView => ({
    slot,
    debit: '',
    credit: String(value),
  });
  const order: ExampleOrderView | null =
    storeId === WITHOUT_ORDERS
      ? null
      : {
          number: `${NUMBERS[storeId] ?? ''}${75 + skip}`,
          channel: store.channel,
          status: 'Delivered',
          ordered_at: ago((skip + 2) * 60 * 24),
          total: String(total),
          payout: String(payout),
        };
  return {
    store_id: storeId,
    order,
    lines: [
      debit(`stores.${storeId}.bank_account_id`, payout),
      debit('roles.voucher_seller', voucher),
      debit('roles.shipping_difference', shipping),
      debit('roles.service_fee', service),
      credit(null, total),
      credit('roles.platform_rebate', rebate),
    ],
  };
}

export function mappingView(world: World): MappingView {
  const drift = world.scenario.is('drift');
  return clone({
    mapping: world.mapping,
    version: world.versions[0]?.version ?? null,
    saved_at: world.versions[0]?.saved_at ?? null,
    versions: world.versions,
    slots: slots(world),
    accounts: drift
      ? accounts.map((row) =>
          row.id === 73
            ? { ...row, off: 'suspended' }
            : row.id === 86
              ? { ...row, name: 'Biaya Admin Marketplace' }
              : row,
        )
      : accounts,
    warehouses,
    branches,
    customers,
    taxes,
    drift: drift
      ? [
          { path: 'stores.13.bank_account_id', change: 'suspended', was: 'Saldo Lazada', now: null },
          {
            path: 'roles.service_fee',
            change: 'renamed',
            was: 'Biaya Layanan Marketplace',
            now: 'Biaya Admin Marketplace',
          },
        ]
      : [],
    example: world.scenario.is('empty') ? null : example(13, 0),
    read_at: world.scenario.stage === 'home' ? ago(12) : now(),
  });
}
