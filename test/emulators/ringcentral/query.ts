import type { Json } from '#kit/fields.ts';
import type { Call } from '../kit/server.ts';
import { badJson, badParameter } from './errors.ts';

/** A whole number of the query; above `most` it is cut down, as RingCentral does. */
export function natural(
  query: URLSearchParams,
  name: string,
  { least = 1, most = Number.MAX_SAFE_INTEGER } = {},
): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  if (!/^\d+$/.test(given) || Number(given) < least) throw badParameter(name);
  return Math.min(Number(given), most);
}

/** An instant of the query, ms since the epoch. */
export function instant(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (Number.isNaN(at)) throw badParameter(name);
  return at;
}

export function flag(query: URLSearchParams, name: string): boolean {
  const given = query.get(name);
  if (given !== null && given !== 'true' && given !== 'false') throw badParameter(name);
  return given === 'true';
}

/** The values of a parameter that may be repeated, each one of `allowed`; empty when it is absent. */
export function several<T extends string>(query: URLSearchParams, name: string, allowed: readonly T[]): T[] {
  return query.getAll(name).map((given) => {
    const known = allowed.find((one) => one === given);
    if (known === undefined) throw badParameter(name);
    return known;
  });
}

export function one<T extends string>(query: URLSearchParams, name: string, allowed: readonly T[]): T | undefined {
  return several(query, name, allowed)[0];
}

export type Body = { readonly [member: string]: Json };

/** The JSON object a call brings; `{}` where it brings nothing. */
export function bodyOf({ body, headers }: Call): Body {
  if (body.length === 0) return {};
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) throw badJson('Content-Type must be application/json');
  let value: Json;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw badJson(error instanceof Error ? error.message : String(error));
  }
  return object(value) ?? fail();
}

function fail(): never {
  throw badJson('an object is expected');
}

/** The value, if it is an object. */
export function object(value: Json | undefined): Body | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

/** A text inside a body: `said(body, 'to', 'phoneNumber')`. */
export function said(body: Body, ...path: readonly string[]): string | undefined {
  let value: Json | undefined = body;
  for (const name of path) value = object(value)?.[name];
  return typeof value === 'string' ? value : undefined;
}
