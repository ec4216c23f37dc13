import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDate, isDayOfYear } from '#kit/dates.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { checkValues, Misfits } from '#kit/rows.ts';
import { checkText, cleaned } from '#kit/text.ts';

const fields = {
  name: { kind: 'text', title: 'Name', required: true, max: 10 },
  size: { kind: 'number', title: 'Size' },
  price: { kind: 'money', title: 'Price' },
  vip: { kind: 'flag', title: 'VIP' },
  born: { kind: 'date', title: 'Born', partial: true },
  signed: { kind: 'date', title: 'Signed' },
  seen: { kind: 'instant', title: 'Seen' },
  starts: { kind: 'zoned', title: 'Starts' },
  mail: { kind: 'email', title: 'Mail' },
  stage: { kind: 'choice', title: 'Stage', options: ['new', 'won'] },
  phones: {
    kind: 'list',
    title: 'Phones',
    max: 3,
    identity: 'value',
    of: { value: { kind: 'phone', title: 'Number', required: true }, type: { kind: 'text', title: 'Type' } },
  },
  rows: { kind: 'lines', title: 'Rows', of: { n: { kind: 'number', title: 'N' } } },
  other: { kind: 'json', title: 'Other' },
} satisfies Fields;

const whole: Values = {
  name: 'Ada',
  size: 1.5,
  price: { amount: '12.30', currency: 'EUR' },
  vip: false,
  born: '--02-29',
  signed: '2024-02-29',
  seen: '2026-01-31T23:59:59.999Z',
  starts: { local: '2026-03-29T02:30:00', zone: 'Europe/Berlin' },
  mail: 'ada@example.com',
  stage: 'new',
  phones: [{ value: '+1', type: 'work' }, { value: '+2' }],
  rows: [{ n: 1 }, {}],
  other: { a: [1, null, { b: 'x' }] },
};

test('what fits has no problems, and every blank fits', () => {
  expect(checkValues(fields, whole)).toEqual([]);
  expect(checkValues(fields, { name: 'A' })).toEqual([]);
  const { name: _, ...rest } = fields;
  expect(checkValues(rest, Object.fromEntries(Object.keys(rest).flatMap((field) => [[field, null]])))).toEqual([]);
  expect(checkValues(rest, { phones: [], mail: '' })).toEqual([]);
});

test.each<[Values, string, RegExp]>([
  [{}, 'name', /required/],
  [{ name: '' }, 'name', /required/],
  [{ name: 'eleven chars' }, 'name', /at most 10/],
  [{ name: 7 }, 'name', /text/],
  [{ name: 'a\0b' }, 'name', /NUL/],
  [{ name: '\ud800' }, 'name', /Unicode/],
  [{ name: 'x', size: '7' }, 'size', /number/],
  [{ name: 'x', size: Number.NaN }, 'size', /finite/],
  [{ name: 'x', price: { amount: 1, currency: 'EUR' } }, 'price', /decimal/],
  [{ name: 'x', price: { amount: '1e3', currency: 'EUR' } }, 'price', /decimal/],
  [{ name: 'x', price: { amount: '1', currency: 'euro' } }, 'price', /ISO 4217/],
  [{ name: 'x', vip: 'yes' }, 'vip', /true or false/],
  [{ name: 'x', signed: '2026-02-30' }, 'signed', /calendar date/],
  [{ name: 'x', signed: '2025-02-29' }, 'signed', /calendar date/],
  [{ name: 'x', signed: '--02-29' }, 'signed', /calendar date/],
  [{ name: 'x', signed: '0000-01-01' }, 'signed', /calendar date/],
  [{ name: 'x', born: '--02-30' }, 'born', /--MM-DD/],
  [{ name: 'x', seen: '2026-01-01T00:00:00Z' }, 'seen', /instant/],
  [{ name: 'x', seen: '2026-01-01T24:00:00.000Z' }, 'seen', /instant/],
  [{ name: 'x', starts: { local: '2026-01-01T00:00:00', zone: 'Mars/Base' } }, 'starts/zone', /zone/],
  [{ name: 'x', starts: '2026-01-01' }, 'starts', /zone/],
  [{ name: 'x', stage: 'lost' }, 'stage', /one of new, won/],
  [{ name: 'x', phones: 'none' }, 'phones', /array/],
  [{ name: 'x', phones: [{ value: '1' }, 'two'] }, 'phones/1', /object/],
  [{ name: 'x', phones: [{ value: '1' }, { type: 'work' }] }, 'phones/1/value', /required/],
  [{ name: 'x', phones: [{ value: '1', colour: 'red' }] }, 'phones/0/colour', /one of the fields value, type/],
  [{ name: 'x', phones: Array(5000).fill({ value: '1' }) }, 'phones', /at most 3/],
  [{ name: 'x', other: { deep: ['\udc00'] } }, 'other/deep/0', /Unicode/],
  [{ name: 'x', 'sh\0es': 1 }, 'sh\ufffdes', /one of the fields/],
])('%j', (values, path, allowed) => {
  const problems = checkValues(fields, values);
  expect(problems).toEqual([{ path, found: expect.any(String), allowed: expect.stringMatching(allowed) }]);
});

test('all problems come at once, in words that can be kept', () => {
  const problems = checkValues(fields, { name: `${'x'.repeat(80)}\ud800`, size: 'big', vip: 1, born: `\0${'9'.repeat(100)}` });
  expect(new Set(problems.map((problem) => problem.path))).toEqual(new Set(['name', 'size', 'vip', 'born']));
  expect(checkText(problems.map(({ path, found, allowed }) => [path, found, allowed]))).toEqual([]);
  const error = new Misfits(problems);
  expect(error.problems).toBe(problems);
  expect(error.message).toContain('size: found "big", allowed is a finite number');
});

test('dates are those of the calendar', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      (year, month, day) => {
        const [yyyy, mm, dd] = [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')];
        const known = (text: string) => {
          try {
            return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
          } catch {
            return false;
          }
        };
        expect(isDate(`${yyyy}-${mm}-${dd}`)).toBe(known(`${yyyy}-${mm}-${dd}`));
        expect(isDayOfYear(`--${mm}-${dd}`)).toBe(known(`2000-${mm}-${dd}`));
      },
    ),
  );
});

test('nothing that can be said in JSON makes the check fail, and what is cleaned is clean', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\ud800', 'x\udfff', 'name', 'phones'));
  const { json } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(text, tie('json'), { maxKeys: 4 }),
    ),
  }));
  const names = fc.constantFrom(...Object.keys(fields), '__proto__', 'constructor');
  fc.assert(
    fc.property(fc.dictionary(names, json), (values) => {
      for (const problem of checkValues(fields, values)) expect(checkText(Object.values(problem))).toEqual([]);
      expect(checkText(cleaned(values))).toEqual([]);
    }),
  );
});
