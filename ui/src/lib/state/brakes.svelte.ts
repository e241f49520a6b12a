/** The limits of the company's brakes, as the engine keeps them. What a person sets, in the settings or beside a plan, holds for every plan. */
import type { Session } from './session.svelte';

/** One limit. */
export class Brake {
  #set = $state<number | null>(null);

  constructor(
    private readonly session: Session,
    private readonly key: 'brake_changes' | 'brake_rise' | 'brake_fall',
    readonly most: number,
  ) {}

  get value(): number {
    return this.#set ?? Number(this.session.view.settings[this.key]);
  }

  takes(value: number): boolean {
    return Number.isInteger(value) && value >= 1 && value <= this.most;
  }

  /** Holds at once, and from the next start on once the engine has kept it. */
  async keep(value: number): Promise<void> {
    this.#set = value;
    await this.session.store(this.key, String(value));
  }
}

export interface Brakes {
  /** More changes than this. */
  changes: Brake;
  /** Stock on offer that rises by more than so many per cent. */
  rise: Brake;
  /** Stock on offer that falls so. */
  fall: Brake;
}

export function brakesOf(session: Session): Brakes {
  return {
    changes: new Brake(session, 'brake_changes', 100_000),
    rise: new Brake(session, 'brake_rise', 1000),
    fall: new Brake(session, 'brake_fall', 100),
  };
}
