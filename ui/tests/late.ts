/** An engine whose answers come late and overtake each other, as they do on a busy machine. */
import type { Backend } from '../src/lib/backend';

/** Milliseconds that a call waits at most before it is made, and as many again before it is answered. */
const LATE = 30;

/** The same engine; which calls wait, and how long, follows from the seed, so that a round that fails can be run again. */
export function late(backend: Backend, seed: number): Backend {
  let state = seed;
  const wait = (): Promise<void> | undefined => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const share = state / 2_147_483_648;
    return share < 0.5 ? new Promise((done) => setTimeout(done, share * 2 * LATE)) : undefined;
  };
  const calls = Object.entries(backend).map(([name, call]: [string, (...args: never[]) => Promise<unknown>]) => [
    name,
    async (...args: never[]) => {
      await wait();
      const answer = await call(...args);
      await wait();
      return answer;
    },
  ]);
  return Object.fromEntries(calls) as Backend;
}
