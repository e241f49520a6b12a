/** What the made-up shop sells: about 340 products with each kind of trouble among them, or a hundred thousand. */
import type { SkuSuggestionView, SkuView, SkuWaitingView } from '../types';
import { listed, type Rows } from './table';

const spices = [
  'Lada Hitam',
  'Lada Putih',
  'Kayu Manis',
  'Pala Biji',
  'Cengkih',
  'Kunyit Bubuk',
  'Jahe Merah',
  'Ketumbar',
  'Kemiri',
  'Kapulaga',
];
const origins = ['Lampung', 'Muntok', 'Kerinci', 'Banda', 'Ambon', 'Jawa', 'Bali', 'Toraja'];
const sizes = [50, 100, 250, 500];

export interface Product extends SkuView {
  price: string;
  barcode: string;
  cost: string;
  on_hand: number;
  accurate_on_hand: number;
  /** What Accurate still calls it, where it has another name there. */
  was: string | null;
}

/** States that ask for a decision. */
export const OPEN_STATES: readonly string[] = [
  'pending_not_matched',
  'pending_matched',
  'empty',
  'duplicate',
  'name_conflict',
  'sku_conflict',
  'invalid_code',
];

/** The one product that Accurate will not take, whatever a person decides here. */
export const TAKEN_BARCODE = 'LADAH-MUN-50';

function product(sku: string, name: string, state: string, code: string, extra: Partial<Product> = {}): Product {
  const whole = {
    sku,
    name,
    state,
    reason: { code, params: {} },
    suggestion: null,
    decision: null,
    store: null,
    resolvable: true,
    place: null,
    price: '45000',
    barcode: '8997213400000',
    cost: '21000',
    on_hand: 20,
    accurate_on_hand: 18,
    was: null,
    warehouses: 3,
    waiting: null,
    ...extra,
  };
  return { ...whole, stock: extra.stock === undefined ? String(whole.on_hand) : extra.stock };
}

const link = (target: string, zone: SkuSuggestionView['zone']): SkuSuggestionView => ({
  decision: 'link',
  target,
  zone,
});

const waiting = (orders: number, amount: string, days: number): SkuWaitingView => ({
  orders,
  amount,
  oldest: new Date(Date.now() - days * 86_400_000).toISOString(),
});

const GOODS = spices.length * origins.length * sizes.length;

/** One ordinary product; beyond the first round of names a batch number keeps the codes apart. */
function ordinary(index: number, numbered: boolean): Product {
  const turn = index % GOODS;
  const spice = spices[Math.floor(turn / (origins.length * sizes.length))] ?? '';
  const origin = origins[Math.floor(turn / sizes.length) % origins.length] ?? '';
  const size = sizes[turn % sizes.length] ?? 0;
  const code = `${spice
    .replace(/[^A-Z]/gi, '')
    .slice(0, 5)
    .toUpperCase()}-${origin.slice(0, 3).toUpperCase()}-${size}`;
  const fresh = index % 9 === 4;
  const name = `${spice} ${origin} ${size} g`;
  return product(
    numbered ? `${code}-${String(index).padStart(6, '0')}` : code,
    numbered ? `${name}, panen ${Math.floor(index / GOODS) + 1}` : name,
    fresh ? 'ready' : 'matched',
    fresh ? 'not_in_accurate' : 'same_code_and_name',
    {
      price: String(9500 + (index % 37) * 2500),
      barcode: `8997${String(213_400_000 + index).padStart(9, '0')}`,
      cost: String(4000 + (index % 37) * 1100),
      on_hand: (index * 7) % 60,
      accurate_on_hand: index % 6 === 0 ? (index * 7) % 60 : ((index * 7) % 60) + (index % 4),
      was: !fresh && index % 23 === 9 ? `${spice} ${origin} ${size}gr` : null,
    },
  );
}

/** Every kind of trouble once. */
function troubles(): Product[] {
  return [
    product('KOPI-GAYO-250', 'Kopi Arabika Gayo 250 g, Biji Sangrai', 'pending_matched', 'pending_matched', {
      suggestion: link('KOPI-GAYO-250GR', 'look'),
      store: 'Sinar Rempah Official',
      price: '89000',
      barcode: '8997213400128',
      waiting: waiting(12, '2964000', 3),
    }),
    product('LADA-HTM-100', 'Lada Hitam Lampung Pilihan 100 g', 'pending_matched', 'pending_matched', {
      suggestion: link('LADA-HTM-100', 'sure'),
      store: 'Sinar Rempah',
      waiting: waiting(2, '51800', 1),
    }),
    product('KAYUMANIS-BTG-50', 'Kayu Manis Batang Kerinci 50 g', 'pending_not_matched', 'pending_not_matched', {
      suggestion: { decision: 'create', target: null, zone: 'look' },
      store: 'Sinar Rempah Official',
      waiting: waiting(7, '315000', 2),
    }),
    product('PALA-BUBUK-80', 'Pala Bubuk Banda 80 g', 'pending_not_matched', 'pending_not_matched', {
      store: 'Sinar Rempah Nusantara',
    }),
    product('', 'Paket Coba 5 Rempah', 'empty', 'sku_empty', {
      resolvable: false,
      store: 'Sinar Rempah',
      place: { code: 'place_listing_empty', params: {} },
      stock: null,
      warehouses: 0,
    }),
    product('KEMIRI-250(a81f3)', 'Kemiri Utuh 250 g', 'duplicate', 'pending_duplicate', {
      reason: { code: 'pending_duplicate', params: { original: 'KEMIRI-250' } },
      resolvable: false,
      place: { code: 'place_listing_duplicate', params: {} },
      waiting: waiting(1, '39500', 4),
    }),
    product('VANILI-POLONG-25', 'Vanili Polong Alor 25 g', 'name_conflict', 'same_name_other_code', {
      reason: { code: 'same_name_other_code', params: { item_no: 'VNL-25' } },
      suggestion: link('VNL-25', 'look'),
      price: '118000',
    }),
    product('CENGKEH-AMB-100', 'Cengkih Ambon Utuh 100 g', 'sku_conflict', 'same_code_other_name', {
      reason: { code: 'same_code_other_name', params: { item_name: 'Cengkeh Ambon 100gr' } },
      suggestion: link('CENGKEH-AMB-100', 'look'),
    }),
    product('REMPAH-PAKET-LEBARAN-2026-ISI-12', 'Paket Rempah Lebaran isi 12', 'invalid_code', 'code_too_long', {
      reason: { code: 'code_too_long', params: { length: '32', max: '30' } },
      suggestion: { decision: 'rename', target: 'REMPAH-PAKET-LEBARAN-2026-IS12', zone: 'look' },
      price: '285000',
    }),
    product('JAHE&MADU-150', 'Jahe Madu 150 g', 'invalid_code', 'code_characters', {
      reason: { code: 'code_characters', params: { characters: '&' } },
      suggestion: { decision: 'rename', target: 'JAHE-MADU-150', zone: 'look' },
    }),
  ];
}

/** About 330 products: most agree, some are new, and each kind of trouble is there. */
export function products(): Rows<Product> {
  const goods = Array.from({ length: GOODS }, (_, index) => ordinary(index, false));
  return listed([...goods, ...troubles()]);
}

/** As many as asked for, made when they are looked at; one in eighty asks for a decision. */
export function manyProducts(length: number): Rows<Product> {
  const kinds = troubles();
  const make = (index: number): Product => {
    const plain = ordinary(index, true);
    if (index % 80 !== 7) return plain;
    const model = kinds[Math.floor(index / 80) % kinds.length] as Product;
    const numbered = (code: string) => `${code.slice(0, 22)}-${String(index).padStart(6, '0')}`;
    const target = model.suggestion?.target ?? null;
    return {
      ...model,
      sku: numbered(model.sku || 'TANPA-SKU'),
      name: `${model.name}, ${plain.name}`,
      barcode: plain.barcode,
      price: plain.price,
      suggestion: model.suggestion && { ...model.suggestion, target: target === null ? null : numbered(target) },
    };
  };
  // The figures of one product in each warehouse are asked for one after another.
  let last = { index: -1, row: null as Product | null };
  return {
    length,
    at: (index) => {
      if (last.index !== index || last.row === null) last = { index, row: make(index) };
      return last.row as Product;
    },
  };
}

/** Where a numbered code lies. */
export function placeOf(sku: string): number | null {
  const digits = sku.match(/-(\d{6})$/)?.[1];
  return digits === undefined ? null : Number(digits);
}
