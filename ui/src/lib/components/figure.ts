/** A figure and what it consists of. */
export type FigureTone = 'main' | 'need' | 'check' | 'ok' | 'bad' | 'quiet';

export interface FigurePart {
  /** Decimal text; negative where it takes away. */
  quantity: string;
  tone: FigureTone;
  /** What it is, for the table of values and, where there is room, inside the bar: `di rak`. */
  name: string;
}

export interface FigureBar {
  /** Whose figure: `Accurate`. */
  label: string;
  /** When it was read. */
  note?: string | null;
  parts: FigurePart[];
  /** What the parts come to, as decimal text; `null` where it cannot be read. */
  sum: string | null;
}
