import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, Json } from '#kit/fields.ts';
import { equal, identity, isBlank } from '#kit/values.ts';

const field = (kind: Field['kind'], more: Partial<Field> = {}): Field => ({ kind, title: kind, ...more });
const emails = field('list', {
  identity: 'value',
  of: { value: field('email'), type: field('text'), primary: field('flag') },
});

describe('blank', () => {
  test.each([undefined, null, '', []])('%j is blank', (value) => expect(isBlank(value)).toBe(true));
  test.each([0, false, ' ', {}, [{}]])('%j is a value', (value) => expect(isBlank(value)).toBe(false));
  test.each(['text', 'money', 'list', 'lines', 'json', 'flag'] as const)('all blanks of %s are one', (kind) => {
    for (const a of [undefined, null, '', []])
      for (const b of [undefined, null, '', []]) expect(equal(field(kind), a, b)).toBe(true);
    expect(equal(field(kind), undefined, 'x')).toBe(false);
  });
});

test.each<[Field, Json, Json, boolean]>([
  [field('text'), 'Ada', 'ada', false],
  [field('number'), 1, 1, true],
  [field('flag'), false, null, false],
  [field('email'), 'Ada@Example.com', 'ada@example.com', true],
  [field('phone'), '+1 (555) 010-0100', '+15550100100', true],
  [field('phone'), '+1 555 0100', '+1 555 0101', false],
  [field('phone'), '555 ext. 5', '555 5', false],
  [field('phone'), '()', '--', false],
  [field('instant'), '2026-01-01T00:00:00.000Z', '2026-01-01T01:00:00.000+01:00', true],
  [field('instant'), 'nonsense', 'rubbish', false],
  [field('money'), { amount: '12.30', currency: 'EUR' }, { amount: '12.3', currency: 'EUR' }, true],
  [field('money'), { amount: '-0.00', currency: 'EUR' }, { amount: '0', currency: 'EUR' }, true],
  [field('money'), { amount: '0.1', currency: 'EUR' }, { amount: '0.10000000000000001', currency: 'EUR' }, false],
  [field('money'), { amount: '1', currency: 'EUR' }, { amount: '1', currency: 'USD' }, false],
  [field('zoned'), { local: '2026-01-01T00:00:00', zone: 'UTC' }, { zone: 'UTC', local: '2026-01-01T00:00:00' }, true],
  [field('json'), { a: [1, { b: 2 }], c: null }, { c: null, a: [1, { b: 2 }] }, true],
  [field('json'), { a: 1 }, { a: 1, b: 2 }, false],
  [field('lines', { of: { n: field('number') } }), [{ n: 1 }, { n: 2 }], [{ n: 2 }, { n: 1 }], false],
  [emails, [{ value: 'a@x' }, { value: 'b@x' }], [{ value: 'B@x' }, { value: 'A@x' }], true],
  [emails, [{ value: 'a@x', type: 'work' }], [{ value: 'a@x', type: 'home' }], false],
  [emails, [{ value: 'a@x', type: '' }], [{ value: 'a@x' }], true],
  [emails, [{ value: 'a@x' }, { value: 'a@x' }], [{ value: 'a@x' }], true],
  [emails, [{ value: 'a@x', type: 'w' }, { value: 'a@x' }], [{ value: 'a@x' }, { value: 'a@x', type: 'w' }], true],
  [emails, [{ value: 'a@x' }], [{ value: 'a@x' }, { value: 'b@x' }], false],
  [field('text'), 'Ada', 7, false],
  [emails, 'a@x', [{ value: 'a@x' }], false],
])('%j: %j and %j', (kind, a, b, same) => {
  expect(equal(kind, a, b)).toBe(same);
  expect(equal(kind, b, a)).toBe(same);
});

const item = fc.record(
  {
    value: fc.constantFrom('a@x', 'A@X', 'b@x', 'c@x', ''),
    type: fc.constantFrom('work', 'home', ''),
    primary: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('a list is a set: order and repetition are no value, and equality is an equivalence', () => {
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 6 }),
      fc.array(item, { maxLength: 6 }),
      fc.array(item, { maxLength: 6 }),
      (a, b, c) => {
        expect(equal(emails, a, a.toReversed())).toBe(true);
        expect(equal(emails, a, [...a, ...a])).toBe(true);
        expect(equal(emails, a, b)).toBe(equal(emails, b, a));
        if (equal(emails, a, b) && equal(emails, b, c)) expect(equal(emails, a, c)).toBe(true);
      },
    ),
  );
});

test('equal items have one identity', () => {
  fc.assert(
    fc.property(item, item, (a, b) => {
      if (equal(emails, [a], [b])) expect(identity(emails, a)).toBe(identity(emails, b));
    }),
  );
});

test('equality looks at every scalar of any kind alike from both sides', () => {
  const kinds = fc.constantFrom<Field['kind'][]>(
    'text',
    'number',
    'flag',
    'date',
    'instant',
    'email',
    'phone',
    'link',
    'choice',
    'ref',
    'json',
  );
  fc.assert(
    fc.property(kinds, fc.jsonValue(), fc.jsonValue(), (kind, a, b) => {
      expect(equal(field(kind), a as Json, a as Json)).toBe(true);
      expect(equal(field(kind), a as Json, b as Json)).toBe(equal(field(kind), b as Json, a as Json));
    }),
  );
});

test('five thousand numbers in another order are compared all the same', () => {
  const phones = field('list', { identity: 'value', of: { value: field('phone') } });
  const many = Array.from({ length: 5000 }, (_, i) => ({ value: `+1 555 ${i}` }));
  expect(equal(phones, many, many.toReversed())).toBe(true);
});
