/** Amounts on their way to PayPal, by its own rules: no decimals for three currencies, two for every other (doc: currency codes). */
import { Refused } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { placesOf } from './decimals.ts';

/** "Maximum length: 32" (spec, money). */
const LONGEST = 32;

/** `{ amount: '12.5', currency: 'EUR' }` as `{ currency_code: 'EUR', value: '12.50' }`. Throws Refused, naming the field. */
export function moneyFor(given: Json | undefined, field: string): JsonObject {
  const money = objectOf(given);
  const [amount, currency] = [textOf(money?.amount), textOf(money?.currency)];
  if (amount === undefined || currency === undefined) {
    throw wrong(field, JSON.stringify(given ?? null), "{ amount: '12.30', currency: 'EUR' }");
  }
  const places = placesOf(currency);
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const rest = part.slice(places);
  if (whole === '' || /[1-9]/.test(rest)) {
    throw wrong(field, `${amount} ${currency}`, `${places === 0 ? 'no' : 'two'} decimals in ${currency}`);
  }
  const value = `${sign}${whole}${places === 0 ? '' : `.${part.slice(0, places).padEnd(places, '0')}`}`;
  if (value.length > LONGEST) throw wrong(field, `${value.length} characters`, `at most ${LONGEST}`);
  return { currency_code: currency, value };
}

/** A quantity or percentage, as text without an exponent. */
export function decimalFor(given: Json | undefined, field: string, most: number): string {
  const text = typeof given === 'number' ? plain(given) : '';
  if (/^-?\d+(\.\d+)?$/.test(text) && text.length <= most) return text;
  throw wrong(field, JSON.stringify(given ?? null), `a number of at most ${most} digits`);
}

/** Numbers below a millionth are written with an exponent, which PayPal does not read. */
function plain(number: number): string {
  const text = String(number);
  return text.includes('e') ? number.toFixed(12).replace(/\.?0+$/, '') : text;
}

export function wrong(field: string, found: string, allowed: string): Refused {
  const said = `${field}: found ${found.slice(0, 60)}, allowed is ${allowed}`;
  return new Refused(said, `Correct it: ${said}.`, field.split('/')[0]);
}
