/** The words of a plan, by its kind: what it is called, and what its button does to whom. */
import type { PlanView, ReasonView } from '../backend/types';
import { count, dateTime, fingerprint, time } from '../i18n/format';
import { m } from '../paraglide/messages.js';
import { documentsIn } from '../sales';

type Target = (params: { n: number; count: string; name: string }) => string;

const TITLES: Record<string, () => string> = {
  items: m.items_title,
  stock: m.stock_title,
  'opening-stock': m.opening_title,
  invoices: m.invoices_title,
  receipts: m.receipts_title,
  voids: m.voids_title,
  returns: m.returns_title,
  'undo-invoices': m.plan_undo_title_invoices,
  'undo-receipts': m.plan_undo_title_receipts,
  'undo-returns': m.plan_undo_title_returns,
  'undo-voids': m.plan_undo_title_voids,
  'undo-items': m.plan_undo_title_items,
  'undo-stock': m.plan_undo_title_stock,
  'undo-opening-stock': m.plan_undo_title_opening_stock,
};

const TARGETS: Record<string, Target> = {
  items: m.items_send,
  stock: m.stock_send,
  'opening-stock': m.opening_send,
  invoices: m.invoices_send,
  receipts: m.receipts_send,
  voids: m.voids_send,
  returns: m.returns_send,
  'undo-invoices': m.plan_undo_send_invoices,
  'undo-receipts': m.plan_undo_send_receipts,
  'undo-returns': m.plan_undo_send_returns,
  'undo-voids': m.plan_undo_send_voids,
  'undo-items': m.plan_undo_send_items,
  'undo-stock': m.plan_undo_send_stock,
  'undo-opening-stock': m.plan_undo_send_opening_stock,
};

export function planTitle(kind: string): string {
  return (TITLES[kind] ?? m.items_title)();
}

/** What the one button says: `Kirim 120 barang ke PT ABC`; of invoices also how many customers are made for them. */
export function planTarget(kind: string, writes: number, alias: string, notes: readonly ReasonView[] = []): string {
  const { documents, customers } = documentsIn(notes, writes);
  if (kind === 'invoices' && customers > 0)
    return m.invoices_send_with({ n: documents, count: count(documents), customers: count(customers), name: alias });
  return (TARGETS[kind] ?? m.items_send)({ n: writes, count: count(writes), name: alias });
}

/** Nothing is sent yet; which plan, from when; for an undo, which run it takes back. */
export function planLead(head: PlanView, undone: string | null = null): string {
  const of = { hash: fingerprint(head.hash, 2), made: time(head.made_at), read: time(head.read_at) };
  return head.undoes !== null
    ? m.plan_undo_lead({ ...of, when: undone ? dateTime(undone) : head.undoes })
    : m.plan_lead(of);
}
