/** From where a plan asks for a second look. What a person set in the settings holds for every plan. */
import type { AppView } from '../backend/types';

export interface Brakes {
  /** More changes than this. */
  changes: number;
  /** Stock that rises by more than this share in sum. */
  rise: number;
}

export const usual: Brakes = { changes: 200, rise: 0.2 };

export function brakesOf({ settings }: AppView): Brakes {
  const set = (key: string) => Number(settings[key]) || null;
  const percent = set('brake_rise');
  return { changes: set('brake_changes') ?? usual.changes, rise: percent === null ? usual.rise : percent / 100 };
}
