/** What the made-up shop sold, was paid and got back: each order's lines, voucher and costs, whole rupiah that add up. */
import type { Product } from './products';
import { stores } from './shop';
import { ago, type World } from './world';

export interface Sold {
  product: Product;
  quantity: number;
  price: number;
}

export interface FakeOrder {
  index: number;
  id: number;
  number: string;
  store: (typeof stores)[number];
  placed: string;
  /** Day of its invoice. */
  day: string;
  lines: Sold[];
  /** Place among the warehouses. */
  warehouse: number;
  voucher: number;
  total: number;
  recipient: string;
}

/** What a marketplace keeps of an order (above zero) and adds (below); by role, in the order of the settlement. */
export type Costs = Record<string, number>;

/** Minutes between two orders. */
const EVERY = 150;
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/** Looks random, and is the same each time. */
export function scrambled(seed: number): number {
  let value = Math.imul(seed + 1, 0x9e3779b1);
  value = Math.imul(value ^ (value >>> 15), 0x85ebca77);
  return (value ^ (value >>> 13)) >>> 0;
}

function letters(seed: number, length: number): string {
  let [text, value] = ['', scrambled(seed)];
  while (text.length < length) {
    text += LETTERS[value % LETTERS.length];
    value = scrambled(value);
  }
  return text;
}

function numberOf(channel: string, index: number, day: string): string {
  const short = day.slice(2).replaceAll('-', '');
  if (channel === 'Shopee') return `${short}${letters(index, 8)}`;
  if (channel === 'Tokopedia') return `INV/${day.replaceAll('-', '')}/MPL/${3_812_400 + index}`;
  return channel === 'Lazada' ? String(1_843_920_000 + index * 37) : String(578_920_100_000 + index * 61);
}

/** What is sold: products that are in Accurate already. */
function sellable(world: World, from: number): Product {
  for (let index = from; ; index++) {
    const product = world.shop.at(index % world.shop.length);
    if (product.state === 'matched') return product;
  }
}

export function orderAt(world: World, index: number): FakeOrder {
  const store = stores[index % stores.length] as (typeof stores)[number];
  const placed = ago(12 + (world.sales.placed - 1 - index) * EVERY);
  const day = placed.slice(0, 10);
  const count = 1 + (scrambled(index) % 3);
  const lines = Array.from({ length: count }, (_, nth): Sold => {
    const product = sellable(world, scrambled(index * 7 + nth) % Math.min(320, world.shop.length));
    return { product, quantity: 1 + (scrambled(index + nth * 31) % 3), price: Number(product.price) };
  });
  // One SKU at one price is one line of the invoice.
  const merged = lines.filter(
    (line, nth) => lines.findIndex((other) => other.product.sku === line.product.sku) === nth,
  );
  const goods = merged.reduce((sum, line) => sum + line.price * line.quantity, 0);
  const voucher = index % 3 === 1 ? Math.min(5000 + (index % 4) * 2500, Math.floor(goods / 2)) : 0;
  return {
    index,
    id: 48_213_000 + index,
    number: numberOf(store.channel, index, day),
    store,
    placed,
    day,
    lines: merged,
    warehouse: index % 5 === 3 ? 1 : index % 11 === 6 ? 2 : 0,
    voucher,
    total: goods - voucher,
    recipient: `${letters(index, 1)}*** ${letters(index + 9, 1)}***, Kota Tangerang`,
  };
}

export function costsOf(order: FakeOrder): Costs {
  const { index, total, store } = order;
  const all: Costs = {
    shipping_fee: store.channel === 'Lazada' ? -9000 : 0,
    platform_rebate: index % 5 === 0 ? -2000 : 0,
    voucher_seller: index % 3 === 2 ? 3500 : 0,
    shipping_difference: index % 4 === 1 ? 1500 : 0,
    platform_fulfillment_fee: store.channel === 'TikTok Shop' ? 1250 : 0,
    service_fee: Math.round(total * 0.065),
  };
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== 0));
}

export const paidFor = (order: FakeOrder): number =>
  order.total - Object.values(costsOf(order)).reduce((sum, amount) => sum + amount, 0);

export interface FakePayout {
  number: string;
  reference: string;
  day: string;
  orders: FakeOrder[];
}

/** As many orders as a payout holds. */
const TOGETHER = 3;
/** An order that is paid out by itself, and one whose money comes before its invoice. */
export const ALONE = 58;
export const EARLY = 121;

/** Payouts of a store hold its orders in turn, the oldest first. */
export function payouts(world: World): FakePayout[] {
  const { paid, placed } = world.sales;
  const groups: number[][] = [];
  stores.forEach((_, place) => {
    const own: number[] = [];
    for (let index = place; index < paid; index += stores.length) if (index !== ALONE) own.push(index);
    for (let from = 0; from < own.length; from += TOGETHER) groups.push(own.slice(from, from + TOGETHER));
  });
  if (paid > ALONE) groups.push([ALONE]);
  if (placed > EARLY) groups.push([EARLY]);
  return groups
    .sort((a, b) => (a.at(-1) ?? 0) - (b.at(-1) ?? 0))
    .map((group) => {
      const orders = group.map((index) => orderAt(world, index));
      const last = orders.at(-1) as FakeOrder;
      const arrived = new Date(Math.min(Date.parse(last.placed) + 6 * 86_400_000, Date.now() - 8 * 3_600_000));
      const mark = scrambled(last.id).toString(16).padStart(8, '0');
      return {
        number: `SLP-${(mark + scrambled(last.id + 5).toString(16)).slice(0, 12).toUpperCase().padEnd(12, '0')}`,
        reference: `${last.store.channel.slice(0, 3).toUpperCase()}-${String(scrambled(last.id + 3)).slice(0, 8)}`,
        day: arrived.toISOString().slice(0, 10),
        orders,
      };
    });
}
