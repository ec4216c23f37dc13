import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Field, Json } from '#kit/fields.ts';
import { equal } from '#kit/values.ts';
import { mergeList } from '#mappings/merge.ts';
import { object } from '#mappings/objects.ts';

const emails = object('contact').fields.emails!;
const addresses = object('contact').fields.addresses!;
const same = (field: Field, a: Json | undefined, b: Json | undefined) =>
  expect(equal(field, a, b), `${JSON.stringify(a)} = ${JSON.stringify(b)}`).toBe(true);

const email = fc.record(
  {
    value: fc.constantFrom('a@x.example', 'A@x.example', 'b@x.example', 'c@x.example', 'd@x.example'),
    type: fc.constantFrom('work', 'home'),
  },
  { requiredKeys: ['value'] },
);
const emailList = fc
  .tuple(fc.uniqueArray(email, { maxLength: 4, selector: (item) => item.value.toLowerCase() }), fc.nat(5))
  .map(([items, primary]) =>
    items.map((item, at): { [name: string]: Json } => (at === primary ? { ...item, primary: true } : item)),
  );
const addressList = fc.array(
  fc.record({ street: fc.constantFrom('1 A St', '2 B St'), city: fc.constantFrom('Berlin', 'Paris') }, { requiredKeys: [] }),
  { maxLength: 3 },
);
const lists = [
  { name: 'e-mails', field: emails, list: emailList as fc.Arbitrary<Json[]> },
  { name: 'addresses', field: addresses, list: addressList as fc.Arbitrary<Json[]> },
];
const winner = fc.constantFrom('ours' as const, 'theirs' as const);

describe.each(lists)('laws of merging $name', ({ field, list }) => {
  test('what one side left alone, the other decides', () => {
    fc.assert(
      fc.property(list, list, winner, (base, changed, wins) => {
        same(field, mergeList(field, base, base, changed, wins).merged, changed);
        same(field, mergeList(field, base, changed, base, wins).merged, changed);
        same(field, mergeList(field, base, changed, changed, wins).merged, changed);
      }),
    );
  });
  test('sides may be changed if the winner is too', () => {
    fc.assert(
      fc.property(list, list, list, (base, ours, theirs) => {
        same(field, mergeList(field, base, ours, theirs, 'ours').merged, mergeList(field, base, theirs, ours, 'theirs').merged);
      }),
    );
  });
  test('nothing is lost that one side added, nothing returns that both removed', () => {
    fc.assert(
      fc.property(list, list, list, winner, (base, ours, theirs, wins) => {
        const { merged } = mergeList(field, base, ours, theirs, wins);
        const has = (items: Json[], item: Json) => items.some((one) => nameOf(field, one) === nameOf(field, item));
        for (const item of [...ours, ...theirs]) if (!has(base, item)) expect(has(merged, item)).toBe(true);
        for (const item of base) if (!has(ours, item) && !has(theirs, item)) expect(has(merged, item)).toBe(false);
      }),
    );
  });
  test('merging again changes nothing, and one item at most is primary', () => {
    fc.assert(
      fc.property(list, list, list, winner, (base, ours, theirs, wins) => {
        const { merged } = mergeList(field, base, ours, theirs, wins);
        same(field, mergeList(field, theirs, merged, theirs, wins).merged, merged);
        expect(merged.filter((item) => (item as { primary?: boolean }).primary === true).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function nameOf(field: Field, item: Json): string {
  const parts = item as { [name: string]: Json };
  if (field.identity !== undefined) return String(parts[field.identity]).toLowerCase();
  return JSON.stringify(Object.entries(parts).sort());
}

describe('e-mails', () => {
  const a = { value: 'a@x.example', type: 'home' };
  const b = { value: 'b@x.example' };

  test('both sides add: both stay', () => {
    expect(mergeList(emails, [a], [a, b], [a, { value: 'c@x.example' }]).merged).toHaveLength(3);
  });
  test('both edit one part: the winner speaks, and the conflict is named', () => {
    const result = mergeList(emails, [a], [{ ...a, type: 'work' }], [{ ...a, type: 'other' }], 'theirs');
    expect(result.merged).toEqual([{ value: 'a@x.example', type: 'other' }]);
    expect(result.conflicts).toEqual([
      { item: expect.stringContaining('a@x.example'), part: 'type', ours: 'work', theirs: 'other' },
    ]);
  });
  test('an edit beats a removal', () => {
    const result = mergeList(emails, [a, b], [{ ...a, type: 'work' }, b], [b, { value: 'c@x.example' }]);
    expect(result.merged).toHaveLength(3);
    expect(result.conflicts[0]).toMatchObject({ part: null });
  });
  test('first meeting: all of both, blanks filled', () => {
    expect(mergeList(emails, undefined, [{ value: 'A@x.example' }], [a, b]).merged).toEqual([
      { value: 'A@x.example', type: 'home' },
      b,
    ]);
  });
  test('primary moves as one value', () => {
    const base = [{ ...a, primary: true }, b];
    const ours = [a, { ...b, primary: true }];
    const theirs = [{ ...a, primary: true }, b, { value: 'c@x.example' }];
    expect(mergeList(emails, base, ours, theirs).merged.filter((item) => (item as { primary?: boolean }).primary)).toEqual([
      { ...b, primary: true },
    ]);
  });
  test('one address twice is two items', () => {
    const twice = [a, { ...a, type: 'work' }];
    expect(mergeList(emails, [a], twice, [a, b]).merged).toHaveLength(3);
  });
});
