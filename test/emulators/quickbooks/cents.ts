/** The service's own arithmetic: decimals as scaled whole numbers, halves away from zero. */
import Big from 'big.js';
import type { Json } from '#kit/fields.ts';

Big.RM = Big.roundHalfUp;

export type Amount = Big;

export const ZERO = new Big(0);

/** An amount of a request or a kept thing; nothing is 0. */
export function amount(value: Json | undefined): Big {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) ? new Big(value) : ZERO;
}

/** Decimals of a currency: most have two, some have none. */
export function placesOf(currency: string): number {
  return ['JPY', 'KRW', 'CLP', 'VND', 'HUF', 'ISK', 'PYG'].includes(currency) ? 0 : 2;
}

export function rounded(value: Big, places = 2): Big {
  return value.round(places, Big.roundHalfUp);
}

export function sum(values: readonly Big[]): Big {
  return values.reduce((all, one) => all.plus(one), ZERO);
}

/** As it goes into an answer. */
export function number(value: Big): number {
  return value.toNumber();
}
