/** What the service keeps and sends: JSON objects with members in its own spelling, and the envelope around them. */
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';

export type Thing = { [member: string]: Json };

export function answerOf(body: Json, status = 200, headers: { readonly [name: string]: string } = {}): Answer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8', ...headers }, body: JSON.stringify(body) };
}

export function thing(value: Json | undefined): Thing {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

export function things(value: Json | undefined): Thing[] {
  return Array.isArray(value) ? value.map(thing) : [];
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The id a reference names, '' without one. */
export function refOf(value: Json | undefined): string {
  return text(thing(value).value);
}

const PACIFIC = 'America/Los_Angeles';

/** `2020-09-29T05:58:16-07:00`: the service's own zone, whole seconds. */
export function stamp(ms: number): string {
  return at(ms).toString({ timeZoneName: 'never', smallestUnit: 'second', roundingMode: 'floor' });
}

/** The root member `time`: as `stamp`, with milliseconds. */
export function rootTime(ms: number): string {
  return at(ms).toString({ timeZoneName: 'never', smallestUnit: 'millisecond' });
}

/** The date it is there. */
export function today(ms: number): string {
  return at(ms).toPlainDate().toString();
}

export function daysAfter(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

function at(ms: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toZonedDateTimeISO(PACIFIC);
}
