/** Is the hub alive, can it work, and how much has it done: asked by whatever runs it. */
import { once } from 'node:events';
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import { type Counted, metrics, registry } from '#hub/metrics.ts';
import { type Route, route } from './route.ts';

export interface Health {
  /** Rejects where the database cannot be asked. */
  ping(): Promise<void>;
  /** What processes beside this one have counted. Default there are none. */
  counted?: () => readonly Counted[];
  /** How long the database may take, in ms. Default five seconds: whoever watches the hub is told before giving up. */
  patienceMs?: number;
}

const Well = z.object({ ok: z.boolean() });

export function healthRoutes(health: Health): Route[] {
  return [
    route({
      method: 'get',
      path: '/healthz',
      title: 'The process is alive',
      permission: 'public',
      answer: Well,
      handle: () => ({ body: { ok: true } }),
    }),
    route({
      method: 'get',
      path: '/readyz',
      title: 'The hub can work: its database answers',
      permission: 'public',
      answer: Well,
      async handle() {
        await within(health.patienceMs ?? 5_000, health.ping()).catch((error: unknown) => {
          throw new Fault('busy', 'The database does not answer.', 'Run `npm run cli -- doctor`.', [], error);
        });
        return { body: { ok: true } };
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      title: 'Counters for Prometheus',
      permission: 'operator',
      media: 'text/plain',
      answer: z.string(),
      handle: async () => ({ text: await metrics(health.counted?.() ?? []), headers: { 'content-type': registry.contentType } }),
    }),
  ];
}

/** Rejects once the time is over. */
async function within(ms: number, asked: Promise<void>): Promise<void> {
  const over = AbortSignal.timeout(ms);
  await Promise.race([asked, once(over, 'abort').then(() => Promise.reject(over.reason))]);
}
