/** Things one by one: PayPal has no call for several. */
import type { Context } from '#kit/context.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { ask, type Sending } from './client.ts';
import { isMissing } from './faults.ts';
import { type RecordShape, sorted } from './records.ts';

/** Undefined where PayPal knows none of this id. */
export async function find(ctx: Context, sending: Sending): Promise<JsonObject | undefined> {
  try {
    return await ask(ctx, sending);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** So many at once: PayPal names no limit, and one after the other takes too long. */
const ABREAST = 5;

/** Rows by their ids, in that order; those that PayPal does not know are gone. */
export async function fetchEach(
  ctx: Context,
  ids: readonly string[],
  sendingOf: (id: string) => Sending,
  shape: RecordShape,
): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: (JsonObject | undefined)[] = [];
  for (let n = 0; n < ids.length; n += ABREAST)
    found.push(...(await Promise.all(ids.slice(n, n + ABREAST).map((id) => find(ctx, sendingOf(id))))));
  const there = found.filter((one) => one !== undefined);
  return { ...sorted(there, shape), gone: ids.filter((_, at) => found[at] === undefined) };
}
