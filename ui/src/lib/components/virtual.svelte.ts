/** TanStack's virtualiser behind one rune: which rows to draw, and the empty space above and below them. */
import { untrack } from 'svelte';
import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualItem,
} from '@tanstack/virtual-core';

export interface Window {
  readonly items: VirtualItem[];
  readonly before: number;
  readonly after: number;
  measure(row: HTMLElement): void;
  scrollTo(index: number): void;
}

/** The height taken while the element has none yet: a test's document, or a hidden tab. */
const UNMEASURED = 640;
/** Rows drawn beyond each edge, so that a short scroll finds them drawn. */
const BEYOND = 10;
/** Rows in the document at most, those beyond the edges included. */
const MOST = 60;

export function virtualRows(options: {
  count: () => number;
  /** Height of a row in pixels; a row that has another is given to `measure`. */
  estimate: (index: number) => number;
  key: (index: number) => string | number;
  element: () => HTMLElement | null;
  /** Pixels of the element that something else covers: a head that stays in sight. */
  covered?: () => number;
}): Window {
  let version = $state(0);

  const virtualizer = new Virtualizer<HTMLElement, HTMLElement>({
    count: 0,
    getScrollElement: () => options.element(),
    estimateSize: options.estimate,
    scrollToFn: elementScroll,
    observeElementRect: (instance, report) =>
      observeElementRect(instance, (rect) => report({ width: rect.width, height: rect.height || UNMEASURED })),
    observeElementOffset,
    rangeExtractor: (range) => {
      const seen = range.endIndex - range.startIndex + 1;
      return defaultRangeExtractor({ ...range, overscan: Math.max(0, Math.min(BEYOND, (MOST - seen) >> 1)) });
    },
    onChange: () => untrack(() => version++),
  });

  $effect(() => {
    const count = options.count();
    const element = options.element();
    const scrollPaddingEnd = options.covered?.() ?? 0;
    void options.estimate(0); // another height of the rows moves them all
    virtualizer.setOptions({
      ...virtualizer.options,
      count,
      scrollPaddingEnd,
      getScrollElement: () => element,
      estimateSize: options.estimate,
      getItemKey: options.key,
    });
    untrack(() => {
      virtualizer._willUpdate();
      virtualizer.measure();
    });
  });
  $effect(() => virtualizer._didMount());

  const items = $derived.by(() => {
    void version;
    void options.count();
    return virtualizer.getVirtualItems();
  });

  return {
    get items() {
      return items;
    },
    get before() {
      return items[0]?.start ?? 0;
    },
    get after() {
      void version;
      const last = items.at(-1);
      return last ? Math.max(0, virtualizer.getTotalSize() - last.end) : 0;
    },
    measure: (row) => virtualizer.measureElement(row),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  };
}
