/** Scales of the charts. Quantities come as decimal text and become a float only here, to be drawn; the words keep the text. */

/** The smallest round number of 1, 2 or 5 that holds the value: the end of an axis. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * ten).find((end) => end >= value * 0.999_999) ?? value;
}

/** A place on the axis as an attribute of SVG, in hundredths of its box: `37.5%`. */
export function at(value: number, end: number): string {
  return `${Math.round((value / end) * 10_000) / 100}%`;
}

/** Decimal text as a length. */
export function length(text: string | null): number {
  return text === null ? 0 : Number(text);
}

/** So many positions of a list, its first and its last among them, evenly. */
export function evenly(count: number, most: number): number[] {
  const marks = Math.min(count, most);
  if (marks <= 1) return count === 0 ? [] : [0];
  return Array.from({ length: marks }, (_, index) => Math.round((index * (count - 1)) / (marks - 1)));
}
