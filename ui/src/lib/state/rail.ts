/** What the rail shows for a company: the steps of the set-up, and once stock was sent the menu of the house in their place. */
import type { StepId, StepView } from '../backend/types';
import type { IconName } from '../components/icons';
import type { RailLink, RailStep } from '../components/rail';
import { reasonText } from '../errors/reasons';
import { span } from '../i18n/format';
import { m } from '../paraglide/messages.js';
import { clock } from './clock.svelte';
import { href, type Screen } from './route.svelte';
import type { Session } from './session.svelte';

export const screenOf: Record<StepId, Screen> = {
  connect: 'connect',
  database: 'database',
  accounts: 'accounts',
  warehouses: 'warehouses',
  skus: 'skus',
  items: 'items',
  opening_stock: 'opening-stock',
  stock: 'stock',
  items_again: 'items-again',
  orders: 'orders',
};

const icons: Record<StepId, IconName> = {
  connect: 'link',
  database: 'database',
  accounts: 'account',
  warehouses: 'warehouse',
  skus: 'tag',
  items: 'box',
  opening_stock: 'count',
  stock: 'layers',
  items_again: 'checks',
  orders: 'receipt',
};

const titles: Record<StepId, () => string> = {
  connect: m.step_connect,
  database: m.step_database,
  accounts: m.step_accounts,
  warehouses: m.step_warehouses,
  skus: m.step_skus,
  items: m.step_items,
  opening_stock: m.step_opening_stock,
  stock: m.step_stock,
  items_again: m.step_items_again,
  orders: m.step_orders,
};

const states: Record<StepView['state'], RailStep['state']> = {
  done: 'done',
  current: 'wait',
  need: 'need',
  blocked: 'blocked',
  waiting: 'wait',
};

/** What a screen is called in the rail, the search and the tour. */
export function screenTitle(screen: Screen): string {
  const names: Record<Screen, () => string> = {
    welcome: m.nav_welcome,
    connect: m.step_connect,
    database: m.step_database,
    accounts: m.step_accounts,
    warehouses: m.step_warehouses,
    skus: m.step_skus,
    items: m.step_items,
    'opening-stock': m.step_opening_stock,
    stock: m.step_stock,
    'items-again': m.step_items_again,
    orders: m.step_orders,
    plan: m.nav_plan,
    run: m.nav_run,
    runs: m.nav_runs,
    inbox: m.nav_inbox,
    home: m.nav_home,
    explain: m.nav_explain,
    settings: m.nav_settings,
  };
  return names[screen]();
}

export function railSteps(session: Session, here: Screen): RailStep[] {
  const steps = session.company.steps;
  // Of the steps that wait for another, only the first says so: one reason is read, nine are not.
  const first = steps.find((step) => step.state === 'blocked')?.id;
  return steps.map((step) => ({
    id: step.id.replaceAll('_', '-'),
    href: href(screenOf[step.id]),
    title: titles[step.id](),
    icon: icons[step.id],
    state: states[step.state],
    current: screenOf[step.id] === here || (step.id === 'connect' && here === 'welcome'),
    count: step.count,
    note: step.id === first ? reasonText(step.reason) : null,
  }));
}

/** A link of the house, with the count of what needs a person there and a note under it. */
function link(
  here: Screen,
  id: Screen,
  title: string,
  icon: IconName,
  count = 0,
  note: string | null = null,
): RailLink {
  return {
    id,
    href: href(id),
    title,
    icon,
    count,
    note,
    current:
      here === id ||
      (id === 'runs' && (here === 'run' || here === 'plan')) ||
      (id === 'items' && here === 'items-again'),
  };
}

function age(at: string | null | undefined): string | null {
  if (!at) return null;
  const seconds = (clock.now - Date.parse(at)) / 1000;
  return seconds < 5 ? m.age_now() : m.age_ago({ span: span(seconds) });
}

/** What is done every day, in both times of the rail. */
export function daily(session: Session, here: Screen): RailLink[] {
  if (!session.company.database) return [];
  return [
    link(here, 'home', m.nav_home(), 'home'),
    link(here, 'inbox', m.nav_inbox(), 'inbox', session.inbox),
    link(here, 'runs', m.nav_runs(), 'history'),
  ];
}

/** The menu after the set-up: every day, each sync with the age of its figures, what may be set right, and what waits in the set-up. */
export function house(session: Session, here: Screen): RailLink[][] {
  const { figures } = session;
  const waits = (id: StepId) => {
    const step = session.step(id);
    return step?.state === 'need' ? Math.max(1, step.count) : 0;
  };
  const broken = (['connect', 'database'] as const).filter((id) => session.step(id)?.state !== 'done');
  return [
    daily(session, here),
    [
      link(here, 'items', m.step_items(), 'box', 0, age(figures?.items?.read_at)),
      link(here, 'stock', m.step_stock(), 'layers', 0, age(figures?.stock?.read_at)),
      link(here, 'orders', m.step_orders(), 'receipt', waits('orders'), age(figures?.waiting?.read_at)),
    ],
    [
      ...broken.map((id) => link(here, screenOf[id], titles[id](), icons[id], 1)),
      link(here, 'accounts', m.step_accounts(), 'account', waits('accounts')),
      link(here, 'warehouses', m.step_warehouses(), 'warehouse', waits('warehouses')),
      link(here, 'skus', m.step_skus(), 'tag', waits('skus')),
      link(here, 'explain', m.nav_explain(), 'search'),
    ],
  ];
}

export function end(here: Screen): RailLink[] {
  return [link(here, 'settings', m.nav_settings(), 'gear')];
}

/** Where a person lands: the question at first, then the step that is next, and the home of the house when all is set up. */
export function firstScreen(session: Session): Screen {
  if (session.company.existing_user === null) return 'welcome';
  if (session.house) return 'home';
  const next = session.next;
  return next ? screenOf[next.id] : 'home';
}
