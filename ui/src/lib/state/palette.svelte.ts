/** What the search finds: screens, actions, SKUs of the company, its runs. SKUs are asked of the engine, the newest question only. */
import type { RunView, SkuView } from '../backend/types';
import type { IconName } from '../components/icons';
import type { Screen } from './route.svelte';
import type { Session } from './session.svelte';

export interface Found {
  id: string;
  icon: IconName;
  title: string;
  /** What stands beside it, grey. */
  detail?: string;
  go: { screen: Screen; id?: string } | (() => void);
}

/** SKUs that are shown, and runs. */
const SKUS = 8;
const RUNS = 4;
/** From so many letters SKUs are searched, so long after the last one. */
const LETTERS = 2;
const PAUSE = 120;

/** Each word must stand in the title or beside it. */
export function fitting<T extends Found>(list: T[], typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((one) => {
    const text = `${one.title} ${one.detail ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export class Palette {
  typed = $state('');
  skus = $state.raw<SkuView[]>([]);
  runs = $state.raw<RunView[]>([]);
  searching = $state(false);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor(private readonly session: Session) {}

  /** Begins with nothing typed, and with the runs of now. */
  async open(): Promise<void> {
    this.type('');
    this.runs = [];
    if (!this.session.company.database) return;
    try {
      this.runs = (await this.session.backend.runs()).runs.slice(0, RUNS);
    } catch {
      // The screen of the runs says why they cannot be read; here they are left out.
    }
  }

  type(text: string): void {
    this.typed = text;
    clearTimeout(this.timer);
    const asked = ++this.asked;
    const search = text.trim();
    this.searching = search.length >= LETTERS && this.session.company.forstok !== null;
    if (this.searching) this.timer = setTimeout(() => void this.search(search, asked), PAUSE);
    else this.skus = [];
  }

  private async search(search: string, asked: number): Promise<void> {
    const page = { sort: null, down: false, after: null, at: null, limit: SKUS };
    let found: SkuView[] = [];
    try {
      found = (await this.session.backend.skus({ state: null, search, page, refresh: false })).skus;
    } catch {
      // As with the runs: before the first reading there is nothing to search in.
    }
    if (asked !== this.asked) return;
    this.skus = found.filter((row) => row.sku !== '');
    this.searching = false;
  }
}
