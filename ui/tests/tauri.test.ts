/** What the window adds to Tauri's IPC. */
import { expect, it, vi } from 'vitest';
import type { ProgressView } from '../src/lib/backend';
import { commands } from '../src/lib/backend/bindings';
import { tauri } from '../src/lib/backend/tauri';

vi.mock('@tauri-apps/api/core', () => ({
  Channel: class {
    onmessage = () => undefined;
  },
  invoke: () => Promise.reject(new Error('no engine')),
}));

const at = (done: number): ProgressView => ({
  phase: 'proving',
  done,
  total: 3,
  rate: null,
  seconds_left: null,
  counts: null,
});

it('passes on how far a run is, and nothing that comes after its answer', async () => {
  let tell: (progress: ProgressView) => void = () => undefined;
  vi.spyOn(commands, 'watchRun').mockImplementation(async (channel) => {
    tell = channel.onmessage;
    tell(at(1));
    await Promise.resolve();
    tell(at(2));
    return { status: 'ok', data: null };
  });
  const heard: number[] = [];
  expect(await tauri.watchRun((progress) => heard.push(progress.done))).toBeNull();
  tell(at(3));
  expect(heard).toEqual([1, 2]);
});
