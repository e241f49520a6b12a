/** What stands on the rail. */
import type { IconName } from './icons';

export interface RailStep {
  id: string;
  href: string;
  title: string;
  icon: IconName;
  state: 'done' | 'need' | 'wait' | 'blocked';
  current: boolean;
  count?: number;
  /** Why it is blocked, or what makes it special. */
  note?: string | null;
}

export interface RailLink {
  id: string;
  href: string;
  title: string;
  icon: IconName;
  current: boolean;
  count?: number;
  note?: string | null;
}
