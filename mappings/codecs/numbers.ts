/** Codecs of numbers and money: number, money, minor. Exact decimals throughout. */

import Big from 'big.js';
import { z } from 'zod';
import type { Json } from '#kit/fields.ts';
import { asText, codec, show, textKinds, Unfit } from './step.ts';

const decimal = /^[+-]?\d{1,30}(\.\d{1,30})?$/;

/** The shortest decimal of the same value: `12.30` → `12.3`. */
function shortest(text: string): string {
  return new Big(text).toFixed();
}

export const number = codec({
  does: 'Their text to a number. Only plain decimals are read: `1.234,5` is held, not guessed.',
  args: z.strictObject({}),
  takes: textKinds,
  gives: (theirs) => ({ kind: 'number', title: theirs.title }),
  make: () => ({
    name: 'number',
    in(value) {
      const text = asText(value, 'number').trim();
      if (!decimal.test(text)) throw new Unfit(`${show(text)} is no plain decimal number such as -12.5`);
      const read = Number(text);
      if (!new Big(text).eq(read)) throw new Unfit(`${show(text)} has more digits than a number keeps exactly`);
      return read === 0 ? 0 : read;
    },
    out(value) {
      if (typeof value !== 'number') throw new Unfit(`number writes a number, found ${show(value)}`);
      return new Big(value).toFixed();
    },
  }),
  examples: [{ use: 'number', theirs: '12.50', ours: 12.5, back: '12.5' }],
});

const amounts = [...textKinds, 'number'] as const;

export const money = codec({
  does: 'Their bare amount, text or number, to money in a given currency.',
  args: z.strictObject({ currency: z.string().regex(/^[A-Z]{3}$/) }),
  takes: amounts,
  gives: (theirs) => ({ kind: 'money', title: theirs.title }),
  make: ({ currency }) => ({
    name: `money in ${currency}`,
    in(value) {
      const text = typeof value === 'number' ? new Big(value).toFixed() : asText(value, 'money').trim();
      if (!decimal.test(text)) throw new Unfit(`${show(value)} is no plain amount such as 12.50`);
      return { amount: shortest(text), currency };
    },
    out(value) {
      const { amount, currency: found } = asMoney(value);
      if (found !== currency) throw new Unfit(`${amount} ${found} cannot be written where amounts are in ${currency}`);
      return amount;
    },
  }),
  examples: [{ use: { money: { currency: 'EUR' } }, theirs: '12.50', ours: { amount: '12.5', currency: 'EUR' }, back: '12.5' }],
});

export const minor = codec({
  does: 'Their amount in the smallest unit (cents) as a number, to money in a given currency with so many decimals.',
  args: z.strictObject({ currency: z.string().regex(/^[A-Z]{3}$/), decimals: z.int().min(0).max(4).default(2) }),
  takes: ['number'],
  gives: (theirs) => ({ kind: 'money', title: theirs.title }),
  make: ({ currency, decimals }) => ({
    name: `minor units of ${currency}`,
    in(value) {
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        throw new Unfit(`${show(value)} is no whole number of the smallest unit`);
      return { amount: new Big(value).div(new Big(10).pow(decimals)).toFixed(), currency };
    },
    out(value) {
      const { amount, currency: found } = asMoney(value);
      if (found !== currency) throw new Unfit(`${amount} ${found} cannot be written where amounts are in ${currency}`);
      const units = new Big(amount).times(new Big(10).pow(decimals));
      if (!units.round(0).eq(units)) throw new Unfit(`${amount} ${found} has more than ${decimals} decimals`);
      if (units.abs().gt(Number.MAX_SAFE_INTEGER)) throw new Unfit(`${amount} ${found} is more than a number keeps exactly`);
      return units.toNumber();
    },
  }),
  examples: [{ use: { minor: { currency: 'USD' } }, theirs: 1250, ours: { amount: '12.5', currency: 'USD' } }],
});

function asMoney(value: Json): { amount: string; currency: string } {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const { amount, currency } = value;
    if (typeof amount === 'string' && typeof currency === 'string' && decimal.test(amount))
      return { amount: shortest(amount), currency };
  }
  throw new Unfit(`${show(value)} is no money such as {"amount":"12.50","currency":"EUR"}`);
}
