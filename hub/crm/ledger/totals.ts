/**
 * What the lines of a document come to, by the rules of whoever reckons. Pure. Services differ in where they round: the same lines come
 * to another cent where tax is rounded for each line, for each rate, or once.
 */
import type { Big } from 'big.js';
import type { Json, Values } from '#kit/fields.ts';
import { amountIn, decimalsOf, exact, type Money, moneyOf, round, share, sum, ZERO } from './amounts.ts';

export interface Rules {
  /** Where tax is rounded. */
  rounding: 'line' | 'rate' | 'document';
  /** Decimals of a currency, where they are not those of ISO 4217. */
  decimals?: (currency: string) => number;
}

export const PLAIN: Rules = { rounding: 'line' };

export interface LineTotals {
  /** Quantity × price less the line's discount, in the document's tax mode. Null for a line that has none: a text, a part of a bundle. */
  amount: Money | null;
  tax: Money | null;
}

export interface Totals {
  lines: LineTotals[];
  subtotal: Money;
  discount: Money;
  shipping: Money;
  shippingTax: Money;
  tax: Money;
  /** By rate, in the order in which they first appear. `taxable` is without tax. */
  taxes: { percent: number; taxable: Money; tax: Money }[];
  total: Money;
}

type Line = { [part: string]: Json };

/** Something that bears tax: a line less its share of the discount, or shipping. */
interface Base {
  amount: Big;
  percent: Big;
  tax: Big;
}

/** The totals of a document's values (`document.ts` of the objects). Blank amounts count as nothing. */
export function totalsOf(document: Values, rules: Rules = PLAIN): Totals {
  const currency = currencyOf(document);
  const decimals = (rules.decimals ?? decimalsOf)(currency);
  const mode = document.taxMode ?? 'exclusive';
  const lines = linesOf(document);
  const amounts = lines.map((line) => amountOf(line, currency, decimals));
  const counted = amounts.map((amount) => amount ?? ZERO);
  const subtotal = sum(counted);
  const discount = discountOf(document, subtotal, currency, decimals);
  const shares = document.discountBeforeTax === true ? share(discount, counted, decimals) : counted.map(() => ZERO);
  const shipping = amountIn(document.shipping, currency) ?? ZERO;
  const bases = lines.map((line, at): Base => baseOf(counted[at]!.minus(shares[at]!), percentOf(line.taxPercent, mode)));
  const freight = baseOf(shipping, percentOf(document.shippingTaxPercent, mode));
  const taxes = taxed([...bases, freight], mode === 'inclusive', rules.rounding, decimals);
  const tax =
    rules.rounding === 'document' ? wholeTax(bases, freight, mode === 'inclusive', decimals) : sum(taxes.map((t) => t.tax));
  const other = (amountIn(document.adjustment, currency) ?? ZERO).plus(amountIn(document.tip, currency) ?? ZERO);
  const before = subtotal.minus(discount).plus(shipping).plus(other);
  const money = (value: Big): Money => moneyOf(value, currency);
  return {
    lines: lines.map((_, at) => ({
      amount: amounts[at] === null ? null : money(amounts[at]!),
      tax: amounts[at] === null ? null : money(bases[at]!.tax),
    })),
    subtotal: money(subtotal),
    discount: money(discount),
    shipping: money(shipping),
    shippingTax: money(freight.tax),
    tax: money(tax),
    taxes: taxes.map((t) => ({ percent: t.percent.toNumber(), taxable: money(t.taxable), tax: money(t.tax) })),
    total: money(mode === 'exclusive' ? before.plus(tax) : before),
  };
}

/** The currency a document is in: as it says, else that of its first amount; '' where nothing says. */
export function currencyOf(document: Values): string {
  if (typeof document.currency === 'string') return document.currency;
  const said = [document.total, document.amount, ...linesOf(document).flatMap((line) => [line.amount, line.unitPrice])];
  for (const value of said)
    if (value !== null && typeof value === 'object' && !Array.isArray(value) && typeof value.currency === 'string')
      return value.currency;
  return '';
}

export function linesOf(document: Values): Line[] {
  return Array.isArray(document.lines) ? (document.lines as Line[]) : [];
}

/** What one line comes to; null where it is not counted. A price makes the amount; where there is none, the amount stands as given. */
export function amountOf(line: Line, currency: string, decimals: number): Big | null {
  if (line.kind === 'text' || (typeof line.partOf === 'string' && line.partOf !== '')) return null;
  const price = amountIn(line.unitPrice, currency);
  if (price === null) return amountIn(line.amount, currency) ?? ZERO;
  const gross = price.times(exact(typeof line.quantity === 'number' ? line.quantity : 1));
  const percent = typeof line.discountPercent === 'number' ? exact(line.discountPercent) : ZERO;
  const less = percent.eq(0) ? (amountIn(line.discount, currency) ?? ZERO) : gross.times(percent).div(100);
  return round(gross.minus(less), decimals);
}

/** A percentage of the sum of the lines, else the amount given. */
function discountOf(document: Values, subtotal: Big, currency: string, decimals: number): Big {
  if (typeof document.discountPercent === 'number')
    return round(subtotal.times(exact(document.discountPercent)).div(100), decimals);
  return amountIn(document.discount, currency) ?? ZERO;
}

const percentOf = (value: Json | undefined, mode: Json): Big =>
  mode === 'none' || typeof value !== 'number' ? ZERO : exact(value);
const baseOf = (amount: Big, percent: Big): Base => ({ amount, percent, tax: ZERO });

/** Tax in, or on top of, an amount; not rounded. */
function taxOf({ amount, percent }: Pick<Base, 'amount' | 'percent'>, inclusive: boolean): Big {
  return inclusive ? amount.times(percent).div(percent.plus(100)) : amount.times(percent).div(100);
}

/** Taxes by rate; the bases learn theirs. Where a rate is rounded as a whole, its bases share what it comes to. */
function taxed(bases: readonly Base[], inclusive: boolean, rounding: Rules['rounding'], decimals: number) {
  const byRate = Map.groupBy(
    bases.filter(({ percent }) => !percent.eq(0)),
    ({ percent }) => percent.toFixed(),
  );
  return [...byRate.values()].map((group) => {
    const { percent } = group[0]!;
    const amount = sum(group.map((base) => base.amount));
    if (rounding === 'line') for (const base of group) base.tax = round(taxOf(base, inclusive), decimals);
    else {
      const tax = round(taxOf({ amount, percent }, inclusive), decimals);
      const shares = share(
        tax,
        group.map((base) => base.amount),
        decimals,
      );
      for (const [at, base] of group.entries()) base.tax = shares[at]!;
    }
    const tax = sum(group.map((base) => base.tax));
    return { percent, taxable: inclusive ? amount.minus(tax) : amount, tax };
  });
}

function wholeTax(bases: readonly Base[], freight: Base, inclusive: boolean, decimals: number): Big {
  return round(sum([...bases, freight].map((base) => taxOf(base, inclusive))), decimals);
}
