/** The time as the window shows it, moved on every ten seconds: ages grow old without a reload. */
let now = $state(Date.now());

if (typeof window !== 'undefined') setInterval(() => (now = Date.now()), 10_000);

export const clock = {
  get now(): number {
    return now;
  },
};
