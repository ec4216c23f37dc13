/** How Xero writes things: dates in three ways, amounts as JSON numbers, ids as GUIDs. Pure. */
import { decimalOf } from '#kit/exact.ts';
import type { Json } from '#kit/fields.ts';

/** Milliseconds of `/Date(1588633398797+0000)/`: the offset is for show and not to be added. Undefined where it is none. */
export function msOf(value: Json | undefined): number | undefined {
  const ms = typeof value === 'string' ? /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/.exec(value)?.[1] : undefined;
  return ms === undefined ? undefined : Number(ms);
}

/** The calendar day of a date: its midnight in no zone. What is no date stays as it is, for the check of the fields to say so. */
export function dayOf(value: Json | undefined): Json | undefined {
  const ms = msOf(value);
  if (ms === undefined) return typeof value === 'string' ? value.slice(0, 10) : value;
  return new Date(ms).toISOString().slice(0, 10);
}

/** An amount, as money in a currency. */
export function moneyOf(value: Json | undefined, currency: Json | undefined): Json | undefined {
  const amount = decimalOf(value);
  return amount === undefined ? value : { amount, currency: currency ?? '' };
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return GUID.test(text);
}
