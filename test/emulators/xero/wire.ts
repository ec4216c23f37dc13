import type { Json } from '#kit/fields.ts';
import type { Answer, Call } from '../kit/server.ts';
import { refuse } from './errors.ts';

/** An object of the service. Inside the emulator days are 'YYYY-MM-DD' and `UpdatedDateUTC` is ms since the epoch. */
export type Body = { [name: string]: Json };

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function body(value: Json | undefined): Body {
  return isBody(value) ? value : {};
}

export function bodies(value: Json | undefined): Body[] {
  return Array.isArray(value) ? value.filter(isBody) : [];
}

/** A text that says something. */
export function said(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A number, also one written as text, as the service takes it. */
export function amount(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** The calendar day that was sent: `YYYY-MM-DD…` or `/Date(ms)/`. */
export function dayOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\/Date\((-?\d+)/.exec(value)?.[1];
  if (ms !== undefined) return new Date(Number(ms)).toISOString().slice(0, 10);
  const day = /^\d{4}-\d{2}-\d{2}/.exec(value)?.[0];
  return day !== undefined && !Number.isNaN(Date.parse(day)) ? day : undefined;
}

/** `/Date(1588633398797+0000)/` of an instant (ms), or of the midnight of a day. */
export function msDate(at: Json | undefined): string {
  return `/Date(${typeof at === 'number' ? at : Date.parse(String(at))}+0000)/`;
}

/** The rows of a write: `{"Contacts":[…]}`, or a single object without its wrapping. */
export function rowsOf({ body: bytes, headers }: Call, plural: string): Body[] {
  if (!/json/i.test(headers['content-type'] ?? ''))
    throw refuse(400, 14, 'PostDataInvalidException', 'Content-Type must be JSON');
  let sent: Json;
  try {
    sent = JSON.parse(bytes.toString());
  } catch {
    throw refuse(400, 14, 'PostDataInvalidException', 'JSON for post data was invalid');
  }
  const rows = isBody(sent) && plural in sent ? bodies(sent[plural]) : bodies([sent]);
  if (rows.length === 0) throw refuse(400, 17, 'NoDataProcessedException', 'No data has been processed for this endpoint.');
  return rows;
}

/** On the wire the slashes of dates are escaped: `"\/Date(1588633398797)\/"`. */
export function answer(value: Json, status = 200): Answer {
  const text = JSON.stringify(value).replace(/"\/Date\(([^)]*)\)\/"/g, '"\\/Date($1)\\/"');
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: text };
}
