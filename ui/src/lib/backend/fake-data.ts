/** A made-up spice shop, for the browser and for tests. All names, numbers and codes are invented. */
import type { AccountView, DatabaseChoiceView, RecordView, SkuView, SkuSuggestionView } from './types';

export const stores = [
  { id: 11, name: 'Sinar Rempah Official', channel: 'Shopee' },
  { id: 12, name: 'Sinar Rempah', channel: 'Tokopedia' },
  { id: 13, name: 'Sinar Rempah Nusantara', channel: 'Lazada' },
  { id: 14, name: 'Sinar Rempah', channel: 'TikTok Shop' },
];

export const forstokWarehouses = [
  { id: 195, name: 'Tangerang (utama)' },
  { id: 196, name: 'Surabaya' },
  { id: 197, name: 'Makassar' },
];

export const databases: DatabaseChoiceView[] = [
  database(1048213, 'PT Sinar Rempah Nusantara', null, '23/08/2027'),
  database(1090477, 'CV Sinar Rempah Surabaya', 'trial', '04/01/2027'),
  database(1120036, 'PT Dapur Nusantara Lestari', 'not_owner', '12/05/2027'),
  database(962150, 'CV Rempah Jaya', 'expired', '31/10/2026'),
];

function database(id: number, alias: string, reason: string | null, licence_end: string): DatabaseChoiceView {
  return {
    id,
    alias,
    usable: reason === null || reason === 'trial',
    reason,
    licence_end,
    chosen: false,
    used_before: false,
  };
}

function account(
  id: number,
  no: string,
  name: string,
  account_type: string,
  balance: string | null = null,
  off: string | null = null,
): AccountView {
  return { id, no, name, account_type, balance, off };
}

export const accounts: AccountView[] = [
  account(70, '110.101', 'Kas Kecil', 'CASH_BANK', '3500000'),
  account(71, '110.102', 'Saldo Shopee', 'CASH_BANK', '18420500'),
  account(72, '110.103', 'Saldo Tokopedia', 'CASH_BANK', '9385250'),
  account(73, '110.104', 'Saldo Lazada', 'CASH_BANK', '2118000'),
  account(74, '110.105', 'Saldo TikTok Shop', 'CASH_BANK', '5240750'),
  account(75, '110.201', 'BCA Operasional', 'CASH_BANK', '146902315'),
  account(76, '110.203', 'Bank Mandiri (lama)', 'CASH_BANK', '0', 'suspended'),
  account(77, '120.104', 'Piutang Usaha', 'ACCOUNT_RECEIVABLE', '41200000'),
  account(80, '710.01', 'Pendapatan Ongkos Kirim', 'OTHER_INCOME'),
  account(81, '710.02', 'Pendapatan Rabat Platform', 'OTHER_INCOME'),
  account(82, '810', 'Beban Lain-lain', 'OTHER_EXPENSE', null, 'parent'),
  account(83, '810.01', 'Beban Voucher Toko', 'OTHER_EXPENSE'),
  account(84, '810.02', 'Beban Selisih Ongkir', 'OTHER_EXPENSE'),
  account(85, '810.03', 'Beban Fulfillment', 'OTHER_EXPENSE'),
  account(86, '810.05', 'Biaya Layanan Marketplace', 'OTHER_EXPENSE'),
  account(87, '510.09', 'Penyesuaian Persediaan', 'COGS'),
];

function record(id: number, name: string, no: string | null = null, off: string | null = null): RecordView {
  return { id, no, name, off };
}

export const warehouses: RecordView[] = [
  record(50, 'Gudang Tangerang'),
  record(51, 'Surabaya'),
  record(52, 'Gudang Makassar'),
  record(53, 'Barang Rusak', null, 'scrap'),
  record(54, 'Konsinyasi Bali', null, 'suspended'),
];
export const branches: RecordView[] = [record(50, 'Kantor Pusat')];
export const customers: RecordView[] = [
  record(60, 'Pelanggan Shopee', 'C.00012'),
  record(61, 'Pelanggan Tokopedia', 'C.00013'),
  record(62, 'Umum', 'C.00001'),
];
export const taxes: RecordView[] = [record(90, 'PPN 11 %', 'PPN')];

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
}

function product(sku: string, name: string, state: string, code: string, extra: Partial<Product> = {}): Product {
  return {
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
    ...extra,
  };
}

const link = (target: string, zone: SkuSuggestionView['zone']): SkuSuggestionView => ({
  decision: 'link',
  target,
  zone,
});

/** About 330 products: most agree, some are new, and each kind of trouble is there. */
export function products(): Product[] {
  const list: Product[] = [];
  let index = 0;
  for (const spice of spices)
    for (const origin of origins)
      for (const size of sizes) {
        const sku = `${spice
          .replace(/[^A-Z]/gi, '')
          .slice(0, 5)
          .toUpperCase()}-${origin.slice(0, 3).toUpperCase()}-${size}`;
        const fresh = index % 9 === 4;
        list.push(
          product(
            sku,
            `${spice} ${origin} ${size} g`,
            fresh ? 'ready' : 'matched',
            fresh ? 'not_in_accurate' : 'same_code_and_name',
            {
              price: String(9500 + (index % 37) * 2500),
              barcode: `89972134${String(index).padStart(5, '0')}`,
              cost: String(4000 + (index % 37) * 1100),
              on_hand: (index * 7) % 60,
              accurate_on_hand: index % 6 === 0 ? (index * 7) % 60 : ((index * 7) % 60) + (index % 4),
            },
          ),
        );
        index++;
      }
  list.push(
    product('KOPI-GAYO-250', 'Kopi Arabika Gayo 250 g, Biji Sangrai', 'pending_matched', 'pending_matched', {
      suggestion: link('KOPI-GAYO-250GR', 'look'),
      store: 'Sinar Rempah Official',
      price: '89000',
      barcode: '8997213400128',
    }),
    product('LADA-HTM-100', 'Lada Hitam Lampung Pilihan 100 g', 'pending_matched', 'pending_matched', {
      suggestion: link('LADA-HTM-100', 'sure'),
    }),
    product('KAYUMANIS-BTG-50', 'Kayu Manis Batang Kerinci 50 g', 'pending_not_matched', 'pending_not_matched', {
      suggestion: { decision: 'create', target: null, zone: 'look' },
    }),
    product('PALA-BUBUK-80', 'Pala Bubuk Banda 80 g', 'pending_not_matched', 'pending_not_matched', {}),
    product('', 'Paket Coba 5 Rempah', 'empty', 'sku_empty', {
      resolvable: false,
      store: 'Sinar Rempah',
      place: { code: 'place_listing_empty', params: {} },
    }),
    product('KEMIRI-250(a81f3)', 'Kemiri Utuh 250 g', 'duplicate', 'pending_duplicate', {
      resolvable: false,
      place: { code: 'place_listing_empty', params: {} },
    }),
    product('VANILI-POLONG-25', 'Vanili Polong Alor 25 g', 'name_conflict', 'same_name_other_code', {
      suggestion: link('VNL-25', 'look'),
    }),
    product('CENGKEH-AMB-100', 'Cengkih Ambon Utuh 100 g', 'sku_conflict', 'same_code_other_name', {
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
  );
  return list;
}
