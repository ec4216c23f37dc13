/** Where the next page of a list begins, as a text clients hand back unread. */
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { isClean } from '#kit/text.ts';

export interface Listing<T> {
  items: T[];
  /** Ask for the next page with it; null on the last. */
  next: string | null;
}

export function writePlace(place: Json): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** The place a client handed back, checked by `is`. Throws `Fault` where it is not one of ours. */
export function readPlace<T extends Json>(text: string, is: (place: Json) => place is T): T {
  let place: Json = null;
  try {
    place = JSON.parse(Buffer.from(text, 'base64url').toString()) as Json;
  } catch {}
  if (isClean(place) && is(place)) return place;
  throw new Fault(
    'invalid',
    `\`after\` does not name a place in this list: ${text.slice(0, 60)}`,
    'Send the `next` of the page before, as it was given, or nothing.',
    [{ path: 'after', found: text.slice(0, 60), allowed: 'the `next` of the page before' }],
  );
}

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isIdPlace = (place: Json): place is string => typeof place === 'string' && UUID.test(place);
