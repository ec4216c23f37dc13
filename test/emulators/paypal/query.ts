import type { Json } from '#kit/fields.ts';
import type { Call } from '../kit/server.ts';
import { ApiError, malformed } from './errors.ts';

export type Body = { readonly [member: string]: Json };

/** The JSON a call brings; `{}` where it brings nothing. A POST without the media type is refused. */
export function jsonOf({ body, headers }: Call): Json {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', 'The server does not support the request payload’s media type.');
  }
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    throw malformed({ issue: 'MALFORMED_REQUEST_JSON', description: 'The request JSON is not well formed.', location: 'body' });
  }
}

export function bodyOf(call: Call): Body {
  const body = object(jsonOf(call));
  if (body === undefined) throw malformed({ issue: 'MALFORMED_REQUEST_JSON', description: 'An object is expected.' });
  return body;
}

/** The value, if it is an object. */
export function object(value: Json | undefined): Body | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}

/** What stands at a path of members: `at(body, 'detail', 'currency_code')`. */
export function at(body: Body | undefined, ...path: readonly string[]): Json | undefined {
  let value: Json | undefined = body;
  for (const name of path) value = object(value)?.[name];
  return value;
}

/** A text at a path, no longer than `most`. */
export function text(body: Body | undefined, path: string, most = 4000): string | undefined {
  const value = at(body, ...path.split('/'));
  if (value === undefined || value === null) return undefined;
  const field = `/${path}`;
  if (typeof value !== 'string') throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field, location: 'body' });
  if (value.length > most) throw malformed({ issue: 'INVALID_STRING_MAX_LENGTH', field, location: 'body' });
  return value;
}

export function required<T>(value: T | undefined, field: string): T {
  if (value !== undefined) return value;
  throw malformed({ issue: 'MISSING_REQUIRED_PARAMETER', field, location: 'body', description: 'A required field is missing.' });
}

/** A whole number of the query between bounds. */
export function natural(query: URLSearchParams, name: string, otherwise: number, least: number, most: number): number {
  const given = query.get(name);
  if (given === null) return otherwise;
  if (/^\d+$/.test(given) && Number(given) >= least && Number(given) <= most) return Number(given);
  throw malformed({ issue: 'INVALID_PARAMETER_VALUE', field: name, value: given, location: 'query' });
}

export function flag(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const given = query.get(name);
  if (given === null) return otherwise;
  if (given === 'true' || given === 'false') return given === 'true';
  throw malformed({ issue: 'INVALID_PARAMETER_VALUE', field: name, value: given, location: 'query' });
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/i;

/** An instant with seconds and zone, ms since the epoch. */
export function instant(query: URLSearchParams, name: string): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  const time = TIME.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(time)) {
    throw malformed({ issue: `Invalid Request. Please check ${name}.`, field: name, value: given, location: 'query' });
  }
  return time;
}

/** `2026-07-13T20:48:33Z` */
export function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** An answer may be asked for whole; else it says the least. */
export function wantsAll({ headers }: Call): boolean {
  return headers.prefer === 'return=representation';
}
