/** Made-up files: whatever is chosen holds the rows of its list, under headings of which most are guessed. */
import type { ImportInput, ImportList, ImportView } from '../types';
import { fail, type World } from './world';

interface Spec {
  /** Each field with the heading that is guessed for it; those without one are asked for when they are needed. */
  fields: Record<string, string | null>;
  needed: string[];
  more?: string[];
  rows: number;
}

const COSTS = {
  platform_rebate: null,
  voucher_seller: 'Voucher Ditanggung Penjual',
  shipping_difference: null,
  fulfillment_fee: null,
};
const SPECS: Partial<Record<ImportList, Spec>> = {
  stock_count: {
    fields: { sku: 'Kode Barang', warehouse: 'Gudang', quantity: 'Jumlah', unit_cost: null },
    needed: ['sku', 'warehouse', 'quantity', 'unit_cost'],
    more: ['Harga Pokok'],
    rows: 214,
  },
  orders: {
    fields: {
      order_id: 'Order ID',
      order_number: 'Order Number',
      status: 'Status',
      ordered_at: 'Order Date',
      store_name: 'Store',
      sku: 'SKU',
      quantity: 'Qty',
      unit_price: 'Price',
      total: 'Total Price',
    },
    needed: ['order_id', 'order_number', 'status', 'ordered_at', 'unit_price'],
    rows: 463,
  },
  payments: {
    fields: {
      reference: 'Payment Reference',
      paid_at: 'Payment Date',
      order_id: 'Order ID',
      received: 'Amount Receive',
      total: 'Total',
      service_fee: 'Service Fee',
      ...COSTS,
    },
    needed: ['reference', 'paid_at', 'order_id', 'total'],
    rows: 88,
  },
  settlement: {
    fields: {
      order_number: 'No. Pesanan',
      date: 'Tanggal Dana Dilepaskan',
      total: null,
      kind: 'Tipe Transaksi',
      subtotal: 'Harga Asli Produk',
      shipping_fee: null,
      ...COSTS,
      service_fee: 'Biaya Administrasi',
    },
    needed: ['order_number', 'date', 'total'],
    more: ['Jumlah Dana Dilepaskan (Rp)', 'Biaya Layanan', 'Biaya Proses Pesanan'],
    rows: 131,
  },
};
const OTHER: Spec = {
  fields: { sku: 'Kode Barang', name: 'Gudang', price: 'Jumlah' },
  needed: ['sku', 'name', 'price'],
  more: ['Harga Pokok'],
  rows: 214,
};

export function importFile(world: World, { file_name, list, columns, channel }: ImportInput): ImportView {
  if (!/\.(xlsx?|csv)$/i.test(file_name)) fail('file_malformed', { file: file_name, place: '1', detail: 'format' });
  if (list === 'settlement' && channel === null) fail('invalid_input', { field: 'channel', detail: 'none_given' });
  const { fields, needed, more, rows } = SPECS[list] ?? OTHER;
  const guessed = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== null);
  const used = Object.keys(columns).length > 0 ? columns : Object.fromEntries(guessed);
  const missing = needed.filter((field) => !used[field]);
  if (missing.length === 0 && list === 'stock_count') world.counted = rows;
  return {
    rows: missing.length === 0 ? rows : 0,
    headings: [...guessed.map(([, heading]) => heading), ...(more ?? [])],
    columns: used,
    missing,
    fields: Object.keys(fields),
  };
}
