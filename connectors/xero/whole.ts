/** Lists without pages: all of it in one answer, each time; who is absent is gone. */
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Cursor, Page } from '#kit/stream.ts';
import { ask } from './client.ts';
import { type Shape, sorted } from './records.ts';

export interface Whole {
  /** The operation, as the specification names it. */
  name: string;
  shape: Shape;
  list(api: AccountingApi, tenant: string): Promise<unknown>;
}

/** Rows that are handed on at once: the answer itself knows no pages. */
const PIECE = 500;

/** A reading that was broken off asks again and goes on behind the row it had come to, in the order of ids. */
export async function* pullWhole(ctx: Context, whole: Whole, since: Cursor | null): AsyncGenerator<Page, void, void> {
  const { shape } = whole;
  const currency = textOf(ctx.settings.currency) ?? '';
  const objects = await listWhole(ctx, whole);
  const after = textOf(objectOf(since ?? undefined)?.after) ?? '';
  const left = objects.filter((object) => idOf(object, shape) > after);
  let from = 0;
  do {
    const piece = left.slice(from, from + PIECE);
    from += PIECE;
    const last = from >= left.length;
    const next = last ? null : { after: idOf(piece.at(-1)!, shape) };
    yield { ...sorted(piece, shape, currency), next, last, total: objects.length };
  } while (from < left.length);
}

/** In the order of ids. An id that comes twice is Changed. */
export async function listWhole(ctx: Context, { name, shape, list }: Whole): Promise<JsonObject[]> {
  const answer = await ask(ctx, { name }, (api, tenant) => list(api, tenant));
  const objects = objectsOf(answer[shape.plural]).toSorted((a, b) => (idOf(a, shape) < idOf(b, shape) ? -1 : 1));
  const twice = objects.find((object, i) => i > 0 && idOf(object, shape) === idOf(objects[i - 1]!, shape));
  if (twice === undefined) return objects;
  throw new Changed(
    `${name}: ${shape.id} ${JSON.stringify(idOf(twice, shape))} came twice among ${numberOf(objects.length)}; each must come once`,
    'The service repeats itself. Try again later; if it stays, tell the maintainer.',
  );
}

const idOf = (object: JsonObject, { id }: Shape): string => textOf(object[id]) ?? '';
