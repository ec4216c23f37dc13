/** Who goes first where a service allows only so many calls. */
import type { Context } from '#kit/context.ts';

/**
 * The part of each budget that a kind of work may use up. What is more urgent always finds some left: a person who waits before what
 * a webhook told, that before a look at what is new, and that before whatever reads everything.
 */
const SHARES = { person: 1, webhook: 0.9, poll: 0.8, backfill: 0.5 } as const;

export type Urgency = keyof typeof SHARES;

/** The same context for work of that urgency. */
export function forWork(context: Context, urgency: Urgency): Context {
  const share = SHARES[urgency];
  return { ...context, call: (cost, send, options) => context.call(cost, send, { ...options, share }) };
}
