/** Reckoning in whole smallest units: no decimals, no floating point, nothing of the hub's. */
import type { Line, Rounding, TaxMode } from './ledger.ts';

const ZERO_DECIMALS = new Set(['JPY', 'KRW', 'CLP', 'ISK', 'VND']);
const THREE_DECIMALS = new Set(['KWD', 'BHD', 'TND', 'OMR', 'JOD']);

export const decimalsOf = (currency: string): number => (ZERO_DECIMALS.has(currency) ? 0 : THREE_DECIMALS.has(currency) ? 3 : 2);

/** A decimal as a whole number of 10^-decimals. Throws where it has more decimals. */
export function units(text: string, decimals: number): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!;
  const cut = fraction.replace(/0+$/, '');
  if (cut.length > decimals) throw new Error(`${text} has more than ${decimals} decimals`);
  const value = BigInt(whole! + cut.padEnd(decimals, '0'));
  return sign === '-' ? -value : value;
}

/** The shortest decimal of a whole number of 10^-decimals. */
export function decimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const at = digits.length - decimals;
  const fraction = digits.slice(at).replace(/0+$/, '');
  const text = fraction === '' ? digits.slice(0, at) : `${digits.slice(0, at)}.${fraction}`;
  return value < 0n ? `-${text}` : text;
}

/** The quotient, half away from zero. */
export function quotient(dividend: bigint, divisor: bigint): bigint {
  if (divisor < 0n) return quotient(-dividend, -divisor);
  const half = divisor / 2n;
  const even = divisor % 2n === 0n;
  if (dividend < 0n) return -quotient(-dividend, divisor);
  return (dividend + (even ? half : half)) / divisor;
}

const SCALE = 4;
const POWER = 10_000n;

/** Quantity × price × (1 − discount): each has at most four decimals. */
export function lineUnits(line: Pick<Line, 'quantity' | 'price' | 'discountPercent'>, decimals: number): bigint {
  const left = 100n * POWER - units(line.discountPercent ?? '0', SCALE);
  const exact = units(line.quantity, SCALE) * units(line.price, SCALE) * left;
  return quotient(exact * 10n ** BigInt(decimals), POWER * POWER * 100n * POWER);
}

export interface Reckoned {
  lines: { amount: bigint; tax: bigint }[];
  subtotal: bigint;
  tax: bigint;
  total: bigint;
}

/**
 * What lines come to. A discount on the whole that lowers the tax is shared among the lines by what they come to, so that the shares come
 * to the discount: whole units first, what is left one by one to those who lost most.
 */
export function reckon(
  document: {
    lines: Pick<Line, 'quantity' | 'price' | 'discountPercent' | 'taxPercent'>[];
    taxMode: TaxMode;
    discountBeforeTax: boolean;
  },
  discount: bigint,
  shipping: bigint,
  rounding: Rounding,
  decimals: number,
): Reckoned {
  const amounts = document.lines.map((line) => lineUnits(line, decimals));
  const subtotal = amounts.reduce((all, one) => all + one, 0n);
  const shares = document.discountBeforeTax ? shareUnits(discount, amounts) : amounts.map(() => 0n);
  const percents = document.lines.map((line) => (document.taxMode === 'none' ? 0n : units(line.taxPercent, SCALE)));
  const taxable = amounts.map((amount, at) => amount - shares[at]!);
  const inclusive = document.taxMode === 'inclusive';
  const fraction = (percent: bigint): [bigint, bigint] => [percent, inclusive ? 100n * POWER + percent : 100n * POWER];
  const taxes = amounts.map(() => 0n);
  let tax = 0n;
  const groups = Map.groupBy(percents.keys(), (at) => percents[at]!);
  for (const [percent, places] of groups) {
    const [over, under] = fraction(percent);
    if (rounding === 'line') for (const at of places) taxes[at] = quotient(taxable[at]! * over, under);
    else {
      const base = places.map((at) => taxable[at]!);
      const whole = quotient(base.reduce((all, one) => all + one, 0n) * over, under);
      for (const [place, part] of shareUnits(whole, base).entries()) taxes[places[place]!] = part;
    }
  }
  if (rounding === 'document') {
    const under = percents.map((percent) => fraction(percent)[1]).reduce((all, one) => all * one, 1n);
    tax = quotient(
      taxable.reduce((all, base, at) => all + (base * percents[at]! * under) / fraction(percents[at]!)[1], 0n),
      under,
    );
  } else tax = taxes.reduce((all, one) => all + one, 0n);
  const before = subtotal - discount + shipping;
  return {
    lines: amounts.map((amount, at) => ({ amount, tax: taxes[at]! })),
    subtotal,
    tax,
    total: document.taxMode === 'exclusive' ? before + tax : before,
  };
}

/** Parts of a whole in proportion, in whole units. */
export function shareUnits(whole: bigint, weights: readonly bigint[]): bigint[] {
  const all = weights.reduce((sum, one) => sum + one, 0n);
  if (all === 0n) return weights.map((_, at) => (at === 0 ? whole : 0n));
  const parts = weights.map((weight) => (whole * weight) / all); // towards zero
  const lost = weights.map((weight, at) => ({ at, by: ((whole * weight) % all) * (all < 0n ? -1n : 1n) }));
  let left = whole - parts.reduce((sum, one) => sum + one, 0n);
  lost.sort((a, b) => (left < 0n ? Number(a.by - b.by) : Number(b.by - a.by)) || a.at - b.at);
  for (const { at } of lost) {
    if (left === 0n) break;
    const step = left > 0n ? 1n : -1n;
    parts[at]! += step;
    left -= step;
  }
  return parts;
}
