/** Lists: pages count from 1, and the call log has no totals, so one goes on while there is a next page. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { ask, type Sending } from './client.ts';

export interface Listed {
  records: readonly JsonObject[];
  /** Number of the next page; undefined: this was the last. */
  next?: number;
  total?: number;
}

/** Page `page` of a list. A page that names itself as the next one, or one before, is Changed. */
export async function list(ctx: Context, sending: Sending, page: number): Promise<Listed> {
  const answer = await ask(ctx, { ...sending, query: { ...sending.query, page } });
  const records = recordsOf(sending.name, answer);
  const total = numberOf(objectOf(answer.paging)?.totalElements);
  const uri = textOf(objectOf(objectOf(answer.navigation)?.nextPage)?.uri);
  if (uri === undefined) return { records, ...(total !== undefined && { total }) };
  const next = URL.canParse(uri) ? Number(new URL(uri).searchParams.get('page') ?? page + 1) : page + 1;
  if (next !== page + 1) {
    throw new Changed(
      `${sending.name}: page ${page} names page ${next} as the next one; allowed is ${page + 1}`,
      'The service repeats itself. Try again later; if it stays, tell the maintainer.',
    );
  }
  return { records, next, ...(total !== undefined && { total }) };
}

/** All of a list, page by page. */
export async function listAll(ctx: Context, sending: Sending): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for (let page: number | undefined = 1; page !== undefined; ) {
    const { records, next } = await list(ctx, sending, page);
    all.push(...records);
    page = next;
  }
  return all;
}

/** The records of an answer. Throws Changed where there is no list of objects. */
export function recordsOf(name: string, answer: JsonObject): readonly JsonObject[] {
  const { records } = answer;
  const objects = objectsOf(records);
  if (Array.isArray(records) && objects.length === records.length) return objects;
  throw new Changed(
    `${name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'records' as a list of objects`,
    'RingCentral answers in a way we do not know. Tell the maintainer.',
  );
}

/** The token that goes on from an answer of a sync. Throws Changed where there is none. */
export function syncTokenOf(name: string, answer: JsonObject): string {
  const token = textOf(objectOf(answer.syncInfo)?.syncToken);
  if (token !== undefined) return token;
  throw new Changed(
    `${name}: no 'syncInfo.syncToken' in the answer`,
    'RingCentral answers in a way we do not know. Tell the maintainer.',
  );
}
