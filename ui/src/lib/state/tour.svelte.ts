/** The first-run tour: one hint a screen, in the order of the steps. It is shown on sample data only, and a person may put it away. */
import type { StepId } from '../backend/types';
import { screenOf } from './rail';
import type { Screen } from './route.svelte';
import type { Session } from './session.svelte';

const KEY = 'selaras.tour';

/** Stops before the steps of the set-up, and after them. */
const BEFORE: readonly Screen[] = ['welcome'];
const AFTER: readonly Screen[] = ['run', 'inbox', 'explain', 'runs', 'home', 'settings'];
/** Steps that the tour passes over: they show nothing that another stop does not show. */
const PASSED: readonly StepId[] = ['items_again'];

/** Screens that stand for a stop of another name. */
const SAME: Partial<Record<Screen, Screen>> = { 'items-again': 'items', plan: 'items' };

let hidden = $state(typeof localStorage !== 'undefined' && localStorage.getItem(KEY) === 'hidden');

export interface Stop {
  screen: Screen;
  /** Its number, from 1. */
  n: number;
  all: number;
  next: Screen | null;
}

export const tour = {
  get hidden(): boolean {
    return hidden;
  },
  hide(): void {
    hidden = true;
    localStorage.setItem(KEY, 'hidden');
  },
  show(): void {
    hidden = false;
    localStorage.removeItem(KEY);
  },
};

/** The stop of a screen; `null` where the tour has nothing to say. */
export function stopAt(session: Session, here: Screen): Stop | null {
  const steps = session.company.steps.filter((step) => !PASSED.includes(step.id)).map((step) => screenOf[step.id]);
  const stops = [...BEFORE, ...steps, ...AFTER];
  const screen = SAME[here] ?? here;
  const at = stops.indexOf(screen);
  return at < 0 ? null : { screen, n: at + 1, all: stops.length, next: stops[at + 1] ?? null };
}
