/** The places of the sheet "Orders", each with an address of its own. */
export const places = ['invoices', 'receipts', 'changes', 'reconciliation', 'month', 'shadow'] as const;

export type OrdersPlace = (typeof places)[number];

/** The place of an address; without one, or with one that nobody knows, the first. */
export const placeOf = (id: string | null): OrdersPlace => places.find((place) => place === id) ?? 'invoices';
