import type { Json } from '#kit/fields.ts';
import { malformed } from './errors.ts';
import { object } from './query.ts';

/** Amounts in the smallest unit of their currency, as whole numbers. */
export interface Money {
  currency: string;
  minor: bigint;
}

/** PayPal's own rule, which is not ISO 4217's: these three take no decimals, all others two. */
const WHOLE: ReadonlySet<string> = new Set(['HUF', 'JPY', 'TWD']);

const CURRENCIES: ReadonlySet<string> = new Set(
  'AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(' '),
);

export function decimalsOf(currency: string): 0 | 2 {
  return WHOLE.has(currency) ? 0 : 2;
}

const DECIMAL = /^((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))$/;

/** The amount a body names at `field`. */
export function moneyIn(value: Json | undefined, field: string): Money {
  const given = object(value);
  const currency = given?.currency_code;
  const amount = given?.value;
  if (typeof currency !== 'string' || !CURRENCIES.has(currency)) {
    throw malformed({
      issue: 'INVALID_CURRENCY_CODE',
      field: `${field}/currency_code`,
      value: String(currency),
      location: 'body',
    });
  }
  if (typeof amount !== 'string' || amount.length > 32 || !DECIMAL.test(amount)) {
    throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: `${field}/value`, value: String(amount), location: 'body' });
  }
  return { currency, minor: minorOf(amount, currency, `${field}/value`) };
}

/** Also of a text that is known to be good: more decimals than the currency has are refused, `100.00` yen too. */
export function minorOf(amount: string, currency: string, field = '/value'): bigint {
  const decimals = decimalsOf(currency);
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(amount) ?? [];
  if (decimals === 0 && amount.includes('.'))
    throw malformed({ issue: 'DECIMALS_NOT_SUPPORTED', field, value: amount, location: 'body' });
  if (part.length > decimals) throw malformed({ issue: 'DECIMAL_PRECISION', field, value: amount, location: 'body' });
  const minor = BigInt(`${whole || '0'}${part.padEnd(decimals, '0')}`);
  return sign === '-' ? -minor : minor;
}

export function money(minor: bigint, currency: string): { currency_code: string; value: string } {
  const decimals = decimalsOf(currency);
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0');
  const value = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return { currency_code: currency, value: minor < 0n ? `-${value}` : value };
}

/** A decimal as a fraction of whole numbers. */
export interface Fraction {
  over: bigint;
  under: bigint;
}

export function fractionOf(text: string, field: string): Fraction {
  const [, sign = '', whole = '', part = ''] = (DECIMAL.test(text) && /^(-?)(\d*)\.?(\d*)$/.exec(text)) || [];
  if (whole === '' && part === '') throw malformed({ issue: 'INVALID_DECIMAL_VALUE', field, value: text, location: 'body' });
  const over = BigInt(`${whole}${part}`);
  return { over: sign === '-' ? -over : over, under: 10n ** BigInt(part.length) };
}

/** Rounded to the nearest, halves away from zero. */
export function times(minor: bigint, { over, under }: Fraction): bigint {
  const product = minor * over;
  const half = under / 2n;
  return product < 0n ? -((-product + half) / under) : (product + half) / under;
}

export function percentOf(text: string, field: string): Fraction {
  const { over, under } = fractionOf(text, field);
  return { over, under: under * 100n };
}
