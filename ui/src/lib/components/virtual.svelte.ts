/** TanStack's virtualiser behind one rune: which rows to draw, and the empty space above and below them. */
import { untrack } from 'svelte';
import {
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

export function virtualRows(options: {
  count: () => number;
  estimate: (index: number) => number;
  key: (index: number) => string | number;
  element: () => HTMLElement | null;
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
    overscan: 12,
    onChange: () => untrack(() => version++),
  });

  $effect(() => {
    const count = options.count();
    const element = options.element();
    virtualizer.setOptions({
      ...virtualizer.options,
      count,
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
