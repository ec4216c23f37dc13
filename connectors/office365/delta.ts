/**
 * Rounds of changes: pages by `nextLink` until one has the `deltaLink` of the next round
 * (learn.microsoft.com/graph/delta-query-overview).
 */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { ask, type Sending } from './client.ts';
import { idOf } from './records.ts';

export interface DeltaPage {
  /** What is there, as it is now; the last word of each thing. */
  things: readonly JsonObject[];
  /** Ids of what is not there any more. */
  removed: readonly string[];
  /** Path of the page that follows; absent: the round is over. */
  next?: string;
  /** Path of the next round. */
  done?: string;
}

/** One page. Its path is a round's first, or what a page before named; those are sent as they are, and bear the query in themselves. */
export async function readDelta(ctx: Context, sending: Sending): Promise<DeltaPage> {
  const answer = await ask(ctx, sending);
  const [next, done] = [pathOf(sending, answer['@odata.nextLink']), pathOf(sending, answer['@odata.deltaLink'])];
  if (!Array.isArray(answer.value) || (next === undefined) === (done === undefined)) {
    throw new Changed(
      `${sending.name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'value' as a list, and either '@odata.nextLink' or '@odata.deltaLink'`,
      UNKNOWN,
    );
  }
  const last = new Map<string, JsonObject>();
  for (const one of objectsOf(answer.value)) {
    const id = textOf(one.id) ?? `nameless ${last.size}`;
    last.delete(id); // the same thing may come more than once: the last time counts
    last.set(id, one);
  }
  const all = [...last.values()];
  return {
    things: all.filter((one) => one['@removed'] === undefined),
    removed: all.flatMap((one) => (one['@removed'] === undefined ? [] : (idOf(one) ?? []))),
    ...(next !== undefined && { next }),
    ...(done !== undefined && { done }),
  };
}

const UNKNOWN = 'Microsoft answers in a way we do not know. Tell the maintainer.';

/** A link without where it leads: what is kept and sent on is asked of the host we know. */
export function pathOf({ name }: Pick<Sending, 'name'>, link: Json | undefined): string | undefined {
  if (link === undefined || link === null) return undefined;
  const path = typeof link === 'string' ? /^https?:\/\/[^/?#]+\/v1\.0(\/[^#]*)$/.exec(link)?.[1] : undefined;
  if (path !== undefined) return path;
  throw new Changed(`${name}: found the link ${JSON.stringify(link).slice(0, 60)}; expected an address under /v1.0`, UNKNOWN);
}
