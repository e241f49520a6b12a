/** The band's colours. The engine keeps an index for each database, so a company looks the same for as long as it is here. */
export const hues = ['terong', 'pandan', 'nila', 'kayu', 'samudra', 'lumut', 'arang'] as const;

export type Hue = (typeof hues)[number];

/** The colour of an index. */
export function hueAt(index: number): Hue {
  return hues[index % hues.length] ?? 'terong';
}
