/** A slice whose lease another hub has taken stops at once, in the middle of a call to the service. */

import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Cost, Send } from '#kit/context.ts';
import type { Stream } from '#kit/stream.ts';
import { oneSlice } from '#sync/dispatch.ts';
import { LeaseLost } from '#sync/env.ts';
import { openWorld } from './world.ts';

test('a slice stops in the middle of a call when its lease is lost', async () => {
  const world = await openWorld();
  await world.begin();
  const { store, owner } = world.database;
  await owner.query('update syncs set pull_due = now() where workspace = $1', [world.workspace]);
  // Another hub takes the lease while the service takes its time: this one is left waiting until somebody ends the call.
  const stream: Stream = {
    ...world.service.stream,
    async *pull({ signal }) {
      await owner.query('update syncs set generation = generation + 1 where workspace = $1', [world.workspace]);
      if (!signal.aborted) await once(signal, 'abort');
      signal.throwIfAborted();
      yield { lost: 'never asked' };
    },
  };
  const parts = {
    store,
    crm: world.crm,
    now: world.now,
    streamOf: () => stream,
    log: { info: () => undefined, error: () => undefined },
    context: async (_workspace: number, _connection: number, signal: AbortSignal) => ({
      settings: {},
      base: {},
      signal,
      now: world.now,
      clientId: 'app',
      token: async () => 'token',
      call: <T>(_cost: Cost, send: Send<T>) => send(signal, () => undefined),
    }),
    renewEvery: 20,
  };
  const never = new AbortController().signal;
  const end = await oneSlice(parts, world.workspace, world.sync, 'test', () => false, never, true);
  expect(end?.problem).toBeInstanceOf(LeaseLost);
});
