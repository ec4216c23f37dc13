/**
 * A hub in a process of its own, to be killed: works on one sync until nothing is due, then leaves. Its calls to the service go to the
 * parent, where what was done stays done when this process dies before it hears the answer.
 */
import { openCrm } from '#crm/crm.ts';
import type { Cursor, Draft, Outcome, Page, Removal, Stream } from '#kit/stream.ts';
import { openDatabase } from '#store/database.ts';
import { openEngine } from '#sync/engine.ts';
import { MemoryService } from './service.ts';

export interface Orders {
  url: string;
  workspace: number;
  sync: number;
  /** How far the clock is turned, ms. */
  shift: number;
}

export type Call =
  /** Its work begins now. Nothing is to be answered. */
  | { id: 0; is: 'ready' }
  | { id: number; is: 'pull'; since: Cursor | null }
  | { id: number; is: 'fetch' | 'remove'; ids: readonly string[] }
  | { id: number; is: 'push'; drafts: readonly Draft[] };

type Asked<T> = T extends { id: number } ? Omit<T, 'id'> : never;

const orders = JSON.parse(process.argv[2]!) as Orders;
const now = () => Date.now() + orders.shift;
const waiting = new Map<number, (answer: unknown) => void>();
let calls = 0;
process.on('message', ({ id, answer }: { id: number; answer: unknown }) => waiting.get(id)?.(answer));

function ask<T>(call: Asked<Call>): Promise<T> {
  const id = ++calls;
  return new Promise((resolve) => {
    waiting.set(id, (answer) => resolve(answer as T));
    process.send!({ ...call, id });
  });
}

const stream: Stream = {
  ...new MemoryService(now).stream,
  async *pull(_ctx, since) {
    for (let at = since; ; ) {
      const page = await ask<Page>({ is: 'pull', since: at });
      yield page;
      if (page.last) return;
      at = page.next;
    }
  },
  fetch: (_ctx, ids) => ask<Awaited<ReturnType<NonNullable<Stream['fetch']>>>>({ is: 'fetch', ids }),
  push: (_ctx, drafts) => ask<Outcome[]>({ is: 'push', drafts }),
  remove: (_ctx, ids) => ask<Removal[]>({ is: 'remove', ids }),
};

const store = await openDatabase({ url: orders.url, data: '' });
const engine = openEngine({
  store,
  crm: openCrm({ store, now }),
  now,
  streamOf: () => stream,
  streamsOf: () => ({ people: stream }),
  defaultMapping: () => undefined,
  log: { info: () => undefined, error: () => undefined },
  context: async (_workspace, _connection, signal) => ({
    settings: {},
    base: {},
    signal,
    now,
    clientId: 'app',
    token: async () => 'token',
    call: (_cost, send) => send(signal, () => undefined),
  }),
});
process.send!({ id: 0, is: 'ready' } satisfies Call);
await engine.drain(orders.workspace, orders.sync, 'process');
await store.close();
process.disconnect?.();
