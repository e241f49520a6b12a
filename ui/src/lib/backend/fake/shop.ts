/** A made-up spice shop, for the browser and for tests. All names, numbers and codes are invented. */
import type { AccountView, DatabaseChoiceView, RecordView } from '../types';

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

export const capabilities = {
  variants: true,
  quantities: true,
  warehouses: true,
  stores: true,
  pending_listings: true,
  orders: true,
  invoices: true,
  payments: false,
};

export const scopes = [
  'item_view',
  'item_save',
  'warehouse_view',
  'glaccount_view',
  'customer_view',
  'customer_save',
  'tax_view',
];
