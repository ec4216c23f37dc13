/** Amounts of money: exact decimals of one currency, rounded half away from zero to what the currency has. */
import BigFactory, { type Big } from 'big.js';
import type { Json } from '#kit/fields.ts';

/** A constructor of our own, so that nobody else's settings change our division. */
const Exact = BigFactory();
Exact.DP = 40;
Exact.RM = BigFactory.roundHalfUp;

export const ZERO: Big = new Exact(0);

/** ISO 4217, where it is not two: a service that counts otherwise says so. */
const DECIMALS: { readonly [currency: string]: number } = {
  ...Object.fromEntries('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0])),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
};

export const decimalsOf = (currency: string): number => DECIMALS[currency] ?? 2;

export interface Money {
  amount: string;
  currency: string;
}

/** A decimal number, exactly as it is written. */
export const exact = (value: string | number): Big => new Exact(value);

export const round = (value: Big, decimals: number): Big => value.round(decimals, BigFactory.roundHalfUp);

/** Money as it is kept: the shortest decimal. */
export const moneyOf = (value: Big, currency: string): Money => ({ amount: value.toFixed(), currency });

/** The amount of a money value in that currency; null where the value is blank or in another. */
export function amountIn(value: Json | undefined, currency: string): Big | null {
  return isMoney(value) && value.currency === currency ? exact(value.amount) : null;
}

export function isMoney(value: Json | undefined): value is { amount: string; currency: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value.amount === 'string' &&
    typeof value.currency === 'string'
  );
}

export const sum = (values: readonly Big[]): Big => values.reduce((all, value) => all.plus(value), ZERO);

/**
 * Shares of a whole in proportion to weights, each a multiple of the smallest unit, that come to the whole exactly: what rounding
 * leaves over goes to those who lost most by it, the first of equals first.
 */
export function share(whole: Big, weights: readonly Big[], decimals: number): Big[] {
  const all = sum(weights);
  if (all.eq(0)) return weights.map((_, at) => (at === 0 ? whole : ZERO));
  const wanted = weights.map((weight) => whole.times(weight).div(all));
  const shares = wanted.map((value) => value.round(decimals, BigFactory.roundDown));
  const unit = exact(10).pow(-decimals);
  let left = whole.minus(sum(shares)).div(unit).round(0, BigFactory.roundHalfUp).toNumber();
  const lost = wanted.map((value, at) => ({ at, by: value.minus(shares[at]!) }));
  lost.sort((a, b) => (left < 0 ? a.by.cmp(b.by) : b.by.cmp(a.by)) || a.at - b.at);
  for (const { at } of lost) {
    if (left === 0) break;
    shares[at] = shares[at]!.plus(left > 0 ? unit : unit.neg());
    left -= Math.sign(left);
  }
  return shares;
}
