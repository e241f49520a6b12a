import '@testing-library/jest-dom/vitest';
import { configure } from '@testing-library/svelte';
import { beforeEach, vi } from 'vitest';

// How long a test waits for something to appear is no test of speed: a busy machine may take its time.
configure({ asyncUtilTimeout: 30_000 });

// Sunday, 22 November 2026, 14.32 in Jakarta, as in the browser's tests: what is shown must not follow the day of the test. Timers go
// on; only the date stands.
vi.useFakeTimers({ now: new Date('2026-11-22T07:32:00Z'), toFake: ['Date'] });

beforeEach(() => {
  localStorage.clear();
  location.hash = '';
  window.matchMedia = (query: string) =>
    ({
      matches: false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as unknown as MediaQueryList;
  Element.prototype.scrollIntoView ??= () => undefined;
});

vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
