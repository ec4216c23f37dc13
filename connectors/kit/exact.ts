/** Numbers as they stand on the wire: amounts are JSON numbers, and a double does not hold every one of them. */
import Big from 'big.js';
import type { Json } from './fields.ts';

/** Digits that a double holds whatever they are. */
const SURE = 15;

/** JSON in which no digit is lost: a number that a double would change is given as text. Throws SyntaxError where it is none. */
export function parseAmounts(text: string): Json {
  return JSON.parse(text, (_name, value: Json, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || source.length <= SURE) return value;
    if (!/^-?\d+(\.\d+)?$/.test(source)) return value;
    return Number.isFinite(value) && new Big(source).eq(new Big(value)) ? value : source;
  });
}

/** A number of an answer as a plain decimal; undefined where it is none. */
export function decimalOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return new Big(value).toFixed();
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? new Big(value).toFixed() : undefined;
}

/** A decimal as the number that is sent; undefined where a double would change it. */
export function numberFor(decimal: string): number | undefined {
  const number = Number(decimal);
  return Number.isFinite(number) && new Big(decimal).eq(new Big(number)) ? number : undefined;
}
