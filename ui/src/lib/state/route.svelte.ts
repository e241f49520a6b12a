/** Where the person is: a typed state in the address's hash, so that Back works and a reload comes back to the same screen. */
export const screens = [
  'welcome',
  'connect',
  'database',
  'accounts',
  'warehouses',
  'skus',
  'items',
  'opening-stock',
  'stock',
  'items-again',
  'orders',
  'plan',
  'run',
  'runs',
  'inbox',
  'home',
  'explain',
  'settings',
] as const;

export type Screen = (typeof screens)[number];

export interface Route {
  screen: Screen;
  /** What the screen is about: a run's id, a place in it. */
  id: string | null;
}

function parse(hash: string): Route | null {
  const [screen, id] = hash.replace(/^#\/?/, '').split('/');
  if (!screens.includes(screen as Screen)) return null;
  return { screen: screen as Screen, id: id ? decodeURIComponent(id) : null };
}

let current = $state<Route | null>(typeof location === 'undefined' ? null : parse(location.hash));

if (typeof window !== 'undefined') window.addEventListener('hashchange', () => (current = parse(location.hash)));

export function href(screen: Screen, id?: string): string {
  return id === undefined ? `#/${screen}` : `#/${screen}/${encodeURIComponent(id)}`;
}

export const route = {
  /** `null` until a screen was chosen: the first one follows from the state of the company. */
  get current(): Route | null {
    return current;
  },
  /** Back to where a fresh start lands. */
  clear(): void {
    location.hash = '';
    current = null;
  },
  go(screen: Screen, id?: string): void {
    location.hash = href(screen, id);
    current = parse(location.hash);
  },
  /** Leads on from here when something that was begun here has ended. A person who has gone elsewhere meanwhile stays there. */
  onward(): (screen: Screen, id?: string) => void {
    const from = location.hash;
    return (screen, id) => {
      if (location.hash === from) this.go(screen, id);
    };
  },
};
