/**
 * Subscriptions: asked for when an account is connected, renewed before they end, made anew when the service has let them fall. Each
 * hub looks for what is due; the row's lease gives it to one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '#kit/context.ts';
import { Problem } from '#kit/errors.ts';
import type { Webhooks } from '#kit/webhook.ts';
import { CareLost, type CareParts, care, unguessable, urlOf } from './care.ts';
import { type Trial, tryGate } from './handshake.ts';
import { type Owners, openOwners, REMEMBERED_MS } from './owners.ts';
import type { Kept, Ref } from './register.ts';
import { retryAfter } from './schedule.ts';

export interface SubscriptionParts extends CareParts {
  /** By connector. Those without `subscribe` are left alone. */
  webhooks: { readonly [connector: string]: Webhooks | undefined };
  /** Streams that are in use whatever their syncs do: a telephone's calls appear while they ring. */
  always(connector: string): readonly string[];
  /** What a connector is lent for one connection. Throws Reconnect where its grant is dead. */
  context(workspace: number, connection: number, signal: AbortSignal): Promise<Context>;
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
}

export interface Subscriptions {
  /** Begins to care for what is due. Without it, only what is asked for is done. */
  start(): void;
  /** Finishes what is under way. */
  stop(): Promise<void>;
  /** For the gate: whose address is it, and what must a sender know? */
  ownerOf: Owners['of'];
  /** Something is due now: look at once instead of within two seconds. */
  wake(): void;
  /** Does here and now whatever one of them needs. False where another hub is at it, or there is none. */
  attend(ref: Ref): Promise<boolean>;
  /** Does whatever is due; how many there were. */
  attendDue(): Promise<number>;
  /** A new secret; the former is believed until the service has the new one, and an hour longer. False where there is none. */
  rotate(ref: Ref): Promise<boolean>;
  /** Does what the service would send come to the gate, and its answer back? Undefined where there is no subscription. */
  tryOut(ref: Ref, signal: AbortSignal): Promise<Trial | undefined>;
  /**
   * Ends it at the service, for good; the row is the caller's to remove, and cared for by nobody meanwhile. What could not be done,
   * for the person; '' where all is well.
   */
  leave(ref: Ref): Promise<string>;
}

const LOOK_MS = 2_000;
const ENROL_MS = 3_600_000;
const AT_ONCE = 4;
/** Less than a lease, so that nobody else takes for lost what is still under way. */
const PATIENCE_MS = 75_000;
/** Until every hub has forgotten what it knew, a service is not told of a new secret. */
export const ROTATION_MS = 2 * REMEMBERED_MS;

export function openSubscriptions(parts: SubscriptionParts): Subscriptions {
  const { register, now, log } = parts;
  const owners = openOwners({ register, now });
  const subscribing = Object.keys(parts.webhooks).filter((name) => parts.webhooks[name]?.subscribe);
  const stopping = new AbortController();
  let nudge = new AbortController();
  let loop: Promise<void> = Promise.resolve();
  let enrolled = Number.NEGATIVE_INFINITY;

  async function attend(ref: Ref): Promise<boolean> {
    const kept = await register.take(ref);
    if (kept === undefined) return false;
    try {
      await attendTaken(kept);
    } catch (error) {
      if (!(error instanceof CareLost)) throw error;
      log.info({ ...ref }, error.message);
    } finally {
      owners.forget(kept.connector, kept.address);
      await register.release(kept).catch(() => undefined); // the database is gone: the lease ends by itself
    }
    return true;
  }

  async function attendTaken(kept: Kept): Promise<void> {
    const webhooks = parts.webhooks[kept.connector];
    if (!webhooks?.subscribe) return putOff(kept, `${kept.connector} has no subscriptions any more`, '');
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(PATIENCE_MS)]);
    let context: Context;
    try {
      context = await parts.context(kept.workspace, kept.connection, signal);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return putOff(kept, error.message, error.advice);
    }
    const inUse = [...new Set([...kept.inUse, ...parts.always(kept.connector)])];
    await care(parts, webhooks, context, { ...kept, inUse });
  }

  async function putOff(kept: Kept, message: string, advice: string): Promise<void> {
    const due = retryAfter(kept.address, now(), kept.failures);
    await register.note(kept, { failures: kept.failures + 1, due, problem: { at: now(), message, advice } });
  }

  async function attendDue(): Promise<number> {
    if (subscribing.length > 0 && performance.now() - enrolled > ENROL_MS) {
      await register.enrol(subscribing, now());
      enrolled = performance.now();
    }
    const due = await register.due(now(), 100);
    const next = due.values();
    const worker = async () => {
      for (const ref of next) {
        if (stopping.signal.aborted) return;
        await attend(ref).catch((error: unknown) => log.error({ ...ref, err: error }, 'caring for a subscription failed'));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return due.length;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await attendDue().catch((error: unknown) =>
        log.error({ err: error }, 'looking for due subscriptions failed; trying again'),
      );
      await delay(LOOK_MS, undefined, { signal: nudge.signal, ref: false }).catch(() => undefined);
      if (!stopping.signal.aborted) nudge = new AbortController();
    }
  }

  return {
    start() {
      loop = run();
    },
    async stop() {
      stopping.abort();
      nudge.abort();
      await loop;
    },
    ownerOf: owners.of,
    wake: () => nudge.abort(),
    attend,
    attendDue,
    async rotate(ref) {
      const rotated = await register.rotate(ref, unguessable(), now() + ROTATION_MS);
      if (rotated) owners.forget(rotated.connector, rotated.address);
      return rotated !== undefined;
    },
    async tryOut(ref, signal) {
      const kept = await register.read(ref);
      const webhooks = kept && parts.webhooks[kept.connector];
      if (kept === undefined || webhooks === undefined) return undefined;
      const proof = { secrets: kept.secrets.map(({ secret }) => secret), now: now() };
      return tryGate(webhooks, urlOf(parts.publicUrl(), kept), proof, signal);
    },
    leave: (ref) => leave(parts, owners, ref),
  };
}

async function leave(parts: SubscriptionParts, owners: Owners, ref: Ref): Promise<string> {
  const kept = await parts.register.take(ref);
  if (kept === undefined || (kept.state !== 'live' && kept.state !== 'asking')) return '';
  owners.forget(kept.connector, kept.address);
  const webhooks = parts.webhooks[kept.connector];
  try {
    const context = await parts.context(ref.workspace, ref.connection, AbortSignal.timeout(PATIENCE_MS));
    const id = kept.id ?? (await webhooks?.find?.(context, kept.url))?.id;
    if (id !== undefined) await webhooks?.unsubscribe?.(context, id);
    return '';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `Its subscription could not be ended there (${error.message}); what it still sends is refused here.`;
  }
}
