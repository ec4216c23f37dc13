/** Exact sums and products of amounts, written as text. */
import type { Json } from '#kit/fields.ts';
import { objectOf, textOf } from '#kit/json.ts';

/** Not ISO 4217's, which gives the forint and the Taiwan dollar two decimals (doc: currency codes). */
const WHOLE: ReadonlySet<string> = new Set(['HUF', 'JPY', 'TWD']);

/** How many decimals PayPal takes and gives. */
export function placesOf(currency: string): number {
  return WHOLE.has(currency) ? 0 : 2;
}

/** Two amounts of one currency together; the first where the other is none, or of another currency. */
export function sumOf(one: Json | undefined, other: Json | undefined): Json | undefined {
  const [a, b] = [objectOf(one), objectOf(other)];
  if (a === undefined || b === undefined || a.currency !== b.currency) return one;
  const [first, second] = [partsOf(textOf(a.amount)), partsOf(textOf(b.amount))];
  if (first === undefined || second === undefined) return one;
  const places = Math.max(first.places, second.places);
  const whole = ({ digits, places: own }: Parts): bigint => digits * 10n ** BigInt(places - own);
  return { amount: written(whole(first) + whole(second), places), currency: a.currency! };
}

/** Rounded to so many decimals, halves away from zero; undefined where either is no decimal. */
export function multiplied(one: string, other: string, places: number): string | undefined {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a === undefined || b === undefined) return undefined;
  const product = a.digits * b.digits;
  const surplus = a.places + b.places - places;
  if (surplus <= 0) return written(product * 10n ** BigInt(-surplus), places);
  const under = 10n ** BigInt(surplus);
  const half = product < 0n ? -under / 2n : under / 2n;
  return written((product + half) / under, places);
}

interface Parts {
  digits: bigint;
  places: number;
}

function partsOf(text: string | undefined): Parts | undefined {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text ?? '') ?? [];
  if (whole === '' && part === '') return undefined;
  const digits = BigInt(whole + part);
  return { digits: sign === '-' ? -digits : digits, places: part.length };
}

function written(digits: bigint, places: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  const value = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  return digits < 0n ? `-${value}` : value;
}
