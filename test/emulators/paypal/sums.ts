/** What an invoice comes to: computed by PayPal from lines, discounts, taxes, shipping and a further charge, never taken from the caller. */
import type { Json } from '#kit/fields.ts';
import { malformed, refused } from './errors.ts';
import { fractionOf, money, moneyIn, percentOf, times } from './money.ts';
import { at, type Body, object, text } from './query.ts';

/** The lines with what was computed for each, and the amount with its breakdown. */
export interface Sums {
  items: Body[];
  amount: Body;
  /** In the smallest unit. */
  total: bigint;
}

interface Line {
  body: Body;
  gross: bigint;
  discount: bigint;
}

/** Throws where a currency is another than the invoice's, or a number is none. */
export function sumsOf(body: Body, currency: string): Sums {
  const inclusive = at(body, 'configuration', 'tax_inclusive') === true;
  const afterwards = at(body, 'configuration', 'tax_calculated_after_discount') === true;
  const lines = (Array.isArray(body.items) ? body.items : []).map((one, i) => lineOf(object(one) ?? {}, currency, `/items/${i}`));
  const itemTotal = sum(lines.map(({ gross }) => gross));
  const itemDiscount = sum(lines.map(({ discount }) => discount));
  const invoiceDiscount = discountOf(
    object(at(body, 'amount', 'breakdown', 'discount', 'invoice_discount')),
    itemTotal - itemDiscount,
    currency,
    '/amount/breakdown/discount',
  );
  /** What of the invoice's discount falls on a line, before rounding: its share of what is left after the lines' own discounts. */
  const left = itemTotal - itemDiscount;
  const taxed = lines.map((line, i) => {
    const own = line.gross - line.discount;
    const base = afterwards ? (left === 0n ? 0n : ((left - invoiceDiscount) * own * SCALE) / left) : line.gross * SCALE;
    return taxOf(object(line.body.tax), base, inclusive, `/items/${i}/tax`);
  });
  const shipping = object(at(body, 'amount', 'breakdown', 'shipping'));
  const shippingAmount = amountOf(shipping, currency, '/amount/breakdown/shipping');
  const shippingTax = taxOf(object(shipping?.tax), shippingAmount * SCALE, inclusive, '/amount/breakdown/shipping/tax');
  const custom = object(at(body, 'amount', 'breakdown', 'custom'));
  const customAmount = amountOf(custom, currency, '/amount/breakdown/custom');
  const taxTotal = sum(taxed) + shippingTax;
  const total = itemTotal - itemDiscount - invoiceDiscount + shippingAmount + customAmount + (inclusive ? 0n : taxTotal);
  if (total < 0n) throw refused('INVALID_AMOUNT', 'The total of the invoice is below zero.', '/amount');
  const said = (minor: bigint) => money(minor, currency);
  return {
    total,
    items: lines.map(
      ({ body: one, discount }, i): Body => ({
        ...one,
        ...(object(one.tax) && { tax: { ...object(one.tax), amount: said(taxed[i]!) } }),
        ...(object(one.discount) && { discount: { ...object(one.discount), amount: said(-discount) } }),
      }),
    ),
    amount: {
      breakdown: {
        item_total: said(itemTotal),
        ...(custom && { custom: { ...custom, amount: said(customAmount) } }),
        ...(shipping && {
          shipping: {
            ...shipping,
            amount: said(shippingAmount),
            ...(object(shipping.tax) && { tax: { ...object(shipping.tax), amount: said(shippingTax) } }),
          },
        }),
        discount: {
          invoice_discount: { ...percentIn(body), amount: said(-invoiceDiscount) },
          item_discount: said(-itemDiscount),
        },
        tax_total: said(taxTotal),
      },
      ...said(total),
    },
  };
}

/** Taxes are computed on more digits than are shown, and rounded once. */
const SCALE = 1_000_000n;

function percentIn(body: Body): { [member: string]: Json } {
  const percent = at(body, 'amount', 'breakdown', 'discount', 'invoice_discount', 'percent');
  return percent === undefined ? {} : { percent };
}

function lineOf(body: Body, currency: string, field: string): Line {
  const unit = moneyIn(body.unit_amount, `${field}/unit_amount`);
  expectCurrency(unit.currency, currency, `${field}/unit_amount/currency_code`);
  const quantity = text(body, 'quantity', 14);
  if (quantity === undefined)
    throw malformed({ issue: 'MISSING_REQUIRED_PARAMETER', field: `${field}/quantity`, location: 'body' });
  const gross = times(unit.minor, fractionOf(quantity, `${field}/quantity`));
  return { body, gross, discount: discountOf(object(body.discount), gross, currency, `${field}/discount`) };
}

function discountOf(discount: Body | undefined, of: bigint, currency: string, field: string): bigint {
  if (discount === undefined) return 0n;
  const percent = text(discount, 'percent');
  const cut = percent === undefined ? amountOf(discount, currency, field) : times(of, percentOf(percent, `${field}/percent`));
  return cut < 0n ? -cut : cut;
}

function amountOf(of: Body | undefined, currency: string, field: string): bigint {
  if (of?.amount === undefined) return 0n;
  const given = moneyIn(of.amount, `${field}/amount`);
  expectCurrency(given.currency, currency, `${field}/amount/currency_code`);
  return given.minor;
}

/** Of a base in millionths of the smallest unit. A price that holds its tax already holds p of every 1 + p. */
function taxOf(tax: Body | undefined, base: bigint, inclusive: boolean, field: string): bigint {
  const percent = text(tax, 'percent');
  if (percent === undefined) return 0n;
  const { over, under } = percentOf(percent, `${field}/percent`);
  return times(base, { over, under: (inclusive ? under + over : under) * SCALE });
}

function expectCurrency(found: string, wanted: string, field: string): void {
  if (found === wanted) return;
  throw malformed({
    issue: 'INVALID_CURRENCY_CODE',
    field,
    value: found,
    location: 'body',
    description: `The currency of the invoice is ${wanted}.`,
  });
}

function sum(all: readonly bigint[]): bigint {
  return all.reduce((one, other) => one + other, 0n);
}
