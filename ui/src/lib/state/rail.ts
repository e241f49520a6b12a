/** What the rail shows for a company: its steps, and once something was sent, the menu of the house above them. */
import type { StepId, StepView } from '../backend/types';
import type { IconName } from '../components/icons';
import type { RailLink, RailStep } from '../components/rail';
import { reasonText } from '../errors/reasons';
import { m } from '../paraglide/messages.js';
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
  orders: 'home',
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
  later: 'blocked',
};

export function stepTitle(id: StepId): string {
  return titles[id]();
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
    current: step.state !== 'later' && (screenOf[step.id] === here || (step.id === 'connect' && here === 'welcome')),
    count: step.count,
    note: step.id === first || step.state === 'later' ? reasonText(step.reason) : null,
    dead: step.state === 'later',
  }));
}

export function links(session: Session, here: Screen): RailLink[] {
  if (!session.company.database) return [];
  const link = (id: Screen, title: string, icon: IconName, count = 0): RailLink => ({
    id,
    href: href(id),
    title,
    icon,
    count,
    current: here === id || (id === 'runs' && here === 'run'),
  });
  return [
    link('home', m.nav_home(), 'home'),
    link('inbox', m.nav_inbox(), 'inbox', session.inbox),
    link('runs', m.nav_runs(), 'history'),
  ];
}

export function end(here: Screen): RailLink[] {
  return [
    { id: 'settings', href: href('settings'), title: m.nav_settings(), icon: 'gear', current: here === 'settings' },
  ];
}

/** Where a person lands: the question at first, then the step that is next, and the home of the house when all is set up. */
export function firstScreen(session: Session): Screen {
  if (session.company.existing_user === null) return 'welcome';
  if (session.settled) return 'home';
  const next = session.next;
  return next ? screenOf[next.id] : 'home';
}
