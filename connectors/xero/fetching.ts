/** Rows by their ids: fifty in a call where Xero can be asked so, else one by one. */
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { ask } from './client.ts';
import { isMissing } from './faults.ts';
import { type Shape, type Sorted, sorted } from './records.ts';
import { isGuid } from './wire.ts';

export interface Reading {
  /** The operation, as the specification names it. */
  name: string;
  shape: Shape;
  /** Fifty at most: more ids make the address too long. */
  many?(api: AccountingApi, tenant: string, ids: readonly string[]): Promise<unknown>;
  one?(api: AccountingApi, tenant: string, id: string): Promise<unknown>;
  /** Ids are GUIDs, unless they are something else. */
  named?: true;
}

const MOST = 50;

/** Those the service does not know are gone; so are those that are over. In the order of `ids`. */
export async function fetchMany(ctx: Context, reading: Reading, ids: readonly string[]): Promise<Sorted> {
  const { shape } = reading;
  const objects = await objectsById(ctx, reading, ids);
  const known = ids.map((id) => objects.get(id.toLowerCase())).filter((one) => one !== undefined);
  const found = sorted(known, shape, textOf(ctx.settings.currency) ?? '');
  found.gone.push(...ids.filter((id) => !objects.has(id.toLowerCase())));
  return found;
}

/** Objects as they are now, by their ids in small letters. */
export async function objectsById(ctx: Context, reading: Reading, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  const { name, shape, many, one, named } = reading;
  const asked = named ? [...ids] : ids.filter(isGuid);
  const found = new Map<string, JsonObject>();
  const keep = (answer: JsonObject) => {
    for (const object of objectsOf(answer[shape.plural])) found.set((textOf(object[shape.id]) ?? '').toLowerCase(), object);
  };
  if (many !== undefined) {
    for (let from = 0; from < asked.length; from += MOST) {
      keep(await ask(ctx, { name }, (api, tenant) => many(api, tenant, asked.slice(from, from + MOST))));
    }
    return found;
  }
  for (const id of asked) {
    const answer = await ask(ctx, { name }, (api, tenant) => one!(api, tenant, id)).catch((error: unknown) => {
      if (isMissing(error)) return {};
      throw error;
    });
    keep(answer);
  }
  return found;
}
