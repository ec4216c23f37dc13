/** What the engine's resources have in common. */
import { z } from 'zod';
import type { Json } from '#kit/fields.ts';

export const Any = z.custom<Json>(() => true);

export const Counts = z.record(z.string(), z.int());

export const Problem = Any.describe('What went wrong last: message and advice; null if nothing did');

/** Of a sync, a mapping or a connection. */
export const id = z.object({
  id: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

const big = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Of a run, a plan or a held question. */
export const bigId = z.object({ id: big });

const sync = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1)
  .optional();
const limit = z.coerce.number().int().min(1).max(200).default(50);

/** A list with the newest first. */
export const newestFirst = z.object({ sync, limit, before: big.optional().describe('`next` of the page before') });

/** A list in its own order. */
export const inOrder = z.object({ limit, after: z.coerce.number().int().min(-1).max(Number.MAX_SAFE_INTEGER).optional() });

export const ofSync = { sync };

export const Begun = z.object({ plan: z.int(), run: z.int().describe('Tells the progress') }).meta({ id: 'PlanBegun' });

/** The place of the next page: the last item's id, where the page was full. */
export function nextOf<T>(items: readonly T[], limit: number, place: (last: T) => number): number | null {
  return items.length < limit ? null : place(items.at(-1)!);
}
