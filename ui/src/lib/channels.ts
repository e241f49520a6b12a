/**
 * Forstok's own list of channels with their numbers. A store says the name of its channel only, and a settlement file has to say the
 * number, because each channel has columns of its own.
 */
export const channels: readonly { id: number; name: string }[] = [
  { id: 12, name: 'Shopee' },
  { id: 15, name: 'Tokopedia' },
  { id: 10030, name: 'TikTok Shop' },
  { id: 3, name: 'Lazada' },
  { id: 9, name: 'Blibli' },
  { id: 11, name: 'Bukalapak' },
  { id: 13, name: 'Zalora' },
];
